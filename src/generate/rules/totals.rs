//! What the children of each row add up to, summed once before the first row.

use super::ruled::scalar;
use super::units::Unit;
use crate::generate::CHUNK_ROWS;
use crate::generate::table::{Source, Tables};
use crate::model::rule::{Aggregate, Factor, Operand, Scalar, multiply, sum_up};
use arrow_array::ArrayRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One total per parent: eight bytes each.
pub(crate) struct Totals {
    /// [`NOTHING`] where there is none.
    units: Vec<i64>,
    unit: Unit,
}

const NOTHING: i64 = i64::MIN;

impl Totals {
    /// The total of a parent's children.
    pub(super) fn of(&self, parent: u64) -> Option<Scalar> {
        let units = *self.units.get(parent as usize)?;
        (units != NOTHING).then(|| self.unit.value(units))
    }

    fn new(values: Vec<Option<Scalar>>) -> Self {
        let unit = Unit::of(values.iter().flatten().copied());
        let units = values.into_iter().map(|value| value.map_or(NOTHING, |value| unit.units(value)));
        Self { units: units.collect(), unit }
    }
}

/// Sums up the children for every total that a column of the table needs.
pub(super) fn sum_children(tables: &mut Tables, table: usize) {
    let mut wanted: Vec<(usize, Operand)> = Vec::new();
    for (column, source) in tables.tables[table].columns.iter().enumerate() {
        if let Source::Ruled(ruled) = source {
            let totals = ruled.operands().filter(|operand| matches!(operand, Operand::Total { .. }));
            wanted.extend(totals.map(|operand| (column, operand.clone())));
        }
    }
    let mut known: BTreeMap<Operand, Arc<Totals>> = BTreeMap::new();
    for (column, operand) in wanted {
        let totals = match known.get(&operand) {
            Some(totals) => totals.clone(),
            None => Arc::new(sum(tables, table, &operand)),
        };
        known.insert(operand.clone(), totals.clone());
        if let Source::Ruled(ruled) = &mut tables.tables[table].columns[column] {
            ruled.totals.insert(operand, totals);
        }
    }
}

fn sum(tables: &Tables, parent_table: usize, operand: &Operand) -> Totals {
    let Operand::Total { table, foreign_key, aggregate, factors, zero } = operand else {
        return Totals::new(Vec::new());
    };
    let parents = tables.tables[parent_table].rows as usize;
    let mut totals: Vec<Option<Scalar>> = vec![None; parents];
    let rows = tables.tables[*table].rows;
    let mut start = 0;
    while start < rows {
        let batch: Vec<Option<u64>> = (start..rows.min(start + CHUNK_ROWS)).map(Some).collect();
        let arrays: BTreeMap<usize, ArrayRef> = factors
            .iter()
            .filter_map(|factor| factor.operand().as_own())
            .map(|column| (column, tables.values(*table, column, &batch)))
            .collect();
        for (index, row) in batch.iter().enumerate() {
            let Some(parent) = row.and_then(|row| tables.parent(*table, *foreign_key, row)) else { continue };
            let total = &mut totals[parent as usize];
            *total = add(*total, *aggregate, value(factors, &arrays, *aggregate, index));
        }
        start += CHUNK_ROWS;
    }
    if *zero {
        totals.iter_mut().for_each(|total| *total = total.or(Some(Scalar::Exact(0, 0))));
    }
    Totals::new(totals)
}

fn value(
    factors: &[Factor],
    arrays: &BTreeMap<usize, ArrayRef>,
    aggregate: Aggregate,
    index: usize,
) -> Option<Scalar> {
    if aggregate == Aggregate::Count {
        return Some(Scalar::Exact(1, 0));
    }
    multiply(factors, &|operand| scalar(arrays.get(&operand.as_own()?)?, index))
}

fn add(total: Option<Scalar>, aggregate: Aggregate, value: Option<Scalar>) -> Option<Scalar> {
    let by = if aggregate == Aggregate::Count { Aggregate::Sum } else { aggregate };
    sum_up(by, [total, value].into_iter().flatten())
}
