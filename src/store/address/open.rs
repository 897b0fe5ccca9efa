//! From an address to a connection.

use super::Address;
use crate::error::{Error, Result};
use crate::schema::Dialect;
use crate::store::files::{CsvSink, SqlScriptSink};
use crate::store::{Sink, Source};

/// Connects to a source, read only.
///
/// # Errors
///
/// A usage error for files, which cannot be read; a source error where the database cannot be reached.
pub async fn open_source(address: &Address) -> Result<Box<dyn Source>> {
    match address {
        #[cfg(feature = "postgres")]
        Address::Server { dialect: Dialect::Postgres, url } => {
            Ok(Box::new(crate::store::postgres::PostgresSource::connect(url).await?))
        }
        #[cfg(feature = "mysql")]
        Address::Server { dialect: Dialect::Mysql, url } => {
            Ok(Box::new(crate::store::mysql::MysqlSource::connect(url).await?))
        }
        #[cfg(feature = "sqlite")]
        Address::Sqlite(path) => Ok(Box::new(crate::store::sqlite::SqliteSource::connect(path).await?)),
        Address::Parquet(_) | Address::Csv(_) | Address::SqlScript { .. } => {
            Err(Error::usage(format!("`{address}` can be written, not read"))
                .hint("load the files into a database and name that: sqlite:PATH needs no server"))
        }
        #[allow(unreachable_patterns, reason = "reached where a feature is left out")]
        Address::Server { .. } | Address::Sqlite(_) => Err(left_out(address)),
    }
}

/// Connects to a target. Writes nothing. `dialect` is that of the schema that will be written: a script whose address asks for
/// no other is in this one.
///
/// # Errors
///
/// A target error where the database cannot be reached or the file's place does not exist.
pub async fn open_sink(address: &Address, dialect: Dialect) -> Result<Box<dyn Sink>> {
    match address {
        #[cfg(feature = "postgres")]
        Address::Server { dialect: Dialect::Postgres, url } => {
            Ok(Box::new(crate::store::postgres::PostgresSink::connect(url).await?))
        }
        #[cfg(feature = "mysql")]
        Address::Server { dialect: Dialect::Mysql, url } => {
            Ok(Box::new(crate::store::mysql::MysqlSink::connect(url).await?))
        }
        #[cfg(feature = "sqlite")]
        Address::Sqlite(path) => Ok(Box::new(crate::store::sqlite::SqliteSink::connect(path).await?)),
        #[cfg(feature = "parquet")]
        Address::Parquet(path) => Ok(Box::new(crate::store::files::ParquetSink::new(path))),
        Address::Csv(path) => Ok(Box::new(CsvSink::new(path))),
        Address::SqlScript { path, dialect: asked } => {
            Ok(Box::new(SqlScriptSink::new(path, asked.unwrap_or(dialect))))
        }
        #[allow(unreachable_patterns, reason = "reached where a feature is left out")]
        Address::Server { .. } | Address::Sqlite(_) | Address::Parquet(_) => Err(left_out(address)),
    }
}

/// This build cannot do it.
fn left_out(address: &Address) -> Error {
    let feature = match address {
        Address::Server { dialect: Dialect::Postgres, .. } => "postgres",
        Address::Server { .. } => "mysql",
        Address::Sqlite(_) => "sqlite",
        Address::Parquet(_) | Address::Csv(_) | Address::SqlScript { .. } => "parquet",
    };
    Error::usage(format!("`{address}`: this seed was built without {feature}"))
        .hint(format!("install it with the feature: cargo install seed-db --features {feature}"))
}
