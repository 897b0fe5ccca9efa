//! Rows into multi-row INSERT statements.

use super::connect::Server;
use super::{fault, sql};
use crate::error::{Error, Result};
use crate::schema::Column;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{
    Array, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType as ArrowType, TimeUnit};
use sqlx::Arguments;
use sqlx::mysql::MySqlArguments;
use std::fmt::Write;
use std::sync::Arc;

/// Rows of one statement. Measured: more gain nothing, and the server slows down at a thousand.
const ROWS: usize = 100;
/// Placeholders that the protocol counts in 16 bits.
const PLACEHOLDERS: usize = 65_535;
/// Rows between two commits: seldom enough to be cheap, often enough to keep the undo log short.
const COMMIT_EVERY: u64 = 50_000;
/// Bytes assumed for a cell that is not text, and for the head of one that is.
const CELL: usize = 12;

/// Fills one table.
pub(super) struct Inserter<'a> {
    server: &'a mut Server,
    table: &'a str,
    columns: Vec<&'a Column>,
    head: String,
    group: String,
    /// The statement for a full set of rows; the driver keeps it prepared.
    full: Arc<str>,
    full_rows: usize,
    /// Bytes that a statement may carry.
    budget: usize,
    arguments: MySqlArguments,
    pending: usize,
    pending_bytes: usize,
    scratch: String,
    written: u64,
    uncommitted: u64,
}

impl<'a> Inserter<'a> {
    /// `columns` are the target's columns in the order of the batches' columns; `packet` is `max_allowed_packet`.
    pub(super) fn new(server: &'a mut Server, table: &'a str, columns: Vec<&'a Column>, packet: u64) -> Self {
        let names = columns.iter().map(|column| sql::ident(&column.name)).collect::<Vec<_>>().join(", ");
        let marks = columns.iter().map(|&column| sql::placeholder(column)).collect::<Vec<_>>().join(",");
        let head = format!("INSERT INTO {} ({names}) VALUES ", sql::ident(table));
        let group = format!("({marks})");
        let full_rows = ROWS.min(PLACEHOLDERS / columns.len().max(1)).max(1);
        let full = statement(&head, &group, full_rows);
        // A margin for the statement's own frame.
        let budget = usize::try_from(packet).unwrap_or(usize::MAX) / 16 * 15;
        Self {
            server,
            table,
            columns,
            head,
            group,
            full,
            full_rows,
            budget,
            arguments: MySqlArguments::default(),
            pending: 0,
            pending_bytes: 0,
            scratch: String::new(),
            written: 0,
            uncommitted: 0,
        }
    }

    /// Adds the rows of a batch; full statements are sent on the way.
    pub(super) async fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells: Vec<Cells<'_>> = (0..batch.num_columns())
            .map(|at| {
                Cells::of(batch.column(at).as_ref()).ok_or_else(|| {
                    let name = self.columns.get(at).map_or("?", |column| column.name.as_str());
                    Error::target_failed(format!(
                        "{}.{name}: no way to write values of this type",
                        self.table
                    ))
                })
            })
            .collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let bytes = cells.iter().map(|column| CELL + column.length(row)).sum::<usize>();
            if bytes > self.budget {
                return Err(Error::target_failed(format!(
                    "a row of table {} is larger than the server's max_allowed_packet",
                    self.table
                ))
                .hint("raise max_allowed_packet on the server"));
            }
            if self.pending > 0 && self.pending_bytes + bytes > self.budget {
                self.send().await?;
            }
            for (at, column) in cells.iter().enumerate() {
                if !column.bind(row, &mut self.arguments, &mut self.scratch) {
                    return Err(Error::target_failed(format!(
                        "a date of {}.{} lies outside the years 0 to 9999, which is all MySQL can hold",
                        self.table, self.columns[at].name
                    )));
                }
            }
            self.pending += 1;
            self.pending_bytes += bytes;
            if self.pending == self.full_rows {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Sends what is left, commits, and returns the number of rows written.
    pub(super) async fn finish(mut self) -> Result<u64> {
        if self.pending > 0 {
            self.send().await?;
        }
        self.commit().await?;
        Ok(self.written)
    }

    async fn send(&mut self) -> Result<()> {
        let text = match self.pending {
            rows if rows == self.full_rows => Arc::clone(&self.full),
            rows => statement(&self.head, &self.group, rows),
        };
        let arguments = std::mem::take(&mut self.arguments);
        sqlx::query_with(sql::safe_shared(text), arguments)
            .execute(&mut self.server.connection)
            .await
            .map_err(|error| fault::rows(self.server.kind, self.table, "write to", &error))?;
        self.written += self.pending as u64;
        self.uncommitted += self.pending as u64;
        self.pending = 0;
        self.pending_bytes = 0;
        if self.uncommitted >= COMMIT_EVERY {
            self.commit().await?;
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        self.uncommitted = 0;
        self.server.run("COMMIT", &format!("commit the rows of {}", self.table)).await
    }
}

fn statement(head: &str, group: &str, rows: usize) -> Arc<str> {
    let mut text = String::with_capacity(head.len() + rows * (group.len() + 1));
    text.push_str(head);
    for row in 0..rows {
        if row > 0 {
            text.push(',');
        }
        text.push_str(group);
    }
    text.into()
}

/// One column of a batch, its type looked up once.
enum Cells<'a> {
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
    fn of(array: &'a dyn Array) -> Option<Self> {
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
    fn length(&self, row: usize) -> usize {
        match self {
            Self::Text(array) => array.value_length(row).unsigned_abs() as usize,
            Self::Bytes(array) => array.value_length(row).unsigned_abs() as usize,
            Self::Decimal(..) | Self::Timestamp(_) => 32,
            _ => 0,
        }
    }

    /// Adds one cell to the statement; false if MySQL has no spelling for it.
    fn bind(&self, row: usize, arguments: &mut MySqlArguments, scratch: &mut String) -> bool {
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

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

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
