//! Tokens to positions: as many rows have each token as its distribution says.

use crate::generate::table::{Drawn, NONE};
use crate::model::{Codec, MOST_CLASSES, NULL_TOKEN};
use crate::rng::{Key, Stream};

/// The share of rows by which a column of ordered values may lie too low or too high, however many may be out of place.
const SHIFTED: f64 = 0.02;

/// How many rows a column has of each token.
pub(super) struct Margin {
    /// By token, NULL first.
    rows: Vec<u64>,
    /// (token, first position beyond it), in order of positions; a column whose positions are in no order of tokens has one
    /// stretch for all values.
    stretches: Vec<(u16, u64)>,
    /// Whether tokens are told apart, or only NULLs from values.
    by_token: bool,
    /// Whether rows are moved until every token has its rows.
    exact: bool,
    /// Whether rows stay as they are drawn, whatever tokens have of them.
    loose: bool,
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
        Self { rows: by, stretches, by_token, exact: false, loose: false }
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

    /// So many rows of each class, told apart by the tokens that a codec has for it; rows get no positions.
    pub(super) fn of_classes(classes: impl Iterator<Item = u8>, codec: &Codec) -> Self {
        let mut wanted = [0u64; MOST_CLASSES];
        classes.for_each(|class| wanted[usize::from(class)] += 1);
        let mut known = [0u64; MOST_CLASSES];
        // No parent is NULL too, which need not occur among parents.
        let weights = codec.rows.iter().map(|&rows| rows.max(1));
        codec
            .classes
            .iter()
            .zip(weights.clone())
            .for_each(|(&class, rows)| known[usize::from(class)] += rows);
        let mut gathered = [0u64; MOST_CLASSES];
        let share = |(&class, rows): (&u8, u64)| {
            let class = usize::from(class);
            let before = gathered[class];
            gathered[class] += rows;
            let up_to = |rows: u64| {
                (u128::from(wanted[class]) * u128::from(rows) / u128::from(known[class].max(1))) as u64
            };
            up_to(gathered[class]) - up_to(before)
        };
        let rows = codec.classes.iter().zip(weights).map(share).collect();
        Self { rows, stretches: Vec::new(), by_token: true, exact: true, loose: false }
    }

    /// So many rows of each token; rows get no positions.
    pub(super) fn of_tokens(tokens: impl Iterator<Item = u16>, count: usize) -> Self {
        let mut rows = vec![0; count];
        tokens.for_each(|token| rows[usize::from(token)] += 1);
        Self { rows, stretches: Vec::new(), by_token: true, exact: true, loose: false }
    }

    /// Whether every token has to get exactly its rows: where tokens are not told apart, positions are texts of their own.
    pub(super) fn is_exact(&self) -> bool {
        self.exact || !self.by_token
    }

    /// Makes every token get exactly its rows.
    pub(super) fn exactly(self, exact: bool) -> Self {
        Self { exact, ..self }
    }

    /// Lets rows stay as they are drawn, unless every token has to get exactly its rows.
    pub(super) fn loosely(self, loose: bool) -> Self {
        Self { loose: loose && !self.exact, ..self }
    }

    /// Whether rows stay as they are drawn.
    pub(super) fn is_loose(&self) -> bool {
        self.loose
    }

    /// The share of rows that have a token of which there are too many; unless the margin is exact, those that lie close enough together
    /// to be of one class count as the same.
    fn out_of_place(&self, counts: &[u64], codec: &Codec) -> f64 {
        let over: u64 = if self.is_exact() {
            counts.iter().zip(&self.rows).map(|(have, want)| have.saturating_sub(*want)).sum()
        } else {
            let (mut have, mut want) = ([0u64; MOST_CLASSES], [0u64; MOST_CLASSES]);
            for ((&class, &rows), wanted) in codec.classes.iter().zip(counts).zip(&self.rows) {
                have[usize::from(class)] += rows;
                want[usize::from(class)] += wanted;
            }
            have.iter().zip(want).map(|(have, want)| have.saturating_sub(want)).sum()
        };
        over as f64 / counts.iter().sum::<u64>().max(1) as f64
    }

