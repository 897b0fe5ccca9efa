//! Tokens under way: drawn stage by stage, then brought to the margins.

use super::dice::{Dice, FEW};
use super::groups::Groups;
use super::looks::Looks;
use super::positions::Margin;
use super::walk::Walkers;
use crate::model::{Codec, Conditional, NULL_TOKEN};
use crate::rng::Key;

/// Turns of a column's key; stages count up from 0.
const AGAIN: u32 = u32::MAX;
/// The attempt at a row's own address; no histogram has this number.
const ALONE: u32 = u32::MAX;

/// A column to be drawn.
pub(super) struct Target<'a> {
    pub(super) column: usize,
    pub(super) conditional: &'a Conditional,
    pub(super) codec: Codec,
    pub(super) dice: Dice<'a>,
    /// `None` where only trees hear of the token.
    pub(super) margin: Option<Margin>,
    /// The randomness of tokens.
    pub(super) key: Key,
    /// The randomness of positions.
    pub(super) positions: Key,
}

/// What was drawn so far, by slot: the place of a column among those that are drawn.
pub(super) struct Drawing<'a> {
    targets: &'a [Target<'a>],
    looks: &'a [Looks<'a>],
    /// The groups and the slot of the column by which their rows are in order.
    order: Option<(&'a Groups, usize)>,
    pub(super) tokens: Vec<Vec<u16>>,
    pub(super) classes: Vec<Vec<u8>>,
    /// Rows of which something has changed since they were drawn.
    changed: Vec<bool>,
}

/// Tokens and classes as they were drawn.
pub(super) type Before = (Vec<Vec<u16>>, Vec<Vec<u8>>);

