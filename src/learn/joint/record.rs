//! What is kept of the rows that were read until the joint model is fitted: values, tokens and parents, row by row.
//!
//! Kept are, per row that was read: 8 bytes for a number, 4 for a text (and the different texts, at most 65,536), one
//! bit for anything else; 2 bytes for a token; per foreign key and per key that others refer to 8 bytes, of which 4 remain once
//! parents are known. Rows are numbered in the order in which the source sent them, which means nothing.

mod parents;
mod raw;
mod tokens;

pub(in crate::learn) use parents::{TableKeys, resolve as parents_of};
pub(in crate::learn) use raw::{NO_TEXT, Raw};
pub(in crate::learn) use tokens::tokens;

use crate::model::TableModel;
use crate::schema::Schema;

/// What was read of all tables, row by row.
#[derive(Debug, Default)]
pub(in crate::learn) struct Recorded {
    /// One per table of the schema; without rows where the table was not read.
    pub(in crate::learn) tables: Vec<RecordedTable>,
}

/// What was read of a table.
#[derive(Debug, Default)]
pub(in crate::learn) struct RecordedTable {
    /// Rows read.
    pub(in crate::learn) rows: usize,
    /// The subject of each row.
    pub(in crate::learn) subjects: Vec<u32>,
    /// By column of the table: the token of each row; `None` where the column has no codec or was not read.
    pub(in crate::learn) tokens: Vec<Option<Vec<u16>>>,
    /// By column of the table: the values.
    pub(in crate::learn) values: Vec<Raw>,
    /// By foreign key: the number of the parent's row, [`NO_ROW`](crate::model::context::NO_ROW) where the key is NULL
    /// or the parent was not read; nothing where this table was not read.
    pub(in crate::learn) parents: Vec<Vec<u32>>,
}

impl Recorded {
    /// Brings together what was read of all tables, and finds the parents of their rows.
    pub(in crate::learn) fn new(schema: &Schema, read: Vec<(RecordedTable, TableKeys)>) -> Self {
        let (mut tables, keys): (Vec<RecordedTable>, Vec<TableKeys>) = read.into_iter().unzip();
        let parents = parents::resolve(schema, keys);
        for ((recorded, parents), table) in tables.iter_mut().zip(parents).zip(&schema.tables) {
            recorded.parents = parents;
            recorded.values.resize_with(table.columns.len(), || Raw::None);
            recorded.tokens.resize_with(table.columns.len(), || None);
        }
        Self { tables }
    }

    /// Where tokens do not count as the codecs say; nowhere.
    pub(in crate::learn) fn disagreements(&self, models: &[TableModel]) -> Vec<String> {
        let tables = self.tables.iter().zip(models).filter(|(table, _)| table.rows > 0);
        tables
            .flat_map(|(table, model)| {
                let columns = model.columns.iter().zip(&table.tokens);
                columns.filter_map(|(column, seen)| tokens::disagreement(column, seen.as_deref()))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
