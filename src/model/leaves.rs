//! What the leaves of a tree mean: the chances of tokens, and how one is drawn.
//!
//! A leaf of few rows knows its mix of groups badly and its tokens worse, so both lean on the histogram it falls back to, as a
//! Pólya urn does on its first balls (interpolation with a Dirichlet prior; MacKay and Peto: "A hierarchical Dirichlet language
//! model", Natural Language Engineering 1, 1995). With `n` rows in a histogram, `C` of the group, `c` of the token:
//!
//! ```text
//! p(token)         = (C · q(token | group) + tau · p_fallback(token)) / (n + tau)
//! q(token | group) = (c + detail · q_fallback(token | group)) / (C + detail)
//! ```
//!
//! and `c / n`, `c / C` where there is no fallback. The mix of groups (of [classes](super::Codec::groups)) is the leaf's own, what is inside a group is shared.

use super::{Codec, Tree};

/// What one histogram knows of a token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Rows in all.
    pub rows: f64,
    /// Rows of the token's group.
    pub of_group: f64,
    /// Rows of the token; not looked at where histograms hold groups, but for the last.
    pub of_token: f64,
}

impl Level {
    /// The chance of a token, from what the histograms know of it: that of all rows first, the leaf's last.
    pub fn chance(levels: impl IntoIterator<Item = Self>, tau: f64, detail: Option<f64>) -> f64 {
        let mut levels = levels.into_iter();
        let Some(first) = levels.next().filter(|level| level.of_token > 0.0) else { return 0.0 };
        let mut of_group = first.of_token / first.of_group;
        let mut chance = first.of_token / first.rows;
        for level in levels {
            if let Some(detail) = detail {
                of_group = (level.of_token + detail * of_group) / (level.of_group + detail);
            }
            chance = (level.of_group * of_group + tau * chance) / (level.rows + tau);
        }
        chance
    }
}

/// The leaves of a tree, ready to be drawn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaves {
    /// By histogram: where its entries begin; one more at the end.
    starts: Vec<u32>,
    /// By histogram: the one to fall back to, [`NONE`] for the last.
    fallbacks: Vec<u32>,
    /// By entry, ordered by group and token inside a histogram.
    tokens: Vec<u16>,
    /// By entry: the token's group.
    groups: Vec<u8>,
    /// By entry: rows of the histogram up to and with it.
    sums: Vec<u32>,
    /// Groups that have one token, one bit each.
    single: u64,
    /// By token of the codec: its group.
    group_of: Vec<u8>,
    tau: f64,
    detail: Option<f64>,
}

const NONE: u32 = u32::MAX;

impl Leaves {
    /// The leaves of a tree over the tokens of a codec.
    pub fn new(tree: &Tree, codec: &Codec) -> Self {
        let group_of = codec.groups(tree.groups);
        let mut leaves = Self {
            starts: vec![0],
            fallbacks: Vec::new(),
            tokens: Vec::new(),
            groups: Vec::new(),
            sums: Vec::new(),
            single: single_groups(&group_of),
            group_of,
            tau: tree.tau,
            detail: tree.detail,
        };
        let mut entries = Vec::new();
        for histogram in &tree.histograms {
            let holds_tokens = tree.detail.is_some() || histogram.fallback.is_none();
            entries.clear();
            entries.extend(histogram.rows.iter().map(|&(token, rows)| {
                let group = if holds_tokens { leaves.group_of[usize::from(token)] } else { token as u8 };
                (group, token, rows)
            }));
            entries.sort_unstable();
            let mut sum = 0;
            for &(group, token, rows) in &entries {
                sum += rows;
                leaves.tokens.push(token);
                leaves.groups.push(group);
                leaves.sums.push(sum);
            }
            leaves.starts.push(leaves.tokens.len() as u32);
            leaves.fallbacks.push(histogram.fallback.unwrap_or(NONE));
        }
        leaves
    }

    /// How many histograms there are, those of inner nodes included.
    pub fn len(&self) -> usize {
        self.fallbacks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fallbacks.is_empty()
    }

    /// The chance of a token in a leaf.
    pub fn probability(&self, leaf: usize, token: u16) -> f64 {
        let mut levels = Vec::new();
        let mut at = leaf as u32;
        while at != NONE {
            levels.push(self.level(at as usize, self.group_of[usize::from(token)], token));
            at = self.fallbacks[at as usize];
        }
        Level::chance(levels.into_iter().rev(), self.tau, self.detail)
    }

    /// A token of a leaf; `unit` gives numbers in `[0, 1)`, usually one is asked for, sometimes a few.
    pub fn draw(&self, leaf: usize, unit: &mut impl FnMut() -> f64) -> u16 {
        let mut at = leaf;
        let mut entry = loop {
            let range = self.range(at);
            let rows = f64::from(self.sum_before(range.end, range.start));
            if self.fallbacks[at] == NONE {
                break self.entry(range, unit() * rows);
            }
            let point = unit() * (rows + self.tau);
            if point < rows {
                break self.entry(range, point);
            }
            at = self.fallbacks[at] as usize;
        };
        let group = self.groups[entry];
        if self.single >> group & 1 == 1 && self.detail.is_some() {
            return self.tokens[entry];
        }
        while self.fallbacks[at] != NONE {
            if let Some(detail) = self.detail {
                let rows = self.group_rows(at, &self.group_range(at, group));
                if unit() * (rows + detail) < rows {
                    break;
                }
            }
            at = self.fallbacks[at] as usize;
            if self.detail.is_some() || self.fallbacks[at] == NONE {
                let range = self.group_range(at, group);
                let rows = self.group_rows(at, &range);
                let before = f64::from(self.sum_before(range.start, self.starts[at] as usize));
                entry = self.entry(range, before + unit() * rows);
            }
        }
        self.tokens[entry]
    }

