//! Columns drawn as differences: values counted from other values of the row and the rows above it.

use super::column::Values;
use super::rules;
use super::structure::Site;
use super::table::{Source, Tables};
use crate::model::rule::{Operand, Scalar};
use crate::model::{Marginal, Relative, Side};
use crate::plan::{ColumnPlan, LinkPlan};
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
    /// Whether rows that have nothing to count from have a value all the same.
    alone: bool,
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
        let cut_off = is_cut_off(site, &relative.to);
        let alone = relative.alone || !described.nullable || cut_off;
        let unit = Relative::unit(&described.data_type)?;
        Some(Self { relative, nearest, unit, alone })
    }

    /// The other values that its values depend on.
    pub(super) fn operands(&self) -> impl Iterator<Item = &Operand> {
        self.relative.operands()
    }

    /// What differences are counted from.
    pub(super) fn to(&self) -> &Operand {
        &self.relative.to
    }

    /// The value at a difference from a value of what differences are counted from, whatever the limits.
    pub(super) fn at(&self, to: Scalar, difference: Scalar) -> Option<Scalar> {
        let base = self.relative.base(Relative::micros(to)?, self.unit);
        let value = |difference| self.relative.value((base, difference), self.nearest, (None, None));
        Some(match difference {
            Scalar::Date(days) => Scalar::Date(value(days)),
            Scalar::Moment(micros) => Scalar::Moment(value(micros)),
            _ => return None,
        })
    }

    /// What values are on this side of, and whether never at it.
    fn beside(&self, side: Side) -> impl Iterator<Item = (&Operand, bool)> {
        let to = (self.relative.side == side).then_some((&self.relative.to, self.nearest > 0));
        let limits = self.relative.limits.iter().filter(move |limit| limit.side == side);
        to.into_iter().chain(limits.map(|limit| (&limit.by, limit.strict)))
    }

    /// Somewhere in the range, for a row that has nothing to count from: the rows are spread evenly.
    fn any(&self, row: u64) -> Option<i64> {
        let Relative { lowest, highest, step, .. } = self.relative;
        let places = (i128::from(highest) - i128::from(lowest)) / i128::from(step) + 1;
        // Multiples of the golden ratio, as a fraction of 2^64.
        let part = (i128::from(row.wrapping_mul(0x9E37_79B9_7F4A_7C15)) * places) >> 64;
        self.alone.then(|| lowest + part as i64 * step)
    }

    /// The values of some rows, given their differences.
    pub(super) fn values(
        &self,
        tables: &Tables,
        table: usize,
        rows: &[Option<u64>],
        (differences, data_type): (&ArrayRef, &DataType),
    ) -> ArrayRef {
        let relative = &self.relative;
        let of = |operand| rules::operand_values(tables, table, operand, &BTreeMap::new(), rows);
        let to = of(&relative.to);
        let limits: Vec<_> = relative.limits.iter().map(|limit| (limit, of(&limit.by))).collect();
        let values = (0..rows.len()).map(|index| {
            let difference = units(differences, index)?;
            if let Some(open) = relative.stands_open(difference) {
                return Some(open); // also where there is nothing to count from
            }
            let base = match to.scalar(index).and_then(Relative::micros) {
                Some(micros) => relative.base(micros, self.unit),
                None => self.any(rows[index]?)?,
            };
            let last = |side: Side| {
                let ours = limits.iter().filter(move |(limit, _)| limit.side == side);
                ours.filter_map(|(limit, values)| {
                    let micros = values.scalar(index).and_then(Relative::micros)?;
                    Some(relative.last(limit, micros, self.unit))
                })
            };
            let between = (last(Side::After).max(), last(Side::Before).min());
            Some(relative.value((base, difference), self.nearest, between))
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

/// Whether an operand has no values because a table on the way to it is left out.
fn is_cut_off(site: &Site<'_>, operand: &Operand) -> bool {
    let Operand::Column { path, column } = operand else { return true };
    let mut table = site.table;
    for &step in path {
        if site.plan.tables[table].links.get(step).is_none_or(|link| *link == LinkPlan::Missing) {
            return true;
        }
        table = site.model.schema.tables[table].foreign_keys[step].parent;
    }
    matches!(site.plan.tables[table].columns.get(*column), None | Some(ColumnPlan::Null))
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
    // From the higher value down, and from the lower one up.
    let down = told(tables, table, high).and_then(|own| {
        let part = |(to, strict): (&Operand, bool)| Some(keeps(tables, table, low, to)? || strict);
        own.beside(Side::After).filter_map(part).max()
    });
    down.or_else(|| {
        let part = |(to, strict): (&Operand, bool)| Some(keeps(tables, table, to, high)? || strict);
        told(tables, table, low)?.beside(Side::Before).filter_map(part).max()
    })
}

/// The order of other values that makes room for an order which is kept as a limit: what a column is counted from had better be on
/// the same side of its limits.
pub(super) fn room(
    tables: &Tables,
    table: usize,
    low: &Operand,
    high: &Operand,
) -> Option<(Operand, Operand)> {
    let limited = |own: &Operand, by: &Operand, side: Side| {
        let relative = &told(tables, table, own)?.relative;
        let limits = relative.limits.iter().any(|limit| limit.by == *by && limit.side == side);
        (limits && relative.to.as_own().is_some()).then(|| relative.to.clone())
    };
    let down = limited(high, low, Side::After).map(|to| (low.clone(), to));
    down.or_else(|| Some((limited(low, high, Side::Before)?, high.clone())))
}

/// The differences of an operand that is a column of the row itself.
fn told<'a>(tables: &'a Tables, table: usize, operand: &Operand) -> Option<&'a Difference> {
    let drawn = match tables.tables[table].columns.get(operand.as_own()?)? {
        Source::Drawn(drawn) => drawn,
        Source::Ruled(ruled) => ruled.uncomputed()?,
        _ => return None,
    };
    drawn.difference.as_deref()
}

#[cfg(test)]
mod tests;
