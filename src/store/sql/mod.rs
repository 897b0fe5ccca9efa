//! SQL text that all databases share: quoting, and the DDL that carries a schema into a dialect.
//!
//! Where schema and target speak the same dialect the native spelling is kept; otherwise types, defaults and
//! conditions are translated, and what cannot be is left out and noted.

mod constraint;
mod create;
mod default;
mod expression;
mod foreign_key;
mod literal;
mod name;
mod spelling;
mod types;
pub(crate) mod value;

#[cfg(test)]
mod tests;

pub use constraint::{add_foreign_keys, add_indexes, add_keys};
pub use create::{MYSQL_CHARSET, create_table, create_types};
pub use literal::{array_literal, literal, quote_text, write_literal};
pub use name::{identifier, quote, table_name, target_name};
pub use spelling::column_type;
pub use types::target_type;

use crate::schema::{Dialect, Schema};

/// DDL statements, and what could not be carried over to the dialect, as sentences for the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ddl {
    /// Statements, to be run in order, without a closing semicolon.
    pub statements: Vec<String>,
    /// What was left out or changed, and why.
    pub notes: Vec<String>,
}

impl Ddl {
    /// Appends another piece of DDL.
    pub fn append(&mut self, other: Self) {
        self.statements.extend(other.statements);
        self.notes.extend(other.notes);
    }
}

/// Which constraints a `CREATE TABLE` carries in itself.
///
/// SQLite cannot add a constraint to a table that exists, and MySQL needs the key of an AUTO_INCREMENT column in the
/// same statement: both take `Bare` for `Keys`, and [`add_keys`] has nothing to do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inline {
    /// Columns with types, NOT NULL, defaults, identity, generated expressions; no keys, no checks (PostgreSQL: they come after the rows).
    Bare,
    /// The same with primary key, unique keys and checks, but without foreign keys.
    Keys,
    /// Everything, foreign keys included (SQLite and MySQL, where they cannot or should not be added later).
    All,
}

/// A query that counts the rows of `table` whose foreign key finds no parent (an anti-join, MATCH SIMPLE).
///
/// The dialect is that of the database on which it runs; the schema may come from another one.
pub fn count_orphans(dialect: Dialect, schema: &Schema, table: usize, foreign_key: usize) -> String {
    let child = &schema.tables[table];
    let key = &child.foreign_keys[foreign_key];
    let parent = &schema.tables[key.parent];
    let column = |alias: &str, name: &str| format!("{alias}.{}", quote(dialect, name));
    let present: Vec<_> = key
        .columns
        .iter()
        .map(|&index| format!("{} IS NOT NULL", column("c", &child.columns[index].name)))
        .collect();
    let matching: Vec<_> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .map(|(&own, &theirs)| {
            let theirs = column("p", &parent.columns[theirs].name);
            format!("{theirs} = {}", column("c", &child.columns[own].name))
        })
        .collect();
    format!(
        "SELECT count(*) FROM {} AS c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
        table_name(dialect, schema, &child.name),
        present.join(" AND "),
        table_name(dialect, schema, &parent.name),
        matching.join(" AND "),
    )
}
