//! What rows should have together, whatever their siblings have: a second tree for fields that are drawn given siblings.
//!
//! It only steers how many rows get what, class by class, so it is grown on fewer rows and tells nothing but classes.

use super::grow::{self, Rows, Sight, Target};
use crate::model::privacy::Settings;
use crate::model::{Codec, Conditional, Feature, Field, MOST_CLASSES};
use std::collections::BTreeMap;

/// The most rows that anchors are grown on.
const MOST_ROWS: usize = 30_000;

/// Whether a feature is what was drawn of siblings; how many of them there are is known before.
pub(super) fn leans(feature: &Feature) -> bool {
    feature.is_of_siblings() && !matches!(feature, Feature::Position | Feature::Left)
}

/// What the anchors of one table are grown from.
pub(super) struct Anchors<'a> {
    /// Some rows, equally spaced.
    rows: Vec<usize>,
    subjects: Vec<u32>,
    held_out: Vec<bool>,
    privacy: Settings,
    /// What they may look at: its classes by row, and whether these are ordered.
    sights: BTreeMap<&'a Feature, (Vec<u8>, bool)>,
}

impl<'a> Anchors<'a> {
    /// `is_ordered` says whether the classes of a feature are.
    pub(super) fn new(
        (subjects, held_out, privacy): (&[u32], &[bool], Settings),
        classes: &'a BTreeMap<Feature, Vec<u8>>,
        is_ordered: impl Fn(&Feature) -> bool,
    ) -> Self {
        let step = subjects.len().div_ceil(MOST_ROWS).max(1);
        let rows: Vec<usize> = (0..subjects.len()).step_by(step).collect();
        let is_leaning = classes.keys().any(leans);
        let is_seen =
            |feature: &Feature| is_leaning && !leans(feature) && !matches!(feature, Feature::Detail { .. });
        let sights = classes
            .iter()
            .filter(|(feature, _)| is_seen(feature))
            .map(|(feature, codes)| {
                (feature, (rows.iter().map(|&row| codes[row]).collect(), is_ordered(feature)))
            })
            .collect();
        let subjects = rows.iter().map(|&row| subjects[row]).collect();
        let held_out = rows.iter().map(|&row| held_out[row]).collect();
        Self { rows, subjects, held_out, privacy, sights }
    }

    /// The anchor of a field, given the tokens of all rows, the features that its tree may look at, and what splits on these are worth.
    pub(super) fn grow(
        &self,
        field: Field,
        (tokens, codec): (&[u16], &Codec),
        features: &BTreeMap<&Feature, f64>,
    ) -> Box<Conditional> {
        let classes: Vec<u16> = self.rows.iter().map(|&row| u16::from(codec.class(tokens[row]))).collect();
        let mut counts = vec![0; MOST_CLASSES];
        classes.iter().for_each(|&class| counts[usize::from(class)] += 1);
        let codec = Codec::of_classes(codec.ordered, counts);
        let seen: Vec<_> = features
            .iter()
            .filter_map(|(&feature, &weight)| Some((feature, self.sights.get(feature)?, weight)))
            .collect();
        let sights: Vec<Sight<'_>> = seen
            .iter()
            .map(|(_, (codes, ordered), weight)| Sight {
                codes,
                ordered: *ordered,
                of: None,
                weight: *weight,
            })
            .collect();
        let rows = Rows::new(&self.subjects, &self.held_out, self.privacy);
        let grown = grow::grow(&Target { tokens: &classes, codec: &codec }, &sights, &rows);
        Box::new(Conditional {
            field,
            lookup: None,
            features: grown.used.iter().map(|&used| seen[used].0.clone()).collect(),
            gains: Vec::new(),
            fit: None,
            tree: grown.tree,
            anchor: None,
            steps: None,
        })
    }
}
