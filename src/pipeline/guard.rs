//! What is refused before anything is written.

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::model::{Model, Treatment};
use crate::plan::Existing;
use crate::schema::{Schema, TableName};
use crate::store::{Address, DatabaseIdentity, ExistingRows, Preparation, Sink, TargetState, open_source};
use std::collections::BTreeSet;

/// Where rows go and what happens to those that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub address: Address,
    /// Its name in `seed.toml`, or the redacted address: what messages call it.
    pub name: String,
    /// Whether `seed.toml` protects it.
    pub protected: bool,
    /// What happens to rows that are there.
    pub existing: ExistingRows,
    /// The addresses of the databases that `seed.toml` protects, by name: the target must be none of these.
    pub protected_addresses: Vec<(String, Address)>,
}

/// A target that `seed.toml` protects, by the name the user gave.
pub(super) fn refuse_protected_name(to: &Target) -> Result<()> {
    if to.protected { Err(protected(&to.name, &to.name)) } else { Ok(()) }
}

/// A target that is one of the protected databases under another address.
pub(super) async fn refuse_protected(to: &Target, sink: &mut dyn Sink) -> Result<()> {
    let Some(mine) = sink.identity().await? else { return Ok(()) };
    for (name, address) in &to.protected_addresses {
        // One that cannot be reached is not the one that was reached.
        let Ok(mut other) = open_source(address).await else { continue };
        if other.identity().await? == mine {
            return Err(protected(name, &to.name));
        }
    }
    Ok(())
}

fn protected(name: &str, target: &str) -> Error {
    let which = if name == target { format!("{name} is") } else { format!("{target} is {name}, which is") };
    Error::usage(format!("{which} protected; nothing is ever written there"))
        .hint("choose another target, or remove `protected = true` from seed.toml")
}

/// A target that is the source, however it is spelled.
pub(super) async fn refuse_source(source: &DatabaseIdentity, sink: &mut dyn Sink, to: &Target) -> Result<()> {
    match sink.identity().await? {
        Some(target) if target == *source => Err(Error::usage(format!(
            "{} is the same database as the source, which is never written",
            to.name
        ))
        .hint("name another database as --to")),
        _ => Ok(()),
    }
}

/// A target with rows, as far as it is known before anything is learned.
pub(super) fn refuse_rows_early(
    to: &Target,
    schema: &Schema,
    settings: &Settings,
    state: &TargetState,
) -> Result<()> {
    let named =
        |names: &[String], table: usize| names.iter().any(|name| schema.table_index(name) == Some(table));
    let skipped = |table: usize| {
        named(&settings.exclude, table)
            || settings.treatments.iter().any(|(name, treatment)| {
                *treatment == Treatment::Skip && schema.table_index(name) == Some(table)
            })
    };
    // With --only the tables that come along are known to the plan alone; it is asked again later.
    let names = (0..schema.tables.len())
        .filter(|&table| !skipped(table) && (settings.only.is_empty() || named(&settings.only, table)))
        .map(|table| &schema.tables[table].name);
    refuse(to, names.collect(), state)
}

/// A target whose tables hold rows.
pub(super) fn refuse_rows(to: &Target, preparation: &Preparation, state: &TargetState) -> Result<()> {
    let filled = preparation.rows.iter().zip(&preparation.schema.tables).filter(|(rows, _)| rows.is_some());
    refuse(to, filled.map(|(_, table)| &table.name).collect(), state)
}

fn refuse(to: &Target, tables: Vec<&TableName>, state: &TargetState) -> Result<()> {
    let Some(schema) = state.schema.as_ref().filter(|_| to.existing == ExistingRows::Refuse) else {
        return Ok(());
    };
    let full: Vec<String> = schema
        .tables
        .iter()
        .zip(&state.rows)
        .filter(|(table, rows)| **rows > 0 && tables.iter().any(|name| name.name == table.name.name))
        .map(|(table, rows)| format!("{} ({rows})", table.name))
        .collect();
    if full.is_empty() {
        return Ok(());
    }
    let shown = full.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if full.len() > 8 { format!(" and {} more", full.len() - 8) } else { String::new() };
    Err(Error::usage(format!("{} already has rows in {shown}{more}", to.name))
        .hint("--truncate empties these tables first, --append adds to them"))
}

/// What a target that is appended to holds already, by the tables of the model's schema.
pub(super) async fn existing(
    to: &Target,
    model: &Model,
    state: &TargetState,
    sink: &mut dyn Sink,
) -> Result<Existing> {
    let mut existing = Existing::default();
    let Some(there) = state.schema.as_ref().filter(|_| to.existing == ExistingRows::Append) else {
        return Ok(existing);
    };
    for (index, table) in model.schema.tables.iter().enumerate() {
        let mut found = there.tables.iter().zip(&state.rows);
        let Some((target, &rows)) = found.find(|(other, _)| other.name.name == table.name.name) else {
            continue;
        };
        if rows == 0 {
            continue;
        }
        existing.rows.insert(index, rows);
        let keys = table.unique_keys().filter_map(|key| match key.columns.as_slice() {
            [column] => Some(*column),
            _ => None,
        });
        // Also numbers that never repeat though no key says so.
        let columns = model.tables[index].columns.iter().enumerate();
        let undeclared = columns.filter(|(_, column)| column.unique.is_some()).map(|(column, _)| column);
        let keys: BTreeSet<usize> = keys.chain(undeclared).collect();
        for column in
            keys.into_iter().filter(|&column| table.columns[column].data_type.integer_range().is_some())
        {
            let highest = sink.highest(&target.name, &table.columns[column].name).await?;
            existing.highest.insert((index, column), highest);
        }
    }
    Ok(existing)
}
