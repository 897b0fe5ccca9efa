//! The whole terminal: help, usage errors, exit codes, and what never appears on it.

use assert_cmd::Command;
use std::path::PathBuf;

/// A working directory of its own, without environment.
pub(crate) struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// With a `seed.toml`.
    pub(crate) fn with_config(text: &str) -> Self {
        let session = Self::new();
        std::fs::write(session.path("seed.toml"), text).expect("the file is written");
        session
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, line: &str, environment: &[(&str, &str)]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_seed"))
            .env_clear()
            .envs(environment.iter().copied())
            .current_dir(self.folder.path())
            .args(line.split_whitespace())
            .output()
            .expect("the binary runs")
    }

    /// Everything a user sees: the line, stdout, stderr, the exit code.
    pub(crate) fn run(&self, line: &str) -> String {
        self.run_with(line, &[])
    }

    pub(crate) fn run_with(&self, line: &str, environment: &[(&str, &str)]) -> String {
        let output = self.command(line, environment);
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let mut text = format!("$ seed {line}\n");
        for (name, stream) in [("", stdout), ("[stderr]\n", stderr)] {
            if !stream.is_empty() {
                text += &format!("{name}{stream}");
            }
        }
        format!("{}\n[exit {}]\n", text.trim_end(), output.status.code().unwrap_or(-1))
    }
}

#[test]
fn help_teaches() {
    let session = Session::new();
    for command in ["", "inspect", "learn", "generate", "init", "generators", "completions", "man"] {
        let name = if command.is_empty() { "seed" } else { command };
        let short = session.run(format!("{command} -h").trim());
        let long = session.run(format!("{command} --help").trim());
        insta::assert_snapshot!(format!("help_{name}"), format!("{short}\n{long}"));
    }
}

#[test]
fn every_option_has_an_example() {
    let session = Session::new();
    for command in ["", "inspect", "learn", "generate", "init", "generators", "completions", "man"] {
        let help = session.run(&format!("{command} --help"));
        for block in help.split("\n\n      --").chain(help.split("\n\n  -")).skip(1) {
            let block = block.split("\n\n  ").take(9).collect::<Vec<_>>().join("\n");
            let name = block.split([' ', '\n']).next().unwrap_or_default();
            if !["h,", "V,"].contains(&name) && block.len() < 1000 {
                assert!(block.contains("Example: "), "{command} {name} has no example:\n{block}");
            }
        }
    }
}

