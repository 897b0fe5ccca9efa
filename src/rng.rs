//! Addressed randomness: every random word is a pure function of (seed, names, position), never of what was drawn
//! before it. Nothing else in the crate makes randomness.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
//! SC 2011, section 4.3), chosen because it is counter-based, published with test vectors, and the same everywhere.

use rand::rand_core::{Infallible, TryRng};

const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// A family of random streams: a seed and the names of what is drawn.
///
/// Names, not positions, so that a column added to a table leaves the others' values alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of a seed and a path of names (`["orders", "placed_at", "value"]`).
    pub fn new(seed: u64, names: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        for name in names {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        let mut word = [0; 8];
        word.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Self(u64::from_le_bytes(word))
    }

    /// The stream at a position; `attempt` tells repeated draws for the same position apart.
    pub fn at(self, position: u64, attempt: u32) -> Stream {
        Stream {
            key: [self.0 as u32, (self.0 >> 32) as u32],
            counter: [0, attempt, position as u32, (position >> 32) as u32],
            words: [0; 4],
            used: 4,
        }
    }

    /// The key as a plain word, for [`Permutation`].
    pub fn word(self) -> u64 {
        self.0
    }
}

/// Random words at one address, as many as are asked for.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// The next 32 random bits.
    #[inline]
    pub fn word(&mut self) -> u32 {
        if self.used == 4 {
            self.words = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        let word = self.words[self.used];
        self.used += 1;
        word
    }

    /// Goes past so many words.
    pub fn skip(&mut self, words: u64) {
        let left = (4 - self.used) as u64;
        if words <= left {
            self.used += words as usize;
            return;
        }
        let beyond = words - left;
        self.counter[0] = self.counter[0].wrapping_add((beyond / 4) as u32);
        self.used = 4;
        (0..beyond % 4).for_each(|_| {
            self.word();
        });
    }

    /// The next 64 random bits.
    #[inline]
    pub fn long(&mut self) -> u64 {
        u64::from(self.word()) | u64::from(self.word()) << 32
    }

    /// A number in `[0, 1)`, with 53 random bits.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.long() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number in `[0, bound)`; 0 for a bound of 0. The bias is below 2^-32 for bounds up to 2^32.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.long()) * u128::from(bound)) >> 64) as u64
    }

    /// One of the items.
    #[inline]
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// Puts at most 2^32 items in random order (Fisher and Yates), one word per item. The bias of an order of `n` items is below n/2^32 per step.
    #[inline]
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            let other = (u64::from(self.word()) * (index as u64 + 1)) >> 32;
            items.swap(index, other as usize);
        }
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.long())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let low = u64::from(MULTIPLIER[0]) * u64::from(counter[0]);
        let high = u64::from(MULTIPLIER[1]) * u64::from(counter[2]);
        counter = [
            (high >> 32) as u32 ^ counter[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ counter[3] ^ key[1],
            low as u32,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// A keyed bijection of `0..len`, without storage: a generalised Feistel network over `Z_a × Z_b` with `a·b` just
/// above `len` and cycle walking for the few values beyond (Black and Rogaway: "Ciphers with arbitrary finite domains", CT-RSA
/// 2002, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutation {
    len: u64,
    left: u64,
    right: u64,
    keys: [u64; ROUNDS],
}

const ROUNDS: usize = 6;

impl Permutation {
    /// The permutation of `0..len` under a key.
    pub fn new(key: Key, len: u64) -> Self {
        let mut left = (len as f64).sqrt() as u64;
        while left.saturating_mul(left) < len {
            left += 1;
        }
        let left = left.max(1);
        let right = len.div_ceil(left).max(1);
        let mut stream = key.at(len, 0);
        Self { len, left, right, keys: std::array::from_fn(|_| stream.long()) }
    }

    /// How many values it permutes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing to permute.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where `value < len` goes.
    #[inline]
    pub fn apply(&self, mut value: u64) -> u64 {
        debug_assert!(value < self.len);
        loop {
            let (mut l, mut r) = (value / self.right, value % self.right);
            for round in 0..ROUNDS {
                if round % 2 == 0 {
                    l = wrapping_sum(l, spread(r, self.keys[round], self.left), self.left);
                } else {
                    r = wrapping_sum(r, spread(l, self.keys[round], self.right), self.right);
                }
            }
            value = l * self.right + r;
            if value < self.len {
                return value;
            }
        }
    }

    /// Where `value < len` comes from.
    #[inline]
    pub fn invert(&self, mut value: u64) -> u64 {
        debug_assert!(value < self.len);
        loop {
            let (mut l, mut r) = (value / self.right, value % self.right);
            for round in (0..ROUNDS).rev() {
                if round % 2 == 0 {
                    l = wrapping_sum(l, self.left - spread(r, self.keys[round], self.left), self.left);
                } else {
                    r = wrapping_sum(r, self.right - spread(l, self.keys[round], self.right), self.right);
                }
            }
            value = l * self.right + r;
            if value < self.len {
                return value;
            }
        }
    }
}

#[inline]
fn wrapping_sum(a: u64, b: u64, modulus: u64) -> u64 {
    let sum = a + b;
    if sum >= modulus { sum - modulus } else { sum }
}

/// A hash of `value` under `key`, spread over `0..bound`.
#[inline]
fn spread(value: u64, key: u64, bound: u64) -> u64 {
    // The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), one round: enough between six Feistel rounds.
    let mut x = value.wrapping_add(key);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((u128::from(x) * u128::from(bound)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known-answer vectors that Random123 publishes for philox4x32-10.
    #[test]
    fn philox_matches_the_published_vectors() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn words_can_be_gone_past() {
        for before in 0..6 {
            for skipped in 0..14 {
                let (mut one, mut other) = (Key::new(5, &["t"]).at(3, 0), Key::new(5, &["t"]).at(3, 0));
                (0..before).for_each(|_| assert_eq!(one.word(), other.word()));
                (0..skipped).for_each(|_| {
                    one.word();
                });
                other.skip(skipped);
                assert_eq!((one.word(), one.long()), (other.word(), other.long()), "{before} {skipped}");
            }
        }
    }

    #[test]
    fn permutations_are_bijections_with_an_inverse() {
        for len in [1, 2, 3, 5, 16, 17, 100, 1009] {
            let permutation = Permutation::new(Key::new(7, &["t"]), len);
            let mut seen = vec![false; len as usize];
            for value in 0..len {
                let image = permutation.apply(value);
                assert!(!std::mem::replace(&mut seen[image as usize], true), "{value} of {len} collides");
                assert_eq!(permutation.invert(image), value);
            }
        }
    }

    #[test]
    fn keys_depend_on_seed_and_on_where_names_end() {
        assert_ne!(Key::new(1, &["a"]), Key::new(2, &["a"]));
        assert_ne!(Key::new(1, &["ab", "c"]), Key::new(1, &["a", "bc"]));
    }

    #[test]
    fn draws_below_a_bound_cover_it_evenly() {
        let key = Key::new(3, &["even"]);
        let mut counts = [0u32; 7];
        for position in 0..70_000 {
            counts[key.at(position, 0).below(7) as usize] += 1;
        }
        assert!(counts.iter().all(|&count| (9_500..10_500).contains(&count)), "{counts:?}");
    }
}
