//! The server is the oracle: what is written by the production path is read back by the server's own text.

mod connection;
mod introspection;
mod loading;
mod round_trip;

use super::{PostgresSink, PostgresSource, sql};
use crate::schema::Schema;
use crate::schema::graph::SchemaGraph;
use crate::store::{ExistingRows, Preparation, Sample, Sink, Source, Verdict};
use arrow_array::RecordBatch;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::mpsc;

/// A database of the test's own, dropped with it.
struct Database {
    url: String,
    name: String,
}

fn maintenance_url() -> String {
    std::env::var("SEED_TEST_POSTGRES")
        .expect("SEED_TEST_POSTGRES names no PostgreSQL server: run tests/run, which starts one")
}

impl Database {
    async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let maintenance = maintenance_url();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("seed_unit_{}_{number}", std::process::id());
        let mut connection = PgConnection::connect(&maintenance).await.expect("the test server answers");
        sql::execute(&mut connection, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .expect("drop");
        sql::execute(&mut connection, &format!("CREATE DATABASE {name}")).await.expect("create");
        let (server, _) = maintenance.rsplit_once('/').expect("the URL names a database");
        Self { url: format!("{server}/{name}"), name }
    }

    async fn with(statements: &str) -> Self {
        let database = Self::create().await;
        database.run(statements).await;
        database
    }

    async fn run(&self, statements: &str) {
        let mut connection = PgConnection::connect(&self.url).await.expect("connect");
        sql::execute(&mut connection, statements).await.expect("the test's own SQL is right");
    }

    /// Rows as the server writes them.
    async fn texts(&self, query: &str) -> Vec<String> {
        let mut connection = PgConnection::connect(&self.url).await.expect("connect");
        sql::execute(&mut connection, "SET timezone = 'UTC'; SET intervalstyle = 'postgres'")
            .await
            .expect("set");
        sql::query_texts(&mut connection, query).await.expect("the test's own SQL is right")
    }

    async fn source(&self) -> PostgresSource {
        PostgresSource::connect(&self.url).await.expect("connect")
    }

    async fn sink(&self) -> PostgresSink {
        PostgresSink::connect(&self.url).await.expect("connect")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (name, url) = (self.name.clone(), maintenance_url());
        let dropped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await?;
                sql::execute(&mut connection, &format!("DROP DATABASE {name} WITH (FORCE)")).await
            })
        });
        drop(dropped.join());
    }
}

/// All rows of a table.
async fn scan(source: &mut PostgresSource, schema: &Schema, table: usize, ordered: bool) -> Vec<RecordBatch> {
    let (sender, mut receiver) = mpsc::channel(4);
    let collect = tokio::spawn(async move {
        let mut batches = Vec::new();
        while let Some(batch) = receiver.recv().await {
            batches.push(batch);
        }
        batches
    });
    let sample = Sample { rows: 0, limit: 1 };
    source.scan(schema, table, sample, ordered, sender).await.expect("scan");
    collect.await.expect("collect")
}

fn preparation(schema: &Schema, existing: ExistingRows) -> Preparation {
    let graph = SchemaGraph::new(schema);
    // Constraints come after the rows: any order will do where the graph says nothing.
    let mut order = graph.order();
    order.extend((0..schema.tables.len()).filter(|table| !graph.order().contains(table)));
    Preparation { schema: schema.clone(), rows: vec![Some(0); schema.tables.len()], order, existing }
}

/// Copies a whole database by the production path: introspect, scan, prepare, write, finish.
async fn copy(from: &Database, to: &Database, existing: ExistingRows) -> crate::Result<Vec<Verdict>> {
    let mut source = from.source().await;
    let schema = source.introspect().await?;
    let mut preparation = preparation(&schema, existing);
    for table in 0..schema.tables.len() {
        preparation.rows[table] = Some(source.count(&schema, table).await?);
    }
    let mut sink = to.sink().await;
    let state = sink.inspect().await?;
    sink.check(&preparation, &state).await?;
    sink.prepare(&preparation).await?;
    for &table in &preparation.order {
        let batches = scan(&mut source, &schema, table, false).await;
        let (sender, receiver) = mpsc::channel(batches.len().max(1));
        for batch in batches {
            sender.send(batch).await.expect("the channel has room");
        }
        drop(sender);
        let written = sink.write(table, receiver).await?;
        assert_eq!(Some(written), preparation.rows[table], "rows of {}", schema.tables[table].name);
    }
    sink.finish().await
}

/// A fingerprint of every table of a schema: rows and a hash of their text, computed by the server.
async fn fingerprints(database: &Database, schema: &Schema) -> Vec<(String, String)> {
    let mut prints = Vec::new();
    for table in &schema.tables {
        let query = format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {} t",
            sql::own_rows(table)
        );
        prints.push((table.name.to_string(), database.texts(&query).await.remove(0)));
    }
    prints
}
