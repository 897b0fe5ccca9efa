//! Reading `seed.toml`, and errors that point into it.

use super::environment::expand;
use super::parser_error::explain;
use super::{Excerpt, File, ModelWord};
use crate::error::{Error, Result};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;

/// The name under which the file is found in the working directory.
pub const DEFAULT_NAME: &str = "seed.toml";

/// The file as it was read, or an empty one where there is none.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Its path, as the user gave it.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// What it says.
    pub file: File,
}

impl Document {
    /// The file the user named, else `seed.toml` of the working directory, else an empty one.
    pub fn find(named: Option<&Path>) -> Result<Self> {
        let path = named.unwrap_or(Path::new(DEFAULT_NAME));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&path.display().to_string(), &text),
            Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => {
                Ok(Self { path: DEFAULT_NAME.to_owned(), ..Self::default() })
            }
            Err(error) => {
                let hint = match error.kind() {
                    ErrorKind::NotFound => "check the path, or write a new one with `seed init`",
                    _ => "check that the path is a text file you may read",
                };
                Err(Error::config(format!("the configuration `{}` cannot be read", path.display()))
                    .because(error)
                    .hint(hint))
            }
        }
    }

    /// Reads a text.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|error| explain(path, text, &error))?;
        let document = Self { path: path.to_owned(), text: text.into(), file };
        document.check_values()?;
        Ok(document)
    }

    /// An error that points at a place of the file.
    pub fn error_at(&self, span: Range<usize>, message: impl Into<String>, label: &str) -> Error {
        Error::config(message).because(Excerpt::new(&self.path, &self.text, span, label))
    }

    /// A value with its environment variables replaced; `lookup` knows the environment.
    pub fn expand(&self, value: &Spanned<String>, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String> {
        expand(value.get_ref(), lookup).map_err(|error| {
            let whole = value.span();
            let inside = self.text[whole.clone()].find(&error.part).map(|at| whole.start + at);
            let span = inside.map_or(whole, |at| at..at + error.part.len());
            self.error_at(span, error.message, "").hint(error.hint)
        })
    }

    /// The values that are wrong in themselves, whatever the schema.
    fn check_values(&self) -> Result<()> {
        let generate = &self.file.generate;
        if let Some(scale) = &generate.scale
            && !(scale.get_ref().is_finite() && *scale.get_ref() > 0.0)
        {
            let message = "`scale` must be a number above 0";
            return Err(self
                .error_at(scale.span(), message, "rows of the target per row of the source")
                .hint("0.1 gives a tenth of the rows, 1 as many as the source; to leave a table out, use `exclude`"));
        }
        if let Some(sample) = &generate.sample
            && *sample.get_ref() == 0
        {
            return Err(self
                .error_at(sample.span(), "`sample` must be at least 1", "rows read per table at the most")
                .hint("the default is 1000000"));
        }
        if let Some(k) = &self.file.privacy.k
            && *k.get_ref() == 0
        {
            return Err(self
                .error_at(k.span(), "`k` must be at least 1", "subjects that must share a value")
                .hint("the default is 5; 1 lets every value that is not personal into the model"));
        }
        self.check_limits()?;
        self.check_relations()
    }

    fn check_limits(&self) -> Result<()> {
        for (table, section) in &self.file.tables {
            for (name, column) in &section.columns {
                let independent = |model: &Spanned<ModelWord>| *model.get_ref() == ModelWord::Independent;
                let said = match (&column.given, column.never.first()) {
                    (Some(given), _) => ("given", given.span()),
                    (None, Some(never)) => ("never", never.span()),
                    (None, None) => continue,
                };
                if column.model.as_ref().is_some_and(independent) {
                    let message = format!(
                        "`{}.{}` is independent, and yet has `{}`",
                        table.get_ref(),
                        name.get_ref(),
                        said.0
                    );
                    return Err(self.error_at(said.1, message, "").hint(format!(
                        "keep either `model = \"independent\"`, which depends on nothing, or `{}`",
                        said.0
                    )));
                }
            }
        }
        Ok(())
    }

    fn check_relations(&self) -> Result<()> {
        for relation in &self.file.relations {
            let (child, parent) = (relation.child.get_ref(), relation.parent.get_ref());
            if child.columns.len() != parent.columns.len() {
                let message = format!(
                    "`{child}` has {} but `{parent}` has {}",
                    columns(child.columns.len()),
                    columns(parent.columns.len())
                );
                return Err(self
                    .error_at(relation.parent.span(), message, "")
                    .hint("both ends of a relation have the same number of columns, in the same order"));
            }
        }
        Ok(())
    }
}

fn columns(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}
