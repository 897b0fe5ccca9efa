//! From SQLite's values to Arrow arrays.

use super::temporal::{parse_date, parse_time, parse_timestamp};
use crate::schema::DataType;
use arrow_array::ArrayRef;
use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use sqlx::sqlite::SqliteValueRef;
use sqlx::{Decode, Sqlite, TypeInfo, ValueRef};
use std::sync::Arc;

/// A value is not what its column's type says. It carries nothing of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Undecodable;

/// A value in one of SQLite's storage classes.
enum Stored<'r> {
    Integer(i64),
    Real(f64),
    Text(&'r str),
    Blob(&'r [u8]),
}

/// Collects the values of one column.
pub(super) enum Builder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, u8),
    Float(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Builder {
    /// An empty builder for a column of this type.
    pub(super) fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Integer { .. } => Self::Integer(Int64Builder::new()),
            DataType::Decimal { scale, .. } => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type.arrow()), *scale)
            }
            DataType::Float { .. } => Self::Float(Float64Builder::new()),
            DataType::Bytes { .. } => Self::Bytes(BinaryBuilder::new()),
            DataType::Date => Self::Date(Date32Builder::new()),
            DataType::Time => Self::Time(Time64MicrosecondBuilder::new()),
            DataType::Timestamp { .. } => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type.arrow()))
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

    /// Adds a value; gives the bytes it takes beyond a fixed width.
    pub(super) fn push(&mut self, value: SqliteValueRef<'_>) -> Result<usize, Undecodable> {
        if value.is_null() {
            self.push_null();
            return Ok(0);
        }
        let stored = stored(value)?;
        match self {
            Self::Boolean(builder) => match stored {
                Stored::Integer(bit @ 0..=1) => builder.append_value(bit == 1),
                _ => return Err(Undecodable),
            },
            Self::Integer(builder) => builder.append_value(integer(&stored).ok_or(Undecodable)?),
            Self::Decimal(builder, scale) => {
                builder.append_value(decimal(&stored, *scale).ok_or(Undecodable)?);
            }
            Self::Float(builder) => match stored {
                Stored::Integer(value) => builder.append_value(value as f64),
                Stored::Real(value) => builder.append_value(value),
                _ => return Err(Undecodable),
            },
            Self::Text(builder) => return push_text(builder, &stored),
            Self::Bytes(builder) => return push_bytes(builder, &stored),
            Self::Date(builder) => {
                builder.append_value(text(&stored).and_then(parse_date).ok_or(Undecodable)?)
            }
            Self::Time(builder) => {
                builder.append_value(text(&stored).and_then(parse_time).ok_or(Undecodable)?)
            }
            Self::Timestamp(builder) => {
                builder.append_value(text(&stored).and_then(parse_timestamp).ok_or(Undecodable)?);
            }
        }
        Ok(0)
    }

    fn push_null(&mut self) {
        match self {
            Self::Boolean(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Decimal(builder, _) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Bytes(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
        }
    }

    /// The values so far, as an array; the builder starts anew.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, _) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Bytes(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
        }
    }
}

/// The value in its storage class. A text that is not UTF-8 cannot be carried.
fn stored(value: SqliteValueRef<'_>) -> Result<Stored<'_>, Undecodable> {
    // Decoding is chosen by the storage class of the value alone; SQLite would convert silently.
    let class = value.type_info();
    let decoded = match class.name() {
        "INTEGER" => <i64 as Decode<'_, Sqlite>>::decode(value).map(Stored::Integer),
        "REAL" => <f64 as Decode<'_, Sqlite>>::decode(value).map(Stored::Real),
        "TEXT" => <&str as Decode<'_, Sqlite>>::decode(value).map(Stored::Text),
        _ => <&[u8] as Decode<'_, Sqlite>>::decode(value).map(Stored::Blob),
    };
    decoded.map_err(|_| Undecodable)
}

fn text<'r>(stored: &Stored<'r>) -> Option<&'r str> {
    match stored {
        Stored::Text(text) => Some(text),
        _ => None,
    }
}

fn integer(stored: &Stored<'_>) -> Option<i64> {
    match *stored {
        Stored::Integer(value) => Some(value),
        // 2^53: beyond it a REAL does not tell neighbouring integers apart.
        Stored::Real(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
            Some(value as i64)
        }
        _ => None,
    }
}

fn push_text(builder: &mut StringBuilder, stored: &Stored<'_>) -> Result<usize, Undecodable> {
    match *stored {
        Stored::Text(text) => {
            builder.append_value(text);
            return Ok(text.len());
        }
        Stored::Integer(value) => builder.append_value(value.to_string()),
        Stored::Real(value) => builder.append_value(value.to_string()),
        Stored::Blob(_) => return Err(Undecodable),
    }
    Ok(24)
}

fn push_bytes(builder: &mut BinaryBuilder, stored: &Stored<'_>) -> Result<usize, Undecodable> {
    let bytes = match *stored {
        Stored::Blob(bytes) => bytes,
        Stored::Text(text) => text.as_bytes(),
        Stored::Integer(_) | Stored::Real(_) => return Err(Undecodable),
    };
    builder.append_value(bytes);
    Ok(bytes.len())
}

/// The unscaled value. A REAL stands for the decimal nearest to it, which is the one that was stored as long as it
/// has at most 15 digits.
fn decimal(stored: &Stored<'_>, scale: u8) -> Option<i128> {
    match *stored {
        Stored::Integer(value) => i128::from(value).checked_mul(10_i128.checked_pow(u32::from(scale))?),
        Stored::Real(value) if value.is_finite() && value.abs() < 1e38 => {
            parse_decimal(&format!("{value:.*}", usize::from(scale)), scale)
        }
        Stored::Text(text) => parse_decimal(text, scale),
        _ => None,
    }
}

/// Digits with at most `scale` decimals.
fn parse_decimal(text: &str, scale: u8) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let missing = u32::from(scale).checked_sub(u32::try_from(decimals.len()).ok()?)?;
    if whole.is_empty() || !whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unscaled: i128 = format!("{whole}{decimals}").parse().ok()?;
    let unscaled = unscaled.checked_mul(10_i128.checked_pow(missing)?)?;
    Some(if negative { -unscaled } else { unscaled })
}
