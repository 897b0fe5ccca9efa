//! Tokens under way: drawn stage by stage, then brought to the margins.

use super::admissible::Admissible;
use super::apart::{Apart, Used};
use super::computed::Computed;
use super::decided::Decided;
use super::dice::{Dice, FEW, MANY, PORTION};
use super::groups::{AT_ONCE, Groups};
use super::looks::Looks;
use super::positions::Margin;
use super::stepping::{Follower, Stepping};
use crate::model::context::NO_ROW;
use crate::model::{Codec, Conditional, Field, NULL_TOKEN};
use crate::rng::{Key, Stream};
use rayon::prelude::*;

/// Turns of a column's key; stages count up from 0.
const AGAIN: u32 = u32::MAX;
/// The attempt at a row's own address; no histogram has this number.
const ALONE: u32 = u32::MAX;
/// The attempts at a row whose token rules do not admit: when it was drawn, when it is settled.
const ADMITTED: u32 = u32::MAX - 2;
const ADMITTED_AGAIN: u32 = u32::MAX - 3;
/// How often rows are moved to meet a margin exactly, those that rules hold back staying where they are.
const ENFORCED: usize = 4;
/// How rows are moved towards a margin, turn by turn: how credible a row's new token has to be, as a share of how credible the old
/// one is, and whether siblings that agree move together.
const ROUNDS: [(f64, bool); 8] = [
    (0.25, true),
    (0.25, true),
    (0.25, false),
    (0.1, true),
    (0.03, true),
    (0.03, false),
    (0.0, true),
    (0.0, false),
];
/// The share of rows that may stay out of place, where moving them would make them incredible.
const TOLERATED: f64 = 0.02;

/// A field to be drawn: a column, or what a row's parent is to be.
pub(super) struct Target<'a> {
    pub(super) field: Field,
    pub(super) conditional: &'a Conditional,
    pub(super) codec: Codec,
    pub(super) dice: Dice<'a>,
    /// `None` where only trees hear of the token.
    pub(super) margin: Option<Margin>,
    /// Where a rule computes it from what is known.
    pub(super) computed: Option<Computed<'a>>,
    /// Where others decide it.
    pub(super) decided: Option<Decided>,
    /// What rules leave open, given what is drawn before it.
    pub(super) admissible: Option<Admissible>,
    /// Where rows of one parent have different values.
    pub(super) apart: Option<Apart<'a>>,
    /// Where it goes on from the row before.
    pub(super) step: Option<Stepping<'a>>,
    /// The tokens of all rows, where they were drawn before.
    pub(super) known: Option<Vec<u16>>,
    /// The randomness of tokens.
    pub(super) key: Key,
    /// The randomness of positions.
    pub(super) positions: Key,
}

/// What was drawn so far, by slot: the place of a column among those that are drawn.
pub(super) struct Drawing<'a> {
    targets: &'a [Target<'a>],
    looks: &'a [Looks<'a>],
    /// The same for the parts of steps.
    step_looks: &'a [Vec<Looks<'a>>],
    /// The row before each row under the spine, where some field goes on from it.
    before: Vec<u32>,
    /// The groups and the slot of the column by which their rows are in order.
    order: Option<(&'a Groups, usize)>,
    pub(super) tokens: Vec<Vec<u16>>,
    /// Classes, then details of those fields that have any.
    pub(super) classes: Vec<Vec<u8>>,
    /// Where tokens keep apart: how often each is used.
    used: Vec<Used>,
    /// Rows of which something has changed since they were drawn.
    changed: Vec<bool>,
}

/// Tokens and classes as they were drawn.
pub(super) type Before = (Vec<Vec<u16>>, Vec<Vec<u8>>);

