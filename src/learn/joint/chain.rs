//! The chain of a table: what is drawn, in which order, each from what.

use super::anchor::{self, Anchors};
use super::grow::{self, Grown, Rows, Sight, Target};
use super::spine::Spine;
use super::{Known, context, decided, gaps, links, screen, sights, steps};
use crate::model::context::NO_ROW;
use crate::model::privacy::rounded_nats;
use crate::model::rule::Statement;
use crate::model::{Codec, Conditional, Feature, Field, Fit, Lookup};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Rows on which features are compared.
const SCREENED: usize = 10_000;
/// Features that a tree may look at, beyond the fields before it in its row.
const MOST_FEATURES: usize = 48;
/// Of so many entities one has its rows held out.
const HELD_OUT: u64 = 10;

/// What splits on what siblings have, and on what parents have, are worth beside splits on the row itself (which parent it has is the row's
/// own). A greedy tree would ask siblings first wherever they tell the same, and rows whose siblings are unlike any of the source would be at
/// odds with themselves. What was counted of the rows of a subject tells that subject from all others: it seems to tell as much as there are
/// rows, and tells no more than there are subjects. How many siblings come before and after a row is not drawn, and cannot be at odds with
/// anything.
const WORTH_OF_SIBLINGS: f64 = 0.3;
const WORTH_OF_PARENTS: f64 = 0.5;
const WORTH_OF_SUBJECTS: f64 = 0.25;

/// How much what a split on a feature saves counts beside others; `personal` are the foreign keys that lead to subjects.
fn weight(feature: &Feature, personal: &BTreeSet<usize>) -> f64 {
    match feature {
        Feature::Of { path, field } | Feature::Detail { path, field } => match path.first() {
            Some(first) if is_counted(*field) && personal.contains(first) => WORTH_OF_SUBJECTS,
            Some(_) if *field != Field::Row => WORTH_OF_PARENTS,
            _ => 1.0,
        },
        Feature::Position | Feature::Left => 1.0,
        _ => WORTH_OF_SIBLINGS,
    }
}

/// Whether a field is what a parent's children are like.
fn is_counted(field: Field) -> bool {
    matches!(field, Field::Children { .. } | Field::Behaviour { .. })
}

/// The foreign keys whose parents each have rows of one subject alone, and several of them.
fn personal(known: &Known<'_>, table: usize) -> BTreeSet<usize> {
    let recorded = &known.recorded.tables[table];
    let is_personal = |number: &usize| {
        let parents = &recorded.parents[*number];
        let mut of: FxHashMap<u32, u32> = FxHashMap::default();
        let pairs = parents.iter().zip(&recorded.subjects).filter(|(parent, _)| **parent != NO_ROW);
        let rows = pairs.clone().count();
        let alone = pairs.clone().all(|(&parent, &subject)| *of.entry(parent).or_insert(subject) == subject);
        alone && rows >= 2 * of.len().max(1)
    };
    (0..recorded.parents.len()).filter(is_personal).collect()
}

/// Whether a feature is another one for rows that come first among their siblings.
fn is_beside(feature: &Feature) -> bool {
    feature.is_of_siblings() || matches!(feature, Feature::Of { field: Field::Gap(_), .. })
}

/// The columns that are drawn given each other: written ones that no key decides, that are not put together of others' texts, and that have
/// more than one token.
pub(super) fn columns(known: &Known<'_>, table: usize) -> Vec<usize> {
    let this = &known.schema.tables[table];
    let in_key = |column: usize| {
        this.foreign_keys.iter().any(|key| key.columns.contains(&column))
            || this.unique_keys().any(|key| key.columns == [column])
            || known.models[table].columns[column].unique.as_ref().is_some_and(|unique| unique.serial)
    };
    let is_made = |column: usize| {
        known.models[table].rules.iter().any(|rule| match &rule.statement {
            Statement::Formula { column: computed, expression, .. } => {
                *computed == column && expression.as_text().is_some()
            }
            _ => false,
        })
    };
    let known_fields = &known.context.tables[table].fields;
    let written = this.written_columns().map(|(column, _)| column);
    written
        .filter(|&column| !in_key(column) && known_fields.contains_key(&Field::Column(column)))
        .filter(|&column| !is_made(column))
        .collect()
}

