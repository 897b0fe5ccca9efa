//! What Parquet and CSV have in common: a folder, one file per table.

use super::failed;
use super::partial::PartialFile;
use crate::error::{Error, Result};
use crate::schema::{Dialect, Schema, Table, TableName};
use crate::store::{ExistingRows, Preparation, TargetState};
use arrow_array::RecordBatch;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// A folder that is being filled.
#[derive(Debug)]
pub(super) struct Folder {
    directory: PathBuf,
    extension: &'static str,
    schema: Option<Schema>,
    written: Vec<PartialFile>,
}

/// Writes the batches of one table into its file; returns the number of rows.
pub(super) type WriteTable = fn(&Table, File, &Path, mpsc::Receiver<RecordBatch>) -> Result<u64>;

impl Folder {
    pub(super) fn new(directory: &Path, extension: &'static str) -> Self {
        Self { directory: directory.to_owned(), extension, schema: None, written: Vec::new() }
    }

    /// The file of a table: `orders.csv`, and `sales.orders.csv` where its schema is not the default one.
    pub(super) fn file(&self, name: &TableName) -> PathBuf {
        self.directory.join(format!("{}.{}", file_stem(&name.to_string()), self.extension))
    }

    /// The files that are there as tables without columns, each with its number of rows.
    pub(super) fn inspect(&self, rows: impl Fn(&Path) -> Result<u64>) -> Result<TargetState> {
        if !self.directory.exists() {
            return Ok(TargetState::default());
        }
        let entries =
            fs::read_dir(&self.directory).map_err(|error| failed("read", &self.directory, error))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| failed("read", &self.directory, error))?.path();
            if path.extension().is_some_and(|extension| extension == self.extension) && path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        let counts = files.iter().map(|file| rows(file)).collect::<Result<_>>()?;
        let tables = files.iter().map(|file| file_table(file)).collect();
        // Files speak no dialect of SQL; without columns none shows.
        Ok(TargetState { schema: Some(Schema { dialect: Dialect::Sqlite, tables }), rows: counts })
    }

    /// Refuses what cannot be done: a file in the place of the folder, files of the same tables, rows to be added to files.
    pub(super) fn check(&self, preparation: &Preparation) -> Result<Vec<String>> {
        let place = self.directory.display();
        if self.directory.exists() && !self.directory.is_dir() {
            return Err(Error::target_failed(format!("{place} is a file, not a directory"))
                .hint("name a directory; it is created where it does not exist"));
        }
        let tables = preparation.schema.tables.iter().zip(&preparation.rows);
        let present: Vec<_> = tables
            .filter(|(_, rows)| rows.is_some())
            .map(|(table, _)| self.file(&table.name))
            .filter(|file| file.exists())
            .map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned())
            .collect();
        if present.is_empty() || preparation.existing == ExistingRows::Truncate {
            return Ok(Vec::new());
        }
        refuse_existing(&format!("{place} has {} already", present.join(", ")), preparation.existing)?;
        Ok(Vec::new())
    }

    /// Creates the folder.
    pub(super) fn prepare(&mut self, preparation: &Preparation) -> Result<()> {
        fs::create_dir_all(&self.directory).map_err(|error| failed("create", &self.directory, error))?;
        self.schema = Some(preparation.schema.clone());
        Ok(())
    }

    /// Writes one table, on a thread of its own: disks are not asynchronous.
    pub(super) async fn write(
        &mut self,
        table: usize,
        batches: mpsc::Receiver<RecordBatch>,
        write_table: WriteTable,
    ) -> Result<u64> {
        let schema =
            self.schema.as_ref().ok_or_else(|| Error::target_failed("rows came before `prepare`"))?;
        let table = schema.tables[table].clone();
        let (partial, file) = PartialFile::create(&self.file(&table.name))?;
        let writing = tokio::task::spawn_blocking(move || {
            let rows = write_table(&table, file, partial.path(), batches)?;
            Ok((partial, rows))
        });
        let (partial, rows) = finished(writing.await)?;
        self.written.push(partial);
        Ok(rows)
    }

    /// Gives all files their names.
    pub(super) fn finish(&mut self) -> Result<()> {
        std::mem::take(&mut self.written).into_iter().try_for_each(PartialFile::publish)
    }
}

/// What a writing thread returned.
pub(super) fn finished<T>(result: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    result.unwrap_or_else(|error| {
        Err(Error::target_failed("the thread that writes the file was broken off").because(error))
    })
}

/// Files are written whole: the ways out of a target that is there.
pub(super) fn refuse_existing(what: &str, existing: ExistingRows) -> Result<()> {
    let error = match existing {
        ExistingRows::Truncate => return Ok(()),
        ExistingRows::Refuse => Error::target_failed(what.to_owned()),
        ExistingRows::Append => Error::usage(format!("{what}, and rows cannot be added to files")),
    };
    Err(error.hint("replace it with --truncate").hint("or name another place"))
}

/// A table's name as a file's: whatever a file system may not take is percent-encoded.
fn file_stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for (index, character) in name.chars().enumerate() {
        let forbidden = matches!(character, '/' | '\\' | '%' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if forbidden || character.is_control() || (index == 0 && character == '.') {
            let mut bytes = [0; 4];
            stem.extend(character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            stem.push(character);
        }
    }
    stem
}

fn file_table(file: &Path) -> Table {
    Table::new(
        TableName { schema: None, name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned() },
        Vec::new(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe() {
        assert_eq!(file_stem("sales.orders"), "sales.orders");
        assert_eq!(file_stem("../a%b"), "%2E.%2Fa%25b");
        assert_eq!(file_stem("größe"), "größe");
    }
}
