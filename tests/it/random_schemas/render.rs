//! A schema as DDL of its engine.

use super::shape::{Column, ForeignKey, Schema, Table, Unique};
use crate::support::Engine;
use crate::support::database::quote;

/// The statements that make the schema, in order.
pub(super) fn statements(schema: &Schema) -> Vec<String> {
    let mut out = Vec::new();
    if schema.tables.iter().any(|table| table.schema.is_some()) {
        out.push("CREATE SCHEMA audit".to_owned());
    }
    out.extend(schema.types.iter().cloned());
    for (index, table) in schema.tables.iter().enumerate() {
        out.push(create(schema, table));
        for (number, bounds) in table.partitions.iter().enumerate() {
            let name = quote(schema.engine, &format!("part_{index}_{number}"));
            out.push(format!("CREATE TABLE {name} PARTITION OF {} {bounds}", table.quoted(schema.engine)));
        }
        for (number, unique) in table.uniques.iter().enumerate() {
            out.push(unique_key(schema.engine, table, unique, (index, number)));
        }
    }
    if schema.engine != Engine::Sqlite {
        for (index, table) in schema.tables.iter().enumerate() {
            for (number, key) in table.foreign_keys.iter().enumerate() {
                let name = table.quoted(schema.engine);
                // MariaDB makes names of its own that are longer than its catalog tells.
                let named = schema.engine == Engine::Mysql && table.name.len() > 50;
                let constraint =
                    if named { format!("CONSTRAINT fk_{index}_{number} ") } else { String::new() };
                out.push(format!("ALTER TABLE {name} ADD {constraint}{}", foreign_key(schema, table, key)));
            }
        }
    }
    out
}

/// The whole schema as one script.
pub(super) fn script(schema: &Schema) -> String {
    statements(schema).iter().map(|statement| format!("{statement};\n")).collect()
}

fn create(schema: &Schema, table: &Table) -> String {
    let engine = schema.engine;
    let mut lines: Vec<String> = table.columns.iter().map(|at| column(engine, at)).collect();
    let inline = table
        .primary_key
        .iter()
        .any(|&at| table.columns[at].numbered.is_some_and(|how| how.starts_with("PRIMARY")));
    if !table.primary_key.is_empty() && !inline {
        lines.push(format!("PRIMARY KEY ({})", table.list(engine, &table.primary_key)));
    }
    lines.extend(table.checks.iter().map(|check| format!("CHECK ({})", check.text)));
    if engine == Engine::Sqlite {
        lines.extend(table.foreign_keys.iter().map(|key| foreign_key(schema, table, key)));
    }
    format!("CREATE TABLE {} (\n    {}\n) {}", table.quoted(engine), lines.join(",\n    "), table.suffix)
}

fn column(engine: Engine, column: &Column) -> String {
    let mut words = vec![quote(engine, &column.name)];
    if column.numbered == Some("serial") {
        words.push("serial".to_owned());
    } else {
        words.push(column.native.clone());
        words.extend(column.numbered.map(str::to_owned));
    }
    if let Some((expression, _)) = &column.generated {
        words.push(format!("GENERATED ALWAYS AS ({expression}) STORED"));
    } else if !column.nullable && !column.numbered.is_some_and(|how| how.starts_with("PRIMARY")) {
        words.retain(|word| word != "timestamp NULL");
        if column.native == "timestamp NULL" {
            words.push("timestamp".to_owned());
        }
        words.push("NOT NULL".to_owned());
    }
    words.extend(column.default.as_ref().map(|value| format!("DEFAULT {value}")));
    words.join(" ")
}

fn unique_key(engine: Engine, table: &Table, unique: &Unique, (of, number): (usize, usize)) -> String {
    let columns = unique.expression.clone().unwrap_or_else(|| table.list(engine, &unique.columns));
    let short: String = table.name.chars().take(40).collect();
    // Long names that begin alike are cut to the same.
    let name = quote(engine, &format!("u{of}.{number} {short}"));
    let nulls = if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let condition = unique.condition.as_ref().map_or_else(String::new, |(text, _)| format!(" WHERE {text}"));
    let plain = unique.expression.is_none() && unique.condition.is_none();
    if engine != Engine::Sqlite && plain && number.is_multiple_of(2) {
        let word = if engine == Engine::Postgres { format!("UNIQUE{nulls}") } else { "UNIQUE".to_owned() };
        return format!("ALTER TABLE {} ADD CONSTRAINT {name} {word} ({columns})", table.quoted(engine));
    }
    format!("CREATE UNIQUE INDEX {name} ON {} ({columns}){nulls}{condition}", table.quoted(engine))
}

fn foreign_key(schema: &Schema, table: &Table, key: &ForeignKey) -> String {
    let parent = &schema.tables[key.parent];
    format!(
        "FOREIGN KEY ({}) REFERENCES {} ({}){}",
        table.list(schema.engine, &key.columns),
        parent.quoted(schema.engine),
        parent.list(schema.engine, &key.parent_columns),
        key.suffix
    )
}
