//! Ascending sums in which numbers are found at once.

/// Sums for each entry of the guide, roughly.
const SHARE: u64 = 4;

/// Ascending sums with a guide table (Chen and Asau 1974, *On generating random variates from an empirical distribution*): it tells for
/// equally wide stretches of numbers between which sums they lie, so that what is left to be searched is a handful.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    sums: Vec<u64>,
    /// How many sums lie below each stretch.
    guide: Vec<usize>,
    /// A stretch is two to this power wide.
    shift: u32,
}

impl Sums {
    pub(super) fn new(sums: Vec<u64>) -> Self {
        let all = sums.last().copied().unwrap_or(0);
        let most = (sums.len() as u64 / SHARE).max(1);
        let shift = (0..u64::BITS - 1).find(|shift| all >> shift < most).unwrap_or(u64::BITS - 1);
        let (mut guide, mut below) = (Vec::with_capacity((all >> shift) as usize + 2), 0);
        for stretch in 0..=all >> shift {
            while sums.get(below).is_some_and(|&sum| sum < stretch << shift) {
                below += 1;
            }
            guide.push(below);
        }
        guide.push(sums.len());
        Self { sums, guide, shift }
    }

    /// How many sums are not above a number.
    #[inline]
    pub(super) fn up_to(&self, number: u64) -> usize {
        let Some(&[low, high]) =
            self.guide.get((number >> self.shift) as usize..).and_then(<[_]>::first_chunk)
        else {
            return self.sums.len();
        };
        low + self.sums[low..high].partition_point(|&sum| sum <= number)
    }
}

impl std::ops::Deref for Sums {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also with sums that repeat, leave wide gaps, or are all there is.
    #[test]
    fn numbers_are_found_where_a_search_finds_them() {
        let steep = (0..60u64).map(|at| at * at * at).collect();
        for sums in [vec![0], vec![0, 0, 0], vec![0, 7, 7, 7, 8, 900, 900, 901], vec![0, 1 << 40], steep] {
            let found = Sums::new(sums.clone());
            let all = sums.last().copied().unwrap_or(0);
            let near = sums.iter().flat_map(|&sum| [sum.saturating_sub(1), sum, sum + 1]);
            for number in near.chain((0..100).map(|at| all * at / 99)) {
                assert_eq!(
                    found.up_to(number),
                    sums.partition_point(|&sum| sum <= number),
                    "{number} of {sums:?}"
                );
            }
        }
        assert_eq!(Sums::new(Vec::new()).up_to(3), 0);
    }
}
