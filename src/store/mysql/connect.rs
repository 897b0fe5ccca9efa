//! One session with a server: how it is opened, what it is told first, and which database it reached.

use super::{fault, sql};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Dialect;
use crate::store::DatabaseIdentity;
use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{ConnectOptions, Decode, Executor, MySql, MySqlConnection, Row, ValueRef};
use std::str::FromStr;
use std::time::Duration;

/// A server that has not answered by then is reported as unreachable.
const PATIENCE: Duration = Duration::from_secs(15);

/// Statements kept prepared: two for each table of a large schema. Closing one costs a packet that waits for the
/// acknowledgement of the one before, up to 40 ms.
const STATEMENTS: usize = 1000;

/// Which of the two servers answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    /// MySQL (or a relative such as Percona Server).
    MySql,
    /// MariaDB.
    MariaDb,
}

/// What the session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading, in one snapshot.
    Read,
    /// Writing.
    Write,
}

/// A session.
pub(super) struct Server {
    pub(super) connection: MySqlConnection,
    pub(super) flavor: Flavor,
    /// The database that the session is in.
    pub(super) database: String,
    /// Whose fault a failure is.
    pub(super) kind: ErrorKind,
}

impl Server {
    /// Opens a session and brings it into a known state, whatever the server's defaults are.
    pub(super) async fn open(url: &str, purpose: Purpose) -> Result<Self> {
        let kind = match purpose {
            Purpose::Read => ErrorKind::Source,
            Purpose::Write => ErrorKind::Target,
        };
        // The parser's own message may repeat the address, password included.
        let options = MySqlConnectOptions::from_str(url).map_err(|_| {
            Error::new(ErrorKind::Usage, "the MySQL address cannot be read")
                .hint("an address looks like mysql://user:password@host:3306/database; special characters in a password are written as %40, %2F, …")
        })?;
        if options.get_database().is_none_or(str::is_empty) {
            return Err(Error::new(ErrorKind::Usage, "the MySQL address names no database")
                .hint("add it behind the host: mysql://user@host/database"));
        }
        let options = options
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .charset("utf8mb4")
            .timezone(Some("+00:00".to_owned()))
            .statement_cache_capacity(STATEMENTS)
            .disable_statement_logging();
        let opened = tokio::time::timeout(PATIENCE, options.connect()).await;
        let connection = match opened {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(fault::connecting(kind, &options, error)),
            Err(_) => return Err(fault::silent(kind, &options, PATIENCE)),
        };
        let mut server = Self { connection, flavor: Flavor::MySql, database: String::new(), kind };
        server.settle(purpose).await?;
        Ok(server)
    }

    async fn settle(&mut self, purpose: Purpose) -> Result<()> {
        let rows = self.rows("SELECT VERSION(), DATABASE()", "ask the server what it is").await?;
        if let Some(row) = rows.first() {
            if text(row, 0)?.is_some_and(|version| version.to_ascii_lowercase().contains("mariadb")) {
                self.flavor = Flavor::MariaDb;
            }
            self.database = text(row, 1)?.unwrap_or_default();
        }
        let statements: &[&str] = match purpose {
            // The empty mode switches ANSI_QUOTES, PAD_CHAR_TO_FULL_LENGTH and the like off.
            Purpose::Read => &[
                "SET SESSION sql_mode = ''",
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            ],
            // Strict: a value that does not fit is an error, never cut. A key of 0 is a key.
            Purpose::Write => &["SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,\
                                 NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'"],
        };
        for statement in statements {
            self.run(statement, "prepare the session").await?;
        }
        Ok(())
    }

    /// What this server and database say of themselves, so that two spellings of one address are seen to be one.
    pub(super) async fn identity(&mut self) -> Result<DatabaseIdentity> {
        let server = match self.flavor {
            Flavor::MySql => "@@server_uuid",
            // MariaDB has no identifier of its own; no two servers share all four of these.
            Flavor::MariaDb => "CONCAT_WS('|', @@hostname, @@port, @@datadir, @@socket)",
        };
        let query =
            format!("SELECT {server}, IF(@@lower_case_table_names = 0, DATABASE(), LOWER(DATABASE()))");
        let rows = self.rows(&query, "ask the server which one it is").await?;
        let row =
            rows.first().ok_or_else(|| Error::new(self.kind, "the server does not say which one it is"))?;
        Ok(DatabaseIdentity {
            dialect: Dialect::Mysql,
            server: text(row, 0)?.unwrap_or_default(),
            database: text(row, 1)?.unwrap_or_default(),
        })
    }

    /// Runs a statement that carries no row values: its failure is reported in the server's own words.
    pub(super) async fn run(&mut self, statement: &str, doing: &str) -> Result<()> {
        let kind = self.kind;
        // Some statements (ANALYZE TABLE) answer with rows, which nobody needs.
        let mut answers = self.connection.fetch_many(sqlx::raw_sql(sql::safe(statement.to_owned())));
        loop {
            match answers.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(error) => return Err(fault::statement(kind, doing, &error)),
            }
        }
    }

    /// The rows of a query that is small and answers with names or counts, all cells as text. (Preparing it would
    /// cost two more packets in a row, and with them the 40 ms for which Nagle's algorithm holds the second back.)
    pub(super) async fn rows(&mut self, query: &str, doing: &str) -> Result<Vec<MySqlRow>> {
        sqlx::raw_sql(sql::safe(query.to_owned()))
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| fault::statement(self.kind, doing, &error))
    }

    /// The one number that a query answers with.
    pub(super) async fn number(&mut self, query: &str, doing: &str) -> Result<u64> {
        let rows = self.rows(query, doing).await?;
        match rows.first() {
            Some(row) => Ok(number(row, 0)?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// Whether the server would let this session run a statement; nothing is executed.
    pub(super) async fn would_allow(&mut self, statement: String, doing: &str) -> Result<()> {
        let prepared = self.connection.prepare(sqlx::SqlSafeStr::into_sql_str(sql::safe(statement))).await;
        prepared.map(drop).map_err(|error| fault::statement(self.kind, doing, &error))
    }
}

/// The raw bytes of one cell; `None` for NULL.
pub(super) fn bytes(row: &MySqlRow, index: usize) -> Result<Option<&[u8]>> {
    let unreadable = || Error::source_failed("the server sent a row of an unknown shape");
    let value = row.try_get_raw(index).map_err(|_| unreadable())?;
    if value.is_null() {
        return Ok(None);
    }
    // Decoding past sqlx's type check is what lets text of every collation, decimals and JSON arrive as they are.
    <&[u8] as Decode<MySql>>::decode(value).map(Some).map_err(|_| unreadable())
}

/// One cell of a query of [`Server::rows`] as text.
pub(super) fn text(row: &MySqlRow, index: usize) -> Result<Option<String>> {
    Ok(bytes(row, index)?.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// One cell of such a query as a count.
pub(super) fn number(row: &MySqlRow, index: usize) -> Result<Option<u64>> {
    let Some(text) = text(row, index)? else { return Ok(None) };
    text.parse()
        .map(Some)
        .map_err(|_| Error::source_failed("the server answered with something else than a count"))
}
