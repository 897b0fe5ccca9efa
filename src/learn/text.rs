//! One text column: values while they are few, shapes when they are many.

mod fit;
mod pattern;
mod shape;

pub(super) use fit::fit_text;
pub(super) use shape::ShapeCounter;

use super::observed::{Tallies, Tally, tally};
use crate::model::privacy::Settings;
use std::collections::BTreeMap;
use std::hash::BuildHasher;

/// Different values that are counted; beyond this a column does not repeat and only shapes are.
pub(super) const MOST_VALUES: usize = 65_536;

/// Values that are looked at to find out what a column means.
const WITNESSES: usize = 512;

/// What was seen of a text column.
#[derive(Debug, Clone)]
pub(super) struct TextProfile {
    privacy: Settings,
    state: State,
    rows: u64,
    characters: u64,
    longest: u64,
}

#[derive(Debug, Clone)]
enum State {
    Values(Tallies<Box<str>>),
    Shapes { shapes: Box<ShapeCounter>, witnesses: Witnesses },
}

impl TextProfile {
    pub(super) fn new(privacy: Settings) -> Self {
        Self { privacy, state: State::Values(Tallies::default()), rows: 0, characters: 0, longest: 0 }
    }

    /// One more row.
    pub(super) fn add(&mut self, text: &str, subject: u32) {
        self.rows += 1;
        let characters = if text.is_ascii() { text.len() } else { text.chars().count() } as u64;
        self.characters += characters;
        self.longest = self.longest.max(characters);
        match &mut self.state {
            State::Values(values) => {
                if let Some(tally) = values.get_mut(text) {
                    tally.add(1, &[subject]);
                    return;
                }
                tally(values, text.into(), 1, &[subject], self.privacy);
                if values.len() > MOST_VALUES {
                    self.state = shapes_of(std::mem::take(values), self.privacy);
                }
            }
            State::Shapes { shapes, witnesses } => {
                shapes.add(text, 1, &[subject]);
                witnesses.add(text);
            }
        }
    }

    /// Rows that are not NULL.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Different values; a lower bound beyond [`MOST_VALUES`].
    pub(super) fn distinct(&self) -> u64 {
        match &self.state {
            State::Values(values) => values.len() as u64,
            State::Shapes { .. } => MOST_VALUES as u64,
        }
    }

    /// Whether no value was seen twice, as far as values were counted.
    pub(super) fn never_repeats(&self) -> bool {
        match &self.state {
            State::Values(values) => self.rows > 0 && values.len() as u64 == self.rows,
            State::Shapes { .. } => true,
        }
    }

    /// Characters per text, on average.
    pub(super) fn mean_length(&self) -> f64 {
        crate::stats::share(self.characters, self.rows)
    }

    /// A part of the different values that does not depend on the order of the rows.
    pub(super) fn witnesses(&self) -> Vec<&str> {
        match &self.state {
            State::Values(values) if values.len() <= WITNESSES => {
                let mut all: Vec<&str> = values.keys().map(AsRef::as_ref).collect();
                all.sort_unstable();
                all
            }
            State::Values(values) => {
                let mut hashed: Vec<(u64, &str)> =
                    values.keys().map(|value| (hash(value), value.as_ref())).collect();
                hashed.select_nth_unstable(WITNESSES);
                hashed.truncate(WITNESSES);
                hashed.sort_unstable();
                hashed.into_iter().map(|(_, value)| value).collect()
            }
            State::Shapes { witnesses, .. } => witnesses.0.values().map(AsRef::as_ref).collect(),
        }
    }
}

fn shapes_of(values: Tallies<Box<str>>, privacy: Settings) -> State {
    let mut shapes = Box::new(ShapeCounter::new(privacy));
    let mut witnesses = Witnesses::default();
    for (text, Tally { rows, crowd }) in values {
        shapes.add(&text, rows, crowd.subjects());
        witnesses.add(&text);
    }
    State::Shapes { shapes, witnesses }
}

/// The values with the smallest hashes.
#[derive(Debug, Clone, Default)]
struct Witnesses(BTreeMap<u64, Box<str>>);

impl Witnesses {
    fn add(&mut self, text: &str) {
        let hash = hash(text);
        let is_small =
            self.0.len() < WITNESSES || self.0.last_key_value().is_some_and(|(&last, _)| hash < last);
        if is_small {
            // Two texts of one hash are as good as the same; the smaller one stays, whichever came first.
            let held = self.0.entry(hash).or_insert_with(|| text.into());
            if text < held.as_ref() {
                *held = text.into();
            }
            if self.0.len() > WITNESSES {
                self.0.pop_last();
            }
        }
    }
}

fn hash(text: &str) -> u64 {
    rustc_hash::FxBuildHasher.hash_one(text)
}

#[cfg(test)]
mod tests;
