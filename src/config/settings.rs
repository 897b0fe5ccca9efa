//! The resolved form of everything a user can say; the raw forms (arguments, `seed.toml`) never travel further.

use super::Origins;
use crate::model::Treatment;
use crate::model::privacy;
use std::collections::BTreeMap;

/// What a run is asked to do. Table and column names are as the user wrote them, already checked against the schema
/// by the time a plan is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The seed of all randomness.
    pub seed: u64,
    /// Rows of the target per row of the source, for every table that is not copied.
    pub scale: f64,
    /// Exact row counts by table.
    pub rows: BTreeMap<String, u64>,
    /// Which rows of the source are meant, as `--where` has it; all, if `None`.
    pub condition: Option<String>,
    /// In which shares new rows have the values of columns, as `--balance` has it.
    pub balances: Vec<String>,
    /// If not empty: the only tables that are filled (and the tables they need).
    pub only: Vec<String>,
    /// Tables that are left out.
    pub exclude: Vec<String>,
    /// Treatments by table, where the user overrides the proposed one.
    pub treatments: BTreeMap<String, Treatment>,
    /// Generators by table and column, where the user overrides the learned one.
    pub columns: BTreeMap<(String, String), ColumnSetting>,
    /// What tables (no column) and columns may depend on.
    pub limits: BTreeMap<(String, Option<String>), LimitSetting>,
    /// Foreign keys that the database does not declare.
    pub relations: Vec<Relation>,
    /// Rules that are kept though they were not found, or not kept though they were.
    pub rules: Vec<RuleSetting>,
    /// Thresholds.
    pub privacy: privacy::Settings,
    /// Rows read per table at the most.
    pub sample: u64,
    /// Threads that generate; 0 for one per core.
    pub jobs: usize,
    /// Where the user said all this, for errors that point at it.
    pub origins: Origins,
}

/// A generator with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSetting {
    /// The generator's name, one of `seed generators`.
    pub generator: String,
    /// Its parameters.
    pub parameters: toml::Table,
}

/// What the user says of the dependences of a table or a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitSetting {
    /// It depends on nothing, and nothing on it.
    pub independent: bool,
    /// The columns on which it may depend: of its table, or `parent.column`. All, if `None`.
    pub given: Option<Vec<String>>,
    /// The columns that it has nothing to do with.
    pub never: Vec<String>,
}

/// What the user says of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetting {
    /// The table.
    pub table: String,
    /// The rule, as [`Statement::sentence`](crate::model::rule::Statement::sentence) puts it.
    pub rule: String,
    /// Whether it is to be kept.
    pub keep: bool,
}

/// A relation between two tables that the database does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The child table.
    pub child: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The parent table.
    pub parent: String,
    /// The parent's columns.
    pub parent_columns: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            scale: 1.0,
            rows: BTreeMap::new(),
            condition: None,
            balances: Vec::new(),
            only: Vec::new(),
            exclude: Vec::new(),
            treatments: BTreeMap::new(),
            columns: BTreeMap::new(),
            limits: BTreeMap::new(),
            relations: Vec::new(),
            rules: Vec::new(),
            privacy: privacy::Settings::default(),
            sample: 1_000_000,
            jobs: 0,
            origins: Origins::default(),
        }
    }
}
