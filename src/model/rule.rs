//! Rules that hold for every row of the source, and are kept exactly.
//!
//! A rule is about columns, never about single values; the few numbers it may hold (the 100 of `cents = 100 * euros`) are
//! shared by all rows it was tested on.

use super::{CountBin, TableModel};
use crate::schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

mod evaluate;
mod headcount;
mod parse;
mod part;
mod sentence;
mod text;
mod words;

pub use evaluate::{Scalar, multiply, sum_up};
pub use headcount::Headcount;
pub use parse::parse;
pub use part::{Clock, Part};
pub use sentence::{column_name, row_name};
pub use text::{Form, Letters, PATTERNS, Piece, Told, written};

/// A rule of one table, and how well it is supported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What holds.
    pub statement: Statement,
    /// Rows it was tested on: those that could have broken it. All rows read were tested and none broke it, but for [`Rule::except`]. 0 for
    /// a rule of `seed.toml`.
    pub rows: u64,
}

impl Rule {
    /// How many of the rows it was tested on break it.
    pub fn except(&self) -> u64 {
        match self.statement {
            Statement::Unique { except, .. }
            | Statement::Formula { except, .. }
            | Statement::Meeting { except, .. }
            | Statement::Rising { except, .. }
            | Statement::Running { except, .. }
            | Statement::Numbering { along: Along::Values { except, .. }, .. } => except,
            _ => 0,
        }
    }
}

/// What holds in every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statement {
    /// One value is never above another, where neither is NULL. One of the two is a column of the row itself.
    Ordering {
        /// The lower one.
        low: Operand,
        /// The higher one.
        high: Operand,
        /// Whether they are never equal.
        strict: bool,
    },
    /// A column is computed from others.
    Formula {
        /// The column.
        column: usize,
        /// What it equals. NULL where an operand is.
        expression: Expression,
        /// Digits behind the point; `None` where it is not rounded.
        digits: Option<u8>,
        /// Whether it may be NULL although no operand is.
        own_nulls: bool,
        /// Rows of the source in which it is another one all the same: of texts only, and few. New rows have none.
        #[serde(default, skip_serializing_if = "is_zero")]
        except: u64,
    },
    /// A column counts the rows of a group: the children of one parent have the numbers `first`, `first + 1`, … in it.
    Numbering {
        /// The column.
        column: usize,
        /// The foreign key whose parents make the groups.
        foreign_key: usize,
        /// The first number: 0 or 1.
        first: i64,
        /// In which order the rows of a group are counted.
        #[serde(default, skip_serializing_if = "Along::is_default")]
        along: Along,
    },
    /// Rows that agree on the first columns agree on the others, NULLs included.
    Dependency {
        /// One or two columns.
        from: Vec<usize>,
        /// What they decide.
        to: Vec<usize>,
    },
    /// Where one row of a parent ends the next one begins: in the order of `start`, a row's `end` is the `start` of the next row.
    Meeting {
        /// The foreign key whose parents make the groups.
        foreign_key: usize,
        /// The column by which rows are in order.
        start: usize,
        /// The column that holds where the next row begins.
        end: usize,
        /// Pairs of neighbours in the source of which that is not true.
        #[serde(default, skip_serializing_if = "is_zero")]
        except: u64,
    },
    /// Rows in the order of their key are in the order of another column: keys were given out as time went by, or parent by parent.
    Rising {
        /// The primary key.
        column: usize,
        /// A day or moment, or the column of a foreign key.
        by: usize,
        /// Pairs of neighbours in the source that are the other way round.
        #[serde(default, skip_serializing_if = "is_zero")]
        except: u64,
    },
    /// Sums up as rows of a parent come: a row's `total` is that of the row before and its own `amount`.
    Running {
        /// The foreign key whose parents make the groups.
        foreign_key: usize,
        /// What is added.
        amount: usize,
        /// The sum so far.
        total: usize,
        /// The column by which rows come; `None` for the order of their primary key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<usize>,
        /// Whether the first row's total is its amount.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        from_zero: bool,
        /// Pairs of neighbours in the source of which it is not true.
        #[serde(default, skip_serializing_if = "is_zero")]
        except: u64,
    },
    /// No two rows agree on all of these columns, although no key says so. Rows in which one of them is NULL do not count.
    Unique {
        /// Two or more columns.
        columns: Vec<usize>,
        /// The rows read that repeat another one all the same: few, or it would be no rule. New rows repeat none.
        #[serde(default, skip_serializing_if = "is_zero")]
        except: u64,
    },
    /// The children of one parent agree on these columns.
    Constant {
        /// The foreign key to the parent.
        foreign_key: usize,
        /// The columns.
        columns: Vec<usize>,
    },
    /// So many children of each parent have a certain value.
    Headcount(Headcount),
    /// Columns are NULL in the same rows.
    Together {
        /// Two or more columns.
        columns: Vec<usize>,
    },
    /// No two of the columns have a value in the same row.
    Exclusive {
        /// Two or more columns.
        columns: Vec<usize>,
        /// Whether one of them always has.
        one: bool,
    },
    /// A column has a value only where another one has.
    Needs {
        /// The column that is NULL at least where the other is.
        column: usize,
        /// The other column.
        other: usize,
    },
    /// Whether a column is NULL is known where another one has certain values.
    NullWhen {
        /// The column.
        column: usize,
        /// The column that says so.
        other: usize,
        /// The values of `other` with which `column` is always NULL.
        always: Vec<String>,
        /// Those with which it never is.
        never: Vec<String>,
    },
    /// A column holds keys of another table where a second column has a certain value: one arm of a polymorphic pair
    /// (`subject_type`, `subject_id`).
    Reference(Box<Reference>),
}

