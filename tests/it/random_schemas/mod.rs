//! Random schemas, filled by the product, judged by the database.
//!
//! A seed gives a schema (`tables`, `keys`, `checks`, `types`, `names`), written as DDL of one engine (`render`). It is
//! filled twice: made up from the empty schema, and learned from rows that the test drew itself and the engine took
//! (`filler`). The database says whether everything that was declared holds (`trial`). What fails is made smaller
//! (`shrink`), and printed with its seed.
//!
//! | variable | means |
//! | --- | --- |
//! | `SEED_RANDOM_SECONDS` | time for each engine; by default 20, and no more than the first schemas, which are always the same |
//! | `SEED_RANDOM_SCHEMAS` | schemas for each engine, however long they take, the known failures among them |
//! | `SEED_RANDOM_FROM` | the first seed; 0 by default |
//! | `SEED_RANDOM_SEED` | this seed alone: the replay of a failure |
//! | `SEED_RANDOM_MODE` | `made_up` or `learned`: this alone |
//! | `SEED_RANDOM_FAILURES` | failures after which a run is given up; 12 by default |
//! | `SEED_RANDOM_SHRINK` | seconds for making a failure smaller; 15 by default |
//!
//! `SEED_RANDOM_SCHEMAS=700 tests/run -E 'test(random_schemas)'` is the long run.

mod checks;
mod dice;
mod filler;
mod keys;
mod literal;
mod names;
mod nullness;
mod regressions;
mod render;
mod room;
mod shape;
mod shrink;
mod tables;
mod trial;
mod types;

use crate::support::Engine;
use std::io::Write;
use std::time::{Duration, Instant};

/// Failures that are looked at before a run is given up, where nothing is asked for.
const FAILURES: usize = 12;

/// Seconds in which a failure is made smaller, where nothing is asked for.
const SHRINK: u64 = 15;

/// Schemas for each engine, where nothing is asked for: the same on every machine that is fast enough.
const FIRST: u64 = 20;

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// One seed after the other until the time is over or so many have run.
fn run(engine: Engine) {
    if let Some(seed) = variable("SEED_RANDOM_SEED") {
        let failure = attempt(engine, seed, Duration::from_secs(60));
        return assert!(failure.is_none(), "{}", failure.unwrap_or_default());
    }
    let schemas: Option<u64> = variable("SEED_RANDOM_SCHEMAS");
    let seconds: Option<u64> = variable("SEED_RANDOM_SECONDS");
    let time = Duration::from_secs(seconds.unwrap_or(20));
    let first: u64 = variable("SEED_RANDOM_FROM").unwrap_or(0);
    let most = variable("SEED_RANDOM_FAILURES").unwrap_or(FAILURES);
    let shrink = Duration::from_secs(variable("SEED_RANDOM_SHRINK").unwrap_or(SHRINK));
    let (started, mut failures) = (Instant::now(), Vec::new());
    let quick = schemas.is_none() && seconds.is_none();
    let in_time = |done: u64| started.elapsed() < time && !(quick && done >= FIRST);
    let mut done = 0;
    while schemas.map_or_else(|| in_time(done), |most| done < most) && failures.len() < most {
        let failure = attempt(engine, first + done, shrink);
        // A long run shows at once what it finds.
        let shown = failure.iter().try_for_each(|failure| writeln!(std::io::stderr(), "{failure}\n"));
        shown.expect("standard error takes it");
        failures.extend(failure);
        done += 1;
    }
    let (count, separator) = (failures.len(), "=".repeat(100));
    assert!(
        failures.is_empty(),
        "{count} of {done} schemas fail\n{}",
        failures.join(&format!("\n{separator}\n"))
    );
}

/// One seed; what to print if it fails.
fn attempt(engine: Engine, seed: u64, time: Duration) -> Option<String> {
    let schema = tables::schema(engine, seed);
    let failure = trial::guarded(&schema, seed).err()?;
    let (schema, failure) = shrink::shrink(&schema, seed, failure, time);
    Some(format!(
        "seed {seed} on {engine:?}: {}\n{}\n{}\nreplay: SEED_RANDOM_SEED={seed} tests/run -E 'test(random_schemas::{})'",
        failure.class,
        failure.text.trim_end(),
        render::script(&schema),
        format!("{engine:?}").to_lowercase(),
    ))
}

#[test]
fn postgres() {
    run(Engine::Postgres);
}

#[test]
fn mysql() {
    run(Engine::Mysql);
}

#[test]
fn sqlite() {
    run(Engine::Sqlite);
}
