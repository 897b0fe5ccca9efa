//! Rows that are learned from once more as if they came first in their families: where families are large, too few do.

use super::Known;
use super::siblings::Order;
use crate::model::Feature;
use std::collections::BTreeSet;

/// Families that features look at: that of a foreign key beside the spine, or that of the spine.
pub(super) type Families = BTreeSet<Option<usize>>;

/// The families that some features look at.
pub(super) fn families(features: &[Feature]) -> Families {
    features.iter().filter_map(|feature| feature.in_family()).map(|(family, _)| family).collect()
}

/// Rows shown once more.
#[derive(Default)]
pub(super) struct Shown {
    /// The row, the one that comes first in its family, and which family that is.
    rows: Vec<(u32, u32, Option<usize>)>,
    /// The subjects of all rows, those shown once more last.
    pub(super) subjects: Vec<u32>,
    /// Which of them are held out.
    pub(super) held_out: Vec<bool>,
}

impl Shown {
    /// Shows the rows of some families of a table.
    pub(super) fn new(known: &Known<'_>, table: usize, families: &Families, held_out: &[bool]) -> Self {
        let order = |family: Option<usize>| -> Option<&Order> {
            let Some(number) = family else { return known.spines[table].as_ref().map(|spine| &spine.rows) };
            known.families[table].iter().find(|family| family.foreign_key == number).map(|family| &family.order)
        };
        let firsts = families.iter().flat_map(|&family| {
            let firsts = order(family).map_or(Vec::new(), Order::firsts);
            firsts.into_iter().map(move |(row, first)| (row, first, family))
        });
        let mut shown = Self { rows: firsts.collect(), ..Self::default() };
        shown.subjects = shown.with(&known.recorded.tables[table].subjects);
        shown.held_out = shown.with(held_out);
        shown
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What is known of all rows, and once more of those shown.
    pub(super) fn with<T: Copy>(&self, all: &[T]) -> Vec<T> {
        all.iter().copied().chain(self.rows.iter().map(|&(row, ..)| all[row as usize])).collect()
    }

    /// The same of a feature, which knows nothing of the family that a row is shown as the first of.
    pub(super) fn codes(&self, feature: &Feature, codes: &[u8]) -> Vec<u8> {
        let family = feature.in_family().map(|(family, _)| family);
        let of = |&(row, first, shown): &(u32, u32, Option<usize>)| {
            codes[if family == Some(shown) { first } else { row } as usize]
        };
        codes.iter().copied().chain(self.rows.iter().map(of)).collect()
    }
}
