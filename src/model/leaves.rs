//! What the leaves of a tree mean: the chances of tokens, and how tokens are drawn.
//!
//! A leaf of few rows knows its mix of groups (of classes, [`Codec::groups`]) badly and its tokens worse, so both lean on the
//! histogram it falls back to, as a Pólya urn does on its first balls (interpolation with a Dirichlet prior; MacKay and
//! Peto: "A hierarchical Dirichlet language model", Natural Language Engineering 1, 1995), the more so the more groups it knows:
//! a hundred rows of one group leave little room for others, a hundred rows of sixty groups much (Witten and Bell: "The
//! zero-frequency problem", IEEE Transactions on Information Theory 37, 1991, method C). With `n` rows of `g` groups in a histogram, `C`
//! of the group, `c` of the token:
//!
//! ```text
//! p(token)         = (C · q(token | group) + tau · g · p_fallback(token)) / (n + tau · g)
//! q(token | group) = (c + detail · q_fallback(token | group)) / (C + detail)
//! ```
//!
//! and `c / n`, `c / C` where there is no fallback. The mix of groups is the leaf's own, what is inside a group is shared.

use super::{Codec, NULL_TOKEN, Tree};
use std::collections::BTreeMap;

/// The leaves of a tree, ready to be drawn from: states with outcomes of certain weights, an outcome being a token or
/// another state to go on from.
///
/// The first states are the tree's histograms, by number; the others are single groups of these.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Leaves {
    /// By state: where its outcomes begin; one more at the end.
    starts: Vec<u32>,
    outcomes: Vec<Outcome>,
    /// By outcome: the weights of its state up to and with it.
    sums: Vec<f64>,
}

/// What comes of one draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This token, and no more to draw.
    Token(u16),
    /// To be drawn from another state, always one of a larger histogram: there is no way back.
    State(u32),
}

impl Leaves {
    /// The leaves of a tree over the tokens of a codec.
    pub fn new(tree: &Tree, codec: &Codec) -> Self {
        Builder::new(tree, codec).build()
    }

    /// The outcomes of a state and their weights, which are above 0 and do not add up to anything in particular.
    pub fn outcomes(&self, state: u32) -> impl Iterator<Item = (Outcome, f64)> {
        let range = self.range(state);
        let mut before = 0.0;
        range
            .map(move |at| (self.outcomes[at], self.sums[at] - std::mem::replace(&mut before, self.sums[at])))
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A token of a leaf. `unit` gives numbers in `[0, 1)`: usually one is asked for, sometimes a few.
    pub fn draw(&self, leaf: usize, unit: &mut impl FnMut() -> f64) -> u16 {
        let mut state = leaf as u32;
        loop {
            let range = self.range(state);
            let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
                return NULL_TOKEN;
            };
            let point = unit() * self.sums[last];
            let found = self.sums[range.clone()].partition_point(|&sum| sum <= point);
            match self.outcomes[(range.start + found).min(last)] {
                Outcome::Token(token) => return token,
                Outcome::State(next) => state = next,
            }
        }
    }

    fn range(&self, state: u32) -> std::ops::Range<usize> {
        self.starts[state as usize] as usize..self.starts[state as usize + 1] as usize
    }
}

/// A token with its group and rows; sorted, they are group by group.
type Entry = (u8, u16, f64);

/// Makes states of histograms.
struct Builder<'a> {
    tree: &'a Tree,
    group_of: Vec<u8>,
    /// The token of each group that has one only.
    only: [Option<u16>; 64],
    /// By histogram.
    entries: Vec<Vec<Entry>>,
    /// States of (histogram, group), numbered in the order in which they were asked for.
    groups: BTreeMap<(u32, u8), u32>,
    asked: Vec<(u32, u8)>,
    leaves: Leaves,
}

impl<'a> Builder<'a> {
    fn new(tree: &'a Tree, codec: &Codec) -> Self {
        let group_of = codec.groups(tree.groups);
        let mut tokens = [0u32; 64];
        let mut only = [None; 64];
        for (token, &group) in (0u16..).zip(&group_of) {
            tokens[usize::from(group)] += 1;
            only[usize::from(group)] = Some(token).filter(|_| tokens[usize::from(group)] == 1);
        }
        let mut builder = Self {
            tree,
            group_of,
            only,
            entries: Vec::new(),
            groups: BTreeMap::new(),
            asked: Vec::new(),
            leaves: Leaves::default(),
        };
        builder.entries = (0..tree.histograms.len() as u32).map(|number| builder.read(number)).collect();
        builder
    }

    fn read(&self, histogram: u32) -> Vec<Entry> {
        let holds_groups = self.tree.detail.is_none() && self.fallback(histogram).is_some();
        let entry = |&(token, rows): &(u16, u32)| {
            let group =
                if holds_groups { Some(token as u8) } else { self.group_of.get(usize::from(token)).copied() };
            group.filter(|&group| group < 64).map(|group| (group, token, f64::from(rows)))
        };
        let mut entries: Vec<Entry> =
            self.tree.histograms[histogram as usize].rows.iter().filter_map(entry).collect();
        entries.sort_by_key(|&(group, token, _)| (group, token));
        entries
    }

    /// Fallbacks lead onwards, so that drawing comes to an end.
    fn fallback(&self, histogram: u32) -> Option<u32> {
        let fallback = self.tree.histograms[histogram as usize].fallback;
        fallback.filter(|&next| next > histogram && (next as usize) < self.tree.histograms.len())
    }

