//! Which parent a child row belongs to, by formula.
//!
//! A foreign key's children are numbered 0, 1, 2, … ("stubs"), grouped by parent; how many stubs a parent has is its
//! quota. Quotas follow the learned histogram exactly: parents are ranked by a keyed permutation, and the quota of a
//! rank is the step of a cumulative function. A child row owns one stub: its own number for the foreign key by
//! which rows are grouped, a permuted one for the others. Nothing is stored but one sum per block of parents.

use super::sums::Sums;
use crate::model::CountBin;
use crate::rng::{Key, Permutation};

/// Up to this many parents every parent's sum is kept: finding the owner of a stub is then one binary search.
const KEPT: u64 = 1 << 22;
/// Parents per kept sum beyond that.
const BLOCK: u64 = 16;

/// How many children each parent of one foreign key has.
#[derive(Debug, Clone)]
pub(crate) struct Quotas {
    parents: u64,
    ranks: Ranks,
    /// Parents per block.
    block: u64,
    /// Stubs before each block of parents.
    blocks: Sums,
}

#[derive(Debug, Clone)]
enum Ranks {
    /// Quotas by histogram: rank → cumulative children, ranks permuted over parents.
    Histogram { cumulative: Cumulative, permutation: Permutation, rotation: u64 },
    /// Cumulative children parent by parent.
    Each(Sums),
}

impl Quotas {
    /// Quotas for `parents` parents with `children` children in all, shaped like the histogram.
    pub(crate) fn from_histogram(bins: &[CountBin], parents: u64, children: u64, key: Key) -> Self {
        let ranks = Ranks::Histogram {
            cumulative: Cumulative::new(bins, parents, children),
            permutation: Permutation::new(key, parents),
            rotation: 0,
        };
        Self::with_blocks(parents, ranks)
    }

    /// Quotas shaped like the histogram for parents in the order given, those with the fewest children first.
    pub(crate) fn from_ranks(bins: &[CountBin], order: &[u32], children: u64) -> Self {
        let cumulative = Cumulative::new(bins, order.len() as u64, children);
        let mut sums = vec![0; order.len() + 1];
        let mut before = 0;
        for (rank, &parent) in order.iter().enumerate() {
            let upto = cumulative.before(rank as u64 + 1);
            sums[parent as usize + 1] = upto - before;
            before = upto;
        }
        (0..order.len()).for_each(|at| sums[at + 1] += sums[at]);
        Self::of_each(sums)
    }

    /// Quotas proportional to the weights of the single parents, adding up to `children`.
    pub(crate) fn from_weights(weights: &[u64], children: u64) -> Self {
        let total: u128 = weights.iter().map(|&w| u128::from(w)).sum();
        let mut cumulative = Vec::with_capacity(weights.len() + 1);
        cumulative.push(0);
        let mut sum: u128 = 0;
        for (index, &weight) in weights.iter().enumerate() {
            sum += u128::from(weight);
            let share = if total == 0 {
                u128::from(children) * (index as u128 + 1) / weights.len() as u128
            } else {
                // Rounded to nearest, so that at scale 1 every quota is its weight.
                (2 * u128::from(children) * sum + total) / (2 * total)
            };
            cumulative.push(share as u64);
        }
        Self::of_each(cumulative)
    }

    /// Quotas of parents, each the step between two sums.
    fn of_each(sums: Vec<u64>) -> Self {
        let parents = sums.len() as u64 - 1;
        Self { parents, ranks: Ranks::Each(Sums::new(sums)), block: 1, blocks: Sums::default() }
    }

    fn with_blocks(parents: u64, ranks: Ranks) -> Self {
        let block = if parents <= KEPT { 1 } else { BLOCK };
        let mut quotas = Self { parents, ranks, block, blocks: Sums::default() };
        let (mut sum, mut blocks) = (0, vec![0]);
        for parent in 0..parents {
            sum += quotas.of(parent);
            if (parent + 1) % block == 0 || parent + 1 == parents {
                blocks.push(sum);
            }
        }
        quotas.blocks = Sums::new(blocks);
        quotas
    }

