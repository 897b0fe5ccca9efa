//! Fills a file, in one transaction.

use super::connection::Connection;
use super::encode::Rows;
use super::fit::carried;
use super::{sql, verify};
use crate::error::Result;
use crate::schema::{Dialect, Schema};
use crate::store::sql::{Inline, add_indexes, create_table, target_name};
use crate::store::{ExistingRows, Preparation, Verdict};
use arrow_array::RecordBatch;
use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Rows of one `INSERT`. Each statement is a message to sqlx's worker thread: 100 rows cost it a sixth of what 100
/// statements cost, more rows gain nothing.
const ROWS_AT_ONCE: usize = 100;

/// Values that one statement may bind.
const VALUES_AT_ONCE: usize = 32_766;

/// Settings of the load. Foreign keys are verified at the end, not row by row (and this can only be set outside of
/// the transaction); the cache holds 64 MiB, so that indexes are built without rereading; ANALYZE looks at a part.
const SETTINGS: &str = "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536; PRAGMA analysis_limit = 1000";

/// A load that has begun. Dropped before it is finished, it leaves the file as it was.
pub(super) struct Load {
    connection: Option<Connection>,
    path: PathBuf,
    schema: Schema,
    filled: Vec<usize>,
    /// Statements to be run when the rows are in: indexes first, then triggers.
    after: Vec<String>,
    /// Whether this load made the file, and has not committed yet.
    provisional: bool,
}

impl Load {
    /// Opens the file and makes its tables ready.
    pub(super) async fn begin(path: &Path, preparation: &Preparation) -> Result<Self> {
        let provisional = !path.exists();
        let mut connection = Connection::read_write(path).await?;
        connection.run(SETTINGS, "preparing the load").await?;
        // A file that did not exist has nothing that a power failure could take away.
        let synchronous = if provisional { "OFF" } else { "NORMAL" };
        connection.run(format!("PRAGMA synchronous = {synchronous}"), "preparing the load").await?;
        let filled = preparation.order.iter().copied().filter(|&table| preparation.rows[table].is_some());
        let mut load = Self {
            connection: None,
            path: path.to_owned(),
            schema: preparation.schema.clone(),
            filled: filled.collect(),
            after: Vec::new(),
            provisional,
        };
        let ready = load.prepare(&mut connection, preparation).await;
        load.connection = Some(connection);
        ready.map(|()| load)
    }

    async fn prepare(&mut self, connection: &mut Connection, preparation: &Preparation) -> Result<()> {
        connection.run("BEGIN IMMEDIATE", "beginning the load").await?;
        let there =
            connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table'", "listing tables").await?;
        let there: Vec<String> = there.iter().map(|row| connection.get(row, 0)).collect::<Result<_>>()?;
        self.schema = carried(preparation, &there).0;
        let mut triggers = Vec::new();
        for index in self.filled.clone() {
            let name = target_name(Dialect::Sqlite, &self.schema, &self.schema.tables[index].name).name;
            match there.iter().find(|there| there.eq_ignore_ascii_case(&name)) {
                None => self.create(connection, index).await?,
                Some(name) => {
                    let rows = preparation.rows[index].unwrap_or(0);
                    self.reuse(connection, name, rows, preparation.existing, &mut triggers).await?;
                }
            }
        }
        self.try_out(connection).await?;
        self.after.append(&mut triggers);
        Ok(())
    }

    async fn create(&mut self, connection: &mut Connection, index: usize) -> Result<()> {
        let doing = format!("creating table {}", self.schema.tables[index].name);
        for statement in create_table(Dialect::Sqlite, &self.schema, index, Inline::All).statements {
            connection.run(statement, &doing).await?;
        }
        self.after.extend(add_indexes(Dialect::Sqlite, &self.schema, index).statements);
        Ok(())
    }

