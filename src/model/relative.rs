//! Days and times that are told as differences from other values of the row and the rows above it.

use super::rule::{Operand, Scalar};
use crate::schema::DataType;
use serde::{Deserialize, Serialize};

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// What a column's marginal is the distribution of: not its values, but how far they are from other values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    /// What differences are counted from: the latest of these (the earliest, where values come before); NULLs are left out.
    pub to: Vec<Operand>,
    /// On which side of them all values are.
    pub side: Side,
    /// What values do not go beyond on the other side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<Limit>,
    /// The smallest value, on the grid.
    pub lowest: i64,
    /// The greatest value, on the grid.
    pub highest: i64,
    /// The distance between neighbouring values.
    pub step: i64,
    /// A value the grid passes through.
    pub offset: i64,
}

/// On which side of other values all values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At them or after.
    After,
    /// At them or before.
    Before,
    /// On either.
    Around,
}

/// A value that others do not go beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The value.
    pub by: Operand,
    /// Whether they never reach it.
    pub strict: bool,
}

impl Relative {
    /// Microseconds in a unit of a column of days or times; `None` for other types.
    pub fn unit(data_type: &DataType) -> Option<i64> {
        match data_type {
            DataType::Date => Some(DAY),
            DataType::Timestamp { .. } => Some(1),
            _ => None,
        }
    }

    /// Microseconds since 1970-01-01 00:00 of a day or time.
    pub fn micros(value: Scalar) -> Option<i64> {
        match value {
            Scalar::Date(days) => days.checked_mul(DAY),
            Scalar::Moment(micros) => Some(micros),
            _ => None,
        }
    }

    /// Where differences are counted from, given [`Self::to`] in microseconds: the place of the column's grid beside it, in units
    /// of the column. `None` where all are NULL.
    pub fn base(&self, to: impl Iterator<Item = Option<i64>>, unit: i64) -> Option<i64> {
        let to = to.flatten();
        let from = if self.side == Side::Before { to.min() } else { to.max() }?;
        Some(self.place(from, unit, self.side == Side::After))
    }

    /// The place of the grid at a moment, or the next one above or below it.
    fn place(&self, micros: i64, unit: i64, above: bool) -> i64 {
        let (step, unit) = (i128::from(self.step), i128::from(unit));
        let way = i128::from(micros) - i128::from(self.offset) * unit;
        let steps = way.div_euclid(step * unit) + i128::from(above && way.rem_euclid(step * unit) != 0);
        (i128::from(self.offset) + steps * step) as i64
    }

    /// How far values may go on the other side, given a limit in microseconds.
    pub fn limit(&self, micros: i64, strict: bool, unit: i64) -> i64 {
        let before = self.side == Side::Before;
        let place = self.place(micros, unit, before);
        let reached = i128::from(place) * i128::from(unit) == i128::from(micros);
        match (strict && reached, before) {
            (false, _) => place,
            (true, false) => place - self.step,
            (true, true) => place + self.step,
        }
    }

    /// The value at a difference from its base. What would be out of range is mirrored at the end of the range: cut off there, it
    /// would pile up. `nearest` is the smallest distance from the base, `limit` the least of the limits.
    pub fn value(&self, base: i64, difference: i64, nearest: i64, limit: Option<i64>) -> i64 {
        let value = base.saturating_add(difference - difference.rem_euclid(self.step));
        let (mut low, mut high) = (self.lowest, self.highest);
        match self.side {
            Side::After => {
                let first = base.saturating_add(nearest);
                high = limit.map_or(high, |limit| high.min(limit)).max(first);
                low = low.max(first).min(high);
            }
            Side::Before => {
                let last = base.saturating_sub(nearest);
                low = limit.map_or(low, |limit| low.max(limit)).min(last);
                high = high.min(last).max(low);
            }
            Side::Around => {}
        }
        mirrored(value, low, high)
    }
}

/// A value folded into `low..=high` at both ends.
fn mirrored(value: i64, low: i64, high: i64) -> i64 {
    let width = i128::from(high) - i128::from(low);
    if width <= 0 {
        return low;
    }
    let way = (i128::from(value) - i128::from(low)).rem_euclid(2 * width);
    (i128::from(low) + way.min(2 * width - way)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(side: Side, step: i64, offset: i64) -> Relative {
        let to = vec![Operand::own(0)];
        Relative { to, side, until: Vec::new(), lowest: 0, highest: 1_000, step, offset }
    }

    #[test]
    fn bases_lie_on_the_grid_beside_the_operand() {
        let base = |side, micros: i64| relative(side, 1, 0).base([Some(micros)].into_iter(), DAY);
        assert_eq!(base(Side::After, 3 * DAY + 5), Some(4));
        assert_eq!(base(Side::Before, 3 * DAY + 5), Some(3));
        assert_eq!(base(Side::Around, 3 * DAY + 5), Some(3));
        assert_eq!(base(Side::After, 3 * DAY), Some(3));
        let of = |side, to: [Option<i64>; 3]| relative(side, 10, 3).base(to.into_iter(), 1);
        assert_eq!(of(Side::After, [Some(4), None, Some(14)]), Some(23));
        assert_eq!(of(Side::Before, [Some(4), None, Some(14)]), Some(3));
        assert_eq!(of(Side::Before, [None, None, None]), None);
    }

    #[test]
    fn values_stay_on_their_side_and_in_range() {
        let after = relative(Side::After, 1, 0);
        for base in [-50, 0, 400, 995, 1_000, 1_200] {
            for difference in [0, 3, 700, 5_000] {
                let value = after.value(base, difference, 2, None);
                assert!(
                    value >= base + 2 && (value >= 0 && value <= 1_000.max(base + 2)),
                    "{base} {difference}"
                );
            }
        }
        assert_eq!(after.value(400, 100, 0, None), 500);
        assert_eq!(after.value(400, 700, 0, None), 900, "mirrored at the greatest value");
        let before = relative(Side::Before, 1, 0);
        assert_eq!(before.value(400, -100, 1, None), 300);
        assert_eq!(before.value(400, 0, 1, None), 398, "mirrored");
        assert!(before.value(400, -700, 0, Some(390)) >= 390);
        assert_eq!(relative(Side::Around, 1, 0).value(990, 20, 0, None), 990);
    }

    #[test]
    fn values_do_not_go_beyond_limits() {
        let after = relative(Side::After, 10, 0);
        assert_eq!((after.limit(57, false, 1), after.limit(60, true, 1)), (50, 50));
        assert_eq!(relative(Side::Before, 10, 0).limit(60, true, 1), 70);
        for difference in (0..300).step_by(10) {
            let value = after.value(20, difference, 0, Some(50));
            assert!((20..=50).contains(&value) && value % 10 == 0);
        }
        assert_eq!(after.value(60, 30, 0, Some(50)), 60, "the side counts more than the limit");
    }
}
