//! The functions a condition may call: their names in the dialects, what they yield, and how they are worked out.

use super::arithmetic::{Rounding, round};
use super::calendar::day_of_year;
use super::node::{Kind, Node, common_kind};
use super::truncate::Unit;
use super::value::{Value, compare};
use crate::schema::civil;
use crate::schema::civil::DAY;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A function, with its arguments in the order of the first of its spellings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// Characters of a text.
    Length,
    /// Bytes of a text.
    OctetLength,
    Lower,
    Upper,
    /// `btrim(text, characters)`.
    Trim,
    LeftTrim,
    RightTrim,
    Abs,
    Coalesce,
    NullIf,
    /// `round(number, digits)`.
    Round,
    Truncate,
    Floor,
    Ceil,
    /// `substr(text, from, count)`; a start before the first character counts as PostgreSQL has it.
    Substring,
    /// The same, but a negative start counts from the end (SQLite, MySQL).
    SubstringFromEnd,
    Left,
    Right,
    /// `strpos(text, part)`.
    Position,
    Replace,
    StartsWith,
    /// `num_nonnulls(…)`.
    NonNulls,
    /// `num_nulls(…)`.
    Nulls,
    /// The greatest argument, NULLs left aside (PostgreSQL).
    Greatest,
    Least,
    /// The greatest argument, NULL if any is NULL (MySQL, SQLite's `max(a, b)`).
    GreatestOrNull,
    LeastOrNull,
    /// SQLite's storage class.
    TypeOf,
    JsonValid,
    /// Elements of a one-dimensional array.
    Cardinality,
    Part(Part),
    /// `date_trunc(unit, moment)`: where the unit begins.
    Beginning(Unit),
}

/// A part of a day or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Quarter,
    Month,
    Day,
    /// 0 is Sunday.
    DayOfWeek,
    /// 1 is Monday, 7 is Sunday.
    IsoDayOfWeek,
    DayOfYear,
    Hour,
    Minute,
    Second,
}

impl Function {
    /// The kind of its result.
    pub(super) fn kind(self, arguments: &[Node]) -> Kind {
        match self {
            Self::Length
            | Self::OctetLength
            | Self::Position
            | Self::NonNulls
            | Self::Nulls
            | Self::Cardinality => Kind::Integer,
            Self::Part(Part::Second) => Kind::Decimal,
            Self::Part(_) => Kind::Integer,
            Self::Beginning(_) => Kind::Timestamp,
            Self::StartsWith | Self::JsonValid => Kind::Boolean,
            Self::Coalesce
            | Self::Greatest
            | Self::Least
            | Self::GreatestOrNull
            | Self::LeastOrNull
            | Self::NullIf => common_kind(arguments.iter()),
            Self::Abs | Self::Round | Self::Truncate | Self::Floor | Self::Ceil => {
                arguments.first().map_or(Kind::Decimal, Node::kind)
            }
            _ => Kind::Text,
        }
    }

    /// How many arguments it takes.
    pub(super) fn arity(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::Trim | Self::LeftTrim | Self::RightTrim | Self::Round | Self::Truncate => 1..=2,
            Self::NullIf | Self::Left | Self::Right | Self::Position | Self::StartsWith => 2..=2,
            Self::Substring | Self::SubstringFromEnd => 2..=3,
            Self::Replace => 3..=3,
            Self::Coalesce
            | Self::NonNulls
            | Self::Nulls
            | Self::Greatest
            | Self::Least
            | Self::GreatestOrNull
            | Self::LeastOrNull => 1..=100,
            _ => 1..=1,
        }
    }

    /// Works it out. The caller has checked the number of arguments.
    pub(super) fn call<'a>(self, mut arguments: Vec<Value<'a>>) -> Value<'a> {
        match self {
            Self::Coalesce => arguments.into_iter().find(|value| !value.is_null()).unwrap_or(Value::Null),
            Self::NonNulls => count(arguments.iter().filter(|value| !value.is_null()).count()),
            Self::Nulls => count(arguments.iter().filter(|value| value.is_null()).count()),
            Self::Greatest => extreme(arguments, Ordering::Greater),
            Self::Least => extreme(arguments, Ordering::Less),
            Self::TypeOf => Value::Text(Cow::Borrowed(storage_class(&arguments[0]))),
            Self::NullIf => {
                let equal = compare(&arguments[0], &arguments[1], false) == Some(Ordering::Equal);
                if equal { Value::Null } else { arguments.swap_remove(0) }
            }
            _ if arguments.iter().any(Value::is_null) => Value::Null,
            Self::GreatestOrNull => extreme(arguments, Ordering::Greater),
            Self::LeastOrNull => extreme(arguments, Ordering::Less),
            Self::Abs => match arguments.swap_remove(0).into_number() {
                Value::Decimal(unscaled, scale) => Value::Decimal(unscaled.saturating_abs(), scale),
                Value::Float(number) => Value::Float(number.abs()),
                other => other,
            },
            Self::Round => rounded(arguments, Rounding::Nearest),
            Self::Truncate => rounded(arguments, Rounding::Cut),
            Self::Floor => rounded(arguments, Rounding::Down),
            Self::Ceil => rounded(arguments, Rounding::Up),
            Self::Part(part) => part.of(arguments.swap_remove(0)).unwrap_or(Value::Null),
            Self::Beginning(unit) => unit.of(arguments.swap_remove(0)).unwrap_or(Value::Null),
            _ => self.call_on_text(arguments).unwrap_or(Value::Null),
        }
    }

    fn call_on_text<'a>(self, arguments: Vec<Value<'a>>) -> Option<Value<'a>> {
        let mut rest = arguments.into_iter();
        let first = rest.next()?;
        if let (Self::Length | Self::OctetLength, Value::Bytes(bytes)) = (self, &first) {
            return Some(count(bytes.len()));
        }
        let text = first.into_text()?;
        let second = rest.next();
        Some(match self {
            Self::Length if text.is_ascii() => count(text.len()),
            Self::Length => count(text.chars().count()),
            Self::OctetLength => count(text.len()),
            Self::Lower => Value::Text(Cow::Owned(text.to_lowercase())),
            Self::Upper => Value::Text(Cow::Owned(text.to_uppercase())),
            Self::Trim | Self::LeftTrim | Self::RightTrim => {
                let characters = second.and_then(Value::into_text).unwrap_or(Cow::Borrowed(" "));
                trimmed(text, &characters, self != Self::RightTrim, self != Self::LeftTrim)
            }
            Self::Substring | Self::SubstringFromEnd => {
                let start = second?.as_whole()?;
                let length = text.chars().count() as i128;
                let from_end = self == Self::SubstringFromEnd && start < 0;
                let start = if from_end { length + start + 1 } else { start };
                let end = match rest.next() {
                    Some(wanted) => start.saturating_add(wanted.as_whole()?),
                    None => i128::MAX,
                };
                slice(&text, start, end)
            }
            Self::Left | Self::Right => {
                let wanted = second?.as_whole()?;
                let length = text.chars().count() as i128;
                let wanted = if wanted < 0 { (length + wanted).max(0) } else { wanted };
                match self {
                    Self::Left => slice(&text, 1, wanted + 1),
                    _ => slice(&text, length - wanted + 1, i128::MAX),
                }
            }
            Self::Position => {
                let part = second?.into_text()?;
                count(text.find(&*part).map_or(0, |at| text[..at].chars().count() + 1))
            }
            Self::StartsWith => Value::Boolean(text.starts_with(&*second?.into_text()?)),
            Self::Replace => {
                let (part, by) = (second?.into_text()?, rest.next()?.into_text()?);
                if part.is_empty() {
                    Value::Text(text)
                } else {
                    Value::Text(Cow::Owned(text.replace(&*part, &by)))
                }
            }
            Self::JsonValid => Value::Boolean(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok()),
            Self::Cardinality => {
                let list: Vec<serde::de::IgnoredAny> = serde_json::from_str(&text).ok()?;
                count(list.len())
            }
            _ => return None,
        })
    }
}

