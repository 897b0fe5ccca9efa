//! What happens during a run, for whoever watches.

use super::PlanSummary;

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
