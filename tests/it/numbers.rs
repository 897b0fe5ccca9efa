//! Numbers that tell rows apart though no key says so: part of a key with a moment, as tables in partitions have it; in tables without any key;
//! places in an order of their own.

use crate::support::{Database, Engine, Workspace};

/// 200 accounts with 1,990 payments, numbered account by account; 1,500 lines of a log with tickets in no order; 600 products, 100 on a shelf.
fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE payments (payment_id INTEGER NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts (id),
             paid_at TIMESTAMP NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (paid_at, payment_id));
         CREATE TABLE lines (number INTEGER NOT NULL, level TEXT NOT NULL, took INTEGER NOT NULL, ticket INTEGER NOT NULL);
         CREATE TABLE products (id INTEGER PRIMARY KEY, shelf TEXT NOT NULL, place INTEGER NOT NULL CHECK (place BETWEEN 1 AND 600),
             price INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200)
             INSERT INTO accounts SELECT n, 'Account ' || n FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20)
             INSERT INTO payments SELECT row_number() OVER (ORDER BY id, n), id,
                 datetime('2024-01-01', (id * 31 % 200) || ' days', (n * 7) || ' days', (id * 7919 % 1440) || ' minutes'),
                 5 + id * n % 90
             FROM accounts JOIN numbers ON n <= 1 + id * 104729 % 19;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1500)
             INSERT INTO lines SELECT 1000 + n + n / 100 * 3, CASE n % 5 WHEN 0 THEN 'warn' ELSE 'info' END, n * 7919 % 40,
                 n * 7919 % 1500 FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 599)
             INSERT INTO products SELECT n + 1, 'shelf ' || (n * 7919 % 600 / 100), n * 7919 % 600 + 1, 10 + n % 17 FROM numbers;
         COMMIT;",
    );
    database
}

/// How many rows repeat a value of a column.
fn repeats(database: &Database, table: &str, column: &str) -> i64 {
    database.number(&format!("SELECT count(*) - count(DISTINCT {column}) FROM {table}"))
}

#[test]
fn numbers_that_never_repeat_do_not_repeat_in_the_copy() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &[]);
    for (table, column) in
        [("payments", "payment_id"), ("lines", "number"), ("lines", "ticket"), ("products", "place")]
    {
        assert_eq!(repeats(&source, table, column), 0);
        assert_eq!(repeats(&target, table, column), 0, "{table}.{column}");
    }
    assert!(repeats(&target, "lines", "took") > 1_000, "what repeats goes on to");
    let mixed = "SELECT 100 * sum(ticket < last) / count(*) FROM (SELECT ticket, lag(ticket) OVER (ORDER BY number) AS last FROM lines)";
    assert!(source.number(mixed) > 20);
    assert!(target.number(mixed) > 20, "tickets are no second number of lines: {}", target.number(mixed));
    let falls = "SELECT count(*) FROM (SELECT account_id < lag(account_id) OVER (ORDER BY payment_id) AS falls FROM payments)
         WHERE falls";
    assert_eq!(
        (source.number(falls), target.number(falls)),
        (0, 0),
        "payments are numbered account by account"
    );
}

#[test]
fn a_place_that_is_taken_once_still_goes_with_its_shelf() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &[]);
    let right = "SELECT 100 * sum('shelf ' || ((place - 1) / 100) = shelf) / count(*) FROM products";
    assert_eq!(source.number(right), 100);
    assert!(target.number(right) >= 85, "{} % stand where they belong", target.number(right));
}

#[test]
fn places_repeat_where_there_is_no_room() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &["--rows", "products=1000"]);
    assert_eq!(target.number("SELECT count(*) FROM products"), 1_000);
    assert!(repeats(&target, "products", "place") >= 400);
}

#[test]
fn rows_that_are_appended_go_on_with_numbers_of_their_own() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &[]);
    Workspace::new().fill(&source, &target, &["--append"]);
    for (table, column) in [("payments", "payment_id"), ("lines", "number")] {
        assert_eq!(repeats(&target, table, column), 0, "{table}.{column}");
    }
}

#[test]
fn numbers_that_a_constraint_rests_on_are_refused_where_there_is_no_room() {
    let (source, target) = (Database::new(Engine::Sqlite), Database::new(Engine::Sqlite));
    source.execute(
        "BEGIN;
         CREATE TABLE tickets (n INTEGER NOT NULL CHECK (n BETWEEN 1 AND 600), code TEXT GENERATED ALWAYS AS ('C' || n) STORED UNIQUE,
             price INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 600)
             INSERT INTO tickets (n, price) SELECT n * 7919 % 601, n % 17 FROM numbers;
         COMMIT;",
    );
    let [from, to] = [&source, &target].map(|database| database.address());
    let refused = Workspace::new().seed(&["--from", &from, "--to", &to, "--rows", "tickets=1000"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--rows tickets=600 is the most"), "{}", refused.stderr);
}
