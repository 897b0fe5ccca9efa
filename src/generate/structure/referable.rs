//! Parents that a foreign key can refer to: those whose referenced columns have values. Unique columns may be NULL.

use super::Site;
use crate::generate::table::Tables;
use arrow_array::Array;

/// Whether each parent can be referred to; empty where all can.
pub(super) fn referable(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Vec<bool> {
    let schema = &tables.schema;
    let key = &schema.tables[site.table].foreign_keys[foreign_key];
    let mut out = Vec::new();
    for &column in key.parent_columns.iter().filter(|&&at| schema.tables[key.parent].columns[at].nullable) {
        let values = tables.all_values(key.parent, column);
        if values.null_count() > 0 {
            out.resize(values.len(), true);
            out.iter_mut().enumerate().for_each(|(row, able)| *able &= values.is_valid(row));
        }
    }
    out
}

/// How many parents can be referred to.
pub(super) fn count(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> u64 {
    let able = referable(tables, site, foreign_key);
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    if able.is_empty() {
        tables.tables[parent].rows
    } else {
        able.iter().filter(|&&able| able).count() as u64
    }
}

/// Whether a referenced column may be NULL, so that parents have to be known before it can be said which will do.
pub(crate) fn may_lack_values(site: &Site<'_>, foreign_key: usize) -> bool {
    let schema = &site.model.schema;
    let key = &schema.tables[site.table].foreign_keys[foreign_key];
    key.parent_columns.iter().any(|&at| schema.tables[key.parent].columns[at].nullable)
}
