//! Rules kept: columns computed from others, NULLs, dependencies and orderings made to hold in every row.
//!
//! Numbers within groups are settled with the table's keys, because keys rest on them. Everything else is settled when all rows
//! of all tables have their parents and all columns their positions: first what moves positions between rows, so that margins stay,
//! then what is computed, then bounds, which catch the few rows that no exchange helped, and at last what goes along the rows of a parent.

mod dealt;
mod dependencies;
mod headcounts;
mod implied;
mod meetings;
mod nulls;
mod numbers;
mod orderings;
mod parents;
mod rising;
mod ruled;
mod running;
mod sequences;
mod texts;
mod totals;
mod units;
mod whole;

pub(crate) use implied::Implied;
pub(crate) use nulls::told;
pub(super) use numbers::number;
pub(crate) use ruled::{Numbered, Operands, Ruled, into_array, scalar, values as operand_values};
pub(crate) use whole::evaluated;

use super::relative;
use super::structure::{Site, codes};
use super::table::{Drawn, Source, Tables};
use crate::model::rule::{Expression, Operand, Rule, Statement};
use crate::model::{Marginal, Model};
use crate::plan::{ColumnPlan, Plan};
use crate::stats::ks_two_samples;
use arrow_array::ArrayRef;
use dealt::Dealt;
use ruled::{Bound, Computed};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Rows that are looked at to see what bounds move, and from which distance on that is told.
const LOOKED_AT: u64 = 20_000;
const BENT: f64 = 0.03;

/// Makes all other rules of all tables hold, and says which distributions that bends.
pub(super) fn keep(tables: &mut Tables, model: &Model, plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    for &table in &plan.order {
        parents::settle(tables, &Site { model, plan, table });
        compute(tables, &Site { model, plan, table });
    }
    for &table in &plan.order {
        let site = Site { model, plan, table };
        let rules = &plan.tables[table].rules;
        let wanted: BTreeSet<usize> = rules.iter().flat_map(|rule| moved(&rule.statement)).collect();
        if wanted.is_empty() || tables.tables[table].rows > dealt::MOST_ROWS {
            continue;
        }
        let mut dealt = Dealt::new(tables, &site, wanted);
        // Dependencies twice: NULLs and orders are made for classes that agree, and then agree themselves.
        dependencies::settle(tables, table, rules, &mut dealt);
        notes.extend(headcounts::settle(tables, &site, &mut dealt));
        nulls::settle(tables, table, rules, &mut dealt);
        dealt.store(tables, table);
        orderings::settle(tables, table, rules, &mut dealt);
        dealt.store(tables, table);
        dependencies::settle(tables, table, rules, &mut dealt);
    }
    // Bounds by totals come last: a total may follow from what it would bound.
    for by_totals in [false, true] {
        for &table in &plan.order {
            bound(tables, &Site { model, plan, table }, by_totals);
        }
    }
    for &table in &plan.order {
        bound_by_totals(tables, &Site { model, plan, table });
    }
    sum_up(tables, model, plan);
    notes.extend(sequences::keep(tables, model, plan));
    for &table in &plan.order {
        notes.extend(rising::keep(tables, &Site { model, plan, table }));
    }
    for &table in &plan.order {
        numbers::number_again(tables, &Site { model, plan, table });
    }
    for &table in &plan.order {
        notes.extend(texts::keep(tables, &Site { model, plan, table }));
    }
    for &table in &plan.order {
        notes.extend(unbind_clashing(tables, &Site { model, plan, table }));
    }
    notes.extend(plan.order.iter().flat_map(|&table| bent(tables, table)));
    notes
}

/// Sums up children, tables without children first.
fn sum_up(tables: &mut Tables, model: &Model, plan: &Plan) {
    for &table in plan.order.iter().rev() {
        totals::sum_children(tables, table);
        settle_again(tables, &Site { model, plan, table });
    }
}

