//! Running the binary as a user would: in a folder of its own, with a clean environment.

use super::Database;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// An empty working directory in which `seed` runs.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, content).expect("a file in the temporary folder");
        path
    }

    /// The binary with these arguments, not started yet.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments);
        self.prepare(&mut command);
        command
    }

    /// Gives any command the folder and the clean environment.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("NO_COLOR", "1");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
    }

    /// Runs the binary to its end.
    pub(crate) fn seed<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    /// Starts the binary and leaves it running.
    pub(crate) fn start<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    }

    /// `seed --from … --to … --json` with more arguments; must end with exit code 0.
    pub(crate) fn fill(&self, from: &Database, to: &Database, more: &[&str]) -> serde_json::Value {
        let (from, to) = (from.address(), to.address());
        let mut arguments = vec!["--from", &from, "--to", &to, "--json"];
        arguments.extend(more);
        self.seed(&arguments).json()
    }
}

/// The binary under test: the one that was built with the tests, unless `SEED_TEST_BINARY` names another one.
pub(crate) fn binary() -> &'static str {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var("SEED_TEST_BINARY").ok());
    named.as_deref().unwrap_or(env!("CARGO_BIN_EXE_seed"))
}

impl Outcome {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output =
            command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, once it is sure that the exit code was 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The JSON document on stdout of a run that ended well.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        let outcome = self.ok();
        serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("stdout is not one JSON document: {error}\n{}", outcome.stdout))
    }

    /// Exit code, stdout and stderr as one text without what differs from run to run: `known` texts (addresses, paths)
    /// are replaced by names, then times, rates and sizes.
    pub(crate) fn snapshot(&self, known: &[(&str, &str)]) -> String {
        let code = self.code.map_or("signal".to_owned(), |code| code.to_string());
        let mut text = format!("exit code: {code}\n");
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                text.push_str(&format!("----- {name} -----\n{}\n", stream.trim_end()));
            }
        }
        for (from, to) in known {
            if !from.is_empty() {
                text = text.replace(from, to);
            }
        }
        for (pattern, replacement) in [
            (r"seed_test_\d+_\d+", "[DATABASE]"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
            (r"/(?:[\w.-]+/)*\.tmp[\w-]+", "[TEMP]"),
            (r"\b\d+(?:\.\d+)? ?(?:ns|µs|ms|s|min)\b", "[TIME]"),
            (r"[\d,.]+k? rows/s", "[RATE] rows/s"),
        ] {
            let pattern = regex::Regex::new(pattern).expect("a valid pattern");
            text = pattern.replace_all(&text, replacement).into_owned();
        }
        text
    }
}
