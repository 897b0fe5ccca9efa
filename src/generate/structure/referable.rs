//! Parents that a foreign key can refer to: those whose referenced columns have values that the child may have. Unique columns may
//! be NULL, and a CHECK may want parents of one kind (`kind = 'person'` in a table of persons that refers to `(id, kind)`).

use super::Site;
use crate::generate::retyped::retyped;
use crate::generate::table::Tables;
use crate::schema::check::{Datum, Predicate};
use crate::schema::{ForeignKey, Schema};
use arrow_array::{Array, ArrayRef};
use std::collections::BTreeMap;

/// Whether each parent can be referred to; empty where all can.
pub(super) fn referable(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Vec<bool> {
    let schema = &tables.schema;
    let key = &schema.tables[site.table].foreign_keys[foreign_key];
    let mut out = admitted(tables, site, foreign_key);
    let own = &schema.tables[site.table].columns;
    for (&at, &column) in
        key.columns.iter().zip(&key.parent_columns).filter(|pair| may_lack(schema, site.table, key, *pair))
    {
        let values = retyped(tables.all_values(key.parent, column), &own[at].data_type.arrow());
        if values.null_count() > 0 {
            out.resize(values.len(), true);
            out.iter_mut().enumerate().for_each(|(row, able)| *able &= values.is_valid(row));
        }
    }
    out
}

/// Whether a referenced column may have no value that the referring one can have: it is NULL, or of another type.
fn may_lack(schema: &Schema, table: usize, key: &ForeignKey, (own, referenced): (&usize, &usize)) -> bool {
    let (own, referenced) =
        (&schema.tables[table].columns[*own], &schema.tables[key.parent].columns[*referenced]);
    referenced.nullable || own.data_type.arrow() != referenced.data_type.arrow()
}

/// The conditions on nothing but columns of a foreign key: its parents decide whether they hold. A key of a table to itself is
/// left out, whose parents are not yet known.
fn conditions<'a>(site: &Site<'a>, foreign_key: usize) -> impl Iterator<Item = &'a Predicate> {
    let key = &site.model.schema.tables[site.table].foreign_keys[foreign_key];
    let is_own = key.parent == site.table;
    let of_key = move |predicate: &&Predicate| {
        let columns = predicate.columns();
        !is_own && !columns.is_empty() && columns.iter().all(|column| key.columns.contains(column))
    };
    site.plan.tables[site.table].filters.iter().map(|(_, predicate)| predicate).filter(of_key)
}

/// Whether a row with each parent's values would pass these conditions; empty where all would.
fn admitted(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Vec<bool> {
    let key = &tables.schema.tables[site.table].foreign_keys[foreign_key];
    let conditions: Vec<&Predicate> = conditions(site, foreign_key).collect();
    let read = conditions.iter().flat_map(|predicate| predicate.columns());
    let values: BTreeMap<usize, ArrayRef> = read
        .filter_map(|column| {
            let position = key.columns.iter().position(|own| own == column)?;
            Some((*column, tables.all_values(key.parent, key.parent_columns[position])))
        })
        .collect();
    let passes = |row: usize| {
        let value = |column: usize| values.get(&column).map_or(Datum::Null, |array| Datum::at(array, row));
        conditions.iter().all(|predicate| predicate.admits(&value))
    };
    let rows = if conditions.is_empty() { 0 } else { tables.tables[key.parent].rows as usize };
    let able: Vec<bool> = (0..rows).map(passes).collect();
    if able.contains(&false) { able } else { Vec::new() }
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

/// Whether a referenced column may be NULL or not what a CHECK asks for, so that parents have to be known before it can be said
/// which will do.
pub(crate) fn may_be_unfit(site: &Site<'_>, foreign_key: usize) -> bool {
    let schema = &site.model.schema;
    let key = &schema.tables[site.table].foreign_keys[foreign_key];
    key.columns.iter().zip(&key.parent_columns).any(|pair| may_lack(schema, site.table, key, pair))
        || conditions(site, foreign_key).next().is_some()
}
