//! Model, settings and seed fix every byte, whatever the number of threads.

use crate::support::{Database, Engine, Workspace};
use std::collections::BTreeMap;
use std::path::Path;

/// The checksum of every table in a summary.
fn checksums(summary: &serde_json::Value) -> BTreeMap<String, String> {
    let tables = summary["tables"].as_array().expect("tables in the summary");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    tables.iter().map(|table| (text(&table["table"]), text(&table["checksum"]))).collect()
}

/// One example on one engine: run again, with other numbers of threads, and with another seed.
fn threads_do_not_change_checksums(engine: Engine, example: &str) {
    let source = Database::example(engine, example, 1);
    let run = |more: &[&str]| checksums(&Workspace::new().fill(&source, &Database::new(engine), more));
    let one = run(&["--seed", "7", "--jobs", "1"]);
    assert!(one.values().all(|checksum| checksum.len() == 64), "{one:?}");
    for jobs in ["1", "2", "4"] {
        assert_eq!(run(&["--seed", "7", "--jobs", jobs]), one, "{example}, {jobs} threads on {engine:?}");
    }
    let other = run(&["--seed", "8"]);
    assert_ne!(other, one, "{example} on {engine:?}: another seed gives the same rows");
}

macro_rules! examples {
    ($($name:ident),*) => {$(
        mod $name {
            use super::{Engine, threads_do_not_change_checksums};

            #[test]
            fn threads_do_not_change_checksums_on_postgres() {
                threads_do_not_change_checksums(Engine::Postgres, stringify!($name));
            }

            #[test]
            fn threads_do_not_change_checksums_on_mysql() {
                threads_do_not_change_checksums(Engine::Mysql, stringify!($name));
            }

            #[test]
            fn threads_do_not_change_checksums_on_sqlite() {
                threads_do_not_change_checksums(Engine::Sqlite, stringify!($name));
            }
        }
    )*};
}

examples!(shop, clinic, awkward);

/// Tables of up to four chunks of 4,096 rows, where threads really take turns.
#[test]
fn threads_do_not_change_checksums_of_many_chunks() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let run = |jobs| {
        let more = ["--scale", "3", "--seed", "3", "--jobs", jobs];
        checksums(&Workspace::new().fill(&source, &Database::new(Engine::Sqlite), &more))
    };
    let one = run("1");
    for jobs in ["4", "16"] {
        assert_eq!(run(jobs), one, "{jobs} threads");
    }
}

/// What the examples come to, written down: a change of the model or of generating shows here, and belongs into the changelog. The same
/// on every machine, in debug and release builds.
#[test]
fn published_checksums_hold() {
    let lines = ["shop", "clinic", "awkward"].map(|example| {
        let source = Database::example(Engine::Sqlite, example, 1);
        let summary = Workspace::new().fill(&source, &Database::new(Engine::Sqlite), &["--seed", "0"]);
        let tables = checksums(&summary).into_iter();
        tables.map(|(table, checksum)| format!("{example}.{table} {checksum}\n")).collect::<String>()
    });
    insta::assert_snapshot!(lines.concat());
}

/// Every file below a path, with its content.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    if path.is_file() {
        return BTreeMap::from([(String::new(), std::fs::read(path).expect("a file"))]);
    }
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut all = BTreeMap::new();
    for entry in entries {
        let entry = entry.expect("a folder entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        for (below, content) in files(&entry.path()) {
            all.insert(format!("{name}/{below}"), content);
        }
    }
    all
}

#[test]
fn threads_do_not_change_files() {
    let source = Database::example(Engine::Sqlite, "awkward", 1);
    for target in ["csv:out", "parquet:out", "sql:out.sql"] {
        let run = |seed: &str, jobs: &str| {
            let workspace = Workspace::new();
            let from = source.address();
            workspace
                .seed(&["--from", &from, "--to", target, "--seed", seed, "--jobs", jobs, "--quiet"])
                .ok();
            files(&workspace.file(target.split_once(':').expect("a kind").1))
        };
        let one = run("5", "1");
        assert!(one.values().any(|content| !content.is_empty()), "{target} is empty");
        for jobs in ["2", "4"] {
            assert!(run("5", jobs) == one, "{target} differs with {jobs} threads");
        }
        assert!(run("6", "2") != one, "{target} is the same with another seed");
    }
}

/// `seed learn` and `seed generate` are the main job cut in two: the same rows come out.
#[test]
fn model_file_gives_the_same_rows() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let workspace = Workspace::new();
    let (from, target) = (source.address(), Database::new(Engine::Sqlite));
    workspace.seed(&["learn", "--from", &from, "--out", "shop.seed"]).ok();
    let to = target.address();
    let summary =
        workspace.seed(&["generate", "--model", "shop.seed", "--to", &to, "--seed", "9", "--json"]).json();
    let whole = workspace.fill(&source, &Database::new(Engine::Sqlite), &["--seed", "9"]);
    assert_eq!(checksums(&summary), checksums(&whole));
    // Learning again gives the same file.
    let first = std::fs::read(workspace.file("shop.seed")).expect("the model");
    workspace.seed(&["learn", "--from", &from, "--out", "again.seed"]).ok();
    assert!(
        std::fs::read(workspace.file("again.seed")).expect("the model") == first,
        "the model file differs"
    );
}
