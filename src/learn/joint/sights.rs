//! What a column could depend on.

use super::Known;
use crate::model::{Codec, Feature, Field, Treatment};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Foreign keys in a row that are climbed at the most.
const HIGHEST: usize = 3;
/// Classes of a column that siblings are asked for one by one at the most.
const MOST_TOLD_APART: usize = 16;
/// Paths upwards that are looked along at the most, nearest first.
const MOST_PATHS: usize = 24;

/// Everything above a row of the table that may be looked at: the fields of parents, grandparents, ….
pub(super) fn above(known: &Known<'_>, table: usize) -> Vec<Feature> {
    let mut features = Vec::new();
    for path in paths(known, table) {
        let end = path.iter().fold(table, |at, &step| known.up()(at, step));
        let fields = known.context.tables[end].fields.keys().copied();
        let visible = fields.filter(|&field| is_visible(known, end, field));
        let row = (known.models[end].treatment == Treatment::Copy).then_some(Field::Row);
        features.extend(visible.chain(row).map(|field| Feature::Of { path: path.clone(), field }));
    }
    features
}

/// Ways upwards along foreign keys whose parents are there before their children.
fn paths(known: &Known<'_>, table: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<(usize, Vec<usize>)> = vec![(table, Vec::new())];
    let mut next = 0;
    while next < all.len() && all.len() <= MOST_PATHS {
        let (at, path) = all[next].clone();
        next += 1;
        if path.len() == HIGHEST {
            continue;
        }
        for (number, key) in known.schema.tables[at].foreign_keys.iter().enumerate() {
            if key.parent != at
                && known.is_followed(at, number)
                && !known.graph.is_late(at, number)
                && known.recorded.tables[at].parents.get(number).is_some_and(|parents| !parents.is_empty())
            {
                all.push((key.parent, path.iter().copied().chain([number]).collect()));
            }
        }
    }
    all.into_iter().map(|(_, path)| path).filter(|path| !path.is_empty()).take(MOST_PATHS).collect()
}

/// Whether a field is known of generated rows: no key, and drawn by the table's chain where the table is learned.
pub(super) fn is_visible(known: &Known<'_>, table: usize, field: Field) -> bool {
    match field {
        Field::Column(column) => {
            let learned = known.models[table].treatment == Treatment::Learn;
            (!learned || known.is_fitted(table)) && super::chain::columns(known, table).contains(&column)
        }
        Field::Children { .. } | Field::Behaviour { .. } => known.is_fitted(table),
        Field::Link { .. } | Field::Gap(_) | Field::Row => false,
    }
}

/// What siblings may tell: where a row stands, and registers of fields.
pub(super) fn beside(known: &Known<'_>, table: usize, fields: &[Field]) -> Vec<Feature> {
    let mut features = vec![Feature::Position, Feature::Left];
    for &field in fields {
        features.extend([Feature::Earlier { back: 1, field }, Feature::Earlier { back: 2, field }]);
        features.push(Feature::Distinct(field));
        if field_is_ordered(known, table, field) {
            features.push(Feature::Mean(field));
        } else {
            features.extend(told_apart(known, table, field).map(|class| Feature::Seen { field, class }));
        }
    }
    features
}

/// The classes of a column that has so few that each can be remembered by itself.
fn told_apart(known: &Known<'_>, table: usize, field: Field) -> impl Iterator<Item = u8> {
    let codec = match field {
        Field::Column(column) => Codec::of_column(&known.models[table].columns[column]),
        _ => None,
    };
    let classes: BTreeSet<u8> = codec.map_or(BTreeSet::new(), |codec| codec.classes.into_iter().collect());
    let few = classes.len() <= MOST_TOLD_APART;
    classes.into_iter().filter(move |_| few)
}

fn field_is_ordered(known: &Known<'_>, table: usize, field: Field) -> bool {
    let column_is_ordered = |table: usize, column: usize| {
        Codec::of_column(&known.models[table].columns[column]).is_some_and(|codec| codec.ordered)
    };
    match field {
        Field::Column(column) => column_is_ordered(table, column),
        Field::Behaviour { table, column, .. } => column_is_ordered(table, column),
        Field::Children { .. } | Field::Gap(_) => true,
        Field::Row => false,
        Field::Link { foreign_key, level } => {
            let parent = known.schema.tables[table].foreign_keys[foreign_key].parent;
            let link = known.links[table].iter().find(|link| link.foreign_key == foreign_key);
            let field = link.and_then(|link| link.fields.get(level));
            field.is_some_and(|&field| field_is_ordered(known, parent, field))
        }
    }
}

/// Whether the classes of a feature have an order.
pub(super) fn is_ordered(known: &Known<'_>, table: usize, feature: &Feature) -> bool {
    feature.is_ordered(|path, field| {
        let end = path.iter().fold(table, |at, &step| known.up()(at, step));
        field_is_ordered(known, end, field)
    })
}

/// The detail of a feature, where its classes do not say it all.
pub(super) fn detail(known: &Known<'_>, table: usize, feature: &Feature) -> Option<Feature> {
    let Feature::Of { path, field } = feature else { return None };
    let up = |at: usize, step: usize| known.up()(at, step);
    let is_told = match (path.is_empty(), field) {
        (true, Field::Link { .. }) => {
            super::chain::tokens(known, table, *field).is_some_and(|(_, codec)| !codec.details.is_empty())
        }
        _ => known.context.known_details(table, path, *field, &up).is_some(),
    };
    is_told.then(|| Feature::Detail { path: path.clone(), field: *field })
}

/// The classes of features for some rows, ascending.
pub(super) fn classes(
    known: &Known<'_>,
    table: usize,
    features: &[Feature],
    rows: &[u32],
) -> BTreeMap<Feature, Vec<u8>> {
    let context = &known.context;
    let up = |at: usize, step: usize| known.up()(at, step);
    let ways: BTreeSet<&[usize]> = features
        .iter()
        .filter_map(|feature| match feature {
            Feature::Of { path, .. } | Feature::Detail { path, .. } => Some(path.as_slice()),
            _ => None,
        })
        .collect();
    let ends: BTreeMap<&[usize], Vec<u32>> = ways
        .into_par_iter()
        .map(|path| (path, rows.iter().map(|&row| context.climb(table, path, row, &up)).collect()))
        .collect();
    let spine = known.spines[table].as_ref();
    let own = |field: Field| known.own_classes(table, field);
    let pick = |all: &[u8], rows: &[u32]| -> Vec<u8> {
        rows.iter().map(|&row| all.get(row as usize).copied().unwrap_or(0)).collect()
    };
    let of = |feature: &Feature| match feature {
        Feature::Of { path, field } if path.is_empty() => pick(&own(*field).unwrap_or_default(), rows),
        Feature::Detail { path, field } if path.is_empty() => {
            pick(&known.own_details(table, *field).unwrap_or_default(), rows)
        }
        Feature::Detail { path, field } => {
            pick(context.known_details(table, path, *field, &up).unwrap_or_default(), &ends[path.as_slice()])
        }
        Feature::Of { path, field } => {
            pick(context.known(table, path, *field, &up).unwrap_or_default(), &ends[path.as_slice()])
        }
        _ => match spine.and_then(|spine| super::siblings::classes(spine, feature, own)) {
            Some(all) => pick(&all, rows),
            None => vec![0; rows.len()],
        },
    };
    features.par_iter().map(|feature| (feature.clone(), of(feature))).collect()
}
