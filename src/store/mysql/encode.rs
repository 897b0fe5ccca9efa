//! Cells of Arrow batches as arguments of a prepared statement.

use crate::schema::civil::DAY;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{
    Array, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType as ArrowType, TimeUnit};
use sqlx::Arguments;
use sqlx::mysql::MySqlArguments;
use std::fmt::Write;

/// One column of a batch, its type looked up once.
pub(super) enum Cells<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a Int64Array),
    Float(&'a Float64Array),
    Decimal(&'a Decimal128Array, i8),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    Time(&'a Time64MicrosecondArray),
    Timestamp(&'a TimestampMicrosecondArray),
}

impl<'a> Cells<'a> {
    /// The cells of an array; `None` for a type that no column of a batch has.
    pub(super) fn of(array: &'a dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            ArrowType::Boolean => Self::Boolean(array.as_boolean()),
            ArrowType::Int64 => Self::Integer(array.as_primitive::<Int64Type>()),
            ArrowType::Float64 => Self::Float(array.as_primitive::<Float64Type>()),
            ArrowType::Decimal128(_, scale) => Self::Decimal(array.as_primitive::<Decimal128Type>(), *scale),
            ArrowType::Utf8 => Self::Text(array.as_string()),
            ArrowType::Binary => Self::Bytes(array.as_binary()),
            ArrowType::Date32 => Self::Date(array.as_primitive::<Date32Type>()),
            ArrowType::Time64(TimeUnit::Microsecond) => {
                Self::Time(array.as_primitive::<Time64MicrosecondType>())
            }
            ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
                Self::Timestamp(array.as_primitive::<TimestampMicrosecondType>())
            }
            _ => return None,
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Boolean(array) => array.is_null(row),
            Self::Integer(array) => array.is_null(row),
            Self::Float(array) => array.is_null(row),
            Self::Decimal(array, _) => array.is_null(row),
            Self::Text(array) => array.is_null(row),
            Self::Bytes(array) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::Time(array) => array.is_null(row),
            Self::Timestamp(array) => array.is_null(row),
        }
    }

    /// Bytes of a text or byte string.
    pub(super) fn length(&self, row: usize) -> usize {
        match self {
            Self::Text(array) => array.value_length(row).unsigned_abs() as usize,
            Self::Bytes(array) => array.value_length(row).unsigned_abs() as usize,
            Self::Decimal(..) | Self::Timestamp(_) => 32,
            _ => 0,
        }
    }

    /// Adds one cell to the statement; false if MySQL has no spelling for it.
    pub(super) fn bind(&self, row: usize, arguments: &mut MySqlArguments, scratch: &mut String) -> bool {
        scratch.clear();
        let added = match self {
            _ if self.is_null(row) => arguments.add(None::<&str>),
            Self::Boolean(array) => arguments.add(i8::from(array.value(row))),
            Self::Integer(array) => arguments.add(array.value(row)),
            Self::Float(array) => arguments.add(array.value(row)),
            Self::Text(array) => arguments.add(array.value(row)),
            Self::Bytes(array) => arguments.add(array.value(row)),
            Self::Decimal(array, scale) => {
                decimal(array.value(row), *scale, scratch);
                arguments.add(scratch.as_str())
            }
            Self::Time(array) => {
                time(array.value(row), scratch);
                arguments.add(scratch.as_str())
            }
            Self::Date(array) => {
                if !date(i64::from(array.value(row)), scratch) {
                    return false;
                }
                arguments.add(scratch.as_str())
            }
            Self::Timestamp(array) => {
                let value = array.value(row);
                if !date(value.div_euclid(DAY), scratch) {
                    return false;
                }
                scratch.push(' ');
                time(value.rem_euclid(DAY), scratch);
                arguments.add(scratch.as_str())
            }
        };
        added.is_ok()
    }
}

fn decimal(value: i128, scale: i8, text: &mut String) {
    let digits = usize::from(scale.unsigned_abs());
    let magnitude = value.unsigned_abs();
    if value < 0 {
        text.push('-');
    }
    // Writing into a String cannot fail.
    let _ = if digits == 0 {
        write!(text, "{magnitude}")
    } else {
        let unit = 10u128.pow(u32::from(scale.unsigned_abs()));
        write!(text, "{}.{:0digits$}", magnitude / unit, magnitude % unit)
    };
}

/// `HH:MM:SS`, with microseconds where there are any. MySQL's TIME may be negative and longer than a day.
fn time(value: i64, text: &mut String) {
    if value < 0 {
        text.push('-');
    }
    let (seconds, micros) = (value.unsigned_abs() / 1_000_000, value.unsigned_abs() % 1_000_000);
    let _ = write!(text, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros > 0 {
        let _ = write!(text, ".{micros:06}");
    }
}

/// `YYYY-MM-DD` of a day counted from 1970; false outside the years 0 to 9999.
fn date(day: i64, text: &mut String) -> bool {
    // Years of 1 March to the end of February, in cycles of 400 years, make the leap day the last of its year.
    let shifted = day.saturating_add(719_468);
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    if !(0..=9999).contains(&year) {
        return false;
    }
    let _ = write!(text, "{year:04}-{month:02}-{day_of_month:02}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(write: impl FnOnce(&mut String)) -> String {
        let mut text = String::new();
        write(&mut text);
        text
    }

    #[test]
    fn values_are_spelled_as_mysql_reads_them() {
        assert_eq!(text_of(|text| decimal(-5, 2, text)), "-0.05");
        assert_eq!(text_of(|text| decimal(123_456, 0, text)), "123456");
        assert_eq!(text_of(|text| time(-3_661_000_001, text)), "-01:01:01.000001");
        assert_eq!(text_of(|text| time(360_000_000_000, text)), "100:00:00");
        for (day, spelled) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (2_932_896, "9999-12-31")]
        {
            assert_eq!(text_of(|text| assert!(date(day, text))), spelled);
        }
        assert!(!date(2_932_897, &mut String::new()));
        assert!(!date(i64::MAX, &mut String::new()));
    }
}
