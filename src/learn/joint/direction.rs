//! An order of nominal bins in which alike ones are neighbours.

use super::prefix::Table;

/// Rounds of power iteration; the order of bins settles long before the direction does.
const ROUNDS: usize = 5;

/// Bins in the order of their projection on the first right singular vector of the centred `√p(class | bin)`, each bin
/// weighing as much as its rows. For two classes that is the order of their shares, and the best prefix is the best of all
/// sets (Breiman, Friedman, Olshen, Stone: "Classification and regression trees", 1984, section 4.2.2); for more it is
/// near it (Coppersmith, Hong, Hosking: "Partitioning nominal attributes in decision trees", 1999).
pub(super) fn by_direction(table: &Table, bins: &[usize], totals: &[u32]) -> Vec<usize> {
    if bins.len() < 3 {
        return bins.to_vec();
    }
    let all: f64 = totals.iter().map(|&count| f64::from(count)).sum();
    let mean: Vec<f64> = totals.iter().map(|&count| libm::sqrt(f64::from(count) / all)).collect();
    let mut profiles = Vec::with_capacity(bins.len() * totals.len());
    let mut weights = Vec::with_capacity(bins.len());
    for &bin in bins {
        let row = table.row(bin);
        let rows: f64 = row.iter().map(|&count| f64::from(count)).sum();
        weights.push(rows);
        profiles
            .extend(row.iter().zip(&mean).map(|(&count, mean)| libm::sqrt(f64::from(count) / rows) - mean));
    }
    let profiles: Vec<&[f64]> = profiles.chunks(totals.len()).collect();
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    // The bin that stands out most shows roughly where to go.
    let start = (0..bins.len())
        .max_by(|&a, &b| {
            let spread = |bin: usize| weights[bin] * dot(profiles[bin], profiles[bin]);
            spread(a).total_cmp(&spread(b)).then(b.cmp(&a))
        })
        .unwrap_or(0);
    let mut direction = profiles[start].to_vec();
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; totals.len()];
        for (profile, weight) in profiles.iter().zip(&weights) {
            let along = weight * dot(profile, &direction);
            next.iter_mut().zip(*profile).for_each(|(next, part)| *next += along * part);
        }
        let length = libm::sqrt(dot(&next, &next));
        if length <= 0.0 {
            break;
        }
        next.iter_mut().for_each(|part| *part /= length);
        direction = next;
    }
    let along: Vec<f64> = profiles.iter().map(|profile| dot(profile, &direction)).collect();
    let mut order: Vec<usize> = (0..bins.len()).collect();
    order.sort_by(|&a, &b| along[a].total_cmp(&along[b]).then(a.cmp(&b)));
    order.into_iter().map(|at| bins[at]).collect()
}
