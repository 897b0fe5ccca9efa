//! Sums are found where there are some, and tell trees more than columns by themselves.

use super::{Known, sum};
use crate::learn::joint::grow::{Rows, Sight, Target, grow};
use crate::model::additive::{Adder, Scale, Sum};
use crate::model::privacy::Settings;
use crate::model::{Codec, ColumnModel, Feature, Field, Marginal, Ordered, Segment};
use crate::rng::{Key, Stream};
use std::borrow::Cow;

/// Columns of whole numbers from 0 up; the last one is the target.
struct Made {
    tokens: Vec<Vec<u16>>,
    columns: Vec<ColumnModel>,
    codecs: Vec<Codec>,
    held_out: Vec<bool>,
}

fn made(rows: u64, row: impl Fn(&mut Stream) -> Vec<u16>) -> Made {
    let key = Key::new(3, &["sums"]);
    let mut held_out = Vec::new();
    let mut tokens: Vec<Vec<u16>> = Vec::new();
    for number in 0..rows {
        let mut stream = key.at(number, 0);
        let values = row(&mut stream);
        tokens.resize(values.len(), Vec::new());
        tokens.iter_mut().zip(values).for_each(|(tokens, value)| tokens.push(value + 1));
        held_out.push(stream.below(10) == 0);
    }
    let columns: Vec<ColumnModel> = tokens.iter().map(|tokens| column(tokens)).collect();
    let codecs = columns.iter().map(|column| Codec::of_column(column).unwrap()).collect();
    Made { tokens, columns, codecs, held_out }
}

fn column(tokens: &[u16]) -> ColumnModel {
    let most = tokens.iter().copied().max().unwrap_or(1);
    let rows = |token| tokens.iter().filter(|&&other| other == token).count() as u64;
    let segment = |token: u16| Segment { low: i64::from(token), high: i64::from(token), rows: rows(token) };
    ColumnModel {
        name: String::new(),
        nulls: 0,
        distinct: u64::from(most),
        semantic: None,
        marginal: Marginal::Integers(Ordered::new((1..=most).map(segment).collect(), 1, 0)),
        relative: None,
        unique: None,
        discloses: String::new(),
    }
}

impl Made {
    /// The sum that is found for the last column, and what it and the columns by themselves tell of held-out rows.
    fn found(&self) -> (Option<Sum>, [f64; 2]) {
        let last = self.columns.len() - 1;
        let features: Vec<Feature> =
            (0..last).map(|column| Feature::Of { path: Vec::new(), field: Field::Column(column) }).collect();
        let codes: Vec<Cow<'_, [u8]>> = (0..last)
            .map(|at| self.tokens[at].iter().map(|&token| self.codecs[at].class(token)).collect::<Vec<u8>>())
            .map(Cow::Owned)
            .collect();
        let own = |field: Field| match field {
            Field::Column(column) => Some(self.tokens[column].as_slice()),
            _ => None,
        };
        let known = Known { columns: &self.columns, own: &own, firsts: &[], is_ordered: &|_| true };
        let subjects: Vec<u32> = (0..self.held_out.len() as u32).collect();
        let rows = Rows::new(&subjects, &self.held_out, Settings { k: 5 });
        let target = Target { tokens: &self.tokens[last], codec: &self.codecs[last] };
        let found = sum(&known, (Field::Column(last), &target), (&features, &codes), &rows);
        let told = |more: &[&[u8]]| {
            let codes = codes.iter().map(|codes| codes.as_ref()).chain(more.iter().copied());
            let sights: Vec<Sight<'_>> =
                codes.map(|codes| Sight { codes, ordered: true, of: None, weight: 1.0 }).collect();
            let grown = grow(&target, &sights, &rows);
            grown.held_out - grown.marginal
        };
        let alone = told(&[]);
        let with = found.as_ref().map_or(alone, |(_, classes)| told(&[classes]));
        (found.map(|found| found.0), [alone, with])
    }
}

fn numbers(stream: &mut Stream) -> Vec<u16> {
    (0..5).map(|_| stream.below(40) as u16).collect()
}

#[test]
fn what_columns_add_up_to_is_found() {
    let made = made(2_000, |stream| {
        let mut row = numbers(stream);
        row.push(row[0] + row[1] + 40 - row[2]);
        row
    });
    let (found, [alone, with]) = made.found();
    let found = found.expect("there is a sum");
    let mut columns: Vec<_> = found.terms.iter().filter_map(|term| term.column()).collect();
    columns.sort_unstable();
    assert_eq!((found.scale, columns), (Scale::Value, vec![0, 1, 2]));
    assert!(with > alone + 0.5, "{alone} {with}");
    // One unit of the target more is one step of the sum, whichever column it comes from.
    let adder = Adder::new(&found, &made.columns);
    let of = |tokens: [u16; 3]| {
        adder.sum(|term| tokens[found.terms[term].column().expect("it is a column")]).expect("it is known")
    };
    let step = of([11, 10, 10]) - of([10, 10, 10]);
    let steps = [of([10, 11, 10]) - of([10, 10, 10]), of([10, 10, 10]) - of([10, 10, 11])];
    assert!(step > 0 && steps.iter().all(|other| (other - step).abs() < step / 20), "{step} {steps:?}");
}

#[test]
fn what_columns_multiply_to_is_a_sum_of_logarithms() {
    let made = made(2_000, |stream| {
        let mut row: Vec<u16> = (0..3).map(|_| 1 + stream.below(30) as u16).collect();
        row.push(row[0] * row[1]);
        row
    });
    assert_eq!(made.found().0.map(|sum| (sum.scale, sum.terms.len())), Some((Scale::Logarithm, 2)));
}

#[test]
fn there_is_no_sum_of_noise_of_one_column_or_of_few_rows() {
    let noise = |stream: &mut Stream| {
        let mut row = numbers(stream);
        row.push(stream.below(40) as u16);
        row
    };
    let copied = |stream: &mut Stream| {
        let mut row = numbers(stream);
        row.push(row[3]);
        row
    };
    let added = |stream: &mut Stream| {
        let mut row = numbers(stream);
        row.push(row[0] + row[1]);
        row
    };
    assert_eq!(made(1_000, noise).found().0, None);
    assert_eq!(made(1_000, copied).found().0, None);
    assert_eq!(made(40, added).found().0, None);
}

#[test]
fn classes_of_sums_hold_rows_enough() {
    let made = made(300, |stream| {
        let mut row = numbers(stream);
        row.push(row[0] + row[1]);
        row
    });
    let found = made.found().0.expect("there is a sum");
    // 270 rows are not held out, of which each class has 10.
    assert!((10..=27).contains(&found.cuts.len()), "{:?}", found.cuts);
}
