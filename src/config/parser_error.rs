//! The errors of the TOML parser and of serde, in our words and with a remedy.

use super::{Excerpt, did_you_mean, listed};
use crate::error::Error;

/// An example of each key, for the remedy of a value of the wrong type.
const EXAMPLES: [(&str, &str); 21] = [
    ("url", "url = \"postgres://localhost/shop\""),
    ("protected", "protected = true"),
    ("scale", "scale = 0.1"),
    ("seed", "seed = 42"),
    ("rows", "rows = 1000, or in [generate] rows.customers = 1000"),
    ("jobs", "jobs = 4"),
    ("sample", "sample = 1000000"),
    ("where", "where = \"customers.state = 'OH'\""),
    ("only", "only = [\"orders\", \"order_lines\"]"),
    ("exclude", "exclude = [\"audit_log\"]"),
    ("k", "k = 5"),
    ("model", "model = \"independent\""),
    ("given", "given = [\"weight\", \"customers.country\"]"),
    ("never", "never = [\"gender\"]"),
    ("mode", "mode = \"copy\""),
    ("generator", "generator = \"email\", or generator = { range = { min = 18, max = 90 } }"),
    ("child", "child = \"events.user_id\", or child = \"lines.(order_id, position)\""),
    ("parent", "parent = \"users.id\", or parent = \"orders.(id, position)\""),
    ("relations", "[[relations]], in two pairs of brackets"),
    ("tables", "[tables.users]"),
    ("databases", "[databases.staging]"),
];

/// The error of reading `text`, the contents of the file `path`.
pub(super) fn explain(path: &str, text: &str, error: &toml::de::Error) -> Error {
    let span = error.span().unwrap_or(0..0);
    // A text that is no TOML at all fails without our types too; its message is the parser's.
    let (message, mut hints) = match toml::from_str::<toml::Table>(text) {
        Err(_) => {
            (format!("this is not valid TOML: {}", error.message()), vec![syntax_hint(error.message())])
        }
        Ok(_) => words(error.message()),
    };
    if hints.is_empty() {
        hints.push(match example_near(text, span.start) {
            Some(example) => format!("for example {example}"),
            None => "`seed init --config new.toml` writes an example of everything".to_owned(),
        });
    }
    let error = Error::config(message).because(Excerpt::new(path, text, span, ""));
    hints.into_iter().fold(error, Error::hint)
}

fn syntax_hint(message: &str) -> String {
    match message.starts_with("duplicate key") {
        true => "keep one of the two".to_owned(),
        false => {
            "a section is `[name]`, a line in it `key = value`, and texts stand in double quotes".to_owned()
        }
    }
}

/// The example of the key that is set at this place.
fn example_near(text: &str, position: usize) -> Option<String> {
    let start = text[..position].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default();
    let mut parts = key.split(['.', '[', ']']).map(str::trim);
    parts.find_map(example_of)
}

fn example_of(key: &str) -> Option<String> {
    EXAMPLES.iter().find(|(known, _)| *known == key).map(|(_, example)| (*example).to_owned())
}

/// Message and hints for a message of serde.
fn words(message: &str) -> (String, Vec<String>) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let choice = |kind: &str, unknown: &str, known: &[&str]| {
        let hint = did_you_mean(unknown, known.iter().copied())
            .map(|near| format!("did you mean `{near}`?"))
            .into_iter()
            .chain([format!("known here: {}", listed(known.iter().copied()))]);
        (format!("unknown {kind} `{unknown}`"), hint.collect())
    };
    if let (true, [unknown, known @ ..]) = (message.starts_with("unknown field"), quoted.as_slice()) {
        return choice("key", unknown, known);
    }
    if let (true, [unknown, known @ ..]) = (message.starts_with("unknown variant"), quoted.as_slice()) {
        let kind = if known.contains(&"independent") { "model" } else { "mode" };
        return choice(kind, unknown, known);
    }
    if let (true, [missing]) = (message.starts_with("missing field"), quoted.as_slice()) {
        let hint = example_of(missing).map(|example| format!("add it: {example}"));
        return (format!("the key `{missing}` is missing"), hint.into_iter().collect());
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "))
    {
        let kind = found.split([' ', '`']).next().unwrap_or(found);
        let found = match kind {
            "map" => "a table",
            "sequence" => "a list",
            "boolean" => "true or false",
            "integer" => "a whole number",
            "floating" => "a number with decimals",
            "string" => "a text",
            other => other,
        };
        let found = if message.starts_with("invalid value") { "a value out of range" } else { found };
        return (format!("expected {}, found {found}", plain_type(expected)), Vec::new());
    }
    (message.lines().next().unwrap_or_default().to_owned(), Vec::new())
}

/// Rust's type names in words.
fn plain_type(expected: &str) -> &str {
    match expected {
        "f64" => "a number",
        "u64" | "usize" | "u32" => "a whole number of 0 or more",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a map" => "a table",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}
