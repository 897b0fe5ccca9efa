//! Where a tree finds the classes it looks at.

use super::dice::Dice;
use super::groups::{Families, field};
use crate::generate::table::Tables;
use crate::model::context::{Context, NO_ROW};
use crate::model::{Conditional, Feature, Field};
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
        for (path, _) in asked.iter().filter_map(|&number| field(conditional.features.get(number)?)) {
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
}

impl<'a> Looks<'a> {
    /// `slot` gives the place of a field of the table among those that are being drawn; their details follow all classes.
    pub(super) fn new(
        tables: &'a Tables,
        table: usize,
        conditional: &Conditional,
        dice: &Dice<'_>,
        climbs: &'a Climbs,
        siblings: Option<&Families<'_>>,
        (slot, slots): (&dyn Fn(Field) -> Option<usize>, usize),
    ) -> Self {
        let mut places = vec![Place::Nothing; conditional.features.len()];
        for &number in dice.asked() {
            let (Some(feature), Some(place)) = (conditional.features.get(number), places.get_mut(number))
            else {
                continue;
            };
            let of_detail =
                |slot: usize| slot + slots * usize::from(matches!(feature, Feature::Detail { .. }));
            *place = match field(feature) {
                Some(([], field)) => slot(field).map(of_detail).map_or(Place::Nothing, Place::Own),
                Some((path, _)) => {
                    above(tables, table, (path, feature), climbs, &|field| slot(field).map(of_detail))
                }
                None => siblings
                    .and_then(|siblings| siblings.place(feature))
                    .map_or(Place::Nothing, Place::Siblings),
            };
        }
        Self { places }
    }

    /// A feature's class for a row, which is row number `index` of those that are looked at.
    #[inline]
    pub(super) fn class(
        &self,
        feature: u16,
        row: u32,
        index: usize,
        own: &[Vec<u8>],
        siblings: &[Vec<u8>],
    ) -> u8 {
        let found = match self.places.get(usize::from(feature)).copied().unwrap_or(Place::Nothing) {
            Place::Nothing => None,
            Place::Own(slot) => own[slot].get(row as usize),
            Place::Within(rows, slot) => own[slot].get(rows[row as usize] as usize),
            Place::Above(rows, classes) => classes.get(rows[row as usize] as usize),
            Place::Siblings(number) => siblings[number].get(index),
        };
        found.copied().unwrap_or(0)
    }

    /// The rows of the same table that are looked at.
    pub(super) fn within(&self) -> impl Iterator<Item = &'a [u32]> {
        self.places.iter().filter_map(|place| match place {
            Place::Within(rows, _) => Some(*rows),
            _ => None,
        })
    }
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
            asked.iter().filter_map(|&number| conditional.features.get(number)).filter(|f| f.is_of_siblings())
        })
        .cloned()
        .collect();
    features.sort();
    features.dedup();
    features
}
