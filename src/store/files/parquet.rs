//! One Parquet file per table, compressed with Zstandard, with the Arrow types of the batches.

use super::failed;
use super::folder::Folder;
use crate::error::{Error, Result};
use crate::schema::{Dialect, Table, TableName};
use crate::store::{DatabaseIdentity, Preparation, Sink, TargetState, Verdict};
use arrow_array::RecordBatch;
use async_trait::async_trait;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::io;
use std::path::Path;
use tokio::sync::mpsc;

/// Rows of a row group at the most; a reader's unit of work.
const GROUP_ROWS: usize = 1 << 17;

/// Bytes of an encoded row group at the most. A group is held in memory until it is whole.
const GROUP_BYTES: usize = 32 << 20;

/// A folder of Parquet files.
#[derive(Debug)]
pub struct ParquetSink {
    folder: Folder,
}

impl ParquetSink {
    /// A target that has touched nothing yet.
    pub fn new(directory: &Path) -> Self {
        Self { folder: Folder::new(directory, "parquet") }
    }
}

#[async_trait]
impl Sink for ParquetSink {
    fn dialect(&self) -> Option<Dialect> {
        None
    }

    async fn identity(&mut self) -> Result<Option<DatabaseIdentity>> {
        Ok(None)
    }

    async fn inspect(&mut self) -> Result<TargetState> {
        self.folder.inspect(rows)
    }

    async fn highest(&mut self, _: &TableName, _: &str) -> Result<i64> {
        Ok(0) // nothing is ever appended to files
    }

    async fn check(&mut self, preparation: &Preparation, _: &TargetState) -> Result<Vec<String>> {
        self.folder.check(preparation)
    }

    async fn prepare(&mut self, preparation: &Preparation) -> Result<()> {
        self.folder.prepare(preparation)
    }

    async fn write(&mut self, table: usize, batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
        self.folder.write(table, batches, write).await
    }

    async fn finish(&mut self) -> Result<Vec<Verdict>> {
        self.folder.finish()?;
        Ok(Vec::new())
    }
}

/// The footer knows.
fn rows(path: &Path) -> Result<u64> {
    let file = File::open(path).map_err(|error| failed("read", path, error))?;
    let reader = SerializedFileReader::new(file).map_err(|error| {
        Error::target_failed(format!("{} is not a Parquet file", path.display()))
            .hint("move it away, or name another directory")
            .because(error)
    })?;
    Ok(u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0))
}

fn write(table: &Table, file: File, path: &Path, mut batches: mpsc::Receiver<RecordBatch>) -> Result<u64> {
    let fault = |error| fault(path, error);
    let level = ZstdLevel::try_new(1).map_err(fault)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_created_by(concat!("seed ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let handle = file.try_clone().map_err(|error| failed("write to", path, error))?;
    let mut writer = ArrowWriter::try_new(file, table.arrow_schema(), Some(properties)).map_err(fault)?;
    let mut rows = 0;
    while let Some(batch) = batches.blocking_recv() {
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(fault)?;
    }
    writer.close().map_err(fault)?;
    handle.sync_all().map_err(|error| failed("write to", path, error))?;
    Ok(rows)
}

/// A failure of the writer: most often the disk's.
fn fault(path: &Path, error: ParquetError) -> Error {
    let error = match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => return failed("write to", path, *cause),
            Err(cause) => ParquetError::External(cause),
        },
        other => other,
    };
    Error::target_failed(format!("cannot write to {}", path.display())).because(error)
}