/// The tokens of a field by row, with their codec.
pub(super) fn tokens(known: &Known<'_>, table: usize, field: Field) -> Option<(Vec<u16>, Codec)> {
    match field {
        Field::Column(column) => {
            let codec = Codec::of_column(&known.models[table].columns[column])?;
            Some((known.recorded.tables[table].tokens[column].clone()?, codec))
        }
        Field::Gap(column) => {
            let classes = gaps::of(known, table, column)?;
            let mut rows = vec![0; crate::model::MOST_CLASSES];
            classes.iter().for_each(|&class| rows[usize::from(class)] += 1);
            Some((classes.iter().map(|&class| u16::from(class)).collect(), Codec::of_classes(true, rows)))
        }
        Field::Children { table: child, foreign_key } => {
            let tokens = context::child_tokens(known.models, known.recorded, table, child, foreign_key)?;
            Some((tokens, Codec::of_counts(&known.models[child].cardinalities[foreign_key].histogram)))
        }
        Field::Behaviour { table: child, column, .. } => {
            let classes = known.context.tables[table].fields.get(&field)?;
            let ordered = Codec::of_column(&known.models[child].columns[column])?.ordered;
            let mut rows = vec![0; crate::model::MOST_CLASSES];
            classes.iter().for_each(|&class| rows[usize::from(class)] += 1);
            Some((classes.iter().map(|&class| u16::from(class)).collect(), Codec::of_classes(ordered, rows)))
        }
        Field::Link { foreign_key, level } => {
            let link = known.links[table].iter().find(|link| link.foreign_key == foreign_key)?;
            links::tokens(known, table, foreign_key, *link.fields.get(level)?)
        }
        Field::Row => None,
    }
}

/// Whether a column is part of a unique key of several columns. Such columns are drawn first, so that the others follow
/// the values that keys leave them.
pub(super) fn is_keyed(known: &Known<'_>, table: usize, column: usize) -> bool {
    let mut keys = known.schema.tables[table].unique_keys();
    keys.any(|key| key.columns.len() > 1 && key.columns.contains(&column))
}

/// One field to be fitted, and what it may look at.
struct Task {
    field: Field,
    tokens: Vec<u16>,
    codec: Codec,
    /// What its row knows already.
    own: Vec<Feature>,
    /// What else it may look at, if it tells enough.
    open: Vec<Feature>,
}

impl Task {
    /// What decides the field, if anything does.
    fn lookup(&self, known: &Known<'_>, table: usize, rows: &Rows<'_>) -> Option<Lookup> {
        let Field::Column(column) = self.field else { return None };
        let before = self.own.iter().filter_map(|feature| match feature {
            Feature::Of { path, field } if path.is_empty() => Some(*field),
            _ => None,
        });
        decided::lookup(known, table, column, &before.collect::<Vec<_>>(), rows)
    }
}

