//! Whether a target can hold what it is asked to, found out before anything is written.

use super::connection::{Connection, folder_of};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{DataType, Dialect, Schema, Table};
use crate::store::sql::{Inline, add_indexes, create_table, target_name};
use crate::store::{ExistingRows, Preparation, TargetState};
use std::path::Path;

/// Checks a target; gives notes for the plan. See [`crate::store::Sink::check`].
pub(super) async fn check(
    path: &Path,
    preparation: &Preparation,
    state: &TargetState,
) -> Result<Vec<String>> {
    may_write(path)?;
    if path.exists() {
        is_free(path).await?;
    }
    let there: &[Table] = state.schema.as_ref().map_or(&[], |schema| &schema.tables);
    let names: Vec<_> = there.iter().map(|table| table.name.name.clone()).collect();
    let (schema, mut notes) = carried(preparation, &names);
    let mut missing = Vec::new();
    let mut filled: Vec<String> = Vec::new();
    for index in (0..schema.tables.len()).filter(|&index| preparation.rows[index].is_some()) {
        let name = target_name(Dialect::Sqlite, &schema, &schema.tables[index].name).name;
        match there.iter().position(|table| table.name.name.eq_ignore_ascii_case(&name)) {
            None => missing.push(index),
            Some(position) => {
                fits(&schema.tables[index], &there[position])?;
                let rows = state.rows.get(position).copied().unwrap_or(0);
                if rows > 0 {
                    filled.push(format!("{name} ({rows} rows)"));
                }
            }
        }
        notes.extend(long_decimals(&schema.tables[index], schema.dialect));
    }
    if !filled.is_empty() && preparation.existing == ExistingRows::Refuse {
        let message = format!("the target is not empty: {}", filled.join(", "));
        return Err(Error::target_failed(message)
            .hint("use --truncate to empty the tables that are to be filled, or --append to add to them"));
    }
    rehearse(&schema, &missing, &mut notes).await?;
    Ok(notes)
}

/// The schema with the foreign keys that the target can have: SQLite refuses every row of a table that refers to a
/// table which does not exist. Also says which ones were left out.
pub(super) fn carried(preparation: &Preparation, there: &[String]) -> (Schema, Vec<String>) {
    let mut schema = preparation.schema.clone();
    let mut notes = Vec::new();
    let present: Vec<bool> = (0..schema.tables.len())
        .map(|index| {
            let name = target_name(Dialect::Sqlite, &schema, &schema.tables[index].name).name;
            preparation.rows[index].is_some() || there.iter().any(|there| there.eq_ignore_ascii_case(&name))
        })
        .collect();
    let names: Vec<_> = schema.tables.iter().map(|table| table.name.to_string()).collect();
    for (index, table) in schema.tables.iter_mut().enumerate() {
        let mut keys = std::mem::take(&mut table.foreign_keys);
        keys.retain(|key| {
            if !present[key.parent] && preparation.rows[index].is_some() {
                notes.push(format!(
                    "{}: the foreign key ({}) is left out, {} is not in the target",
                    names[index],
                    table.column_names(&key.columns),
                    names[key.parent]
                ));
            }
            present[key.parent]
        });
        table.foreign_keys = keys;
    }
    (schema, notes)
}

/// Looks at the permission bits. What they do not tell (a read-only file system) is found out by `prepare`, which
/// writes nothing either when it fails.
fn may_write(path: &Path) -> Result<()> {
    let closed = |path: &Path| path.metadata().is_ok_and(|metadata| metadata.permissions().readonly());
    let refused = |what: &str, path: &Path| {
        Error::target_failed(format!("the {what} {} may not be written", path.display()))
            .hint("give yourself the right to write it, or choose another target")
    };
    if path.exists() && (closed(path) || std::fs::OpenOptions::new().append(true).open(path).is_err()) {
        return Err(refused("file", path));
    }
    if closed(folder_of(path)) {
        // SQLite keeps its journal beside the file.
        return Err(refused("folder", folder_of(path)));
    }
    Ok(())
}

/// Takes the lock of a writer and gives it back.
async fn is_free(path: &Path) -> Result<()> {
    let mut connection = Connection::existing(path).await?;
    connection.run("BEGIN IMMEDIATE", "checking that it can be written").await?;
    connection.run("ROLLBACK", "checking that it can be written").await?;
    connection.close().await
}

/// Whether a table that exists takes the rows of its counterpart.
fn fits(ours: &Table, theirs: &Table) -> Result<()> {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let name = &theirs.name;
    for (_, column) in ours.written_columns() {
        match theirs.columns.iter().find(|other| same(&other.name, &column.name)) {
            None => {
                let message = format!("table {name} of the target has no column {}", column.name);
                return Err(Error::target_failed(message)
                    .hint("add the column, or drop the table so that it is created anew"));
            }
            Some(other) if other.generated.is_some() => {
                let message =
                    format!("{name}.{} is computed in the target, but stored in the source", column.name);
                return Err(Error::target_failed(message)
                    .hint("make it an ordinary column, or drop the table so that it is created anew"));
            }
            Some(_) => {}
        }
    }
    let written = |name: &str| ours.written_columns().any(|(_, column)| same(&column.name, name));
    let demanded = theirs.columns.iter().find(|column| {
        let filled_by_engine =
            column.default.is_some() || column.identity.is_some() || column.generated.is_some();
        !column.nullable && !filled_by_engine && !written(&column.name)
    });
    match demanded {
        None => Ok(()),
        Some(column) => Err(Error::target_failed(format!(
            "{name}.{} of the target is NOT NULL without a default, and the source has no such column",
            column.name
        ))
        .hint("give the column a default, or drop NOT NULL")),
    }
}

/// What SQLite's numbers cannot hold exactly. Between two SQLite files there is nothing to say: what the source
/// stores, the target stores.
fn long_decimals(table: &Table, from: Dialect) -> Option<String> {
    let long = |data_type: &DataType| match data_type {
        DataType::Decimal { precision, scale: 0 } => *precision > 18,
        DataType::Decimal { precision, .. } => *precision > 15,
        _ => false,
    };
    let columns: Vec<_> = table
        .written_columns()
        .filter(|(_, column)| from != Dialect::Sqlite && long(&column.data_type))
        .map(|(_, column)| column.name.as_str())
        .collect();
    (!columns.is_empty()).then(|| {
        format!(
            "{}: SQLite rounds numbers of more than 15 digits that are not whole or exceed 64 bits ({})",
            table.name,
            columns.join(", ")
        )
    })
}

/// Runs the DDL of missing tables in a database in memory.
async fn rehearse(schema: &Schema, missing: &[usize], notes: &mut Vec<String>) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let mut connection = Connection::in_memory(ErrorKind::Target).await?;
    for &index in missing {
        let mut ddl = create_table(Dialect::Sqlite, schema, index, Inline::All);
        ddl.append(add_indexes(Dialect::Sqlite, schema, index));
        let doing = format!("trying out the definition of table {}", schema.tables[index].name);
        for statement in ddl.statements {
            connection.run(statement, &doing).await?;
        }
        notes.append(&mut ddl.notes);
    }
    connection.close().await
}
