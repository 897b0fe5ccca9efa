//! One pass over the rows of a table: what is kept of each column until it is fitted.

use super::joint::record::NO_TEXT;
use super::json::JsonProfile;
use super::numbers::Numbers;
use super::observed::{Tallies, Tally, tally};
use super::row_set::RowSet;
use super::text::TextProfile;
use crate::model::privacy::Settings;
use crate::schema::{DataType, Table};
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};

/// What was seen of a table.
#[derive(Debug)]
pub(super) struct TableProfile {
    /// Rows read.
    pub(super) rows: u64,
    /// The subject of each row.
    pub(super) subjects: Vec<u32>,
    /// One per written column.
    pub(super) columns: Vec<ColumnProfile>,
}

/// What was seen of a column.
#[derive(Debug)]
pub(super) struct ColumnProfile {
    /// NULLs.
    pub(super) nulls: u64,
    /// The rows that are NULL.
    pub(super) absent: RowSet,
    /// The other values.
    pub(super) values: Values,
}

/// Values, in the form that fits their type.
#[derive(Debug)]
pub(super) enum Values {
    /// Anything with an order, row by row.
    Numbers(Numbers),
    /// `false` and `true`, and the rows that are `true`.
    Booleans([Tally; 2], RowSet),
    /// Anything carried as characters, and the number of each row's text ([`NO_TEXT`] where it is NULL) while texts
    /// are counted by value.
    Text(TextProfile, Option<Vec<u32>>),
    /// Documents and lists.
    Json(Box<JsonProfile>),
    /// Lengths of bytes.
    Bytes(Tallies<i64>),
}

impl TableProfile {
    pub(super) fn new(table: &Table, privacy: Settings) -> Self {
        let columns = table
            .written_columns()
            .map(|(_, column)| ColumnProfile {
                nulls: 0,
                absent: RowSet::default(),
                values: Values::new(&column.data_type, privacy),
            })
            .collect();
        Self { rows: 0, subjects: Vec::new(), columns }
    }

    /// Takes in a batch, given the subject of each of its rows.
    pub(super) fn add(&mut self, batch: &RecordBatch, subjects: &[u32], privacy: Settings) {
        self.rows += batch.num_rows() as u64;
        self.subjects.extend_from_slice(subjects);
        for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
            column.nulls += array.null_count() as u64;
            (0..array.len()).for_each(|row| column.absent.push(array.is_null(row)));
            column.values.add(array.as_ref(), subjects, privacy);
        }
    }
}

impl Values {
    fn new(data_type: &DataType, privacy: Settings) -> Self {
        match data_type {
            DataType::Boolean => {
                Self::Booleans([Tally::new(privacy), Tally::new(privacy)], RowSet::default())
            }
            DataType::Bytes { .. } => Self::Bytes(Tallies::default()),
            DataType::Json | DataType::Array { .. } => Self::Json(Box::new(JsonProfile::new(privacy))),
            ordered if ordered.is_ordered() => Self::Numbers(Numbers::new(ordered)),
            _ => Self::Text(TextProfile::new(privacy), Some(Vec::new())),
        }
    }

    fn add(&mut self, array: &dyn Array, subjects: &[u32], privacy: Settings) {
        let rows = || subjects.iter().enumerate().filter(|&(row, _)| array.is_valid(row));
        match self {
            Self::Numbers(numbers) => numbers.add(array),
            Self::Booleans(tallies, held) => {
                let array = array.as_boolean();
                (0..array.len()).for_each(|row| held.push(array.is_valid(row) && array.value(row)));
                rows().for_each(|(row, &subject)| {
                    tallies[usize::from(array.value(row))].add(1, &[subject]);
                });
            }
            Self::Text(texts, ids) => {
                for (text, &subject) in array.as_string::<i32>().iter().zip(subjects) {
                    let id = text.map_or(Some(NO_TEXT), |text| texts.add(text, subject));
                    match id {
                        Some(id) => ids.iter_mut().for_each(|ids| ids.push(id)),
                        None => *ids = None,
                    }
                }
            }
            Self::Json(documents) => {
                let array = array.as_string::<i32>();
                rows().for_each(|(row, &subject)| documents.add_text(array.value(row), subject));
            }
            Self::Bytes(lengths) => {
                let array = array.as_binary::<i32>();
                rows().for_each(|(row, &subject)| {
                    tally(lengths, i64::from(array.value_length(row)), 1, &[subject], privacy);
                });
            }
        }
    }
}
