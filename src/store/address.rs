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

/// Connects to a source, read only.
pub async fn open_source(_address: &Address) -> Result<Box<dyn Source>> {
    Err(crate::Error::usage("not written yet"))
}

/// Connects to a target. Writes nothing.
pub async fn open_sink(_address: &Address) -> Result<Box<dyn Sink>> {
    Err(crate::Error::usage("not written yet"))
}
