//! Ordered values in compact storage, row by row.

use super::joint::record::Raw;
use super::observed::Runs;
use super::row_set::RowSet;
use crate::model::privacy::Settings;
use crate::schema::DataType;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::DataType as ArrowType;

/// The values of an ordered column. Rows without a value (NULL, or not a number) hold a place, so that rows of several
/// columns and the subjects stay side by side; 8 bytes a row are cheaper than the list of places.
#[derive(Debug)]
pub(super) struct Numbers {
    storage: Storage,
    /// Rows without a value.
    absent: RowSet,
    /// Digits behind the point of a decimal.
    scale: u8,
}

#[derive(Debug)]
enum Storage {
    /// Whole units: numbers, multiples of 10^-scale, days, microseconds.
    Whole(Vec<i64>),
    /// Floats, numbers without a declared scale, and decimals too large for 64 bits.
    Real(Vec<f64>),
}

/// The values of a column in order, as runs.
pub(super) enum Sorted {
    Whole(Runs<i64>),
    Real(Runs<f64>),
}

impl Numbers {
    pub(super) fn new(data_type: &DataType) -> Self {
        let storage = match data_type {
            DataType::Float { .. } | DataType::Numeric => Storage::Real(Vec::new()),
            _ => Storage::Whole(Vec::new()),
        };
        let scale = if let DataType::Decimal { scale, .. } = data_type { *scale } else { 0 };
        Self { storage, absent: RowSet::default(), scale }
    }

    /// Takes in an array of the column's Arrow type.
    pub(super) fn add(&mut self, array: &dyn Array) {
        let before = self.len();
        match array.data_type() {
            ArrowType::Int64 => self.whole::<Int64Type>(array, |value| value),
            ArrowType::Date32 => self.whole::<Date32Type>(array, i64::from),
            ArrowType::Time64(_) => self.whole::<Time64MicrosecondType>(array, |value| value),
            ArrowType::Timestamp(..) => self.whole::<TimestampMicrosecondType>(array, |value| value),
            ArrowType::Decimal128(..) => self.decimals(array),
            ArrowType::Float64 => {
                let values = array.as_primitive::<Float64Type>().values();
                self.real(values.iter().copied());
            }
            _ => {
                let texts = array.as_string::<i32>();
                self.real((0..array.len()).map(|row| {
                    if array.is_valid(row) { texts.value(row).parse().unwrap_or(f64::NAN) } else { f64::NAN }
                }));
            }
        }
        for row in 0..array.len() {
            self.absent.push(array.is_null(row) || self.is_no_number(before + row));
        }
    }

    fn len(&self) -> usize {
        match &self.storage {
            Storage::Whole(values) => values.len(),
            Storage::Real(values) => values.len(),
        }
    }

    fn is_no_number(&self, row: usize) -> bool {
        matches!(&self.storage, Storage::Real(values) if !values[row].is_finite())
    }

    fn whole<T: ArrowPrimitiveType>(&mut self, array: &dyn Array, units: impl Fn(T::Native) -> i64) {
        let values = array.as_primitive::<T>().values();
        if let Storage::Whole(storage) = &mut self.storage {
            storage.extend(values.iter().map(|&value| units(value)));
        }
    }

    fn real(&mut self, values: impl Iterator<Item = f64>) {
        if let Storage::Real(storage) = &mut self.storage {
            // Adding 0 turns −0 into 0: they are one value.
            storage.extend(values.map(|value| value + 0.0));
        }
    }

    /// Decimals stay whole while they fit into 64 bits; the first one that does not turns the column into floats.
    fn decimals(&mut self, array: &dyn Array) {
        let values = array.as_primitive::<Decimal128Type>();
        let fits = |row: usize| array.is_null(row) || i64::try_from(values.value(row)).is_ok();
        let point = libm::pow(10.0, f64::from(self.scale));
        if let Storage::Whole(storage) = &mut self.storage {
            if (0..array.len()).all(fits) {
                storage.extend(values.values().iter().map(|&value| value as i64));
                return;
            }
            let reals = storage.iter().map(|&units| units as f64 / point).collect();
            self.storage = Storage::Real(reals);
        }
        self.real(values.values().iter().map(|&value| value as f64 / point));
    }

    /// Different values, counted on demand: meant for small tables.
    pub(super) fn distinct(&self) -> usize {
        let bits = |row: usize| match &self.storage {
            Storage::Whole(values) => values[row] as u64,
            Storage::Real(values) => values[row].to_bits(),
        };
        let different: rustc_hash::FxHashSet<u64> =
            (0..self.len()).filter(|&row| !self.absent.contains(row)).map(bits).collect();
        different.len()
    }

    /// Whole values by row, `None` where there is none; nothing for a column of floats.
    pub(super) fn whole_by_row(&self) -> Option<Vec<Option<i64>>> {
        let Storage::Whole(values) = &self.storage else { return None };
        let value = |(row, &value)| (!self.absent.contains(row)).then_some(value);
        Some(values.iter().enumerate().map(value).collect())
    }

    /// Sorts the values, given the subject of each row.
    pub(super) fn sorted(&self, subjects: &[u32], privacy: Settings) -> Sorted {
        match &self.storage {
            Storage::Whole(values) => {
                Sorted::Whole(Runs::from_pairs(present(values, subjects, &self.absent), i64::cmp, privacy))
            }
            Storage::Real(values) => Sorted::Real(Runs::from_pairs(
                present(values, subjects, &self.absent),
                f64::total_cmp,
                privacy,
            )),
        }
    }

    /// The values as they are kept until all tables are read.
    pub(super) fn into_raw(self) -> Raw {
        let Self { storage, absent, scale } = self;
        match storage {
            Storage::Whole(values) => Raw::Whole { values, absent, scale },
            Storage::Real(values) => Raw::Real { values, absent },
        }
    }
}

fn present<T: Copy>(values: &[T], subjects: &[u32], absent: &RowSet) -> Vec<(T, u32)> {
    let pairs = values.iter().copied().zip(subjects.iter().copied()).enumerate();
    pairs.filter(|(row, _)| !absent.contains(*row)).map(|(_, pair)| pair).collect()
}
