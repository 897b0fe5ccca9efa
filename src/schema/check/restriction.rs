//! A restriction of one column, and how restrictions combine.

use super::Datum;
use super::evaluate::holds;
use super::node::Comparison;
use super::value::{Value, compare};
use std::cmp::Ordering;

/// What a predicate says of one column alone; everything that is `None` or empty is unrestricted.
///
/// NULL passes unless `not_null`. Values are of the column's own kind where they have an exact counterpart there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Restriction {
    /// The least value, and whether it is itself allowed.
    pub min: Option<(Datum, bool)>,
    /// The greatest value, and whether it is itself allowed.
    pub max: Option<(Datum, bool)>,
    /// The only values allowed; where empty, only NULL is.
    pub values: Option<Vec<Datum>>,
    /// Values that are not allowed.
    pub excluded: Vec<Datum>,
    /// NULL is not allowed.
    pub not_null: bool,
    /// Fewest and most characters; of bytes, fewest and most bytes.
    pub length: (Option<u32>, Option<u32>),
    /// Regular expressions (of the `regex` crate) of which every one has to match.
    pub patterns: Vec<String>,
    /// The letters that texts are written in, where it is only small or only capital ones.
    pub letters: Option<Letters>,
}

/// Small or capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Texts are as `lower()` leaves them.
    Small,
    /// Texts are as `upper()` leaves them.
    Capital,
}

impl Letters {
    /// A text in these letters.
    pub fn of(self, text: &str) -> String {
        match self {
            Self::Small => text.to_lowercase(),
            Self::Capital => text.to_uppercase(),
        }
    }
}

impl Restriction {
    /// Whether the value alone would be allowed. A pattern is not looked at.
    pub fn allows(&self, datum: &Datum) -> bool {
        if *datum == Datum::Null {
            return !self.not_null;
        }
        let above = self.min.as_ref().is_none_or(|(least, included)| {
            let op = if *included { Comparison::GreaterOrEqual } else { Comparison::Greater };
            order(datum, least).is_none_or(|order| holds(op, order))
        });
        let below = self.max.as_ref().is_none_or(|(most, included)| {
            let op = if *included { Comparison::LessOrEqual } else { Comparison::Less };
            order(datum, most).is_none_or(|order| holds(op, order))
        });
        let length = match datum {
            Datum::Text(text) => Some(text.chars().count() as u64),
            Datum::Bytes(bytes) => Some(bytes.len() as u64),
            _ => None,
        };
        let spelled = match (datum, self.letters) {
            (Datum::Text(text), Some(letters)) => letters.of(text) == *text,
            _ => true,
        };
        let long_enough = length.is_none_or(|length| {
            self.length.0.is_none_or(|least| length >= u64::from(least))
                && self.length.1.is_none_or(|most| length <= u64::from(most))
        });
        above
            && below
            && long_enough
            && spelled
            && self.values.as_ref().is_none_or(|values| contains(values, datum))
            && !contains(&self.excluded, datum)
    }

    /// Adds what another restriction of the same column says.
    pub fn intersect(&mut self, other: Self) {
        if let Some((datum, included)) = other.min {
            self.at_least(datum, included);
        }
        if let Some((datum, included)) = other.max {
            self.at_most(datum, included);
        }
        if let Some(values) = other.values {
            self.only(values);
        }
        other.excluded.into_iter().for_each(|datum| self.exclude(datum));
        self.not_null |= other.not_null;
        self.lengthen(other.length.0, other.length.1);
        self.patterns.extend(other.patterns);
        self.letters = self.letters.or(other.letters);
    }

    /// Allows no values but these.
    pub(super) fn only(&mut self, values: Vec<Datum>) {
        self.values = Some(match self.values.take() {
            None => values,
            Some(before) => before.into_iter().filter(|value| contains(&values, value)).collect(),
        });
    }

    pub(super) fn at_least(&mut self, datum: Datum, included: bool) {
        let tighter = self.min.as_ref().is_none_or(|(before, _)| match order(&datum, before) {
            Some(Ordering::Equal) => !included,
            order => order == Some(Ordering::Greater),
        });
        if tighter {
            self.min = Some((datum, included));
        }
    }

    pub(super) fn at_most(&mut self, datum: Datum, included: bool) {
        let tighter = self.max.as_ref().is_none_or(|(before, _)| match order(&datum, before) {
            Some(Ordering::Equal) => !included,
            order => order == Some(Ordering::Less),
        });
        if tighter {
            self.max = Some((datum, included));
        }
    }

