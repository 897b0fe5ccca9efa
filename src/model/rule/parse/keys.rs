//! Rules that name keys: rows numbered within a group, columns that refer to another table.

use super::Reader;
use crate::model::rule::words::Word;
use crate::model::rule::{Along, Headcount, Reference, Statement};
use crate::schema::{DataType, Table};

impl Reader<'_> {
    /// `city, state`, after `zip ->`.
    pub(super) fn dependency(&mut self, from: Vec<usize>) -> Result<Statement, String> {
        let to = self.columns()?;
        if from.len() > 2 {
            return Err("at most two columns can decide others".to_owned());
        }
        if let Some(twice) = to.iter().find(|column| from.contains(column)) {
            return Err(format!("`{}` is on both sides", self.name(self.table, *twice)));
        }
        let keys = &self.schema.tables[self.table].foreign_keys;
        Ok(match keys.iter().position(|key| key.columns == from) {
            Some(foreign_key) => Statement::Constant { foreign_key, columns: to },
            None => Statement::Dependency { from, to },
        })
    }

    /// `(order_id) from 1 by price`, after `number numbers the rows of each`.
    pub(super) fn numbering(&mut self, column: usize) -> Result<Statement, String> {
        let foreign_key = self.group()?;
        self.expect("from")?;
        let first = self.number()?;
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
        let foreign_key = self.group()?;
        let [one, other] =
            [start, end].map(|column| &self.schema.tables[self.table].columns[column].data_type);
        if !one.is_ordered() || std::mem::discriminant(one) != std::mem::discriminant(other) {
            return Err("both columns must be numbers, days or times of one type".to_owned());
        }
        if start == end {
            return Err(format!("`{}` is on both sides", self.name(self.table, end)));
        }
        Ok(Statement::Meeting { foreign_key, start, end, except: 0 })
    }

    /// `issued_on`, after `id rises with`.
    pub(super) fn rising(&mut self, column: usize) -> Result<Statement, String> {
        let by = self.column()?;
        let table = &self.schema.tables[self.table];
        if table.primary_key.as_ref().is_none_or(|key| key.columns != [column]) {
            return Err(format!("`{}` is not the primary key", self.name(self.table, column)));
        }
        if !matches!(table.columns[column].data_type, DataType::Integer { .. }) {
            return Err("only whole numbers are given out in order".to_owned());
        }
        if by == column {
            return Err(format!("`{}` is on both sides", self.name(self.table, column)));
        }
        if !table.columns[by].data_type.is_ordered() {
            return Err("keys rise with numbers, days or times only".to_owned());
        }
        Ok(Statement::Rising { column, by, except: 0 })
    }

    /// `amount of each (account_id) from 0 by booked_at`, after `balance is the running total of`.
    pub(super) fn running(&mut self, total: usize) -> Result<Statement, String> {
        let amount = self.column()?;
        self.expect("of each")?;
        let foreign_key = self.group()?;
        let is_number = |column: usize| {
            let data_type = &self.schema.tables[self.table].columns[column].data_type;
            data_type.is_ordered()
                && !matches!(data_type, DataType::Date | DataType::Time | DataType::Timestamp { .. })
        };
        if !is_number(amount) || !is_number(total) {
            return Err("only numbers are summed up".to_owned());
        }
        if amount == total {
            return Err(format!("`{}` is on both sides", self.name(self.table, total)));
        }
        let from_zero = self.take("from");
        if from_zero && self.number()?.numerator != 0 {
            return Err("sums begin at 0".to_owned());
        }
        let by = self.take("by").then(|| self.column()).transpose()?;
        Ok(Statement::Running { foreign_key, amount, total, by, from_zero, except: 0 })
    }

    /// `'true' in 1 row of each (team_id)`, after `is_lead is`.
    pub(super) fn headcount(&mut self, column: usize) -> Result<Statement, String> {
        let value = self.value("is")?;
        let described = &self.schema.tables[self.table].columns[column];
        let may_have = match described.data_type {
            DataType::Integer { .. } => value.parse::<i64>().is_ok(),
            DataType::Boolean => matches!(value.as_str(), "true" | "false"),
            DataType::Text { .. } | DataType::Enum { .. } => true,
            _ => return Err("only rows with a text, a flag or a whole number are counted".to_owned()),
        };
        if !may_have {
            return Err(format!("`{}` cannot be '{value}'", self.name(self.table, column)));
        }
        self.expect("in")?;
        let at_most = self.take("at most");
        let rows = self.number()?;
        let rows = u32::try_from(rows.numerator).ok().filter(|&count| rows.denominator == 1 && count > 0);
        let rows = rows.ok_or("a whole number of rows is expected, 1 or more")?;
        if !self.take("row") {
            self.expect("rows")?;
        }
        self.expect("of each")?;
        let foreign_key = self.group()?;
        Ok(Statement::Headcount(Headcount { foreign_key, column, value, rows, at_most }))
    }

    /// A value in single quotes.
    fn value(&mut self, after: &str) -> Result<String, String> {
        let value = match self.peek() {
            Some(Word::Text(value)) => value.clone(),
            _ => return Err(format!("a value in single quotes is expected after `{after}`")),
        };
        self.at += 1;
        Ok(value)
    }

    /// `(order_id)`: the foreign key whose parents make groups.
    fn group(&mut self) -> Result<usize, String> {
        self.expect("(")?;
        let columns = self.columns()?;
        self.expect(")")?;
        let mut keys = self.schema.tables[self.table].foreign_keys.iter();
        let foreign_key = keys.position(|key| key.columns == columns);
        foreign_key.ok_or_else(|| "the columns in brackets are no foreign key".to_owned())
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
        let value = self.value("=")?;
        if by == column {
            return Err(format!("`{}` is on both sides", self.name(self.table, column)));
        }
        let histogram = Vec::new();
        Ok(Statement::Reference(Box::new(Reference { column, by, value, parent, key, histogram })))
    }
}
