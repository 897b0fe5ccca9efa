//! What CHECKs say of single columns that keys hold or that other rows refer to: kept before anything looks at them.
//!
//! Elsewhere a row that breaks a CHECK is drawn again as it is written. Whoever refers to such a column would not see that.

use super::structure::Site;
use super::table::{NONE, Positions, Source, Tables};
use crate::schema::check::{Datum, Predicate};
use crate::schema::{Schema, UniqueKey};
use arrow_array::Array;
use std::sync::Arc;

/// Whether other rows refer to a column.
pub(super) fn is_referenced(schema: &Schema, table: usize, column: usize) -> bool {
    let mut keys = schema.tables.iter().flat_map(|other| &other.foreign_keys);
    keys.any(|key| key.parent == table && key.parent_columns.contains(&column))
}

/// Gives rows whose value breaks a CHECK about that column the position of a value that passes.
pub(super) fn settle(tables: &mut Tables, site: &Site<'_>) {
    let schema = tables.schema.clone();
    let table = &schema.tables[site.table];
    let rows = tables.tables[site.table].rows;
    for column in 0..table.columns.len() {
        let tells_apart = |key: &UniqueKey| key.told_apart(table).is_some_and(|all| all.contains(&column));
        let kept = table.unique_keys().any(tells_apart);
        let alone = |predicate: &&Predicate| predicate.columns() == [column];
        let filters = site.plan.tables[site.table].filters.iter().map(|(_, predicate)| predicate);
        let predicates: Vec<&Predicate> = filters.filter(alone).collect();
        if predicates.is_empty() || !(kept || is_referenced(&schema, site.table, column)) {
            continue;
        }
        let Source::Drawn(drawn) = &mut tables.tables[site.table].columns[column] else { continue };
        if site.is_unique(column) || drawn.difference.is_some() || site.is_computed(column) {
            continue;
        }
        let dealt: Vec<Option<u64>> = (0..rows).map(|row| drawn.position(row)).collect();
        let values = drawn.sampler.sample(&dealt).into_array(&drawn.data_type);
        let passes =
            |row: usize| predicates.iter().all(|predicate| predicate.admits(&|_| Datum::at(&values, row)));
        let (fine, broken): (Vec<usize>, Vec<usize>) = (0..dealt.len()).partition(|&row| passes(row));
        let lenders: Vec<usize> = fine.into_iter().filter(|&row| values.is_valid(row)).collect();
        if broken.is_empty() || lenders.is_empty() {
            continue;
        }
        let number = |position: Option<u64>| position.map_or(NONE, |position| position as u32);
        let mut listed: Vec<u32> = dealt.iter().copied().map(number).collect();
        for (turn, row) in broken.into_iter().enumerate() {
            listed[row] = listed[lenders[turn % lenders.len()]];
        }
        drawn.positions = Positions::Listed(Arc::new(listed));
    }
}
