//! Parts of dates and timestamps, as clocks of some place showed them.

use super::Scalar;
use crate::schema::civil::{self, DAY};
use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000;

/// A part of a date or timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The year.
    Year,
    /// The quarter, 1–4.
    Quarter,
    /// The month, 1–12.
    Month,
    /// The day of the month, 1–31.
    Day,
    /// The hour, 0–23.
    Hour,
    /// The minute, 0–59.
    Minute,
    /// The second, 0–59, without its fraction.
    Second,
    /// The date of a timestamp.
    Date,
    /// The day of the year, 1–366.
    DayOfYear,
    /// The week of the year as ISO 8601 counts it, 1–53.
    Week,
    /// The day of the week from Monday, 1–7 (ISO 8601).
    IsoDayOfWeek,
    /// The day of the week from Sunday, 0–6 (PostgreSQL's `dow`).
    DayOfWeek,
    /// The day of the week from Monday, 0–6 (MySQL's `weekday`).
    Weekday,
    /// The day of the week from Sunday, 1–7 (MySQL's `dayofweek`).
    DayOfWeekFromOne,
    /// Year and month as one number, `202402`.
    YearMonth,
    /// The date as one number, `20240229`.
    DateNumber,
}

/// What clocks were ahead of the times that are written down, in seconds; none is not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Clock {
    /// From which moment on (seconds since 1970-01-01 00:00), by how much. In order; what is before the first is like it.
    pub steps: Vec<(i64, i64)>,
}

impl Clock {
    /// Clocks that were ahead by so many seconds all the time.
    pub fn constant(seconds: i64) -> Self {
        let steps = if seconds == 0 { Vec::new() } else { vec![(i64::MIN, seconds)] };
        Self { steps }
    }

    /// Whether clocks show the times that are written down.
    pub fn is_plain(&self) -> bool {
        self.steps.is_empty()
    }

    /// What clocks showed, of microseconds since 1970-01-01.
    fn shown(&self, micros: i64) -> i64 {
        let Some(first) = self.steps.first() else { return micros };
        let after = self.steps.partition_point(|step| step.0 <= micros.div_euclid(SECOND));
        let (_, ahead) = if after == 0 { *first } else { self.steps[after - 1] };
        micros.saturating_add(ahead * SECOND)
    }

    /// Behind an operand in a rule: ` - 5 hours, from "2024-03-10 07:00" - 4 hours`.
    pub(super) fn sentence(&self) -> String {
        let mut text = String::new();
        for (number, &(from, ahead)) in self.steps.iter().enumerate() {
            if number > 0 {
                text += &format!(", from \"{}\"", moment(from));
            }
            let (sign, size) = (if ahead < 0 { '-' } else { '+' }, ahead.unsigned_abs());
            text += &match size % 3_600 {
                0 => format!(" {sign} {} hours", size / 3_600),
                _ => format!(" {sign} {} minutes", size / 60),
            };
        }
        text
    }
}

/// `2024-03-10 07:00`, with seconds where they are not 0.
fn moment(seconds: i64) -> String {
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil::from_days(days);
    let mut text = format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", of_day / 3_600, of_day / 60 % 60);
    if of_day % 60 != 0 {
        text += &format!(":{:02}", of_day % 60);
    }
    text
}

