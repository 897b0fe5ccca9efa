//! What to change in a row that breaks a condition.
//!
//! Drawing again finds what is common; it does not find `kind <> 2 OR (sort_name = name AND born IS NULL)`. Here the condition is
//! walked: of several ways to meet it the one that changes least is taken.

use super::evaluate::{truth, value};
use super::node::{Comparison, Node};
use super::{Datum, Predicate, Value};
use crate::schema::Dialect;
use std::collections::BTreeMap;

/// What may be changed in a row, and to what.
pub trait Freedom {
    /// Whether a column may be made NULL.
    fn may_be_null(&self, column: usize) -> bool;
    /// Whether a column may be given any value of its type.
    fn may_be_set(&self, column: usize) -> bool;
    /// Whether a value would pass what is said of the column by itself.
    fn allows(&self, column: usize, datum: &Datum) -> bool;
    /// Some value that the column has in other rows.
    fn usual(&self, column: usize) -> Option<Datum>;
}

/// Columns with new values.
pub type Changes = BTreeMap<usize, Datum>;

impl Predicate {
    /// What to change, on top of `before`, so that a row passes; `None` where no way is found.
    pub fn remedy(
        &self,
        row: &dyn Fn(usize) -> Datum,
        freedom: &dyn Freedom,
        before: &Changes,
    ) -> Option<Changes> {
        let search = Search { dialect: self.dialect, row, freedom };
        let found = search.meet(&self.root, before)?;
        search.passes(&self.root, &found).then_some(found)
    }

    /// The numbers that a column is compared with, as equal or not equal.
    pub fn singled_out(&self, column: usize) -> Vec<Datum> {
        let mut found = Vec::new();
        self.root.each(&mut |node| {
            if let Node::Compare { op: Comparison::Equal | Comparison::NotEqual, left, right, .. } = node
                && let (Node::Column { index, .. }, Node::Literal(datum))
                | (Node::Literal(datum), Node::Column { index, .. }) = (&**left, &**right)
                && *index == column
            {
                found.push(datum.clone());
            }
        });
        found
    }
}

struct Search<'a> {
    dialect: Dialect,
    row: &'a dyn Fn(usize) -> Datum,
    freedom: &'a dyn Freedom,
}

impl Search<'_> {
    fn datum(&self, column: usize, changes: &Changes) -> Datum {
        changes.get(&column).cloned().unwrap_or_else(|| (self.row)(column))
    }

    /// Whether a condition is not false.
    fn passes(&self, node: &Node, changes: &Changes) -> bool {
        truth(node, self.dialect, &|column| Value::from(self.datum(column, changes))) != Some(false)
    }

    fn meet(&self, node: &Node, changes: &Changes) -> Option<Changes> {
        if self.passes(node, changes) {
            return Some(changes.clone());
        }
        match node {
            Node::And(parts) => {
                parts.iter().try_fold(changes.clone(), |changes, part| self.meet(part, &changes))
            }
            Node::Or(parts) => {
                parts.iter().filter_map(|part| self.meet(part, changes)).min_by_key(Changes::len)
            }
            Node::Not(inner) => {
                let negated = (**inner).clone().negated();
                if matches!(negated, Node::Not(_)) {
                    self.change_one(node, changes)
                } else {
                    self.meet(&negated, changes)
                }
            }
            leaf => self.change_one(leaf, changes),
        }
    }

    /// Two columns that are the wrong way round exchange their values, which both may have.
    fn exchange(&self, leaf: &Node, changes: &Changes) -> Option<Changes> {
        let Node::Compare { left, right, .. } = leaf else { return None };
        let (left, right) = super::column_pair(left, right)?;
        let mut exchanged = changes.clone();
        for (column, other) in [(left, right), (right, left)] {
            let datum = self.datum(other, changes);
            if !self.freedom.may_be_set(column) || !self.may_be(column, &datum, changes) {
                return None;
            }
            exchanged.insert(column, datum);
        }
        self.passes(leaf, &exchanged).then_some(exchanged)
    }

    /// Meets a condition that holds no others by exchanging two columns or changing one.
    fn change_one(&self, leaf: &Node, changes: &Changes) -> Option<Changes> {
        if let Some(exchanged) = self.exchange(leaf, changes) {
            return Some(exchanged);
        }
        let mut columns = Vec::new();
        let mut values = Vec::new();
        leaf.each(&mut |node| match node {
            Node::Column { index, .. } => columns.push(*index),
            Node::Literal(datum) => values.extend(nearby(datum)),
            _ => {}
        });
        if let Node::Compare { left, right, .. } = leaf {
            for side in [left, right] {
                let row = |column| Value::from(self.datum(column, changes));
                values.extend(nearby(&Datum::from(value(side, self.dialect, &row))));
            }
        }
        values.extend([Datum::Boolean(true), Datum::Boolean(false)]);
        let attempts = columns.iter().flat_map(|&column| {
            let given = if self.freedom.may_be_set(column) { values.clone() } else { Vec::new() };
            let usual = self.freedom.may_be_set(column).then(|| self.freedom.usual(column)).flatten();
            let null = self.freedom.may_be_null(column).then_some(Datum::Null);
            // NULL passes nearly everything; a value says more.
            usual.into_iter().chain(given).chain(null).map(move |datum| (column, datum))
        });
        attempts
            .filter(|(column, datum)| *datum == Datum::Null || self.may_be(*column, datum, changes))
            .map(|(column, datum)| {
                let mut changes = changes.clone();
                changes.insert(column, datum);
                changes
            })
            .find(|changes| self.passes(leaf, changes))
    }

    /// Whether a column may have a value: of its kind, and within its bounds.
    fn may_be(&self, column: usize, datum: &Datum, changes: &Changes) -> bool {
        self.alike(column, datum, changes) && self.freedom.allows(column, datum)
    }

    /// Whether a value is of the kind that the column holds.
    fn alike(&self, column: usize, datum: &Datum, changes: &Changes) -> bool {
        let own = match self.datum(column, changes) {
            Datum::Null => self.freedom.usual(column),
            own => Some(own),
        };
        own.is_some_and(|own| match (&own, datum) {
            (Datum::Decimal(_, own), Datum::Decimal(_, scale)) => scale <= own,
            (own, datum) => std::mem::discriminant(own) == std::mem::discriminant(datum),
        })
    }
}

/// A value and, of a number, day or time, those right beside it.
fn nearby(datum: &Datum) -> Vec<Datum> {
    let mut found = vec![datum.clone()];
    match *datum {
        Datum::Decimal(unscaled, scale) => {
            found.extend([Datum::Decimal(unscaled + 1, scale), Datum::Decimal(unscaled - 1, scale)]);
        }
        Datum::Float(number) => found.extend([Datum::Float(number + 1.0), Datum::Float(number - 1.0)]),
        Datum::Date(days) => found.extend([Datum::Date(days + 1), Datum::Date(days - 1)]),
        Datum::Time(micros) => {
            found.extend([Datum::Time(micros + 1_000_000), Datum::Time(micros - 1_000_000)])
        }
        Datum::Timestamp(micros) => {
            found.extend([Datum::Timestamp(micros + 1_000_000), Datum::Timestamp(micros - 1_000_000)]);
        }
        _ => {}
    }
    found
}