    /// The same quotas, turned round so that, with the rows that have no parent first, every row's parent comes
    /// before it (without such rows: is not after it). By the cycle lemma (Dvoretzky and Motzkin 1947) one
    /// rotation does that.
    pub(crate) fn rotated_for_forest(mut self) -> Self {
        // The first lowest point of the walk stubs(0..p) − p is where the rotation has to start.
        let (mut lowest, mut start, mut height) = (0i128, 0u64, 0i128);
        for parent in 0..self.parents {
            height += i128::from(self.of(parent)) - 1;
            if height < lowest {
                (lowest, start) = (height, parent + 1);
            }
        }
        if let Ranks::Histogram { rotation, .. } = &mut self.ranks {
            *rotation = start % self.parents.max(1);
        }
        Self::with_blocks(self.parents, self.ranks)
    }

    /// The number of children of one parent.
    #[inline]
    pub(crate) fn of(&self, parent: u64) -> u64 {
        match &self.ranks {
            Ranks::Histogram { .. } if self.block == 1 && !self.blocks.is_empty() => {
                self.blocks[parent as usize + 1] - self.blocks[parent as usize]
            }
            Ranks::Histogram { cumulative, permutation, rotation } => {
                let turned = parent + rotation;
                let turned = if turned >= self.parents { turned - self.parents } else { turned };
                let rank = permutation.apply(turned);
                cumulative.before(rank + 1) - cumulative.before(rank)
            }
            Ranks::Each(sums) => sums[parent as usize + 1] - sums[parent as usize],
        }
    }

    /// All children.
    pub(crate) fn children(&self) -> u64 {
        match &self.ranks {
            Ranks::Histogram { .. } => self.blocks.last().copied().unwrap_or(0),
            Ranks::Each(sums) => sums.last().copied().unwrap_or(0),
        }
    }

    /// The parent that owns a stub.
    pub(crate) fn owner(&self, stub: u64) -> u64 {
        match &self.ranks {
            Ranks::Histogram { .. } => {
                let block = self.blocks.up_to(stub) - 1;
                let (mut parent, mut sum) = (block as u64 * self.block, self.blocks[block]);
                loop {
                    sum += self.of(parent);
                    if stub < sum {
                        return parent;
                    }
                    parent += 1;
                }
            }
            Ranks::Each(sums) => (sums.up_to(stub) - 1) as u64,
        }
    }

    /// How many stubs of the same owner come before a stub.
    pub(crate) fn place(&self, stub: u64) -> u64 {
        match &self.ranks {
            Ranks::Histogram { .. } => {
                let block = self.blocks.up_to(stub).saturating_sub(1);
                let (mut parent, mut sum) = (block as u64 * self.block, self.blocks[block]);
                while parent < self.parents && sum + self.of(parent) <= stub {
                    sum += self.of(parent);
                    parent += 1;
                }
                stub - sum
            }
            Ranks::Each(sums) => stub - sums[sums.up_to(stub).saturating_sub(1)],
        }
    }

    /// Quotas of all parents, in order.
    pub(crate) fn all(&self) -> Vec<u64> {
        (0..self.parents).map(|parent| self.of(parent)).collect()
    }
}

/// Children of the first `rank` parents when parents are sorted by their number of children, in closed form.
#[derive(Debug, Clone)]
struct Cumulative {
    /// (first rank, children before it) per bin, in target parents and unscaled children.
    bins: Vec<(u64, u128, CountBin)>,
    unscaled: u128,
    children: u64,
}

impl Cumulative {
    fn new(bins: &[CountBin], parents: u64, children: u64) -> Self {
        let total: u128 = bins.iter().map(|bin| u128::from(bin.parents)).sum();
        let (mut seen, mut rank, mut sum) = (0u128, 0u64, 0u128);
        let mut out = Vec::with_capacity(bins.len());
        for bin in bins {
            seen += u128::from(bin.parents);
            // Parents per bin are rounded cumulatively: every bin is off by less than one parent.
            let end =
                if total == 0 { 0 } else { ((2 * seen * u128::from(parents) + total) / (2 * total)) as u64 };
            let count = end - rank;
            let scaled = if bin.parents == 0 {
                0
            } else {
                u128::from(bin.children) * u128::from(count) / u128::from(bin.parents)
            };
            if count > 0 {
                out.push((rank, sum, CountBin { parents: count, children: scaled as u64, ..*bin }));
                sum += scaled;
            }
            rank = end;
        }
        if sum == 0 && children > 0 && parents > 0 {
            // Nothing is known of the parents: spread the children evenly.
            let even = CountBin { low: 1, high: 1, parents, children: parents };
            return Self { bins: vec![(0, 0, even)], unscaled: u128::from(parents), children };
        }
        Self { bins: out, unscaled: sum, children }
    }