    /// The state of one group of a histogram; of the last one where only that tells tokens apart.
    fn group_state(&mut self, histogram: u32, group: u8) -> Outcome {
        let mut histogram = histogram;
        while let Some(next) = self.fallback(histogram).filter(|_| self.tree.detail.is_none()) {
            histogram = next;
        }
        let next = (self.entries.len() + self.asked.len()) as u32;
        let state = *self.groups.entry((histogram, group)).or_insert(next);
        if state == next {
            self.asked.push((histogram, group));
        }
        Outcome::State(state)
    }

    fn build(mut self) -> Leaves {
        self.leaves.starts.push(0);
        for histogram in 0..self.entries.len() as u32 {
            let outcomes = self.of_histogram(histogram);
            self.push(outcomes);
        }
        let mut done = 0;
        while let Some(&(histogram, group)) = self.asked.get(done) {
            let outcomes = self.of_group(histogram, group);
            self.push(outcomes);
            done += 1;
        }
        self.leaves
    }

    fn of_histogram(&mut self, histogram: u32) -> Vec<(Outcome, f64)> {
        let entries = std::mem::take(&mut self.entries[histogram as usize]);
        let mut outcomes: Vec<(Outcome, f64)> = Vec::with_capacity(entries.len() + 1);
        let fallback = self.fallback(histogram);
        for same in entries.chunk_by(|a, b| a.0 == b.0) {
            let group = same[0].0;
            let rows: f64 = same.iter().map(|entry| entry.2).sum();
            match (fallback, self.only[usize::from(group)], self.tree.detail) {
                (Some(_), Some(token), _) => outcomes.push((Outcome::Token(token), rows)),
                (Some(next), None, None) => outcomes.push((self.group_state(next, group), rows)),
                (Some(next), None, Some(detail)) => {
                    let stays = rows / (rows + detail);
                    outcomes.extend(same.iter().map(|entry| (Outcome::Token(entry.1), entry.2 * stays)));
                    outcomes.push((self.group_state(next, group), rows * (1.0 - stays)));
                }
                (None, ..) => outcomes.extend(same.iter().map(|entry| (Outcome::Token(entry.1), entry.2))),
            }
        }
        let groups = entries.chunk_by(|a, b| a.0 == b.0).count() as f64;
        outcomes.extend(fallback.map(|next| (Outcome::State(next), self.tree.tau * groups)));
        self.entries[histogram as usize] = entries;
        outcomes
    }

    fn of_group(&mut self, histogram: u32, group: u8) -> Vec<(Outcome, f64)> {
        let same = self.entries[histogram as usize].iter().filter(|entry| entry.0 == group);
        let mut outcomes: Vec<(Outcome, f64)> =
            same.map(|entry| (Outcome::Token(entry.1), entry.2)).collect();
        if let (Some(next), Some(detail)) = (self.fallback(histogram), self.tree.detail) {
            outcomes.push((self.group_state(next, group), detail));
        }
        outcomes
    }

    fn push(&mut self, outcomes: Vec<(Outcome, f64)>) {
        let mut sum = 0.0;
        for (outcome, weight) in outcomes.into_iter().filter(|outcome| outcome.1 > 0.0) {
            sum += weight;
            self.leaves.outcomes.push(outcome);
            self.leaves.sums.push(sum);
        }
        self.leaves.starts.push(self.leaves.outcomes.len() as u32);
    }
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
            let mut folded = BTreeMap::new();
            for (token, rows) in rows {
                let key =
                    if detail.is_some() { token } else { u16::from(codec.groups(20)[usize::from(token)]) };
                *folded.entry(key).or_insert(0) += rows;
            }
            folded.into_iter().collect()
        };
        let histograms = vec![
            Histogram { rows: fold(vec![(0, 2), (30, 5), (31, 3), (150, 1)]), fallback: Some(1) },
            Histogram { rows: fold((20..60).chain([0, 150]).map(|t| (t, 9)).collect()), fallback: Some(2) },
            Histogram { rows: all, fallback: None },
        ];
        (Tree { histograms, tau: 5.0, groups: 20, detail, ..Tree::default() }, codec)
    }

    #[test]
    fn tokens_are_drawn_as_often_as_their_chances_say() {
        for detail in [None, Some(0.5), Some(30.0)] {
            let (tree, codec) = tree(detail);
            let leaves = Leaves::new(&tree, &codec);
            let chances: Vec<f64> =
                (0..codec.tokens()).map(|token| tree.chance(0, token as u16, &codec)).collect();
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
        let chance = |token| tree.chance(0, token, &codec);
        assert!((chance(1) - 2.0 * 0.6 / 5.0).abs() < 1e-12);
        assert!((chance(2) - (3.0 + 2.0 * 0.2) / 5.0).abs() < 1e-12);
        assert_eq!(chance(0), 0.0);
        let outcomes: Vec<_> = Leaves::new(&tree, &codec).outcomes(0).collect();
        assert_eq!(outcomes, [(Outcome::Token(2), 3.0), (Outcome::State(1), 2.0)]);
    }

    #[test]
    fn fallbacks_that_lead_nowhere_or_back_are_none() {
        let codec = Codec::new(false, vec![0, 6, 2]);
        let histogram = |fallback| Histogram { rows: vec![(1, 3)], fallback: Some(fallback) };
        let histograms = vec![histogram(0), histogram(9), histogram(1), Histogram::default()];
        let tree = Tree { histograms, tau: 2.0, groups: 63, ..Tree::default() };
        let leaves = Leaves::new(&tree, &codec);
        assert!((0..3).all(|leaf| leaves.draw(leaf, &mut || 0.99) == 1));
        assert_eq!(leaves.draw(3, &mut || 0.5), NULL_TOKEN);
    }
}
