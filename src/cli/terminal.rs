//! What is printed where: results on stdout, everything else on stderr.

use super::progress::Progress;
use super::render::{self, Paint};
use crate::config::hide_passwords;
use crate::error::{Error, ErrorKind};
use crate::pipeline::Target;
use crate::store::{Address, ExistingRows};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// How the user wants to be spoken to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manner {
    /// One JSON document on stdout.
    pub(super) json: bool,
    /// Nothing but errors.
    pub(super) quiet: bool,
    /// How often `-v` was given.
    pub(super) verbose: u8,
}

/// The terminal of one run.
#[derive(Debug)]
pub(super) struct Terminal {
    pub(super) manner: Manner,
    pub(super) progress: Progress,
    /// Colours of stdout.
    pub(super) paint: Paint,
    /// What is being written to, for the words after Ctrl-C.
    target: Mutex<Option<Target>>,
}

impl Terminal {
    pub(super) fn new(manner: Manner) -> Self {
        Self {
            manner,
            progress: Progress::new(manner),
            paint: Paint::for_stream(std::io::stdout().is_terminal()),
            target: Mutex::new(None),
        }
    }

    /// Prints a result for people; `--json` and `--quiet` leave it out.
    pub(super) fn result(&self, text: &str) {
        if !self.manner.json && !self.manner.quiet {
            print(text);
        }
    }

    /// Prints the one JSON document, if it is wanted.
    pub(super) fn json(&self, document: &serde_json::Value) {
        if self.manner.json {
            print_json(document);
        }
    }

    /// Prints a JSON document that was asked for by itself (`--format json`).
    pub(super) fn document(&self, document: &serde_json::Value) {
        print_json(document);
    }

    /// Tells something on stderr; `--quiet` leaves it out.
    pub(super) fn say(&self, text: &str) {
        if !self.manner.quiet {
            self.progress.print(text);
        }
    }

    /// Remembers what is about to be written to.
    pub(super) fn writes_to(&self, target: &Target) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = Some(target.clone());
    }

    /// Prints an error and returns its exit code.
    pub(super) fn fail(&self, error: &Error) -> ExitCode {
        self.progress.clear();
        self.json(&render::error_json(error));
        eprint!("{}", render::error(error, Paint::for_stream(std::io::stderr().is_terminal())));
        ExitCode::from(error.exit_code())
    }

    /// What to say after Ctrl-C: what remains of the load, and how to go on.
    pub(super) fn interrupted(&self) -> Error {
        let target = self.target.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match target.filter(|_| self.progress.is_writing()) {
            Some(target) => interrupted_load(&target),
            None => Error::new(ErrorKind::Interrupted, "stopped by Ctrl-C; nothing was written"),
        }
    }
}

fn interrupted_load(target: &Target) -> Error {
    use crate::schema::Dialect::Mysql;
    let name = &target.name;
    let rolls_back = match &target.address {
        Address::Server { dialect, .. } => *dialect != Mysql,
        Address::Sqlite(_) => true,
        Address::Parquet(_) | Address::Csv(_) | Address::SqlScript { .. } => false,
    };
    if rolls_back {
        let message = format!("stopped by Ctrl-C; nothing of the unfinished load remains in `{name}`");
        return Error::new(ErrorKind::Interrupted, message)
            .hint("run the same command again to start over, with --truncate if other rows are there");
    }
    let message = format!("stopped by Ctrl-C; a part of the rows may be in `{name}`");
    let error = Error::new(ErrorKind::Interrupted, message);
    match target.existing {
        ExistingRows::Append => error
            .hint("the rows added so far stand behind those that were there; --truncate would remove both"),
        ExistingRows::Refuse | ExistingRows::Truncate => {
            error.hint("run the same command again with --truncate to empty the tables and start over")
        }
    }
}

/// Prints what clap has to say: help and the version on stdout, mistakes on stderr, and those as JSON too if wanted.
pub(super) fn print_clap(error: &clap::Error, json: bool) -> ExitCode {
    let to_stderr = error.use_stderr();
    let is_terminal =
        if to_stderr { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
    let rendered = error.render();
    let text = match Paint::for_stream(is_terminal).is_on() {
        true => rendered.ansi().to_string(),
        false => rendered.to_string(),
    };
    let text = hide_passwords(&text);
    if !to_stderr {
        print(&text);
        return ExitCode::SUCCESS;
    }
    if json {
        print_json(&render::error_json(&usage_error(&rendered.to_string())));
    }
    eprint!("{text}");
    ExitCode::from(2)
}

/// What clap says, as an error of ours: its first paragraph, and its tips as hints.
fn usage_error(text: &str) -> Error {
    let first = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let message = first.split_whitespace().collect::<Vec<_>>().join(" ");
    let tips = text.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    tips.fold(Error::usage(message), Error::hint).hint("try `seed --help`")
}

/// Prints on stdout. A reader that has gone away (`seed man | head`) is not an error.
fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn print_json(document: &serde_json::Value) {
    print(&format!("{document:#}\n"));
}
