//! The command line: arguments in, exit code out. The only room that prints.

#![allow(clippy::print_stdout, clippy::print_stderr)] // This is the room that draws on the terminal.

mod arguments;
mod completions;
mod databases;
mod generate;
mod generators;
mod init;
mod inspect;
mod learn;
mod log;
mod progress;
mod render;
mod run;
mod settings;
mod terminal;

use crate::error::{Error, ErrorKind, Result};
use arguments::{Arguments, Command, SharedOptions};
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;
use terminal::{Manner, Terminal};

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// As asked.
    Done,
    /// The rows are there, but the target found constraints broken.
    Broken,
}

/// A command line that was understood.
#[derive(Debug)]
pub struct Invocation {
    arguments: Arguments,
    terminal: Terminal,
}

/// Reads the command line. Help, the version and mistakes are printed here; what remains is the exit code.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, ExitCode> {
    let words: Vec<OsString> = arguments.into_iter().collect();
    match Arguments::try_parse_from(&words) {
        Ok(arguments) => {
            let terminal = Terminal::new(manner(&arguments));
            Ok(Invocation { arguments, terminal })
        }
        Err(error) => {
            let json = words.iter().any(|word| word == "--json");
            Err(terminal::print_clap(&error, json))
        }
    }
}

/// The shared options of whichever command was given.
fn shared(arguments: &Arguments) -> Option<&SharedOptions> {
    match &arguments.command {
        None => arguments.run.as_ref().map(|run| &run.shared),
        Some(Command::Inspect(inspect)) => Some(&inspect.shared),
        Some(Command::Learn(learn)) => Some(&learn.shared),
        Some(Command::Generate(generate)) => Some(&generate.shared),
        Some(Command::Init(init)) => Some(&init.shared),
        Some(Command::Generators(_) | Command::Completions { .. } | Command::Man { .. }) => None,
    }
}

fn manner(arguments: &Arguments) -> Manner {
    let shared = shared(arguments);
    Manner {
        json: shared.is_some_and(|shared| shared.json),
        quiet: shared.is_some_and(|shared| shared.quiet),
        verbose: shared.map_or(0, |shared| shared.verbose),
    }
}

impl Invocation {
    /// Runs the command, until it is done or Ctrl-C is pressed, and prints the error if there is one.
    pub async fn run(self) -> ExitCode {
        let Self { arguments, terminal } = self;
        if let Err(error) = log::start(&terminal) {
            return terminal.fail(&error);
        }
        let result = tokio::select! {
            result = execute(arguments, &terminal) => result,
            () = pressed_ctrl_c() => Err(terminal.interrupted()),
        };
        match result {
            Ok(Outcome::Done) => ExitCode::SUCCESS,
            Ok(Outcome::Broken) => ExitCode::from(1),
            Err(error) => terminal.fail(&error),
        }
    }

    /// Tells that not even the threads could be started.
    pub fn failed_to_start(&self, error: std::io::Error) -> ExitCode {
        let error = Error::new(ErrorKind::Target, "the threads of the program could not be started")
            .because(error)
            .hint("check the limits on processes and memory");
        self.terminal.fail(&error)
    }
}

async fn execute(arguments: Arguments, terminal: &Terminal) -> Result<Outcome> {
    match arguments.command {
        Some(Command::Inspect(inspect)) => inspect::execute(inspect, terminal).await,
        Some(Command::Learn(learn)) => learn::execute(learn, terminal).await,
        Some(Command::Generate(generate)) => generate::execute(generate, terminal).await,
        Some(Command::Init(init)) => init::execute(init, terminal).await,
        Some(Command::Generators(generators)) => generators::execute(&generators, terminal),
        Some(Command::Completions { shell }) => completions::completions(shell, terminal),
        Some(Command::Man { command }) => completions::man(command.as_deref(), terminal),
        None => {
            match arguments.run {
                Some(run) => run::execute(run, terminal).await,
                None => Err(Error::usage("neither a command nor --from and --to were given")
                    .hint("try `seed --help`")),
            }
        }
    }
}

/// Returns when Ctrl-C is pressed; never where the system cannot tell.
async fn pressed_ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
