//! CHECK constraints and `--where` text as predicates. The only room that knows `sqlparser`.
//!
//! ```text
//! text ─ grammar ─► sqlparser's tree ─ convert, call, cast, coerce ─► Node ─┬─ evaluate: the verdict on a row
//!                                                                           ├─ restrict: what it says of columns
//!                                                                           └─ render: SQL of a dialect
//! ```

mod arithmetic;
mod arrow;
mod calendar;
mod call;
mod cast;
mod clause;
mod coerce;
mod convert;
mod demand;
mod evaluate;
mod function;
mod grammar;
mod node;
mod pattern;
mod remedy;
mod render;
mod restrict;
mod restriction;
mod trial;
mod truncate;
mod value;

#[cfg(test)]
mod tests;

use super::{Dialect, Table};
pub use clause::{Clause, ClauseError};
use convert::Converter;
use node::{Comparison, Node};
pub use remedy::{Changes, Freedom};
pub use restriction::{Letters, Restriction};
pub use trial::Candidates;
pub(crate) use trial::mentions;
pub use value::Value;

/// A condition over the columns of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    dialect: Dialect,
    root: Node,
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

impl Predicate {
    /// Reads a condition in the given dialect over the columns of `table`. The error says what is not understood.
    pub fn parse(dialect: Dialect, table: &Table, expression: &str) -> Result<Self, String> {
        let not_understood = |what: String| format!("seed does not understand {what}");
        let tree = grammar::parse(dialect, expression).map_err(not_understood)?;
        let root = Converter { dialect, table }.condition(&tree).map_err(not_understood)?;
        Ok(Self::of_root(dialect, root))
    }

    fn of_root(dialect: Dialect, root: Node) -> Self {
        let mut columns = Vec::new();
        root.each(&mut |node| {
            if let Node::Column { index, .. } = node {
                columns.push(*index);
            }
        });
        columns.sort_unstable();
        columns.dedup();
        Self { dialect, root, columns }
    }

    /// The columns it reads, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Whether a row passes as a CHECK: true or NULL. `value` gives the row's value of a column.
    pub fn admits(&self, value: &dyn Fn(usize) -> Datum) -> bool {
        self.verdict(&|column| Value::from(value(column))) != Some(false)
    }

    /// Whether a row passes as a WHERE: true, not NULL. `value` gives the row's value of a column.
    pub fn selects(&self, value: &dyn Fn(usize) -> Datum) -> bool {
        self.verdict(&|column| Value::from(value(column))) == Some(true)
    }

