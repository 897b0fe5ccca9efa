//! The rows of reference tables, which go over verbatim.

mod text;

use crate::error::{Error, Result};
use crate::schema::{DataType, Schema, Table, words};
use arrow_array::RecordBatch;
use serde::{Deserialize, Serialize};

/// A small table's rows, as text by column.
///
/// Whole numbers are written as they are; decimals with their point; floats in the shortest form that reads back the
/// same; days as days since 1970-01-01, times and timestamps as microseconds; bytes as hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRows {
    /// Per written column of the table, in order: one text or NULL per row. Rows are in the order of the primary key.
    pub columns: Vec<Vec<Option<String>>>,
}

impl ReferenceRows {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the rows of batches as a scan sends them, in their order. Fails on an Arrow type that no column type uses.
    pub fn from_batches(batches: &[RecordBatch]) -> Result<Self> {
        let width = batches.first().map_or(0, RecordBatch::num_columns);
        let mut columns = vec![Vec::new(); width];
        for batch in batches {
            for ((texts, array), field) in
                columns.iter_mut().zip(batch.columns()).zip(batch.schema_ref().fields())
            {
                text::write(array.as_ref(), texts).map_err(|what| {
                    Error::source_failed(format!("column `{}` cannot be copied: {what}", field.name()))
                        .hint("give its table the treatment `learn` or `skip`")
                })?;
            }
        }
        Ok(Self { columns })
    }

    /// Which tables each row names by its texts, by the value of a column: the rows of a table of content types.
    pub fn tables_named(&self, schema: &Schema, table: usize, key: usize) -> Vec<(String, Vec<usize>)> {
        let written: Vec<(usize, &crate::schema::Column)> = schema.tables[table].written_columns().collect();
        let Some(at) = written.iter().position(|(column, _)| *column == key) else { return Vec::new() };
        let is_text = |column: usize| matches!(written[column].1.data_type, DataType::Text { .. });
        let texts: Vec<usize> =
            (0..self.columns.len()).filter(|&column| column != at && is_text(column)).collect();
        let names = schema.tables.iter().map(|table| table.name.name.as_str());
        let named = |row: usize| {
            let of_row: Vec<&str> =
                texts.iter().filter_map(|&column| self.columns[column][row].as_deref()).collect();
            Some((self.columns[at][row].clone()?, words::tables_named(&of_row, names.clone())))
        };
        (0..self.len()).filter_map(named).collect()
    }

    /// The rows as one batch of the table's own types. Fails where a text is not one of the column's type, which a
    /// model file that was edited by hand can bring about.
    pub fn to_batch(&self, table: &Table) -> Result<RecordBatch> {
        let schema = table.arrow_schema();
        if schema.fields().len() != self.columns.len() && !self.is_empty() {
            return Err(Error::config(format!(
                "the model holds {} columns of table `{}`, which has {}",
                self.columns.len(),
                table.name,
                schema.fields().len()
            ))
            .hint("learn the source again: the model does not fit its own schema"));
        }
        let nothing = Vec::new();
        let arrays = schema
            .fields()
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let texts = self.columns.get(index).unwrap_or(&nothing);
                text::read(texts, field.data_type()).map_err(|row| {
                    Error::config(format!(
                        "the model's row {} of table `{}` holds no {} in column `{}`",
                        row + 1,
                        table.name,
                        table.columns.iter().find(|c| &c.name == field.name()).map_or("value", |c| &c.native),
                        field.name()
                    ))
                    .hint("learn the source again, or correct the value in the model file")
                })
            })
            .collect::<Result<Vec<_>>>()?;
        RecordBatch::try_new(schema, arrays).map_err(|cause| {
            Error::config(format!(
                "the model's rows of table `{}` do not fit the table: {}",
                table.name,
                if matches!(cause, arrow_schema::ArrowError::InvalidArgumentError(_)) {
                    "a NULL stands in a NOT NULL column, or columns differ in length"
                } else {
                    "the columns cannot be put together"
                }
            ))
            .hint("learn the source again")
        })
    }
}

#[cfg(test)]
mod tests;
