//! How fast flights are learned and generated: rows per second of one core, in memory, without a database.
//!
//! ```sh
//! cargo bench                  # 100,000 flights
//! cargo bench -- 400000
//! ```
//!
//! What is measured takes seconds and is the same every time, so one run is timed and no library of statistics is needed. Seconds are those
//! that the processor worked (Linux), which a busy machine stretches less than those on the wall.

#![allow(clippy::print_stdout, reason = "a program of its own, not a library")]

mod flights;

use flights::{FLIGHTS, Flights};
use seed::config::Settings;
use seed::generate::{CHUNK_ROWS, Generator};
use seed::learn::{Options, learn};
use seed::plan::{Existing, plan};
use std::time::Instant;

/// Seconds on the wall, and seconds that cores worked.
struct Spent {
    wall: f64,
    cores: f64,
}

/// Does something and says what it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    let (start, worked) = (Instant::now(), core_seconds());
    let result = work();
    let wall = start.elapsed().as_secs_f64();
    let cores = worked.zip(core_seconds()).map_or(wall, |(before, after)| after - before);
    (result, Spent { wall, cores })
}

/// What all threads of this process have worked; `None` where the system does not say it as Linux does.
fn core_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program is in brackets and may hold blanks; the times come twelfth and thirteenth after it.
    let mut times = text.rsplit_once(')')?.1.split_whitespace().skip(11).map(str::parse::<f64>);
    // In hundredths of a second, whatever the kernel's own clock.
    Some((times.next()?.ok()? + times.next()?.ok()?) / 100.0)
}

fn tell(what: &str, rows: u64, spent: &Spent) {
    let rate = rows as f64 / spent.cores.max(0.01);
    println!("{what:<28}{rate:>12.0} rows per core-second{:>9.2} s{:>9.2} core-s", spent.wall, spent.cores);
}

fn main() -> seed::Result<()> {
    let wanted = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let rows: u64 = wanted.unwrap_or(100_000).max(1_000);
    println!("{rows} flights of 19 columns, learned and generated at scale 1");

    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let (mut source, schema) = (Flights::new(rows), Flights::schema());
    let (options, said) = (Options::default(), |_| {});
    let (model, spent) = timed(|| runtime.block_on(learn(&mut source, &schema, &options, &said)));
    let model = model?;
    assert!(model.tables[FLIGHTS].dependence.is_some(), "flights are learned jointly");
    tell("learning (all cores)", rows, &spent);

    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    let plan = plan(&model, &Settings::default(), Existing::default())?;
    let (generator, ready) = pool.install(|| timed(|| Generator::new(&model, &plan)));
    let generator = generator?;
    let total = generator.rows(FLIGHTS);
    let batches = || {
        let starts = (0..total).step_by(CHUNK_ROWS as usize);
        starts
            .map(|start| generator.batch(FLIGHTS, start, CHUNK_ROWS.min(total - start)).num_rows())
            .sum::<usize>()
    };
    let (made, batched) = pool.install(|| timed(batches));
    assert_eq!(made as u64, total, "every row was made");
    tell("getting ready (1 thread)", total, &ready);
    tell("batches (1 thread)", total, &batched);
    let both = Spent { wall: ready.wall + batched.wall, cores: ready.cores + batched.cores };
    tell("generating in all", total, &both);
    Ok(())
}
