//! The parent of each row, by its number in the order of reading.

use crate::learn::keys::{in_batch, keys_of};
use crate::model::context::NO_ROW;
use crate::schema::{Schema, Table};
use arrow_array::RecordBatch;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The hash of no key: one that is NULL in some column, or partly computed by the database.
const NO_KEY: u64 = u64::MAX;

/// The keys of a table's rows: those by which they refer to others, and those by which others refer to them.
///
/// Keys are kept as hashes of 64 bits and taken for equal where those are: among a million keys two that differ meet
/// once in forty million times.
#[derive(Debug, Default)]
pub(in crate::learn) struct TableKeys {
    /// By columns, in the order of the constraint.
    by_columns: BTreeMap<Vec<usize>, KeyColumn>,
}

#[derive(Debug)]
struct KeyColumn {
    /// Where the columns are in a batch; nothing where one is computed.
    places: Option<Vec<usize>>,
    /// One per row.
    hashes: Vec<u64>,
}

impl TableKeys {
    /// No rows yet.
    pub(in crate::learn) fn new(schema: &Schema, table: usize) -> Self {
        let this = &schema.tables[table];
        let own = this.foreign_keys.iter().map(|key| &key.columns);
        let keys = schema.tables.iter().flat_map(|child| &child.foreign_keys);
        let referenced = keys.filter(|key| key.parent == table).map(|key| &key.parent_columns);
        let by_columns =
            own.chain(referenced).map(|columns| (columns.clone(), KeyColumn::new(this, columns)));
        Self { by_columns: by_columns.collect() }
    }

    /// Takes in a batch.
    pub(in crate::learn) fn add(&mut self, batch: &RecordBatch) {
        for key in self.by_columns.values_mut() {
            match &key.places {
                None => key.hashes.resize(key.hashes.len() + batch.num_rows(), NO_KEY),
                Some(places) => {
                    let hash = |key: Option<u64>| key.map_or(NO_KEY, |hash| hash.min(NO_KEY - 1));
                    key.hashes.extend(keys_of(batch, places).into_iter().map(hash));
                }
            }
        }
    }

    /// Whether the key of each row is NULL in some column.
    pub(in crate::learn) fn lacking(&self, columns: &[usize]) -> Vec<bool> {
        self.hashes(columns).iter().map(|&hash| hash == NO_KEY).collect()
    }

    fn hashes(&self, columns: &[usize]) -> &[u64] {
        self.by_columns.get(columns).map_or(&[], |key| &key.hashes)
    }
}

impl KeyColumn {
    fn new(table: &Table, columns: &[usize]) -> Self {
        let places = in_batch(table, columns);
        Self { places: (places.len() == columns.len()).then_some(places), hashes: Vec::new() }
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
    let referenced: BTreeSet<(usize, &[usize])> =
        foreign_keys().map(|(_, _, key)| (key.parent, key.parent_columns.as_slice())).collect();
    for (parent, columns) in referenced {
        let by_key = rows_by_key(keys[parent].hashes(columns));
        for (child, index, key) in foreign_keys() {
            if key.parent == parent && key.parent_columns == columns {
                let row = |hash: &u64| by_key.get(hash).copied().unwrap_or(NO_ROW);
                parents[child][index] = keys[child].hashes(&key.columns).iter().map(row).collect();
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