impl<'a> Drawing<'a> {
    pub(super) fn new(
        targets: &'a [Target<'a>],
        (looks, step_looks): (&'a [Looks<'a>], &'a [Vec<Looks<'a>>]),
        order: Option<(&'a Groups, usize)>,
        before: Vec<u32>,
        rows: usize,
    ) -> Self {
        let classes = targets.iter().map(|_| vec![0; rows]);
        let details =
            targets.iter().map(|target| vec![0; if target.codec.details.is_empty() { 0 } else { rows }]);
        Self {
            targets,
            looks,
            step_looks,
            before,
            order,
            tokens: vec![vec![NULL_TOKEN; rows]; targets.len()],
            classes: classes.chain(details).collect(),
            used: vec![Used::default(); targets.len()],
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
        if let Some(known) = &target.known {
            rows.iter().for_each(|&row| self.set(slot, row, known[row as usize]));
            return;
        }
        if let Some(computed) = &target.computed {
            if computed.own_nulls {
                self.draw_freely(slot, rows, siblings, stage, whole);
            }
            let tokens = computed.tokens(rows, &self.tokens);
            for (&row, token) in rows.iter().zip(tokens) {
                if !computed.own_nulls || self.tokens[slot][row as usize] != NULL_TOKEN {
                    self.set(slot, row, token);
                }
            }
            return;
        }
        self.draw_freely(slot, rows, siblings, stage, whole);
    }

    /// Draws from the tree, or from steps, where rows have others before them.
    fn draw_freely(&mut self, slot: usize, rows: &[u32], siblings: &[Vec<u8>], stage: u32, whole: bool) {
        let indexed = || rows.iter().copied().enumerate();
        let Some(step) = &self.targets[slot].step else {
            return self.draw_levels(slot, &indexed().collect::<Vec<_>>(), siblings, stage, whole);
        };
        let (going, starting): (Vec<_>, Vec<_>) = indexed().partition(|&(_, row)| self.goes_on(slot, step, row));
        if !starting.is_empty() {
            self.draw_levels(slot, &starting, siblings, stage, whole);
        }
        self.draw_steps(slot, &going, siblings, stage);
    }

    /// Whether a row has one before it to go on from.
    fn goes_on(&self, slot: usize, step: &Stepping<'_>, row: u32) -> bool {
        let before = self.before.get(row as usize).and_then(|&before| self.tokens[slot].get(before as usize));
        before.is_some_and(|&token| step.repeats() || token != NULL_TOKEN)
    }

    fn draw_steps(&mut self, slot: usize, rows: &[(usize, u32)], siblings: &[Vec<u8>], stage: u32) {
        let target = &self.targets[slot];
        let Some(step) = target.step.as_ref().filter(|_| !rows.is_empty()) else { return };
        let choose = |((_, dice), looks): (&(&Conditional, Dice<'_>), &Looks<'_>)| {
            let one = |&(index, row): &(usize, u32)| {
                dice.choose(|feature| looks.class(feature, row, index, &self.classes, siblings), |_| NULL_TOKEN)
            };
            match rows.len() >= MANY {
                true => rows.par_iter().with_min_len(PORTION).map(one).collect(),
                false => rows.iter().map(one).collect(),
            }
        };
        let chosen: Vec<Vec<u32>> = step.parts.iter().zip(&self.step_looks[slot]).map(choose).collect();
        let follower = |&(_, row): &(usize, u32)| {
            let last = self.before[row as usize];
            let other = self.before.get(last as usize).copied().filter(|&other| other != NO_ROW).unwrap_or(last);
            Follower { row, before: [last, other].map(|row| self.tokens[slot][row as usize]) }
        };
        let followers: Vec<Follower> = rows.iter().map(follower).collect();
        let drawn = step.draw(&followers, &chosen, target.codec.tokens(), target.key, stage);
        for (&(_, row), token) in rows.iter().zip(drawn) {
            self.set(slot, row, token);
        }
        self.admit(slot, rows, siblings, None, ADMITTED);
    }

    /// Draws rows, by their index among those whose siblings were looked at, from the tree of the column itself.
    fn draw_levels(
        &mut self,
        slot: usize,
        rows: &[(usize, u32)],
        siblings: &[Vec<u8>],
        stage: u32,
        whole: bool,
    ) {
        let target = &self.targets[slot];
        if rows.len() < FEW && !whole {
            for &(index, row) in rows {
                let chosen = self.choose(slot, row, index, siblings);
                let token = target.dice.one(chosen, &mut target.key.at(u64::from(row), ALONE));
                self.set(slot, row, token);
            }
            return self.admit(slot, rows, siblings, None, ADMITTED);
        }
        let choose = |&(index, row): &(usize, u32)| self.choose(slot, row, index, siblings);
        let chosen: Vec<u32> = if rows.len() >= MANY {
            rows.par_iter().with_min_len(PORTION).map(choose).collect()
        } else {
            rows.iter().map(choose).collect()
        };
        let wanted = target.margin.as_ref().filter(|_| whole).and_then(Margin::wanted);
        let weights = wanted.map(|wanted| target.dice.rake(&chosen, wanted));
        let drawn = target.dice.draw(&chosen, weights.as_deref(), target.key, stage);
        for (&(_, row), token) in rows.iter().zip(drawn) {
            self.set(slot, row, token);
        }
        self.admit(slot, rows, siblings, weights.as_deref(), ADMITTED);
    }

    /// Draws rows of a stage again whose token rules do not admit, or a row of the same parent has, from what their histograms have of
    /// those that are left.
    fn admit(
        &mut self,
        slot: usize,
        rows: &[(usize, u32)],
        siblings: &[Vec<u8>],
        weights: Option<&[f64]>,
        attempt: u32,
    ) {
        let target = &self.targets[slot];
        if target.admissible.is_none() && target.apart.is_none() {
            return;
        }
        let again = |&(index, row): &(usize, u32)| {
            Some((row, self.admitted(slot, (row, index), siblings, weights, attempt)?))
        };
        let again: Vec<(u32, u16)> = if rows.len() >= MANY {
            rows.par_iter().with_min_len(PORTION).filter_map(again).collect()
        } else {
            rows.iter().filter_map(again).collect()
        };
        again.into_iter().for_each(|(row, token)| self.set(slot, row, token));
    }

    /// Another token for a row whose own is not admitted, if there is one.
    fn admitted(
        &self,
        slot: usize,
        (row, index): (u32, usize),
        siblings: &[Vec<u8>],
        weights: Option<&[f64]>,
        attempt: u32,
    ) -> Option<u16> {
        let target = &self.targets[slot];
        let old = self.tokens[slot][row as usize];
        let open = target.admissible.as_ref().map(|admissible| (admissible, admissible.open(row, &self.tokens)));
        let by_rules = |token: u16| open.is_none_or(|(admissible, open)| admissible.admits(open, token));
        let admits = |token: u16| by_rules(token) && self.keeps_apart(slot, row, token);
        if admits(old) {
            return None;
        }
        let chosen = self.choose(slot, row, index, siblings);
        let mut stream = target.key.at(u64::from(row), attempt);
        let nearest = |admits: &dyn Fn(u16) -> bool| {
            let seen = (0u16..).zip(&target.codec.rows).filter(|(_, rows)| **rows > 0);
            seen.map(|(token, _)| token).filter(|&token| admits(token)).min_by_key(|other| other.abs_diff(old))
        };
        let drawn = target.dice.one_of(chosen, &admits, weights, &mut stream);
        drawn.or_else(|| nearest(&admits)).or_else(|| if by_rules(old) { None } else { nearest(&by_rules) })
    }

    /// Whether no row of the same parent has a token that keeps apart.
    fn keeps_apart(&self, slot: usize, row: u32, token: u16) -> bool {
        let apart = self.targets[slot].apart.as_ref();
        apart.is_none_or(|apart| apart.admits(&self.used[slot], row, self.tokens[slot][row as usize], token))
    }

    /// Whether rules admit a token, as the row is now.
    fn obeys(&self, slot: usize, row: u32, token: u16) -> bool {
        let admissible = self.targets[slot].admissible.as_ref();
        admissible.is_none_or(|admissible| admissible.admits(admissible.open(row, &self.tokens), token))
    }

    /// Whether a row may have a token, as it and the others are now.
    fn admits(&self, slot: usize, row: u32, token: u16) -> bool {
        self.obeys(slot, row, token) && self.keeps_apart(slot, row, token)
    }

    /// Lets rows of one parent exchange tokens that keep apart, once what they look at is known.
    fn keep_apart(&mut self, slot: usize, siblings: &[Vec<u8>]) {
        let target = &self.targets[slot];
        let Some(apart) = &target.apart else { return };
        for row in 0..self.tokens[slot].len() as u32 {
            if let Some(token) = self.admitted(slot, (row, row as usize), siblings, None, ADMITTED_AGAIN) {
                self.set(slot, row, token);
            }
        }
        let histograms = self.histograms(slot, siblings);
        let mut tokens = self.tokens[slot].clone();
        let mut stream = target.key.at(1, ALONE - 1);
        let chance = |row: u32, token: u16| target.dice.chance_of(histograms[row as usize], token);
        apart.exchange(&mut tokens, chance, |row, token| self.obeys(slot, row, token), &mut stream);
        apart.close(&mut tokens);
        (0u32..).zip(tokens).for_each(|(row, token)| self.set(slot, row, token));
    }

    /// Makes tokens get exactly their rows, as far as rules admit that.
    fn enforce(&mut self, slot: usize, margin: &Margin, stream: &mut Stream) {
        for _ in 0..ENFORCED {
            let old = self.tokens[slot].clone();
            let mut held_back = false;
            for row in margin.enforce(&mut self.tokens[slot], stream) {
                let [old, new] = [&old, &self.tokens[slot]].map(|tokens| tokens[row as usize]);
                let stays = !self.admits(slot, row, new) && self.admits(slot, row, old);
                held_back |= stays;
                self.set(slot, row, if stays { old } else { new });
            }
            if !held_back {
                return;
            }
        }
    }

    fn set(&mut self, slot: usize, row: u32, token: u16) {
        let codec = &self.targets[slot].codec;
        let token = token.min(codec.tokens() as u16 - 1);
        let old = std::mem::replace(&mut self.tokens[slot][row as usize], token);
        if let Some(apart) = &self.targets[slot].apart {
            apart.note(&mut self.used[slot], row, old, token);
        }
        self.classes[slot][row as usize] = codec.class(token);
        if let Some(detail) = self.classes[self.targets.len() + slot].get_mut(row as usize) {
            *detail = codec.detail(token);
        }
    }

    /// Brings the tokens of a column to its margin, as far as that leaves rows credible. `before`, where columns were drawn row by row: a
    /// row for which its earlier columns, changed meanwhile, lead to another histogram is drawn again. `groups`, where the column follows
    /// its siblings: those that agree move together. `siblings` holds the classes of all rows.
    pub(super) fn settle(
        &mut self,
        slot: usize,
        siblings: &[Vec<u8>],
        before: Option<&Before>,
        groups: Option<&Groups>,
    ) {
        let target = &self.targets[slot];
        if target.known.is_some() {
            return;
        }
        if let Some(computed) = &target.computed {
            let all: Vec<u32> = (0..self.tokens[slot].len() as u32).collect();
            for (&row, token) in all.iter().zip(computed.tokens(&all, &self.tokens)) {
                let is_null = computed.own_nulls && self.tokens[slot][row as usize] == NULL_TOKEN;
                if token != self.tokens[slot][row as usize] && !is_null {
                    self.set(slot, row, token);
                    self.changed[row as usize] = true;
                }
            }
            return;
        }
        let old = before.map(|_| self.tokens[slot].clone());
        let is_dense = target.apart.as_ref().is_some_and(Apart::is_dense);
        // One row that moves by itself breaks two steps.
        let steps = target.step.as_ref().filter(|_| before.is_some());
        if let Some(before) = before {
            if !is_dense && steps.is_none() {
                self.lead_again(slot, siblings, before);
            }
            if target.apart.is_none() {
                let all: Vec<(usize, u32)> = (0..).zip(0..self.tokens[slot].len() as u32).collect();
                self.admit(slot, &all, siblings, None, ADMITTED_AGAIN);
            }
        }
        self.keep_apart(slot, siblings);
        // How many rows have each value follows from how many rows parents have.
        let may_move = !is_dense && steps.is_none_or(Stepping::repeats);
        if let Some(margin) = target.margin.as_ref().filter(|_| may_move) {
            let mut stream = target.key.at(0, ALONE - 1);
            let groups = groups.filter(|_| target.apart.is_none());
            let looks_at_siblings = target.dice.looks_at_siblings(target.conditional, target.field);
            let groups = groups.filter(|_| steps.is_some() || looks_at_siblings);
            let is_order = self.order.is_some_and(|order| order.1 == slot);
            let most = if margin.is_exact() || is_order { 0.0 } else { TOLERATED };
            for (turn, &(least, together)) in (0u32..).zip(&ROUNDS) {
                if least == 0.0 && margin.out_of_place(&self.tokens[slot], &target.codec) <= most {
                    break;
                }
                if steps.is_some() && !together {
                    continue;
                }
                let groups = groups.filter(|_| together);
                self.move_surplus(slot, siblings, groups, (AGAIN - 1 - turn, least), &mut stream);
            }
            if target.apart.is_none() && steps.is_none() && margin.out_of_place(&self.tokens[slot], &target.codec) > most {
                self.enforce(slot, margin, &mut stream);
            }
        }
        if let Some(decided) = &self.targets[slot].decided {
            let leaders = decided.leaders(&self.tokens, &self.tokens[slot]);
            for (row, &leader) in (0u32..).zip(&leaders) {
                self.set(slot, row, self.tokens[slot][leader as usize]);
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

    /// The histogram of every row, as what it looks at is now. `siblings` holds the classes of all rows.
    pub(super) fn histograms(&self, slot: usize, siblings: &[Vec<u8>]) -> Vec<u32> {
        let choose = |row: u32| self.choose(slot, row, row as usize, siblings);
        let rows = 0..self.tokens[slot].len() as u32;
        rows.into_par_iter().with_min_len(AT_ONCE).map(choose).collect()
    }

    /// Draws rows again that their own earlier columns lead elsewhere now.
    fn lead_again(&mut self, slot: usize, siblings: &[Vec<u8>], before: &Before) {
        let again = self.led_elsewhere(slot, siblings, before);
        let choose = |row: &u32| self.choose(slot, *row, *row as usize, siblings);
        let chosen: Vec<u32> = again.par_iter().with_min_len(AT_ONCE).map(choose).collect();
        let target = &self.targets[slot];
        let drawn = target.dice.draw(&chosen, None, target.key, AGAIN);
        for (&row, token) in again.iter().zip(drawn) {
            self.set(slot, row, token);
        }
    }

    /// Draws rows again that have a token of which there are too many, from those of which there are too few. A row keeps its token
    /// where its histogram finds the new one less likely than `least` times the old one, measured by how likely both are anyway: then the
    /// margin gives way.
    fn move_surplus(
        &mut self,
        slot: usize,
        siblings: &[Vec<u8>],
        groups: Option<&Groups>,
        (turn, least): (u32, f64),
        stream: &mut Stream,
    ) {
        let target = &self.targets[slot];
        let Some(margin) = &target.margin else { return };
        let runs = groups.map(|groups| groups.runs(&self.tokens[slot]));
        let all = self.tokens[slot].len() as u32;
        let surplus: Vec<(u32, u32)> = match &runs {
            Some(runs) => {
                let found = margin.surplus(&self.tokens[slot], runs.iter().map(|run| (run.1, run.2)), stream);
                found.into_iter().map(|run| (runs[run as usize].0, runs[run as usize].2)).collect()
            }
            None => margin
                .surplus(&self.tokens[slot], (0..all).map(|row| (row, 1)), stream)
                .into_iter()
                .map(|row| (row, 1))
                .collect(),
        };
        if surplus.is_empty() {
            return;
        }
        let row = |at: u32| groups.map_or(at, |groups| groups.order[at as usize]);
        let choose = |run: &(u32, u32)| self.choose(slot, row(run.0), row(run.0) as usize, siblings);
        let chosen: Vec<u32> = surplus.par_iter().with_min_len(AT_ONCE).map(choose).collect();
        let mut lacking = margin.lacking(&self.tokens[slot]);
        let shares = margin.shares(&target.codec);
        let weights = margin.wanted().is_some().then(|| target.dice.rake(&chosen, &lacking));
        let drawn = target.dice.draw(&chosen, weights.as_deref(), target.key, turn);
        for ((&(first, length), token), histogram) in surplus.iter().zip(drawn).zip(chosen) {
            let old = self.tokens[slot][row(first) as usize];
            let credible =
                |token: u16| target.dice.chance_of(histogram, token) / shares[usize::from(token)].max(1e-15);
            let open = lacking.get_mut(usize::from(token)).filter(|open| 2 * **open >= u64::from(length));
            if let Some(open) = open
                && !target.dice.is_looked_up(histogram)
                && credible(token) >= least * credible(old)
                && (first..first + length).all(|at| self.admits(slot, row(at), token))
            {
                *open = open.saturating_sub(u64::from(length));
                (first..first + length).for_each(|at| self.set(slot, row(at), token));
            }
        }
    }

    /// The changed rows that now lead to another histogram than before.
    fn led_elsewhere(&self, slot: usize, siblings: &[Vec<u8>], (tokens, classes): &Before) -> Vec<u32> {
        let (looks, dice) = (&self.looks[slot], &self.targets[slot].dice);
        let elsewhere = |&row: &u32| {
            let old = dice.choose(
                |feature| looks.class(feature, row, row as usize, classes, siblings),
                |other| tokens[other][row as usize],
            );
            self.choose(slot, row, row as usize, siblings) != old
        };
        let rows = (0..self.changed.len() as u32).into_par_iter().with_min_len(AT_ONCE);
        rows.filter(|&row| self.changed[row as usize]).filter(elsewhere).collect()
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
