//! What tables below ask of this one: a line-up with two managers needs a team that has two.
//!
//! A table below hangs on rows of this table (its line-ups) and needs, as different for every row of the same parent, rows of another
//! table that agree with them (managers of the same team). A row of this table can have as many children there as agree with
//! it. Which do is decided here, by the parent that both share (the team); so enough rows have to go to parents with
//! many.

use super::arrange::{Grouping, Targets, Weight};
use super::{Site, codes, scope};
use crate::generate::parent::Quotas;
use crate::generate::table::Tables;
use crate::plan::LinkPlan;
use crate::rng::Key;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Thresholds of children that are looked at, per table below.
const MOST_THRESHOLDS: usize = 16;

/// For every number of children that some rows below need and not every parent allows: the parents that do, and how many
/// children at least they need together.
pub(super) fn groupings(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Vec<Grouping> {
    let schema = &tables.schema;
    let mut found = Vec::new();
    for (below, table) in schema.tables.iter().enumerate() {
        for (via, key) in table.foreign_keys.iter().enumerate() {
            if key.parent != site.table || below == site.table || site.plan.tables[below].rows == 0 {
                continue;
            }
            let below = Site { table: below, ..*site };
            for other in 0..table.foreign_keys.len() {
                if let Some(allowed) = allowed(tables, site, foreign_key, (&below, via, other)) {
                    found.extend(thresholds(&allowed, &needed(tables, site, &below, via)));
                }
            }
        }
    }
    found
}

/// How many children through `other` rows below may have that hang on this table, by the parent of this table; nothing if
/// that does not depend on it.
fn allowed(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    (below, via, other): (&Site<'_>, usize, usize),
) -> Option<Vec<u64>> {
    let schema = &tables.schema;
    let (mine, keys) = (&schema.tables[site.table], &schema.tables[below.table].foreign_keys);
    let (key, upper, other_key) = (&mine.foreign_keys[foreign_key], &keys[via], &keys[other]);
    let links = &below.plan.tables[below.table].links;
    let late = |number: usize| !matches!(links[number], LinkPlan::Free { late: false, .. });
    let known = !tables.tables[other_key.parent].columns.is_empty();
    if other == via || late(via) || late(other) || !known || other_key.parent == site.table {
        return None;
    }
    if !below.required(other) || !below.pair_is_unique(via, other) {
        return None;
    }
    // The columns that both keys share, as the parent of this table and as the other key's parent have them.
    let mut pairs = Vec::new();
    for (column, &theirs) in other_key.columns.iter().zip(&other_key.parent_columns) {
        if let Some(at) = upper.columns.iter().position(|each| each == column) {
            let own = upper.parent_columns[at];
            let at = key.columns.iter().position(|&each| each == own)?;
            pairs.push((key.parent_columns[at], theirs));
        }
    }
    if pairs.is_empty() {
        return None;
    }
    let (parents, others): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
    let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
    for code in scope::column_codes(tables, other_key.parent, &others) {
        *counts.entry(code).or_insert(0) += 1;
    }
    let codes = scope::column_codes(tables, key.parent, &parents);
    let known = |code: &u64| if *code > codes::NOTHING { counts.get(code).copied().unwrap_or(0) } else { 0 };
    Some(codes.iter().map(known).collect())
}

/// How many children rows of this table have in a table below, in falling order.
fn needed(tables: &Tables, site: &Site<'_>, below: &Site<'_>, via: usize) -> Vec<u64> {
    let (parents, children) = (tables.tables[site.table].rows, site.plan.tables[below.table].rows);
    let histogram = &below.cardinality(via).histogram;
    let children = children - below.null_rows(via, children);
    let mut counts = Quotas::from_histogram(histogram, parents, children, Key::new(0, &[])).all();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts
}

fn thresholds(allowed: &[u64], needed: &[u64]) -> Vec<Grouping> {
    let most = allowed.iter().copied().max().unwrap_or(0);
    let steps: BTreeSet<u64> =
        allowed.iter().map(|&allowed| allowed + 1).filter(|&step| step <= most).collect();
    let at_least = |step: u64| {
        let rows = needed.partition_point(|&count| count >= step);
        let of = allowed.iter().map(|&allowed| if allowed >= step { 0 } else { u32::MAX }).collect();
        let targets = Targets::AtLeast(vec![rows as i64]);
        (rows > 0).then_some(Grouping { of, targets, weight: Weight::Sums(64) })
    };
    steps.into_iter().filter_map(at_least).take(MOST_THRESHOLDS).collect()
}
