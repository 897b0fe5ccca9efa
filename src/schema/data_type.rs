//! The closed set of logical column types, and the one Arrow type that carries each.

use arrow_schema::{DataType as ArrowType, TimeUnit};
use serde::{Deserialize, Serialize};

/// What a column holds, independent of the engine that stores it.
///
/// [`Column::native`](super::Column::native) keeps the engine's own spelling beside it, for exact round trips.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataType {
    /// True or false.
    Boolean,
    /// A whole number of 8 to 64 bits. An unsigned one of 64 bits is a `Decimal` of 20 digits, so nothing is lost.
    Integer {
        /// Width in bits: 8, 16, 24, 32 or 64.
        bits: u8,
        /// Whether negative values are excluded.
        unsigned: bool,
    },
    /// An exact number with a fixed count of decimals; at most 38 digits.
    Decimal {
        /// Digits in all.
        precision: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// An exact number without declared scale, or with more than 38 digits; carried as text.
    Numeric,
    /// A binary floating-point number of 32 or 64 bits.
    Float {
        /// Width in bits.
        bits: u8,
    },
    /// Characters.
    Text {
        /// The greatest length in characters, if there is one.
        max: Option<u32>,
        /// Blank-padded to `max` (`CHAR(n)`).
        fixed: bool,
    },
    /// Bytes.
    Bytes {
        /// The greatest length in bytes, if there is one.
        max: Option<u32>,
    },
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time, either of a place (no zone) or of the world (UTC).
    Timestamp {
        /// Whether it denotes an instant (`timestamptz`).
        zoned: bool,
    },
    /// A UUID, carried as its 36 characters.
    Uuid,
    /// A JSON document, carried as text.
    Json,
    /// One of the labels, in their declared order.
    Enum {
        /// The type's name where the engine names it (PostgreSQL).
        name: Option<String>,
        /// The labels.
        labels: Vec<String>,
    },
    /// A list of values, carried as a JSON array (elements as JSON strings, numbers, booleans, null or lists).
    Array {
        /// What the list holds.
        element: Box<DataType>,
    },
    /// Any other type, carried as the engine's text rendering of it.
    Other,
}

impl DataType {
    /// The Arrow type of every batch column of this type, on its way out of a source and into a sink alike.
    pub fn arrow(&self) -> ArrowType {
        match self {
            Self::Boolean => ArrowType::Boolean,
            Self::Integer { .. } => ArrowType::Int64,
            Self::Decimal { scale, .. } => ArrowType::Decimal128(38, *scale as i8),
            Self::Float { .. } => ArrowType::Float64,
            Self::Bytes { .. } => ArrowType::Binary,
            Self::Date => ArrowType::Date32,
            Self::Time => ArrowType::Time64(TimeUnit::Microsecond),
            Self::Timestamp { zoned: false } => ArrowType::Timestamp(TimeUnit::Microsecond, None),
            Self::Timestamp { zoned: true } => {
                ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            Self::Numeric
            | Self::Text { .. }
            | Self::Uuid
            | Self::Json
            | Self::Enum { .. }
            | Self::Array { .. }
            | Self::Other => ArrowType::Utf8,
        }
    }

    /// Whether values have an order with distances: numbers, days, times.
    pub fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Integer { .. }
                | Self::Decimal { .. }
                | Self::Numeric
                | Self::Float { .. }
                | Self::Date
                | Self::Time
                | Self::Timestamp { .. }
        )
    }

    /// The smallest and greatest value of an integer type.
    pub fn integer_range(&self) -> Option<(i64, i64)> {
        match *self {
            Self::Integer { bits: 64, .. } => Some((i64::MIN, i64::MAX)),
            Self::Integer { bits, unsigned: true } => Some((0, (1i64 << bits) - 1)),
            Self::Integer { bits, unsigned: false } => {
                Some((-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1))
            }
            _ => None,
        }
    }
}
