//! Every mistake a user can make has its own message, hint and exit code, and nothing is written.

mod configuration;
mod databases;
mod disk;
mod requests;

use crate::support::{Catalog, Database, Engine, Outcome, Workspace, integrity};

/// Compares a refusal with its snapshot, and with what every refusal has to be.
#[track_caller]
fn assert_refusal(name: &str, outcome: &Outcome, code: i32, known: &[(&str, &str)]) {
    let text = outcome.snapshot(known);
    assert_eq!(outcome.code, Some(code), "{name}: {text}");
    assert!(outcome.stderr.contains("error: "), "{name}: {text}");
    assert!(outcome.stdout.is_empty(), "{name}: an error belongs on stderr: {text}");
    assert!(!outcome.stderr.contains("panicked"), "{name}: {text}");
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
        insta::assert_snapshot!(format!("bad_input__{name}"), text);
    });
}

/// A source and an empty target on SQLite, for mistakes that have nothing to do with the engine.
struct Pair {
    source: Database,
    target: Database,
    workspace: Workspace,
}

impl Pair {
    fn new() -> Self {
        Self::of("shop")
    }

    fn of(example: &str) -> Self {
        let source = Database::example(Engine::Sqlite, example, 1);
        Self { source, target: Database::new(Engine::Sqlite), workspace: Workspace::new() }
    }

    /// A source with these tables alone.
    fn made_by(sql: &str) -> Self {
        let source = Database::new(Engine::Sqlite);
        source.execute(sql);
        Self { source, target: Database::new(Engine::Sqlite), workspace: Workspace::new() }
    }

    /// `seed --from … --to …` with more arguments.
    fn run(&self, more: &[&str]) -> Outcome {
        let (from, to) = (self.source.address(), self.target.address());
        let mut arguments = vec!["--from", &from, "--to", &to];
        arguments.extend(more);
        self.workspace.seed(&arguments)
    }

    /// The run is refused, and neither database is touched.
    #[track_caller]
    fn refuses(&self, name: &str, code: i32, more: &[&str]) {
        let before = integrity::fingerprint(&self.source);
        let outcome = self.run(more);
        self.assert_refusal(name, &outcome, code);
        assert_eq!(integrity::fingerprint(&self.source), before, "{name}: the source was written");
        assert!(!self.target.path().exists(), "{name}: the target was made: {:?}", Catalog::of(&self.target));
    }

    #[track_caller]
    fn assert_refusal(&self, name: &str, outcome: &Outcome, code: i32) {
        let (from, to) = (self.source.address(), self.target.address());
        let folder = self.workspace.path().display().to_string();
        let known = [
            (from.as_str(), "[SOURCE]"),
            (to.as_str(), "[TARGET]"),
            (self.source.url(), "[SOURCE FILE]"),
            (self.target.url(), "[TARGET FILE]"),
            (folder.as_str(), "[FOLDER]"),
        ];
        assert_refusal(name, outcome, code, &known);
    }
}
