//! What every test leans on: a database of its own, the binary, the example databases, independent checks.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod catalog;
mod catalog_mysql;
mod catalog_postgres;
mod catalog_sqlite;
pub(crate) mod database;
pub(crate) mod datasets;
pub(crate) mod distance;
#[path = "../../../examples/example_data/mod.rs"]
pub(crate) mod example_data;
pub(crate) mod integrity;
pub(crate) mod run;
pub(crate) mod schemas;

pub(crate) use catalog::Catalog;
pub(crate) use database::Database;
pub(crate) use example_data::Engine;
pub(crate) use run::{Outcome, Workspace};

/// All engines, for tests that cover every pair.
pub(crate) const ENGINES: [Engine; 3] = [Engine::Postgres, Engine::Mysql, Engine::Sqlite];

/// The example databases of `schemas/`.
pub(crate) const EXAMPLES: [&str; 3] = ["shop", "clinic", "awkward"];
