//! What bins say of classes, and the best place to cut bins that stand in order.

use crate::model::MOST_CLASSES;

/// How often each class occurs in each bin of a feature.
pub(super) struct Table<'a> {
    /// `bins × classes`.
    pub cells: &'a [u32],
    pub classes: usize,
}

impl Table<'_> {
    pub(super) fn row(&self, bin: usize) -> &[u32] {
        &self.cells[bin * self.classes..(bin + 1) * self.classes]
    }
}

/// Classes of a node at one resolution.
pub(super) struct Resolution {
    /// Rows by class.
    pub totals: Vec<u32>,
    /// n·H(class).
    pub entropy: f64,
    /// Half the parameters times ln n.
    pub cost: f64,
    /// Classes that occur.
    pub present: usize,
}

/// Some bins against the others.
pub(super) struct Prefix {
    /// What telling them apart saves, in nats.
    pub gain: f64,
    pub set: u64,
    /// Whether they hold more rows than the others.
    pub is_most: bool,
}

/// The best prefix of some bins.
pub(super) fn best_prefix(
    table: &Table,
    resolution: &Resolution,
    n_log_n: &[f64],
    bins: impl Iterator<Item = usize>,
    least: usize,
) -> Option<Prefix> {
    let f = n_log_n;
    let rows: u32 = resolution.totals.iter().sum();
    // Of each class: its rows among the prefix, and n·ln n of these and of all others.
    let mut left: Vec<(u32, f64, f64)> =
        resolution.totals.iter().map(|&count| (0, 0.0, f[count as usize])).collect();
    let (mut left_rows, mut left_sum) = (0u32, 0.0);
    let mut right_sum: f64 = left.iter().map(|class| class.2).sum();
    let (mut set, mut best) = (0u64, None::<Prefix>);
    for bin in bins {
        for ((&count, total), class) in table.row(bin).iter().zip(&resolution.totals).zip(&mut left) {
            if count > 0 {
                let after = class.0 + count;
                let (within, beyond) = (f[after as usize], f[(total - after) as usize]);
                left_sum += within - class.1;
                right_sum += beyond - class.2;
                *class = (after, within, beyond);
                left_rows += count;
            }
        }
        set |= 1 << bin;
        let right_rows = rows - left_rows;
        if (left_rows as usize) < least || (right_rows as usize) < least {
            continue;
        }
        let code = f[left_rows as usize] - left_sum + f[right_rows as usize] - right_sum;
        let gain = resolution.entropy - code;
        if best.as_ref().is_none_or(|best| gain > best.gain) {
            best = Some(Prefix { gain, set, is_most: left_rows > right_rows });
        }
    }
    best
}

/// The rows of a node in the order of their bins of a feature, where they are far fewer than bins times classes.
#[derive(Default)]
pub(super) struct Sorted {
    /// The class of each row.
    classes: Vec<u8>,
    /// The bins that occur, each with the end of its rows.
    pub(super) bins: Vec<(usize, usize)>,
}

impl Sorted {
    /// Sorts the rows of a node, whose classes are `here`, by their bins.
    pub(super) fn sort(&mut self, rows: &[u32], here: &[u8], codes: &[u8]) {
        let mut next = [0usize; MOST_CLASSES + 1];
        rows.iter().for_each(|&row| next[usize::from(codes[row as usize]) + 1] += 1);
        self.bins.clear();
        for bin in 0..MOST_CLASSES {
            let count = next[bin + 1];
            next[bin + 1] += next[bin];
            if count > 0 {
                self.bins.push((bin, next[bin + 1]));
            }
        }
        self.classes.resize(rows.len(), 0);
        for (&row, &class) in rows.iter().zip(here) {
            let place = &mut next[usize::from(codes[row as usize])];
            self.classes[*place] = class;
            *place += 1;
        }
    }

    /// The best prefix of the bins that occur but for the first few. `groups` gives what stands for a class, where the resolution is of such.
    pub(super) fn best_prefix(
        &self,
        resolution: &Resolution,
        groups: Option<&[u8]>,
        n_log_n: &[f64],
        (without, least): (usize, usize),
    ) -> Option<Prefix> {
        let f = n_log_n;
        let rows = self.classes.len();
        let mut left = [0u32; MOST_CLASSES];
        let (mut left_sum, mut right_sum) =
            (0.0, resolution.totals.iter().map(|&count| f[count as usize]).sum::<f64>());
        let (mut set, mut best) = (0u64, None::<Prefix>);
        let start = without.checked_sub(1).map_or(0, |last| self.bins[last].1);
        let mut at = start;
        for &(bin, end) in &self.bins[without..] {
            for &class in &self.classes[at..end] {
                let class = groups.map_or(class, |groups| groups[usize::from(class)]);
                let (class, total) = (usize::from(class), resolution.totals[usize::from(class)] as usize);
                let before = left[class] as usize;
                left[class] += 1;
                left_sum += f[before + 1] - f[before];
                right_sum += f[total - before - 1] - f[total - before];
            }
            at = end;
            set |= 1 << bin;
            let (left_rows, right_rows) = (end - start, rows - (end - start));
            if left_rows < least || right_rows < least {
                continue;
            }
            let code = f[left_rows] - left_sum + f[right_rows] - right_sum;
            let gain = resolution.entropy - code;
            if best.as_ref().is_none_or(|best| gain > best.gain) {
                best = Some(Prefix { gain, set, is_most: left_rows > right_rows });
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few rows are cut where their table would be.
    #[test]
    fn rows_are_cut_where_their_table_is() {
        let n_log_n: Vec<f64> = (0..200).map(|n| f64::from(n) * libm::log(f64::from(n.max(1)))).collect();
        let rows: Vec<u32> = (0..150).collect();
        let codes: Vec<u8> = rows.iter().map(|row| (row * row % 23) as u8).collect();
        let here: Vec<u8> =
            rows.iter().map(|&row| if codes[row as usize] < 9 { row % 3 } else { row % 5 } as u8).collect();
        let mut cells = vec![0; 23 * 5];
        rows.iter().for_each(|&row| {
            cells[usize::from(codes[row as usize]) * 5 + usize::from(here[row as usize])] += 1
        });
        let mut totals = vec![0; 5];
        here.iter().for_each(|&class| totals[usize::from(class)] += 1);
        let inside: f64 = totals.iter().map(|&count: &u32| n_log_n[count as usize]).sum();
        let resolution = Resolution { entropy: n_log_n[150] - inside, totals, cost: 0.0, present: 5 };
        let mut sorted = Sorted::default();
        sorted.sort(&rows, &here, &codes);
        let table = Table { cells: &cells, classes: 5 };
        for without in [0, 1] {
            let bins = sorted.bins.iter().map(|bin| bin.0).skip(without);
            let one = best_prefix(&table, &resolution, &n_log_n, bins, 5).expect("a cut");
            let other = sorted.best_prefix(&resolution, None, &n_log_n, (without, 5)).expect("a cut");
            assert_eq!((one.set, one.is_most), (other.set, other.is_most));
            assert!((one.gain - other.gain).abs() < 1e-9);
        }
    }
}
