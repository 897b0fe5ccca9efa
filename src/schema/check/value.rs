//! Values while a condition is worked out: borrowed from the row and from the condition, copied only where needed.

use super::Datum;
use super::calendar::{parse_date, parse_number, parse_time, parse_timestamp};
use super::calendar::{show_date, show_decimal, show_time, show_timestamp};
use crate::schema::civil::DAY;
use std::borrow::Cow;
use std::cmp::Ordering;

/// One value of a row, borrowed where it is large. The counterpart of [`Datum`] for rows by the million.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// SQL's NULL.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An exact number: `unscaled · 10^-scale`.
    Decimal(i128, u8),
    /// A floating-point number.
    Float(f64),
    /// Characters.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds of the day.
    Time(i64),
    /// Microseconds since 1970-01-01 00:00 (UTC where zoned).
    Timestamp(i64),
}

impl<'a> From<&'a Datum> for Value<'a> {
    fn from(datum: &'a Datum) -> Self {
        match datum {
            Datum::Null => Self::Null,
            Datum::Boolean(truth) => Self::Boolean(*truth),
            Datum::Decimal(unscaled, scale) => Self::Decimal(*unscaled, *scale),
            Datum::Float(number) => Self::Float(*number),
            Datum::Text(text) => Self::Text(Cow::Borrowed(text)),
            Datum::Bytes(bytes) => Self::Bytes(Cow::Borrowed(bytes)),
            Datum::Date(days) => Self::Date(*days),
            Datum::Time(micros) => Self::Time(*micros),
            Datum::Timestamp(micros) => Self::Timestamp(*micros),
        }
    }
}

impl From<Datum> for Value<'_> {
    fn from(datum: Datum) -> Self {
        match datum {
            Datum::Text(text) => Self::Text(Cow::Owned(text)),
            Datum::Bytes(bytes) => Self::Bytes(Cow::Owned(bytes)),
            Datum::Null => Self::Null,
            Datum::Boolean(truth) => Self::Boolean(truth),
            Datum::Decimal(unscaled, scale) => Self::Decimal(unscaled, scale),
            Datum::Float(number) => Self::Float(number),
            Datum::Date(days) => Self::Date(days),
            Datum::Time(micros) => Self::Time(micros),
            Datum::Timestamp(micros) => Self::Timestamp(micros),
        }
    }
}

impl From<Value<'_>> for Datum {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(truth) => Self::Boolean(truth),
            Value::Decimal(unscaled, scale) => Self::Decimal(unscaled, scale),
            Value::Float(number) => Self::Float(number),
            Value::Text(text) => Self::Text(text.into_owned()),
            Value::Bytes(bytes) => Self::Bytes(bytes.into_owned()),
            Value::Date(days) => Self::Date(days),
            Value::Time(micros) => Self::Time(micros),
            Value::Timestamp(micros) => Self::Timestamp(micros),
        }
    }
}

impl<'a> Value<'a> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as characters, the way the engines cast it; `None` for NULL.
    pub(super) fn into_text(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Text(text) => text,
            Self::Boolean(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
            Self::Decimal(unscaled, scale) => Cow::Owned(show_decimal(unscaled, scale)),
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Cow::Owned(format!("{number:.1}"))
            }
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Bytes(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            Self::Date(days) => Cow::Owned(show_date(days)),
            Self::Time(micros) => Cow::Owned(show_time(micros)),
            Self::Timestamp(micros) => Cow::Owned(show_timestamp(micros)),
        })
    }

    /// The value as a number where it is one or is written like one; NULL otherwise.
    pub(super) fn into_number(self) -> Self {
        match self {
            Self::Decimal(..) | Self::Float(_) => self,
            Self::Boolean(truth) => Self::Decimal(i128::from(truth), 0),
            Self::Text(text) => parse_number(&text).map_or(Self::Null, Self::from),
            _ => Self::Null,
        }
    }

    /// The value as a floating-point number.
    pub(super) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Decimal(unscaled, scale) => Some(decimal_to_f64(*unscaled, *scale)),
            Self::Float(number) => Some(*number),
            Self::Boolean(truth) => Some(f64::from(u8::from(*truth))),
            _ => None,
        }
    }

    /// The value as a whole number, cut off towards zero.
    pub(super) fn as_whole(&self) -> Option<i128> {
        match self {
            Self::Decimal(unscaled, scale) => Some(unscaled / power_of_ten(*scale)?),
            Self::Float(number) if number.is_finite() => Some(*number as i128),
            Self::Boolean(truth) => Some(i128::from(*truth)),
            _ => None,
        }
    }

    /// What it means where a condition is expected: numbers are true unless 0.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Null => None,
            Self::Boolean(truth) => Some(*truth),
            Self::Decimal(unscaled, _) => Some(*unscaled != 0),
            Self::Float(number) => Some(*number != 0.0),
            Self::Text(text) => match parse_number(text) {
                Some(number) => Value::from(number).truth(),
                None => Some(matches!(&text.to_ascii_lowercase()[..], "t" | "true" | "yes" | "on")),
            },
            _ => Some(true),
        }
    }
}

/// `10^exponent`, where it fits.
pub(super) fn power_of_ten(exponent: u8) -> Option<i128> {
    10i128.checked_pow(u32::from(exponent))
}

/// The nearest floating-point number, by way of the decimal text so that no digit is rounded twice.
pub(super) fn decimal_to_f64(unscaled: i128, scale: u8) -> f64 {
    const EXACT: i128 = 1 << 53;
    match scale {
        0 => unscaled as f64,
        // Both numbers are exact as floats here, so the one division rounds once.
        1..=22 if unscaled.abs() <= EXACT => unscaled as f64 / 10f64.powi(i32::from(scale)),
        _ => show_decimal(unscaled, scale).parse().unwrap_or(f64::NAN),
    }
}

