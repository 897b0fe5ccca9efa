//! What `--from` and `--to` mean: an address, or a name from `[databases]`.

use crate::config::{Document, did_you_mean, hide_passwords, listed};
use crate::error::{Error, Result};
use crate::pipeline::Target;
use crate::store::{Address, ExistingRows};

/// The forms of an address, for hints.
const FORMS: &str = "an address is postgres://…, mysql://…, mariadb://…, sqlite:PATH, or as a target parquet:DIR, csv:DIR, sql:FILE";

/// A database the user named, resolved.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    /// Where it is.
    pub(super) address: Address,
    /// Its name in `seed.toml`, or its address without the password.
    pub(super) name: String,
    /// Whether `seed.toml` protects it.
    protected: bool,
}

/// Resolves what is to be read, and refuses what only can be written.
pub(super) fn resolve_source(document: &Document, option: &str, text: &str) -> Result<Resolved> {
    let resolved = resolve(document, option, text)?;
    let form = match resolved.address {
        Address::Server { .. } | Address::Sqlite(_) => return Ok(resolved),
        Address::Parquet(_) => "parquet:",
        Address::Csv(_) => "csv:",
        Address::SqlScript { .. } => "sql:",
    };
    let message = format!(
        "{option}: `{}` is a `{form}` address, which can be a target but not a source",
        resolved.name
    );
    Err(Error::usage(message).hint("a source is a PostgreSQL, MySQL, MariaDB or SQLite database"))
}

/// Resolves a name or an address. `option` is where it was given, for the message.
fn resolve(document: &Document, option: &str, text: &str) -> Result<Resolved> {
    if let Some(database) = document.file.databases.get(text) {
        let url = document.expand(&database.url, &environment)?;
        let address = parse_address(&url).map_err(|(message, hints)| {
            let error = document.error_at(database.url.span(), message, "");
            hints.into_iter().fold(error, Error::hint)
        })?;
        return Ok(Resolved { address, name: text.to_owned(), protected: database.protected });
    }
    let address = match parse_address(text) {
        Ok(address) => address,
        Err(_) if !text.contains(':') => return Err(unknown_name(document, option, text)),
        Err((message, hints)) => {
            let error = Error::usage(format!("{option}: {message}"));
            return Err(hints.into_iter().fold(error, Error::hint));
        }
    };
    Ok(Resolved { address, name: hide_passwords(text), protected: false })
}

/// Resolves what is to be written to, and refuses it if `seed.toml` protects it.
pub(super) fn resolve_target(document: &Document, text: &str, existing: ExistingRows) -> Result<Target> {
    let resolved = resolve(document, "--to", text)?;
    let protected_addresses = protected_addresses(document);
    let same = protected_addresses.iter().find(|(_, address)| *address == resolved.address);
    let protected_name = if resolved.protected { Some(&resolved.name) } else { same.map(|(name, _)| name) };
    if let Some(name) = protected_name {
        let message = format!("--to: the database `{name}` is protected, nothing is ever written there");
        return Err(Error::usage(message).hint("choose another target").hint(format!(
            "if `{name}` may really be written to, take `protected = true` out of {}",
            document.path
        )));
    }
    let Resolved { address, name, protected } = resolved;
    Ok(Target { address, name, protected, existing, protected_addresses })
}

/// The protected databases whose addresses are known here. One whose variable is not set cannot be compared with the
/// target; the log says so.
fn protected_addresses(document: &Document) -> Vec<(String, Address)> {
    let protected = document.file.databases.iter().filter(|(_, database)| database.protected);
    let known = protected.filter_map(|(name, database)| {
        let address = document
            .expand(&database.url, &environment)
            .map_err(|error| error.to_string())
            .and_then(|url| parse_address(&url).map_err(|(message, _)| message));
        match address {
            Ok(address) => Some((name.get_ref().clone(), address)),
            Err(reason) => {
                tracing::warn!(
                    "the target is not compared with the protected database `{}`: {reason}",
                    name.get_ref()
                );
                None
            }
        }
    });
    known.collect()
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The address, or message and hints: where a mistake was made decides what else the error says.
fn parse_address(text: &str) -> Result<Address, (String, Vec<String>)> {
    Address::parse(text).map_err(|error| (hide_passwords(&error.to_string()), error.hints().to_vec()))
}

fn unknown_name(document: &Document, option: &str, text: &str) -> Error {
    let names = || document.file.databases.keys().map(|name| name.get_ref().as_str());
    let mut error = Error::usage(format!("{option}: there is no database named `{text}`"));
    if let Some(near) = did_you_mean(text, names()) {
        error = error.hint(format!("did you mean `{near}`?"));
    }
    if std::path::Path::new(text).exists() {
        error = error.hint(format!("for the file of that name write `sqlite:{text}`"));
    }
    error = match names().next() {
        None => error.hint(format!("{} names no databases", document.path)),
        Some(_) => error.hint(format!("{} names {}", document.path, listed(names()))),
    };
    error.hint(FORMS)
}
