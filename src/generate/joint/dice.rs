//! What one field is drawn from: the leaves of its tree, the histograms they fall back to, the entries of its lookup.

use super::choosing::BLOCK;
use super::expand::expanded;
use super::faces::Faces;
use crate::model::{Codec, Conditional, Feature, Field, Lookup, NULL_TOKEN, Node, Tree};
use crate::rng::{Key, Stream};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Rows from which the work is spread over threads, and those that one does in one go.
pub(super) const MANY: usize = 1_024;
pub(super) const PORTION: usize = 256;
/// Rows of one histogram that are drawn together.
const PIECE: usize = 65_536;
/// Rows up to which it is not worth while to draw them together.
pub(super) const FEW: usize = 8;
/// Stands for a histogram that is not known yet.
const NO_HISTOGRAM: u32 = u32::MAX;
/// How often a row falls back at the most: deeper than any tree.
const DEEPEST: u64 = 64;
/// How often a token is drawn until one is taken.
const ATTEMPTS: usize = 12;
/// Rounds of raking, and the share of rows out of place at which it stops.
const ROUNDS: usize = 12;
const CLOSE: f64 = 1e-4;
/// The most that a token gains or loses by it.
pub(super) const MOST_WEIGHT: f64 = 4.0;

/// A tree and a lookup made ready for drawing. Histograms are numbered: first those of the tree, then the entries.
pub(super) struct Dice<'a> {
    tree: &'a Tree,
    /// The features that some node asks for, by number.
    asked: Vec<usize>,
    /// The nodes of the tree, each with the place of its feature among those.
    nodes: Vec<(usize, Node)>,
    faces: Vec<Faces>,
    lookup: Option<Entries>,
}

/// Which histogram the tokens of some columns lead to.
struct Entries {
    slots: Vec<usize>,
    by_tokens: FxHashMap<u64, u32>,
}

impl Entries {
    fn new(lookup: &Lookup, slot: impl Fn(usize) -> Option<usize>, first: usize) -> Option<Self> {
        let slots: Vec<usize> = lookup.columns.iter().map(|&column| slot(column)).collect::<Option<_>>()?;
        let by_tokens = lookup
            .entries
            .iter()
            .enumerate()
            .filter(|(_, (tokens, _))| tokens.len() == slots.len())
            .map(|(number, (tokens, _))| (word(tokens.iter().copied()), (first + number) as u32))
            .collect();
        (!slots.is_empty() && slots.len() <= 4).then_some(Self { slots, by_tokens })
    }
}

/// Up to four tokens in one word.
fn word(tokens: impl Iterator<Item = u16>) -> u64 {
    tokens.fold(0, |word, token| word << 16 | u64::from(token))
}

/// Rows of one histogram that are drawn together.
struct Run<'a> {
    histogram: u32,
    piece: u64,
    order: &'a mut [u32],
    drawn: &'a mut [u16],
    /// How many of them stay with the histogram; the others fall back.
    kept: usize,
}

impl<'a> Dice<'a> {
    /// `None` where there is nothing to draw from. `slot` gives the place of a column among those that are drawn.
    pub(super) fn new(
        conditional: &'a Conditional,
        codec: &Codec,
        slot: impl Fn(usize) -> Option<usize>,
    ) -> Option<Self> {
        let tree = &conditional.tree;
        let count = tree.histograms.len();
        let fallback = |fallback: Option<u32>| fallback.filter(|&number| (number as usize) < count);
        let weights = expanded(tree, codec);
        let group_of = codec.groups(tree.groups);
        let leans = |number: usize| tree.tau * tree.groups_of(number, &group_of) as f64;
        let mut faces: Vec<Faces> = tree
            .histograms
            .iter()
            .zip(&weights)
            .enumerate()
            .map(|(number, (histogram, weights))| {
                Faces::new(weights, fallback(histogram.fallback), leans(number))
            })
            .collect();
        let lookup = conditional.lookup.as_ref().and_then(|lookup| Entries::new(lookup, slot, count));
        if lookup.is_some() {
            let entries = conditional.lookup.iter().flat_map(|lookup| &lookup.entries);
            faces.extend(entries.map(|(_, rows)| {
                let rows: Vec<(u16, f64)> =
                    rows.iter().map(|&(token, rows)| (token, f64::from(rows))).collect();
                Faces::new(&rows, None, 0.0)
            }));
        }
        let mut asked: Vec<usize> = tree.nodes.iter().map(|node| usize::from(node.feature)).collect();
        asked.sort_unstable();
        asked.dedup();
        let place = |node: &Node| asked.binary_search(&usize::from(node.feature)).unwrap_or(0);
        let nodes = tree.nodes.iter().map(|node| (place(node), *node)).collect();
        (count > 0).then_some(Self { tree, asked, nodes, faces, lookup })
    }

