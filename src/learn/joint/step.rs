//! Columns that go on from the row before: a player's seasons, a meter's readings, the team that stays the same.
//!
//! Sixty-four classes of a year of birth say nothing of next year, and a tree needs a split for each team to say that it stays. So
//! what is learned is by how many tokens a row moves on from its sibling before it, or whether it repeats that one's token,
//! wherever that tells more of rows that were held out than the column's own tree does of the same rows.

mod moves;

use super::grow::{self, Grown, Rows, Sight, Target};
use super::spine::Spine;
use crate::model::{Codec, Conditional, Feature, Field, NULL_TOKEN, Step};

/// Tokens from which on a column is worth to be told by moves.
const FEWEST_TOKENS: usize = 8;
/// One move of so many may go the other way: what goes up and down at will is better told by levels, which do not drift.
const FEW_BACK: usize = 200;
/// One row of so many has to repeat the row before, and one to differ from it.
const REPEATS: usize = 5;
const DIFFERS: usize = 50;
/// Nats per row that steps have to tell more.
const LEAST_GAIN: f64 = 0.01;

/// The column, and what its tree may look at.
pub(super) struct Stepping<'a> {
    pub(super) field: Field,
    pub(super) target: Target<'a>,
    pub(super) features: &'a [Feature],
    /// By feature, of all rows.
    pub(super) sights: &'a [Sight<'a>],
}

/// Rows that have one before them.
struct Followers {
    rows: Vec<u32>,
    /// The row before each, and the one before that.
    before: Vec<[u32; 2]>,
    subjects: Vec<u32>,
    held_out: Vec<bool>,
}

impl Followers {
    fn new(spine: &Spine, all: &Rows<'_>, is_wanted: impl Fn(u32) -> bool) -> Self {
        let mut found =
            Self { rows: Vec::new(), before: Vec::new(), subjects: Vec::new(), held_out: Vec::new() };
        for ends in spine.rows.starts.windows(2) {
            let group = &spine.rows.sorted[ends[0] as usize..ends[1] as usize];
            for at in (1usize..group.len()).filter(|&at| is_wanted(group[at - 1])) {
                found.rows.push(group[at]);
                found.before.push([group[at - 1], group[at.saturating_sub(2)]]);
                found.subjects.push(all.subjects[group[at] as usize]);
                found.held_out.push(all.held_out[group[at] as usize]);
            }
        }
        found
    }

    /// Those of them for which something holds, by number.
    fn part(&self, holds: impl Fn(usize) -> bool) -> Self {
        let numbers: Vec<usize> = (0..self.rows.len()).filter(|&at| holds(at)).collect();
        Self {
            rows: numbers.iter().map(|&at| self.rows[at]).collect(),
            before: numbers.iter().map(|&at| self.before[at]).collect(),
            subjects: numbers.iter().map(|&at| self.subjects[at]).collect(),
            held_out: numbers.iter().map(|&at| self.held_out[at]).collect(),
        }
    }

    /// Grows a tree on them.
    fn grow(&self, stepping: &Stepping<'_>, tokens: &[u16], codec: &Codec, all: &Rows<'_>) -> Grown {
        let gather = |sight: &Sight<'_>| self.rows.iter().map(|&row| sight.codes[row as usize]).collect();
        let codes: Vec<Vec<u8>> = stepping.sights.iter().map(gather).collect();
        let sights: Vec<Sight<'_>> = stepping
            .sights
            .iter()
            .zip(&codes)
            .map(|(sight, codes)| Sight { codes, ordered: sight.ordered, of: sight.of, weight: sight.weight })
            .collect();
        let rows = Rows::new(&self.subjects, &self.held_out, all.privacy);
        grow::grow(&Target { tokens, codec }, &sights, &rows)
    }

    /// The mean over those that are held out; over all where none is.
    fn mean_held_out(&self, value: impl Fn(usize) -> f64) -> f64 {
        let any = self.held_out.iter().any(|&held_out| held_out);
        let judges: Vec<usize> = (0..self.rows.len()).filter(|&at| !any || self.held_out[at]).collect();
        judges.iter().map(|&at| value(at)).sum::<f64>() / judges.len().max(1) as f64
    }
}

/// How a column goes on from the row before, if that tells more than its tree does.
pub(super) fn fit(stepping: &Stepping<'_>, spine: &Spine, all: &Rows<'_>) -> Option<Step> {
    by_moves(stepping, spine, all).or_else(|| by_repeats(stepping, spine, all))
}

