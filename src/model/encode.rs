//! Values to the tokens of a [`Codec`](super::Codec).

use super::{Categories, Marginal, NULL_TOKEN, Segment};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::DataType;
use rustc_hash::FxHashMap;

/// The token of "any value", where values have no tokens of their own.
const ANY: u16 = 1;

impl Marginal {
    /// The tokens of the values of an array, one by one. Values outside all segments count to the nearest one, values that
    /// are no category to the rare ones.
    pub fn tokens(&self, array: &dyn Array) -> Vec<u16> {
        let known = match self {
            Self::Integers(ordered) => match array.data_type() {
                DataType::Float64 | DataType::Utf8 => {
                    return reals(array, |value| segment(&ordered.segments, value.round() as i64));
                }
                _ => return wholes(array, |value| segment(&ordered.segments, value)),
            },
            Self::Floats(ordered) => match array.data_type() {
                DataType::Float64 | DataType::Utf8 | DataType::Decimal128(..) => {
                    return reals(array, |value| segment(&ordered.segments, value));
                }
                _ => return wholes(array, |value| segment(&ordered.segments, value as f64)),
            },
            Self::Categories(categories) => Some(categories),
            _ => None,
        };
        match (known, array.data_type()) {
            (Some(categories), DataType::Utf8) => {
                let numbers = numbers(categories);
                each(array, |row| number(&numbers, array.as_string::<i32>().value(row)))
            }
            (Some(categories), DataType::Boolean) => {
                let numbers = numbers(categories);
                each(array, |row| {
                    number(&numbers, if array.as_boolean().value(row) { "true" } else { "false" })
                })
            }
            _ => each(array, |_| ANY),
        }
    }
}

fn each(array: &dyn Array, token: impl Fn(usize) -> u16) -> Vec<u16> {
    (0..array.len()).map(|row| if array.is_null(row) { NULL_TOKEN } else { token(row) }).collect()
}

fn numbers(categories: &Categories) -> FxHashMap<&str, u16> {
    (1..=u16::MAX).zip(&categories.values).map(|(token, (value, _))| (value.as_str(), token)).collect()
}

/// Rare values come after all others.
fn number(numbers: &FxHashMap<&str, u16>, value: &str) -> u16 {
    numbers.get(value).copied().unwrap_or((numbers.len() as u16).saturating_add(1))
}

/// Anything that counts in whole units.
fn wholes(array: &dyn Array, token: impl Fn(i64) -> u16) -> Vec<u16> {
    fn units<T: ArrowPrimitiveType>(
        array: &dyn Array,
        whole: impl Fn(T::Native) -> i64,
        token: impl Fn(i64) -> u16,
    ) -> Vec<u16> {
        let values = array.as_primitive::<T>();
        each(array, |row| token(whole(values.value(row))))
    }
    match array.data_type() {
        DataType::Int64 => units::<Int64Type>(array, |value| value, token),
        DataType::Decimal128(..) => units::<Decimal128Type>(array, |value| value as i64, token),
        DataType::Date32 => units::<Date32Type>(array, i64::from, token),
        DataType::Time64(_) => units::<Time64MicrosecondType>(array, |value| value, token),
        DataType::Timestamp(..) => units::<TimestampMicrosecondType>(array, |value| value, token),
        DataType::Boolean => each(array, |row| token(i64::from(array.as_boolean().value(row)))),
        _ => each(array, |_| ANY),
    }
}

/// Floating-point numbers, decimals that are too large for whole units, and numbers in text form; what is no number counts as NULL.
fn reals(array: &dyn Array, token: impl Fn(f64) -> u16) -> Vec<u16> {
    let finite = |value: f64| if value.is_finite() { token(value) } else { NULL_TOKEN };
    match array.data_type() {
        DataType::Float64 => each(array, |row| finite(array.as_primitive::<Float64Type>().value(row))),
        DataType::Decimal128(_, scale) => {
            let unit = libm::pow(10.0, f64::from(*scale));
            each(array, |row| finite(array.as_primitive::<Decimal128Type>().value(row) as f64 / unit))
        }
        _ => {
            let value = |row| array.as_string::<i32>().value(row).parse().unwrap_or(f64::NAN);
            each(array, |row| finite(value(row)))
        }
    }
}

/// The segment that holds a value, or else the nearest.
fn segment<T: Copy + PartialOrd + std::ops::Sub<Output = T>>(segments: &[Segment<T>], value: T) -> u16 {
    let at = segments.partition_point(|segment| segment.high < value);
    let nearest = match (at.checked_sub(1).map(|before| &segments[before]), segments.get(at)) {
        (Some(before), Some(next)) if value < next.low && value - before.high <= next.low - value => at - 1,
        (Some(_), None) => at - 1,
        _ => at,
    };
    (nearest + 1) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ordered;
    use arrow_array::{BooleanArray, Int64Array, StringArray};

    fn whole(low: i64, high: i64) -> Segment<i64> {
        Segment { low, high, rows: 1 }
    }

    #[test]
    fn values_between_segments_count_to_the_nearest() {
        let segments = vec![whole(0, 0), whole(10, 19), whole(40, 40)];
        let ordered = Marginal::Integers(Ordered::new(segments, 1, 0));
        let values =
            Int64Array::from(vec![Some(-5), Some(0), Some(5), Some(6), Some(19), Some(30), Some(99), None]);
        assert_eq!(ordered.tokens(&values), [1, 1, 1, 2, 2, 3, 3, 0]);
    }

    #[test]
    fn rare_categories_share_a_token() {
        let values = vec![("true".to_owned(), 5), ("b".to_owned(), 3)];
        let known = Categories { values, rare_rows: 1, rare_values: 1, rare_shape: None };
        let known = Marginal::Categories(known);
        assert_eq!(known.tokens(&StringArray::from(vec![Some("b"), Some("x"), None])), [2, 3, 0]);
        assert_eq!(known.tokens(&BooleanArray::from(vec![true, false])), [1, 3]);
    }
}
