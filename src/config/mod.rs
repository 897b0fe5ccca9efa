//! `seed.toml`, and the settings that come out of it together with the command line.

mod settings;

pub use settings::{ColumnSetting, Relation, Settings};
