//! The sink: the whole load is one transaction, so that a target is either filled or as it was.

use super::connect::{connect, identity};
use super::copy_binary::{self, BinaryCells};
use super::copy_text::{self, TextCells};
use super::failure::failed;
use super::introspect::{self, Catalog};
use super::strip::{self, Saved, Stripped};
use super::wire::{self, Wire};
use super::{around, create, finish, fit, sql, verify};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Dialect, Schema, TableName};
use crate::store::sql as ddl;
use crate::store::{DatabaseIdentity, ExistingRows, Preparation, Sink, TargetState, Verdict};
use arrow_array::RecordBatch;
use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgCopyIn};
use std::collections::HashSet;
use tokio::sync::mpsc;

/// Bytes that are collected before they are sent.
const PIECE: usize = 1 << 20;

/// Settings of the loading transaction. Waiting long for a lock would look like a hang, so it is given up with a
/// message; the memory is what index builds sort in.
pub(super) const TRANSACTION: &str = "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = '10s'; \
     SET LOCAL maintenance_work_mem = '256MB'";

/// A PostgreSQL database to fill.
#[derive(Debug)]
pub struct PostgresSink {
    connection: PgConnection,
    load: Option<Load>,
    /// Statements that `check` found the target unable to run.
    left_out: HashSet<String>,
}

/// A load under way.
#[derive(Debug)]
pub(super) struct Load {
    /// The schema to be carried over, without foreign keys to tables that the target will not have.
    pub(super) schema: Schema,
    /// Per table of the schema: how it is filled, or `None` if it is left alone.
    pub(super) tables: Vec<Option<Filled>>,
    /// What was taken away from tables that were there.
    pub(super) stripped: Stripped,
    /// Row-level security that was lifted.
    pub(super) row_security: Vec<Saved>,
    /// Statements for keys and indexes that the target cannot run; the plan has said so.
    pub(super) left_out: HashSet<String>,
}

/// A table that is being filled.
#[derive(Debug)]
pub(super) struct Filled {
    /// Its object id in the target.
    pub(super) id: i64,
    /// Its quoted name in the target.
    pub(super) relation: String,
    /// Whether this load created it.
    pub(super) created: bool,
    /// Whether it is cut into partitions.
    pub(super) partitioned: bool,
    /// Whether rows can be written frozen: nobody else can have seen the table since it was created or emptied.
    pub(super) fresh: bool,
    /// Rows that will be written.
    pub(super) rows: u64,
    /// The columns that are written, as the target has them.
    pub(super) columns: Vec<(String, Wire)>,
}

impl PostgresSink {
    /// Connects. Writes nothing.
    pub async fn connect(url: &str) -> Result<Self> {
        Ok(Self { connection: connect(url, ErrorKind::Target).await?, load: None, left_out: HashSet::new() })
    }

    async fn catalog(&mut self) -> Result<Catalog> {
        introspect::read(&mut self.connection)
            .await
            .map_err(|cause| failed(ErrorKind::Target, "cannot read the catalogs of the target", cause))
    }

    /// Everything of `prepare` that happens inside the transaction.
    async fn begin_load(&mut self, preparation: &Preparation) -> Result<Load> {
        let before = self.catalog().await?;
        let existing = fit::existing(preparation, &before);
        let ids: Vec<i64> = existing
            .iter()
            .zip(&preparation.rows)
            .filter(|(_, rows)| rows.is_some())
            .filter_map(|(found, _)| found.map(|found| before.ids[found]))
            .collect();
        let row_security = around::lift_row_security(&mut self.connection, &ids).await?;
        if preparation.existing == ExistingRows::Refuse {
            self.refuse_rows(preparation, &before, &existing).await?;
        }
        let schema = fit::carried(preparation, &before);
        create::tables(&mut self.connection, &schema, &fit::missing(preparation, &existing)).await?;
        let after = self.catalog().await?;
        let mut tables = self.filled(preparation, &before, &after).await?;
        let stripped = strip::strip(&mut self.connection, &mut tables, preparation.existing).await?;
        Ok(Load { schema, tables, stripped, row_security, left_out: self.left_out.clone() })
    }

    async fn refuse_rows(
        &mut self,
        preparation: &Preparation,
        catalog: &Catalog,
        existing: &[Option<usize>],
    ) -> Result<()> {
        for (index, found) in existing.iter().enumerate() {
            let (Some(found), Some(_)) = (found, preparation.rows[index]) else { continue };
            let table = &catalog.schema.tables[*found];
            let query = format!("SELECT count(*) FROM (SELECT FROM {} LIMIT 1) r", sql::own_rows(table));
            let rows = sql::query_number(&mut self.connection, &query).await.map_err(|cause| {
                failed(ErrorKind::Target, format!("cannot read table {} of the target", table.name), cause)
            })?;
            if rows > 0 {
                return Err(Error::target_failed(format!("table {} of the target is not empty", table.name))
                    .hint("use --truncate to empty the tables first, or --append to add to them"));
            }
        }
        Ok(())
    }

