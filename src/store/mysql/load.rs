//! Writing: the life of a load.
//!
//! MySQL commits with every CREATE, so a load cannot be undone as a whole; what a failed one leaves is cleared by
//! `ExistingRows::Truncate`.

use super::carry::{self, counterpart, target_name};
use super::connect::{Purpose, Server};
use super::insert::Inserter;
use super::{fit, introspect, sql, verify};
use crate::error::{Error, Result};
use crate::schema::{Dialect, Schema, Table, TableName};
use crate::store::{DatabaseIdentity, ExistingRows, Preparation, Sink, TargetState, Verdict, sql as shared};
use arrow_array::RecordBatch;
use async_trait::async_trait;
use tokio::sync::mpsc;

/// A MySQL or MariaDB database to fill.
pub struct MysqlSink {
    server: Server,
    load: Option<Load>,
}

/// What `prepare` found and made.
pub(super) struct Load {
    /// The source's schema as this server holds it.
    pub(super) schema: Schema,
    /// The tables that are loaded, in the order of the load.
    pub(super) tables: Vec<Loaded>,
    /// The target's schema once all tables are there.
    pub(super) target: Schema,
    packet: u64,
    /// Whether no rows but those of the load are to be in the tables.
    alone: bool,
}

impl Load {
    /// The name of a table that was there before and into which triggers of others may have written by now.
    fn written_by_triggers(&self, table: usize) -> Option<String> {
        let at = self.tables.iter().position(|loaded| loaded.source == table)?;
        let has_triggers = |loaded: &Loaded| !self.target.tables[loaded.target].triggers.is_empty();
        let fired = self.tables[..at].iter().any(has_triggers);
        let name = || self.target.tables[self.tables[at].target].name.name.clone();
        (self.alone && fired && !self.tables[at].created).then(name)
    }
}

/// The comment of a table that is being filled. Its indexes and foreign keys come after the rows, and MySQL commits with
/// every statement of that kind: the next load recognises by the comment what an interrupted one has left, and makes the
/// table anew instead of filling one without its keys.
pub(super) const UNFINISHED: &str = "seed has not finished this table";

/// Whether an interrupted load has left this table.
pub(super) fn is_unfinished(table: &Table) -> bool {
    table.comment.as_deref() == Some(UNFINISHED)
}

/// One table of the load.
pub(super) struct Loaded {
    /// Its place in the source's schema.
    pub(super) source: usize,
    /// Its place in the target's schema.
    pub(super) target: usize,
    /// Whether `prepare` created it.
    pub(super) created: bool,
    /// Index statements that wait for the rows.
    pub(super) indexes: Vec<String>,
    /// What comes once all tables have their indexes: foreign keys, and the table's own comment.
    pub(super) closing: Vec<String>,
}

impl MysqlSink {
    /// Connects; writes nothing. `url` is as for [`MysqlSource::connect`](super::MysqlSource::connect). Fails if the
    /// server cannot be reached, refuses the user, or has no such database.
    pub async fn connect(url: &str) -> Result<Self> {
        Ok(Self { server: Server::open(url, Purpose::Write).await?, load: None })
    }

    /// Creates a table with its keys and checks. A foreign key has an index of its own here, which is several times
    /// quicker to build over rows than to keep up while they come: both wait.
    async fn create(&mut self, schema: &Schema, table: usize) -> Result<Made> {
        let name = target_name(schema, table);
        let ddl =
            shared::create_table(Dialect::Mysql, &unfinished(schema, table), table, shared::Inline::Keys);
        for statement in &ddl.statements {
            self.server.run(statement, &format!("create the table {name}")).await?;
        }
        // Unique indexes guard the rows as they come.
        let (unique, indexes): (Vec<_>, Vec<_>) = shared::add_indexes(Dialect::Mysql, schema, table)
            .statements
            .into_iter()
            .partition(|statement| statement.starts_with("CREATE UNIQUE"));
        for statement in &unique {
            self.server.run(statement, &format!("create a unique index of {name}")).await?;
        }
        let mut closing = shared::add_foreign_keys(Dialect::Mysql, schema, table).statements;
        closing.push(own_comment(&schema.tables[table], &name));
        Ok(Made { table, created: true, indexes, closing })
    }

