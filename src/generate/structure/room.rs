//! How many rows of a table there are parents for.

use super::{Site, referable};
use crate::generate::table::Tables;
use crate::plan::LinkPlan;

/// The most rows a table may have because every row needs a parent of its own. Of parents that come later nothing is known but how
/// many are planned.
pub(crate) fn most_rows(tables: &Tables, site: &Site<'_>) -> Option<(u64, usize)> {
    let keys = &tables.schema.tables[site.table].foreign_keys;
    let parents = |number: usize| match site.plan.tables[site.table].links[number] {
        LinkPlan::Free { late: true, .. } => site.plan.tables[keys[number].parent].rows,
        _ => referable::count(tables, site, number),
    };
    (0..keys.len())
        .filter(|&number| site.one_to_one(number) && site.required(number))
        .filter(|&number| keys[number].parent != site.table)
        .map(|number| (parents(number), number))
        .min()
}

/// That a table has no rows, and why, where a required key leads to a table that got none.
pub(crate) fn orphaned(tables: &Tables, site: &Site<'_>) -> Option<(u64, String)> {
    let keys = &tables.schema.tables[site.table].foreign_keys;
    let links = &site.plan.tables[site.table].links;
    let is_ready =
        |number: &usize| !matches!(links[*number], LinkPlan::Free { late: true, .. } | LinkPlan::Missing);
    let parents = (0..keys.len()).filter(|number| site.required(*number)).filter(is_ready);
    let mut parents = parents.map(|number| keys[number].parent).filter(|&parent| parent != site.table);
    let parent = parents.find(|&parent| tables.tables[parent].rows == 0)?;
    Some((0, format!("it needs rows of {}, of which there are none", tables.schema.tables[parent].name)))
}

/// The most rows for a late key that needs a parent of its own for each row, now that these are known; `None` where it has no such
/// limit, or no parents at all, which is said when they are looked for.
pub(crate) fn late_rows(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Option<u64> {
    let own = tables.schema.tables[site.table].foreign_keys[foreign_key].parent == site.table;
    let limited = site.one_to_one(foreign_key) && site.required(foreign_key) && !own;
    limited.then(|| referable::count(tables, site, foreign_key)).filter(|most| *most > 0)
}
