//! The days and times of one table and of the rows above it.

use crate::config::Limits;
use crate::learn::joint::record::{Raw, Recorded};
use crate::model::context::NO_ROW;
use crate::model::rule::{Operand, Statement};
use crate::model::{Feature, Field, Relative, TableModel, Treatment};
use crate::schema::Schema;
use crate::schema::check::{Predicate, Restriction};
use crate::schema::graph::SchemaGraph;

/// What is looked at for one table.
pub(super) struct Moments<'a> {
    pub(super) schema: &'a Schema,
    pub(super) graph: &'a SchemaGraph,
    pub(super) models: &'a [TableModel],
    pub(super) recorded: &'a Recorded,
    pub(super) limits: &'a Limits,
    pub(super) table: usize,
}

impl Moments<'_> {
    pub(super) fn rows(&self) -> usize {
        self.recorded.tables[self.table].rows
    }

    /// Microseconds in a unit of a column, if it is one of days or times whose values are known.
    pub(super) fn unit(&self, table: usize, column: usize) -> Option<i64> {
        let known = matches!(self.recorded.tables[table].values.get(column), Some(Raw::Whole { .. }));
        Relative::unit(&self.schema.tables[table].columns[column].data_type).filter(|_| known)
    }

    /// The value of an operand for a row, in microseconds.
    pub(super) fn micros(&self, operand: &Operand, row: usize) -> Option<i64> {
        let Operand::Column { path, column } = operand else { return None };
        let (mut table, mut row) = (self.table, row);
        for &step in path {
            let parent = *self.recorded.tables[table].parents[step].get(row)?;
            (parent != NO_ROW).then_some(())?;
            (table, row) = (self.schema.tables[table].foreign_keys[step].parent, parent as usize);
        }
        let unit = self.unit(table, *column)?;
        self.recorded.tables[table].values[*column].whole(row)?.checked_mul(unit)
    }

    /// Whether differences may be counted from an operand: a day or time that is drawn, or copied, before the row is.
    pub(super) fn is_anchor(&self, operand: &Operand) -> bool {
        let Operand::Column { path, column } = operand else { return false };
        let mut table = self.table;
        for &step in path {
            let parent = self.schema.tables[table].foreign_keys[step].parent;
            if parent == table || parent == self.table || self.graph.is_late(table, step) {
                return false;
            }
            table = parent;
        }
        let known = matches!(self.models[table].treatment, Treatment::Learn | Treatment::Copy);
        let computed = self.models[table].computed_columns().any(|computed| computed == *column);
        let generated = self.schema.tables[table].columns[*column].generated.is_some();
        known && !computed && !generated && self.unit(table, *column).is_some()
    }

    /// Whether the user lets a column know of an operand.
    pub(super) fn may_see(&self, column: usize, operand: &Operand) -> bool {
        let Operand::Column { path, column: seen } = operand else { return false };
        let end =
            path.iter().fold(self.table, |table, &step| self.schema.tables[table].foreign_keys[step].parent);
        let feature = Feature::Of { path: path.clone(), field: Field::Column(*seen) };
        let parted = self.limits.parts(self.table, column) || self.limits.parts(end, *seen);
        !parted && self.limits.allows(self.schema, self.table, Field::Column(column), &feature, &|_, _| None)
    }

    /// Whether a column may be told as differences: one of days or times that is drawn for its own sake. Keys, CHECKs and dependencies
    /// compare values between rows or with constants, which differences cannot.
    pub(super) fn may_be_coded(&self, column: usize) -> bool {
        let this = &self.schema.tables[self.table];
        let described = &this.columns[column];
        let named = |text: &str| {
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word.eq_ignore_ascii_case(&described.name))
        };
        let in_key = this.unique_keys().any(|key| {
            let texts = key.predicate.iter().chain(&key.expression);
            key.columns.contains(&column) || texts.into_iter().any(|text| named(text))
        });
        let referenced = self.schema.tables.iter().flat_map(|table| &table.foreign_keys);
        let in_foreign_key = this.foreign_keys.iter().any(|key| key.columns.contains(&column))
            || referenced
                .filter(|key| key.parent == self.table)
                .any(|key| key.parent_columns.contains(&column));
        let checked = this.checks.iter().any(|check| {
            match Predicate::parse(self.schema.dialect, this, &check.expression) {
                Ok(predicate) => predicate.restriction(column) != Restriction::default(),
                Err(_) => named(&check.expression),
            }
        });
        let ruled = self.models[self.table].rules.iter().any(|rule| match &rule.statement {
            Statement::Dependency { from, to } => from.contains(&column) || to.contains(&column),
            Statement::Constant { columns, .. } => columns.contains(&column),
            other => other.computes() == Some(column),
        });
        let drawn = described.generated.is_none() && self.unit(self.table, column).is_some();
        drawn && !in_key && !in_foreign_key && !checked && !ruled
    }

    /// The table's CHECKs, as far as they are understood.
    pub(super) fn checks(&self) -> Vec<Predicate> {
        let this = &self.schema.tables[self.table];
        let parse = |text: &str| Predicate::parse(self.schema.dialect, this, text).ok();
        this.checks.iter().filter_map(|check| parse(&check.expression)).collect()
    }
}
