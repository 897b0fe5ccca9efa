//! `seed` reads a source database, learns how its tables look and how they hang together, and fills a target
//! with new, referentially consistent rows.
//!
//! The line from source to target:
//!
//! ```text
//! store::open ► introspect ► Schema ► SchemaGraph
//!      └── scan (sampled batches) ─► learn ─► Model ─► Plan
//!                                                └──┬───┘   for each chunk, on any core
//!                                               generate ─► RecordBatch ─► Sink
//! ```
//!
//! Learning and generating are pure: functions of data, without I/O, clock, threads or environment.
//! `ARCHITECTURE.md` is the map of the code.

pub mod cli;
pub mod config;
pub mod error;
pub mod generate;
pub mod imagine;
pub mod learn;
pub mod load;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod rng;
pub mod schema;
pub mod stats;
pub mod store;

pub use error::{Error, Result};
