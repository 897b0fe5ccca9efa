//! What a run will do and what it did, for people and for `--json`.

use crate::model::Treatment;
use crate::store::Verdict;
use std::time::Duration;

/// The whole plan, for people and for `--json`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PlanSummary {
    /// The tables in load order, skipped ones last.
    pub tables: Vec<TablePlanSummary>,
    /// How each constraint will be met.
    pub constraints: Vec<ConstraintPlan>,
    /// What was found to hold in every row and is kept.
    pub rules: Vec<RulePlan>,
    /// Everything else a user should know before rows are written.
    pub notes: Vec<String>,
    /// The seed.
    pub seed: u64,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RulePlan {
    /// The table.
    pub table: String,
    /// The rule, as `seed.toml` spells it.
    pub rule: String,
    /// Rows of the source that it was tested on, all of which keep it; 0 for a rule of `seed.toml`.
    pub rows: u64,
    /// Those of them that break it all the same: few, of what new rows never do.
    #[serde(skip_serializing_if = "is_zero")]
    pub except: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
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
    /// What became of the columns that were to have other shares than those learned.
    pub balances: Vec<BalanceSummary>,
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

/// One value of a column that was to have another share than the one learned.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct BalanceSummary {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The value.
    pub value: String,
    /// The share it was to have of the rows that have a value, between 0 and 1.
    pub asked: f64,
    /// The share it has.
    pub share: f64,
}
