//! Whole numbers, days and times without repeats.

use super::number::{integer_bounds, natural_step, unit};
use super::{Request, Sampler, Values};
use crate::model::{Marginal, UniqueIntegers};

/// Distinct whole numbers, spread as the source's: value number `i` is `i` plus a gap that never falls.
pub(super) struct Distinct {
    gaps: Vec<i64>,
    source_rows: u64,
    step: i64,
    offset: i64,
    count: u64,
    /// Added to every value, to stay above what the target has.
    lift: i128,
    /// The last value of each segment of the distribution, the last one left out; `None` where tokens are of something else.
    segments: Option<Vec<i64>>,
}

impl Distinct {
    /// The error says how many different values fit.
    pub(super) fn new(unique: &UniqueIntegers, request: &Request<'_>) -> Result<Self, String> {
        let (low, high) = integer_bounds(request);
        let (mut step, mut offset) = (unique.step.max(1), unique.offset);
        let mut gaps = if unique.gaps.is_empty() { vec![1] } else { unique.gaps.clone() };
        let unit = unit(request);
        if step % unit != 0 || offset % unit != 0 {
            let value = |gap: i64| gap.saturating_mul(step).saturating_add(offset);
            gaps = gaps.iter().map(|&gap| value(gap).div_euclid(unit)).collect();
            (step, offset) = (unit, 0);
        }
        let segments = request.learned.filter(|learned| learned.relative.is_none()).and_then(|learned| {
            let Marginal::Integers(ordered) = &learned.marginal else { return None };
            let (_, inner) = ordered.segments.split_last()?;
            Some(inner.iter().map(|segment| segment.high).collect())
        });
        let source_rows = unique.rows.max(1);
        let mut distinct = Self { gaps, source_rows, step, offset, count: request.count, lift: 0, segments };
        if request.count == 0 {
            return Ok(distinct);
        }
        if let Some(above) = request.above.map(i128::from) {
            let first = distinct.wide(request.first);
            if first <= above {
                distinct.lift = ((above - first) / i128::from(step) + 1) * i128::from(step);
            }
            if distinct.wide(request.count - 1) > i128::from(high) {
                return Err(format!("no {} values are left above those that the target has", request.count));
            }
            return Ok(distinct);
        }
        let ends = |distinct: &Self| (distinct.wide(0), distinct.wide(request.count - 1));
        let (first, last) = ends(&distinct);
        if first < i128::from(low) || last > i128::from(high) {
            // The learned spread does not fit: pack the values from the lowest allowed one upwards.
            let start =
                if first >= i128::from(low) && first <= i128::from(high) { first as i64 } else { low.max(0) };
            let step = natural_step(request.data_type());
            let start = start.div_euclid(step) + i64::from(start.rem_euclid(step) > 0);
            distinct = Self { gaps: vec![start], step, offset: 0, ..distinct };
            let (first, last) = ends(&distinct);
            if last > i128::from(high) {
                let steps = (last - i128::from(high) + i128::from(step) - 1) / i128::from(step);
                if first - steps * i128::from(step) < i128::from(low) {
                    let room = (i128::from(high) - i128::from(low)) / i128::from(step) + 1;
                    return Err(format!("only {room} different values fit, {} are needed", request.count));
                }
                distinct.gaps = vec![start - steps as i64];
            }
        }
        Ok(distinct)
    }

    fn wide(&self, position: u64) -> i128 {
        let knots = self.gaps.len() as u128 - 1;
        let last = u128::from(self.count.max(2) - 1);
        // Interpolate between knots in whole numbers, so that gaps never fall.
        let scaled = u128::from(position) * knots;
        let (at, rest) = ((scaled / last) as usize, scaled % last);
        let low = i128::from(self.gaps[at.min(knots as usize)]);
        let high = i128::from(self.gaps[(at + 1).min(knots as usize)]);
        let gap = low + (high - low) * rest as i128 / last as i128;
        let first = i128::from(self.gaps[0]);
        // With more rows than the source the spread widens in proportion; with fewer it stays.
        let stretched = if self.count > self.source_rows {
            first + (gap - first) * i128::from(self.count) / i128::from(self.source_rows)
        } else {
            gap
        };
        (i128::from(position) + stretched) * i128::from(self.step) + i128::from(self.offset) + self.lift
    }
}

impl Sampler for Distinct {
    fn tokens(&self) -> Option<Vec<(u16, u64)>> {
        let segments = self.segments.as_ref()?;
        let end = |&high: &i64| {
            let (mut below, mut above) = (0, self.count);
            while below < above {
                let middle = below + (above - below) / 2;
                match self.wide(middle) <= i128::from(high) {
                    true => below = middle + 1,
                    false => above = middle,
                }
            }
            below
        };
        Some((1u16..).zip(segments.iter().map(end).chain([self.count])).collect())
    }

    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::Integers(positions.iter().map(|position| position.map(|p| self.wide(p) as i64)).collect())
    }
}
