//! Keys that rise with a day, or with the keys of parents: they are dealt out anew, and rows are written in their order.

use super::dealt;
use super::ruled::scalar;
use crate::generate::structure::Site;
use crate::generate::table::{Drawn, Positions, Source, Tables};
use crate::model::rule::{Rule, Scalar, Statement};
use crate::plan::ColumnPlan;
use crate::schema::DataType;
use rayon::prelude::*;
use std::sync::Arc;

/// Deals out the keys of a table, and says where that cannot be. Those of its parents have theirs.
pub(super) fn keep(tables: &mut Tables, site: &Site<'_>) -> Vec<String> {
    let Some((rule, column, by)) = rising(site) else { return Vec::new() };
    match deal(tables, site, column, by) {
        Ok(()) => Vec::new(),
        Err(why) => {
            let (schema, table) = (&site.model.schema, site.table);
            let sentence = rule.statement.sentence(schema, table);
            vec![format!("{}: `{sentence}` is not kept: {why}", schema.tables[table].name)]
        }
    }
}

fn rising<'a>(site: &Site<'a>) -> Option<(&'a Rule, usize, usize)> {
    site.plan.tables[site.table].rules.iter().find_map(|rule| match rule.statement {
        Statement::Rising { column, by, .. } => Some((rule, column, by)),
        _ => None,
    })
}

/// The day or moment with which the keys of a table rise, which is their order therefore.
pub(super) fn moment(site: &Site<'_>) -> Option<usize> {
    let (_, _, by) = rising(site)?;
    let data_type = &site.model.schema.tables[site.table].columns[by].data_type;
    matches!(data_type, DataType::Date | DataType::Timestamp { .. }).then_some(by)
}

fn deal(tables: &mut Tables, site: &Site<'_>, column: usize, by: usize) -> Result<(), String> {
    let rows = tables.tables[site.table].rows;
    if rows > dealt::MOST_ROWS {
        return Err(format!("the table has more than {} rows", dealt::MOST_ROWS));
    }
    let is_counted = |drawn: &Drawn| drawn.nulls == 0 && matches!(drawn.positions, Positions::InOrder);
    let decided = &site.plan.tables[site.table].columns[column];
    let first = match &tables.tables[site.table].columns[column] {
        Source::Drawn(drawn)
            if is_counted(drawn) && matches!(decided, ColumnPlan::Drawn { setting: None, .. }) =>
        {
            drawn.used
        }
        _ => return Err("a setting or another rule decides about keys".to_owned()),
    };
    let values = tables.all_values(site.table, by);
    let value = |row: u32| scalar(&values, row as usize).map_or(f64::INFINITY, Scalar::measure);
    let mut order: Vec<(f64, u32)> = (0..rows as u32).map(|row| (value(row), row)).collect();
    if order.is_sorted_by(|one, next| one.0 <= next.0) {
        return Ok(());
    }
    order.par_sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let last = first + rows;
    if last > u64::from(u32::MAX) {
        return Err(format!("the target has more than {} rows", u32::MAX));
    }
    let mut positions = vec![0; rows as usize];
    (first as u32..).zip(&order).for_each(|(position, &(_, row))| positions[row as usize] = position);
    let generator = &mut tables.tables[site.table];
    if let Source::Drawn(drawn) = &mut generator.columns[column] {
        drawn.positions = Positions::Listed(Arc::new(positions));
    }
    generator.order = Some(Arc::new(order.into_iter().map(|(_, row)| row).collect()));
    Ok(())
}
