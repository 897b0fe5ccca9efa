//! Addresses of databases and files, and what opens them.

use super::{Sink, Source};
use crate::error::Result;
use crate::schema::Dialect;

/// Where a source or target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A server database: `postgres://…`, `mysql://…`, `mariadb://…`.
    Server {
        /// Its engine.
        dialect: Dialect,
        /// The whole URL, password included.
        url: String,
    },
    /// `sqlite:PATH`.
    Sqlite(std::path::PathBuf),
    /// `parquet:DIR`.
    Parquet(std::path::PathBuf),
    /// `csv:DIR`.
    Csv(std::path::PathBuf),
    /// `sql:FILE`, in the dialect of the schema it is made from.
    SqlScript(std::path::PathBuf),
}

impl Address {
    /// Reads an address: `postgres://…`, `postgresql://…`, `mysql://…`, `mariadb://…`, `sqlite:PATH`, `parquet:DIR`,
    /// `csv:DIR`, `sql:FILE`. The message of the error does not repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self> {
        let unknown = || {
            crate::Error::usage("the address is of no known form").hint(
                "write postgres://…, mysql://…, mariadb://…, sqlite:PATH, parquet:DIR, csv:DIR or sql:FILE",
            )
        };
        let (scheme, rest) = text.split_once(':').ok_or_else(unknown)?;
        let server = |dialect| Self::Server { dialect, url: text.to_owned() };
        match scheme {
            "postgres" | "postgresql" => Ok(server(Dialect::Postgres)),
            "mysql" | "mariadb" => Ok(server(Dialect::Mysql)),
            // Both `sqlite:PATH` and the URL form `sqlite://PATH` are in use.
            "sqlite" => Ok(Self::Sqlite(rest.strip_prefix("//").unwrap_or(rest).into())),
            "parquet" => Ok(Self::Parquet(rest.into())),
            "csv" => Ok(Self::Csv(rest.into())),
            "sql" => Ok(Self::SqlScript(rest.into())),
            _ => Err(unknown()),
        }
    }
}

/// Connects to a source, read only.
pub async fn open_source(_address: &Address) -> Result<Box<dyn Source>> {
    Err(crate::Error::usage("not written yet"))
}

/// Connects to a target. Writes nothing.
pub async fn open_sink(_address: &Address) -> Result<Box<dyn Sink>> {
    Err(crate::Error::usage("not written yet"))
}
