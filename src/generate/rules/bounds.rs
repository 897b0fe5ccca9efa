//! Bounds: what no exchange has put in order takes the nearest value that is.

use super::dealt::MOST_ROWS;
use super::ruled::{Bound, Ruled};
use super::{reads, take_drawn};
use crate::generate::structure::{Site, codes};
use crate::generate::table::{Source, Tables};
use crate::model::Marginal;
use crate::model::rule::{Expression, Operand, Rule, Statement};
use crate::plan::ColumnPlan;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Steps that a row goes off its bound at the most.
const MOST_STEPS: usize = 20;

/// Bounds columns by those that they are ordered with.
pub(super) fn bound(tables: &mut Tables, site: &Site<'_>, by_totals: bool) {
    let rules = &site.plan.tables[site.table].rules;
    let decided: BTreeSet<usize> = rules
        .iter()
        .flat_map(|rule| match &rule.statement {
            Statement::Dependency { from, to } => [from.as_slice(), to.as_slice()].concat(),
            Statement::Constant { columns, .. } => columns.clone(),
            _ => Vec::new(),
        })
        .collect();
    for (low, high, strict) in closure(rules) {
        // The higher one gives way if it can without breaking a dependency, then the lower one.
        let sides = [(&high, &low, true), (&low, &high, false)];
        let able = |&(own, other, _): &(&Operand, &Operand, bool)| {
            own.as_own().is_some_and(|column| is_free(tables, site, column))
                && !own.as_own().is_some_and(|column| reads(tables, site.table, other, (site.table, column)))
        };
        let chosen = sides
            .into_iter()
            .filter(able)
            .min_by_key(|(own, _, _)| own.as_own().is_some_and(|column| decided.contains(&column)));
        let Some((own, other, up)) = chosen else { continue };
        if is_total(tables, site.table, other) != by_totals {
            continue;
        }
        let Some(column) = own.as_own() else { continue };
        add_bound(tables, site, column, Bound { by: other.clone(), strict }, up);
    }
}

/// Lets unique keys of several columns stand although bounds move one of them: rows that clash step off their bound, and
/// where that does not help, there is none.
pub(super) fn separate(tables: &mut Tables, site: &Site<'_>) {
    let schema = tables.schema.clone();
    for key in schema.tables[site.table].unique_keys().filter(|key| key.expression.is_none()) {
        let is_bounded = |column: &usize| match &tables.tables[site.table].columns[*column] {
            Source::Ruled(ruled) => ruled.computed.is_none(),
            _ => false,
        };
        let Some(column) = key.columns.iter().copied().find(is_bounded) else { continue };
        let small = tables.tables[site.table].rows <= MOST_ROWS;
        let mut clashing = if small { clashes(tables, site.table, &key.columns) } else { Vec::new() };
        let mut rounds = 0;
        while !clashing.is_empty() && rounds < MOST_STEPS {
            if let Source::Ruled(ruled) = &mut tables.tables[site.table].columns[column] {
                let step = if ruled.at_least.is_empty() { -1 } else { 1 };
                clashing.iter().for_each(|&row| *ruled.shifts.entry(row).or_insert(0) += step);
            }
            clashing = clashes(tables, site.table, &key.columns);
            rounds += 1;
        }
        if (!small || !clashing.is_empty())
            && let Source::Ruled(ruled) = &mut tables.tables[site.table].columns[column]
        {
            ruled.at_least.clear();
            ruled.at_most.clear();
            ruled.shifts.clear();
        }
    }
}

/// Rows that share the values of some columns with an earlier row; rows with a NULL share nothing.
fn clashes(tables: &Tables, table: usize, columns: &[usize]) -> Vec<u64> {
    let each: Vec<Vec<u64>> =
        columns.iter().map(|&column| codes::codes(&tables.all_values(table, column))).collect();
    let filled = |row: usize| each.iter().all(|codes| codes[row] != codes::NULL);
    let mut seen = FxHashSet::default();
    let tuples = codes::tuples(&each);
    let again = tuples.iter().enumerate().filter(|&(row, tuple)| filled(row) && !seen.insert(*tuple));
    again.map(|(row, _)| row as u64).collect()
}

