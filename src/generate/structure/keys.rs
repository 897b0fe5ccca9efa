//! Which keys of a table have to be solved: those that no formula keeps.

use super::Site;
use crate::generate::table::{Link, Source, Tables};
use crate::plan::ColumnPlan;
use crate::schema::UniqueKey;
use crate::schema::check::Predicate;

/// The unique keys that no column keeps by itself, nor, unless its rows may get other parents, a foreign key.
pub(super) fn composite_keys(tables: &Tables, site: &Site<'_>, moved: bool) -> Vec<UniqueKey> {
    let table = &tables.schema.tables[site.table];
    let columns = &site.plan.tables[site.table].columns;
    table
        .unique_keys()
        .map(|key| UniqueKey { columns: key.told_apart(table).unwrap_or_default(), ..key.clone() })
        .filter(|key| {
            let alone = key.columns.iter().any(|&column| {
                let distinct =
                    key.nulls_distinct || key.columns.len() == 1 || !table.columns[column].nullable;
                matches!(columns[column], ColumnPlan::Drawn { unique: true, .. }) && distinct
            });
            let one_link = !moved
                && (0..table.foreign_keys.len()).any(|number| {
                    site.one_to_one(number)
                        && table.foreign_keys[number].columns.len() == key.columns.len()
                        && table.foreign_keys[number]
                            .columns
                            .iter()
                            .all(|column| key.columns.contains(column))
                        && matches!(tables.tables[site.table].links[number], Link::Formula(_))
                });
            let numbered = key.columns.iter().any(|&column| site.is_numbered(column));
            let kept = alone || numbered || (one_link && key.predicate.is_none());
            !key.columns.is_empty() && !kept
        })
        .collect()
}

/// Pairs of columns that a CHECK wants different: by `<>`, or because one is to be above the other.
pub(super) fn different_pairs(predicate: &Predicate) -> Vec<(usize, usize)> {
    let above = predicate.orderings().into_iter().filter(|(_, _, strict)| *strict);
    let mut pairs = predicate.unequal_pairs();
    pairs.extend(above.map(|(low, high, _)| (low, high)));
    pairs
}

/// Pairs of inherited columns that a CHECK wants different.
pub(super) fn unequal_pairs(tables: &Tables, site: &Site<'_>) -> Vec<(usize, usize)> {
    let inherited =
        |column: usize| matches!(tables.tables[site.table].columns[column], Source::Inherited { .. });
    site.plan.tables[site.table]
        .filters
        .iter()
        .flat_map(|(_, predicate)| different_pairs(predicate))
        .filter(|&(a, b)| inherited(a) && inherited(b))
        .collect()
}
