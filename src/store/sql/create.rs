//! `CREATE TYPE` and `CREATE TABLE`.

use super::constraint::keys_and_checks;
use super::foreign_key::foreign_keys;
use super::name::{column_list, constraint_name, identifier, quote, table_name};
use super::types::{spelled, target_type};
use super::{Ddl, Inline, default, expression, literal::quote_text, name::Space, spelling::label_list};
use crate::schema::{Column, DataType, Dialect, Identity, Schema, Table, TableName};
use std::collections::BTreeSet;

/// Schemas and enum types that have to exist before the tables (PostgreSQL to PostgreSQL). Statements leave alone what is there.
pub fn create_types(to: Dialect, schema: &Schema, tables: &[usize]) -> Ddl {
    let mut ddl = Ddl::default();
    if to != Dialect::Postgres || schema.dialect != Dialect::Postgres {
        return ddl;
    }
    let mut schemas: BTreeSet<String> = BTreeSet::new();
    let mut types: Vec<(String, String)> = Vec::new();
    for table in tables.iter().map(|&table| &schema.tables[table]) {
        let names = std::iter::once(&table.name).chain(table.partitions.iter().map(|part| &part.name));
        schemas.extend(names.filter_map(|name: &TableName| name.schema.clone()));
        for column in &table.columns {
            let (data_type, native) = match &column.data_type {
                DataType::Array { element } => (element.as_ref(), column.native.trim_end_matches("[]")),
                other => (other, column.native.as_str()),
            };
            if let DataType::Enum { name: Some(_), labels } = data_type {
                schemas.extend(qualifier(native));
                types.push((native.to_owned(), label_list(to, labels)));
            }
        }
    }
    // Without a test of its own, CREATE SCHEMA IF NOT EXISTS wants the right to create even where nothing is missing.
    ddl.statements.extend(schemas.iter().map(|name| {
        let literal = quote_text(to, &quote(to, name));
        let quoted = quote(to, name);
        format!("DO $do$ BEGIN IF to_regnamespace({literal}) IS NULL THEN CREATE SCHEMA {quoted}; END IF; END $do$")
    }));
    types.sort();
    types.dedup();
    ddl.statements.extend(types.into_iter().map(|(name, labels)| {
        format!(
            "DO $do$ BEGIN CREATE TYPE {name} AS ENUM ({labels}); EXCEPTION WHEN duplicate_object THEN NULL; END $do$"
        )
    }));
    ddl
}

/// The schema in front of a type's name, as PostgreSQL spells it: `sales.mood`, `"Sales".mood`.
fn qualifier(native: &str) -> Option<String> {
    let quoted = native.strip_prefix('"').and_then(|rest| rest.split_once("\"."));
    let (qualifier, _) = quoted.or_else(|| native.split_once('.').filter(|(head, _)| !head.contains('"')))?;
    Some(qualifier.replace("\"\"", "\""))
}

/// One table (with its partitions, on the same engine).
pub fn create_table(to: Dialect, schema: &Schema, table: usize, inline: Inline) -> Ddl {
    let own = &schema.tables[table];
    let mut ddl = Ddl::default();
    note_names(to, own, &mut ddl.notes);
    let numbered = numbered(to, schema, table, &mut ddl.notes);
    let mut lines: Vec<String> = Vec::new();
    for index in 0..own.columns.len() {
        lines.push(column(to, schema, table, index, numbered.contains(&index), &mut ddl.notes));
    }
    if to == Dialect::Mysql {
        let bare = numbered.iter().filter(|&&index| !leads_a_key(own, index));
        lines.extend(bare.map(|&index| format!("KEY ({})", column_list(to, own, &[index]))));
    }
    if inline != Inline::Bare || to != Dialect::Postgres {
        let mut clauses = keys_and_checks(to, schema, table);
        if to == Dialect::Sqlite && !numbered.is_empty() {
            clauses.primary_key = None;
        }
        ddl.notes.append(&mut clauses.notes);
        lines.extend(clauses.all());
    }
    if inline == Inline::All {
        let mut clauses = foreign_keys(to, schema, table);
        ddl.notes.append(&mut clauses.notes);
        lines.extend(clauses.all());
    }
    let name = table_name(to, schema, &own.name);
    let options = options(to, schema, own);
    ddl.statements.push(format!("CREATE TABLE {name} (\n  {}\n){options}", lines.join(",\n  ")));
    if to == Dialect::Postgres {
        if inline != Inline::Bare {
            ddl.append(super::constraint::unique_indexes(to, schema, table));
        }
        if schema.dialect == to && own.partition_by.is_some() {
            ddl.statements.extend(own.partitions.iter().map(|part| {
                format!(
                    "CREATE TABLE {} PARTITION OF {name} {}",
                    table_name(to, schema, &part.name),
                    part.bounds
                )
            }));
        }
    }
    if own.partition_by.is_some() && schema.dialect != to {
        ddl.notes.push(format!("{}: a plain table in {to}, its partitions are not carried over", own.name));
    }
    ddl
}

