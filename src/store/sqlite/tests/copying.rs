//! Whole databases: what is read can be written, and children are counted right.

use super::{copy, database, dump, everything, run, texts};
use crate::store::sqlite::{SqliteSink, SqliteSource};
use crate::store::{ChildCounts, ExistingRows, Sink, Source};
use tokio::sync::mpsc;

const SCHOOL: &str = r#"
CREATE TABLE class (name TEXT NOT NULL, year INT NOT NULL, room TEXT COLLATE NOCASE UNIQUE, PRIMARY KEY (name, year)) WITHOUT ROWID;
CREATE TABLE pupil (
  id INTEGER PRIMARY KEY AUTOINCREMENT, class TEXT, year INT, friend INTEGER REFERENCES pupil,
  born DATE NOT NULL CHECK (born > '1990-01-01'), seen DATETIME, fee DECIMAL(8,2) DEFAULT 0, photo BLOB,
  initials TEXT AS (substr(class, 1, 1)) STORED, note ANY,
  CONSTRAINT in_class FOREIGN KEY (class, year) REFERENCES class (name, year) ON DELETE SET NULL
);
CREATE INDEX pupil_class ON pupil (class, year);
CREATE UNIQUE INDEX pupil_friend ON pupil (friend) WHERE friend IS NOT NULL;
INSERT INTO class VALUES ('a', 1, 'R1'), ('b', 1, 'r2'), ('b', 2, NULL);
INSERT INTO pupil (class, year, friend, born, seen, fee, photo, note) VALUES
  ('a', 1, NULL, '2010-05-01', '2026-01-31 10:00:00', 12.3, x'00ff', 'x'),
  ('a', 1, 1, '2010-06-01', '2026-01-31 10:00:00.250000', 0.07, NULL, 'y'),
  (NULL, 1, NULL, '2011-06-01', NULL, 7, x'', NULL),
  ('b', 2, 3, '2011-06-01', NULL, 7, x'', 'it''s');
"#;

#[tokio::test]
async fn a_copy_is_equal() {
    let source = database(SCHOOL).await;
    let target = source.folder.path().join("target.db");
    let verdicts = copy(&source.path, &target, ExistingRows::Refuse).await.expect("copies");
    let said: Vec<_> = verdicts
        .iter()
        .map(|verdict| format!("{}: {} {}", verdict.table, verdict.constraint, verdict.violations))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    class: PRIMARY KEY (name, year) 0
    class: UNIQUE (room) 0
    pupil: PRIMARY KEY (id) 0
    pupil: UNIQUE (friend) WHERE friend IS NOT NULL 0
    pupil: FOREIGN KEY (friend) → pupil 0
    pupil: FOREIGN KEY (class, year) → class 0
    pupil: CHECK (born > '1990-01-01') 0
    ");
    assert_eq!(dump(&source.path).await, dump(&target).await);
    let objects = "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1";
    assert_eq!(texts(&source.path, objects).await, texts(&target, objects).await);
    // And once more, from the copy: introspection of the copy tells the same.
    let mut first = SqliteSource::connect(&source.path).await.expect("connects");
    let mut second = SqliteSource::connect(&target).await.expect("connects");
    let (mut ours, mut theirs) =
        (first.introspect().await.expect("introspects"), second.introspect().await.expect("introspects"));
    for table in ours.tables.iter_mut().chain(&mut theirs.tables) {
        table.row_estimate = None;
    }
    for (ours, theirs) in ours.tables.iter().zip(&theirs.tables) {
        assert_eq!(ours.columns, theirs.columns);
        assert_eq!(ours.foreign_keys, theirs.foreign_keys);
        assert_eq!(ours.checks, theirs.checks);
    }
}