impl Part {
    fn of<'a>(self, value: Value<'_>) -> Option<Value<'a>> {
        let (days, micros) = match value {
            Value::Date(days) => (i64::from(days), 0),
            Value::Timestamp(micros) => (micros.div_euclid(DAY), micros.rem_euclid(DAY)),
            Value::Time(micros) => (0, micros),
            Value::Text(text) => {
                let micros = super::calendar::parse_timestamp(&text)?;
                (micros.div_euclid(DAY), micros.rem_euclid(DAY))
            }
            _ => return None,
        };
        let (year, month, day) = civil::from_days(days);
        // 1970-01-01 was a Thursday.
        let day_of_week = (days + 4).rem_euclid(7);
        let number = match self {
            Self::Year => year,
            Self::Quarter => (month + 2) / 3,
            Self::Month => month,
            Self::Day => day,
            Self::DayOfWeek => day_of_week,
            Self::IsoDayOfWeek => (day_of_week + 6) % 7 + 1,
            Self::DayOfYear => day_of_year(days),
            Self::Hour => micros / 3_600_000_000,
            Self::Minute => micros / 60_000_000 % 60,
            Self::Second => return Some(Value::Decimal(i128::from(micros % 60_000_000), 6)),
        };
        Some(Value::Decimal(i128::from(number), 0))
    }
}

fn count<'a>(number: usize) -> Value<'a> {
    Value::Decimal(number as i128, 0)
}

fn rounded<'a>(arguments: Vec<Value<'a>>, rounding: Rounding) -> Value<'a> {
    let mut arguments = arguments.into_iter();
    let value = arguments.next().unwrap_or(Value::Null);
    let digits = arguments.next().map_or(Some(0), |digits| digits.as_whole());
    match digits.and_then(|digits| u8::try_from(digits).ok()) {
        Some(digits) => round(value, digits, rounding),
        None => Value::Null,
    }
}

fn extreme<'a>(values: Vec<Value<'a>>, wanted: Ordering) -> Value<'a> {
    let mut best = Value::Null;
    for value in values {
        if best.is_null() || compare(&value, &best, false) == Some(wanted) {
            best = value;
        }
    }
    best
}

fn storage_class(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Boolean(_) | Value::Decimal(_, 0) => "integer",
        Value::Decimal(..) | Value::Float(_) => "real",
        Value::Bytes(_) => "blob",
        _ => "text",
    }
}

fn trimmed<'a>(text: Cow<'a, str>, characters: &str, left: bool, right: bool) -> Value<'a> {
    let mut kept = &*text;
    if left {
        kept = kept.trim_start_matches(|next| characters.contains(next));
    }
    if right {
        kept = kept.trim_end_matches(|next| characters.contains(next));
    }
    if kept.len() == text.len() { Value::Text(text) } else { Value::Text(Cow::Owned(kept.to_owned())) }
}

/// The characters from `start` (counted from 1) up to but not including `end`.
fn slice<'a>(text: &str, start: i128, end: i128) -> Value<'a> {
    let skip = (start.max(1) - 1).min(text.len() as i128) as usize;
    let take = (end - start.max(1)).clamp(0, text.len() as i128) as usize;
    Value::Text(Cow::Owned(text.chars().skip(skip).take(take).collect()))
}
