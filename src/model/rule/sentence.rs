//! Rules in words.

use super::words::is_plain;
use super::{Aggregate, Along, Expression, Factor, Operand, Piece, Ratio, Statement};
use crate::schema::Schema;

/// Whose names are used.
struct Speaker<'a> {
    schema: &'a Schema,
    table: usize,
}

/// A statement about a table in words.
pub(super) fn of(statement: &Statement, schema: &Schema, table: usize) -> String {
    let speaker = Speaker { schema, table };
    match statement {
        Statement::Ordering { low, high, strict } => {
            let sign = if *strict { "<" } else { "<=" };
            format!("{} {sign} {}", speaker.operand(low), speaker.operand(high))
        }
        Statement::Formula { column, expression, .. } => {
            format!("{} = {}", speaker.name(*column), speaker.expression(expression))
        }
        Statement::Numbering { column, foreign_key, first, along } => {
            let key = &schema.tables[table].foreign_keys[*foreign_key];
            let group = schema.tables[table].column_names(&key.columns);
            let along = match along {
                Along::Rows => String::new(),
                Along::Values { column, falling: false, .. } => format!(" by {}", speaker.name(*column)),
                Along::Values { column, falling: true, .. } => {
                    format!(" by {}, greatest first", speaker.name(*column))
                }
                Along::Nothing => " in any order".to_owned(),
            };
            format!("{} numbers the rows of each ({group}) from {first}{along}", speaker.name(*column))
        }
        Statement::Meeting { foreign_key, start, end, .. } => {
            let key = &schema.tables[table].foreign_keys[*foreign_key];
            let group = schema.tables[table].column_names(&key.columns);
            format!(
                "{} is the {} of the next row of each ({group})",
                speaker.name(*end),
                speaker.name(*start)
            )
        }
        Statement::Rising { column, by, .. } => {
            format!("{} rises with {}", speaker.name(*column), speaker.name(*by))
        }
        Statement::Running { foreign_key, amount, total, by, from_zero, .. } => {
            let key = &schema.tables[table].foreign_keys[*foreign_key];
            let group = schema.tables[table].column_names(&key.columns);
            let from = if *from_zero { " from 0" } else { "" };
            let by = by.map_or(String::new(), |by| format!(" by {}", speaker.name(by)));
            let [total, amount] = [*total, *amount].map(|column| speaker.name(column));
            format!("{total} is the running total of {amount} of each ({group}){from}{by}")
        }
        Statement::Dependency { from, to } => {
            format!("{} -> {}", speaker.names(from), speaker.names(to))
        }
        Statement::Unique { columns, .. } => format!("no two rows share {}", speaker.names(columns)),
        Statement::Constant { foreign_key, columns } => {
            let key = &schema.tables[table].foreign_keys[*foreign_key];
            format!("{} -> {}", speaker.names(&key.columns), speaker.names(columns))
        }
        Statement::Headcount(count) => {
            let key = &schema.tables[table].foreign_keys[count.foreign_key];
            format!(
                "{} is '{}' in {}{} of each ({})",
                speaker.name(count.column),
                count.value.replace('\'', "''"),
                if count.at_most { "at most " } else { "" },
                if count.rows == 1 { "1 row".to_owned() } else { format!("{} rows", count.rows) },
                schema.tables[table].column_names(&key.columns)
            )
        }
        Statement::Together { columns } => format!("{} are NULL together", speaker.names(columns)),
        Statement::Exclusive { columns, one: true } => {
            format!("exactly one of {} is not NULL", speaker.names(columns))
        }
        Statement::Exclusive { columns, one: false } => {
            format!("at most one of {} is not NULL", speaker.names(columns))
        }
        Statement::Needs { column, other } => {
            format!("{} is NULL where {} is", speaker.name(*column), speaker.name(*other))
        }
        Statement::NullWhen { column, other, always, never } => {
            format!(
                "{} is NULL or not by {} ({} known)",
                speaker.name(*column),
                speaker.name(*other),
                always.len() + never.len()
            )
        }
        Statement::Reference(reference) => {
            let parent = &schema.tables[reference.parent];
            let name = match &parent.name.schema {
                Some(schema) => format!("{}.{}", written(schema), written(&parent.name.name)),
                None => written(&parent.name.name),
            };
            format!(
                "{} refers to {name}.{} where {} = '{}'",
                speaker.name(reference.column),
                written(&parent.columns[reference.key].name),
                speaker.name(reference.by),
                reference.value.replace('\'', "''")
            )
        }
    }
}

/// A column of a row (empty path) or of a row above it, as rules spell it: `customers.country`.
pub fn column_name(schema: &Schema, table: usize, path: &[usize], column: usize) -> String {
    let (way, end) = Speaker { schema, table }.way(path);
    way + &written(&schema.tables[end].columns[column].name)
}

/// The row at the end of a path of foreign keys, as rules spell it: `orders.customers`; nothing for the row itself.
pub fn row_name(schema: &Schema, table: usize, path: &[usize]) -> String {
    let (mut way, _) = Speaker { schema, table }.way(path);
    way.pop();
    way
}

/// A name as it is written in a rule: in quotes where it is no plain word.
fn written(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { format!("\"{name}\"") }
}

