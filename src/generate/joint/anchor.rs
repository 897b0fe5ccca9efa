//! What keeps siblings from drifting: rows that are alike but for their siblings keep together the shares that such rows have.
//!
//! Rows are drawn given drawn siblings, whose errors add up along a group: a driver of the fifties who has too many points once has too many
//! ever after. So as rows are drawn stage by stage, what a leaf of the anchor (a tree that does not look at siblings) has too much of
//! already is drawn again.

use super::choosing::{Number, Sight};
use super::dice::Dice;
use super::looks::Looks;
use crate::model::MOST_CLASSES;

/// Rows of a leaf that say nothing yet.
const SLACK: f64 = 3.0;

/// The anchor of a field under way.
pub(super) struct Anchor<'a> {
    dice: &'a Dice<'a>,
    looks: &'a Looks<'a>,
    /// By leaf and class: the share that rows should have.
    shares: Vec<[f64; MOST_CLASSES]>,
    /// The same: the rows that have it.
    counts: Vec<[u32; MOST_CLASSES]>,
    rows: Vec<u32>,
}

impl<'a> Anchor<'a> {
    pub(super) fn new(dice: &'a Dice<'a>, looks: &'a Looks<'a>) -> Self {
        let leaves = dice.histograms();
        let share = |leaf: u32| std::array::from_fn(|class| dice.chance_of(leaf, class as u16));
        let shares = (0..leaves as u32).map(share).collect();
        Self { dice, looks, shares, counts: vec![[0; MOST_CLASSES]; leaves], rows: vec![0; leaves] }
    }

    /// The leaves of some rows.
    pub(super) fn leaves(
        &self,
        rows: &[u32],
        own: &[Vec<u8>],
        tokens: &[Vec<u16>],
        siblings: &[Vec<u8>],
    ) -> Vec<u32> {
        Sight { dice: self.dice, looks: self.looks, own, tokens, siblings }.histograms(rows, Number::Place)
    }

    /// The chance with which a row of a leaf keeps a class, as things are.
    pub(super) fn keeps(&self, leaf: u32, class: u8) -> f64 {
        let (leaf, class) = (leaf as usize, usize::from(class));
        let wanted = self.shares[leaf][class] * f64::from(self.rows[leaf] + 1);
        let ratio = (wanted + SLACK) / (f64::from(self.counts[leaf][class]) + SLACK);
        ratio * ratio
    }

    /// Counts a row.
    pub(super) fn note(&mut self, leaf: u32, class: u8) {
        self.counts[leaf as usize][usize::from(class)] += 1;
        self.rows[leaf as usize] += 1;
    }
}
