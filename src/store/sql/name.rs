//! Identifiers: quoting, the length limits of the dialects, and names that must differ from each other.

use crate::schema::{Dialect, Schema, Table, TableName};
use std::borrow::Cow;
use std::collections::HashSet;

/// A quoted identifier, shortened where it is too long for the dialect (see [`identifier`]).
pub fn quote(dialect: Dialect, name: &str) -> String {
    let mark = if dialect == Dialect::Mysql { '`' } else { '"' };
    let name = identifier(dialect, name);
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push(mark);
    for character in name.chars() {
        if character == mark {
            quoted.push(mark);
        }
        quoted.push(character);
    }
    quoted.push(mark);
    quoted
}

/// The identifier as the dialect will store it: one that is longer than PostgreSQL's 63 bytes or MySQL's 64 characters is cut and ends
/// in eight digits of its hash, so that two long names that begin alike stay different.
pub fn identifier(dialect: Dialect, name: &str) -> Cow<'_, str> {
    let fits = match dialect {
        Dialect::Postgres => name.len() <= 63,
        Dialect::Mysql => name.chars().count() <= 64,
        Dialect::Sqlite => true,
    };
    if fits {
        return Cow::Borrowed(name);
    }
    let hash = blake3::hash(name.as_bytes()).to_hex();
    let mut end = 54;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}_{}", &name[..end], &hash[..8]))
}

/// A quoted, qualified table name. For a dialect without the named schema (cross-engine), `sales.orders` becomes
/// `sales_orders`.
pub fn table_name(dialect: Dialect, schema: &Schema, name: &TableName) -> String {
    let target = target_name(dialect, schema, name);
    match &target.schema {
        Some(qualifier) => format!("{}.{}", quote(dialect, qualifier), quote(dialect, &target.name)),
        None => quote(dialect, &target.name),
    }
}

/// The name under which a table of `schema` is found in a database of the given dialect.
///
/// On another engine named schemas are flattened (`sales.orders` becomes `sales_orders`). A flattened name that another table
/// has already, in the order of the schema and regardless of case, ends in eight digits of the hash of the full name.
pub fn target_name(dialect: Dialect, schema: &Schema, name: &TableName) -> TableName {
    if dialect == schema.dialect {
        return TableName { schema: name.schema.clone(), name: identifier(dialect, &name.name).into_owned() };
    }
    let found = schema.tables.iter().position(|table| table.name == *name);
    let stored = match found {
        Some(table) => target_names(dialect, schema).swap_remove(table),
        None => identifier(dialect, &flat(name)).into_owned(),
    };
    TableName { schema: None, name: stored }
}

/// The flattened names of all tables of a schema on another engine.
fn target_names(dialect: Dialect, schema: &Schema) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut names = vec![String::new(); schema.tables.len()];
    // Tables of the default schema keep their names, so they choose first.
    for named in [false, true] {
        let tables = schema.tables.iter().map(|table| &table.name).enumerate();
        for (index, name) in tables.filter(|(_, name)| name.schema.is_some() == named) {
            let mut candidate = flat(name);
            if !taken.insert(fold(dialect, &candidate)) {
                candidate = hashed(&candidate, &name.to_string());
                taken.insert(fold(dialect, &candidate));
            }
            names[index] = identifier(dialect, &candidate).into_owned();
        }
    }
    names
}

fn flat(name: &TableName) -> String {
    match &name.schema {
        Some(schema) => format!("{schema}_{}", name.name),
        None => name.name.clone(),
    }
}

fn hashed(candidate: &str, full: &str) -> String {
    format!("{candidate}_{}", &blake3::hash(full.as_bytes()).to_hex()[..8])
}

/// What the engine compares: PostgreSQL tells quoted names of different case apart, the others do not.
fn fold(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::Mysql | Dialect::Sqlite => name.to_lowercase(),
    }
}

/// Names that live in one name space of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// Indexes, and the unique constraints that are indexes underneath.
    Index,
    /// Foreign keys.
    ForeignKey,
    /// Checks.
    Check,
}

/// The name of an index or constraint in the target, unquoted.
///
/// Engines disagree on how far a name must be unique (MySQL: index names per table; PostgreSQL and SQLite: per
/// schema; MySQL: foreign keys per database), so on another engine a name that occurs twice takes its table's name in front.
pub(super) fn constraint_name(
    dialect: Dialect,
    schema: &Schema,
    table: usize,
    space: Space,
    name: &str,
) -> String {
    if dialect == schema.dialect {
        return name.to_owned();
    }
    let own = fold(dialect, name);
    let occurrences = schema
        .tables
        .iter()
        .flat_map(|table| names(table, space))
        .filter(|other| fold(dialect, other) == own)
        .count();
    let tables = target_names(dialect, schema);
    let is_table = space == Space::Index && tables.iter().any(|table| fold(dialect, table) == own);
    if occurrences <= 1 && !is_table {
        return name.to_owned();
    }
    let prefixed = format!("{}_{name}", tables[table]);
    let clash = schema
        .tables
        .iter()
        .flat_map(|table| names(table, space))
        .any(|other| fold(dialect, other) == fold(dialect, &prefixed));
    if clash { hashed(&prefixed, &format!("{table}.{name}")) } else { prefixed }
}

fn names(table: &Table, space: Space) -> Vec<&str> {
    match space {
        Space::Index => table
            .uniques
            .iter()
            .filter_map(|key| key.name.as_deref())
            .chain(table.indexes.iter().map(|index| index.name.as_str()))
            .collect(),
        Space::ForeignKey => table.foreign_keys.iter().filter_map(|key| key.name.as_deref()).collect(),
        Space::Check => table.checks.iter().filter_map(|check| check.name.as_deref()).collect(),
    }
}

/// A quoted, comma-separated list of some columns of a table.
pub(super) fn column_list(dialect: Dialect, table: &Table, columns: &[usize]) -> String {
    let quoted: Vec<_> = columns.iter().map(|&index| quote(dialect, &table.columns[index].name)).collect();
    quoted.join(", ")
}
