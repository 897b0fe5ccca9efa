//! Reading a table: batches are fetched while the ones before them are profiled.

use super::profile::TableProfile;
use super::subjects::{Route, Subjects};
use crate::error::{Error, Result};
use crate::model::privacy::Settings;
use crate::schema::Schema;
use crate::store::{Sample, Source};
use arrow_array::RecordBatch;
use tokio::sync::mpsc;

/// Batches that may wait between fetching and profiling; each holds up to 8,192 rows.
const WAITING: usize = 4;

/// What is read, and how.
pub(super) struct Reading<'a> {
    pub(super) schema: &'a Schema,
    pub(super) table: usize,
    pub(super) sample: Sample,
    /// Whether the rows are wanted in the order of the key, and kept.
    pub(super) keep: bool,
    pub(super) route: Route,
    pub(super) privacy: Settings,
}

/// What was read.
pub(super) struct Read {
    pub(super) profile: TableProfile,
    pub(super) subjects: Subjects,
    /// The batches, where they were to be kept.
    pub(super) batches: Vec<RecordBatch>,
}

/// Reads a table. `on_rows` hears of every batch.
pub(super) async fn read(
    source: &mut dyn Source,
    reading: Reading<'_>,
    subjects: Subjects,
    on_rows: &(dyn Fn(u64) + Send + Sync),
) -> Result<Read> {
    let Reading { schema, table, sample, keep, route, privacy } = reading;
    let (to_pump, mut fetched) = mpsc::channel::<RecordBatch>(WAITING);
    let (to_worker, mut waiting) = mpsc::channel::<RecordBatch>(WAITING);
    let profile = TableProfile::new(&schema.tables[table], privacy);
    let mut read = Read { profile, subjects, batches: Vec::new() };
    let worker = tokio::task::spawn_blocking(move || {
        while let Some(batch) = waiting.blocking_recv() {
            let subjects = read.subjects.of_batch(&route, &batch);
            read.profile.add(&batch, &subjects, privacy);
            if keep {
                read.batches.push(batch);
            }
        }
        read
    });
    let pump = async move {
        while let Some(batch) = fetched.recv().await {
            on_rows(batch.num_rows() as u64);
            if to_worker.send(batch).await.is_err() {
                break;
            }
        }
    };
    let (scanned, ()) = tokio::join!(source.scan(schema, table, sample, keep, to_pump), pump);
    scanned?;
    match worker.await {
        Ok(read) => Ok(read),
        Err(failure) if failure.is_panic() => std::panic::resume_unwind(failure.into_panic()),
        Err(failure) => {
            Err(Error::source_failed(format!("reading table `{}` was broken off", schema.tables[table].name))
                .because(failure))
        }
    }
}
