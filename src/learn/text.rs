//! One text column: values while they are few, shapes when they are many.

mod fit;
mod pattern;
mod shape;

pub(super) use fit::fit_text;
pub(super) use shape::ShapeCounter;

use super::observed::Tally;
use crate::model::privacy::Settings;
use rustc_hash::FxHashMap;
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
    Values(FxHashMap<Box<str>, Counted>),
    Shapes { shapes: Box<ShapeCounter>, witnesses: Witnesses },
}

/// A value, and when it was first met.
#[derive(Debug, Clone)]
struct Counted {
    id: u32,
    tally: Tally,
}

impl TextProfile {
    pub(super) fn new(privacy: Settings) -> Self {
        Self { privacy, state: State::Values(FxHashMap::default()), rows: 0, characters: 0, longest: 0 }
    }

    /// One more row. Returns the number of its value in order of first appearance, while values are counted.
    pub(super) fn add(&mut self, text: &str, subject: u32) -> Option<u32> {
        self.rows += 1;
        let characters = if text.is_ascii() { text.len() } else { text.chars().count() } as u64;
        self.characters += characters;
        self.longest = self.longest.max(characters);
        match &mut self.state {
            State::Values(values) => {
                if let Some(seen) = values.get_mut(text) {
                    seen.tally.add(1, &[subject]);
                    return Some(seen.id);
                }
                let id = values.len() as u32;
                let mut tally = Tally::new(self.privacy);
                tally.add(1, &[subject]);
                values.insert(text.into(), Counted { id, tally });
                if values.len() <= MOST_VALUES {
                    return Some(id);
                }
                self.state = shapes_of(std::mem::take(values), self.privacy);
            }
            State::Shapes { shapes, witnesses } => {
                shapes.add(text, 1, &[subject]);
                witnesses.add(text);
            }
        }
        None
    }

    /// The different values in order of first appearance; nothing once they are no longer counted.
    pub(super) fn values(&self) -> Vec<Box<str>> {
        let State::Values(values) = &self.state else { return Vec::new() };
        let mut texts: Vec<(u32, &str)> =
            values.iter().map(|(text, seen)| (seen.id, text.as_ref())).collect();
        texts.sort_unstable();
        texts.into_iter().map(|(_, text)| text.into()).collect()
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

fn shapes_of(values: FxHashMap<Box<str>, Counted>, privacy: Settings) -> State {
    let mut shapes = Box::new(ShapeCounter::new(privacy));
    let mut witnesses = Witnesses::default();
    for (text, Counted { tally, .. }) in values {
        shapes.add(&text, tally.rows, tally.crowd.subjects());
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
