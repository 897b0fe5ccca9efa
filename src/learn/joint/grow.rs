//! Growing one tree: what a column (or a number of children) is drawn from.
//!
//! Structure is grown greedily on at most [`STRUCTURE_ROWS`] rows, each split paying for itself in a two-part code
//! (`split.rs`); all rows then fill the histograms, held-out rows prune and choose how much leaves lean on their
//! ancestors (`prune.rs`), and join the counts in the end (`assemble.rs`).

use super::assemble;
use super::census::{Census, Gain};
use super::counts::{Counts, KEPT_ROWS};
use super::prune;
use super::split::{Finder, Split, Told};
use crate::model::privacy::{self, Crowd};
use crate::model::{Codec, Tree};
use std::sync::OnceLock;

/// Rows on which structure is grown. More would only sharpen splits that are clear already.
pub(super) const STRUCTURE_ROWS: usize = 150_000;

/// The deepest leaf.
const MOST_DEPTH: usize = 16;

/// Something that a tree may look at.
pub(super) struct Sight<'a> {
    /// The class of each row, below 64; 0 is NULL (or "no such row").
    pub codes: &'a [u8],
    /// Whether the order of the other classes means something.
    pub ordered: bool,
    /// The sight, earlier among them, of which this is the detail: it means something only among rows of one class.
    pub of: Option<usize>,
    /// How much what it saves counts when splits are compared.
    pub weight: f64,
}

/// What is to be drawn.
pub(super) struct Target<'a> {
    /// The token of each row.
    pub tokens: &'a [u16],
    /// What the tokens are.
    pub codec: &'a Codec,
}

/// What is the same for all targets of a table.
pub(super) struct Rows<'a> {
    /// Whom each row is about.
    pub subjects: &'a [u32],
    /// Rows that structure is not grown on. All rows of a subject, or none.
    pub held_out: &'a [bool],
    /// The gate.
    pub privacy: privacy::Settings,
    picked: OnceLock<Picked>,
}

/// The rows that structure is grown on.
pub(super) struct Picked {
    /// Which they are, ascending.
    pub rows: Vec<u32>,
    /// n·ln n, for as many rows.
    pub n_log_n: Vec<f64>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(subjects: &'a [u32], held_out: &'a [bool], privacy: privacy::Settings) -> Self {
        Self { subjects, held_out, privacy, picked: OnceLock::new() }
    }

    /// The rows that structure is grown on: the same for all targets.
    pub(super) fn picked(&self) -> &Picked {
        self.picked.get_or_init(|| {
            let rows = structure_rows(self.held_out, STRUCTURE_ROWS);
            let n_log_n = (0..=rows.len()).map(|n| n as f64 * libm::log((n as f64).max(1.0))).collect();
            Picked { rows, n_log_n }
        })
    }
}

/// A tree, and how good it is.
pub(super) struct Grown {
    /// The tree; its nodes' features are numbers in `used`.
    pub tree: Tree,
    /// The sights that it looks at, by number, ascending.
    pub used: Vec<usize>,
    /// What the splits on each of `used` gain, in nats per row: of held-out rows where there are any.
    pub gain_by_feature: Vec<f64>,
    /// Mean ln p(token) of the rows it was grown on.
    pub fit: f64,
    /// The same of held-out rows, before they join the counts; equal to `fit` if there are none.
    pub held_out: f64,
    /// The same of held-out rows under the histogram of all rows that were grown on.
    pub marginal: f64,
    /// What the tree adds to that histogram for the rows it was grown on.
    pub gain: Gain,
    /// The same for held-out rows; `None` if there are none.
    pub held_out_gain: Option<Gain>,
}

/// One node while growing.
pub(super) struct Branch {
    /// The node it is a child of; itself for the root.
    pub parent: usize,
    /// How its rows are told apart, and the nodes they go to (inside the set, outside of it).
    pub split: Option<(Split, [usize; 2])>,
}

/// Grows the tree of one target. The result depends on the rows' order only if there are more than
/// [`STRUCTURE_ROWS`] to grow on, because those are then picked by row number.
pub(super) fn grow(target: &Target, sights: &[Sight], rows: &Rows) -> Grown {
    let branches = branches(target, sights, rows);
    let census = Census::take(target, sights, rows.held_out, &branches);
    let choice = prune::choose(&census, &branches, target.codec);
    assemble::assemble(target.codec, &branches, &census, &choice)
}

/// Rows that are not held out, at most about `most` of them, ascending.
pub(super) fn structure_rows(held_out: &[bool], most: usize) -> Vec<u32> {
    let known = held_out.iter().filter(|&&held_out| !held_out).count();
    let share = (most as f64 / known.max(1) as f64).min(1.0);
    let bound = if share < 1.0 { (share * u64::MAX as f64) as u64 } else { u64::MAX };
    let is_picked = |&row: &u32| !held_out[row as usize] && scrambled(u64::from(row)) <= bound;
    (0..held_out.len() as u32).filter(is_picked).collect()
}

