//! Orderings: rows that break one exchange positions with others until few do; what is left, bounds settle.

use super::dealt::Dealt;
use super::ruled::{scalar, values};
use crate::generate::relative;
use crate::generate::table::{NONE, Source, Tables};
use crate::model::rule::{Operand, Rule, Scalar, Statement};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Exchanges that a row tries.
const TRIES: usize = 60;
/// The share of rows that, still out of order, make a column be dealt anew by rank.
const MANY: f64 = 0.02;

/// Two values of a row that are in order, and where they come from.
struct Ordering {
    low: Side,
    high: Side,
    strict: bool,
    /// Whether it need not hold in every row.
    soft: bool,
}

/// One side of an ordering.
enum Side {
    /// A column that is dealt out.
    Dealt(usize),
    /// A value for each row, as it is.
    Fixed(Vec<f64>),
}

struct Sorting<'a> {
    dealt: &'a mut Dealt,
    orderings: Vec<Ordering>,
    /// By column: the value at every position.
    at: BTreeMap<usize, Vec<f64>>,
    /// By column: the orderings that it is part of.
    of: FxHashMap<usize, Vec<usize>>,
}

/// Exchanges positions so that orderings hold where they can.
pub(super) fn settle(tables: &Tables, table: usize, rules: &[Rule], dealt: &mut Dealt) {
    let mut at = BTreeMap::new();
    let mut orderings = Vec::new();
    for rule in rules {
        let Statement::Ordering { low, high, strict } = &rule.statement else { continue };
        let (mut low, mut high, mut strict, mut soft) = (low.clone(), high.clone(), *strict, false);
        if relative::keeps(tables, table, &low, &high).is_some_and(|always| always || !strict) {
            match relative::room(tables, table, &low, &high) {
                Some(room) if relative::keeps(tables, table, &room.0, &room.1).is_none() => {
                    (low, high) = room
                }
                _ => continue,
            }
            (strict, soft) = (false, true);
        }
        let [low, high] = [&low, &high];
        let sides = [low, high].map(|operand| side(tables, table, operand, dealt));
        let [Some(low), Some(high)] = sides else { continue };
        for side in [&low, &high] {
            if let Side::Dealt(column) = side {
                at.entry(*column).or_insert_with(|| positions(tables, table, *column));
            }
        }
        orderings.push(Ordering { low, high, strict, soft });
    }
    let mut of: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (index, ordering) in orderings.iter().enumerate() {
        for side in [&ordering.low, &ordering.high] {
            if let Side::Dealt(column) = side {
                of.entry(*column).or_default().push(index);
            }
        }
    }
    let mut sorting = Sorting { dealt, orderings, at, of };
    sorting.exchange();
    for index in 0..sorting.orderings.len() {
        let broken = sorting.broken(index).len();
        if broken as f64 > MANY * sorting.dealt.rows as f64 && !sorting.orderings[index].soft {
            sorting.deal_by_rank(index);
            sorting.exchange();
        }
    }
}

/// Values that follow from columns which move cannot be compared yet.
fn side(tables: &Tables, table: usize, operand: &Operand, dealt: &Dealt) -> Option<Side> {
    if let Some(column) = operand.as_own() {
        let by_value = !matches!(&tables.tables[table].columns[column], Source::Drawn(drawn) if drawn.difference.is_some());
        if by_value && dealt.columns.contains_key(&column) {
            return Some(Side::Dealt(column));
        }
        if matches!(tables.tables[table].columns[column], Source::Ruled(_)) {
            return None;
        }
    }
    let rows: Vec<_> = (0..dealt.rows as u64).map(Some).collect();
    let values = values(tables, table, operand, &BTreeMap::new(), &rows);
    Some(Side::Fixed(
        (0..dealt.rows).map(|row| values.scalar(row).map_or(f64::NAN, Scalar::measure)).collect(),
    ))
}

/// A drawn column's value at every position.
fn positions(tables: &Tables, table: usize, column: usize) -> Vec<f64> {
    let Source::Drawn(drawn) = &tables.tables[table].columns[column] else { return Vec::new() };
    let positions: Vec<_> = (0..drawn.count).map(Some).collect();
    let values = drawn.sampler.sample(&positions).into_array(&drawn.data_type);
    (0..positions.len()).map(|position| scalar(&values, position).map_or(f64::NAN, Scalar::measure)).collect()
}

