//! Whom a row is about: itself in a root table, its nearest root in a table below one.
//!
//! A customer's name on ten of his orders is one subject's, not ten subjects'.

use crate::schema::{Schema, Table};
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

/// Gives every row its subject, over all tables; [`roots`](super::roots) decides along which keys. Subjects are numbered as they are met; only whether two are the same
/// is ever asked, so the numbers' order leaves no trace.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    met: u32,
    /// By parent table and referenced columns: the subject of each key's row.
    by_key: FxHashMap<Key, FxHashMap<u64, u32>>,
}

/// A table and the columns by which others reference it.
type Key = (usize, Vec<usize>);

/// Where a key's columns are in a batch.
type Places = Vec<usize>;

/// How the rows of one table come to their subjects.
#[derive(Debug)]
pub(super) struct Route {
    /// The parent's table and key, and where the referencing columns are in a batch.
    parent: Option<(Key, Places)>,
    /// The keys of this table that others reference: column indexes, and where they are in a batch.
    keys: Vec<(Key, Places)>,
}

impl Subjects {
    /// Plans a table's way to its subjects, along one of its foreign keys, or none where its rows are their own.
    pub(super) fn route(schema: &Schema, table: usize, foreign_key: Option<usize>) -> Route {
        let this = &schema.tables[table];
        let chosen = foreign_key.map(|index| &this.foreign_keys[index]);
        let mut referenced: Vec<Key> = schema
            .tables
            .iter()
            .enumerate()
            .filter(|&(child, _)| child != table)
            .flat_map(|(_, child)| &child.foreign_keys)
            .filter(|key| key.parent == table)
            .map(|key| (table, key.parent_columns.clone()))
            .collect();
        referenced.sort_unstable();
        referenced.dedup();
        Route {
            parent: chosen
                .map(|key| ((key.parent, key.parent_columns.clone()), in_batch(this, &key.columns))),
            keys: referenced.into_iter().map(|key| (key.clone(), in_batch(this, &key.1))).collect(),
        }
    }

    /// The subject of each row of a batch, and a note of them under the keys by which children find them.
    pub(super) fn of_batch(&mut self, route: &Route, batch: &RecordBatch) -> Vec<u32> {
        let rows = batch.num_rows();
        let mut subjects = Vec::with_capacity(rows);
        let parent_keys = route.parent.as_ref().map(|(_, columns)| keys_of(batch, columns));
        let known = route.parent.as_ref().map(|(key, _)| self.by_key.entry(key.clone()).or_default());
        let mut met = self.met;
        let mut stranger = || {
            met = met.wrapping_add(1);
            met
        };
        match (parent_keys, known) {
            // A parent that was not read (a sample, a cycle) still is one and the same for all its children.
            (Some(keys), Some(known)) => subjects.extend(keys.into_iter().map(|key| match key {
                Some(key) => *known.entry(key).or_insert_with(&mut stranger),
                None => stranger(),
            })),
            _ => subjects.extend((0..rows).map(|_| stranger())),
        }
        self.met = met;
        for (key, columns) in &route.keys {
            let by_key = self.by_key.entry(key.clone()).or_default();
            for (key, &subject) in keys_of(batch, columns).into_iter().zip(&subjects) {
                by_key.extend(key.map(|key| (key, subject)));
            }
        }
        subjects
    }
}

/// Where some columns are among the written ones; a generated column is in no batch.
fn in_batch(table: &Table, columns: &[usize]) -> Vec<usize> {
    let place = |column: &usize| table.written_columns().position(|(index, _)| index == *column);
    columns.iter().filter_map(place).collect()
}

/// A hash of each row's key; `None` where a column is NULL, which as a key is nobody's.
fn keys_of(batch: &RecordBatch, columns: &[usize]) -> Vec<Option<u64>> {
    let mut hashers = vec![Some(FxHasher::default()); batch.num_rows()];
    for &column in columns {
        hash_column(batch.column(column).as_ref(), &mut hashers);
    }
    hashers.into_iter().map(|hasher| hasher.map(|hasher| hasher.finish())).collect()
}

/// Whole numbers and decimals without fraction hash alike, for a key may be wider in one table than in the other.
fn hash_column(array: &dyn Array, hashers: &mut [Option<FxHasher>]) {
    let mut each = |hash: &dyn Fn(usize, &mut FxHasher)| {
        for (row, slot) in hashers.iter_mut().enumerate() {
            match slot {
                Some(hasher) if array.is_valid(row) => hash(row, hasher),
                _ => *slot = None,
            }
        }
    };
    match array.data_type() {
        DataType::Int64 => {
            each(&|row, to| i128::from(array.as_primitive::<Int64Type>().value(row)).hash(to));
        }
        DataType::Decimal128(..) => {
            each(&|row, to| array.as_primitive::<Decimal128Type>().value(row).hash(to))
        }
        DataType::Utf8 => each(&|row, to| array.as_string::<i32>().value(row).hash(to)),
        DataType::Binary => each(&|row, to| array.as_binary::<i32>().value(row).hash(to)),
        // Days, times, floats and booleans are rare as keys; their storage has a fixed width, so its bytes are the value.
        _ => {
            let data = array.to_data();
            let width = array.data_type().primitive_width();
            each(&|row, to| match (width, data.buffers().first()) {
                (Some(width), Some(buffer)) => {
                    let at = (data.offset() + row) * width;
                    buffer.as_slice()[at..at + width].hash(to);
                }
                _ => array.slice(row, 1).to_data().buffers().iter().for_each(|b| b.as_slice().hash(to)),
            });
        }
    }
}

#[cfg(test)]
mod tests;
