//! What a user reads when a connection cannot be made, and what identifies a database.

use super::*;
use crate::error::ErrorKind;

async fn refusal(url: &str) -> crate::Error {
    PostgresSource::connect(url).await.expect_err("there is nothing to connect to")
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_the_password() {
    let error = refusal("postgres://me:sesame@127.0.0.1:1/shop").await;
    assert_eq!(error.kind(), ErrorKind::Source);
    assert_eq!(error.to_string(), "the PostgreSQL server at 127.0.0.1:1 cannot be reached");
    assert!(!format!("{error:?}").contains("sesame"));
    assert!(!error.hints().is_empty());
}

#[tokio::test]
async fn an_unknown_database_is_named() {
    let (server, _) =
        maintenance_url().rsplit_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a path");
    let error = refusal(&format!("{server}/seed_no_such_database")).await;
    assert!(error.to_string().starts_with("there is no database seed_no_such_database on"), "{error}");
}

#[tokio::test]
async fn an_address_that_is_none_is_a_usage_error() {
    let error = refusal("postgres://user:sesame@host:port/shop").await;
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(!format!("{error:?}").contains("sesame"));
}

#[tokio::test]
async fn one_database_has_one_identity_and_two_have_two() {
    let (one, other) = (Database::create().await, Database::create().await);
    let identity = one.source().await.identity().await.expect("identity");
    assert_eq!(Some(identity.clone()), one.sink().await.identity().await.expect("identity"));
    assert_ne!(identity, other.source().await.identity().await.expect("identity"));
}

#[tokio::test]
async fn a_source_cannot_be_written() {
    let database = Database::with("CREATE TABLE t (id int)").await;
    let mut source = database.source().await;
    let refused = sql::execute(&mut source.connection, "INSERT INTO t VALUES (1)").await;
    assert_eq!(super::super::failure::code(&refused.expect_err("read only")), Some("25006"));
}
