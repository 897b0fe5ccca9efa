//! The model file: JSON text with a format version and a checksum.
//!
//! ```text
//! {
//! "seed_model": {"format": 1, "blake3": "…"},
//! "model": …
//! }
//! ```
//!
//! The checksum covers the text of the model itself, byte by byte, so a file that was cut short or changed on its way is
//! recognised before anything is made of it.

mod layout;

use super::Model;
use crate::error::{Error, Result};
use serde::Deserialize;
use std::io::Write;
use std::path::Path;

/// The version of the file format this release reads and writes.
pub const FORMAT_VERSION: u32 = 1;

const HEADER: &str = "{\n\"seed_model\": ";
const BODY: &str = ",\n\"model\": ";
const END: &str = "\n}\n";

#[derive(Deserialize)]
struct Header {
    format: u32,
    blake3: String,
}

impl Model {
    /// The text of the model file. Equal models have equal texts.
    pub fn to_text(&self) -> Result<String> {
        let json = serde_json::to_string(self)
            .map_err(|cause| Error::config("the model cannot be written as JSON").because(cause))?;
        let body = layout::spread(&json);
        let checksum = blake3::hash(body.as_bytes()).to_hex();
        Ok(format!("{HEADER}{{\"format\": {FORMAT_VERSION}, \"blake3\": \"{checksum}\"}}{BODY}{body}{END}"))
    }

    /// Reads the text of a model file. Refuses text that is no model, of another format version, or damaged.
    pub fn from_text(text: &str) -> Result<Self> {
        let no_model = || {
            Error::config("this is not a model file").hint("write one with `seed learn --from … --out FILE`")
        };
        let (header, rest) =
            text.strip_prefix(HEADER).and_then(|text| text.split_once(BODY)).ok_or_else(no_model)?;
        let header: Header = serde_json::from_str(header).map_err(|_| no_model())?;
        if header.format != FORMAT_VERSION {
            return Err(Error::config(format!(
                "the model file has format {}, and this release reads format {FORMAT_VERSION}",
                header.format
            ))
            .hint("learn the source again with this release, or use the release that wrote the file"));
        }
        let body = rest.strip_suffix(END).ok_or_else(damaged)?;
        if blake3::hash(body.as_bytes()).to_hex().as_str() != header.blake3 {
            return Err(damaged());
        }
        let model: Self = serde_json::from_str(body).map_err(|cause| damaged().because(cause))?;
        let fits = model.tables.len() == model.schema.tables.len()
            && model.tables.iter().zip(&model.schema.tables).all(|(learned, table)| {
                learned.columns.len() == table.columns.len()
                    && learned.cardinalities.len() == table.foreign_keys.len()
            });
        if fits { Ok(model) } else { Err(damaged()) }
    }

    /// Writes the model file. The file appears whole or not at all: the text goes to a file beside it, which then takes its place.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = self.to_text()?;
        let failed = |cause: std::io::Error| {
            Error::target_failed(format!("the model file {} cannot be written", path.display()))
                .hint("name a file in a folder that exists, that you may write to and that has room")
                .because(cause)
        };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".partial");
        let beside = Path::new(&beside);
        let written = std::fs::File::create(beside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(beside, path)
        });
        written.map_err(|cause| {
            // What is left of the attempt is of no use; that it may be gone already is fine.
            let _ = std::fs::remove_file(beside);
            failed(cause)
        })
    }

    /// Reads a model file.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|cause| {
            Error::config(format!("the model file {} cannot be read", path.display()))
                .hint("check the path; `seed learn --from … --out FILE` writes a model file")
                .because(cause)
        })?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Error::config(format!("{} is not a model file: it is not text", path.display()))
                .hint("write one with `seed learn --from … --out FILE`")
        })?;
        Self::from_text(&text).map_err(|error| {
            let located = Error::config(format!("{}: {error}", path.display()));
            error.hints().iter().fold(located, |located, hint| located.hint(hint))
        })
    }
}

fn damaged() -> Error {
    Error::config("the model file is damaged: its checksum does not match its content").hint(
        "copy it again from where it was written, or learn the source again; a model file is not edited by hand",
    )
}

#[cfg(test)]
mod tests;