/// Where a column holds keys of which table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The column that holds the keys.
    pub column: usize,
    /// The column that says whose keys they are.
    pub by: usize,
    /// Its value in the rows that are meant.
    pub value: String,
    /// The table that is referred to.
    pub parent: usize,
    /// The column of its key.
    pub key: usize,
    /// How many of its rows have how many such children; empty where nobody knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<CountBin>,
}

impl Reference {
    /// Whether two are about the same rows.
    pub fn meets(&self, other: &Self) -> bool {
        (self.column, self.by, &self.value) == (other.column, other.by, &other.value)
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A value that is known of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// A column of the row at the end of a path of foreign keys: of the row itself (empty path), its parent, …
    Column {
        /// Foreign keys upwards.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        path: Vec<usize>,
        /// The column.
        column: usize,
    },
    /// What the row's children add up to.
    Total {
        /// The table of the children.
        table: usize,
        /// Their foreign key to this table.
        foreign_key: usize,
        /// How they are summed up.
        aggregate: Aggregate,
        /// What is multiplied of each child; nothing for a count. Operands are of the child itself.
        factors: Vec<Factor>,
        /// Whether rows without children have 0; else they have NULL.
        zero: bool,
    },
}

/// How children are summed up; NULLs are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// The number of rows.
    Count,
    /// The sum.
    Sum,
    /// The smallest value.
    Min,
    /// The greatest value.
    Max,
}

/// A computed value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// Another value as it is, whatever its type.
    Same(Operand),
    /// A sum of multiples, and a constant.
    Linear {
        /// Multiples of operands.
        terms: Vec<(Ratio, Operand)>,
        /// What is added.
        constant: Ratio,
        /// What becomes of digits beyond the column's own.
        rounding: Rounding,
    },
    /// A product.
    Product {
        /// What is multiplied; two or more.
        factors: Vec<Factor>,
        /// What becomes of digits beyond the column's own.
        rounding: Rounding,
    },
    /// A quotient of two values.
    Quotient {
        /// What is divided.
        dividend: Operand,
        /// What it is divided by; the result is NULL where that is 0.
        divisor: Operand,
        /// What becomes of digits beyond the column's own.
        rounding: Rounding,
    },
    /// A part of a date or timestamp.
    Part {
        /// Which part.
        part: Part,
        /// Of what.
        of: Operand,
        /// What the clocks showed that it was read from.
        #[serde(default, skip_serializing_if = "Clock::is_plain")]
        clock: Clock,
    },
    /// A text that is put together of others.
    Text {
        /// Its pieces, in order.
        pieces: Vec<Piece>,
    },
}

/// One factor of a product: an operand, or how much is left after (or comes on top of) a share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// The value itself.
    Value(Operand),
    /// `1 - value / per`, with `per` 1 or 100.
    Less(Operand, i64),
    /// `1 + value / per`, with `per` 1 or 100.
    Plus(Operand, i64),
}

/// A rational number in lowest terms, its denominator positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "(i64, i64)", into = "(i64, i64)")]
pub struct Ratio {
    /// What is divided.
    pub numerator: i64,
    /// What it is divided by.
    pub denominator: i64,
}

impl From<(i64, i64)> for Ratio {
    fn from((numerator, denominator): (i64, i64)) -> Self {
        Self { numerator, denominator: denominator.max(1) }
    }
}

