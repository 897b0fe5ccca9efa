//! Sums: every linear relation between the numbers of a row shows as a column that is a combination of others.

use super::formulas::{Bench, ROUNDINGS, confirm, digits, holds_on_sample, is_circular, open};
use crate::model::rule::{Expression, Operand, Ratio, Rounding, Rule, Statement};

/// Operands of one sum at the most.
const MOST_TERMS: usize = 6;
/// The relative size below which a remainder counts as nothing.
const NOTHING: f64 = 1e-7;
/// Denominators of coefficients, beyond which they are taken for chance: parts of hundreds, of minutes, hours and days.
const DENOMINATORS: [i64; 9] = [1, 2, 4, 10, 60, 100, 1_000, 3_600, 86_400];

/// Adds the sums of a table, then multiples that are rounded.
pub(super) fn find(bench: &Bench<'_, '_, '_>, rules: &mut Vec<Rule>) {
    let mut basis = Basis::default();
    for (index, (_, values)) in bench.operands.iter().enumerate() {
        let Some(weights) = basis.add(index, values) else { continue };
        let Some(relation) = relation(bench, index, &weights) else { continue };
        rules.extend(best_target(bench, rules, &relation));
    }
    for column in open(bench.search, rules) {
        let rule = of_filled_rows(bench, rules, column);
        rules.extend(rule);
    }
    for column in open(bench.search, rules) {
        let rule = rounded_difference(bench, rules, column).or_else(|| multiple(bench, rules, column));
        rules.extend(rule);
    }
}

/// A sum for a column that may be NULL, over operands that have a value wherever it has.
fn of_filled_rows(bench: &Bench<'_, '_, '_>, rules: &[Rule], column: usize) -> Option<Rule> {
    let seen = bench.values(column);
    let rows: Vec<usize> = (0..seen.len()).filter(|&row| !seen[row].is_nan()).collect();
    if rows.len() == seen.len() || rows.len() < 20 {
        return None;
    }
    let of = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
    let target = bench.operands.iter().position(|(operand, _)| operand.as_own() == Some(column))?;
    let part = Bench {
        search: bench.search,
        operands: bench.operands.iter().map(|(operand, values)| (operand.clone(), of(values))).collect(),
    };
    let mut basis = Basis::default();
    for (index, (operand, values)) in part.operands.iter().enumerate() {
        if index != target && !is_circular(bench.search, rules, column, &[operand]) {
            basis.add(index, values);
        }
    }
    let weights = basis.add(target, &part.operands[target].1)?;
    let relation = relation(&part, target, &weights)?;
    let expression = solved(&part, &relation, target)?;
    holds_on_sample(bench.search, column, &expression).then(|| confirm(bench.search, column, expression))?
}

/// `0 = constant + sum of coefficient * operand`.
struct Relation {
    terms: Vec<(Ratio, usize)>,
    constant: Ratio,
}

/// Columns of values that are independent of each other, orthonormal and centred (modified Gram–Schmidt).
#[derive(Default)]
struct Basis {
    vectors: Vec<Vec<f64>>,
    /// Each vector as weights of operands.
    made_of: Vec<Vec<(usize, f64)>>,
}

impl Basis {
    /// Takes in an operand's values; if they are a combination of those before, its weights. Operands with NULLs are no
    /// part of sums that this finds.
    fn add(&mut self, index: usize, values: &[f64]) -> Option<Vec<(usize, f64)>> {
        if values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let mut rest: Vec<f64> = values.iter().map(|value| value - mean).collect();
        let size = norm(&rest);
        let mut weights: Vec<(usize, f64)> = vec![(index, 1.0)];
        // Twice is enough (Kahan and Parlett): the second round takes away what rounding left of the first.
        for _ in 0..2 {
            for (vector, made_of) in self.vectors.iter().zip(&self.made_of) {
                let along: f64 = vector.iter().zip(&rest).map(|(a, b)| a * b).sum();
                rest.iter_mut().zip(vector).for_each(|(value, part)| *value -= along * part);
                for &(operand, weight) in made_of {
                    match weights.iter_mut().find(|(known, _)| *known == operand) {
                        Some((_, known)) => *known -= along * weight,
                        None => weights.push((operand, -along * weight)),
                    }
                }
            }
        }
        let left = norm(&rest);
        if left <= NOTHING * size {
            return Some(weights);
        }
        rest.iter_mut().for_each(|value| *value /= left);
        weights.iter_mut().for_each(|(_, weight)| *weight /= left);
        self.vectors.push(rest);
        self.made_of.push(weights);
        None
    }
}

