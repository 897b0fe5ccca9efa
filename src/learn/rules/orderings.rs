//! Which values are never above which others: in a row, and between a row and those above it.

use super::Search;
use super::view::{Column, Family};
use crate::model::rule::{Operand, Rule, Scalar, Statement};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Rows that would break an ordering if its two columns were independent: with fewer, it may be chance. Numbers count
/// different things more often than moments do.
const MOMENTS: f64 = 6.0;
const NUMBERS: f64 = 30.0;
/// The share of such rows: two columns that hardly overlap are in order whatever the rows are. Numbers of which one is a part of the
/// other come so near that some are equal; where none are, they more likely count different things.
const MOMENT_SHARE: f64 = 0.0005;
const MEETING_SHARE: f64 = 0.01;
const NUMBER_SHARE: f64 = 0.03;
/// The share of rows with equal values from which on two columns meet.
const MEETING: f64 = 0.01;

/// Two values that may be ordered.
struct Pair {
    low: Operand,
    high: Operand,
}

/// All orderings of one table, those that follow from others left out.
pub(super) fn find(search: &Search<'_, '_>) -> Vec<Rule> {
    let operands = operands(search);
    let own: Vec<usize> = (0..operands.len()).filter(|&index| operands[index].as_own().is_some()).collect();
    let all: BTreeSet<(usize, usize)> = own
        .iter()
        .flat_map(|&a| (0..operands.len()).filter(move |&b| b != a).flat_map(move |b| [(a, b), (b, a)]))
        .collect();
    let pairs: Vec<Pair> = all
        .into_iter()
        .map(|(a, b)| Pair { low: operands[a].clone(), high: operands[b].clone() })
        .filter(|pair| comparable(search, pair))
        .collect();
    without_implied(search, pairs.par_iter().filter_map(|pair| test(search, pair)).collect())
}

/// The columns of the row itself, of its parents, and moments of their parents.
fn operands(search: &Search<'_, '_>) -> Vec<Operand> {
    let mut operands: Vec<Operand> = Vec::new();
    for path in ways(search) {
        let table = search.view.end(search.table, &path);
        for column in search.written_of(table) {
            let values = &search.view.tables[table].columns[column];
            let wanted = match values.family() {
                Some(Family::Moment) => true,
                Some(_) => path.len() < 2,
                None => false,
            };
            if wanted && values.null_rows < search.view.tables[table].rows && !search.is_key(table, column) {
                operands.push(Operand::Column { path: path.clone(), column });
            }
        }
    }
    operands
}

/// The ways upwards, without those that lead to the same rows as one before: what they say holds because of the other.
fn ways(search: &Search<'_, '_>) -> Vec<Vec<usize>> {
    let mut ways: Vec<Vec<usize>> = Vec::new();
    for path in search.paths() {
        let end = |path: &[usize], row: u32| search.view.climb(search.table, path, row as usize);
        let same = |other: &Vec<usize>| {
            let pairs = || search.sample.iter().filter_map(|&row| Some((end(&path, row)?, end(other, row))));
            pairs().next().is_some() && pairs().all(|(here, there)| Some(here) == there)
        };
        if path.is_empty() || !ways.iter().any(same) {
            ways.push(path);
        }
    }
    ways
}

fn comparable(search: &Search<'_, '_>, pair: &Pair) -> bool {
    let family = |operand| search.view.column(search.table, operand).and_then(Column::family);
    family(&pair.low).is_some() && family(&pair.low) == family(&pair.high)
}

/// Tests a pair on the sample, then on all rows.
fn test(search: &Search<'_, '_>, pair: &Pair) -> Option<Rule> {
    let (view, table) = (search.view, search.table);
    let both = |row: usize| Some((view.scalar(table, &pair.low, row)?, view.scalar(table, &pair.high, row)?));
    let sample: Vec<_> = search.sample.iter().filter_map(|&row| both(row as usize)).collect();
    if sample.iter().any(|(low, high)| low.compare(*high) == Some(Ordering::Greater)) {
        return None;
    }
    let above = chance(&sample);
    let moment = view.column(table, &pair.low)?.family() != Some(Family::Number);
    let equal = sample.iter().filter(|(low, high)| low.compare(*high) == Some(Ordering::Equal)).count();
    let (wanted, share) = match moment {
        true => (MOMENTS, MOMENT_SHARE),
        false if equal as f64 >= MEETING * sample.len() as f64 => (NUMBERS, MEETING_SHARE),
        false => (NUMBERS, NUMBER_SHARE),
    };
    // Most pairs in order lie apart anyway, which the sample tells as well as all rows.
    if above < share || above * (search.this().rows as f64) < wanted {
        return None;
    }
    let (mut rows, mut never_equal) = (0u64, true);
    let mut crowd = search.crowd();
    for row in 0..search.this().rows {
        let Some((low, high)) = both(row) else { continue };
        match low.compare(high)? {
            Ordering::Greater => return None,
            Ordering::Equal => never_equal = false,
            Ordering::Less => {}
        }
        rows += 1;
        crowd.add(row);
    }
    let enough = crowd.is_enough() && above * rows as f64 >= wanted;
    let statement =
        Statement::Ordering { low: pair.low.clone(), high: pair.high.clone(), strict: never_equal };
    enough.then_some(Rule { statement, rows })
}

/// How often the lower one would be above the higher one if they were independent.
fn chance(sample: &[(Scalar, Scalar)]) -> f64 {
    let mut low: Vec<f64> = sample.iter().map(|pair| pair.0.measure()).collect();
    let mut high: Vec<f64> = sample.iter().map(|pair| pair.1.measure()).collect();
    low.sort_unstable_by(f64::total_cmp);
    high.sort_unstable_by(f64::total_cmp);
    let (mut above, mut below) = (0usize, 0);
    for value in &low {
        while below < high.len() && high[below] < *value {
            below += 1;
        }
        above += below;
    }
    above as f64 / (sample.len() as f64).powi(2).max(1.0)
}

/// Leaves out a ≤ c where a ≤ b ≤ c is among the rules and b always has a value.
fn without_implied(search: &Search<'_, '_>, rules: Vec<Rule>) -> Vec<Rule> {
    let parts = |rule: &Rule| match &rule.statement {
        Statement::Ordering { low, high, strict } => (low.clone(), high.clone(), *strict),
        _ => unreachable!("only orderings are looked for here"),
    };
    let all: Vec<(Operand, Operand, bool)> = rules.iter().map(parts).collect();
    let filled = |operand: &Operand| {
        operand.as_own().is_some_and(|column| search.this().columns[column].null_rows == 0)
    };
    let implied = |(low, high, strict): &(Operand, Operand, bool)| {
        all.iter().any(|(a, b, first)| {
            a == low
                && b != high
                && filled(b)
                && all.iter().any(|(c, d, second)| c == b && d == high && (*first || *second || !strict))
        })
    };
    rules.into_iter().zip(&all).filter(|(_, parts)| !implied(parts)).map(|(rule, _)| rule).collect()
}
