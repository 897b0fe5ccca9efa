//! Rows of a parent that follow each other without a gap: a salary holds until the next one, a member belongs to the next club as soon as
//! the last one lets go.

use super::Search;
use super::groups::{children, first_parents};
use super::view::{Children, Column, Values};
use crate::model::context::NO_ROW;
use crate::model::rule::{Rule, Statement};
use crate::schema::graph::SchemaGraph;
use rustc_hash::FxHashSet;

/// Pairs of neighbours at the least, and one of so many may leave a gap.
const FEWEST: u64 = 30;
const EXCEPTIONS: u64 = 200;
/// Different places at which rows meet, at the least: what has few values meets by chance.
const PLACES: usize = 10;
/// Rows that are looked at first, about.
const FIRST: usize = 2_000;

/// All meetings of a table. An end is one column's only.
pub(super) fn find(search: &Search<'_, '_>, computed: &[usize]) -> Vec<Rule> {
    let (this, schema) = (search.this(), &search.schema.tables[search.table]);
    let mut rules: Vec<Rule> = Vec::new();
    if !this.whole {
        return rules;
    }
    let graph = SchemaGraph::new(search.schema);
    let columns: Vec<usize> = search
        .written()
        .filter(|&column| !computed.contains(&column) && !search.is_key(search.table, column))
        .filter(|&column| matches!(this.columns[column].values, Values::Whole(..)))
        .collect();
    for (foreign_key, key) in schema.foreign_keys.iter().enumerate() {
        let is_late = graph.is_late(search.table, foreign_key);
        if key.parent == search.table || is_late || this.parents[foreign_key].contains(&NO_ROW) {
            continue;
        }
        let Some(children) = children(search, foreign_key) else { continue };
        for &start in columns.iter().filter(|&&start| this.columns[start].null_rows == 0) {
            for &end in columns.iter().filter(|&&end| end != start && is_alike(search, start, end)) {
                let is_taken = |rule: &Rule| match rule.statement {
                    Statement::Meeting { start: a, end: b, .. } => b == end || (a, b) == (end, start),
                    _ => false,
                };
                if !rules.iter().any(is_taken) {
                    rules.extend(meeting(search, &children, foreign_key, (start, end)));
                }
            }
        }
    }
    rules
}

fn is_alike(search: &Search<'_, '_>, start: usize, end: usize) -> bool {
    match (&search.this().columns[start].values, &search.this().columns[end].values) {
        (Values::Whole(_, one), Values::Whole(_, other)) => one == other,
        _ => false,
    }
}

fn meeting(
    search: &Search<'_, '_>,
    children: &Children,
    foreign_key: usize,
    (start, end): (usize, usize),
) -> Option<Rule> {
    let [starts, ends] = [start, end].map(|column| &search.this().columns[column]);
    let large = || (0..children.parents()).filter(|&parent| children.of(parent).len() > 1);
    let (pairs, except, _) =
        count(children, (starts, ends), first_parents(children, FIRST).into_iter(), |_| {});
    if pairs == 0 || except * 10 > pairs {
        return None;
    }
    let mut crowd = search.crowd();
    let (pairs, except, places) = count(children, (starts, ends), large(), |row| crowd.add(row as usize));
    let holds = pairs >= FEWEST && except * EXCEPTIONS <= pairs && places >= PLACES && crowd.is_enough();
    holds.then_some(Rule { statement: Statement::Meeting { foreign_key, start, end, except }, rows: pairs })
}

/// Pairs of neighbours, those that do not meet, and places at which some do, of which more than [`PLACES`] are not counted. Rows that begin
/// together do not meet.
fn count(
    children: &Children,
    (starts, ends): (&Column<'_>, &Column<'_>),
    parents: impl Iterator<Item = usize>,
    mut met: impl FnMut(u32),
) -> (u64, u64, usize) {
    let (Values::Whole(from, _), Values::Whole(to, _)) = (&starts.values, &ends.values) else {
        return (0, 0, 0);
    };
    let (mut pairs, mut except, mut places) = (0, 0, FxHashSet::default());
    let mut rows: Vec<u32> = Vec::new();
    for parent in parents {
        rows.clear();
        rows.extend(children.of(parent));
        rows.sort_unstable_by_key(|&row| (from[row as usize], row));
        for pair in rows.windows(2) {
            let [this, next] = [pair[0] as usize, pair[1] as usize];
            pairs += 1;
            if ends.is_null(this) || to[this] != from[next] || from[this] == from[next] {
                except += 1;
                continue;
            }
            met(pair[0]);
            if places.len() < PLACES {
                places.insert(from[next]);
            }
        }
    }
    (pairs, except, places.len())
}
