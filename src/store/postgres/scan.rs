//! The source: one connection inside one read-only snapshot.

use super::around;
use super::connect::{connect, identity};
use super::decode::{Decoder, selected};
use super::failure::failed;
use super::{introspect, sql};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{DataType, Schema, Table};
use crate::store::{ChildCounts, DatabaseIdentity, Sample, Source};
use arrow_array::RecordBatch;
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use tokio::sync::mpsc;

/// The seed of `TABLESAMPLE … REPEATABLE`: the same rows on every run over the same table.
const SAMPLE_SEED: u32 = 1;

/// The snapshot that all calls of a source share. Synchronised scans would start a large table where another
/// session's scan is just then, and so change the order of rows from run to run.
const SNAPSHOT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL synchronize_seqscans = off";

/// A PostgreSQL database to learn from.
#[derive(Debug)]
pub struct PostgresSource {
    pub(super) connection: PgConnection,
}

impl PostgresSource {
    /// Connects and takes the snapshot that lasts as long as the source.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut connection = connect(url, ErrorKind::Source).await?;
        sql::execute(&mut connection, SNAPSHOT).await.map_err(|cause| {
            failed(ErrorKind::Source, "cannot begin a read-only snapshot of the source", cause)
        })?;
        Ok(Self { connection })
    }

    async fn counts(&mut self, query: &str, table: &Table) -> Result<Vec<(i64, i64)>> {
        let problem = |cause| unreadable(table, cause);
        let rows = sql::query(&mut self.connection, query).await.map_err(problem)?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<sqlx::Result<_>>()
            .map_err(problem)
    }
}

fn unreadable(table: &Table, cause: sqlx::Error) -> Error {
    let denied = super::failure::code(&cause) == Some("42501");
    let error = failed(ErrorKind::Source, format!("cannot read table {}", table.name), cause);
    if denied {
        error.hint("the source needs the right to SELECT on every table that is learned")
    } else {
        error
    }
}

/// The ORDER BY list of an ordered scan: the primary key, else all columns, by their text where the type has no
/// order of its own.
fn ordering(table: &Table, prefix: &str) -> String {
    let columns = match &table.primary_key {
        Some(key) => key.columns.clone(),
        None => table.written_columns().map(|(index, _)| index).collect(),
    };
    let entries: Vec<_> = columns
        .iter()
        .map(|&index| {
            let column = &table.columns[index];
            let orderable =
                !matches!(column.data_type, DataType::Json | DataType::Other | DataType::Array { .. });
            format!("{prefix}{}{}", sql::quote(&column.name), if orderable { "" } else { "::text" })
        })
        .collect();
    if entries.is_empty() { "1".into() } else { entries.join(", ") }
}

/// `a.x = b.y AND …`
fn equalities(
    (left, left_columns, left_prefix): (&Table, &[usize], &str),
    (right, right_columns, right_prefix): (&Table, &[usize], &str),
) -> String {
    left_columns
        .iter()
        .zip(right_columns)
        .map(|(&l, &r)| {
            let (l, r) = (sql::quote(&left.columns[l].name), sql::quote(&right.columns[r].name));
            format!("{left_prefix}{l} = {right_prefix}{r}")
        })
        .collect::<Vec<_>>()
        .join(" AND ")
}

fn each_is(table: &Table, columns: &[usize], condition: &str, joined_by: &str) -> String {
    columns
        .iter()
        .map(|&column| format!("{} {condition}", sql::quote(&table.columns[column].name)))
        .collect::<Vec<_>>()
        .join(joined_by)
}

/// A query of children per parent key that occurs: the key's columns and `n`.
fn children(child: &Table, columns: &[usize]) -> String {
    let keys = sql::column_list(child, columns, "");
    let present = each_is(child, columns, "IS NOT NULL", " AND ");
    format!("SELECT {keys}, count(*) AS n FROM {} WHERE {present} GROUP BY {keys}", sql::own_rows(child))
}

#[async_trait]
impl Source for PostgresSource {
    async fn identity(&mut self) -> Result<DatabaseIdentity> {
        identity(&mut self.connection, ErrorKind::Source).await
    }

    async fn introspect(&mut self) -> Result<Schema> {
        let catalog = introspect::read(&mut self.connection)
            .await
            .map_err(|cause| failed(ErrorKind::Source, "cannot read the catalogs of the source", cause))?;
        let hidden = around::hidden_rows(&mut self.connection).await;
        for (table, user) in hidden.unwrap_or_default() {
            tracing::warn!(
                "row-level security hides rows of {table} from user {user}: what is learned is what the user sees; \
                 ALTER ROLE {user} BYPASSRLS shows all"
            );
        }
        Ok(catalog.schema)
    }

