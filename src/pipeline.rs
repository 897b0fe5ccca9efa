//! The straight line from source to target; the only file that knows every step.

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::model::{Model, Treatment};
use crate::schema::Schema;
use crate::schema::graph::SchemaGraph;
use crate::store::{Address, ExistingRows, Verdict};
use std::time::Duration;

/// What happens during a run, told as it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The source's schema is known.
    Introspected {
        /// Tables found.
        tables: usize,
        /// Foreign keys found.
        foreign_keys: usize,
    },
    /// Learning starts: (table, rows that will be read), in the order in which they are read.
    LearnStarted(Vec<(String, u64)>),
    /// More rows of a table were read.
    LearnProgress {
        /// The table.
        table: String,
        /// Rows read since the last such event.
        rows: u64,
    },
    /// Everything was learned.
    LearnFinished,
    /// The plan stands.
    Planned(Box<PlanSummary>),
    /// Loading starts.
    LoadStarted(Vec<(String, u64)>),
    /// More rows of a table were handed to the target.
    LoadProgress {
        /// The table.
        table: String,
        /// Rows since the last such event.
        rows: u64,
    },
    /// All rows are in; keys, indexes, sequences, statistics and the verification follow.
    Finishing,
}

/// Hears what happens during a run. Called from any thread.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event) {}
}

/// Where rows go and what happens to those that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub address: Address,
    /// Its name in `seed.toml`, or the redacted address: what messages call it.
    pub name: String,
    /// Whether `seed.toml` protects it.
    pub protected: bool,
    /// What happens to rows that are there.
    pub existing: ExistingRows,
    /// The addresses of the databases that `seed.toml` protects, by name: the target must be none of these.
    pub protected_addresses: Vec<(String, Address)>,
}

/// The whole plan, for people and for `--json`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PlanSummary {
    /// The tables in load order, skipped ones last.
    pub tables: Vec<TablePlanSummary>,
    /// How each constraint will be met.
    pub constraints: Vec<ConstraintPlan>,
    /// Everything else a user should know before rows are written.
    pub notes: Vec<String>,
    /// The seed.
    pub seed: u64,
}

/// One table of the plan.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TablePlanSummary {
    /// The table.
    pub table: String,
    /// What happens to it.
    pub treatment: Treatment,
    /// Why.
    pub because: String,
    /// Rows in the source.
    pub source_rows: u64,
    /// Rows to be written.
    pub rows: u64,
    /// Per column: the generator and what it does, as one phrase.
    pub columns: Vec<(String, String)>,
}

/// How one constraint will be met.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ConstraintPlan {
    /// The table.
    pub table: String,
    /// The constraint, as a reader would name it: `UNIQUE (email)`.
    pub constraint: String,
    /// How it is met.
    pub met: Met,
    /// Further words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub how: String,
}

/// The ways of meeting a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// No row that breaks it can arise.
    ByConstruction,
    /// Rows that break it are drawn again.
    ByFilter,
    /// It cannot be met; the run is refused.
    Cannot,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The tables in load order.
    pub tables: Vec<TableSummary>,
    /// The target's verdict on every constraint it checked.
    #[serde(skip)]
    pub verdicts: Vec<Verdict>,
    /// Notes of the plan.
    pub notes: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// Time spent learning.
    pub learning: Duration,
    /// Time spent generating and writing.
    pub loading: Duration,
    /// Time spent on keys, indexes, statistics and verification.
    pub finishing: Duration,
}

/// What a run did to one table.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TableSummary {
    /// The table.
    pub table: String,
    /// What happened to it.
    pub treatment: Treatment,
    /// Rows written.
    pub rows: u64,
    /// BLAKE3 of its rows in order, in hexadecimal.
    pub checksum: String,
}

/// A database seen through its foreign keys.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Its schema, relations of the settings included.
    pub schema: Schema,
    /// Its graph.
    pub graph: SchemaGraph,
    /// Exact row counts per table.
    pub rows: Vec<u64>,
    /// How each constraint would be met.
    pub constraints: Vec<ConstraintPlan>,
}

/// Introspects a database.
pub async fn inspect(_from: &Address, _settings: &Settings) -> Result<Inspection> {
    Err(Error::usage("not written yet"))
}

/// Learns a database, read only.
pub async fn learn(_from: &Address, _settings: &Settings, _observer: &dyn Observer) -> Result<Model> {
    Err(Error::usage("not written yet"))
}

/// Plans without writing anything (`--dry-run`).
pub async fn plan(_model: &Model, _to: &mut Target, _settings: &Settings) -> Result<PlanSummary> {
    Err(Error::usage("not written yet"))
}

/// Fills a target from a model.
pub async fn generate(
    _model: &Model,
    _to: &Target,
    _settings: &Settings,
    _observer: &dyn Observer,
) -> Result<Summary> {
    Err(Error::usage("not written yet"))
}

/// The main job: refuses what must be refused before anything is read, then learns and generates.
pub async fn run(
    _from: &Address,
    _to: &Target,
    _settings: &Settings,
    _observer: &dyn Observer,
) -> Result<Summary> {
    Err(Error::usage("not written yet"))
}
