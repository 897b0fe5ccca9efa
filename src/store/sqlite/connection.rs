//! One connection to a database file, and what its errors mean to a user.

use super::sql;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Dialect;
use crate::store::DatabaseIdentity;
use futures_util::stream::BoxStream;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Connection as _, Executor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Rows that the worker thread of sqlx may be ahead. Each row wakes the reader only when the channel was empty, so a
/// longer channel means fewer wake-ups; more than this gained nothing.
const ROWS_AHEAD: usize = 1_024;

/// A connection that knows the file's name and whether it serves a source or a target.
pub(super) struct Connection {
    inner: SqliteConnection,
    path: PathBuf,
    side: ErrorKind,
}

impl Connection {
    /// Opens a file for reading alone; `side` is the kind of its errors.
    pub(super) async fn read_only(path: &Path, side: ErrorKind) -> Result<Self> {
        let options = SqliteConnectOptions::new().read_only(true);
        Self::open(path, side, options).await
    }

    /// Opens a file for writing, and creates it where it is missing.
    pub(super) async fn read_write(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().create_if_missing(true);
        Self::open(path, ErrorKind::Target, options).await
    }

    /// Opens a database in memory, for trying statements out.
    pub(super) async fn in_memory(side: ErrorKind) -> Result<Self> {
        Self::open(Path::new(":memory:"), side, SqliteConnectOptions::new().in_memory(true)).await
    }

    async fn open(path: &Path, side: ErrorKind, options: SqliteConnectOptions) -> Result<Self> {
        let options = options
            .filename(filename(path))
            .foreign_keys(false)
            .busy_timeout(Duration::from_secs(5))
            .row_buffer_size(ROWS_AHEAD)
            .statement_cache_capacity(16)
            .disable_statement_logging();
        let inner = options.connect().await.map_err(|error| explain(path, side, "opening it", error))?;
        let mut connection = Self { inner, path: path.to_owned(), side };
        // SQLite reads the file's header only now.
        connection.rows("SELECT count(*) FROM sqlite_schema", "opening it").await?;
        Ok(connection)
    }

    /// Runs statements that return nothing; gives the number of rows changed. `doing` completes "… failed while".
    pub(super) async fn run(&mut self, text: impl Into<Arc<str>>, doing: &str) -> Result<u64> {
        match self.inner.execute(sql::statement(text)).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(error) => Err(self.explain(doing, error)),
        }
    }

    /// Runs a prepared statement, which stays prepared, with its arguments.
    pub(super) async fn run_with(
        &mut self,
        text: &Arc<str>,
        arguments: SqliteArguments,
        doing: &str,
    ) -> Result<()> {
        let query = sqlx::query_with(sql::statement(Arc::clone(text)), arguments);
        match query.execute(&mut self.inner).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(doing, error)),
        }
    }

    /// All rows of a query.
    pub(super) async fn rows(&mut self, text: impl Into<Arc<str>>, doing: &str) -> Result<Vec<SqliteRow>> {
        match self.inner.fetch_all(sql::statement(text)).await {
            Ok(rows) => Ok(rows),
            Err(error) => Err(self.explain(doing, error)),
        }
    }

    /// The rows of a query as they come.
    pub(super) fn stream(&mut self, text: impl Into<Arc<str>>) -> BoxStream<'_, sqlx::Result<SqliteRow>> {
        self.inner.fetch(sql::statement(text))
    }

    /// One number.
    pub(super) async fn number(&mut self, text: impl Into<Arc<str>>, doing: &str) -> Result<u64> {
        let rows = self.rows(text, doing).await?;
        let value: i64 = match rows.first() {
            Some(row) => self.get(row, 0)?,
            None => 0,
        };
        Ok(value.unsigned_abs())
    }

    /// One value of a row of the catalog, or of an aggregate.
    pub(super) fn get<'r, T>(&self, row: &'r SqliteRow, column: usize) -> Result<T>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        sqlx::Row::try_get(row, column).map_err(|error| self.explain("reading the catalog", error))
    }

    /// What an error of this connection means.
    pub(super) fn explain(&self, doing: &str, error: sqlx::Error) -> Error {
        explain(&self.path, self.side, doing, error)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the file, and waits until it is closed.
    pub(super) async fn close(self) -> Result<()> {
        let (path, side) = (self.path, self.side);
        self.inner.close().await.map_err(|error| explain(&path, side, "closing it", error))
    }
}

