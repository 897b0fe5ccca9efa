//! Rules kept: columns computed from others, NULLs, dependencies and orderings made to hold in every row.
//!
//! Numbers within groups are settled with the table's keys, because keys rest on them. Everything else is settled when all rows
//! of all tables have their parents and all columns their positions: first what moves positions between rows, so that margins stay,
//! then what is computed, and at last bounds, which catch the few rows that no exchange helped.

mod bounds;
mod dealt;
mod dependencies;
mod nulls;
mod orderings;
mod ruled;
mod totals;

pub(crate) use ruled::{Numbered, Ruled};

use super::filter::datum;
use super::structure::Site;
use super::table::{Drawn, Link, Source, Tables};
use crate::model::Model;
use crate::model::rule::{Operand, Rule, Statement};
use crate::plan::Plan;
use crate::schema::check::Datum;
use arrow_array::ArrayRef;
use dealt::Dealt;
use ruled::Computed;
use std::collections::{BTreeMap, BTreeSet};

/// Gives the columns that number the rows of a group their numbers. The parents must be found.
pub(super) fn number(tables: &mut Tables, site: &Site<'_>) {
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Numbering { column, foreign_key, first } = rule.statement else { continue };
        if !site.is_numbered(column)
            || matches!(tables.tables[site.table].links[foreign_key], Link::Undecided)
        {
            continue;
        }
        let listed = match &tables.tables[site.table].links[foreign_key] {
            Link::Formula(spread) if spread.number(0).is_some() => None,
            _ => Some(count_siblings(tables, site.table, foreign_key)),
        };
        tables.tables[site.table].columns[column] =
            Source::Numbered(Box::new(Numbered { foreign_key, first, listed }));
    }
}

fn count_siblings(tables: &Tables, table: usize, foreign_key: usize) -> Vec<u32> {
    let parent = tables.schema.tables[table].foreign_keys[foreign_key].parent;
    let mut counts = vec![0u32; tables.tables[parent].rows as usize];
    (0..tables.tables[table].rows)
        .map(|row| match tables.parent(table, foreign_key, row) {
            Some(parent) => {
                let count = &mut counts[parent as usize];
                *count += 1;
                *count - 1
            }
            None => 0,
        })
        .collect()
}

/// Makes all other rules of all tables hold.
pub(super) fn keep(tables: &mut Tables, model: &Model, plan: &Plan) {
    for &table in &plan.order {
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
        nulls::settle(tables, table, rules, &mut dealt);
        orderings::settle(tables, table, rules, &mut dealt);
        dealt.store(tables, table);
        dependencies::settle(tables, table, rules, &mut dealt);
    }
    // Bounds by totals come last: a total may follow from what it would bound.
    for by_totals in [false, true] {
        for &table in &plan.order {
            bounds::bound(tables, &Site { model, plan, table }, by_totals);
        }
    }
    for &table in &plan.order {
        bounds::bound_by_totals(tables, &Site { model, plan, table });
    }
    for &table in plan.order.iter().rev() {
        totals::sum_children(tables, table);
    }
    for &table in &plan.order {
        let site = Site { model, plan, table };
        bounds::separate(tables, &site);
        give_way_to_checks(tables, &site);
    }
}

/// Whether a rule ties a column to others of its row.
pub(super) fn is_tied(site: &Site<'_>, column: usize) -> bool {
    let ties = |rule: &Rule| match &rule.statement {
        Statement::Formula { column: computed, expression, .. } => {
            *computed == column
                || expression.operands().iter().any(|operand| operand.as_own() == Some(column))
        }
        Statement::NullWhen { other, .. } if *other == column => true,
        other => moved(other).contains(&column),
    };
    site.plan.tables[site.table].rules.iter().any(ties)
}

/// A CHECK goes before a rule: a column that is computed or bounded so that rows break a CHECK is drawn after all.
fn give_way_to_checks(tables: &mut Tables, site: &Site<'_>) {
    for (_, predicate) in &site.plan.tables[site.table].filters {
        let ruled: Vec<usize> = predicate
            .columns()
            .iter()
            .copied()
            .filter(|&column| matches!(tables.tables[site.table].columns[column], Source::Ruled(_)))
            .collect();
        if ruled.is_empty() {
            continue;
        }
        let rows = tables.tables[site.table].rows.min(dealt::MOST_ROWS);
        let rows: Vec<Option<u64>> = (0..rows).map(Some).collect();
        let values: BTreeMap<usize, ArrayRef> = predicate
            .columns()
            .iter()
            .map(|&column| (column, tables.values(site.table, column, &rows)))
            .collect();
        let admits = |row: usize| {
            predicate.admits(&|column| values.get(&column).map_or(Datum::Null, |array| datum(array, row)))
        };
        if (0..rows.len()).all(admits) {
            continue;
        }
        for column in ruled {
            let source = &mut tables.tables[site.table].columns[column];
            match std::mem::replace(source, Source::Null) {
                Source::Ruled(ruled) => *source = Source::Drawn(ruled.drawn),
                other => *source = other,
            }
        }
    }
}

/// The columns whose positions a rule may move.
fn moved(statement: &Statement) -> Vec<usize> {
    match statement {
        Statement::Ordering { low, high, .. } => {
            [low, high].into_iter().filter_map(Operand::as_own).collect()
        }
        Statement::Dependency { from, to } => [from.as_slice(), to].concat(),
        Statement::Constant { columns, .. } => columns.clone(),
        other => nulls::columns(other),
    }
}

/// Sets up the columns that are computed.
fn compute(tables: &mut Tables, site: &Site<'_>) {
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Formula { column, expression, digits, own_nulls } = &rule.statement else { continue };
        if !site.is_computed(*column) {
            continue;
        }
        let operands: Vec<Operand> = expression.operands().into_iter().cloned().collect();
        if operands.iter().any(|operand| reads(tables, site.table, operand, (site.table, *column))) {
            continue;
        }
        let source = &mut tables.tables[site.table].columns[*column];
        if let Some(drawn) = take_drawn(source) {
            let mut ruled = Ruled::new(drawn, 1);
            ruled.computed =
                Some(Computed { expression: expression.clone(), digits: *digits, own_nulls: *own_nulls });
            *source = Source::Ruled(Box::new(ruled));
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
            _ => {}
        }
    }
    false
}