    /// Those of a column whose tokens are known: nothing is drawn from them, and they ask for nothing.
    pub(super) fn at_rest(conditional: &'a Conditional) -> Option<Self> {
        let tree = &conditional.tree;
        let rest = Self { tree, asked: Vec::new(), nodes: Vec::new(), faces: Vec::new(), lookup: None };
        (!tree.histograms.is_empty()).then_some(rest)
    }

    /// The features that some node asks for, by number.
    pub(super) fn asked(&self) -> &[usize] {
        &self.asked
    }

    /// Whether the tree of a field looks at that field of an earlier sibling.
    pub(super) fn looks_at_siblings(&self, conditional: &Conditional, field: Field) -> bool {
        let mut asked = self.asked.iter().filter_map(|&number| conditional.features.get(number));
        asked.any(|feature| matches!(feature, Feature::Earlier { field: other, .. } if *other == field))
    }

    /// How many histograms there are.
    pub(super) fn histograms(&self) -> usize {
        self.faces.len()
    }

    /// Whether a histogram is what was looked up.
    pub(super) fn is_looked_up(&self, histogram: u32) -> bool {
        histogram as usize >= self.tree.histograms.len()
    }

    /// What each histogram falls back to; itself if to none.
    pub(super) fn fallbacks(&self) -> Vec<u32> {
        (0u32..).zip(&self.faces).map(|(number, faces)| faces.fallback.unwrap_or(number)).collect()
    }

    /// The chance of a token in a histogram.
    pub(super) fn chance_of(&self, histogram: u32, token: u16) -> f64 {
        let (mut at, mut arrives, mut chance) = (Some(histogram), 1.0, 0.0);
        for _ in 0..DEEPEST {
            let Some(faces) = at.and_then(|at| self.faces.get(at as usize)) else { break };
            let rows = faces.tokens.binary_search(&token).map_or(0.0, |at| faces.rows[at]);
            chance += arrives * faces.stays * rows / faces.total.max(f64::MIN_POSITIVE);
            arrives *= 1.0 - faces.stays;
            at = faces.fallback;
        }
        chance
    }

    /// The histogram for a row, given its classes by feature number and the tokens of its drawn columns by slot.
    #[inline]
    pub(super) fn choose(&self, class: impl Fn(u16) -> u8, token: impl Fn(usize) -> u16) -> u32 {
        if let Some(lookup) = &self.lookup {
            let word = word(lookup.slots.iter().map(|&slot| token(slot)));
            if let Some(&entry) = lookup.by_tokens.get(&word) {
                return entry;
            }
        }
        self.tree.leaf(class).min(self.tree.histograms.len() - 1) as u32
    }

    /// Gives those of a block of rows the histogram of their entry that have one, given their tokens by slot and place, and says whether
    /// all have. The others get none.
    pub(super) fn look_up(&self, chosen: &mut [u32], token: impl Fn(usize, usize) -> u16) -> bool {
        let Some(lookup) = &self.lookup else {
            chosen.fill(NO_HISTOGRAM);
            return false;
        };
        let mut all = true;
        for (place, chosen) in chosen.iter_mut().enumerate() {
            let word = word(lookup.slots.iter().map(|&slot| token(slot, place)));
            *chosen = lookup.by_tokens.get(&word).copied().unwrap_or(NO_HISTOGRAM);
            all &= *chosen != NO_HISTOGRAM;
        }
        all
    }