    /// True, false, or `None` for NULL. For rows by the million: `value` may lend text and bytes instead of copying them.
    pub fn verdict<'a>(&'a self, value: &dyn Fn(usize) -> Value<'a>) -> Option<bool> {
        evaluate::truth(&self.root, self.dialect, value)
    }

    /// What it says of one column alone, as far as it is a conjunction of conditions on single columns.
    ///
    /// A necessary condition: no row that passes breaks it. [`Self::is_captured`] tells whether it is sufficient too.
    pub fn restriction(&self, column: usize) -> Restriction {
        let mut restriction = Restriction::default();
        restrict::narrow(&self.root, column, self.dialect, &mut restriction);
        restriction
    }

    /// What conditions say of each of so many columns by itself, and what follows from their orderings: what is never above
    /// another column is never above its greatest value either.
    pub fn restrictions<'a>(
        predicates: impl Iterator<Item = &'a Self> + Clone,
        columns: usize,
    ) -> Vec<Restriction> {
        let mut found = vec![Restriction::default(); columns];
        for predicate in predicates.clone() {
            for &column in predicate.columns() {
                found[column].intersect(predicate.restriction(column));
            }
        }
        let orderings: Vec<_> = predicates.flat_map(Self::orderings).collect();
        // Orderings may follow each other.
        for _ in 0..orderings.len() {
            for &(low, high, strict) in &orderings {
                let (below, above) = (found[low].clone(), found[high].clone());
                found[low].stay_below(&above, strict);
                found[high].stay_above(&below, strict);
            }
        }
        found
    }

    /// Pairs of columns (a, b, strict) for which it demands a ≤ b, or a < b where strict. NULL on either side passes.
    pub fn orderings(&self) -> Vec<(usize, usize, bool)> {
        let conjuncts = restrict::conjuncts(&self.root).iter();
        let pairs = conjuncts.filter_map(|node| match pair_compared(node)? {
            (left, Comparison::Less, right) => Some((left, right, true)),
            (left, Comparison::LessOrEqual, right) => Some((left, right, false)),
            (left, Comparison::Greater, right) => Some((right, left, true)),
            (left, Comparison::GreaterOrEqual, right) => Some((right, left, false)),
            _ => None,
        });
        pairs.collect()
    }

    /// Pairs of columns that it demands to differ.
    pub fn unequal_pairs(&self) -> Vec<(usize, usize)> {
        let conjuncts = restrict::conjuncts(&self.root).iter();
        let pairs = conjuncts.filter_map(|node| match (pair_compared(node), node) {
            (Some((left, Comparison::NotEqual, right)), _) => Some((left, right)),
            (_, Node::Distinct { left, right, negated: false, .. }) => column_pair(left, right),
            _ => None,
        });
        pairs.collect()
    }

    /// Whether a row passes exactly when every column keeps to its [`Self::restriction`] and every pair to
    /// [`Self::orderings`] and [`Self::unequal_pairs`]; so nothing is left to be filtered.
    pub fn is_captured(&self) -> bool {
        restrict::conjuncts(&self.root).iter().all(|node| {
            pair_compared(node).is_some_and(|(_, op, _)| op != Comparison::Equal)
                || self
                    .columns
                    .iter()
                    .any(|&column| restrict::narrow(node, column, self.dialect, &mut Restriction::default()))
        })
    }

    /// Where it looks at nothing but which columns are NULL: every set of columns (of [`Self::columns`]) that may
    /// be the ones that are not. `None` where it looks at values, or at more than ten columns.
    pub fn null_patterns(&self) -> Option<Vec<Vec<usize>>> {
        if self.columns.is_empty() || self.columns.len() > 10 || !reads_only_nullness(&self.root) {
            return None;
        }
        let sets = (0u32..1 << self.columns.len()).filter_map(|set| {
            let present = |column: usize| {
                self.columns.iter().position(|&own| own == column).is_some_and(|bit| set >> bit & 1 == 1)
            };
            let value = |column| if present(column) { Value::Boolean(true) } else { Value::Null };
            let admitted = self.verdict(&value) != Some(false);
            admitted.then(|| self.columns.iter().copied().filter(|&column| present(column)).collect())
        });
        Some(sets.collect())
    }

    /// The condition in another dialect; the error names what that dialect cannot say.
    pub fn to_sql(&self, table: &Table, dialect: Dialect) -> Result<String, String> {
        render::Renderer { table, from: self.dialect, to: dialect }.condition(&self.root)
    }
}

/// A comparison of two columns; `OR a IS NULL` beside it says nothing new.
fn pair_compared(node: &Node) -> Option<(usize, Comparison, usize)> {
    match node {
        Node::Compare { op, left, right, .. } => {
            let (left, right) = column_pair(left, right)?;
            Some((left, *op, right))
        }
        Node::Or(parts) => {
            let mut compared = None;
            let mut tested = Vec::new();
            for part in parts {
                match part {
                    Node::IsNull { value, negated: false } => tested.push(column_of(value)?),
                    other if compared.is_none() => compared = Some(pair_compared(other)?),
                    _ => return None,
                }
            }
            compared.filter(|(left, _, right)| tested.iter().all(|column| column == left || column == right))
        }
        _ => None,
    }
}

fn column_pair(left: &Node, right: &Node) -> Option<(usize, usize)> {
    Some((column_of(left)?, column_of(right)?))
}

fn column_of(node: &Node) -> Option<usize> {
    match node {
        Node::Column { index, .. } => Some(*index),
        _ => None,
    }
}

fn reads_only_nullness(root: &Node) -> bool {
    let (mut read, mut tested) = (0, 0);
    let is_column = |node: &&Node| matches!(node, Node::Column { .. });
    root.each(&mut |node| match node {
        Node::Column { .. } => read += 1,
        Node::IsNull { value, .. } if is_column(&&**value) => tested += 1,
        Node::Call { function: function::Function::NonNulls | function::Function::Nulls, arguments } => {
            tested += arguments.iter().filter(is_column).count();
        }
        _ => {}
    });
    read == tested
}
