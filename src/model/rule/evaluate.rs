//! What expressions come to, the same when a rule is tested and when it is kept.

use super::{Aggregate, Expression, Factor, Operand, Ratio, Rounding};
use crate::schema::civil::DAY;

/// One value that can be computed with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// `units * 10^-scale`.
    Exact(i128, u8),
    /// A floating-point number.
    Real(f64),
    /// Days since 1970-01-01.
    Date(i64),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01 00:00.
    Moment(i64),
}

/// A fraction of whole numbers; the denominator is positive.
#[derive(Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn add(self, other: Self) -> Option<Self> {
        if self.1 == other.1 {
            return Some(Self(self.0.checked_add(other.0)?, self.1));
        }
        let (left, right) = (self.0.checked_mul(other.1)?, other.0.checked_mul(self.1)?);
        Some(Self(left.checked_add(right)?, self.1.checked_mul(other.1)?).reduced())
    }

    fn times(self, other: Self) -> Option<Self> {
        Some(Self(self.0.checked_mul(other.0)?, self.1.checked_mul(other.1)?))
    }

    fn reduced(self) -> Self {
        let (mut a, mut b) = (self.0.unsigned_abs(), self.1.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        if a <= 1 { self } else { Self(self.0 / a as i128, self.1 / a as i128) }
    }

    /// In units of 10^-digits.
    fn rounded(self, digits: u8, rounding: Rounding) -> Option<i128> {
        let top = self.0.checked_mul(10i128.checked_pow(u32::from(digits))?)?;
        let (whole, rest) = (top / self.1, (top % self.1).unsigned_abs());
        let (twice, one) = (rest.checked_mul(2)?, self.1.unsigned_abs());
        let away = match rounding {
            Rounding::Down => false,
            Rounding::HalfUp => twice >= one,
            Rounding::HalfEven => twice > one || (twice == one && whole % 2 != 0),
        };
        Some(if away { whole + if top < 0 { -1 } else { 1 } } else { whole })
    }
}

impl Scalar {
    /// As a fraction; days and seconds are counted. A float is read as the shortest decimal that denotes it.
    fn fraction(self) -> Option<Fraction> {
        match self {
            Self::Exact(units, scale) => Some(Fraction(units, 10i128.checked_pow(u32::from(scale))?)),
            Self::Real(value) => decimal_of(value),
            Self::Date(days) => Some(Fraction(i128::from(days), 1)),
            Self::Time(micros) | Self::Moment(micros) => Some(Fraction(i128::from(micros), 1_000_000)),
        }
    }

    /// As a float: days and seconds are counted.
    pub fn real(self) -> f64 {
        match self {
            Self::Exact(units, scale) => units as f64 / libm::pow(10.0, f64::from(scale)),
            Self::Real(value) => value,
            Self::Date(days) => days as f64,
            Self::Time(micros) | Self::Moment(micros) => micros as f64 / 1e6,
        }
    }

    /// As a float that is comparable wherever values are: moments in seconds.
    pub fn measure(self) -> f64 {
        match self {
            Self::Date(days) => days as f64 * 86_400.0,
            other => other.real(),
        }
    }

    /// Which of two values is greater; `None` where they cannot be compared.
    pub fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Exact(a, s), Self::Exact(b, t)) if s == t => Some(a.cmp(&b)),
            (Self::Exact(a, s), Self::Exact(b, t)) => {
                let up = |units: i128, by: u8| units.checked_mul(10i128.checked_pow(u32::from(by))?);
                Some(up(a, t.saturating_sub(s))?.cmp(&up(b, s.saturating_sub(t))?))
            }
            (Self::Exact(..) | Self::Real(_), Self::Exact(..) | Self::Real(_)) => {
                self.real().partial_cmp(&other.real())
            }
            (Self::Date(a), Self::Date(b)) | (Self::Time(a), Self::Time(b)) => Some(a.cmp(&b)),
            (Self::Moment(a), Self::Moment(b)) => Some(a.cmp(&b)),
            (Self::Date(a), Self::Moment(b)) => Some(a.checked_mul(DAY)?.cmp(&b)),
            (Self::Moment(a), Self::Date(b)) => Some(a.cmp(&b.checked_mul(DAY)?)),
            _ => None,
        }
    }

    /// Whether two values are the same, but for what binary floats cannot hold.
    pub fn is_close(self, other: Self) -> bool {
        match (self, other) {
            (Self::Real(_), _) | (_, Self::Real(_)) => {
                let (a, b) = (self.real(), other.real());
                (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
            }
            _ => self.compare(other) == Some(std::cmp::Ordering::Equal),
        }
    }
}

/// The shortest decimal that denotes a float.
fn decimal_of(value: f64) -> Option<Fraction> {
    if !value.is_finite() || value.abs() >= 1e15 {
        return None;
    }
    let text = format!("{value}");
    let (whole, digits) = text.split_once('.').unwrap_or((&text, ""));
    if digits.len() > 12 {
        return None;
    }
    let units: i128 = format!("{whole}{digits}").parse().ok()?;
    Some(Fraction(units, 10i128.pow(digits.len() as u32)))
}

