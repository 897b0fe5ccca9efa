//! The model file: JSON text with a format version and a checksum.

/// The version of the file format this release reads and writes.
pub const FORMAT_VERSION: u32 = 1;
