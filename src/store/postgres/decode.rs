//! Binary COPY output as Arrow batches.

use super::calendar::{EPOCH_DAYS, EPOCH_MICROS, FIRST_DAY, LAST_DAY};
use super::{numeric, sql};
use crate::error::{Error, Result};
use crate::schema::civil::DAY;
use crate::schema::{Column, DataType, Table};
use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use std::sync::Arc;

/// Rows of a full batch.
const BATCH_ROWS: usize = 8_192;
/// Signature, flags and length of the header extension.
const HEADER: usize = 11 + 4 + 4;

/// How a column is written into the SELECT list, so that its binary form is one that [`Decoder`] knows.
pub(super) fn selected(column: &Column) -> String {
    let name = sql::quote(&column.name);
    match &column.data_type {
        DataType::Boolean
        | DataType::Decimal { .. }
        | DataType::Float { .. }
        | DataType::Bytes { .. }
        | DataType::Date
        | DataType::Time
        | DataType::Timestamp { .. }
        | DataType::Uuid
        | DataType::Enum { .. }
        | DataType::Integer { unsigned: false, .. }
        | DataType::Text { fixed: false, .. } => name,
        DataType::Integer { unsigned: true, .. } => format!("{name}::int8"),
        // The cast takes the padding off CHAR(n), as comparing such values does.
        DataType::Text { fixed: true, .. } | DataType::Numeric | DataType::Json | DataType::Other => {
            format!("{name}::text")
        }
        DataType::Array { element } => array_as_json(&name, element),
    }
}

/// Lists whose elements JSON has no exact form for travel as lists of text.
fn array_as_json(name: &str, element: &DataType) -> String {
    let exact = matches!(
        element,
        DataType::Boolean
            | DataType::Integer { .. }
            | DataType::Float { .. }
            | DataType::Text { .. }
            | DataType::Uuid
    );
    if exact { format!("to_jsonb({name})::text") } else { format!("to_jsonb({name}::text[])::text") }
}

enum Cells {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, u8),
    Float(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Uuid(StringBuilder),
}

struct Reader {
    cells: Cells,
    nullable: bool,
}

/// Takes COPY data in pieces of any size and gives batches.
pub(super) struct Decoder {
    table: String,
    names: Vec<String>,
    readers: Vec<Reader>,
    schema: SchemaRef,
    rows: usize,
    /// The beginning of a row (or of the header) whose end has not come yet.
    rest: Vec<u8>,
    header_seen: bool,
}

impl Decoder {
    /// A decoder for the written columns of a table, selected as [`selected`] says.
    pub(super) fn new(table: &Table) -> Self {
        let readers = table
            .written_columns()
            .map(|(_, column)| Reader { cells: Cells::new(&column.data_type), nullable: column.nullable })
            .collect();
        Self {
            table: table.name.to_string(),
            names: table.written_columns().map(|(_, column)| column.name.clone()).collect(),
            readers,
            schema: table.arrow_schema(),
            rows: 0,
            rest: Vec::new(),
            header_seen: false,
        }
    }

