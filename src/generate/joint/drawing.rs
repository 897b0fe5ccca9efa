//! Tokens under way: drawn stage by stage, then brought to the margins.

use super::admissible::Admissible;
use super::anchor::Anchor;
use super::apart::Apart;
use super::choosing::{Number, Sight};
use super::computed::Computed;
use super::decided::Decided;
use super::dice::{Dice, FEW, MANY, MOST_WEIGHT, PORTION};
use super::echo::Echo;
use super::gap::Gap;
use super::groups::Groups;
use super::headcount::Headcounts;
use super::looks::Looks;
use super::positions::Margin;
use super::ranking::Ranking;
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
/// The same where rows follow their siblings: one that is moved out of a sequence is seen by all that is said of its parent.
const TOLERATED_OF_SIBLINGS: f64 = 0.06;
/// The same where no row is moved at all: there, moving takes what there is too much of from those few rows that could as well be
/// something else, such as siblings that are alone.
const LEFT_ALONE: f64 = 0.03;

/// A field to be drawn: a column, or what a row's parent is to be.
pub(super) struct Target<'a> {
    pub(super) field: Field,
    pub(super) conditional: &'a Conditional,
    pub(super) codec: Codec,
    pub(super) dice: Dice<'a>,
    /// The dice of its anchor.
    pub(super) anchor: Option<Dice<'a>>,
    /// `None` where only trees hear of the token.
    pub(super) margin: Option<Margin>,
    /// Where a rule computes it from what is known.
    pub(super) computed: Option<Computed<'a>>,
    /// Where others decide it.
    pub(super) decided: Option<Decided>,
    /// Where its values are places among the rows of a parent.
    pub(super) ranking: Option<Ranking>,
    /// Where rows repeat the value of the sibling before.
    pub(super) echo: Option<Echo>,
    /// What rules leave open, given what is drawn before it.
    pub(super) admissible: Option<Admissible>,
    /// Where so many rows of each parent have a certain token.
    pub(super) headcounts: Vec<Headcounts<'a>>,
    /// Where it is balanced: by token, how many times as frequent it is to be as it was learned.
    pub(super) tilt: Option<&'a [f64]>,
    /// The tokens of all rows, where they were drawn before.
    pub(super) known: Option<Vec<u16>>,
    /// The randomness of tokens.
    pub(super) key: Key,
    /// The randomness of positions.
    pub(super) positions: Key,
}

impl Target<'_> {
    /// By how much a token may gain or lose to meet its margin. Where it is balanced, all that takes.
    fn most(&self) -> f64 {
        if self.tilt.is_some() { f64::MAX } else { MOST_WEIGHT }
    }
}

/// What keeps siblings to what rows of one parent are like.
pub(super) struct Kept<'a> {
    /// By slot.
    pub(super) anchors: Vec<Option<Anchor<'a>>>,
    pub(super) apart: Vec<Apart>,
    /// Slots whose tokens stand in order along siblings, and whether they fall.
    pub(super) runs: &'a [(usize, bool)],
}

/// What was drawn so far, by slot: the place of a column among those that are drawn.
pub(super) struct Drawing<'a> {
    pub(super) targets: &'a [Target<'a>],
    pub(super) looks: &'a [Looks<'a>],
    pub(super) anchors: Vec<Option<Anchor<'a>>>,
    pub(super) gaps: Vec<Gap>,
    pub(super) apart: Vec<Apart>,
    /// Slots whose tokens stand in order along siblings, and whether they fall.
    pub(super) runs: &'a [(usize, bool)],
    /// The sibling before each row; empty where none is looked at.
    pub(super) before: Vec<u32>,
    /// Rows by parent, siblings in order.
    pub(super) groups: Option<&'a Groups>,
    /// The slot of the column by which siblings are in order.
    pub(super) order: Option<usize>,
    pub(super) tokens: Vec<Vec<u16>>,
    /// Classes, then details of those fields that have any.
    pub(super) classes: Vec<Vec<u8>>,
    /// Rows of which something has changed since they were drawn.
    pub(super) changed: Vec<bool>,
}

/// Tokens and classes as they were drawn.
pub(super) type Before = (Vec<Vec<u16>>, Vec<Vec<u8>>);

