//! A disk that fills up in the middle of a load.

use crate::support::run::binary;
use crate::support::{Catalog, Database, Engine, Outcome, Workspace, integrity};
use std::process::Command;

/// Runs the binary on a disk of 256 KiB, mounted on `small` in the workspace for this run alone. Where the system allows
/// no mount, files may not grow beyond 256 KiB instead, which fails in the same places with other words.
fn on_small_disk(workspace: &Workspace, arguments: &[&str]) -> (Outcome, bool) {
    let small = workspace.file("small");
    std::fs::create_dir_all(&small).expect("a folder");
    let mount = "mount -t tmpfs -o size=256k tmpfs small 2>/dev/null";
    let can_mount = |flags: &[&str]| {
        let mut command = Command::new("unshare");
        workspace.prepare(command.args(flags).args(["sh", "-c", mount]));
        command.output().is_ok_and(|output| output.status.success())
    };
    let namespaces: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let flags = namespaces.into_iter().find(|flags| can_mount(flags));
    let mut command = Command::new(if flags.is_some() { "unshare" } else { "sh" });
    if let Some(flags) = flags {
        // `ls` shows what is left before the disk is gone with its namespace.
        let script = format!("{mount} && \"$@\"; code=$?; ls -A small > left; exit $code");
        command.args(flags).args(["sh", "-c", &script, "sh", binary()]);
    } else {
        command.args(["-c", "trap '' XFSZ; ulimit -f 512; exec \"$@\"", "sh", binary()]);
    }
    command.args(arguments);
    workspace.prepare(&mut command);
    (Outcome::of(&mut command), flags.is_some())
}

#[test]
fn full_disk_says_what_to_do() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let before = integrity::fingerprint(&source);
    source.disconnect();
    let from = source.address();
    for (name, to) in [
        ("sqlite", "sqlite:small/copy.db"),
        ("sql", "sql:small/copy.sql"),
        ("csv", "csv:small/copy"),
        ("parquet", "parquet:small/copy"),
    ] {
        let workspace = Workspace::new();
        // One table that is too big, so that the plan is made quickly.
        let rows = "payments=60000";
        let (outcome, real) = on_small_disk(&workspace, &["--from", &from, "--to", to, "--rows", rows]);
        let folder = workspace.path().display().to_string();
        let known = [(from.as_str(), "[SOURCE]"), (folder.as_str(), "[FOLDER]")];
        assert_eq!(outcome.code, Some(3), "{name}: {outcome:?}");
        assert!(outcome.stderr.contains("hint: "), "{name}: no remedy: {}", outcome.stderr);
        if real {
            assert!(outcome.stderr.contains("disk"), "{name}: {}", outcome.stderr);
            super::assert_refusal(&format!("disk_full_{name}"), &outcome, 3, &known);
        }
    }
    assert_eq!(integrity::fingerprint(&source), before, "the source was written");
    assert!(!Catalog::of(&source).tables.is_empty());
}
