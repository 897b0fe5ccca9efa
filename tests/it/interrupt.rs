//! Ctrl-C and kill -9 in the middle of a load: the source is untouched and `--truncate` cleans the target.

use crate::support::{Catalog, Database, Engine, Workspace, integrity};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A last table so big that every load lasts a second or more; nothing hangs on it, so that the plan stays small.
const LAST_TABLE: &str = "payments=300000";

/// Waits until rows are on their way into the target.
fn wait_for_load(child: &mut Child, target: &Database) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(300) {
        assert_eq!(
            child.try_wait().expect("a child"),
            None,
            "the run was over before it could be interrupted"
        );
        if rows_arrive(target) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no rows arrived");
}

fn rows_arrive(target: &Database) -> bool {
    match target.engine() {
        // Uncommitted rows are invisible, but the statement that brings them is not.
        Engine::Postgres => {
            let copying = "SELECT count(*) FROM pg_stat_progress_copy WHERE datname = current_database() AND tuples_processed > 10000";
            target.number(copying) > 0
        }
        Engine::Mysql => {
            let rows = "SELECT coalesce(sum(table_rows), 0) FROM information_schema.tables
                        WHERE table_schema = database() AND table_name = 'payments'";
            target.number(rows) > 10_000
        }
        // The rows stay in memory until they are committed, but the journal is there from the first write on.
        Engine::Sqlite => {
            let mut journal = target.path().into_os_string();
            journal.push("-journal");
            let begun = std::fs::metadata(journal).and_then(|journal| journal.modified());
            begun.is_ok_and(|begun| begun.elapsed().is_ok_and(|age| age > Duration::from_millis(250)))
        }
    }
}

fn interrupted(engine: Engine, signal: &str) {
    let source = Database::example(engine, "shop", 1);
    source.disconnect();
    let before = integrity::fingerprint(&source);
    let target = Database::new(engine);
    let workspace = Workspace::new();
    let (from, to) = (source.address(), target.address());
    let mut child = workspace.start(&["--from", &from, "--to", &to, "--rows", LAST_TABLE]);
    wait_for_load(&mut child, &target);
    target.disconnect();
    // The shell has a kill of its own; a small system has no other.
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
    assert!(sent.expect("sh runs").success());
    let output = child.wait_with_output().expect("the run ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    if signal == "INT" {
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.contains("--truncate") || stderr.contains("--resume"), "no way on is shown: {stderr}");
    } else {
        assert_eq!(output.status.code(), None, "killed");
    }

    assert_eq!(integrity::fingerprint(&source), before, "{engine:?}: the source was written");
    let summary = workspace.fill(&source, &target, &["--truncate"]);
    assert!(summary["tables"].is_array());
    let catalog = Catalog::of(&source);
    for table in &catalog.tables {
        let name = table.on(engine);
        assert_eq!(target.count(&name), source.count(&name), "{engine:?}: {name} after {signal}");
    }
    assert_eq!(integrity::violations(&catalog, &target), Vec::<String>::new(), "{engine:?} after {signal}");
    assert_eq!(integrity::stale_sequences(&target), Vec::<String>::new(), "{engine:?} after {signal}");
}

mod ctrl_c_in_the_middle_of_a_load {
    use super::{Engine, interrupted};

    #[test]
    fn into_postgres() {
        interrupted(Engine::Postgres, "INT");
    }

    #[test]
    fn into_mysql() {
        interrupted(Engine::Mysql, "INT");
    }

    #[test]
    fn into_sqlite() {
        interrupted(Engine::Sqlite, "INT");
    }
}

mod kill_9_in_the_middle_of_a_load {
    use super::{Engine, interrupted};

    #[test]
    fn into_postgres() {
        interrupted(Engine::Postgres, "KILL");
    }

    #[test]
    fn into_mysql() {
        interrupted(Engine::Mysql, "KILL");
    }

    #[test]
    fn into_sqlite() {
        interrupted(Engine::Sqlite, "KILL");
    }
}