impl<'a> Drawing<'a> {
    pub(super) fn new(
        targets: &'a [Target<'a>],
        looks: &'a [Looks<'a>],
        kept: Kept<'a>,
        groups: Option<&'a Groups>,
        rows: usize,
    ) -> Self {
        let classes = targets.iter().map(|_| vec![0; rows]);
        let details =
            targets.iter().map(|target| vec![0; if target.codec.details.is_empty() { 0 } else { rows }]);
        let gaps = if groups.is_some() { Gap::all(targets) } else { Vec::new() };
        let is_stepped = !gaps.is_empty() || targets.iter().any(|target| target.conditional.steps.is_some());
        Self {
            targets,
            looks,
            anchors: kept.anchors,
            gaps,
            apart: kept.apart,
            runs: kept.runs,
            before: groups.filter(|_| is_stepped).map_or(Vec::new(), |groups| groups.before(rows)),
            groups,
            order: kept.runs.first().map(|run| run.0),
            tokens: vec![vec![NULL_TOKEN; rows]; targets.len()],
            classes: classes.chain(details).collect(),
            changed: vec![false; rows],
        }
    }

    /// The histogram for a row, which is row number `index` of those whose siblings were looked at.
    #[inline]
    pub(super) fn choose(&self, slot: usize, row: u32, index: usize, siblings: &[Vec<u8>]) -> u32 {
        let looks = &self.looks[slot];
        self.targets[slot].dice.choose(
            |feature| looks.class(feature, row, index, &self.classes, siblings),
            |other| self.tokens[other][row as usize],
        )
    }

    /// What rows are chosen a histogram by, as it is now.
    pub(super) fn sight<'b>(&'b self, slot: usize, siblings: &'b [Vec<u8>]) -> Sight<'b> {
        let (dice, looks) = (&self.targets[slot].dice, &self.looks[slot]);
        Sight { dice, looks, own: &self.classes, tokens: &self.tokens, siblings }
    }

    /// Draws the tokens of one column for the rows of a stage; `whole` where that is all of them.
    pub(super) fn draw(&mut self, slot: usize, rows: &[u32], siblings: &[Vec<u8>], stage: u32, whole: bool) {
        let target = &self.targets[slot];
        if let Some(known) = &target.known {
            let tokens: Vec<u16> = rows.iter().map(|&row| known[row as usize]).collect();
            self.set_all(slot, rows, &tokens);
            return;
        }
        if let Some(computed) = &target.computed {
            if computed.own_nulls {
                self.draw_freely(slot, rows, siblings, stage, whole);
            }
            let tokens = computed.tokens(rows, &self.tokens);
            if !computed.own_nulls {
                self.set_all(slot, rows, &tokens);
                return;
            }
            for (&row, token) in rows.iter().zip(tokens) {
                if self.tokens[slot][row as usize] != NULL_TOKEN {
                    self.set(slot, row, token);
                }
            }
            return;
        }
        self.draw_freely(slot, rows, siblings, stage, whole);
    }

    /// Draws from the tree.
    fn draw_freely(&mut self, slot: usize, rows: &[u32], siblings: &[Vec<u8>], stage: u32, whole: bool) {
        let target = &self.targets[slot];
        if rows.len() < FEW && !whole {
            let chosen = |(index, &row): (usize, &u32)| self.choose(slot, row, index, siblings);
            let chosen: Vec<u32> = rows.iter().enumerate().map(chosen).collect();
            for (&row, &chosen) in rows.iter().zip(&chosen) {
                let mut stream = target.key.at(u64::from(row), ALONE);
                let tilted =
                    target.tilt.and_then(|_| target.dice.one_of(chosen, &|_| true, target.tilt, &mut stream));
                let token = tilted.unwrap_or_else(|| target.dice.one(chosen, &mut stream));
                self.set(slot, row, token);
            }
            self.keep_in_line(slot, rows, siblings, &chosen);
            self.admit(slot, rows, siblings, None, ADMITTED);
            return self.tell_gaps(slot, rows);
        }
        let chosen = self.sight(slot, siblings).histograms(rows, Number::Place);
        let margin = target.margin.as_ref().filter(|margin| whole && !margin.is_loose());
        let raked =
            margin.and_then(Margin::wanted).map(|wanted| target.dice.rake(&chosen, wanted, target.most()));
        let weights = raked.as_deref().or(target.tilt);
        let drawn = target.dice.draw(&chosen, weights, target.key, stage);
        self.set_all(slot, rows, &drawn);
        if !whole {
            self.keep_in_line(slot, rows, siblings, &chosen);
        }
        self.admit(slot, rows, siblings, weights, ADMITTED);
        self.tell_gaps(slot, rows);
    }

    /// Leads the rows of a stage on from their siblings, and keeps them to what rows like them have. `chosen` holds their histograms.
    fn keep_in_line(&mut self, slot: usize, rows: &[u32], siblings: &[Vec<u8>], chosen: &[u32]) {
        self.tell_followers(slot, rows, chosen);
        self.follow(slot, rows, chosen);
        if self.is_held(slot) {
            self.hold(slot, rows, siblings, chosen);
        }
    }

    /// Sets the tokens of many rows, array by array.
    fn set_all(&mut self, slot: usize, rows: &[u32], drawn: &[u16]) {
        let codec = &self.targets[slot].codec;
        let most = codec.tokens() as u16 - 1;
        let pairs = || rows.iter().map(|&row| row as usize).zip(drawn.iter().map(|&token| token.min(most)));
        let tokens = &mut self.tokens[slot];
        pairs().for_each(|(row, token)| tokens[row] = token);
        let classes = &mut self.classes[slot];
        pairs().for_each(|(row, token)| classes[row] = codec.class(token));
        let details = &mut self.classes[self.targets.len() + slot];
        if !details.is_empty() {
            pairs().for_each(|(row, token)| details[row] = codec.detail(token));
        }
    }

    /// Draws rows of a stage again whose token rules do not admit, from what their histograms have of those that they do.
    fn admit(
        &mut self,
        slot: usize,
        rows: &[u32],
        siblings: &[Vec<u8>],
        weights: Option<&[f64]>,
        attempt: u32,
    ) {
        let target = &self.targets[slot];
        let Some(admissible) = &target.admissible else { return };
        let again = |(index, &row): (usize, &u32)| {
            let old = self.tokens[slot][row as usize];
            let open = admissible.open(row, &self.tokens);
            if admissible.admits(open, old) {
                return None;
            }
            let chosen = self.choose(slot, row, index, siblings);
            let mut stream = target.key.at(u64::from(row), attempt);
            let drawn =
                target.dice.one_of(chosen, &|token| admissible.admits(open, token), weights, &mut stream);
            Some((row, drawn.or_else(|| admissible.nearest(open, old, &target.codec))?))
        };
        let again: Vec<(u32, u16)> = if rows.len() >= MANY {
            rows.par_iter().enumerate().with_min_len(PORTION).filter_map(again).collect()
        } else {
            rows.iter().enumerate().filter_map(again).collect()
        };
        again.into_iter().for_each(|(row, token)| self.set(slot, row, token));
    }

    /// Whether rules admit a token, as the row is now.
    pub(super) fn admits(&self, slot: usize, row: u32, token: u16) -> bool {
        let admissible = self.targets[slot].admissible.as_ref();
        admissible.is_none_or(|admissible| admissible.admits(admissible.open(row, &self.tokens), token))
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

    pub(super) fn set(&mut self, slot: usize, row: u32, token: u16) {
        let codec = &self.targets[slot].codec;
        let token = token.min(codec.tokens() as u16 - 1);
        self.tokens[slot][row as usize] = token;
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
        if let Some(before) = before {
            self.lead_again(slot, siblings, before);
            let all: Vec<u32> = (0..self.tokens[slot].len() as u32).collect();
            self.admit(slot, &all, siblings, None, ADMITTED_AGAIN);
        }
        if let Some(ranking) = &target.ranking {
            let mut dealt = self.tokens[slot].clone();
            ranking.deal(&self.tokens, &mut dealt, target.key);
            (0u32..).zip(dealt).for_each(|(row, token)| self.set(slot, row, token));
        } else if let Some(margin) = target.margin.as_ref().filter(|margin| !margin.is_loose()) {
            let mut stream = target.key.at(0, ALONE - 1);
            let groups = groups.filter(|_| target.dice.looks_at_siblings(target.conditional, target.field));
            let is_order = self.order == Some(slot);
            let most = match groups {
                _ if margin.is_exact() || (is_order && self.gap_of(slot).is_none()) => 0.0,
                Some(_) => TOLERATED_OF_SIBLINGS,
                None => TOLERATED,
            };
            let is_left = groups.is_some() && most > 0.0;
            let is_left = is_left && margin.is_near(&self.tokens[slot], &target.codec, LEFT_ALONE);
            let rounds = if is_left { &[][..] } else { &ROUNDS };
            for (turn, &(least, together)) in (0u32..).zip(rounds) {
                if margin.is_met(&self.tokens[slot]) {
                    break;
                }
                if least == 0.0 && margin.is_near(&self.tokens[slot], &target.codec, most) {
                    break;
                }
                let groups = groups.filter(|_| together);
                self.move_surplus(slot, siblings, groups, (AGAIN - 1 - turn, least), &mut stream);
            }
            if !margin.is_near(&self.tokens[slot], &target.codec, most) {
                self.enforce(slot, margin, &mut stream);
            }
        }
        self.repeat(slot);
        if let Some(decided) = &self.targets[slot].decided {
            let leaders = decided.leaders(&self.tokens, &self.tokens[slot]);
            for (row, &leader) in (0u32..).zip(&leaders) {
                self.set(slot, row, self.tokens[slot][leader as usize]);
            }
        }
        self.settle_apart(slot, siblings);
        self.settle_headcounts(slot, siblings);
        self.put_in_order(slot);
        if self.gap_of(slot).is_some() {
            self.tell_gaps(slot, &(0..self.tokens[slot].len() as u32).collect::<Vec<_>>());
        }
        for (changed, (old, new)) in self.changed.iter_mut().zip(old.iter().flatten().zip(&self.tokens[slot]))
        {
            *changed |= old != new;
        }
    }

    /// Gives rows the token of the sibling before where they repeat it. Margins hold by class all the same.
    fn repeat(&mut self, slot: usize) {
        let target = &self.targets[slot];
        let (Some(echo), Some(groups)) = (&target.echo, self.groups) else { return };
        for pair in groups.iter().flat_map(|group| group.windows(2)) {
            let [new, old] = [pair[0], pair[1]].map(|row| self.tokens[slot][row as usize]);
            let is_alike = new != NULL_TOKEN && target.codec.class(old) == target.codec.class(new);
            if is_alike && old != new && echo.repeats(pair[1]) && self.admits(slot, pair[1], new) {
                self.set(slot, pair[1], new);
            }
        }
    }

    /// The histogram of every row, as what it looks at is now. `siblings` holds the classes of all rows.
    pub(super) fn histograms(&self, slot: usize, siblings: &[Vec<u8>]) -> Vec<u32> {
        let rows: Vec<u32> = (0..self.tokens[slot].len() as u32).collect();
        self.sight(slot, siblings).histograms(&rows, Number::Row)
    }

    /// Draws rows again that their own earlier columns lead elsewhere now.
    fn lead_again(&mut self, slot: usize, siblings: &[Vec<u8>], before: &Before) {
        let mut again = self.led_elsewhere(slot, siblings, before);
        if self.gap_of(slot).is_some() {
            again.retain(|&row| self.token_before(slot, row).is_none());
        }
        let chosen = self.sight(slot, siblings).histograms(&again, Number::Row);
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
        let first: Vec<u32> = surplus.iter().map(|run| row(run.0)).collect();
        let chosen = self.sight(slot, siblings).histograms(&first, Number::Row);
        let mut lacking = margin.lacking(&self.tokens[slot]);
        let shares = margin.shares(&target.codec);
        let weights = margin.wanted().is_some().then(|| target.dice.rake(&chosen, &lacking, target.most()));
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
        let rows: Vec<u32> =
            (0u32..).zip(&self.changed).filter(|(_, changed)| **changed).map(|(row, _)| row).collect();
        let now = self.sight(slot, siblings);
        let old = Sight { own: classes, tokens, ..now };
        let (new, old) = (now.histograms(&rows, Number::Row), old.histograms(&rows, Number::Row));
        rows.into_iter()
            .zip(new.iter().zip(&old))
            .filter(|(_, (new, old))| new != old)
            .map(|(row, _)| row)
            .collect()
    }
}