impl From<Ratio> for (i64, i64) {
    fn from(ratio: Ratio) -> Self {
        (ratio.numerator, ratio.denominator)
    }
}

/// What becomes of digits that a column has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest value, halves away from zero.
    HalfUp,
    /// To the nearest value, halves to the even neighbour.
    HalfEven,
    /// Towards zero.
    Down,
}

impl Operand {
    /// A column of the row itself.
    pub fn own(column: usize) -> Self {
        Self::Column { path: Vec::new(), column }
    }

    /// The columns that it reads directly, with their tables.
    pub fn sources(&self, schema: &Schema, table: usize) -> Vec<(usize, usize)> {
        match self {
            Self::Column { path, column } => {
                let up = |at: usize, &step: &usize| schema.tables[at].foreign_keys[step].parent;
                vec![(path.iter().fold(table, up), *column)]
            }
            Self::Total { table: child, factors, .. } => {
                factors.iter().filter_map(|factor| Some((*child, factor.operand().as_own()?))).collect()
            }
        }
    }

    /// The column, if it is one of the row itself.
    pub fn as_own(&self) -> Option<usize> {
        match self {
            Self::Column { path, column } if path.is_empty() => Some(*column),
            _ => None,
        }
    }
}

impl Expression {
    /// Everything it reads.
    pub fn operands(&self) -> Vec<&Operand> {
        match self {
            Self::Same(of) | Self::Part { of, .. } => vec![of],
            Self::Linear { terms, .. } => terms.iter().map(|(_, operand)| operand).collect(),
            Self::Product { factors, .. } => factors.iter().map(Factor::operand).collect(),
            Self::Quotient { dividend, divisor, .. } => vec![dividend, divisor],
            Self::Text { pieces } => pieces.iter().filter_map(Piece::operand).collect(),
        }
    }

    /// The pieces of a text; `None` of other values.
    pub fn as_text(&self) -> Option<&[Piece]> {
        match self {
            Self::Text { pieces } => Some(pieces),
            _ => None,
        }
    }
}

/// In which order a [`Statement::Numbering`] counts the rows of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Along {
    /// As they are stored, which is that of their primary key.
    #[default]
    Rows,
    /// By the values of another column; rows with the same value in any order.
    Values {
        /// The column.
        column: usize,
        /// Whether the greatest value comes first.
        falling: bool,
        /// Pairs of neighbours in the source that are the other way round.
        #[serde(default, skip_serializing_if = "is_zero")]
        except: u64,
    },
    /// In an order that no column tells: which number a row has is drawn, and depends on what trees say.
    Nothing,
}

impl Along {
    fn is_default(&self) -> bool {
        *self == Self::Rows
    }
}

impl Factor {
    /// What it reads.
    pub fn operand(&self) -> &Operand {
        match self {
            Self::Value(operand) | Self::Less(operand, _) | Self::Plus(operand, _) => operand,
        }
    }
}

impl Statement {
    /// The column that the rule computes instead of its being drawn.
    pub fn computes(&self) -> Option<usize> {
        match self {
            Self::Formula { column, .. } | Self::Numbering { column, .. } => Some(*column),
            _ => None,
        }
    }

    /// The column that holds keys of the table that another column names.
    pub fn refers(&self) -> Option<usize> {
        match self {
            Self::Reference(reference) => Some(reference.column),
            _ => None,
        }
    }

    /// The rule in words, as `seed inspect --rules` shows it and `seed.toml` spells it: `total = quantity * price`.
    pub fn sentence(&self, schema: &Schema, table: usize) -> String {
        sentence::of(self, schema, table)
    }
}

impl TableModel {
    /// The columns that rules compute from others; they are not drawn.
    pub fn computed_columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.rules.iter().filter_map(|rule| rule.statement.computes())
    }

    /// The columns whose days, hours … other columns are, and the columns that these are learned as differences to.
    pub fn clocked_columns(&self) -> BTreeSet<usize> {
        let read = |rule: &Rule| match &rule.statement {
            Statement::Formula { expression: Expression::Part { of, .. }, .. } => of.as_own(),
            _ => None,
        };
        let mut found = BTreeSet::new();
        let mut pending: Vec<usize> = self.rules.iter().filter_map(read).collect();
        while let Some(column) = pending.pop() {
            if found.insert(column) {
                let relative = self.columns.get(column).and_then(|column| column.relative.as_ref());
                pending.extend(relative.and_then(|relative| relative.to.as_own()));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
