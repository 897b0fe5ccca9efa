//! The rows of SQLite's own catalog: `sqlite_schema` and the table-valued pragmas.

use super::connection::Connection;
use crate::error::Result;
use std::collections::BTreeMap;

/// Ordinary tables: neither views nor virtual tables nor those in which virtual tables keep their data.
const TABLES: &str = "SELECT l.name, l.wr, l.strict, s.sql FROM pragma_table_list AS l \
     JOIN sqlite_schema AS s ON s.type = 'table' AND s.name = l.name \
     WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// A table of the catalog with everything that hangs on it.
#[derive(Debug, Clone, Default)]
pub(super) struct CatalogTable {
    /// Whether it has no rowid.
    pub(super) without_rowid: bool,
    /// Whether types are enforced.
    pub(super) strict: bool,
    /// Its `CREATE TABLE` statement.
    pub(super) sql: String,
    /// Its columns, in order.
    pub(super) columns: Vec<CatalogColumn>,
    /// Its foreign keys, in declared order: each the list of its columns.
    pub(super) foreign_keys: Vec<Vec<CatalogForeignKey>>,
    /// Its indexes, in the order in which they were made.
    pub(super) indexes: Vec<CatalogIndex>,
    /// The number of rows that ANALYZE found.
    pub(super) row_estimate: Option<u64>,
}

/// A column of the catalog.
#[derive(Debug, Clone)]
pub(super) struct CatalogColumn {
    /// Its name.
    pub(super) name: String,
    /// Its declared type, empty where there is none.
    pub(super) native: String,
    /// Whether it says NOT NULL.
    pub(super) not_null: bool,
    /// Its default as text.
    pub(super) default: Option<String>,
    /// Its place in the primary key, from 1; 0 outside of it.
    pub(super) key_place: i64,
    /// 2 for a generated column, 3 for a stored one, else 0.
    pub(super) hidden: i64,
}

/// One column of a foreign key of the catalog.
#[derive(Debug, Clone)]
pub(super) struct CatalogForeignKey {
    /// The referenced table, as the statement spells it.
    pub(super) parent: String,
    /// The referencing column.
    pub(super) from: String,
    /// The referenced column; `None` for the primary key.
    pub(super) to: Option<String>,
    /// `ON UPDATE`.
    pub(super) on_update: String,
    /// `ON DELETE`.
    pub(super) on_delete: String,
}

/// An index of the catalog.
#[derive(Debug, Clone)]
pub(super) struct CatalogIndex {
    /// Its name.
    pub(super) name: String,
    /// Whether it is unique.
    pub(super) unique: bool,
    /// `c` for CREATE INDEX, `u` for UNIQUE, `pk` for PRIMARY KEY.
    pub(super) origin: String,
    /// Its statement, where it has one.
    pub(super) sql: Option<String>,
    /// Its key columns: name (`None` for an expression), descending, collation.
    pub(super) columns: Vec<(Option<String>, bool, String)>,
}

/// Reads the whole catalog: the tables by name, in name order.
pub(super) async fn read(connection: &mut Connection) -> Result<BTreeMap<String, CatalogTable>> {
    let mut tables = BTreeMap::new();
    for row in connection.rows(TABLES, "listing the tables").await? {
        let table = CatalogTable {
            without_rowid: connection.get::<i64>(&row, 1)? != 0,
            strict: connection.get::<i64>(&row, 2)? != 0,
            sql: connection.get(&row, 3)?,
            ..CatalogTable::default()
        };
        tables.insert(connection.get::<String>(&row, 0)?, table);
    }
    columns(connection, &mut tables).await?;
    foreign_keys(connection, &mut tables).await?;
    indexes(connection, &mut tables).await?;
    estimates(connection, &mut tables).await?;
    Ok(tables)
}

type Tables = BTreeMap<String, CatalogTable>;

async fn columns(connection: &mut Connection, tables: &mut Tables) -> Result<()> {
    let query = format!(
        "SELECT t.name, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden \
         FROM ({TABLES}) AS t JOIN pragma_table_xinfo(t.name) AS x ORDER BY t.name, x.cid"
    );
    for row in connection.rows(query, "reading the columns").await? {
        let column = CatalogColumn {
            name: connection.get(&row, 1)?,
            native: connection.get(&row, 2)?,
            not_null: connection.get::<i64>(&row, 3)? != 0,
            default: connection.get(&row, 4)?,
            key_place: connection.get(&row, 5)?,
            hidden: connection.get(&row, 6)?,
        };
        if let Some(table) = tables.get_mut(&connection.get::<String>(&row, 0)?) {
            table.columns.push(column);
        }
    }
    Ok(())
}

async fn foreign_keys(connection: &mut Connection, tables: &mut Tables) -> Result<()> {
    // SQLite numbers the foreign keys of a table from the last one declared to the first.
    let query = format!(
        "SELECT t.name, f.seq, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
         FROM ({TABLES}) AS t JOIN pragma_foreign_key_list(t.name) AS f ORDER BY t.name, f.id DESC, f.seq"
    );
    for row in connection.rows(query, "reading the foreign keys").await? {
        let key = CatalogForeignKey {
            parent: connection.get(&row, 2)?,
            from: connection.get(&row, 3)?,
            to: connection.get(&row, 4)?,
            on_update: connection.get(&row, 5)?,
            on_delete: connection.get(&row, 6)?,
        };
        let first = connection.get::<i64>(&row, 1)? == 0;
        let Some(table) = tables.get_mut(&connection.get::<String>(&row, 0)?) else { continue };
        match table.foreign_keys.last_mut() {
            Some(columns) if !first => columns.push(key),
            _ => table.foreign_keys.push(vec![key]),
        }
    }
    Ok(())
}

async fn indexes(connection: &mut Connection, tables: &mut Tables) -> Result<()> {
    let query = format!(
        "SELECT t.name, i.name, i.\"unique\", i.origin, s.sql, x.name, x.\"desc\", x.coll \
         FROM ({TABLES}) AS t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_xinfo(i.name) AS x \
         LEFT JOIN sqlite_schema AS s ON s.type = 'index' AND s.name = i.name \
         WHERE x.\"key\" = 1 ORDER BY t.name, i.seq DESC, x.seqno"
    );
    for row in connection.rows(query, "reading the indexes").await? {
        let name: String = connection.get(&row, 1)?;
        let column =
            (connection.get(&row, 5)?, connection.get::<i64>(&row, 6)? != 0, connection.get(&row, 7)?);
        let Some(table) = tables.get_mut(&connection.get::<String>(&row, 0)?) else { continue };
        match table.indexes.last_mut() {
            Some(index) if index.name == name => index.columns.push(column),
            _ => table.indexes.push(CatalogIndex {
                name,
                unique: connection.get::<i64>(&row, 2)? != 0,
                origin: connection.get(&row, 3)?,
                sql: connection.get(&row, 4)?,
                columns: vec![column],
            }),
        }
    }
    Ok(())
}

/// What ANALYZE once counted: the first number of any statistic of the table.
async fn estimates(connection: &mut Connection, tables: &mut Tables) -> Result<()> {
    let present = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'";
    if connection.number(present, "reading the statistics").await? == 0 {
        return Ok(());
    }
    let query = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl";
    for row in connection.rows(query, "reading the statistics").await? {
        let rows: Option<i64> = connection.get(&row, 1)?;
        if let Some(table) = tables.get_mut(&connection.get::<String>(&row, 0)?) {
            table.row_estimate = rows.and_then(|rows| u64::try_from(rows).ok());
        }
    }
    Ok(())
}
