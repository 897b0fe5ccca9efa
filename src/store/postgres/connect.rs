//! Opening a connection, and saying in words why it could not be opened.

use super::failure::{code, database_error, failed};
use super::sql;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Dialect;
use crate::store::DatabaseIdentity;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Row};
use std::str::FromStr;
use std::time::Duration;

/// How long a server may take to answer; a firewall that swallows packets would else hold us for minutes.
const PATIENCE: Duration = Duration::from_secs(15);

/// Settings of every session: text forms that do not depend on the server's configuration, names in `public`
/// unqualified and all others qualified, no time limit on statements that may rightly take long.
const SESSION: &str = "SET search_path = public; SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; \
     SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET xmloption = 'content'; \
     SET client_min_messages = warning; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// Connects, as the given side of a run. The error never shows the password.
pub(super) async fn connect(url: &str, kind: ErrorKind) -> Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| {
            Error::usage("the address is not a valid PostgreSQL URL").hint(
                "write it as postgres://user:password@host:5432/database, \
                 with special characters of the password percent-encoded",
            )
        })?
        .application_name("seed")
        .disable_statement_logging();
    let mut connection = match tokio::time::timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(cause)) => return Err(refused(kind, &options, cause)),
        Err(_) => return Err(unreachable(kind, &options, "it did not answer within 15 seconds")),
    };
    sql::execute(&mut connection, SESSION)
        .await
        .map_err(|cause| failed(kind, "cannot set up the session with the PostgreSQL server", cause))?;
    Ok(connection)
}

fn server(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

fn unreachable(kind: ErrorKind, options: &PgConnectOptions, why: &str) -> Error {
    Error::new(kind, format!("the PostgreSQL server at {} cannot be reached", server(options)))
        .because(why.to_owned())
        .hint("see whether it is running there, and whether host and port are right")
}

fn refused(kind: ErrorKind, options: &PgConnectOptions, cause: sqlx::Error) -> Error {
    let (server, user) = (server(options), options.get_username());
    let database = options.get_database().unwrap_or(user);
    match (&cause, code(&cause)) {
        (sqlx::Error::Io(error), _) => unreachable(kind, options, &error.to_string()),
        (sqlx::Error::Tls(_), _) => Error::new(
            kind,
            format!("no encrypted connection to the PostgreSQL server at {server} could be made"),
        )
        .hint("add ?sslmode=disable or ?sslrootcert=FILE to the address, as the server needs"),
        (_, Some("28P01")) => {
            Error::new(kind, format!("the PostgreSQL server at {server} refuses the password of user {user}"))
                .hint("check user and password of the address; special characters have to be percent-encoded")
        }
        (_, Some("28000")) => {
            let why = database_error(&cause).map(|error| error.message().to_owned()).unwrap_or_default();
            Error::new(kind, format!("the PostgreSQL server at {server} refuses user {user}"))
                .because(why)
                .hint("check the user of the address, and pg_hba.conf on the server")
        }
        (_, Some("3D000")) => {
            Error::new(kind, format!("there is no database {database} on the PostgreSQL server at {server}"))
                .hint(format!("check the name, or create it: createdb --host … {database}"))
        }
        (_, Some("42501")) => {
            Error::new(kind, format!("user {user} may not connect to database {database} at {server}")).hint(
                format!(
                    "grant it: GRANT CONNECT ON DATABASE {} TO {}",
                    sql::quote(database),
                    sql::quote(user)
                ),
            )
        }
        (_, Some("53300")) => {
            Error::new(kind, format!("the PostgreSQL server at {server} takes no more connections"))
                .hint("close other sessions or raise max_connections")
        }
        (sqlx::Error::Protocol(_), _) => Error::new(
            kind,
            format!(
                "what answers at {server} is not a PostgreSQL server, or asks for a login it was not given"
            ),
        )
        .hint("check host and port, and whether the address has a password"),
        _ => failed(kind, format!("cannot connect to the PostgreSQL server at {server}"), cause),
    }
}

/// What the server says of itself. A standby has the identifier of its primary, and counts as the same database:
/// what is learned from a standby must not be written over its primary.
pub(super) async fn identity(connection: &mut PgConnection, kind: ErrorKind) -> Result<DatabaseIdentity> {
    let problem = |cause| failed(kind, "cannot ask the PostgreSQL server for its identity", cause);
    let allowed = sql::query_number(
        connection,
        "SELECT has_function_privilege('pg_control_system()', 'EXECUTE')::int::bigint",
    )
    .await
    .map_err(problem)?;
    let identity = if allowed == 1 {
        "SELECT (SELECT system_identifier::text FROM pg_control_system()), current_database()::text"
    } else {
        "SELECT current_setting('port') || ' since ' || pg_postmaster_start_time()::text, current_database()::text"
    };
    let rows = sql::query(connection, identity).await.map_err(problem)?;
    let row = rows.first().ok_or_else(|| problem(sqlx::Error::RowNotFound))?;
    Ok(DatabaseIdentity {
        dialect: Dialect::Postgres,
        server: row.try_get(0).map_err(problem)?,
        database: row.try_get(1).map_err(problem)?,
    })
}
