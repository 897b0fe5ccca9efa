//! PostgreSQL's binary form of `numeric`: groups of four decimal digits.
//!
//! Header of four 16-bit words (groups, weight of the first group, sign, digits shown behind the point), then the
//! groups, most significant first; group `i` counts for `10000^(weight - i)`.

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NOT_A_NUMBER: u16 = 0xC000;
const INFINITE: u16 = 0xD000;
const NEGATIVE_INFINITE: u16 = 0xF000;

/// Appends `unscaled · 10^-scale`, without a length.
pub(super) fn encode(unscaled: i128, scale: u8, out: &mut Vec<u8>) {
    let sign = if unscaled < 0 { NEGATIVE } else { POSITIVE };
    let mut rest = unscaled.unsigned_abs();
    // 39 digits fill at most ten groups, and the fraction at most ten more where it is mostly zeros.
    let mut groups = [0u16; 24];
    let mut count = 0usize;
    let behind = usize::from(scale).div_ceil(4);
    let odd = u32::from(scale % 4);
    if odd > 0 {
        let step = 10u128.pow(odd);
        groups[count] = (rest % step) as u16 * 10u16.pow(4 - odd);
        rest /= step;
        count += 1;
    }
    while rest > u128::from(u64::MAX) {
        groups[count] = (rest % 10_000) as u16;
        rest /= 10_000;
        count += 1;
    }
    let mut small = rest as u64;
    while small > 0 || count < behind {
        groups[count] = (small % 10_000) as u16;
        small /= 10_000;
        count += 1;
    }
    finish(&groups[..count], count as i32 - behind as i32 - 1, sign, scale.into(), out);
}

/// Writes groups that are given least significant first; zeros at either end are left out.
fn finish(groups: &[u16], weight: i32, sign: u16, scale: u16, out: &mut Vec<u8>) {
    let low = groups.iter().take_while(|&&group| group == 0).count();
    let groups = &groups[low..];
    let high = groups.iter().rev().take_while(|&&group| group == 0).count();
    let groups = &groups[..groups.len() - high];
    let (weight, sign) = if groups.is_empty() { (0, POSITIVE) } else { (weight - high as i32, sign) };
    out.extend_from_slice(&(groups.len() as u16).to_be_bytes());
    out.extend_from_slice(&(weight as i16).to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&scale.to_be_bytes());
    for group in groups.iter().rev() {
        out.extend_from_slice(&group.to_be_bytes());
    }
}

/// Appends a number given as text (`-12.50`, `1e-7`, `NaN`, `Infinity`). False, with nothing appended, if the text is
/// no number or one too long to store.
pub(super) fn encode_text(text: &str, out: &mut Vec<u8>) -> bool {
    let text = text.trim();
    let special = match text.to_ascii_lowercase().as_str() {
        "nan" => Some(NOT_A_NUMBER),
        "infinity" | "+infinity" | "inf" | "+inf" => Some(INFINITE),
        "-infinity" | "-inf" => Some(NEGATIVE_INFINITE),
        _ => None,
    };
    if let Some(sign) = special {
        out.extend_from_slice(&[0, 0, 0, 0]);
        out.extend_from_slice(&sign.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        return true;
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (NEGATIVE, rest),
        None => (POSITIVE, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => match exponent.parse::<i32>() {
            Ok(exponent) if exponent.abs() < 10_000 => (mantissa, exponent),
            _ => return false,
        },
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let mut scale = fraction.len() as i32 - exponent;
    if scale < 0 {
        digits.resize(digits.len() + scale.unsigned_abs() as usize, b'0');
        scale = 0;
    }
    if scale > 16_383 || digits.len() as i32 - scale > 131_072 {
        return false;
    }
    let behind = (scale as usize).div_ceil(4);
    digits.resize(digits.len() + behind * 4 - scale as usize, b'0');
    let groups: Vec<u16> = digits
        .rchunks(4)
        .map(|group| group.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0')))
        .collect();
    finish(&groups, groups.len() as i32 - behind as i32 - 1, sign, scale as u16, out);
    true
}

/// Reads a binary `numeric` as `unscaled · 10^-scale`; `None` for what that cannot express (NaN, infinities, more
/// than 38 digits). Digits behind `scale` are cut off, of which a column of that scale has none.
pub(super) fn decode(bytes: &[u8], scale: u8) -> Option<i128> {
    let word = |at: usize| bytes.get(at * 2..at * 2 + 2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let groups = i32::from(word(0)?);
    let weight = i32::from(word(1)? as i16);
    let negative = match word(2)? {
        POSITIVE => false,
        NEGATIVE => true,
        _ => return None,
    };
    let mut value = 0i128;
    let mut places = 0;
    for group in 0..groups {
        let digits = i128::from(word(4 + group as usize)?);
        // Decimal places, counted from the least wanted one, at which this group ends; below 0 its end is cut off.
        places = 4 * (weight - group) + i32::from(scale);
        if places >= 0 {
            value = value.checked_mul(10_000)?.checked_add(digits)?;
        } else if places > -4 {
            let kept = 10i128.pow((4 + places) as u32);
            value = value.checked_mul(kept)?.checked_add(digits / 10i128.pow(places.unsigned_abs()))?;
            places = 0;
            break;
        } else {
            places = 0;
            break;
        }
    }
    if places > 0 {
        value = value.checked_mul(10i128.checked_pow(places as u32)?)?;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(unscaled: i128, scale: u8) -> Option<i128> {
        let mut bytes = Vec::new();
        encode(unscaled, scale, &mut bytes);
        decode(&bytes, scale)
    }

    #[test]
    fn edges_survive() {
        let most = 10i128.pow(38) - 1;
        for scale in [0, 1, 2, 3, 4, 5, 8, 19, 37, 38] {
            for value in [0, 1, -1, 9, 10, 9_999, 10_000, 10_001, -120_000_000, i64::MAX.into(), most, -most]
            {
                assert_eq!(round_trip(value, scale), Some(value), "{value} at scale {scale}");
            }
        }
    }

    #[test]
    fn text_and_number_have_the_same_bytes() {
        for (text, unscaled, scale) in [
            ("12.50", 1250, 2),
            ("-0.0001", -1, 4),
            ("1e3", 1000, 0),
            ("1.5E-3", 15, 4),
            ("0", 0, 0),
            ("00010000.00", 1_000_000, 2),
        ] {
            let (mut from_text, mut from_number) = (Vec::new(), Vec::new());
            assert!(encode_text(text, &mut from_text), "{text}");
            encode(unscaled, scale, &mut from_number);
            assert_eq!(from_text, from_number, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "1.2.3", "12a", "1e", "0x10", "1e99999"] {
            assert!(!encode_text(text, &mut Vec::new()), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_number_survives(value in -(10i128.pow(38) - 1)..10i128.pow(38), scale in 0u8..=38) {
            prop_assert_eq!(round_trip(value, scale), Some(value));
        }
    }
}
