//! Columns that a rule computes or bounds: their values follow from other values of the row, its parents and its children.

use super::totals::Totals;
use super::{texts, whole};
use crate::generate::column::Values;
use crate::generate::table::{Drawn, Link, Tables};
use crate::model::rule::{Expression, Operand, Scalar};
use crate::schema::DataType;
use crate::schema::civil::DAY;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType as ArrowType;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A column under a rule.
pub(crate) struct Ruled {
    /// What it would be without: where its own NULLs are, and what is bounded.
    pub(crate) drawn: Drawn,
    /// How it is computed.
    pub(super) computed: Option<Computed>,
    /// Values that it is not below.
    pub(super) at_least: Vec<Bound>,
    /// Values that it is not above.
    pub(super) at_most: Vec<Bound>,
    /// The distance between neighbouring values, in whole units.
    step: i64,
    /// Totals of children that it depends on, once they are known.
    pub(super) totals: BTreeMap<Operand, Arc<Totals>>,
    /// Rows whose text is that of another row, and what tells it apart.
    pub(super) again: FxHashMap<u64, u32>,
}

pub(super) struct Computed {
    pub(super) expression: Expression,
    pub(super) digits: Option<u8>,
    pub(super) own_nulls: bool,
}

pub(super) struct Bound {
    pub(super) by: Operand,
    pub(super) strict: bool,
}

/// The numbers of rows within their groups.
pub(crate) struct Numbered {
    pub(super) foreign_key: usize,
    pub(super) first: i64,
    /// One per row, where no formula tells.
    pub(super) listed: Option<Vec<u32>>,
}

impl Numbered {
    /// The numbers of some rows.
    pub(crate) fn values(
        &self,
        tables: &Tables,
        table: usize,
        rows: &[Option<u64>],
        to: &DataType,
    ) -> ArrayRef {
        let number = |row: u64| match (&self.listed, &tables.tables[table].links[self.foreign_key]) {
            (Some(listed), _) => Some(i64::from(listed[row as usize])),
            (None, Link::Formula(spread)) => spread.number(row).map(|number| number as i64),
            _ => None,
        };
        let numbers = rows
            .iter()
            .map(|row| Some(row.and_then(number).unwrap_or(0) + self.first).filter(|_| row.is_some()));
        Values::Integers(numbers.collect()).into_array(to)
    }
}

impl Ruled {
    /// A column that is drawn and neither computed nor bounded yet.
    pub(super) fn new(drawn: Drawn, step: i64) -> Self {
        Self {
            drawn,
            computed: None,
            at_least: Vec::new(),
            at_most: Vec::new(),
            step: step.max(1),
            totals: BTreeMap::new(),
            again: FxHashMap::default(),
        }
    }

    /// What is drawn, where nothing is computed.
    pub(crate) fn uncomputed(&self) -> Option<&Drawn> {
        self.computed.is_none().then_some(&self.drawn)
    }

    /// Whether it is drawn and then bounded.
    pub(in crate::generate) fn is_bounded(&self) -> bool {
        self.computed.is_none() && !(self.at_least.is_empty() && self.at_most.is_empty())
    }

    /// The operands that its values depend on.
    pub(in crate::generate) fn operands(&self) -> impl Iterator<Item = &Operand> {
        let computed = self.computed.iter().flat_map(|computed| computed.expression.operands());
        let bounds = self.at_least.iter().chain(&self.at_most).map(|bound| &bound.by);
        let drawn = self.uncomputed().into_iter().flat_map(Drawn::operands);
        computed.chain(bounds).chain(drawn)
    }

