//! SQL text for SQLite: quoting, and the queries of introspection, scan and load.

use crate::schema::{DataType, Dialect, Schema, Table};
use crate::store::{Sample, sql};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use std::sync::Arc;

/// A statement made by this module, whose identifiers and literals are all quoted by it.
pub(super) fn statement(text: impl Into<Arc<str>>) -> SqlStr {
    AssertSqlSafe(text.into()).into_sql_str()
}

/// A quoted identifier.
pub(super) fn quote(name: &str) -> String {
    sql::quote(Dialect::Sqlite, name)
}

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The quoted name of a table of this engine or, when it comes from another one, of its counterpart here.
pub(super) fn table(schema: &Schema, table: usize) -> String {
    sql::table_name(Dialect::Sqlite, schema, &schema.tables[table].name)
}

/// Quoted columns behind an alias, separated by `separator`.
pub(super) fn columns(table: &Table, columns: &[usize], alias: &str, separator: &str) -> String {
    let name = |&column: &usize| format!("{alias}{}", quote(&table.columns[column].name));
    columns.iter().map(name).collect::<Vec<_>>().join(separator)
}

/// The exact number of rows.
pub(super) fn count(quoted_table: &str) -> String {
    format!("SELECT count(*) FROM {quoted_table}")
}

/// The column list that gives an ordered scan its order: the primary key, else all written columns.
fn order(table: &Table, alias: &str) -> String {
    match &table.primary_key {
        Some(key) if !key.columns.is_empty() => columns(table, &key.columns, alias, ", "),
        _ => {
            let all: Vec<_> = table.written_columns().map(|(index, _)| index).collect();
            columns(table, &all, alias, ", ")
        }
    }
}

/// The rows of a scan: the written columns, each as it is stored, but for columns without one storage class.
pub(super) fn scan(schema: &Schema, index: usize, sample: Sample, ordered: bool) -> String {
    let table = &schema.tables[index];
    let list: Vec<_> = table
        .written_columns()
        .map(|(_, column)| {
            let name = quote(&column.name);
            match column.data_type {
                DataType::Other => format!("CAST({name} AS TEXT)"),
                DataType::Bytes { .. } => format!("CAST({name} AS BLOB)"),
                _ => name,
            }
        })
        .collect();
    let from = self::table(schema, index);
    let mut text = if sample.rows <= sample.limit {
        format!("SELECT {} FROM {from}", list.join(", "))
    } else {
        sampled(table, &list.join(", "), &from, sample)
    };
    if ordered {
        text.push_str(&format!(" ORDER BY {}", order(table, "")));
    }
    text
}

/// A pseudo-random part of a table, the same one every time: rows whose number, hashed, falls below a threshold.
fn sampled(table: &Table, list: &str, from: &str, sample: Sample) -> String {
    let share = sample.limit as f64 / sample.rows as f64;
    let threshold = (share * f64::from(1 << 24)) as i64;
    match row_number(table) {
        Some(rowid) => format!("SELECT {list} FROM {from} WHERE {} < {threshold}", hash(rowid)),
        None => {
            let number = quote("number of this row");
            let order = order(table, "");
            format!(
                "SELECT {list} FROM (SELECT *, row_number() OVER (ORDER BY {order}) AS {number} FROM {from}) \
                 WHERE {} < {threshold}",
                hash(&number)
            )
        }
    }
}

/// 24 bits of a multiplicative hash, in arithmetic that stays inside of 63 bits (beyond them SQLite goes over to
/// floating point).
fn hash(number: &str) -> String {
    let low = 0x3fff_ffff;
    format!("((((({number} & {low}) * 2654435761) >> 15) & {low}) * 2246822519 >> 22 & 16777215)")
}

/// A name by which the rowid can be reached: none for tables without one, or with columns of all three names.
fn row_number(table: &Table) -> Option<&'static str> {
    if table.options.iter().any(|option| option.eq_ignore_ascii_case("WITHOUT ROWID")) {
        return None;
    }
    let taken = |name: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name))
}

/// Rows whose foreign key is NULL in any column.
pub(super) fn count_null_keys(schema: &Schema, index: usize, foreign_key: usize) -> String {
    let table = &schema.tables[index];
    let key = &table.foreign_keys[foreign_key];
    let condition = columns(table, &key.columns, "", " IS NULL OR ");
    format!("SELECT count(*) FROM {} WHERE {condition} IS NULL", self::table(schema, index))
}

/// `FROM` every parent with the count of its children, NULL where there are none, as `children.n`.
fn parents_with_children(schema: &Schema, index: usize, foreign_key: usize) -> String {
    let child = &schema.tables[index];
    let key = &child.foreign_keys[foreign_key];
    let parent = &schema.tables[key.parent];
    let group = columns(child, &key.columns, "", ", ");
    let present = columns(child, &key.columns, "", " IS NOT NULL AND ");
    let on: Vec<_> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .map(|(&column, &parent_column)| {
            // The parent stands on the left: its collation decides, as in SQLite's own check of a foreign key.
            let left = quote(&parent.columns[parent_column].name);
            format!("parent.{left} = children.{}", quote(&child.columns[column].name))
        })
        .collect();
    format!(
        "FROM {} AS parent LEFT JOIN (SELECT {group}, count(*) AS {n} FROM {} WHERE {present} IS NOT NULL \
         GROUP BY {group}) AS children ON {}",
        table(schema, key.parent),
        table(schema, index),
        on.join(" AND "),
        n = quote("number of children"),
    )
}

/// Pairs (children, parents with that many children), sorted.
pub(super) fn child_counts(schema: &Schema, index: usize, foreign_key: usize) -> String {
    let from = parents_with_children(schema, index, foreign_key);
    let n = quote("number of children");
    format!("SELECT coalesce(children.{n}, 0), count(*) {from} GROUP BY 1 ORDER BY 1")
}

/// The children of every parent, in the order of an ordered scan of the parent.
pub(super) fn children_of_each(schema: &Schema, index: usize, foreign_key: usize) -> String {
    let from = parents_with_children(schema, index, foreign_key);
    let parent = &schema.tables[schema.tables[index].foreign_keys[foreign_key].parent];
    let n = quote("number of children");
    format!("SELECT coalesce(children.{n}, 0) {from} ORDER BY {}", order(parent, "parent."))
}

/// An `INSERT` of `rows` rows into the written columns of a table.
pub(super) fn insert(schema: &Schema, index: usize, rows: usize) -> Arc<str> {
    let written: Vec<_> = schema.tables[index].written_columns().map(|(column, _)| column).collect();
    let list = columns(&schema.tables[index], &written, "", ", ");
    let row = format!("({})", vec!["?"; written.len()].join(","));
    let rows = vec![row; rows].join(",");
    format!("INSERT INTO {} ({list}) VALUES {rows}", table(schema, index)).into()
}
