//! What rows know of their parents through foreign keys that are not the spine.

use super::spine::Spine;
use super::{Known, chain, sights};
use crate::model::context::NO_ROW;
use crate::model::{Codec, Feature, Field, Link, MOST_CLASSES, Treatment};
use crate::stats::mutual_information;

/// Fields of the parent that are drawn at the most.
const MOST_FIELDS: usize = 3;
/// Rows that are looked at.
const LOOKED_AT: usize = 20_000;
/// Nats that what is known of a row must tell of a field of its parent.
const LEAST: f64 = 0.01;
/// Fields of a parent, and things that are known of rows, that are asked about each other: tables that half the schema refers to have
/// hundreds of both.
const MOST_ASKED: usize = 64;
const MOST_KNOWN: usize = 128;
/// Rows of a copied parent that can be told apart.
const MOST_ROWS: usize = 20_000;
/// Children per copied parent from which on it matters which one it is.
const ROWS_EACH: usize = 5;

/// The links of a table, required and small parents first, as far as anything tells of their parents.
pub(super) fn choose(known: &Known<'_>, table: usize) -> Vec<Link> {
    let spine = known.spines[table].as_ref();
    let columns = chain::columns(known, table);
    let first = spine.and_then(|spine| spine.order).filter(|order| columns.contains(order));
    let keys = &known.schema.tables[table].foreign_keys;
    let spined = spine.map(|spine| spine.foreign_key);
    let mut numbers: Vec<usize> = (0..keys.len())
        .filter(|&number| Some(number) != spined && !known.following[table].contains(&number))
        .filter(|&number| keys[number].parent != table && !known.graph.is_late(table, number))
        .filter(|&number| known.is_followed(table, number))
        .collect();
    numbers.sort_by_key(|&number| (known.models[keys[number].parent].rows, number));
    let mut links: Vec<Link> = Vec::new();
    for number in numbers {
        let fields = fields(known, table, number, spine, first, &links);
        if !fields.is_empty() {
            links.push(Link { foreign_key: number, fields });
        }
    }
    links
}

/// The classes of a parent's field by row of the child.
fn classes_of(known: &Known<'_>, table: usize, foreign_key: usize, field: Field, rows: &[u32]) -> Vec<u8> {
    known.context.classes(table, &[foreign_key], field, rows, &|at, step| known.up()(at, step))
}

fn fields(
    known: &Known<'_>,
    table: usize,
    foreign_key: usize,
    spine: Option<&Spine>,
    first: Option<usize>,
    earlier: &[Link],
) -> Vec<Field> {
    let parent = known.schema.tables[table].foreign_keys[foreign_key].parent;
    let all = &known.recorded.tables[table];
    let Some(parents) = all.parents.get(foreign_key).filter(|parents| !parents.is_empty()) else {
        return Vec::new();
    };
    if known.models[parent].treatment == Treatment::Copy {
        let rows = known.models[parent].rows as usize;
        let told = known.models[table].cardinalities[foreign_key].each.is_some();
        if !(told && rows > 1 && rows <= MOST_ROWS) {
            return Vec::new();
        }
        let linked = parents.iter().filter(|&&parent| parent != NO_ROW).count();
        if rows <= MOST_CLASSES || linked >= ROWS_EACH * rows {
            return vec![Field::Row];
        }
        // Of parents with a child or two each, trees learn what they are like, not which they are.
    }
    let step = all.rows.div_ceil(LOOKED_AT).max(1);
    let linked = |row: &u32| parents[*row as usize] != NO_ROW;
    let sample: Vec<u32> = (0..all.rows as u32).step_by(step).filter(linked).collect();
    let context = by_entropy(contexts(known, table, spine, first, earlier, &sample));
    let fields = known.context.tables[parent].fields.keys().copied();
    let mut told: Vec<(f64, Field, Vec<u8>)> = fields
        .filter(|&field| sights::is_visible(known, parent, field))
        .take(MOST_ASKED)
        .filter_map(|field| {
            let own = classes_of(known, table, foreign_key, field, &sample);
            let beside = beside(spine, &sample, parents, known, parent, field);
            let beside = beside.map_or(0.0, |(one, other)| mutual_information(&one, &other));
            let most = most_told(&context, &own, beside);
            (most > LEAST).then_some((most, field, own))
        })
        .collect();
    told.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut chosen: Vec<(Field, Vec<u8>)> = Vec::new();
    for (_, field, own) in told {
        let entropy = mutual_information(&own, &own);
        let is_new = chosen.iter().all(|(_, other)| mutual_information(other, &own) < 0.9 * entropy);
        if is_new && chosen.len() < MOST_FIELDS {
            chosen.push((field, own));
        }
    }
    if chosen.is_empty() && known.models[parent].treatment == Treatment::Copy {
        return vec![Field::Row];
    }
    chosen.into_iter().map(|(field, _)| field).collect()
}