impl Expression {
    /// What it comes to, given the values of its operands; `None` where one is missing or the result has no value.
    /// The result of a number is exact, in `digits` behind the point where it is rounded.
    pub fn evaluate(&self, digits: Option<u8>, value: &dyn Fn(&Operand) -> Option<Scalar>) -> Option<Scalar> {
        match self {
            Self::Same(of) => value(of),
            // Texts are no scalars: `written` puts them together.
            Self::Text { .. } => None,
            Self::Part { part, of, clock } => part.of(value(of)?, clock),
            Self::Linear { terms, constant, rounding } => {
                let exact = || {
                    terms.iter().try_fold(constant.fraction(), |sum, (coefficient, operand)| {
                        sum.add(coefficient.fraction().times(value(operand)?.fraction()?)?)
                    })
                };
                let real = || {
                    terms.iter().try_fold(constant.real(), |sum, (coefficient, operand)| {
                        Some(sum + coefficient.real() * value(operand)?.real())
                    })
                };
                finish(exact(), real, digits, *rounding)
            }
            Self::Product { factors, rounding } => {
                let exact = || {
                    factors.iter().try_fold(Fraction(1, 1), |product, factor| {
                        product.times(factor.fraction(value(factor.operand())?)?)
                    })
                };
                let real = || {
                    factors.iter().try_fold(1.0, |product, factor| {
                        Some(product * factor.real(value(factor.operand())?))
                    })
                };
                finish(exact(), real, digits, *rounding)
            }
            Self::Quotient { dividend, divisor, rounding } => {
                let (above, below) = (value(dividend)?, value(divisor)?);
                if below.real() == 0.0 {
                    return None;
                }
                let exact = || {
                    let (a, b) = (above.fraction()?, below.fraction()?);
                    let turned = if b.0 < 0 { Fraction(-b.1, -b.0) } else { Fraction(b.1, b.0) };
                    a.times(turned)
                };
                finish(exact(), || Some(above.real() / below.real()), digits, *rounding)
            }
        }
    }
}

/// A product without rounding, such as a total is made of: a single factor keeps its kind.
pub fn multiply(factors: &[Factor], value: &dyn Fn(&Operand) -> Option<Scalar>) -> Option<Scalar> {
    if let [Factor::Value(operand)] = factors {
        return value(operand);
    }
    let (mut units, mut scale, mut exact, mut real) = (1i128, 0u8, true, 1.0);
    for factor in factors {
        let operand = value(factor.operand())?;
        real *= factor.real(operand);
        match factor.exact(operand).and_then(|(more, digits)| Some((units.checked_mul(more)?, digits))) {
            Some((product, digits)) => (units, scale) = (product, scale + digits),
            None => exact = false,
        }
    }
    Some(if exact { Scalar::Exact(units, scale) } else { Scalar::Real(real) })
}

/// The aggregate of the values that there are; `None` without any.
pub fn sum_up(aggregate: Aggregate, values: impl Iterator<Item = Scalar>) -> Option<Scalar> {
    use std::cmp::Ordering::{Greater, Less};
    match aggregate {
        Aggregate::Count => Some(Scalar::Exact(values.count() as i128, 0)),
        Aggregate::Min => values.reduce(|a, b| if b.compare(a) == Some(Less) { b } else { a }),
        Aggregate::Max => values.reduce(|a, b| if b.compare(a) == Some(Greater) { b } else { a }),
        Aggregate::Sum => values.reduce(|a, b| exact_sum(a, b).unwrap_or(Scalar::Real(a.real() + b.real()))),
    }
}

/// The sum of two exact numbers; `None` where it is not exact, or larger than can be held.
fn exact_sum(a: Scalar, b: Scalar) -> Option<Scalar> {
    let (Scalar::Exact(a, s), Scalar::Exact(b, t)) = (a, b) else { return None };
    let scale = s.max(t);
    let scaled = |units: i128, own: u8| units.checked_mul(10i128.checked_pow(u32::from(scale - own))?);
    Some(Scalar::Exact(scaled(a, s)?.checked_add(scaled(b, t)?)?, scale))
}

/// The exact result, else that of floats, rounded.
fn finish(
    exact: Option<Fraction>,
    real: impl Fn() -> Option<f64>,
    digits: Option<u8>,
    rounding: Rounding,
) -> Option<Scalar> {
    let Some(digits) = digits else {
        return exact.map_or_else(real, |Fraction(a, b)| Some(a as f64 / b as f64)).map(Scalar::Real);
    };
    match exact.and_then(|fraction| fraction.rounded(digits, rounding)) {
        Some(units) => Some(Scalar::Exact(units, digits)),
        None => {
            let scaled = real()? * libm::pow(10.0, f64::from(digits));
            let whole = match rounding {
                Rounding::Down => scaled.trunc(),
                Rounding::HalfUp => scaled.round(),
                Rounding::HalfEven => libm::rint(scaled),
            };
            (whole.abs() < 1e18).then_some(Scalar::Exact(whole as i128, digits))
        }
    }
}

