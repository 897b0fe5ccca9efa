//! How many rows of a parent have a certain value.

use serde::{Deserialize, Serialize};

/// So many rows of each parent that has any have a certain value: a team has one lead, a line-up eleven starters, a customer at most one
/// address that is the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headcount {
    /// The foreign key whose parents make the groups.
    pub foreign_key: usize,
    /// The column: of texts, flags or whole numbers.
    pub column: usize,
    /// Its value in the rows that are counted; `true` or `false` of a flag.
    pub value: String,
    /// How many they are.
    pub rows: u32,
    /// Whether they may be fewer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_most: bool,
}

impl Headcount {
    /// How many of a parent's rows have the value, so that the rule holds and as few as can be change; parents with too few rows have it
    /// in all of them.
    pub fn wanted(&self, counted: usize, rows: usize) -> usize {
        let least = if self.at_most { 0 } else { self.rows as usize };
        counted.clamp(least, self.rows as usize).min(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_rows_change_as_can_be() {
        let of = |at_most| {
            let count = Headcount { foreign_key: 0, column: 0, value: String::new(), rows: 2, at_most };
            move |counted, rows| count.wanted(counted, rows)
        };
        let (exactly, at_most) = (of(false), of(true));
        assert_eq!([exactly(0, 3), exactly(2, 3), exactly(3, 3), exactly(1, 1)], [2, 2, 2, 1]);
        assert_eq!([at_most(0, 3), at_most(2, 3), at_most(3, 3), at_most(1, 1)], [0, 2, 2, 1]);
    }
}
