//! CHECKs over several columns of a row, kept while columns are dealt out.
//!
//! Drawing a row again until it passes would bend the distributions of the columns that a CHECK ties together; exchanging
//! values with another row leaves them as they are.

use super::Site;
use super::arrange::shuffle;
use super::distinct::{Deal, What};
use crate::generate::alone::is_referenced;
use crate::generate::filter::arrays;
use crate::generate::joint;
use crate::generate::table::{NONE, Source, Tables};
use crate::rng::Stream;
use crate::schema::check::{Datum, Predicate};
use arrow_array::{Array, ArrayRef};

/// Rows up to which whole columns are dealt out for a CHECK, where they are not anyway; larger tables are left to the filter.
const MOST_ROWS: usize = 5_000_000;
/// Values that a row out of order looks at, the nearest ones first.
const NEAR: usize = 400;

/// Rows that a row tries to borrow from.
const LENDERS: usize = 1_000;

/// A CHECK over parts.
pub(super) struct Condition {
    predicate: Predicate,
    /// Column, part, and the column's value at every position or parent.
    columns: Vec<(usize, usize, ArrayRef)>,
}

impl Deal {
    /// Takes up the CHECKs over several columns that are not met by construction.
    pub(super) fn add_conditions(&mut self, tables: &Tables, site: &Site<'_>) {
        if self.rows > MOST_ROWS && !joint::applies(tables, site) {
            return;
        }
        for predicate in conditions(tables, site) {
            let condition = self.condition(tables, site, predicate);
            self.conditions.extend(condition);
        }
    }

    /// A condition over parts; `None` where one of its columns is not dealt out.
    pub(super) fn condition(
        &mut self,
        tables: &Tables,
        site: &Site<'_>,
        predicate: &Predicate,
    ) -> Option<Condition> {
        let columns: Option<Vec<_>> = predicate
            .columns()
            .iter()
            .map(|&column| {
                let part = self.part_of(tables, site, column)?;
                Some((column, part, self.column_values(tables, site, part, column)?))
            })
            .collect();
        Some(Condition { predicate: predicate.clone(), columns: columns? })
    }

    /// The value of a condition's column in a row as it is dealt now.
    fn dealt_value(&self, condition: &Condition, column: usize, row: usize) -> Datum {
        let found = condition.columns.iter().find(|(other, _, _)| *other == column);
        found.map_or(Datum::Null, |(_, part, values)| value_at(values, self.parts[*part].dealt[row]))
    }

    /// Whether a condition is true of a row as it is dealt now.
    pub(super) fn selects(&self, condition: &Condition, row: usize) -> bool {
        condition.predicate.selects(&|column| self.dealt_value(condition, column, row))
    }

    /// A column's value at every position or parent of its part.
    fn column_values(
        &self,
        tables: &Tables,
        site: &Site<'_>,
        part: usize,
        column: usize,
    ) -> Option<ArrayRef> {
        match (&tables.tables[site.table].columns[column], self.parts[part].what) {
            (Source::Inherited { position, .. }, What::Link(number)) => {
                let key = &tables.schema.tables[site.table].foreign_keys[number];
                Some(tables.all_values(key.parent, key.parent_columns[*position]))
            }
            (Source::Drawn(drawn), What::Column(_)) => Some(self.part_values(drawn, part)),
            _ => None,
        }
    }

    /// Rows whose parents through two keys are the wrong way round exchange them.
    pub(super) fn turn_round(&mut self) {
        for number in 0..self.conditions.len() {
            for (low, high, _) in self.conditions[number].predicate.orderings() {
                let link = |column| {
                    let found =
                        self.conditions[number].columns.iter().find(|(other, _, _)| *other == column)?;
                    let part = &self.parts[found.1];
                    (matches!(part.what, What::Link(_)) && part.free && part.class.is_none())
                        .then_some(found.1)
                };
                let (Some(low), Some(high)) = (link(low), link(high)) else { continue };
                for row in 0..self.rows {
                    let (first, second) = (self.parts[low].dealt[row], self.parts[high].dealt[row]);
                    if first != second && !self.passes(number, row) {
                        self.give(low, row, second);
                        self.give(high, row, first);
                        if !self.passes(number, row) {
                            self.give(low, row, first);
                            self.give(high, row, second);
                        }
                    }
                }
            }
        }
    }

    fn passes(&self, number: usize, row: usize) -> bool {
        let condition = &self.conditions[number];
        condition.predicate.admits(&|column| self.dealt_value(condition, column, row))
    }

    /// Whether a row breaks a CHECK that nothing but its parents decide: values that are drawn again do not help it.
    pub(super) fn breaks_by_parents(&self, row: usize) -> bool {
        (0..self.conditions.len()).any(|number| {
            let columns = &self.conditions[number].columns;
            let of_parents =
                |(_, part, _): &(usize, usize, ArrayRef)| matches!(self.parts[*part].what, What::Link(_));
            columns.iter().all(of_parents) && !self.passes(number, row)
        })
    }

