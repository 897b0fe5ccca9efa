//! Whether the target's tables fit what will be written, and whether its user may write it: all that can be known
//! before the first change.

use super::failure::failed;
use super::introspect::Catalog;
use super::rights;
use super::wire::{self, Wire};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Column, DataType, Dialect, Schema, Table, TableName};
use crate::store::sql as ddl;
use crate::store::{ExistingRows, Preparation};
use sqlx::postgres::PgConnection;
use std::collections::{HashMap, HashSet};

/// Per table of the preparation: where it is in the target's catalog.
pub(super) fn existing(preparation: &Preparation, catalog: &Catalog) -> Vec<Option<usize>> {
    let by_name: HashMap<&TableName, usize> =
        catalog.schema.tables.iter().enumerate().map(|(index, table)| (&table.name, index)).collect();
    let schema = &preparation.schema;
    let found =
        |table: &Table| by_name.get(&ddl::target_name(Dialect::Postgres, schema, &table.name)).copied();
    schema.tables.iter().map(found).collect()
}

/// The tables that have to be created, in the order of loading.
pub(super) fn missing(preparation: &Preparation, existing: &[Option<usize>]) -> Vec<usize> {
    let filled = |&table: &usize| preparation.rows[table].is_some() && existing[table].is_none();
    preparation.order.iter().copied().filter(filled).collect()
}

/// The schema without the foreign keys whose parent the target neither has nor gets.
pub(super) fn carried(preparation: &Preparation, catalog: &Catalog) -> Schema {
    let existing = existing(preparation, catalog);
    let mut schema = preparation.schema.clone();
    for table in &mut schema.tables {
        table
            .foreign_keys
            .retain(|key| preparation.rows[key.parent].is_some() || existing[key.parent].is_some());
    }
    schema
}

/// The error of a table that lacks a column.
pub(super) fn no_column(table: &TableName, column: &str) -> Error {
    Error::target_failed(format!("table {table} of the target has no column {column}"))
        .hint(format!("add the column, or drop {table} so that it is created as the source has it"))
}

/// Finds everything that would make the load fail. Gives notes for the plan.
pub(super) async fn check(
    connection: &mut PgConnection,
    preparation: &Preparation,
    catalog: &Catalog,
) -> Result<Vec<String>> {
    let existing = existing(preparation, catalog);
    let missing = missing(preparation, &existing);
    let mut notes = Vec::new();
    for (index, found) in existing.iter().enumerate() {
        if let (Some(found), Some(_)) = (found, preparation.rows[index]) {
            let (source, target) = (&preparation.schema.tables[index], &catalog.schema.tables[*found]);
            columns_fit(source, target, &mut notes)?;
            constraints_noted(&preparation.schema, index, &catalog.schema, target, &mut notes);
        }
    }
    types_fit(connection, preparation, catalog, &existing).await?;
    rights::table_rights(connection, preparation, catalog, &existing).await?;
    if preparation.existing == ExistingRows::Truncate {
        rights::outside_references(connection, preparation, catalog, &existing).await?;
    }
    rights::creation_rights(connection, preparation, &missing).await?;
    notes.extend(creation_notes(preparation, catalog, &missing));
    Ok(notes)
}

fn columns_fit(source: &Table, target: &Table, notes: &mut Vec<String>) -> Result<()> {
    let name = &source.name;
    let mut written = HashSet::new();
    for (_, column) in source.written_columns() {
        let stored = ddl::identifier(Dialect::Postgres, &column.name);
        let Some(at) = target.column_index(&stored) else { return Err(no_column(name, &column.name)) };
        let own = &target.columns[at];
        if own.generated.is_some() {
            return Err(Error::target_failed(format!(
                "column {name}.{} of the target is a generated one",
                own.name
            ))
            .hint(
                "make it an ordinary column, or drop the table so that it is created as the source has it",
            ));
        }
        labels_fit(name, column, own)?;
        if column.nullable && !own.nullable {
            notes.push(format!("{name}.{}: NOT NULL in the target, nullable in the source", column.name));
        }
        if is_narrower(&own.data_type, &column.data_type) {
            notes.push(format!(
                "{name}.{}: the target's {} holds less than the source's {}",
                column.name, own.native, column.native
            ));
        }
        written.insert(at);
    }
    for (at, column) in target.columns.iter().enumerate() {
        let filled = column.nullable
            || column.default.is_some()
            || column.identity.is_some()
            || column.generated.is_some();
        if !filled && !written.contains(&at) {
            return Err(Error::target_failed(format!(
                "column {name}.{} of the target is NOT NULL without a default, and the source has no such column",
                column.name
            ))
            .hint("give it a default, or allow NULL"));
        }
    }
    Ok(())
}

