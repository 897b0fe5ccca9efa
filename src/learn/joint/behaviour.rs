//! What the children of one parent have in common although they are no siblings in order.
//!
//! A product is ordered by customers; its order lines stand under orders. That its lines are alike (cheap, in summer, in
//! pairs) is told by no row's neighbour, so it is told of the product itself: as fields of its own that its rows are drawn
//! with and its children look at.

use super::Known;
use crate::model::context::NO_ROW;
use crate::model::{Codec, Field, SPREADS, Treatment};
use crate::stats::mutual_information;

/// Columns per foreign key at the most.
const MOST: usize = 5;
/// Columns of which it is told how much children differ, at the most.
const MOST_SPREADS: usize = 3;
/// Children that are looked at.
const LOOKED_AT: usize = 40_000;
/// Nats that one child must tell of another one of the same parent.
const LEAST: f64 = 0.01;

/// The behaviours of the parents of one foreign key: the field, and the class of each parent's row.
pub(super) fn of(
    known: &Known<'_>,
    table: usize,
    foreign_key: usize,
    columns: &[usize],
) -> Vec<(Field, Vec<u8>)> {
    let groups = groups(known, table, foreign_key);
    let classes = |column: usize| {
        let ordered = Codec::of_column(&known.models[table].columns[column])?.ordered;
        Some((known.context.tables[table].fields.get(&Field::Column(column))?, ordered))
    };
    let common = told(known, table, &groups, columns).into_iter().filter_map(|column| {
        let (of, ordered) = classes(column)?;
        let one = |group: &Vec<u32>| summary(group.iter().map(|&row| of[row as usize]), ordered);
        Some((Field::Behaviour { table, foreign_key, column }, groups.iter().map(one).collect()))
    });
    let spreads = spread(known, table, &groups, columns).into_iter().filter_map(|column| {
        let (of, ordered) = classes(column)?;
        let one = |group: &Vec<u32>| level(group.iter().map(|&row| of[row as usize]), ordered);
        Some((Field::Spread { table, foreign_key, column }, groups.iter().map(one).collect()))
    });
    common.chain(spreads).collect()
}

/// The columns in which how much two children differ tells how much two others of the same parent do, most telling first.
fn spread(known: &Known<'_>, table: usize, groups: &[Vec<u32>], columns: &[usize]) -> Vec<usize> {
    let fours = fours(groups);
    if fours.len() < 4 * known.privacy.leaf_rows() {
        return Vec::new();
    }
    let telling = |&column: &usize| {
        let classes = known.context.tables[table].fields.get(&Field::Column(column))?;
        let ordered = Codec::of_column(&known.models[table].columns[column])?.ordered;
        let apart = |one: u32, other: u32| {
            let apart = classes[one as usize].abs_diff(classes[other as usize]);
            if ordered { root(4 * u32::from(apart)) } else { u8::from(apart > 0) }
        };
        let one: Vec<u8> = fours.iter().map(|four| apart(four[0], four[2])).collect();
        let other: Vec<u8> = fours.iter().map(|four| apart(four[1], four[3])).collect();
        Some((mutual_information(&one, &other), column))
    };
    let mut told: Vec<(f64, usize)> =
        columns.iter().filter_map(telling).filter(|(nats, _)| *nats > LEAST).collect();
    told.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    told.into_iter().take(MOST_SPREADS).map(|(_, column)| column).collect()
}

/// Four children of one parent, one of each quarter of its children.
fn fours(groups: &[Vec<u32>]) -> Vec<[u32; 4]> {
    let all: usize = groups.iter().map(|group| group.len() / 4).sum();
    let step = all.div_ceil(LOOKED_AT).max(1);
    let quarters = groups.iter().flat_map(|group| {
        let quarter = group.len() / 4;
        (0..quarter).map(move |at| [0, 1, 2, 3].map(|number| group[at + number * quarter]))
    });
    quarters.step_by(step).collect()
}

/// How much classes differ, from 1 on: the root of the mean deviation from the mean, NULLs left out, or the share of those that are not the
/// most frequent; 0 of nothing.
fn level(classes: impl Iterator<Item = u8> + Clone, ordered: bool) -> u8 {
    let middle = summary(classes.clone(), ordered);
    let counted = classes.filter(|&class| !ordered || class > 0);
    let (count, apart) = counted.fold((0u32, 0u32), |(count, apart), class| {
        let by = if ordered { u32::from(class.abs_diff(middle)) } else { u32::from(class != middle) };
        (count + 1, apart + by)
    });
    let most = SPREADS as u32 - 2;
    let spread = |count: u32| match ordered {
        true => u32::from(root((6 * apart + count / 2) / count)),
        false => (most * apart).div_ceil(count),
    };
    if count == 0 { 0 } else { 1 + spread(count).min(most) as u8 }
}

