//! Files as targets: a folder with one Parquet or CSV file per table, or one SQL script.
//!
//! Everything is written under a temporary name (`.orders.csv.part`) and takes its own name when the load is finished, so a file that
//! is there is whole. A load that is broken off removes what it began.

mod csv;
mod folder;
#[cfg(feature = "parquet")]
mod parquet;
mod partial;
mod sql_script;

#[cfg(test)]
mod tests;

pub use csv::CsvSink;
#[cfg(feature = "parquet")]
pub use parquet::ParquetSink;
pub use sql_script::SqlScriptSink;

use crate::error::Error;
use std::io;
use std::path::Path;

/// What the operating system said, as a failure of the target with the remedy. `doing` is a phrase like "write to".
fn failed(doing: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("cannot {doing} {}", path.display());
    let (reason, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => (
            "the disk is full",
            "free some space, or choose a smaller --scale, and run the same command again; \
             no unfinished file was left behind",
        ),
        io::ErrorKind::PermissionDenied => ("permission denied", "choose a place you may write to"),
        io::ErrorKind::ReadOnlyFilesystem => ("the disk is read-only", "choose a place you may write to"),
        io::ErrorKind::NotFound => ("no such directory", "create the directory first"),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            ("there is a file of that name in the way", "choose another name, or move the file away")
        }
        io::ErrorKind::InvalidFilename => ("the name is too long or not allowed", "choose a shorter path"),
        _ => return Error::target_failed(message).because(error),
    };
    Error::target_failed(format!("{message}: {reason}")).hint(hint).because(error)
}
