//! The catalog of MySQL and MariaDB.

use super::Database;
use super::catalog::{Class, Column, ForeignKey, Table, Unique, list, text};

pub(super) fn tables(database: &Database) -> Vec<Table> {
    let tables = database.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'",
    );
    tables
        .iter()
        .map(|row| {
            let name = text(&row[0]);
            let mut uniques = uniques(database, &name);
            let primary =
                uniques.iter().position(|(index, _)| index == "PRIMARY").map(|at| uniques.remove(at).1);
            let checks = checks(database, &name);
            Table {
                schema: None,
                columns: columns(database, &name, &checks),
                primary_key: primary.map(|key| key.columns).unwrap_or_default(),
                uniques: uniques.into_iter().map(|(_, unique)| unique).collect(),
                foreign_keys: foreign_keys(database, &name),
                checks,
                name,
            }
        })
        .collect()
}

fn columns(database: &Database, table: &str, checks: &[String]) -> Vec<Column> {
    let rows = database.rows(&format!(
        "SELECT column_name, data_type, column_type, is_nullable, extra FROM information_schema.columns
         WHERE table_schema = database() AND table_name = '{table}' ORDER BY ordinal_position"
    ));
    rows.iter()
        .map(|row| {
            let (name, extra) = (text(&row[0]), text(&row[4]).to_uppercase());
            // MariaDB's JSON is a text column with this check.
            let json = checks.iter().any(|check| *check == format!("json_valid(`{name}`)"));
            Column {
                class: if json { Class::Other } else { class(&text(&row[1]), &text(&row[2])) },
                nullable: text(&row[3]) == "YES",
                generated: ["VIRTUAL", "STORED", "PERSISTENT"].iter().any(|word| extra.contains(word)),
                identity: extra.contains("AUTO_INCREMENT"),
                name,
            }
        })
        .collect()
}

fn class(data_type: &str, column_type: &str) -> Class {
    match data_type {
        _ if column_type.starts_with("tinyint(1)") => Class::Category,
        "enum" => Class::Category,
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float" | "double" => {
            Class::Number
        }
        "date" | "time" | "datetime" | "timestamp" | "year" => Class::Time,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Class::Text,
        _ => Class::Other,
    }
}

fn uniques(database: &Database, table: &str) -> Vec<(String, Unique)> {
    let rows = database.rows(&format!(
        "SELECT index_name, concat('[', group_concat(json_quote(column_name) ORDER BY seq_in_index), ']')
         FROM information_schema.statistics
         WHERE table_schema = database() AND table_name = '{table}' AND non_unique = 0 AND column_name IS NOT NULL
         GROUP BY index_name"
    ));
    rows.iter().map(|row| (text(&row[0]), Unique { columns: list(&row[1]), predicate: None })).collect()
}

fn foreign_keys(database: &Database, table: &str) -> Vec<ForeignKey> {
    let rows = database.rows(&format!(
        "SELECT concat('[', group_concat(json_quote(column_name) ORDER BY ordinal_position), ']'),
                min(referenced_table_name),
                concat('[', group_concat(json_quote(referenced_column_name) ORDER BY ordinal_position), ']')
         FROM information_schema.key_column_usage
         WHERE table_schema = database() AND table_name = '{table}' AND referenced_table_name IS NOT NULL
         GROUP BY constraint_name"
    ));
    rows.iter()
        .map(|row| ForeignKey {
            columns: list(&row[0]),
            parent_schema: None,
            parent: text(&row[1]),
            parent_columns: list(&row[2]),
        })
        .collect()
}

fn checks(database: &Database, table: &str) -> Vec<String> {
    let mariadb =
        database.rows("SELECT version()")[0][0].as_deref().is_some_and(|version| version.contains("Maria"));
    let rows = database.rows(&if mariadb {
        format!(
            "SELECT check_clause FROM information_schema.check_constraints
             WHERE constraint_schema = database() AND table_name = '{table}'"
        )
    } else {
        format!(
            "SELECT check_clause FROM information_schema.check_constraints
             JOIN information_schema.table_constraints USING (constraint_schema, constraint_name)
             WHERE constraint_schema = database() AND table_name = '{table}' AND constraint_type = 'CHECK'"
        )
    });
    rows.iter()
        .map(|row| if mariadb { text(&row[0]).replace("\\'", "''") } else { unescaped(&text(&row[0])) })
        .collect()
}

/// MySQL's catalog holds clauses with a backslash before every quote and backslash.
fn unescaped(clause: &str) -> String {
    let mut characters = clause.chars();
    std::iter::from_fn(|| match characters.next() {
        Some('\\') => characters.next(),
        other => other,
    })
    .collect()
}
