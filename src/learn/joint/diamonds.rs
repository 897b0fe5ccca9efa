//! Foreign keys that follow from others in every row, but for a few: the customer of a payment is the customer of the rental that is paid.

use super::Known;
use crate::model::context::NO_ROW;
use crate::model::{Diamond, Treatment};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// One row in so many may speak against it.
const EXCEPT: usize = 100;
/// The share of the rows that would speak against it by chance up to which it is none.
const UNLIKELY: f64 = 0.1;

/// The foreign keys of a table whose parent is the parent of another parent, although no constraint says so.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Diamond> {
    let keys = &known.schema.tables[table].foreign_keys;
    let mut found: Vec<Diamond> = Vec::new();
    for (foreign_key, key) in keys.iter().enumerate() {
        let vias = (0..keys.len()).filter(|&via| {
            let other = &keys[via];
            let apart = other.columns.iter().all(|column| !key.columns.contains(column));
            let back = found.iter().any(|diamond| diamond.foreign_key == via);
            via != foreign_key && apart && !back && other.parent != table
        });
        let follows = vias.flat_map(|via| {
            let next = known.schema.tables[keys[via].parent].foreign_keys.iter().enumerate();
            next.filter(|(_, next)| next.parent == key.parent && next.parent_columns == key.parent_columns)
                .map(move |(then, _)| Diamond { foreign_key, via, then })
        });
        let on_time = |diamond: &Diamond| {
            key.parent != table
                && !known.graph.is_late(table, foreign_key)
                && !known.graph.is_late(table, diamond.via)
                && !known.graph.is_late(keys[diamond.via].parent, diamond.then)
        };
        found.extend(follows.filter(on_time).find(|diamond| holds(known, table, diamond)));
    }
    found
}

/// The foreign keys of a table whose parent is known once the spine's is: nothing is left to be drawn of it.
pub(super) fn following(known: &Known<'_>, table: usize) -> BTreeSet<usize> {
    let Some(spine) = known.spines[table].as_ref().map(|spine| spine.foreign_key) else {
        return BTreeSet::new();
    };
    let this = &known.schema.tables[table];
    let middle = this.foreign_keys[spine].parent;
    // Whether every row has a parent: a key may say that it can be NULL although it never is.
    let required = |table: usize, number: usize| {
        let this = &known.schema.tables[table];
        let parents = &known.recorded.tables[table].parents[number];
        this.foreign_keys[number].columns.iter().all(|&column| !this.columns[column].nullable)
            || !(parents.is_empty() || parents.contains(&NO_ROW))
    };
    let within = |number: usize| {
        known.schema.within(table, number, spine).is_some_and(|then| !known.graph.is_late(middle, then))
    };
    let copied = |table: usize| known.models[table].treatment == Treatment::Copy;
    let always = |number: usize| {
        let mut found = known.diamonds[table].iter().filter(|diamond| diamond.foreign_key == number);
        (!copied(middle) || copied(this.foreign_keys[number].parent))
            && found.any(|diamond| diamond.via == spine && required(middle, diamond.then))
    };
    (0..this.foreign_keys.len())
        .filter(|&number| number != spine && !known.graph.is_late(table, number))
        .filter(|&number| required(table, spine) && required(table, number))
        .filter(|&number| within(number) || always(number))
        .collect()
}

/// Whether so few rows speak against it that chance would have made ten times as many, and enough speak for it. New rows make no exceptions.
fn holds(known: &Known<'_>, table: usize, diamond: &Diamond) -> bool {
    let recorded = &known.recorded.tables;
    let middle = known.up()(table, diamond.via);
    let (Some(direct), Some(via), Some(then)) = (
        recorded[table].parents.get(diamond.foreign_key),
        recorded[table].parents.get(diamond.via),
        recorded[middle].parents.get(diamond.then),
    ) else {
        return false;
    };
    let all = direct.len();
    let (mut rows, mut except, mut ends) = (0, 0, FxHashMap::<u32, usize>::default());
    for (&direct, &via) in direct.iter().zip(via).filter(|(_, via)| **via != NO_ROW) {
        if then.get(via as usize) != Some(&direct) || direct == NO_ROW {
            except += 1;
            if except * EXCEPT > all {
                return false;
            }
        }
        rows += 1;
        *ends.entry(direct).or_insert(0) += 1;
    }
    // Of all pairs of rows, how many agree in their parent: as exact as whole numbers, in whatever order rows came.
    let agreeing: u128 = ends.values().map(|&count| (count as u128).pow(2)).sum();
    let by_chance = rows as f64 - agreeing as f64 / rows.max(1) as f64;
    rows >= 2 * known.privacy.leaf_rows()
        && ends.len() >= known.privacy.threshold().max(2)
        && except * EXCEPT <= rows
        && except as f64 <= by_chance * UNLIKELY
}
