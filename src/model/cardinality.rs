//! Children per parent.

use serde::{Deserialize, Serialize};

/// How many children the parents of one foreign key have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cardinality {
    /// The referencing columns and the parent, for the reader: `customer_id → customers`.
    pub name: String,
    /// Child rows whose key is NULL.
    pub null_rows: u64,
    /// Parents by their number of children, childless ones included, ascending.
    pub histogram: Vec<CountBin>,
    /// Where the parent is a reference table: children of each of its rows, in the order of
    /// [`ReferenceRows`](super::ReferenceRows). Counts below k are dealt anew among the parents
    /// that have such counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Vec<u64>>,
}

/// Parents with between `low` and `high` children. Written as `[low, high, parents, children]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64, u64)", into = "(u64, u64, u64, u64)")]
pub struct CountBin {
    /// The fewest children.
    pub low: u64,
    /// The most children; equal to `low` but for the pooled tail.
    pub high: u64,
    /// Parents in the bin.
    pub parents: u64,
    /// Their children in all.
    pub children: u64,
}

impl From<(u64, u64, u64, u64)> for CountBin {
    fn from((low, high, parents, children): (u64, u64, u64, u64)) -> Self {
        Self { low, high, parents, children }
    }
}

impl From<CountBin> for (u64, u64, u64, u64) {
    fn from(bin: CountBin) -> Self {
        (bin.low, bin.high, bin.parents, bin.children)
    }
}

impl Cardinality {
    /// Parents in all.
    pub fn parents(&self) -> u64 {
        self.histogram.iter().map(|bin| bin.parents).sum()
    }

    /// Child rows that have a parent.
    pub fn children(&self) -> u64 {
        self.histogram.iter().map(|bin| bin.children).sum()
    }
}