    fn breaks(&self, row: usize) -> bool {
        self.broken(row) > 0
    }

    /// How many CHECKs a row breaks.
    pub(super) fn broken(&self, row: usize) -> usize {
        (0..self.conditions.len()).filter(|&number| !self.passes(number, row)).count()
    }

    /// Rows that break an ordering of two columns take the nearest value of the higher one that will do, from a row that can do
    /// with theirs: little moves, and what else the columns say of each other stays.
    pub(super) fn mend_orderings(&mut self) {
        for number in 0..self.conditions.len() {
            for (low, high, _) in self.conditions[number].predicate.orderings() {
                let condition = &self.conditions[number];
                let part = |column| {
                    let found = condition.columns.iter().find(|(other, _, _)| *other == column)?;
                    matches!(self.parts[found.1].what, What::Column(_)).then_some(found.1)
                };
                if let (Some(_), Some(high)) = (part(low), part(high)) {
                    self.mend_ordering(number, high);
                }
            }
        }
    }

    fn mend_ordering(&mut self, number: usize, high: usize) {
        // The higher column's positions, which rise with its values, and the row that has each.
        let mut sorted: Vec<(u32, u32)> = (0u32..)
            .zip(&self.parts[high].dealt)
            .filter(|(_, position)| **position != NONE)
            .map(|(row, &position)| (position, row))
            .collect();
        sorted.sort_unstable();
        for row in 0..self.rows {
            let own = self.parts[high].dealt[row];
            if own == NONE || !self.breaks_one(number, row, (high, own)) {
                continue;
            }
            let Ok(at) = sorted.binary_search(&(own, row as u32)) else { continue };
            let first =
                sorted.partition_point(|&(position, _)| self.breaks_one(number, row, (high, position)));
            for near in first..(first + NEAR).min(sorted.len()) {
                let other = sorted[near].1 as usize;
                if other == row {
                    continue;
                }
                let before = self.faults(row) + self.faults(other);
                self.swap(high, row, other);
                if self.faults(row) + self.faults(other) < before {
                    (sorted[at].1, sorted[near].1) = (other as u32, row as u32);
                    break;
                }
                self.swap(high, row, other);
            }
        }
    }

    /// Rows that no exchange brought in order are paired anew with others, the least with the least: as few as will do.
    pub(super) fn pair_anew(&mut self, stream: &mut Stream) {
        for number in 0..self.conditions.len() {
            for (low, high, _) in self.conditions[number].predicate.orderings() {
                let at = |column| {
                    let columns = &self.conditions[number].columns;
                    let found = columns.iter().position(|(other, _, _)| *other == column)?;
                    let part = &self.parts[columns[found].1];
                    (matches!(part.what, What::Column(_)) && part.free && part.class.is_none())
                        .then_some(found)
                };
                if let (Some(low), Some(high)) = (at(low), at(high)) {
                    self.pair_ordering(number, (low, high), stream);
                }
            }
        }
    }

    fn pair_ordering(&mut self, number: usize, (low, high): (usize, usize), stream: &mut Stream) {
        let columns = &self.conditions[number].columns;
        let (low_part, part) = (columns[low].1, columns[high].1);
        let both = |&row: &usize| [low_part, part].iter().all(|&part| self.parts[part].dealt[row] != NONE);
        let (mut others, mut paired): (Vec<usize>, Vec<usize>) =
            (0..self.rows).filter(both).partition(|&row| self.passes(number, row));
        if paired.is_empty() {
            return;
        }
        shuffle(&mut others, stream);
        loop {
            let value = |at: usize, dealt: u32| value_at(&columns[at].2, dealt);
            let by_value = |at: usize, a: u32, b: u32| {
                value(at, a).order(&value(at, b)).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(&b))
            };
            let lows = &self.parts[low_part].dealt;
            paired.sort_by(|&a, &b| by_value(low, lows[a], lows[b]).then(a.cmp(&b)));
            let mut highs: Vec<u32> = paired.iter().map(|&row| self.parts[part].dealt[row]).collect();
            highs.sort_by(|&a, &b| by_value(high, a, b));
            let fits =
                paired.iter().zip(&highs).all(|(&row, &dealt)| !self.breaks_one(number, row, (part, dealt)));
            if fits {
                paired.into_iter().zip(highs).for_each(|(row, dealt)| self.give(part, row, dealt));
                return;
            }
            if others.is_empty() {
                return;
            }
            let kept = others.len().saturating_sub(paired.len());
            paired.extend(others.drain(kept..));
        }
    }

    /// Whether a row would break a condition with another position of one part.
    fn breaks_one(&self, number: usize, row: usize, (part, position): (usize, u32)) -> bool {
        let condition = &self.conditions[number];
        !condition.predicate.admits(&|column| {
            let found = condition.columns.iter().find(|(other, _, _)| *other == column);
            found.map_or(Datum::Null, |(_, of, values)| {
                value_at(values, if *of == part { position } else { self.parts[*of].dealt[row] })
            })
        })
    }

    /// Rows that still break a CHECK take over the columns that it reads from a row that passes; where that does not do, those of all.
    pub(super) fn borrow_passing(&mut self, stream: &mut Stream) {
        let failing: Vec<usize> = (0..self.rows).filter(|&row| self.breaks(row)).collect();
        let all = self.column_parts(|_| true);
        for row in failing {
            let own = self.column_parts(|number| !self.passes(number, row));
            let before: Vec<u32> = all.iter().map(|&part| self.parts[part].dealt[row]).collect();
            for attempt in 0..LENDERS {
                let lender = stream.below(self.rows as u64) as usize;
                if self.breaks(lender) {
                    continue;
                }
                for &part in if attempt < LENDERS / 2 { &own } else { &all } {
                    let dealt = self.parts[part].dealt[lender];
                    self.give(part, row, dealt);
                }
                if !self.breaks(row) {
                    break;
                }
            }
            // What was of no use is taken back: it may break what held before.
            if self.breaks(row) {
                all.iter().zip(before).for_each(|(&part, dealt)| self.give(part, row, dealt));
            }
        }
    }

    /// The parts of some conditions that are columns which rows may borrow from each other.
    fn column_parts(&self, of: impl Fn(usize) -> bool) -> Vec<usize> {
        let conditions = self.conditions.iter().enumerate().filter(|(number, _)| of(*number));
        let mut parts: Vec<usize> = conditions
            .flat_map(|(_, condition)| &condition.columns)
            .map(|(_, part, _)| *part)
            .filter(|&part| matches!(self.parts[part].what, What::Column(_)) && !self.parts[part].unique)
            .collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }
}

