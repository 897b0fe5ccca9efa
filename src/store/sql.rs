//! SQL text that all databases share: quoting, and the DDL that carries a schema into a dialect.
//!
//! Where schema and target speak the same dialect the native spelling is kept; otherwise types, defaults and
//! conditions are translated, and what cannot be is left out and noted.

use crate::schema::{DataType, Dialect, Schema, TableName};

/// DDL statements, and what could not be carried over to the dialect, as sentences for the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ddl {
    /// Statements, to be run in order.
    pub statements: Vec<String>,
    /// What was left out or changed, and why.
    pub notes: Vec<String>,
}

/// Which constraints a `CREATE TABLE` carries in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inline {
    /// Columns with types, NOT NULL, defaults, identity, generated expressions; no keys, no checks (PostgreSQL: they come after the rows).
    Bare,
    /// The same with primary key, unique keys and checks, but without foreign keys.
    Keys,
    /// Everything, foreign keys included (SQLite and MySQL, where they cannot or should not be added later).
    All,
}

/// A quoted identifier.
pub fn quote(_dialect: Dialect, _name: &str) -> String {
    String::new()
}

/// A quoted, qualified table name. For a dialect without the named schema (cross-engine), `sales.orders` becomes
/// `sales_orders`.
pub fn table_name(_dialect: Dialect, _schema: &Schema, _name: &TableName) -> String {
    String::new()
}

/// The dialect's spelling of a column type. `native` is used when `from == to`.
pub fn column_type(_from: Dialect, _to: Dialect, _data_type: &DataType, _native: &str) -> String {
    String::new()
}

/// Schemas, enum types and domains that have to exist before the tables (PostgreSQL).
pub fn create_types(_to: Dialect, _schema: &Schema, _tables: &[usize]) -> Ddl {
    Ddl::default()
}

/// One table (with its partitions, on the same engine).
pub fn create_table(_to: Dialect, _schema: &Schema, _table: usize, _inline: Inline) -> Ddl {
    Ddl::default()
}

/// Primary key, unique keys and checks of a table made `Bare`, in this order.
pub fn add_keys(_to: Dialect, _schema: &Schema, _table: usize) -> Ddl {
    Ddl::default()
}

/// Secondary indexes, comments, and unique indexes over expressions or with conditions.
pub fn add_indexes(_to: Dialect, _schema: &Schema, _table: usize) -> Ddl {
    Ddl::default()
}

/// Declared foreign keys of a table, as `ALTER TABLE` statements.
pub fn add_foreign_keys(_to: Dialect, _schema: &Schema, _table: usize) -> Ddl {
    Ddl::default()
}

/// A query that counts the rows of `table` whose foreign key finds no parent (an anti-join, MATCH SIMPLE).
pub fn count_orphans(_dialect: Dialect, _schema: &Schema, _table: usize, _foreign_key: usize) -> String {
    String::new()
}
