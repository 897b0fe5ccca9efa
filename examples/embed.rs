//! `seed` as a library: learns the bundled shop and writes a tenth of it as CSV files.
//!
//! ```sh
//! cargo run --example embed -- target/shop-csv
//! ```

#![allow(clippy::print_stdout, reason = "a program of its own, not a library")]

use seed::config::Settings;
use seed::pipeline::{self, Event, Observer, Target};
use seed::store::{Address, ExistingRows};
use std::path::PathBuf;

/// Prints how far the run is; a program with a window of its own would draw a bar.
struct Progress;

impl Observer for Progress {
    fn event(&self, event: Event) {
        match event {
            Event::Introspected { tables, foreign_keys } => {
                println!("found {tables} tables and {foreign_keys} foreign keys");
            }
            Event::LearnFinished => println!("learned them all"),
            _ => {}
        }
    }
}

#[tokio::main]
async fn main() -> seed::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/shop-csv".to_owned());
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/shop.db");
    let settings = Settings { seed: 42, scale: 0.1, ..Settings::default() };

    // The model holds distributions and no rows: it can be kept, reviewed, and used where no source is in reach.
    let model = pipeline::learn(&Address::Sqlite(PathBuf::from(shop)), &settings, &Progress).await?;

    let target = Target {
        address: Address::Csv(PathBuf::from(&folder)),
        name: folder.clone(),
        protected: false,
        existing: ExistingRows::Truncate,
        protected_addresses: Vec::new(),
    };
    let summary = pipeline::generate(&model, &target, &settings, &Progress).await?;
    for table in &summary.tables {
        println!("{:>6} rows of {}", table.rows, table.table);
    }
    println!("are in {folder}");
    Ok(())
}
