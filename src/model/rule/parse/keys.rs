//! Rules that name keys: rows numbered within a group, columns that refer to another table.

use super::Reader;
use crate::model::rule::words::Word;
use crate::model::rule::{Along, Reference, Statement};
use crate::schema::Table;

impl Reader<'_> {
    /// `(order_id) from 1 by price`, after `number numbers the rows of each`.
    pub(super) fn numbering(&mut self, column: usize) -> Result<Statement, String> {
        self.expect("(")?;
        let columns = self.columns()?;
        self.expect(")")?;
        self.expect("from")?;
        let first = self.number()?;
        let mut keys = self.schema.tables[self.table].foreign_keys.iter();
        let foreign_key = keys.position(|key| key.columns == columns);
        let foreign_key = foreign_key.ok_or("the columns in brackets are no foreign key")?;
        if first.denominator != 1 || !(0..=1).contains(&first.numerator) {
            return Err("rows are numbered from 0 or from 1".to_owned());
        }
        let along = match self.take("by").then(|| self.column()).transpose()? {
            Some(column) => Along::Values { column, falling: self.take(", greatest first"), except: 0 },
            None if self.take("in any order") => Along::Nothing,
            None => Along::Rows,
        };
        Ok(Statement::Numbering { column, foreign_key, first: first.numerator, along })
    }

    /// `from_date of the next row of each (employee_id)`, after `to_date is the`.
    pub(super) fn meeting(&mut self, end: usize) -> Result<Statement, String> {
        let start = self.column()?;
        self.expect("of the next row of each")?;
        self.expect("(")?;
        let columns = self.columns()?;
        self.expect(")")?;
        if start == end {
            return Err(format!("`{}` is on both sides", self.name(self.table, end)));
        }
        let mut keys = self.schema.tables[self.table].foreign_keys.iter();
        let foreign_key = keys.position(|key| key.columns == columns);
        let foreign_key = foreign_key.ok_or("the columns in brackets are no foreign key")?;
        Ok(Statement::Meeting { foreign_key, start, end, except: 0 })
    }

    /// `amount of each (account_id) from 0 by booked_at`, after `balance is the running total of`.
    pub(super) fn running(&mut self, total: usize) -> Result<Statement, String> {
        let amount = self.column()?;
        self.expect("of each")?;
        self.expect("(")?;
        let columns = self.columns()?;
        self.expect(")")?;
        if amount == total {
            return Err(format!("`{}` is on both sides", self.name(self.table, total)));
        }
        let from_zero = self.take("from");
        if from_zero && self.number()?.numerator != 0 {
            return Err("sums begin at 0".to_owned());
        }
        let by = self.take("by").then(|| self.column()).transpose()?;
        let mut keys = self.schema.tables[self.table].foreign_keys.iter();
        let foreign_key = keys.position(|key| key.columns == columns);
        let foreign_key = foreign_key.ok_or("the columns in brackets are no foreign key")?;
        Ok(Statement::Running { foreign_key, amount, total, by, from_zero, except: 0 })
    }

    /// `posts.id where subject_type = 'Post'`, after `subject_id refers to`.
    pub(super) fn reference(&mut self, column: usize) -> Result<Statement, String> {
        let mut names = vec![self.name_word()?];
        while self.take(".") {
            names.push(self.name_word()?);
        }
        let key = names.pop().filter(|_| !names.is_empty());
        let key = key.ok_or("a table and a column are expected, as in `posts.id`")?;
        let named = |table: &Table| match names.as_slice() {
            [name] => table.name.name == *name,
            [schema, name] => table.name.schema.as_ref() == Some(schema) && table.name.name == *name,
            _ => false,
        };
        let whole = names.join(".");
        let parent = self.schema.table_index(&whole).or_else(|| self.schema.tables.iter().position(named));
        let parent = parent.ok_or_else(|| format!("there is no table `{whole}`"))?;
        let key = self.column_of(parent, &key)?;
        let described = &self.schema.tables[parent];
        if !described.unique_keys().any(|unique| unique.columns == [key] && unique.predicate.is_none()) {
            return Err(format!("`{}` is no key of `{whole}`", described.columns[key].name));
        }
        self.expect("where")?;
        let by = self.column()?;
        self.expect("=")?;
        let value = match self.peek() {
            Some(Word::Text(value)) => value.clone(),
            _ => return Err("a value in single quotes is expected after `=`".to_owned()),
        };
        self.at += 1;
        if by == column {
            return Err(format!("`{}` is on both sides", self.name(self.table, column)));
        }
        let histogram = Vec::new();
        Ok(Statement::Reference(Box::new(Reference { column, by, value, parent, key, histogram })))
    }
}
