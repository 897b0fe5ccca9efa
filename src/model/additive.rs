//! Sums over what is known of a row: what many columns say together and none of them alone.
//!
//! A tree that looks at one column at a time needs a leaf for every combination of ten columns that add up to something. A [`Sum`] is
//! that something, weighted and cut into classes, as one more feature. All is whole numbers, so that learning and generating agree on
//! every machine.

use super::{Codec, ColumnModel, Feature, Field, MOST_CLASSES, Marginal, NULL_TOKEN};
use serde::{Deserialize, Serialize};

/// The unit of measures and weights.
pub const ONE: i64 = 1 << 16;
/// Measures beyond so many standard deviations are not told apart.
const FARTHEST: f64 = 1024.0;

/// A weighted sum over other features of a row, in classes: 0 where nothing is known, else 1 more than the cuts that it reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sum {
    /// What of the columns is added up.
    pub scale: Scale,
    /// What is added up, most telling first.
    pub terms: Vec<Term>,
    /// Where classes begin, ascending.
    pub cuts: Vec<i64>,
}

/// How tokens become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Their ranks.
    Rank,
    /// Their values.
    Value,
    /// The logarithms of their values, where none is negative.
    Logarithm,
}

/// One term of a sum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Term {
    /// What it looks at.
    pub of: Feature,
    /// What its measure is multiplied by, in units of [`ONE`].
    pub weight: i64,
    /// What is added where it is unknown.
    pub unknown: i64,
    /// What the classes of something without order add, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<i64>,
}

impl Term {
    /// The column whose tokens it looks at; other terms look at classes.
    pub fn column(&self) -> Option<usize> {
        match &self.of {
            Feature::Of { path, field: Field::Column(column) }
                if path.is_empty() && self.classes.is_empty() =>
            {
                Some(*column)
            }
            _ => None,
        }
    }

    /// What each token (or class) adds, the unknown first.
    fn additions(&self, scale: Scale, columns: &[ColumnModel]) -> Vec<i64> {
        let unknown = std::iter::once(self.unknown);
        if !self.classes.is_empty() {
            return unknown.chain(self.classes.iter().copied()).collect();
        }
        let of_column = |column: usize| {
            let column = columns.get(column)?;
            Some(measures(&Codec::rows_of_column(column)?.1, Some(&column.marginal), scale))
        };
        let measures = match self.column() {
            Some(column) => of_column(column).unwrap_or_default(),
            None => (0..MOST_CLASSES as u8).map(measure_of_class).collect(),
        };
        let added = measures.iter().skip(1).map(|&measure| self.weight.saturating_mul(measure) / ONE);
        unknown.chain(added).collect()
    }
}

/// A sum ready to be worked out.
#[derive(Debug, Clone)]
pub struct Adder {
    /// By term and token (or class).
    additions: Vec<Vec<i64>>,
    cuts: Vec<i64>,
}

impl Adder {
    /// That of a sum over rows of a table with these columns.
    pub fn new(sum: &Sum, columns: &[ColumnModel]) -> Self {
        let additions = sum.terms.iter().map(|term| term.additions(sum.scale, columns)).collect();
        Self { additions, cuts: sum.cuts.clone() }
    }

    /// The sum, given the token (or class) of each term by number; `None` where nothing is known.
    pub fn sum(&self, known: impl Fn(usize) -> u16) -> Option<i64> {
        let (mut sum, mut is_known) = (0i64, false);
        for (term, additions) in self.additions.iter().enumerate() {
            let token = known(term);
            is_known |= token != NULL_TOKEN;
            sum = sum.saturating_add(additions.get(usize::from(token)).copied().unwrap_or(0));
        }
        is_known.then_some(sum)
    }

    /// The class of the sum.
    pub fn class(&self, known: impl Fn(usize) -> u16) -> u8 {
        let reached = |sum| self.cuts.partition_point(|&cut| cut <= sum).min(MOST_CLASSES - 2) as u8;
        self.sum(known).map_or(0, |sum| 1 + reached(sum))
    }
}

/// The measure of a class of which no more is known than its place.
pub fn measure_of_class(class: u8) -> i64 {
    (2 * i64::from(class) - MOST_CLASSES as i64) * ONE / 32
}

