//! The model file: JSON text with a format version and a checksum.

/// The version of the file format this release reads and writes.
pub const FORMAT_VERSION: u32 = 1;

impl super::Model {
    /// Reads a model file.
    pub fn load(_path: &std::path::Path) -> crate::Result<Self> {
        Err(crate::Error::usage("not written yet"))
    }

    /// Writes a model file.
    pub fn save(&self, _path: &std::path::Path) -> crate::Result<()> {
        Err(crate::Error::usage("not written yet"))
    }
}
