//! What lies beyond the k-th smallest and the k-th greatest value.
//!
//! Those values belong to fewer than k subjects and are not told; but a distribution that ends where the k-th value is has too
//! narrow a range. How far it goes on is estimated from values that may be told: in an exponential tail the gap between the
//! 4k-th and the k-th greatest of n values is θ ln 4 on average, and the greatest lies θ (ln k + γ) above the k-th (Rényi 1953, on
//! the theory of order statistics).

use super::axis::Axis;
use crate::learn::observed::Runs;
use crate::model::privacy::Settings;
use crate::model::{Ordered, Segment};

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;
/// How many times the crowd is walked past to see how values thin out.
const TIMES: u64 = 4;

/// Adds a thin segment on each side where values lie beyond the outermost one of `ends` (runs). What is told of them is that they
/// are there: not how many, nor how far they go, unless they go less far than could be expected.
pub(super) fn add<T: Axis>(
    ordered: &mut Ordered<T>,
    runs: &Runs<T>,
    ends: (usize, usize),
    detail: &super::Detail<T>,
    privacy: Settings,
) {
    let last = runs.len() - 1;
    if let Some((near, by)) = reach(runs, &mut (0..=last).rev(), privacy)
        && ends.1 < last
    {
        let value = near.moved(by.min(runs.value(last).above(near)));
        let value = value.rounded(near, value, ordered.step, ordered.offset, false);
        let value = if value.compare(&detail.highest).is_gt() { detail.highest } else { value };
        if let Some(outermost) = ordered.segments.last_mut() {
            let low = outermost.high.after(ordered.step);
            if let Some(tail) = split(outermost, low, value, privacy) {
                ordered.segments.push(tail);
            }
        }
    }
    if let Some((near, by)) = reach(runs, &mut (0..=last), privacy)
        && ends.0 > 0
    {
        let value = near.moved(-by.min(near.above(runs.value(0))));
        let value = value.rounded(value, near, ordered.step, ordered.offset, true);
        let value = if value.compare(&detail.lowest).is_lt() { detail.lowest } else { value };
        if let Some(outermost) = ordered.segments.first_mut() {
            let high = outermost.low.before(ordered.step);
            if let Some(tail) = split(outermost, value, high, privacy) {
                ordered.segments.insert(0, tail);
            }
        }
    }
}

/// The k-th value from one end, and how far beyond it the last one is to be expected.
fn reach<T: Axis>(
    runs: &Runs<T>,
    from: &mut dyn Iterator<Item = usize>,
    privacy: Settings,
) -> Option<(T, f64)> {
    let order: Vec<usize> = from.collect();
    let kth = privacy.reached(order.iter().map(|&run| runs.subjects_of(run)))?;
    let k = privacy.threshold() as u64;
    let mut rows = 0;
    let far = order.iter().position(|&run| {
        rows += runs.rows_of(run);
        rows >= TIMES * k
    })?;
    let (near, far) = (runs.value(order[kth]), runs.value(order[far.max(kth)]));
    let gap = if near.compare(&far).is_gt() { near.above(far) } else { far.above(near) };
    Some((near, gap / libm::log(TIMES as f64) * (libm::log(k as f64) + GAMMA)))
}

/// Takes a few rows out of the outermost segment.
fn split<T: Axis>(outermost: &mut Segment<T>, low: T, high: T, privacy: Settings) -> Option<Segment<T>> {
    let rows = (privacy.threshold() as u64).div_ceil(2);
    let wider =
        high.compare(&low).is_gt() || (high.compare(&low).is_eq() && !high.compare(&outermost.high).is_eq());
    if !wider || outermost.rows < 2 * rows {
        return None;
    }
    outermost.rows -= rows;
    Some(Segment { low, high, rows })
}
