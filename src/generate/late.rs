//! References that close a cycle: they find their parents when all tables have their rows, which may be too few. Then everything is
//! made ready again with fewer rows of the table that refers.

use super::structure::{self, Site};
use super::table::{Link, Tables};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// The most rows of some tables, with the reason.
pub(super) type Bounds = BTreeMap<usize, (u64, String)>;

/// A table of which a late reference admits fewer rows.
pub(super) struct Shortage {
    /// The table.
    pub(super) table: usize,
    /// Its most rows, with the reason.
    pub(super) bound: (u64, String),
}

/// Finds parents for the late references of a table; a shortage where it has too many rows for that.
pub(super) fn place(tables: &mut Tables, site: &Site<'_>) -> Result<Option<Shortage>> {
    let short = |most: u64, why: String| Ok(Some(Shortage { table: site.table, bound: (most, why) }));
    let mut placed = false;
    for &number in &site.plan.tables[site.table].placement {
        if matches!(tables.tables[site.table].links[number], Link::Undecided) {
            let rows = tables.tables[site.table].rows;
            if let Some(most) = structure::late_rows(tables, site, number).filter(|most| *most < rows) {
                return short(most, one_each(site, number, most));
            }
            structure::place(tables, site, number)?;
            placed = true;
        }
    }
    if placed {
        let lost = structure::separate(tables, site, true).rows.len() as u64;
        let left = tables.tables[site.table].rows - lost;
        if lost > 0 && left > 0 {
            return short(
                left,
                "its keys have no room for more once its late references are filled in".into(),
            );
        }
        if lost > 0 {
            let name = &tables.schema.tables[site.table].name;
            return Err(Error::usage(format!(
                "{lost} rows of table {name} cannot keep its unique keys once its late references are filled in"
            ))
            .hint(format!("ask for fewer rows: --rows {name}=N")));
        }
    }
    Ok(None)
}

/// Why a table has no more rows than there are rows for a key whose parents are used once.
pub(super) fn one_each(site: &Site<'_>, foreign_key: usize, most: u64) -> String {
    let schema = &site.model.schema;
    let table = &schema.tables[site.table];
    let key = &table.foreign_keys[foreign_key];
    let (parent, columns) = (&schema.tables[key.parent].name, table.column_names(&key.columns));
    format!("each row needs a row of {parent} of its own ({columns}), of which there are {most}")
}
