//! Against a real server, each test in a database of its own.

mod catalog;
mod failures;
mod loads;
mod types;

use super::connect::text;
use super::{MysqlSink, MysqlSource, sql};
use crate::schema::Schema;
use crate::store::{ExistingRows, Preparation, Sample, Sink, Source, Verdict};
use arrow_array::RecordBatch;
use sqlx::{Connection, MySqlConnection};
use std::future::Future;
use tokio::sync::mpsc;

/// A database that lives as long as its test.
#[derive(Clone)]
struct Database {
    server: String,
    name: String,
}

impl Database {
    fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').expect("SEED_TEST_MYSQL ends in a database");
        format!("{server}/{}", self.name)
    }

    /// Runs a script of statements.
    async fn run(&self, script: &str) {
        execute(&self.url(), script).await;
    }

    /// The rows of a query as text, NULL as `\N`.
    async fn query(&self, query: &str) -> Vec<String> {
        let mut connection = MySqlConnection::connect(&self.url()).await.expect("connects");
        let rows = sqlx::raw_sql(sql::safe(query.to_owned())).fetch_all(&mut connection).await.expect(query);
        let cell = |row: &_, at| text(row, at).expect("text").unwrap_or_else(|| "\\N".to_owned());
        rows.iter()
            .map(|row| (0..sqlx::Row::len(row)).map(|at| cell(row, at)).collect::<Vec<_>>().join("|"))
            .collect()
    }
}

async fn execute(url: &str, script: &str) {
    let mut connection = MySqlConnection::connect(url).await.expect("SEED_TEST_MYSQL can be reached");
    sqlx::raw_sql(sql::safe(script.to_owned())).execute(&mut connection).await.expect("the script runs");
    connection.close().await.expect("closes");
}

/// Creates databases, runs the test, and drops them whatever the test did.
fn with_databases<const N: usize, F>(test: &str, body: impl FnOnce([Database; N]) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let server = std::env::var("SEED_TEST_MYSQL").expect("SEED_TEST_MYSQL is not set: run tests/run");
    let databases = std::array::from_fn(|at| Database {
        server: server.clone(),
        name: format!("seed_my_{test}_{at}_{}", std::process::id()),
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let outcome = runtime.block_on(async {
        for Database { server, name } in &databases {
            execute(
                server,
                &format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"),
            )
            .await;
        }
        let outcome = tokio::spawn(body(databases.clone())).await;
        for Database { server, name } in &databases {
            execute(server, &format!("DROP DATABASE `{name}`")).await;
        }
        outcome
    });
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic.into_panic());
    }
}

/// All rows of a table, in order.
async fn scan(source: &mut MysqlSource, schema: &Schema, table: usize, sample: Sample) -> Vec<RecordBatch> {
    let (sender, mut receiver) = mpsc::channel(4);
    let collect = async {
        let mut batches = Vec::new();
        while let Some(batch) = receiver.recv().await {
            batches.push(batch);
        }
        batches
    };
    let (scanned, batches) = tokio::join!(source.scan(schema, table, sample, true, sender), collect);
    scanned.expect("the scan succeeds");
    batches
}

const EVERYTHING: Sample = Sample { rows: 0, limit: u64::MAX };

/// A load of all tables of a schema.
fn preparation(schema: &Schema, existing: ExistingRows) -> Preparation {
    let count = schema.tables.len();
    Preparation { schema: schema.clone(), rows: vec![Some(1); count], order: (0..count).collect(), existing }
}

/// Prepares, writes the given batches per table, and finishes.
async fn load(
    sink: &mut MysqlSink,
    preparation: &Preparation,
    tables: Vec<Vec<RecordBatch>>,
) -> Vec<Verdict> {
    let state = sink.inspect().await.expect("inspects");
    sink.check(preparation, &state).await.expect("the target fits");
    sink.prepare(preparation).await.expect("prepares");
    for &table in &preparation.order {
        let (sender, receiver) = mpsc::channel(1);
        let batches = tables[table].clone();
        let send = async move {
            for batch in batches {
                if sender.send(batch).await.is_err() {
                    return;
                }
            }
        };
        let (written, ()) = tokio::join!(sink.write(table, receiver), send);
        let expected: usize = tables[table].iter().map(RecordBatch::num_rows).sum();
        assert_eq!(written.expect("writes"), expected as u64);
    }
    sink.finish().await.expect("finishes")
}

/// Copies a whole database through scan and sink, and returns the verdicts.
async fn copy(from: &Database, to: &Database, existing: ExistingRows) -> Vec<Verdict> {
    let mut source = MysqlSource::connect(&from.url()).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    let mut tables = Vec::new();
    for table in 0..schema.tables.len() {
        tables.push(scan(&mut source, &schema, table, EVERYTHING).await);
    }
    let mut sink = MysqlSink::connect(&to.url()).await.expect("connects");
    load(&mut sink, &preparation(&schema, existing), tables).await
}
