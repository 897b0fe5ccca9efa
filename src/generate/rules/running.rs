//! Totals made to run along the rows of a parent: each is that of the row before and the row's own amount.
//!
//! Amounts were drawn and stay what they are; where a total would fall below all that were drawn, the row takes a later row's amount,
//! which takes its own; where none helps, it takes what there is.

use super::ruled::{into_array, scalar};
use super::{dealt, is_free};
use crate::generate::structure::Site;
use crate::generate::table::{Link, Source, Tables};
use crate::model::Model;
use crate::model::rule::{Scalar, Statement};
use crate::plan::Plan;
use arrow_array::ArrayRef;

/// Digits behind the point that are added up where values are floats.
const DIGITS: u8 = 6;

/// Sums up along the rows of all tables, and says where that cannot be. Totals of children are summed up again where something has moved.
pub(super) fn run_all(tables: &mut Tables, model: &Model, plan: &Plan) -> Vec<String> {
    let (mut notes, mut moved) = (Vec::new(), false);
    for &table in &plan.order {
        let site = Site { model, plan, table };
        for rule in &plan.tables[table].rules {
            let Statement::Running { foreign_key, amount, total, by, from_zero, .. } = rule.statement else {
                continue;
            };
            if tables.tables[table].rows == 0 {
                continue;
            }
            match run(tables, &site, foreign_key, (amount, total, by, from_zero)) {
                Some(()) => moved = true,
                None => notes.push(format!(
                    "{}: not kept, since keys or settings decide one of its columns: {}",
                    model.schema.tables[table].name,
                    rule.statement.sentence(&model.schema, table)
                )),
            }
        }
    }
    if moved {
        super::sum_up(tables, model, plan);
    }
    notes
}

/// `None` where the total may not be computed.
fn run(
    tables: &mut Tables,
    site: &Site<'_>,
    foreign_key: usize,
    (amount, total, by, from_zero): (usize, usize, Option<usize>, bool),
) -> Option<()> {
    let schema = tables.schema.clone();
    let this = &schema.tables[site.table];
    let is_known = !matches!(tables.tables[site.table].links[foreign_key], Link::Undecided | Link::Missing);
    let is_keyed = this.unique_keys().any(|key| key.columns.contains(&total));
    if !is_known
        || is_keyed
        || tables.tables[site.table].rows > dealt::MOST_ROWS
        || !is_free(tables, site, total)
    {
        return None;
    }
    let may_move =
        is_free(tables, site, amount) && !this.unique_keys().any(|key| key.columns.contains(&amount));
    let mut amounts = exact(&tables.all_values(site.table, amount));
    let mut totals = exact(&tables.all_values(site.table, total));
    let lowest = totals.iter().flatten().copied().min()?;
    let mut moved = false;
    for rows in groups(tables, site.table, foreign_key, by) {
        let mut sum = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            if at == 0 && !from_zero {
                sum = totals[row].unwrap_or(0);
                continue;
            }
            let is_low = |amounts: &[Option<i128>], row: usize| sum + amounts[row].unwrap_or(0) < lowest;
            if may_move
                && is_low(&amounts, row)
                && let Some(&other) = rows[at + 1..].iter().find(|&&other| !is_low(&amounts, other))
            {
                amounts.swap(row, other);
                moved = true;
            }
            if may_move && is_low(&amounts, row) {
                // None is left that helps: the row takes what there is.
                amounts[row] = Some(lowest - sum);
                moved = true;
            }
            sum += amounts[row].unwrap_or(0);
            totals[row] = Some(sum);
        }
    }
    for (column, units) in [(total, &totals), (amount, &amounts)] {
        if column == total || moved {
            let values = units.iter().map(|units| units.map(|units| Scalar::Exact(units, DIGITS)));
            let listed = into_array(values, &this.columns[column].data_type);
            tables.tables[site.table].columns[column] = Source::Listed(listed);
        }
    }
    Some(())
}

/// The rows of each parent as they come: by a column, and where that says nothing by number, which is the order of their key.
fn groups(tables: &Tables, table: usize, foreign_key: usize, by: Option<usize>) -> Vec<Vec<usize>> {
    let values = by.map(|column| tables.all_values(table, column));
    let order = |row: u64| match values.as_ref().and_then(|values| scalar(values, row as usize)) {
        Some(Scalar::Date(units) | Scalar::Time(units) | Scalar::Moment(units)) => i128::from(units),
        Some(Scalar::Exact(units, _)) => units,
        _ => 0,
    };
    let mut rows: Vec<(u64, i128, usize)> = (0..tables.tables[table].rows)
        .filter_map(|row| Some((tables.parent(table, foreign_key, row)?, order(row), row as usize)))
        .collect();
    rows.sort_unstable();
    rows.chunk_by(|one, next| one.0 == next.0).map(|group| group.iter().map(|row| row.2).collect()).collect()
}

/// Numbers in millionths.
fn exact(array: &ArrayRef) -> Vec<Option<i128>> {
    let units = |value: Scalar| match value {
        Scalar::Exact(units, digits) if digits <= DIGITS => {
            Some(units.saturating_mul(10i128.pow(u32::from(DIGITS - digits))))
        }
        Scalar::Exact(units, digits) => Some(units / 10i128.pow(u32::from(digits - DIGITS))),
        Scalar::Real(real) => Some((real * 1e6).round() as i128),
        _ => None,
    };
    (0..array.len()).map(|row| units(scalar(array, row)?)).collect()
}
