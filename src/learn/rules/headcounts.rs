//! Values that so many rows of each parent have: one lead of a team, eleven starters of a line-up, at most one default address.

use super::groups::families;
use super::view::{Children, Kind, Values};
use super::{Labels, Search};
use crate::model::Marginal;
use crate::model::rule::{Headcount, Rule, Statement};
use std::cmp::Reverse;

/// The most different values of a column that are looked at.
const MOST_VALUES: usize = 8;
/// How improbable it has to be that all parents had so many such rows if values were dealt out at random: a negative natural logarithm.
const SURPRISE: f64 = 20.0;

/// How many rows with a value the parents of a foreign key have.
struct Counted {
    fewest: usize,
    most: usize,
    parents: usize,
    /// The negative logarithm of the chance that every parent has as many as the fewest.
    exactly: f64,
    /// The same of at most one.
    at_most_one: f64,
}

/// The headcounts of a table: one of each value of a column, along the key with the most parents. `known` rules decide other columns.
pub(super) fn find(search: &Search<'_, '_>, computed: &[usize], known: &[Rule]) -> Vec<Rule> {
    let families = families(search);
    let is_open = |column: &usize| {
        search.may_be_computed(*column) && !computed.contains(column) && !is_decided(known, *column)
    };
    let mut rules = Vec::new();
    for column in search.written().filter(is_open) {
        let Some(labels) = labels(search, column).filter(|_| !families.is_empty()) else {
            continue;
        };
        let mut found: Vec<Rule> = Vec::new();
        for label in (0..labels.names.len()).filter(|&label| labels.told[label]) {
            let along = families.iter().filter_map(|(foreign_key, children)| {
                let counted = counted(search, children, &labels, label)?;
                let (rows, at_most) = counted.rule()?;
                let value = labels.names[label].clone();
                let count = Headcount { foreign_key: *foreign_key, column, value, rows, at_most };
                Some((at_most, Reverse(counted.parents), count))
            });
            // What holds of the rows of a line-up holds of those of a match, too.
            if let Some((.., count)) = along.min_by_key(|&(at_most, parents, _)| (at_most, parents)) {
                let rows = labels.of.iter().filter(|of| **of == Some(label as u16)).count() as u64;
                found.push(Rule { statement: Statement::Headcount(count), rows });
            }
        }
        // Where all values but one are counted and parents have equally many rows, so is the last.
        let is_exact = |rule: &Rule| matches!(&rule.statement, Statement::Headcount(count) if !count.at_most);
        if found.len() > 1 && found.len() == labels.names.len() - 1 && found.iter().all(is_exact) {
            found.pop();
        }
        rules.extend(found);
    }
    rules
}

/// The values of a column of few texts, flags or whole numbers, by row.
fn labels(search: &Search<'_, '_>, column: usize) -> Option<Labels> {
    let model = &search.models[search.table].columns[column];
    let (Marginal::Integers(ordered), Values::Whole(numbers, Kind::Number(0))) =
        (&model.marginal, &search.this().columns[column].values)
    else {
        return search.labels(column, MOST_VALUES);
    };
    let known: Vec<i64> = ordered.segments.iter().map(|segment| segment.low).collect();
    if known.len() > MOST_VALUES || ordered.segments.iter().any(|segment| segment.low != segment.high) {
        return None;
    }
    // The last stands for what may not be told.
    let number = |value: &i64| known.iter().position(|known| known == value).unwrap_or(known.len()) as u16;
    let values = &search.this().columns[column];
    let of = numbers.iter().enumerate().map(|(row, value)| (!values.is_null(row)).then(|| number(value)));
    let names = known.iter().map(i64::to_string).chain([String::new()]).collect();
    Some(Labels { names, told: known.iter().map(|_| true).chain([false]).collect(), of: of.collect() })
}

/// Whether others decide a column, unless it decides them in turn.
fn is_decided(rules: &[Rule], column: usize) -> bool {
    let decides = |one: &[usize], other: usize| {
        rules.iter().any(|rule| matches!(&rule.statement, Statement::Dependency { from, to } if from == one && to.contains(&other)))
    };
    rules.iter().any(|rule| match &rule.statement {
        Statement::Dependency { from, to } if to.contains(&column) => {
            from.len() > 1 || !decides(&[column], from[0])
        }
        Statement::Constant { columns, .. } => columns.contains(&column),
        _ => false,
    })
}

/// `None` where too few subjects would share a rule.
fn counted(search: &Search<'_, '_>, children: &Children, labels: &Labels, label: usize) -> Option<Counted> {
    let is_it = |row: &&u32| labels.of[**row as usize] == Some(label as u16);
    let all = labels.of.iter().filter(|of| **of == Some(label as u16)).count();
    let share = all as f64 / labels.of.len().max(1) as f64;
    let mut crowd = search.crowd();
    let mut counted = Counted { fewest: usize::MAX, most: 0, parents: 0, exactly: 0.0, at_most_one: 0.0 };
    for rows in (0..children.parents()).map(|parent| children.of(parent)).filter(|rows| !rows.is_empty()) {
        let count = rows.iter().filter(is_it).count();
        counted.fewest = counted.fewest.min(count);
        counted.most = counted.most.max(count);
        if counted.most > counted.fewest.max(1) {
            return None;
        }
        counted.parents += 1;
        counted.exactly -= binomial(rows.len(), count, share);
        let one_at_most =
            libm::exp(binomial(rows.len(), 0, share)) + libm::exp(binomial(rows.len(), 1, share));
        counted.at_most_one -= libm::log(one_at_most.clamp(f64::MIN_POSITIVE, 1.0));
        rows.iter().for_each(|&row| crowd.add(row as usize));
    }
    crowd.is_enough().then_some(counted)
}

impl Counted {
    /// How many rows of each parent have the value, and whether they may be fewer; `None` where that says nothing.
    fn rule(&self) -> Option<(u32, bool)> {
        if self.fewest == self.most && self.most > 0 && self.exactly >= SURPRISE {
            return Some((u32::try_from(self.most).ok()?, false));
        }
        (self.most == 1 && self.at_most_one >= SURPRISE).then_some((1, true))
    }
}

/// The logarithm of the chance of so many of all rows, each with a chance of its own.
fn binomial(all: usize, count: usize, share: f64) -> f64 {
    let factorial = |number: usize| libm::lgamma(number as f64 + 1.0);
    let power = |count: usize, chance: f64| match count {
        0 => 0.0,
        count => count as f64 * libm::log(chance.max(f64::MIN_POSITIVE)),
    };
    let ways = factorial(all) - factorial(count) - factorial(all - count);
    ways + power(count, share) + power(all - count, 1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_of_all_counts_add_up_to_one() {
        let sum: f64 = (0..=7).map(|count| libm::exp(binomial(7, count, 0.3))).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        assert!((libm::exp(binomial(3, 1, 0.5)) - 0.375).abs() < 1e-9);
        assert_eq!(binomial(4, 4, 1.0), 0.0);
    }
}
