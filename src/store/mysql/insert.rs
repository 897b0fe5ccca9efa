//! Rows into multi-row INSERT statements.

use super::connect::Server;
use super::encode::Cells;
use super::{fault, sql};
use crate::error::{Error, Result};
use crate::schema::Column;
use arrow_array::RecordBatch;
use sqlx::mysql::MySqlArguments;
use std::sync::Arc;

/// Rows of one statement. Measured: more gain nothing, and the server slows down at a thousand.
const ROWS: usize = 100;
/// Placeholders that the protocol counts in 16 bits.
const PLACEHOLDERS: usize = 65_535;
/// Rows between two commits: seldom enough to be cheap, often enough to keep the undo log short.
const COMMIT_EVERY: u64 = 50_000;
/// Bytes of a statement, where rows are long: more would only take memory on both sides.
const STATEMENT: usize = 4 << 20;
/// Bytes assumed for a cell that is not text, and for the head of one that is.
const CELL: usize = 12;

/// Fills one table.
pub(super) struct Inserter<'a> {
    server: &'a mut Server,
    table: &'a str,
    columns: Vec<&'a Column>,
    head: String,
    group: String,
    /// The statement for a full set of rows; the driver keeps it prepared.
    full: Arc<str>,
    full_rows: usize,
    /// Bytes that a statement may carry.
    limit: usize,
    arguments: MySqlArguments,
    pending: usize,
    pending_bytes: usize,
    scratch: String,
    written: u64,
    uncommitted: u64,
}

impl<'a> Inserter<'a> {
    /// `columns` are the target's columns in the order of the batches' columns; `packet` is `max_allowed_packet`.
    pub(super) fn new(server: &'a mut Server, table: &'a str, columns: Vec<&'a Column>, packet: u64) -> Self {
        let names = columns.iter().map(|column| sql::ident(&column.name)).collect::<Vec<_>>().join(", ");
        let marks = columns.iter().map(|&column| sql::placeholder(column)).collect::<Vec<_>>().join(",");
        let head = format!("INSERT INTO {} ({names}) VALUES ", sql::ident(table));
        let group = format!("({marks})");
        let full_rows = ROWS.min(PLACEHOLDERS / columns.len().max(1)).max(1);
        let full = statement(&head, &group, full_rows);
        // A margin for the statement's own frame.
        let limit = usize::try_from(packet).unwrap_or(usize::MAX) / 16 * 15;
        Self {
            server,
            table,
            columns,
            head,
            group,
            full,
            full_rows,
            limit,
            arguments: MySqlArguments::default(),
            pending: 0,
            pending_bytes: 0,
            scratch: String::new(),
            written: 0,
            uncommitted: 0,
        }
    }

    /// Adds the rows of a batch; full statements are sent on the way.
    pub(super) async fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells: Vec<Cells<'_>> = (0..batch.num_columns())
            .map(|at| {
                Cells::of(batch.column(at).as_ref()).ok_or_else(|| {
                    let name = self.columns.get(at).map_or("?", |column| column.name.as_str());
                    Error::target_failed(format!(
                        "{}.{name}: no way to write values of this type",
                        self.table
                    ))
                })
            })
            .collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let bytes = cells.iter().map(|column| CELL + column.length(row)).sum::<usize>();
            if bytes > self.limit {
                return Err(Error::target_failed(format!(
                    "a row of table {} is larger than the server's max_allowed_packet",
                    self.table
                ))
                .hint("raise max_allowed_packet on the server"));
            }
            if self.pending > 0 && self.pending_bytes + bytes > self.limit.min(STATEMENT) {
                self.send().await?;
            }
            for (at, column) in cells.iter().enumerate() {
                if !column.bind(row, &mut self.arguments, &mut self.scratch) {
                    return Err(Error::target_failed(format!(
                        "a date of {}.{} lies outside the years 0 to 9999, which is all MySQL can hold",
                        self.table, self.columns[at].name
                    )));
                }
            }
            self.pending += 1;
            self.pending_bytes += bytes;
            if self.pending == self.full_rows {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Sends what is left, commits, and returns the number of rows written.
    pub(super) async fn finish(mut self) -> Result<u64> {
        if self.pending > 0 {
            self.send().await?;
        }
        self.commit().await?;
        Ok(self.written)
    }

    async fn send(&mut self) -> Result<()> {
        let text = match self.pending {
            rows if rows == self.full_rows => Arc::clone(&self.full),
            rows => statement(&self.head, &self.group, rows),
        };
        let arguments = std::mem::take(&mut self.arguments);
        sqlx::query_with(sql::safe_shared(text), arguments)
            .execute(&mut self.server.connection)
            .await
            .map_err(|error| fault::rows(self.server.kind, self.table, "write to", &error))?;
        self.written += self.pending as u64;
        self.uncommitted += self.pending as u64;
        self.pending = 0;
        self.pending_bytes = 0;
        if self.uncommitted >= COMMIT_EVERY {
            self.commit().await?;
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        self.uncommitted = 0;
        self.server.run("COMMIT", &format!("commit the rows of {}", self.table)).await
    }
}

fn statement(head: &str, group: &str, rows: usize) -> Arc<str> {
    let mut text = String::with_capacity(head.len() + rows * (group.len() + 1));
    text.push_str(head);
    for row in 0..rows {
        if row > 0 {
            text.push(',');
        }
        text.push_str(group);
    }
    text.into()
}
