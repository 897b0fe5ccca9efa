//! Rounding that hides single values.

/// The largest `step · 10^n` that is not greater than `width`; `step` itself where the width is smaller.
pub fn granule_i64(width: u64, step: i64) -> i64 {
    let mut granule = step.max(1);
    while let Some(next) = granule.checked_mul(10).filter(|&next| next as u64 <= width) {
        granule = next;
    }
    granule
}

/// The largest power of ten that is not greater than `width`, as its exponent.
pub fn granule_f64(width: f64) -> i32 {
    if width > 0.0 { libm::floor(libm::log10(width)).clamp(-300.0, 300.0) as i32 } else { -300 }
}

/// `value` rounded down (or up) to a multiple of `10^exponent`. Divides by a power of ten where it can, because that
/// gives the number people write.
pub fn round_f64(value: f64, exponent: i32, up: bool) -> f64 {
    let round = |x: f64| if up { libm::ceil(x) } else { libm::floor(x) };
    let power = libm::pow(10.0, f64::from(exponent.abs()));
    let rounded = if exponent < 0 { round(value * power) / power } else { round(value / power) * power };
    if rounded.is_finite() { rounded } else { value }
}

/// A range around `low..=high` of which neither end is a value: out to `digits` significant digits of the greater
/// magnitude, and out to tens at the least. The sign is kept: what is not negative stays so.
pub fn outward_i64(low: i64, high: i64, digits: u32) -> (i64, i64) {
    let magnitude = low.unsigned_abs().max(high.unsigned_abs());
    let mut granule: i64 = 10;
    while let Some(next) =
        granule.checked_mul(10).filter(|&next| magnitude / next as u64 >= 10u64.pow(digits.saturating_sub(1)))
    {
        granule = next;
    }
    let down = low.div_euclid(granule).saturating_mul(granule);
    let up = high.div_euclid(granule).saturating_add(1).saturating_mul(granule);
    (down, if high < 0 { up.min(-1).max(high) } else { up })
}

/// The same for floating-point numbers.
pub fn outward_f64(low: f64, high: f64) -> (f64, f64) {
    let magnitude = low.abs().max(high.abs());
    if magnitude == 0.0 {
        return (0.0, 1.0);
    }
    let exponent = granule_f64(magnitude);
    let (down, mut up) = (round_f64(low, exponent, false), round_f64(high, exponent, true));
    if up <= high {
        up += libm::pow(10.0, f64::from(exponent));
    }
    (down, if high < 0.0 { up.min(0.0) } else { up })
}

/// A mean log-likelihood with four digits behind the point: as much as anybody reads, and too little for a single row to show.
pub fn rounded_nats(nats: f64) -> f64 {
    libm::round(nats * 1e4) / 1e4
}

/// A number cut down to its two leading digits, toward negative infinity: 48,213 becomes 48,000.
pub fn two_digits_down(value: i64) -> i64 {
    let mut granule: i64 = 1;
    while let Some(next) = granule.checked_mul(10).filter(|&next| value.unsigned_abs() / next as u64 >= 10) {
        granule = next;
    }
    value.div_euclid(granule).saturating_mul(granule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn granules_follow_the_width() {
        assert_eq!(granule_i64(0, 1), 1);
        assert_eq!(granule_i64(9, 1), 1);
        assert_eq!(granule_i64(35, 1), 10);
        assert_eq!(granule_i64(999, 5), 500);
        assert_eq!(granule_i64(u64::MAX, 1), 1_000_000_000_000_000_000);
        assert_eq!(granule_f64(0.034), -2);
    }

    #[test]
    fn outward_hides_the_ends_and_keeps_the_sign() {
        assert_eq!(outward_i64(48_213, 48_213, 1), (40_000, 50_000));
        assert_eq!(outward_i64(48_213, 48_213, 2), (48_000, 49_000));
        assert_eq!(outward_i64(0, 3, 1), (0, 10));
        assert_eq!(outward_i64(-7, -3, 1), (-10, -1));
        assert_eq!(outward_i64(i64::MIN, i64::MAX, 1), (i64::MIN, i64::MAX));
        assert_eq!(outward_f64(4.5, 4.5), (4.0, 5.0));
        assert_eq!(outward_f64(0.0, 0.0), (0.0, 1.0));
        assert_eq!(outward_f64(-0.25, 0.0), (-0.3, 0.1));
    }

    #[test]
    fn floats_round_to_the_number_people_write() {
        assert_eq!(round_f64(0.37, -1, false), 0.3);
        assert_eq!(round_f64(0.37, -1, true), 0.4);
        assert_eq!(round_f64(-1234.5, 2, false), -1300.0);
        assert_eq!(two_digits_down(48_213), 48_000);
        assert_eq!(two_digits_down(7), 7);
    }
}