impl Sorting<'_> {
    fn value(&self, side: &Side, row: usize) -> f64 {
        match side {
            Side::Fixed(values) => values[row],
            Side::Dealt(column) => match self.dealt.columns[column][row] {
                NONE => f64::NAN,
                position => self.at[column].get(position as usize).copied().unwrap_or(f64::NAN),
            },
        }
    }

    fn breaks(&self, index: usize, row: usize) -> bool {
        let ordering = &self.orderings[index];
        let (low, high) = (self.value(&ordering.low, row), self.value(&ordering.high, row));
        low > high || (ordering.strict && low == high)
    }

    fn broken(&self, index: usize) -> Vec<usize> {
        let Ordering { low, high, strict, .. } = &self.orderings[index];
        let (low, high) = (self.values(low), self.values(high));
        let breaks = |&row: &usize| low[row] > high[row] || (*strict && low[row] == high[row]);
        (0..self.dealt.rows).filter(breaks).collect()
    }

    /// The values of all rows.
    fn values<'b>(&'b self, side: &'b Side) -> Cow<'b, [f64]> {
        match side {
            Side::Fixed(values) => Cow::Borrowed(values),
            Side::Dealt(column) => {
                let at = &self.at[column];
                let value = |&position: &u32| at.get(position as usize).copied().unwrap_or(f64::NAN);
                Cow::Owned(self.dealt.columns[column].iter().map(value).collect())
            }
        }
    }

    /// How many orderings of a column a row breaks.
    fn faults(&self, column: usize, row: usize) -> usize {
        self.of.get(&column).map_or(0, |of| of.iter().filter(|&&index| self.breaks(index, row)).count())
    }

    fn exchange(&mut self) {
        for index in 0..self.orderings.len() {
            let sides = [&self.orderings[index].high, &self.orderings[index].low];
            let columns: Vec<usize> = sides
                .into_iter()
                .filter_map(|side| if let Side::Dealt(column) = side { Some(*column) } else { None })
                .collect();
            if columns.is_empty() {
                continue;
            }
            for row in self.broken(index) {
                for attempt in 0..TRIES {
                    if !self.breaks(index, row) {
                        break;
                    }
                    let other = self.dealt.stream.below(self.dealt.rows as u64) as usize;
                    self.try_swap(columns[attempt % columns.len()], row, other);
                }
            }
        }
    }

    /// Exchanges a column between two rows if that leaves fewer faults.
    fn try_swap(&mut self, column: usize, row: usize, other: usize) {
        let positions = &self.dealt.columns[&column];
        if positions[row] == NONE || positions[other] == NONE {
            return;
        }
        let before = self.faults(column, row) + self.faults(column, other);
        self.swap(column, row, other);
        if self.faults(column, row) + self.faults(column, other) >= before {
            self.swap(column, row, other);
        }
    }

    fn swap(&mut self, column: usize, a: usize, b: usize) {
        if let Some(positions) = self.dealt.columns.get_mut(&column) {
            positions.swap(a, b);
        }
    }

    /// Deals the higher side (the lower, where that one is fixed) out by the rank of the other: between quantiles at one rank,
    /// the ordering holds.
    fn deal_by_rank(&mut self, index: usize) {
        let ordering = &self.orderings[index];
        let (moved, other) = match (&ordering.low, &ordering.high) {
            (other, Side::Dealt(column)) | (Side::Dealt(column), other) => (*column, other),
            _ => return,
        };
        let filled =
            |row: &usize| self.dealt.columns[&moved][*row] != NONE && !self.value(other, *row).is_nan();
        let mut rows: Vec<usize> = (0..self.dealt.rows).filter(filled).collect();
        rows.sort_by(|&a, &b| self.value(other, a).total_cmp(&self.value(other, b)).then(a.cmp(&b)));
        let mut positions: Vec<u32> = rows.iter().map(|&row| self.dealt.columns[&moved][row]).collect();
        let at = &self.at[&moved];
        positions.sort_by(|&a, &b| at[a as usize].total_cmp(&at[b as usize]).then(a.cmp(&b)));
        if let Some(dealt) = self.dealt.columns.get_mut(&moved) {
            rows.into_iter().zip(positions).for_each(|(row, position)| dealt[row] = position);
        }
    }
}
