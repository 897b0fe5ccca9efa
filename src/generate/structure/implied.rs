//! Keys that follow from others: where the parents of one key lead, and how many rows there should be at each end.

use super::sums::{Grouping, Targets};
use super::{Site, quotas};
use crate::generate::table::{Link, Tables};
use crate::model::Treatment;
use crate::plan::LinkPlan;

/// Up to this many groups are told which sum is whose.
const TOLD_GROUPS: u64 = 100;

/// For every key that follows from this one and from none placed before: how the parents group under the grandparents, and how
/// many rows each of these should have.
pub(super) fn groupings(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    children: u64,
) -> Vec<Grouping> {
    let keys = &tables.schema.tables[site.table].foreign_keys;
    let placement = &site.plan.tables[site.table].placement;
    let earlier = || placement.iter().take_while(|&&number| number != foreign_key);
    (0..keys.len())
        .filter(|&number| matches!(site.plan.tables[site.table].links[number], LinkPlan::Implied { .. }))
        .filter_map(|number| Some((number, path(tables, site, number, foreign_key)?)))
        .filter(|(number, _)| earlier().all(|&root| path(tables, site, *number, root).is_none()))
        .map(|(number, path)| grouping(tables, site, (foreign_key, &path), number, children))
        .collect()
}

/// The parents of one key by where `path` leads from them, which is where key `number` leads.
fn grouping(
    tables: &Tables,
    site: &Site<'_>,
    (root, path): (usize, &[usize]),
    number: usize,
    children: u64,
) -> Grouping {
    let schema = &tables.schema;
    let keys = &schema.tables[site.table].foreign_keys;
    let grandparent = |parent: u64| {
        let (mut at, mut row) = (keys[root].parent, parent);
        for &step in path {
            row = tables.parent(at, step, row)?;
            at = schema.tables[at].foreign_keys[step].parent;
        }
        Some(row as u32)
    };
    let of = (0..tables.tables[keys[root].parent].rows)
        .map(|parent| grandparent(parent).unwrap_or(u32::MAX))
        .collect();
    let end = keys[number].parent;
    let groups = tables.tables[end].rows;
    let wanted = quotas(site, number, groups, children).all();
    // Few, large groups are told which sum is whose, by the ranking that all child tables share.
    let told = site.plan.tables[end].treatment == Treatment::Copy || groups <= TOLD_GROUPS;
    Grouping { of, targets: if told { Targets::Fixed(wanted) } else { Targets::Any(wanted) } }
}

/// The foreign keys from the parent of `root` to the table that key `number` refers to, if it follows from `root`: directly
/// or through other keys that do.
fn path(tables: &Tables, site: &Site<'_>, number: usize, root: usize) -> Option<Vec<usize>> {
    if let Some(then) = step(tables, site, number, root) {
        return Some(vec![then]);
    }
    let LinkPlan::Implied { via, then } = site.plan.tables[site.table].links[number] else { return None };
    let mut path = path(tables, site, via, root)?;
    path.push(then);
    Some(path)
}

/// The foreign key from the parent of `root` to the parent of key `number` over the columns that the two share, if these are
/// all of the latter's.
fn step(tables: &Tables, site: &Site<'_>, number: usize, root: usize) -> Option<usize> {
    let keys = &tables.schema.tables[site.table].foreign_keys;
    let (key, larger) = (&keys[number], &keys[root]);
    if number == root {
        return None;
    }
    let mapped: Option<Vec<usize>> = key
        .columns
        .iter()
        .map(|column| Some(larger.parent_columns[larger.columns.iter().position(|own| own == column)?]))
        .collect();
    let mapped = mapped?;
    tables.schema.tables[larger.parent].foreign_keys.iter().enumerate().position(|(then, next)| {
        next.parent == key.parent
            && next.columns == mapped
            && next.parent_columns == key.parent_columns
            && !matches!(tables.tables[larger.parent].links.get(then), None | Some(Link::Undecided))
    })
}
