//! Columns whose values are different in the rows of one parent, although no constraint says so: the places of a race, the numbers of
//! shirts in a team, a playlist's tracks.

use super::{Known, chain};
use crate::learn::joint::record::{NO_TEXT, Raw};
use crate::model::context::NO_ROW;
use crate::model::{Codec, Distinct, Field, Marginal};
use rustc_hash::FxHashMap;

/// Pairs of equal values within parents that chance would make at least.
const LEAST_EXPECTED: f64 = 50.0;
/// The share of those that there are at the most, and the share of parents without any (in hundredths).
const MOST_EQUAL: f64 = 0.02;
const LEAST_WITHOUT: usize = 90;

/// The columns of a table that are distinct within the rows of a parent.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Distinct> {
    let this = &known.schema.tables[table];
    let order = known.spines[table].as_ref().and_then(|spine| spine.order);
    let clocked = known.models[table].clocked_columns();
    let columns: Vec<usize> = chain::columns(known, table)
        .into_iter()
        .filter(|&column| Some(column) != order && !clocked.contains(&column) && !chain::is_keyed(known, table, column))
        .filter(|&column| tells_values(known, table, column))
        .collect();
    let keys = (0..this.foreign_keys.len()).filter(|&number| {
        this.foreign_keys[number].parent != table
            && known.is_followed(table, number)
            && !known.graph.is_late(table, number)
    });
    keys.flat_map(|foreign_key| {
        let groups = groups(known, table, foreign_key);
        columns.iter().filter_map(move |&column| one(known, table, (column, foreign_key), &groups))
    })
    .collect()
}

/// Whether the tokens of a column are values, most of them.
fn tells_values(known: &Known<'_>, table: usize, column: usize) -> bool {
    let model = &known.models[table].columns[column];
    let codec = known.context.tables[table].fields.get(&Field::Column(column));
    let single = codec.and_then(|_| Codec::of_column(model)).and_then(|codec| codec.single_values(model));
    single.is_some_and(|single| 2 * single.iter().filter(|&&single| single).count() >= single.len())
}

/// The rows of each parent that has several.
fn groups(known: &Known<'_>, table: usize, foreign_key: usize) -> Vec<Vec<usize>> {
    let parents = known.recorded.tables[table].parents.get(foreign_key).map_or(&[][..], Vec::as_slice);
    let mut groups: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (row, &parent) in parents.iter().enumerate().filter(|(_, parent)| **parent != NO_ROW) {
        groups.entry(parent).or_default().push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    groups
}

fn one(
    known: &Known<'_>,
    table: usize,
    (column, foreign_key): (usize, usize),
    groups: &[Vec<usize>],
) -> Option<Distinct> {
    let recorded = &known.recorded.tables[table];
    let raw = &recorded.values[column];
    let mut all: FxHashMap<i64, u64> = FxHashMap::default();
    (0..recorded.rows).filter_map(|row| value(raw, row)).for_each(|value| *all.entry(value).or_insert(0) += 1);
    let rows: u64 = all.values().sum();
    let squares: u128 = all.values().map(|&count| u128::from(count) * u128::from(count)).sum();
    let chance = squares as f64 / (rows as f64 * rows as f64).max(1.0);
    let (mut pairs, mut equal, mut with, mut without) = (0u64, 0u64, 0usize, 0usize);
    let mut firsts: FxHashMap<i64, usize> = FxHashMap::default();
    for group in groups {
        let mut values: Vec<i64> = group.iter().filter_map(|&row| value(raw, row)).collect();
        values.sort_unstable();
        let repeated: u64 = values.chunk_by(|a, b| a == b).map(|same| pairs_of(same.len())).sum();
        pairs += pairs_of(values.len());
        equal += repeated;
        if values.len() > 1 {
            if repeated == 0 { without += 1 } else { with += 1 }
        }
        if let (Some(first), Some(last)) = (values.first(), values.last())
            && repeated == 0
            && (*last - *first) as usize + 1 == values.len()
        {
            *firsts.entry(*first).or_insert(0) += 1;
        }
    }
    let expected = pairs as f64 * chance;
    let is_distinct = expected >= LEAST_EXPECTED
        && known.privacy.shared(without)
        && equal as f64 <= MOST_EQUAL * expected
        && without * 100 >= LEAST_WITHOUT * (with + without);
    let is_whole = matches!(&known.models[table].columns[column].marginal, Marginal::Integers(found) if found.step == 1)
        && matches!(raw, Raw::Whole { scale: 0, .. });
    // The same first value in nearly all, and one that the column's distribution tells anyway.
    let first = firsts.into_iter().max_by_key(|&(first, count)| (count, std::cmp::Reverse(first)));
    let first = first.filter(|&(_, count)| is_whole && count * 100 >= LEAST_WITHOUT * (with + without));
    let is_told = |first: i64| match &known.models[table].columns[column].marginal {
        Marginal::Integers(found) => found.segments.iter().any(|one| one.low == first && one.high == first),
        _ => false,
    };
    let first = first.map(|(first, _)| first).filter(|&first| is_told(first));
    is_distinct.then_some(Distinct { column, foreign_key, first })
}

/// A number that stands for the value of a row.
fn value(raw: &Raw, row: usize) -> Option<i64> {
    match raw {
        Raw::Text { ids, .. } => ids.get(row).filter(|&&id| id != NO_TEXT).map(|&id| i64::from(id)),
        _ => raw.whole(row),
    }
}

fn pairs_of(rows: usize) -> u64 {
    let rows = rows as u64;
    rows * rows.saturating_sub(1) / 2
}
