//! Working a condition out on a row, in three-valued logic.

use super::arithmetic::{Rounding, apply, round};
use super::calendar::{parse_date, parse_number, parse_time, parse_timestamp};
use super::node::{Comparison, Kind, Node};
use super::value::{Value, compare, decimal_to_f64, power_of_ten};
use crate::schema::Dialect;
use crate::schema::civil::DAY;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A row: gives the value of a column.
pub(super) type Row<'r, 'a> = &'r dyn Fn(usize) -> Value<'a>;

/// The verdict of a condition: true, false or NULL.
pub(super) fn truth<'a>(node: &'a Node, dialect: Dialect, row: Row<'_, 'a>) -> Option<bool> {
    let value = |node: &'a Node| value(node, dialect, row);
    match node {
        Node::And(parts) => junction(parts, false, dialect, row),
        Node::Or(parts) => junction(parts, true, dialect, row),
        Node::Not(inner) => truth(inner, dialect, row).map(|truth| !truth),
        Node::Compare { op, left, right, fold } => {
            let order = compare(&value(left), &value(right), *fold)?;
            Some(holds(*op, order))
        }
        Node::Distinct { left, right, negated, fold } => {
            let (left, right) = (value(left), value(right));
            let same = match compare(&left, &right, *fold) {
                Some(order) => order == Ordering::Equal,
                None => left.is_null() && right.is_null(),
            };
            Some(same == *negated)
        }
        Node::In { value: wanted, list, negated, fold } => {
            let wanted = value(wanted);
            let mut unknown = wanted.is_null() && !list.is_empty();
            for item in list {
                match compare(&wanted, &value(item), *fold) {
                    Some(Ordering::Equal) => return Some(!negated),
                    Some(_) => {}
                    None => unknown = true,
                }
            }
            if unknown { None } else { Some(*negated) }
        }
        Node::IsNull { value: inner, negated } => Some(value(inner).is_null() != *negated),
        Node::IsTruth { value: inner, truth: wanted, negated } => {
            Some((truth(inner, dialect, row) == Some(*wanted)) != *negated)
        }
        Node::Matches { value: inner, pattern, negated } => {
            let text = value(inner).into_text()?;
            Some(pattern.matches(&text) != *negated)
        }
        other => value(other).truth(),
    }
}

/// AND (deciding: false) or OR (deciding: true).
fn junction<'a>(parts: &'a [Node], deciding: bool, dialect: Dialect, row: Row<'_, 'a>) -> Option<bool> {
    let mut verdict = Some(!deciding);
    for part in parts {
        match truth(part, dialect, row) {
            Some(truth) if truth == deciding => return Some(deciding),
            Some(_) => {}
            None => verdict = None,
        }
    }
    verdict
}

pub(super) fn holds(op: Comparison, order: Ordering) -> bool {
    match op {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    }
}

/// The value of an expression.
pub(super) fn value<'a>(node: &'a Node, dialect: Dialect, row: Row<'_, 'a>) -> Value<'a> {
    match node {
        Node::Column { index, kind, .. } => adapt(row(*index), *kind, dialect),
        Node::Literal(datum) => Value::from(datum),
        Node::Arithmetic { op, left, right } => {
            apply(*op, value(left, dialect, row), value(right, dialect, row))
        }
        Node::Negate(inner) => match value(inner, dialect, row).into_number() {
            Value::Decimal(unscaled, scale) => Value::Decimal(unscaled.saturating_neg(), scale),
            Value::Float(number) => Value::Float(-number),
            _ => Value::Null,
        },
        Node::Concat(left, right) => concat(value(left, dialect, row), value(right, dialect, row)),
        Node::Case { branches, otherwise } => {
            for (condition, result) in branches {
                if truth(condition, dialect, row) == Some(true) {
                    return value(result, dialect, row);
                }
            }
            otherwise.as_ref().map_or(Value::Null, |node| value(node, dialect, row))
        }
        Node::Cast { value: inner, to } => cast(value(inner, dialect, row), *to, dialect),
        Node::Collate { value: inner, .. } => value(inner, dialect, row),
        Node::Call { function, arguments } => {
            function.call(arguments.iter().map(|argument| value(argument, dialect, row)).collect())
        }
        condition => truth(condition, dialect, row).map_or(Value::Null, Value::Boolean),
    }
}

/// A column's value in the form in which the engine works with it: numbers that travel as text become numbers, and
/// SQLite, which has no exact decimals, works with integers and floats.
fn adapt(value: Value<'_>, kind: Kind, dialect: Dialect) -> Value<'_> {
    match value {
        Value::Text(text) if kind.is_number() => match parse_number(&text) {
            Some(number) => Value::from(number),
            None => text.parse().map_or(Value::Text(text), Value::Float),
        },
        Value::Decimal(unscaled, scale @ 1..) if dialect == Dialect::Sqlite => match power_of_ten(scale) {
            Some(unit) if unscaled % unit == 0 => Value::Decimal(unscaled / unit, 0),
            _ => Value::Float(decimal_to_f64(unscaled, scale)),
        },
        other => other,
    }
}

fn concat<'a>(left: Value<'a>, right: Value<'a>) -> Value<'a> {
    match (left.into_text(), right.into_text()) {
        (Some(left), Some(right)) => Value::Text(Cow::Owned(left.into_owned() + &right)),
        _ => Value::Null,
    }
}

/// A cast that fails in the engine yields NULL here: such a row could never have been stored.
pub(super) fn cast(value: Value<'_>, to: Kind, dialect: Dialect) -> Value<'_> {
    if value.is_null() {
        return Value::Null;
    }
    let converted = match to {
        Kind::Text | Kind::Label => value.into_text().map(Value::Text),
        Kind::Boolean => value.truth().map(Value::Boolean),
        Kind::Integer => {
            // SQLite cuts off, the others round.
            let rounding = if dialect == Dialect::Sqlite { Rounding::Cut } else { Rounding::Nearest };
            match round(value, 0, rounding) {
                Value::Float(number) => Some(Value::Decimal(number as i128, 0)),
                whole => Some(whole),
            }
        }
        Kind::Decimal => Some(value.into_number()),
        Kind::Float => value.into_number().as_f64().map(Value::Float),
        Kind::Bytes => match value {
            Value::Bytes(bytes) => Some(Value::Bytes(bytes)),
            other => other.into_text().map(|text| Value::Bytes(Cow::Owned(text.into_owned().into_bytes()))),
        },
        Kind::Date => match value {
            Value::Timestamp(micros) => i32::try_from(micros.div_euclid(DAY)).ok().map(Value::Date),
            Value::Text(text) => text.get(..10).and_then(parse_date).map(Value::Date),
            other => Some(other),
        },
        Kind::Time => match value {
            Value::Timestamp(micros) => Some(Value::Time(micros.rem_euclid(DAY))),
            Value::Text(text) => parse_time(&text).map(Value::Time),
            other => Some(other),
        },
        Kind::Timestamp => match value {
            Value::Date(days) => Some(Value::Timestamp(i64::from(days) * DAY)),
            Value::Text(text) => parse_timestamp(&text).map(Value::Timestamp),
            other => Some(other),
        },
        Kind::Other => Some(value),
    };
    converted.unwrap_or(Value::Null)
}