impl<'a> Drawing<'a> {
    pub(super) fn new(
        targets: &'a [Target<'a>],
        looks: &'a [Looks<'a>],
        order: Option<(&'a Groups, usize)>,
        rows: usize,
    ) -> Self {
        Self {
            targets,
            looks,
            order,
            tokens: vec![vec![NULL_TOKEN; rows]; targets.len()],
            classes: vec![vec![0; rows]; targets.len()],
            changed: vec![false; rows],
        }
    }

    /// The histogram for a row, which is row number `index` of those whose siblings were looked at.
    #[inline]
    fn choose(&self, slot: usize, row: u32, index: usize, siblings: &[Vec<u8>]) -> u32 {
        let looks = &self.looks[slot];
        self.targets[slot].dice.choose(
            |feature| looks.class(feature, row, index, &self.classes, siblings),
            |other| self.tokens[other][row as usize],
        )
    }

    /// Draws the tokens of one column for the rows of a stage; `whole` where that is all of them.
    pub(super) fn draw(&mut self, slot: usize, rows: &[u32], siblings: &[Vec<u8>], stage: u32, whole: bool) {
        let target = &self.targets[slot];
        if rows.len() < FEW && !whole {
            for (index, &row) in rows.iter().enumerate() {
                let chosen = self.choose(slot, row, index, siblings);
                let token = target.dice.one(chosen, &mut target.key.at(u64::from(row), ALONE));
                self.set(slot, row, token);
            }
            return;
        }
        let walkers = Walkers { rows, indexes: None, own: &self.classes, siblings };
        let chosen = target.dice.choose_all(&self.looks[slot], walkers, &self.tokens);
        let wanted = target.margin.as_ref().filter(|_| whole).and_then(Margin::wanted);
        let weights = wanted.map(|wanted| target.dice.rake(&chosen, wanted));
        let drawn = target.dice.draw(&chosen, weights.as_deref(), target.key, stage);
        for (&row, token) in rows.iter().zip(drawn) {
            self.set(slot, row, token);
        }
    }

    fn set(&mut self, slot: usize, row: u32, token: u16) {
        let codec = &self.targets[slot].codec;
        let token = token.min(codec.tokens() as u16 - 1);
        self.tokens[slot][row as usize] = token;
        self.classes[slot][row as usize] = codec.class(token);
    }

    /// Brings the tokens of a column to its margin. Rows that have to move are drawn again, from what is lacking; what is left then
    /// takes any place. `before`, where columns were drawn row by row: a row for which its earlier columns, changed meanwhile, lead to
    /// another histogram is drawn again too. `siblings` holds the classes of all rows.
    pub(super) fn settle(&mut self, slot: usize, siblings: &[Vec<u8>], before: Option<&Before>) {
        let target = &self.targets[slot];
        let mut stream = target.key.at(0, ALONE - 1);
        let mut again = before.map_or(Vec::new(), |before| self.led_elsewhere(slot, siblings, before));
        if let Some(margin) = &target.margin {
            again.extend(margin.surplus(&self.tokens[slot], &again, &mut stream));
        }
        if again.is_empty() {
            return;
        }
        again.sort_unstable();
        let old = before.map(|_| self.tokens[slot].clone());
        let walkers = Walkers { rows: &again, indexes: Some(&again), own: &self.classes, siblings };
        let chosen = target.dice.choose_all(&self.looks[slot], walkers, &self.tokens);
        let lacking = target.margin.as_ref().map(|margin| margin.lacking(&self.tokens[slot], &again));
        let weights = lacking
            .filter(|_| target.margin.as_ref().is_some_and(|margin| margin.wanted().is_some()))
            .map(|lacking| target.dice.rake(&chosen, &lacking));
        let drawn = target.dice.draw(&chosen, weights.as_deref(), target.key, AGAIN);
        for (&row, token) in again.iter().zip(drawn) {
            self.set(slot, row, token);
        }
        if let Some(margin) = &target.margin {
            for row in margin.enforce(&mut self.tokens[slot], &mut stream) {
                self.set(slot, row, self.tokens[slot][row as usize]);
            }
        }
        if let Some((groups, _)) = self.order.filter(|order| order.1 == slot) {
            sort_within(groups, &mut self.tokens[slot], NULL_TOKEN);
            (0..self.tokens[slot].len() as u32)
                .for_each(|row| self.set(slot, row, self.tokens[slot][row as usize]));
        }
        for (changed, (old, new)) in self.changed.iter_mut().zip(old.iter().flatten().zip(&self.tokens[slot]))
        {
            *changed |= old != new;
        }
    }

    /// The changed rows that now lead to another histogram than before.
    fn led_elsewhere(&self, slot: usize, siblings: &[Vec<u8>], (tokens, classes): &Before) -> Vec<u32> {
        let rows: Vec<u32> = (0u32..).zip(&self.changed).filter(|row| *row.1).map(|row| row.0).collect();
        let chosen = |tokens: &[Vec<u16>], own: &[Vec<u8>]| {
            let walkers = Walkers { rows: &rows, indexes: Some(&rows), own, siblings };
            self.targets[slot].dice.choose_all(&self.looks[slot], walkers, tokens)
        };
        let (old, new) = (chosen(tokens, classes), chosen(&self.tokens, &self.classes));
        rows.iter()
            .zip(old.iter().zip(new))
            .filter(|(_, (old, new))| *old != new)
            .map(|(&row, _)| row)
            .collect()
    }
}

/// Puts values in order within each group; those that are `none` stay where they are.
pub(super) fn sort_within<T: Copy + Ord>(groups: &Groups, values: &mut [T], none: T) {
    let mut sorted = Vec::new();
    for group in groups.iter() {
        let rows = || group.iter().map(|&row| row as usize);
        sorted.clear();
        sorted.extend(rows().map(|row| values[row]).filter(|value| *value != none));
        if sorted.is_sorted() {
            continue;
        }
        sorted.sort_unstable();
        let mut next = sorted.iter();
        for row in rows() {
            if values[row] != none
                && let Some(&value) = next.next()
            {
                values[row] = value;
            }
        }
    }
}
