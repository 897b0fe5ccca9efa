//! What was read, as the search for rules looks at it.

use crate::learn::joint::record::{Raw, Recorded};
use crate::model::TableModel;
use crate::model::context::NO_ROW;
use crate::model::rule::{Aggregate, Factor, Operand, Scalar};
use crate::schema::{DataType, Schema};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// All tables as they were read.
pub(in crate::learn) struct View<'a> {
    pub(super) tables: Vec<TableView<'a>>,
}

/// One table as it was read.
pub(in crate::learn) struct TableView<'a> {
    /// Rows read.
    pub(super) rows: usize,
    /// Whether these are all rows.
    pub(super) whole: bool,
    /// Whom each row is about.
    pub(super) subjects: &'a [u32],
    /// One per column.
    pub(super) columns: Vec<Column<'a>>,
    /// By foreign key: the row of each row's parent, [`NO_ROW`] where there is none or it was not read.
    pub(super) parents: Vec<&'a [u32]>,
    /// By foreign key: the parent table.
    pub(super) up: Vec<usize>,
}

/// The values of one column.
pub(in crate::learn) struct Column<'a> {
    pub(super) values: Values<'a>,
    /// The rows that are NULL, a bit each; empty where none is.
    pub(super) nulls: Vec<u64>,
    /// How many rows are NULL.
    pub(super) null_rows: usize,
}

/// Values in the form that fits their kind; without meaning where a row is NULL.
pub(in crate::learn) enum Values<'a> {
    /// Unknown: never read, or not kept.
    Unknown,
    /// Whole units.
    Whole(Cow<'a, [i64]>, Kind),
    /// Floats that are no decimals.
    Real(&'a [f64]),
    /// `false` and `true`, as 0 and 1.
    Flags(Vec<u8>),
    /// Texts by number.
    Texts(&'a [u32], &'a [Box<str>]),
}

/// What whole units count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::learn) enum Kind {
    /// Multiples of 10^-scale.
    Number(u8),
    /// Days.
    Date,
    /// Microseconds of the day.
    Time,
    /// Microseconds.
    Moment,
}

/// What can be compared and computed with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Number,
    Time,
    Moment,
}

impl Kind {
    /// What whole units of a type count.
    pub(super) fn of(data_type: &DataType, scale: u8) -> Self {
        match data_type {
            DataType::Date => Self::Date,
            DataType::Time => Self::Time,
            DataType::Timestamp { .. } => Self::Moment,
            _ => Self::Number(scale),
        }
    }

    fn scalar(self, units: i64) -> Scalar {
        match self {
            Self::Number(scale) => Scalar::Exact(i128::from(units), scale),
            Self::Date => Scalar::Date(units),
            Self::Time => Scalar::Time(units),
            Self::Moment => Scalar::Moment(units),
        }
    }
}

impl<'a> Column<'a> {
    /// A column as it was recorded.
    fn of(rows: usize, raw: &'a Raw, data_type: &DataType) -> Self {
        let values = match raw {
            Raw::None | Raw::Opaque { .. } => Values::Unknown,
            Raw::Whole { values, scale, .. } => Values::Whole(values.into(), Kind::of(data_type, *scale)),
            Raw::Real { values, .. } => Values::Real(values),
            Raw::Boolean { values, .. } => {
                Values::Flags((0..rows).map(|row| u8::from(values.contains(row))).collect())
            }
            Raw::Text { ids, values } => Values::Texts(ids, values),
        };
        Self::new(rows, values, |row| raw.is_null(row))
    }

    /// A column of so many rows, given its values and which rows are NULL.
    pub(super) fn new(rows: usize, values: Values<'a>, is_null: impl Fn(usize) -> bool) -> Self {
        let mut nulls = vec![0u64; rows.div_ceil(64)];
        let mut null_rows = 0;
        for row in (0..rows).filter(|&row| is_null(row)) {
            nulls[row / 64] |= 1 << (row % 64);
            null_rows += 1;
        }
        if null_rows == 0 {
            nulls.clear();
        }
        let values = match values {
            Values::Real(reals) => decimals(reals, &nulls).unwrap_or(Values::Real(reals)),
            other => other,
        };
        Self { values, nulls, null_rows }
    }

