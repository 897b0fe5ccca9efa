//! Tokens to positions: as many rows have each token as its distribution says.

use crate::generate::table::{Drawn, NONE};
use crate::model::{Codec, NULL_TOKEN};
use crate::rng::{Key, Stream};

/// How many rows a column has of each token.
pub(super) struct Margin {
    /// By token, NULL first.
    rows: Vec<u64>,
    /// (token, first position beyond it), in order of positions; a column whose positions are in no order of tokens has one
    /// stretch for all values.
    stretches: Vec<(u16, u64)>,
    /// Whether tokens are told apart, or only NULLs from values.
    by_token: bool,
}

impl Margin {
    /// What the sampler of a column gives to `rows` rows.
    pub(super) fn new(drawn: &Drawn, codec: &Codec, rows: u64) -> Self {
        let nulls = rows - drawn.count.min(rows);
        let known = drawn
            .sampler
            .tokens()
            .filter(|stretches| stretches.iter().all(|&(token, _)| usize::from(token) < codec.tokens()))
            .filter(|stretches| stretches.last().map_or(0, |last| last.1) == drawn.count);
        let by_token = known.is_some();
        let stretches = known.unwrap_or_else(|| vec![(1, drawn.count)]);
        let mut by = vec![0; codec.tokens().max(2)];
        by[usize::from(NULL_TOKEN)] = nulls;
        let mut start = 0;
        for &(token, end) in &stretches {
            by[usize::from(token)] += end - start;
            start = end;
        }
        Self { rows: by, stretches, by_token }
    }

    /// Which rows count as the same.
    fn kind(&self, token: u16) -> usize {
        usize::from(if self.by_token { token } else { token.min(1) })
    }

    /// Rows wanted by token, where tokens are told apart.
    pub(super) fn wanted(&self) -> Option<&[u64]> {
        self.by_token.then_some(&self.rows)
    }

    /// Rows by token, as they are.
    fn count(&self, tokens: &[u16]) -> Vec<u64> {
        let mut counts = vec![0; self.rows.len()];
        tokens.iter().for_each(|&token| counts[self.kind(token)] += 1);
        counts
    }

    /// Rows, evenly among all but some (`without`, ascending), that have a token of which there are too many.
    pub(super) fn surplus(&self, tokens: &[u16], without: &[u32], stream: &mut Stream) -> Vec<u32> {
        let mut counts = self.count(tokens);
        without.iter().for_each(|&row| counts[self.kind(tokens[row as usize])] -= 1);
        let over: Vec<u64> =
            counts.iter().zip(&self.rows).map(|(have, want)| have.saturating_sub(*want)).collect();
        if over.iter().all(|&over| over == 0) {
            return Vec::new();
        }
        let mut gathered: Vec<u64> = counts.iter().map(|&count| stream.below(count)).collect();
        let mut surplus = Vec::new();
        let mut without = without.iter().peekable();
        for (row, &token) in tokens.iter().enumerate() {
            let kind = self.kind(token);
            if without.next_if(|&&other| other as usize == row).is_none() && over[kind] > 0 {
                gathered[kind] += over[kind];
                if gathered[kind] >= counts[kind] {
                    gathered[kind] -= counts[kind];
                    surplus.push(row as u32);
                }
            }
        }
        surplus
    }

    /// How many more rows of each token are wanted, when some rows do not count.
    pub(super) fn lacking(&self, tokens: &[u16], without: &[u32]) -> Vec<u64> {
        let mut counts = self.count(tokens);
        without.iter().for_each(|&row| counts[self.kind(tokens[row as usize])] -= 1);
        self.rows.iter().zip(counts).map(|(want, have)| want.saturating_sub(have)).collect()
    }

    /// Gives rows that have a token of which there are too many one of which there are too few: in order of tokens, so that ordered
    /// values move as little as possible. Returns these rows.
    pub(super) fn enforce(&self, tokens: &mut [u16], stream: &mut Stream) -> Vec<u32> {
        let mut rows = self.surplus(tokens, &[], stream);
        let lacking = self.lacking(tokens, &rows);
        let vacant: Vec<u16> = (0u16..)
            .zip(&lacking)
            .flat_map(|(token, &count)| std::iter::repeat_n(token, count as usize))
            .collect();
        let missing_nulls = lacking[usize::from(NULL_TOKEN)] as usize;
        // NULLs have no place in the order: rows that are NULL or are to be NULL are spread over it.
        let mut places: Vec<(u16, u32)> = rows
            .iter()
            .map(|&row| match tokens[row as usize] {
                NULL_TOKEN if missing_nulls < vacant.len() => (*stream.pick(&vacant[missing_nulls..]), row),
                token => (token, row),
            })
            .collect();
        places.sort_unstable();
        let (mut gathered, mut values) = (places.len() / 2, vacant[missing_nulls..].iter());
        for &(_, row) in &places {
            gathered += missing_nulls;
            if gathered >= places.len() {
                gathered -= places.len();
                tokens[row as usize] = NULL_TOKEN;
            } else if let Some(&token) = values.next() {
                // Values that are not told apart keep the token that was drawn.
                let old = &mut tokens[row as usize];
                *old = if self.by_token || *old == NULL_TOKEN { token } else { *old };
            }
        }
        rows.sort_unstable();
        rows
    }

    /// A position for every row, [`NONE`] for NULL: any of those of its token. The tokens have to fit the margin.
    pub(super) fn positions(&self, tokens: &[u16], key: Key) -> Vec<u32> {
        // Rows are laid out as positions are: NULLs first, then stretch by stretch.
        let nulls = self.rows[usize::from(NULL_TOKEN)] as usize;
        let mut begin = vec![0; self.rows.len()];
        let mut start = nulls;
        for &(token, end) in &self.stretches {
            begin[usize::from(token)] = start;
            start = nulls + end as usize;
        }
        let mut rows = vec![0u32; tokens.len()];
        let mut filled = begin.clone();
        for (row, &token) in tokens.iter().enumerate() {
            let place = &mut filled[self.kind(token)];
            rows[*place] = row as u32;
            *place += 1;
        }
        let mut positions = vec![NONE; tokens.len()];
        for &(token, _) in &self.stretches {
            let (from, to) = (begin[usize::from(token)], filled[usize::from(token)]);
            key.at(u64::from(token), 0).shuffle(&mut rows[from..to]);
            for (at, &row) in rows[from..to].iter().enumerate() {
                positions[row as usize] = (from + at - nulls) as u32;
            }
        }
        positions
    }

    /// The token of every position.
    pub(super) fn tokens(&self, positions: impl Iterator<Item = Option<u64>>) -> Vec<u16> {
        let token = |position: u64| {
            let at = self.stretches.partition_point(|stretch| stretch.1 <= position);
            self.stretches.get(at).or(self.stretches.last()).map_or(1, |stretch| stretch.0)
        };
        positions.map(|position| position.map_or(NULL_TOKEN, token)).collect()
    }
}
