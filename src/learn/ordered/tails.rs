//! What lies beyond the k-th smallest and the k-th greatest value.
//!
//! Those values belong to fewer than k subjects and are not told; but a distribution that ends where the k-th value is has too
//! narrow a range. How far it goes on is estimated from values that may be told: in an exponential tail the gap between the
//! 4k-th and the k-th greatest of n values is θ ln 4 on average, and the greatest lies θ (ln k + γ) above the k-th (Rényi 1953, on
//! the theory of order statistics).

use super::axis::Axis;
use crate::learn::observed::Runs;
use crate::model::privacy::Settings;

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;
/// How many times the crowd is walked past to see how values thin out.
const TIMES: u64 = 4;

/// Where the values from the k-th greatest up (or from the k-th smallest down) may be said to end: as far beyond it as is to be
/// expected, and not beyond the last one. `None` where the k-th is the last one, or stands for itself.
pub(super) fn end<T: Axis>(
    runs: &Runs<T>,
    atoms: &[bool],
    up: bool,
    step: T,
    privacy: Settings,
) -> Option<T> {
    let order: Vec<usize> = if up { (0..runs.len()).rev().collect() } else { (0..runs.len()).collect() };
    let kth = privacy.reached(order.iter().map(|&run| runs.subjects_of(run)))?;
    if kth == 0 || atoms[order[kth]] {
        return None;
    }
    let k = privacy.threshold() as u64;
    let mut rows = 0;
    let far = order.iter().position(|&run| {
        rows += runs.rows_of(run);
        rows >= TIMES * k
    })?;
    let distance = |a: T, b: T| if a.compare(&b).is_gt() { a.above(b) } else { b.above(a) };
    let near = runs.value(order[kth]);
    let gap = distance(near, runs.value(order[far.max(kth)]));
    let by = gap / libm::log(TIMES as f64) * (libm::log(k as f64) + GAMMA);
    let by = by.min(distance(near, runs.value(order[0])));
    let end = near.moved(if up { by } else { -by });
    let (low, high) = if up { (near, end) } else { (end, near) };
    let end = end.rounded(low, high, step, near, !up);
    (distance(near, end) > 0.0).then_some(end)
}