#[test]
fn usage_errors() {
    let session = Session::with_config(
        "[databases.prod-replica]\nurl = \"postgres://h/shop\"\nprotected = true\n\
         [databases.dev]\nurl = \"sqlite:dev.db\"\n",
    );
    std::fs::write(session.path("shop.data"), "").expect("the file is written");
    let mut all = String::new();
    for line in [
        "--from dev",
        "--fom dev --to dev",
        "lern --from dev",
        "--from dev --to sqlite:b --scale 0",
        "--from dev --to sqlite:b --scale -1",
        "--from dev --to sqlite:b --scale big",
        "--from dev --to sqlite:b --scale inf",
        "--from dev --to sqlite:b --rows customers",
        "--from dev --to sqlite:b --rows customers=-1",
        "--from dev --to sqlite:b --rows customers=1.5",
        "--from dev --to sqlite:b --table countries=cpoy",
        "--from dev --to sqlite:b --table countries",
        "--from dev --to sqlite:b --truncate --append",
        "--from dev --to sqlite:b --quiet -v",
        "--from prod-replic --to sqlite:b",
        "--from shop.data --to sqlite:b",
        "--from dev --to postgre://h/db",
        "--from dev --to postgres:db",
        "--from sqlite: --to sqlite:b",
        "--from csv:out --to sqlite:b",
        "--from dev --to prod-replica --truncate",
        "--from dev --to postgres://h/shop --truncate",
        "--config none.toml --from dev --to sqlite:b",
        "inspect dev --format tre",
        "inspect stagging",
        "inspect dev --table orders",
        "completions bsh",
        "man lern",
        "init",
        "--from prod-replic --to sqlite:b --json",
        "--from dev --json",
    ] {
        let text = session.run(line);
        assert!(text.ends_with("[exit 2]\n"), "{text}");
        all += &format!("{text}\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_log_filter_that_is_none() {
    let text = Session::new().run_with("generators", &[("SEED_LOG", "seed=loud")]);
    insta::assert_snapshot!(text);
}

#[test]
fn completions_and_man_pages_name_every_command() {
    let session = Session::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = session.run(&format!("completions {shell}"));
        assert!(script.ends_with("[exit 0]\n") && script.contains("inspect"), "{shell}");
    }
    for page in ["", "inspect", "learn", "generate", "init", "generators", "completions", "man"] {
        let text = session.run(&format!("man {page}"));
        assert!(text.ends_with("[exit 0]\n") && text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
}

#[test]
fn init_writes_a_file_that_seed_reads() {
    let session = Session::new();
    let told = session.run("init");
    let written = std::fs::read_to_string(session.path("seed.toml")).expect("the file is there");
    insta::assert_snapshot!(format!("{told}\n{written}"));
    // The next command reads it, and fails for another reason.
    assert!(session.run("inspect nowhere").contains("there is no database named `nowhere`"));
    assert!(session.run("init --force").ends_with("[exit 0]\n"));
    assert_eq!(
        session.run("init --config other.toml --quiet"),
        "$ seed init --config other.toml --quiet\n[exit 0]\n"
    );
    assert!(session.run("init --config none/other.toml").ends_with("[exit 3]\n"));
}

#[test]
fn colour_is_for_terminals_and_those_who_force_it() {
    let session = Session::with_config("[generate]\nscal = 1\n");
    let line = "--from a --to b";
    assert!(!session.run(line).contains('\x1b'));
    assert!(session.run_with(line, &[("CLICOLOR_FORCE", "1")]).contains('\x1b'));
    assert!(!session.run_with(line, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\x1b'));
}

#[test]
fn a_password_never_appears() {
    let address = "postgres://anna:hunter2@127.0.0.1:1/db";
    for config in [
        format!("[databases.a]\nurl = \"{address}\"\nprotected = true\nzz = 1\n"),
        format!("[databases.a]\nurl = {address}\n"),
        format!("[databases.a]\nurl = \"{address}\n"),
        format!("[databases.a]\nurl = [\"{address}\"]\n"),
        format!("[databases.a]\nurl = \"{}\"\n", address.replace("postgres", "postgre")),
        format!("[databases.a]\nurl = \"{}\"\n", address.replace("//", "")),
        format!("[databases.a]\nurl = \"{address}\"\nprotected = true\n"),
        format!("[databases.a]\nurl = \"${{NONE}}{address}\"\n"),
    ] {
        let session = Session::with_config(&config);
        let scheme_only = address.replace("//", "");
        let other_scheme = address.replace("postgres", "postgre");
        for line in [
            "--from a --to a".to_owned(),
            "--from a --to a --json -vv".to_owned(),
            format!("--from {address} --to {address} -vv"),
            format!("--from {other_scheme} --to sqlite:b"),
            format!("--from {scheme_only} --to sqlite:b --json"),
            format!("--from {address} {address} --json"),
            format!("--from --to {address}"),
            format!("--rows {address} --from sqlite:a --to sqlite:b"),
            format!("inspect {address}?password=hunter2 --json"),
            format!("inspect csv:{address}"),
            format!("init --config new.toml --from {address}"),
            address.to_owned(),
        ] {
            let text = session.run(&line);
            let shown = text.lines().skip(1).collect::<Vec<_>>().join("\n");
            assert!(!shown.contains("hunter2"), "{config}\n{text}");
        }
    }
}
