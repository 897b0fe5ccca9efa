//! Keys, checks, foreign keys, indexes and comments.

use super::Ddl;
use super::create::constraint_prefix;
use super::foreign_key::foreign_keys;
use super::literal::quote_text;
use super::name::{Space, column_list, constraint_name, quote, table_name, target_name};
use super::spelling::label_list;
use super::types::{bytes, target_type};
use crate::schema::check::Predicate;
use crate::schema::{Check, DataType, Dialect, Index, Schema, Table, UniqueKey};

/// Constraint clauses, good inside `CREATE TABLE (…)` and behind `ALTER TABLE … ADD`.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    /// The primary key.
    pub(super) primary_key: Option<String>,
    /// Everything else.
    pub(super) others: Vec<String>,
    /// What was left out.
    pub(super) notes: Vec<String>,
}

impl Clauses {
    /// All clauses, the primary key first.
    pub(super) fn all(self) -> impl Iterator<Item = String> {
        self.primary_key.into_iter().chain(self.others)
    }
}

/// Primary key, unique keys and checks of a table made `Bare`, in this order, and the unique indexes that foreign keys may refer
/// to. Only PostgreSQL has tables made `Bare`; for the others it is empty.
pub fn add_keys(to: Dialect, schema: &Schema, table: usize) -> Ddl {
    if to != Dialect::Postgres {
        return Ddl::default();
    }
    let mut ddl = added(to, schema, table, keys_and_checks(to, schema, table));
    ddl.append(unique_indexes(to, schema, table));
    ddl
}

/// Declared foreign keys of a table, as `ALTER TABLE` statements; none for SQLite, which cannot add them.
pub fn add_foreign_keys(to: Dialect, schema: &Schema, table: usize) -> Ddl {
    if to == Dialect::Sqlite {
        return Ddl::default();
    }
    added(to, schema, table, foreign_keys(to, schema, table))
}

fn added(to: Dialect, schema: &Schema, table: usize, mut clauses: Clauses) -> Ddl {
    let name = table_name(to, schema, &schema.tables[table].name);
    let notes = std::mem::take(&mut clauses.notes);
    let statements = clauses.all().map(|clause| format!("ALTER TABLE {name} ADD {clause}")).collect();
    Ddl { statements, notes }
}

/// Secondary indexes, comments, and unique indexes over expressions or with conditions; in SQLite all unique indexes that are no
/// constraints.
pub fn add_indexes(to: Dialect, schema: &Schema, table: usize) -> Ddl {
    let own = &schema.tables[table];
    let mut ddl = if to == Dialect::Sqlite { unique_indexes(to, schema, table) } else { Ddl::default() };
    for key in own.uniques.iter().filter(|key| key.predicate.is_some() || key.expression.is_some()) {
        match special_unique(to, schema, table, key) {
            Ok(statement) => ddl.statements.push(statement),
            Err(reason) => {
                let name = key.name.as_deref().unwrap_or("without a name");
                ddl.notes.push(format!("{}: the unique index {name} is left out, {reason}", own.name));
            }
        }
    }
    for index in &own.indexes {
        match secondary(to, schema, table, index) {
            Ok(statement) => ddl.statements.push(statement),
            Err(reason) => {
                ddl.notes.push(format!("{}: the index {} is left out, {reason}", own.name, index.name))
            }
        }
    }
    if to == Dialect::Postgres {
        ddl.statements.extend(comments(to, schema, own));
    }
    ddl
}

