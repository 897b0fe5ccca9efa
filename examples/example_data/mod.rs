//! Rows for the example databases under `schemas/`: invented, deterministic, the same for every engine.
//!
//! The examples fill `shop.db` with them, the integration tests fill all three databases on all three engines.

mod awkward;
mod calendar;
mod clinic;
mod people;
mod random;
mod shop;
mod sql;

pub(crate) use sql::{Engine, insert_statements, reset_statements};

/// One value, still independent of an engine.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// SQL's NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// An exact number, as its digits.
    Number(String),
    /// Characters, a date, a time, a UUID, a JSON document.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A list of texts: an array where the engine has them, else JSON.
    List(Vec<String>),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A table's rows.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    /// The table; `audit.events` is `audit_events` where the engine has no schemas.
    pub table: &'static str,
    /// Its written columns.
    pub columns: &'static [&'static str],
    /// The rows, one cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// The rows of one of the example databases, parents first. `size` 1 is a few thousand rows in all.
pub(crate) fn rows(example: &str, size: usize) -> Vec<Rows> {
    match example {
        "shop" => shop::rows(size),
        "clinic" => clinic::rows(size),
        "awkward" => awkward::rows(size),
        other => panic!("there is no example database called {other}"),
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Int(value as i64)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A number of hundredths as an exact number: 1250 is `12.50`.
fn cents(hundredths: i64) -> Cell {
    let sign = if hundredths < 0 { "-" } else { "" };
    Cell::Number(format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100))
}
