//! One SQL script: tables, rows in statements of 100, then keys, indexes, foreign keys and sequences, in one
//! transaction where the engine knows one for DDL. `psql -f`, `mariadb <` and `sqlite3 <` read it.

use super::failed;
use super::folder::{finished, refuse_existing};
use super::partial::PartialFile;
use crate::error::{Error, Result};
use crate::schema::{DataType, Dialect, Identity, Schema, TableName};
use crate::store::sql::{self, Ddl, Inline};
use crate::store::{DatabaseIdentity, Preparation, Sink, TargetState, Verdict};
use arrow_array::RecordBatch;
use async_trait::async_trait;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Rows of one INSERT.
const ROWS: usize = 100;

/// Bytes after which an INSERT ends before its hundredth row: servers bound the length of a statement.
const BYTES: usize = 1 << 20;

/// A script that is being written.
#[derive(Debug)]
pub struct SqlScriptSink {
    path: PathBuf,
    dialect: Dialect,
    script: Option<Script>,
}

#[derive(Debug)]
struct Script {
    partial: PartialFile,
    file: File,
    schema: Schema,
    tables: Vec<usize>,
}

impl SqlScriptSink {
    /// A target that has touched nothing yet. The script will be in the given dialect.
    pub fn new(path: &Path, dialect: Dialect) -> Self {
        Self { path: path.to_owned(), dialect, script: None }
    }
}

#[async_trait]
impl Sink for SqlScriptSink {
    fn dialect(&self) -> Option<Dialect> {
        Some(self.dialect)
    }

    async fn identity(&mut self) -> Result<Option<DatabaseIdentity>> {
        Ok(None)
    }

    async fn inspect(&mut self) -> Result<TargetState> {
        Ok(TargetState::default())
    }

    async fn highest(&mut self, _: &TableName, _: &str) -> Result<i64> {
        Ok(0) // nothing is ever appended to files
    }

    async fn check(&mut self, preparation: &Preparation, _: &TargetState) -> Result<Vec<String>> {
        let shown = self.path.display();
        if self.path.is_dir() {
            return Err(Error::target_failed(format!("{shown} is a directory"))
                .hint(format!("name a file in it: sql:{shown}/seed.sql")));
        }
        if let Some(parent) = self.path.parent().filter(|parent| !parent.as_os_str().is_empty())
            && !parent.is_dir()
        {
            return Err(Error::target_failed(format!("there is no directory {}", parent.display()))
                .hint("create the directory first"));
        }
        if fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() > 0) {
            refuse_existing(&format!("{shown} exists already"), preparation.existing)?;
        }
        let tables = filled(preparation);
        let mut notes = before_rows(self.dialect, &preparation.schema, &tables).notes;
        notes.extend(after_rows(self.dialect, &preparation.schema, &tables).notes);
        Ok(notes)
    }

    async fn prepare(&mut self, preparation: &Preparation) -> Result<()> {
        let tables = filled(preparation);
        let (partial, file) = PartialFile::create(&self.path)?;
        let mut script = Script { partial, file, schema: preparation.schema.clone(), tables };
        let ddl = before_rows(self.dialect, &script.schema, &script.tables);
        script
            .put(&format!("{}{}", opening(self.dialect), joined(&ddl.statements)))
            .map_err(|error| failed("write to", &self.path, error))?;
        self.script = Some(script);
        Ok(())
    }

    async fn write(&mut self, table: usize, batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
        let mut script = self.script.take().ok_or_else(unprepared)?;
        let (dialect, path) = (self.dialect, self.path.clone());
        let writing = tokio::task::spawn_blocking(move || {
            let rows =
                script.insert(dialect, table, batches).map_err(|error| failed("write to", &path, error))?;
            Ok((script, rows))
        });
        let (script, rows) = finished(writing.await)?;
        self.script = Some(script);
        Ok(rows)
    }

    async fn finish(&mut self) -> Result<Vec<Verdict>> {
        let mut script = self.script.take().ok_or_else(unprepared)?;
        let mut ddl = after_rows(self.dialect, &script.schema, &script.tables);
        if self.dialect == Dialect::Postgres {
            ddl.statements.extend(sequences(&script.schema, &script.tables));
        }
        script
            .put(&format!("{}{}", joined(&ddl.statements), closing(self.dialect)))
            .and_then(|()| script.file.sync_all())
            .map_err(|error| failed("write to", &self.path, error))?;
        script.partial.publish()?;
        Ok(Vec::new())
    }
}

fn unprepared() -> Error {
    Error::target_failed("rows came before `prepare`")
}

/// The tables that will be in the script, in the order of loading.
fn filled(preparation: &Preparation) -> Vec<usize> {
    preparation.order.iter().copied().filter(|&table| preparation.rows[table].is_some()).collect()
}

