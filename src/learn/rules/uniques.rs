//! Pairs of parents that no two rows share, although no key says so: a driver starts once in a race, a user rates a film once.

use super::Search;
use crate::model::context::NO_ROW;
use crate::model::rule::{Rule, Statement};
use rustc_hash::FxHashMap;

/// Pairs of rows that would agree by chance.
const SURPRISE: f64 = 20.0;
/// So many times fewer pairs of rows agree than would by chance.
const RARER: f64 = 10.0;
/// One row in so many may repeat another one.
const EXCEPTIONS: u64 = 200;

/// The pairs of foreign keys of a table whose parents occur together once only, but for few rows.
pub(super) fn find(search: &Search<'_, '_>) -> Vec<Rule> {
    let keys = &search.schema.tables[search.table].foreign_keys;
    let pairs = (0..keys.len()).flat_map(|left| (left + 1..keys.len()).map(move |right| (left, right)));
    pairs.filter_map(|(left, right)| unique(search, left, right)).collect()
}

fn unique(search: &Search<'_, '_>, left: usize, right: usize) -> Option<Rule> {
    let (this, table) = (search.this(), &search.schema.tables[search.table]);
    let [ours, theirs] = [left, right].map(|number| &table.foreign_keys[number].columns);
    let mut columns = [ours.as_slice(), theirs].concat();
    columns.sort_unstable();
    let before = columns.len();
    columns.dedup();
    let [ours, theirs] = [left, right].map(|number| this.parents[number]);
    if columns.len() < before
        || table.has_key_within(&columns)
        || ours.len() < this.rows
        || theirs.len() < this.rows
    {
        return None;
    }
    let (mut crowd, mut counts) = (search.crowd(), [(); 3].map(|()| FxHashMap::<(u32, u32), u64>::default()));
    for (row, (&one, &other)) in ours.iter().zip(theirs).enumerate() {
        if one != NO_ROW && other != NO_ROW {
            crowd.add(row);
            for (counts, key) in counts.iter_mut().zip([(one, NO_ROW), (NO_ROW, other), (one, other)]) {
                *counts.entry(key).or_default() += 1;
            }
        }
    }
    let rows = crowd.rows as u64;
    let pairs = |count: u64| count as f64 * (count as f64 - 1.0) / 2.0;
    let [one, other, both] =
        counts.each_ref().map(|counts| counts.values().map(|&count| pairs(count)).sum::<f64>());
    let by_chance = one * other / pairs(rows).max(1.0);
    let except = rows - counts[2].len() as u64;
    let holds = by_chance >= SURPRISE && both * RARER <= by_chance && except * EXCEPTIONS <= rows;
    (crowd.is_enough() && holds).then_some(Rule { statement: Statement::Unique { columns, except }, rows })
}
