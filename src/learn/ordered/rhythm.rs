//! Which days of the week and hours of the day are busy, and which are not.

use crate::learn::observed::Runs;
use crate::model::Rhythm;
use crate::model::privacy::{Crowd, Settings};

/// Rows, for each day or hour that is told apart, without which busy ones may be busy by chance.
const ROWS_EACH: u64 = 40;
/// By how much a rhythm has to tell days or hours apart: Pearson's chi-square by degrees of freedom.
const LEAST: f64 = 4.0;
/// The greatest weight.
const MOST: f64 = 1_000.0;

/// Finds the rhythm of days (`day` is 1) or times. What happens at times that too few subjects share is not told of, and does not happen.
pub(in crate::learn) fn find(runs: &Runs<i64>, day: i64, privacy: Settings) -> Rhythm {
    let of_day = |value: i64| value.div_euclid(day).rem_euclid(7) as usize;
    let of_hour = |value: i64| (value.rem_euclid(day) / (day / 24).max(1)) as usize;
    let days = weights(runs, 7, of_day, privacy);
    // Days that are not divided, or that all begin at one moment, have no hours.
    let hours = if day > 1 { weights(runs, 24, of_hour, privacy) } else { Vec::new() };
    let found = Rhythm { day, days, hours };
    if found.is_empty() { Rhythm::default() } else { found }
}

/// The weight of each part of a cycle; none where parts are alike.
fn weights(runs: &Runs<i64>, parts: usize, part: impl Fn(i64) -> usize, privacy: Settings) -> Vec<u32> {
    let mut seen: Vec<(Crowd, u64)> = (0..parts).map(|_| (Crowd::new(privacy), 0)).collect();
    for (run, value) in runs.values().enumerate() {
        let (crowd, rows) = &mut seen[part(value)];
        *rows += runs.rows_of(run);
        runs.subjects_of(run).iter().for_each(|&subject| crowd.add(subject));
    }
    let told = |(crowd, rows): &(Crowd, u64)| if crowd.is_enough() { *rows } else { 0 };
    let rows: Vec<u64> = seen.iter().map(told).collect();
    let all: u64 = rows.iter().sum();
    let most = rows.iter().copied().max().unwrap_or(0);
    if all < ROWS_EACH * parts as u64 || most == all {
        return Vec::new();
    }
    let expected = all as f64 / parts as f64;
    let off = |&rows: &u64| (rows as f64 - expected) * (rows as f64 - expected) / expected;
    if rows.iter().map(off).sum::<f64>() < LEAST * (parts - 1) as f64 {
        return Vec::new();
    }
    rows.iter().map(|&rows| libm::round(rows as f64 * MOST / most as f64) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn found(day: i64, values: impl Iterator<Item = i64>) -> Rhythm {
        let pairs = values.zip(0..).collect();
        find(&Runs::from_pairs(pairs, i64::cmp, Settings::default()), day, Settings::default())
    }

    #[test]
    fn busy_days_and_hours_are_found() {
        // Weekdays; day 0 is a Thursday.
        let weekdays = (0..2_000).filter(|day| ![2, 3].contains(&(day % 7)));
        let rhythm = found(1, weekdays);
        assert_eq!((rhythm.days[2], rhythm.days[3], rhythm.hours.len()), (0, 0, 0));
        assert!(rhythm.days[0] > 990);
        let shop = (0..4_000).map(|at| at / 8 * 24 * HOUR + (9 + at % 8) * HOUR + at % 60 * 60_000_000);
        let rhythm = found(24 * HOUR, shop);
        assert!(rhythm.days.is_empty());
        assert_eq!(
            (rhythm.hours[8], rhythm.hours[9], rhythm.hours[16], rhythm.hours[17]),
            (0, 1_000, 1_000, 0)
        );
    }

    #[test]
    fn what_is_alike_or_rare_has_no_rhythm() {
        assert_eq!(found(1, 0..2_000), Rhythm::default());
        assert!(found(1, (0..200).map(|day| day * 7)).is_empty());
        assert!(found(24 * HOUR, (0..3_000).map(|at| at * 24 * HOUR)).is_empty());
    }
}
