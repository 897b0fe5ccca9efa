//! A pruned tree as the model keeps it.

use super::census::{Census, Counts, Evidence, by_group, merged, total};
use super::grow::{Branch, Grown};
use super::prune::Choice;
use crate::model::{Codec, Histogram, Node, Tree};

/// Writes down what is kept of the branches. Held-out rows join the counts.
pub(super) fn assemble(codec: &Codec, branches: &[Branch], census: &Census, choice: &Choice) -> Grown {
    let kept = kept(branches, choice);
    let mut grown = judged(codec, branches, census, choice, &kept);
    let is_leaf = |&&node: &&usize| !choice.inner[node];
    let leaves: Vec<usize> = kept.iter().filter(is_leaf).copied().collect();
    let inner: Vec<usize> = kept.iter().copied().filter(|&node| choice.inner[node]).collect();
    let numbers = |nodes: &[usize]| {
        let mut numbers = vec![0i32; branches.len()];
        nodes.iter().enumerate().for_each(|(number, &node)| numbers[node] = number as i32);
        numbers
    };
    let (leaf_numbers, inner_numbers) = (numbers(&leaves), numbers(&inner));
    let next = |node: usize| if choice.inner[node] { inner_numbers[node] } else { -1 - leaf_numbers[node] };
    for &node in &inner {
        let (split, [inside, outside]) = branches[node].split.as_ref().expect("inner nodes are split");
        let feature = grown.used.binary_search(&split.feature).expect("it is used") as u16;
        let (inside, outside) = (next(*inside), next(*outside));
        grown.tree.nodes.push(Node { feature, set: split.set, inside, outside });
    }
    grown.tree.histograms = histograms(codec, census, choice, leaves);
    grown
}

/// Nodes of the pruned tree, parents first.
fn kept(branches: &[Branch], choice: &Choice) -> Vec<usize> {
    let mut is_kept = vec![false; branches.len()];
    is_kept[0] = true;
    for (at, branch) in branches.iter().enumerate() {
        if let Some((_, children)) = branch.split.as_ref().filter(|_| is_kept[at] && choice.inner[at]) {
            children.iter().for_each(|&child| is_kept[child] = true);
        }
    }
    (0..branches.len()).filter(|&at| is_kept[at]).collect()
}

/// The histograms of the leaves, then those that they fall back to, nodes further up later and the root last.
fn histograms(codec: &Codec, census: &Census, choice: &Choice, mut nodes: Vec<usize>) -> Vec<Histogram> {
    let mut ancestors = Vec::new();
    for &leaf in &nodes {
        let mut at = leaf;
        while at != 0 {
            at = census.fallbacks[at];
            ancestors.push(at);
        }
    }
    ancestors.sort_unstable_by(|a, b| b.cmp(a));
    ancestors.dedup();
    nodes.extend(ancestors);
    let mut numbers = vec![0; census.known.len()];
    nodes.iter().enumerate().for_each(|(number, &node)| numbers[node] = number as u32);
    let group_of = codec.groups(choice.groups);
    let histogram = |&node: &usize| {
        let counts = merged(&census.known[node], &census.held_out[node]);
        let fallback = (node != 0).then(|| numbers[census.fallbacks[node]]);
        let rows = if node == 0 || choice.detail.is_some() { counts } else { groups(&counts, &group_of) };
        Histogram { rows, fallback }
    };
    nodes.iter().map(histogram).collect()
}

/// Rows by group.
fn groups(counts: &Counts, group_of: &[u8]) -> Counts {
    (0u16..).zip(by_group(counts, group_of)).filter(|&(_, count)| count > 0).collect()
}

/// How good the tree is, and which sights it looks at.
fn judged(codec: &Codec, branches: &[Branch], census: &Census, choice: &Choice, kept: &[usize]) -> Grown {
    let group_of = codec.groups(choice.groups);
    let known = Evidence::of_known(census, &group_of);
    let known_as_leaf = known.as_leaf(choice.tau, choice.detail);
    let value = |as_leaf: &[f64]| -> f64 {
        kept.iter().filter(|&&node| !choice.inner[node]).map(|&node| as_leaf[node]).sum()
    };
    let rows = total(&census.known[0]).max(1) as f64;
    let fit = value(&known_as_leaf) / rows;
    let leaves: Vec<usize> = kept.iter().copied().filter(|&node| !choice.inner[node]).collect();
    let gain = known.gain(&leaves, choice.tau, choice.detail);
    let evidence = Evidence::of_held_out(census, &group_of);
    let held_out = evidence.rows(0);
    let held_out_gain = (held_out > 0).then(|| evidence.gain(&leaves, choice.tau, choice.detail));
    let (as_leaf, rows) =
        if held_out > 0 { (&choice.as_leaf, held_out as f64) } else { (&known_as_leaf, rows) };
    let mut gains = std::collections::BTreeMap::new();
    for &node in kept.iter().filter(|&&node| choice.inner[node]) {
        let (split, [inside, outside]) = branches[node].split.as_ref().expect("inner nodes are split");
        let gain = as_leaf[*inside] + as_leaf[*outside] - as_leaf[node];
        *gains.entry(split.feature).or_insert(0.0) += gain / rows;
    }
    Grown {
        tree: Tree { tau: choice.tau, groups: choice.groups, detail: choice.detail, ..Tree::default() },
        used: gains.keys().copied().collect(),
        gain_by_feature: gains.values().copied().collect(),
        fit,
        held_out: value(as_leaf) / rows,
        marginal: as_leaf[0] / rows,
        gain,
        held_out_gain,
    }
}
