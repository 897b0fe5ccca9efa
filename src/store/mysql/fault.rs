//! The server's failures in our words.
//!
//! The server's own texts carry values (`Duplicate entry 'ann@example.org' for key 'email'`), so where rows are
//! involved only the error's number and the names in it are used.

use crate::error::{Error, ErrorKind};
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError};
use std::time::Duration;

/// `user@host:port/database`, without the password.
fn whereabouts(options: &MySqlConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => format!("the socket {}", socket.display()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// The server did not answer in time.
pub(super) fn silent(kind: ErrorKind, options: &MySqlConnectOptions, patience: Duration) -> Error {
    Error::new(
        kind,
        format!(
            "the MySQL server at {} does not answer within {} s",
            whereabouts(options),
            patience.as_secs()
        ),
    )
    .hint("check the host name, the port, and firewalls in between")
}

/// Why a connection could not be made.
pub(super) fn connecting(kind: ErrorKind, options: &MySqlConnectOptions, error: sqlx::Error) -> Error {
    let place = whereabouts(options);
    let user = options.get_username();
    match error {
        sqlx::Error::Io(error) => Error::new(kind, format!("the MySQL server at {place} cannot be reached"))
            .because(error)
            .hint("check that the server runs, and the host name and port of the address"),
        sqlx::Error::Database(error) => refused(kind, options, error.try_downcast_ref()),
        sqlx::Error::Tls(error) => {
            Error::new(kind, format!("no encrypted connection to the MySQL server at {place} can be made"))
                .because(error)
                .hint("name the authority that signed the server's certificate with ?ssl-ca=FILE, or choose ?ssl-mode=…")
        }
        sqlx::Error::Configuration(error) if error.to_string().contains("RSA") => Error::new(
            kind,
            format!("the server at {place} wants the password of {user} encrypted by RSA, which is not built in"),
        )
        .hint("connect with TLS: add ?ssl-mode=REQUIRED to the address")
        .hint("or log in once with another client: the server then remembers the password (caching_sha2_password)"),
        sqlx::Error::Configuration(error) => {
            Error::new(kind, format!("the options of the address for {place} cannot be used")).because(error)
        }
        sqlx::Error::Protocol(text) if text.contains("authentication plugin") => {
            Error::new(kind, format!("the server at {place} wants {user} to log in by a method that is not built in"))
                .hint("use an account with mysql_native_password or caching_sha2_password")
        }
        sqlx::Error::Protocol(_) => Error::new(kind, format!("what answers at {place} does not speak MySQL's protocol"))
            .hint("check the port of the address"),
        _ => Error::new(kind, format!("the connection to the MySQL server at {place} failed")),
    }
}

fn refused(kind: ErrorKind, options: &MySqlConnectOptions, error: Option<&MySqlDatabaseError>) -> Error {
    let place = whereabouts(options);
    let user = options.get_username();
    let database = options.get_database().unwrap_or_default();
    match error.map(MySqlDatabaseError::number) {
        Some(1045 | 1698) => Error::new(
            kind,
            format!("the MySQL server at {place} refuses the user {user} with this password"),
        )
        .hint("check user and password of the address; special characters are written as %40, %2F, …"),
        Some(1044) => {
            Error::new(kind, format!("the user {user} may not use the database {database} at {place}"))
                .hint("grant the user access to this database")
        }
        Some(1049) => {
            Error::new(kind, format!("there is no database {database} on the MySQL server at {place}"))
                .hint(format!("create it: CREATE DATABASE `{}`", database.replace('`', "``")))
                .hint("or check the name at the end of the address")
        }
        Some(1040 | 1203) => {
            Error::new(kind, format!("the MySQL server at {place} takes no more connections"))
                .hint("try again later, or raise max_connections")
        }
        Some(number) => {
            Error::new(kind, format!("the MySQL server at {place} refuses the connection (error {number})"))
        }
        None => Error::new(kind, format!("the MySQL server at {place} refuses the connection")),
    }
}

/// A statement failed that carries names and definitions only: the server's words may be shown.
pub(super) fn statement(kind: ErrorKind, doing: &str, error: &sqlx::Error) -> Error {
    match server_error(error) {
        Some(error) => with_hint(
            Error::new(kind, format!("cannot {doing}: {} (error {})", error.message(), error.number())),
            error.number(),
        ),
        None => broken(kind, doing, error),
    }
}

/// A statement failed that carries rows: only numbers and names of the server's words may be shown.
pub(super) fn rows(kind: ErrorKind, table: &str, doing: &str, error: &sqlx::Error) -> Error {
    let Some(error) = server_error(error) else { return broken(kind, &format!("{doing} {table}"), error) };
    let (number, message) = (error.number(), error.message());
    let names = |fact: &str, name: Option<&str>| match name {
        Some(name) => format!("{fact} {name} of table {table}"),
        None => format!("{fact} of table {table}"),
    };
    let fact = match number {
        1022 | 1062 | 1169 | 1586 | 1859 => {
            // MySQL 8 says the table's name as well.
            let key = quoted_after(message, " for key ");
            let own = |key: &str| key.strip_prefix(table)?.strip_prefix('.').map(str::len);
            names("two rows share the key", key.map(|key| &key[key.len() - own(key).unwrap_or(key.len())..]))
        }
        4025 if error.code() == Some("23000") => {
            names("a row breaks the CHECK", quoted_after(message, "CONSTRAINT "))
        }
        3819 => names("a row breaks the CHECK", quoted_after(message, "constraint ")),
        1216 | 1452 => names("a row breaks the foreign key", quoted_after(message, "CONSTRAINT ")),
        1048 => names("a NULL arrived for the NOT NULL column", quoted_after(message, "Column ")),
        1364 => names(
            "nothing is written to, and there is no default for, the column",
            quoted_after(message, "Field "),
        ),
        1406 => names("a value is too long for the column", quoted_after(message, " for column ")),
        1264 | 1690 => names("a value is out of range for the column", quoted_after(message, " for column ")),
        1265 | 1292 | 1366 | 1411 | 3140 => {
            names("a value does not fit the column", quoted_after(message, " for column "))
        }
        1153 | 2020 => format!("a row of table {table} is larger than the server's max_allowed_packet"),
        1114 | 1021 | 3 => format!("the server has no room left for table {table}"),
        1644 => format!("a trigger of table {table}, or what it calls, refuses a row"),
        _ => format!("cannot {doing} {table}: the server answers with error {number}"),
    };
    with_hint(Error::new(kind, fact), number)
}

fn with_hint(error: Error, number: u16) -> Error {
    match number {
        1114 | 1021 | 3 => error
            .hint("free space on the server's disk, then run again with --truncate")
            .hint("or load less with --scale"),
        1142 | 1143 | 1044 | 1227 | 1370 => error.hint("grant the user of the address the missing right"),
        1290 | 1836 => {
            error.hint("the server is read-only: choose another target, or have read_only switched off")
        }
        1205 | 1213 => {
            error.hint("another session holds locks on these tables: end it, then run again with --truncate")
        }
        1153 | 2020 => error.hint("raise max_allowed_packet on the server"),
        1644 => error
            .hint("triggers run for every row in MySQL: SHOW TRIGGERS lists them")
            .hint("drop them in the target, run again with --truncate, and create them again afterwards"),
        1071 => error.hint(
            "a key is too long for this storage engine: shorten the column in the target, or drop the key",
        ),
        _ => error,
    }
}

fn server_error(error: &sqlx::Error) -> Option<&MySqlDatabaseError> {
    match error {
        sqlx::Error::Database(error) => error.try_downcast_ref::<MySqlDatabaseError>(),
        _ => None,
    }
}

/// Not the server's verdict: the connection broke, or an answer could not be understood.
fn broken(kind: ErrorKind, doing: &str, error: &sqlx::Error) -> Error {
    match error {
        sqlx::Error::Io(error) => {
            Error::new(kind, format!("cannot {doing}: the connection to the server broke"))
                .because(std::io::Error::new(error.kind(), error.to_string()))
                .hint(
                    "look into the server's log; it may have been restarted or have cut a long silence short",
                )
        }
        _ => Error::new(kind, format!("cannot {doing}: the server's answer was not understood")),
    }
}

/// The quoted name behind the last `mark`: of values that come before it nothing is looked at.
fn quoted_after<'a>(message: &'a str, mark: &str) -> Option<&'a str> {
    let rest = &message[message.rfind(mark)? + mark.len()..];
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '`' | '"'))?;
    let rest = &rest[1..];
    // A column is spelled `database`.`table`.`column` in some messages.
    let end = rest.find(&format!("{quote} ")).or_else(|| rest.rfind(quote)).unwrap_or(rest.len());
    rest[..end].rsplit(&format!("{quote}.{quote}")).next()
}