/// Settles dependencies once more where what decides has other values than when they were settled: it is bounded, or made of totals.
fn settle_again(tables: &mut Tables, site: &Site<'_>) {
    let rules = &site.plan.tables[site.table].rules;
    let is_late = |&column: &usize| match &tables.tables[site.table].columns[column] {
        Source::Ruled(ruled) => {
            ruled.uncomputed().is_some() || is_total(tables, site.table, &Operand::own(column))
        }
        _ => false,
    };
    let late = rules.iter().any(
        |rule| matches!(&rule.statement, Statement::Dependency { from, .. } if from.iter().any(is_late)),
    );
    if !late || tables.tables[site.table].rows > dealt::MOST_ROWS {
        return;
    }
    let decided = rules
        .iter()
        .filter(|rule| matches!(rule.statement, Statement::Dependency { .. } | Statement::Constant { .. }));
    let wanted: BTreeSet<usize> = decided.flat_map(|rule| moved(&rule.statement)).collect();
    let mut dealt = Dealt::new(tables, site, wanted);
    dependencies::settle(tables, site.table, rules, &mut dealt);
}

/// Says which columns are distributed differently because of their bounds. An ordering that holds in all rows of the source is kept all
/// the same: rows that end before they begin are of no use.
fn bent(tables: &Tables, table: usize) -> Vec<String> {
    let all = tables.tables[table].rows;
    let looked_at = all.min(LOOKED_AT);
    let rows: Vec<Option<u64>> = (0..looked_at).map(|row| Some(row * all / looked_at)).collect();
    let described = &tables.schema.tables[table];
    let mut notes = Vec::new();
    for (column, source) in tables.tables[table].columns.iter().enumerate() {
        let Source::Ruled(ruled) = source else { continue };
        if !ruled.is_bounded() {
            continue;
        }
        let measures = |values: &ArrayRef| -> Vec<f64> {
            (0..rows.len()).filter_map(|row| Some(scalar(values, row)?.measure())).collect()
        };
        let drawn = measures(&ruled.drawn.values(tables, table, &rows));
        let bounded = measures(&tables.values(table, column, &rows));
        let distance = ks_two_samples(&drawn, &bounded);
        if distance > BENT {
            notes.push(format!(
                "{}.{}: keeping an ordering of the source in all rows moves its distribution (by a KS distance of {distance:.2})",
                described.name, described.columns[column].name
            ));
        }
    }
    notes
}

/// The columns whose positions a rule may move.
fn moved(statement: &Statement) -> Vec<usize> {
    match statement {
        Statement::Ordering { low, high, .. } => {
            [low, high].into_iter().filter_map(Operand::as_own).collect()
        }
        Statement::Dependency { from, to } => [from.as_slice(), to].concat(),
        Statement::Constant { columns, .. } => columns.clone(),
        Statement::Headcount(count) => vec![count.column],
        other => nulls::columns(other),
    }
}

/// Sets up the columns that are computed.
fn compute(tables: &mut Tables, site: &Site<'_>) {
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Formula { column, expression, digits, own_nulls, .. } = &rule.statement else {
            continue;
        };
        if !site.is_computed(*column) {
            continue;
        }
        let computed = Computed { expression: expression.clone(), digits: *digits, own_nulls: *own_nulls };
        set_up(tables, (site.table, *column), computed);
    }
}

/// Sets up a drawn column that is computed, unless it would be from itself. Says whether it is.
fn set_up(tables: &mut Tables, (table, column): (usize, usize), computed: Computed) -> bool {
    let operands = computed.expression.operands();
    if operands.iter().any(|operand| reads(tables, table, operand, (table, column))) {
        return false;
    }
    let source = &mut tables.tables[table].columns[column];
    let Some(drawn) = take_drawn(source) else { return false };
    let mut ruled = Ruled::new(drawn, 1);
    ruled.computed = Some(computed);
    *source = Source::Ruled(Box::new(ruled));
    true
}

