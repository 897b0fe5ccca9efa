//! Addresses: read, and shown without their passwords.

use super::*;

#[test]
fn addresses_of_every_kind() {
    let server = |dialect, url: &str| Address::Server { dialect, url: url.into() };
    for (text, address) in [
        ("postgres://h/d", server(Dialect::Postgres, "postgres://h/d")),
        ("postgresql://h/d", server(Dialect::Postgres, "postgresql://h/d")),
        ("mysql://h/d", server(Dialect::Mysql, "mysql://h/d")),
        ("mariadb://h/d", server(Dialect::Mysql, "mariadb://h/d")),
        ("sqlite:a.b", Address::Sqlite("a.b".into())),
        ("sqlite:///tmp/a?mode=ro", Address::Sqlite("/tmp/a".into())),
        ("sqlite:what?.db", Address::Sqlite("what?.db".into())),
        ("shop.db", Address::Sqlite("shop.db".into())),
        ("./dir/shop.sqlite3", Address::Sqlite("./dir/shop.sqlite3".into())),
        ("parquet:out", Address::Parquet("out".into())),
        ("csv:/out", Address::Csv("/out".into())),
        ("sql:a.sql", Address::SqlScript { path: "a.sql".into(), dialect: None }),
        (
            "sql:a.sql?dialect=mariadb",
            Address::SqlScript { path: "a.sql".into(), dialect: Some(Dialect::Mysql) },
        ),
    ] {
        assert_eq!(Address::parse(text).expect(text), address);
    }
}

#[test]
fn mistakes_come_with_a_remedy() {
    for (text, message, hint) in [
        ("postgers://h/d", "`postgers:` is unknown", "did you mean `postgres:`?"),
        ("sqllite:x", "`sqllite:` is unknown", "did you mean `sqlite:`?"),
        ("pg://u:geheim@h/d", "`pg://u:***@h/d` is not an address", "did you mean `postgres:`?"),
        ("mysql:shop", "not a whole address", "mysql://USER@HOST/DATABASE"),
        ("csv:", "stops after `csv:`", "write csv:PATH"),
        ("sqlite::memory:", "memory", "sqlite:PATH"),
        ("shop", "`shop` is not an address", "sqlite:PATH"),
        ("sql:x?dialect=oracle", "`oracle` is no dialect", "?dialect=postgres"),
    ] {
        let error = Address::parse(text).expect_err(text);
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert!(error.hints().iter().any(|given| given.contains(hint)), "{text}: {:?}", error.hints());
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn passwords_are_never_shown() {
    for (url, shown) in [
        ("postgres://u:geheim@h:5432/d", "postgres://u:***@h:5432/d"),
        ("postgres://u:ge/he?im@x@h/d", "postgres://u:***@h/d"),
        ("mysql://u@h/d?password=geheim&ssl-mode=off", "mysql://u@h/d?password=***&ssl-mode=off"),
        ("mysql://u@h:3306/d", "mysql://u@h:3306/d"),
    ] {
        let address = Address::parse(url).expect(url);
        assert_eq!(address.to_string(), shown);
        assert_eq!(format!("{address:?}"), format!("Address({shown})"));
    }
    let url = "postgres://u:ge%20heim@h/d?sslpassword=zwei";
    assert_eq!(redact("no ge heim, no ge%20heim, no zwei", url), "no ***, no ***, no ***");
}

#[tokio::test]
async fn files_are_no_source() {
    let address = Address::parse("csv:out").expect("an address");
    let error = open_source(&address).await.err().expect("refused");
    assert_eq!((error.exit_code(), error.to_string().as_str()), (2, "`csv:out` can be written, not read"));
}
