//! The leaves of many rows at once.
//!
//! Rows go down the tree together, level by level: no row waits for the memory or the guesses of another, as it would if each went
//! down by itself.

use super::dice::MANY;
use super::looks::{Looks, Place};
use crate::model::Tree;
use rayon::prelude::*;

/// Rows that go down together; what they look at stays in the nearest cache.
const BLOCK: usize = 1_024;

/// What is known of the rows that are drawn, and which of them go down.
#[derive(Clone, Copy)]
pub(super) struct Walkers<'a> {
    /// The rows.
    pub(super) rows: &'a [u32],
    /// Where each stands among those whose siblings were looked at; `None` where that is their own order.
    pub(super) indexes: Option<&'a [u32]>,
    /// Classes of the table's own rows, by slot.
    pub(super) own: &'a [Vec<u8>],
    /// Classes of features of siblings.
    pub(super) siblings: &'a [Vec<u8>],
}

/// Where a feature's classes are: those of the rows named in a lane.
#[derive(Clone, Copy)]
struct Sight<'a> {
    lane: usize,
    classes: &'a [u8],
}

/// The lanes that are always there: the rows themselves, and where they stand among those looked at.
const ROWS: usize = 0;
const INDEXES: usize = 1;

/// The leaf of each row.
pub(super) fn leaves(tree: &Tree, looks: &Looks<'_>, walkers: Walkers<'_>) -> Vec<u32> {
    let mut leaves = vec![0; walkers.rows.len()];
    if tree.nodes.is_empty() {
        return leaves;
    }
    let mut others: Vec<&[u32]> = Vec::new();
    let sights: Vec<Sight<'_>> = looks
        .places()
        .map(|place| {
            let (via, classes): (Option<&[u32]>, &[u8]) = match place {
                Place::Nothing => (None, &[]),
                Place::Own(slot) => (None, &walkers.own[slot]),
                Place::Within(rows, slot) => (Some(rows), &walkers.own[slot]),
                Place::Above(rows, classes) => (Some(rows), classes),
                Place::Siblings(number) => {
                    return Sight { lane: INDEXES, classes: &walkers.siblings[number] };
                }
            };
            let Some(via) = via else { return Sight { lane: ROWS, classes } };
            // Paths are few, and each is one list of rows.
            let at = others.iter().position(|other| std::ptr::eq(other.as_ptr(), via.as_ptr()));
            let at = at.unwrap_or_else(|| {
                others.push(via);
                others.len() - 1
            });
            Sight { lane: INDEXES + 1 + at, classes }
        })
        .collect();
    let block = |(number, leaves): (usize, &mut [u32])| {
        descend(tree, &sights, &others, walkers, number * BLOCK, leaves);
    };
    if walkers.rows.len() >= MANY {
        leaves.par_chunks_mut(BLOCK).enumerate().for_each(block);
    } else {
        leaves.chunks_mut(BLOCK).enumerate().for_each(block);
    }
    leaves
}

/// Takes some rows, from number `first` on, down to their leaves.
fn descend(
    tree: &Tree,
    sights: &[Sight<'_>],
    others: &[&[u32]],
    walkers: Walkers<'_>,
    first: usize,
    leaves: &mut [u32],
) {
    let len = leaves.len();
    let rows = &walkers.rows[first..first + len];
    let mut lanes: Vec<u32> = Vec::with_capacity(len * (2 + others.len()));
    lanes.extend_from_slice(rows);
    match walkers.indexes {
        Some(indexes) => lanes.extend_from_slice(&indexes[first..first + len]),
        None => lanes.extend(first as u32..(first + len) as u32),
    }
    for other in others {
        lanes.extend(rows.iter().map(|&row| other[row as usize]));
    }
    let mut waiting: Vec<(u32, i32)> = (0..len as u32).map(|walker| (walker, 0)).collect();
    let mut left = len;
    while left > 0 {
        let mut kept = 0;
        for at in 0..left {
            let (walker, number) = waiting[at];
            let node = &tree.nodes[number as usize];
            let sight = &sights[usize::from(node.feature)];
            let row = lanes[sight.lane * len + walker as usize];
            let class = sight.classes.get(row as usize).copied().unwrap_or(0);
            let next = [node.outside, node.inside][(node.set >> (class & 63) & 1) as usize];
            leaves[walker as usize] = next as u32;
            waiting[kept] = (walker, next);
            kept += usize::from(next >= 0);
        }
        left = kept;
    }
    leaves.iter_mut().for_each(|leaf| *leaf = (-1 - *leaf as i32) as u32);
}
