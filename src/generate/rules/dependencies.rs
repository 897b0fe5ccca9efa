//! Functional dependencies and constants of groups: the rows of a class take over the positions of its first row.

use super::dealt::Dealt;
use crate::generate::structure::codes;
use crate::generate::table::Tables;
use crate::model::rule::{Rule, Statement};
use rustc_hash::FxHashMap;

/// Rounds over all dependencies: what one of them changes may decide another.
const ROUNDS: usize = 6;
/// The class of rows that are in none: those without a parent, or with a NULL in what decides.
const NO_CLASS: u64 = u64::MAX;

/// One dependency with the columns that are moved for it.
struct Dependency<'a> {
    from: From<'a>,
    to: Vec<usize>,
}

enum From<'a> {
    Columns(&'a [usize]),
    Parent(usize),
}

/// Makes all dependencies hold, as far as columns that are dealt out can. Positions are stored after each, because the
/// next may read them.
pub(super) fn settle(tables: &mut Tables, table: usize, rules: &[Rule], dealt: &mut Dealt) {
    let mut dependencies: Vec<Dependency<'_>> = rules
        .iter()
        .filter_map(|rule| {
            let (from, to) = match &rule.statement {
                Statement::Dependency { from, to } => (From::Columns(from), to),
                Statement::Constant { foreign_key, columns } => (From::Parent(*foreign_key), columns),
                _ => return None,
            };
            let to: Vec<usize> =
                to.iter().copied().filter(|column| dealt.columns.contains_key(column)).collect();
            (!to.is_empty()).then_some(Dependency { from, to })
        })
        .collect();
    sort(&mut dependencies);
    for _ in 0..ROUNDS {
        let mut changed = false;
        for dependency in &dependencies {
            let classes = match &dependency.from {
                From::Columns(columns) => {
                    let each: Vec<Vec<u64>> = columns
                        .iter()
                        .map(|&column| codes::codes(&tables.all_values(table, column)))
                        .collect();
                    let mut classes = codes::tuples(&each);
                    for column in &each {
                        let nulls = classes.iter_mut().zip(column).filter(|(_, code)| **code == codes::NULL);
                        nulls.for_each(|(class, _)| *class = NO_CLASS);
                    }
                    classes
                }
                From::Parent(foreign_key) => (0..dealt.rows as u64)
                    .map(|row| tables.parent(table, *foreign_key, row).unwrap_or(NO_CLASS))
                    .collect(),
            };
            if agree(dealt, &classes, &dependency.to) {
                changed = true;
                dealt.store(tables, table);
            }
        }
        if !changed {
            return;
        }
    }
}

/// What decides others comes before what it decides, where there is such an order.
fn sort(dependencies: &mut Vec<Dependency<'_>>) {
    let mut sorted = Vec::with_capacity(dependencies.len());
    while !dependencies.is_empty() {
        let free = |dependency: &Dependency<'_>| match dependency.from {
            From::Parent(_) => true,
            From::Columns(columns) => {
                !dependencies.iter().any(|other| columns.iter().any(|column| other.to.contains(column)))
            }
        };
        let next = dependencies.iter().position(free).unwrap_or(0);
        sorted.push(dependencies.remove(next));
    }
    *dependencies = sorted;
}

/// Lets the rows of each class agree with its first row. Returns whether any did not.
fn agree(dealt: &mut Dealt, classes: &[u64], to: &[usize]) -> bool {
    let mut first: FxHashMap<u64, usize> = FxHashMap::default();
    let mut changed = false;
    for (row, class) in classes.iter().enumerate().filter(|(_, class)| **class != NO_CLASS) {
        let leader = *first.entry(*class).or_insert(row);
        for column in to {
            if let Some(positions) = dealt.columns.get_mut(column)
                && positions[row] != positions[leader]
            {
                positions[row] = positions[leader];
                changed = true;
            }
        }
    }
    changed
}
