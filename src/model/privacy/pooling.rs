//! Pooling of counts that too few share.

use super::Settings;
use super::rounding::outward_i64;
use crate::model::CountBin;

impl Settings {
    /// Turns exact pairs (children, parents), ascending, into bins. The `k` parents with the most children become one
    /// bin whose upper end is rounded, so that no single extreme is told; their children in all are kept.
    pub fn pool_largest(&self, histogram: &[(u64, u64)]) -> Vec<CountBin> {
        let mut bins: Vec<CountBin> = histogram
            .iter()
            .filter(|&&(_, parents)| parents > 0)
            .map(|&(count, parents)| CountBin {
                low: count,
                high: count,
                parents,
                children: count.saturating_mul(parents),
            })
            .collect();
        if bins.last().is_none_or(|bin| self.shared(bin.parents as usize)) {
            return bins;
        }
        let mut pool = CountBin { low: 0, high: 0, parents: 0, children: 0 };
        while let Some(bin) = bins.last_mut() {
            let taken = bin.parents.min(self.threshold() as u64 - pool.parents);
            pool.low = bin.low;
            pool.high = pool.high.max(bin.low);
            pool.parents += taken;
            pool.children += bin.low * taken;
            bin.parents -= taken;
            bin.children -= bin.low * taken;
            if bin.parents == 0 {
                bins.pop();
            }
            if pool.parents >= self.threshold() as u64 {
                break;
            }
        }
        let high = i64::try_from(pool.high).unwrap_or(i64::MAX);
        pool.high = outward_i64(high, high, 2).1.unsigned_abs();
        bins.push(pool);
        bins
    }

    /// Children of each single parent: counts below `k` are pooled and shared evenly, earlier parents first; the sum
    /// stays what it was.
    pub fn pool_small(&self, counts: &[u64]) -> Vec<u64> {
        let is_small = |count: u64| count < self.threshold() as u64;
        let small = counts.iter().filter(|&&count| is_small(count)).count() as u64;
        let pooled: u64 = counts.iter().copied().filter(|&count| is_small(count)).sum();
        let mut place = 0;
        counts
            .iter()
            .map(|&count| {
                if !is_small(count) {
                    return count;
                }
                place += 1;
                pooled / small + u64::from(place <= pooled % small)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(bins: &[CountBin]) -> (u64, u64) {
        (bins.iter().map(|bin| bin.parents).sum(), bins.iter().map(|bin| bin.children).sum())
    }

    #[test]
    fn only_the_largest_parents_are_pooled_and_sums_stay() {
        let bins = Settings::default().pool_largest(&[(0, 10), (1, 990), (3, 1), (471, 1)]);
        assert_eq!(sums(&bins), (1002, 990 + 3 + 471));
        assert_eq!(bins[0], CountBin { low: 0, high: 0, parents: 10, children: 0 });
        assert_eq!(bins[1], CountBin { low: 1, high: 1, parents: 987, children: 987 });
        assert_eq!(bins[2], CountBin { low: 1, high: 480, parents: 5, children: 477 });
    }

    #[test]
    fn a_largest_count_that_many_share_stays_exact() {
        let bins = Settings::default().pool_largest(&[(0, 2), (4, 7)]);
        assert_eq!(bins[1], CountBin { low: 4, high: 4, parents: 7, children: 28 });
        assert!(Settings::default().pool_largest(&[]).is_empty());
    }

    #[test]
    fn fewer_parents_than_k_are_one_bin() {
        let bins = Settings::default().pool_largest(&[(2, 1), (9, 2)]);
        assert_eq!(bins, vec![CountBin { low: 2, high: 10, parents: 3, children: 20 }]);
    }

    #[test]
    fn small_counts_are_shared_evenly() {
        let pooled = Settings::default().pool_small(&[100, 1, 0, 4, 7]);
        assert_eq!(pooled, vec![100, 2, 2, 1, 7]);
        assert_eq!(Settings::default().pool_small(&[]), Vec::<u64>::new());
    }
}
