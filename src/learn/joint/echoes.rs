//! Values that siblings share beyond what trees can tell: trees see classes, and the next row often has the very value of the one before.

use super::{Known, chain};
use crate::learn::joint::record::Raw;
use crate::model::Echo;
use crate::model::context::NO_ROW;
use rayon::prelude::*;
use std::cmp::Ordering;

/// The least share of rows, among those that follow a sibling of their class, that is worth noting.
const LEAST: f64 = 0.5;
/// Where strangers of one class agree more often, classes say what there is to say.
const MOST_CHANCE: f64 = 0.5;

/// The columns of a table whose values siblings repeat.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Echo> {
    let Some(spine) = &known.spines[table] else { return Vec::new() };
    let order = spine.order;
    let columns = chain::columns(known, table);
    let open = columns.into_par_iter().filter(|&column| {
        let is_ranked = known.ranks[table].iter().any(|rank| rank.column == column);
        Some(column) != order && !is_ranked && !chain::is_keyed(known, table, column)
    });
    open.filter_map(|column| Some(Echo { column, share: share(known, table, column)? })).collect()
}

/// Among rows that follow a sibling of the same class, the share that has its very value for no other reason than that.
fn share(known: &Known<'_>, table: usize, column: usize) -> Option<f64> {
    let spine = known.spines[table].as_ref()?;
    let recorded = &known.recorded.tables[table];
    let values = &recorded.values[column];
    if matches!(values, Raw::None | Raw::Opaque { .. }) {
        return None;
    }
    let classes = known.context.tables[table].fields.get(&crate::model::Field::Column(column))?;
    let parents = &recorded.parents[spine.foreign_key];
    let alike = |a: u32, b: u32| {
        let class = classes[a as usize];
        class > 0 && class == classes[b as usize]
    };
    let equal = |a: u32, b: u32| values.compare(a as usize, b as usize) == Ordering::Equal;
    let siblings = spine.sorted.windows(2).filter(|pair| {
        let parent = parents[pair[0] as usize];
        parent != NO_ROW && parent == parents[pair[1] as usize] && alike(pair[0], pair[1])
    });
    let (pairs, repeats) = siblings
        .fold((0usize, 0usize), |sum, pair| (sum.0 + 1, sum.1 + usize::from(equal(pair[0], pair[1]))));
    if pairs < 4 * known.privacy.leaf_rows() {
        return None;
    }
    // Rows of one class in random order: how often neighbours that have nothing to do with each other agree.
    let mut shuffled: Vec<u32> = (0..recorded.rows as u32).collect();
    shuffled.sort_by_cached_key(|&row| (classes[row as usize], row.wrapping_mul(0x9E37_79B9)));
    let strangers = shuffled
        .windows(2)
        .filter(|pair| parents[pair[0] as usize] != parents[pair[1] as usize] && alike(pair[0], pair[1]));
    let (others, chances) = strangers
        .fold((0usize, 0usize), |sum, pair| (sum.0 + 1, sum.1 + usize::from(equal(pair[0], pair[1]))));
    let chance = chances as f64 / others.max(1) as f64;
    let share = (repeats as f64 / pairs as f64 - chance) / (1.0 - chance).max(f64::MIN_POSITIVE);
    // Three digits: no row can be made out.
    (chance <= MOST_CHANCE && share >= LEAST).then(|| libm::round(share * 1e3) / 1e3)
}