impl Ratio {
    fn fraction(self) -> Fraction {
        Fraction(i128::from(self.numerator), i128::from(self.denominator))
    }

    fn real(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl Factor {
    fn fraction(&self, value: Scalar) -> Option<Fraction> {
        let Fraction(units, unit) = value.fraction()?;
        let share = |per: i64| unit.checked_mul(i128::from(per));
        Some(match self {
            Self::Value(_) => Fraction(units, unit),
            Self::Less(_, per) => Fraction(share(*per)?.checked_sub(units)?, share(*per)?),
            Self::Plus(_, per) => Fraction(share(*per)?.checked_add(units)?, share(*per)?),
        })
    }

    /// Units and digits, where the factor is a decimal.
    fn exact(&self, value: Scalar) -> Option<(i128, u8)> {
        let (units, scale) = match value {
            Scalar::Exact(units, scale) => (units, scale),
            Scalar::Real(_) => {
                let Fraction(units, unit) = value.fraction()?;
                (units, unit.ilog10() as u8)
            }
            _ => return None,
        };
        let share = |per: i64| {
            Some((10i128.checked_pow(u32::from(scale))? * i128::from(per), scale + per.ilog10() as u8))
        };
        Some(match self {
            Self::Value(_) => (units, scale),
            Self::Less(_, per) => share(*per).map(|(whole, digits)| (whole - units, digits))?,
            Self::Plus(_, per) => share(*per).map(|(whole, digits)| (whole + units, digits))?,
        })
    }

    fn real(&self, value: Scalar) -> f64 {
        match self {
            Self::Value(_) => value.real(),
            Self::Less(_, per) => 1.0 - value.real() / *per as f64,
            Self::Plus(_, per) => 1.0 + value.real() / *per as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(rounding: Rounding) -> Expression {
        let factors = vec![
            Factor::Value(Operand::own(0)),
            Factor::Value(Operand::own(1)),
            Factor::Less(Operand::own(2), 100),
        ];
        Expression::Product { factors, rounding }
    }

    fn at(values: &[Scalar]) -> impl Fn(&Operand) -> Option<Scalar> {
        |operand| values.get(operand.as_own()?).copied()
    }

    #[test]
    fn products_are_exact_and_rounded_as_said() {
        // 3 * 0.15 * 0.9 = 0.405
        let values = [Scalar::Exact(3, 0), Scalar::Exact(15, 2), Scalar::Exact(10, 0)];
        let come_to = |rounding| product(rounding).evaluate(Some(2), &at(&values));
        assert_eq!(come_to(Rounding::HalfUp), Some(Scalar::Exact(41, 2)));
        assert_eq!(come_to(Rounding::HalfEven), Some(Scalar::Exact(40, 2)));
        assert_eq!(come_to(Rounding::Down), Some(Scalar::Exact(40, 2)));
        assert_eq!(product(Rounding::Down).evaluate(None, &at(&values)), Some(Scalar::Real(0.405)));
    }

    #[test]
    fn floats_count_as_the_decimals_they_denote() {
        let values = [Scalar::Real(3.0), Scalar::Real(19.99), Scalar::Real(0.0)];
        assert_eq!(product(Rounding::HalfUp).evaluate(Some(2), &at(&values)), Some(Scalar::Exact(5997, 2)));
        assert!(Scalar::Real(3.0 * 19.99).is_close(Scalar::Exact(5997, 2)));
    }

    #[test]
    fn differences_of_times_are_seconds() {
        let minute = Ratio { numerator: 1, denominator: 60 };
        let back = Ratio { numerator: -1, denominator: 60 };
        let expression = Expression::Linear {
            terms: vec![(minute, Operand::own(1)), (back, Operand::own(0))],
            constant: Ratio { numerator: 0, denominator: 1 },
            rounding: Rounding::HalfUp,
        };
        let values = [Scalar::Moment(60_000_000), Scalar::Moment(600_000_000)];
        assert_eq!(expression.evaluate(Some(0), &at(&values)), Some(Scalar::Exact(9, 0)));
    }

    #[test]
    fn values_of_different_kinds_are_compared_where_that_means_something() {
        use std::cmp::Ordering::{Equal, Less};
        assert_eq!(Scalar::Exact(15, 1).compare(Scalar::Exact(150, 2)), Some(Equal));
        assert_eq!(Scalar::Date(1).compare(Scalar::Moment(DAY + 1)), Some(Less));
        assert_eq!(Scalar::Date(1).compare(Scalar::Exact(1, 0)), None);
    }
}