    fn range(&self, histogram: usize) -> std::ops::Range<usize> {
        self.starts[histogram] as usize..self.starts[histogram + 1] as usize
    }

    /// Rows of the entries before `end` of the histogram that begins at `start`.
    fn sum_before(&self, end: usize, start: usize) -> u32 {
        if end > start { self.sums[end - 1] } else { 0 }
    }

    /// The entries of a group.
    fn group_range(&self, histogram: usize, group: u8) -> std::ops::Range<usize> {
        let range = self.range(histogram);
        let groups = &self.groups[range.clone()];
        let start = range.start + groups.partition_point(|&other| other < group);
        start..range.start + groups.partition_point(|&other| other <= group)
    }

    fn group_rows(&self, histogram: usize, range: &std::ops::Range<usize>) -> f64 {
        let start = self.starts[histogram] as usize;
        f64::from(self.sum_before(range.end, start) - self.sum_before(range.start, start))
    }

    /// The entry at a point of the cumulative rows of its histogram.
    fn entry(&self, range: std::ops::Range<usize>, point: f64) -> usize {
        let last = range.end - 1;
        let found = self.sums[range.clone()].partition_point(|&sum| f64::from(sum) <= point);
        (range.start + found).min(last)
    }

    fn level(&self, histogram: usize, group: u8, token: u16) -> Level {
        let start = self.starts[histogram] as usize;
        let range = self.group_range(histogram, group);
        let place = self.tokens[range.clone()].binary_search(&token);
        let of_token = place.map_or(0.0, |place| {
            let entry = range.start + place;
            f64::from(self.sum_before(entry + 1, start) - self.sum_before(entry, start))
        });
        let rows = f64::from(self.sum_before(self.range(histogram).end, start));
        Level { rows, of_group: self.group_rows(histogram, &range), of_token }
    }
}

/// The groups that have one token, one bit each.
fn single_groups(groups: &[u8]) -> u64 {
    let (mut seen, mut again) = (0u64, 0u64);
    for &group in groups {
        again |= seen & 1 << group;
        seen |= 1 << group;
    }
    seen & !again
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Histogram;
    use crate::rng::Key;

    /// 200 ordered tokens in 20 groups; a leaf, a fallback and all rows.
    fn tree(detail: Option<f64>) -> (Tree, Codec) {
        let codec = Codec::new(true, std::iter::once(40).chain((1..200).map(|t| 20 + t % 7)).collect());
        let all = codec.rows.iter().enumerate().map(|(token, &rows)| (token as u16, rows as u32)).collect();
        let fold = |rows: Vec<(u16, u32)>| -> Vec<(u16, u32)> {
            let mut folded = std::collections::BTreeMap::new();
            for (token, rows) in rows {
                let key = if detail.is_some() { token } else { u16::from(groups[usize::from(token)]) };
                *folded.entry(key).or_insert(0) += rows;
            }
            folded.into_iter().collect()
        };
        let histograms = vec![
            Histogram { rows: fold(vec![(0, 2), (30, 5), (31, 3), (150, 1)]), fallback: Some(1) },
            Histogram { rows: fold((20..60).map(|token| (token, 9)).collect()), fallback: Some(2) },
            Histogram { rows: all, fallback: None },
        ];
        (Tree { histograms, tau: 5.0, groups: 20, detail, ..Tree::default() }, codec)
    }

    #[test]
    fn tokens_are_drawn_as_often_as_their_probabilities_say() {
        for detail in [None, Some(0.5), Some(30.0)] {
            let (tree, codec) = tree(detail);
            let leaves = Leaves::new(&tree, &codec);
            let chances: Vec<f64> =
                (0..codec.tokens()).map(|token| leaves.probability(0, token as u16)).collect();
            assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{detail:?}");
            let key = Key::new(1, &["leaves"]);
            let draws = 200_000;
            let mut counts = vec![0u32; codec.tokens()];
            for row in 0..draws {
                let mut stream = key.at(row, 0);
                counts[usize::from(leaves.draw(0, &mut || stream.unit()))] += 1;
            }
            let statistic: f64 = chances
                .iter()
                .zip(&counts)
                .map(|(chance, &count)| {
                    let expected = chance * draws as f64;
                    (f64::from(count) - expected).powi(2) / expected
                })
                .sum();
            // Chi-square with 199 degrees of freedom: mean 199, standard deviation 20.
            assert!(statistic < 280.0, "{detail:?}: {statistic}");
        }
    }

    #[test]
    fn a_leaf_leans_on_its_fallback_by_hand() {
        let codec = Codec::new(false, vec![0, 6, 2, 2]);
        let histograms = vec![
            Histogram { rows: vec![(2, 3)], fallback: Some(1) },
            Histogram { rows: vec![(1, 6), (2, 2), (3, 2)], fallback: None },
        ];
        let tree = Tree { histograms, tau: 2.0, groups: 63, detail: Some(1.0), ..Tree::default() };
        let leaves = Leaves::new(&tree, &codec);
        let chance = |token| leaves.probability(0, token);
        assert!((chance(1) - 2.0 * 0.6 / 5.0).abs() < 1e-12);
        assert!((chance(2) - (3.0 + 2.0 * 0.2) / 5.0).abs() < 1e-12);
        assert_eq!(chance(0), 0.0);
    }
}
