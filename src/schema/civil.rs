//! Days of the proleptic Gregorian calendar, counted from 1970-01-01.
//!
//! Counted in eras of 400 years that begin in March, so that the leap day is the last of its year (Howard Hinnant,
//! "chrono-compatible low-level date algorithms").

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// Days of an era of 400 years.
const ERA: i64 = 146_097;
/// Days from 0000-03-01, where an era begins, to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Year, month and day of a number of days since 1970-01-01.
pub fn from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + EPOCH;
    let era = shifted.div_euclid(ERA);
    let day_of_era = shifted.rem_euclid(ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970-01-01 of a year, month and day.
pub fn to_days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA + day_of_era - EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        assert_eq!(from_days(0), (1970, 1, 1));
        assert_eq!(to_days(2024, 2, 29), 19_782);
        assert_eq!(from_days(19_783), (2024, 3, 1));
        assert_eq!(from_days(-1), (1969, 12, 31));
        for days in (-800_000..3_000_000).step_by(37) {
            let (year, month, day) = from_days(days);
            assert_eq!(to_days(year, month, day), days);
        }
    }
}
