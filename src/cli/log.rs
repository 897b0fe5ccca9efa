//! Logs on stderr, above the progress bars, passwords hidden.

use super::progress::Progress;
use super::render::Paint;
use super::terminal::Terminal;
use crate::config::hide_passwords;
use crate::error::{Error, Result};
use std::io::{self, IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// The environment variable that chooses what is logged, in the syntax of `tracing`.
const VARIABLE: &str = "SEED_LOG";

/// Starts logging at the level that `-v` or the environment asks for.
pub(super) fn start(terminal: &Terminal) -> Result<()> {
    let filter = match std::env::var(VARIABLE).ok().filter(|filter| !filter.is_empty()) {
        Some(filter) => EnvFilter::try_new(&filter).map_err(|error| {
            Error::usage(format!("the environment variable {VARIABLE} is not a log filter"))
                .because(error)
                .hint(format!("for example {VARIABLE}=info, or {VARIABLE}=warn,seed::learn=debug"))
        })?,
        None => EnvFilter::new(level(terminal.manner.quiet, terminal.manner.verbose)),
    };
    let progress = terminal.progress.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(Paint::for_stream(io::stderr().is_terminal()).is_on())
        .without_time()
        .with_writer(move || Lines { progress: progress.clone() })
        .finish();
    // A second run in the same process (a test) keeps the first one's subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

fn level(quiet: bool, verbose: u8) -> &'static str {
    match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "error,seed=warn",
        (false, 1) => "warn,seed=info",
        (false, 2) => "info,seed=debug",
        (false, _) => "debug,seed=trace",
    }
}

/// Writes whole lines between two drawings of the bars.
struct Lines {
    progress: Progress,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = hide_passwords(&String::from_utf8_lossy(line));
        self.progress.print(&text);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
