//! Parents that fit each other: a row that has to come after one of them and before another exchanges one with another row
//! where no value would do.

use super::ruled::values;
use crate::generate::structure::{Site, governs_another};
use crate::generate::table::{Link, NONE, Tables};
use crate::model::rule::{Operand, Scalar, Statement};
use crate::model::{Relative, Side, Treatment};
use crate::plan::LinkPlan;
use crate::rng::Key;
use std::collections::BTreeMap;

/// Rows that a row tries to exchange with at random.
const TRIES: usize = 400;
/// Rows for which all others are tried after these.
const MOST_SEARCHED: usize = 2_000;

/// What one column has to come after and before, in microseconds; only values of rows above.
struct Window {
    /// By row: the latest and the earliest of what follows from the other parents.
    rest: Vec<(i64, i64)>,
    /// By parent: the latest and the earliest of its values.
    of: Vec<(i64, i64)>,
}

/// Nothing before, nothing after.
const OPEN: (i64, i64) = (i64::MIN, i64::MAX);

/// Exchanges parents through keys that nothing else depends on.
pub(super) fn settle(tables: &mut Tables, site: &Site<'_>) {
    if site.plan.tables[site.table].treatment != Treatment::Learn {
        return;
    }
    let keys = 0..tables.schema.tables[site.table].foreign_keys.len();
    let spine = site.model.tables[site.table].dependence.as_ref().and_then(|dependence| dependence.spine);
    // Siblings in order stay together.
    for foreign_key in keys.filter(|&key| Some(key) != spine) {
        if !may_exchange(tables, site, foreign_key) {
            continue;
        }
        let windows = windows(tables, site, foreign_key);
        if !windows.is_empty() {
            exchange(tables, site, foreign_key, &windows);
        }
    }
}