/// Compares two values; `None` where either is NULL. With `fold`, text is compared without regard to case.
pub(super) fn compare(left: &Value<'_>, right: &Value<'_>, fold: bool) -> Option<Ordering> {
    use Value::{Boolean, Bytes, Date, Decimal, Float, Null, Text, Time, Timestamp};
    Some(match (left, right) {
        (Null, _) | (_, Null) => return None,
        (Text(left), Text(right)) if fold => compare_folded(left, right),
        (Text(left), Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Decimal(a, s), Decimal(b, t)) => compare_decimals((*a, *s), (*b, *t)),
        (Float(left), Float(right)) => compare_floats(*left, *right),
        (Decimal(unscaled, 0), Float(number)) => compare_whole(*unscaled, *number),
        (Float(number), Decimal(unscaled, 0)) => compare_whole(*unscaled, *number).reverse(),
        (Decimal(unscaled, scale), Float(number)) => {
            compare_floats(decimal_to_f64(*unscaled, *scale), *number)
        }
        (Float(number), Decimal(unscaled, scale)) => {
            compare_floats(*number, decimal_to_f64(*unscaled, *scale))
        }
        (Boolean(left), Boolean(right)) => left.cmp(right),
        (Boolean(truth), Decimal(..) | Float(_)) => {
            return compare(&Decimal(i128::from(*truth), 0), right, fold);
        }
        (Decimal(..) | Float(_), Boolean(_)) => return compare(right, left, fold).map(Ordering::reverse),
        (Date(left), Date(right)) => left.cmp(right),
        (Time(left), Time(right)) | (Timestamp(left), Timestamp(right)) => left.cmp(right),
        (Date(days), Timestamp(micros)) => (i64::from(*days) * DAY).cmp(micros),
        (Timestamp(micros), Date(days)) => micros.cmp(&(i64::from(*days) * DAY)),
        (Bytes(left), Bytes(right)) => left.cmp(right),
        (Bytes(left), Text(right)) => left.as_ref().cmp(right.as_bytes()),
        (Text(left), Bytes(right)) => left.as_bytes().cmp(right.as_ref()),
        (Text(text), _) => return compare_with_text(right, text, fold).map(Ordering::reverse),
        (_, Text(text)) => return compare_with_text(left, text, fold),
        _ => return compare_shown(left, right, fold),
    })
}

fn compare_shown(left: &Value<'_>, right: &Value<'_>, fold: bool) -> Option<Ordering> {
    let (left, right) = (left.clone().into_text()?, right.clone().into_text()?);
    compare(&Value::Text(left), &Value::Text(right), fold)
}

/// A value that is not text against text that was not known when the condition was read.
fn compare_with_text(value: &Value<'_>, text: &str, fold: bool) -> Option<Ordering> {
    let read = match value {
        Value::Decimal(..) | Value::Float(_) | Value::Boolean(_) => match parse_number(text) {
            Some(number) => Value::from(number),
            // Numbers come before text, as SQLite has it.
            None => return Some(Ordering::Less),
        },
        Value::Date(_) if text.len() == 10 => parse_date(text).map_or(Value::Null, Value::Date),
        Value::Time(_) => parse_time(text).map_or(Value::Null, Value::Time),
        Value::Timestamp(_) if text.len() >= 19 => {
            parse_timestamp(text).map_or(Value::Null, Value::Timestamp)
        }
        _ => Value::Null,
    };
    match read {
        Value::Null => compare_shown(value, &Value::Text(Cow::Borrowed(text)), fold),
        read => compare(value, &read, fold),
    }
}

/// NaN equals itself and is greater than all else, as PostgreSQL has it.
fn compare_floats(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}

/// A whole number against a float, without rounding the whole number.
fn compare_whole(whole: i128, number: f64) -> Ordering {
    const LIMIT: f64 = 1.7e38;
    if number.is_nan() || number >= LIMIT {
        return Ordering::Less;
    }
    if number <= -LIMIT {
        return Ordering::Greater;
    }
    let floor = number.floor();
    whole.cmp(&(floor as i128)).then_with(|| if number > floor { Ordering::Less } else { Ordering::Equal })
}

pub(super) fn compare_decimals((a, s): (i128, u8), (b, t): (i128, u8)) -> Ordering {
    if s == t {
        return a.cmp(&b);
    }
    let (Some(left), Some(right)) = (power_of_ten(s), power_of_ten(t)) else {
        return compare_floats(decimal_to_f64(a, s), decimal_to_f64(b, t));
    };
    // Whole parts first, then the fractions, brought to the longer scale; neither step can overflow.
    let longer = s.max(t);
    let (Some(lift_left), Some(lift_right)) = (power_of_ten(longer - s), power_of_ten(longer - t)) else {
        return compare_floats(decimal_to_f64(a, s), decimal_to_f64(b, t));
    };
    (a.div_euclid(left))
        .cmp(&b.div_euclid(right))
        .then_with(|| (a.rem_euclid(left) * lift_left).cmp(&(b.rem_euclid(right) * lift_right)))
}

/// Without regard to case and to trailing blanks, as MySQL's usual collations have it. Accents count.
fn compare_folded(left: &str, right: &str) -> Ordering {
    let folded = |text: &'_ str| text.trim_end_matches(' ').len();
    let (left, right) = (&left[..folded(left)], &right[..folded(right)]);
    left.chars().flat_map(char::to_lowercase).cmp(right.chars().flat_map(char::to_lowercase))
}
