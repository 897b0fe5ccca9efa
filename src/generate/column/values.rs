//! Drawn values on their way into Arrow.

use crate::schema::DataType;
use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use std::sync::Arc;

/// A run of drawn values, before they take the column's type.
#[derive(Debug, Clone)]
pub enum Values {
    /// Whole units: integers, scaled decimals, days, microseconds.
    Integers(Vec<Option<i64>>),
    /// Floating-point numbers.
    Floats(Vec<Option<f64>>),
    /// Texts; also labels, `true`/`false`, and anything in its text form.
    Texts(StringArray),
    /// Bytes.
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Values {
    /// Texts made one by one.
    pub fn texts(positions: &[Option<u64>], mut write: impl FnMut(u64, &mut String)) -> Self {
        let mut builder = StringBuilder::with_capacity(positions.len(), positions.len() * 16);
        let mut text = String::new();
        for position in positions {
            match position {
                Some(position) => {
                    text.clear();
                    write(*position, &mut text);
                    builder.append_value(&text);
                }
                None => builder.append_null(),
            }
        }
        Self::Texts(builder.finish())
    }

    /// The Arrow array of a column of type `data_type`.
    pub fn into_array(self, data_type: &DataType) -> ArrayRef {
        match self {
            Self::Integers(values) => integers(values, data_type),
            Self::Floats(values) => floats(values, data_type),
            Self::Texts(values) => texts(values, data_type),
            Self::Bytes(values) => {
                let mut builder = BinaryBuilder::new();
                for value in values {
                    builder.append_option(value);
                }
                Arc::new(builder.finish())
            }
        }
    }
}

fn integers(values: Vec<Option<i64>>, data_type: &DataType) -> ArrayRef {
    match data_type {
        DataType::Boolean => {
            Arc::new(values.into_iter().map(|v| v.map(|v| v != 0)).collect::<BooleanArray>())
        }
        DataType::Decimal { scale, .. } => {
            Arc::new(decimals(values.into_iter().map(|v| v.map(i128::from)), *scale))
        }
        DataType::Float { .. } => {
            Arc::new(values.into_iter().map(|v| v.map(|v| v as f64)).collect::<Float64Array>())
        }
        DataType::Date => Arc::new(values.into_iter().map(|v| v.map(|v| v as i32)).collect::<Date32Array>()),
        DataType::Time => Arc::new(Time64MicrosecondArray::from(values)),
        DataType::Timestamp { zoned } => {
            let array = TimestampMicrosecondArray::from(values);
            if *zoned { Arc::new(array.with_timezone("UTC")) } else { Arc::new(array) }
        }
        DataType::Integer { .. } => Arc::new(Int64Array::from(values)),
        _ => Arc::new(values.into_iter().map(|v| v.map(|v| v.to_string())).collect::<StringArray>()),
    }
}

fn floats(values: Vec<Option<f64>>, data_type: &DataType) -> ArrayRef {
    match data_type {
        DataType::Float { bits: 32 } => {
            Arc::new(values.into_iter().map(|v| v.map(|v| f64::from(v as f32))).collect::<Float64Array>())
        }
        DataType::Float { .. } => Arc::new(Float64Array::from(values)),
        DataType::Decimal { scale, .. } => {
            let unit = libm::pow(10.0, f64::from(*scale));
            Arc::new(decimals(values.into_iter().map(|v| v.map(|v| (v * unit).round() as i128)), *scale))
        }
        DataType::Numeric | DataType::Text { .. } | DataType::Other => {
            Arc::new(values.into_iter().map(|v| v.map(|v| v.to_string())).collect::<StringArray>())
        }
        _ => integers(values.into_iter().map(|v| v.map(|v| v.round() as i64)).collect(), data_type),
    }
}

fn decimals(values: impl Iterator<Item = Option<i128>>, scale: u8) -> Decimal128Array {
    values
        .collect::<Decimal128Array>()
        .with_precision_and_scale(38, scale as i8)
        .expect("a Decimal has at most 38 digits")
}

fn texts(values: StringArray, data_type: &DataType) -> ArrayRef {
    let parsed = |parse: &dyn Fn(&str) -> Option<i64>| -> Vec<Option<i64>> {
        values.iter().map(|value| value.and_then(parse)).collect()
    };
    match data_type {
        DataType::Boolean => integers(
            parsed(&|text| match text {
                "true" | "t" | "1" => Some(1),
                "false" | "f" | "0" => Some(0),
                _ => None,
            }),
            data_type,
        ),
        DataType::Integer { .. } => integers(parsed(&|text| text.parse().ok()), data_type),
        DataType::Float { .. } | DataType::Decimal { .. } => {
            floats(values.iter().map(|value| value.and_then(|text| text.parse().ok())).collect(), data_type)
        }
        DataType::Bytes { .. } => {
            let mut builder = BinaryBuilder::new();
            for value in values.iter() {
                builder.append_option(value);
            }
            Arc::new(builder.finish())
        }
        DataType::Date | DataType::Time | DataType::Timestamp { .. } => {
            integers(parsed(&|text| text.parse().ok()), data_type)
        }
        _ => Arc::new(values),
    }
}

/// The array with its values at the given places, NULL where there is none.
pub(crate) fn gather(array: &dyn Array, rows: &[Option<u64>]) -> ArrayRef {
    let indices: arrow_array::UInt64Array = rows.iter().copied().collect();
    arrow_select::take::take(array, &indices, None).expect("indices are rows of the array")
}
