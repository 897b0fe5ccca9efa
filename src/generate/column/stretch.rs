//! Positions by what they give values of.

use crate::model::Segment;
use crate::rng::Key;

/// A position's place in the distribution: `(position + jitter) / count`.
#[inline]
pub(super) fn rank(key: Key, position: u64, count: u64) -> f64 {
    (position as f64 + key.at(position, 0).unit()) / count as f64
}

/// Cumulative rows of segments, and the place of a rank in them.
pub(super) struct Cumulative {
    sums: Vec<u64>,
    /// For equal steps of the rank: a segment near the one where the step begins, so that no search is needed.
    guide: Vec<u32>,
}

impl Cumulative {
    pub(super) fn new<T: Copy>(segments: &[Segment<T>]) -> Self {
        let mut sum = 0;
        let sums: Vec<u64> = segments
            .iter()
            .map(|segment| {
                sum += segment.rows;
                sum
            })
            .collect();
        let steps = 2 * sums.len();
        let begins = |step: usize| step as f64 / steps as f64 * sum as f64;
        let near = |step| sums.partition_point(|&sum| sum as f64 <= begins(step)) as u32;
        let guide = (0..steps).map(near).collect();
        Self { sums, guide }
    }

    /// The segment of each of `count` positions.
    pub(super) fn stretches(&self, key: Key, count: u64) -> Stretches {
        Stretches::new(self.sums.len(), count, |position| self.locate(rank(key, position, count)))
    }

    /// The segment of a rank in `[0, 1)`.
    fn locate(&self, rank: f64) -> usize {
        let total = *self.sums.last().unwrap_or(&0);
        let at = rank * total as f64;
        let step = ((rank * self.guide.len() as f64) as usize).min(self.guide.len() - 1);
        let mut index = self.guide[step] as usize;
        while index > 0 && self.sums[index - 1] as f64 > at {
            index -= 1;
        }
        while index + 1 < self.sums.len() && self.sums[index] as f64 <= at {
            index += 1;
        }
        index.min(self.sums.len() - 1)
    }

    /// How far a rank is into its segment.
    #[inline]
    pub(super) fn inside(&self, index: usize, rank: f64) -> f64 {
        let at = rank * *self.sums.last().unwrap_or(&0) as f64;
        let before = if index == 0 { 0 } else { self.sums[index - 1] };
        let rows = self.sums[index] - before;
        if rows == 0 { 0.0 } else { (at - before as f64) / rows as f64 }
    }
}

/// Stretches of positions `0..count`, each of which gives values of one kind: of one segment, or of one category.
pub(super) struct Stretches {
    /// By kind: the first position beyond it.
    ends: Vec<u64>,
    /// For equal steps of positions: the kind of the first, so that hardly any search is needed.
    guide: Vec<u32>,
    /// The step, as a power of two.
    shift: u32,
}

impl Stretches {
    /// The stretches that `kind` maps to the same of some kinds, given that it never falls.
    pub(super) fn new(kinds: usize, count: u64, kind: impl Fn(u64) -> usize) -> Self {
        let mut ends = Vec::with_capacity(kinds);
        let mut start = 0;
        for index in 0..kinds {
            let (mut low, mut high) = (start, count);
            while low < high {
                let middle = low + (high - low) / 2;
                if kind(middle) <= index { low = middle + 1 } else { high = middle }
            }
            ends.push(low);
            start = low;
        }
        let steps = 4 * kinds as u64 + 1;
        let shift = (0..64).find(|shift| count >> shift <= steps).unwrap_or(63);
        let begins = (0..=count >> shift).map(|step| step << shift);
        let guide = begins.map(|first| ends.partition_point(|&end| end <= first) as u32).collect();
        Self { ends, guide, shift }
    }

    /// The kind of a position; that of the last one for all beyond.
    #[inline]
    pub(super) fn kind(&self, position: u64) -> usize {
        let last = self.ends.len().saturating_sub(1);
        let mut at = self.guide.get((position >> self.shift) as usize).map_or(last, |&kind| kind as usize);
        while at < last && self.ends[at] <= position {
            at += 1;
        }
        at.min(last)
    }

    /// (token, first position beyond it) of every kind that has positions, in order, given the tokens of the kinds.
    pub(super) fn by_token(&self, tokens: &[u16]) -> Vec<(u16, u64)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let all = tokens.iter().zip(&self.ends).zip(starts);
        all.filter(|&((_, &end), start)| end > start).map(|((&token, &end), _)| (token, end)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_find_their_kind() {
        for (count, kinds) in [(1, 1), (10, 3), (1_000, 7), (4_096, 500), (100_000, 60)] {
            // Every third kind has no positions.
            let kind = |position: u64| {
                let kind = (position * position / count * kinds as u64 / count) as usize;
                if kind % 3 == 1 { kind - 1 } else { kind }
            };
            let stretches = Stretches::new(kinds, count, kind);
            assert!((0..count).all(|position| stretches.kind(position) == kind(position)));
            assert_eq!(stretches.kind(count + 5), kinds - 1);
            let tokens: Vec<u16> = (1..).take(kinds).collect();
            let found = stretches.by_token(&tokens);
            assert!(found.iter().all(|&(token, end)| kind(end - 1) + 1 == usize::from(token)), "{found:?}");
            assert_eq!(found.last().map(|last| last.1), Some(count));
        }
    }
}
