//! The gate that every learned number passes: thresholds, clipping, pooling, rounding.
//!
//! A *subject* is whoever a row is about: the row itself in a root table, the row's nearest root in a table below one.
//! Only this module decides whether something is shared by enough of them to enter the model.

mod crowd;
mod pooling;
mod rounding;

pub use crowd::Crowd;
pub use rounding::{
    granule_f64, granule_i64, outward_f64, outward_i64, round_f64, rounded_nats, two_digits_down,
};

use serde::{Deserialize, Serialize};

/// The privacy settings of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A value shared by fewer than `k` subjects does not enter the model.
    pub k: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { k: 5 }
    }
}

/// The longest run of letters that a pattern may hold verbatim, in characters.
const LONGEST_LITERAL: usize = 6;

/// The fewest rows of a leaf, however low the threshold: the joint of fewer rows is close to the rows themselves.
const LEAF_ROWS: usize = 10;

impl Settings {
    /// The threshold as a count; at least 1.
    pub fn threshold(&self) -> usize {
        (self.k as usize).max(1)
    }

    /// Whether so many subjects are enough for what they share to enter the model.
    pub fn shared(&self, subjects: usize) -> bool {
        subjects >= self.threshold()
    }

    /// Whether a value of an ordered column may stand for itself: shared, and frequent enough to be worth a place of its own.
    pub fn is_atom(&self, rows: u64, subjects: usize, all_rows: u64) -> bool {
        let frequent = (self.threshold() as u64).max(all_rows.div_ceil(5_000));
        self.shared(subjects) && rows >= frequent
    }

    /// Whether letters may stand verbatim in a pattern that so many subjects share: short ones only, and never where
    /// the text is personal.
    pub fn literal_allowed(&self, letters: &str, subjects: usize, personal: bool) -> bool {
        !personal && self.shared(subjects) && letters.chars().count() <= LONGEST_LITERAL
    }

    /// The fewest rows of a leaf of a tree.
    pub fn leaf_rows(&self) -> usize {
        LEAF_ROWS.max(2 * self.threshold())
    }

    /// Whether so many rows of so many subjects may be a leaf of a tree.
    pub fn leaf_allowed(&self, rows: usize, subjects: usize) -> bool {
        rows >= self.leaf_rows() && self.shared(subjects)
    }

    /// Where the `k`-th subject is met when walking over sets of subjects: the index of the set that completes the crowd.
    /// Values on the way to it are held by too few and have to be folded in.
    pub fn reached<'a>(&self, sets: impl Iterator<Item = &'a [u32]>) -> Option<usize> {
        let mut crowd = Crowd::new(*self);
        for (index, set) in sets.enumerate() {
            crowd.extend(set);
            if crowd.is_enough() {
                return Some(index);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crowd_is_reached_by_distinct_subjects_only() {
        let settings = Settings { k: 3 };
        let sets: [&[u32]; 5] = [&[1], &[1], &[2, 1], &[2], &[3]];
        assert_eq!(settings.reached(sets.iter().copied()), Some(4));
        assert_eq!(settings.reached(sets[..4].iter().copied()), None);
    }

    #[test]
    fn an_atom_is_shared_and_frequent() {
        let settings = Settings::default();
        assert!(settings.is_atom(5, 5, 1_000));
        assert!(!settings.is_atom(500, 4, 1_000));
        assert!(!settings.is_atom(19, 5, 100_000));
        assert!(settings.is_atom(20, 5, 100_000));
        assert!(Settings { k: 0 }.shared(1));
    }

    #[test]
    fn a_leaf_has_enough_rows_and_subjects() {
        let settings = Settings::default();
        assert!(settings.leaf_allowed(10, 5));
        assert!(!settings.leaf_allowed(9, 9));
        assert!(!settings.leaf_allowed(1_000, 4));
        assert_eq!(Settings { k: 20 }.leaf_rows(), 40);
        assert!(Settings { k: 0 }.leaf_allowed(10, 1));
    }
}
