//! The histograms of many rows at once: what a tree looks at is gathered for a block of rows, then each of them walks down the tree.

use super::dice::{Dice, MANY, PORTION};
use super::looks::Looks;
use rayon::prelude::*;

/// Rows of a block: what they look at stays in the nearest cache.
pub(super) const BLOCK: usize = 256;

/// What rows are chosen a histogram by: the tree of a field, what it looks at, and what is known.
pub(super) struct Sight<'a> {
    pub(super) dice: &'a Dice<'a>,
    pub(super) looks: &'a Looks<'a>,
    /// Classes and details of the row itself by slot.
    pub(super) own: &'a [Vec<u8>],
    /// Tokens by slot.
    pub(super) tokens: &'a [Vec<u16>],
    /// Classes of siblings by feature.
    pub(super) siblings: &'a [Vec<u8>],
}

/// Which number a row has among those whose siblings were looked at.
#[derive(Clone, Copy)]
pub(super) enum Number {
    /// Its place among the rows that are asked for.
    Place,
    /// Its own: the siblings of all rows were looked at.
    Row,
}

impl Sight<'_> {
    /// The histogram of each of some rows.
    pub(super) fn histograms(&self, rows: &[u32], number: Number) -> Vec<u32> {
        if rows.len() < MANY {
            let mut chosen = vec![0; rows.len()];
            self.fill(rows, 0, number, &mut chosen);
            return chosen;
        }
        let mut chosen = vec![0; rows.len()];
        let parts = chosen.par_chunks_mut(PORTION).zip(rows.par_chunks(PORTION)).enumerate();
        parts.for_each(|(part, (chosen, rows))| self.fill(rows, part * PORTION, number, chosen));
        chosen
    }

    /// The same of rows of which the first has a certain place.
    fn fill(&self, rows: &[u32], first: usize, number: Number, chosen: &mut [u32]) {
        let mut classes = Vec::new();
        for (at, (rows, chosen)) in rows.chunks(BLOCK).zip(chosen.chunks_mut(BLOCK)).enumerate() {
            let first = first + at * BLOCK;
            let token =
                |slot: usize, place: usize| self.tokens[slot].get(rows[place] as usize).copied().unwrap_or(0);
            if !self.dice.look_up(chosen, token) {
                classes.resize(self.dice.asked().len() * BLOCK, 0);
                for (&feature, out) in self.dice.asked().iter().zip(classes.chunks_mut(BLOCK)) {
                    let numbers = match number {
                        Number::Place => None,
                        Number::Row => Some(rows),
                    };
                    self.looks.gather(feature, rows, (numbers, first), (self.own, self.siblings), out);
                }
                self.dice.walk(&classes, chosen);
            }
        }
    }
}
