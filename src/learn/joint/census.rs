//! Where the rows of a table end up in a tree, and what every node knows of them.

use super::grow::{Branch, Sight, Target};
use crate::model::Level;

/// A histogram is fallen back to by those with at most a sixteenth of its rows: nearer ones know hardly more than the leaf.
const FALLBACK_ROWS: u64 = 16;

/// Rows by token, ascending by token.
pub(super) type Counts = Vec<(u16, u32)>;

/// The rows of every node.
pub(super) struct Census {
    /// Rows that structure could be grown on, by token, by node.
    pub known: Vec<Counts>,
    /// Held-out rows, by token, by node.
    pub held_out: Vec<Counts>,
    /// The node each falls back to: the nearest above with many more rows, else the root; itself for the root.
    pub fallbacks: Vec<usize>,
}

/// Rows of a histogram.
pub(super) fn total(counts: &Counts) -> u64 {
    counts.iter().map(|&(_, rows)| u64::from(rows)).sum()
}

/// The sum of two histograms.
pub(super) fn merged(a: &Counts, b: &Counts) -> Counts {
    let mut sum = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (Some(left), Some(right)) if left.0 == right.0 => {
                sum.push((left.0, left.1 + right.1));
                a.next();
                b.next();
            }
            (Some(left), right) if right.is_none_or(|right| left.0 < right.0) => {
                sum.push(left);
                a.next();
            }
            (_, Some(right)) => {
                sum.push(right);
                b.next();
            }
            (_, None) => return sum,
        }
    }
}

impl Census {
    /// Sends every row down the tree.
    pub(super) fn take(target: &Target, sights: &[Sight], held_out: &[bool], branches: &[Branch]) -> Self {
        let mut tokens = vec![(Vec::new(), Vec::new()); branches.len()];
        for (row, &token) in target.tokens.iter().enumerate() {
            let mut at = 0;
            while let Some((split, children)) = &branches[at].split {
                at = children[usize::from(!split.contains(sights[split.feature].codes[row]))];
            }
            let (known, other) = &mut tokens[at];
            if held_out[row] { other.push(token) } else { known.push(token) }
        }
        let (mut known, mut other) = (Vec::new(), Vec::new());
        for (known_tokens, other_tokens) in tokens {
            known.push(counted(known_tokens));
            other.push(counted(other_tokens));
        }
        for at in (0..branches.len()).rev() {
            if let Some((_, [inside, outside])) = branches[at].split {
                known[at] = merged(&known[inside], &known[outside]);
                other[at] = merged(&other[inside], &other[outside]);
            }
        }
        let rows: Vec<u64> = known.iter().map(total).collect();
        let fallback = |at: usize| {
            let mut above = branches[at].parent;
            while above != 0 && rows[above] < FALLBACK_ROWS * rows[at] {
                above = branches[above].parent;
            }
            above
        };
        let fallbacks = (0..branches.len()).map(fallback).collect();
        Self { known, held_out: other, fallbacks }
    }
}

