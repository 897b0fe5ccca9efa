//! The last word on foreign keys that share columns: a row whose values name no parent, because another key decided one of them after
//! the parent was found, gives up an optional key.

use super::super::alone::is_referenced;
use super::super::table::{Link, NONE, Source, Tables};
use super::{Site, codes};
use crate::schema::ForeignKey;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// Rounds: giving up one key may leave another without a parent.
const ROUNDS: usize = 3;

/// Lets rows without a matching parent lack one, as far as a column of the key may be NULL and nothing else depends on it. Says how many
/// did.
pub(crate) fn agree(tables: &mut Tables, site: &Site<'_>) -> Vec<String> {
    let mut rows = BTreeMap::<usize, usize>::new();
    let schema = tables.schema.clone();
    let table = &schema.tables[site.table];
    for _ in 0..ROUNDS {
        let mut changed = false;
        for key in table.foreign_keys.iter().filter(|key| key.columns.len() > 1) {
            let shares = |column: &usize| {
                table.foreign_keys.iter().filter(|other| other.columns.contains(column)).count() > 1
            };
            if !key.columns.iter().any(shares) {
                continue;
            }
            let Some(given_up) = given_up(tables, site, key) else { continue };
            let lost = without_parent(tables, site, key);
            if !lost.is_empty() {
                give_up(tables, site, given_up, &lost);
                *rows.entry(given_up).or_default() += lost.len();
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let note = |(key, rows): (usize, usize)| {
        let key = &table.foreign_keys[key];
        let (columns, parent) = (table.column_names(&key.columns), &schema.tables[key.parent].name);
        format!(
            "{}: {rows} rows without a parent in {parent} ({columns}), since keys that share columns with it leave them none",
            table.name
        )
    };
    rows.into_iter().map(note).collect()
}

/// The optional key that decides a column of `key` which may be NULL.
fn given_up(tables: &Tables, site: &Site<'_>, key: &ForeignKey) -> Option<usize> {
    let table = &tables.schema.tables[site.table];
    let may_lack = |column: usize| {
        table.columns[column].nullable
            && !is_referenced(&tables.schema, site.table, column)
            && table.unique_keys().all(|unique| unique.nulls_distinct || !unique.columns.contains(&column))
    };
    let decides = |number: usize, column: usize| {
        let source = tables.tables[site.table].columns.get(column);
        matches!(source, Some(Source::Inherited { foreign_key, .. }) if *foreign_key == number)
    };
    key.columns.iter().rev().find_map(|&column| {
        match tables.tables[site.table].columns.get(column)? {
            Source::Inherited { foreign_key, required: false, .. } if may_lack(column) => {
                let link = &tables.tables[site.table].links[*foreign_key];
                // Without a parent a row lacks all that the key decides.
                let all = (0..table.columns.len()).filter(|&column| decides(*foreign_key, column));
                let free = all.into_iter().all(|column| !table.columns[column].nullable || may_lack(column));
                (free && matches!(link, Link::Formula(_) | Link::Listed(_))).then_some(*foreign_key)
            }
            _ => None,
        }
    })
}

/// The rows whose values, all of them there, are those of no parent.
fn without_parent(tables: &Tables, site: &Site<'_>, key: &ForeignKey) -> Vec<usize> {
    let tuples = |table: usize, columns: &[usize]| {
        let each: Vec<_> =
            columns.iter().map(|&column| codes::codes(&tables.all_values(table, column))).collect();
        let whole: Vec<bool> = (0..tables.tables[table].rows as usize)
            .map(|row| each.iter().all(|codes| codes.get(row).is_some_and(|&code| code != codes::NULL)))
            .collect();
        (codes::tuples(&each), whole)
    };
    let (parents, _) = tuples(key.parent, &key.parent_columns);
    let parents: FxHashSet<u64> = parents.into_iter().collect();
    let (own, whole) = tuples(site.table, &key.columns);
    (0..own.len()).filter(|&row| whole[row] && !parents.contains(&own[row])).collect()
}

fn give_up(tables: &mut Tables, site: &Site<'_>, foreign_key: usize, lost: &[usize]) {
    let rows = tables.tables[site.table].rows;
    let parent = |row: u64| tables.parent(site.table, foreign_key, row).map_or(NONE, |parent| parent as u32);
    let mut parents: Vec<u32> = (0..rows).map(parent).collect();
    lost.iter().for_each(|&row| parents[row] = NONE);
    tables.tables[site.table].links[foreign_key] = Link::Listed(parents);
}
