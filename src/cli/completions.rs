//! `seed completions` and `seed man`: written from the same definitions as the help.

use super::Outcome;
use super::arguments::definition;
use super::terminal::Terminal;
use crate::config::{did_you_mean, listed};
use crate::error::{Error, ErrorKind, Result};

/// Prints the completions of a shell.
pub(super) fn completions(shell: clap_complete::Shell, terminal: &Terminal) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "seed", &mut script);
    terminal.result(&String::from_utf8_lossy(&script));
    Ok(Outcome::Done)
}

/// Prints the man page of `seed`, or of one of its commands.
pub(super) fn man(command: Option<&str>, terminal: &Terminal) -> Result<Outcome> {
    let mut seed = definition();
    seed.build();
    let page = match command {
        None => seed,
        Some(name) => seed.find_subcommand(name).cloned().ok_or_else(|| unknown_command(&seed, name))?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| Error::new(ErrorKind::Target, "the man page could not be written").because(error))?;
    terminal.result(&String::from_utf8_lossy(&text));
    Ok(Outcome::Done)
}

fn unknown_command(seed: &clap::Command, name: &str) -> Error {
    let names = || seed.get_subcommands().map(clap::Command::get_name);
    let error = Error::usage(format!("there is no command `{name}`"));
    match did_you_mean(name, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("the commands are {}", listed(names()))),
    }
}
