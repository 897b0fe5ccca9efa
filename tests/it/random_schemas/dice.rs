//! Randomness of the tests' own: the product's must not decide what it is tested with.

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// The same number gives the same throws.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ 0x5EED)
    }

    fn long(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number below `count`, which is not 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.long() % count as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i128, high: i128) -> i128 {
        let width = (high - low + 1).max(1) as u128;
        let word = u128::from(self.long()) << 64 | u128::from(self.long());
        low + (word % width) as i128
    }

    /// True so many times of a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the things.
    pub(super) fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    /// Up to `count` different things, in their order.
    pub(super) fn some<T: Copy>(&mut self, things: &[T], count: usize) -> Vec<T> {
        let mut left = count.min(things.len());
        let mut out = Vec::new();
        for (at, thing) in things.iter().enumerate() {
            if left > 0 && self.below(things.len() - at) < left {
                out.push(*thing);
                left -= 1;
            }
        }
        out
    }
}
