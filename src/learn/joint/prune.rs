//! How far a tree is worth its depth, and how much its leaves lean on their ancestors: both by the likelihood of rows that
//! did not make them.

use super::census::{Census, Evidence};
use super::grow::Branch;
use crate::model::Codec;

/// What `tau` may be, from little to much smoothing, and which of them is the default.
const TAUS: [f64; 9] = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0];
const DEFAULT_TAU: usize = 3;

/// What `detail` may be, from much to little smoothing, the default first.
const DETAILS: [Option<f64>; 6] = [None, Some(100.0), Some(20.0), Some(5.0), Some(1.0), Some(0.2)];

/// What `groups` may be, the default first: all classes, or few groups of them.
const GROUPS: [u8; 3] = [63, 16, 6];

/// With so many held-out rows, only these choose how leaves are smoothed; with fewer, the others do as well, each judged by
/// the rest. They know the tree, which flatters its leaves, but a few dozen held-out rows choose at random.
const ENOUGH_HELD_OUT: u64 = 5_000;

/// What rows say that did not make the tree.
pub(super) struct Choice {
    pub tau: f64,
    pub detail: Option<f64>,
    pub groups: u8,
    /// Whether a node is kept as an inner node.
    pub inner: Vec<bool>,
    /// ln p of the held-out rows of each node if it were a leaf.
    pub as_leaf: Vec<f64>,
    /// ln p of all rows that were looked at, under the pruned tree.
    value: f64,
}

/// Chooses `groups` and `detail`, then `tau`, and the nodes to keep.
pub(super) fn choose(census: &Census, branches: &[Branch], codec: &Codec) -> Choice {
    let mut best: Option<(Choice, Judge<'_>)> = None;
    for groups in GROUPS {
        let group_of = codec.groups(groups);
        if groups != GROUPS[0] && group_of == codec.classes {
            continue;
        }
        let judge = Judge::new(census, branches, &group_of);
        let details = if has_detail(&group_of) { &DETAILS[..] } else { &[Some(1.0)] };
        let with_detail = |&detail: &Option<f64>| judge.choice(TAUS[DEFAULT_TAU], detail, groups);
        let found = climb(with_detail(&details[0]), details[1..].iter().map(with_detail));
        if best.as_ref().is_none_or(|(best, _)| found.value > best.value) {
            best = Some((found, judge));
        }
    }
    let (found, judge) = best.expect("there are groups to try");
    let (detail, groups) = (found.detail, found.groups);
    let with_tau = |&tau: &f64| judge.choice(tau, detail, groups);
    let found = climb(found, TAUS[DEFAULT_TAU + 1..].iter().map(with_tau));
    if found.tau != TAUS[DEFAULT_TAU] {
        return found;
    }
    climb(found, TAUS[..DEFAULT_TAU].iter().rev().map(with_tau))
}

/// The last of the choices that are each better than the one before. Rows are the likelier the nearer smoothing comes to what suits
/// them, from either side.
fn climb(mut best: Choice, next: impl Iterator<Item = Choice>) -> Choice {
    for next in next {
        if next.value <= best.value {
            break;
        }
        best = next;
    }
    best
}

/// Whether any group has more than one token.
fn has_detail(groups: &[u8]) -> bool {
    let mut seen = 0u64;
    groups.iter().any(|&group| {
        let again = seen >> group & 1 == 1;
        seen |= 1 << group;
        again
    })
}

/// What rows say of one way to group classes.
struct Judge<'a> {
    branches: &'a [Branch],
    held_out: Evidence,
    known: Option<Evidence>,
}

impl<'a> Judge<'a> {
    fn new(census: &Census, branches: &'a [Branch], group_of: &[u8]) -> Self {
        let held_out = Evidence::of_held_out(census, group_of);
        let known = (held_out.rows(0) < ENOUGH_HELD_OUT).then(|| Evidence::of_each_other(census, group_of));
        Self { branches, held_out, known }
    }

    fn choice(&self, tau: f64, detail: Option<f64>, groups: u8) -> Choice {
        let as_leaf = self.held_out.as_leaf(tau, detail);
        let (inner, mut value) = pruned(self.branches, &as_leaf);
        if let Some(known) = &self.known {
            value += value_of(self.branches, &inner, &known.as_leaf(tau, detail), 0);
        }
        Choice { tau, detail, groups, inner, as_leaf, value }
    }
}

/// Which splits to keep, namely those without which held-out rows are not likelier, and ln p of these rows.
fn pruned(branches: &[Branch], as_leaf: &[f64]) -> (Vec<bool>, f64) {
    let mut values = as_leaf.to_vec();
    let mut inner = vec![false; branches.len()];
    for (at, branch) in branches.iter().enumerate().rev() {
        if let Some((_, [inside, outside])) = branch.split {
            let split = values[inside] + values[outside];
            if split >= values[at] {
                values[at] = split;
                inner[at] = true;
            }
        }
    }
    (inner, values[0])
}

/// The sum over the leaves below a node.
fn value_of(branches: &[Branch], inner: &[bool], as_leaf: &[f64], at: usize) -> f64 {
    match &branches[at].split {
        Some((_, children)) if inner[at] => {
            children.iter().map(|&child| value_of(branches, inner, as_leaf, child)).sum()
        }
        _ => as_leaf[at],
    }
}
