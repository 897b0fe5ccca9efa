//! The parent of each row, by its number in the order of reading.

use crate::learn::keys::{Places, folds, keys_of};
use crate::model::context::NO_ROW;
use crate::schema::{ForeignKey, Schema};
use arrow_array::RecordBatch;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The hash of no key: one that is NULL in some column, or partly computed by the database.
const NO_KEY: u64 = u64::MAX;

/// The keys of a table's rows: those by which they refer to others, and those by which others refer to them.
///
/// Keys are kept as hashes of 64 bits and taken for equal where those are: among a million keys two that differ meet
/// once in forty million times.
#[derive(Debug, Default)]
pub(in crate::learn) struct TableKeys {
    /// By columns, in the order of the constraint, and which of them are compared whatever their case.
    by_columns: BTreeMap<(Vec<usize>, Vec<bool>), KeyColumn>,
}

#[derive(Debug)]
struct KeyColumn {
    /// Where the columns are in a batch.
    places: Places,
    /// One per row.
    hashes: Vec<u64>,
}

impl TableKeys {
    /// No rows yet.
    pub(in crate::learn) fn new(schema: &Schema, table: usize) -> Self {
        let this = &schema.tables[table];
        let parent = |key: &ForeignKey| folds(schema, key.parent, &key.parent_columns);
        let own = this.foreign_keys.iter().map(|key| (&key.columns, parent(key)));
        let keys = schema.tables.iter().flat_map(|child| &child.foreign_keys);
        let referenced = keys.filter(|key| key.parent == table).map(|key| (&key.parent_columns, parent(key)));
        let by_columns = own.chain(referenced).map(|(columns, folds)| {
            let places = Places::new(this, columns, &folds);
            ((columns.clone(), folds), KeyColumn { places, hashes: Vec::new() })
        });
        Self { by_columns: by_columns.collect() }
    }

    /// Takes in a batch.
    pub(in crate::learn) fn add(&mut self, batch: &RecordBatch) {
        for key in self.by_columns.values_mut() {
            // Where one is computed by the database, there is no key to be read.
            if !key.places.whole {
                key.hashes.resize(key.hashes.len() + batch.num_rows(), NO_KEY);
                continue;
            }
            let hash = |key: Option<u64>| key.map_or(NO_KEY, |hash| hash.min(NO_KEY - 1));
            key.hashes.extend(keys_of(batch, &key.places).into_iter().map(hash));
        }
    }

    /// Whether the key of each row is NULL in some column.
    pub(in crate::learn) fn lacking(&self, schema: &Schema, key: &ForeignKey) -> Vec<bool> {
        self.hashes(&key.columns, schema, key).iter().map(|&hash| hash == NO_KEY).collect()
    }

    /// Those of some columns, compared as a foreign key compares them.
    fn hashes(&self, columns: &[usize], schema: &Schema, key: &ForeignKey) -> &[u64] {
        let folds = folds(schema, key.parent, &key.parent_columns);
        self.by_columns.get(&(columns.to_vec(), folds)).map_or(&[], |key| &key.hashes)
    }
}

/// By table and foreign key: the row of each row's parent. Tables may have been read in any order.
pub(in crate::learn) fn resolve(schema: &Schema, keys: Vec<TableKeys>) -> Vec<Vec<Vec<u32>>> {
    let foreign_keys = || {
        schema.tables.iter().enumerate().flat_map(|(child, table)| {
            table.foreign_keys.iter().enumerate().map(move |(index, key)| (child, index, key))
        })
    };
    let mut parents: Vec<Vec<Vec<u32>>> =
        schema.tables.iter().map(|table| vec![Vec::new(); table.foreign_keys.len()]).collect();
    let referenced: BTreeMap<(usize, &[usize]), &ForeignKey> =
        foreign_keys().map(|(_, _, key)| ((key.parent, key.parent_columns.as_slice()), key)).collect();
    for ((parent, columns), one) in referenced {
        let by_key = rows_by_key(keys[parent].hashes(columns, schema, one));
        for (child, index, key) in foreign_keys() {
            if key.parent == parent && key.parent_columns == columns {
                let row = |hash: &u64| by_key.get(hash).copied().unwrap_or(NO_ROW);
                parents[child][index] =
                    keys[child].hashes(&key.columns, schema, key).iter().map(row).collect();
            }
        }
    }
    parents
}

fn rows_by_key(hashes: &[u64]) -> FxHashMap<u64, u32> {
    let mut rows = FxHashMap::with_capacity_and_hasher(hashes.len(), rustc_hash::FxBuildHasher);
    for (row, &hash) in (0u32..).zip(hashes) {
        if hash != NO_KEY {
            rows.entry(hash).or_insert(row);
        }
    }
    rows
}