    /// Leads those of a block of rows that have no histogram down the tree, given their classes: feature by feature in the order of
    /// [`Self::asked`], for [`BLOCK`] rows each.
    pub(super) fn walk(&self, classes: &[u8], chosen: &mut [u32]) {
        let last = self.tree.histograms.len() - 1;
        let root = if self.nodes.is_empty() { -1 } else { 0 };
        let mut at = [root; BLOCK];
        let mut open: Vec<usize> = (0..chosen.len()).filter(|&place| chosen[place] == NO_HISTOGRAM).collect();
        let all = open.clone();
        // All of them step by step: one does not wait for what another looks up.
        while root >= 0 && !open.is_empty() {
            let mut left = 0;
            for number in 0..open.len() {
                let place = open[number];
                let (feature, node) = &self.nodes[at[place] as usize];
                let class = classes[feature * BLOCK + place];
                let next = if node.set >> (class & 63) & 1 == 1 { node.inside } else { node.outside };
                at[place] = next;
                open[left] = place;
                left += usize::from(next >= 0);
            }
            open.truncate(left);
        }
        all.into_iter().for_each(|place| chosen[place] = ((-1 - at[place]) as usize).min(last) as u32);
    }

    /// Draws a token for each of some rows, given their histograms. Rows that share a histogram get its tokens in its shares, as
    /// closely as so many rows can, in random order: what is drawn varies less than single draws would. `turn` tells draws under
    /// one key apart.
    pub(super) fn draw(&self, chosen: &[u32], weights: Option<&[f64]>, key: Key, turn: u32) -> Vec<u16> {
        self.draw_at(chosen, weights, key, turn, 0)
    }

    fn draw_at(&self, chosen: &[u32], weights: Option<&[f64]>, key: Key, turn: u32, depth: u64) -> Vec<u16> {
        let mut out = vec![NULL_TOKEN; chosen.len()];
        let mut order = self.order(chosen);
        let mut drawn = vec![NULL_TOKEN; chosen.len()];
        let mut runs = runs(&mut order, &mut drawn, chosen);
        let draw = |run: &mut Run<'_>| self.draw_run(run, weights, key, turn, depth);
        if chosen.len() >= MANY {
            runs.par_iter_mut().with_min_len(PORTION).for_each(draw)
        } else {
            runs.iter_mut().for_each(draw)
        }
        let (mut falling, mut deeper) = (Vec::new(), Vec::new());
        for run in &runs {
            for (at, (&row, &token)) in run.order.iter().zip(run.drawn.iter()).enumerate() {
                if at < run.kept {
                    out[row as usize] = token;
                } else {
                    falling.push(row);
                    deeper.push(self.faces[run.histogram as usize].fallback.unwrap_or(run.histogram));
                }
            }
        }
        if !falling.is_empty() {
            let drawn = self.draw_at(&deeper, weights, key, turn, depth + 1);
            falling.iter().zip(drawn).for_each(|(&row, token)| out[row as usize] = token);
        }
        out
    }

    /// Rows by histogram.
    fn order(&self, chosen: &[u32]) -> Vec<u32> {
        if chosen.len() < 4 * FEW || chosen.len() < self.faces.len() / 8 {
            let mut pairs: Vec<u64> =
                (0u64..).zip(chosen).map(|(row, &histogram)| u64::from(histogram) << 32 | row).collect();
            pairs.sort_unstable();
            return pairs.into_iter().map(|pair| pair as u32).collect();
        }
        let mut next = vec![0u32; self.faces.len() + 1];
        chosen.iter().for_each(|&histogram| next[histogram as usize + 1] += 1);
        (0..self.faces.len()).for_each(|at| next[at + 1] += next[at]);
        let mut order = vec![0; chosen.len()];
        for (row, &histogram) in chosen.iter().enumerate() {
            let place = &mut next[histogram as usize];
            order[*place as usize] = row as u32;
            *place += 1;
        }
        order
    }

