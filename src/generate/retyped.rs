//! Values of one type as those of another: a foreign key may refer to a column of another type (a moment to a day, a whole number to a
//! decimal one), where the database finds that they are equal.

use super::mend::rebuilt;
use crate::schema::check::Datum;
use crate::schema::civil::DAY;
use arrow_array::{Array, ArrayRef, new_empty_array};
use arrow_schema::DataType;

/// A column in another type; NULL where a value has no equal in it.
pub(super) fn retyped(values: ArrayRef, wanted: &DataType) -> ArrayRef {
    if values.data_type() == wanted {
        return values;
    }
    let data: Vec<Datum> = (0..values.len()).map(|row| equal(Datum::at(&values, row), wanted)).collect();
    rebuilt(&data, &new_empty_array(wanted))
}

/// The equal value of a type.
fn equal(value: Datum, wanted: &DataType) -> Datum {
    match (value, wanted) {
        (Datum::Date(days), DataType::Timestamp(..)) => Datum::Timestamp(i64::from(days).saturating_mul(DAY)),
        (Datum::Timestamp(micros), DataType::Date32) => match i32::try_from(micros / DAY) {
            Ok(days) if micros % DAY == 0 => Datum::Date(days),
            _ => Datum::Null,
        },
        (Datum::Decimal(units, scale), DataType::Float64) => {
            Datum::Float(units as f64 / libm::pow(10.0, f64::from(scale)))
        }
        (Datum::Decimal(units, scale), DataType::Int64) => without_digits(units, scale, 0),
        (Datum::Decimal(units, scale), DataType::Decimal128(_, digits)) => {
            without_digits(units, scale, u8::try_from(*digits).unwrap_or(0))
        }
        (Datum::Float(number), DataType::Int64 | DataType::Decimal128(..))
            if number.fract() == 0.0 && number.abs() < 9e15 =>
        {
            Datum::Decimal(number as i128, 0)
        }
        (value, _) => value,
    }
}

/// A decimal with no more than so many digits behind the point, if it is one.
fn without_digits(units: i128, scale: u8, digits: u8) -> Datum {
    match 10i128.checked_pow(u32::from(scale.saturating_sub(digits))) {
        Some(one) if units % one == 0 => Datum::Decimal(units / one, scale.min(digits)),
        _ => Datum::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_of_other_types() {
        let decimal = DataType::Decimal128(9, 1);
        assert_eq!(equal(Datum::Decimal(1_200, 2), &DataType::Int64), Datum::Decimal(12, 0));
        assert_eq!(equal(Datum::Decimal(1_250, 2), &DataType::Int64), Datum::Null);
        assert_eq!(equal(Datum::Decimal(1_250, 2), &decimal), Datum::Decimal(125, 1));
        assert_eq!(equal(Datum::Decimal(12, 0), &decimal), Datum::Decimal(12, 0));
        assert_eq!(equal(Datum::Float(3.0), &decimal), Datum::Decimal(3, 0));
        assert_eq!(equal(Datum::Date(1), &DataType::Date32), Datum::Date(1));
        assert_eq!(equal(Datum::Timestamp(2 * DAY), &DataType::Date32), Datum::Date(2));
        assert_eq!(equal(Datum::Timestamp(1), &DataType::Date32), Datum::Null);
    }
}
