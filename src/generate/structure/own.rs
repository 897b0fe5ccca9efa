//! Rows that have to agree with each other, where which rows there are is decided before anybody refers to them: what is referred to
//! later is covered now.
//!
//! `FOREIGN KEY (boss, firm) REFERENCES staff (firm, branch)` needs, for every firm of a row, a row with that as its branch. The same goes
//! for a cycle of two tables, and for a table below with two keys that share a column: `(home, city)` and `(city, away)`, both
//! referring to `routes (from, to)`, need a route that begins where another one ends.

use super::Site;
use crate::generate::table::{Link, NONE, Source, Tables};
use crate::model::Treatment;
use crate::plan::LinkPlan;
use std::collections::BTreeSet;

/// A key of a table.
type Place = (usize, usize);

/// Every parent that rows have through a column that others have to agree on is some row's parent through the column of this table
/// that they refer to.
pub(crate) fn cover(tables: &mut Tables, site: &Site<'_>) {
    let mut wanted = late(tables, site);
    wanted.extend(crossing(tables, site));
    for (mine, theirs, is_needed) in wanted {
        if let Some((from, to)) = alike(tables, site, mine, theirs)
            && (is_needed || !meet(tables, from, (site.table, to)))
        {
            give(tables, from, (site.table, to));
        }
    }
}

/// A column whose values have to occur in a column of the table, and whether all of them have to.
type Wanted = (Place, usize, bool);

/// Late, required references to the table, of its own rows and of rows that have their other parents already: all that these share with
/// the key has to be there.
fn late(tables: &Tables, site: &Site<'_>) -> Vec<Wanted> {
    let mut found = Vec::new();
    for (child, table) in tables.schema.tables.iter().enumerate() {
        let there = Site { table: child, ..*site };
        for (number, key) in table.foreign_keys.iter().enumerate() {
            let late =
                matches!(site.plan.tables[child].links.get(number), Some(LinkPlan::Free { late: true, .. }));
            if key.parent == site.table && late && there.required(number) && tables.tables[child].rows > 0 {
                let shared = there.scope(number).iter();
                found.extend(shared.map(|&at| ((child, key.columns[at]), key.parent_columns[at], true)));
            }
        }
    }
    found
}

/// Two required references of a table below to this one that share a column, which refers to a different column through each: some row has to
/// go on where another one ends. Of a table that is made up there may be as many such rows as can be.
fn crossing(tables: &Tables, site: &Site<'_>) -> Vec<Wanted> {
    let made_up = site.plan.tables[site.table].treatment == Treatment::Fake;
    let mut found = Vec::new();
    for (below, table) in tables.schema.tables.iter().enumerate() {
        let decided = &site.plan.tables[below];
        if below == site.table || decided.rows == 0 || decided.links.len() < table.foreign_keys.len() {
            continue;
        }
        let there = Site { table: below, ..*site };
        let placed = |number: &&usize| {
            let key = &table.foreign_keys[**number];
            key.parent == site.table && there.required(**number)
        };
        let keys: Vec<usize> = decided.placement.iter().filter(placed).copied().collect();
        for (at, &second) in keys.iter().enumerate() {
            for &first in &keys[..at] {
                let (first, key) = (&table.foreign_keys[first], &table.foreign_keys[second]);
                for &shared in there.scope(second) {
                    let Some(own) = first.columns.iter().position(|own| *own == key.columns[shared]) else {
                        continue;
                    };
                    let (mine, theirs) = (first.parent_columns[own], key.parent_columns[shared]);
                    if mine != theirs {
                        found.push(((site.table, mine), theirs, made_up));
                    }
                }
            }
        }
    }
    found
}

/// The keys that decide two columns, if these refer to the same column and the second is free to change.
fn alike(tables: &Tables, site: &Site<'_>, mine: Place, theirs: usize) -> Option<(Place, usize)> {
    let schema = &tables.schema;
    let decided = |(table, column): Place| match tables.tables[table].columns.get(column)? {
        Source::Inherited { foreign_key, position, .. } => Some((*foreign_key, *position)),
        _ => None,
    };
    let ((from, first), (to, second)) = (decided(mine)?, decided((site.table, theirs))?);
    let end = |table: usize, key: usize, position: usize| {
        let key = &schema.tables[table].foreign_keys[key];
        (key.parent, key.parent_columns[position])
    };
    let leads = site.plan.tables[site.table].links.iter().any(|link| match link {
        LinkPlan::Implied { via, .. } => *via == to,
        LinkPlan::Free { follows, .. } => follows.is_some_and(|(via, _)| via == to),
        LinkPlan::Missing => false,
    });
    let known =
        |(table, key): Place| matches!(tables.tables[table].links[key], Link::Formula(_) | Link::Listed(_));
    let single = schema.tables[site.table].foreign_keys[to].columns.len() == 1;
    let free = known((site.table, to)) && !leads && single && site.is_unscoped(to) && !site.one_to_one(to);
    let from = (mine.0, from);
    let same = end(from.0, from.1, first) == end(site.table, to, second);
    (from != (site.table, to) && known(from) && free && same).then_some((from, to))
}

/// The parents of all rows through a key.
fn parents(tables: &Tables, (table, key): Place) -> Vec<u32> {
    let parent = |row| tables.parent(table, key, row).map_or(NONE, |parent| parent as u32);
    (0..tables.tables[table].rows).map(parent).collect()
}

/// Whether any parent is one through both keys.
fn meet(tables: &Tables, from: Place, to: Place) -> bool {
    let there: BTreeSet<u32> = parents(tables, to).into_iter().collect();
    parents(tables, from).into_iter().any(|parent| parent != NONE && there.contains(&parent))
}

/// Rows take the parents that nobody has yet through one key but somebody through the other; each parent that others have once stays.
fn give(tables: &mut Tables, from: Place, to: Place) {
    let (wanted, mut dealt) = (parents(tables, from), parents(tables, to));
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
    tables.tables[to.0].links[to.1] = Link::Listed(dealt);
}
