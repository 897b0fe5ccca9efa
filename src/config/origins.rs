//! Where the user said what: kept until names can be checked against the schema, so that the error points there.

use super::Excerpt;
use crate::error::Error;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Something a user said that names a table, a column or a generator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A table with an exact row count.
    Rows(String),
    /// Which rows of the source are meant.
    Condition,
    /// The shares of a column's values, as they were written.
    Balance(String),
    /// A table that is filled.
    Only(String),
    /// A table that is left out.
    Exclude(String),
    /// A table with settings.
    Table(String),
    /// A column with settings: table and column.
    Column(String, String),
    /// The generator of a column: table and column.
    Generator(String, String),
    /// A column that another one may or may not depend on: table, column and the name.
    Reference(String, String, String),
    /// Rule number `0…` of the settings.
    Rule(usize),
    /// The child of relation number `0…`.
    Child(usize),
    /// The parent of relation number `0…`.
    Parent(usize),
}

/// Where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An option of the command line, such as `--rows`.
    Option(&'static str),
    /// These bytes of `seed.toml`.
    File(Range<usize>),
}

/// The places of everything that was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    path: String,
    text: Arc<str>,
    places: BTreeMap<Subject, Place>,
}

impl Origins {
    /// No places yet; those in the file will be shown in `text`, the contents of `path`.
    pub fn new(path: impl Into<String>, text: Arc<str>) -> Self {
        Self { path: path.into(), text, places: BTreeMap::new() }
    }

    /// Notes where something was said; what is said later overrides what was said before.
    pub fn note(&mut self, subject: Subject, place: Place) {
        self.places.insert(subject, place);
    }

    /// Notes a place in the file.
    pub fn note_in_file<T>(&mut self, subject: Subject, value: &toml::Spanned<T>) {
        self.note(subject, Place::File(value.span()));
    }

    /// The tables that have settings of their own.
    pub fn tables(&self) -> impl Iterator<Item = &String> {
        self.places.keys().filter_map(|subject| match subject {
            Subject::Table(name) => Some(name),
            _ => None,
        })
    }

    /// The columns that have settings of their own, with their tables.
    pub fn columns(&self) -> impl Iterator<Item = (&String, &String)> {
        self.places.keys().filter_map(|subject| match subject {
            Subject::Column(table, column) => Some((table, column)),
            _ => None,
        })
    }

    /// An error about something that was said: it points at the line of the file, or names the option. The label is
    /// what stands beside the caret.
    pub fn error(&self, subject: &Subject, message: impl Into<String>, label: &str) -> Error {
        let message = message.into();
        match self.places.get(subject) {
            Some(Place::File(span)) => {
                Error::config(message).because(Excerpt::new(&self.path, &self.text, span.clone(), label))
            }
            Some(Place::Option(option)) => Error::usage(format!("{option}: {message}")),
            None => Error::usage(message),
        }
    }
}
