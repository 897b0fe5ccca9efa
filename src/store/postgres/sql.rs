//! SQL text for PostgreSQL, and the only calls that hand text to the server.
//!
//! Every identifier in a statement comes out of [`quote`] or was quoted by the server itself
//! (`pg_get_constraintdef`, `regclass::text`); every literal comes out of [`literal`].

use crate::schema::{Dialect, Table, TableName};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row};

/// A quoted identifier.
pub(super) fn quote(name: &str) -> String {
    crate::store::sql::quote(Dialect::Postgres, name)
}

/// A quoted string literal, safe whatever `standard_conforming_strings` says.
pub(super) fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// A quoted table name; tables without a named schema are in `public`.
pub(super) fn relation(name: &TableName) -> String {
    format!("{}.{}", quote(name.schema.as_deref().unwrap_or("public")), quote(&name.name))
}

/// The table as the subject of a query. `ONLY` keeps the rows of tables that inherit from it out, which are tables
/// of their own; a partitioned table has no rows but those of its partitions.
pub(super) fn own_rows(table: &Table) -> String {
    if table.partition_by.is_some() {
        relation(&table.name)
    } else {
        format!("ONLY {}", relation(&table.name))
    }
}

/// Quoted column names, separated by commas, each behind `prefix`.
pub(super) fn column_list(table: &Table, columns: &[usize], prefix: &str) -> String {
    columns
        .iter()
        .map(|&column| format!("{prefix}{}", quote(&table.columns[column].name)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Runs statements for their effect.
pub(super) async fn execute(connection: &mut PgConnection, statements: &str) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await.map(drop)
}

/// Runs one query. It is not kept as a prepared statement: each is asked once, and poolers dislike names.
pub(super) async fn query(connection: &mut PgConnection, query: &str) -> sqlx::Result<Vec<PgRow>> {
    sqlx::query(AssertSqlSafe(query)).persistent(false).fetch_all(connection).await
}

/// Runs a query that answers with one whole number.
pub(super) async fn query_number(connection: &mut PgConnection, sql: &str) -> sqlx::Result<i64> {
    let rows = query(connection, sql).await?;
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)
}

/// Runs a query that answers with one column of text.
pub(super) async fn query_texts(connection: &mut PgConnection, sql: &str) -> sqlx::Result<Vec<String>> {
    query(connection, sql).await?.iter().map(|row| row.try_get(0)).collect()
}
