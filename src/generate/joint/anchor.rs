//! What keeps siblings from drifting: rows that are alike but for their siblings keep together the shares that such rows have.
//!
//! Rows are drawn given drawn siblings, whose errors add up along a group: a driver of the fifties who has too many points once has too many
//! ever after. So as rows are drawn stage by stage, what a leaf of the anchor (a tree that does not look at siblings) has too much of
//! already is drawn again.

use super::choosing::{Number, Sight};
use super::dice::{Dice, preferred};
use super::drawing::Drawing;
use super::looks::Looks;
use crate::model::context::NO_ROW;
use crate::model::{MOST_CLASSES, Steps};
use crate::rng::Stream;

/// The attempts at a row whose token there is too much of; [`Drawing`] has those below.
const HELD: u32 = u32::MAX - 4;
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

impl Drawing<'_> {
    /// Whether siblings could lead the tokens of a column astray.
    pub(super) fn is_held(&self, slot: usize) -> bool {
        self.anchors[slot].is_some() || self.targets[slot].conditional.steps.is_some()
    }

    /// Draws rows of a stage again that have what there is too much of among those that are alike but for their siblings, or that lie
    /// farther from the sibling before than rows do.
    pub(super) fn hold(&mut self, slot: usize, rows: &[u32], siblings: &[Vec<u8>], chosen: &[u32]) {
        let gaps = self.gap_histograms(slot, rows, siblings);
        let target = &self.targets[slot];
        let steps = target.conditional.steps.as_ref().filter(|_| !self.before.is_empty());
        let mut anchor = self.anchors[slot].take();
        let leaves = anchor.as_ref().map(|anchor| anchor.leaves(rows, &self.classes, &self.tokens, siblings));
        let most = steps.map_or(1.0, Steps::most);
        let mut again = Vec::new();
        for (index, (&row, &chosen)) in rows.iter().zip(chosen).enumerate() {
            let leaf = leaves.as_ref().map_or(0, |leaves| leaves[index]);
            let before = match self.before.get(row as usize) {
                Some(&before) if before != NO_ROW => self.classes[slot][before as usize],
                _ => 0,
            };
            let old = self.tokens[slot][row as usize];
            let token_before = gaps.as_ref().and_then(|_| self.token_before(slot, row));
            let steps = steps.filter(|_| token_before.is_none());
            let another = |stream: &mut Stream| match (&gaps, token_before) {
                (Some((gap, gaps)), Some(before)) => {
                    let gap = self.targets[*gap].dice.one(gaps[index], stream);
                    self.beyond(slot, (before, gap), chosen, stream)
                }
                _ => target.dice.one(chosen, stream),
            };
            let chance = |token: u16| {
                let class = target.codec.class(token);
                anchor.as_ref().map_or(1.0, |anchor| anchor.keeps(leaf, class).min(1.0))
                    * steps.map_or(1.0, |steps| steps.factor(before, class))
            };
            let token = match target.dice.is_looked_up(chosen) {
                true => old,
                false => {
                    let most = if before == 0 || steps.is_none() { 1.0 } else { most };
                    let mut stream = target.key.at(u64::from(row), HELD);
                    preferred(old, &another, (&chance, most), &mut stream)
                }
            };
            if let Some(anchor) = &mut anchor {
                anchor.note(leaf, target.codec.class(token));
            }
            if token != old {
                again.push((row, token));
            }
        }
        self.anchors[slot] = anchor;
        again.into_iter().for_each(|(row, token)| self.set(slot, row, token));
    }
}
