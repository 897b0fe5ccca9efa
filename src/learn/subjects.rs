//! Whom a row is about: itself in a root table, its nearest root in a table below one.
//!
//! A customer's name on ten of his orders is one subject's, not ten subjects'.

use super::keys::{Places, keys_of};
use crate::schema::Schema;
use arrow_array::RecordBatch;
use rustc_hash::FxHashMap;

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
                .map(|key| ((key.parent, key.parent_columns.clone()), Places::of_child(schema, this, key))),
            keys: referenced
                .into_iter()
                .map(|key| (key.clone(), Places::of_parent(schema, table, &key.1)))
                .collect(),
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

#[cfg(test)]
mod tests;
