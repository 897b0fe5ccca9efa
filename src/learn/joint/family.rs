//! Rows that have one parent through a foreign key that is not the spine: what one has tells of the others, and they are drawn
//! looking at those that are drawn before.
//!
//! They come in the order in which they will be drawn: by their places among their siblings, families of siblings in an order
//! that means nothing.

use super::siblings::Order;
use super::{Known, behaviour, chain, sights};
use crate::model::context::scattered;
use crate::model::{Feature, Field};

/// Rows per parent on average from which on they are a population and no family.
const LARGEST_MEAN: usize = 400;

/// The families of the rows of a table along one foreign key.
pub(super) struct Family {
    pub(super) foreign_key: usize,
    /// All rows, family by family.
    pub(super) order: Order,
    /// The columns of which one row tells of another.
    columns: Vec<usize>,
}

/// The families of a table beside those of its spine.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Family> {
    let this = &known.schema.tables[table];
    let spine = known.spines[table].as_ref().map(|spine| spine.foreign_key);
    if this.foreign_keys.iter().any(|key| key.parent == table) {
        // Rows of such a table wait for their parents.
        return Vec::new();
    }
    let columns = chain::columns(known, table);
    (0..this.foreign_keys.len())
        .filter(|&number| Some(number) != spine && known.is_followed(table, number))
        .filter(|&number| known.is_fitted(this.foreign_keys[number].parent))
        .filter_map(|number| {
            let groups = behaviour::groups(known, table, number);
            let columns = behaviour::told(known, table, &groups, &columns);
            let families = groups.iter().filter(|group| !group.is_empty()).count();
            let rows: usize = groups.iter().map(Vec::len).sum();
            let is_family = !columns.is_empty() && rows <= LARGEST_MEAN * families;
            is_family.then(|| Family { foreign_key: number, order: order(known, table, number), columns })
        })
        .collect()
}

/// What a row may see of its families.
pub(super) fn features(known: &Known<'_>, table: usize) -> Vec<Feature> {
    let features = known.families[table].iter().flat_map(|family| {
        let fields: Vec<Field> = family.columns.iter().map(|&column| Field::Column(column)).collect();
        let foreign_key = family.foreign_key;
        let seen = sights::beside(known, table, &fields).into_iter();
        seen.filter(|feature| !matches!(feature, Feature::Earlier { back: 2, .. }))
            .map(move |of| Feature::Along { foreign_key, of: Box::new(of) })
    });
    features.collect()
}

/// The rows by parent, then in the order of drawing.
fn order(known: &Known<'_>, table: usize, foreign_key: usize) -> Order {
    let parents = &known.recorded.tables[table].parents[foreign_key];
    let mut rank: Vec<(u32, u32)> = (0..parents.len() as u32).map(|row| (0, scattered(row))).collect();
    if let Some(spine) = &known.spines[table] {
        for (number, group) in (0..).zip(spine.rows.groups()) {
            for (place, &row) in (0..).zip(group) {
                rank[row as usize] = (place, scattered(number));
            }
        }
    }
    let mut sorted: Vec<u32> = (0..parents.len() as u32).collect();
    sorted.sort_by_key(|&row| (parents[row as usize], rank[row as usize]));
    Order::new(sorted, parents)
}
