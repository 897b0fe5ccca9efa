//! Days, times and numbers as text, and back.

use super::Datum;
use crate::schema::civil::{self, DAY};

/// The day of the year, from 1.
pub(super) fn day_of_year(days: i64) -> i64 {
    let (year, _, _) = civil::from_days(days);
    days - civil::to_days(year, 1, 1) + 1
}

fn digits(text: &str, least: usize, most: usize) -> Option<i64> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// Reads `YYYY-MM-DD`.
pub(super) fn parse_date(text: &str) -> Option<i32> {
    let mut parts = text.trim().splitn(3, '-');
    let year = digits(parts.next()?, 4, 6)?;
    let month = digits(parts.next()?, 1, 2)?;
    let day = digits(parts.next()?, 1, 2)?;
    let days = civil::to_days(year, month, day);
    // An impossible day such as 30 February does not come back as itself.
    if civil::from_days(days) == (year, month, day) { i32::try_from(days).ok() } else { None }
}

/// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff` as microseconds of the day.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, ':');
    let hour = digits(parts.next()?, 1, 2)?;
    let minute = digits(parts.next()?, 2, 2)?;
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            let padded = format!("{fraction:0<6}");
            digits(fraction, 1, 9)?;
            (digits(whole, 2, 2)?, digits(padded.get(..6)?, 6, 6)?)
        }
    };
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

/// Reads a day with or without a time and an offset (`Z`, `+02`, `-05:30`), as microseconds since 1970.
pub(super) fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let Some((date, rest)) = text.split_once([' ', 'T']) else {
        return parse_date(text).map(|days| i64::from(days) * DAY);
    };
    let rest = rest.trim_end_matches(" UTC");
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
        None => (rest, 0),
        Some(at) => (&rest[..at], parse_offset(&rest[at..])?),
    };
    Some(i64::from(parse_date(date)?) * DAY + parse_time(clock)? - offset)
}

fn parse_offset(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let text = text.get(1..)?;
    let (hours, minutes) = match text.split_once(':') {
        Some((hours, minutes)) => (digits(hours, 1, 2)?, digits(minutes, 2, 2)?),
        None if text.len() == 4 => (digits(text.get(..2)?, 2, 2)?, digits(text.get(2..)?, 2, 2)?),
        None => (digits(text, 1, 2)?, 0),
    };
    Some(sign * (hours * 60 + minutes) * 60_000_000)
}

/// `YYYY-MM-DD`.
pub(super) fn show_date(days: i32) -> String {
    let (year, month, day) = civil::from_days(i64::from(days));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `HH:MM:SS`, with microseconds only where there are any.
pub(super) fn show_time(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let fraction = micros.rem_euclid(1_000_000);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { clock } else { format!("{clock}.{fraction:06}") }
}

/// `YYYY-MM-DD HH:MM:SS`, with microseconds only where there are any.
pub(super) fn show_timestamp(micros: i64) -> String {
    let days = i32::try_from(micros.div_euclid(DAY)).unwrap_or(i32::MAX);
    format!("{} {}", show_date(days), show_time(micros.rem_euclid(DAY)))
}

/// Reads a number: exact where it has at most 38 digits and no exponent.
pub(super) fn parse_number(text: &str) -> Option<Datum> {
    let text = text.trim();
    if let Some(hexadecimal) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return i128::from_str_radix(hexadecimal, 16).ok().map(|number| Datum::Decimal(number, 0));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let counted = unsigned.bytes().filter(u8::is_ascii_digit).count();
    if counted == 0 || !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    if plain && counted <= 38 {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.contains('.') {
            return None;
        }
        let unscaled: i128 = format!("{whole}{fraction}").parse().ok()?;
        return Some(Datum::Decimal(unscaled, u8::try_from(fraction.len()).ok()?));
    }
    text.parse().ok().map(Datum::Float)
}

/// A decimal number in plain notation.
pub(super) fn show_decimal(unscaled: i128, scale: u8) -> String {
    if scale == 0 {
        return unscaled.to_string();
    }
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}