    /// The largest difference of the shares of rows up to a token, as they are and as they are to be: how far a column of ordered values
    /// as a whole lies too low or too high.
    fn shifted(&self, counts: &[u64]) -> f64 {
        let (mut have, mut want, mut most) = (0u64, 0u64, 0u64);
        for (counted, wanted) in counts.iter().zip(&self.rows) {
            have += counted;
            want += wanted;
            most = most.max(have.abs_diff(want));
        }
        most as f64 / have.max(1) as f64
    }

    /// Whether so small a share of rows is out of place that it may stay there, and these do not all lie to one side.
    pub(super) fn is_near(&self, tokens: &[u16], codec: &Codec, most: f64) -> bool {
        let counts = self.count(tokens);
        self.out_of_place(&counts, codec) <= most
            && (self.is_exact() || !codec.ordered || self.shifted(&counts) <= SHIFTED)
    }

    /// Whether there are too many rows of no token.
    pub(super) fn is_met(&self, tokens: &[u16]) -> bool {
        self.count(tokens).iter().zip(&self.rows).all(|(have, want)| have <= want)
    }

    /// The share of rows that are to have each token: that of its class, divided as a codec has seen it.
    pub(super) fn shares(&self, codec: &Codec) -> Vec<f64> {
        let (mut wanted, mut seen) = ([0u64; MOST_CLASSES], [0u64; MOST_CLASSES]);
        for ((&class, &rows), &of_codec) in codec.classes.iter().zip(&self.rows).zip(&codec.rows) {
            wanted[usize::from(class)] += rows;
            seen[usize::from(class)] += of_codec.max(1);
        }
        let all: u64 = self.rows.iter().sum();
        let share = |(&class, &rows): (&u8, &u64)| {
            let class = usize::from(class);
            wanted[class] as f64 / all.max(1) as f64 * rows.max(1) as f64 / seen[class].max(1) as f64
        };
        codec.classes.iter().zip(&codec.rows).map(share).collect()
    }

    /// Runs of rows with one token (first row, length), evenly among all, that have a token of which there are too many; by number.
    pub(super) fn surplus(
        &self,
        tokens: &[u16],
        runs: impl Iterator<Item = (u32, u32)>,
        stream: &mut Stream,
    ) -> Vec<u32> {
        let counts = self.count(tokens);
        let over: Vec<u64> =
            counts.iter().zip(&self.rows).map(|(have, want)| have.saturating_sub(*want)).collect();
        if over.iter().all(|&over| over == 0) {
            return Vec::new();
        }
        let mut gathered: Vec<i64> = counts.iter().map(|&count| stream.below(count.max(1)) as i64).collect();
        let mut surplus = Vec::new();
        for (number, (row, length)) in (0..).zip(runs) {
            let kind = self.kind(tokens[row as usize]);
            if over[kind] == 0 {
                continue;
            }
            let (have, length) = (counts[kind] as i64, i64::from(length));
            gathered[kind] += length * over[kind] as i64;
            // A long run goes as soon as half of it is due: else only short ones would.
            if gathered[kind] >= have * (length + 1) / 2 {
                gathered[kind] -= have * length;
                surplus.push(number);
            }
        }
        surplus
    }

    /// How many more rows of each token are wanted.
    pub(super) fn lacking(&self, tokens: &[u16]) -> Vec<u64> {
        let counts = self.count(tokens);
        self.rows.iter().zip(counts).map(|(want, have)| want.saturating_sub(have)).collect()
    }

