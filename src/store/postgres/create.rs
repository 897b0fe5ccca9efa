//! Tables that the target does not have: their creation, and its rehearsal.

use super::failure::{code, database_error, failed};
use super::load::TRANSACTION;
use super::sql;
use crate::error::{ErrorKind, Result};
use crate::schema::{Dialect, Schema};
use crate::store::sql as ddl;
use sqlx::postgres::PgConnection;
use std::collections::HashSet;

/// Creates types and tables, without keys, checks and indexes.
pub(super) async fn tables(connection: &mut PgConnection, schema: &Schema, missing: &[usize]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    for statement in &ddl::create_types(Dialect::Postgres, schema, missing).statements {
        sql::execute(connection, statement).await.map_err(|cause| {
            failed(ErrorKind::Target, "cannot create the types of the new tables in the target", cause)
        })?;
    }
    for &table in missing {
        for statement in &ddl::create_table(Dialect::Postgres, schema, table, ddl::Inline::Bare).statements {
            sql::execute(connection, statement).await.map_err(|cause| {
                let name = &schema.tables[table].name;
                failed(ErrorKind::Target, format!("cannot create table {name} in the target"), cause)
            })?;
        }
    }
    Ok(())
}

/// Keys, checks and indexes of a new table.
pub(super) fn keys(schema: &Schema, table: usize) -> Vec<String> {
    let mut made = ddl::add_keys(Dialect::Postgres, schema, table);
    made.append(ddl::add_indexes(Dialect::Postgres, schema, table));
    made.statements
}

/// What a rehearsal found.
#[derive(Debug, Default)]
pub(super) struct Rehearsed {
    /// Statements for keys, checks and indexes that the target cannot run.
    pub(super) left_out: HashSet<String>,
    /// What that means, for the plan.
    pub(super) notes: Vec<String>,
}

/// Creates everything that is missing, without rows, and takes it all back: whether a default, a check or an index
/// needs a function, collation or extension that the target lacks is found out now and not after the rows.
pub(super) async fn rehearse(
    connection: &mut PgConnection,
    schema: &Schema,
    missing: &[usize],
) -> Result<Rehearsed> {
    if missing.is_empty() {
        return Ok(Rehearsed::default());
    }
    let problem = |cause| failed(ErrorKind::Target, "cannot rehearse the new tables in the target", cause);
    sql::execute(connection, TRANSACTION).await.map_err(problem)?;
    let result = rehearse_all(connection, schema, missing).await;
    sql::execute(connection, "ROLLBACK").await.map_err(problem)?;
    result
}

async fn rehearse_all(
    connection: &mut PgConnection,
    schema: &Schema,
    missing: &[usize],
) -> Result<Rehearsed> {
    tables(connection, schema, missing).await?;
    let mut found = Rehearsed::default();
    let keys = missing.iter().map(|&table| (table, keys(schema, table)));
    let foreign_keys = missing
        .iter()
        .map(|&table| (table, ddl::add_foreign_keys(Dialect::Postgres, schema, table).statements));
    for (table, statements) in keys.chain(foreign_keys) {
        for statement in statements {
            attempt(connection, schema, table, statement, &mut found).await?;
        }
    }
    Ok(found)
}

async fn attempt(
    connection: &mut PgConnection,
    schema: &Schema,
    table: usize,
    statement: String,
    found: &mut Rehearsed,
) -> Result<()> {
    let name = &schema.tables[table].name;
    let doing = || format!("cannot add the keys and indexes of table {name} to the target");
    let attempted = sql::execute(connection, &format!("SAVEPOINT seed_rehearsal; {statement}")).await;
    let Err(cause) = attempted else {
        let release = sql::execute(connection, "RELEASE SAVEPOINT seed_rehearsal").await;
        return release.map_err(|cause| failed(ErrorKind::Target, doing(), cause));
    };
    // Class 42: something that the statement names is missing, or is not what the statement takes it for. Class 0A: a key of
    // single partitions, which has no place on the whole table.
    let refused = |code: &str| (code.starts_with("42") && code != "42501") || code.starts_with("0A");
    let is_missing = code(&cause).is_some_and(refused);
    let Some(error) = database_error(&cause).filter(|_| is_missing) else {
        return Err(failed(ErrorKind::Target, doing(), cause));
    };
    let what = statement.split_once(" ADD ").map_or(statement.as_str(), |(_, clause)| clause);
    found.notes.push(format!("{name}: left out: {what}; the target says: {}", error.message()));
    found.left_out.insert(statement);
    let back = "ROLLBACK TO SAVEPOINT seed_rehearsal; RELEASE SAVEPOINT seed_rehearsal";
    sql::execute(connection, back).await.map_err(|cause| failed(ErrorKind::Target, doing(), cause))
}
