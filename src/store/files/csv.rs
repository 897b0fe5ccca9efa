//! One CSV file per table: UTF-8, a header, commas, lines that end in a line feed, quotes where RFC 4180 wants them.
//!
//! NULL is an empty field; an empty text is two quotes (`""`), which is what PostgreSQL's `COPY … CSV` reads and writes. Booleans are
//! `true` and `false`, days and times ISO 8601 (an instant ends in `Z`), bytes `\x` and hexadecimal digits, lists JSON.

use super::failed;
use super::folder::Folder;
use crate::error::Result;
use crate::schema::{DataType, Dialect, Table, TableName};
use crate::store::sql::value::{
    write_date, write_decimal, write_float, write_hex, write_time, write_timestamp,
};
use crate::store::{DatabaseIdentity, Preparation, Sink, TargetState, Verdict};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType as ArrowType;
use async_trait::async_trait;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use tokio::sync::mpsc;

/// A folder of CSV files.
#[derive(Debug)]
pub struct CsvSink {
    folder: Folder,
}

impl CsvSink {
    /// A target that has touched nothing yet.
    pub fn new(directory: &Path) -> Self {
        Self { folder: Folder::new(directory, "csv") }
    }
}

#[async_trait]
impl Sink for CsvSink {
    fn dialect(&self) -> Option<Dialect> {
        None
    }

    async fn identity(&mut self) -> Result<Option<DatabaseIdentity>> {
        Ok(None)
    }

    async fn inspect(&mut self) -> Result<TargetState> {
        self.folder.inspect(rows)
    }

    async fn highest(&mut self, _: &TableName, _: &str) -> Result<i64> {
        Ok(0) // nothing is ever appended to files
    }

    async fn check(&mut self, preparation: &Preparation, _: &TargetState) -> Result<Vec<String>> {
        self.folder.check(preparation)
    }

    async fn prepare(&mut self, preparation: &Preparation) -> Result<()> {
        self.folder.prepare(preparation)
    }

    async fn write(&mut self, table: usize, batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
        self.folder.write(table, batches, write).await
    }

    async fn finish(&mut self) -> Result<Vec<Verdict>> {
        self.folder.finish()?;
        Ok(Vec::new())
    }
}

/// Records of a file less its header: line ends outside of quotes.
fn rows(path: &Path) -> Result<u64> {
    let count = || -> io::Result<u64> {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 1 << 16];
        let (mut lines, mut quoted, mut last) = (0u64, false, b'\n');
        loop {
            let length = file.read(&mut buffer)?;
            if length == 0 {
                return Ok((lines + u64::from(last != b'\n')).saturating_sub(1));
            }
            for &byte in &buffer[..length] {
                quoted ^= byte == b'"';
                lines += u64::from(byte == b'\n' && !quoted);
            }
            last = buffer[length - 1];
        }
    };
    count().map_err(|error| failed("read", path, error))
}

fn write(table: &Table, file: File, path: &Path, batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
    write_all(table, file, batches).map_err(|error| failed("write to", path, error))
}

fn write_all(table: &Table, mut file: File, mut batches: mpsc::Receiver<RecordBatch>) -> io::Result<u64> {
    let columns: Vec<_> = table.written_columns().map(|(_, column)| column).collect();
    let mut out = String::with_capacity(1 << 20);
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(&mut out, &column.name);
    }
    out.push('\n');
    let mut rows = 0;
    while let Some(batch) = batches.blocking_recv() {
        for row in 0..batch.num_rows() {
            for (index, (array, column)) in batch.columns().iter().zip(&columns).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(&mut out, array, row, &column.data_type);
            }
            out.push('\n');
        }
        rows += batch.num_rows() as u64;
        file.write_all(out.as_bytes())?;
        out.clear();
    }
    file.write_all(out.as_bytes())?;
    file.sync_all()?;
    Ok(rows)
}

fn write_value(out: &mut String, array: &dyn Array, row: usize, data_type: &DataType) {
    if array.is_null(row) {
        return;
    }
    match array.data_type() {
        ArrowType::Boolean => out.push_str(if array.as_boolean().value(row) { "true" } else { "false" }),
        ArrowType::Int64 => {
            let written = write!(out, "{}", array.as_primitive::<Int64Type>().value(row));
            debug_assert!(written.is_ok(), "a string takes everything");
        }
        ArrowType::Decimal128(_, scale) => {
            write_decimal(out, array.as_primitive::<Decimal128Type>().value(row), *scale);
        }
        ArrowType::Float64 => {
            let bits = if matches!(data_type, DataType::Float { bits: 32 }) { 32 } else { 64 };
            write_float(out, array.as_primitive::<Float64Type>().value(row), bits);
        }
        ArrowType::Binary => {
            out.push_str("\\x");
            write_hex(out, array.as_binary::<i32>().value(row));
        }
        ArrowType::Date32 => {
            let before_christ = write_date(out, array.as_primitive::<Date32Type>().value(row).into());
            out.push_str(if before_christ { " BC" } else { "" });
        }
        ArrowType::Time64(_) => write_time(out, array.as_primitive::<Time64MicrosecondType>().value(row)),
        ArrowType::Timestamp(_, zone) => {
            let instant = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let before_christ = write_timestamp(out, instant, 'T');
            out.push_str(if zone.is_some() { "Z" } else { "" });
            out.push_str(if before_christ { " BC" } else { "" });
        }
        _ => write_text(out, array.as_string::<i32>().value(row)),
    }
}

/// A text, in quotes where it is empty or holds what separates fields.
fn write_text(out: &mut String, text: &str) {
    let plain = !text.is_empty() && !text.contains([',', '"', '\n', '\r']);
    // PostgreSQL would take a lone `\.` for the end of the file.
    if plain && text != "\\." {
        out.push_str(text);
        return;
    }
    out.push('"');
    for (index, part) in text.split('"').enumerate() {
        if index > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}
