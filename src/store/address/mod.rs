//! Addresses of databases and files, and what opens them.

mod open;
mod redact;

pub use open::{open_sink, open_source};
pub use redact::redact;

use crate::error::{Error, Result};
use crate::schema::Dialect;
use redact::without_password;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a source or target is. Shown without its password, by `{}` and by `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A server database: `postgres://…`, `mysql://…`, `mariadb://…`.
    Server {
        /// Its engine.
        dialect: Dialect,
        /// The whole URL, password included.
        url: String,
    },
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
    /// `parquet:DIR`.
    Parquet(PathBuf),
    /// `csv:DIR`.
    Csv(PathBuf),
    /// `sql:FILE`, or `sql:FILE?dialect=postgres`.
    SqlScript {
        /// The file.
        path: PathBuf,
        /// The dialect asked for; without one, that of the schema the script is made from.
        dialect: Option<Dialect>,
    },
}

const SCHEMES: [&str; 8] = ["postgres", "postgresql", "mysql", "mariadb", "sqlite", "parquet", "csv", "sql"];

const FORMS: &str = "an address is postgres://USER@HOST/DATABASE, mysql://USER@HOST/DATABASE or sqlite:PATH; \
                     a target may also be parquet:DIR, csv:DIR or sql:FILE";

impl Address {
    /// Reads an address. A path that ends in `.db`, `.sqlite` or `.sqlite3` needs no scheme.
    ///
    /// # Errors
    ///
    /// A usage error where the scheme is unknown or nothing follows it.
    pub fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        let lower = scheme.to_ascii_lowercase();
        match lower.as_str() {
            "postgres" | "postgresql" => server(Dialect::Postgres, text, rest),
            "mysql" | "mariadb" => server(Dialect::Mysql, text, rest),
            "sqlite" => sqlite(rest),
            "parquet" => Ok(Self::Parquet(path(&lower, rest)?)),
            "csv" => Ok(Self::Csv(path(&lower, rest)?)),
            "sql" => script(rest),
            _ if is_database_file(text) => Ok(Self::Sqlite(text.into())),
            _ => Err(unknown(text, &lower)),
        }
    }

    /// The engine behind the address; `None` for Parquet, CSV, and a script whose dialect is that of its schema.
    pub fn dialect(&self) -> Option<Dialect> {
        match self {
            Self::Server { dialect, .. } => Some(*dialect),
            Self::Sqlite(_) => Some(Dialect::Sqlite),
            Self::SqlScript { dialect, .. } => *dialect,
            Self::Parquet(_) | Self::Csv(_) => None,
        }
    }
}

impl std::str::FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { url, .. } => f.write_str(&without_password(url)),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Parquet(path) => write!(f, "parquet:{}", path.display()),
            Self::Csv(path) => write!(f, "csv:{}", path.display()),
            Self::SqlScript { path, dialect: None } => write!(f, "sql:{}", path.display()),
            Self::SqlScript { path, dialect: Some(dialect) } => {
                let name = match dialect {
                    Dialect::Postgres => "postgres",
                    Dialect::Mysql => "mysql",
                    Dialect::Sqlite => "sqlite",
                };
                write!(f, "sql:{}?dialect={name}", path.display())
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

fn server(dialect: Dialect, text: &str, rest: &str) -> Result<Address> {
    if rest.strip_prefix("//").is_none_or(str::is_empty) {
        return Err(Error::usage(format!("`{}` is not a whole address", without_password(text))).hint(FORMS));
    }
    Ok(Address::Server { dialect, url: text.to_owned() })
}

fn sqlite(rest: &str) -> Result<Address> {
    if rest.starts_with(":memory:") {
        return Err(Error::usage("a database in memory is empty before a run and gone after it")
            .hint("name a file: sqlite:PATH"));
    }
    // Drivers write options behind the URL form; the bare form may name a file with a question mark.
    let rest = match rest.strip_prefix("//") {
        Some(file) => file.split_once('?').map_or(file, |(file, _)| file),
        None => rest,
    };
    Ok(Address::Sqlite(path("sqlite", rest)?))
}

fn script(rest: &str) -> Result<Address> {
    let Some((file, option)) = rest.rsplit_once("?dialect=") else {
        return Ok(Address::SqlScript { path: path("sql", rest)?, dialect: None });
    };
    let dialect = match option.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" => Dialect::Postgres,
        "mysql" | "mariadb" => Dialect::Mysql,
        "sqlite" => Dialect::Sqlite,
        _ => {
            return Err(Error::usage(format!("`{option}` is no dialect of SQL that seed writes"))
                .hint("write ?dialect=postgres, ?dialect=mysql or ?dialect=sqlite"));
        }
    };
    Ok(Address::SqlScript { path: path("sql", file)?, dialect: Some(dialect) })
}

/// `SCHEME:PATH` or `SCHEME://PATH`.
fn path(scheme: &str, rest: &str) -> Result<PathBuf> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() {
        return Err(
            Error::usage(format!("the address stops after `{scheme}:`")).hint(format!("write {scheme}:PATH"))
        );
    }
    Ok(path.into())
}

fn is_database_file(text: &str) -> bool {
    let extension = Path::new(text).extension().and_then(|extension| extension.to_str());
    !text.contains("://")
        && extension.is_some_and(|extension| ["db", "sqlite", "sqlite3"].contains(&extension))
}

fn unknown(text: &str, scheme: &str) -> Error {
    let shown = without_password(text);
    if scheme.is_empty() {
        return Error::usage(format!("`{shown}` is not an address")).hint(FORMS);
    }
    let error = Error::usage(format!("`{shown}` is not an address: `{scheme}:` is unknown"));
    let near = match scheme {
        "pg" | "psql" | "pgsql" | "redshift" | "cockroachdb" => Some("postgres"),
        "maria" | "mysql2" | "mysqlx" => Some("mysql"),
        "file" => Some("sqlite"),
        _ => SCHEMES
            .into_iter()
            .map(|known| (distance(scheme, known), known))
            .min()
            .filter(|&(distance, _)| distance <= 2)
            .map(|(_, known)| known),
    };
    match near {
        Some(near) => error.hint(format!("did you mean `{near}:`?")).hint(FORMS),
        None => error.hint(FORMS),
    }
}

/// Letters to be inserted, deleted or replaced to turn one word into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests;
