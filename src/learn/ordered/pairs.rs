//! Pairs of decimal digits of which only some occur: months and days, minutes, women's months fifty later.

use crate::learn::observed::Runs;
use crate::model::privacy::{Crowd, Settings};
use crate::model::{DigitPairs, Ordered};
use std::collections::BTreeSet;

/// Rows without which a pair may be missing by chance.
const FEWEST: u64 = 1_000;
/// Different pairs that are too many to tell of.
const MOST: usize = 62;
/// Pairs from the right that are looked at.
const PLACES: u32 = 3;
/// The share of rows whose pairs may be told of.
const TOLD: f64 = 0.998;

/// Finds them where the grid does not say as much. A pair that too few subjects share is not told of, and the numbers that have it are not drawn.
pub(super) fn find(runs: &Runs<i64>, fitted: &Ordered<i64>, privacy: Settings) -> DigitPairs {
    let mut found = DigitPairs::default();
    let (rows, most) = (runs.rows(), runs.values().last().unwrap_or(0));
    let all_are_points = fitted.segments.iter().all(|segment| segment.low == segment.high);
    if rows < FEWEST || all_are_points || runs.values().next().is_none_or(|least| least < 0) {
        return found;
    }
    for place in 0..PLACES {
        let power = 100i64.pow(place);
        // The digits on the left are known by their ranges.
        if most / power < 1_000 {
            break;
        }
        let mut crowds: Vec<(Crowd, u64)> = (0..100).map(|_| (Crowd::new(privacy), 0)).collect();
        for (run, value) in runs.values().enumerate() {
            let (crowd, seen) = &mut crowds[(value / power % 100) as usize];
            *seen += runs.rows_of(run);
            runs.subjects_of(run).iter().for_each(|&subject| crowd.add(subject));
        }
        let told = crowds.iter().enumerate().filter(|(_, (crowd, _))| crowd.is_enough());
        let (pairs, counts): (Vec<u8>, Vec<u64>) = told.map(|(pair, (_, seen))| (pair as u8, *seen)).unzip();
        if pairs.len() > MOST || pairs.is_empty() || (counts.iter().sum::<u64>() as f64) < TOLD * rows as f64
        {
            break;
        }
        found.0.push(pairs);
    }
    // Pairs that all numbers on the grid have are nothing new: every hundredth number ends in 00.
    let on_grid: BTreeSet<i64> = (0..100i64)
        .map(|at| at.saturating_mul(fitted.step).saturating_add(fitted.offset).rem_euclid(100))
        .collect();
    let mut lengths = found.0.iter().map(Vec::len);
    let says_more =
        lengths.next().is_some_and(|first| first < on_grid.len()) || lengths.any(|length| length > 1);
    if says_more { found } else { DigitPairs::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(value: impl Fn(i64) -> i64, step: i64) -> Vec<Vec<u8>> {
        let privacy = Settings::default();
        let pairs = (0..4_000).map(|row| (value(row), row as u32)).collect();
        let runs = Runs::from_pairs(pairs, i64::cmp, privacy);
        let segment = crate::model::Segment { low: 0, high: 99_999_999, rows: 4_000 };
        find(&runs, &Ordered::new(vec![segment], step, 0), privacy).0
    }

    #[test]
    fn months_and_days_are_found() {
        let date = |row: i64| (2_000 + row % 20) * 10_000 + (1 + row / 20 % 12) * 100 + 1 + row * 11 % 28;
        assert_eq!(pairs(date, 1), [(1..=28).collect::<Vec<u8>>(), (1..=12).collect(), (0..=19).collect()]);
        let clock = |row: i64| row * 37 % 24 * 100 + row * 13 % 60;
        assert_eq!(pairs(clock, 1), [(0..=59).collect::<Vec<u8>>()]);
    }

    #[test]
    fn amounts_have_all_pairs_and_grids_say_enough() {
        assert!(pairs(|row| row * row * 7 % 1_000_003, 1).is_empty());
        assert!(pairs(|row| row * 100, 100).is_empty());
        assert!(pairs(|row| row * 50, 50).is_empty());
    }
}
