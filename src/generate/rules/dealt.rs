//! Columns of one table as positions dealt out over all rows, while rules move them about.

use crate::generate::structure::{Site, codes};
use crate::generate::table::{Link, NONE, Positions, Source, Tables};
use crate::plan::{LinkPlan, TablePlan};
use crate::rng::{Key, Stream};
use crate::schema::Table;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Rows up to which columns are dealt out for rules.
pub(super) const MOST_ROWS: u64 = 5_000_000;

/// Positions by column and row.
pub(super) struct Dealt {
    pub(super) rows: usize,
    pub(super) columns: BTreeMap<usize, Vec<u32>>,
    pub(super) stream: Stream,
    /// By column that is drawn: the code of the value of every position.
    values: BTreeMap<usize, Vec<u64>>,
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
        Self { rows: rows as usize, columns, stream, values: BTreeMap::new() }
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

    /// The codes of a column's values, as the tables have them. Those of a drawn column are worked out once, by position.
    pub(super) fn codes(&mut self, tables: &Tables, table: usize, column: usize) -> Rc<[u64]> {
        if let Source::Drawn(drawn) = &tables.tables[table].columns[column]
            && let Positions::Listed(positions) = &drawn.positions
            && drawn.difference.is_none()
        {
            let read = || codes::codes(&drawn.at_every_position());
            let values = self.values.entry(column).or_insert_with(read);
            if positions.iter().all(|&position| position == NONE || (position as usize) < values.len()) {
                let code = |&position: &u32| values.get(position as usize).copied().unwrap_or(codes::NULL);
                return positions.iter().map(code).collect();
            }
        }
        codes::codes(&tables.all_values(table, column)).into()
    }

    /// Puts things into random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.stream.below(last as u64 + 1) as usize);
        }
    }

    /// Leaves the order of so many things to nobody, but uses up the randomness of it.
    pub(super) fn skip_shuffle(&mut self, items: usize) {
        self.stream.skip(2 * items.saturating_sub(1) as u64);
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
