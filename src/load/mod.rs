//! Runs chunks on cores and batches into a sink.
//!
//! CPU work stays on a pool of its own; the sink's I/O stays on the async threads. A bounded channel joins the two, so
//! that neither runs ahead of the other by more than a few chunks.

mod checksum;

use crate::error::{Error, Result};
use crate::generate::{CHUNK_ROWS, Generator};
use crate::store::Sink;
use arrow_array::RecordBatch;
use checksum::Checksum;
use rayon::prelude::*;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What was written to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Rows.
    pub rows: u64,
    /// BLAKE3 of the rows in order, in hexadecimal.
    pub checksum: String,
    /// Rows that do not meet each of the [conditions](Generator::conditions) of the table.
    pub outside: Vec<u64>,
    /// Rows by value of each of the [balanced columns](Generator::balanced) of the table, as [`Generator::tally`] has them.
    pub tallies: Vec<Vec<u64>>,
}

/// What is counted of rows while they are made.
#[derive(Default)]
struct Counted {
    checksum: Checksum,
    outside: Vec<u64>,
    tallies: Vec<Vec<u64>>,
}

/// Adds numbers to those in the same places.
fn add(all: &mut Vec<u64>, more: &[u64]) {
    all.resize(all.len().max(more.len()), 0);
    all.iter_mut().zip(more).for_each(|(all, more)| *all += more);
}

impl Counted {
    fn add(&mut self, batch: &Made) {
        self.checksum.add(&batch.hash);
        add(&mut self.outside, &batch.outside);
        self.tallies.resize(self.tallies.len().max(batch.tallies.len()), Vec::new());
        self.tallies.iter_mut().zip(&batch.tallies).for_each(|(all, more)| add(all, more));
    }
}

/// A chunk, and what is counted of it.
struct Made {
    batch: RecordBatch,
    hash: blake3::Hash,
    outside: Vec<u64>,
    tallies: Vec<Vec<u64>>,
}

/// Writes the tables in order. `report` hears of (table, rows) as they are handed over.
pub async fn load(
    generator: Arc<Generator>,
    sink: &mut dyn Sink,
    order: &[usize],
    jobs: usize,
    report: &(dyn Fn(usize, u64) + Send + Sync),
) -> Result<Vec<Loaded>> {
    let pool = Arc::new(pool(jobs)?);
    let mut loaded = Vec::with_capacity(order.len());
    for &table in order {
        loaded.push(load_table(&generator, &pool, sink, table, report).await?);
    }
    Ok(loaded)
}

/// So many threads to compute on; 0 for one per core.
pub fn pool(jobs: usize) -> Result<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    pool.map_err(|error| Error::usage(format!("{jobs} threads cannot be started")).because(error))
}

async fn load_table(
    generator: &Arc<Generator>,
    pool: &Arc<rayon::ThreadPool>,
    sink: &mut dyn Sink,
    table: usize,
    report: &(dyn Fn(usize, u64) + Send + Sync),
) -> Result<Loaded> {
    let (to_sink, from_pool) = mpsc::channel(4);
    let (to_reporter, mut progress) = mpsc::unbounded_channel();
    let producer = {
        let (generator, pool) = (generator.clone(), pool.clone());
        tokio::task::spawn_blocking(move || produce(&generator, &pool, table, &to_sink, &to_reporter))
    };
    let watch = async {
        while let Some(rows) = progress.recv().await {
            report(table, rows);
        }
    };
    let (written, ()) = tokio::join!(sink.write(table, from_pool), watch);
    let written = written?;
    let counted =
        producer.await.map_err(|error| Error::target_failed("a generating thread stopped").because(error))?;
    let expected = generator.rows(table);
    if written != expected {
        return Err(Error::target_failed(format!("the target took {written} of {expected} rows of a table")));
    }
    let Counted { checksum, outside, tallies } = counted;
    Ok(Loaded { rows: written, checksum: checksum.finish(), outside, tallies })
}

/// Generates a table's chunks, as many at a time as there are threads, and sends them in order.
fn produce(
    generator: &Generator,
    pool: &rayon::ThreadPool,
    table: usize,
    sink: &mpsc::Sender<RecordBatch>,
    progress: &mpsc::UnboundedSender<u64>,
) -> Counted {
    let rows = generator.rows(table);
    let chunks = rows.div_ceil(CHUNK_ROWS);
    let at_once = pool.current_num_threads() as u64 * 2;
    let outside = vec![0; generator.conditions(table).len()];
    let mut counted = Counted { outside, ..Counted::default() };
    let mut first = 0;
    while first < chunks {
        let last = (first + at_once).min(chunks);
        let made: Vec<_> = pool.install(|| {
            (first..last)
                .into_par_iter()
                .map(|chunk| {
                    let start = chunk * CHUNK_ROWS;
                    let batch = generator.batch(table, start, CHUNK_ROWS.min(rows - start));
                    let hash = checksum::of_batch(&batch);
                    let outside = generator.outside(table, &batch);
                    let tallies = generator.tally(table, &batch);
                    Made { batch, hash, outside, tallies }
                })
                .collect()
        });
        for made in made {
            counted.add(&made);
            let rows = made.batch.num_rows() as u64;
            // A sink that has gone says itself why; the rest is not needed.
            if sink.blocking_send(made.batch).is_err() {
                return counted;
            }
            let _ = progress.send(rows);
        }
        first = last;
    }
    counted
}
