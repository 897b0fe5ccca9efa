//! The gate that every learned number passes: thresholds, clipping, pooling.

use serde::{Deserialize, Serialize};

/// The privacy settings of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A value shared by fewer than `k` subjects does not enter the model.
    pub k: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { k: 5 }
    }
}
