//! The one integration-test binary.

mod cli; // the whole terminal: help, usage errors, exit codes
mod config_errors; // every mistake in seed.toml: place, caret, remedy
