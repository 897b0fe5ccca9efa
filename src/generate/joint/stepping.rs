//! Columns that go on from the row before: a move is drawn that leads from there to a token, or whether the row repeats it.

use super::dice::Dice;
use crate::model::{Codec, Conditional, NULL_TOKEN, Step};
use crate::rng::{Key, Stream};

/// The attempt at a row's own address, and how often a move is drawn that leads out of the column's range, or another token that is none.
const ALONE: u32 = u32::MAX - 4;
const TRIES: usize = 8;
/// Turns of a column's key for steps and for other tokens: no stage has these.
const STEPS: u32 = 1 << 30;
const OTHERS: u32 = 1 << 29;

/// Steps made ready for drawing.
pub(super) struct Stepping<'a> {
    /// What is drawn from which dice: the step, and where rows repeat nothing, the token.
    pub(super) parts: Vec<(&'a Conditional, Dice<'a>)>,
    moves: Option<&'a [(i32, i32)]>,
}

/// A row with the tokens of the row before it and of the one before that.
pub(super) struct Follower {
    pub(super) row: u32,
    pub(super) before: [u16; 2],
}

impl<'a> Stepping<'a> {
    /// `None` where no rows come before others, or there is nothing to draw from. `codec` is that of the column.
    pub(super) fn new(step: &'a Step, codec: &Codec, has_siblings: bool) -> Option<Self> {
        let (from, other, moves) = match step {
            Step::Moves { moves, from } => (from, None, Some(moves.as_slice())),
            Step::Repeats { from, other } => (from, Some(other), None),
        };
        let steps = moves.map_or(3, |moves| moves.len() + 1);
        let mut parts = vec![(from, Dice::new(from, &of_steps(from, steps, moves.is_some()), |_| None)?)];
        if let Some(other) = other {
            parts.push((other, Dice::new(other, codec, |_| None)?));
        }
        has_siblings.then_some(Self { parts, moves })
    }

    /// Whether rows repeat each other, so that those that do may move together.
    pub(super) fn repeats(&self) -> bool {
        self.moves.is_none()
    }

    /// The token of each row. `chosen` are the histograms of each part; `tokens` is how many there are.
    pub(super) fn draw(
        &self,
        rows: &[Follower],
        chosen: &[Vec<u32>],
        tokens: usize,
        key: Key,
        stage: u32,
    ) -> Vec<u16> {
        let steps = self.parts[0].1.draw(&chosen[0], None, key, stage ^ STEPS);
        let others = match self.parts.get(1) {
            Some((_, dice)) => dice.draw(&chosen[1], None, key, stage ^ OTHERS),
            None => Vec::new(),
        };
        let lead = |(at, follower): (usize, &Follower)| {
            let mut stream = key.at(u64::from(follower.row), ALONE);
            match (self.moves, steps[at]) {
                (Some(moves), step) => {
                    self.moved(moves, follower.before[0], (step, chosen[0][at]), tokens, &mut stream)
                }
                (None, 1) => follower.before[0],
                (None, 2) => follower.before[1],
                (None, _) => self.other(follower, (others[at], chosen[1][at]), &mut stream),
            }
        };
        rows.iter().enumerate().map(lead).collect()
    }

    /// Where moves lead to, drawn again while that is beyond the first or last token.
    fn moved(
        &self,
        moves: &[(i32, i32)],
        before: u16,
        (mut step, histogram): (u16, u32),
        tokens: usize,
        stream: &mut Stream,
    ) -> u16 {
        for _ in 0..TRIES {
            if step == NULL_TOKEN {
                return NULL_TOKEN;
            }
            let (low, high) = moves.get(usize::from(step) - 1).copied().unwrap_or((0, 0));
            let from = i32::from(before);
            let (low, high) = (low.max(1 - from), high.min(tokens as i32 - 1 - from));
            if low <= high {
                return (from + low + stream.below((high - low + 1) as u64) as i32) as u16;
            }
            step = self.parts[0].1.one(histogram, stream);
        }
        before
    }

    /// A token that is neither of those before, as far as there is one.
    fn other(&self, follower: &Follower, (mut token, histogram): (u16, u32), stream: &mut Stream) -> u16 {
        for _ in 0..TRIES {
            if !follower.before.contains(&token) {
                break;
            }
            token = self.parts[1].1.one(histogram, stream);
        }
        token
    }
}

/// The codec of steps, with the rows that the root has.
fn of_steps(from: &Conditional, steps: usize, ordered: bool) -> Codec {
    let mut rows = vec![0; steps];
    let root = from.tree.histograms.last().map_or(&[][..], |root| &root.rows);
    for &(token, count) in root {
        if let Some(rows) = rows.get_mut(usize::from(token)) {
            *rows = u64::from(count);
        }
    }
    Codec::of_classes(ordered, rows)
}