    /// Numbers in the order of its values, by row, without meaning where a row is NULL; `None` where values have no order.
    pub(super) fn ranks(&self) -> Option<Cow<'_, [i64]>> {
        match &self.values {
            Values::Whole(units, _) => Some(Cow::Borrowed(units)),
            // The bits of floats, turned so that they are in order as whole numbers (IEEE 754-2008, 5.10).
            Values::Real(reals) => {
                let turned = |&real: &f64| {
                    let bits = (real + 0.0).to_bits() as i64;
                    bits ^ ((bits >> 63) as u64 >> 1) as i64
                };
                Some(reals.iter().map(turned).collect())
            }
            _ => None,
        }
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The value as something to compute with.
    pub(super) fn scalar(&self, row: usize) -> Option<Scalar> {
        if self.is_null(row) {
            return None;
        }
        match &self.values {
            Values::Whole(units, kind) => Some(kind.scalar(units[row])),
            Values::Real(values) => Some(Scalar::Real(values[row])),
            _ => None,
        }
    }

    /// What its values can be compared with.
    pub(super) fn family(&self) -> Option<Family> {
        match &self.values {
            Values::Whole(_, Kind::Number(_)) | Values::Real(_) => Some(Family::Number),
            Values::Whole(_, Kind::Time) => Some(Family::Time),
            Values::Whole(_, Kind::Date | Kind::Moment) => Some(Family::Moment),
            _ => None,
        }
    }

    /// A word per value that differs where values of one column do; `None` for NULL and where values are unknown.
    pub(super) fn word(&self, row: usize) -> Option<u64> {
        if self.is_null(row) {
            return None;
        }
        match &self.values {
            Values::Unknown => None,
            Values::Whole(units, _) => Some(units[row] as u64),
            Values::Real(values) => Some(values[row].to_bits()),
            Values::Flags(values) => Some(u64::from(values[row])),
            Values::Texts(ids, _) => Some(u64::from(ids[row])),
        }
    }

    pub(super) fn text(&self, row: usize) -> Option<&str> {
        match &self.values {
            Values::Texts(ids, texts) if !self.is_null(row) => Some(&texts[ids[row] as usize]),
            _ => None,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        !matches!(self.values, Values::Unknown)
    }

    /// Numbers from 0 on, equal where values are; NULL is a value.
    pub(super) fn codes(&self, rows: &[u32]) -> Codes {
        let mut numbers: FxHashMap<Option<u64>, u32> = FxHashMap::default();
        let mut of = Vec::with_capacity(rows.len());
        for &row in rows {
            let next = numbers.len() as u32;
            of.push(*numbers.entry(self.word(row as usize)).or_insert(next));
        }
        let null = numbers.get(&None).copied();
        Codes { of, different: numbers.len(), null }
    }
}

/// Values as small numbers.
pub(super) struct Codes {
    pub(super) of: Vec<u32>,
    pub(super) different: usize,
    /// The number of NULL.
    pub(super) null: Option<u32>,
}

/// Floats that all denote decimals of at most six digits, as whole units.
fn decimals(reals: &[f64], nulls: &[u64]) -> Option<Values<'static>> {
    let is_null = |row: usize| nulls.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1);
    let mut digits = 0u8;
    let mut unit = 1.0;
    for (_, &value) in reals.iter().enumerate().filter(|&(row, _)| !is_null(row)) {
        loop {
            let scaled = value * unit;
            if !scaled.is_finite() || scaled.abs() > 9e15 {
                return None;
            }
            if (scaled - scaled.round()).abs() <= 1e-9 * scaled.abs().max(1.0) {
                break;
            }
            (digits, unit) = (digits + 1, unit * 10.0);
            if digits > 6 {
                return None;
            }
        }
    }
    let units = reals.iter().enumerate().map(
        |(row, &value)| {
            if is_null(row) { 0 } else { (value * unit).round() as i64 }
        },
    );
    Some(Values::Whole(Cow::Owned(units.collect()), Kind::Number(digits)))
}