/// What was dealt out; spare positions that were dealt out later are beyond the values.
fn value_at(values: &ArrayRef, dealt: u32) -> Datum {
    if dealt == NONE || dealt as usize >= values.len() {
        return Datum::Null;
    }
    Datum::at(values, dealt as usize)
}

/// The CHECKs over several columns, at least one of them drawn or one above another, if rows as drawn break any of
/// them. All of them: what is exchanged for one must not break another that held by itself.
fn conditions<'a>(tables: &Tables, site: &'a Site<'_>) -> Vec<&'a Predicate> {
    let described = &tables.tables[site.table];
    let usable = |column: &usize| match &described.columns[*column] {
        Source::Drawn(drawn) => {
            let by_value = drawn.used == 0 && drawn.difference.is_none();
            let movable = !site.is_unique(*column) || !is_referenced(&tables.schema, site.table, *column);
            by_value && movable && !site.is_computed(*column)
        }
        Source::Inherited { required, foreign_key, .. } => !required || site.required(*foreign_key),
        _ => false,
    };
    let drawn = |column: &usize| matches!(described.columns[*column], Source::Drawn(_));
    let filters = site.plan.tables[site.table].filters.iter().map(|(_, predicate)| predicate);
    let found: Vec<&Predicate> = filters
        .filter(|predicate| {
            let columns = predicate.columns();
            let dealt = columns.iter().any(drawn) || !predicate.orderings().is_empty();
            columns.len() > 1 && columns.iter().all(usable) && dealt
        })
        .collect();
    let broken = |predicate: &Predicate| {
        let values = arrays(tables, site.table, predicate);
        let breaks = |row: &usize| {
            !predicate
                .admits(&|column| values.get(&column).map_or(Datum::Null, |array| Datum::at(array, *row)))
        };
        (0..described.rows as usize).filter(breaks).count() as u64
    };
    let counted: Vec<(&Predicate, u64)> =
        found.into_iter().map(|predicate| (predicate, broken(predicate))).collect();
    if counted.iter().all(|(_, broken)| *broken == 0) {
        return Vec::new();
    }
    // What no row meets as drawn (a sum), no exchange meets either.
    let hopeless =
        |predicate: &Predicate, broken: u64| broken == described.rows && predicate.orderings().is_empty();
    counted
        .into_iter()
        .filter(|(predicate, broken)| !hopeless(predicate, *broken))
        .map(|found| found.0)
        .collect()
}

/// Pairs of columns that a CHECK wants different: by `<>`, or because one is to be above the other.
pub(super) fn different_pairs(predicate: &Predicate) -> Vec<(usize, usize)> {
    let above = predicate.orderings().into_iter().filter(|(_, _, strict)| *strict);
    let mut pairs = predicate.unequal_pairs();
    pairs.extend(above.map(|(low, high, _)| (low, high)));
    pairs
}

/// Pairs of inherited columns that a CHECK wants different.
pub(super) fn unequal_pairs(tables: &Tables, site: &Site<'_>) -> Vec<(usize, usize)> {
    let inherited =
        |column: usize| matches!(tables.tables[site.table].columns[column], Source::Inherited { .. });
    site.plan.tables[site.table]
        .filters
        .iter()
        .flat_map(|(_, predicate)| different_pairs(predicate))
        .filter(|&(a, b)| inherited(a) && inherited(b))
        .collect()
}
