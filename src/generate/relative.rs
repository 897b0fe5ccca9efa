//! Columns drawn as differences: values counted from other values of the row and the rows above it.

use super::column::Values;
use super::rules;
use super::structure::Site;
use super::table::{Source, Tables};
use crate::model::rule::Operand;
use crate::model::{Marginal, Relative, Side};
use crate::plan::LinkPlan;
use crate::schema::DataType;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType as ArrowType;
use std::collections::BTreeMap;

/// What turns a column's differences into values.
pub(crate) struct Difference {
    relative: Relative,
    /// The smallest distance from the base.
    nearest: i64,
    /// Microseconds in a unit of the column.
    unit: i64,
    /// Where differences are counted from in rows that have nothing else; without it, these are NULL.
    fallback: Option<i64>,
}

impl Difference {
    /// What was learned of a column that is told as differences.
    pub(super) fn new(site: &Site<'_>, column: usize) -> Option<Self> {
        let described = &site.model.schema.tables[site.table].columns[column];
        let learned = &site.model.tables[site.table].columns[column];
        let relative = learned.relative.clone()?;
        let Marginal::Integers(ordered) = &learned.marginal else { return None };
        let ends = (ordered.segments.first()?.low, ordered.segments.last()?.high);
        let nearest = match relative.side {
            Side::After => ends.0,
            Side::Before => ends.1.saturating_neg(),
            Side::Around => 0,
        };
        // Up to the grid.
        let nearest = nearest.saturating_add(nearest.saturating_neg().rem_euclid(relative.step)).max(0);
        let first = if relative.side == Side::Before { relative.highest } else { relative.lowest };
        let alone = !described.nullable || relative.to.first().is_none_or(|to| is_cut_off(site, to));
        let unit = Relative::unit(&described.data_type)?;
        Some(Self { relative, nearest, unit, fallback: alone.then_some(first) })
    }

    /// The other values that its values depend on.
    pub(super) fn operands(&self) -> impl Iterator<Item = &Operand> {
        self.relative.to.iter().chain(self.relative.until.iter().map(|limit| &limit.by))
    }

    /// Whether differences are never zero.
    fn is_strict(&self) -> bool {
        self.nearest > 0
    }

    /// The values of some rows, given their differences.
    pub(super) fn values(
        &self,
        tables: &Tables,
        table: usize,
        rows: &[Option<u64>],
        (differences, data_type): (&ArrayRef, &DataType),
    ) -> ArrayRef {
        let of = |operand| rules::values(tables, table, operand, &BTreeMap::new(), rows);
        let to: Vec<_> = self.relative.to.iter().map(of).collect();
        let until: Vec<_> = self.relative.until.iter().map(|limit| (of(&limit.by), limit.strict)).collect();
        let values = (0..rows.len()).map(|index| {
            let difference = units(differences, index)?;
            let operands = to.iter().map(|values| values.scalar(index).and_then(Relative::micros));
            let base = self.relative.base(operands, self.unit).or(self.fallback)?;
            let limits = until.iter().filter_map(|(values, strict)| {
                let micros = values.scalar(index).and_then(Relative::micros)?;
                Some(self.relative.limit(micros, *strict, self.unit))
            });
            let limit = if self.relative.side == Side::Before { limits.max() } else { limits.min() };
            Some(self.relative.value(base, difference, self.nearest, limit))
        });
        Values::Integers(values.collect()).into_array(data_type)
    }
}

/// A day or time in its own units.
fn units(array: &ArrayRef, index: usize) -> Option<i64> {
    match array.data_type() {
        _ if array.is_null(index) => None,
        ArrowType::Date32 => Some(i64::from(array.as_primitive::<Date32Type>().value(index))),
        ArrowType::Timestamp(..) => Some(array.as_primitive::<TimestampMicrosecondType>().value(index)),
        _ => None,
    }
}

/// Whether rows have no parent on the way to an operand because its table is left out.
fn is_cut_off(site: &Site<'_>, operand: &Operand) -> bool {
    let Operand::Column { path, .. } = operand else { return true };
    let mut table = site.table;
    path.iter().any(|&step| {
        let missing = site.plan.tables[table].links.get(step).is_none_or(|link| *link == LinkPlan::Missing);
        table = site.model.schema.tables[table].foreign_keys[step].parent;
        missing
    })
}

/// Whether one value is never above another because of what they are counted from, and if so, whether always below.
pub(super) fn keeps(tables: &Tables, table: usize, low: &Operand, high: &Operand) -> Option<bool> {
    if low == high {
        return Some(false);
    }
    let (
        Operand::Column { path: lows, column: low_column },
        Operand::Column { path: highs, column: high_column },
    ) = (low, high)
    else {
        return None;
    };
    // Of the same parent: an order of its own values.
    if let (Some((first, lows)), Some((other, highs))) = (lows.split_first(), highs.split_first())
        && first == other
    {
        let parent = tables.schema.tables[table].foreign_keys[*first].parent;
        let of = |path: &[usize], column: &usize| Operand::Column { path: path.to_vec(), column: *column };
        return keeps(tables, parent, &of(lows, low_column), &of(highs, high_column));
    }
    let after = told(tables, table, high, Side::After).and_then(|own| {
        let part = |to: &Operand| Some(keeps(tables, table, low, to)? || own.is_strict());
        own.relative.to.iter().filter_map(part).max()
    });
    let before = || {
        let own = told(tables, table, low, Side::Before)?;
        let part = |to: &Operand| Some(keeps(tables, table, to, high)? || own.is_strict());
        own.relative.to.iter().filter_map(part).max()
    };
    let until = || {
        let own = told(tables, table, low, Side::After)?;
        limited(own, high, Side::After)
    };
    let from = || {
        let own = told(tables, table, high, Side::Before)?;
        limited(own, low, Side::Before)
    };
    after.or_else(before).or_else(until).or_else(from)
}

/// Whether an operand is among the limits of a column that is told on one side of others.
fn limited(own: &Difference, operand: &Operand, side: Side) -> Option<bool> {
    let limit = own.relative.until.iter().find(|limit| limit.by == *operand && own.relative.side == side)?;
    Some(limit.strict)
}

/// The differences of an operand that is a column of the row itself.
fn told<'a>(tables: &'a Tables, table: usize, operand: &Operand, side: Side) -> Option<&'a Difference> {
    let drawn = match tables.tables[table].columns.get(operand.as_own()?)? {
        Source::Drawn(drawn) => drawn,
        Source::Ruled(ruled) => ruled.uncomputed()?,
        _ => return None,
    };
    drawn.difference.as_deref().filter(|difference| difference.relative.side == side)
}

#[cfg(test)]
mod tests;
