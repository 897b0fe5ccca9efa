//! How many children parents have, where nobody has counted them.

use super::SAMPLE;
use crate::model::{Cardinality, CountBin};
use crate::schema::Schema;

/// Shares of parents in percent, and how many children they have: some none, most a few, few many.
const SHAPE: &[(u64, u64, u64)] =
    &[(12, 0, 0), (25, 1, 1), (20, 2, 2), (20, 3, 5), (15, 6, 11), (6, 12, 24), (2, 25, 50)];

/// One entry per foreign key of a table.
pub(super) fn cardinalities(schema: &Schema, table: usize) -> Vec<Cardinality> {
    let this = &schema.tables[table];
    let keys = this.foreign_keys.iter();
    keys.map(|key| {
        let histogram: Vec<CountBin> = SHAPE
            .iter()
            .map(|&(share, low, high)| {
                let parents = SAMPLE * share / 100;
                CountBin { low, high, parents, children: parents * (low + high) / 2 }
            })
            .collect();
        let children: u64 = histogram.iter().map(|bin| bin.children).sum();
        let optional = key.columns.iter().any(|&column| this.columns[column].nullable);
        Cardinality {
            name: format!("{} → {}", this.column_names(&key.columns), schema.tables[key.parent].name),
            null_rows: if optional { children / 5 } else { 0 },
            histogram,
            each: None,
        }
    })
    .collect()
}