/// Fits a table's fields in their order.
pub(super) fn fit(known: &Known<'_>, table: usize) -> Vec<Conditional> {
    let tasks = tasks(known, table);
    let rows: Vec<u32> = (0..known.recorded.tables[table].rows as u32).collect();
    let chosen = with_details(known, table, choose(known, table, &tasks, &rows));
    let wanted: BTreeSet<&Feature> = chosen.iter().flatten().collect();
    let wanted: Vec<Feature> = wanted.into_iter().cloned().collect();
    let classes = sights::classes(known, table, &wanted, &rows);
    let subjects = &known.recorded.tables[table].subjects;
    let held_out: Vec<bool> = subjects.iter().map(|&subject| is_held_out(subject)).collect();
    let held_out_subjects =
        subjects.iter().filter(|&&subject| is_held_out(subject)).collect::<BTreeSet<_>>().len();
    let all = Rows::new(subjects, &held_out, known.privacy);
    let ordered: BTreeMap<&Feature, bool> =
        wanted.iter().map(|feature| (feature, sights::is_ordered(known, table, feature))).collect();
    let firsts = known.spines[table].as_ref().map_or(Vec::new(), Spine::firsts);
    let more = firsts.iter().map(|&(row, _)| row as usize);
    let more_subjects: Vec<u32> =
        subjects.iter().copied().chain(more.clone().map(|row| subjects[row])).collect();
    let more_held_out: Vec<bool> =
        held_out.iter().copied().chain(more.clone().map(|row| held_out[row])).collect();
    let again = Rows::new(&more_subjects, &more_held_out, known.privacy);
    let anchors = Anchors::new((subjects, &held_out, known.privacy), &classes, |feature| ordered[feature]);
    let personal = personal(known, table);
    tasks
        .par_iter()
        .zip(chosen)
        .map(|(task, features)| {
            let orders = known.spines[table].as_ref().and_then(|spine| spine.order).map(Field::Column);
            let tells_order = orders == Some(task.field) || matches!(task.field, Field::Gap(_));
            let is_masked = !firsts.is_empty() && !tells_order && features.iter().any(is_beside);
            let codes: Vec<Cow<'_, [u8]>> = features
                .iter()
                .map(|feature| match (&classes[feature], is_masked) {
                    (codes, false) => Cow::Borrowed(codes.as_slice()),
                    (codes, true) => {
                        let of = |&(row, first): &(u32, u32)| match is_beside(feature) {
                            true => codes[first as usize],
                            false => codes[row as usize],
                        };
                        Cow::Owned(codes.iter().copied().chain(firsts.iter().map(of)).collect())
                    }
                })
                .collect();
            let whole = |feature: &Feature| match feature {
                Feature::Detail { .. } => features.iter().position(|other| *other == feature.whole()),
                _ => None,
            };
            let weights: BTreeMap<&Feature, f64> =
                features.iter().map(|feature| (feature, weight(feature, &personal))).collect();
            let seen = features.iter().zip(&codes);
            let seen: Vec<Sight<'_>> = seen
                .map(|(feature, codes)| Sight {
                    codes,
                    ordered: ordered[feature],
                    of: whole(feature),
                    weight: weights[feature],
                })
                .collect();
            let mut tokens = Cow::Borrowed(task.tokens.as_slice());
            if is_masked {
                tokens.to_mut().extend(more.clone().map(|row| task.tokens[row]));
            }
            let rows = if is_masked { &again } else { &all };
            let grown = grow::grow(&Target { tokens: &tokens, codec: &task.codec }, &seen, rows);
            tracing::debug!(
                table = %known.schema.tables[table].name,
                field = ?task.field,
                nats = grown.fit,
                held_out = grown.held_out,
                marginal = grown.marginal,
                gains = ?grown.gain_by_feature,
                "grew a tree"
            );
            let leans = grown.used.iter().any(|&used| anchor::leans(&features[used]));
            let before = Feature::Earlier { back: 1, field: task.field };
            let steps = classes.get(&before).filter(|_| leans).and_then(|before| {
                let fitted = steps::Fitted { tokens: &task.tokens, before, subjects };
                let leaf =
                    |row: usize| grown.tree.leaf(|feature| codes[grown.used[usize::from(feature)]][row]);
                steps::of((&grown.tree, &task.codec), &fitted, leaf, known.privacy)
            });
            Conditional {
                field: task.field,
                lookup: task.lookup(known, table, &all),
                steps,
                anchor: leans.then(|| anchors.grow(task.field, (&task.tokens, &task.codec), &weights)),
                features: grown.used.iter().map(|&used| features[used].clone()).collect(),
                fit: fit_of(&grown, held_out_subjects),
                gains: grown.gain_by_feature.iter().map(|&gain| rounded_nats(gain)).collect(),
                tree: grown.tree,
            }
        })
        .collect()
}

/// What the tree tells of rows seen and of rows held out.
fn fit_of(grown: &Grown, held_out_subjects: usize) -> Option<Fit> {
    let held_out = grown.held_out_gain?;
    let error = held_out.deviation / libm::sqrt(held_out_subjects.max(1) as f64);
    Some(Fit {
        seen: rounded_nats(grown.gain.mean),
        held_out: rounded_nats(held_out.mean),
        error: rounded_nats(error),
    })
}

