//! SQLite as a source and as a target.
//!
//! A source is opened read-only and read in one transaction. A target is filled in one transaction, its DDL
//! included, so that a run that fails, or is killed, leaves the file as it was.

mod catalog;
mod connection;
mod content;
mod ddl;
mod decode;
mod encode;
mod fit;
mod foreign_keys;
mod introspect;
mod load;
mod scan;
mod sql;
mod temporal;
mod token;
mod types;
mod verify;

#[cfg(test)]
mod tests;

use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Dialect, Schema, TableName};
use crate::store::{ChildCounts, DatabaseIdentity, Preparation, Sample, Sink, Source, TargetState, Verdict};
use arrow_array::RecordBatch;
use async_trait::async_trait;
use connection::{Connection, identity};
use introspect::Types;
use load::Load;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// A database file that is read.
pub struct SqliteSource {
    connection: Connection,
}

impl SqliteSource {
    /// Opens a file read-only and begins the transaction in which everything is read.
    pub async fn connect(path: &Path) -> Result<Self> {
        if !path.is_file() {
            let what = if path.exists() { "is not a file" } else { "does not exist" };
            return Err(Error::source_failed(format!("{} {what}", path.display()))
                .hint("check the path behind sqlite:, it is taken from the working directory"));
        }
        let mut connection = Connection::read_only(path, ErrorKind::Source).await?;
        connection.run("BEGIN", "beginning to read").await?;
        // The snapshot starts with the first page that is read.
        connection.rows("SELECT count(*) FROM sqlite_schema", "beginning to read").await?;
        Ok(Self { connection })
    }
}

#[async_trait]
impl Source for SqliteSource {
    async fn identity(&mut self) -> Result<DatabaseIdentity> {
        identity(self.connection.path(), ErrorKind::Source)
    }

    async fn introspect(&mut self) -> Result<Schema> {
        introspect::introspect(&mut self.connection, Types::Stored).await
    }

    async fn count(&mut self, schema: &Schema, table: usize) -> Result<u64> {
        let doing = format!("counting the rows of table {}", schema.tables[table].name);
        self.connection.number(sql::count(&sql::table(schema, table)), &doing).await
    }

    async fn numbers(&mut self, query: &str) -> Option<Vec<i64>> {
        let rows = self.connection.rows(query.to_owned(), "trying a CHECK out").await.ok()?;
        rows.iter().map(|row| self.connection.get::<i64>(row, 0).ok()).collect()
    }

    async fn child_counts(
        &mut self,
        schema: &Schema,
        table: usize,
        foreign_key: usize,
    ) -> Result<ChildCounts> {
        scan::child_counts(&mut self.connection, schema, table, foreign_key).await
    }

    async fn children_of_each(
        &mut self,
        schema: &Schema,
        table: usize,
        foreign_key: usize,
    ) -> Result<Vec<u64>> {
        scan::children_of_each(&mut self.connection, schema, table, foreign_key).await
    }

    async fn scan(
        &mut self,
        schema: &Schema,
        table: usize,
        sample: Sample,
        ordered: bool,
        batches: mpsc::Sender<RecordBatch>,
    ) -> Result<()> {
        scan::scan(&mut self.connection, schema, table, sample, ordered, batches).await
    }
}

/// A database file that is filled.
pub struct SqliteSink {
    path: PathBuf,
    load: Option<Load>,
}

impl SqliteSink {
    /// Looks at the file. One that does not exist is created by `prepare`, in a folder that has to exist.
    pub async fn connect(path: &Path) -> Result<Self> {
        let folder = connection::folder_of(path);
        if !folder.is_dir() {
            return Err(Error::target_failed(format!("the folder {} does not exist", folder.display()))
                .hint("create it, or choose another path behind sqlite:"));
        }
        if path.is_dir() {
            return Err(Error::target_failed(format!("{} is a folder", path.display()))
                .hint("name the file: sqlite:FOLDER/FILE.db"));
        }
        if path.exists() {
            Connection::existing(path).await?.close().await?;
        }
        Ok(Self { path: path.to_owned(), load: None })
    }

    fn load(&mut self) -> Result<&mut Load> {
        self.load.as_mut().ok_or_else(|| Error::target_failed("the target was not prepared"))
    }
}

#[async_trait]
impl Sink for SqliteSink {
    fn dialect(&self) -> Option<Dialect> {
        Some(Dialect::Sqlite)
    }

    async fn identity(&mut self) -> Result<Option<DatabaseIdentity>> {
        identity(&self.path, ErrorKind::Target).map(Some)
    }

    async fn inspect(&mut self) -> Result<TargetState> {
        if !self.path.exists() {
            let schema = Schema { dialect: Dialect::Sqlite, tables: Vec::new() };
            return Ok(TargetState { schema: Some(schema), rows: Vec::new() });
        }
        let mut connection = Connection::existing(&self.path).await?;
        let schema = introspect::introspect(&mut connection, Types::Declared).await?;
        let mut rows = Vec::with_capacity(schema.tables.len());
        for table in 0..schema.tables.len() {
            rows.push(connection.number(sql::count(&sql::table(&schema, table)), "counting rows").await?);
        }
        connection.close().await?;
        Ok(TargetState { schema: Some(schema), rows })
    }

    async fn highest(&mut self, table: &TableName, column: &str) -> Result<i64> {
        let mut connection = Connection::existing(&self.path).await?;
        let (name, column) = (sql::quote(&table.name), sql::quote(column));
        let query = format!("SELECT max(coalesce(max({column}), 0), 0) FROM {name}");
        let highest = connection.number(query, "reading the last key").await?;
        connection.close().await?;
        Ok(i64::try_from(highest).unwrap_or(i64::MAX))
    }

    async fn check(&mut self, preparation: &Preparation, state: &TargetState) -> Result<Vec<String>> {
        fit::check(&self.path, preparation, state).await
    }

    async fn prepare(&mut self, preparation: &Preparation) -> Result<()> {
        self.load = Some(Load::begin(&self.path, preparation).await?);
        Ok(())
    }

    async fn write(&mut self, table: usize, batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
        self.load()?.write(table, batches).await
    }

    async fn finish(&mut self) -> Result<Vec<Verdict>> {
        let verdicts = self.load()?.finish().await;
        self.load = None;
        verdicts
    }
}
