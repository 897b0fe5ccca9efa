//! Which keys of a table have to be solved: those that no formula keeps.

use super::Site;
use crate::generate::table::{Link, Source, Tables};
use crate::plan::ColumnPlan;
use crate::schema::UniqueKey;

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
            // Where a NULL counts, late references have to be there first: until then all of them are NULL.
            let undecided = !key.nulls_distinct
                && key.columns.iter().any(|&column| {
                    matches!(tables.tables[site.table].columns[column], Source::Inherited { foreign_key, .. }
                    if matches!(tables.tables[site.table].links[foreign_key], Link::Undecided))
                });
            let kept = alone || numbered || undecided || (one_link && key.predicate.is_none());
            !key.columns.is_empty() && !kept
        })
        .collect()
}
