//! Columns that others decide: they come after these in the chain, and what decides them is looked up.

use super::Known;
use super::grow::Rows;
use crate::model::privacy::Crowd;
use crate::model::rule::{Along, Operand, Statement};
use crate::model::{Codec, Decided, Field, Lookup};
use std::collections::{BTreeMap, BTreeSet};

/// Entries of a lookup at the most.
const MOST_ENTRIES: usize = 65_536;

/// Columns in an order in which what computes a column comes before it, then what it is told from, then what decides it, as far as
/// these do not contradict each other; else as they are.
pub(super) fn sorted(known: &Known<'_>, table: usize, columns: &[usize]) -> Vec<usize> {
    let learned = &known.models[table];
    let formulas = learned.rules.iter().filter_map(|rule| match &rule.statement {
        Statement::Formula { column, expression, .. } => {
            let operands = expression.operands().into_iter().filter_map(|operand| operand.as_own());
            Some((operands.collect::<Vec<_>>(), *column))
        }
        _ => None,
    });
    let numberings = learned.rules.iter().filter_map(|rule| match rule.statement {
        Statement::Numbering { column, along: Along::Values { column: by, .. }, .. } => {
            Some((vec![by], column))
        }
        _ => None,
    });
    let ranks = known.ranks[table].iter().filter_map(|rank| match rank.along {
        Along::Values { column: by, .. } => Some((vec![by], rank.column)),
        _ => None,
    });
    let relative = learned.columns.iter().enumerate().filter_map(|(column, learned)| {
        let to = learned.relative.as_ref()?.to.as_own()?;
        Some((vec![to], column))
    });
    let dependencies = learned.rules.iter().flat_map(|rule| match &rule.statement {
        Statement::Dependency { from, to } => to.iter().map(|&to| (from.clone(), to)).collect(),
        _ => Vec::new(),
    });
    let mut before: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (from, to) in formulas.chain(numberings).chain(ranks).chain(relative).chain(dependencies) {
        if !from.iter().any(|&from| waits_for(&before, from, to)) {
            before.entry(to).or_default().extend(from);
        }
    }
    let mut left: Vec<usize> = columns.to_vec();
    let mut sorted = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |column: &usize| {
            before.get(column).is_some_and(|others| others.iter().any(|other| left.contains(other)))
        };
        let next = left.iter().position(|column| !waits(column)).unwrap_or(0);
        sorted.push(left.remove(next));
    }
    sorted
}

/// Whether a column comes after another one, or is that one.
fn waits_for(before: &BTreeMap<usize, BTreeSet<usize>>, column: usize, other: usize) -> bool {
    let mut pending = vec![column];
    let mut seen = BTreeSet::new();
    while let Some(at) = pending.pop() {
        if at == other {
            return true;
        }
        if seen.insert(at) {
            pending.extend(before.get(&at).into_iter().flatten());
        }
    }
    false
}

/// Whether a rule computes a column, NULLs included, from others of which none is drawn `later`.
pub(super) fn is_computed(known: &Known<'_>, table: usize, column: usize, later: &[Field]) -> bool {
    known.models[table].rules.iter().any(|rule| match &rule.statement {
        Statement::Formula { column: computed, expression, own_nulls: false, .. } => {
            let is_there = |operand: &&Operand| {
                let is_later = operand.as_own().is_some_and(|own| later.contains(&Field::Column(own)));
                matches!(operand, Operand::Column { .. }) && !is_later
            };
            *computed == column && expression.operands().iter().all(is_there)
        }
        _ => false,
    })
}

/// What the columns before it say of a column that they decide: values that enough subjects share, with what goes with them.
pub(super) fn lookup(
    known: &Known<'_>,
    table: usize,
    column: usize,
    before: &[Field],
    rows: &Rows<'_>,
) -> Option<Lookup> {
    let is_before = |from: &usize| before.contains(&Field::Column(*from));
    let columns = known.models[table].rules.iter().find_map(|rule| match &rule.statement {
        Statement::Dependency { from, to } if to.contains(&column) && from.iter().all(is_before) => {
            Some(from)
        }
        _ => None,
    })?;
    let tokens = |column: usize| known.recorded.tables[table].tokens[column].as_deref();
    let deciding: Vec<&[u16]> = columns.iter().map(|&from| tokens(from)).collect::<Option<_>>()?;
    let single: Vec<Vec<bool>> = columns
        .iter()
        .map(|&from| {
            let learned = &known.models[table].columns[from];
            Codec::of_column(learned)?.single_values(learned)
        })
        .collect::<Option<_>>()?;
    let decided = tokens(column)?;
    let mut order: Vec<u32> = (0..decided.len() as u32)
        .filter(|&row| {
            deciding.iter().zip(&single).all(|(tokens, single)| single[usize::from(tokens[row as usize])])
        })
        .collect();
    let key = |row: u32| -> Vec<u16> { deciding.iter().map(|tokens| tokens[row as usize]).collect() };
    order.sort_by_cached_key(|&row| key(row));
    let entries: Vec<Decided> = order
        .chunk_by(|&a, &b| deciding.iter().all(|tokens| tokens[a as usize] == tokens[b as usize]))
        .filter_map(|same| {
            let mut crowd = Crowd::new(rows.privacy);
            same.iter().for_each(|&row| crowd.add(rows.subjects[row as usize]));
            let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
            same.iter().for_each(|&row| *counts.entry(decided[row as usize]).or_insert(0) += 1);
            crowd.is_enough().then(|| (key(same[0]), counts.into_iter().collect()))
        })
        .take(MOST_ENTRIES)
        .collect();
    (!entries.is_empty()).then(|| Lookup { columns: columns.clone(), entries })
}
