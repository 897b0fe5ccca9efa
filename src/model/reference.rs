//! The rows of reference tables, which go over verbatim.

use serde::{Deserialize, Serialize};

/// A small table's rows, as text by column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRows {
    /// Per written column of the table, in order: one text or NULL per row. Rows are in the order of the primary key.
    pub columns: Vec<Vec<Option<String>>>,
}

impl ReferenceRows {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