/// Primary key, unique constraints (in MySQL unique indexes too), checks.
pub(super) fn keys_and_checks(to: Dialect, schema: &Schema, table: usize) -> Clauses {
    let own = &schema.tables[table];
    let mut clauses = Clauses {
        primary_key: own.primary_key.as_ref().map(|key| primary_key(to, schema, table, key)),
        ..Clauses::default()
    };
    let plain = own.uniques.iter().filter(|key| key.predicate.is_none() && key.expression.is_none());
    for key in plain.filter(|key| key.constraint || to == Dialect::Mysql) {
        let prefix = constraint_prefix(to, schema, table, Space::Index, key.name.as_ref());
        let nulls = nulls(to, own, key, &mut clauses.notes);
        clauses.others.push(format!("{prefix}UNIQUE{nulls} ({})", column_list(to, own, &key.columns)));
    }
    for check in &own.checks {
        match condition(to, schema, table, check) {
            Ok(None) => {}
            Ok(Some(condition)) => {
                let prefix = constraint_prefix(to, schema, table, Space::Check, check.name.as_ref());
                clauses.others.push(format!("{prefix}CHECK ({condition})"));
            }
            Err(reason) => {
                let name = check.name.as_deref().unwrap_or("without a name");
                clauses.notes.push(format!("{}: the check {name} is left out, {reason}", own.name));
            }
        }
    }
    clauses.others.extend(label_checks(to, schema, own));
    clauses
}

fn primary_key(to: Dialect, schema: &Schema, table: usize, key: &UniqueKey) -> String {
    // A primary key's name means something only where it came from: MySQL calls all of them PRIMARY.
    let name = key.name.as_ref().filter(|_| to == schema.dialect && to != Dialect::Mysql);
    let prefix = constraint_prefix(to, schema, table, Space::Index, name);
    format!("{prefix}PRIMARY KEY ({})", column_list(to, &schema.tables[table], &key.columns))
}

fn nulls(to: Dialect, own: &Table, key: &UniqueKey, notes: &mut Vec<String>) -> &'static str {
    let matters = key.columns.iter().any(|&column| own.columns[column].nullable);
    if key.nulls_distinct || !matters {
        return "";
    }
    if to == Dialect::Postgres {
        return " NULLS NOT DISTINCT";
    }
    notes.push(format!(
        "{}: {to} lets NULLs repeat in the unique key ({})",
        own.name,
        own.column_names(&key.columns)
    ));
    ""
}

/// The check's condition in the target's words; nothing where the target's type sees to it.
fn condition(to: Dialect, schema: &Schema, table: usize, check: &Check) -> Result<Option<String>, String> {
    if to == schema.dialect {
        return Ok(Some(check.expression.clone()));
    }
    let own = &schema.tables[table];
    // MariaDB's JSON is a text with a check; a PostgreSQL jsonb is JSON anyway.
    if check.expression.to_ascii_lowercase().starts_with("json_valid(") {
        return Ok(None);
    }
    let predicate = Predicate::parse(schema.dialect, own, &check.expression)?;
    let numbered = |&column: &usize| own.columns[column].identity.is_some();
    if to == Dialect::Mysql && predicate.columns().iter().any(numbered) {
        return Err("MySQL/MariaDB allows no check on a column that it numbers".into());
    }
    predicate.to_sql(own, to).map(Some)
}

/// Where an enum becomes a text, the list of its labels as a check.
fn label_checks(to: Dialect, schema: &Schema, own: &Table) -> Vec<String> {
    if to == schema.dialect || to == Dialect::Mysql {
        return Vec::new();
    }
    let enums = own.columns.iter().filter_map(|column| match &column.data_type {
        DataType::Enum { labels, .. } if !labels.is_empty() => Some((column, labels)),
        _ => None,
    });
    enums
        .map(|(column, labels)| {
            format!("CHECK ({} IN ({}))", quote(to, &column.name), label_list(to, labels))
        })
        .collect()
}

/// Unique indexes over plain columns that are no constraints (in MySQL they are the same thing).
pub(super) fn unique_indexes(to: Dialect, schema: &Schema, table: usize) -> Ddl {
    let own = &schema.tables[table];
    let mut ddl = Ddl::default();
    let plain = own.uniques.iter().filter(|key| key.predicate.is_none() && key.expression.is_none());
    for key in plain.filter(|key| !key.constraint) {
        let nulls = nulls(to, own, key, &mut ddl.notes);
        ddl.statements.push(format!(
            "CREATE UNIQUE INDEX {} ON {} ({}){nulls}",
            unique_name(to, schema, table, key),
            table_name(to, schema, &own.name),
            column_list(to, own, &key.columns),
        ));
    }
    ddl
}