/// Seconds since 1970-01-01 of such a text.
pub(super) fn read_moment(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let numbers =
        |text: &str, sign| text.split(sign).map(|part| part.parse().ok()).collect::<Option<Vec<i64>>>();
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let &[year, month @ 1..=12, day @ 1..=31] = date.as_slice() else { return None };
    let (&[hour @ 0..=23, minute @ 0..=59] | &[hour @ 0..=23, minute @ 0..=59, _]) = time.as_slice() else {
        return None;
    };
    let second = time.get(2).copied().filter(|second| (0..60).contains(second)).unwrap_or(0);
    Some(civil::to_days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

impl Part {
    /// All of them, those first that others could be taken for.
    pub const ALL: [Self; 16] = [
        Self::Year,
        Self::Quarter,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Date,
        Self::DayOfYear,
        Self::Week,
        Self::IsoDayOfWeek,
        Self::DayOfWeek,
        Self::Weekday,
        Self::DayOfWeekFromOne,
        Self::YearMonth,
        Self::DateNumber,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Date => "date",
            Self::DayOfYear => "doy",
            Self::Week => "week",
            Self::IsoDayOfWeek => "isodow",
            Self::DayOfWeek => "dow",
            Self::Weekday => "weekday",
            Self::DayOfWeekFromOne => "dayofweek",
            Self::YearMonth => "yyyymm",
            Self::DateNumber => "yyyymmdd",
        }
    }

    /// This part of a date, a time or a timestamp, as a clock showed it.
    pub fn of(self, value: Scalar, clock: &Clock) -> Option<Scalar> {
        let (days, micros) = match value {
            Scalar::Date(days) => (Some(days), None),
            Scalar::Time(micros) => (None, Some(micros)),
            Scalar::Moment(micros) => {
                let shown = clock.shown(micros);
                (Some(shown.div_euclid(DAY)), Some(shown.rem_euclid(DAY)))
            }
            _ => return None,
        };
        let whole = |number: i64| Some(Scalar::Exact(i128::from(number), 0));
        let civil = || Some(civil::from_days(days?));
        // 1970-01-01 was a Thursday.
        let from_monday = || Some((days? + 3).rem_euclid(7));
        match self {
            Self::Year => whole(civil()?.0),
            Self::Quarter => whole((civil()?.1 + 2) / 3),
            Self::Month => whole(civil()?.1),
            Self::Day => whole(civil()?.2),
            Self::Hour => whole(micros? / 3_600_000_000),
            Self::Minute => whole(micros? / 60_000_000 % 60),
            Self::Second => whole(micros? / SECOND % 60),
            Self::Date => match value {
                Scalar::Moment(_) => Some(Scalar::Date(days?)),
                _ => None,
            },
            Self::DayOfYear => whole(day_of_year(days?)),
            // The week that a day is in is that of its Thursday.
            Self::Week => whole((day_of_year(days? - from_monday()? + 3) - 1) / 7 + 1),
            Self::IsoDayOfWeek => whole(from_monday()? + 1),
            Self::DayOfWeek => whole((from_monday()? + 1) % 7),
            Self::Weekday => whole(from_monday()?),
            Self::DayOfWeekFromOne => whole((from_monday()? + 1) % 7 + 1),
            Self::YearMonth => whole(civil()?.0 * 100 + civil()?.1),
            Self::DateNumber => {
                let (year, month, day) = civil()?;
                whole((year * 100 + month) * 100 + day)
            }
        }
    }
}

fn day_of_year(days: i64) -> i64 {
    days - civil::to_days(civil::from_days(days).0, 1, 1) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(number: i128) -> Option<Scalar> {
        Some(Scalar::Exact(number, 0))
    }

    #[test]
    fn parts_of_dates() {
        let leap = Scalar::Moment(951_782_400_000_000 + 3_723_000_000); // 2000-02-29 01:02:03, a Tuesday
        let part = |part: Part| part.of(leap, &Clock::default());
        assert_eq!(part(Part::Year), whole(2000));
        assert_eq!(part(Part::Month), whole(2));
        assert_eq!(part(Part::Day), whole(29));
        assert_eq!(part(Part::Minute), whole(2));
        assert_eq!(part(Part::Date), Some(Scalar::Date(11_016)));
        assert_eq!(part(Part::DayOfYear), whole(60));
        assert_eq!(part(Part::Week), whole(9));
        assert_eq!(part(Part::IsoDayOfWeek), whole(2));
        assert_eq!(part(Part::DayOfWeek), whole(2));
        assert_eq!(part(Part::Weekday), whole(1));
        assert_eq!(part(Part::DayOfWeekFromOne), whole(3));
        assert_eq!(part(Part::YearMonth), whole(200_002));
        assert_eq!(part(Part::DateNumber), whole(20_000_229));
        assert_eq!(Part::Year.of(Scalar::Date(-1), &Clock::default()), whole(1969));
        // 2021-01-03, a Sunday, is in the last week of 2020.
        assert_eq!(Part::Week.of(Scalar::Date(18_630), &Clock::default()), whole(53));
    }

    #[test]
    fn clocks_change() {
        let clock = Clock { steps: vec![(i64::MIN, -18_000), (1_362_898_800, -14_400)] };
        let hour = |seconds: i64| Part::Hour.of(Scalar::Moment(seconds * SECOND), &clock);
        assert_eq!((hour(1_362_898_799), hour(1_362_898_800)), (whole(1), whole(3)));
        assert_eq!(clock.sentence(), " - 5 hours, from \"2013-03-10 07:00\" - 4 hours");
        assert_eq!(read_moment("2013-03-10 07:00"), Some(1_362_898_800));
        assert_eq!(Clock::constant(19_800).sentence(), " + 330 minutes");
    }
}
