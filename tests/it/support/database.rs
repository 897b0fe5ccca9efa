//! A database of a test's own: made on the engine asked for, dropped when the test is over.

use super::example_data::{self, Engine};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Rows as the engine writes them as text; `None` is NULL.
pub(crate) type TextRows = Vec<Vec<Option<String>>>;

/// One database, with one connection that is opened when it is first needed.
pub(crate) struct Database {
    engine: Engine,
    name: String,
    url: String,
    connection: RefCell<Option<Session>>,
    runtime: tokio::runtime::Runtime,
    folder: Option<tempfile::TempDir>,
}

enum Session {
    Postgres(sqlx::PgConnection),
    Mysql(sqlx::MySqlConnection),
    Sqlite(sqlx::SqliteConnection),
}

impl Database {
    /// A new, empty database. On SQLite the file does not exist yet.
    pub(crate) fn new(engine: Engine) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("seed_test_{}_{number}", std::process::id());
        let folder = (engine == Engine::Sqlite).then(|| tempfile::tempdir().expect("a temporary folder"));
        let url = match &folder {
            Some(folder) => folder.path().join("it.db").display().to_string(),
            None => format!("{}/{name}", server(engine)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let database = Self { engine, name, url, connection: RefCell::new(None), runtime, folder };
        if engine != Engine::Sqlite {
            database.maintain(&format!("CREATE DATABASE {}", database.name));
        }
        database
    }

    /// One of the example databases, `size` times its usual number of rows.
    pub(crate) fn example(engine: Engine, example: &str, size: usize) -> Self {
        let database = Self::new(engine);
        let dialect = match engine {
            Engine::Postgres => "postgres",
            Engine::Mysql => "mysql",
            Engine::Sqlite => "sqlite",
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(example).join(dialect);
        let path = path.with_extension("sql");
        database.execute(
            &std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        );
        database.execute(if engine == Engine::Mysql { "START TRANSACTION" } else { "BEGIN" });
        for statement in example_data::insert_statements(engine, &example_data::rows(example, size)) {
            database.execute(&statement);
        }
        database.execute("COMMIT");
        for statement in example_data::reset_statements(engine) {
            database.execute(&statement);
        }
        database
    }

    /// The engine.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// The database's name on its server.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What stands behind `--from` and `--to`.
    pub(crate) fn address(&self) -> String {
        if self.engine == Engine::Sqlite { format!("sqlite:{}", self.url) } else { self.url.clone() }
    }

    /// The file of a SQLite database.
    pub(crate) fn path(&self) -> PathBuf {
        assert_eq!(self.engine, Engine::Sqlite, "only SQLite databases are files");
        PathBuf::from(&self.url)
    }

    /// The URL that other programs understand: the path, or the server URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements.
    pub(crate) fn execute(&self, sql: &str) {
        self.try_rows(sql).unwrap_or_else(|error| panic!("{error}\nin {:?}: {}", self.engine, head(sql)));
    }

    /// Runs a query.
    pub(crate) fn rows(&self, sql: &str) -> TextRows {
        self.try_rows(sql).unwrap_or_else(|error| panic!("{error}\nin {:?}: {}", self.engine, head(sql)))
    }

    /// Runs statements that may fail.
    pub(crate) fn try_rows(&self, sql: &str) -> Result<TextRows, sqlx::Error> {
        let mut connection = self.connection.borrow_mut();
        if connection.is_none() {
            *connection = Some(self.runtime.block_on(self.connect(&self.url))?);
        }
        let session = connection.as_mut().expect("connected just now");
        self.runtime.block_on(session.rows(sql))
    }

    /// The one number that a query gives.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let rows = self.rows(sql);
        let cell = rows.first().and_then(|row| row.first()).and_then(Option::as_deref);
        cell.and_then(|cell| cell.parse().ok())
            .unwrap_or_else(|| panic!("no number from {}: {rows:?}", head(sql)))
    }

    /// The rows of a table.
    pub(crate) fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {table}"))
    }

