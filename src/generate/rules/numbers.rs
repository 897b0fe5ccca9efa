//! Numbers within groups: the children of each parent, counted along what the rule says.

use super::ruled::{Numbered, scalar};
use crate::generate::structure::Site;
use crate::generate::table::{Link, NONE, Source, Tables};
use crate::model::rule::{Along, Scalar, Statement};
use rayon::prelude::*;

/// Gives the columns that number the rows of a group their numbers. The parents must be found.
pub(in crate::generate) fn number(tables: &mut Tables, site: &Site<'_>) {
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Numbering { column, foreign_key, first, along } = rule.statement else { continue };
        if !site.is_numbered(column)
            || matches!(tables.tables[site.table].links[foreign_key], Link::Undecided)
        {
            continue;
        }
        let listed = match (along, &tables.tables[site.table].links[foreign_key]) {
            (Along::Rows, Link::Formula(spread)) if spread.number(0).is_some() => None,
            (Along::Rows, _) => Some(counted(tables, site.table, foreign_key)),
            _ => Some(ranked(tables, site.table, (foreign_key, column), along)),
        };
        tables.tables[site.table].columns[column] =
            Source::Numbered(Box::new(Numbered { foreign_key, first, listed }));
    }
}

/// Counts rows again where what they are counted along may have moved since: values, or the order of keys. No key rests on such numbers.
pub(super) fn number_again(tables: &mut Tables, site: &Site<'_>) {
    let table = &tables.schema.clone().tables[site.table];
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Numbering { column, foreign_key, along, .. } = rule.statement else { continue };
        let may_have_moved = match along {
            Along::Values { .. } => true,
            Along::Rows => tables.tables[site.table].order.is_some(),
            Along::Nothing => false,
        };
        let is_keyed = table.unique_keys().any(|key| key.columns.contains(&column))
            || table.foreign_keys.iter().any(|key| key.columns.contains(&column));
        if !may_have_moved
            || is_keyed
            || !matches!(tables.tables[site.table].columns[column], Source::Numbered(_))
        {
            continue;
        }
        let again = match along {
            Along::Rows => counted(tables, site.table, foreign_key),
            _ => ranked(tables, site.table, (foreign_key, column), along),
        };
        if let Source::Numbered(numbered) = &mut tables.tables[site.table].columns[column] {
            numbered.listed = Some(again);
        }
    }
}

/// The rows of each parent, counted as they are written.
fn counted(tables: &Tables, table: usize, foreign_key: usize) -> Vec<u32> {
    let parent = tables.schema.tables[table].foreign_keys[foreign_key].parent;
    let mut counts = vec![0u32; tables.tables[parent].rows as usize];
    let mut numbers = vec![0; tables.tables[table].rows as usize];
    for row in (0..tables.tables[table].rows).map(|place| tables.tables[table].row_at(place)) {
        if let Some(parent) = tables.parent(table, foreign_key, row) {
            let count = &mut counts[parent as usize];
            numbers[row as usize] = *count;
            *count += 1;
        }
    }
    numbers
}

/// The rows of each parent, counted by the values of a column; those that share one, and all where there is no such column, by what was
/// drawn for the number itself.
fn ranked(tables: &Tables, table: usize, (foreign_key, column): (usize, usize), along: Along) -> Vec<u32> {
    let rows = tables.tables[table].rows;
    let values: Option<Vec<f64>> = match along {
        Along::Values { column, falling, .. } => {
            let array = tables.all_values(table, column);
            let sign = if falling { -1.0 } else { 1.0 };
            let value = |row: u64| scalar(&array, row as usize).map_or(f64::INFINITY, Scalar::measure) * sign;
            Some((0..rows).map(value).collect())
        }
        _ => None,
    };
    let drawn = |row: u64| match &tables.tables[table].columns[column] {
        Source::Drawn(drawn) => drawn.position(row).unwrap_or(u64::MAX),
        Source::Numbered(numbered) => numbered.listed.as_ref().map_or(row, |all| all[row as usize].into()),
        _ => row,
    };
    let mut keys: Vec<(u32, u64, u32)> = (0..rows)
        .map(|row| {
            let parent = tables.parent(table, foreign_key, row).map_or(NONE, |parent| parent as u32);
            (parent, drawn(row), row as u32)
        })
        .collect();
    keys.par_sort_unstable_by(|a, b| {
        let by_value = values.as_ref().map_or(std::cmp::Ordering::Equal, |values| {
            values[a.2 as usize].total_cmp(&values[b.2 as usize])
        });
        a.0.cmp(&b.0).then(by_value).then(a.cmp(b))
    });
    let mut numbers = vec![0; rows as usize];
    for group in keys.chunk_by(|a, b| a.0 == b.0 && a.0 != NONE) {
        (0u32..).zip(group).for_each(|(number, key)| numbers[key.2 as usize] = number);
    }
    numbers
}
