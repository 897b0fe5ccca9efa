//! The pure function: `(plan, model, chunk) → RecordBatch`, with no I/O, no shared state, no order.
//!
//! [`Generator::new`] makes a plan ready and fails where a request cannot be met; after that nothing fails:
//! [`Generator::batch`] gives any stretch of any table's rows, the same ones whoever asks, in whatever order.

mod alone;
pub mod column;
mod filter;
mod joint;
mod late;
mod mend;
mod nullness;
mod parent;
mod pointed;
mod prepare;
mod relative;
mod retyped;
mod rules;
mod structure;
mod sums;
mod table;

use crate::error::Result;
use crate::model::Model;
use crate::plan::{Balanced, Plan, TablePlan};
use crate::schema::check::Predicate;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use std::collections::BTreeMap;
use table::{Source, Tables};

/// Rows of a chunk: fixed, so that the work is cut the same way everywhere.
pub const CHUNK_ROWS: u64 = 4_096;

/// A plan made ready.
pub struct Generator {
    tables: Tables,
    seed: u64,
    notes: Vec<String>,
    /// By table: the conditions that all its rows meet, as the user asked.
    conditions: Vec<Vec<Predicate>>,
    /// By table: the columns whose shares are others than those learned, as the user asked.
    balanced: Vec<BTreeMap<usize, Balanced>>,
}

impl Generator {
    /// Makes a plan ready: builds samplers, finds parents where no formula does, and makes sure that every CHECK can be met.
    pub fn new(model: &Model, plan: &Plan) -> Result<Self> {
        let (tables, notes) = prepare::prepare(&plan.completed(model), plan)?;
        let kept = |table: &TablePlan| {
            table.conditions.iter().filter_map(|condition| condition.kept.clone().ok()).collect()
        };
        let conditions = plan.tables.iter().map(kept).collect();
        let balanced = plan.tables.iter().map(|table| table.balanced.clone()).collect();
        Ok(Self { tables, seed: plan.seed, notes, conditions, balanced })
    }

    /// The rows a table will have.
    pub fn rows(&self, table: usize) -> u64 {
        self.tables.tables[table].rows
    }

    /// What a user should know before rows are written.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The conditions that all rows of a table are to meet, as the user asked.
    pub fn conditions(&self, table: usize) -> &[Predicate] {
        &self.conditions[table]
    }

    /// The columns of a table whose shares are others than those learned, as the user asked.
    pub fn balanced(&self, table: usize) -> &BTreeMap<usize, Balanced> {
        &self.balanced[table]
    }

    /// How many rows of a batch of a table have each value of its balanced columns: column by column, by token, NULL first.
    pub fn tally(&self, table: usize, batch: &RecordBatch) -> Vec<Vec<u64>> {
        if self.balanced(table).is_empty() {
            return Vec::new();
        }
        let columns = self.by_column(table, batch);
        let count = |(column, balanced): (&usize, &Balanced)| {
            let mut counts = vec![0; balanced.factors.len() + 1];
            let tokens = columns.get(column).map(|array| balanced.column.marginal.tokens(array));
            for token in tokens.unwrap_or_default() {
                counts[usize::from(token).min(balanced.factors.len())] += 1;
            }
            counts
        };
        self.balanced(table).iter().map(count).collect()
    }

    /// The arrays of a batch of a table by column.
    fn by_column(&self, table: usize, batch: &RecordBatch) -> BTreeMap<usize, ArrayRef> {
        let written = self.tables.schema.tables[table].written_columns().map(|(column, _)| column);
        written.zip(batch.columns().iter().cloned()).collect()
    }

    /// How many rows of a batch of a table do not meet each of its conditions.
    pub fn outside(&self, table: usize, batch: &RecordBatch) -> Vec<u64> {
        let conditions = self.conditions(table);
        if conditions.is_empty() {
            return Vec::new();
        }
        let columns = self.by_column(table, batch);
        let missed = |condition: &Predicate| {
            (0..batch.num_rows()).filter(|&row| !filter::is_true(condition, &columns, row)).count() as u64
        };
        conditions.iter().map(missed).collect()
    }

    /// The rows `start..start + len` of a table, all written columns.
    pub fn batch(&self, table: usize, start: u64, len: u64) -> RecordBatch {
        let generator = &self.tables.tables[table];
        let described = &self.tables.schema.tables[table];
        if let Some(copied) = &generator.copied {
            return copied.slice(start as usize, len as usize);
        }
        let rows: Vec<Option<u64>> =
            (start..start + len).map(|place| Some(generator.row_at(place))).collect();
        let mut columns = self.columns(table, &rows);
        let mut open = generator.filter.failing(&columns, rows.len());
        if !open.is_empty() {
            if generator.filter.mend_first {
                mend::mend(&self.tables, table, &rows, &mut open, &mut columns);
            }
            if let Some(addresses) = filter::addresses(&self.tables, table, self.seed, &rows, &mut open) {
                for &column in &generator.filter.redrawn {
                    let drawn = self.tables.values(table, column, &addresses);
                    columns.insert(column, filter::taken(&columns[&column], &drawn, &rows, &addresses));
                }
                for &column in &generator.filter.bounded {
                    let drawn = filter::within_bounds(&self.tables, (table, column), &rows, &addresses);
                    columns.insert(column, drawn);
                }
            }
            mend::mend(&self.tables, table, &rows, &mut open, &mut columns);
        }
        let arrays: Vec<ArrayRef> =
            described.written_columns().filter_map(|(column, _)| columns.remove(&column)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(len as usize));
        RecordBatch::try_new_with_options(described.arrow_schema(), arrays, &options)
            .expect("columns have the types and lengths of the table")
    }

    /// All written columns; rows that share a foreign key look its parents up once.
    fn columns(&self, table: usize, rows: &[Option<u64>]) -> BTreeMap<usize, ArrayRef> {
        let described = &self.tables.schema.tables[table];
        let mut parents: BTreeMap<usize, Vec<Option<u64>>> = BTreeMap::new();
        described
            .written_columns()
            .map(|(column, _)| {
                let values = match &self.tables.tables[table].columns[column] {
                    Source::Inherited { foreign_key, position, required: false } => {
                        let key = &described.foreign_keys[*foreign_key];
                        let parents = parents.entry(*foreign_key).or_insert_with(|| {
                            rows.iter()
                                .map(|row| row.and_then(|row| self.tables.parent(table, *foreign_key, row)))
                                .collect()
                        });
                        self.tables.values(key.parent, key.parent_columns[*position], parents)
                    }
                    _ => self.tables.values(table, column, rows),
                };
                (column, values)
            })
            .collect()
    }
}