fn counted(mut tokens: Vec<u16>) -> Counts {
    tokens.sort_unstable();
    tokens.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

/// What every node knows of the tokens of some rows: levels for [`Level::chance`], and how many rows.
pub(super) struct Evidence {
    levels: Vec<Level>,
    /// By token of a node: how many levels, and rows.
    tokens: Vec<(u8, u32)>,
    /// By node: the end of its tokens and of its levels.
    ends: Vec<(usize, usize)>,
}

impl Evidence {
    /// Of held-out rows.
    pub(super) fn of_held_out(census: &Census, groups: &[u8]) -> Self {
        Self::gather(census, &census.held_out, groups, 0.0)
    }

    /// Of the known rows.
    pub(super) fn of_known(census: &Census, groups: &[u8]) -> Self {
        Self::gather(census, &census.known, groups, 0.0)
    }

    /// Of the known rows, each judged by the others.
    pub(super) fn of_each_other(census: &Census, groups: &[u8]) -> Self {
        Self::gather(census, &census.known, groups, 1.0)
    }

    /// Of some rows by node; `own` is how often a row counts among those it is judged by. Tokens that the root does not
    /// know are left out: no split could help them.
    fn gather(census: &Census, rows: &[Counts], groups: &[u8], own: f64) -> Self {
        let totals: Vec<u64> = census.known.iter().map(total).collect();
        let by_group: Vec<[u32; 64]> = census.known.iter().map(|counts| by_group(counts, groups)).collect();
        let groups_of: Vec<usize> =
            by_group.iter().map(|rows| rows.iter().filter(|&&rows| rows > 0).count()).collect();
        let mut evidence = Self { levels: Vec::new(), tokens: Vec::new(), ends: Vec::new() };
        let mut chain = Vec::new();
        for (node, counts) in rows.iter().enumerate() {
            chain.clear();
            chain.push(node);
            while let Some(&last) = chain.last().filter(|&&last| last != 0) {
                chain.push(census.fallbacks[last]);
            }
            for &(token, count) in counts {
                if f64::from(rows_of(&census.known[0], token)) - own <= 0.0 {
                    continue;
                }
                let group = usize::from(groups[usize::from(token)]);
                evidence.tokens.push((chain.len() as u8, count));
                evidence.levels.extend(chain.iter().rev().map(|&at| Level {
                    rows: totals[at] as f64 - own,
                    groups: groups_of[at] as f64 - f64::from(u8::from(own > 0.0 && by_group[at][group] == 1)),
                    of_group: f64::from(by_group[at][group]) - own,
                    of_token: f64::from(rows_of(&census.known[at], token)) - own,
                }));
            }
            evidence.ends.push((evidence.tokens.len(), evidence.levels.len()));
        }
        evidence
    }

    /// The sum of ln p of each node's rows, were it a leaf.
    pub(super) fn as_leaf(&self, tau: f64, detail: Option<f64>) -> Vec<f64> {
        let mut start = (0, 0);
        let mut values = Vec::with_capacity(self.ends.len());
        for &end in &self.ends {
            let mut levels = &self.levels[start.1..end.1];
            let mut value = 0.0;
            for &(depth, rows) in &self.tokens[start.0..end.0] {
                let (these, rest) = levels.split_at(usize::from(depth));
                levels = rest;
                let chance = Level::chance(these.iter().copied(), tau, detail);
                value += f64::from(rows) * libm::log(chance.max(f64::MIN_POSITIVE));
            }
            values.push(value);
            start = end;
        }
        values
    }

    /// By how much the rows of some nodes, none above another, are likelier there than among all rows.
    pub(super) fn gain(&self, nodes: &[usize], tau: f64, detail: Option<f64>) -> Gain {
        let (mut rows, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for &node in nodes {
            let mut start = if node == 0 { (0, 0) } else { self.ends[node - 1] };
            for &(depth, count) in &self.tokens[start.0..self.ends[node].0] {
                let levels = &self.levels[start.1..start.1 + usize::from(depth)];
                start.1 += usize::from(depth);
                let log = |levels: &[Level]| {
                    libm::log(Level::chance(levels.iter().copied(), tau, detail).max(f64::MIN_POSITIVE))
                };
                let (gain, count) = (log(levels) - log(&levels[..1]), f64::from(count));
                rows += count;
                sum += count * gain;
                squares += count * gain * gain;
            }
        }
        let mean = if rows > 0.0 { sum / rows } else { 0.0 };
        let variance = if rows > 0.0 { (squares / rows - mean * mean).max(0.0) } else { 0.0 };
        Gain { mean, deviation: libm::sqrt(variance) }
    }

    /// Rows of a node.
    pub(super) fn rows(&self, node: usize) -> u64 {
        let start = if node == 0 { 0 } else { self.ends[node - 1].0 };
        self.tokens[start..self.ends[node].0].iter().map(|&(_, rows)| u64::from(rows)).sum()
    }
}

/// By how much rows are likelier with a tree than without, in nats per row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gain {
    pub mean: f64,
    /// How much rows differ in it.
    pub deviation: f64,
}

/// Rows by group.
pub(super) fn by_group(counts: &Counts, groups: &[u8]) -> [u32; 64] {
    let mut sums = [0; 64];
    counts.iter().for_each(|&(token, rows)| sums[usize::from(groups[usize::from(token)])] += rows);
    sums
}

fn rows_of(counts: &Counts, token: u16) -> u32 {
    counts.binary_search_by_key(&token, |&(token, _)| token).map_or(0, |at| counts[at].1)
}
