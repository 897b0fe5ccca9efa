//! Counts.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// How often each value occurs, ascending by value.
pub fn count_values<K: Ord + Hash>(values: impl IntoIterator<Item = K>) -> Vec<(K, u64)> {
    let mut counts: FxHashMap<K, u64> = FxHashMap::default();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<(K, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    counts
}

/// Counts in `bins` bins of equal width from `low` to `high`, both included; values outside are left out. `bins` is at least 1.
pub fn equal_width_histogram(values: &[f64], low: f64, high: f64, bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins.max(1)];
    let width = (high - low) / counts.len() as f64;
    let last = counts.len() - 1;
    for &value in values.iter().filter(|&&value| value >= low && value <= high) {
        let bin = if width > 0.0 { ((value - low) / width) as usize } else { 0 };
        counts[bin.min(last)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_sorted_and_complete() {
        assert_eq!(count_values([3, 1, 3, 2]), vec![(1, 1), (2, 1), (3, 2)]);
        assert_eq!(equal_width_histogram(&[0.0, 0.4, 0.6, 1.0, 2.0], 0.0, 1.0, 2), vec![2, 2]);
        assert_eq!(equal_width_histogram(&[5.0, 5.0], 5.0, 5.0, 3), vec![2, 0, 0]);
    }
}
