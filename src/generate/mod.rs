//! (to be written)

pub mod column;
