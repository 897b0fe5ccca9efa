//! Reads rows in Arrow batches, and counts children.

use super::connection::Connection;
use super::decode::Builder;
use super::sql;
use crate::error::{Error, Result};
use crate::schema::{Schema, Table};
use crate::store::{ChildCounts, Sample};
use arrow_array::{RecordBatch, RecordBatchOptions};
use futures_util::StreamExt;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tokio::sync::mpsc;

/// Rows of a batch, at the most.
const BATCH_ROWS: usize = 8_192;

/// Bytes of texts and blobs in a batch, about: a table of pictures must not fill the memory.
const BATCH_BYTES: usize = 4 << 20;

/// Reads a table and sends its rows on; see [`crate::store::Source::scan`].
pub(super) async fn scan(
    connection: &mut Connection,
    schema: &Schema,
    index: usize,
    sample: Sample,
    ordered: bool,
    batches: mpsc::Sender<RecordBatch>,
) -> Result<()> {
    let table = &schema.tables[index];
    let mut collector = Collector::new(table);
    let doing = format!("reading table {}", table.name);
    let mut rows = connection.stream(sql::scan(schema, index, sample, ordered));
    let mut failure = None;
    while let Some(row) = rows.next().await {
        match row {
            Ok(row) => collector.push(&row)?,
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
        if collector.is_full() && batches.send(collector.finish()?).await.is_err() {
            return Ok(());
        }
    }
    drop(rows);
    if let Some(error) = failure {
        return Err(connection.explain(&doing, error));
    }
    if collector.rows > 0 {
        // A receiver that is gone has had enough.
        let _ = batches.send(collector.finish()?).await;
    }
    Ok(())
}

/// Collects rows into batches.
struct Collector<'a> {
    table: &'a Table,
    schema: arrow_schema::SchemaRef,
    builders: Vec<Builder>,
    rows: usize,
    bytes: usize,
}

impl<'a> Collector<'a> {
    fn new(table: &'a Table) -> Self {
        let builders = table.written_columns().map(|(_, column)| Builder::new(&column.data_type)).collect();
        Self { table, schema: table.arrow_schema(), builders, rows: 0, bytes: 0 }
    }

    fn push(&mut self, row: &SqliteRow) -> Result<()> {
        for (place, builder) in self.builders.iter_mut().enumerate() {
            let pushed = row.try_get_raw(place).map_err(|_| super::decode::Undecodable);
            match pushed.and_then(|value| builder.push(value)) {
                Ok(bytes) => self.bytes += bytes,
                Err(_) => return Err(undecodable(self.table, place)),
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(|error| {
            Error::source_failed(format!("a row of table {} breaks NOT NULL", self.table.name))
                .hint("PRAGMA integrity_check of the sqlite3 shell names the rows")
                .because(error)
        })
    }
}

fn undecodable(table: &Table, place: usize) -> Error {
    let column = table.written_columns().nth(place).map(|(_, column)| column);
    let (name, native) = column.map_or(("", ""), |column| (column.name.as_str(), column.native.as_str()));
    Error::source_failed(format!(
        "{}.{name} holds a value that is not what the column (declared {}) holds elsewhere",
        table.name,
        if native.is_empty() { "without a type" } else { native },
    ))
    .hint("set the column's type in seed.toml")
    .hint(format!(
        "or find the value: SELECT typeof({0}), count(*) FROM {1} GROUP BY 1",
        sql::quote(name),
        sql::quote(&table.name.name)
    ))
}

/// Children per parent of a foreign key; see [`crate::store::Source::child_counts`].
pub(super) async fn child_counts(
    connection: &mut Connection,
    schema: &Schema,
    table: usize,
    foreign_key: usize,
) -> Result<ChildCounts> {
    let doing = format!("counting the children in table {}", schema.tables[table].name);
    let null_rows = connection.number(sql::count_null_keys(schema, table, foreign_key), &doing).await?;
    let mut histogram = Vec::new();
    for row in connection.rows(sql::child_counts(schema, table, foreign_key), &doing).await? {
        let (children, parents): (i64, i64) = (connection.get(&row, 0)?, connection.get(&row, 1)?);
        histogram.push((children.unsigned_abs(), parents.unsigned_abs()));
    }
    Ok(ChildCounts { histogram, null_rows })
}

/// Children of every parent of a foreign key; see [`crate::store::Source::children_of_each`].
pub(super) async fn children_of_each(
    connection: &mut Connection,
    schema: &Schema,
    table: usize,
    foreign_key: usize,
) -> Result<Vec<u64>> {
    let doing = format!("counting the children in table {}", schema.tables[table].name);
    let rows = connection.rows(sql::children_of_each(schema, table, foreign_key), &doing).await?;
    rows.iter().map(|row| connection.get::<i64>(row, 0).map(i64::unsigned_abs)).collect()
}
