//! Server errors in our words.
//!
//! PostgreSQL puts row values into DETAIL always and into the message itself for data errors (class 22) and for
//! what triggers raise (P0001). None of that may reach a user's terminal or log, so only the messages of classes
//! that speak of names are passed on.

use crate::error::{Error, ErrorKind};
use sqlx::postgres::PgDatabaseError;

/// An error of the given side: `doing` says what failed (`cannot read table orders`), the cause says why.
pub(super) fn failed(kind: ErrorKind, doing: impl Into<String>, cause: sqlx::Error) -> Error {
    let error = Error::new(kind, doing);
    let Some(database) = database_error(&cause) else {
        let error = error.because(without_values(&cause));
        return match cause {
            sqlx::Error::Io(_) => {
                error.hint("the connection broke off; see whether the server is still running")
            }
            _ => error,
        };
    };
    let error = error.because(reason(database));
    match hint(database.code()) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// The server's own error, if it is one.
pub(super) fn database_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
}

/// The SQLSTATE of a server error.
pub(super) fn code(error: &sqlx::Error) -> Option<&str> {
    database_error(error).map(PgDatabaseError::code)
}

fn without_values(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(_) => "the encrypted connection failed".into(),
        sqlx::Error::ColumnDecode { index, .. } => {
            format!("column {index} of the answer is not of the expected type")
        }
        sqlx::Error::RowNotFound => "the server sent no row".into(),
        _ => "the server's answer was not understood".into(),
    }
}

fn reason(error: &PgDatabaseError) -> String {
    let code = error.code();
    let place = match (error.column().or_else(|| copy_column(error)), error.constraint()) {
        (_, Some(constraint)) => format!(" (constraint {constraint})"),
        (Some(column), None) => format!(" (column {column})"),
        (None, None) => String::new(),
    };
    let words = match code {
        "22001" => "a value is longer than its column allows",
        "22003" => "a number is out of the range of its column",
        "22021" | "22P05" => "a text holds a character that the database's encoding cannot store",
        "22P03" | "22P04" | "08P01" => "the server did not understand the rows as they were sent",
        "P0001" => "a trigger or function of the database raised an error",
        _ if code.starts_with("22") => "a value is not valid for the type of its column",
        _ => return format!("{} (SQLSTATE {code})", error.message()),
    };
    format!("{words}{place} (SQLSTATE {code})")
}

/// The column that COPY was reading when it failed, out of `COPY t, line 5, column x: "…"`.
fn copy_column(error: &PgDatabaseError) -> Option<&str> {
    let context = error.r#where()?.lines().find(|line| line.starts_with("COPY "))?;
    let column = context.split_once(", column ")?.1;
    Some(column.split(':').next().unwrap_or(column))
}

fn hint(code: &str) -> Option<&'static str> {
    Some(match code {
        "53100" => "the server's disk is full: free space there and run again; nothing of this run was kept",
        "53200" => "the server ran out of memory: lower its maintenance_work_mem or give it more",
        "55P03" => "another session holds a lock on the table: end it (see pg_stat_activity) and run again",
        "25006" => "the server is read only (a standby?): name the primary",
        "42501" => "grant the user the rights named above, or connect as the owner of the tables",
        "42704" | "42883" | "42P01" => {
            "what is missing there may come from an extension: run CREATE EXTENSION for it in the target first"
        }
        "57P01" | "57P02" => "the server was shut down during the run",
        "40P01" => "another session was in the way: run again",
        _ => return None,
    })
}
