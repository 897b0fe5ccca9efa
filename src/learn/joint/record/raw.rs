//! The values of a column, row by row.

use crate::learn::row_set::RowSet;
use std::cmp::Ordering;

/// The number of no text: NULL.
pub(in crate::learn) const NO_TEXT: u32 = u32::MAX;

/// The values of a column as far as they are kept. A float that is not finite counts as NULL.
#[derive(Debug)]
pub(in crate::learn) enum Raw {
    /// Nothing was read: the database computes the column, or the table was not read.
    None,
    /// Whole units: numbers, multiples of 10^-scale, days, microseconds.
    Whole {
        /// One per row; without meaning where it is absent.
        values: Vec<i64>,
        /// The rows that are NULL.
        absent: RowSet,
        /// Digits behind the point of a decimal.
        scale: u8,
    },
    /// Floats, and decimals that do not fit into 64 bits.
    Real {
        /// One per row; without meaning where it is absent.
        values: Vec<f64>,
        /// The rows that are NULL.
        absent: RowSet,
    },
    /// `false` and `true`.
    Boolean {
        /// The rows that are `true`.
        values: RowSet,
        /// The rows that are NULL.
        absent: RowSet,
    },
    /// Texts of which there are few different ones.
    Text {
        /// The number of each row's text, [`NO_TEXT`] where it is NULL.
        ids: Vec<u32>,
        /// The different texts, in order of first appearance.
        values: Vec<Box<str>>,
    },
    /// Values that are not kept: documents, lists, bytes, texts of which there are very many.
    Opaque {
        /// The rows that are NULL.
        absent: RowSet,
    },
}

impl Raw {
    /// Rows.
    pub(in crate::learn) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Whole { values, .. } => values.len(),
            Self::Real { values, .. } => values.len(),
            Self::Boolean { absent, .. } | Self::Opaque { absent } => absent.len(),
            Self::Text { ids, .. } => ids.len(),
        }
    }

    /// Whether a row has no value.
    pub(in crate::learn) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::None => true,
            Self::Whole { absent, .. }
            | Self::Real { absent, .. }
            | Self::Boolean { absent, .. }
            | Self::Opaque { absent } => absent.contains(row),
            Self::Text { ids, .. } => ids[row] == NO_TEXT,
        }
    }

    /// The value in whole units; `None` for NULL and what is not kept in whole units.
    pub(in crate::learn) fn whole(&self, row: usize) -> Option<i64> {
        match self {
            Self::Whole { values, .. } if !self.is_null(row) => Some(values[row]),
            _ => None,
        }
    }

    /// The order of two rows by value, NULL first. Values that are not kept are all equal.
    pub(in crate::learn) fn compare(&self, a: usize, b: usize) -> Ordering {
        let by_null = self.is_null(b).cmp(&self.is_null(a));
        if by_null.is_ne() || self.is_null(a) {
            return by_null;
        }
        match self {
            Self::None | Self::Opaque { .. } => Ordering::Equal,
            Self::Whole { values, .. } => values[a].cmp(&values[b]),
            Self::Real { values, .. } => values[a].total_cmp(&values[b]),
            Self::Boolean { values, .. } => values.contains(a).cmp(&values.contains(b)),
            Self::Text { ids, values } => values[ids[a] as usize].cmp(&values[ids[b] as usize]),
        }
    }
}

#[cfg(test)]
impl Raw {
    /// The value as a number (days, microseconds for days and times); `None` for NULL and what is no number.
    pub(in crate::learn) fn number(&self, row: usize) -> Option<f64> {
        match self {
            _ if self.is_null(row) => None,
            Self::Whole { values, scale: 0, .. } => Some(values[row] as f64),
            Self::Whole { values, scale, .. } => {
                Some(values[row] as f64 / libm::pow(10.0, f64::from(*scale)))
            }
            Self::Real { values, .. } => Some(values[row]),
            _ => None,
        }
    }

    /// The text; `None` for NULL and what is no text.
    pub(in crate::learn) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text { ids, values } => values.get(ids[row] as usize).map(AsRef::as_ref),
            _ => None,
        }
    }
}