    async fn filled(
        &mut self,
        preparation: &Preparation,
        before: &Catalog,
        after: &Catalog,
    ) -> Result<Vec<Option<Filled>>> {
        let existing = fit::existing(preparation, after);
        let ids: Vec<i64> = existing.iter().flatten().map(|&found| after.ids[found]).collect();
        let wires = wire::columns(&mut self.connection, &ids)
            .await
            .map_err(|cause| failed(ErrorKind::Target, "cannot read the columns of the target", cause))?;
        let mut tables = Vec::with_capacity(existing.len());
        for (index, found) in existing.into_iter().enumerate() {
            let Some(rows) = preparation.rows[index] else {
                tables.push(None);
                continue;
            };
            let source = &preparation.schema.tables[index];
            let found = found.ok_or_else(|| {
                Error::target_failed(format!(
                    "table {} is not in the target after it was created",
                    source.name
                ))
            })?;
            let id = after.ids[found];
            let columns = source
                .written_columns()
                .map(|(_, column)| {
                    let name = ddl::identifier(Dialect::Postgres, &column.name).into_owned();
                    let wire = wires.get(&(id, name.clone())).cloned();
                    wire.map(|wire| (name, wire)).ok_or_else(|| fit::no_column(&source.name, &column.name))
                })
                .collect::<Result<Vec<_>>>()?;
            let created = !before.ids.contains(&id);
            let partitioned = after.schema.tables[found].partition_by.is_some();
            let relation = sql::relation(&after.schema.tables[found].name);
            tables.push(Some(Filled { id, relation, created, partitioned, fresh: created, rows, columns }));
        }
        Ok(tables)
    }

    /// Ends the transaction without keeping anything. The connection's end would do the same, only later.
    async fn roll_back(&mut self) {
        self.load = None;
        if let Err(cause) = sql::execute(&mut self.connection, "ROLLBACK").await {
            tracing::debug!(
                "the target's connection was gone before it could be told to roll back: {cause:?}"
            );
        }
    }
}

impl Filled {
    fn is_binary(&self) -> bool {
        self.columns.iter().all(|(_, wire)| wire.is_binary())
    }

    fn copy_statement(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|(name, _)| sql::quote(name)).collect();
        let format = if self.is_binary() { "BINARY" } else { "TEXT" };
        let freeze = if self.fresh && !self.partitioned { ", FREEZE" } else { "" };
        // A table without columns has rows all the same, and no list of columns.
        let list = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        format!("COPY {}{list} FROM STDIN (FORMAT {format}{freeze})", self.relation)
    }
}

#[async_trait]
impl Sink for PostgresSink {
    fn dialect(&self) -> Option<Dialect> {
        Some(Dialect::Postgres)
    }

    async fn identity(&mut self) -> Result<Option<DatabaseIdentity>> {
        identity(&mut self.connection, ErrorKind::Target).await.map(Some)
    }

    async fn inspect(&mut self) -> Result<TargetState> {
        let catalog = self.catalog().await?;
        let mut rows = Vec::with_capacity(catalog.schema.tables.len());
        for table in &catalog.schema.tables {
            let query = format!("SELECT count(*) FROM {}", sql::own_rows(table));
            let count = sql::query_number(&mut self.connection, &query).await.map_err(|cause| {
                failed(
                    ErrorKind::Target,
                    format!("cannot count the rows of table {} of the target", table.name),
                    cause,
                )
            })?;
            rows.push(count.unsigned_abs());
        }
        Ok(TargetState { schema: Some(catalog.schema), rows })
    }

    async fn highest(&mut self, table: &TableName, column: &str) -> Result<i64> {
        let name = sql::relation(table);
        let query = format!("SELECT greatest(coalesce(max({}), 0), 0)::int8 FROM {name}", sql::quote(column));
        sql::query_number(&mut self.connection, &query).await.map_err(|cause| {
            failed(ErrorKind::Target, format!("cannot read the keys of table {table} of the target"), cause)
        })
    }

    async fn check(&mut self, preparation: &Preparation, _: &TargetState) -> Result<Vec<String>> {
        let catalog = self.catalog().await?;
        let mut notes = fit::check(&mut self.connection, preparation, &catalog).await?;
        let schema = fit::carried(preparation, &catalog);
        let missing = fit::missing(preparation, &fit::existing(preparation, &catalog));
        let rehearsed = create::rehearse(&mut self.connection, &schema, &missing).await?;
        self.left_out = rehearsed.left_out;
        notes.extend(rehearsed.notes);
        Ok(notes)
    }

