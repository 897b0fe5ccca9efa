//! What conditions look at, out of Arrow's arrays.

use super::Datum;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

impl Datum {
    /// The value of one row of a column, of a type that [`DataType::arrow`](crate::schema::DataType::arrow) gives.
    pub fn at(array: &ArrayRef, row: usize) -> Self {
        if array.is_null(row) {
            return Self::Null;
        }
        match array.data_type() {
            DataType::Boolean => Self::Boolean(array.as_boolean().value(row)),
            DataType::Int64 => Self::Decimal(i128::from(array.as_primitive::<Int64Type>().value(row)), 0),
            DataType::Decimal128(_, scale) => {
                Self::Decimal(array.as_primitive::<Decimal128Type>().value(row), *scale as u8)
            }
            DataType::Float64 => Self::Float(array.as_primitive::<Float64Type>().value(row)),
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>().value(row)),
            DataType::Time64(_) => Self::Time(array.as_primitive::<Time64MicrosecondType>().value(row)),
            DataType::Timestamp(_, _) => {
                Self::Timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row))
            }
            DataType::Utf8 => Self::Text(array.as_string::<i32>().value(row).to_owned()),
            _ => Self::Bytes(array.as_binary::<i32>().value(row).to_vec()),
        }
    }
}