/// The name of a unique index; one without is called after its table and columns, as PostgreSQL does.
fn unique_name(to: Dialect, schema: &Schema, table: usize, key: &UniqueKey) -> String {
    let own = &schema.tables[table];
    let name = match &key.name {
        Some(name) if !name.starts_with("sqlite_autoindex_") => name.clone(),
        _ => {
            let table = target_name(to, schema, &own.name).name;
            format!("{table}_{}_key", own.column_names(&key.columns).replace(", ", "_"))
        }
    };
    quote(to, &constraint_name(to, schema, table, Space::Index, &name))
}

/// A unique index with a condition or over expressions.
fn special_unique(to: Dialect, schema: &Schema, table: usize, key: &UniqueKey) -> Result<String, String> {
    let own = &schema.tables[table];
    let same = to == schema.dialect;
    let columns = match &key.expression {
        Some(expression) if same => expression.clone(),
        Some(_) => return Err("it is over an expression of the other engine".into()),
        None => column_list(to, own, &key.columns),
    };
    let condition = match &key.predicate {
        None => String::new(),
        Some(predicate) if same => format!(" WHERE {predicate}"),
        Some(_) if to == Dialect::Mysql => {
            return Err("MySQL/MariaDB has no unique index with a condition".into());
        }
        Some(predicate) => {
            let predicate = Predicate::parse(schema.dialect, own, predicate)?;
            format!(" WHERE {}", predicate.to_sql(own, to)?)
        }
    };
    let nulls = if !key.nulls_distinct && to == Dialect::Postgres { " NULLS NOT DISTINCT" } else { "" };
    Ok(format!(
        "CREATE UNIQUE INDEX {} ON {} ({columns}){nulls}{condition}",
        unique_name(to, schema, table, key),
        table_name(to, schema, &own.name),
    ))
}

fn secondary(to: Dialect, schema: &Schema, table: usize, index: &Index) -> Result<String, &'static str> {
    let own = &schema.tables[table];
    if let Some(definition) = index.definition.as_ref().filter(|_| to == schema.dialect) {
        // PostgreSQL describes a partitioned table's index as one on the parent ONLY, which would leave it invalid.
        return Ok(definition.replacen(" ON ONLY ", " ON ", 1));
    }
    if index.columns.is_empty() {
        return Err("it is over an expression or of a kind that the other engine has alone");
    }
    let columns = if to == Dialect::Mysql && to != schema.dialect {
        prefixed(schema, table, &index.columns)
    } else {
        column_list(to, own, &index.columns)
    };
    let name = constraint_name(to, schema, table, Space::Index, &index.name);
    Ok(format!("CREATE INDEX {} ON {} ({columns})", quote(to, &name), table_name(to, schema, &own.name)))
}

/// MySQL indexes the beginning of long texts, 3,072 bytes in all.
fn prefixed(schema: &Schema, table: usize, columns: &[usize]) -> String {
    let own = &schema.tables[table];
    let each = 3072 / u32::try_from(columns.len()).unwrap_or(u32::MAX).max(1);
    let entries = columns.iter().map(|&column| {
        let name = quote(Dialect::Mysql, &own.columns[column].name);
        let data_type = target_type(Dialect::Mysql, schema, table, column);
        let bytes_per_unit = if matches!(data_type, DataType::Bytes { .. }) { 1 } else { 4 };
        match bytes(&data_type) {
            Some(bytes) if bytes <= each => name,
            _ => format!("{name}({})", each.min(764) / bytes_per_unit),
        }
    });
    entries.collect::<Vec<_>>().join(", ")
}

/// PostgreSQL's comments are statements of their own.
fn comments(to: Dialect, schema: &Schema, own: &Table) -> Vec<String> {
    let table = table_name(to, schema, &own.name);
    let on_table =
        own.comment.iter().map(|text| format!("COMMENT ON TABLE {table} IS {}", quote_text(to, text)));
    let on_columns = own.columns.iter().filter_map(|column| {
        let text = column.comment.as_ref()?;
        Some(format!("COMMENT ON COLUMN {table}.{} IS {}", quote(to, &column.name), quote_text(to, text)))
    });
    on_table.chain(on_columns).collect()
}
