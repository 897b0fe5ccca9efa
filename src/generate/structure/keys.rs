//! Which keys of a table have to be solved: those that no formula keeps.

use super::Site;
use crate::generate::table::{Link, Source, Tables};
use crate::model::rule::Statement;
use crate::plan::ColumnPlan;
use crate::schema::UniqueKey;

/// A key whose tuples are to be distinct.
pub(super) struct Wanted {
    pub(super) key: UniqueKey,
    pub(super) holds: Holds,
}

/// Who says that tuples are distinct, and what is done for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// The schema. Rows that a key has no room for are taken out.
    Declared,
    /// The data. Rows that find no way stay, and the plan says how many.
    Found,
}

/// The unique keys that no column keeps by itself, nor, unless its rows may get other parents, a foreign key; then those that rules name.
pub(super) fn wanted_keys(tables: &Tables, site: &Site<'_>, moved: bool) -> Vec<Wanted> {
    let declared =
        composite_keys(tables, site, moved).into_iter().map(|key| Wanted { key, holds: Holds::Declared });
    declared.chain(found_keys(tables, site)).collect()
}

fn found_keys(tables: &Tables, site: &Site<'_>) -> impl Iterator<Item = Wanted> {
    let is_dealt = |column: &usize| {
        let source = &tables.tables[site.table].columns[*column];
        matches!(source, Source::Inherited { .. } | Source::Drawn(_)) && !site.is_computed(*column)
    };
    let key = move |columns: &[usize]| UniqueKey {
        name: None,
        columns: columns.to_vec(),
        predicate: None,
        expression: None,
        nulls_distinct: true,
        constraint: false,
    };
    site.plan.tables[site.table].rules.iter().filter_map(move |rule| match &rule.statement {
        Statement::Unique { columns, .. } if columns.iter().all(is_dealt) => {
            Some(Wanted { key: key(columns), holds: Holds::Found })
        }
        _ => None,
    })
}

fn composite_keys(tables: &Tables, site: &Site<'_>, moved: bool) -> Vec<UniqueKey> {
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