    async fn prepare(&mut self, preparation: &Preparation) -> Result<()> {
        sql::execute(&mut self.connection, TRANSACTION)
            .await
            .map_err(|cause| failed(ErrorKind::Target, "cannot begin a transaction in the target", cause))?;
        match self.begin_load(preparation).await {
            Ok(load) => self.load = Some(load),
            Err(error) => {
                self.roll_back().await;
                return Err(error);
            }
        }
        Ok(())
    }

    async fn write(&mut self, table: usize, batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
        let load = self.load.as_ref().ok_or_else(not_prepared)?;
        let filled = load.tables[table].as_ref().ok_or_else(not_prepared)?;
        let doing = || format!("cannot write the rows of table {}", load.schema.tables[table].name);
        let copy = self
            .connection
            .copy_in_raw(&filled.copy_statement())
            .await
            .map_err(|cause| failed(ErrorKind::Target, doing(), cause))?;
        match send_all(copy, filled, batches).await {
            Ok(rows) => Ok(rows),
            Err(Stopped::Server(cause)) => Err(failed(ErrorKind::Target, doing(), cause)),
            Err(Stopped::Misfit(column)) => {
                let column = &filled.columns.get(column).map_or("", |(name, _)| name.as_str());
                Err(Error::target_failed(doing())
                    .because(format!(
                        "a value of column {column} does not fit the type of the target's column"
                    ))
                    .hint("compare the types of that column in source and target"))
            }
        }
    }

    async fn finish(&mut self) -> Result<Vec<Verdict>> {
        let load = self.load.take().ok_or_else(not_prepared)?;
        if let Err(error) = finish::complete(&mut self.connection, &load).await {
            self.roll_back().await;
            return Err(error);
        }
        verify::verify(&mut self.connection, &load).await
    }
}

fn not_prepared() -> Error {
    Error::target_failed("the target was not prepared for this table")
}

/// Why rows stopped going out.
enum Stopped {
    Server(sqlx::Error),
    /// A value of this column cannot be written in the target's type.
    Misfit(usize),
}

impl From<sqlx::Error> for Stopped {
    fn from(cause: sqlx::Error) -> Self {
        Self::Server(cause)
    }
}

async fn send_all(
    mut copy: PgCopyIn<&mut PgConnection>,
    filled: &Filled,
    mut batches: mpsc::Receiver<RecordBatch>,
) -> Result<u64, Stopped> {
    let binary = filled.is_binary();
    let mut out = Vec::with_capacity(PIECE + PIECE / 4);
    if binary {
        out.extend_from_slice(copy_binary::HEADER);
    }
    while let Some(batch) = batches.recv().await {
        let sent = if binary {
            send_binary(&mut copy, filled, &batch, &mut out).await
        } else {
            send_text(&mut copy, filled, &batch, &mut out).await
        };
        if let Err(stopped) = sent {
            if let Err(cause) = copy.abort("a value does not fit its column").await {
                tracing::debug!("the COPY could not be aborted in order: {cause:?}");
            }
            return Err(stopped);
        }
    }
    if binary {
        out.extend_from_slice(copy_binary::TRAILER);
    }
    copy.send(out).await?;
    Ok(copy.finish().await?)
}

async fn send_binary(
    copy: &mut PgCopyIn<&mut PgConnection>,
    filled: &Filled,
    batch: &RecordBatch,
    out: &mut Vec<u8>,
) -> Result<(), Stopped> {
    let mut columns = Vec::with_capacity(filled.columns.len());
    for (index, (array, (_, wire))) in batch.columns().iter().zip(&filled.columns).enumerate() {
        columns.push(BinaryCells::new(array, wire).ok_or(Stopped::Misfit(index))?);
    }
    let mut scratch = String::new();
    for row in 0..batch.num_rows() {
        copy_binary::write_row(&columns, row, &mut scratch, out).map_err(Stopped::Misfit)?;
        if out.len() >= PIECE {
            copy.send(out.as_slice()).await?;
            out.clear();
        }
    }
    Ok(())
}

async fn send_text(
    copy: &mut PgCopyIn<&mut PgConnection>,
    filled: &Filled,
    batch: &RecordBatch,
    out: &mut Vec<u8>,
) -> Result<(), Stopped> {
    let mut columns = Vec::with_capacity(filled.columns.len());
    for (index, (array, (_, wire))) in batch.columns().iter().zip(&filled.columns).enumerate() {
        columns.push(TextCells::new(array, wire).ok_or(Stopped::Misfit(index))?);
    }
    let mut scratch = String::new();
    for row in 0..batch.num_rows() {
        copy_text::write_row(&columns, row, &mut scratch, out).map_err(Stopped::Misfit)?;
        if out.len() >= PIECE {
            copy.send(out.as_slice()).await?;
            out.clear();
        }
    }
    Ok(())
}