/// The whole part of the square root.
fn root(number: u32) -> u8 {
    (1..=u8::MAX).take_while(|&root| u32::from(root).pow(2) <= number).last().unwrap_or(0)
}

/// The columns of which one child tells of another one of the same parent, most telling first.
pub(super) fn told(known: &Known<'_>, table: usize, groups: &[Vec<u32>], columns: &[usize]) -> Vec<usize> {
    let (children, parents) = groups
        .iter()
        .filter(|group| !group.is_empty())
        .fold((0, 0), |sum, group| (sum.0 + group.len(), sum.1 + 1));
    if 2 * children < 3 * parents {
        // Only children have nothing in common: what they are follows from their parents.
        return Vec::new();
    }
    let pairs = pairs(groups);
    if pairs.len() < 4 * known.privacy.leaf_rows() {
        return Vec::new();
    }
    let classes = |column: usize| known.context.tables[table].fields.get(&Field::Column(column));
    let mut told: Vec<(f64, usize)> = columns
        .iter()
        .filter_map(|&column| {
            let classes = classes(column)?;
            let one: Vec<u8> = pairs.iter().map(|pair| classes[pair.0 as usize]).collect();
            let other: Vec<u8> = pairs.iter().map(|pair| classes[pair.1 as usize]).collect();
            Some((mutual_information(&one, &other), column))
        })
        .filter(|(nats, _)| *nats > LEAST)
        .collect();
    told.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    told.into_iter().take(MOST).map(|(_, column)| column).collect()
}

/// The children of each row of a parent that is drawn before them; nothing where it is not.
pub(super) fn groups(known: &Known<'_>, table: usize, foreign_key: usize) -> Vec<Vec<u32>> {
    let parent = known.schema.tables[table].foreign_keys[foreign_key].parent;
    let usable = parent != table
        && !known.graph.is_late(table, foreign_key)
        && known.models[parent].treatment == Treatment::Learn;
    if !usable {
        return Vec::new();
    }
    let mut groups = vec![Vec::new(); known.recorded.tables[parent].rows];
    let parents = known.recorded.tables[table].parents.get(foreign_key).map_or(&[][..], Vec::as_slice);
    for (row, &parent) in parents.iter().enumerate().filter(|(_, parent)| **parent != NO_ROW) {
        groups[parent as usize].push(row as u32);
    }
    groups
}

/// Pairs of children of one parent, each from another half of its children, so that neighbours in time do not pair.
fn pairs(groups: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let all: usize = groups.iter().map(|group| group.len() / 2).sum();
    let step = all.div_ceil(LOOKED_AT).max(1);
    let halves = groups.iter().flat_map(|group| {
        let half = group.len() / 2;
        (0..half).map(move |at| (group[at], group[at + half]))
    });
    halves.step_by(step).collect()
}

/// The rounded mean, NULLs left out, or the most frequent class, the smaller one of two; 0 of nothing.
fn summary(classes: impl Iterator<Item = u8>, ordered: bool) -> u8 {
    let mut counts = [0u32; 64];
    classes.for_each(|class| counts[usize::from(class & 63)] += 1);
    if ordered {
        let values: u32 = counts[1..].iter().sum();
        let sum: u32 = counts.iter().zip(0..).map(|(&count, class)| count * class).sum();
        return if values == 0 { 0 } else { ((2 * sum + values) / (2 * values)) as u8 };
    }
    let most = (0..64).rev().max_by_key(|&class| counts[class]).unwrap_or(0);
    most as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_summed_up() {
        assert_eq!(summary([2, 4, 0, 3].into_iter(), true), 3);
        assert_eq!(summary([2, 4, 2, 4, 9].into_iter(), false), 2);
        assert_eq!(summary([].into_iter(), true), 0);
        assert_eq!(summary([].into_iter(), false), 0);
    }

    #[test]
    fn children_differ() {
        assert_eq!(level([5, 5, 5].into_iter(), true), 1);
        assert_eq!(level([0, 10, 20, 10].into_iter(), true), 1 + 4, "the root of six times 20 / 3");
        assert_eq!(level([1, 63].into_iter(), true), 1 + 13);
        assert_eq!(level([7, 7, 0, 9].into_iter(), false), 1 + 7, "half of them");
        assert_eq!(level([0, 0].into_iter(), true), 0);
        assert_eq!(level([].into_iter(), false), 0);
        assert_eq!(fours(&[vec![1, 2, 3, 4, 5, 6, 7, 8], vec![9, 10, 11]]), [[1, 3, 5, 7], [2, 4, 6, 8]]);
    }

    #[test]
    fn pairs_are_of_one_parent() {
        assert_eq!(pairs(&[vec![1, 2, 3, 4], vec![5], vec![6, 7, 8]]), [(1, 3), (2, 4), (6, 7)]);
    }
}
