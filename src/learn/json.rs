//! JSON documents and lists: keys that many documents share, and what they hold.

use super::observed::{Runs, Tallies, Tally, tally};
use super::ordered::{Detail, fit_counts, fit_floats, fit_integers};
use super::semantic;
use super::text::{MOST_VALUES, TextProfile, fit_text};
use crate::model::privacy::Settings;
use crate::model::{Categories, JsonKey, JsonScalar, JsonShape, ListShape, Marginal};
use crate::schema::DataType;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::hash::BuildHasher;

/// Levels that are looked into.
const DEEPEST: usize = 8;

/// Different keys at one place; an object with more is a dictionary, whose keys are data.
const MOST_KEYS: usize = 1_024;

/// What was seen at one place of the documents of a column.
#[derive(Debug, Clone)]
pub(super) struct JsonProfile {
    privacy: Settings,
    objects: u64,
    keys: FxHashMap<String, (Tally, JsonProfile)>,
    is_dictionary: bool,
    lengths: Tallies<i64>,
    arrays: u64,
    repeats_inside: bool,
    element: Option<Box<JsonProfile>>,
    texts: TextProfile,
    numbers: Vec<(f64, u32)>,
    only_whole: bool,
    booleans: [Tally; 2],
    nulls: u64,
    /// Hashes of whole documents; filled at the root only.
    seen: FxHashSet<u64>,
}

impl JsonProfile {
    pub(super) fn new(privacy: Settings) -> Self {
        Self {
            privacy,
            objects: 0,
            keys: FxHashMap::default(),
            is_dictionary: false,
            lengths: Tallies::default(),
            arrays: 0,
            repeats_inside: false,
            element: None,
            texts: TextProfile::new(privacy),
            numbers: Vec::new(),
            only_whole: true,
            booleans: [Tally::new(privacy), Tally::new(privacy)],
            nulls: 0,
            seen: FxHashSet::default(),
        }
    }

    /// One more document. What is no JSON counts as text.
    pub(super) fn add_text(&mut self, text: &str, subject: u32) {
        if self.seen.len() < MOST_VALUES {
            self.seen.insert(rustc_hash::FxBuildHasher.hash_one(text));
        }
        match serde_json::from_str(text) {
            Ok(value) => self.add(value, subject, 0),
            Err(_) => {
                self.texts.add(text, subject);
            }
        }
    }

    fn add(&mut self, value: Value, subject: u32, depth: usize) {
        match value {
            Value::Null => self.nulls += 1,
            Value::Bool(value) => self.booleans[usize::from(value)].add(1, &[subject]),
            Value::String(text) => {
                self.texts.add(&text, subject);
            }
            Value::Number(number) => {
                self.only_whole &= number.is_i64();
                // Adding 0 turns −0 into 0: they are one value.
                self.numbers.extend(number.as_f64().map(|number| (number + 0.0, subject)));
            }
            Value::Array(_) | Value::Object(_) if depth >= DEEPEST => self.nulls += 1,
            Value::Array(elements) => self.add_array(elements, subject, depth),
            Value::Object(members) => {
                self.objects += 1;
                if self.is_dictionary {
                    return;
                }
                let privacy = self.privacy;
                for (key, value) in members.into_iter().filter(|(_, value)| !value.is_null()) {
                    let (tally, below) =
                        self.keys.entry(key).or_insert_with(|| (Tally::new(privacy), Self::new(privacy)));
                    tally.add(1, &[subject]);
                    below.add(value, subject, depth + 1);
                }
                if self.keys.len() > MOST_KEYS {
                    self.is_dictionary = true;
                    self.keys.clear();
                }
            }
        }
    }

    fn add_array(&mut self, elements: Vec<Value>, subject: u32, depth: usize) {
        self.arrays += 1;
        tally(&mut self.lengths, elements.len() as i64, 1, &[subject], self.privacy);
        if !self.repeats_inside && elements.len() > 1 {
            let mut seen = FxHashSet::default();
            self.repeats_inside = !elements.iter().all(|element| seen.insert(element.to_string()));
        }
        let privacy = self.privacy;
        let below = self.element.get_or_insert_with(|| Box::new(Self::new(privacy)));
        elements.into_iter().for_each(|element| below.add(element, subject, depth + 1));
    }

    /// Documents that are not JSON's own `null`.
    pub(super) fn rows(&self) -> u64 {
        self.objects + self.arrays + self.scalars()
    }

    /// Different documents; a lower bound beyond [`MOST_VALUES`].
    pub(super) fn distinct(&self) -> u64 {
        self.seen.len() as u64
    }

