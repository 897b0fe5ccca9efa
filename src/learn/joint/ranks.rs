//! Columns whose values are places among the rows of one parent: a result in a race, a rank in a list.
//!
//! Where that is so without exception it is a rule; here are columns of which it is nearly so: some places are shared, or rows without
//! a place have NULL.

use super::{Known, behaviour, chain};
use crate::learn::along;
use crate::learn::joint::record::Raw;
use crate::model::context::NO_ROW;
use crate::model::rule::Along;
use crate::model::{Codec, Feature, Field, Rank};
use rayon::prelude::*;

/// The share of parents whose children have the places 1, 2, 3 … without exception, among those with several that have one.
const EXACT: f64 = 0.9;
/// Parents that are looked at, at least.
const FEWEST: usize = 20;

/// The columns of a table that give places.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Rank> {
    let columns = chain::columns(known, table);
    let keys = (0..known.schema.tables[table].foreign_keys.len()).filter(|&key| is_usable(known, table, key));
    let groups: Vec<(usize, Vec<Vec<u32>>)> =
        keys.map(|key| (key, behaviour::groups(known, table, key))).collect();
    let computed = |column: usize| known.models[table].computed_columns().any(|other| other == column);
    let open = columns
        .into_par_iter()
        .filter(|&column| !computed(column) && known.models[table].columns[column].relative.is_none());
    open.filter_map(|column| {
        let values = &known.recorded.tables[table].values[column];
        let Raw::Whole { scale: 0, .. } = values else { return None };
        groups.iter().find_map(|(foreign_key, groups)| {
            let first = first_place(values, groups, FEWEST.max(2 * known.privacy.leaf_rows()))?;
            Some(Rank {
                column,
                foreign_key: *foreign_key,
                first,
                along: along(known, table, column, groups),
            })
        })
    })
    .collect()
}

fn is_usable(known: &Known<'_>, table: usize, foreign_key: usize) -> bool {
    let key = &known.schema.tables[table].foreign_keys[foreign_key];
    key.parent != table
        && !known.graph.is_late(table, foreign_key)
        && known.is_followed(table, foreign_key)
        && !known.recorded.tables[table].parents[foreign_key].contains(&NO_ROW)
}

/// The column without NULLs by which the rows of each group have their places.
fn along(known: &Known<'_>, table: usize, column: usize, groups: &[Vec<u32>]) -> Along {
    let values = &known.recorded.tables[table].values;
    let mut pairs = Vec::new();
    for group in groups {
        let mut placed: Vec<(i64, u32)> =
            group.iter().filter_map(|&row| Some((values[column].whole(row as usize)?, row))).collect();
        placed.sort_unstable();
        pairs.extend(
            placed.windows(2).filter(|pair| pair[0].0 < pair[1].0).map(|pair| (pair[0].1, pair[1].1)),
        );
    }
    let model = &known.models[table];
    let own = |other: usize| Feature::Of { path: Vec::new(), field: Field::Column(other) };
    let columns = chain::columns(known, table)
        .into_iter()
        .filter(|&other| {
            other != column && model.columns[other].nulls == 0 && model.columns[other].relative.is_none()
        })
        .filter(|&other| {
            known.limits.allows(known.schema, table, Field::Column(column), &own(other), &|_, _| None)
        })
        .filter(|&other| Codec::of_column(&model.columns[other]).is_some_and(|codec| codec.ordered));
    along::told(&pairs, columns, |other, one, next| values[other].compare(one as usize, next as usize))
}

/// The first place, 0 or 1, if the values are places; not where fewer than so many parents have several children with one.
fn first_place(values: &Raw, groups: &[Vec<u32>], fewest: usize) -> Option<i64> {
    let lowest = groups.iter().flatten().filter_map(|&row| values.whole(row as usize)).min()?;
    if !(0..=1).contains(&lowest) {
        return None;
    }
    let (mut exact, mut all) = (0usize, 0usize);
    let mut seen: Vec<bool> = Vec::new();
    for group in groups {
        let places = || group.iter().filter_map(|&row| values.whole(row as usize));
        let count = places().count();
        if count < 2 {
            continue;
        }
        all += 1;
        seen.clear();
        seen.resize(count, false);
        let is_new = |place: i64| {
            let at = usize::try_from(place - lowest).ok();
            at.and_then(|at| seen.get_mut(at)).is_some_and(|seen| !std::mem::replace(seen, true))
        };
        exact += usize::from(places().all(is_new));
    }
    (all >= fewest && exact as f64 >= EXACT * all as f64).then_some(lowest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::row_set::RowSet;

    fn first(values: Vec<i64>, nulls: &[usize]) -> Option<i64> {
        let absent: RowSet = (0..values.len()).map(|row| nulls.contains(&row)).collect();
        let groups: Vec<Vec<u32>> =
            (0..values.len() as u32 / 3).map(|group| (3 * group..3 * group + 3).collect()).collect();
        first_place(&Raw::Whole { values, absent, scale: 0 }, &groups, 20)
    }

    #[test]
    fn places_are_told_from_other_numbers() {
        let places = |row: i64| [2, 1, 3][(row % 3) as usize];
        assert_eq!(first((0..90).map(places).collect(), &[]), Some(1));
        // Without a place, and a tie.
        assert_eq!(first((0..90).map(places).collect(), &[2, 5]), Some(1));
        assert_eq!(first((0..90).map(|row| if row == 0 { 1 } else { places(row) }).collect(), &[]), Some(1));
        assert_eq!(first((0..90).map(|row| row % 2).collect(), &[]), None);
        assert_eq!(first((0..30).map(places).collect(), &[]), None, "too few");
        assert_eq!(
            first((0..90).map(|row| if row % 2 == 0 { i64::MIN } else { i64::MAX }).collect(), &[]),
            None
        );
    }
}