    /// Gives rows that have a token of which there are too many one of which there are too few: in order of tokens, so that ordered
    /// values move as little as possible. Returns these rows.
    pub(super) fn enforce(&self, tokens: &mut [u16], stream: &mut Stream) -> Vec<u32> {
        let mut rows = self.surplus(tokens, (0..tokens.len() as u32).map(|row| (row, 1)), stream);
        let lacking = self.lacking(tokens);
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

    /// A position for every row, [`NONE`] for NULL: any of those of its token, evenly. Rows of a token that has more of them than
    /// positions share these; rows of one that has none take those of its neighbour.
    pub(super) fn positions(&self, tokens: &[u16], key: Key) -> Vec<u32> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.stretches.len()];
        let stretch_of = self.stretch_of();
        for (row, &token) in (0u32..).zip(tokens) {
            if token != NULL_TOKEN
                && let Some(rows) = rows.get_mut(stretch_of[self.kind(token)])
            {
                rows.push(row);
            }
        }
        let mut positions = vec![NONE; tokens.len()];
        let mut start = 0;
        for (rows, &(token, end)) in rows.iter_mut().zip(&self.stretches) {
            let mut stream = key.at(u64::from(token), 0);
            stream.shuffle(rows);
            let (count, length) = (rows.len() as u64, end - start);
            let first = if count == length { 0 } else { stream.below(count.max(1)) };
            for (at, &row) in (0u64..).zip(rows.iter()) {
                positions[row as usize] = (start + ((at * length + first) / count).min(length - 1)) as u32;
            }
            start = end;
        }
        positions
    }

    /// The stretch of each kind of row: that of its token, else that of the nearest token below (or above) that has positions.
    fn stretch_of(&self) -> Vec<usize> {
        let (mut of, mut start) = (vec![usize::MAX; self.rows.len()], 0);
        for (number, &(token, end)) in self.stretches.iter().enumerate() {
            if end > start {
                of[usize::from(token)] = number;
            }
            start = end;
        }
        let fill = |last: &mut usize, stretch: &mut usize| {
            *stretch = if *stretch == usize::MAX { *last } else { *stretch };
            *last = *stretch;
        };
        of.iter_mut().fold(usize::MAX, |mut last, stretch| {
            fill(&mut last, stretch);
            last
        });
        of.iter_mut().rev().fold(usize::MAX, |mut last, stretch| {
            fill(&mut last, stretch);
            last
        });
        of
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two values with five positions each, and one without any; no NULLs.
    fn margin() -> Margin {
        Margin {
            rows: vec![0, 5, 0, 5],
            stretches: vec![(1, 5), (2, 5), (3, 10)],
            by_token: true,
            exact: false,
            loose: false,
        }
    }

    #[test]
    fn every_position_is_used_where_rows_fit() {
        let mut positions = margin().positions(&[1, 3, 1, 3, 1, 3, 1, 3, 1, 3], Key::new(1, &["test"]));
        assert!(positions.iter().step_by(2).all(|&position| position < 5));
        positions.sort_unstable();
        assert_eq!(positions, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn rows_share_positions_where_there_are_too_many() {
        let positions = margin().positions(&[1, 1, 1, 1, 1, 1, 1, 2, 3, NULL_TOKEN], Key::new(1, &["test"]));
        let used: std::collections::BTreeSet<u32> = positions[..7].iter().copied().collect();
        assert_eq!(used.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert!(positions[7] < 5, "a token without positions takes those of the one below");
        assert!((5..10).contains(&positions[8]));
        assert_eq!(positions[9], NONE);
    }

    #[test]
    fn surplus_comes_in_runs() {
        let mut stream = Key::new(1, &["test"]).at(0, 0);
        let tokens = [1, 1, 1, 1, 1, 1, 1, 1, 3, 3];
        let runs = [(0, 2), (2, 2), (4, 2), (6, 2), (8, 2)];
        let surplus = margin().surplus(&tokens, runs.into_iter(), &mut stream);
        assert!((1..=2).contains(&surplus.len()) && surplus.iter().all(|&run| run < 4), "{surplus:?}");
    }
}
