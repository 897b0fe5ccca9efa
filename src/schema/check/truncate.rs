//! `date_trunc`: the beginning of the month (week, year, …) that a moment is in. Compared with a fixed moment it says no more than
//! that the moment itself is before or after some beginning, which bounds the column.

use super::Datum;
use super::function::Function;
use super::node::{Comparison, Kind, Node};
use super::value::Value;
use crate::schema::civil::{self, DAY};

/// What moments are cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    /// The unit that PostgreSQL calls so.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match &name.to_ascii_lowercase()[..] {
            "second" => Self::Second,
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// How long it is, in microseconds; `None` where that depends on the calendar.
    fn length(self) -> Option<i64> {
        match self {
            Self::Second => Some(1_000_000),
            Self::Minute => Some(60_000_000),
            Self::Hour => Some(3_600_000_000),
            Self::Day => Some(DAY),
            Self::Week => Some(7 * DAY),
            Self::Month | Self::Quarter | Self::Year => None,
        }
    }

    /// Months of a unit of the calendar.
    fn months(self) -> i64 {
        match self {
            Self::Quarter => 3,
            Self::Year => 12,
            _ => 1,
        }
    }

    /// Where the unit begins that a moment is in, and so many units later.
    fn begins(self, micros: i64, later: i64) -> i64 {
        if let Some(length) = self.length() {
            // 1970-01-01 was a Thursday.
            let first = if self == Self::Week { -3 * DAY } else { 0 };
            return micros - (micros - first).rem_euclid(length) + later * length;
        }
        let (year, month, _) = civil::from_days(micros.div_euclid(DAY));
        let months = self.months();
        let number = (year * 12 + month - 1).div_euclid(months) * months + later * months;
        civil::to_days(number.div_euclid(12), number.rem_euclid(12) + 1, 1) * DAY
    }

    /// Where the unit begins that a day or moment is in.
    pub(super) fn of<'a>(self, value: Value<'_>) -> Option<Value<'a>> {
        let micros = match value {
            Value::Date(days) => i64::from(days) * DAY,
            Value::Timestamp(micros) => micros,
            _ => return None,
        };
        Some(Value::Timestamp(self.begins(micros, 0)))
    }
}

/// A comparison of a beginning with a fixed moment, as one of the moment itself; `None` where it is none.
pub(super) fn unfolded(op: Comparison, left: &Node, right: &Node) -> Option<Node> {
    let (op, called, datum) = match (left, right) {
        (called, Node::Literal(datum)) => (op, called, datum),
        (Node::Literal(datum), called) => (op.mirrored(), called, datum),
        _ => return None,
    };
    let Node::Call { function: Function::Beginning(unit), arguments } = called else { return None };
    let (unit, [subject]) = (*unit, arguments.as_slice()) else { return None };
    let micros = match datum {
        Datum::Date(days) => i64::from(*days) * DAY,
        Datum::Timestamp(micros) => *micros,
        _ => return None,
    };
    let begins = unit.begins(micros, 0);
    let next = unit.begins(micros, 1);
    let first = if begins == micros { begins } else { next };
    let compared = |op: Comparison, micros: i64| {
        let datum = match subject.kind() {
            Kind::Date if micros.rem_euclid(DAY) == 0 => {
                Datum::Date(i32::try_from(micros.div_euclid(DAY)).ok()?)
            }
            Kind::Timestamp => Datum::Timestamp(micros),
            _ => return None,
        };
        let right = Box::new(Node::Literal(datum));
        Some(Node::Compare { op, left: Box::new(subject.clone()), right, fold: false })
    };
    match op {
        Comparison::GreaterOrEqual => compared(op, first),
        Comparison::Less => compared(op, first),
        Comparison::Greater => compared(Comparison::GreaterOrEqual, next),
        Comparison::LessOrEqual => compared(Comparison::Less, next),
        // No unit begins in between.
        Comparison::Equal | Comparison::NotEqual if begins != micros => None,
        Comparison::Equal => {
            let ends = [compared(Comparison::GreaterOrEqual, begins)?, compared(Comparison::Less, next)?];
            Some(Node::joined(true, ends.into()))
        }
        Comparison::NotEqual => {
            let ends = [compared(Comparison::Less, begins)?, compared(Comparison::GreaterOrEqual, next)?];
            Some(Node::joined(false, ends.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;
    use crate::schema::check::calendar::{parse_timestamp, show_timestamp};

    #[test]
    fn units_begin_where_the_calendar_says() {
        let begins = |unit: Unit, later: i64| {
            show_timestamp(unit.begins(parse_timestamp("2024-02-29 13:14:15.5").expect("a moment"), later))
        };
        assert_eq!(begins(Unit::Second, 0), "2024-02-29 13:14:15");
        assert_eq!(begins(Unit::Hour, 1), "2024-02-29 14:00:00");
        assert_eq!(begins(Unit::Day, 1), "2024-03-01 00:00:00");
        assert_eq!(begins(Unit::Week, 0), "2024-02-26 00:00:00");
        assert_eq!(begins(Unit::Month, 1), "2024-03-01 00:00:00");
        assert_eq!(begins(Unit::Quarter, 0), "2024-01-01 00:00:00");
        assert_eq!(begins(Unit::Year, 1), "2025-01-01 00:00:00");
    }
}
