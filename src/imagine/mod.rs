//! What is told of tables that nobody has seen: a model made up from names, types, comments, defaults and constraints.
//!
//! A table that is made up gets the same kind of [`TableModel`] as one that was learned, so that everything behind it is the
//! same: days stand in order because they are told as differences, children are spread over parents by a histogram, NULLs are
//! a share of rows. Nothing in here comes from a row.

mod children;
mod column;
mod counts;
mod lists;
mod moments;
mod numbers;
mod references;

use crate::model::{Model, TableModel, Treatment};
use crate::schema::Schema;
use crate::schema::check::{Predicate, Restriction};
use std::collections::{BTreeMap, BTreeSet};

/// The rows over which shares are told.
const SAMPLE: u64 = 10_000;

/// Filled tables among which an empty one is no sign of a schema without data: so many tables are there for each that has rows.
const TABLES_PER_FILLED: usize = 3;

/// Rows up to which a table may have been filled by whoever installed the schema.
const INSTALLED: u64 = 500;

/// The tables that are made up, and what a user should know of them.
#[derive(Debug, Clone, Default)]
pub struct Imagined {
    /// By table of the schema.
    pub tables: BTreeMap<usize, TableModel>,
    /// Notes for the plan.
    pub notes: Vec<String>,
}

/// Whether the model is that of a schema without data: no table has rows, or only few tables have the few rows that an
/// installation brings along.
pub fn is_without_data(model: &Model) -> bool {
    let filled = model.tables.iter().filter(|table| table.rows > 0);
    let most = filled.clone().map(|table| table.rows).max().unwrap_or(0);
    filled.count() * TABLES_PER_FILLED <= model.tables.len() && most <= INSTALLED
}

/// Makes up all tables whose treatment is [`Treatment::Fake`]. `asked` are those of which the user said so: they get rows though
/// the source has none.
pub fn imagine(model: &Model, treatments: &[Treatment], asked: &BTreeSet<usize>) -> Imagined {
    let fake: Vec<usize> =
        (0..treatments.len()).filter(|&table| treatments[table] == Treatment::Fake).collect();
    let bare = is_without_data(model);
    let invented = |table: &usize| model.tables[*table].rows == 0 && (bare || asked.contains(table));
    let mut out = Imagined::default();
    let (invented, empty): (Vec<usize>, Vec<usize>) =
        fake.iter().copied().partition(|table| model.tables[*table].rows > 0 || invented(table));
    let mut wanted: BTreeSet<usize> =
        invented.into_iter().filter(|&table| model.tables[table].rows == 0).collect();
    drop_orphans(model, asked, &mut wanted, &mut out.notes);
    let restrictions: Vec<Vec<Restriction>> =
        (0..treatments.len()).map(|table| restrictions(&model.schema, table)).collect();
    let counts = counts::Counts::new(model, treatments, &wanted, &restrictions);
    if bare && !wanted.is_empty() {
        out.notes.push(format!(
            "the source is a schema without data: {} tables are made up from names, types and constraints",
            wanted.len()
        ));
    }
    for table in empty.into_iter().filter(|_| !bare) {
        let name = &model.schema.tables[table].name;
        out.notes.push(format!(
            "{name}: empty in the source, and so in the target; --table {name}=fake or --rows {name}=N makes rows up"
        ));
    }
    out.notes.extend(counts.notes.iter().cloned());
    let orders = moments::Moments::new(model, treatments, &restrictions);
    for &table in &fake {
        let (columns, nulls) =
            column::columns(&model.schema, table, &model.tables[table], &restrictions[table]);
        let mut imagined = TableModel {
            rows: if wanted.contains(&table) { counts.rows[table] } else { model.tables[table].rows },
            sampled: SAMPLE,
            columns,
            cardinalities: children::cardinalities(&model.schema, table),
            dependence: None,
            rules: references::rules(model, table, &restrictions[table]),
            reference: None,
            ..model.tables[table].clone()
        };
        for (column, nulls) in imagined.columns.iter_mut().zip(nulls) {
            column.nulls = nulls;
        }
        orders.tell(table, &mut imagined.columns);
        // The ends of stretches that must not overlap are counted, not told from other moments.
        let exclusions = model.schema.tables[table].exclusions.iter();
        for (from, to) in exclusions.filter_map(|exclusion| exclusion.span) {
            imagined.columns[from].relative = None;
            imagined.columns[to].relative = None;
        }
        out.tables.insert(table, imagined);
    }
    out
}

/// Takes out tables that need a parent that the rows that are there cannot be, and then those that need rows of such a table.
/// Tables that the user `asked` for stay: that they cannot be filled is an error then.
fn drop_orphans(
    model: &Model,
    asked: &BTreeSet<usize>,
    wanted: &mut BTreeSet<usize>,
    notes: &mut Vec<String>,
) {
    let all_null = |parent: usize, columns: &[usize]| {
        let known = &model.tables[parent];
        known.sampled > 0 && columns.iter().any(|&column| known.columns[column].nulls == known.sampled)
    };
    let mut dropped = BTreeSet::new();
    loop {
        let orphan = wanted.iter().find_map(|&table| {
            let described = &model.schema.tables[table];
            let key = described.foreign_keys.iter().find(|key| {
                key.columns.iter().all(|&column| !described.columns[column].nullable)
                    && key.parent != table
                    && !wanted.contains(&key.parent)
                    && (dropped.contains(&key.parent) || all_null(key.parent, &key.parent_columns))
            })?;
            (!asked.contains(&table)).then_some((table, key))
        });
        let Some((table, key)) = orphan else { return };
        let (name, parent) = (&model.schema.tables[table].name, &model.schema.tables[key.parent]);
        let columns: Vec<&str> =
            key.parent_columns.iter().map(|&column| parent.columns[column].name.as_str()).collect();
        notes.push(format!(
            "{name}: left without rows, because none of {} has values in ({}), which each would need",
            parent.name,
            columns.join(", ")
        ));
        wanted.remove(&table);
        dropped.insert(table);
    }
}

/// What CHECKs say of each column of a table by itself.
fn restrictions(schema: &Schema, table: usize) -> Vec<Restriction> {
    let table = &schema.tables[table];
    Predicate::restrictions(predicates(schema, table).iter(), table.columns.len())
}

fn predicates(schema: &Schema, table: &crate::schema::Table) -> Vec<Predicate> {
    let partition = table.partition_condition(schema.dialect);
    let checks =
        table.checks.iter().filter_map(|check| Predicate::of_check(schema.dialect, table, check).ok());
    let partition = partition.and_then(|text| Predicate::parse(schema.dialect, table, &text).ok());
    let read = checks.chain(partition);
    read.chain(Predicate::demanded(schema.dialect, table)).collect()
}

#[cfg(test)]
mod tests;
