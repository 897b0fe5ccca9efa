//! From Arrow arrays to the values bound to an `INSERT`.
//!
//! Booleans are 0 and 1; days, times and timestamps have the forms of [`super::temporal`]; JSON, arrays, UUIDs and
//! enums are text; bytes are blobs. A decimal of up to 15 digits is bound as the number that SQLite would make of its
//! text; a longer one as text, which a column of numeric affinity keeps exactly where it is a whole number of 64
//! bits, and rounds to a 64-bit float otherwise. A NaN becomes NULL: SQLite has none.

use super::temporal::{format_date, format_time, format_timestamp};
use crate::error::{Error, Result};
use crate::schema::{DataType, Table};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{
    Array, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

/// Decimals below this have at most 15 digits, and so have an exact 64-bit float beside them.
const EXACT: i128 = 1_000_000_000_000_000;

/// One column of a batch.
enum Values<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a Int64Array),
    Decimal(&'a Decimal128Array, u8),
    Float(&'a Float64Array),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    Time(&'a Time64MicrosecondArray),
    Timestamp(&'a TimestampMicrosecondArray, bool),
}

/// The columns of a batch, ready to be bound row by row.
pub(super) struct Rows<'a> {
    table: &'a Table,
    columns: Vec<Values<'a>>,
}

impl<'a> Rows<'a> {
    /// Looks at a batch of a table's written columns.
    pub(super) fn new(table: &'a Table, batch: &'a RecordBatch) -> Result<Self> {
        let columns: Option<Vec<_>> = (table.written_columns().count() == batch.num_columns())
            .then(|| {
                let types = table.written_columns().map(|(_, column)| &column.data_type);
                types.zip(batch.columns()).map(|(data_type, array)| values(data_type, array)).collect()
            })
            .flatten();
        let wrong = || Error::target_failed(format!("rows for table {} do not have its columns", table.name));
        Ok(Self { table, columns: columns.ok_or_else(wrong)? })
    }

    /// Binds one row.
    pub(super) fn bind(&self, row: usize, arguments: &mut SqliteArguments) -> Result<()> {
        for (place, column) in self.columns.iter().enumerate() {
            if column.bind(row, arguments).is_none() {
                let name = self.table.written_columns().nth(place).map_or("", |(_, column)| &column.name);
                return Err(Error::target_failed(format!(
                    "{}.{name} holds a date outside of the years 0 to 9999, which SQLite does not know",
                    self.table.name
                ))
                .hint("set a generator with a range for the column in seed.toml"));
            }
        }
        Ok(())
    }
}

fn values<'a>(data_type: &DataType, array: &'a dyn Array) -> Option<Values<'a>> {
    Some(match data_type {
        DataType::Boolean => Values::Boolean(array.as_boolean_opt()?),
        DataType::Integer { .. } => Values::Integer(array.as_primitive_opt::<Int64Type>()?),
        DataType::Decimal { scale, .. } => {
            Values::Decimal(array.as_primitive_opt::<Decimal128Type>()?, *scale)
        }
        DataType::Float { .. } => Values::Float(array.as_primitive_opt::<Float64Type>()?),
        DataType::Bytes { .. } => Values::Bytes(array.as_binary_opt()?),
        DataType::Date => Values::Date(array.as_primitive_opt::<Date32Type>()?),
        DataType::Time => Values::Time(array.as_primitive_opt::<Time64MicrosecondType>()?),
        DataType::Timestamp { zoned } => {
            Values::Timestamp(array.as_primitive_opt::<TimestampMicrosecondType>()?, *zoned)
        }
        DataType::Numeric
        | DataType::Text { .. }
        | DataType::Uuid
        | DataType::Json
        | DataType::Enum { .. }
        | DataType::Array { .. }
        | DataType::Other => Values::Text(array.as_string_opt()?),
    })
}

impl Values<'_> {
    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Boolean(array) => array.is_null(row),
            Self::Integer(array) => array.is_null(row),
            Self::Decimal(array, _) => array.is_null(row),
            Self::Float(array) => array.is_null(row) || array.value(row).is_nan(),
            Self::Text(array) => array.is_null(row),
            Self::Bytes(array) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::Time(array) => array.is_null(row),
            Self::Timestamp(array, _) => array.is_null(row),
        }
    }

    /// `None` for a day that SQLite does not know.
    fn bind(&self, row: usize, arguments: &mut SqliteArguments) -> Option<()> {
        let bound = if self.is_null(row) {
            arguments.add(None::<i64>)
        } else {
            match self {
                Self::Boolean(array) => arguments.add(i64::from(array.value(row))),
                Self::Integer(array) => arguments.add(array.value(row)),
                Self::Decimal(array, scale) => bind_decimal(array.value(row), *scale, arguments),
                Self::Float(array) => arguments.add(array.value(row)),
                Self::Text(array) => arguments.add(array.value(row)),
                Self::Bytes(array) => arguments.add(array.value(row)),
                Self::Date(array) => arguments.add(format_date(i64::from(array.value(row)))?),
                Self::Time(array) => arguments.add(format_time(array.value(row))),
                Self::Timestamp(array, zoned) => arguments.add(format_timestamp(array.value(row), *zoned)?),
            }
        };
        bound.ok()
    }
}

fn bind_decimal(
    unscaled: i128,
    scale: u8,
    arguments: &mut SqliteArguments,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let unit = 10_i128.pow(u32::from(scale));
    if unscaled.abs() >= EXACT || scale > 15 {
        return arguments.add(decimal_text(unscaled, scale));
    }
    if unscaled % unit == 0 {
        return arguments.add((unscaled / unit) as i64);
    }
    // Both numbers are whole and below 2^53, so the quotient is the float nearest to the decimal.
    arguments.add(unscaled as f64 / unit as f64)
}

/// The decimal's digits, as `-12.30`.
fn decimal_text(unscaled: i128, scale: u8) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, decimals) = digits.split_at(digits.len() - usize::from(scale));
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}