/// The fields of a table in the order of drawing.
fn tasks(known: &Known<'_>, table: usize) -> Vec<Task> {
    let spine = known.spines[table].as_ref();
    let columns = columns(known, table);
    let ordering = spine.and_then(|spine| spine.order).filter(|order| columns.contains(order));
    let mut keyed: Vec<usize> =
        columns.iter().copied().filter(|&column| is_keyed(known, table, column)).collect();
    keyed.sort_by_key(|&column| (Some(column) != ordering, column));
    let mut begin: Vec<usize> =
        keyed.iter().copied().chain(ordering.filter(|order| !keyed.contains(order))).collect();
    // Clocks are read exactly only where the moment is there, not what stands for its token.
    let read = known.models[table].clocked_columns();
    begin.extend(
        columns
            .iter()
            .copied()
            .filter(|column| read.contains(column) && !keyed.contains(column) && Some(*column) != ordering),
    );
    let link_fields: Vec<Field> = known.links[table]
        .iter()
        .flat_map(|link| {
            let foreign_key = link.foreign_key;
            (0..link.fields.len()).map(move |level| Field::Link { foreign_key, level })
        })
        .collect();
    let order: Vec<usize> = begin
        .iter()
        .copied()
        .chain(columns.iter().copied().filter(|column| !begin.contains(column)))
        .collect();
    let begin: Vec<Field> = begin.into_iter().map(Field::Column).collect();
    // Which parents a row is to have says more of its keys than these of the parents; but siblings' order comes first.
    let mut leads = usize::from(ordering.is_some_and(|order| begin.first() == Some(&Field::Column(order))));
    let gap = ordering.filter(|&order| leads > 0 && gaps::leads(known, table, order)).map(Field::Gap);
    let is_first = |column: &usize| known.limits.comes_first(table, *column);
    let firsts = order[begin.len()..].iter().copied().filter(is_first).map(Field::Column);
    let firsts: Vec<Field> = firsts.collect();
    leads += usize::from(gap.is_some()) + firsts.len();
    let begin: Vec<Field> = firsts.into_iter().chain(gap).chain(begin).collect();
    let (lead, keys) = begin.split_at(leads);
    let first: Vec<Field> = lead.iter().copied().chain(link_fields).collect();
    let rest = decided::sorted(known, table, &order);
    let rest: Vec<Field> = rest
        .into_iter()
        .filter(|&column| !begin.contains(&Field::Column(column)))
        .flat_map(|column| {
            let gap = gaps::leads(known, table, column).then_some(Field::Gap(column));
            gap.into_iter().chain([Field::Column(column)])
        })
        .collect();
    let own_columns: Vec<Field> = begin.iter().chain(&rest).copied().collect();

    let above = sights::above(known, table);
    let near: Vec<Feature> = above
        .iter()
        .filter(|feature| match feature {
            Feature::Of { path, .. } => {
                known.links[table].is_empty()
                    || known.following[table].contains(&path[0])
                    || spine.is_some_and(|spine| path[0] == spine.foreign_key)
            }
            _ => false,
        })
        .cloned()
        .collect();
    let beside = |fields: &[Field]| match spine {
        Some(_) => sights::beside(known, table, fields),
        None => Vec::new(),
    };
    let link = |foreign_key: usize, level: usize| {
        let link = known.links[table].iter().find(|link| link.foreign_key == foreign_key)?;
        link.fields.get(level).copied()
    };
    let mut tasks = Vec::new();
    let mut add = |field: Field, known_before: &[Field], open: Vec<Feature>| {
        let later: Vec<Field> =
            own_columns.iter().filter(|&other| !known_before.contains(other)).copied().collect();
        let is_computed =
            matches!(field, Field::Column(column) if decided::is_computed(known, table, column, &later));
        let (known_before, open) = if is_computed { (&[][..], Vec::new()) } else { (known_before, open) };
        if let Some((tokens, codec)) = tokens(known, table, field) {
            let may_see = |feature: &Feature| known.limits.allows(known.schema, table, field, feature, &link);
            // The column is worked out of its gap; its own tree is for rows that follow none.
            let is_told =
                |other: &&Field| !matches!(**other, Field::Gap(column) if field == Field::Column(column));
            let own =
                known_before.iter().filter(is_told).map(|&field| Feature::Of { path: Vec::new(), field });
            let (own, open) = (own.filter(may_see).collect(), open.into_iter().filter(may_see).collect());
            tasks.push(Task { field, tokens, codec, own, open });
        }
    };
    // Without links and keys, all fields are drawn row by row, and what comes first in a row sees all of the rows before it.
    let is_one_part = first.len() == leads && begin.len() == leads;
    let known_of_siblings = if is_one_part { &own_columns } else { &first };
    let open: Vec<Feature> = near.iter().cloned().chain(beside(known_of_siblings)).collect();
    for (at, &field) in first.iter().enumerate() {
        add(field, &first[..at], open.clone());
    }
    // Once rows have their parents, parts of keys see all of them.
    let open: Vec<Feature> = above.iter().cloned().chain(beside(&begin)).collect();
    for (at, &field) in keys.iter().enumerate() {
        add(field, &begin[..leads + at], open.clone());
    }
    let open: Vec<Feature> = above.iter().cloned().chain(beside(&own_columns)).collect();
    let before = own_columns.len() - rest.len();
    for (at, &field) in rest.iter().enumerate() {
        add(field, &own_columns[..before + at], open.clone());
    }
    let below = known.context.tables[table].fields.keys().copied();
    let below: Vec<Field> =
        below.filter(|field| matches!(field, Field::Children { .. } | Field::Behaviour { .. })).collect();
    for (at, &field) in below.iter().enumerate() {
        let own_columns = own_columns.iter().filter(|field| !matches!(field, Field::Gap(_)));
        let known_before: Vec<Field> = own_columns.chain(&below[..at]).copied().collect();
        add(field, &known_before, above.clone());
    }
    tasks
}