    /// Takes the next piece; gives the batches that it completes.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<RecordBatch>> {
        // The server sends whole rows, so that as a rule nothing has to be put together.
        let joined;
        let mut bytes = if self.rest.is_empty() {
            piece
        } else {
            self.rest.extend_from_slice(piece);
            joined = std::mem::take(&mut self.rest);
            &joined[..]
        };
        let mut batches = Vec::new();
        if !self.header_seen {
            if bytes.len() < HEADER {
                self.rest = bytes.to_vec();
                return Ok(batches);
            }
            bytes = &bytes[HEADER..];
            self.header_seen = true;
        }
        while let Some(length) = row_length(bytes) {
            self.row(&bytes[..length])?;
            bytes = &bytes[length..];
            if self.rows == BATCH_ROWS {
                batches.extend(self.finish()?);
            }
        }
        self.rest = if is_trailer(bytes) { Vec::new() } else { bytes.to_vec() };
        Ok(batches)
    }

    fn row(&mut self, bytes: &[u8]) -> Result<()> {
        let mut at = 2;
        for (index, reader) in self.readers.iter_mut().enumerate() {
            let length = read_i32(bytes, at).unwrap_or(-1);
            at += 4;
            let value = match usize::try_from(length) {
                Ok(length) => {
                    at += length;
                    bytes.get(at - length..at)
                }
                Err(_) => None,
            };
            if !reader.append(value) {
                return Err(Error::source_failed(format!(
                    "column {}.{} arrived in a form that is not known",
                    self.table, self.names[index]
                )));
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows that have not been given yet.
    pub(super) fn finish(&mut self) -> Result<Option<RecordBatch>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let rows = std::mem::take(&mut self.rows);
        let columns: Vec<ArrayRef> = self.readers.iter_mut().map(|reader| reader.cells.finish()).collect();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map(Some).map_err(|cause| {
            Error::source_failed(format!("the rows of table {} do not fit its columns", self.table))
                .because(cause.to_string())
        })
    }
}

fn read_i32(bytes: &[u8], at: usize) -> Option<i32> {
    bytes.get(at..at + 4).map(|word| i32::from_be_bytes([word[0], word[1], word[2], word[3]]))
}

fn is_trailer(bytes: &[u8]) -> bool {
    bytes == [0xFF, 0xFF]
}

/// The bytes of the row at the beginning, if it is there as a whole.
fn row_length(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < 2 || is_trailer(&bytes[..2]) {
        return None;
    }
    let fields = u16::from_be_bytes([bytes[0], bytes[1]]);
    let mut at = 2;
    for _ in 0..fields {
        let length = read_i32(bytes, at)?;
        at += 4 + usize::try_from(length).unwrap_or(0);
    }
    (at <= bytes.len()).then_some(at)
}

impl Cells {
    fn new(data_type: &DataType) -> Self {
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
            DataType::Uuid => Self::Uuid(StringBuilder::new()),
            DataType::Numeric
            | DataType::Text { .. }
            | DataType::Json
            | DataType::Enum { .. }
            | DataType::Array { .. }
            | DataType::Other => Self::Text(StringBuilder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(cells) => Arc::new(cells.finish()),
            Self::Integer(cells) => Arc::new(cells.finish()),
            Self::Decimal(cells, _) => Arc::new(cells.finish()),
            Self::Float(cells) => Arc::new(cells.finish()),
            Self::Text(cells) | Self::Uuid(cells) => Arc::new(cells.finish()),
            Self::Bytes(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Time(cells) => Arc::new(cells.finish()),
            Self::Timestamp(cells) => Arc::new(cells.finish()),
        }
    }

    fn append_null(&mut self) {
        match self {
            Self::Boolean(cells) => cells.append_null(),
            Self::Integer(cells) => cells.append_null(),
            Self::Decimal(cells, _) => cells.append_null(),
            Self::Float(cells) => cells.append_null(),
            Self::Text(cells) | Self::Uuid(cells) => cells.append_null(),
            Self::Bytes(cells) => cells.append_null(),
            Self::Date(cells) => cells.append_null(),
            Self::Time(cells) => cells.append_null(),
            Self::Timestamp(cells) => cells.append_null(),
        }
    }
}

impl Reader {
    /// Appends one value; false if its bytes are not what its type sends.
    fn append(&mut self, value: Option<&[u8]>) -> bool {
        let Some(bytes) = value else {
            self.cells.append_null();
            return true;
        };
        match &mut self.cells {
            Cells::Boolean(cells) => match bytes {
                [flag] => cells.append_value(*flag != 0),
                _ => return false,
            },
            Cells::Integer(cells) => match integer(bytes) {
                Some(number) => cells.append_value(number),
                None => return false,
            },
            // NaN is the one value of numeric(p, s) without digits, which Arrow's decimals cannot carry: it is read
            // as NULL, or as zero where NULL is excluded.
            Cells::Decimal(cells, scale) => match numeric::decode(bytes, *scale) {
                Some(number) => cells.append_value(number),
                None if self.nullable => cells.append_null(),
                None => cells.append_value(0),
            },
            Cells::Float(cells) => match *bytes {
                [a, b, c, d] => cells.append_value(widened(f32::from_be_bytes([a, b, c, d]))),
                [a, b, c, d, e, f, g, h] => cells.append_value(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
                _ => return false,
            },
            Cells::Text(cells) => cells.append_value(String::from_utf8_lossy(bytes)),
            Cells::Uuid(cells) => match <[u8; 16]>::try_from(bytes) {
                Ok(uuid) => append_uuid(cells, uuid),
                Err(_) => return false,
            },
            Cells::Bytes(cells) => cells.append_value(bytes),
            Cells::Date(cells) => match integer(bytes).map(|days| days as i32) {
                None => return false,
                Some(i32::MAX | i32::MIN) if self.nullable => cells.append_null(),
                Some(i32::MAX) => cells.append_value(LAST_DAY),
                Some(i32::MIN) => cells.append_value(FIRST_DAY),
                Some(days) => cells.append_value(days.saturating_add(EPOCH_DAYS)),
            },
            Cells::Time(cells) => match integer(bytes) {
                Some(micros) => cells.append_value(micros),
                None => return false,
            },
            // The infinities are read as NULL, or as the ends of the calendar where NULL is excluded.
            Cells::Timestamp(cells) => match integer(bytes) {
                None => return false,
                Some(i64::MAX | i64::MIN) if self.nullable => cells.append_null(),
                Some(i64::MAX) => cells.append_value((i64::from(LAST_DAY) + 1) * DAY - 1),
                Some(i64::MIN) => cells.append_value(i64::from(FIRST_DAY) * DAY),
                Some(micros) => cells.append_value(micros.saturating_add(EPOCH_MICROS)),
            },
        }
        true
    }
}

/// A whole number of two, four or eight bytes.
fn integer(bytes: &[u8]) -> Option<i64> {
    Some(match *bytes {
        [a, b] => i16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_be_bytes([a, b, c, d]).into(),
        [a, b, c, d, e, f, g, h] => i64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => return None,
    })
}

/// A `real` as the number that its shortest digits say: 0.1 and not 0.10000000149011612, which no other engine and no
/// rounding grid would take for what was stored.
fn widened(value: f32) -> f64 {
    if value.fract() == 0.0 || !value.is_finite() {
        return value.into();
    }
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

fn append_uuid(cells: &mut StringBuilder, uuid: [u8; 16]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (index, byte) in uuid.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    cells.append_value(text);
}
