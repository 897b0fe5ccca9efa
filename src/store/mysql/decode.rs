//! One column of a batch, filled cell by cell.

use crate::schema::DataType;
use arrow_array::ArrayRef;
use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use std::sync::Arc;

/// Collects the cells of one column. The bytes are those of MySQL's binary protocol: little-endian integers and
/// doubles of the column's own width, and text.
pub(super) enum ColumnBuilder {
    Boolean(BooleanBuilder),
    Integer { builder: Int64Builder, unsigned: bool },
    Decimal { builder: Decimal128Builder, scale: u8, binary: bool },
    Float(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl ColumnBuilder {
    /// A builder for a column of this type; `native` tells integers of 64 bits without a sign from decimals.
    pub(super) fn new(data_type: &DataType, native: &str) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Integer { unsigned, .. } => {
                Self::Integer { builder: Int64Builder::new(), unsigned: *unsigned }
            }
            DataType::Decimal { scale, .. } => Self::Decimal {
                builder: Decimal128Builder::new().with_data_type(data_type.arrow()),
                scale: *scale,
                binary: native.to_ascii_lowercase().starts_with("bigint"),
            },
            DataType::Float { .. } => Self::Float(Float64Builder::new()),
            DataType::Bytes { .. } => Self::Bytes(BinaryBuilder::new()),
            DataType::Date => Self::Date(Date32Builder::new()),
            DataType::Time => Self::Time(Time64MicrosecondBuilder::new()),
            DataType::Timestamp { zoned } => {
                let builder = TimestampMicrosecondBuilder::new();
                Self::Timestamp(if *zoned { builder.with_timezone("UTC") } else { builder })
            }
            DataType::Numeric
            | DataType::Text { .. }
            | DataType::Uuid
            | DataType::Json
            | DataType::Enum { .. }
            | DataType::Array { .. }
            | DataType::Other => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds one cell; false if its bytes cannot be a value of this type.
    pub(super) fn push(&mut self, cell: Option<&[u8]>) -> bool {
        let Some(bytes) = cell else {
            self.push_null();
            return true;
        };
        match self {
            Self::Boolean(builder) => builder.append_value(bytes.iter().any(|&byte| byte != 0)),
            Self::Integer { builder, unsigned } => builder.append_value(integer(bytes, *unsigned)),
            Self::Decimal { builder, binary: true, .. } => {
                builder.append_value(i128::from(integer(bytes, true).cast_unsigned()));
            }
            Self::Decimal { builder, scale, .. } => match decimal(bytes, *scale) {
                Some(value) => builder.append_value(value),
                None => return false,
            },
            Self::Float(builder) => match float(bytes) {
                Some(value) => builder.append_value(value),
                None => return false,
            },
            Self::Text(builder) => match std::str::from_utf8(bytes) {
                Ok(text) => builder.append_value(text),
                Err(_) => return false,
            },
            Self::Bytes(builder) => builder.append_value(bytes),
            Self::Date(builder) => match i32::try_from(integer(bytes, false)) {
                Ok(days) => builder.append_value(days),
                Err(_) => return false,
            },
            Self::Time(builder) => builder.append_value(integer(bytes, false)),
            Self::Timestamp(builder) => builder.append_value(integer(bytes, false)),
        }
        true
    }

    fn push_null(&mut self) {
        match self {
            Self::Boolean(builder) => builder.append_null(),
            Self::Integer { builder, .. } => builder.append_null(),
            Self::Decimal { builder, .. } => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Bytes(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
        }
    }

    /// The column so far; the builder is empty afterwards.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Integer { builder, .. } => Arc::new(builder.finish()),
            Self::Decimal { builder, .. } => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Bytes(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
        }
    }
}

/// A little-endian integer of up to 8 bytes.
fn integer(bytes: &[u8], unsigned: bool) -> i64 {
    let negative = !unsigned && bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    let length = bytes.len().min(8);
    wide[..length].copy_from_slice(&bytes[..length]);
    i64::from_le_bytes(wide)
}

fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => Some(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
        8 => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

/// `-12.50` at a scale of 2 is -1250.
fn decimal(text: &[u8], scale: u8) -> Option<i128> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    let mut value: i128 = 0;
    let mut decimals: Option<u8> = None;
    for &byte in digits {
        match byte {
            b'.' if decimals.is_none() => decimals = Some(0),
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                if let Some(decimals) = &mut decimals {
                    *decimals += 1;
                }
            }
            _ => return None,
        }
    }
    let missing = scale.checked_sub(decimals.unwrap_or(0))?;
    value = value.checked_mul(10i128.checked_pow(u32::from(missing))?)?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_width() {
        assert_eq!(integer(&[0xff], false), -1);
        assert_eq!(integer(&[0xff], true), 255);
        assert_eq!(integer(&[0, 0, 0, 0x80], false), i64::from(i32::MIN));
        assert_eq!(integer(&[0xff; 8], true).cast_unsigned(), u64::MAX);
    }

    #[test]
    fn decimals_of_every_shape() {
        assert_eq!(decimal(b"-12.50", 2), Some(-1250));
        assert_eq!(decimal(b"0.05", 2), Some(5));
        assert_eq!(decimal(b"7", 3), Some(7000));
        assert_eq!(decimal(b"1.234", 2), None);
        assert_eq!(decimal(b"1e5", 2), None);
    }
}