    /// The shape of the documents: that of the kind of value most of them are. `name` is the key that holds them, or the column.
    pub(super) fn fit(self, name: &str) -> JsonShape {
        let scalars = self.scalars();
        if self.objects >= self.arrays && self.objects >= scalars && self.objects > 0 {
            let objects = self.objects;
            let privacy = self.privacy;
            let mut keys: Vec<_> =
                self.keys.into_iter().filter(|(_, (tally, _))| privacy.shared(tally.crowd.len())).collect();
            keys.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            let told = keys.into_iter().map(|(key, (tally, below))| JsonKey {
                value: below.fit(&key),
                key,
                present: tally.rows,
                objects,
            });
            return JsonShape::Object(told.collect());
        }
        if self.arrays >= scalars && self.arrays > 0 {
            let privacy = self.privacy;
            let element = self.element.map_or_else(|| Self::new(privacy), |element| *element);
            return JsonShape::Array {
                lengths: fit_counts(self.lengths, privacy),
                element: Box::new(element.fit(name)),
            };
        }
        let (marginal, kind) = self.fit_scalar(name);
        JsonShape::Scalar(Box::new(marginal), kind)
    }

    /// The shape of a column of lists with elements of the given type.
    pub(super) fn fit_list(self, name: &str, element_type: &DataType) -> Marginal {
        if self.arrays == 0 {
            return Marginal::Empty;
        }
        let privacy = self.privacy;
        let (elements, quoted) = match self.element {
            None => (Marginal::Empty, false),
            Some(below) => match element_type {
                DataType::Array { element } => (below.fit_list(name, element), false),
                _ => {
                    let (marginal, kind) = below.fit_scalar(name);
                    (marginal, kind == JsonScalar::String)
                }
            },
        };
        Marginal::List(Box::new(ListShape {
            lengths: fit_counts(self.lengths, privacy),
            elements,
            distinct: !self.repeats_inside,
            quoted,
        }))
    }

    fn scalars(&self) -> u64 {
        self.texts.rows()
            + self.numbers.len() as u64
            + self.booleans.iter().map(|tally| tally.rows).sum::<u64>()
    }

    fn fit_scalar(self, name: &str) -> (Marginal, JsonScalar) {
        let booleans: u64 = self.booleans.iter().map(|tally| tally.rows).sum();
        let numbers = self.numbers.len() as u64;
        let texts = self.texts.rows();
        if texts > 0 && texts >= numbers && texts >= booleans {
            let text = DataType::Text { max: None, fixed: false };
            let kind = semantic::recognise(name, &text, Some(&self.texts), None);
            return (fit_text(self.texts, kind, false, self.privacy), JsonScalar::String);
        }
        if numbers > 0 && numbers >= booleans {
            return (fit_numbers(self.numbers, self.only_whole, self.privacy), JsonScalar::Number);
        }
        if booleans > 0 {
            return (Marginal::Categories(fit_booleans(&self.booleans, self.privacy)), JsonScalar::Boolean);
        }
        (Marginal::Empty, JsonScalar::Null)
    }
}

/// `true` and `false`, as far as enough subjects have them.
pub(super) fn fit_booleans(tallies: &[Tally; 2], privacy: Settings) -> Categories {
    let mut categories = Categories { values: Vec::new(), rare_rows: 0, rare_values: 0, rare_shape: None };
    for (tally, text) in tallies.iter().zip(["false", "true"]).filter(|(tally, _)| tally.rows > 0) {
        if privacy.shared(tally.crowd.len()) {
            categories.values.push((text.to_owned(), tally.rows));
        } else {
            categories.rare_rows += tally.rows;
            categories.rare_values += 1;
        }
    }
    categories.values.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    categories
}

fn fit_numbers(numbers: Vec<(f64, u32)>, whole: bool, privacy: Settings) -> Marginal {
    let runs = Runs::from_pairs(numbers, f64::total_cmp, privacy);
    // Beyond 2^53 neighbouring whole numbers are one float, so such a column is not told as whole numbers.
    if whole && runs.values().all(|value| value.abs() < 9e15) {
        let detail = Detail { bins: 512, atoms: true, digits: 1, lowest: i64::MIN, highest: i64::MAX };
        return Marginal::Integers(fit_integers(&runs.map(|value| value as i64), detail, privacy));
    }
    let detail = Detail { bins: 512, atoms: true, digits: 1, lowest: f64::MIN, highest: f64::MAX };
    Marginal::Floats(fit_floats(&runs, detail, false, privacy))
}

#[cfg(test)]
mod tests;
