//! A file that does not bear its name yet.

use super::failed;
use crate::error::Result;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A file under its temporary name; removed when dropped before [`PartialFile::publish`].
#[derive(Debug)]
pub(super) struct PartialFile {
    temporary: PathBuf,
    path: PathBuf,
    published: bool,
}

impl PartialFile {
    /// Creates `.NAME.part` beside `path`. One that an earlier, killed run has left is overwritten.
    pub(super) fn create(path: &Path) -> Result<(Self, File)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.part"));
        let file = File::create(&temporary).map_err(|error| failed("create", path, error))?;
        Ok((Self { temporary, path: path.to_owned(), published: false }, file))
    }

    /// The name it will have.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, in the place of one that may be there.
    pub(super) fn publish(mut self) -> Result<()> {
        fs::rename(&self.temporary, &self.path).map_err(|error| failed("write", &self.path, error))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.published
            && let Err(error) = fs::remove_file(&self.temporary)
        {
            tracing::warn!(file = %self.temporary.display(), %error, "an unfinished file is left behind");
        }
    }
}
