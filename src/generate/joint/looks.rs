//! Where a tree finds the classes it looks at.

use super::dice::Dice;
use super::groups::{Siblings, field};
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::additive::Adder;
use crate::model::context::{Context, NO_ROW};
use crate::model::{Conditional, Feature, Field, NULL_TOKEN};
use std::collections::BTreeMap;

/// The rows at the ends of paths, for all rows of a table, by path.
pub(super) type Climbs = BTreeMap<Vec<usize>, Vec<u32>>;

/// Where one feature's class is found.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// Nowhere: it is unknown.
    Nothing,
    /// In the row itself, by slot.
    Own(usize),
    /// In another row of the table, by slot.
    Within(&'a [u32], usize),
    /// In a row of another table.
    Above(&'a [u32], &'a [u8]),
    /// Among what was worked out of the siblings.
    Siblings(usize),
    /// The class of a sum, by number.
    Sum(usize),
}

/// A sum, and where its terms are found; of own columns not the class is looked at, but the token.
struct Added<'a> {
    adder: Adder,
    terms: Vec<(Place<'a>, bool)>,
}

/// Follows the paths that some conditionals' trees look along.
pub(super) fn climbs<'a>(
    tables: &Tables,
    table: usize,
    conditionals: impl Iterator<Item = (&'a Conditional, &'a [usize])>,
) -> Climbs {
    let up = |table: usize, number: usize| tables.schema.tables[table].foreign_keys[number].parent;
    let context = &tables.known.context;
    let rows = tables.tables[table].rows as u32;
    let mut climbs = Climbs::new();
    for (conditional, asked) in conditionals {
        let asked = asked.iter().filter_map(|&number| conditional.features.get(number));
        for (path, _) in asked.flat_map(Feature::parts).filter_map(field) {
            if !path.is_empty() && !climbs.contains_key(path) {
                let found = (0..rows).map(|row| context.climb(table, path, row, &up)).collect();
                climbs.insert(path.to_vec(), found);
            }
        }
    }
    climbs
}

/// What one conditional's tree looks at.
pub(super) struct Looks<'a> {
    places: Vec<Place<'a>>,
    sums: Vec<Added<'a>>,
}

/// What of rows is looked at, by slot.
#[derive(Clone, Copy)]
pub(super) struct Sights<'a> {
    pub(super) tokens: &'a [Vec<u16>],
    /// Classes, then details.
    pub(super) classes: &'a [Vec<u8>],
    pub(super) siblings: &'a [Vec<u8>],
}

impl<'a> Looks<'a> {
    /// `slot` gives the place of a field of the table among those that are being drawn; their details follow all classes.
    pub(super) fn new(
        (tables, site): (&'a Tables, &Site<'_>),
        conditional: &Conditional,
        dice: &Dice<'_>,
        climbs: &'a Climbs,
        siblings: Option<&Siblings<'_>>,
        (slot, slots): (&dyn Fn(Field) -> Option<usize>, usize),
    ) -> Self {
        let place = |feature: &Feature| {
            let of_detail =
                |slot: usize| slot + slots * usize::from(matches!(feature, Feature::Detail { .. }));
            match field(feature) {
                Some(([], field)) => slot(field).map(of_detail).map_or(Place::Nothing, Place::Own),
                Some((path, _)) => {
                    above(tables, site.table, (path, feature), climbs, &|field| slot(field).map(of_detail))
                }
                None => siblings
                    .and_then(|siblings| siblings.place(feature))
                    .map_or(Place::Nothing, Place::Siblings),
            }
        };
        let mut looks = Self { places: vec![Place::Nothing; conditional.features.len()], sums: Vec::new() };
        for &number in dice.asked() {
            looks.places[number] = match conditional.features.get(number) {
                Some(Feature::Sum(sum)) => {
                    let terms = sum.terms.iter().map(|term| (place(&term.of), term.column().is_some()));
                    let adder = Adder::new(sum, &site.model.tables[site.table].columns);
                    looks.sums.push(Added { adder, terms: terms.collect() });
                    Place::Sum(looks.sums.len() - 1)
                }
                Some(feature) => place(feature),
                None => continue,
            };
        }
        looks
    }

    /// A feature's class for a row, which is row number `index` of those that are looked at.
    #[inline]
    pub(super) fn class(&self, feature: u16, row: u32, index: usize, sights: Sights<'_>) -> u8 {
        match self.places.get(usize::from(feature)).copied().unwrap_or(Place::Nothing) {
            Place::Sum(number) => self.class_of_sum(&self.sums[number], row, index, sights),
            place => found(place, row, index, sights),
        }
    }

    fn class_of_sum(&self, sum: &Added<'_>, row: u32, index: usize, sights: Sights<'_>) -> u8 {
        sum.adder.class(|term| match sum.terms[term] {
            (Place::Own(slot), true) => sights.tokens[slot].get(row as usize).copied().unwrap_or(NULL_TOKEN),
            (_, true) => NULL_TOKEN,
            (place, false) => u16::from(found(place, row, index, sights)),
        })
    }

    /// The rows of the same table that are looked at.
    pub(super) fn within(&self) -> impl Iterator<Item = &'a [u32]> {
        let terms = self.sums.iter().flat_map(|sum| sum.terms.iter().map(|term| &term.0));
        self.places.iter().chain(terms).filter_map(|place| match place {
            Place::Within(rows, _) => Some(*rows),
            _ => None,
        })
    }
}

fn found(place: Place<'_>, row: u32, index: usize, sights: Sights<'_>) -> u8 {
    let found = match place {
        Place::Nothing | Place::Sum(_) => None,
        Place::Own(slot) => sights.classes[slot].get(row as usize),
        Place::Within(rows, slot) => sights.classes[slot].get(rows[row as usize] as usize),
        Place::Above(rows, classes) => classes.get(rows[row as usize] as usize),
        Place::Siblings(number) => sights.siblings[number].get(index),
    };
    found.copied().unwrap_or(0)
}

fn above<'a>(
    tables: &'a Tables,
    table: usize,
    (path, feature): (&[usize], &Feature),
    climbs: &'a Climbs,
    slot: &dyn Fn(Field) -> Option<usize>,
) -> Place<'a> {
    let up = |at: usize, step: usize| tables.schema.tables[at].foreign_keys[step].parent;
    let context: &Context = &tables.known.context;
    let (Some(rows), Some((_, field))) = (climbs.get(path), field(feature)) else { return Place::Nothing };
    if rows.iter().all(|&row| row == NO_ROW) {
        return Place::Nothing;
    }
    if field != Field::Row && path.iter().fold(table, |at, &step| up(at, step)) == table {
        return slot(field).map_or(Place::Nothing, |slot| Place::Within(rows, slot));
    }
    let known = match feature {
        Feature::Detail { .. } => context.known_details(table, path, field, &up),
        _ => context.known(table, path, field, &up),
    };
    known.map_or(Place::Nothing, |classes| Place::Above(rows, classes))
}

/// The features of siblings that some trees look at, without repeats.
pub(super) fn of_siblings<'a>(
    conditionals: impl Iterator<Item = (&'a Conditional, &'a [usize])>,
) -> Vec<Feature> {
    let mut features: Vec<Feature> = conditionals
        .flat_map(|(conditional, asked)| {
            let asked = asked.iter().filter_map(|&number| conditional.features.get(number));
            asked.flat_map(Feature::parts).filter(|feature| feature.is_of_siblings())
        })
        .cloned()
        .collect();
    features.sort();
    features.dedup();
    features
}
