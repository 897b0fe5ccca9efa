//! What a database declares, read from its own catalog by queries of the tests' own: the product's introspection must
//! not be its own judge.

use super::database::quote;
use super::{Database, Engine};
use super::{catalog_mysql, catalog_postgres, catalog_sqlite};

/// The tables of a database, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Catalog {
    pub engine: Engine,
    pub tables: Vec<Table>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// PostgreSQL's schema where it is not `public`.
    pub schema: Option<String>,
    pub name: String,
    pub columns: Vec<Column>,
    /// The columns of the primary key.
    pub primary_key: Vec<String>,
    pub uniques: Vec<Unique>,
    pub foreign_keys: Vec<ForeignKey>,
    /// Conditions in the engine's own words; SQLite's are checked by `integrity_check` and not listed.
    pub checks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub name: String,
    pub class: Class,
    pub nullable: bool,
    pub generated: bool,
    /// Numbered by the engine.
    pub identity: bool,
}

/// What distance fits a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Number,
    Time,
    Category,
    Text,
    Other,
}

/// A unique constraint or index over columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unique {
    pub columns: Vec<String>,
    pub predicate: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ForeignKey {
    pub columns: Vec<String>,
    pub parent_schema: Option<String>,
    pub parent: String,
    pub parent_columns: Vec<String>,
}

impl Catalog {
    /// Reads the catalog of a database.
    pub(crate) fn of(database: &Database) -> Self {
        let mut tables = match database.engine() {
            Engine::Postgres => catalog_postgres::tables(database),
            Engine::Mysql => catalog_mysql::tables(database),
            Engine::Sqlite => catalog_sqlite::tables(database),
        };
        for table in &mut tables {
            table.uniques.sort();
            table.uniques.dedup();
            table.foreign_keys.sort();
            table.foreign_keys.dedup();
        }
        tables.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
        Self { engine: database.engine(), tables }
    }

    /// A table by its name.
    pub(crate) fn table(&self, name: &str) -> &Table {
        self.tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no table {name}"))
    }
}

impl Table {
    /// The name as users write it and as `--json` prints it.
    pub(crate) fn display(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// The table's quoted name on an engine, which need not be the one it comes from.
    pub(crate) fn on(&self, engine: Engine) -> String {
        qualified(engine, self.schema.as_deref(), &self.name)
    }

    /// Whether a column is part of a key of any kind.
    pub(crate) fn is_key(&self, column: &str) -> bool {
        let has = |columns: &[String]| columns.iter().any(|name| name == column);
        has(&self.primary_key)
            || self.uniques.iter().any(|unique| has(&unique.columns))
            || self.foreign_keys.iter().any(|key| has(&key.columns))
    }
}

impl ForeignKey {
    /// The quoted name of the parent on an engine.
    pub(crate) fn parent_on(&self, engine: Engine) -> String {
        qualified(engine, self.parent_schema.as_deref(), &self.parent)
    }
}

/// A quoted name; an engine without schemas has `audit_events` where PostgreSQL has `audit.events`.
fn qualified(engine: Engine, schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) if engine == Engine::Postgres => {
            format!("{}.{}", quote(engine, schema), quote(engine, name))
        }
        Some(schema) => quote(engine, &format!("{schema}_{name}")),
        None => quote(engine, name),
    }
}

/// The text of a cell that is never NULL.
pub(super) fn text(cell: &Option<String>) -> String {
    cell.clone().expect("the catalog has a value here")
}

/// A list that the engine aggregated into JSON.
pub(super) fn list(cell: &Option<String>) -> Vec<String> {
    serde_json::from_str(&text(cell)).expect("a JSON list of names")
}
