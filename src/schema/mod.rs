//! What a database looks like: pure data, the same for every engine.
//!
//! Tables, columns and keys refer to each other by index into [`Schema::tables`] and [`Table::columns`].

mod apart;
mod data_type;
mod folded;
mod partition;
mod plain;
mod plain_default;

pub mod check;
pub mod civil;
pub mod graph;
pub mod words;

pub use data_type::DataType;
pub use folded::fold;

use serde::{Deserialize, Serialize};
use std::fmt;

/// The SQL dialect of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
    /// SQLite.
    Sqlite,
}

/// A whole database as introspection found it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The dialect in which native types, defaults and expressions are written.
    pub dialect: Dialect,
    /// The tables, in name order. A partitioned table is one table; its partitions are in [`Table::partitions`].
    pub tables: Vec<Table>,
}

/// A table's name; `schema` is `None` for the connection's default schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableName {
    /// The named schema, where it is not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table's own name, unquoted.
    pub name: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Its columns, in declared order.
    pub columns: Vec<Column>,
    /// The primary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<UniqueKey>,
    /// Unique constraints and unique indexes other than the primary key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uniques: Vec<UniqueKey>,
    /// Foreign keys, declared ones first, then those of `seed.toml`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    /// CHECK constraints, those of domains included (written over the column).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Secondary indexes that are not unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// How the table is cut into partitions, in the source dialect (`RANGE (placed_at)`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<String>,
    /// The partitions: name and bounds, in the source dialect (`FOR VALUES FROM (…) TO (…)`, `DEFAULT`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<Partition>,
    /// The table's comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The engine's own guess at the number of rows; not exact, not always there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_estimate: Option<u64>,
    /// Exclusion constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Triggers that a new row sets off, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<String>,
    /// Engine-specific words behind the column list (`WITHOUT ROWID`, `STRICT`), kept for the same engine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, unquoted.
    pub name: String,
    /// What it holds.
    pub data_type: DataType,
    /// The engine's own spelling of the type, good for DDL on the same engine (`character varying(40)`).
    pub native: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The default expression, in the source dialect. A sequence default of an identity-like column is in
    /// `identity` instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Whether the engine numbers it (identity, serial, AUTO_INCREMENT, AUTOINCREMENT, rowid alias).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The expression it is computed from, if it is a generated column; such a column is never written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// The column's comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether two values that differ only in case, accents or trailing blanks count as equal in a unique key.
    #[serde(default)]
    pub case_insensitive: bool,
    /// How a value is written, where the type is one of the schema's own (composite types, ranges): `#` stands for a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
}

/// How a column is numbered by the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// `GENERATED ALWAYS AS IDENTITY`: an explicit value needs an override.
    Always,
    /// `GENERATED BY DEFAULT AS IDENTITY`.
    ByDefault,
    /// A sequence in the default (`serial`).
    Sequence,
    /// `AUTO_INCREMENT`, `AUTOINCREMENT`, or a rowid alias.
    AutoIncrement,
}

/// A generated column's expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The expression, in the source dialect.
    pub expression: String,
    /// Whether it is stored (else computed when read).
    pub stored: bool,
}

/// A set of columns that no two rows share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKey {
    /// The constraint's or index's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The columns; empty where the key is over an expression.
    pub columns: Vec<usize>,
    /// The condition of a partial index, in the source dialect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// The whole column list where at least one entry is an expression (`lower(email), tenant_id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Whether NULLs count as distinct (the SQL default).
    pub nulls_distinct: bool,
    /// Whether it is a constraint (a target of foreign keys) rather than a bare unique index.
    pub constraint: bool,
}

/// A constraint that no two rows stand in a certain way to each other (`EXCLUDE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The constraint's name.
    pub name: String,
    /// Its definition, in the source dialect.
    pub definition: String,
    /// The column of ranges or shapes that must not overlap, where that is what it says: those apart from each other meet it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<usize>,
    /// The columns in which stretches begin and end that must not overlap (`tstzrange(starts, ends) WITH &&`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(usize, usize)>,
    /// The columns in which rows agree that also have to agree in another one (`room WITH =, hotel WITH <>`), and that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decides: Option<(Vec<usize>, usize)>,
}