/// Names that the target shortens.
fn note_names(to: Dialect, own: &Table, notes: &mut Vec<String>) {
    let names = std::iter::once(&own.name.name).chain(own.columns.iter().map(|column| &column.name));
    for name in names {
        let stored = identifier(to, name);
        if stored != name.as_str() {
            notes.push(format!("{}: {name} is too long a name for {to} and becomes {stored}", own.name));
        }
    }
}

/// Which columns the engine numbers: MySQL can number one, SQLite the only column of an integer primary key.
fn numbered(to: Dialect, schema: &Schema, table: usize, notes: &mut Vec<String>) -> Vec<usize> {
    let own = &schema.tables[table];
    let mut found = Vec::new();
    for (index, column) in own.columns.iter().enumerate().filter(|(_, column)| column.identity.is_some()) {
        let integer = to == schema.dialect
            || matches!(target_type(to, schema, table, index), DataType::Integer { bits: 16..=64, .. });
        let possible = match to {
            Dialect::Postgres => integer,
            Dialect::Mysql => integer && found.is_empty(),
            Dialect::Sqlite => integer && own.primary_key.as_ref().is_some_and(|key| key.columns == [index]),
        };
        if possible {
            found.push(index);
        } else {
            notes
                .push(format!("{}.{}: not numbered by {to}, which cannot do it here", own.name, column.name));
        }
    }
    found
}

/// InnoDB numbers a column only if it comes first in an index.
fn leads_a_key(own: &Table, column: usize) -> bool {
    own.unique_keys().any(|key| key.predicate.is_none() && key.columns.first() == Some(&column))
}

/// One column's definition.
fn column(
    to: Dialect,
    schema: &Schema,
    table: usize,
    index: usize,
    is_numbered: bool,
    notes: &mut Vec<String>,
) -> String {
    let own = &schema.tables[table].columns[index];
    let place = format!("{}.{}", schema.tables[table].name, own.name);
    let (spelling, note) = spelled(to, schema, table, index);
    notes.extend(note);
    let mut line = format!("{} {spelling}", quote(to, &own.name));
    if own.generated.is_some() {
        match generated(to, schema, &schema.tables[table], own) {
            Some(words) => line.push_str(&words),
            None => notes.push(format!(
                "{place}: {to} cannot say the expression it is computed from; an ordinary column that stays NULL"
            )),
        }
        comment(to, own, &mut line);
        return line;
    }
    if is_numbered && to == Dialect::Sqlite {
        let words =
            schema.tables[table].options.iter().any(|option| option.eq_ignore_ascii_case("autoincrement"));
        let keyword = if words && schema.dialect == to { " AUTOINCREMENT" } else { "" };
        // Only this very spelling makes the column the row's number.
        return format!("{} INTEGER PRIMARY KEY{keyword}", quote(to, &own.name));
    }
    if is_numbered && to == Dialect::Postgres {
        let when = if own.identity == Some(Identity::Always) { "ALWAYS" } else { "BY DEFAULT" };
        line.push_str(&format!(" GENERATED {when} AS IDENTITY"));
    }
    // MySQL gives a TIMESTAMP without NULL or NOT NULL a default of its own.
    match (own.nullable, to) {
        (false, _) => line.push_str(" NOT NULL"),
        (true, Dialect::Mysql) => line.push_str(" NULL"),
        (true, _) => {}
    }
    if let Some(expression) = own.default.as_ref().filter(|_| own.identity.is_none()) {
        let data_type = target_type(to, schema, table, index);
        match default::default(schema.dialect, to, &data_type, expression) {
            Ok(words) => line.push_str(&format!(" DEFAULT {words}")),
            Err(reason) => notes.push(format!("{place}: the default is left out, {reason}")),
        }
    }
    if is_numbered && to == Dialect::Mysql {
        line.push_str(" AUTO_INCREMENT");
    }
    comment(to, own, &mut line);
    line
}

