//! The source is never written, and never the target, however it is spelled.

use crate::support::database::server;
use crate::support::{Database, Engine, Outcome, Workspace, integrity};

/// Runs onto the source under another name; must be refused, and the source be as it was.
#[track_caller]
fn refused(source: &Database, to: &str) -> Outcome {
    let before = integrity::fingerprint(source);
    let from = source.address();
    let mut outcome = None;
    for more in [None, Some("--truncate"), Some("--append")] {
        let mut arguments = vec!["--from", &from, "--to", to];
        arguments.extend(more);
        let result = Workspace::new().seed(&arguments);
        assert!(matches!(result.code, Some(2 | 3)), "{to} {more:?}: {result:?}");
        assert!(result.stderr.contains("same database"), "{to} {more:?}: {}", result.stderr);
        outcome.get_or_insert(result);
    }
    assert_eq!(integrity::fingerprint(source), before, "the source was written");
    outcome.expect("three runs")
}

#[test]
fn sqlite_source_is_not_the_target_by_any_path() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let path = source.path();
    let folder = path.parent().expect("a folder");
    let link = folder.join("link.db");
    std::os::unix::fs::symlink(&path, &link).expect("a symbolic link");
    let hard = folder.join("hard.db");
    std::fs::hard_link(&path, &hard).expect("a hard link");
    let through_link = tempfile::tempdir().expect("a folder");
    let folder_link = through_link.path().join("there");
    std::os::unix::fs::symlink(folder, &folder_link).expect("a symbolic link");
    refused(&source, &source.address());
    refused(&source, &format!("sqlite:{}", link.display()));
    refused(&source, &format!("sqlite:{}", hard.display()));
    refused(&source, &format!("sqlite:{}/./it.db", folder.display()));
    refused(&source, &format!("sqlite:{}", folder_link.join("it.db").display()));
}

#[test]
fn server_source_is_not_the_target_by_any_host_name() {
    for engine in [Engine::Postgres, Engine::Mysql] {
        let source = Database::example(engine, "clinic", 1);
        let address = source.address();
        refused(&source, &address);
        assert!(server(engine).contains("127.0.0.1"), "the test servers listen on 127.0.0.1");
        refused(&source, &address.replace("127.0.0.1", "localhost"));
        if engine == Engine::Mysql {
            refused(&source, &address.replacen("mysql:", "mariadb:", 1));
        } else {
            refused(&source, &address.replacen("postgres:", "postgresql:", 1));
            refused(&source, &format!("{address}?sslmode=disable&application_name=other"));
        }
    }
}

/// Another database of the same server is a fine target.
#[test]
fn neighbour_on_the_same_server_is_not_the_source() {
    for engine in [Engine::Postgres, Engine::Mysql] {
        let source = Database::example(engine, "clinic", 1);
        Workspace::new().fill(&source, &Database::new(engine), &[]);
    }
}

#[test]
fn sqlite_source_file_keeps_every_byte() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    source.disconnect();
    let hash = || blake3::hash(&std::fs::read(source.path()).expect("the file"));
    let before = hash();
    Workspace::new().fill(&source, &Database::new(Engine::Sqlite), &[]);
    assert_eq!(hash(), before);
    let folder = source.path().parent().expect("a folder").read_dir().expect("a folder");
    let names: Vec<_> = folder.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, ["it.db"], "something was left beside the source");
}

/// A source that cannot be written at all is a fine source.
#[test]
fn sqlite_source_can_be_read_only() {
    let source = Database::example(Engine::Sqlite, "clinic", 1);
    source.disconnect();
    let mut permissions = std::fs::metadata(source.path()).expect("the file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(source.path(), permissions).expect("the file is ours");
    Workspace::new().fill(&source, &Database::new(Engine::Sqlite), &[]);
}

#[test]
fn protected_database_is_refused_under_any_name() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let production = Database::example(Engine::Sqlite, "clinic", 1);
    let workspace = Workspace::new();
    workspace.write(
        "seed.toml",
        &format!("[databases.production]\nurl = \"{}\"\nprotected = true\n", production.address()),
    );
    let before = integrity::fingerprint(&production);
    let from = source.address();
    for to in ["production", &production.address()] {
        for more in ["--append", "--truncate"] {
            let outcome = workspace.seed(&["--from", &from, "--to", to, more]);
            assert_eq!(outcome.code, Some(2), "{outcome:?}");
            assert!(outcome.stderr.contains("protected"), "{}", outcome.stderr);
        }
    }
    assert_eq!(integrity::fingerprint(&production), before);
}

#[test]
fn target_with_rows_is_refused_naming_tables_and_counts() {
    for engine in crate::support::ENGINES {
        let (source, target) = (Database::example(engine, "shop", 1), Database::example(engine, "shop", 1));
        let before = integrity::fingerprint(&target);
        let (from, to) = (source.address(), target.address());
        let workspace = Workspace::new();
        let outcome = workspace.seed(&["--from", &from, "--to", &to]);
        assert!(matches!(outcome.code, Some(2 | 3)), "{outcome:?}");
        for word in ["customers", "760", "--truncate", "--append"] {
            assert!(outcome.stderr.contains(word), "{word}: {}", outcome.stderr);
        }
        assert_eq!(integrity::fingerprint(&target), before, "{engine:?}: the target was written");
        workspace.fill(&source, &target, &["--truncate"]);
        assert_eq!(target.count("customers"), 760);
        workspace.fill(&source, &target, &["--append"]);
        assert_eq!(target.count("customers"), 1520);
    }
}

#[test]
fn dry_run_writes_nothing() {
    for engine in crate::support::ENGINES {
        let (source, target) = (Database::example(engine, "clinic", 1), Database::new(engine));
        let (from, to) = (source.address(), target.address());
        let outcome = Workspace::new().seed(&["--from", &from, "--to", &to, "--dry-run"]).ok();
        assert!(outcome.stdout.contains("patients"), "{}", outcome.stdout);
        if engine == Engine::Sqlite {
            assert!(!target.path().exists(), "the target file was made");
        } else {
            assert!(crate::support::Catalog::of(&target).tables.is_empty(), "{engine:?}: tables were made");
        }
    }
}

/// A password in an address is printed nowhere.
#[test]
fn passwords_are_redacted() {
    let source = Database::example(Engine::Sqlite, "clinic", 1);
    let from = source.address();
    for address in ["postgres://anna:hunter2@127.0.0.1:1/db", "mysql://anna:hunter2@127.0.0.1:1/db"] {
        let outcome = Workspace::new().seed(&["--from", &from, "--to", address, "-v"]);
        assert_eq!(outcome.code, Some(3), "{outcome:?}");
        assert!(!outcome.stderr.contains("hunter2") && !outcome.stdout.contains("hunter2"), "{outcome:?}");
    }
}