    #[inline]
    fn before(&self, rank: u64) -> u64 {
        let Some(index) = self.bins.partition_point(|bin| bin.0 < rank).checked_sub(1) else { return 0 };
        let (first, sum, bin) = &self.bins[index];
        let inside = u128::from(rank - first);
        let flat = inside * u128::from(bin.low);
        let extra = u128::from(bin.children).saturating_sub(u128::from(bin.low) * u128::from(bin.parents));
        let rising = if extra == 0 {
            0
        } else {
            // Within a pooled tail the quotas rise linearly from `low`; their sum is kept.
            let n = u128::from(bin.parents);
            extra * inside * (inside + 1) / (n * (n + 1))
        };
        let unscaled = sum + flat + rising;
        if self.unscaled == u128::from(self.children) || self.unscaled == 0 {
            unscaled as u64
        } else {
            ((2 * unscaled * u128::from(self.children) + self.unscaled) / (2 * self.unscaled)) as u64
        }
    }
}

/// The parents of all rows of a table through one foreign key, by formula.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    quotas: Quotas,
    order: Order,
}

/// How rows own stubs.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// Row i owns stub i: siblings stand together. Rows beyond the last stub have no parent.
    Grouped,
    /// Rows own stubs by a permutation over all rows.
    Shuffled(Permutation),
    /// A self-reference: the first so many rows have no parent, row i owns stub i less that number.
    Forest(u64),
}

impl Spread {
    pub(crate) fn new(quotas: Quotas, order: Order) -> Self {
        Self { quotas, order }
    }

    /// The parent of a row.
    #[inline]
    pub(crate) fn parent(&self, row: u64) -> Option<u64> {
        let stub = match &self.order {
            Order::Grouped => row,
            Order::Shuffled(permutation) => permutation.apply(row),
            Order::Forest(roots) => row.checked_sub(*roots)?,
        };
        (stub < self.quotas.children()).then(|| self.quotas.owner(stub))
    }

    /// How many rows with the same parent come before a row, where siblings stand together.
    pub(crate) fn number(&self, row: u64) -> Option<u64> {
        matches!(self.order, Order::Grouped).then(|| self.quotas.place(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(low: u64, high: u64, parents: u64, children: u64) -> CountBin {
        CountBin { low, high, parents, children }
    }

    fn histogram() -> Vec<CountBin> {
        vec![bin(0, 0, 300, 0), bin(1, 1, 400, 400), bin(2, 2, 200, 400), bin(3, 9, 100, 500)]
    }

    #[test]
    fn at_scale_one_the_histogram_is_met_exactly() {
        let quotas = Quotas::from_histogram(&histogram(), 1000, 1300, Key::new(1, &["q"]));
        let all = quotas.all();
        assert_eq!(all.iter().sum::<u64>(), 1300);
        assert_eq!(all.iter().filter(|&&n| n == 0).count(), 300);
        assert_eq!(all.iter().filter(|&&n| n == 1).count(), 400);
        assert_eq!(quotas.children(), 1300);
    }

    #[test]
    fn owners_agree_with_quotas() {
        let quotas = Quotas::from_histogram(&histogram(), 700, 931, Key::new(1, &["q"]));
        let mut counted = vec![0; 700];
        for stub in 0..931 {
            counted[quotas.owner(stub) as usize] += 1;
        }
        assert_eq!(counted, quotas.all());
        let weights = Quotas::from_weights(&[3, 0, 5, 2], 20);
        assert_eq!(weights.all(), [6, 0, 10, 4]);
        assert_eq!((0..20).map(|stub| weights.owner(stub)).filter(|&p| p == 2).count(), 10);
    }

    #[test]
    fn in_a_forest_parents_come_first() {
        for (parents, roots) in [(1000u64, 10u64), (50, 1), (7, 7), (300, 0)] {
            let bins = [bin(0, 0, 700, 0), bin(1, 1, 100, 100), bin(2, 8, 200, 900)];
            let quotas = Quotas::from_histogram(&bins, parents, parents - roots, Key::new(9, &["tree"]));
            let spread = Spread::new(quotas.rotated_for_forest(), Order::Forest(roots));
            for row in 0..parents {
                match spread.parent(row) {
                    None => assert!(row < roots),
                    Some(parent) => assert!(parent < row || (roots == 0 && parent <= row), "{parent} {row}"),
                }
            }
        }
    }
}
