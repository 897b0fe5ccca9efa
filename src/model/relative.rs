//! Days and times that are told as differences from other values of the row and the rows above it.

use super::rule::{Operand, Scalar};
use crate::schema::DataType;
use crate::schema::civil::DAY;
use serde::{Deserialize, Serialize};

/// What a column's marginal is the distribution of: not its values, but how far they are from another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    /// What differences are counted from.
    pub to: Operand,
    /// On which side of it all values are.
    pub side: Side,
    /// What else values do not go beyond.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
    /// Whether some rows have a value although [`Self::to`] is NULL; their differences say nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// The smallest value, on the grid.
    pub lowest: i64,
    /// The greatest value, on the grid.
    pub highest: i64,
    /// The distance between neighbouring values.
    pub step: i64,
    /// A value the grid passes through.
    pub offset: i64,
    /// A value far beyond all others that stands for none: `9999-01-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Open>,
}

/// A value that is not told as a difference, and the difference that stands for it, above all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The value, in units of the column.
    pub value: i64,
    /// What stands for it.
    pub difference: i64,
}

/// On which side of another value all values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At it or after.
    After,
    /// At it or before.
    Before,
    /// On either.
    Around,
}

/// A value that others do not go beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The value.
    pub by: Operand,
    /// On which side of it the others are.
    pub side: Side,
    /// Whether they are never at it.
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

    /// All values that those of the column depend on.
    pub fn operands(&self) -> impl Iterator<Item = &Operand> {
        std::iter::once(&self.to).chain(self.limits.iter().map(|limit| &limit.by))
    }

    /// Where differences are counted from, given the value of [`Self::to`] in microseconds: the place of the column's grid beside it,
    /// in units of the column.
    pub fn base(&self, micros: i64, unit: i64) -> i64 {
        self.place(micros, unit, self.side == Side::After)
    }

    /// The place of the grid at a moment, or the next one above or below it.
    fn place(&self, micros: i64, unit: i64, above: bool) -> i64 {
        let (step, unit) = (i128::from(self.step), i128::from(unit));
        let way = i128::from(micros) - i128::from(self.offset) * unit;
        let steps = way.div_euclid(step * unit) + i128::from(above && way.rem_euclid(step * unit) != 0);
        (i128::from(self.offset) + steps * step) as i64
    }

    /// The outermost place that a limit allows, given its value in microseconds.
    pub fn last(&self, limit: &Limit, micros: i64, unit: i64) -> i64 {
        let after = limit.side == Side::After;
        let place = self.place(micros, unit, after);
        let reached = i128::from(place) * i128::from(unit) == i128::from(micros);
        match (limit.strict && reached, after) {
            (false, _) => place,
            (true, true) => place + self.step,
            (true, false) => place - self.step,
        }
    }

    /// The value that a difference stands for, whatever it is counted from.
    pub fn stands_open(&self, difference: i64) -> Option<i64> {
        self.open.filter(|open| difference >= open.difference).map(|open| open.value)
    }

    /// The value at a difference from its base, not before `floor` nor after `ceiling`; `nearest` is the smallest distance from the
    /// base. What would be out of range is mirrored at the end of the range: cut off there, it would pile up.
    pub fn value(
        &self,
        (base, difference): (i64, i64),
        nearest: i64,
        (floor, ceiling): (Option<i64>, Option<i64>),
    ) -> i64 {
        if let Some(open) = self.stands_open(difference) {
            return open;
        }
        let difference = difference - difference.rem_euclid(self.step);
        // Limits count more than the range, which ends where few rows of the source are.
        let mut low = self.lowest.min(ceiling.unwrap_or(i64::MAX));
        let mut high = self.highest.max(floor.unwrap_or(i64::MIN));
        match self.side {
            Side::After => low = low.max(base.saturating_add(nearest)),
            Side::Before => high = high.min(base.saturating_sub(nearest)),
            Side::Around => {}
        }
        let mut value = base.saturating_add(difference);
        if let Some(floor) = floor {
            low = low.max(floor);
            value = if value < floor { floor.saturating_add(difference.saturating_abs()) } else { value };
        }
        if let Some(ceiling) = ceiling {
            high = high.min(ceiling);
            value = if value > ceiling { ceiling.saturating_sub(difference.saturating_abs()) } else { value };
        }
        match self.side {
            Side::Before => mirrored(value, low.min(high), high),
            _ => mirrored(value, low, high.max(low)),
        }
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
        let (to, limits) = (Operand::own(0), Vec::new());
        Relative { to, side, limits, alone: false, lowest: 0, highest: 1_000, step, offset, open: None }
    }

    #[test]
    fn bases_lie_on_the_grid_beside_the_operand() {
        let base = |side, micros: i64| relative(side, 1, 0).base(micros, DAY);
        assert_eq!(base(Side::After, 3 * DAY + 5), 4);
        assert_eq!(base(Side::Before, 3 * DAY + 5), 3);
        assert_eq!(base(Side::Around, 3 * DAY + 5), 3);
        assert_eq!(base(Side::After, 3 * DAY), 3);
        assert_eq!(relative(Side::After, 10, 3).base(14, 1), 23);
        assert_eq!(relative(Side::Before, 10, 3).base(4, 1), 3);
    }

    #[test]
    fn values_stay_on_their_side_and_in_range() {
        let open = (None, None);
        let after = relative(Side::After, 1, 0);
        for base in [-50, 0, 400, 995, 1_000, 1_200] {
            for difference in [0, 3, 700, 5_000] {
                let value = after.value((base, difference), 2, open);
                let fits = value >= base + 2 && value >= 0 && value <= 1_000.max(base + 2);
                assert!(fits, "{base} {difference} {value}");
            }
        }
        assert_eq!(after.value((400, 100), 0, open), 500);
        assert_eq!(after.value((400, 700), 0, open), 900, "mirrored at the greatest value");
        let before = relative(Side::Before, 1, 0);
        assert_eq!(before.value((400, -100), 1, open), 300);
        assert_eq!(before.value((400, 0), 1, open), 398, "mirrored");
        assert!(before.value((400, -700), 0, (Some(390), None)) >= 390);
        assert_eq!(relative(Side::Around, 1, 0).value((990, 20), 0, open), 990);
    }

    #[test]
    fn values_do_not_go_beyond_limits() {
        let after = relative(Side::After, 10, 0);
        let last = |side, micros, strict| after.last(&Limit { by: Operand::own(1), side, strict }, micros, 1);
        assert_eq!((last(Side::Before, 57, false), last(Side::Before, 60, true)), (50, 50));
        assert_eq!((last(Side::After, 57, false), last(Side::After, 60, true)), (60, 70));
        for difference in (0..300).step_by(10) {
            let value = after.value((20, difference), 0, (Some(30), Some(50)));
            assert!((30..=50).contains(&value) && value % 10 == 0);
        }
        assert_eq!(after.value((20, 30), 0, (Some(40), None)), 50, "it is after the limit anyway");
        assert_eq!(after.value((20, 30), 0, (Some(90), None)), 120, "counted from the limit");
        assert_eq!(after.value((60, 30), 0, (None, Some(50))), 60, "the side counts more than the limit");
        assert_eq!(after.value((-90, 30), 0, (None, Some(-70))), -70, "limits may be out of range");
        assert_eq!(after.value((1_100, 30), 0, (Some(1_200), None)), 1_200, "on either side");
    }
}
