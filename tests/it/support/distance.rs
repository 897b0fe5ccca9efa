//! Distances between distributions, written down once more, apart from the product's own `stats`.

use std::collections::BTreeMap;
use std::hash::Hash;

/// The Kolmogorov–Smirnov distance of two samples: the greatest gap between their distribution functions.
pub(crate) fn kolmogorov_smirnov<T: PartialOrd>(mut left: Vec<T>, mut right: Vec<T>) -> f64 {
    if left.is_empty() || right.is_empty() {
        return if left.len() == right.len() { 0.0 } else { 1.0 };
    }
    let order = |a: &T, b: &T| a.partial_cmp(b).expect("comparable values");
    left.sort_by(order);
    right.sort_by(order);
    let (mut i, mut j, mut greatest) = (0, 0, 0.0f64);
    while i < left.len() && j < right.len() {
        let value = if left[i] <= right[j] { &left[i] } else { &right[j] };
        let (next_i, next_j) =
            (i + left[i..].partition_point(|x| x <= value), j + right[j..].partition_point(|x| x <= value));
        (i, j) = (next_i, next_j);
        greatest = greatest.max((i as f64 / left.len() as f64 - j as f64 / right.len() as f64).abs());
    }
    greatest
}

/// The total variation distance of two tables of counts.
pub(crate) fn total_variation<K: Ord + Hash + Clone>(
    left: &BTreeMap<K, u64>,
    right: &BTreeMap<K, u64>,
) -> f64 {
    let share = |counts: &BTreeMap<K, u64>, key: &K| {
        let total: u64 = counts.values().sum();
        if total == 0 { 0.0 } else { counts.get(key).copied().unwrap_or(0) as f64 / total as f64 }
    };
    let keys: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
    keys.into_iter().map(|key| (share(left, key) - share(right, key)).abs()).sum::<f64>() / 2.0
}

/// The class of rare values.
pub(crate) const RARE: &str = "(rare)";

/// How often each value occurs; values that the source has fewer than five times are one class of their own.
pub(crate) fn categories(
    source: &[String],
    target: &[String],
) -> (BTreeMap<String, u64>, BTreeMap<String, u64>) {
    let count = |values: &[String]| {
        let mut counts = BTreeMap::new();
        for value in values {
            *counts.entry(value.clone()).or_insert(0u64) += 1;
        }
        counts
    };
    let source = count(source);
    let target = count(target);
    let fold = |counts: &BTreeMap<String, u64>| {
        let mut folded = BTreeMap::new();
        for (value, number) in counts {
            let key = if source.get(value).is_some_and(|&count| count >= 5) { value.as_str() } else { RARE };
            *folded.entry(key.to_owned()).or_insert(0) += number;
        }
        folded
    };
    (fold(&source), fold(&target))
}

#[test]
fn distances_of_known_samples() {
    assert_eq!(kolmogorov_smirnov(vec![1, 2, 3, 4], vec![1, 2, 3, 4]), 0.0);
    assert_eq!(kolmogorov_smirnov(vec![1, 1, 1, 1], vec![2, 2]), 1.0);
    assert_eq!(kolmogorov_smirnov(vec![1, 2, 3, 4], vec![3, 4]), 0.5);
    let left = BTreeMap::from([("a", 50), ("b", 50)]);
    assert_eq!(total_variation(&left, &BTreeMap::from([("a", 1)])), 0.5);
    assert_eq!(total_variation(&left, &left), 0.0);
}
