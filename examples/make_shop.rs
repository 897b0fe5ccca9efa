//! Makes `examples/shop.db`, the database of the README, from `schemas/shop/sqlite.sql` and invented rows:
//!
//! ```sh
//! cargo run --example make_shop                  # examples/shop.db
//! cargo run --example make_shop -- big.db 50     # fifty times as many customers
//! ```

#[allow(dead_code)] // The tests use the other engines and databases.
mod example_data;

use example_data::{Engine, insert_statements, reset_statements, rows};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path =
        arguments.next().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/examples/shop.db").into());
    let size = arguments.next().map_or(Ok(1), |size| size.parse())?;
    if std::fs::exists(&path)? {
        std::fs::remove_file(&path)?;
    }
    let mut connection = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .foreign_keys(false)
        .page_size(4096)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Off)
        .connect()
        .await?;
    let schema = include_str!("../schemas/shop/sqlite.sql");
    sqlx::raw_sql(AssertSqlSafe(schema)).execute(&mut connection).await?;
    sqlx::raw_sql(AssertSqlSafe("BEGIN")).execute(&mut connection).await?;
    for statement in insert_statements(Engine::Sqlite, &rows("shop", size)) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    sqlx::raw_sql(AssertSqlSafe("COMMIT")).execute(&mut connection).await?;
    for statement in reset_statements(Engine::Sqlite) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    sqlx::raw_sql(AssertSqlSafe("VACUUM")).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