/// A secondary index that is not unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The columns; empty where it has an expression, a condition or an unusual method.
    pub columns: Vec<usize>,
    /// The whole `CREATE INDEX` statement, for the same engine, where the engine can give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name; `None` for SQLite's unnamed ones and for relations of `seed.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The referencing columns, in the order of the constraint.
    pub columns: Vec<usize>,
    /// The referenced table, an index into [`Schema::tables`].
    pub parent: usize,
    /// The referenced columns of the parent, in the same order.
    pub parent_columns: Vec<usize>,
    /// `ON DELETE`.
    pub on_delete: Action,
    /// `ON UPDATE`.
    pub on_update: Action,
    /// Whether the check can wait until the transaction's end.
    pub deferrable: Deferrable,
    /// `MATCH FULL`: all columns NULL or none.
    #[serde(default)]
    pub match_full: bool,
    /// False for a relation that only `seed.toml` knows.
    pub declared: bool,
}

/// What a foreign key does when its parent row changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `NO ACTION`.
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

/// Whether a constraint's check can be put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrable {
    /// Not deferrable.
    No,
    /// `DEFERRABLE INITIALLY IMMEDIATE`.
    Immediate,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    Deferred,
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The condition in the source dialect, without the word CHECK and the outer parentheses.
    pub expression: String,
    /// What the source said of made-up values, where the condition is not understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

/// What came of trying a condition out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// Every plain text passed.
    Any,
    /// These made-up rows passed.
    Only {
        /// The columns that the condition looks at.
        columns: Vec<usize>,
        /// Their values as text.
        rows: Vec<Vec<Option<String>>>,
    },
}

/// One partition of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Its name.
    pub name: TableName,
    /// Its bounds, in the source dialect.
    pub bounds: String,
    /// The condition that its rows meet, where the engine can say it; what further partitions below it ask is part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

impl Schema {
    /// The foreign key of a parent that says the same as one of the table: the columns of key `number` are all columns of key `whole`
    /// as well, and the parent through `whole` refers with them to the same row.
    pub fn within(&self, table: usize, number: usize, whole: usize) -> Option<usize> {
        let keys = &self.tables[table].foreign_keys;
        let (key, whole) = (&keys[number], &keys[whole]);
        let place = |column: &usize| whole.columns.iter().position(|other| other == column);
        let columns: Option<Vec<usize>> =
            key.columns.iter().map(|column| Some(whole.parent_columns[place(column)?])).collect();
        let columns = columns?;
        self.tables[whole.parent].foreign_keys.iter().position(|next| {
            next.parent == key.parent && next.columns == columns && next.parent_columns == key.parent_columns
        })
    }

    /// The index of the table that a user calls `name` (`orders`, or `sales.orders`).
    pub fn table_index(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.name.to_string() == name).or_else(|| {
            let mut found = self.tables.iter().enumerate().filter(|(_, table)| table.name.name == name);
            match (found.next(), found.next()) {
                (Some((index, _)), None) => Some(index),
                _ => None,
            }
        })
    }
}

impl Table {
    /// The index of a column by its name.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns that are written: all but the generated ones.
    pub fn written_columns(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.generated.is_none())
    }

    /// The Arrow schema of this table's batches: the written columns, in order, under their own names.
    pub fn arrow_schema(&self) -> arrow_schema::SchemaRef {
        let fields: Vec<_> = self
            .written_columns()
            .map(|(_, column)| {
                arrow_schema::Field::new(&column.name, column.data_type.arrow(), column.nullable)
            })
            .collect();
        std::sync::Arc::new(arrow_schema::Schema::new(fields))
    }

    /// The names of some columns, for messages.
    pub fn column_names(&self, columns: &[usize]) -> String {
        columns.iter().map(|&index| self.columns[index].name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Whether a unique key, without a condition, lies within some columns, so that no two rows agree on all of them.
    pub fn has_key_within(&self, columns: &[usize]) -> bool {
        self.unique_keys().any(|key| {
            key.predicate.is_none()
                && !key.columns.is_empty()
                && key.columns.iter().all(|column| columns.contains(column))
        })
    }

    /// The primary key and the other unique keys.
    pub fn unique_keys(&self) -> impl Iterator<Item = &UniqueKey> {
        self.primary_key.iter().chain(&self.uniques)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL/MariaDB",
            Self::Sqlite => "SQLite",
        })
    }
}
