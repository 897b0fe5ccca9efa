//! SQLite's catalog.

use super::Database;
use super::catalog::{Class, Column, ForeignKey, Table, Unique, text};

pub(super) fn tables(database: &Database) -> Vec<Table> {
    let tables = database.rows(
        // Virtual tables and what they keep their data in are nobody's to fill.
        "SELECT s.name, s.sql FROM sqlite_schema s JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name AND l.type = 'table'
         WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    );
    tables
        .iter()
        .map(|row| {
            let (name, sql) = (text(&row[0]), text(&row[1]));
            let (columns, primary_key) = columns(database, &name, &sql);
            let uniques = uniques(database, &name);
            let foreign_keys = foreign_keys(database, &name);
            Table { schema: None, name, columns, primary_key, uniques, foreign_keys, checks: Vec::new() }
        })
        .collect()
}

fn columns(database: &Database, table: &str, sql: &str) -> (Vec<Column>, Vec<String>) {
    let rows = database.rows(&format!(
        "SELECT name, lower(type), \"notnull\", pk, hidden FROM pragma_table_xinfo('{table}') WHERE hidden <> 1"
    ));
    let mut key: Vec<(i64, String)> = Vec::new();
    for row in &rows {
        let place: i64 = text(&row[3]).parse().expect("a number");
        if place > 0 {
            key.push((place, text(&row[0])));
        }
    }
    key.sort();
    let identity = key.len() == 1 && sql.to_lowercase().contains("primary key");
    let columns = rows
        .iter()
        .map(|row| {
            let (name, declared) = (text(&row[0]), text(&row[1]));
            let in_key = text(&row[3]) != "0";
            Column {
                class: class(&declared),
                nullable: text(&row[2]) == "0" && !in_key,
                generated: text(&row[4]) != "0",
                identity: identity && in_key && declared == "integer",
                name,
            }
        })
        .collect();
    (columns, key.into_iter().map(|(_, name)| name).collect())
}

fn class(declared: &str) -> Class {
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if has(&["bool"]) {
        Class::Category
    } else if has(&["date", "time"]) {
        Class::Time
    } else if has(&["int", "num", "dec", "real", "doub", "floa"]) {
        Class::Number
    } else if has(&["char", "text", "clob"]) {
        Class::Text
    } else {
        Class::Other
    }
}

fn uniques(database: &Database, table: &str) -> Vec<Unique> {
    let indexes = database.rows(&format!(
        "SELECT l.name, l.origin, (SELECT s.sql FROM sqlite_schema s WHERE s.name = l.name AND l.partial)
         FROM pragma_index_list('{table}') l WHERE l.\"unique\" AND l.origin <> 'pk'"
    ));
    let unique = |row: &Vec<Option<String>>| {
        let columns =
            database.rows(&format!("SELECT name FROM pragma_index_info('{}') ORDER BY seqno", text(&row[0])));
        let columns: Option<Vec<_>> = columns.into_iter().map(|mut row| row.remove(0)).collect();
        let predicate = row[2].as_deref().and_then(|sql| {
            let at = sql.to_uppercase().rfind(" WHERE ")?;
            Some(sql[at + 7..].to_owned())
        });
        // An index over an expression has a NULL among its column names; it is left to `integrity_check`.
        columns.map(|columns| Unique { columns, predicate })
    };
    indexes.iter().filter_map(unique).collect()
}

fn foreign_keys(database: &Database, table: &str) -> Vec<ForeignKey> {
    let rows = database.rows(&format!(
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list('{table}') ORDER BY id, seq"
    ));
    let mut keys: Vec<(String, ForeignKey)> = Vec::new();
    for row in &rows {
        let id = text(&row[0]);
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let parent = text(&row[1]);
            let key =
                ForeignKey { columns: Vec::new(), parent_schema: None, parent, parent_columns: Vec::new() };
            keys.push((id, key));
        }
        let (_, key) = keys.last_mut().expect("pushed above");
        key.columns.push(text(&row[2]));
        key.parent_columns.extend(row[3].clone());
    }
    for (_, key) in &mut keys {
        if key.parent_columns.is_empty() {
            key.parent_columns = primary_key(database, &key.parent);
        }
    }
    keys.into_iter().map(|(_, key)| key).collect()
}

fn primary_key(database: &Database, table: &str) -> Vec<String> {
    let rows =
        database.rows(&format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk"));
    rows.iter().map(|row| text(&row[0])).collect()
}
