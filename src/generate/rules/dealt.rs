//! Columns of one table as positions dealt out over all rows, while rules move them about.

use crate::generate::structure::Site;
use crate::generate::table::{NONE, Positions, Source, Tables};
use crate::rng::{Key, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows up to which columns are dealt out for rules.
pub(super) const MOST_ROWS: u64 = 5_000_000;

/// Positions by column and row.
pub(super) struct Dealt {
    pub(super) rows: usize,
    pub(super) columns: BTreeMap<usize, Vec<u32>>,
    pub(super) stream: Stream,
}

impl Dealt {
    /// Takes up those of the columns that may be moved.
    pub(super) fn new(tables: &Tables, site: &Site<'_>, wanted: impl IntoIterator<Item = usize>) -> Self {
        let rows = tables.tables[site.table].rows;
        let columns = wanted
            .into_iter()
            .filter(|&column| is_movable(tables, site, column))
            .filter_map(|column| match &tables.tables[site.table].columns[column] {
                Source::Drawn(drawn) => {
                    let place = |row| drawn.position(row).map_or(NONE, |position| position as u32);
                    Some((column, (0..rows).map(place).collect()))
                }
                _ => None,
            })
            .collect();
        let name = tables.schema.tables[site.table].name.to_string();
        let stream = Key::new(site.plan.seed, &[&name, "rules"]).at(0, 0);
        Self { rows: rows as usize, columns, stream }
    }

    /// Puts the positions back.
    pub(super) fn store(&self, tables: &mut Tables, table: usize) {
        for (&column, positions) in &self.columns {
            if let Source::Drawn(drawn) = &mut tables.tables[table].columns[column] {
                drawn.positions = Positions::Listed(Arc::new(positions.clone()));
            }
        }
    }

    /// Whether a column has no value in a row, if it is dealt out.
    pub(super) fn is_null(&self, column: usize, row: usize) -> Option<bool> {
        self.columns.get(&column).map(|positions| positions[row] == NONE)
    }

    /// Puts things into random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.stream.below(last as u64 + 1) as usize);
        }
    }
}

/// Whether rows may exchange the column's positions without a key noticing.
pub(super) fn is_movable(tables: &Tables, site: &Site<'_>, column: usize) -> bool {
    let table = &tables.schema.tables[site.table];
    let generator = &tables.tables[site.table];
    matches!(&generator.columns[column], Source::Drawn(drawn) if drawn.used == 0)
        && !table.unique_keys().any(|key| key.columns.contains(&column))
        && !site.is_unique(column)
        && generator.rows <= MOST_ROWS
}