impl Speaker<'_> {
    fn name(&self, column: usize) -> String {
        written(&self.schema.tables[self.table].columns[column].name)
    }

    fn names(&self, columns: &[usize]) -> String {
        columns.iter().map(|&column| self.name(column)).collect::<Vec<_>>().join(", ")
    }

    /// The rows on the way up, each with a dot behind it, and the table at the end.
    fn way(&self, path: &[usize]) -> (String, usize) {
        let (mut table, mut text) = (self.table, String::new());
        for &step in path {
            let keys = &self.schema.tables[table].foreign_keys;
            let parent = keys[step].parent;
            text += &written(&self.schema.tables[parent].name.name);
            // Several keys to the same parent are told apart by their columns.
            if keys.iter().filter(|key| key.parent == parent).count() > 1 {
                text += &format!("({})", self.schema.tables[table].column_names(&keys[step].columns));
            }
            text += ".";
            table = parent;
        }
        (text, table)
    }

    /// `orders.placed_at` for a parent's column; `orders.country.name` where the way leads further up.
    fn operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::Column { path, column } => column_name(self.schema, self.table, path, *column),
            Operand::Total { table, aggregate, factors, .. } => {
                let child = Self { schema: self.schema, table: *table };
                let name = written(&self.schema.tables[*table].name.name);
                let inside: Vec<String> = factors
                    .iter()
                    .map(|factor| {
                        child.factor_as(factor, &|operand| format!("{name}.{}", child.operand(operand)))
                    })
                    .collect();
                match aggregate {
                    Aggregate::Count => format!("count({name})"),
                    Aggregate::Sum => format!("sum({})", inside.join(" * ")),
                    Aggregate::Min => format!("min({})", inside.join(" * ")),
                    Aggregate::Max => format!("max({})", inside.join(" * ")),
                }
            }
        }
    }

    fn expression(&self, expression: &Expression) -> String {
        match expression {
            Expression::Same(of) => self.operand(of),
            Expression::Linear { terms, constant, .. } => self.linear(terms, *constant),
            Expression::Product { factors, .. } => {
                factors.iter().map(|factor| self.factor(factor)).collect::<Vec<_>>().join(" * ")
            }
            Expression::Quotient { dividend, divisor, .. } => {
                format!("{} / {}", self.operand(dividend), self.operand(divisor))
            }
            Expression::Part { part, of, clock } => {
                format!("{}({}{})", part.word(), self.operand(of), clock.sentence())
            }
            Expression::Text { pieces } => {
                pieces.iter().map(|piece| self.piece(piece)).collect::<Vec<_>>().join(" || ")
            }
        }
    }

    fn piece(&self, piece: &Piece) -> String {
        match piece {
            Piece::Literal(text) => format!("'{}'", text.replace('\'', "''")),
            Piece::Value { of, form } => form.sentence(&self.operand(of)),
        }
    }

    fn factor(&self, factor: &Factor) -> String {
        self.factor_as(factor, &|operand| self.operand(operand))
    }

    fn factor_as(&self, factor: &Factor, name: &dyn Fn(&Operand) -> String) -> String {
        let share = |operand: &Operand, per: i64| match per {
            1 => name(operand),
            per => format!("{} / {per}", name(operand)),
        };
        match factor {
            Factor::Value(operand) => name(operand),
            Factor::Less(operand, per) => format!("(1 - {})", share(operand, *per)),
            Factor::Plus(operand, per) => format!("(1 + {})", share(operand, *per)),
        }
    }

    fn linear(&self, terms: &[(Ratio, Operand)], constant: Ratio) -> String {
        let mut text = String::new();
        let mut add = |negative: bool, what: &str| match (text.is_empty(), negative) {
            (true, false) => text += what,
            (true, true) => text += &format!("-{what}"),
            (false, false) => text += &format!(" + {what}"),
            (false, true) => text += &format!(" - {what}"),
        };
        for (coefficient, operand) in terms {
            let size = Ratio { numerator: coefficient.numerator.abs(), ..*coefficient };
            let what = self.operand(operand);
            let what = match (size.numerator, size.denominator) {
                (1, 1) => what,
                (1, divisor) if size.decimal().is_none() => format!("{what} / {divisor}"),
                _ => format!("{size} * {what}"),
            };
            add(coefficient.numerator < 0, &what);
        }
        if constant.numerator != 0 {
            let size = Ratio { numerator: constant.numerator.abs(), ..constant };
            add(constant.numerator < 0, &size.to_string());
        }
        text
    }
}

impl Ratio {
    /// Units and digits of the decimal fraction it equals, if it is one of at most nine digits.
    fn decimal(self) -> Option<(i64, usize)> {
        let (mut denominator, mut digits) = (1i64, 0);
        while denominator % self.denominator != 0 {
            (denominator, digits) = (denominator * 10, digits + 1);
            if digits > 9 {
                return None;
            }
        }
        Some((self.numerator.checked_mul(denominator / self.denominator)?, digits))
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((units, digits)) = self.decimal() else {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        };
        let sign = if units < 0 { "-" } else { "" };
        let text = format!("{:0width$}", units.unsigned_abs(), width = digits + 1);
        match text.split_at(text.len() - digits) {
            (whole, "") => write!(f, "{sign}{whole}"),
            (whole, fraction) => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_written_as_decimals_where_they_are() {
        let write = |numerator, denominator| Ratio { numerator, denominator }.to_string();
        assert_eq!(write(100, 1), "100");
        assert_eq!(write(-119, 100), "-1.19");
        assert_eq!(write(1, 20), "0.05");
        assert_eq!(write(1, 60), "1/60");
    }
}
