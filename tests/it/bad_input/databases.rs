//! Databases that are not there, not let in, or not fit.

use super::{Pair, assert_refusal};
use crate::support::database::server;
use crate::support::{Catalog, Database, Engine, Workspace, integrity};

#[test]
fn name_that_seed_toml_does_not_know() {
    let pair = Pair::new();
    let to = pair.target.address();
    pair.workspace.write("seed.toml", "[databases.prod-replica]\nurl = \"sqlite:replica.db\"\n");
    let outcome = pair.workspace.seed(&["--from", "prod-replka", "--to", &to]);
    pair.assert_refusal("database_name_unknown", &outcome, 2);
    assert!(outcome.stderr.contains("prod-replica"), "no suggestion: {}", outcome.stderr);
}

#[test]
fn scheme_that_is_no_database() {
    let pair = Pair::new();
    let to = pair.target.address();
    let outcome = pair.workspace.seed(&["--from", "oracle://db/x", "--to", &to]);
    pair.assert_refusal("scheme_unknown", &outcome, 2);
}

#[test]
fn variable_that_is_not_set() {
    let pair = Pair::new();
    let to = pair.target.address();
    pair.workspace.write("seed.toml", "[databases.prod]\nurl = \"${PROD_REPLICA_URL}\"\n");
    let outcome = pair.workspace.seed(&["--from", "prod", "--to", &to]);
    pair.assert_refusal("variable_not_set", &outcome, 2);
    assert!(outcome.stderr.contains("PROD_REPLICA_URL"), "{}", outcome.stderr);
}

#[test]
fn sqlite_file_that_is_not_there() {
    let pair = Pair::new();
    let to = pair.target.address();
    let outcome = pair.workspace.seed(&["--from", "sqlite:nowhere.db", "--to", &to]);
    pair.assert_refusal("sqlite_file_missing", &outcome, 3);
    assert!(!pair.workspace.file("nowhere.db").exists(), "the source was made");
    assert!(!pair.target.path().exists(), "the target was made");
}

#[test]
fn sqlite_file_that_is_no_database() {
    let pair = Pair::new();
    let to = pair.target.address();
    pair.workspace.write("letter.db", &"Dear Sir or Madam, this is not a database. ".repeat(100));
    let outcome = pair.workspace.seed(&["--from", "sqlite:letter.db", "--to", &to]);
    pair.assert_refusal("sqlite_file_garbage", &outcome, 3);
}

#[test]
fn server_that_is_not_there() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let from = source.address();
    for (engine, scheme) in [(Engine::Postgres, "postgres"), (Engine::Mysql, "mysql")] {
        let nobody = format!("{scheme}://anna:secret@127.0.0.1:1/shop");
        let workspace = Workspace::new();
        let to = Database::new(Engine::Sqlite);
        let outcome = workspace.seed(&["--from", &nobody, "--to", &to.address()]);
        assert_refusal(&format!("source_unreachable_{scheme}"), &outcome, 3, &[(&to.address(), "[TARGET]")]);
        assert!(!to.path().exists(), "{engine:?}: the target was made");
        let outcome = workspace.seed(&["--from", &from, "--to", &nobody]);
        assert_refusal(&format!("target_unreachable_{scheme}"), &outcome, 3, &[(&from, "[SOURCE]")]);
        assert!(!outcome.stderr.contains("secret"), "{}", outcome.stderr);
    }
}

#[test]
fn database_that_the_server_does_not_have() {
    for (engine, scheme) in [(Engine::Postgres, "postgres"), (Engine::Mysql, "mysql")] {
        let to = Database::new(Engine::Sqlite);
        let from = format!("{}/seed_test_no_such_database", server(engine));
        let outcome = Workspace::new().seed(&["--from", &from, "--to", &to.address()]);
        assert_refusal(&format!("database_missing_{scheme}"), &outcome, 3, &[(&to.address(), "[TARGET]")]);
        assert!(!to.path().exists(), "{engine:?}: the target was made");
    }
}

/// The role `seed_password` has to give a password, as `tests/run` sets up its PostgreSQL.
#[test]
fn password_that_is_wrong() {
    let postgres = Database::new(Engine::Postgres);
    let asked = "SELECT count(*) FROM pg_hba_file_rules WHERE 'seed_password' = ANY (user_name)";
    assert!(
        postgres.number(asked) > 0,
        "this PostgreSQL lets everybody in; run tests/run, whose server does not"
    );
    postgres.execute(
        "DO $$ BEGIN
           IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'seed_password') THEN
             CREATE ROLE seed_password LOGIN PASSWORD 'right';
           END IF;
         END $$",
    );
    let mysql = Database::new(Engine::Mysql);
    mysql.execute("CREATE USER IF NOT EXISTS 'seed_password'@'%' IDENTIFIED BY 'right'");
    mysql.execute("CREATE USER IF NOT EXISTS 'seed_password'@'localhost' IDENTIFIED BY 'right'");
    for (database, scheme) in [(&postgres, "postgres"), (&mysql, "mysql")] {
        let to = Database::new(Engine::Sqlite);
        let from = database.address().replacen("root@", "seed_password:wrong@", 1);
        let outcome = Workspace::new().seed(&["--from", &from, "--to", &to.address()]);
        assert_refusal(&format!("password_wrong_{scheme}"), &outcome, 3, &[(&to.address(), "[TARGET]")]);
        assert!(!outcome.stderr.contains("wrong@"), "{}", outcome.stderr);
    }
    mysql.execute("DROP USER 'seed_password'@'%'");
    mysql.execute("DROP USER 'seed_password'@'localhost'");
}

#[test]
fn target_whose_table_lacks_a_column() {
    for engine in crate::support::ENGINES {
        let source = Database::example(engine, "shop", 1);
        let target = Database::example(engine, "shop", 1);
        target.execute("DELETE FROM reviews");
        target.execute("ALTER TABLE reviews DROP COLUMN title");
        let (from, to) = (source.address(), target.address());
        let before = integrity::fingerprint(&target);
        let outcome = Workspace::new().seed(&["--from", &from, "--to", &to, "--truncate"]);
        let name = format!("target_lacks_column_{engine:?}").to_lowercase();
        assert_refusal(
            &name,
            &outcome,
            3,
            &[(&from, "[SOURCE]"), (&to, "[TARGET]"), (target.url(), "[TARGET]")],
        );
        for word in ["reviews", "title"] {
            assert!(outcome.stderr.contains(word), "{word}: {}", outcome.stderr);
        }
        assert_eq!(integrity::fingerprint(&target), before, "{engine:?}: the target was written");
    }
}

/// A column of the target that must have a value and that nobody gives one.
#[test]
fn target_whose_table_wants_another_column() {
    let pair = Pair::new();
    pair.target.execute("CREATE TABLE reviews (id INTEGER PRIMARY KEY, product_id integer, customer_id integer, rating smallint, title varchar(80), body text, written_at timestamp, verdict text NOT NULL)");
    let outcome = pair.run(&[]);
    pair.assert_refusal("target_wants_column", &outcome, 3);
    assert!(outcome.stderr.contains("verdict"), "{}", outcome.stderr);
    assert_eq!(Catalog::of(&pair.target).tables.len(), 1, "tables were made");
}

#[test]
fn source_without_tables() {
    let pair = Pair::made_by("PRAGMA user_version = 1");
    pair.refuses("source_empty", 3, &[]);
}
