//! Reading: everything inside one snapshot, rows streamed.

use super::connect::{Purpose, Server, bytes, number};
use super::decode::ColumnBuilder;
use super::{fault, introspect, sql};
use crate::error::{Error, Result};
use crate::schema::{Schema, Table};
use crate::store::{ChildCounts, DatabaseIdentity, Sample, Source};
use arrow_array::{ArrayRef, RecordBatch};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::mysql::MySqlRow;
use tokio::sync::mpsc;

/// Rows of one batch.
const BATCH: usize = 8192;

/// A MySQL or MariaDB database to learn from, in one consistent read-only snapshot.
pub struct MysqlSource {
    server: Server,
}

impl MysqlSource {
    /// Connects and opens the snapshot. `url` is `mysql://` or `mariadb://user:password@host:port/database`, with
    /// `?socket=PATH`, `?ssl-mode=…` and `?ssl-ca=FILE` as options. Fails if the server cannot be reached, refuses the
    /// user, or has no such database.
    pub async fn connect(url: &str) -> Result<Self> {
        Ok(Self { server: Server::open(url, Purpose::Read).await? })
    }
}

#[async_trait]
impl Source for MysqlSource {
    async fn identity(&mut self) -> Result<DatabaseIdentity> {
        self.server.identity().await
    }

    async fn introspect(&mut self) -> Result<Schema> {
        introspect::introspect(&mut self.server).await
    }

    async fn count(&mut self, schema: &Schema, table: usize) -> Result<u64> {
        let name = &schema.tables[table].name.name;
        let query = format!("SELECT COUNT(*) FROM {}", sql::ident(name));
        self.server.number(&query, &format!("count the rows of {name}")).await
    }

    async fn numbers(&mut self, query: &str) -> Option<Vec<i64>> {
        let rows = self.server.rows(query, "try a CHECK out").await.ok()?;
        rows.iter().map(|row| number(row, 0).ok()?.map(|number| number as i64)).collect()
    }

    async fn child_counts(
        &mut self,
        schema: &Schema,
        table: usize,
        foreign_key: usize,
    ) -> Result<ChildCounts> {
        let child = &schema.tables[table];
        let key = &child.foreign_keys[foreign_key];
        let doing = format!("count the rows of {} per row of {}", child.name, schema.tables[key.parent].name);
        let mut histogram = Vec::new();
        for row in self.server.rows(&sql::child_histogram(schema, child, key), &doing).await? {
            histogram.push((number(&row, 0)?.unwrap_or(0), number(&row, 1)?.unwrap_or(0)));
        }
        let null_rows = self.server.number(&sql::null_children(child, key), &doing).await?;
        Ok(ChildCounts { histogram, null_rows })
    }

    async fn children_of_each(
        &mut self,
        schema: &Schema,
        table: usize,
        foreign_key: usize,
    ) -> Result<Vec<u64>> {
        let child = &schema.tables[table];
        let key = &child.foreign_keys[foreign_key];
        let doing = format!("count the rows of {} per row of {}", child.name, schema.tables[key.parent].name);
        let rows = self.server.rows(&sql::children_of_each(schema, child, key), &doing).await?;
        rows.iter().map(|row| Ok(number(row, 0)?.unwrap_or(0))).collect()
    }

    async fn scan(
        &mut self,
        schema: &Schema,
        table: usize,
        sample: Sample,
        ordered: bool,
        batches: mpsc::Sender<RecordBatch>,
    ) -> Result<()> {
        let table = &schema.tables[table];
        if table.written_columns().next().is_none() {
            return Ok(());
        }
        let kind = self.server.kind;
        let failed = |error: &sqlx::Error| fault::rows(kind, &table.name.name, "read", error);
        let query = sqlx::query(sql::safe(sql::scan(table, sample, ordered)));
        let mut rows = query.fetch(&mut self.server.connection);
        let mut batch = Batch::new(table);
        while let Some(row) = rows.try_next().await.map_err(|error| failed(&error))? {
            batch.push(&row)?;
            if batch.rows == BATCH && batches.send(batch.finish()?).await.is_err() {
                // The receiver has enough.
                return Ok(());
            }
        }
        if batch.rows > 0 {
            // The last batch: whether anybody still listens makes no difference.
            drop(batches.send(batch.finish()?).await);
        }
        Ok(())
    }
}

/// A batch in the making.
struct Batch<'a> {
    table: &'a Table,
    columns: Vec<ColumnBuilder>,
    rows: usize,
}

impl<'a> Batch<'a> {
    fn new(table: &'a Table) -> Self {
        let columns =
            table.written_columns().map(|(_, column)| ColumnBuilder::new(&column.data_type, &column.native));
        Self { table, columns: columns.collect(), rows: 0 }
    }

    fn push(&mut self, row: &MySqlRow) -> Result<()> {
        for (at, builder) in self.columns.iter_mut().enumerate() {
            if !builder.push(bytes(row, at)?) {
                let name =
                    self.table.written_columns().nth(at).map_or("?", |(_, column)| column.name.as_str());
                return Err(Error::source_failed(format!(
                    "a value of {}.{name} is not of the column's type",
                    self.table.name
                ))
                .hint("the column may hold text in another character set than declared; leave it out, or repair it"));
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        self.rows = 0;
        let columns: Vec<ArrayRef> = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        RecordBatch::try_new(self.table.arrow_schema(), columns).map_err(|_| {
            Error::source_failed(format!("table {} holds a NULL in a NOT NULL column", self.table.name))
        })
    }
}
