//! What the children of one parent have in common although they are no siblings in order.
//!
//! A product is ordered by customers; its order lines stand under orders. That its lines are alike (cheap, in summer, in
//! pairs) is told by no row's neighbour, so it is told of the product itself: as fields of its own that its rows are drawn
//! with and its children look at.

use super::Known;
use crate::model::context::NO_ROW;
use crate::model::{Codec, Field, Treatment};
use crate::stats::mutual_information;

/// Columns per foreign key at the most.
const MOST: usize = 5;
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
    let parent = known.schema.tables[table].foreign_keys[foreign_key].parent;
    let usable = parent != table
        && !known.graph.is_late(table, foreign_key)
        && known.models[parent].treatment == Treatment::Learn;
    let groups = if usable { groups(known, table, foreign_key) } else { Vec::new() };
    let (children, parents) = groups
        .iter()
        .filter(|group| !group.is_empty())
        .fold((0, 0), |sum, group| (sum.0 + group.len(), sum.1 + 1));
    if 2 * children < 3 * parents {
        // Only children have nothing in common: what they are follows from their parents.
        return Vec::new();
    }
    let pairs = pairs(&groups);
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
    told.into_iter()
        .take(MOST)
        .filter_map(|(_, column)| {
            let ordered = Codec::of_column(&known.models[table].columns[column])?.ordered;
            let of = classes(column)?;
            let one = |group: &Vec<u32>| summary(group.iter().map(|&row| of[row as usize]), ordered);
            Some((Field::Behaviour { table, foreign_key, column }, groups.iter().map(one).collect()))
        })
        .collect()
}

/// The children of each parent's row.
pub(super) fn groups(known: &Known<'_>, table: usize, foreign_key: usize) -> Vec<Vec<u32>> {
    let parent = known.schema.tables[table].foreign_keys[foreign_key].parent;
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
    fn pairs_are_of_one_parent() {
        assert_eq!(pairs(&[vec![1, 2, 3, 4], vec![5], vec![6, 7, 8]]), [(1, 3), (2, 4), (6, 7)]);
    }
}
