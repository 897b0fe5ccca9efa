//! Columns of one table as positions dealt out over all rows, while rules move them about.

use crate::generate::structure::Site;
use crate::generate::table::{Link, NONE, Positions, Source, Tables};
use crate::plan::{LinkPlan, TablePlan};
use crate::rng::{Key, Stream};
use crate::schema::Table;
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
            .filter_map(|column| {
                let place: &dyn Fn(u64) -> Option<u64> = match &tables.tables[site.table].columns[column] {
                    Source::Drawn(drawn) => &|row| drawn.position(row),
                    Source::Ruled(ruled) => {
                        let drawn = ruled.uncomputed()?;
                        &|row| drawn.position(row)
                    }
                    Source::Inherited { foreign_key, .. } => {
                        &|row| tables.parent(site.table, *foreign_key, row)
                    }
                    _ => return None,
                };
                Some((column, (0..rows).map(|row| place(row).map_or(NONE, |at| at as u32)).collect()))
            })
            .collect();
        let name = tables.schema.tables[site.table].name.to_string();
        let stream = Key::new(site.plan.seed, &[&name, "rules"]).at(0, 0);
        Self { rows: rows as usize, columns, stream }
    }

    /// Puts the positions of all columns back.
    pub(super) fn store(&self, tables: &mut Tables, table: usize) {
        self.store_some(tables, table, &|_| true);
    }

    /// Puts the positions of some columns back.
    pub(super) fn store_some(&self, tables: &mut Tables, table: usize, wanted: &dyn Fn(usize) -> bool) {
        for (&column, positions) in self.columns.iter().filter(|(column, _)| wanted(**column)) {
            let generator = &mut tables.tables[table];
            match &mut generator.columns[column] {
                Source::Drawn(drawn) => drawn.positions = Positions::Listed(Arc::new(positions.clone())),
                Source::Ruled(ruled) => {
                    ruled.drawn.positions = Positions::Listed(Arc::new(positions.clone()))
                }
                Source::Inherited { foreign_key, .. } => {
                    generator.links[*foreign_key] = Link::Listed(positions.clone());
                }
                _ => {}
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

/// Whether rows may exchange the column's positions, or parents, without a key noticing.
fn is_movable(tables: &Tables, site: &Site<'_>, column: usize) -> bool {
    let table = &tables.schema.tables[site.table];
    let generator = &tables.tables[site.table];
    let own = match &generator.columns[column] {
        Source::Drawn(drawn) => drawn.used == 0 && !site.is_unique(column),
        Source::Ruled(ruled) => {
            ruled.uncomputed().is_some_and(|drawn| drawn.used == 0) && !site.is_unique(column)
        }
        Source::Inherited { foreign_key, .. } => is_loose(tables, site, column, *foreign_key),
        _ => false,
    };
    own && !table.unique_keys().any(|key| key.columns.contains(&column)) && generator.rows <= MOST_ROWS
}

/// Whether a foreign key of one column may change hands: it may be NULL, and no other key had to agree with it.
fn is_loose(tables: &Tables, site: &Site<'_>, column: usize, foreign_key: usize) -> bool {
    let table = &tables.schema.tables[site.table];
    let scoped = |links: &[LinkPlan]| {
        links.iter().any(|link| matches!(link, LinkPlan::Free { scope, .. } if !scope.is_empty()))
    };
    let below = |(child, plan): (&Table, &TablePlan)| {
        child.foreign_keys.iter().any(|key| key.parent == site.table) && scoped(&plan.links)
    };
    let holders = table.foreign_keys.iter().filter(|key| key.columns.contains(&column)).count();
    table.columns[column].nullable
        && table.foreign_keys[foreign_key].columns == [column]
        && holders == 1
        && matches!(tables.tables[site.table].links[foreign_key], Link::Formula(_) | Link::Listed(_))
        && !scoped(&site.plan.tables[site.table].links)
        && !tables.schema.tables.iter().zip(&site.plan.tables).any(below)
}
