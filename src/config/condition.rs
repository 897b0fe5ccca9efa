//! The condition of the settings against the schema: which rows of the source are meant.

use super::{Settings, Subject, did_you_mean, listed};
use crate::error::{Error, Result};
use crate::schema::Schema;
use crate::schema::check::{Clause, ClauseError};

/// Reads what `--where` says, table by table. The error points at the line of `seed.toml` or names the option.
pub fn clauses(settings: &Settings, schema: &Schema, text: &str) -> Result<Vec<Clause>> {
    let error = |message: String| -> Error {
        settings.origins.error(&Subject::Condition, message, "which rows are meant")
    };
    Clause::read(schema, text).map_err(|wrong| match wrong {
        ClauseError::NoSuchTable(name) => {
            let known: Vec<String> = schema.tables.iter().map(|table| table.name.to_string()).collect();
            let names = || known.iter().map(String::as_str);
            let error = error(format!("the condition names the table `{name}`, which is not in the source"));
            match did_you_mean(&name, names()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("the tables are {}", listed(names()))),
            }
        }
        ClauseError::Unclear { why, remedy } => error(why).hint(remedy),
    })
}