/// Everything that has to stand before the rows.
fn before_rows(dialect: Dialect, schema: &Schema, tables: &[usize]) -> Ddl {
    let inline = if dialect == Dialect::Postgres { Inline::Bare } else { Inline::All };
    let mut ddl = sql::create_types(dialect, schema, tables);
    for &table in tables {
        ddl.append(sql::create_table(dialect, schema, table, inline));
    }
    ddl
}

/// Everything that is cheaper, or only possible, after the rows.
fn after_rows(dialect: Dialect, schema: &Schema, tables: &[usize]) -> Ddl {
    let mut ddl = Ddl::default();
    for &table in tables {
        ddl.append(sql::add_keys(dialect, schema, table));
        ddl.append(sql::add_indexes(dialect, schema, table));
    }
    if dialect == Dialect::Postgres {
        for &table in tables {
            ddl.append(sql::add_foreign_keys(dialect, schema, table));
        }
    }
    ddl
}

/// Numbered columns go on after the last row.
fn sequences(schema: &Schema, tables: &[usize]) -> Vec<String> {
    let dialect = Dialect::Postgres;
    let mut statements = Vec::new();
    for &index in tables {
        let table = &schema.tables[index];
        let name = sql::table_name(dialect, schema, &table.name);
        for (column, own) in table.columns.iter().enumerate().filter(|(_, column)| column.identity.is_some())
        {
            if !matches!(sql::target_type(dialect, schema, index, column), DataType::Integer { .. }) {
                continue;
            }
            statements.push(format!(
                "SELECT setval(pg_get_serial_sequence({}, {}), coalesce((SELECT max({}) FROM {name}), 0) + 1, false)",
                sql::quote_text(dialect, &name),
                sql::quote_text(dialect, &sql::identifier(dialect, &own.name)),
                sql::quote(dialect, &own.name),
            ));
        }
    }
    statements
}

/// The state of the session in which the rest means what it says.
fn opening(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            "-- Written by seed for PostgreSQL. Into an empty database: psql -v ON_ERROR_STOP=1 -f FILE\n\
             SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nSET TimeZone = 'UTC';\nBEGIN;\n"
        }
        Dialect::Mysql => {
            "-- Written by seed for MySQL and MariaDB. Into an empty database: mariadb DATABASE < FILE\n\
             SET NAMES utf8mb4;\nSET time_zone = '+00:00';\n\
             SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO';\nSET foreign_key_checks = 0;\nSET autocommit = 0;\n"
        }
        Dialect::Sqlite => {
            "-- Written by seed for SQLite. Into an empty database: sqlite3 -bail PATH < FILE\n\
             PRAGMA foreign_keys = OFF;\nBEGIN;\n"
        }
    }
}

fn closing(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "COMMIT;\nANALYZE;\n",
        Dialect::Mysql => "COMMIT;\nSET foreign_key_checks = 1;\n",
        Dialect::Sqlite => "COMMIT;\nANALYZE;\n",
    }
}

fn joined(statements: &[String]) -> String {
    statements.iter().map(|statement| format!("{statement};\n")).collect()
}

impl Script {
    fn put(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    fn insert(
        &mut self,
        dialect: Dialect,
        table: usize,
        mut batches: mpsc::Receiver<RecordBatch>,
    ) -> io::Result<u64> {
        let own = &self.schema.tables[table];
        let columns: Vec<_> = own.written_columns().map(|(_, column)| column).collect();
        let names: Vec<_> = columns.iter().map(|column| sql::quote(dialect, &column.name)).collect();
        let always = columns.iter().any(|column| column.identity == Some(Identity::Always));
        let overriding = if always && dialect == Dialect::Postgres { " OVERRIDING SYSTEM VALUE" } else { "" };
        let name = sql::table_name(dialect, &self.schema, &own.name);
        let head = format!("INSERT INTO {name} ({}){overriding} VALUES\n", names.join(", "));
        let mut out = String::new();
        let (mut rows, mut in_statement) = (0, 0);
        while let Some(batch) = batches.blocking_recv() {
            for row in 0..batch.num_rows() {
                out.push_str(if in_statement == 0 { &head } else { ",\n" });
                out.push('(');
                for (index, (array, column)) in batch.columns().iter().zip(&columns).enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    sql::write_literal(&mut out, dialect, array, row, &column.data_type);
                }
                out.push(')');
                in_statement += 1;
                if in_statement == ROWS || out.len() >= BYTES {
                    out.push_str(";\n");
                    self.file.write_all(out.as_bytes())?;
                    out.clear();
                    in_statement = 0;
                }
            }
            rows += batch.num_rows() as u64;
        }
        if in_statement > 0 {
            out.push_str(";\n");
        }
        self.file.write_all(out.as_bytes())?;
        Ok(rows)
    }
}
