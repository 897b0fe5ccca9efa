//! The schema, from `information_schema`.

use super::column_type::{self, Declared};
use super::connect::{Flavor, Server, number, text};
use super::{keys, partitions, sql};
use crate::error::Result;
use crate::schema::{Column, DataType, Dialect, Generated, Identity, Schema, Table, TableName};
use sqlx::mysql::MySqlRow;
use std::collections::HashMap;

const DOING: &str = "read the catalog";

/// Reads the schema of the session's database: its base tables, sorted by name.
pub(super) async fn introspect(server: &mut Server) -> Result<Schema> {
    let mut tables = tables(server).await?;
    // Byte order, so that the order does not depend on the server's collation.
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let index: HashMap<String, usize> =
        tables.iter().enumerate().map(|(at, table)| (table.name.name.clone(), at)).collect();
    columns(server, &mut tables, &index).await?;
    triggers(server, &mut tables, &index).await?;
    let mut schema = Schema { dialect: Dialect::Mysql, tables };
    keys::read(server, &mut schema, &index).await?;
    partitions::read(server, &mut schema, &index).await?;
    Ok(schema)
}

async fn tables(server: &mut Server) -> Result<Vec<Table>> {
    let rows = server
        .rows(
            "SELECT TABLE_NAME, ENGINE, TABLE_ROWS, TABLE_COMMENT FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
            DOING,
        )
        .await?;
    let mut tables = Vec::with_capacity(rows.len());
    for row in &rows {
        let name = text(row, 0)?.unwrap_or_default();
        if let Some(engine) = text(row, 1)?.filter(|engine| !engine.eq_ignore_ascii_case("innodb")) {
            tracing::warn!(
                table = name,
                engine,
                "this storage engine has no snapshots: a change during the run is seen"
            );
        }
        tables.push(Table {
            name: TableName { schema: None, name },
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            partition_by: None,
            partitions: Vec::new(),
            comment: text(row, 3)?.filter(|comment| !comment.is_empty()),
            row_estimate: number(row, 2)?,
            exclusions: Vec::new(),
            triggers: Vec::new(),
            options: Vec::new(),
        });
    }
    Ok(tables)
}

/// A collation's name begins with its character set.
fn charset_of(collation: &str) -> &str {
    collation.split('_').next().unwrap_or(collation)
}

async fn triggers(server: &mut Server, tables: &mut [Table], index: &HashMap<String, usize>) -> Result<()> {
    let rows = server
        .rows(
            "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS \
             WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_MANIPULATION = 'INSERT' ORDER BY EVENT_OBJECT_TABLE, TRIGGER_NAME",
            DOING,
        )
        .await?;
    for row in &rows {
        if let Some(&at) = index.get(&text(row, 0)?.unwrap_or_default()) {
            tables[at].triggers.extend(text(row, 1)?);
        }
    }
    Ok(())
}

async fn columns(server: &mut Server, tables: &mut [Table], index: &HashMap<String, usize>) -> Result<()> {
    let documents = json_columns(server).await?;
    let rows = server
        .rows(
            "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, \
             NUMERIC_SCALE, COLUMN_DEFAULT, IS_NULLABLE, EXTRA, COLUMN_COMMENT, COLLATION_NAME, \
             GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() \
             ORDER BY TABLE_NAME, ORDINAL_POSITION",
            DOING,
        )
        .await?;
    for row in &rows {
        let table = text(row, 0)?.unwrap_or_default();
        let Some(&at) = index.get(&table) else { continue };
        let column = column(server.flavor, row, &documents, &table)?;
        tables[at].columns.push(column);
    }
    Ok(())
}

fn column(flavor: Flavor, row: &MySqlRow, documents: &[(String, String)], table: &str) -> Result<Column> {
    let name = text(row, 1)?.unwrap_or_default();
    let declared = Declared {
        name: text(row, 2)?.unwrap_or_default(),
        spelling: text(row, 3)?.unwrap_or_default(),
        length: number(row, 4)?,
        precision: number(row, 5)?,
        scale: number(row, 6)?,
    };
    let extra = text(row, 9)?.unwrap_or_default();
    let collation = text(row, 11)?;
    let is_document = declared.name == "longtext"
        && documents.iter().any(|(owner, column)| owner == table && *column == name);
    let data_type = if is_document { DataType::Json } else { column_type::data_type(&declared) };
    let mut native = if is_document { "json".to_owned() } else { declared.spelling };
    // Always said: the default of the database that the table is made in may be another one.
    if let Some(collation) = collation.as_deref().filter(|_| !is_document) {
        native.push_str(&format!(" CHARACTER SET {} COLLATE {collation}", charset_of(collation)));
    }
    native.push_str(&attributes(&extra));
    let generated = text(row, 12)?.filter(|expression| !expression.is_empty()).map(|expression| Generated {
        expression: column_type::unescaped(&expression),
        stored: extra.contains("STORED") || extra.contains("PERSISTENT"),
    });
    let default =
        column_type::default_expression(flavor == Flavor::MariaDb, text(row, 7)?, &extra, &data_type);
    Ok(Column {
        form: None,
        case_insensitive: data_type != DataType::Json
            && collation.as_deref().is_some_and(column_type::is_loose),
        name,
        native,
        nullable: text(row, 8)?.as_deref() == Some("YES"),
        default: default.filter(|_| generated.is_none()),
        identity: extra.contains("auto_increment").then_some(Identity::AutoIncrement),
        generated,
        comment: text(row, 10)?.filter(|comment| !comment.is_empty()),
        data_type,
    })
}

/// Words of the catalog's EXTRA that belong into a column definition. They ride on the native type, which only ever
/// goes back to the same engine.
fn attributes(extra: &str) -> String {
    let lower = extra.to_ascii_lowercase();
    let mut words = String::new();
    if let Some(at) = lower.find("on update ") {
        let clause = extra[at + "on update ".len()..].split([' ', ',']).next().unwrap_or_default();
        words.push_str(&format!(" ON UPDATE {clause}"));
    }
    if lower.split([' ', ',']).any(|word| word == "invisible") {
        words.push_str(" INVISIBLE");
    }
    words
}

/// MariaDB's `json` is `longtext` with a CHECK; this finds those columns (table, column). Without a join: the catalog
/// would read every database of the server for it.
async fn json_columns(server: &mut Server) -> Result<Vec<(String, String)>> {
    if server.flavor != Flavor::MariaDb {
        return Ok(Vec::new());
    }
    let rows = server
        .rows(
            "SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS \
             WHERE CONSTRAINT_SCHEMA = DATABASE() AND CHECK_CLAUSE LIKE 'json\\_valid(%'",
            DOING,
        )
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        let column = text(row, 1)?.unwrap_or_default();
        if text(row, 2)?.is_some_and(|clause| clause == format!("json_valid({})", sql::ident(&column))) {
            found.push((text(row, 0)?.unwrap_or_default(), column));
        }
    }
    Ok(found)
}