/// The features that each task's tree may look at: what its row knows already, and the most telling of the rest.
fn choose(known: &Known<'_>, table: usize, tasks: &[Task], rows: &[u32]) -> Vec<Vec<Feature>> {
    let step = rows.len().div_ceil(SCREENED).max(1);
    let sample: Vec<u32> = rows.iter().copied().step_by(step).collect();
    let candidates: BTreeSet<&Feature> = tasks.iter().flat_map(|task| &task.open).collect();
    let candidates: Vec<Feature> = candidates.into_iter().cloned().collect();
    let mut classes = sights::classes(known, table, &candidates, &sample);
    forget_twins(&mut classes);
    let subjects: Vec<u32> =
        sample.iter().map(|&row| known.recorded.tables[table].subjects[row as usize]).collect();
    let held_out = vec![false; sample.len()];
    let looked_at = Rows::new(&subjects, &held_out, known.privacy);
    tasks
        .par_iter()
        .map(|task| {
            let tokens: Vec<u16> = sample.iter().map(|&row| task.tokens[row as usize]).collect();
            let open: Vec<(&Feature, &Vec<u8>)> =
                task.open.iter().filter_map(|feature| classes.get_key_value(feature)).collect();
            let seen: Vec<Sight<'_>> = open
                .iter()
                .map(|(_, codes)| Sight { codes, ordered: false, of: None, weight: 1.0 })
                .collect();
            let target = Target { tokens: &tokens, codec: &task.codec };
            let told = screen::screen(&target, &seen, &looked_at, MOST_FEATURES);
            task.own.iter().cloned().chain(told.into_iter().map(|number| open[number].0.clone())).collect()
        })
        .collect()
}

/// Adds the details of features, behind them.
fn with_details(known: &Known<'_>, table: usize, mut chosen: Vec<Vec<Feature>>) -> Vec<Vec<Feature>> {
    let all: BTreeSet<Feature> = chosen.iter().flatten().cloned().collect();
    let details: BTreeMap<Feature, Feature> = all
        .into_iter()
        .filter_map(|feature| Some((feature.clone(), sights::detail(known, table, &feature)?)))
        .collect();
    for features in &mut chosen {
        let found: Vec<Feature> =
            features.iter().filter_map(|feature| details.get(feature)).cloned().collect();
        features.extend(found);
    }
    chosen
}

/// Drops features that are constant, or the same as one before: the parent's parent is often reached on several ways.
fn forget_twins(classes: &mut BTreeMap<Feature, Vec<u8>>) {
    let mut met: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut features: Vec<Feature> = classes.keys().cloned().collect();
    features.sort_by_key(|feature| match feature {
        Feature::Of { path, .. } => path.len(),
        _ => 0,
    });
    for feature in features {
        let codes = &classes[&feature];
        if codes.windows(2).all(|pair| pair[0] == pair[1]) || met.contains(codes) {
            classes.remove(&feature);
        } else {
            met.insert(codes.clone());
        }
    }
}

/// One entity of ten is held out, as its number says.
fn is_held_out(subject: u32) -> bool {
    (u64::from(subject).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % HELD_OUT == 0
}