/// A column that is taken from a total to make another one is not above the total where the source has no negative
/// results.
fn bound_by_totals(tables: &mut Tables, site: &Site<'_>) {
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

/// Takes a drawn column out of its place.
fn take_drawn(source: &mut Source) -> Option<Drawn> {
    match std::mem::replace(source, Source::Null) {
        Source::Drawn(drawn) => Some(drawn),
        other => {
            *source = other;
            None
        }
    }
}

/// Whether an operand of a table's rows follows, by whatever rules, from a column.
fn reads(tables: &Tables, table: usize, operand: &Operand, goal: (usize, usize)) -> bool {
    let mut pending: Vec<(usize, usize)> = operand.sources(&tables.schema, table);
    let mut seen = BTreeSet::new();
    while let Some((table, column)) = pending.pop() {
        if (table, column) == goal {
            return true;
        }
        if !seen.insert((table, column)) {
            continue;
        }
        match tables.tables[table].columns.get(column) {
            Some(Source::Ruled(ruled)) => {
                pending.extend(ruled.operands().flat_map(|operand| operand.sources(&tables.schema, table)));
            }
            Some(Source::Inherited { foreign_key, position, .. }) => {
                let key = &tables.schema.tables[table].foreign_keys[*foreign_key];
                pending.push((key.parent, key.parent_columns[*position]));
            }
            Some(Source::Drawn(drawn)) => {
                pending.extend(drawn.operands().flat_map(|operand| operand.sources(&tables.schema, table)));
            }
            _ => {}
        }
    }
    false
}

/// Bounds columns by those that they are ordered with.
fn bound(tables: &mut Tables, site: &Site<'_>, by_totals: bool) {
    let rules = &site.plan.tables[site.table].rules;
    let decided: BTreeSet<usize> = rules
        .iter()
        .flat_map(|rule| match &rule.statement {
            Statement::Dependency { from, to } => [from.as_slice(), to.as_slice()].concat(),
            Statement::Constant { columns, .. } => columns.clone(),
            _ => Vec::new(),
        })
        .collect();
    for (low, high, strict) in all_orderings(rules) {
        if relative::keeps(tables, site.table, &low, &high).is_some_and(|always| always || !strict) {
            continue;
        }
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

/// Takes bounds away from columns of unique keys of several columns that would not stand them, and says so.
fn unbind_clashing(tables: &mut Tables, site: &Site<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let schema = tables.schema.clone();
    let table = &schema.tables[site.table];
    for key in table.unique_keys().filter(|key| key.expression.is_none()) {
        let bounded: Vec<usize> = key
            .columns
            .iter()
            .copied()
            .filter(|&column| matches!(&tables.tables[site.table].columns[column], Source::Ruled(ruled) if ruled.is_bounded()))
            .collect();
        if bounded.is_empty() {
            continue;
        }
        let each: Vec<Vec<u64>> =
            key.columns.iter().map(|&column| codes::codes(&tables.all_values(site.table, column))).collect();
        let mut seen = FxHashSet::default();
        let tuples = codes::tuples(&each);
        let filled = |row: usize| each.iter().all(|codes| codes[row] != codes::NULL);
        if tuples.iter().enumerate().all(|(row, tuple)| !filled(row) || seen.insert(*tuple)) {
            continue;
        }
        for column in bounded {
            if let Source::Ruled(ruled) = &mut tables.tables[site.table].columns[column] {
                ruled.at_least.clear();
                ruled.at_most.clear();
                notes.push(format!(
                    "{}.{}: an ordering of the source is kept in most rows only, since in all it would break a unique key",
                    table.name, table.columns[column].name
                ));
            }
        }
    }
    notes
}

/// Bounds a drawn column from below (`up`) or above.
fn add_bound(tables: &mut Tables, site: &Site<'_>, column: usize, bound: Bound, up: bool) {
    let source = &mut tables.tables[site.table].columns[column];
    if let Some(drawn) = take_drawn(source) {
        let learned = &site.model.tables[site.table].columns[column];
        let step = match (&learned.relative, &learned.marginal) {
            (Some(relative), _) => relative.step,
            (None, Marginal::Integers(ordered)) => ordered.step,
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
pub(crate) fn all_orderings(rules: &[Rule]) -> Vec<(Operand, Operand, bool)> {
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
