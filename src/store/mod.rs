//! Where rows come from and go to.
//!
//! A [`Source`] is read; a [`Sink`] is filled. Both speak [`RecordBatch`]: one column per written column of the table
//! (generated columns are left out), of the type [`DataType::arrow`](crate::schema::DataType::arrow) says, under the
//! column's own name.

use crate::error::Result;
use crate::schema::{Dialect, Schema, TableName};
use arrow_array::RecordBatch;
use async_trait::async_trait;
use tokio::sync::mpsc;

#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

mod address;
pub mod files;
pub mod sql;
pub mod trial;

pub use address::{Address, open_sink, open_source, redact};

/// Which database a connection has really reached, in the server's own words.
///
/// Two addresses are the same database exactly when their identities are equal, however they are spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseIdentity {
    /// The engine.
    pub dialect: Dialect,
    /// What tells this server or file from every other: PostgreSQL's system identifier (or, without the right to
    /// read it, data directory, port and start time), MySQL's `@@server_uuid`/`@@hostname`, `@@port`, `@@datadir`,
    /// SQLite's device and inode of the canonical path.
    pub server: String,
    /// The database inside the server.
    pub database: String,
}

/// How much of a table a scan reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Rows known to be in the table.
    pub rows: u64,
    /// Rows wanted at the most. Where the table has more, a pseudo-random part of about this size is read, the same
    /// one every time.
    pub limit: u64,
}

/// How many children the parents of one foreign key have: exact, over the whole tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChildCounts {
    /// Pairs (children, parents with that many children), sorted, parents without children included.
    pub histogram: Vec<(u64, u64)>,
    /// Rows whose foreign key is NULL (in any column, as MATCH SIMPLE has it).
    pub null_rows: u64,
}

/// A database to learn from, held in one consistent snapshot from the first call to the last.
///
/// Contract: nothing is ever written, not even a temporary table. Calls come one at a time.
#[async_trait]
pub trait Source: Send {
    /// Which database this is.
    async fn identity(&mut self) -> Result<DatabaseIdentity>;

    /// The schema: every user table of every user schema, sorted by name.
    async fn introspect(&mut self) -> Result<Schema>;

    /// The exact number of rows of a table.
    async fn count(&mut self, schema: &Schema, table: usize) -> Result<u64>;

    /// Children per parent of one foreign key, counted by GROUP BY in the source.
    async fn child_counts(
        &mut self,
        schema: &Schema,
        table: usize,
        foreign_key: usize,
    ) -> Result<ChildCounts>;

    /// The children of every single parent row of one foreign key, in the order of an ordered scan of the parent.
    /// Asked only where the parent is a small reference table.
    async fn children_of_each(
        &mut self,
        schema: &Schema,
        table: usize,
        foreign_key: usize,
    ) -> Result<Vec<u64>>;

    /// The whole numbers that a query answers with; `None` where the engine refuses it, or where there is no engine.
    async fn numbers(&mut self, _query: &str) -> Option<Vec<i64>> {
        None
    }

    /// Reads a table's written columns and sends them on in batches of at most 8,192 rows, in the order of the
    /// primary key where `ordered` (without one: of all columns), else in any order. Ends early, without error, when the receiver is gone.
    async fn scan(
        &mut self,
        schema: &Schema,
        table: usize,
        sample: Sample,
        ordered: bool,
        batches: mpsc::Sender<RecordBatch>,
    ) -> Result<()>;
}

/// What is to happen to the target before rows arrive.
#[derive(Debug, Clone)]
pub struct Preparation {
    /// The schema of the source, whose tables (those with `rows` set) the target must end up with.
    pub schema: Schema,
    /// Per table of `schema`: how many rows will be written, or `None` if the table is left alone.
    pub rows: Vec<Option<u64>>,
    /// The order in which tables will be written, parents first as far as there are no cycles.
    pub order: Vec<usize>,
    /// What to do with rows that are there.
    pub existing: ExistingRows,
}

/// What happens to rows that the target already holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingRows {
    /// A table that has rows is an error, naming it.
    Refuse,
    /// The tables that will be filled are emptied first.
    Truncate,
    /// New rows are added to those that are there.
    Append,
}

/// What a target holds before anything is written.
#[derive(Debug, Clone, Default)]
pub struct TargetState {
    /// The tables it has, with their columns and keys; of files, the names alone.
    pub schema: Option<Schema>,
    /// Per table of that schema: its exact number of rows.
    pub rows: Vec<u64>,
}

/// The verdict of the target on one constraint after the load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The table.
    pub table: String,
    /// The constraint, as a reader would name it: `FOREIGN KEY (customer_id) → customers`.
    pub constraint: String,
    /// Rows that break it; 0 when it holds.
    pub violations: u64,
}

/// A target to fill.
///
/// Contract: `inspect` and `check` write nothing. After `prepare`, `write` is called once per table in the order given; all of a
/// table's rows are visible after `finish`, or, if anything fails, none of them where the engine has transactional
/// DDL (PostgreSQL, SQLite), and otherwise a part that `ExistingRows::Truncate` clears. Dropping a sink without
/// `finish` abandons the load.
#[async_trait]
pub trait Sink: Send {
    /// The dialect of the target; `None` for Parquet and CSV.
    fn dialect(&self) -> Option<Dialect>;

    /// Which database this is; `None` for files.
    async fn identity(&mut self) -> Result<Option<DatabaseIdentity>>;

    /// What is there already.
    async fn inspect(&mut self) -> Result<TargetState>;

    /// The greatest value of a whole-number column that is there already, at least 0: where appended keys go on.
    async fn highest(&mut self, table: &TableName, column: &str) -> Result<i64>;

    /// Everything that would make `prepare` or a later step fail and can be known now: existing tables that do not fit,
    /// missing rights. Also returns notes for the plan (constraints that cannot be carried over to this dialect,
    /// and why).
    async fn check(&mut self, preparation: &Preparation, state: &TargetState) -> Result<Vec<String>>;

    /// Creates missing tables, empties those to be emptied, takes away what slows a load.
    async fn prepare(&mut self, preparation: &Preparation) -> Result<()>;

    /// Writes one table's rows, in the order in which they come.
    async fn write(&mut self, table: usize, batches: mpsc::Receiver<RecordBatch>) -> Result<u64>;

    /// Adds keys and indexes, moves sequences past the last key, refreshes statistics, commits, and lets the target
    /// verify every foreign key and constraint.
    async fn finish(&mut self) -> Result<Vec<Verdict>>;
}