#[tokio::test]
async fn triggers_and_indexes_of_an_existing_table_survive_and_do_not_interfere() {
    let source = database(SCHOOL).await;
    let target = source.folder.path().join("target.db");
    run(&target, SCHOOL).await;
    run(
        &target,
        "CREATE TABLE log (x); CREATE TRIGGER logged AFTER INSERT ON pupil BEGIN INSERT INTO log VALUES (new.id); END;
         DELETE FROM pupil WHERE id > 2;",
    )
    .await;
    copy(&source.path, &target, ExistingRows::Truncate).await.expect("copies");
    assert_eq!(texts(&target, "SELECT CAST(count(*) AS TEXT) FROM log").await, ["0"]);
    assert_eq!(texts(&target, "SELECT name FROM sqlite_schema WHERE type = 'trigger'").await, ["logged"]);
    let indexes =
        texts(&target, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1")
            .await;
    assert_eq!(indexes, ["pupil_class", "pupil_friend"]);
    assert_eq!(texts(&target, "SELECT CAST(seq AS TEXT) FROM sqlite_sequence").await, ["4"]);
    let pupils = "SELECT quote(id) || quote(class) || quote(fee) FROM pupil ORDER BY id";
    assert_eq!(texts(&source.path, pupils).await, texts(&target, pupils).await);
}

#[tokio::test]
async fn a_load_that_is_dropped_leaves_the_file_as_it_was() {
    let source = database(SCHOOL).await;
    let target = source.folder.path().join("target.db");
    run(&target, "CREATE TABLE pupil AS SELECT 1 AS id, 2 AS kept; CREATE INDEX kept ON pupil (kept)").await;
    run(&target, "DROP TABLE pupil").await;
    run(&target, SCHOOL).await;
    let before = std::fs::read(&target).expect("reads");
    for path in [target.clone(), source.folder.path().join("new.db")] {
        let mut reader = SqliteSource::connect(&source.path).await.expect("connects");
        let schema = reader.introspect().await.expect("introspects");
        let mut sink = SqliteSink::connect(&path).await.expect("connects");
        sink.prepare(&everything(&schema, ExistingRows::Truncate)).await.expect("prepares");
        let (sender, receiver) = mpsc::channel(8);
        let all = crate::store::Sample { rows: 4, limit: 4 };
        reader.scan(&schema, 0, all, false, sender).await.expect("scans");
        sink.write(0, receiver).await.expect("writes");
        drop(sink);
    }
    // The worker thread closes the file a moment after the sink is gone.
    let mut left = 100;
    while std::fs::read_dir(source.folder.path()).expect("lists").count() > 2 && left > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        left -= 1;
    }
    let mut files: Vec<_> = std::fs::read_dir(source.folder.path())
        .expect("lists")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    files.sort();
    assert_eq!(files, ["source.db", "target.db"]);
    assert!(std::fs::read(&target).expect("reads") == before, "the target has changed");
}

#[tokio::test]
async fn children_are_counted_with_the_childless_and_the_orphans_left_out() {
    let database = database(
        "CREATE TABLE p (a INT, b TEXT, PRIMARY KEY (a, b));
         CREATE TABLE c (id INTEGER PRIMARY KEY, a INT, b TEXT, up INTEGER REFERENCES c, FOREIGN KEY (a, b) REFERENCES p);
         INSERT INTO p VALUES (2, 'x'), (1, 'x'), (1, 'y');
         PRAGMA foreign_keys = OFF;
         INSERT INTO c VALUES (1, 1, 'x', NULL), (2, 1, 'x', 1), (3, 2, 'x', 1), (4, NULL, 'x', 1), (5, 9, 'z', 2);",
    )
    .await;
    let mut source = SqliteSource::connect(&database.path).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    let child = schema.table_index("c").expect("c");
    let own = schema.tables[child].foreign_keys.iter().position(|key| key.parent == child).expect("self");
    let counts = source.child_counts(&schema, child, own).await.expect("counts");
    assert_eq!(counts, ChildCounts { histogram: vec![(0, 3), (1, 1), (3, 1)], null_rows: 1 });
    let counts = source.child_counts(&schema, child, 1 - own).await.expect("counts");
    assert_eq!(counts, ChildCounts { histogram: vec![(0, 1), (1, 1), (2, 1)], null_rows: 1 });
    let each = source.children_of_each(&schema, child, 1 - own).await.expect("counts");
    assert_eq!(each, [2, 0, 1]);
}

#[tokio::test]
async fn broken_constraints_of_the_target_are_counted() {
    let source = database(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, q INTEGER REFERENCES p, x INT);
         PRAGMA foreign_keys = OFF;
         INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1, 7, 1), (2, 1, 8, 2), (3, 1, 1, 3);",
    )
    .await;
    let target = source.folder.path().join("target.db");
    let verdicts = copy(&source.path, &target, ExistingRows::Refuse).await.expect("copies");
    let broken: Vec<_> = verdicts.iter().filter(|verdict| verdict.violations > 0).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!((broken[0].constraint.as_str(), broken[0].violations), ("FOREIGN KEY (q) → p", 2));
}
