//! Columns whose values go one way along siblings in order: the laps of a race by place, what a meter shows from month to month.

use super::{Known, chain};
use crate::learn::along;
use crate::model::{Codec, Run};
use rayon::prelude::*;

/// Pairs of siblings that differ, at the least, in leaves of the model.
const FEWEST: usize = 10;

/// Those of a table. What orders siblings is none of them, nor is what others decide.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Run> {
    let Some(spine) = &known.spines[table] else { return Vec::new() };
    let Some(order) = spine.order else { return Vec::new() };
    let model = &known.models[table];
    let columns = chain::columns(known, table).into_par_iter().filter(|&column| {
        let is_place = known.ranks[table].iter().any(|rank| rank.column == column);
        column != order
            && !is_place
            && !known.is_ruled(table, column)
            && !chain::is_keyed(known, table, column)
            && !known.limits.parts(table, column)
            && known.is_in_order(table, column, spine.foreign_key)
            && Codec::of_column(&model.columns[column]).is_some_and(|codec| codec.ordered)
    });
    let run = |column: usize| {
        let values = &known.recorded.tables[table].values[column];
        let mut pairs = Vec::new();
        for ends in spine.starts.windows(2) {
            let group = &spine.sorted[ends[0] as usize..ends[1] as usize];
            let mut there = group.iter().copied().filter(|&row| !values.is_null(row as usize));
            let mut before = there.next();
            for row in there {
                pairs.extend(before.map(|before| (before, row)));
                before = Some(row);
            }
        }
        let way = along::one_way(&pairs, |one, next| values.compare(one as usize, next as usize))?;
        (way.pairs >= FEWEST * known.privacy.leaf_rows()).then_some(Run { column, falling: way.falling })
    };
    columns.filter_map(run).collect()
}
