//! Which features are worth looking at: those that share the most information with the target.

use super::grow::{Picked, Rows, Sight, Target};

/// The `most` sights that tell most about the target's class, the best first; only those that tell anything.
///
/// Information is estimated from counts with the correction of Miller and Madow (Miller: "Note on the bias of information
/// estimates", 1955), without which features of many classes would always seem to tell something.
pub(super) fn screen(target: &Target, sights: &[Sight], rows: &Rows, most: usize) -> Vec<usize> {
    let Picked { rows: picked, n_log_n } = rows.picked();
    let classes: Vec<u8> =
        picked.iter().map(|&row| target.codec.class(target.tokens[row as usize])).collect();
    let codes = |sight: &Sight| -> Vec<u8> { picked.iter().map(|&row| sight.codes[row as usize]).collect() };
    let mut ranked: Vec<(f64, usize)> = sights
        .iter()
        .enumerate()
        .map(|(index, sight)| (information(&classes, codes(sight).into_iter(), n_log_n), index))
        .filter(|&(information, _)| information > 0.0)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(most).map(|(_, index)| index).collect()
}

/// Bias-corrected mutual information of classes and codes, times the rows. `n_log_n` is n·ln n for as many rows.
pub(super) fn information(classes: &[u8], codes: impl Iterator<Item = u8>, n_log_n: &[f64]) -> f64 {
    let mut cells = vec![0u32; 64 * 64];
    for (&class, code) in classes.iter().zip(codes) {
        cells[usize::from(code) * 64 + usize::from(class)] += 1;
    }
    let (mut by_class, mut by_code) = ([0u32; 64], [0u32; 64]);
    let (mut both, mut used) = (0.0, 0usize);
    for (code, row) in cells.chunks(64).enumerate() {
        for (class, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
            by_class[class] += count;
            by_code[code] += count;
            both += n_log_n[count as usize];
            used += 1;
        }
    }
    let single = |counts: &[u32; 64]| -> (f64, usize) {
        let sum = counts.iter().map(|&count| n_log_n[count as usize]).sum();
        (sum, counts.iter().filter(|&&count| count > 0).count())
    };
    let ((classes_sum, classes_used), (codes_sum, codes_used)) = (single(&by_class), single(&by_code));
    let plug_in = n_log_n[classes.len()] + both - classes_sum - codes_sum;
    plug_in - 0.5 * ((used + 1) as f64 - (classes_used + codes_used) as f64)
}
