//! Linear regression, the most telling columns first.

/// What a column may have in common with those chosen before it: all but so much of it.
const LEAST_OWN: f64 = 1e-3;
/// How much weights lean towards 0, as a share of a column's sum of squares.
const RIDGE: f64 = 1e-6;
/// Columns that are looked at, those that have most to do with the target by themselves.
const MOST_COLUMNS: usize = 40;

/// What was chosen: columns by number, in the order of choice, with their weights.
pub(super) type Weights = Vec<(usize, f64)>;

/// Chooses at most `most` columns, one after the other, each as long as `n ln(rss before / rss after)` is above what it takes to say which it
/// is and with which weight (Schwarz: "Estimating the dimension of a model", Annals of Statistics 6, 1978).
pub(super) fn forward(columns: &[Vec<f64>], target: &[f64], most: usize) -> Weights {
    let rows = target.len() as f64;
    let target = centred(target);
    let all = squares(&target, &target);
    let columns: Vec<Vec<f64>> = columns.iter().map(|column| centred(column)).collect();
    let alone = |column: &Vec<f64>| {
        let (own, shared) = (squares(column, column), squares(column, &target));
        if own > 0.0 { shared * shared / own } else { 0.0 }
    };
    let mut ranked: Vec<(f64, usize)> = columns.iter().map(alone).zip(0..).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let kept: Vec<usize> =
        ranked.iter().filter(|(told, _)| *told > 0.0).take(MOST_COLUMNS).map(|one| one.1).collect();
    if all <= 0.0 || kept.is_empty() {
        return Vec::new();
    }
    let chosen: Vec<&[f64]> = kept.iter().map(|&number| columns[number].as_slice()).collect();
    let mut table = moments(&chosen, &target);
    let last = kept.len();
    let own: Vec<f64> = (0..last).map(|at| table[at][at]).collect();
    let price = libm::log(rows) + 2.0 * libm::log(kept.len() as f64);
    let mut swept: Vec<usize> = Vec::new();
    while swept.len() < most {
        let open = (0..last).filter(|at| !swept.contains(at) && table[*at][*at] > LEAST_OWN * own[*at]);
        let gain = |at: usize| table[at][last] * table[at][last] / table[at][at];
        let best = open.max_by(|&a, &b| gain(a).total_cmp(&gain(b)).then(b.cmp(&a)));
        let Some(best) = best else { break };
        let (before, after) = (table[last][last], table[last][last] - gain(best));
        if rows * libm::log(before / after.max(1e-12 * all)) <= price {
            break;
        }
        sweep(&mut table, best);
        swept.push(best);
        if table[last][last] <= 1e-6 * all {
            break;
        }
    }
    swept.into_iter().map(|at| (kept[at], table[at][last])).collect()
}

fn centred(column: &[f64]) -> Vec<f64> {
    let mean = column.iter().sum::<f64>() / (column.len() as f64).max(1.0);
    column.iter().map(|value| value - mean).collect()
}

fn squares(a: &[f64], b: &[f64]) -> f64 {
    // Four sums at a time, which a processor adds up at once.
    let (parts_a, rest_a) = a.as_chunks::<4>();
    let (parts_b, rest_b) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in parts_a.iter().zip(parts_b) {
        (0..4).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// The products of all columns with each other and with the target, which comes last.
fn moments(columns: &[&[f64]], target: &[f64]) -> Vec<Vec<f64>> {
    let all: Vec<&[f64]> = columns.iter().copied().chain([target]).collect();
    let mut table = vec![vec![0.0; all.len()]; all.len()];
    for a in 0..all.len() {
        for b in 0..=a {
            let ridge = if a == b && a < columns.len() { 1.0 + RIDGE } else { 1.0 };
            table[a][b] = ridge * squares(all[a], all[b]);
            table[b][a] = table[a][b];
        }
    }
    table
}

/// Takes what one column tells out of all others (the sweep operator; Beaton 1964).
fn sweep(table: &mut [Vec<f64>], pivot: usize) {
    let by = table[pivot][pivot];
    let mut row: Vec<f64> = table[pivot].iter().map(|value| value / by).collect();
    for (_, other) in table.iter_mut().enumerate().filter(|(at, _)| *at != pivot) {
        let share = other[pivot];
        other.iter_mut().zip(&row).for_each(|(value, of_pivot)| *value -= share * of_pivot);
        other[pivot] = -share / by;
    }
    row[pivot] = 1.0 / by;
    table[pivot] = row;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns that look like noise.
    fn columns(rows: u64) -> Vec<Vec<f64>> {
        let noise = |row: u64, column: u64| {
            let word = (row * 31 + column + 7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((word ^ (word >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f64 / 16_777_216.0
        };
        (0..6).map(|column| (0..rows).map(|row| noise(row, column)).collect()).collect()
    }

    #[test]
    fn weights_are_found_and_noise_is_left_out() {
        let columns = columns(500);
        let target: Vec<f64> = (0..500)
            .map(|row| 3.0 * columns[1][row] - 2.0 * columns[4][row] + 0.1 * columns[0][row])
            .collect();
        let mut found = forward(&columns[1..], &target, 16);
        found.sort_by_key(|one| one.0);
        assert_eq!(found.iter().map(|one| one.0).collect::<Vec<_>>(), [0, 3]);
        assert!((found[0].1 - 3.0).abs() < 0.05 && (found[1].1 + 2.0).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn a_column_that_others_make_up_comes_in_once() {
        let mut columns = columns(300);
        let twin: Vec<f64> = columns[0].iter().map(|value| value * 2.0 + 1.0).collect();
        columns.push(twin);
        let target: Vec<f64> = columns[0].iter().zip(&columns[1]).map(|(a, b)| a + b).collect();
        assert_eq!(forward(&columns, &target, 16).len(), 2);
        assert!(forward(&columns, &[1.0; 300], 16).is_empty());
    }
}
