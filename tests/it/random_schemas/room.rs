//! How many rows there is room for: in tables that need each other through keys whose parents are used once, and in unique columns.

use super::regressions::{holds, insert};
use crate::support::{Database, Engine, Workspace};

/// Two tables that need each other, either key made unique or not, and a third one that limits the second.
fn tables(first: &str, second: &str) -> [String; 4] {
    [
        "CREATE TABLE few (id INTEGER PRIMARY KEY)".to_owned(),
        format!("CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER NOT NULL {first})"),
        format!(
            "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL {second}, few_id INTEGER NOT NULL,
             FOREIGN KEY (a_id) REFERENCES a (id), FOREIGN KEY (few_id) REFERENCES few (id))"
        ),
        "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id)".to_owned(),
    ]
}

#[test]
fn rows_of_a_cycle_are_as_many_as_unique_keys_admit() {
    for engine in [Engine::Mysql, Engine::Postgres] {
        for (first, second) in [("UNIQUE", ""), ("", "UNIQUE"), ("UNIQUE", "UNIQUE")] {
            let all = tables(first, second);
            let target = holds(engine, &all.each_ref().map(String::as_str), &[]);
            assert!(target.count("a") >= 100 && target.count("b") >= 100);
        }
        let mut all = tables("UNIQUE", "UNIQUE");
        all[2] = all[2].replace("few_id INTEGER NOT NULL", "few_id INTEGER NOT NULL UNIQUE");
        let target = holds(engine, &all.each_ref().map(String::as_str), &["--rows", "few=7"]);
        assert_eq!((target.count("a"), target.count("b")), (7, 7));
    }
}

#[test]
fn more_rows_than_a_cycle_admits_are_refused() {
    let (source, target) = (Database::new(Engine::Postgres), Database::new(Engine::Postgres));
    tables("", "UNIQUE").iter().for_each(|statement| source.execute(statement));
    let (from, to) = (source.address(), target.address());
    let run = |rows: [&str; 2]| {
        let rows = rows.map(|rows| format!("--rows={rows}"));
        let arguments = ["--from", &from, "--to", &to, &rows[0], &rows[1]];
        Workspace::new().seed(&arguments)
    };
    let refused = run(["a=20", "b=36"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("hint: --rows b=20 is the most"), "{}", refused.stderr);
    run(["a=36", "b=20"]).ok();
    assert_eq!((target.count("a"), target.count("b")), (36, 20));
}

#[test]
fn learned_rows_of_a_cycle_grow_and_shrink_together() {
    let tables = [
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER NOT NULL UNIQUE REFERENCES b (id))",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL UNIQUE REFERENCES a (id))",
        "PRAGMA foreign_keys = OFF",
    ];
    let (a, b) = (insert("a", 40, |n| format!("{n}, {}", 41 - n)), insert("b", 40, |n| format!("{n}, {n}")));
    for scale in ["0.3", "1", "3"] {
        let target = holds(Engine::Sqlite, &[tables[0], tables[1], tables[2], &a, &b], &["--scale", scale]);
        assert_eq!(target.count("a"), target.count("b"));
    }
}

#[test]
fn a_full_key_says_for_how_many_rows_it_has_room() {
    let (source, target) = (Database::new(Engine::Sqlite), Database::new(Engine::Sqlite));
    source.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, no INTEGER UNIQUE CHECK (no BETWEEN 0 AND 99))");
    source.execute(&insert(
        "t",
        110,
        |n| if n > 100 { format!("{n}, NULL") } else { format!("{n}, {}", n - 1) },
    ));
    let (from, to) = (source.address(), target.address());
    let run = |more: &str| Workspace::new().seed(&["--from", &from, "--to", &to, "--scale", "3", more]);
    let refused = run("--verbose");
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("hint: --rows t=110 is the most"), "{}", refused.stderr);
    run("--rows=t=110").ok();
    assert_eq!(target.number("SELECT count(no) FROM t"), 100);
}

#[test]
fn made_up_rows_are_not_where_their_parents_are_not() {
    // One row cannot be two different parents; so there are no teachers, and no devices of theirs.
    let source = [
        "CREATE TABLE deeds (id INTEGER PRIMARY KEY, minimum REAL)",
        "CREATE TABLE teachers (id INTEGER PRIMARY KEY, one INTEGER NOT NULL REFERENCES deeds (id),
         other INTEGER NOT NULL REFERENCES deeds (id), CHECK (one <> other))",
        "CREATE TABLE devices (id INTEGER PRIMARY KEY, teacher INTEGER NOT NULL REFERENCES teachers (id))",
        "INSERT INTO deeds VALUES (4744, 4.5)",
    ];
    let target = holds(Engine::Sqlite, &source, &[]);
    assert_eq!(["deeds", "teachers", "devices"].map(|table| target.count(table)), [1, 0, 0]);
}
