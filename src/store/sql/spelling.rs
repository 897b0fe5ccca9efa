//! How each dialect spells each logical type.

use super::literal::quote_text;
use crate::schema::{DataType, Dialect};

/// The dialect's spelling of a column type. `native` is used when `from == to`.
pub fn column_type(from: Dialect, to: Dialect, data_type: &DataType, native: &str) -> String {
    if from == to && !native.is_empty() {
        return native.to_owned();
    }
    match to {
        Dialect::Postgres => postgres(data_type),
        Dialect::Mysql => mysql(data_type),
        Dialect::Sqlite => sqlite(data_type),
    }
}

/// Signed types wide enough for every value; PostgreSQL has no unsigned ones and none of one byte.
fn postgres(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".into(),
        DataType::Integer { bits: 8, .. } | DataType::Integer { bits: 16, unsigned: false } => {
            "smallint".into()
        }
        DataType::Integer { bits: 16 | 24, .. } | DataType::Integer { bits: 32, unsigned: false } => {
            "integer".into()
        }
        DataType::Integer { .. } => "bigint".into(),
        DataType::Decimal { precision, scale } => format!("numeric({precision},{scale})"),
        DataType::Numeric => "numeric".into(),
        DataType::Float { bits: 32 } => "real".into(),
        DataType::Float { .. } => "double precision".into(),
        DataType::Text { max: Some(max), fixed } if (1..65_535).contains(max) => {
            format!("{}({max})", if *fixed { "character" } else { "character varying" })
        }
        DataType::Bytes { .. } => "bytea".into(),
        DataType::Date => "date".into(),
        DataType::Time => "time without time zone".into(),
        DataType::Timestamp { zoned: true } => "timestamp with time zone".into(),
        DataType::Timestamp { zoned: false } => "timestamp without time zone".into(),
        DataType::Uuid => "uuid".into(),
        DataType::Json => "jsonb".into(),
        DataType::Array { element } => format!("{}[]", postgres(element)),
        DataType::Text { .. } | DataType::Enum { .. } | DataType::Other => "text".into(),
    }
}

fn mysql(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "tinyint(1)".into(),
        DataType::Integer { bits, unsigned } => {
            let name = match bits {
                8 => "tinyint",
                16 => "smallint",
                24 => "mediumint",
                32 => "int",
                _ => "bigint",
            };
            if *unsigned { format!("{name} unsigned") } else { name.into() }
        }
        // MySQL allows 30 decimals.
        DataType::Decimal { precision, scale } => format!("decimal({precision},{})", scale.min(&30)),
        DataType::Numeric => "decimal(65,20)".into(),
        DataType::Float { bits: 32 } => "float".into(),
        DataType::Float { .. } => "double".into(),
        DataType::Text { max: Some(max), fixed: true } if (1..=255).contains(max) => format!("char({max})"),
        // Four bytes a character: what does not fit in a row of 65,535 bytes is a text of its own.
        DataType::Text { max: Some(max), .. } => match *max {
            1..=16_383 => format!("varchar({max})"),
            0 | 16_384..=4_194_303 => "mediumtext".into(),
            _ => "longtext".into(),
        },
        DataType::Bytes { max: Some(max) } if (1..=65_000).contains(max) => format!("varbinary({max})"),
        DataType::Bytes { .. } => "longblob".into(),
        DataType::Date => "date".into(),
        DataType::Time => "time(6)".into(),
        // TIMESTAMP ends in 2038; a DATETIME holds instants in UTC.
        DataType::Timestamp { .. } => "datetime(6)".into(),
        DataType::Uuid => "char(36)".into(),
        DataType::Json | DataType::Array { .. } => "json".into(),
        DataType::Enum { labels, .. } if !labels.is_empty() => {
            format!("enum({})", label_list(Dialect::Mysql, labels))
        }
        DataType::Text { max: None, .. } | DataType::Enum { .. } | DataType::Other => "longtext".into(),
    }
}

/// Names that other tools recognise, and whose affinity (the rule by which SQLite reads a type's name) fits the values.
fn sqlite(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Integer { bits, unsigned } => {
            let name = match bits {
                8 => "TINYINT",
                16 => "SMALLINT",
                24 => "MEDIUMINT",
                32 => "INT",
                _ => "BIGINT",
            };
            if *unsigned { format!("{name} UNSIGNED") } else { name.into() }
        }
        DataType::Decimal { precision, scale } => format!("DECIMAL({precision},{scale})"),
        DataType::Numeric => "NUMERIC".into(),
        DataType::Float { bits: 32 } => "FLOAT".into(),
        DataType::Float { .. } => "DOUBLE".into(),
        DataType::Text { max: Some(max), fixed } => {
            format!("{}({max})", if *fixed { "CHAR" } else { "VARCHAR" })
        }
        DataType::Bytes { .. } => "BLOB".into(),
        DataType::Date => "DATE".into(),
        DataType::Time => "TIME".into(),
        DataType::Timestamp { zoned: false } => "TIMESTAMP".into(),
        DataType::Timestamp { zoned: true } => "TIMESTAMPTZ".into(),
        DataType::Uuid => "UUID".into(),
        DataType::Json | DataType::Array { .. } => "JSON".into(),
        DataType::Enum { labels, .. } => {
            let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
            format!("VARCHAR({})", longest.max(1))
        }
        DataType::Text { .. } | DataType::Other => "TEXT".into(),
    }
}

/// Labels of an enum as a list of string literals.
pub(super) fn label_list(dialect: Dialect, labels: &[String]) -> String {
    labels.iter().map(|label| quote_text(dialect, label)).collect::<Vec<_>>().join(", ")
}