    fn draw_run(&self, run: &mut Run<'_>, weights: Option<&[f64]>, key: Key, turn: u32, depth: u64) {
        let faces = &self.faces[run.histogram as usize];
        let mut stream = key.at(u64::from(turn) << 32 | depth << 24 | run.piece, run.histogram);
        let stays = if depth >= DEEPEST { 1.0 } else { faces.stays };
        let rows = run.order.len();
        stream.shuffle(run.order);
        run.kept = if stays < 1.0 { (rows as f64 * stays + stream.unit()) as usize } else { rows }.min(rows);
        faces.spread(&mut run.drawn[..run.kept], weights, stream.unit());
    }

    /// Factors by token with which the histograms would give each token as many rows as wanted: iterative proportional fitting (Deming
    /// and Stephan 1940), the rows of each histogram staying as many as they are. No token gains or loses more than `most` times.
    pub(super) fn rake(&self, chosen: &[u32], wanted: &[u64], most: f64) -> Vec<f64> {
        let flows = self.flows(chosen);
        let (mut weights, mut weighted) = (vec![1.0; wanted.len()], Vec::new());
        let rows: f64 = wanted.iter().map(|&rows| rows as f64).sum();
        for _ in 0..ROUNDS {
            let mut expected = vec![0.0; wanted.len()];
            for &(histogram, flow) in &flows {
                let faces = &self.faces[histogram as usize];
                weighted.clear();
                let factor = |token: u16| weights.get(usize::from(token)).copied().unwrap_or(1.0);
                let pairs = faces.rows.iter().zip(&faces.tokens);
                weighted.extend(pairs.map(|(rows, &token)| rows * factor(token)));
                let sum: f64 = weighted.iter().sum();
                for (&token, weighted) in faces.tokens.iter().zip(&weighted).filter(|_| sum > 0.0) {
                    if let Some(expected) = expected.get_mut(usize::from(token)) {
                        *expected += flow * weighted / sum;
                    }
                }
            }
            let mut off = 0.0;
            for ((weight, expected), &wanted) in weights.iter_mut().zip(expected).zip(wanted) {
                off += (expected - wanted as f64).abs();
                if expected > 0.0 {
                    *weight *= wanted as f64 / expected;
                    // Where what rows look at has other shares than in the source, the margin cannot hold: leaves would give what
                    // they only lean on.
                    *weight = if wanted > 0 { weight.clamp(1.0 / most, most) } else { *weight };
                }
            }
            if off <= CLOSE * rows {
                break;
            }
        }
        weights
    }

    /// How many rows will be drawn from each histogram.
    fn flows(&self, chosen: &[u32]) -> Vec<(u32, f64)> {
        let mut arriving: BTreeMap<u32, f64> = BTreeMap::new();
        let mut counts = vec![0u32; self.faces.len()];
        chosen.iter().for_each(|&histogram| counts[histogram as usize] += 1);
        for (histogram, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            arriving.insert(histogram as u32, f64::from(count));
        }
        let mut flows: BTreeMap<u32, f64> = BTreeMap::new();
        for _ in 0..DEEPEST {
            let mut falling: BTreeMap<u32, f64> = BTreeMap::new();
            for (histogram, flow) in arriving {
                let faces = &self.faces[histogram as usize];
                *flows.entry(histogram).or_insert(0.0) += flow * faces.stays;
                if let Some(fallback) = faces.fallback {
                    *falling.entry(fallback).or_insert(0.0) += flow * (1.0 - faces.stays);
                }
            }
            arriving = falling;
            if arriving.is_empty() {
                break;
            }
        }
        flows.into_iter().collect()
    }

