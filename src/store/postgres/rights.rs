//! Whether the target's user may do what the load needs, and whether other tables stand in the way.

use super::failure::failed;
use super::introspect::Catalog;
use super::sql;
use super::wire::id_array;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{DataType, Dialect};
use crate::store::sql as ddl;
use crate::store::{ExistingRows, Preparation};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// INSERT, TRUNCATE, and ownership, without which constraints can neither be dropped nor put back.
pub(super) async fn table_rights(
    connection: &mut PgConnection,
    preparation: &Preparation,
    catalog: &Catalog,
    existing: &[Option<usize>],
) -> Result<()> {
    let filled = existing.iter().zip(&preparation.rows).filter(|(_, rows)| rows.is_some());
    let ids = id_array(filled.filter_map(|(found, _)| found.map(|found| catalog.ids[found])));
    let query = format!(
        "SELECT c.oid::regclass::text, current_user::text, has_table_privilege(c.oid, 'INSERT'), \
            has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'TRUNCATE'), pg_has_role(c.relowner, 'USAGE'), \
            c.relowner::regrole::text \
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
            let owner: String = row.try_get(6).map_err(problem)?;
            return Err(Error::target_failed(format!("user {user} does not own table {table} of the target"))
                .hint(format!(
                    "constraints and triggers are put aside during the load, which only the owner may do: connect as {owner}, or GRANT {owner} TO {}",
                    sql::quote(&user)
                )));
        }
    }
    Ok(())
}

/// Tables that stay as they are, but whose rows refer to tables that would be emptied.
pub(super) async fn outside_references(
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

pub(super) async fn creation_rights(
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
    // By type, the first column that has it; modifiers (`geometry(Point,4326)`) are no part of the name.
    let mut users: BTreeMap<&str, String> = BTreeMap::new();
    for table in missing.iter().map(|&table| &preparation.schema.tables[table]) {
        for column in &table.columns {
            if matches!(column.data_type, DataType::Other | DataType::Text { .. }) {
                let name = column.native.split('(').next().unwrap_or(&column.native).trim();
                users.entry(name).or_insert_with(|| format!("{}.{}", table.name, column.name));
            }
        }
    }
    if users.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = users.keys().map(|name| format!("({})", sql::literal(name))).collect();
    let query = format!(
        "SELECT name FROM (VALUES {}) AS t(name) WHERE to_regtype(name) IS NULL ORDER BY name",
        names.join(", ")
    );
    let unknown = sql::query_texts(connection, &query)
        .await
        .map_err(|cause| failed(ErrorKind::Target, "cannot look up types in the target", cause))?;
    match unknown.first() {
        None => Ok(()),
        Some(name) => Err(Error::target_failed(format!(
            "column {} is of type {name}, which the target does not have",
            users.get(name.as_str()).map_or("", String::as_str)
        ))
        .hint("create the extension (CREATE EXTENSION …) or the type in the target first")),
    }
}