    /// Creates a table that is not there or was left by an interrupted load; empties one that is to be emptied.
    async fn make(
        &mut self,
        preparation: &Preparation,
        schema: &Schema,
        table: usize,
        before: &Schema,
    ) -> Result<Made> {
        let Some(there) = counterpart(schema, table, before).map(|at| &before.tables[at]) else {
            return self.create(schema, table).await;
        };
        let name = &there.name.name;
        if is_unfinished(there) && preparation.existing != ExistingRows::Append {
            let drop = format!("DROP TABLE {}", sql::ident(name));
            self.server.run(&drop, &format!("drop the unfinished table {name}")).await?;
            return self.create(schema, table).await;
        }
        if preparation.existing == ExistingRows::Truncate {
            self.empty(name).await?;
        }
        Ok(Made { table, created: false, indexes: Vec::new(), closing: Vec::new() })
    }

    /// Takes away what triggers of tables filled earlier have written: the table's own rows take its place.
    async fn clear(&mut self, table: &str) -> Result<()> {
        let doing = format!("see whether triggers wrote to {table}");
        let query = format!("SELECT EXISTS (SELECT 1 FROM {})", sql::ident(table));
        if self.server.number(&query, &doing).await? == 0 {
            return Ok(());
        }
        self.empty(table).await
    }

    /// TRUNCATE wants the right to drop the table; DELETE is the slow way without it.
    async fn empty(&mut self, table: &str) -> Result<()> {
        let doing = format!("empty the table {table}");
        let name = sql::ident(table);
        if self.server.run(&format!("TRUNCATE TABLE {name}"), &doing).await.is_ok() {
            return Ok(());
        }
        tracing::debug!(table, "TRUNCATE is refused, rows are deleted instead");
        self.server.run(&format!("DELETE FROM {name}"), &doing).await
    }
}

#[async_trait]
impl Sink for MysqlSink {
    fn dialect(&self) -> Option<Dialect> {
        Some(Dialect::Mysql)
    }

    async fn identity(&mut self) -> Result<Option<DatabaseIdentity>> {
        self.server.identity().await.map(Some)
    }

    async fn inspect(&mut self) -> Result<TargetState> {
        let schema = introspect::introspect(&mut self.server).await?;
        let mut rows = Vec::with_capacity(schema.tables.len());
        for table in &schema.tables {
            let query = format!("SELECT COUNT(*) FROM {}", sql::ident(&table.name.name));
            rows.push(self.server.number(&query, &format!("count the rows of {}", table.name)).await?);
        }
        Ok(TargetState { schema: Some(schema), rows })
    }

    async fn highest(&mut self, table: &TableName, column: &str) -> Result<i64> {
        let (name, column) = (sql::ident(&table.name), sql::ident(column));
        let query = format!("SELECT GREATEST(COALESCE(MAX({column}), 0), 0) FROM {name}");
        let highest = self.server.number(&query, &format!("read the keys of {table}")).await?;
        Ok(i64::try_from(highest).unwrap_or(i64::MAX))
    }

    async fn check(&mut self, preparation: &Preparation, state: &TargetState) -> Result<Vec<String>> {
        fit::check(&mut self.server, preparation, state).await
    }

