//! Numbers, days and times as text, in the spelling that every engine and every CSV reader understands.

use crate::schema::civil::{self, DAY};

/// Appends an exact number: `unscaled · 10^-scale`.
pub(crate) fn write_decimal(out: &mut String, unscaled: i128, scale: i8) {
    if unscaled < 0 {
        out.push('-');
    }
    let digits = unscaled.unsigned_abs().to_string();
    let scale = usize::try_from(scale).unwrap_or(0);
    if scale == 0 {
        out.push_str(&digits);
        return;
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    out.push_str(whole);
    out.push('.');
    out.push_str(fraction);
}

/// Appends a floating-point number with the fewest digits that give the same number again.
pub(crate) fn write_float(out: &mut String, value: f64, bits: u8) {
    let text = if bits == 32 { format!("{:?}", value as f32) } else { format!("{value:?}") };
    out.push_str(text.strip_suffix(".0").unwrap_or(&text));
}

/// Appends days since 1970-01-01 as `YYYY-MM-DD`; returns whether the year is before 1, in which case it is
/// written as PostgreSQL counts it (1 BC, 2 BC, …) and the caller adds the era.
pub(crate) fn write_date(out: &mut String, days: i64) -> bool {
    let (year, month, day) = civil::from_days(days);
    let before = year <= 0;
    let year = if before { 1 - year } else { year };
    out.push_str(&format!("{year:04}-{month:02}-{day:02}"));
    before
}

/// Appends microseconds since midnight as `HH:MM:SS`, with six decimals where they are not zero.
pub(crate) fn write_time(out: &mut String, microseconds: i64) {
    let (seconds, fraction) = (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
    if seconds < 0 {
        // MySQL's TIME is a span and may be negative.
        out.push('-');
        return write_time(out, -microseconds);
    }
    out.push_str(&format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    if fraction != 0 {
        out.push_str(&format!(".{fraction:06}"));
    }
}

/// Appends microseconds since 1970-01-01 00:00 as day, `separator` and time; returns what [`write_date`] does.
pub(crate) fn write_timestamp(out: &mut String, microseconds: i64, separator: char) -> bool {
    let before = write_date(out, microseconds.div_euclid(DAY));
    out.push(separator);
    write_time(out, microseconds.rem_euclid(DAY));
    before
}

/// Appends bytes as hexadecimal digits.
pub(crate) fn write_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn decimals_keep_their_scale() {
        assert_eq!(text(|out| write_decimal(out, -5, 2)), "-0.05");
        assert_eq!(text(|out| write_decimal(out, 12345, 2)), "123.45");
        assert_eq!(text(|out| write_decimal(out, 0, 3)), "0.000");
        assert_eq!(text(|out| write_decimal(out, i128::from(u64::MAX), 0)), "18446744073709551615");
    }

    #[test]
    fn floats_are_short() {
        assert_eq!(text(|out| write_float(out, 0.1f32.into(), 32)), "0.1");
        assert_eq!(text(|out| write_float(out, 1.0, 64)), "1");
        assert_eq!(text(|out| write_float(out, 1e300, 64)), "1e300");
    }

    #[test]
    fn days_and_times() {
        assert_eq!(text(|out| assert!(!write_date(out, 0))), "1970-01-01");
        assert_eq!(text(|out| assert!(!write_date(out, 19_782))), "2024-02-29");
        assert_eq!(text(|out| assert!(!write_date(out, -719_162))), "0001-01-01");
        assert_eq!(text(|out| assert!(write_date(out, -719_163))), "0001-12-31");
        assert_eq!(text(|out| write_time(out, 3_723_000_001)), "01:02:03.000001");
        assert_eq!(text(|out| write_time(out, -1_000_000)), "-00:00:01");
        assert_eq!(text(|out| assert!(!write_timestamp(out, -1, 'T'))), "1969-12-31T23:59:59.999999");
    }

    #[test]
    fn bytes_as_hexadecimal() {
        assert_eq!(text(|out| write_hex(out, &[0, 171, 255])), "00abff");
    }
}
