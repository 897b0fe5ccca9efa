//! Rows of one table that have to agree with each other: a required reference to the table itself that shares columns with its key.
//!
//! `FOREIGN KEY (boss, firm) REFERENCES staff (firm, branch)` needs, for every firm of a row, a row with that as its branch. Which rows
//! there are is decided before such a reference is placed; so it is seen to here that there are some for all.

use super::Site;
use crate::generate::table::{Link, NONE, Source, Tables};
use crate::plan::LinkPlan;
use std::collections::BTreeSet;

/// For each late, required reference to the own table: every parent that rows have through the key of a shared column is some row's
/// parent through the key of the column that is referred to.
pub(crate) fn cover(tables: &mut Tables, site: &Site<'_>) {
    let schema = tables.schema.clone();
    let table = &schema.tables[site.table];
    for (number, key) in table.foreign_keys.iter().enumerate() {
        let late = matches!(site.plan.tables[site.table].links[number], LinkPlan::Free { late: true, .. });
        if key.parent != site.table || !late || !site.required(number) {
            continue;
        }
        for &at in site.scope(number) {
            if let Some((from, to)) = alike(tables, site, key.columns[at], key.parent_columns[at]) {
                give(tables, site.table, from, to);
            }
        }
    }
}

/// The keys that decide two columns, if these refer to the same column and the second is free to change.
fn alike(tables: &Tables, site: &Site<'_>, mine: usize, theirs: usize) -> Option<(usize, usize)> {
    let keys = &tables.schema.tables[site.table].foreign_keys;
    let decided = |column: usize| match &tables.tables[site.table].columns[column] {
        Source::Inherited { foreign_key, position, .. } => Some((*foreign_key, *position)),
        _ => None,
    };
    let ((from, first), (to, second)) = (decided(mine)?, decided(theirs)?);
    let end = |key: usize, position: usize| (keys[key].parent, keys[key].parent_columns[position]);
    let leads = site.plan.tables[site.table].links.iter().any(|link| match link {
        LinkPlan::Implied { via, .. } => *via == to,
        LinkPlan::Free { follows, .. } => follows.is_some_and(|(via, _)| via == to),
        LinkPlan::Missing => false,
    });
    let placed = matches!(tables.tables[site.table].links[to], Link::Formula(_) | Link::Listed(_));
    let free = placed && !leads && keys[to].columns.len() == 1 && site.is_unscoped(to);
    (from != to && free && !site.one_to_one(to) && end(from, first) == end(to, second)).then_some((from, to))
}

/// Rows take the parents that nobody has yet through one key but somebody through the other; each parent that others have once stays.
fn give(tables: &mut Tables, table: usize, from: usize, to: usize) {
    let rows = tables.tables[table].rows;
    let parents = |number: usize| -> Vec<u32> {
        let parent = |row| tables.parent(table, number, row).map_or(NONE, |parent| parent as u32);
        (0..rows).map(parent).collect()
    };
    let (wanted, mut dealt) = (parents(from), parents(to));
    let all: BTreeSet<u32> = wanted.iter().copied().filter(|&parent| parent != NONE).collect();
    let mut seen = BTreeSet::new();
    // The first row of each parent that is wanted keeps it; all other rows can take another one.
    let spare: Vec<usize> =
        (0..dealt.len()).filter(|&row| !(all.contains(&dealt[row]) && seen.insert(dealt[row]))).collect();
    let missing: Vec<u32> = all.iter().copied().filter(|parent| !seen.contains(parent)).collect();
    if missing.is_empty() {
        return;
    }
    for (row, parent) in spare.into_iter().zip(missing) {
        dealt[row] = parent;
    }
    tables.tables[table].links[to] = Link::Listed(dealt);
}