/// A number without any resemblance to the one it comes from (SplitMix64).
fn scrambled(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The nodes of a tree grown on some rows, parents before children.
fn branches(target: &Target, sights: &[Sight], rows: &Rows) -> Vec<Branch> {
    let Picked { rows: picked, n_log_n } = rows.picked();
    let gather = |codes: &[u8]| -> Vec<u8> { picked.iter().map(|&row| codes[row as usize]).collect() };
    let codes: Vec<Vec<u8>> = sights.iter().map(|sight| gather(sight.codes)).collect();
    let ordered = sights.iter().map(|sight| sight.ordered).collect();
    let classes: Vec<u8> =
        picked.iter().map(|&row| target.codec.class(target.tokens[row as usize])).collect();
    let tokens: Vec<u16> = match target.codec.details.is_empty() {
        true => Vec::new(),
        false => picked.iter().map(|&row| target.tokens[row as usize]).collect(),
    };
    let subjects: Vec<u32> = picked.iter().map(|&row| rows.subjects[row as usize]).collect();
    let of = sights.iter().map(|sight| (sight.of, sight.weight)).collect();
    let class_of = target.codec.classes.as_slice();
    let told = Told { classes: &classes, tokens: &tokens, class_of, ordered: target.codec.ordered };
    let mut finder = Finder::new(told, &codes, (ordered, of), n_log_n);

    let mut branches = vec![Branch { parent: 0, split: None }];
    let mut order: Vec<u32> = (0..picked.len() as u32).collect();
    let mut aside = Vec::new();
    let counts = (order.len() >= KEPT_ROWS).then(|| finder.counts(&order));
    let mut pending = vec![(0usize, 0..order.len(), 0usize, counts)];
    while let Some((branch, range, depth, counts)) = pending.pop() {
        let least = rows.privacy.leaf_rows();
        if depth == MOST_DEPTH || range.len() < 2 * least {
            continue;
        }
        let here = &mut order[range.clone()];
        let found = finder.splits(here, counts.as_ref(), least).into_iter().find(|split| {
            let codes = &codes[split.feature];
            [true, false].into_iter().all(|inside| is_allowed(here, codes, split, inside, &subjects, rows))
        });
        let Some(split) = found else { continue };
        let front = partition(here, &codes[split.feature], split.set, &mut aside);
        let [inside, outside] = divide(&finder, counts, here, front);
        let middle = range.start + front;
        let children = [branches.len(), branches.len() + 1];
        branches.extend([Branch { parent: branch, split: None }, Branch { parent: branch, split: None }]);
        branches[branch].split = Some((split, children));
        pending.push((children[1], middle..range.end, depth + 1, outside));
        pending.push((children[0], range.start..middle, depth + 1, inside));
    }
    branches
}

/// The counts of both sides of a node, as far as they are worth keeping. Only the smaller side is counted.
fn divide(finder: &Finder, counts: Option<Counts>, here: &[u32], front: usize) -> [Option<Counts>; 2] {
    let (inside, outside) = here.split_at(front);
    let Some(counts) = counts.filter(|_| inside.len().max(outside.len()) >= KEPT_ROWS) else {
        return [None, None];
    };
    let is_inside_less = inside.len() < outside.len();
    let (less, more) = finder.divide(counts, if is_inside_less { inside } else { outside });
    let less = (inside.len().min(outside.len()) >= KEPT_ROWS).then_some(less);
    if is_inside_less { [less, Some(more)] } else { [Some(more), less] }
}

/// Whether one side of a split may be a leaf.
fn is_allowed(
    here: &[u32],
    codes: &[u8],
    split: &Split,
    inside: bool,
    subjects: &[u32],
    rows: &Rows,
) -> bool {
    let mut crowd = Crowd::new(rows.privacy);
    let mut side = 0;
    for &row in here {
        if split.contains(codes[row as usize]) == inside {
            side += 1;
            crowd.add(subjects[row as usize]);
            if crowd.is_enough() && side >= rows.privacy.leaf_rows() {
                break;
            }
        }
    }
    rows.privacy.leaf_allowed(side, crowd.len())
}

/// Brings the rows whose code is in the set to the front, keeping the order on both sides, and says how many they are.
fn partition(here: &mut [u32], codes: &[u8], set: u64, aside: &mut Vec<u32>) -> usize {
    aside.clear();
    let mut front = 0;
    for at in 0..here.len() {
        let row = here[at];
        if set >> codes[row as usize] & 1 == 1 {
            here[front] = row;
            front += 1;
        } else {
            aside.push(row);
        }
    }
    here[front..].copy_from_slice(aside);
    front
}