/// Bounds a drawn column from below (`up`) or above.
fn add_bound(tables: &mut Tables, site: &Site<'_>, column: usize, bound: Bound, up: bool) {
    let source = &mut tables.tables[site.table].columns[column];
    if let Some(drawn) = take_drawn(source) {
        let step = match &site.model.tables[site.table].columns[column].marginal {
            Marginal::Integers(ordered) => ordered.step,
            _ => 1,
        };
        *source = Source::Ruled(Box::new(Ruled::new(drawn, step)));
    }
    if let Source::Ruled(ruled) = source {
        if up { ruled.at_least.push(bound) } else { ruled.at_most.push(bound) }
    }
}

/// Whether an operand's value is, by whatever rules, known only once children are summed up.
fn is_total(tables: &Tables, table: usize, operand: &Operand) -> bool {
    let mut pending = operand.sources(&tables.schema, table);
    let mut seen = BTreeSet::new();
    while let Some((table, column)) = pending.pop() {
        if !seen.insert((table, column)) {
            continue;
        }
        if let Some(Source::Ruled(ruled)) = tables.tables[table].columns.get(column) {
            if ruled.operands().any(|operand| matches!(operand, Operand::Total { .. })) {
                return true;
            }
            pending.extend(ruled.operands().flat_map(|operand| operand.sources(&tables.schema, table)));
        }
    }
    false
}

/// All orderings, those included that follow from two others.
fn closure(rules: &[Rule]) -> Vec<(Operand, Operand, bool)> {
    let mut all: Vec<(Operand, Operand, bool)> = rules
        .iter()
        .filter_map(|rule| match &rule.statement {
            Statement::Ordering { low, high, strict } => Some((low.clone(), high.clone(), *strict)),
            _ => None,
        })
        .collect();
    loop {
        let more: Vec<(Operand, Operand, bool)> = all
            .iter()
            .flat_map(|(low, middle, first)| {
                all.iter()
                    .filter(move |(from, to, _)| from == middle && to != low)
                    .map(move |(_, high, second)| (low.clone(), high.clone(), *first || *second))
            })
            .filter(|(low, high, _)| low.as_own().is_some() || high.as_own().is_some())
            .filter(|(low, high, _)| !all.iter().any(|(a, b, _)| a == low && b == high))
            .collect();
        let Some(next) = more.into_iter().next() else { return all };
        all.push(next);
    }
}

/// Whether a column's value may be replaced by a bound.
fn is_free(tables: &Tables, site: &Site<'_>, column: usize) -> bool {
    let table = &tables.schema.tables[site.table];
    let drawn = match &tables.tables[site.table].columns[column] {
        Source::Drawn(drawn) => drawn.used == 0,
        Source::Ruled(ruled) => ruled.computed.is_none(),
        _ => false,
    };
    // A key of several columns may stand it; whether it does is looked at afterwards.
    drawn
        && !table.unique_keys().any(|key| key.columns == [column])
        && matches!(&site.plan.tables[site.table].columns[column], ColumnPlan::Drawn { unique: false, .. })
}

/// A column that is taken from a total to make another one is not above the total where the source has no negative
/// results.
pub(super) fn bound_by_totals(tables: &mut Tables, site: &Site<'_>) {
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Formula { column, expression: Expression::Linear { terms, .. }, .. } = &rule.statement
        else {
            continue;
        };
        let [(_, total @ Operand::Total { .. }), (sign, other)] = terms.as_slice() else { continue };
        let (Some(taken), true) = (other.as_own(), sign.numerator < 0) else { continue };
        let negative = match &site.model.tables[site.table].columns[*column].marginal {
            Marginal::Integers(ordered) => ordered.segments.first().is_some_and(|segment| segment.low < 0),
            _ => true,
        };
        if !negative && is_free(tables, site, taken) && !reads(tables, site.table, total, (site.table, taken))
        {
            add_bound(tables, site, taken, Bound { by: total.clone(), strict: false }, false);
        }
    }
}
