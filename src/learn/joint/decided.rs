//! Columns that others decide: they come after these in the chain, and what decides them is looked up.

use super::Known;
use super::grow::Rows;
use crate::model::privacy::Crowd;
use crate::model::rule::{Operand, Statement};
use crate::model::{Codec, ColumnModel, Decided, Field, Lookup, Marginal, NULL_TOKEN};
use std::collections::{BTreeMap, BTreeSet};

/// Entries of a lookup at the most.
const MOST_ENTRIES: usize = 65_536;

/// Columns in an order in which what computes or decides a column comes before it, where there is such an order; else as they are.
pub(super) fn sorted(known: &Known<'_>, table: usize, columns: &[usize]) -> Vec<usize> {
    let mut before: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for rule in &known.models[table].rules {
        let (from, to): (Vec<usize>, &[usize]) = match &rule.statement {
            Statement::Formula { column, expression, .. } => {
                let operands = expression.operands();
                (operands.into_iter().filter_map(|operand| operand.as_own()).collect(), &[*column])
            }
            Statement::Dependency { from, to } => (from.clone(), to),
            _ => continue,
        };
        for &column in to {
            before.entry(column).or_default().extend(from.iter().filter(|&&other| other != column));
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

/// Whether a rule computes a column from others that are drawn before it, NULLs included.
pub(super) fn is_computed(known: &Known<'_>, table: usize, column: usize) -> bool {
    known.models[table].rules.iter().any(|rule| match &rule.statement {
        Statement::Formula { column: computed, expression, own_nulls: false, .. } => {
            let is_there = |operand: &&Operand| matches!(operand, Operand::Column { .. });
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
        .map(|&from| single_values(&known.models[table].columns[from]))
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

/// Which tokens of a column stand for one value each.
fn single_values(column: &ColumnModel) -> Option<Vec<bool>> {
    let mut single: Vec<bool> = match &column.marginal {
        Marginal::Integers(ordered) => {
            ordered.segments.iter().map(|segment| segment.low == segment.high).collect()
        }
        Marginal::Floats(ordered) => {
            ordered.segments.iter().map(|segment| segment.low == segment.high).collect()
        }
        Marginal::Categories(categories) => vec![true; categories.values.len()],
        _ => return None,
    };
    // Neither NULL nor what is rare decides anything.
    single.insert(usize::from(NULL_TOKEN), false);
    single.resize(Codec::of_column(column)?.tokens().max(single.len()), false);
    Some(single)
}