fn comment(to: Dialect, own: &Column, line: &mut String) {
    if let Some(comment) = own.comment.as_ref().filter(|_| to == Dialect::Mysql) {
        line.push_str(&format!(" COMMENT {}", quote_text(to, &first(comment, 1024))));
    }
}

/// MySQL bounds the length of comments.
fn first(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// The words that make a column a generated one; `None` where the target cannot say its expression.
fn generated(to: Dialect, schema: &Schema, own: &Table, column: &Column) -> Option<String> {
    let generated = column.generated.as_ref()?;
    let expression = if to == schema.dialect {
        generated.expression.clone()
    } else {
        expression::translate(schema.dialect, to, own, &generated.expression)?
    };
    let stored = if generated.stored || to == Dialect::Postgres { "STORED" } else { "VIRTUAL" };
    // MariaDB takes no NOT NULL here.
    let null = if column.nullable || to == Dialect::Mysql { "" } else { " NOT NULL" };
    Some(format!(" GENERATED ALWAYS AS ({expression}) {stored}{null}"))
}

/// What stands behind the closing bracket.
fn options(to: Dialect, schema: &Schema, own: &Table) -> String {
    let same = schema.dialect == to;
    let partition_by = own.partition_by.as_ref().filter(|_| same);
    match to {
        Dialect::Postgres => partition_by.map(|by| format!(" PARTITION BY {by}")).unwrap_or_default(),
        Dialect::Sqlite => {
            let words: Vec<_> = own
                .options
                .iter()
                .filter(|option| same && !option.eq_ignore_ascii_case("autoincrement"))
                .map(String::as_str)
                .collect();
            if words.is_empty() { String::new() } else { format!(" {}", words.join(", ")) }
        }
        Dialect::Mysql => mysql_options(same, own),
    }
}

/// The option of a MySQL table that ends in its collation. A table of another engine's schema has it where the server has
/// been asked for its collations.
pub const MYSQL_CHARSET: &str = "DEFAULT CHARSET=utf8mb4 COLLATE=";

/// Engine, character set and comment, and the partitions, which have to come last.
fn mysql_options(same: bool, own: &Table) -> String {
    let mut words = match &own.comment {
        Some(comment) => format!(" COMMENT={}", quote_text(Dialect::Mysql, &first(comment, 2048))),
        None => String::new(),
    };
    if !same {
        // The other engines tell upper from lower case, so equal has to mean the same here.
        let known = own.options.iter().find(|option| option.starts_with(MYSQL_CHARSET)).cloned();
        let charset = known.unwrap_or_else(|| format!("{MYSQL_CHARSET}utf8mb4_bin"));
        words.push_str(&format!(" ENGINE=InnoDB {charset}"));
        return words;
    }
    if own.options.is_empty() {
        words.push_str(" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
    }
    for option in &own.options {
        words.push_str(&format!(" {option}"));
    }
    if let Some(by) = &own.partition_by {
        words.push_str(&format!(" PARTITION BY {by}"));
        let parts: Vec<_> = own
            .partitions
            .iter()
            .map(|part| format!("PARTITION {} {}", quote(Dialect::Mysql, &part.name.name), part.bounds))
            .collect();
        if !parts.is_empty() {
            words.push_str(&format!(" ({})", parts.join(", ")));
        }
    }
    words
}

/// The name of a constraint as the words in front of its clause.
pub(super) fn constraint_prefix(
    to: Dialect,
    schema: &Schema,
    table: usize,
    space: Space,
    name: Option<&String>,
) -> String {
    match name.filter(|name| !name.starts_with("sqlite_autoindex_")) {
        Some(name) => format!("CONSTRAINT {} ", quote(to, &constraint_name(to, schema, table, space, name))),
        None => String::new(),
    }
}
