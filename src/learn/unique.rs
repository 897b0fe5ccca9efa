//! Columns of whole numbers, days or times without repeats: how their values are spread.

use super::observed::Runs;
use crate::model::privacy::{granule_i64, two_digits_down};
use crate::model::{Marginal, UniqueIntegers};
use crate::schema::{DataType, Table};

/// Ranks at which gaps are told.
const RANKS: usize = 65;
/// Pairs of rows that would agree by chance, from which on it is none that no row agrees with another.
const SURPRISE: f64 = 50.0;

/// Whether a column is a key by itself, of a type whose values can be counted off.
pub(super) fn is_candidate(table: &Table, column: usize) -> bool {
    let counts = matches!(
        table.columns[column].data_type,
        DataType::Integer { .. }
            | DataType::Decimal { scale: 0, .. }
            | DataType::Date
            | DataType::Timestamp { .. }
    );
    counts
        && table
            .unique_keys()
            .any(|key| key.columns == [column] && key.predicate.is_none() && key.expression.is_none())
}

/// Whether whole numbers are a key that nobody declared: none repeats, though many would by chance, were they no more than spread as they are.
pub(super) fn is_found(table: &Table, column: usize, runs: &Runs<i64>, marginal: &Marginal) -> bool {
    let Marginal::Integers(ordered) = marginal else { return false };
    let counts = matches!(
        table.columns[column].data_type,
        DataType::Integer { .. } | DataType::Decimal { scale: 0, .. }
    );
    let in_key = table.foreign_keys.iter().any(|key| key.columns.contains(&column));
    let pairs = ordered.segments.iter().map(|segment| {
        let places = segment.high.abs_diff(segment.low) / ordered.step.unsigned_abs().max(1);
        segment.rows as f64 * (segment.rows as f64 - 1.0) / 2.0 / (places as f64 + 1.0)
    });
    counts && !in_key && runs.rows() == runs.len() as u64 && pairs.sum::<f64>() >= SURPRISE
}

/// Fits distinct values, ascending. `all` is how many the whole table has where these are a sample of them; `(step,
/// offset)` is their grid.
///
/// All gaps are rounded to two digits of their spread and the first value to its two leading digits, so that no value of
/// the source can be read off; only what all rows share (a serial without gaps, a start below 100) stays exact.
pub(super) fn fit(
    values: &[i64],
    all: u64,
    (step, offset): (i64, i64),
    serial: bool,
) -> Option<UniqueIntegers> {
    let last = values.len().checked_sub(1)?;
    let all = all.max(values.len() as u64);
    let places: Vec<i64> = values.iter().map(|value| value.saturating_sub(offset).div_euclid(step)).collect();
    // In a sample of a serial column the gaps are those of the sample; where all values would fit between the ends
    // the column is taken for one without gaps.
    let spread = places[last].abs_diff(places[0]).saturating_add(1);
    let dense = spread <= all + all / 100 && spread >= all - all / 100 && values.len() as u64 != all;
    let ranks = RANKS.min(values.len());
    let mut gaps: Vec<i64> = (0..ranks)
        .map(|at| {
            let rank = if ranks > 1 { at * last / (ranks - 1) } else { 0 };
            let in_table =
                if last > 0 { (rank as u128 * u128::from(all - 1) / last as u128) as i64 } else { 0 };
            if dense { places[0] } else { places[rank].saturating_sub(in_table) }
        })
        .collect();
    for at in 1..gaps.len() {
        gaps[at] = gaps[at].max(gaps[at - 1]);
    }
    let first = gaps[0];
    let base = two_digits_down(first);
    let width = gaps[gaps.len() - 1].abs_diff(first);
    let granule = (granule_i64(width, 1) / 10).max(1);
    for gap in &mut gaps {
        let above = gap.saturating_sub(first);
        *gap = base.saturating_add(above.div_euclid(granule).saturating_mul(granule));
    }
    Some(UniqueIntegers { gaps, rows: all, step, offset, serial })
}

/// Whether `values` rise with `keys`, row by row, almost always.
pub(super) fn rises_with(keys: &[Option<i64>], values: &[Option<i64>]) -> bool {
    let mut pairs: Vec<(i64, i64)> =
        keys.iter().zip(values).filter_map(|(key, value)| Some(((*key)?, (*value)?))).collect();
    pairs.sort_unstable();
    let rising = pairs.windows(2).filter(|pair| pair[0].1 < pair[1].1).count();
    pairs.len() > 1 && rising * 100 >= (pairs.len() - 1) * 99
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(unique: &UniqueIntegers, row: u64) -> i64 {
        let last = unique.gaps.len() - 1;
        let at = row as f64 * last as f64 / (unique.rows - 1).max(1) as f64;
        let (below, above) = (unique.gaps[at.floor() as usize], unique.gaps[at.ceil() as usize]);
        let gap = below as f64 + (above - below) as f64 * (at - at.floor());
        (row as i64 + gap.floor() as i64) * unique.step + unique.offset
    }

    #[test]
    fn a_serial_without_gaps_stays_exact() {
        let values: Vec<i64> = (1..=1000).collect();
        let unique = fit(&values, 1000, (1, 0), true).unwrap();
        assert!(unique.gaps.iter().all(|&gap| gap == 1));
        assert_eq!((rebuilt(&unique, 0), rebuilt(&unique, 999)), (1, 1000));
        let sampled: Vec<i64> = (1..=100_000).filter(|i| i % 10 == 3 || *i == 1 || *i == 100_000).collect();
        let unique = fit(&sampled, 100_000, (1, 0), true).unwrap();
        assert!(unique.gaps.iter().all(|&gap| gap == 1), "{:?}", unique.gaps);
    }

    #[test]
    fn gaps_never_fall_and_hide_the_ends() {
        let values: Vec<i64> = (0..5000i64).map(|i| 48_213 + i * 7 + (i * i) % 5).collect();
        let mut values = values;
        values.sort_unstable();
        values.dedup();
        let unique = fit(&values, values.len() as u64, (1, 0), false).unwrap();
        assert!(unique.gaps.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(unique.gaps[0], 48_000);
        let last = rebuilt(&unique, unique.rows - 1);
        assert!(last != values[values.len() - 1]);
        assert!((last - values[values.len() - 1]).abs() < 2_000);
    }

    #[test]
    fn days_and_single_rows_fit_too() {
        assert_eq!(fit(&[], 0, (1, 0), false), None);
        assert_eq!(fit(&[48_213], 1, (1, 0), false).unwrap().gaps, vec![48_000]);
        let minutes: Vec<i64> = (0..100).map(|i| 60_000_000 * (i * 15 + 28_000_000)).collect();
        let unique = fit(&minutes, 100, (60_000_000, 0), false).unwrap();
        assert_eq!(unique.step, 60_000_000);
        assert!(unique.gaps.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn rising_is_recognised() {
        let keys: Vec<Option<i64>> = (0..100).map(Some).collect();
        let up: Vec<Option<i64>> = (0..100).map(|i| Some(i * 3)).collect();
        let down: Vec<Option<i64>> = (0..100).map(|i| Some(-i)).collect();
        assert!(rises_with(&keys, &up));
        assert!(!rises_with(&keys, &down));
    }
}
