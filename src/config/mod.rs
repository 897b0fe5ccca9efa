//! `seed.toml`, and the settings that come out of it together with the command line.
//!
//! These are the file's own types. Every key and value that can be wrong keeps its place in the file
//! ([`toml::Spanned`]), so that a mistake found later, against the schema, still points at its line. Unknown keys are
//! errors everywhere: a mistyped one must never be silently ignored. No type here is `untagged`, internally tagged or
//! flattened, because those buffer and lose the places.

mod balance;
mod check;
mod condition;
mod document;
mod environment;
mod excerpt;
mod limits;
mod origins;
mod parser_error;
mod settings;
mod spelling;
mod suggest;

pub use balance::{Balance, Shares, balances};
pub use check::check;
pub use condition::clauses;
pub use document::{DEFAULT_NAME, Document};
pub use excerpt::{Excerpt, hide_passwords};
pub use limits::Limits;
pub use origins::{Origins, Place, Subject};
pub use settings::{ColumnSetting, LimitSetting, Relation, RuleSetting, Settings};
pub use spelling::{GeneratorSpelling, RelationEnd};
pub use suggest::{did_you_mean, listed};

use crate::model::Treatment;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// `[databases.NAME]`: addresses by name.
    pub databases: BTreeMap<Spanned<String>, Database>,
    /// `[generate]`: what a run does unless the command line says otherwise.
    pub generate: Generate,
    /// `[privacy]`: thresholds of learning.
    pub privacy: Privacy,
    /// `[tables.NAME]`: overrides by table.
    pub tables: BTreeMap<Spanned<String>, Table>,
    /// `[[relations]]`: foreign keys that the database does not declare.
    pub relations: Vec<RelationEntry>,
}

/// `[databases.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The address; may hold `${VAR}` and `${VAR:-default}`.
    pub url: Spanned<String>,
    /// Whether `seed` refuses ever to write there.
    #[serde(default)]
    pub protected: bool,
}

/// `[generate]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Generate {
    /// Rows of the target per row of the source.
    pub scale: Option<Spanned<f64>>,
    /// The seed of all randomness.
    pub seed: Option<u64>,
    /// Exact row counts by table.
    pub rows: BTreeMap<Spanned<String>, u64>,
    /// Threads; 0 for one per core.
    pub jobs: Option<usize>,
    /// Rows read per table at the most.
    pub sample: Option<Spanned<u64>>,
    /// `where = "customers.state = 'OH'"`: which rows of the source are meant.
    #[serde(rename = "where")]
    pub condition: Option<Spanned<String>>,
    /// `balance = ["transactions.is_fraud=10%"]`: in which shares new rows have the values of columns.
    #[serde(rename = "balance")]
    pub balances: Vec<Spanned<String>>,
    /// The only tables that are filled.
    pub only: Vec<Spanned<String>>,
    /// Tables that are left out.
    pub exclude: Vec<Spanned<String>>,
}

/// `[privacy]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// A value shared by fewer than `k` subjects does not enter the model.
    pub k: Option<Spanned<u32>>,
}

/// `[tables.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    /// `mode = "copy"`: what happens to the table.
    pub mode: Option<Treatment>,
    /// Its exact row count.
    pub rows: Option<u64>,
    /// `rules = { drop = ["…"], add = ["…"] }`: what holds in every row of it.
    pub rules: Rules,
    /// `model = "independent"`: whether its columns depend on anything.
    pub model: Option<Spanned<ModelWord>>,
    /// `[tables.NAME.columns.COLUMN]`: overrides by column.
    pub columns: BTreeMap<Spanned<String>, Column>,
}

/// `rules` of `[tables.NAME]`, spelt as `seed inspect --rules` shows them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Rules that were found and are not to be kept.
    pub drop: Vec<Spanned<String>>,
    /// Rules that are to be kept though they were not found.
    pub add: Vec<Spanned<String>>,
}

/// `[tables.NAME.columns.COLUMN]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Column {
    /// `generator = "email"`, or `generator = { range = { min = 18, max = 90 } }`.
    pub generator: Option<Spanned<GeneratorSpelling>>,
    /// `model = "independent"`: whether it depends on anything.
    pub model: Option<Spanned<ModelWord>>,
    /// `given = ["weight", "customers.country"]`: it depends on nothing else.
    pub given: Option<Spanned<Vec<Spanned<String>>>>,
    /// `never = ["gender"]`: it does not depend on these, nor they on it.
    pub never: Vec<Spanned<String>>,
}

/// How a table or a column is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelWord {
    /// Together with others, as was learned.
    Joint,
    /// By itself: from its own distribution, whatever others are.
    Independent,
}

/// One of `[[relations]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationEntry {
    /// The referencing columns.
    pub child: Spanned<RelationEnd>,
    /// The referenced columns, in the same order.
    pub parent: Spanned<RelationEnd>,
    /// `when = "subject_type = 'Post'"`: the rows that refer there, where others refer elsewhere.
    pub when: Option<Spanned<String>>,
}

#[cfg(test)]
mod tests;