    /// Takes over the upper bound of a column that this one must not be above, unless that leaves nothing.
    pub(super) fn stay_below(&mut self, other: &Self, strict: bool) {
        let Some((datum, included)) = other.max.clone().filter(|(datum, _)| has_order(datum)) else { return };
        let mut narrowed = self.clone();
        narrowed.at_most(datum, included && !strict);
        if narrowed.has_room() {
            *self = narrowed;
        }
    }

    /// Takes over the lower bound of a column that this one must not be below, unless that leaves nothing.
    pub(super) fn stay_above(&mut self, other: &Self, strict: bool) {
        let Some((datum, included)) = other.min.clone().filter(|(datum, _)| has_order(datum)) else { return };
        let mut narrowed = self.clone();
        narrowed.at_least(datum, included && !strict);
        if narrowed.has_room() {
            *self = narrowed;
        }
    }

    /// Whether its bounds leave a value between them.
    fn has_room(&self) -> bool {
        let (Some((least, above)), Some((most, below))) = (&self.min, &self.max) else { return true };
        match order(least, most) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => *above && *below,
            _ => false,
        }
    }

    pub(super) fn exclude(&mut self, datum: Datum) {
        if datum == Datum::Text(String::new()) {
            self.lengthen(Some(1), None);
        }
        if !contains(&self.excluded, &datum) {
            self.excluded.push(datum);
        }
    }

    pub(super) fn lengthen(&mut self, least: Option<u32>, most: Option<u32>) {
        self.length.0 = self.length.0.max(least);
        self.length.1 = match (self.length.1, most) {
            (Some(before), Some(most)) => Some(before.min(most)),
            (before, most) => before.or(most),
        };
    }

    /// What both say: the restriction of a row that meets the one or the other.
    pub(super) fn union(mut self, mut other: Self) -> Self {
        if self.values.is_none() || other.values.is_none() {
            self.bound_by_values();
            other.bound_by_values();
        }
        let values = match (self.values, other.values) {
            (Some(mut values), Some(more)) => {
                let new: Vec<_> = more.into_iter().filter(|value| !contains(&values, value)).collect();
                values.extend(new);
                Some(values)
            }
            _ => None,
        };
        Self {
            min: looser(self.min, other.min, Ordering::Less),
            max: looser(self.max, other.max, Ordering::Greater),
            values,
            excluded: self.excluded.into_iter().filter(|value| contains(&other.excluded, value)).collect(),
            not_null: self.not_null && other.not_null,
            length: (
                self.length.0.zip(other.length.0).map(|(left, right)| left.min(right)),
                self.length.1.zip(other.length.1).map(|(left, right)| left.max(right)),
            ),
            patterns: if self.patterns == other.patterns { self.patterns } else { Vec::new() },
            letters: self.letters.filter(|letters| other.letters == Some(*letters)),
        }
    }

    /// A list of values implies bounds; a union with a range needs them.
    fn bound_by_values(&mut self) {
        for value in self.values.iter().flatten() {
            let number = !matches!(value, Datum::Text(_) | Datum::Bytes(_) | Datum::Boolean(_));
            if !number {
                return;
            }
        }
        let Some(values) = self.values.clone().filter(|values| !values.is_empty()) else { return };
        let extreme = |wanted| {
            values.iter().reduce(|best, next| if order(next, best) == Some(wanted) { next } else { best })
        };
        if let (Some(least), Some(most)) = (extreme(Ordering::Less), extreme(Ordering::Greater)) {
            self.at_least(least.clone(), true);
            self.at_most(most.clone(), true);
        }
    }
}

/// Whether the values of a datum's kind are numbers, days or times.
fn has_order(datum: &Datum) -> bool {
    !matches!(datum, Datum::Null | Datum::Boolean(_) | Datum::Text(_) | Datum::Bytes(_))
}

fn looser(
    left: Option<(Datum, bool)>,
    right: Option<(Datum, bool)>,
    wanted: Ordering,
) -> Option<(Datum, bool)> {
    let (left, right) = (left?, right?);
    Some(match order(&left.0, &right.0) {
        Some(Ordering::Equal) => (left.0, left.1 || right.1),
        found if found == Some(wanted) => left,
        _ => right,
    })
}

fn contains(values: &[Datum], wanted: &Datum) -> bool {
    values.iter().any(|value| order(value, wanted) == Some(Ordering::Equal))
}

pub(super) fn order(left: &Datum, right: &Datum) -> Option<Ordering> {
    compare(&Value::from(left), &Value::from(right), false)
}

impl Datum {
    /// Which of two values of one column is the greater; `None` where they cannot be compared.
    pub fn order(&self, other: &Datum) -> Option<Ordering> {
        order(self, other)
    }
}
