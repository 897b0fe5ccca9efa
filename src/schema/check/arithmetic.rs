//! Arithmetic on exact and floating-point numbers. Exact as long as 38 digits suffice, floating-point beyond.

use super::node::Operator;
use super::value::{Value, power_of_ten};

/// Digits behind the point that a division of exact numbers keeps at least.
const DIVISION_SCALE: u8 = 16;

/// Applies an operator; NULL where either side is NULL or the divisor is 0.
pub(super) fn apply<'a>(op: Operator, left: Value<'_>, right: Value<'_>) -> Value<'a> {
    match (op, &left, &right) {
        (_, Value::Null, _) | (_, _, Value::Null) => return Value::Null,
        (Operator::Subtract, Value::Date(left), Value::Date(right)) => {
            return Value::Decimal(i128::from(*left) - i128::from(*right), 0);
        }
        (Operator::Add | Operator::Subtract, Value::Date(days), Value::Decimal(count, 0)) => {
            let count = if op == Operator::Add { *count } else { -*count };
            let shifted = i128::from(*days) + count;
            return i32::try_from(shifted).map_or(Value::Null, Value::Date);
        }
        (Operator::Add, Value::Decimal(count, 0), Value::Date(days)) => {
            let shifted = i128::from(*days) + count;
            return i32::try_from(shifted).map_or(Value::Null, Value::Date);
        }
        _ => {}
    }
    let (left, right) = (left.into_number(), right.into_number());
    if let (Value::Decimal(a, s), Value::Decimal(b, t)) = (&left, &right)
        && let Some(result) = exact(op, (*a, *s), (*b, *t))
    {
        return result;
    }
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => floating(op, left, right),
        _ => Value::Null,
    }
}

/// The exact result, or `None` where it does not fit.
fn exact<'a>(op: Operator, (a, s): (i128, u8), (b, t): (i128, u8)) -> Option<Value<'a>> {
    match op {
        Operator::Multiply => {
            let scale = s.checked_add(t).filter(|scale| *scale <= 38)?;
            Some(Value::Decimal(a.checked_mul(b)?, scale))
        }
        _ if b == 0 && !matches!(op, Operator::Add | Operator::Subtract) => Some(Value::Null),
        Operator::DivideByValue if s > 0 || t > 0 => None,
        Operator::Divide => {
            let scale = DIVISION_SCALE.max(s).max(t);
            let lifted = a.checked_mul(power_of_ten(scale + t - s)?)?;
            Some(Value::Decimal(rounded_quotient(lifted, b), scale))
        }
        _ => {
            let scale = s.max(t);
            let a = a.checked_mul(power_of_ten(scale - s)?)?;
            let b = b.checked_mul(power_of_ten(scale - t)?)?;
            Some(match op {
                Operator::Add => Value::Decimal(a.checked_add(b)?, scale),
                Operator::Subtract => Value::Decimal(a.checked_sub(b)?, scale),
                Operator::Modulo => Value::Decimal(a.checked_rem(b)?, scale),
                _ => Value::Decimal(a.checked_div(b)?, 0),
            })
        }
    }
}

fn floating<'a>(op: Operator, left: f64, right: f64) -> Value<'a> {
    if right == 0.0 && !matches!(op, Operator::Add | Operator::Subtract | Operator::Multiply) {
        return Value::Null;
    }
    Value::Float(match op {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide | Operator::DivideByValue => left / right,
        Operator::DivideWhole => (left / right).trunc(),
        Operator::Modulo => left % right,
    })
}

/// A quotient rounded half away from zero. The divisor is not 0.
fn rounded_quotient(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    let half_or_more = rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs();
    let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    if rest != 0 && half_or_more { quotient + away } else { quotient }
}

/// Which way a number is brought to fewer decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    Nearest,
    Down,
    Up,
    Cut,
}

/// Brings a number to `digits` decimals.
pub(super) fn round<'a>(value: Value<'_>, digits: u8, rounding: Rounding) -> Value<'a> {
    match value.into_number() {
        Value::Decimal(unscaled, scale) if scale <= digits => Value::Decimal(unscaled, scale),
        Value::Decimal(unscaled, scale) => {
            let Some(step) = power_of_ten(scale - digits) else { return Value::Null };
            let rounded = match rounding {
                Rounding::Nearest => rounded_quotient(unscaled, step),
                Rounding::Down => unscaled.div_euclid(step),
                Rounding::Up => unscaled.div_euclid(step) + i128::from(unscaled.rem_euclid(step) != 0),
                Rounding::Cut => unscaled / step,
            };
            Value::Decimal(rounded, digits)
        }
        Value::Float(number) => {
            let factor = 10f64.powi(i32::from(digits));
            let lifted = number * factor;
            Value::Float(
                match rounding {
                    Rounding::Nearest => lifted.round(),
                    Rounding::Down => lifted.floor(),
                    Rounding::Up => lifted.ceil(),
                    Rounding::Cut => lifted.trunc(),
                } / factor,
            )
        }
        _ => Value::Null,
    }
}
