//! Rules along the rows of a parent, one after the other: histories without gaps, totals that run. What they move is worked out for all
//! rows, and kept.

use super::ruled::{into_array, scalar, values};
use super::units::Unit;
use super::{dealt, is_free, meetings, rising, running};
use crate::generate::structure::Site;
use crate::generate::table::{Link, Source, Tables};
use crate::model::Model;
use crate::model::rule::{Operand, Statement};
use crate::plan::{ColumnPlan, Plan};
use arrow_array::{Array, ArrayRef};
use std::collections::BTreeMap;

/// Digits behind the point to which floats are computed with.
const DIGITS: u8 = 6;

/// Keeps the rules of all tables, and says where that cannot be. Totals of children are summed up before, and again where something has
/// moved.
pub(super) fn keep(tables: &mut Tables, model: &Model, plan: &Plan) -> Vec<String> {
    let (mut notes, mut moved) = (Vec::new(), false);
    for &table in &plan.order {
        if tables.tables[table].rows == 0 {
            continue;
        }
        let site = Site { model, plan, table };
        let rules = || plan.tables[table].rules.iter().map(|rule| &rule.statement);
        let meetings = rules().filter(|statement| matches!(statement, Statement::Meeting { .. }));
        // Totals may run by what has moved to meet.
        let totals = rules().filter(|statement| matches!(statement, Statement::Running { .. }));
        for statement in meetings.chain(totals) {
            let kept = match *statement {
                Statement::Meeting { foreign_key, start, end, .. } => {
                    meetings::meet(tables, &site, foreign_key, (start, end))
                }
                Statement::Running { foreign_key, amount, total, by, from_zero, .. } => {
                    let by = by.or_else(|| rising::moment(&site));
                    running::run(tables, &site, foreign_key, (amount, total, by, from_zero))
                }
                _ => continue,
            };
            match kept {
                Ok(()) => moved = true,
                Err(why) => notes.push(format!(
                    "{}: `{}` is not kept: {why}",
                    model.schema.tables[table].name,
                    statement.sentence(&model.schema, table)
                )),
            }
        }
    }
    if moved {
        super::sum_up(tables, model, plan);
        notes.extend(plan.order.iter().flat_map(|&table| broken(tables, &Site { model, plan, table })));
    }
    notes
}

/// Says which orderings what was worked out along rows breaks, and in how many.
fn broken(tables: &Tables, site: &Site<'_>) -> Vec<String> {
    let rows: Vec<Option<u64>> = (0..tables.tables[site.table].rows).map(Some).collect();
    let is_listed = |operand: &Operand| {
        let column = operand.as_own();
        column.is_some_and(|column| matches!(tables.tables[site.table].columns[column], Source::Listed(_)))
    };
    let of = |operand: &Operand| values(tables, site.table, operand, &BTreeMap::new(), &rows);
    let mut notes = Vec::new();
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Ordering { low, high, strict } = &rule.statement else { continue };
        if !is_listed(low) && !is_listed(high) {
            continue;
        }
        let (lows, highs) = (of(low), of(high));
        let is_broken = |row: &usize| {
            let order = lows.scalar(*row).zip(highs.scalar(*row)).and_then(|(low, high)| low.compare(high));
            order.is_some_and(|order| order.is_gt() || (*strict && order.is_eq()))
        };
        let count = (0..rows.len()).filter(is_broken).count();
        if count > 0 {
            let (schema, table) = (&site.model.schema, site.table);
            notes.push(format!(
                "{}: `{}` does not hold in {count} rows, where rows add up or meet",
                schema.tables[table].name,
                rule.statement.sentence(schema, table)
            ));
        }
    }
    notes
}

/// Whether columns may be worked out along the rows of a foreign key's parents.
pub(super) fn may_move(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    columns: &[usize],
) -> Result<(), String> {
    let generator = &tables.tables[site.table];
    if matches!(generator.links[foreign_key], Link::Undecided | Link::Missing) {
        return Err("its foreign key has no parents".to_owned());
    }
    if generator.rows > dealt::MOST_ROWS {
        return Err(format!("the table has more than {} rows", dealt::MOST_ROWS));
    }
    let is_set = |column: usize| {
        matches!(&site.plan.tables[site.table].columns[column], ColumnPlan::Drawn { setting: Some(_), .. })
    };
    let fixed = columns.iter().find(|&&column| is_set(column) || !is_free(tables, site, column));
    fixed.map_or(Ok(()), |&column| {
        let name = &tables.schema.tables[site.table].columns[column].name;
        Err(format!("a key, a setting or another rule decides `{name}`"))
    })
}

/// The values of columns in one unit, a list of units each. Floats count in millionths.
pub(super) fn units<const N: usize>(arrays: [&ArrayRef; N]) -> (Unit, [Vec<Option<i64>>; N]) {
    let scalars = |array: &'_ ArrayRef| {
        let array = array.clone();
        (0..array.len()).map(move |row| scalar(&array, row))
    };
    let unit = match Unit::of(arrays.iter().flat_map(|array| scalars(array)).flatten()) {
        Unit::Real => Unit::Exact(DIGITS),
        unit => unit,
    };
    (unit, arrays.map(|array| scalars(array).map(|value| value.map(|value| unit.units(value))).collect()))
}

/// Gives a column the values that were worked out.
pub(super) fn list(tables: &mut Tables, (table, column): (usize, usize), unit: Unit, units: &[Option<i64>]) {
    let values = units.iter().map(|units| units.map(|units| unit.value(units)));
    let listed = into_array(values, &tables.schema.tables[table].columns[column].data_type);
    tables.tables[table].columns[column] = Source::Listed(listed);
}

/// The rows of each parent, by what `order` says of each row, and by number (which is the order of their key) where that is the same.
pub(super) fn groups(
    tables: &Tables,
    table: usize,
    foreign_key: usize,
    order: impl Fn(usize) -> Option<i64>,
) -> Vec<Vec<usize>> {
    let mut rows: Vec<(u64, Option<i64>, usize)> = (0..tables.tables[table].rows)
        .filter_map(|row| Some((tables.parent(table, foreign_key, row)?, order(row as usize), row as usize)))
        .collect();
    rows.sort_unstable();
    rows.chunk_by(|one, next| one.0 == next.0).map(|group| group.iter().map(|row| row.2).collect()).collect()
}