    /// Empties a table if asked to, and takes away its triggers, which would fire for every row, and its indexes
    /// where building them anew is cheaper than keeping them up.
    async fn reuse(
        &mut self,
        connection: &mut Connection,
        name: &str,
        rows: u64,
        existing: ExistingRows,
        triggers: &mut Vec<String>,
    ) -> Result<()> {
        let doing = format!("preparing table {name}");
        let quoted = sql::quote(name);
        let query = format!(
            "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = {} COLLATE NOCASE \
             AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
            sql::literal(name)
        );
        let mut dependents = Vec::new();
        for row in connection.rows(query, &doing).await? {
            let (kind, own, text): (String, String, String) =
                (connection.get(&row, 0)?, connection.get(&row, 1)?, connection.get(&row, 2)?);
            dependents.push((kind == "trigger", own, text));
        }
        for (_, own, text) in dependents.iter().filter(|(is_trigger, ..)| *is_trigger) {
            connection.run(format!("DROP TRIGGER {}", sql::quote(own)), &doing).await?;
            triggers.push(text.clone());
        }
        if existing == ExistingRows::Truncate {
            connection.run(format!("DELETE FROM {quoted}"), &doing).await?;
        }
        if rows >= connection.number(sql::count(&quoted), &doing).await? {
            for (_, own, text) in dependents.iter().filter(|(is_trigger, ..)| !*is_trigger) {
                connection.run(format!("DROP INDEX {}", sql::quote(own)), &doing).await?;
                self.after.push(text.clone());
            }
        }
        Ok(())
    }

    /// Makes the indexes and takes them away again, so that a mistake in them shows before the rows come.
    async fn try_out(&self, connection: &mut Connection) -> Result<()> {
        let doing = "trying out the indexes";
        connection.run("SAVEPOINT indexes", doing).await?;
        for statement in &self.after {
            if !statement.trim_start().to_ascii_uppercase().starts_with("CREATE UNIQUE") {
                connection.run(statement.as_str(), doing).await?;
            }
        }
        connection.run("ROLLBACK TO indexes; RELEASE indexes", doing).await?;
        Ok(())
    }

    /// Writes rows in the order in which they come; gives their number.
    pub(super) async fn write(
        &mut self,
        index: usize,
        mut batches: mpsc::Receiver<RecordBatch>,
    ) -> Result<u64> {
        let Some(connection) = self.connection.as_mut() else { return Ok(0) };
        let table = &self.schema.tables[index];
        let doing = format!("writing table {}", table.name);
        let width = table.written_columns().count().max(1);
        let at_once = ROWS_AT_ONCE.min(VALUES_AT_ONCE / width).max(1);
        let insert = sql::insert(&self.schema, index, at_once);
        let mut written = 0;
        let (mut arguments, mut waiting) = (SqliteArguments::default(), 0);
        while let Some(batch) = batches.recv().await {
            let rows = Rows::new(table, &batch)?;
            for row in 0..batch.num_rows() {
                if waiting == 0 {
                    arguments.reserve(at_once * width, 0);
                }
                rows.bind(row, &mut arguments)?;
                waiting += 1;
                if waiting == at_once {
                    connection.run_with(&insert, std::mem::take(&mut arguments), &doing).await?;
                    waiting = 0;
                }
            }
            written += batch.num_rows() as u64;
        }
        if waiting > 0 {
            connection.run_with(&sql::insert(&self.schema, index, waiting), arguments, &doing).await?;
        }
        Ok(written)
    }

    /// Builds indexes, restores triggers, refreshes statistics, commits, and verifies.
    ///
    /// `sqlite_sequence`, where AUTOINCREMENT keeps its last key, needs nothing: SQLite moves it with every key that
    /// is written.
    pub(super) async fn finish(&mut self) -> Result<Vec<Verdict>> {
        let Some(mut connection) = self.connection.take() else { return Ok(Vec::new()) };
        let finished = self.complete(&mut connection).await;
        if finished.is_err() {
            self.connection = Some(connection);
            return finished;
        }
        connection.close().await?;
        finished
    }

    async fn complete(&mut self, connection: &mut Connection) -> Result<Vec<Verdict>> {
        for statement in &self.after {
            connection.run(statement.as_str(), "building indexes and restoring triggers").await?;
        }
        for &index in &self.filled {
            let table = sql::table(&self.schema, index);
            connection.run(format!("ANALYZE {table}"), "refreshing statistics").await?;
        }
        connection.run("COMMIT", "committing").await?;
        self.provisional = false;
        verify::verify(connection, &self.schema, &self.filled).await
    }
}

impl Drop for Load {
    /// Dropping the connection rolls back. A file that this load made goes away again; that it may not be
    /// removable is no reason to panic, it is empty then.
    fn drop(&mut self) {
        self.connection = None;
        if self.provisional {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
impl Load {
    /// Lets the file grow to this many pages only.
    pub(super) async fn limit_pages(&mut self, pages: u32) {
        let connection = self.connection.as_mut().expect("begun");
        connection.run(format!("PRAGMA max_page_count = {pages}"), "limiting").await.expect("limits");
    }
}
