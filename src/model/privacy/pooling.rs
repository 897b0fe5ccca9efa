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

    /// Children of each single parent: counts below `k` are dealt anew among the parents that have such counts, in an
    /// order that depends on nothing but their number. How often each count occurs stays, whose it was does not.
    pub fn deal_small(&self, counts: &[u64]) -> Vec<u64> {
        let is_small = |&parent: &usize| counts[parent] < self.threshold() as u64;
        let mut parents: Vec<usize> = (0..counts.len()).filter(is_small).collect();
        let mut small: Vec<u64> = parents.iter().map(|&parent| counts[parent]).collect();
        small.sort_unstable();
        parents.sort_unstable_by_key(|&parent| scrambled(parent as u64));
        let mut dealt = counts.to_vec();
        parents.into_iter().zip(small).for_each(|(parent, count)| dealt[parent] = count);
        dealt
    }
}

/// A number without any resemblance to the one it comes from, different for different ones (SplitMix64).
fn scrambled(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
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
    fn small_counts_keep_their_number_but_not_their_place() {
        let counts: Vec<u64> =
            (0..400).map(|parent| if parent % 4 == 0 { 100 } else { parent / 100 }).collect();
        let dealt = Settings::default().deal_small(&counts);
        let sorted = |counts: &[u64]| {
            let mut counts = counts.to_vec();
            counts.sort_unstable();
            counts
        };
        assert_eq!(sorted(&dealt), sorted(&counts));
        assert!((0..400).step_by(4).all(|parent| dealt[parent] == 100));
        let in_place =
            (0..400).filter(|&parent| counts[parent] < 5 && dealt[parent] == counts[parent]).count();
        assert!((50..100).contains(&in_place), "{in_place} of 300 are where they were, as chance has it");
        let turned: Vec<u64> = counts.iter().rev().copied().collect();
        assert_eq!(Settings::default().deal_small(&[3, 1, 2]), Settings::default().deal_small(&[1, 2, 3]));
        assert_eq!(sorted(&Settings::default().deal_small(&turned)), sorted(&turned));
        assert_eq!(Settings::default().deal_small(&[]), Vec::<u64>::new());
    }
}