    /// Draws one token.
    pub(super) fn one(&self, chosen: u32, stream: &mut Stream) -> u16 {
        let mut histogram = chosen;
        for _ in 0..DEEPEST {
            let faces = &self.faces[histogram as usize];
            match faces.fallback {
                Some(fallback) if stream.unit() >= faces.stays => histogram = fallback,
                _ => break,
            }
        }
        self.faces[histogram as usize].pick(stream, None)
    }

    /// Draws one of the tokens that are admitted: what would come out if all others were drawn again. `None` where there is no way to
    /// any of them.
    pub(super) fn one_of(
        &self,
        chosen: u32,
        admits: &dyn Fn(u16) -> bool,
        weights: Option<&[f64]>,
        stream: &mut Stream,
    ) -> Option<u16> {
        // The histograms that a row may fall back to, and with which chance it takes an admitted token there.
        let (mut at, mut arrives, mut levels) = (Some(chosen), 1.0, Vec::new());
        while let Some(histogram) = at.filter(|_| levels.len() < DEEPEST as usize) {
            let faces = &self.faces[histogram as usize];
            let admitted = (0..faces.tokens.len()).filter(|&at| admits(faces.tokens[at]));
            let admitted: f64 = admitted.map(|at| faces.weight(at, weights)).sum();
            let all = faces.sum(weights);
            levels.push((faces, arrives * faces.stays * admitted / if all > 0.0 { all } else { 1.0 }));
            arrives *= 1.0 - faces.stays;
            at = faces.fallback;
        }
        let mut left = stream.unit() * levels.iter().map(|level| level.1).sum::<f64>();
        let taken = |level: &&(&Faces, f64)| {
            left -= level.1;
            left < 0.0
        };
        let (faces, _) = levels.iter().filter(|level| level.1 > 0.0).find(taken)?;
        let admitted = || (0..faces.tokens.len()).filter(|&at| admits(faces.tokens[at]));
        let mut left = stream.unit() * admitted().map(|at| faces.weight(at, weights)).sum::<f64>();
        let taken = |at: &usize| {
            left -= faces.weight(*at, weights);
            left < 0.0
        };
        let at = admitted().filter(|&at| faces.weight(at, weights) > 0.0).find(taken);
        at.map(|at| faces.tokens[at])
    }
}

/// Keeps a token, or draws `another` one: each with a chance in proportion to what `chance` gives it, at most `most`. After a while the
/// choice is between those that were drawn.
pub(super) fn preferred(
    token: u16,
    another: &dyn Fn(&mut Stream) -> u16,
    (chance, most): (&dyn Fn(u16) -> f64, f64),
    stream: &mut Stream,
) -> u16 {
    let (mut drawn, mut sum) = ([(token, 0.0); ATTEMPTS], 0.0);
    for (at, (token, weight)) in drawn.iter_mut().enumerate() {
        if at > 0 {
            *token = another(stream);
        }
        *weight = chance(*token);
        if *weight >= most || stream.unit() * most < *weight {
            return *token;
        }
        sum += *weight;
    }
    let mut left = stream.unit() * sum;
    let taken = drawn.iter().find(|(_, weight)| {
        left -= weight;
        left < 0.0
    });
    taken.map_or(token, |taken| taken.0)
}

/// Cuts rows in the order of their histograms into runs.
fn runs<'a>(mut order: &'a mut [u32], mut drawn: &'a mut [u16], chosen: &[u32]) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    while let Some(&first) = order.first() {
        let histogram = chosen[first as usize];
        let same = order.iter().take(PIECE).take_while(|&&row| chosen[row as usize] == histogram).count();
        let piece = runs.last().filter(|run| run.histogram == histogram).map_or(0, |run| run.piece + 1);
        let (left, right) = order.split_at_mut(same);
        let (tokens, rest) = drawn.split_at_mut(same);
        runs.push(Run { histogram, piece, order: left, drawn: tokens, kept: 0 });
        (order, drawn) = (right, rest);
    }
    runs
}
