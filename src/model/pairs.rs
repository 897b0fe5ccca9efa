//! Whole numbers of which only some pairs of decimal digits occur: dates and times spelled as numbers.

use serde::{Deserialize, Serialize};

/// The pairs of decimal digits that occur, pair by pair from the right, each in ascending order; digits further left may be any. Empty
/// where all may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DigitPairs(pub Vec<Vec<u8>>);

impl DigitPairs {
    /// Whether all digits may be any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many numbers from 0 to below `bound` have such pairs.
    pub fn below(&self, bound: i64) -> i64 {
        let bound = bound.max(0);
        let mut count = bound / self.power();
        for (place, pairs) in self.0.iter().enumerate().rev() {
            let digits = (bound / 100i64.pow(place as u32) % 100) as u8;
            let at = pairs.partition_point(|&pair| pair < digits);
            count = count * pairs.len() as i64 + at as i64;
            if pairs.get(at) != Some(&digits) {
                let after: usize = self.0[..place].iter().map(Vec::len).product();
                return count * after as i64;
            }
        }
        count
    }

    /// The number before which there are so many from 0 on.
    pub fn nth(&self, mut count: i64) -> i64 {
        let mut value = 0;
        for (place, pairs) in self.0.iter().enumerate() {
            let length = pairs.len() as i64;
            value += i64::from(pairs[(count % length) as usize]) * 100i64.pow(place as u32);
            count /= length;
        }
        value + count * self.power()
    }

    /// What the digits that may be any count.
    fn power(&self) -> i64 {
        100i64.pow(self.0.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_and_found() {
        let days = DigitPairs(vec![(1..=31).collect(), (1..=12).collect()]);
        assert_eq!(days.below(20_230_101), 2_023 * 12 * 31);
        assert_eq!(days.below(20_230_200) - days.below(20_230_100), 31);
        assert_eq!(days.below(20_231_301) - days.below(20_230_101), 12 * 31);
        for count in [0, 1, 30, 31, 372, 373, 752_556] {
            let value = days.nth(count);
            assert_eq!(days.below(value), count, "{value}");
            assert_eq!(days.below(value + 1), count + 1, "{value}");
        }
    }
}
