//! Failures say what is wrong, name the place, and show no value and no password.

use super::{MysqlSink, MysqlSource, preparation, with_databases};
use crate::error::Error;
use crate::schema::Schema;
use crate::store::{ExistingRows, Sink, Source};
use tokio::sync::mpsc;

fn told(error: &Error) -> String {
    let mut text = error.to_string();
    for hint in error.hints() {
        text.push_str("\n  hint: ");
        text.push_str(hint);
    }
    text
}

async fn refusal(url: &str) -> String {
    match MysqlSource::connect(url).await {
        Ok(_) => panic!("the connection should fail"),
        Err(error) => told(&error),
    }
}

#[test]
fn connections_fail_with_the_reason() {
    with_databases("refused", |[database]| async move {
        database
            .run(
                "CREATE OR REPLACE USER seed_my_stranger@'%' IDENTIFIED BY 'right'; \
                  CREATE OR REPLACE USER seed_my_stranger@localhost IDENTIFIED BY 'right'",
            )
            .await;
        let host = database.url().split(['@', '/']).rev().nth(1).expect("a host").to_owned();
        let missing = format!("{}_missing", database.url());
        let mut said = vec![
            refusal("mysql://someone:sesame@127.0.0.1:1/shop").await,
            refusal("mysql://127.0.0.1:1").await,
            refusal("mysql://user:pass word@host:port/shop").await,
            refusal(&format!("mysql://seed_my_stranger:sesame@{host}/shop")).await,
            refusal(&format!("mysql://seed_my_stranger:right@{host}/mysql")).await,
        ];
        database.run("DROP USER seed_my_stranger@'%', seed_my_stranger@localhost").await;
        said.push(refusal(&missing).await.replace(&database.name, "shop"));
        let said = said.join("\n").replace(&host, "HOST");
        assert!(!said.contains("sesame"));
        insta::assert_snapshot!(said, @r#"
        the MySQL server at 127.0.0.1:1 cannot be reached
          hint: check that the server runs, and the host name and port of the address
        the MySQL address names no database
          hint: add it behind the host: mysql://user@host/database
        the MySQL address cannot be read
          hint: an address looks like mysql://user:password@host:3306/database; special characters in a password are written as %40, %2F, …
        the MySQL server at HOST refuses the user seed_my_stranger with this password
          hint: check user and password of the address; special characters are written as %40, %2F, …
        the user seed_my_stranger may not use the database mysql at HOST
          hint: grant the user access to this database
        there is no database shop_missing on the MySQL server at HOST
          hint: create it: CREATE DATABASE `shop_missing`
          hint: or check the name at the end of the address
        "#);
    });
}

async fn schema_of(url: &str) -> Schema {
    let mut source = MysqlSource::connect(url).await.expect("connects");
    source.introspect().await.expect("introspects")
}

#[test]
fn tables_that_do_not_fit_are_refused_before_anything_is_written() {
    with_databases("misfit", |[database, second]| async move {
        database.run("CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(9), c date, d blob, e int)").await;
        second
            .run("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b varchar(5), c time, e int AS (id) STORED, \
                  extra int NOT NULL)")
            .await;
        let schema = schema_of(&database.url()).await;
        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        let state = sink.inspect().await.expect("inspects");
        let error =
            sink.check(&preparation(&schema, ExistingRows::Refuse), &state).await.expect_err("refused");
        insta::assert_snapshot!(told(&error), @r#"
        the target does not fit: t.a is NOT NULL there, and NULLs are to be written to it; t.c is time there, which cannot hold date; t lacks the column d; t.e is a generated column there, and rows are to be written to it; t.extra is NOT NULL without a default, and nothing is written to it
          hint: change these tables in the target, or drop them there: missing tables are created
        "#);
    });
}

#[test]
fn triggers_and_lonely_foreign_keys_are_noted() {
    with_databases("notes", |[database, second]| async move {
        database
            .run("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int, FOREIGN KEY (a) REFERENCES a (id)); \
                  CREATE TABLE c (id int PRIMARY KEY)")
            .await;
        second
            .run("CREATE TABLE c (id int PRIMARY KEY); CREATE TRIGGER watch BEFORE INSERT ON c FOR EACH ROW SET NEW.id = NEW.id")
            .await;
        let schema = schema_of(&database.url()).await;
        let mut partly = preparation(&schema, ExistingRows::Refuse);
        partly.rows[0] = None;
        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        let state = sink.inspect().await.expect("inspects");
        let notes = sink.check(&partly, &state).await.expect("fits");
        assert_eq!(
            notes,
            [
                "the foreign key (a) of b is left out: a is not in the target",
                "the trigger watch of c runs for every row that is written",
            ]
        );
    });
}

#[test]
fn a_refused_row_is_reported_without_its_value() {
    with_databases("rows", |[database, second]| async move {
        database
            .run(
                "CREATE TABLE t (id int PRIMARY KEY, email varchar(60)); \
                  INSERT INTO t VALUES (1, 'secret@example.org'), (2, 'secret@example.org')",
            )
            .await;
        second
            .run("CREATE TABLE t (id int PRIMARY KEY, email varchar(60), UNIQUE KEY one_each (email))")
            .await;
        let mut source = MysqlSource::connect(&database.url()).await.expect("connects");
        let schema = source.introspect().await.expect("introspects");
        let batches = super::scan(&mut source, &schema, 0, super::EVERYTHING).await;
        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        sink.prepare(&preparation(&schema, ExistingRows::Append)).await.expect("prepares");
        let (sender, receiver) = mpsc::channel(4);
        sender.send(batches[0].clone()).await.expect("sends");
        drop(sender);
        let error = sink.write(0, receiver).await.expect_err("refused");
        assert_eq!(told(&error), "two rows share the key one_each of table t");
        assert!(std::error::Error::source(&error).is_none(), "the server's text stays here");
    });
}

#[test]
fn missing_rights_are_found_before_anything_is_written() {
    with_databases("rights", |[database, second]| async move {
        database.run("CREATE TABLE t (id int PRIMARY KEY)").await;
        second.run("CREATE TABLE t (id int PRIMARY KEY)").await;
        let schema = schema_of(&database.url()).await;
        let empty = super::Database { name: database.name.clone(), ..second.clone() };
        empty.run("DROP TABLE t").await;
        let grants = format!(
            "CREATE OR REPLACE USER seed_my_reader@'%' IDENTIFIED BY 'x'; \
             CREATE OR REPLACE USER seed_my_reader@localhost IDENTIFIED BY 'x'; \
             GRANT SELECT ON `{0}`.* TO seed_my_reader@'%', seed_my_reader@localhost; \
             GRANT SELECT ON `{1}`.* TO seed_my_reader@'%', seed_my_reader@localhost",
            empty.name, second.name
        );
        empty.run(&grants).await;
        let mut said = Vec::new();
        for place in [&second, &empty] {
            let url = place.url();
            let (_, rest) = url.split_once('@').expect("a user");
            let mut sink =
                MysqlSink::connect(&format!("mysql://seed_my_reader:x@{rest}")).await.expect("connects");
            let state = sink.inspect().await.expect("inspects");
            let error =
                sink.check(&preparation(&schema, ExistingRows::Refuse), &state).await.expect_err("refused");
            assert_eq!(error.hints(), ["grant the user of the address the missing right"]);
            said.push(error.to_string());
        }
        empty.run("DROP USER seed_my_reader@'%', seed_my_reader@localhost").await;
        assert!(said[0].starts_with("cannot write to t: INSERT command denied"), "{said:?}");
        assert!(said[1].contains("CREATE command denied"), "{said:?}");
    });
}
