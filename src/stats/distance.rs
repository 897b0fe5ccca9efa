//! Distances between distributions.

use std::collections::BTreeMap;

/// The Kolmogorov-Smirnov distance of two samples: the greatest difference of their empirical distribution functions, between 0 and 1.
/// The samples need not be sorted; an empty one is at distance 1 from any other, and at 0 from an empty one.
pub fn ks_two_samples(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 0.0 } else { 1.0 };
    }
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort_unstable_by(f64::total_cmp);
    b.sort_unstable_by(f64::total_cmp);
    let (mut i, mut j, mut greatest) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let at = if a[i].total_cmp(&b[j]).is_le() { a[i] } else { b[j] };
        while i < a.len() && a[i].total_cmp(&at).is_le() {
            i += 1;
        }
        while j < b.len() && b[j].total_cmp(&at).is_le() {
            j += 1;
        }
        greatest = greatest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    greatest
}

/// The Kolmogorov-Smirnov distance of a sample and a distribution function `cdf(x) = P(X ≤ x)`, compared at the sample's values.
///
/// Where the distribution has no point masses between the sample's values this is the classical statistic up to 1/n.
pub fn ks_against(sample: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let counts = super::count_values(sample.iter().map(|value| value.to_bits()));
    let mut points: Vec<(f64, u64)> =
        counts.into_iter().map(|(bits, count)| (f64::from_bits(bits), count)).collect();
    points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let rows = sample.len().max(1) as f64;
    let mut seen = 0;
    let mut greatest = 0.0f64;
    for (value, count) in points {
        seen += count;
        greatest = greatest.max((seen as f64 / rows - cdf(value)).abs());
    }
    greatest
}

/// The total variation distance of two tables of counts: half the sum of the differences of the shares, between 0 and 1.
/// A key may occur several times. An empty table is at distance 1 from any other, and at 0 from an empty one.
pub fn total_variation<K: Ord>(
    a: impl IntoIterator<Item = (K, u64)>,
    b: impl IntoIterator<Item = (K, u64)>,
) -> f64 {
    let mut counts: BTreeMap<K, (u64, u64)> = BTreeMap::new();
    for (key, count) in a {
        counts.entry(key).or_default().0 += count;
    }
    for (key, count) in b {
        counts.entry(key).or_default().1 += count;
    }
    let all_a: u64 = counts.values().map(|pair| pair.0).sum();
    let all_b: u64 = counts.values().map(|pair| pair.1).sum();
    if all_a == 0 || all_b == 0 {
        return if all_a == all_b { 0.0 } else { 1.0 };
    }
    let difference: f64 = counts
        .values()
        .map(|&(in_a, in_b)| (in_a as f64 / all_a as f64 - in_b as f64 / all_b as f64).abs())
        .sum();
    difference / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ks_of_equal_and_of_disjoint_samples() {
        assert_eq!(ks_two_samples(&[1.0, 2.0, 2.0], &[2.0, 1.0, 2.0]), 0.0);
        assert_eq!(ks_two_samples(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        assert_eq!(ks_two_samples(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0, 6.0]), 0.5);
        assert_eq!(ks_two_samples(&[], &[1.0]), 1.0);
    }

    #[test]
    fn ks_against_the_own_distribution_is_small() {
        let sample: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        assert!(ks_against(&sample, |x| x.clamp(0.0, 1.0)) < 0.0011);
        assert!(ks_against(&sample, |x| (x - 0.25).clamp(0.0, 1.0)) > 0.24);
    }

    #[test]
    fn total_variation_counts_missing_keys() {
        assert_eq!(total_variation([("a", 1), ("b", 1)], [("a", 2), ("b", 2)]), 0.0);
        assert_eq!(total_variation([("a", 1)], [("b", 7)]), 1.0);
        assert_eq!(total_variation([("a", 3), ("b", 1)], [("a", 1), ("b", 1)]), 0.25);
    }
}