    async fn prepare(&mut self, preparation: &Preparation) -> Result<()> {
        // Foreign keys are verified after the load instead. `unique_checks` stays on: switching it off together with
        // `foreign_key_checks` opts in to InnoDB's bulk insert, where any error empties the whole table and which
        // was slower in every measurement.
        self.server.run("SET SESSION foreign_key_checks = 0", "prepare the session").await?;
        let before = introspect::introspect(&mut self.server).await?;
        let carried = carry::carry(&mut self.server, preparation, &before).await?;
        let mut made = Vec::new();
        for &table in preparation.order.iter().filter(|&&table| preparation.rows[table].is_some()) {
            made.push(self.make(preparation, &carried.schema, table, &before).await?);
        }
        let target = introspect::introspect(&mut self.server).await?;
        let tables = made
            .into_iter()
            .map(|Made { table: source, created, indexes, closing }| {
                let name = target_name(&carried.schema, source);
                let target = counterpart(&carried.schema, source, &target).ok_or_else(|| {
                    Error::target_failed(format!("the table {name} vanished while it was prepared"))
                })?;
                Ok(Loaded { source, target, created, indexes, closing })
            })
            .collect::<Result<Vec<_>>>()?;
        let packet = self.server.number("SELECT @@max_allowed_packet", "ask for max_allowed_packet").await?;
        self.server.run("SET SESSION autocommit = 0", "prepare the session").await?;
        let alone = preparation.existing != ExistingRows::Append;
        self.load = Some(Load { schema: carried.schema, tables, target, packet, alone });
        Ok(())
    }

    async fn write(&mut self, table: usize, mut batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
        let written_to = self.load.as_ref().and_then(|load| load.written_by_triggers(table));
        if let Some(name) = written_to {
            self.clear(&name).await?;
        }
        let load = self.load.as_ref().ok_or_else(unprepared)?;
        let loaded = load.tables.iter().find(|loaded| loaded.source == table).ok_or_else(unprepared)?;
        let there = &load.target.tables[loaded.target];
        let columns = load.schema.tables[table]
            .written_columns()
            .map(|(_, column)| {
                fit::find(there, &column.name).ok_or_else(|| {
                    Error::target_failed(format!("{} lacks the column {}", there.name, column.name)).hint(
                        "add the column in the target, or drop the table there: missing tables are created",
                    )
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut inserter = Inserter::new(&mut self.server, &there.name.name, columns, load.packet);
        while let Some(batch) = batches.recv().await {
            inserter.add(&batch).await?;
        }
        inserter.finish().await
    }

    async fn finish(&mut self) -> Result<Vec<Verdict>> {
        let load = self.load.take().ok_or_else(unprepared)?;
        self.server.run("COMMIT", "commit the rows").await?;
        self.server.run("SET SESSION autocommit = 1", "end the load").await?;
        for loaded in &load.tables {
            let name = &load.target.tables[loaded.target].name;
            for statement in &loaded.indexes {
                self.server.run(statement, &format!("create an index of {name}")).await?;
            }
        }
        for loaded in &load.tables {
            let table = &load.target.tables[loaded.target];
            for statement in &loaded.closing {
                self.server.run(statement, &format!("add the foreign keys of {}", table.name)).await?;
            }
            verify::advance_numbering(&mut self.server, table).await?;
            let analyze = format!("ANALYZE TABLE {}", sql::ident(&table.name.name));
            self.server.run(&analyze, &format!("refresh the statistics of {}", table.name)).await?;
        }
        let verdicts = verify::verdicts(&mut self.server, &load).await?;
        self.server.run("SET SESSION foreign_key_checks = 1", "end the load").await?;
        Ok(verdicts)
    }
}

/// A table as `prepare` leaves it; `table` is its place in the source's schema.
struct Made {
    table: usize,
    created: bool,
    indexes: Vec<String>,
    closing: Vec<String>,
}

/// Gives a table the comment that it has in the source; MySQL takes 2,048 characters.
fn own_comment(table: &Table, name: &str) -> String {
    let comment: String = match &table.comment {
        Some(comment) if comment != UNFINISHED => comment.chars().take(2048).collect(),
        _ => String::new(),
    };
    format!("ALTER TABLE {} COMMENT = {}", sql::ident(name), shared::quote_text(Dialect::Mysql, &comment))
}

/// The schema with the comment of [`UNFINISHED`] on a table.
fn unfinished(schema: &Schema, table: usize) -> Schema {
    let mut marked = schema.clone();
    marked.tables[table].comment = Some(UNFINISHED.to_owned());
    marked
}

fn unprepared() -> Error {
    Error::target_failed("the load was not prepared for this table")
}