impl<'a> View<'a> {
    /// What was recorded.
    pub(in crate::learn) fn new(schema: &Schema, models: &[TableModel], recorded: &'a Recorded) -> Self {
        let tables = schema.tables.iter().zip(models).zip(&recorded.tables).map(|((table, model), seen)| {
            let columns = table.columns.par_iter().zip(&seen.values);
            TableView {
                rows: seen.rows,
                whole: model.sampled == model.rows,
                subjects: &seen.subjects,
                columns: columns.map(|(column, raw)| Column::of(seen.rows, raw, &column.data_type)).collect(),
                parents: seen.parents.iter().map(Vec::as_slice).collect(),
                up: table.foreign_keys.iter().map(|key| key.parent).collect(),
            }
        });
        Self { tables: tables.collect() }
    }

    /// The row at the end of a path.
    pub(super) fn climb(&self, table: usize, path: &[usize], row: usize) -> Option<(usize, usize)> {
        path.iter().try_fold((table, row), |(table, row), &step| {
            let parent = *self.tables[table].parents[step].get(row)?;
            (parent != NO_ROW).then(|| (self.tables[table].up[step], parent as usize))
        })
    }

    /// The table at the end of a path.
    pub(super) fn end(&self, table: usize, path: &[usize]) -> usize {
        path.iter().fold(table, |table, &step| self.tables[table].up[step])
    }

    /// The column that an operand names.
    pub(super) fn column(&self, table: usize, operand: &Operand) -> Option<&Column<'a>> {
        match operand {
            Operand::Column { path, column } => Some(&self.tables[self.end(table, path)].columns[*column]),
            Operand::Total { .. } => None,
        }
    }

    /// An operand's value for one row, where it is a column.
    pub(super) fn scalar(&self, table: usize, operand: &Operand, row: usize) -> Option<Scalar> {
        match operand {
            Operand::Column { path, column } => {
                let (table, row) = self.climb(table, path, row)?;
                self.tables[table].columns[*column].scalar(row)
            }
            Operand::Total { .. } => None,
        }
    }
}

/// Children by parent, for one foreign key.
pub(super) struct Children {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Children {
    /// Sorts children under their parents, of which there are so many.
    pub(super) fn new(parents: &[u32], count: usize) -> Self {
        let mut starts = vec![0u32; count + 1];
        for &parent in parents.iter().filter(|&&parent| parent != NO_ROW) {
            starts[parent as usize + 1] += 1;
        }
        for parent in 0..count {
            starts[parent + 1] += starts[parent];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[count] as usize];
        for (row, &parent) in (0u32..).zip(parents).filter(|&(_, &parent)| parent != NO_ROW) {
            let at = &mut next[parent as usize];
            rows[*at as usize] = row;
            *at += 1;
        }
        Self { starts, rows }
    }

    /// The children of a parent, in order.
    pub(super) fn of(&self, parent: usize) -> &[u32] {
        &self.rows[self.starts[parent] as usize..self.starts[parent + 1] as usize]
    }

    /// How many parents there are, with children or not.
    pub(super) fn parents(&self) -> usize {
        self.starts.len() - 1
    }
}

/// What the children of one parent add up to; `None` where there is nothing to sum up.
pub(super) fn total(
    view: &View<'_>,
    table: usize,
    children: &[u32],
    aggregate: Aggregate,
    factors: &[Factor],
) -> Option<Scalar> {
    if aggregate == Aggregate::Count {
        return Some(Scalar::Exact(children.len() as i128, 0));
    }
    let values = children.iter().map(|&row| {
        crate::model::rule::multiply(factors, &|operand| view.scalar(table, operand, row as usize))
    });
    crate::model::rule::sum_up(aggregate, values.flatten())
}