fn norm(values: &[f64]) -> f64 {
    libm::sqrt(values.iter().map(|value| value * value).sum())
}

/// The weights as ratios, and the constant that completes them.
fn relation(bench: &Bench<'_, '_, '_>, last: usize, weights: &[(usize, f64)]) -> Option<Relation> {
    let spread = |index: usize| {
        let values = &bench.operands[index].1;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        libm::sqrt(values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
    };
    let whole = spread(last);
    let mut terms = Vec::new();
    for &(index, weight) in weights {
        // Weights that move the result by nothing are rounding errors.
        if (weight * spread(index)).abs() > 1e-6 * whole {
            terms.push((ratio(weight)?, index));
        }
    }
    if !(2..=MOST_TERMS + 1).contains(&terms.len()) {
        return None;
    }
    let at = |row: usize| -> f64 {
        terms
            .iter()
            .map(|&(weight, index)| {
                weight.numerator as f64 / weight.denominator as f64 * bench.operands[index].1[row]
            })
            .sum()
    };
    let rows = bench.operands[last].1.len();
    let constant = ratio(-(0..rows).map(at).sum::<f64>() / rows as f64)?;
    Some(Relation { terms, constant })
}

/// The ratio with a plain denominator that a float stands for.
fn ratio(value: f64) -> Option<Ratio> {
    let near = |&denominator: &i64| {
        let scaled = value * denominator as f64;
        (scaled.abs() < 1e9 && (scaled - scaled.round()).abs() <= 1e-6 * scaled.abs().max(0.1))
            .then(|| Ratio { numerator: scaled.round() as i64, denominator })
    };
    DENOMINATORS.iter().find_map(near)
}

/// The rule that computes one of a relation's columns: best a sum of all others, then the last column.
fn best_target(bench: &Bench<'_, '_, '_>, rules: &[Rule], relation: &Relation) -> Option<Rule> {
    let open = open(bench.search, rules);
    let mut targets: Vec<(bool, usize, usize)> = relation
        .terms
        .iter()
        .filter_map(|&(weight, index)| {
            let column = bench.operands[index].0.as_own().filter(|column| open.contains(column))?;
            let sums = relation
                .terms
                .iter()
                .all(|&(other, at)| at == index || (other.numerator < 0) != (weight.numerator < 0));
            Some((sums, column, index))
        })
        .collect();
    targets.sort_unstable_by(|a, b| b.cmp(a));
    targets.into_iter().find_map(|(_, column, index)| {
        let expression = solved(bench, relation, index)?;
        let circular = is_circular(bench.search, rules, column, &expression.operands());
        let holds = !circular && holds_on_sample(bench.search, column, &expression);
        holds.then(|| confirm(bench.search, column, expression))?
    })
}

/// The relation solved for one operand.
fn solved(bench: &Bench<'_, '_, '_>, relation: &Relation, target: usize) -> Option<Expression> {
    let (own, _) = relation.terms.iter().find(|(_, index)| *index == target)?;
    let by = |other: Ratio| divide(Ratio { numerator: -other.numerator, ..other }, *own);
    let terms = relation
        .terms
        .iter()
        .filter(|(_, index)| *index != target)
        .map(|&(weight, index)| Some((by(weight)?, bench.operands[index].0.clone())))
        .collect::<Option<Vec<_>>>()?;
    Some(Expression::Linear { terms, constant: by(relation.constant)?, rounding: Rounding::HalfUp })
}

fn divide(a: Ratio, b: Ratio) -> Option<Ratio> {
    let (mut numerator, mut denominator) =
        (a.numerator.checked_mul(b.denominator)?, a.denominator.checked_mul(b.numerator)?);
    if denominator < 0 {
        (numerator, denominator) = (-numerator, -denominator);
    }
    let (mut x, mut y) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while y != 0 {
        (x, y) = (y, x % y);
    }
    let common = i64::try_from(x).ok()?.max(1);
    Some(Ratio { numerator: numerator / common, denominator: denominator / common })
}

/// Minutes, hours or days from one moment to another, rounded.
fn rounded_difference(bench: &Bench<'_, '_, '_>, rules: &[Rule], column: usize) -> Option<Rule> {
    const UNITS: [i64; 4] = [1, 60, 3_600, 86_400];
    let (search, seen) = (bench.search, bench.values(column));
    let digits = digits(search, column)?;
    let unit = libm::pow(10.0, -f64::from(digits));
    let family =
        |operand: &Operand| search.view.column(search.table, operand).and_then(super::Column::family);
    for (low, from) in &bench.operands {
        for (high, to) in bench.operands.iter().filter(|(high, _)| high != low) {
            let moments = [low, high].iter().all(|operand| {
                matches!(family(operand), Some(super::view::Family::Moment | super::view::Family::Time))
            });
            if !moments || family(low) != family(high) {
                continue;
            }
            for per in UNITS {
                let fits = fits(&seen, |row| (to[row] - from[row]) / per as f64, unit);
                if !fits || is_circular(bench.search, rules, column, &[low, high]) {
                    continue;
                }
                let terms = |sign| Ratio { numerator: sign, denominator: per };
                let terms = vec![(terms(1), high.clone()), (terms(-1), low.clone())];
                let found = rounded(bench, column, |rounding| Expression::Linear {
                    terms: terms.clone(),
                    constant: Ratio { numerator: 0, denominator: 1 },
                    rounding,
                });
                if found.is_some() {
                    return found;
                }
            }
        }
    }
    None
}

/// A multiple of another number, rounded: `tax = 0.19 * net`.
fn multiple(bench: &Bench<'_, '_, '_>, rules: &[Rule], column: usize) -> Option<Rule> {
    let seen = bench.values(column);
    let unit = libm::pow(10.0, -f64::from(digits(bench.search, column)?));
    bench.operands.iter().find_map(|(operand, values)| {
        if operand.as_own() == Some(column) || is_circular(bench.search, rules, column, &[operand]) {
            return None;
        }
        let both = |row: &usize| !seen[*row].is_nan() && !values[*row].is_nan() && values[*row] != 0.0;
        let widest =
            (0..seen.len()).filter(both).max_by(|&a, &b| values[a].abs().total_cmp(&values[b].abs()))?;
        let slope = seen[widest] / values[widest];
        let near = |denominator: i64| {
            let numerator = (slope * denominator as f64).round();
            (numerator != 0.0 && numerator.abs() < 1e6)
                .then_some(Ratio { numerator: numerator as i64, denominator })
        };
        let coefficient = [1, 10, 100, 1_000, 10_000].into_iter().filter_map(near).find(|ratio| {
            let slope = ratio.numerator as f64 / ratio.denominator as f64;
            fits(&seen, |row| slope * values[row], unit)
        })?;
        let terms = vec![(divide(coefficient, Ratio { numerator: 1, denominator: 1 })?, operand.clone())];
        rounded(bench, column, |rounding| Expression::Linear {
            terms: terms.clone(),
            constant: Ratio { numerator: 0, denominator: 1 },
            rounding,
        })
    })
}

/// Whether all values are within one unit of what they are computed as.
pub(super) fn fits(seen: &[f64], computed: impl Fn(usize) -> f64, unit: f64) -> bool {
    let mut tested = 0;
    for (row, &is) in seen.iter().enumerate() {
        let result = computed(row);
        if is.is_nan() || result.is_nan() {
            continue;
        }
        if (is - result).abs() > unit * 1.000_001 + 1e-9 * is.abs() {
            return false;
        }
        tested += 1;
    }
    tested >= 10
}

/// The first way of rounding with which a formula holds for all rows.
pub(super) fn rounded(
    bench: &Bench<'_, '_, '_>,
    column: usize,
    expression: impl Fn(Rounding) -> Expression,
) -> Option<Rule> {
    ROUNDINGS.iter().find_map(|&(rounding, _)| {
        let expression = expression(rounding);
        let holds = holds_on_sample(bench.search, column, &expression);
        let rule = if holds { confirm(bench.search, column, expression) } else { None };
        rule.filter(|rule| matches!(rule.statement, Statement::Formula { .. }))
    })
}
