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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Codec, Conditional, Feature, Field, Histogram, Node, Tree};

    /// Rows that walk together come to where each would come alone.
    #[test]
    fn blocks_of_rows_find_the_leaves_of_single_rows() {
        let node = |feature, set, inside, outside| Node { feature, set, inside, outside };
        // Feature 1 is asked for by no node.
        let nodes =
            vec![node(2, 0b1010, 1, 2), node(0, 0b1, -1, -2), node(2, 0b100, -3, 3), node(0, 0b10, -4, -5)];
        let leaf = |fallback| Histogram { rows: vec![(1, 1)], fallback };
        let histograms = (0..5).map(|_| leaf(Some(5))).chain([leaf(None)]).collect();
        let of = |column| Feature::Of { path: Vec::new(), field: Field::Column(column) };
        let conditional = Conditional {
            field: Field::Column(3),
            lookup: None,
            features: (0..3).map(of).collect(),
            gains: Vec::new(),
            fit: None,
            tree: Tree { nodes, histograms, tau: 1.0, groups: 8, detail: None },
            anchor: None,
            steps: None,
        };
        let dice = Dice::new(&conditional, &Codec::new(false, vec![0, 5]), |_| None).unwrap();
        assert_eq!(dice.asked(), [0, 2]);
        let class = |feature: usize, place: usize| ((place * 7 + feature * (place / 5)) % 5) as u8;
        let mut classes = vec![0; 2 * BLOCK];
        for place in 0..100 {
            (classes[place], classes[BLOCK + place]) = (class(0, place), class(2, place));
        }
        let mut chosen = vec![0; 100];
        assert!(!dice.look_up(&mut chosen, |_, _| 0));
        dice.walk(&classes, &mut chosen);
        let alone = |place: usize| dice.choose(|feature| class(usize::from(feature), place), |_| 0);
        assert_eq!(chosen, (0..100).map(alone).collect::<Vec<_>>());
        assert!((0..5).all(|leaf| chosen.contains(&leaf)), "{chosen:?}");
    }
}
