//! Colours, where the stream is a terminal and nobody objects.

use std::io::IsTerminal;

/// Whether to colour one stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::cli) struct Paint {
    on: bool,
}

impl Paint {
    /// For a stream that is a terminal or not. `NO_COLOR` and a dumb terminal win over `CLICOLOR_FORCE`.
    pub(in crate::cli) fn for_stream(is_terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value: std::ffi::OsString| !value.is_empty());
        let forced =
            set("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { on: !set("NO_COLOR") && (forced || (is_terminal && !dumb)) }
    }

    /// For stderr.
    pub(in crate::cli) fn for_stderr() -> Self {
        Self::for_stream(std::io::stderr().is_terminal())
    }

    /// Whether there is colour.
    pub(in crate::cli) fn is_on(self) -> bool {
        self.on
    }

    /// For headings and names.
    pub(in crate::cli) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// For what can be skipped.
    pub(in crate::cli) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// For failures.
    pub(in crate::cli) fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// For what holds.
    pub(in crate::cli) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// For remedies.
    pub(in crate::cli) fn cyan(self, text: &str) -> String {
        self.wrap("1;36", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