fn labels_fit(table: &TableName, source: &Column, target: &Column) -> Result<()> {
    let (DataType::Enum { labels: wanted, .. }, DataType::Enum { labels, .. }) =
        (&source.data_type, &target.data_type)
    else {
        return Ok(());
    };
    match wanted.iter().find(|label| !labels.contains(label)) {
        None => Ok(()),
        Some(label) => Err(Error::target_failed(format!(
            "the enum of column {table}.{} has no label {label} in the target",
            source.name
        ))
        .hint(format!("add it: ALTER TYPE {} ADD VALUE …", target.native))),
    }
}

fn is_narrower(target: &DataType, source: &DataType) -> bool {
    match (target, source) {
        (DataType::Text { max: Some(own), .. }, DataType::Text { max, .. }) => {
            max.is_none_or(|max| max > *own)
        }
        (DataType::Integer { .. }, DataType::Integer { .. }) => {
            match (target.integer_range(), source.integer_range()) {
                (Some((least, most)), Some((low, high))) => low < least || high > most,
                _ => false,
            }
        }
        (DataType::Decimal { precision, scale }, DataType::Decimal { precision: wanted, scale: places }) => {
            wanted.saturating_sub(*places) > precision.saturating_sub(*scale)
        }
        _ => false,
    }
}

/// Foreign keys of the source that an existing table does not have: they are kept by the rows, not by the target.
fn constraints_noted(
    schema: &Schema,
    index: usize,
    target_schema: &Schema,
    target: &Table,
    notes: &mut Vec<String>,
) {
    let source = &schema.tables[index];
    for key in source.foreign_keys.iter().filter(|key| key.declared) {
        if !super::verify::has_foreign_key(schema, index, key, target_schema, target) {
            notes.push(format!(
                "{}: the existing table has no FOREIGN KEY ({}); none is added, the rows keep to it all the same",
                source.name,
                source.column_names(&key.columns)
            ));
        }
    }
}

async fn types_fit(
    connection: &mut PgConnection,
    preparation: &Preparation,
    catalog: &Catalog,
    existing: &[Option<usize>],
) -> Result<()> {
    let ids: Vec<i64> = existing.iter().flatten().map(|&found| catalog.ids[found]).collect();
    let wires = wire::columns(connection, &ids)
        .await
        .map_err(|cause| failed(ErrorKind::Target, "cannot read the columns of the target", cause))?;
    for (index, found) in existing.iter().enumerate() {
        let (Some(found), Some(_)) = (found, preparation.rows[index]) else { continue };
        let source = &preparation.schema.tables[index];
        for (_, column) in source.written_columns() {
            let stored = ddl::identifier(Dialect::Postgres, &column.name).into_owned();
            let target = &catalog.schema.tables[*found];
            let own = target.column_index(&stored).map(|at| &target.columns[at]);
            let native = own.map_or("another type", |own| own.native.as_str());
            let fits = wires
                .get(&(catalog.ids[*found], stored))
                .is_some_and(|wire| fits(wire, native, column, preparation.schema.dialect));
            if !fits {
                return Err(Error::target_failed(format!(
                    "column {}.{} is {} in the source, and {native} in the target, which cannot hold it",
                    source.name, column.name, column.native
                ))
                .hint("change the type in the target, or drop the table so that it is created"));
            }
        }
    }
    Ok(())
}

/// A type that is known by its text alone fits itself and texts.
fn fits(wire: &Wire, native: &str, column: &Column, dialect: Dialect) -> bool {
    let name = |native: &str| native.split('(').next().map(|name| name.trim().to_owned());
    if dialect == Dialect::Postgres && column.data_type == DataType::Other {
        *wire == Wire::Text || name(native) == name(&column.native)
    } else {
        wire.takes(&column.data_type)
    }
}

/// What cannot be carried over into the tables that will be created.
fn creation_notes(preparation: &Preparation, catalog: &Catalog, missing: &[usize]) -> Vec<String> {
    let schema = carried(preparation, catalog);
    let mut made = ddl::create_types(Dialect::Postgres, &schema, missing);
    for &table in missing {
        made.append(ddl::create_table(Dialect::Postgres, &schema, table, ddl::Inline::Bare));
        made.append(ddl::add_keys(Dialect::Postgres, &schema, table));
        made.append(ddl::add_indexes(Dialect::Postgres, &schema, table));
        made.append(ddl::add_foreign_keys(Dialect::Postgres, &schema, table));
        let source = &preparation.schema.tables[table];
        for key in &source.foreign_keys {
            if !schema.tables[table].foreign_keys.contains(key) {
                made.notes.push(format!(
                    "{}: the foreign key ({}) is left out, {} is not in the target",
                    source.name,
                    source.column_names(&key.columns),
                    preparation.schema.tables[key.parent].name
                ));
            }
        }
    }
    made.notes
}
