//! What child rows see of their parents: how many of them have a parent of each class.

use super::{Known, sights};
use crate::model::context::NO_ROW;
use crate::model::{Field, MOST_CLASSES, Seen};

/// Parents at the most: where there are more, chance evens out what single ones do.
const MOST_PARENTS: usize = 20_000;
/// Fields of a parent at the most.
const MOST_FIELDS: usize = 16;

/// What the rows of a table see of their parents through keys whose parents are drawn.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Seen> {
    let keys = known.schema.tables[table].foreign_keys.iter().enumerate();
    keys.filter(|(_, key)| key.parent != table && known.is_fitted(key.parent))
        .filter(|(_, key)| known.recorded.tables[key.parent].rows <= MOST_PARENTS)
        .flat_map(|(foreign_key, key)| {
            let fields = known.context.tables[key.parent].fields.keys().copied();
            let columns = fields.filter(|&field| {
                matches!(field, Field::Column(_)) && sights::is_visible(known, key.parent, field)
            });
            columns
                .take(MOST_FIELDS)
                .filter_map(move |field| one(known, table, foreign_key, key.parent, field))
        })
        .collect()
}

fn one(known: &Known<'_>, table: usize, foreign_key: usize, parent: usize, field: Field) -> Option<Seen> {
    let parents =
        known.recorded.tables[table].parents.get(foreign_key).filter(|parents| !parents.is_empty())?;
    let classes = known.context.tables[parent].fields.get(&field)?;
    let (mut rows, mut held_by) = ([0u64; MOST_CLASSES], [0usize; MOST_CLASSES]);
    classes.iter().for_each(|&class| held_by[usize::from(class)] += 1);
    for &parent in parents.iter().filter(|&&parent| parent != NO_ROW) {
        rows[usize::from(classes[parent as usize])] += 1;
    }
    // Of a class that few parents have, the count would be theirs.
    let told = (0u8..).zip(rows).filter(|&(class, _)| known.privacy.shared(held_by[usize::from(class)]));
    Some(Seen { foreign_key, field, rows: told.collect() })
}