/// A tree as part of a step.
fn conditional(stepping: &Stepping<'_>, grown: Grown) -> Conditional {
    Conditional {
        features: grown.used.iter().map(|&used| stepping.features[used].clone()).collect(),
        ..Conditional::of(stepping.field, grown.tree)
    }
}

fn by_moves(stepping: &Stepping<'_>, spine: &Spine, all: &Rows<'_>) -> Option<Step> {
    let Target { tokens, codec } = stepping.target;
    if !codec.ordered || codec.tokens() < FEWEST_TOKENS {
        return None;
    }
    let followers = Followers::new(spine, all, |before| tokens[before as usize] != NULL_TOKEN);
    if followers.rows.len() < 4 * all.privacy.leaf_rows() {
        return None;
    }
    let by = |(&row, before): (&u32, &[u32; 2])| {
        let token = tokens[row as usize];
        (token != NULL_TOKEN).then(|| i32::from(token) - i32::from(tokens[before[0] as usize]))
    };
    let made: Vec<Option<i32>> = followers.rows.iter().zip(&followers.before).map(by).collect();
    let back = |sign: i32| made.iter().flatten().filter(|&&step| step * sign < 0).count();
    if back(1).min(back(-1)) * FEW_BACK > made.len() {
        return None;
    }
    let moves = moves::told_apart(&made, &followers.subjects, all.privacy);
    let levels: Vec<u16> = followers.rows.iter().map(|&row| tokens[row as usize]).collect();
    let steps: Vec<u16> = made.iter().map(|&step| moves::token(&moves, step)).collect();
    let width = |at: usize| match steps[at] {
        NULL_TOKEN => 0.0,
        step => {
            let (low, high) = moves[usize::from(step) - 1];
            libm::log(f64::from(high - low + 1))
        }
    };
    let by_level = followers.grow(stepping, &levels, codec, all);
    let by_move = followers.grow(stepping, &steps, &of_tokens(true, &steps, moves.len() + 1), all);
    let gain = by_move.held_out - followers.mean_held_out(width) - by_level.held_out;
    tracing::debug!(field = ?stepping.field, gain, "tried moves");
    (gain > LEAST_GAIN).then(|| Step::Moves { moves, from: conditional(stepping, by_move) })
}

fn by_repeats(stepping: &Stepping<'_>, spine: &Spine, all: &Rows<'_>) -> Option<Step> {
    let Target { tokens, codec } = stepping.target;
    let followers = Followers::new(spine, all, |_| true);
    let rows = followers.rows.len();
    if codec.tokens() < 4 || rows < 4 * all.privacy.leaf_rows() {
        return None;
    }
    let of = |row: u32| tokens[row as usize];
    let repeats: Vec<u16> = followers
        .rows
        .iter()
        .zip(&followers.before)
        .map(|(&row, &[last, other])| match of(row) {
            token if token == of(last) => 1,
            token if token == of(other) => 2,
            _ => 0,
        })
        .collect();
    let count = |step: u16| repeats.iter().filter(|&&other| other == step).count();
    if count(1) * REPEATS < rows || count(0) * DIFFERS < rows || count(0) < 2 * all.privacy.leaf_rows() {
        return None;
    }
    let levels: Vec<u16> = followers.rows.iter().map(|&row| of(row)).collect();
    let others = followers.part(|at| repeats[at] == 0);
    let other_levels: Vec<u16> = others.rows.iter().map(|&row| of(row)).collect();
    let by_level = followers.grow(stepping, &levels, codec, all);
    let by_repeat = followers.grow(stepping, &repeats, &of_tokens(false, &repeats, 3), all);
    let by_other = others.grow(stepping, &other_levels, codec, all);
    let share = followers.mean_held_out(|at| if repeats[at] == 0 { 1.0 } else { 0.0 });
    let gain = by_repeat.held_out + share * by_other.held_out - by_level.held_out;
    tracing::debug!(field = ?stepping.field, gain, "tried repeats");
    (gain > LEAST_GAIN).then(|| Step::Repeats {
        from: conditional(stepping, by_repeat),
        other: conditional(stepping, by_other),
    })
}

/// A codec of tokens that are classes, with the rows that they have.
fn of_tokens(ordered: bool, tokens: &[u16], count: usize) -> Codec {
    let mut rows = vec![0u64; count];
    tokens.iter().for_each(|&token| rows[usize::from(token)] += 1);
    Codec::of_classes(ordered, rows)
}