#[cfg(test)]
mod tests {
    use super::{connecting, quoted_after};
    use crate::error::ErrorKind;
    use sqlx::mysql::MySqlConnectOptions;

    #[test]
    fn a_password_that_needs_rsa_gets_the_two_ways_out() {
        let refusal = "RSA auth backend disabled; enable feature `mysql-rsa`";
        let options = MySqlConnectOptions::new().username("ann").host("db");
        let error = connecting(ErrorKind::Source, &options, sqlx::Error::Configuration(refusal.into()));
        assert!(error.to_string().contains("wants the password of ann encrypted by RSA"), "{error}");
        assert_eq!(error.hints().len(), 2);
    }

    #[test]
    fn names_are_found_and_values_are_not() {
        for (message, mark, name) in [
            ("Duplicate entry 'a for key 'b'' for key 'users.email'", " for key ", "users.email"),
            ("Incorrect integer value: 'x' for column `d`.`t`.`age` at row 1", " for column ", "age"),
            ("Data too long for column 'name' at row 3", " for column ", "name"),
            ("CONSTRAINT `ck_age` failed for `d`.`t`", "CONSTRAINT ", "ck_age"),
            ("Check constraint 'ck_age' is violated.", "constraint ", "ck_age"),
        ] {
            assert_eq!(quoted_after(message, mark), Some(name), "{message}");
        }
    }
}