/// What is known of rows with its entropy, that of most first.
fn by_entropy(context: Vec<Vec<u8>>) -> Vec<(f64, Vec<u8>)> {
    let mut all: Vec<_> = context.into_iter().map(|own| (mutual_information(&own, &own), own)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.truncate(MOST_KNOWN);
    all
}

/// The most nats that anything known tells of a field, or `least`. Nothing tells more than it has itself, nor than there is to tell.
fn most_told(context: &[(f64, Vec<u8>)], own: &[u8], least: f64) -> f64 {
    let entropy = mutual_information(own, own);
    let mut most = least;
    for (known, other) in context {
        if most.max(LEAST) >= known.min(entropy) {
            break;
        }
        most = most.max(mutual_information(other, own));
    }
    most
}

/// What is known of a row before its link: the spine parent's fields, what orders siblings, earlier links' parents.
fn contexts(
    known: &Known<'_>,
    table: usize,
    spine: Option<&Spine>,
    first: Option<usize>,
    earlier: &[Link],
    sample: &[u32],
) -> Vec<Vec<u8>> {
    let above = sights::above(known, table);
    let near = |path: &[usize]| {
        spine.is_some_and(|spine| path.first() == Some(&spine.foreign_key))
            || path.first().is_some_and(|step| known.following[table].contains(step))
            || earlier.iter().any(|link| path == [link.foreign_key])
    };
    let mut features: Vec<Feature> = above
        .into_iter()
        .filter(|feature| matches!(feature, Feature::Of { path, .. } if near(path)))
        .collect();
    features.extend(first.map(|column| Feature::Of { path: vec![], field: Field::Column(column) }));
    sights::classes(known, table, &features, sample).into_values().collect()
}

/// The field's class of a row's parent, and of its previous sibling's parent.
fn beside(
    spine: Option<&Spine>,
    sample: &[u32],
    parents: &[u32],
    known: &Known<'_>,
    parent: usize,
    field: Field,
) -> Option<(Vec<u8>, Vec<u8>)> {
    let spine = spine?;
    let classes = known.context.tables[parent].fields.get(&field)?;
    let step = (spine.sorted.len() / sample.len().max(1)).max(1);
    let mut pairs = (Vec::new(), Vec::new());
    for ends in spine.starts.windows(2) {
        for at in (ends[0] + 1..ends[1]).filter(|at| (*at as usize).is_multiple_of(step)) {
            let of = |at: u32| parents[spine.sorted[at as usize] as usize];
            if of(at) != NO_ROW && of(at - 1) != NO_ROW {
                pairs.0.push(classes[of(at - 1) as usize]);
                pairs.1.push(classes[of(at) as usize]);
            }
        }
    }
    (pairs.0.len() >= 2 * known.privacy.leaf_rows()).then_some(pairs)
}

/// The tokens of a link's field by row of the child, with their codec; token 0 where a row has no parent.
pub(super) fn tokens(
    known: &Known<'_>,
    table: usize,
    foreign_key: usize,
    field: Field,
) -> Option<(Vec<u16>, Codec)> {
    let parent = known.schema.tables[table].foreign_keys[foreign_key].parent;
    let parents = known.recorded.tables[table].parents.get(foreign_key)?;
    let (of_parent, codec) = match field {
        Field::Row => {
            let each = known.models[table].cardinalities[foreign_key].each.as_ref()?;
            let tokens = (1..=each.len()).map(|token| u16::try_from(token).ok()).collect::<Option<_>>()?;
            (tokens, Codec::new(false, std::iter::once(0).chain(each.iter().copied()).collect()))
        }
        field => chain::tokens(known, parent, field)?,
    };
    let tokens = parents.iter().map(|&row| of_parent.get(row as usize).copied().unwrap_or(0)).collect();
    Some((tokens, codec))
}
