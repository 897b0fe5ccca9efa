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
use arguments::{Command, Request, SharedOptions};
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use terminal::{Manner, Terminal};

/// How long an interrupted command may take to close its connections.
const PATIENCE: Duration = Duration::from_secs(2);

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
    request: Request,
    terminal: Terminal,
}

/// Reads the command line. Help, the version and mistakes are printed here; what remains is the exit code.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, ExitCode> {
    let words: Vec<OsString> = arguments.into_iter().collect();
    match arguments::read(&words) {
        Ok(request) => {
            let terminal = Terminal::new(manner(&request));
            Ok(Invocation { request, terminal })
        }
        Err(error) => {
            let json = words.iter().any(|word| word == "--json");
            Err(terminal::print_clap(&error, json))
        }
    }
}

/// The shared options of whichever command was given.
fn shared(request: &Request) -> Option<&SharedOptions> {
    match request {
        Request::Run(run) => Some(&run.shared),
        Request::Command(command) => match command.as_ref() {
            Command::Inspect(inspect) => Some(&inspect.shared),
            Command::Learn(learn) => Some(&learn.shared),
            Command::Generate(generate) => Some(&generate.shared),
            Command::Init(init) => Some(&init.shared),
            Command::Generators(_) | Command::Completions { .. } | Command::Man { .. } => None,
        },
    }
}

fn manner(request: &Request) -> Manner {
    let shared = shared(request);
    Manner {
        json: shared.is_some_and(|shared| shared.json),
        quiet: shared.is_some_and(|shared| shared.quiet),
        verbose: shared.map_or(0, |shared| shared.verbose),
    }
}

impl Invocation {
    /// Runs the command, until it is done or Ctrl-C is pressed, and prints the error if there is one.
    pub async fn run(self) -> ExitCode {
        let Self { request, terminal } = self;
        if let Err(error) = log::start(&terminal) {
            return terminal.fail(&error);
        }
        // The command is a task of its own, so that Ctrl-C is heard while it computes without a pause.
        let terminal = Arc::new(terminal);
        let of_task = Arc::clone(&terminal);
        let mut task = tokio::spawn(async move { execute(request, &of_task).await });
        let result = tokio::select! {
            ended = &mut task => ended.unwrap_or_else(|failure| Err(broke_off(failure))),
            () = pressed_ctrl_c() => {
                // Dropping the command closes its connections, which rolls back; a computation is not waited for.
                task.abort();
                let _ = tokio::time::timeout(PATIENCE, task).await;
                Err(terminal.interrupted())
            }
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

async fn execute(request: Request, terminal: &Terminal) -> Result<Outcome> {
    let command = match request {
        Request::Run(run) => return run::execute(*run, terminal).await,
        Request::Command(command) => command,
    };
    match *command {
        Command::Inspect(inspect) => inspect::execute(inspect, terminal).await,
        Command::Learn(learn) => learn::execute(learn, terminal).await,
        Command::Generate(generate) => generate::execute(generate, terminal).await,
        Command::Init(init) => init::execute(init, terminal).await,
        Command::Generators(generators) => generators::execute(&generators, terminal),
        Command::Completions { shell } => completions::completions(shell, terminal),
        Command::Man { command } => completions::man(command.as_deref(), terminal),
    }
}

/// A bug: the command panicked. The panic's own message is on stderr already.
fn broke_off(failure: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Target, "the program broke off; this is a bug in seed")
        .because(failure)
        .hint("empty the target with --truncate before the next run")
        .hint("please report it, with the output above")
}

/// Returns when Ctrl-C is pressed; never where the system cannot tell.
async fn pressed_ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