    /// The values of some rows, NULL where there is no row.
    pub(crate) fn values(&self, tables: &Tables, table: usize, rows: &[Option<u64>]) -> ArrayRef {
        let Some(computed) = &self.computed else {
            return self.bounded(tables, table, rows, self.drawn.values(tables, table, rows));
        };
        if let Some(pieces) = computed.expression.as_text() {
            return texts::values(self, pieces, tables, table, rows);
        }
        let is_null = |row: &Option<u64>| {
            row.is_none_or(|row| computed.own_nulls && self.drawn.position(row).is_none())
        };
        if let Expression::Same(of @ Operand::Column { .. }) = &computed.expression {
            let kept: Vec<Option<u64>> = rows.iter().map(|row| row.filter(|_| !is_null(row))).collect();
            let copied = values(tables, table, of, &self.totals, &kept);
            if copied.array().is_some_and(|array| *array.data_type() == self.drawn.data_type.arrow()) {
                return copied.into_array(&self.drawn.data_type);
            }
        }
        let operands: Vec<(&Operand, Operands)> = computed
            .expression
            .operands()
            .into_iter()
            .map(|operand| (operand, values(tables, table, operand, &self.totals, rows)))
            .collect();
        if let Some(whole) = whole::evaluated(&computed.expression, computed.digits, &operands) {
            let kept = whole.into_iter().zip(rows).map(|(value, row)| value.filter(|_| !is_null(row)));
            return into_array(kept, &self.drawn.data_type);
        }
        let results = rows.iter().enumerate().map(|(index, row)| {
            if is_null(row) {
                return None;
            }
            let value = |operand: &Operand| {
                operands.iter().find(|(known, _)| std::ptr::eq(*known, operand))?.1.scalar(index)
            };
            computed.expression.evaluate(computed.digits, &value)
        });
        into_array(results, &self.drawn.data_type)
    }

    /// The values of some rows if they were drawn from the addresses of others: what bounds them are their own rows' values.
    pub(in crate::generate) fn drawn_from(
        &self,
        tables: &Tables,
        table: usize,
        rows: &[Option<u64>],
        addresses: &[Option<u64>],
    ) -> ArrayRef {
        let sampled = self.drawn.sampled(addresses);
        let drawn = match &self.drawn.difference {
            None => sampled,
            Some(difference) => difference.values(tables, table, rows, (&sampled, &self.drawn.data_type)),
        };
        self.bounded(tables, table, rows, drawn)
    }

    fn bounded(&self, tables: &Tables, table: usize, rows: &[Option<u64>], array: ArrayRef) -> ArrayRef {
        let mut changed: Option<Vec<Option<Scalar>>> = None;
        let sides = [(&self.at_least, Ordering::Less), (&self.at_most, Ordering::Greater)];
        for (bounds, beyond) in sides {
            for bound in bounds {
                let limits = values(tables, table, &bound.by, &self.totals, rows);
                for index in 0..rows.len() {
                    let own = match &changed {
                        Some(values) => values[index],
                        None => scalar(&array, index),
                    };
                    let (Some(own), Some(limit)) = (own, limits.scalar(index)) else { continue };
                    let order = own.compare(limit);
                    if order == Some(beyond) || (bound.strict && order == Some(Ordering::Equal)) {
                        let values = changed
                            .get_or_insert_with(|| (0..rows.len()).map(|row| scalar(&array, row)).collect());
                        values[index] =
                            Some(nearest(own, limit, beyond == Ordering::Less, bound.strict, self.step));
                    }
                }
            }
        }
        match changed {
            Some(values) => into_array(values.into_iter(), &self.drawn.data_type),
            None => array,
        }
    }
}

/// The value of the kind of `own` next to a limit on the allowed side. It is off the limit by multiples of `step` units.
fn nearest(own: Scalar, limit: Scalar, up: bool, strict: bool, step: i64) -> Scalar {
    let away = |exact: bool| i64::from(strict && exact) * if up { step } else { -step };
    let days = |micros: i64| if up { -(-micros).div_euclid(DAY) } else { micros.div_euclid(DAY) };
    match (own, limit) {
        (Scalar::Date(_), Scalar::Moment(micros)) => {
            Scalar::Date(days(micros) + away(micros.rem_euclid(DAY) == 0))
        }
        (Scalar::Moment(_), Scalar::Date(days)) => Scalar::Moment(days * DAY + away(true)),
        (Scalar::Moment(_), Scalar::Moment(micros)) => Scalar::Moment(micros + away(true)),
        (Scalar::Date(_), Scalar::Date(days)) => Scalar::Date(days + away(true)),
        (Scalar::Time(_), Scalar::Time(micros)) => Scalar::Time(micros + away(true)),
        (Scalar::Exact(_, digits), Scalar::Exact(units, scale)) if scale <= digits => {
            let units = units * 10i128.pow(u32::from(digits - scale));
            Scalar::Exact(units + i128::from(away(true)), digits)
        }
        (Scalar::Exact(_, digits), limit) => {
            let scaled = limit.real() * libm::pow(10.0, f64::from(digits));
            let whole = if up { scaled.ceil() } else { scaled.floor() };
            Scalar::Exact(whole as i128 + i128::from(away(whole == scaled)), digits)
        }
        (_, limit) => {
            let little = 1e-6 * limit.real().abs().max(1.0);
            Scalar::Real(limit.real() + away(true).signum() as f64 * little)
        }
    }
}

