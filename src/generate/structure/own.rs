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

/// Every parent that rows have through columns that others have to agree on is some row's parent through the columns of this table
/// that they refer to. Says whether any row has another parent now.
pub(crate) fn cover(tables: &mut Tables, site: &Site<'_>) -> bool {
    let mut changed = false;
    let mut wanted = late(tables, site);
    wanted.extend(crossing(tables, site));
    for Wanted { columns, all } in wanted {
        let each = columns.into_iter().filter_map(|(mine, theirs)| alike(tables, site, mine, theirs));
        let pairs: Vec<(Place, usize)> = each.collect();
        if !pairs.is_empty() && (all || !meet(tables, site, &pairs)) {
            changed |= give(tables, site, &pairs);
        }
    }
    changed
}

/// Columns of rows whose values have to occur in columns of the table, and whether all of them have to.
struct Wanted {
    columns: Vec<(Place, usize)>,
    all: bool,
}

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
                let columns = shared.map(|&at| ((child, key.columns[at]), key.parent_columns[at])).collect();
                found.push(Wanted { columns, all: true });
            }
        }
    }
    found
}

/// Two required references of a table below to this one that share a column, which refers to a different column through each: some row has to
/// go on where another one ends. Of a table that is made up there may be as many such rows as can be.
fn crossing(tables: &Tables, site: &Site<'_>) -> Vec<Wanted> {
    let all = site.plan.tables[site.table].treatment == Treatment::Fake;
    let mut found = Vec::new();
    for (below, table) in tables.schema.tables.iter().enumerate() {
        let decided = &site.plan.tables[below];
        if below == site.table || decided.rows == 0 || decided.links.len() < table.foreign_keys.len() {
            continue;
        }
        let there = Site { table: below, ..*site };
        let ours =
            |number: &&usize| table.foreign_keys[**number].parent == site.table && there.required(**number);
        let keys: Vec<usize> = decided.placement.iter().filter(ours).copied().collect();
        for (at, &second) in keys.iter().enumerate() {
            for &first in &keys[..at] {
                let (first, key) = (&table.foreign_keys[first], &table.foreign_keys[second]);
                let shared = there.scope(second).iter().filter_map(|&shared| {
                    let own = first.columns.iter().position(|own| *own == key.columns[shared])?;
                    Some(((site.table, first.parent_columns[own]), key.parent_columns[shared]))
                });
                let columns: Vec<(Place, usize)> =
                    shared.filter(|((_, mine), theirs)| mine != theirs).collect();
                found.push(Wanted { columns, all });
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

/// The parents of all rows through some keys, row by row.
fn parents(tables: &Tables, keys: &[Place]) -> Vec<Vec<u32>> {
    let rows = keys.iter().map(|(table, _)| tables.tables[*table].rows).min().unwrap_or(0);
    let parent =
        |(table, key): Place, row| tables.parent(table, key, row).map_or(NONE, |parent| parent as u32);
    (0..rows).map(|row| keys.iter().map(|&key| parent(key, row)).collect()).collect()
}

/// What rows have through the first keys of pairs, and what those of the table have through the second ones.
fn both(tables: &Tables, site: &Site<'_>, pairs: &[(Place, usize)]) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let (from, to): (Vec<Place>, Vec<Place>) =
        pairs.iter().map(|&(from, to)| (from, (site.table, to))).unzip();
    (parents(tables, &from), parents(tables, &to))
}

/// Whether any parents are those of one row through both.
fn meet(tables: &Tables, site: &Site<'_>, pairs: &[(Place, usize)]) -> bool {
    let (from, to) = both(tables, site, pairs);
    let there: BTreeSet<Vec<u32>> = to.into_iter().collect();
    from.iter().any(|parents| !parents.contains(&NONE) && there.contains(parents))
}

/// Rows take the parents that nobody has yet through the keys but somebody through the others; what others have once stays.
fn give(tables: &mut Tables, site: &Site<'_>, pairs: &[(Place, usize)]) -> bool {
    let (wanted, mut dealt) = both(tables, site, pairs);
    let all: BTreeSet<Vec<u32>> = wanted.into_iter().filter(|parents| !parents.contains(&NONE)).collect();
    let mut seen = BTreeSet::new();
    // The first row of each that is wanted keeps it; all other rows can take another one, first those that are like a row before.
    let mut spare = [Vec::new(), Vec::new()];
    for (row, parents) in dealt.iter().enumerate() {
        let is_first = seen.insert(parents.clone());
        if !(is_first && all.contains(parents)) {
            spare[usize::from(is_first)].push(row);
        }
    }
    let missing: Vec<Vec<u32>> = all.into_iter().filter(|parents| !seen.contains(parents)).collect();
    if missing.is_empty() {
        return false;
    }
    for (row, parents) in spare.concat().into_iter().zip(missing) {
        dealt[row] = parents;
    }
    for (at, &(_, to)) in pairs.iter().enumerate() {
        tables.tables[site.table].links[to] = Link::Listed(dealt.iter().map(|parents| parents[at]).collect());
    }
    true
}
