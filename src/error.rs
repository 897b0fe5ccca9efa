//! The one error type of the library boundary.
//!
//! A message states the fact, a hint states the remedy; neither ever shows a value of the source.

use std::fmt;

/// What kind of thing went wrong; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A threshold of quality or privacy was missed (exit code 1).
    Threshold,
    /// Wrong arguments, or a request that cannot be met (exit code 2).
    Usage,
    /// A mistake in `seed.toml` or a model file (exit code 2).
    Config,
    /// The source failed: unreachable, refused, broke off (exit code 3).
    Source,
    /// The target failed, or refuses what it is asked to hold (exit code 3).
    Target,
    /// Stopped by Ctrl-C (exit code 130, as shells expect).
    Interrupted,
}

/// A failure with its cause and the remedies known for it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hints: Vec<String>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of the given kind. The message is one sentence without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), cause: None }
    }

    /// Wrong arguments, or a request that cannot be met.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A mistake in `seed.toml` or a model file.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// The source failed.
    pub fn source_failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Source, message)
    }

    /// The target failed.
    pub fn target_failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Target, message)
    }

    /// Adds a remedy. Several hints are printed in the order they were added.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the cause. Its text must not carry a value of the source.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same failure seen from the other side, where the same code serves source and target.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The remedies, most helpful first.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The exit code of the contract: 1 for a threshold that was missed, 2 for usage and configuration, 3 for source and target.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Threshold => 1,
            ErrorKind::Usage | ErrorKind::Config => 2,
            ErrorKind::Source | ErrorKind::Target => 3,
            ErrorKind::Interrupted => 130,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