/// The values of an operand for some rows.
pub(crate) enum Operands {
    Array(ArrayRef),
    Totals(Arc<Totals>, Vec<Option<u64>>),
    Unknown,
}

impl Operands {
    pub(crate) fn scalar(&self, index: usize) -> Option<Scalar> {
        match self {
            Self::Array(array) => scalar(array, index),
            Self::Totals(totals, rows) => totals.of(rows[index]?),
            Self::Unknown => None,
        }
    }

    pub(super) fn array(&self) -> Option<&ArrayRef> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    fn into_array(self, data_type: &DataType) -> ArrayRef {
        match self {
            Self::Array(array) => array,
            _ => arrow_array::new_null_array(&data_type.arrow(), 0),
        }
    }
}

/// The values of an operand of some rows of a table.
pub(crate) fn values(
    tables: &Tables,
    table: usize,
    operand: &Operand,
    totals: &BTreeMap<Operand, Arc<Totals>>,
    rows: &[Option<u64>],
) -> Operands {
    match operand {
        Operand::Column { path, column } => {
            let (mut at, mut climbed) = (table, rows.to_vec());
            for &step in path {
                climbed.iter_mut().for_each(|row| *row = row.and_then(|row| tables.parent(at, step, row)));
                at = tables.schema.tables[at].foreign_keys[step].parent;
            }
            Operands::Array(tables.values(at, *column, &climbed))
        }
        Operand::Total { .. } => match totals.get(operand) {
            Some(totals) => Operands::Totals(totals.clone(), rows.to_vec()),
            None => Operands::Unknown,
        },
    }
}

/// One value of an array as something to compute with.
pub(crate) fn scalar(array: &ArrayRef, row: usize) -> Option<Scalar> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        ArrowType::Int64 => Scalar::Exact(i128::from(array.as_primitive::<Int64Type>().value(row)), 0),
        ArrowType::Decimal128(_, scale) => {
            Scalar::Exact(array.as_primitive::<Decimal128Type>().value(row), *scale as u8)
        }
        ArrowType::Float64 => Scalar::Real(array.as_primitive::<Float64Type>().value(row)),
        ArrowType::Date32 => Scalar::Date(i64::from(array.as_primitive::<Date32Type>().value(row))),
        ArrowType::Time64(_) => Scalar::Time(array.as_primitive::<Time64MicrosecondType>().value(row)),
        ArrowType::Timestamp(..) => {
            Scalar::Moment(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        ArrowType::Utf8 => Scalar::Real(array.as_string::<i32>().value(row).parse().ok()?),
        _ => return None,
    })
}

/// Values as an array of a column's type; what does not fit into it takes the nearest value that does.
pub(crate) fn into_array(values: impl Iterator<Item = Option<Scalar>>, to: &DataType) -> ArrayRef {
    let scale = match to {
        DataType::Decimal { scale, .. } => *scale,
        DataType::Time | DataType::Timestamp { .. } => 6,
        DataType::Float { .. } | DataType::Numeric => {
            return Values::Floats(values.map(|value| value.map(Scalar::real)).collect()).into_array(to);
        }
        _ => 0,
    };
    let (low, high) = to.integer_range().unwrap_or((i64::MIN, i64::MAX));
    let units = |value: Scalar| -> i64 {
        let units = match value {
            Scalar::Exact(units, digits) if digits <= scale => {
                units.saturating_mul(10i128.pow(u32::from(scale - digits)))
            }
            Scalar::Exact(units, digits) => units / 10i128.pow(u32::from(digits - scale)),
            Scalar::Real(value) => (value * libm::pow(10.0, f64::from(scale))).round() as i128,
            Scalar::Date(days) if matches!(to, DataType::Timestamp { .. }) => {
                i128::from(days) * i128::from(DAY)
            }
            Scalar::Moment(micros) if matches!(to, DataType::Date) => i128::from(micros.div_euclid(DAY)),
            Scalar::Date(units) | Scalar::Time(units) | Scalar::Moment(units) => i128::from(units),
        };
        units.clamp(i128::from(low), i128::from(high)) as i64
    };
    Values::Integers(values.map(|value| value.map(units)).collect()).into_array(to)
}
