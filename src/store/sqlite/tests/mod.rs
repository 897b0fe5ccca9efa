//! SQLite itself is the oracle: what one connection writes, another one reads.

mod adhoc;
mod copying;
mod ddl_text;
mod guards;
mod introspection;
mod values;

use super::connection::Connection;
use super::{SqliteSink, SqliteSource};
use crate::error::ErrorKind;
use crate::schema::Schema;
use crate::store::{ExistingRows, Preparation, Sample, Sink, Source, Verdict};
use arrow_array::RecordBatch;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A folder that goes away, and a database in it.
pub(super) struct Database {
    pub(super) folder: TempDir,
    pub(super) path: PathBuf,
}

/// A new database, made by a script.
pub(super) async fn database(script: &str) -> Database {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("source.db");
    run(&path, script).await;
    Database { folder, path }
}

pub(super) async fn run(path: &Path, script: &str) {
    let mut connection = Connection::read_write(path).await.expect("opens");
    connection.run(script, "setting the test up").await.expect("the script runs");
    connection.close().await.expect("closes");
}

/// The first column of a query, as text.
pub(super) async fn texts(path: &Path, query: &str) -> Vec<String> {
    let mut connection = Connection::read_only(path, ErrorKind::Source).await.expect("opens");
    let rows = connection.rows(query, "asking").await.expect("the query runs");
    let texts = rows.iter().map(|row| connection.get(row, 0).expect("a text")).collect();
    connection.close().await.expect("closes");
    texts
}

pub(super) async fn introspected(script: &str) -> Schema {
    let database = database(script).await;
    let mut source = SqliteSource::connect(&database.path).await.expect("connects");
    source.introspect().await.expect("introspects")
}

pub(super) async fn scanned(source: &mut SqliteSource, schema: &Schema, table: usize) -> Vec<RecordBatch> {
    let (sender, mut receiver) = mpsc::channel(64);
    let all = Sample { rows: 1, limit: 1 };
    source.scan(schema, table, all, true, sender).await.expect("scans");
    let mut batches = Vec::new();
    while let Some(batch) = receiver.recv().await {
        batches.push(batch);
    }
    batches
}

/// What a copy of the whole schema asks of the target.
pub(super) fn everything(schema: &Schema, existing: ExistingRows) -> Preparation {
    let tables = schema.tables.len();
    Preparation {
        schema: schema.clone(),
        rows: vec![Some(1); tables],
        order: (0..tables).collect(),
        existing,
    }
}

/// Copies one file to another, the way a run does; gives the verdicts.
pub(super) async fn copy(from: &Path, to: &Path, existing: ExistingRows) -> crate::Result<Vec<Verdict>> {
    let mut source = SqliteSource::connect(from).await?;
    let schema = source.introspect().await?;
    let mut sink = SqliteSink::connect(to).await?;
    let state = sink.inspect().await?;
    let preparation = everything(&schema, existing);
    sink.check(&preparation, &state).await?;
    sink.prepare(&preparation).await?;
    for table in 0..schema.tables.len() {
        let (sender, receiver) = mpsc::channel(4);
        let rows = source.count(&schema, table).await?;
        let all = Sample { rows, limit: rows };
        let (read, written) =
            tokio::join!(source.scan(&schema, table, all, false, sender), sink.write(table, receiver));
        read?;
        assert_eq!(written?, rows, "{}", schema.tables[table].name);
    }
    sink.finish().await
}

/// Every row of every table as SQL literals, and every statement of the schema: two files with equal dumps are equal.
pub(super) async fn dump(path: &Path) -> Vec<String> {
    let tables = texts(path, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").await;
    let mut lines = Vec::new();
    for table in tables.iter().filter(|name| !name.starts_with("sqlite_stat")) {
        let columns = texts(
            path,
            &format!("SELECT name FROM pragma_table_xinfo({}) ORDER BY cid", super::sql::literal(table)),
        )
        .await;
        let list: Vec<_> =
            columns.iter().map(|column| format!("quote({})", super::sql::quote(column))).collect();
        let query =
            format!("SELECT {} FROM {} ORDER BY 1", list.join(" || ',' || "), super::sql::quote(table));
        lines.extend(texts(path, &query).await.into_iter().map(|row| format!("{table}: {row}")));
    }
    lines
}
