//! Errors that say what to do, and that nothing is written where nothing may be.

use super::{copy, database, everything, run};
use crate::Error;
use crate::store::sqlite::connection::Connection;
use crate::store::sqlite::{SqliteSink, SqliteSource};
use crate::store::{ExistingRows, Sink, Source};
use std::path::Path;

const ONE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL); INSERT INTO t VALUES (1, 'a')";

fn told(error: &Error, folder: &Path) -> String {
    format!("{error}\n{}", error.hints().join("\n")).replace(&folder.display().to_string(), "FOLDER")
}

async fn refused(there: &str, existing: ExistingRows) -> String {
    let source = database(ONE).await;
    let target = source.folder.path().join("target.db");
    run(&target, there).await;
    let before = std::fs::read(&target).expect("reads");
    let error = copy(&source.path, &target, existing).await.expect_err("is refused");
    assert!(std::fs::read(&target).expect("reads") == before, "the target has changed");
    assert_eq!(error.exit_code(), 3);
    told(&error, source.folder.path())
}

#[tokio::test]
async fn a_source_has_to_be_a_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("no.db");
    let missing = SqliteSource::connect(&path).await.err().expect("is missing");
    assert!(!path.exists());
    std::fs::write(&path, "name,price\napple,1\n".repeat(100)).expect("writes");
    let other = SqliteSource::connect(&path).await.err().expect("is no database");
    insta::assert_snapshot!(format!("{}\n{}", told(&missing, folder.path()), told(&other, folder.path())), @r"
    FOLDER/no.db does not exist
    check the path behind sqlite:, it is taken from the working directory
    FOLDER/no.db is not an SQLite database
    check the path; a database encrypted by SQLCipher has to be decrypted first
    ");
}

#[tokio::test]
async fn reading_leaves_no_trace() {
    for mode in ["DELETE", "WAL"] {
        let source = database(&format!("PRAGMA journal_mode = {mode}; {ONE}")).await;
        let before = std::fs::read(&source.path).expect("reads");
        let mut reader = SqliteSource::connect(&source.path).await.expect("connects");
        let schema = reader.introspect().await.expect("introspects");
        assert_eq!(reader.count(&schema, 0).await.expect("counts"), 1);
        drop(reader);
        assert!(std::fs::read(&source.path).expect("reads") == before, "the source has changed");
    }
}

#[tokio::test]
async fn a_snapshot_does_not_see_later_rows() {
    let source = database(&format!("PRAGMA journal_mode = WAL; {ONE}")).await;
    let mut reader = SqliteSource::connect(&source.path).await.expect("connects");
    run(&source.path, "INSERT INTO t VALUES (2, 'b')").await;
    let schema = reader.introspect().await.expect("introspects");
    assert_eq!(reader.count(&schema, 0).await.expect("counts"), 1);
}

#[tokio::test]
async fn a_database_is_known_by_its_file_however_it_is_spelled() {
    let source = database(ONE).await;
    let link = source.folder.path().join("link.db");
    std::os::unix::fs::symlink(&source.path, &link).expect("links");
    let dotted = source.folder.path().join(".").join("source.db");
    let mut reader = SqliteSource::connect(&source.path).await.expect("connects");
    let own = reader.identity().await.expect("has one");
    for other in [link, dotted] {
        let mut sink = SqliteSink::connect(&other).await.expect("connects");
        assert_eq!(sink.identity().await.expect("has one"), Some(own.clone()));
    }
    let mut new = SqliteSink::connect(&source.folder.path().join("new.db")).await.expect("connects");
    assert_ne!(new.identity().await.expect("has one"), Some(own));
    assert!(!source.folder.path().join("new.db").exists());
}