    /// Closes the connection; the next query opens another.
    pub(crate) fn disconnect(&self) {
        if let Some(connection) = self.connection.borrow_mut().take() {
            self.runtime.block_on(connection.close());
        }
    }

    async fn connect(&self, url: &str) -> Result<Session, sqlx::Error> {
        Ok(match self.engine {
            Engine::Postgres => Session::Postgres(sqlx::PgConnection::connect(url).await?),
            Engine::Mysql => Session::Mysql(sqlx::MySqlConnection::connect(url).await?),
            Engine::Sqlite => {
                let options = sqlx::sqlite::SqliteConnectOptions::new();
                let options = options.filename(url).create_if_missing(true).foreign_keys(false);
                Session::Sqlite(options.connect().await?)
            }
        })
    }

    /// Runs a statement in the server's maintenance database.
    fn maintain(&self, sql: &str) {
        let variable = variable(self.engine);
        let url = std::env::var(variable).unwrap_or_default();
        let result = self.runtime.block_on(async { self.connect(&url).await?.rows(sql).await });
        result.unwrap_or_else(|error| {
            panic!("{error}\n{sql}; is the server of {variable} there? Run tests/run.")
        });
    }
}

impl Session {
    async fn rows(&mut self, sql: &str) -> Result<TextRows, sqlx::Error> {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Postgres(connection) => {
                let rows = statement.fetch_all(connection).await?;
                rows.iter()
                    .map(|row| (0..row.len()).map(|index| row.try_get_unchecked(index)).collect())
                    .collect()
            }
            Self::Mysql(connection) => {
                let rows = statement.fetch_all(connection).await?;
                rows.iter()
                    .map(|row| (0..row.len()).map(|index| lossy(row.try_get_unchecked(index))).collect())
                    .collect()
            }
            Self::Sqlite(connection) => {
                let rows = statement.fetch_all(connection).await?;
                rows.iter()
                    .map(|row| (0..row.len()).map(|index| lossy(row.try_get_unchecked(index))).collect())
                    .collect()
            }
        }
    }

    async fn close(self) {
        // A server that is gone has closed the connection already.
        let _ = match self {
            Self::Postgres(connection) => connection.close().await,
            Self::Mysql(connection) => connection.close().await,
            Self::Sqlite(connection) => connection.close().await,
        };
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.disconnect();
        if std::thread::panicking() && std::env::var_os("SEED_TEST_KEEP").is_some() {
            #[expect(clippy::print_stderr, reason = "for whoever looks into the failure")]
            {
                eprintln!("kept: {}", self.address());
            }
            if let Some(folder) = self.folder.take() {
                let _ = folder.keep();
            }
            return;
        }
        match self.engine {
            Engine::Postgres => self.maintain(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)),
            Engine::Mysql => self.maintain(&format!("DROP DATABASE IF EXISTS {}", self.name)),
            Engine::Sqlite => {}
        }
    }
}

/// A value as text, whatever bytes it is made of.
fn lossy(bytes: Result<Option<Vec<u8>>, sqlx::Error>) -> Result<Option<String>, sqlx::Error> {
    bytes.map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// The environment variable that holds the URL of an engine's maintenance database.
fn variable(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "SEED_TEST_POSTGRES",
        Engine::Mysql => "SEED_TEST_MYSQL",
        Engine::Sqlite => unreachable!("SQLite has no server"),
    }
}

/// The URL of an engine's server, without a database.
pub(crate) fn server(engine: Engine) -> String {
    let variable = variable(engine);
    let Ok(url) = std::env::var(variable) else {
        panic!("{variable} is not set: this test needs a server; run tests/run, which starts one");
    };
    let (server, _) = url.rsplit_once('/').unwrap_or_else(|| panic!("{variable} names no database"));
    server.to_owned()
}

/// An identifier in the engine's quotes.
pub(crate) fn quote(engine: Engine, name: &str) -> String {
    if engine == Engine::Mysql { format!("`{name}`") } else { format!("\"{name}\"") }
}

fn head(sql: &str) -> String {
    sql.chars().take(400).collect()
}
