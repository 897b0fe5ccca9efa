//! What fitting needs of a number.

use crate::model::privacy::{granule_f64, granule_i64, outward_f64, outward_i64, round_f64};
use std::cmp::Ordering;

/// A number on an axis: whole units, or floating point.
pub(super) trait Axis: Copy + PartialOrd {
    /// The order of values.
    fn compare(&self, other: &Self) -> Ordering;
    /// The next place of the grid above; the same place where there is no grid.
    fn after(self, step: Self) -> Self;
    /// The next place of the grid below.
    fn before(self, step: Self) -> Self;
    /// How far `self` is above `low`.
    fn above(self, low: Self) -> f64;
    /// The value so far above it.
    fn moved(self, by: f64) -> Self;
    /// `self` rounded to one digit of the width `low..=high`, on the grid.
    fn rounded(self, low: Self, high: Self, step: Self, offset: Self, up: bool) -> Self;
    /// A rounded range around two values, neither of which is an end.
    fn outward(low: Self, high: Self, digits: u32) -> (Self, Self);
}

impl Axis for i64 {
    fn compare(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }

    fn after(self, step: Self) -> Self {
        self.saturating_add(step)
    }

    fn before(self, step: Self) -> Self {
        self.saturating_sub(step)
    }

    fn above(self, low: Self) -> f64 {
        self.abs_diff(low) as f64
    }

    fn moved(self, by: f64) -> Self {
        self.saturating_add(by as i64)
    }

    fn rounded(self, low: Self, high: Self, step: Self, offset: Self, up: bool) -> Self {
        let granule = granule_i64(high.abs_diff(low), step);
        let places = self.saturating_sub(offset);
        let down = places.div_euclid(granule).saturating_mul(granule).saturating_add(offset);
        if up && down < self { down.saturating_add(granule) } else { down }
    }

    fn outward(low: Self, high: Self, digits: u32) -> (Self, Self) {
        outward_i64(low, high, digits)
    }
}

impl Axis for f64 {
    fn compare(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }

    fn after(self, _: Self) -> Self {
        self
    }

    fn before(self, _: Self) -> Self {
        self
    }

    fn above(self, low: Self) -> f64 {
        self - low
    }

    fn moved(self, by: f64) -> Self {
        self + by
    }

    fn rounded(self, low: Self, high: Self, _: Self, _: Self, up: bool) -> Self {
        round_f64(self, granule_f64(high - low), up)
    }

    fn outward(low: Self, high: Self, _: u32) -> (Self, Self) {
        outward_f64(low, high)
    }
}