#[tokio::test]
async fn a_target_has_to_fit() {
    let answers = [
        refused("CREATE TABLE T (id INTEGER PRIMARY KEY)", ExistingRows::Append).await,
        refused("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y INT NOT NULL)", ExistingRows::Append)
            .await,
        refused("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT AS (id))", ExistingRows::Append).await,
        refused(ONE, ExistingRows::Refuse).await,
        refused(ONE, ExistingRows::Append).await,
        refused("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT CHECK (x > 'b'))", ExistingRows::Append)
            .await,
    ];
    insta::assert_snapshot!(answers.join("\n\n"), @r"
    table T of the target has no column x
    add the column, or drop the table so that it is created anew

    t.y of the target is NOT NULL without a default, and the source has no such column
    give the column a default, or drop NOT NULL

    t.x is computed in the target, but stored in the source
    make it an ordinary column, or drop the table so that it is created anew

    the target is not empty: t (1 rows)
    use --truncate to empty the tables that are to be filled, or --append to add to them

    FOLDER/target.db refuses a row: UNIQUE constraint failed: t.id (while writing table t)
    nothing of this run was kept; if the constraint is not in the source, drop it in the target

    FOLDER/target.db refuses a row: CHECK constraint failed: x > 'b' (while writing table t)
    nothing of this run was kept; if the constraint is not in the source, drop it in the target
    ");
}

#[tokio::test]
async fn a_locked_target_is_told_before_anything_is_written() {
    let source = database(ONE).await;
    let target = source.folder.path().join("target.db");
    run(&target, "CREATE TABLE other (x)").await;
    let mut holder = Connection::read_write(&target).await.expect("opens");
    holder.run("BEGIN IMMEDIATE", "holding").await.expect("locks");
    let mut reader = SqliteSource::connect(&source.path).await.expect("connects");
    let schema = reader.introspect().await.expect("introspects");
    let mut sink = SqliteSink::connect(&target).await.expect("connects");
    let state = sink.inspect().await.expect("inspects");
    let error = sink.check(&everything(&schema, ExistingRows::Append), &state).await.expect_err("is locked");
    insta::assert_snapshot!(told(&error, source.folder.path()), @r"
    FOLDER/target.db is locked by another program (while checking that it can be written)
    wait until the other program has finished its transaction, or stop it, and run again
    ");
}

#[tokio::test]
async fn a_target_that_may_not_be_written_is_told_before_anything_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let source = database(ONE).await;
    let folder = source.folder.path().join("closed");
    std::fs::create_dir(&folder).expect("creates");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).expect("closes");
    let error =
        copy(&source.path, &folder.join("target.db"), ExistingRows::Refuse).await.expect_err("is closed");
    let told_folder = told(&error, source.folder.path());
    let lost =
        SqliteSink::connect(&source.folder.path().join("nowhere/target.db")).await.err().expect("no folder");
    insta::assert_snapshot!(format!("{told_folder}\n{}", told(&lost, source.folder.path())), @r"
    the folder FOLDER/closed may not be written
    give yourself the right to write it, or choose another target
    the folder FOLDER/nowhere does not exist
    create it, or choose another path behind sqlite:
    ");
}

#[tokio::test]
async fn a_full_disk_leaves_the_target_as_it_was() {
    let source = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, hex(zeroblob(500)) FROM n",
    )
    .await;
    let target = source.folder.path().join("target.db");
    run(&target, "CREATE TABLE kept (x); INSERT INTO kept VALUES (1)").await;
    let before = std::fs::read(&target).expect("reads");
    let mut reader = SqliteSource::connect(&source.path).await.expect("connects");
    let schema = reader.introspect().await.expect("introspects");
    let mut sink = SqliteSink::connect(&target).await.expect("connects");
    sink.prepare(&everything(&schema, ExistingRows::Append)).await.expect("prepares");
    // SQLite answers with SQLITE_FULL at this limit, as it does when the disk is full.
    sink.load.as_mut().expect("prepared").limit_pages(20).await;
    let (sender, receiver) = tokio::sync::mpsc::channel(64);
    let all = crate::store::Sample { rows: 1, limit: 1 };
    reader.scan(&schema, 0, all, false, sender).await.expect("scans");
    let error = sink.write(0, receiver).await.expect_err("is full");
    insta::assert_snapshot!(told(&error, source.folder.path()), @r"
    the disk is full: FOLDER/target.db cannot grow (while writing table t)
    free space or choose a target on another disk; nothing of this run was kept, the target is as before
    ");
    drop(sink);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(std::fs::read(&target).expect("reads") == before, "the target has changed");
}

/// What a killed process leaves: pages already written, and a journal that can take them back.
async fn killed(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("target.db");
    run(&path, "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL); INSERT INTO t VALUES (7, hex(zeroblob(50000)))").await;
    let mut connection = Connection::read_write(&path).await.expect("opens");
    let script = "PRAGMA cache_size = 2; BEGIN; UPDATE t SET x = hex(randomblob(50000));
         INSERT INTO t VALUES (8, hex(randomblob(900000)))";
    connection.run(script, "spilling").await.expect("spills");
    let left = folder.join("left");
    std::fs::create_dir(&left).expect("creates");
    for name in ["target.db", "target.db-journal"] {
        std::fs::copy(folder.join(name), left.join(name)).expect("copies");
    }
    left.join("target.db")
}

#[tokio::test]
async fn after_a_kill_the_target_is_as_it_was_and_can_be_filled() {
    let source = database(ONE).await;
    let target = killed(source.folder.path()).await;
    let error = SqliteSource::connect(&target).await.err().expect("a source is not restored");
    insta::assert_snapshot!(told(&error, source.folder.path()), @r"
    FOLDER/left/target.db was left in the middle of a transaction by another program
    open it once with the program that writes it, or with the sqlite3 shell, so that SQLite restores it
    ");
    let mut sink = SqliteSink::connect(&target).await.expect("connects");
    assert_eq!(sink.inspect().await.expect("inspects").rows, [1]);
    let before = "SELECT id || ' ' || (x = hex(zeroblob(50000))) FROM t";
    assert_eq!(super::texts(&target, before).await, ["7 1"]);
    copy(&source.path, &target, ExistingRows::Truncate).await.expect("copies");
    assert_eq!(super::texts(&target, "SELECT id || x FROM t").await, ["1a"]);
}

#[tokio::test]
async fn an_index_whose_name_is_taken_is_told_before_the_rows_are_read() {
    let source = database("CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE INDEX taken ON t (id);").await;
    let target = source.folder.path().join("target.db");
    run(&target, "CREATE TABLE other (x); CREATE INDEX taken ON other (x)").await;
    let mut reader = SqliteSource::connect(&source.path).await.expect("connects");
    let schema = reader.introspect().await.expect("introspects");
    let mut sink = SqliteSink::connect(&target).await.expect("connects");
    sink.prepare(&everything(&schema, ExistingRows::Append)).await.expect_err("the name is taken");
}
