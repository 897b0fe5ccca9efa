//! How far siblings lie apart, beyond what leaves say of it.
//!
//! A leaf holds rows whose siblings before are alike, not the same: whoever finishes behind a winner needs little more time than he did, and a leaf
//! of all slow races gives any slow time. So it is counted how many classes rows lie above the sibling before, and how many they would if each
//! were drawn from its leaf without a look at it.

use crate::model::privacy::{Crowd, Settings};
use crate::model::{Codec, Leaves, MOST_CLASSES, Outcome, Steps, Tree};

/// What it has to tell, in nats per row.
const TELLING: f64 = 0.02;
/// Rows that are counted, about.
const MOST_ROWS: usize = 50_000;
/// The most that a step gains or loses.
const MOST: f64 = 20.0;

/// The rows of a field that has been fitted: their tokens, the class of the sibling before, whom they are about.
pub(super) struct Fitted<'a> {
    pub(super) tokens: &'a [u16],
    pub(super) before: &'a [u8],
    pub(super) subjects: &'a [u32],
}

/// How much likelier steps are than leaves say; `None` where they know. `leaf` gives that of a row.
pub(super) fn of(
    (tree, codec): (&Tree, &Codec),
    rows: &Fitted<'_>,
    leaf: impl Fn(usize) -> usize,
    privacy: Settings,
) -> Option<Steps> {
    if !codec.ordered {
        return None;
    }
    let leaves = Leaves::new(tree, codec);
    let mut shares: Vec<Option<[f64; MOST_CLASSES]>> = vec![None; tree.histograms.len()];
    let mut seen: Vec<(u64, Crowd)> = (0..Steps::COUNT).map(|_| (0, Crowd::new(privacy))).collect();
    let mut expected = vec![0.0; Steps::COUNT];
    let every = rows.before.len().div_ceil(MOST_ROWS).max(1);
    for (row, (&token, &before)) in rows.tokens.iter().zip(rows.before).enumerate().step_by(every) {
        let class = codec.class(token);
        if class == 0 || before == 0 {
            continue;
        }
        let leaf = leaf(row);
        let shares = shares[leaf].get_or_insert_with(|| class_shares(&leaves, codec, leaf as u32));
        let values = 1.0 - shares[0];
        let step = &mut seen[Steps::number(before, class)];
        step.0 += 1;
        step.1.add(rows.subjects[row]);
        for (class, share) in shares.iter().enumerate().skip(1).filter(|(_, share)| **share > 0.0) {
            expected[Steps::number(before, class as u8)] += share / values;
        }
    }
    let slack = privacy.leaf_rows() as f64;
    let factor = |((rows, crowd), expected): (&(u64, Crowd), &f64)| {
        let rows = if crowd.is_enough() { *rows as f64 } else { 0.0 };
        let factor = ((rows + slack) / (expected + slack)).clamp(1.0 / MOST, MOST);
        libm::round(factor * 1e3) / 1e3
    };
    let factors: Vec<f64> = seen.iter().zip(&expected).map(factor).collect();
    let all: u64 = seen.iter().map(|step| step.0).sum();
    let told: f64 = seen.iter().zip(&factors).map(|(step, &factor)| step.0 as f64 * libm::log(factor)).sum();
    (all > 0 && told > TELLING * all as f64).then_some(Steps { factors })
}

/// The share of each class in what a leaf gives.
fn class_shares(leaves: &Leaves, codec: &Codec, leaf: u32) -> [f64; MOST_CLASSES] {
    let mut shares = [0.0; MOST_CLASSES];
    let mut pending = vec![(leaf, 1.0)];
    while let Some((state, arrives)) = pending.pop() {
        let total: f64 = leaves.outcomes(state).map(|outcome| outcome.1).sum();
        for (outcome, weight) in leaves.outcomes(state) {
            let share = arrives * weight / total;
            match outcome {
                Outcome::Token(token) => shares[usize::from(codec.class(token))] += share,
                Outcome::State(next) => pending.push((next, share)),
            }
        }
    }
    shares
}
