//! Reading a table: batches are fetched while the ones before them are profiled.

use super::joint::record::TableKeys;
use super::profile::TableProfile;
use super::subjects::{Route, Subjects};
use crate::error::{Error, Result};
use crate::model::privacy::Settings;
use crate::schema::Schema;
use crate::store::{Sample, Source};
use arrow_array::RecordBatch;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

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
    /// Of every row the keys by which it refers to others and others to it.
    pub(super) keys: TableKeys,
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
    let mut read = Read { profile, subjects, keys: TableKeys::new(schema, table), batches: Vec::new() };
    let worker = tokio::task::spawn_blocking(move || {
        while let Some(batch) = waiting.blocking_recv() {
            let subjects = read.subjects.of_batch(&route, &batch);
            read.profile.add(&batch, &subjects, privacy);
            read.keys.add(&batch);
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
    outcome(worker, || format!("reading table `{}`", schema.tables[table].name)).await
}

/// What a thread of its own came to. `what` it did is told where it did not come to an end; its panic is passed on.
pub(super) async fn outcome<T>(worker: JoinHandle<T>, what: impl FnOnce() -> String) -> Result<T> {
    match worker.await {
        Ok(done) => Ok(done),
        Err(failure) if failure.is_panic() => std::panic::resume_unwind(failure.into_panic()),
        Err(failure) => Err(Error::source_failed(format!("{} was broken off", what())).because(failure)),
    }
}
