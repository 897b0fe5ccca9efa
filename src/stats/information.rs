//! Information between two classifications.

/// Nats that one classification tells of another one, over the same things; never negative.
///
/// Mutual information estimated from counts, with the correction of Miller and Madow (Miller: "Note on the bias of information
/// estimates", 1955). A classification tells its own entropy of itself.
///
/// # Panics
///
/// If there are not as many classes on both sides.
pub fn mutual_information(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len(), "two classifications of the same things");
    // No larger than the classes want it: wide tables ask this of every pair of columns.
    let classes = |of: &[u8]| of.iter().max().map_or(0, |&highest| usize::from(highest) + 1);
    let (rows, width) = (classes(one), classes(other));
    let mut cells = vec![0u32; rows * width];
    for (&a, &b) in one.iter().zip(other) {
        cells[usize::from(a) * width + usize::from(b)] += 1;
    }
    let (mut by_one, mut by_other) = (vec![0u32; rows], vec![0u32; width]);
    for (cell, &count) in cells.iter().enumerate().filter(|(_, count)| **count > 0) {
        by_one[cell / width] += count;
        by_other[cell % width] += count;
    }
    let sum = |counts: &[u32]| -> (f64, f64) {
        counts.iter().filter(|&&count| count > 0).fold((0.0, 0.0), |(sum, used), &count| {
            (sum + f64::from(count) * libm::log(f64::from(count)), used + 1.0)
        })
    };
    let n = one.len().max(1) as f64;
    let ((both, cells), (one, ones), (other, others)) = (sum(&cells), sum(&by_one), sum(&by_other));
    let plug_in = libm::log(n) + (both - one - other) / n;
    (plug_in - (cells - ones - others + 1.0) / (2.0 * n)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_tells_everything_and_noise_nothing() {
        let one: Vec<u8> = (0..4_000u32).map(|row| (row % 8) as u8).collect();
        let told = mutual_information(&one, &one);
        assert!((told - 8f64.ln()).abs() < 0.01, "{told}");
        let noise: Vec<u8> = (0..4_000u32).map(|row| (row.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
        assert!(mutual_information(&one, &noise) < 0.01);
        assert_eq!(mutual_information(&[], &[]), 0.0);
    }
}
