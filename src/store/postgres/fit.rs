//! Whether the target's tables fit what will be written, and whether its user may write it: all that can be known
//! before the first change.

use super::failure::failed;
use super::introspect::Catalog;
use super::sql;
use super::wire::{self, Wire, id_array};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Column, DataType, Dialect, Schema, Table, TableName};
use crate::store::sql as ddl;
use crate::store::{ExistingRows, Preparation};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::{BTreeSet, HashMap, HashSet};

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
    table_rights(connection, preparation, catalog, &existing).await?;
    if preparation.existing == ExistingRows::Truncate {
        outside_references(connection, preparation, catalog, &existing).await?;
    }
    creation_rights(connection, preparation, &missing).await?;
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
        if !super::finish::has_foreign_key(schema, index, key, target_schema, target) {
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
            let wire = wires.get(&(catalog.ids[*found], stored));
            let fits = wire
                .is_some_and(|wire| same_type(wire, column, preparation) || wire.takes(&column.data_type));
            if !fits {
                let target = &catalog.schema.tables[*found];
                let native =
                    target.column_index(&column.name).map_or("another type", |at| &target.columns[at].native);
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

/// A type that is known by its text alone fits only itself.
fn same_type(wire: &Wire, column: &Column, preparation: &Preparation) -> bool {
    preparation.schema.dialect == Dialect::Postgres
        && matches!(wire, Wire::Foreign(_))
        && column.data_type == DataType::Other
}

/// INSERT, TRUNCATE, and ownership, without which constraints can neither be dropped nor put back.
async fn table_rights(
    connection: &mut PgConnection,
    preparation: &Preparation,
    catalog: &Catalog,
    existing: &[Option<usize>],
) -> Result<()> {
    let filled = existing.iter().zip(&preparation.rows).filter(|(_, rows)| rows.is_some());
    let ids = id_array(filled.filter_map(|(found, _)| found.map(|found| catalog.ids[found])));
    let query = format!(
        "SELECT c.oid::regclass::text, current_user::text, has_table_privilege(c.oid, 'INSERT'), \
            has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'TRUNCATE'), pg_has_role(c.relowner, 'USAGE') \
         FROM pg_class c WHERE c.oid = ANY({ids}) ORDER BY 1"
    );
    let problem = |cause| failed(ErrorKind::Target, "cannot read the rights on the target's tables", cause);
    for row in sql::query(connection, &query).await.map_err(problem)? {
        let (table, user): (String, String) =
            (row.try_get(0).map_err(problem)?, row.try_get(1).map_err(problem)?);
        let truncate = preparation.existing == ExistingRows::Truncate;
        for (right, column, needed) in [("INSERT", 2, true), ("SELECT", 3, true), ("TRUNCATE", 4, truncate)] {
            if needed && !row.try_get::<bool, _>(column).map_err(problem)? {
                return Err(Error::target_failed(format!(
                    "user {user} may not {right} on table {table} of the target"
                ))
                .hint(format!("grant it: GRANT {right} ON {table} TO {}", sql::quote(&user))));
            }
        }
        if !row.try_get::<bool, _>(5).map_err(problem)? {
            return Err(Error::target_failed(format!("user {user} does not own table {table} of the target"))
                .hint("constraints are put aside during the load, which only the owner may do: connect as the owner"));
        }
    }
    Ok(())
}

/// Tables that stay as they are, but whose rows refer to tables that would be emptied.
async fn outside_references(
    connection: &mut PgConnection,
    preparation: &Preparation,
    catalog: &Catalog,
    existing: &[Option<usize>],
) -> Result<()> {
    let filled = existing.iter().zip(&preparation.rows).filter(|(_, rows)| rows.is_some());
    let ids = id_array(filled.filter_map(|(found, _)| found.map(|found| catalog.ids[found])));
    let query = format!(
        "SELECT DISTINCT k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent FROM pg_constraint k \
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = ANY({ids}) AND NOT k.conrelid = ANY({ids}) \
            AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = k.conrelid AND h.inhparent = ANY({ids})) ORDER BY 1, 2"
    );
    let problem = |cause| failed(ErrorKind::Target, "cannot read the foreign keys of the target", cause);
    for row in sql::query(connection, &query).await.map_err(problem)? {
        let (child, parent): (String, String) =
            (row.try_get(0).map_err(problem)?, row.try_get(1).map_err(problem)?);
        let any = format!("SELECT count(*) FROM (SELECT FROM {child} LIMIT 1) r");
        if sql::query_number(connection, &any).await.map_err(problem)? > 0 {
            return Err(Error::target_failed(format!(
                "table {parent} of the target cannot be emptied: rows of {child}, which is left alone, refer to it"
            ))
            .hint(format!("fill {child} in the same run, or empty it first")));
        }
    }
    Ok(())
}

async fn creation_rights(
    connection: &mut PgConnection,
    preparation: &Preparation,
    missing: &[usize],
) -> Result<()> {
    let problem = |cause| failed(ErrorKind::Target, "cannot read the rights on the target's schemas", cause);
    let names = missing.iter().map(|&table| {
        let name =
            ddl::target_name(Dialect::Postgres, &preparation.schema, &preparation.schema.tables[table].name);
        name.schema.unwrap_or_else(|| "public".into())
    });
    for name in names.collect::<BTreeSet<String>>() {
        let query = format!(
            "SELECT CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')::int \
                ELSE has_schema_privilege(n.oid, 'CREATE')::int END::int8 \
             FROM (SELECT 1) one LEFT JOIN pg_namespace n ON n.nspname = {}",
            sql::literal(&name)
        );
        if sql::query_number(connection, &query).await.map_err(problem)? == 0 {
            return Err(Error::target_failed(format!(
                "tables cannot be created in schema {name} of the target"
            ))
            .hint(format!(
                "grant it: GRANT CREATE ON SCHEMA {} TO the user of the target",
                sql::quote(&name)
            )));
        }
    }
    if preparation.schema.dialect == Dialect::Postgres {
        types_exist(connection, preparation, missing).await?;
    }
    Ok(())
}

/// Types of extensions (`hstore`, `geometry`, `citext`) have to be there before a table can have them.
async fn types_exist(
    connection: &mut PgConnection,
    preparation: &Preparation,
    missing: &[usize],
) -> Result<()> {
    for table in missing.iter().map(|&table| &preparation.schema.tables[table]) {
        for column in &table.columns {
            if !matches!(column.data_type, DataType::Other | DataType::Text { .. }) {
                continue;
            }
            let bare = column.native.split('(').next().unwrap_or(&column.native).trim();
            let query = format!("SELECT (to_regtype({}) IS NOT NULL)::int::int8", sql::literal(bare));
            let known = sql::query_number(connection, &query).await.map_err(|cause| {
                failed(ErrorKind::Target, format!("cannot look up type {bare} in the target"), cause)
            })?;
            if known == 0 {
                return Err(Error::target_failed(format!(
                    "column {}.{} is of type {bare}, which the target does not have",
                    table.name, column.name
                ))
                .hint("create the extension (CREATE EXTENSION …) or the type in the target first"));
            }
        }
    }
    Ok(())
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
