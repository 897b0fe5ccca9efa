//! Siblings that never agree in some columns: the one of these that is drawn last is drawn from what their earlier siblings left.

use super::choosing::Number;
use super::drawing::Drawing;
use super::groups::Groups;
use crate::model::{Dependence, Field, NULL_TOKEN};
use rustc_hash::FxHashSet;

/// The attempts at a row that agrees with an earlier sibling: when it was drawn, when it is settled.
const APART: u32 = u32::MAX - 6;
const APART_AGAIN: u32 = u32::MAX - 7;

/// Slots whose tokens, taken together, no two siblings share.
pub(super) struct Apart {
    /// In the order of drawing.
    slots: Vec<usize>,
    /// The group of each row, and what rows of it have by now.
    group: Vec<u32>,
    taken: FxHashSet<(u32, u64)>,
}

impl Apart {
    /// Those of the sets of columns that are drawn with others. `is_open` says whether a slot may be drawn again.
    pub(super) fn all(
        dependence: &Dependence,
        groups: Option<&Groups>,
        rows: usize,
        slot: impl Fn(Field) -> Option<usize>,
        is_open: impl Fn(usize) -> bool,
    ) -> Vec<Self> {
        let Some(groups) = groups else { return Vec::new() };
        let sets = dependence.apart.iter().filter_map(|columns| {
            let mut slots: Vec<usize> =
                columns.iter().map(|&column| slot(Field::Column(column))).collect::<Option<_>>()?;
            slots.sort_unstable();
            slots.last().is_some_and(|&last| is_open(last)).then_some(slots)
        });
        let new = |slots| Self { slots, group: groups.numbers(rows), taken: FxHashSet::default() };
        sets.map(new).collect()
    }

    /// What a row has with a certain token in the last slot; `None` where something is NULL.
    fn word(&self, row: u32, tokens: &[Vec<u16>], last: u16) -> Option<(u32, u64)> {
        let (_, others) = self.slots.split_last()?;
        let others = others.iter().map(|&slot| tokens[slot][row as usize]);
        let mut word = 0;
        for token in others.chain([last]) {
            if token == NULL_TOKEN {
                return None;
            }
            word = word << 16 | u64::from(token);
        }
        Some((self.group[row as usize], word))
    }
}

impl Drawing<'_> {
    /// Draws those rows of a stage again that agree with an earlier sibling, where a column was drawn that siblings tell apart.
    pub(super) fn keep_apart(&mut self, slot: usize, rows: &[u32], siblings: &[Vec<u8>]) {
        self.redraw_alike(slot, rows, siblings, (APART, Number::Place));
    }

    /// The same for all rows, siblings in order. `siblings` holds the classes of all rows.
    pub(super) fn settle_apart(&mut self, slot: usize, siblings: &[Vec<u8>]) {
        let Some(groups) = self.groups else { return };
        for apart in self.apart.iter_mut().filter(|apart| apart.slots.last() == Some(&slot)) {
            apart.taken.clear();
        }
        self.redraw_alike(slot, &groups.order, siblings, (APART_AGAIN, Number::Row));
    }

    fn redraw_alike(
        &mut self,
        slot: usize,
        rows: &[u32],
        siblings: &[Vec<u8>],
        (attempt, numbered): (u32, Number),
    ) {
        for number in 0..self.apart.len() {
            if self.apart[number].slots.last() != Some(&slot) {
                continue;
            }
            for (index, &row) in rows.iter().enumerate() {
                let index = match numbered {
                    Number::Place => index,
                    Number::Row => row as usize,
                };
                let Some(word) = self.apart[number].word(row, &self.tokens, self.tokens[slot][row as usize])
                else {
                    continue;
                };
                if self.apart[number].taken.insert(word) {
                    continue;
                }
                if let Some(token) = self.another(number, (row, index), siblings, attempt) {
                    self.set(slot, row, token);
                    let word = self.apart[number].word(row, &self.tokens, token);
                    self.apart[number].taken.extend(word);
                }
            }
        }
    }

    /// A token for a row that none of its siblings has with all that the row has besides; `None` where its histograms know none.
    fn another(
        &self,
        number: usize,
        (row, index): (u32, usize),
        siblings: &[Vec<u8>],
        attempt: u32,
    ) -> Option<u16> {
        let apart = &self.apart[number];
        let slot = *apart.slots.last()?;
        let chosen = self.choose(slot, row, index, siblings);
        let mut stream = self.targets[slot].key.at(u64::from(row), attempt);
        let is_free = |token: u16| {
            let word = apart.word(row, &self.tokens, token);
            word.is_some_and(|word| !apart.taken.contains(&word)) && self.admits(slot, row, token)
        };
        self.targets[slot].dice.one_of(chosen, &is_free, None, &mut stream)
    }
}