/// Tokens as numbers with mean 0 and standard deviation [`ONE`] over their rows; NULL is 0.
pub fn measures(token_rows: &[u64], marginal: Option<&Marginal>, scale: Scale) -> Vec<i64> {
    let numbers = numbers(token_rows, marginal, scale);
    let rows = || token_rows.iter().map(|&rows| rows as f64).zip(&numbers).skip(1);
    let all: f64 = rows().map(|(rows, _)| rows).sum::<f64>().max(1.0);
    let mean = rows().map(|(rows, number)| rows * number).sum::<f64>() / all;
    let variance = rows().map(|(rows, number)| rows * (number - mean) * (number - mean)).sum::<f64>() / all;
    let unit = if variance > 0.0 { ONE as f64 / variance.sqrt() } else { 0.0 };
    let measure = |number: &f64| {
        let measure = (number - mean) * unit;
        measure.clamp(-FARTHEST * ONE as f64, FARTHEST * ONE as f64) as i64
    };
    std::iter::once(0).chain(numbers.iter().skip(1).map(measure)).collect()
}

fn numbers(token_rows: &[u64], marginal: Option<&Marginal>, scale: Scale) -> Vec<f64> {
    let values: Option<Vec<f64>> = match marginal.filter(|_| scale != Scale::Rank) {
        Some(Marginal::Integers(ordered)) => {
            Some(ordered.segments.iter().map(|one| (one.low as f64 + one.high as f64) / 2.0).collect())
        }
        Some(Marginal::Floats(ordered)) => {
            Some(ordered.segments.iter().map(|one| one.low / 2.0 + one.high / 2.0).collect())
        }
        _ => None,
    };
    let Some(mut values) = values else { return ranks(token_rows) };
    let least = values.first().copied().unwrap_or(0.0);
    if scale == Scale::Logarithm && least >= 0.0 {
        // 0 stands as far below the least other number as that is above half of itself.
        let least = values.iter().copied().find(|&value| value > 0.0).unwrap_or(1.0);
        values.iter_mut().for_each(|value| *value = libm::log(value.max(least / 2.0)));
    }
    values.insert(0, 0.0);
    values.resize(token_rows.len(), 0.0);
    values
}

/// The middle rank of each token among those before and after it.
fn ranks(rows: &[u64]) -> Vec<f64> {
    let mut before = 0;
    let middle = |&rows: &u64| {
        before += rows;
        before as f64 - rows as f64 / 2.0
    };
    std::iter::once(0.0).chain(rows.iter().skip(1).map(middle)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ordered, Segment};

    fn column(values: &[i64]) -> ColumnModel {
        let segments = values.iter().map(|&value| Segment { low: value, high: value, rows: 10 }).collect();
        ColumnModel {
            name: String::new(),
            nulls: 10,
            distinct: values.len() as u64,
            semantic: None,
            marginal: Marginal::Integers(Ordered::new(segments, 1, 0)),
            relative: None,
            unique: None,
            discloses: String::new(),
        }
    }

    fn term(column: usize, weight: i64) -> Term {
        let of = Feature::Of { path: Vec::new(), field: Field::Column(column) };
        Term { of, weight, unknown: -ONE, classes: Vec::new() }
    }

    #[test]
    fn values_logarithms_and_ranks_are_measured_alike() {
        let column = column(&[1, 10, 100]);
        let codec = Codec::of_column(&column).unwrap();
        let of = |scale| measures(&codec.rows, Some(&column.marginal), scale);
        let even = [0, -80_264, 0, 80_264];
        assert_eq!((of(Scale::Rank), of(Scale::Logarithm)), (even.to_vec(), even.to_vec()));
        let values = of(Scale::Value);
        assert!(values[1] < values[2] && values[2] < 0 && values[3] > 80_264, "{values:?}");
    }

    #[test]
    fn a_sum_reaches_its_cuts() {
        let columns = [column(&[0, 1]), column(&[0, 1])];
        let sum = Sum {
            scale: Scale::Value,
            terms: vec![term(0, ONE), term(1, 2 * ONE)],
            cuts: vec![-ONE, ONE, 3 * ONE],
        };
        let adder = Adder::new(&sum, &columns);
        let class = |tokens: [u16; 2]| adder.class(|term| tokens[term]);
        assert_eq!([class([1, 1]), class([2, 1]), class([1, 2]), class([2, 2])], [1, 2, 3, 4]);
        assert_eq!((class([0, 2]), class([0, 0])), (3, 0));
        assert_eq!(adder.sum(|term| [2, 9][term]), Some(ONE), "a token that there is not adds nothing");
    }

    #[test]
    fn what_has_no_order_adds_by_class() {
        let mut by_class = term(0, 0);
        by_class.classes = vec![5, 7];
        assert_eq!(by_class.column(), None);
        let sum = Sum { scale: Scale::Rank, terms: vec![by_class], cuts: vec![6] };
        let adder = Adder::new(&sum, &[]);
        assert_eq!([adder.class(|_| 1), adder.class(|_| 2), adder.class(|_| 3)], [1, 2, 1]);
    }
}
