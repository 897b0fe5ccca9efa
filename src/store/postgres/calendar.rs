//! Days and microseconds, between 1970 (Arrow) and 2000 (PostgreSQL), and as text.

use crate::schema::civil::{self, DAY};
use std::fmt::Write;

/// Days from 1970-01-01 to 2000-01-01.
pub(super) const EPOCH_DAYS: i32 = 10_957;
/// Microseconds from 1970-01-01 to 2000-01-01.
pub(super) const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// The last day of the year 9999 since 1970: stands for `infinity` in a column that excludes NULL.
pub(super) const LAST_DAY: i32 = 2_932_896;
/// The first day of the year 1 since 1970: stands for `-infinity` in a column that excludes NULL.
pub(super) const FIRST_DAY: i32 = -719_162;

/// Appends a day as PostgreSQL reads it: `2024-02-29`, `0044-03-15 BC`.
pub(super) fn write_date(days: i64, out: &mut String) {
    let before_christ = write_day(days, out);
    if before_christ {
        out.push_str(" BC");
    }
}

/// Appends a time of day: `23:59:59.000001`.
pub(super) fn write_time(micros: i64, out: &mut String) {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let written = write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let written = if fraction > 0 { written.and(write!(out, ".{fraction:06}")) } else { written };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

/// Appends a day and time, with the offset of UTC where `zoned`.
pub(super) fn write_timestamp(micros: i64, zoned: bool, out: &mut String) {
    let before_christ = write_day(micros.div_euclid(DAY), out);
    out.push(' ');
    write_time(micros.rem_euclid(DAY), out);
    if zoned {
        out.push_str("+00");
    }
    if before_christ {
        out.push_str(" BC");
    }
}

/// Appends year, month and day; true if the year is one before Christ (year 0 of the calendar is 1 BC).
fn write_day(days: i64, out: &mut String) -> bool {
    let (year, month, day) = civil::from_days(days);
    let shown = if year > 0 { year } else { 1 - year };
    let written = write!(out, "{shown:04}-{month:02}-{day:02}");
    debug_assert!(written.is_ok(), "writing to a string does not fail");
    year <= 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(days: i64) -> String {
        let mut text = String::new();
        write_date(days, &mut text);
        text
    }

    #[test]
    fn days_are_written_as_the_calendar_has_them() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(i64::from(LAST_DAY)), "9999-12-31");
        assert_eq!(date(i64::from(FIRST_DAY)), "0001-01-01");
        assert_eq!(date(i64::from(FIRST_DAY) - 1), "0001-12-31 BC");
    }

    #[test]
    fn instants_before_1970_have_a_positive_time_of_day() {
        let mut text = String::new();
        write_timestamp(-1, true, &mut text);
        assert_eq!(text, "1969-12-31 23:59:59.999999+00");
    }
}
