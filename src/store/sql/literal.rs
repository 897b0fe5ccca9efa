//! One value of a batch as an SQL literal.

use super::value::{write_date, write_decimal, write_float, write_hex, write_time, write_timestamp};
use crate::schema::{DataType, Dialect};
use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_schema::DataType as ArrowType;

/// The value in `row` of a batch column as a literal of the dialect.
pub fn literal(dialect: Dialect, array: &dyn Array, row: usize, data_type: &DataType) -> String {
    let mut out = String::new();
    write_literal(&mut out, dialect, array, row, data_type);
    out
}

/// Appends the value in `row` of a batch column as a literal of the dialect.
pub fn write_literal(
    out: &mut String,
    dialect: Dialect,
    array: &dyn Array,
    row: usize,
    data_type: &DataType,
) {
    if array.is_null(row) {
        out.push_str("NULL");
        return;
    }
    match array.data_type() {
        ArrowType::Boolean => out.push_str(boolean(dialect, array.as_boolean().value(row))),
        ArrowType::Int64 => out.push_str(&array.as_primitive::<Int64Type>().value(row).to_string()),
        ArrowType::Decimal128(_, scale) => {
            write_decimal(out, array.as_primitive::<Decimal128Type>().value(row), *scale);
        }
        ArrowType::Float64 => {
            let bits = if matches!(data_type, DataType::Float { bits: 32 }) { 32 } else { 64 };
            float(out, dialect, array.as_primitive::<Float64Type>().value(row), bits);
        }
        ArrowType::Binary => bytes(out, dialect, array.as_binary::<i32>().value(row)),
        ArrowType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            quoted(out, dialect, |out| write_date(out, days.into()));
        }
        ArrowType::Time64(_) => {
            let time = array.as_primitive::<Time64MicrosecondType>().value(row);
            quoted(out, dialect, |out| {
                write_time(out, time);
                false
            });
        }
        ArrowType::Timestamp(_, zone) => {
            let instant = array.as_primitive::<TimestampMicrosecondType>().value(row);
            quoted(out, dialect, |out| {
                let before = write_timestamp(out, instant, ' ');
                // MySQL before 8.0.19 and MariaDB read no zone: there the session has to be in UTC.
                if zone.is_some() && dialect != Dialect::Mysql {
                    out.push_str("+00:00");
                }
                before
            });
        }
        _ => text(out, dialect, array.as_string::<i32>().value(row), data_type),
    }
}

/// A text as a string literal.
pub fn quote_text(dialect: Dialect, text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_text(&mut out, dialect, text);
    out
}

fn boolean(dialect: Dialect, value: bool) -> &'static str {
    match (dialect, value) {
        (Dialect::Postgres, true) => "TRUE",
        (Dialect::Postgres, false) => "FALSE",
        (_, true) => "1",
        (_, false) => "0",
    }
}

/// Numbers that are none: PostgreSQL has them all, SQLite has the infinities (it reads too large a literal as one), MySQL has none.
fn float(out: &mut String, dialect: Dialect, value: f64, bits: u8) {
    match dialect {
        _ if value.is_finite() => write_float(out, value, bits),
        Dialect::Postgres if value.is_nan() => out.push_str("'NaN'"),
        Dialect::Postgres if value > 0.0 => out.push_str("'Infinity'"),
        Dialect::Postgres => out.push_str("'-Infinity'"),
        Dialect::Sqlite if value == f64::INFINITY => out.push_str("9e999"),
        Dialect::Sqlite if value == f64::NEG_INFINITY => out.push_str("-9e999"),
        Dialect::Sqlite | Dialect::Mysql => out.push_str("NULL"),
    }
}

fn bytes(out: &mut String, dialect: Dialect, value: &[u8]) {
    out.push_str(if dialect == Dialect::Postgres { "'\\x" } else { "x'" });
    write_hex(out, value);
    out.push('\'');
}

fn quoted(out: &mut String, dialect: Dialect, write: impl Fn(&mut String) -> bool) {
    out.push('\'');
    let before_christ = write(out);
    if before_christ && dialect == Dialect::Postgres {
        out.push_str(" BC");
    }
    out.push('\'');
}

fn text(out: &mut String, dialect: Dialect, value: &str, data_type: &DataType) {
    let is_array = dialect == Dialect::Postgres && matches!(data_type, DataType::Array { .. });
    if is_array && let Ok(list) = serde_json::from_str(value) {
        let mut array = String::new();
        array_text(&mut array, &list);
        return write_text(out, dialect, &array);
    }
    write_text(out, dialect, value);
}

fn write_text(out: &mut String, dialect: Dialect, value: &str) {
    // SQLite's own shell would end the literal at a NUL; as bytes it comes through.
    if dialect == Dialect::Sqlite && value.contains('\0') {
        out.push_str("CAST(x'");
        write_hex(out, value.as_bytes());
        out.push_str("' AS TEXT)");
        return;
    }
    out.push('\'');
    for character in value.chars() {
        match character {
            '\'' => out.push_str("''"),
            '\\' if dialect == Dialect::Mysql => out.push_str("\\\\"),
            '\0' if dialect == Dialect::Mysql => out.push_str("\\0"),
            other => out.push(other),
        }
    }
    out.push('\'');
}

/// PostgreSQL's text form of a list that is carried as JSON; `None` where it is no JSON.
pub fn array_literal(text: &str) -> Option<String> {
    let mut out = String::new();
    array_text(&mut out, &serde_json::from_str(text).ok()?);
    Some(out)
}

/// PostgreSQL's text form of a list that is carried as JSON.
fn array_text(out: &mut String, value: &serde_json::Value) {
    match value {
        serde_json::Value::Null => out.push_str("NULL"),
        serde_json::Value::Bool(value) => out.push(if *value { 't' } else { 'f' }),
        serde_json::Value::Number(number) => out.push_str(&number.to_string()),
        serde_json::Value::Array(items) => {
            out.push('{');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                array_text(out, item);
            }
            out.push('}');
        }
        serde_json::Value::String(text) => element_text(out, text),
        object @ serde_json::Value::Object(_) => element_text(out, &object.to_string()),
    }
}

fn element_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}