/// Whether rows may exchange parents without another key, CHECK or rule noticing.
fn may_exchange(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> bool {
    let table = &tables.schema.tables[site.table];
    let decided = &site.plan.tables[site.table];
    let columns = &table.foreign_keys[foreign_key].columns;
    let ours = |other: &[usize]| other.iter().any(|column| columns.contains(column));
    let shared = table.foreign_keys.iter().filter(|key| ours(&key.columns)).count() > 1;
    let read = |link: &LinkPlan| match *link {
        LinkPlan::Implied { via, .. } | LinkPlan::Free { follows: Some((via, _)), .. } => via == foreign_key,
        _ => false,
    };
    let below = tables.schema.tables.iter().zip(&site.plan.tables).any(|(child, plan)| {
        child.foreign_keys.iter().zip(&plan.links).any(|(key, link)| match link {
            LinkPlan::Implied { via, then } => {
                child.foreign_keys[*via].parent == site.table && *then == foreign_key
            }
            LinkPlan::Free { scope, .. } => key.parent == site.table && !scope.is_empty(),
            LinkPlan::Missing => false,
        })
    });
    let grouped = decided.rules.iter().any(|rule| match &rule.statement {
        Statement::Numbering { foreign_key: of, .. } | Statement::Constant { foreign_key: of, .. } => {
            *of == foreign_key
        }
        _ => false,
    });
    matches!(tables.tables[site.table].links[foreign_key], Link::Formula(_) | Link::Listed(_))
        && matches!(&decided.links[foreign_key], LinkPlan::Free { scope, follows: None, .. } if scope.is_empty())
        && table.foreign_keys[foreign_key].parent != site.table
        && tables.tables[site.table].rows <= super::dealt::MOST_ROWS
        && !shared
        && !decided.links.iter().any(read)
        && !below
        && !grouped
        && !governs_another(tables, site, foreign_key)
        && !table.unique_keys().any(|key| ours(&key.columns))
        && !decided.filters.iter().any(|(_, check)| ours(check.columns()))
}

/// The windows of all columns that several parents bound, one of them through this key.
fn windows(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Vec<Window> {
    let told = site.model.tables[site.table].columns.iter().filter_map(|column| column.relative.as_ref());
    let rows = tables.tables[site.table].rows;
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    let parents = tables.tables[parent].rows;
    let window = |relative: &Relative| {
        let limits = relative.limits.iter().map(|limit| (&limit.by, limit.side));
        let first = |operand: &Operand| match operand {
            Operand::Column { path, .. } => path.first().copied(),
            Operand::Total { .. } => None,
        };
        let sided: Vec<(&Operand, Side)> =
            limits.chain([(&relative.to, relative.side)]).filter(|(by, _)| first(by).is_some()).collect();
        let through = sided.iter().any(|(operand, _)| first(operand) == Some(foreign_key));
        let both = [Side::After, Side::Before].iter().all(|side| sided.iter().any(|(_, of)| of == side));
        if !through || !both {
            return None;
        }
        let mut window = Window { rest: vec![OPEN; rows as usize], of: vec![OPEN; parents as usize] };
        for (operand, side) in sided {
            if first(operand) == Some(foreign_key) {
                narrow(&mut window.of, &moments(tables, parent, &above(operand), parents), side);
            } else {
                narrow(&mut window.rest, &moments(tables, site.table, operand, rows), side);
            }
        }
        Some(window)
    };
    told.filter_map(window).collect()
}

/// The same operand, seen from the parent.
fn above(operand: &Operand) -> Operand {
    match operand {
        Operand::Column { path, column } => Operand::Column { path: path[1..].to_vec(), column: *column },
        total => total.clone(),
    }
}

fn moments(tables: &Tables, table: usize, operand: &Operand, rows: u64) -> Vec<Option<i64>> {
    let all: Vec<_> = (0..rows).map(Some).collect();
    let found = values(tables, table, operand, &BTreeMap::new(), &all);
    (0..all.len()).map(|row| found.scalar(row).and_then(|value: Scalar| Relative::micros(value))).collect()
}

/// Takes up values on one side of which a window lies.
fn narrow(windows: &mut [(i64, i64)], values: &[Option<i64>], side: Side) {
    for (window, value) in windows.iter_mut().zip(values) {
        match (value, side) {
            (Some(value), Side::After) => window.0 = window.0.max(*value),
            (Some(value), Side::Before) => window.1 = window.1.min(*value),
            _ => {}
        }
    }
}

fn exchange(tables: &mut Tables, site: &Site<'_>, foreign_key: usize, windows: &[Window]) {
    let rows = tables.tables[site.table].rows;
    let parent = |row| tables.parent(site.table, foreign_key, row).map_or(NONE, |parent| parent as u32);
    let mut parents: Vec<u32> = (0..rows).map(parent).collect();
    let fits = |row: usize, parent: u32| {
        windows.iter().all(|window| {
            let (rest, of) = (window.rest[row], window.of.get(parent as usize).copied().unwrap_or(OPEN));
            rest.0.max(of.0) < rest.1.min(of.1)
        })
    };
    let wrong: Vec<usize> = (0..rows as usize).filter(|&row| !fits(row, parents[row])).collect();
    if wrong.is_empty() {
        return;
    }
    let schema = tables.schema.clone();
    let table = &schema.tables[site.table];
    let columns = table.column_names(&table.foreign_keys[foreign_key].columns);
    let mut stream = Key::new(site.plan.seed, &[&table.name.to_string(), &columns, "fit"]).at(0, 0);
    for (number, row) in wrong.into_iter().enumerate() {
        let all = if number < MOST_SEARCHED { rows } else { 0 };
        let first = stream.below(rows);
        let some = (0..TRIES).map(|_| stream.below(rows)).collect::<Vec<u64>>();
        let others = some.into_iter().chain((0..all).map(|turn| (first + turn) % rows));
        for other in others.map(|other| other as usize) {
            if fits(row, parents[row]) {
                break;
            }
            let better =
                fits(row, parents[other]) && (fits(other, parents[row]) || !fits(other, parents[other]));
            if better && parents[other] != NONE && parents[row] != NONE {
                parents.swap(row, other);
            }
        }
    }
    tables.tables[site.table].links[foreign_key] = Link::Listed(parents);
}
