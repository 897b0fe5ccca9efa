//! How siblings differ in a column, as a field of its own that is drawn before the column: how far they lie apart in what orders them, in
//! tokens, and whether they have the same of what they often repeat. Classes are wider than a season and a club, and who plays for one club
//! alone has one row in each season: all else sees the gap, and the value is worked out of it.

use super::{Known, chain};
use crate::model::context::NO_ROW;
use crate::model::{Codec, NULL_TOKEN, gap_class};

/// Different tokens from which on a tree does not tell by itself whether one repeats.
const MANY: usize = 16;
/// The share of siblings that repeat a token, and of strangers that have it too, at the most, of as many.
const REPEATED: f64 = 0.2;
const BY_CHANCE: f64 = 0.5;
/// Rows that are looked at, about.
const LOOKED_AT: usize = 20_000;

/// Whether a column is worked out of gaps. What orders siblings is, unless it is part of a key, a place or NULL; and so are categories that
/// siblings repeat far more often than strangers.
pub(super) fn leads(known: &Known<'_>, table: usize, column: usize) -> bool {
    let Some(spine) = known.spines[table].as_ref() else { return false };
    let model = &known.models[table].columns[column];
    let Some(codec) = Codec::of_column(model) else { return false };
    let is_place = known.ranks[table].iter().any(|rank| rank.column == column);
    if is_place || chain::is_keyed(known, table, column) {
        return false;
    }
    if codec.ordered {
        return spine.order == Some(column) && model.nulls == 0;
    }
    let Some(tokens) = &known.recorded.tables[table].tokens[column] else { return false };
    let parents = &known.recorded.tables[table].parents[spine.foreign_key];
    let has_value = |row: u32| tokens[row as usize] != NULL_TOKEN;
    let step = spine.sorted.len().div_ceil(LOOKED_AT).max(1);
    let pairs = spine.sorted.windows(2).step_by(step).filter(|pair| has_value(pair[0]) && has_value(pair[1]));
    let (mut siblings, mut repeats) = (0.0, 0.0);
    for pair in pairs {
        let parent = parents[pair[0] as usize];
        if parent != NO_ROW && parent == parents[pair[1] as usize] {
            siblings += 1.0;
            repeats += f64::from(u8::from(tokens[pair[0] as usize] == tokens[pair[1] as usize]));
        }
    }
    let all: f64 = codec.rows[1..].iter().map(|&rows| rows as f64).sum();
    let chance: f64 = codec.rows[1..].iter().map(|&rows| (rows as f64 / all.max(1.0)).powi(2)).sum();
    codec.rows[1..].iter().filter(|rows| **rows > 0).count() >= MANY
        && siblings >= 4.0 * known.privacy.leaf_rows() as f64
        && repeats >= REPEATED * siblings
        && chance * siblings <= BY_CHANCE * repeats
}

/// The class of each row's gap, 0 where it follows no sibling that has a value.
pub(super) fn of(known: &Known<'_>, table: usize, column: usize) -> Option<Vec<u8>> {
    let spine = known.spines[table].as_ref()?;
    let tokens = known.recorded.tables[table].tokens[column].as_ref()?;
    let is_ordered = Codec::of_column(&known.models[table].columns[column])?.ordered;
    let mut gaps = vec![0; tokens.len()];
    for ends in spine.starts.windows(2) {
        for pair in spine.sorted[ends[0] as usize..ends[1] as usize].windows(2) {
            let [before, row] = [pair[0], pair[1]].map(|row| tokens[row as usize]);
            gaps[pair[1] as usize] = gap_class(is_ordered, before, row);
        }
    }
    Some(gaps)
}
