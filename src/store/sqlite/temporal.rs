//! Days, times and timestamps in the forms in which SQLite's own functions write them.
//!
//! Written: `2026-03-31`, `14:05:00`, `14:05:00.250000`, `2026-03-31 14:05:00`, and for an instant the same in UTC
//! with `+00:00` behind it. Read: those, a `T` between day and time, any number of decimals (cut at microseconds),
//! and `Z` or an offset behind the time.

use crate::schema::civil::{self, DAY};
use crate::store::sql::value::{write_date, write_time};

/// The days on which these years begin.
const YEAR_0: i64 = -719_528;
const YEAR_10000: i64 = 2_932_897;

/// Days since 1970 of `YYYY-MM-DD`.
pub(super) fn parse_date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    i32::try_from(civil::to_days(year, month, day)).ok()
}

/// Microseconds since midnight of `HH:MM:SS[.f…]`.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (digits(&bytes[..2])?, digits(&bytes[3..5])?, digits(&bytes[6..8])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = match &bytes[8..] {
        [] => 0,
        [b'.', decimals @ ..] if !decimals.is_empty() => {
            digits(decimals.get(6..).unwrap_or(&[]))?;
            let kept = &decimals[..decimals.len().min(6)];
            digits(kept)? * 10_i64.pow(6 - kept.len() as u32)
        }
        _ => return None,
    };
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

/// Microseconds since 1970 of a day, or of a day and a time with or without an offset (none means UTC, as SQLite
/// has it).
pub(super) fn parse_timestamp(text: &str) -> Option<i64> {
    let day = i64::from(parse_date(text.get(..10)?)?) * DAY;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(day);
    }
    let clock = rest.strip_prefix(' ').or_else(|| rest.strip_prefix('T'))?;
    let (time, offset) = split_offset(clock)?;
    Some(day + parse_time(time)? - offset)
}

/// Cuts `Z` or `±HH:MM` off; the offset is in microseconds.
fn split_offset(clock: &str) -> Option<(&str, i64)> {
    if let Some(time) = clock.strip_suffix('Z').or_else(|| clock.strip_suffix('z')) {
        return Some((time, 0));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Some((clock, 0)) };
    let (time, offset) = clock.split_at(at);
    let bytes = offset.as_bytes();
    if bytes.len() != 6 || bytes[3] != b':' {
        return None;
    }
    let (hours, minutes) = (digits(&bytes[1..3])?, digits(&bytes[4..])?);
    if hours > 19 || minutes > 59 {
        return None;
    }
    let size = (hours * 60 + minutes) * 60_000_000;
    Some((time, if bytes[0] == b'-' { -size } else { size }))
}

/// `YYYY-MM-DD`; `None` outside of the years 0 to 9999, which SQLite's functions do not know.
pub(super) fn format_date(days: i64) -> Option<String> {
    let mut text = String::new();
    (YEAR_0..YEAR_10000).contains(&days).then(|| {
        if write_date(&mut text, days) {
            // The shared writer counts the year 0 as the first one before our era.
            text.replace_range(..4, "0000");
        }
        text
    })
}

/// `HH:MM:SS`, with six decimals where there are any.
pub(super) fn format_time(micros: i64) -> String {
    let mut text = String::new();
    write_time(&mut text, micros);
    text
}

/// `YYYY-MM-DD HH:MM:SS`, with decimals and `+00:00` where they belong.
pub(super) fn format_timestamp(micros: i64, zoned: bool) -> Option<String> {
    let day = format_date(micros.div_euclid(DAY))?;
    let zone = if zoned { "+00:00" } else { "" };
    Some(format!("{day} {}{zone}", format_time(micros.rem_euclid(DAY))))
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0_i64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_forms() {
        assert_eq!(parse_date("1970-01-01"), Some(0));
        assert_eq!(parse_date("2024-02-29"), Some(19_782));
        assert_eq!(parse_date("2023-02-29"), None);
        assert_eq!(parse_date("0000-00-00"), None);
        assert_eq!(parse_timestamp("1970-01-02T00:00:01.5Z"), Some(DAY + 1_500_000));
        assert_eq!(parse_timestamp("1970-01-01 02:00:00+02:00"), Some(0));
        assert_eq!(parse_timestamp("1970-01-02"), Some(DAY));
        assert_eq!(parse_timestamp("1970-01-02 10:00"), None);
        assert_eq!(parse_timestamp("1970-01-0ü 10:00:00"), None);
        assert_eq!(parse_time("23:59:59.1234567"), Some(DAY - 1_000_000 + 123_456));
        assert_eq!(parse_time("24:00:00"), None);
        assert_eq!(format_timestamp(-1, true).as_deref(), Some("1969-12-31 23:59:59.999999+00:00"));
        assert_eq!(format_date(3_000_000), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000, zoned: bool) {
            let text = format_timestamp(micros, zoned).expect("in range");
            prop_assert_eq!(parse_timestamp(&text), Some(micros));
            let day = micros.div_euclid(DAY);
            prop_assert_eq!(parse_date(&format_date(day).expect("in range")).map(i64::from), Some(day));
        }

        #[test]
        fn any_text_is_taken_or_refused(text in "\\PC{0,40}") {
            let _ = (parse_date(&text), parse_time(&text), parse_timestamp(&text));
        }
    }
}
