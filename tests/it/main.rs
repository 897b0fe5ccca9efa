//! The one integration-test binary.

#[cfg(feature = "sqlite")]
mod learning; // a SQLite file learned: canaries, order of rows, treatments
