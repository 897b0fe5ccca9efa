//! Rows that differ from the sibling before by so much: the gap is a field of its own, which is drawn first, and the column is worked out of it.

use super::choosing::Number;
use super::drawing::{Drawing, Target};
use super::groups::Groups;
use crate::model::context::NO_ROW;
use crate::model::{Field, NULL_TOKEN, gap_class, gaps_of};
use crate::rng::Stream;

/// The attempts at a gap of a row that follows a sibling, and at the token that lies so far beyond.
const FOLLOWING: u32 = u32::MAX - 8;
const BEYOND: u32 = u32::MAX - 9;

/// The slots of a gap and of the column that it leads to.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    slot: usize,
    of: usize,
}

impl Gap {
    /// Those of a table that are drawn with their columns.
    pub(super) fn all(targets: &[Target<'_>]) -> Vec<Self> {
        let of = |(slot, target): (usize, &Target<'_>)| {
            let Field::Gap(column) = target.field else { return None };
            let of = targets.iter().position(|target| target.field == Field::Column(column))?;
            Some(Self { slot, of })
        };
        targets.iter().enumerate().filter_map(of).collect()
    }
}

/// The gaps of all rows, given their tokens.
pub(super) fn gaps(groups: &Groups, is_ordered: bool, tokens: &[u16]) -> Vec<u16> {
    let mut gaps = vec![0; tokens.len()];
    for pair in groups.iter().flat_map(|group| group.windows(2)) {
        let [before, row] = [pair[0], pair[1]].map(|row| tokens[row as usize]);
        gaps[pair[1] as usize] = u16::from(gap_class(is_ordered, before, row));
    }
    gaps
}

impl Drawing<'_> {
    /// The token of the sibling before a row, if it has one that is not NULL.
    pub(super) fn token_before(&self, slot: usize, row: u32) -> Option<u16> {
        let before = self.before.get(row as usize).filter(|&&before| before != NO_ROW)?;
        Some(self.tokens[slot][*before as usize]).filter(|&token| token != NULL_TOKEN)
    }

    /// The slot of the gap that leads to a slot, if that is being drawn.
    pub(super) fn gap_of(&self, slot: usize) -> Option<usize> {
        let gap = self.gaps.iter().find(|gap| gap.of == slot && self.targets[slot].known.is_none())?;
        Some(gap.slot)
    }

    /// Sees to it that the rows of a stage have gaps where they follow siblings, and only there. `chosen` holds their histograms.
    pub(super) fn tell_followers(&mut self, slot: usize, rows: &[u32], chosen: &[u32]) {
        let Some(&Gap { of, .. }) = self.gaps.iter().find(|gap| gap.slot == slot) else { return };
        for (&row, &chosen) in rows.iter().zip(chosen) {
            let token = match (self.token_before(of, row), self.tokens[slot][row as usize]) {
                (None, _) => NULL_TOKEN,
                (Some(_), NULL_TOKEN) => {
                    let mut stream = self.targets[slot].key.at(u64::from(row), FOLLOWING);
                    let is_gap = |token: u16| token != NULL_TOKEN;
                    self.targets[slot].dice.one_of(chosen, &is_gap, None, &mut stream).unwrap_or(1)
                }
                (Some(_), token) => token,
            };
            self.set(slot, row, token);
        }
    }

    /// Gives the rows of a stage that follow siblings what lies beyond these. `chosen` holds their histograms.
    pub(super) fn follow(&mut self, slot: usize, rows: &[u32], chosen: &[u32]) {
        let Some(gap) = self.gap_of(slot) else { return };
        for (&row, &chosen) in rows.iter().zip(chosen) {
            let Some(before) = self.token_before(slot, row) else { continue };
            let mut stream = self.targets[slot].key.at(u64::from(row), BEYOND);
            let token = self.beyond(slot, (before, self.tokens[gap][row as usize]), chosen, &mut stream);
            self.set(slot, row, token);
        }
    }

    /// A token so far beyond another one, for a row with a certain histogram.
    pub(super) fn beyond(
        &self,
        slot: usize,
        (before, gap): (u16, u16),
        chosen: u32,
        stream: &mut Stream,
    ) -> u16 {
        let target = &self.targets[slot];
        if !target.codec.ordered {
            let is_another = |token: u16| token != before;
            return match gap {
                1 => before,
                _ => target.dice.one_of(chosen, &is_another, None, stream).unwrap_or(before),
            };
        }
        let last = target.codec.tokens() as u16 - 1;
        let Some(gaps) = gaps_of(gap as u8) else { return before };
        let width = u64::from(gaps.end().min(&last).saturating_sub(*gaps.start())) + 1;
        before.saturating_add(gaps.start().saturating_add(stream.below(width) as u16)).min(last)
    }

    /// What rows of a stage could have otherwise: the slot of the gap that leads to a slot, and the histograms of these gaps.
    pub(super) fn gap_histograms(
        &self,
        slot: usize,
        rows: &[u32],
        siblings: &[Vec<u8>],
    ) -> Option<(usize, Vec<u32>)> {
        let gap = self.gap_of(slot)?;
        Some((gap, self.sight(gap, siblings).histograms(rows, Number::Place)))
    }

    /// Tells the gaps of some rows as they have become.
    pub(super) fn tell_gaps(&mut self, slot: usize, rows: &[u32]) {
        let Some(gap) = self.gap_of(slot) else { return };
        let is_ordered = self.targets[slot].codec.ordered;
        for &row in rows {
            let before = self.token_before(slot, row).unwrap_or(NULL_TOKEN);
            let new = u16::from(gap_class(is_ordered, before, self.tokens[slot][row as usize]));
            if new != self.tokens[gap][row as usize] {
                self.set(gap, row, new);
                self.changed[row as usize] = true;
            }
        }
    }
}
