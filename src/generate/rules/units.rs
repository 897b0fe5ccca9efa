//! Values as whole numbers of one unit, eight bytes each, to be kept and computed with.

use crate::model::rule::Scalar;

/// What whole numbers count.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// So many digits behind the point.
    Exact(u8),
    /// The bits of a float.
    Real,
    Date,
    Time,
    Moment,
}

impl Unit {
    /// The unit of some values of one kind: numbers have as many digits as the finest of them.
    pub(super) fn of(values: impl Iterator<Item = Scalar>) -> Self {
        values.fold(Self::Exact(0), |unit, value| match (value, unit) {
            (Scalar::Exact(_, scale), Self::Exact(finest)) => Self::Exact(finest.max(scale)),
            (Scalar::Exact(..), unit) => unit,
            (Scalar::Real(_), _) => Self::Real,
            (Scalar::Date(_), _) => Self::Date,
            (Scalar::Time(_), _) => Self::Time,
            (Scalar::Moment(_), _) => Self::Moment,
        })
    }

    /// A value in this unit.
    pub(super) fn units(self, value: Scalar) -> i64 {
        match (value, self) {
            (Scalar::Exact(units, digits), Self::Exact(scale)) => {
                let more = u32::from(scale.saturating_sub(digits));
                let fewer = u32::from(digits.saturating_sub(scale));
                clamped(units.saturating_mul(10i128.pow(more)) / 10i128.pow(fewer))
            }
            (Scalar::Real(value), Self::Exact(scale)) => {
                clamped((value * libm::pow(10.0, f64::from(scale))).round() as i128)
            }
            (Scalar::Date(units) | Scalar::Time(units) | Scalar::Moment(units), _) => units,
            (value, _) => value.real().to_bits() as i64,
        }
    }

    /// The value of so many units.
    pub(super) fn value(self, units: i64) -> Scalar {
        match self {
            Self::Exact(scale) => Scalar::Exact(i128::from(units), scale),
            Self::Real => Scalar::Real(f64::from_bits(units as u64)),
            Self::Date => Scalar::Date(units),
            Self::Time => Scalar::Time(units),
            Self::Moment => Scalar::Moment(units),
        }
    }
}

/// The smallest number is left free, to stand for none.
fn clamped(units: i128) -> i64 {
    units.clamp(i128::from(i64::MIN + 1), i128::from(i64::MAX)) as i64
}
