//! What a column may hold, whatever the others of its row do.

use crate::schema::check::{Datum, Predicate, Restriction};
use crate::schema::{Column, DataType};

/// Characters of texts that are made where a column has none that is allowed.
const LONGEST: u32 = 1_000;

/// 2020-01-01, in days, and the microseconds of an hour.
const FIRST_DAY: i32 = 18_262;
const HOUR: i64 = 3_600_000_000;

/// The limits of one column: what conditions say of it by itself, and what its type holds.
pub(super) struct Limits<'a> {
    column: usize,
    restriction: Restriction,
    /// Conditions that read this column alone.
    alone: Vec<&'a Predicate>,
    /// The least and the greatest number, in units of the last decimal.
    range: Option<(i128, i128)>,
    scale: u8,
    /// The least and the greatest value that conditions allow, and the first and the last that they list.
    pub(super) ends: Vec<Datum>,
}

impl<'a> Limits<'a> {
    pub(super) fn new(predicates: &'a [Predicate], column: usize, described: &Column) -> Self {
        let mut restriction = Restriction::default();
        predicates.iter().for_each(|predicate| restriction.intersect(predicate.restriction(column)));
        let alone = predicates.iter().filter(|predicate| predicate.columns() == [column]).collect();
        let scale = if let DataType::Decimal { scale, .. } = described.data_type { scale } else { 0 };
        let least = restriction.min.iter().filter_map(|(bound, included)| end(bound, *included, 1));
        let most = restriction.max.iter().filter_map(|(bound, included)| end(bound, *included, -1));
        let listed = restriction.values.as_deref().unwrap_or_default();
        let listed = listed.first().into_iter().chain(listed.last()).cloned();
        let ends = least.chain(most).chain(listed).collect();
        Self { column, restriction, alone, range: range(described), scale, ends }
    }

    /// Whether a value is within them.
    pub(super) fn allow(&self, datum: &Datum) -> bool {
        let in_range = match (datum, self.range) {
            (Datum::Decimal(unscaled, own), Some((low, high))) => {
                let up = 10i128.checked_pow(u32::from(self.scale.saturating_sub(*own)));
                let scaled = up.and_then(|up| unscaled.checked_mul(up));
                scaled.is_some_and(|value| (low..=high).contains(&value))
            }
            _ => true,
        };
        let of = |column: usize| if column == self.column { datum.clone() } else { Datum::Null };
        in_range && self.restriction.allows(datum) && self.alone.iter().all(|predicate| predicate.admits(&of))
    }
}

impl Limits<'_> {
    /// Plain values that are allowed, for a column that has none.
    pub(super) fn plain(&self, data_type: &DataType) -> Vec<Datum> {
        let least = self.restriction.length.0.unwrap_or(1).clamp(1, LONGEST) as usize;
        let made: Vec<Datum> = match data_type {
            DataType::Boolean => vec![Datum::Boolean(false), Datum::Boolean(true)],
            DataType::Integer { .. } | DataType::Decimal { .. } => {
                (0..10).map(|number| Datum::Decimal(number, 0)).collect()
            }
            DataType::Float { .. } | DataType::Numeric => {
                (0..10).map(|number| Datum::Float(f64::from(number))).collect()
            }
            DataType::Date => (0..10).map(|day| Datum::Date(FIRST_DAY + day)).collect(),
            DataType::Time => (0..10).map(|hour| Datum::Time(hour * HOUR)).collect(),
            DataType::Timestamp { .. } => {
                (0..10).map(|hour| Datum::Timestamp((i64::from(FIRST_DAY) * 24 + hour) * HOUR)).collect()
            }
            DataType::Enum { labels, .. } => labels.iter().cloned().map(Datum::Text).collect(),
            DataType::Text { .. } => ["a", "b", "c", "A", "B", "C", "1", "2", "3"]
                .map(|letter| Datum::Text(letter.repeat(least)))
                .to_vec(),
            _ => Vec::new(),
        };
        made.into_iter().chain(self.ends.iter().cloned()).filter(|datum| self.allow(datum)).collect()
    }
}

/// The first value at a bound; `inside` is the direction of those that are allowed.
fn end(bound: &Datum, included: bool, inside: i32) -> Option<Datum> {
    Some(match *bound {
        Datum::Decimal(value, 0) if !included => Datum::Decimal(value + i128::from(inside), 0),
        Datum::Date(days) if !included => Datum::Date(days + inside),
        Datum::Decimal(..) | Datum::Float(_) | Datum::Date(_) | Datum::Time(_) | Datum::Timestamp(_)
            if included =>
        {
            bound.clone()
        }
        _ => return None,
    })
}

/// The numbers that a type holds.
fn range(column: &Column) -> Option<(i128, i128)> {
    let native = column.native.to_ascii_lowercase();
    match column.data_type {
        DataType::Integer { .. } if native.starts_with("year") => Some((1901, 2155)),
        DataType::Integer { .. } => {
            column.data_type.integer_range().map(|(low, high)| (i128::from(low), i128::from(high)))
        }
        DataType::Decimal { precision, .. } => {
            let most = 10i128.checked_pow(u32::from(precision))? - 1;
            Some((if native.contains("unsigned") { 0 } else { -most }, most))
        }
        _ => None,
    }
}
