//! Products and quotients of two or three numbers of a row.

use super::formulas::{Bench, digits, is_circular, open};
use super::linear::{fits, rounded};
use crate::model::rule::{Expression, Factor, Operand, Rule};

/// Operands of which products of three are tried.
const MOST_OF_THREE: usize = 14;
/// Screened rows on which a factor must be neither 0 nor 1.
const TELLING: usize = 10;

/// How an operand enters a product.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    Value,
    Less(i64),
    Plus(i64),
}

/// Adds the products of a table, then its quotients: of whole numbers, a product that holds says more than the quotient that follows
/// from it.
pub(super) fn find(bench: &Bench<'_, '_, '_>, rules: &mut Vec<Rule>) {
    for search in [product, quotient] {
        for column in open(bench.search, rules) {
            let rule = search(bench, rules, column);
            rules.extend(rule);
        }
    }
}

/// One operand in one role, with what it multiplies by.
struct Candidate {
    operand: usize,
    role: Role,
    values: Vec<f64>,
}

fn candidates(bench: &Bench<'_, '_, '_>, column: usize) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (index, (operand, values)) in bench.operands.iter().enumerate() {
        let number = bench.search.view.column(bench.search.table, operand).and_then(super::Column::family);
        if operand.as_own() == Some(column) || number != Some(super::view::Family::Number) {
            continue;
        }
        let within = |most: f64| values.iter().all(|value| value.is_nan() || (0.0..=most).contains(value));
        let mut add = |role: Role, by: &dyn Fn(f64) -> f64| {
            candidates.push(Candidate {
                operand: index,
                role,
                values: values.iter().map(|&value| by(value)).collect(),
            });
        };
        add(Role::Value, &|value| value);
        for per in [1, 100] {
            if within(per as f64) {
                add(Role::Less(per), &|value| 1.0 - value / per as f64);
                add(Role::Plus(per), &|value| 1.0 + value / per as f64);
            }
        }
    }
    candidates.retain(|candidate| {
        let plain = |value: &&f64| !value.is_nan() && **value != 0.0 && **value != 1.0;
        candidate.values.iter().filter(plain).count() >= TELLING
    });
    candidates
}

fn product(bench: &Bench<'_, '_, '_>, rules: &[Rule], column: usize) -> Option<Rule> {
    let unit = libm::pow(10.0, -f64::from(digits(bench.search, column).unwrap_or(9)));
    let seen = bench.values(column);
    let all = candidates(bench, column);
    let confirm = |chosen: &[&Candidate]| {
        let operands: Vec<&Operand> = chosen.iter().map(|c| &bench.operands[c.operand].0).collect();
        if is_circular(bench.search, rules, column, &operands) {
            return None;
        }
        let factors: Vec<Factor> =
            chosen.iter().map(|c| factor(c.role, &bench.operands[c.operand].0)).collect();
        rounded(bench, column, |rounding| Expression::Product { factors: factors.clone(), rounding })
    };
    let ordered = |a: &Candidate, b: &Candidate| {
        a.operand < b.operand || (a.operand != b.operand && a.role == Role::Value && b.role != Role::Value)
    };
    let pairs: Vec<(&Candidate, &Candidate)> = all
        .iter()
        .filter(|first| first.role == Role::Value)
        .flat_map(|first| {
            all.iter().filter(move |second| ordered(first, second)).map(move |second| (first, second))
        })
        .collect();
    for &(a, b) in &pairs {
        if fits(&seen, |row| a.values[row] * b.values[row], unit)
            && let Some(rule) = confirm(&[a, b])
        {
            return Some(rule);
        }
    }
    let few: Vec<&Candidate> = all.iter().filter(|candidate| candidate.operand < MOST_OF_THREE).collect();
    let of_few = |(a, b): &&(&Candidate, &Candidate)| {
        b.role == Role::Value && a.operand < MOST_OF_THREE && b.operand < MOST_OF_THREE
    };
    for &(a, b) in pairs.iter().filter(of_few) {
        for &c in few.iter().filter(|c| ordered(b, c) && ordered(a, c) && c.operand != a.operand) {
            if fits(&seen, |row| a.values[row] * b.values[row] * c.values[row], unit)
                && let Some(rule) = confirm(&[a, b, c])
            {
                return Some(rule);
            }
        }
    }
    None
}

fn factor(role: Role, operand: &Operand) -> Factor {
    match role {
        Role::Value => Factor::Value(operand.clone()),
        Role::Less(per) => Factor::Less(operand.clone(), per),
        Role::Plus(per) => Factor::Plus(operand.clone(), per),
    }
}

fn quotient(bench: &Bench<'_, '_, '_>, rules: &[Rule], column: usize) -> Option<Rule> {
    let unit = libm::pow(10.0, -f64::from(digits(bench.search, column).unwrap_or(9)));
    let seen = bench.values(column);
    let values = candidates(bench, column);
    let values: Vec<&Candidate> = values.iter().filter(|candidate| candidate.role == Role::Value).collect();
    for above in &values {
        for below in values.iter().filter(|below| below.operand != above.operand) {
            let (dividend, divisor) = (&bench.operands[above.operand].0, &bench.operands[below.operand].0);
            let by = |row: usize| {
                if below.values[row] == 0.0 { f64::NAN } else { above.values[row] / below.values[row] }
            };
            // Quotients that are hardly different from each other prove nothing.
            let wide = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max)
                - seen.iter().copied().fold(f64::INFINITY, f64::min);
            if wide < 10.0 * unit
                || !fits(&seen, by, unit)
                || is_circular(bench.search, rules, column, &[dividend, divisor])
            {
                continue;
            }
            let found = rounded(bench, column, |rounding| Expression::Quotient {
                dividend: dividend.clone(),
                divisor: divisor.clone(),
                rounding,
            });
            if found.is_some() {
                return found;
            }
        }
    }
    None
}