/// An absolute path, which is never taken for a `file:` address.
fn filename(path: &Path) -> PathBuf {
    if path == Path::new(":memory:") {
        return path.to_owned();
    }
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Device and inode of the file behind a path, links followed; a file that does not exist yet is known by the folder
/// that it will be in.
pub(super) fn identity(path: &Path, side: ErrorKind) -> Result<DatabaseIdentity> {
    let unreachable = |error: std::io::Error| {
        Error::new(side, format!("{} cannot be reached", path.display())).because(error)
    };
    let server = if path.exists() {
        file_identity(&path.canonicalize().map_err(unreachable)?).map_err(unreachable)?
    } else {
        let folder = folder_of(path).canonicalize().map_err(unreachable)?;
        format!("new file {}", folder.join(path.file_name().unwrap_or_default()).display())
    };
    Ok(DatabaseIdentity { dialect: Dialect::Sqlite, server, database: "main".to_owned() })
}

/// The folder in which a file stands.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn file_identity(path: &Path) -> std::io::Result<String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata()?;
    Ok(format!("device {} inode {}", metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_identity(path: &Path) -> std::io::Result<String> {
    Ok(path.display().to_string())
}

/// Turns an error of SQLite into one that says what to do. SQLite's own texts name constraints, tables and columns,
/// never values.
fn explain(path: &Path, side: ErrorKind, doing: &str, error: sqlx::Error) -> Error {
    let file = path.display();
    let code = match &error {
        sqlx::Error::Database(inner) => inner.code().and_then(|code| code.parse::<u32>().ok()),
        _ => None,
    };
    let (message, hint) = match code.map(|code| (code & 0xff, code)) {
        Some((5 | 6, _)) => (
            format!("{file} is locked by another program (while {doing})"),
            "wait until the other program has finished its transaction, or stop it, and run again",
        ),
        Some((13, _) | (_, 778)) => (
            format!("the disk is full: {file} cannot grow (while {doing})"),
            "free space or choose a target on another disk; nothing of this run was kept, the target is as before",
        ),
        Some((8, 264 | 776 | 1288)) => (
            format!("{file} was left in the middle of a transaction by another program"),
            "open it once with the program that writes it, or with the sqlite3 shell, so that SQLite restores it",
        ),
        Some((8, _)) => (
            format!("{file} may not be written"),
            "give yourself the right to write the file and its folder, or choose another target",
        ),
        Some((14, _)) => (
            format!("{file} cannot be opened"),
            "check that the file exists and may be read; beside a database in WAL mode SQLite must be able to \
             create a -shm file",
        ),
        Some((26, _)) => (
            format!("{file} is not an SQLite database"),
            "check the path; a database encrypted by SQLCipher has to be decrypted first",
        ),
        Some((11, _)) => (
            format!("{file} is damaged"),
            "PRAGMA integrity_check of the sqlite3 shell tells more; restore it from a copy",
        ),
        Some((19, _)) => (
            format!("{file} refuses a row: {} (while {doing})", told(&error)),
            "nothing of this run was kept; if the constraint is not in the source, drop it in the target",
        ),
        _ => return Error::new(side, format!("{file}: SQLite failed while {doing}")).because(error),
    };
    Error::new(side, message).hint(hint).because(error)
}

/// SQLite's own words.
fn told(error: &sqlx::Error) -> &str {
    error.as_database_error().map_or("a constraint fails", |error| error.message())
}