    async fn count(&mut self, schema: &Schema, table: usize) -> Result<u64> {
        let table = &schema.tables[table];
        let query = format!("SELECT count(*) FROM {}", sql::own_rows(table));
        let rows = sql::query_number(&mut self.connection, &query)
            .await
            .map_err(|cause| unreadable(table, cause))?;
        Ok(rows.unsigned_abs())
    }

    async fn numbers(&mut self, query: &str) -> Option<Vec<i64>> {
        sql::execute(&mut self.connection, "SAVEPOINT trial").await.ok()?;
        let rows = sql::query(&mut self.connection, query).await;
        let found = rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect()).ok();
        sql::execute(&mut self.connection, "ROLLBACK TO SAVEPOINT trial; RELEASE SAVEPOINT trial")
            .await
            .ok()?;
        found
    }

    async fn child_counts(
        &mut self,
        schema: &Schema,
        table: usize,
        foreign_key: usize,
    ) -> Result<ChildCounts> {
        let child = &schema.tables[table];
        let key = &child.foreign_keys[foreign_key];
        let parent = &schema.tables[key.parent];
        let matches = equalities((child, &key.columns, "k."), (parent, &key.parent_columns, "p."));
        // Only keys that resolve are counted: a relation that the database does not enforce may have orphans.
        let histogram = format!(
            "SELECT k.n, count(*) FROM ({}) k WHERE EXISTS (SELECT FROM {} p WHERE {matches}) GROUP BY k.n ORDER BY k.n",
            children(child, &key.columns),
            sql::own_rows(parent),
        );
        let mut histogram: Vec<(u64, u64)> = self
            .counts(&histogram, child)
            .await?
            .into_iter()
            .map(|(children, parents)| (children.unsigned_abs(), parents.unsigned_abs()))
            .collect();
        let with_children: u64 = histogram.iter().map(|(_, parents)| parents).sum();
        let parents = self.count(schema, key.parent).await?;
        if parents > with_children {
            histogram.insert(0, (0, parents - with_children));
        }
        let nulls = format!(
            "SELECT count(*), 0::int8 FROM {} WHERE {}",
            sql::own_rows(child),
            each_is(child, &key.columns, "IS NULL", " OR ")
        );
        let null_rows = self.counts(&nulls, child).await?.first().map_or(0, |(rows, _)| rows.unsigned_abs());
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
        let parent = &schema.tables[key.parent];
        let query = format!(
            "SELECT coalesce(k.n, 0::int8), 0::int8 FROM {} p LEFT JOIN ({}) k ON {} ORDER BY {}",
            sql::own_rows(parent),
            children(child, &key.columns),
            equalities((child, &key.columns, "k."), (parent, &key.parent_columns, "p.")),
            ordering(parent, "p."),
        );
        Ok(self
            .counts(&query, child)
            .await?
            .into_iter()
            .map(|(children, _)| children.unsigned_abs())
            .collect())
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
        let mut decoder = Decoder::new(table);
        let query = copy_query(table, sample, ordered);
        let mut stream =
            self.connection.copy_out_raw(&query).await.map_err(|cause| unreadable(table, cause))?;
        // When nobody listens any more the rest is read and dropped: the connection, and with it the snapshot, is of
        // no use before the server has sent all of it.
        let mut heard = true;
        while let Some(bytes) = stream.try_next().await.map_err(|cause| unreadable(table, cause))? {
            if heard {
                for batch in decoder.push(&bytes)? {
                    heard = heard && batches.send(batch).await.is_ok();
                }
            }
        }
        if let Some(batch) = decoder.finish()? {
            // Nobody is left to hear of it if the receiver is gone, and that is no error.
            drop(batches.send(batch).await);
        }
        Ok(())
    }
}

fn copy_query(table: &Table, sample: Sample, ordered: bool) -> String {
    let columns: Vec<_> = table.written_columns().map(|(_, column)| selected(column)).collect();
    let sampled = if sample.rows > sample.limit {
        let percent = sample.limit as f64 * 100.0 / sample.rows as f64;
        format!(" TABLESAMPLE BERNOULLI ({percent:.9}) REPEATABLE ({SAMPLE_SEED})")
    } else {
        String::new()
    };
    let order = if ordered { format!(" ORDER BY {}", ordering(table, "")) } else { String::new() };
    format!(
        "COPY (SELECT {} FROM {}{sampled}{order}) TO STDOUT (FORMAT BINARY)",
        columns.join(", "),
        sql::own_rows(table),
    )
}
