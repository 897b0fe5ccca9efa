//! What bins say of classes, and the best place to cut bins that stand in order.

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
