//! CHECK constraints and `--where` text as predicates. The only file that knows `sqlparser`.

use super::{Dialect, Table};

/// A condition over the columns of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    columns: Vec<usize>,
}

/// One value, as a predicate sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// SQL's NULL.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An exact number: `unscaled · 10^-scale`.
    Decimal(i128, u8),
    /// A floating-point number.
    Float(f64),
    /// Characters.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds of the day.
    Time(i64),
    /// Microseconds since 1970-01-01 00:00 (UTC where zoned).
    Timestamp(i64),
}

/// What a predicate says of one column alone; everything that is `None` or empty is unrestricted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Restriction {
    /// The least value, and whether it is itself allowed.
    pub min: Option<(Datum, bool)>,
    /// The greatest value, and whether it is itself allowed.
    pub max: Option<(Datum, bool)>,
    /// The only values allowed.
    pub values: Option<Vec<Datum>>,
    /// Values that are not allowed.
    pub excluded: Vec<Datum>,
    /// NULL is not allowed.
    pub not_null: bool,
    /// Fewest and most characters.
    pub length: (Option<u32>, Option<u32>),
}

impl Predicate {
    /// Reads a condition in the given dialect over the columns of `table`. The error says what is not understood.
    pub fn parse(_dialect: Dialect, _table: &Table, _expression: &str) -> Result<Self, String> {
        Err("not written yet".into())
    }

    /// The columns it reads, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Whether a row passes as a CHECK: true or NULL. `value` gives the row's value of a column.
    pub fn admits(&self, _value: &dyn Fn(usize) -> Datum) -> bool {
        true
    }

    /// What it says of one column alone, as far as it is a conjunction of conditions on single columns.
    pub fn restriction(&self, _column: usize) -> Restriction {
        Restriction::default()
    }

    /// Pairs of columns (a, b, strict) for which it demands a ≤ b, or a < b where strict.
    pub fn orderings(&self) -> Vec<(usize, usize, bool)> {
        Vec::new()
    }

    /// Pairs of columns that it demands to differ.
    pub fn unequal_pairs(&self) -> Vec<(usize, usize)> {
        Vec::new()
    }

    /// The condition in another dialect; the error names what that dialect cannot say.
    pub fn to_sql(&self, _table: &Table, _dialect: Dialect) -> Result<String, String> {
        Err("not written yet".into())
    }
}
