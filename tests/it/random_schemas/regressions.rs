//! What random schemas have found, each as a small schema that showed it: learned from a few rows, filled, and judged.

use crate::support::{Catalog, Database, Engine, Workspace, integrity};

/// Makes a source of the statements, fills an empty copy, and asks whether everything holds.
fn holds(engine: Engine, statements: &[&str], more: &[&str]) -> Database {
    let (source, target) = (Database::new(engine), Database::new(engine));
    statements.iter().for_each(|statement| source.execute(statement));
    Workspace::new().fill(&source, &target, more);
    assert_eq!(integrity::violations(&Catalog::of(&source), &target), Vec::<String>::new());
    target
}

/// `INSERT` of so many rows, numbered from 1.
fn insert(table: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    let rows: Vec<_> = (1..=rows).map(|number| format!("({})", row(number))).collect();
    format!("INSERT INTO {table} VALUES {}", rows.join(", "))
}

#[test]
fn keys_refer_to_rows_whose_unique_column_is_not_null() {
    let parents = insert("p", 20, |n| if n % 2 == 0 { format!("{n}, {n}") } else { format!("{n}, NULL") });
    let children = insert("c", 20, |n| format!("{n}, {}", 2 * (1 + n % 10)));
    let tables = [
        "CREATE TABLE p (id INTEGER PRIMARY KEY, code INTEGER UNIQUE)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, code INTEGER NOT NULL REFERENCES p (code))",
    ];
    for scale in ["1", "3"] {
        holds(Engine::Sqlite, &[tables[0], tables[1], &parents, &children], &["--scale", scale]);
    }
}

#[test]
fn folded_texts_stay_different() {
    let rows = insert("t", 30, |n| format!("{n}, '{}', {}", ["red", "Blue"][n % 2], n / 2));
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, colour TEXT NOT NULL, size INTEGER NOT NULL)";
    let index = "CREATE UNIQUE INDEX u ON t (lower(colour), size)";
    let target = holds(Engine::Sqlite, &[table, index, &rows], &["--scale", "2"]);
    let twice = "SELECT count(*) FROM (SELECT 1 FROM t GROUP BY lower(colour), size HAVING count(*) > 1)";
    assert_eq!(target.number(twice), 0);
}

#[test]
fn nulls_that_count_as_equal_come_once() {
    let rows = insert("t", 30, |n| format!("{n}, {}, {}", n / 2, ["NULL", "1"][n % 2]));
    let single = insert("s", 20, |n| if n == 1 { "1, NULL".to_owned() } else { format!("{n}, {n}") });
    let target = holds(
        Engine::Postgres,
        &[
            "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL, b integer, UNIQUE NULLS NOT DISTINCT (a, b))",
            "CREATE TABLE s (id integer PRIMARY KEY, a integer, UNIQUE NULLS NOT DISTINCT (a))",
            &rows,
            &single,
        ],
        &["--scale", "3"],
    );
    assert!(target.number("SELECT count(*) FROM s WHERE a IS NULL") <= 1);
}

#[test]
fn texts_of_few_rows_are_what_checks_ask_for() {
    let table = "CREATE TABLE t (code varchar(8) PRIMARY KEY CHECK (length(code) <= 8 AND length(code) > 3),
        first_name TEXT NOT NULL CHECK (first_name IN ('new', 'old')), sku TEXT UNIQUE CHECK (sku LIKE 'SKU-%'),
        level INTEGER NOT NULL CHECK (level IN (0, 7)))";
    let rows = insert("t", 4, |n| format!("'abc{n}', 'new', 'SKU-{n}x', 7"));
    let target = holds(Engine::Sqlite, &[table, &rows], &["--scale", "3"]);
    assert_eq!(target.count("t"), 12);
}

#[test]
fn times_that_hold_seconds_stay_different() {
    let rows =
        insert("t", 3, |n| format!("{n}, '2020-01-0{n} 10:00:00', '2020-01-0{n}', '::{n}', 'a,b', 1999"));
    let table = "CREATE TABLE t (id int PRIMARY KEY, a datetime UNIQUE, b timestamp NULL UNIQUE, c inet6, d set('a', 'b') NOT NULL,
        e year NOT NULL)";
    holds(Engine::Mysql, &[table, &rows], &["--scale", "30"]);
}

#[test]
fn lists_of_days_hold_days() {
    let rows = insert("t", 20, |n| format!("{n}, '{{2020-01-{:02},2021-12-31}}', '{{}}'", n));
    let table = "CREATE TABLE t (id integer PRIMARY KEY, days date[] NOT NULL, moments timestamptz[])";
    holds(Engine::Postgres, &[table, &rows], &[]);
}

#[test]
fn one_to_one_keys_stay_so_where_others_follow_from_them() {
    let tables = [
        "CREATE TABLE users (id INTEGER PRIMARY KEY)",
        "CREATE TABLE plans (user_id INTEGER REFERENCES users (id), no INTEGER, PRIMARY KEY (user_id, no))",
        "CREATE TABLE bills (user_id INTEGER NOT NULL REFERENCES users (id), plan_no INTEGER NOT NULL, level INTEGER,
         UNIQUE (user_id, plan_no), FOREIGN KEY (user_id, plan_no) REFERENCES plans (user_id, no))",
    ];
    let users = insert("users", 27, |n| n.to_string());
    let plans = insert("plans", 26, |n| format!("{}, {n}", 1 + n % 9));
    let bills = insert("bills", 3, |n| format!("{}, {n}, {n}", 1 + n % 9));
    holds(Engine::Sqlite, &[tables[0], tables[1], tables[2], &users, &plans, &bills], &["--scale", "3"]);
}

#[test]
fn one_to_one_keys_stay_so_where_two_parents_must_differ() {
    let tables = [
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (a INTEGER NOT NULL REFERENCES p (id), b INTEGER NOT NULL UNIQUE REFERENCES p (id), CHECK (a <> b))",
    ];
    let parents = insert("p", 20, |n| n.to_string());
    let children = insert("c", 18, |n| format!("{}, {}", 1 + n % 4, n + 2));
    holds(Engine::Sqlite, &[tables[0], tables[1], &parents, &children], &["--scale", "1"]);
}

#[test]
fn exactly_one_parent_is_set() {
    let tables = [
        "CREATE TABLE a (id INTEGER PRIMARY KEY)",
        "CREATE TABLE b (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id), b_id INTEGER REFERENCES b (id), note TEXT,
         CHECK ((a_id IS NULL) + (b_id IS NULL) + (note IS NULL) = 2))",
    ];
    holds(Engine::Sqlite, &tables, &["--rows", "a=10", "--rows", "b=10", "--rows", "c=40"]);
}

#[test]
fn sums_stay_within_their_bound() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, low INTEGER NOT NULL CHECK (low BETWEEN 0 AND 50), high INTEGER NOT NULL,
        CHECK (high BETWEEN 0 AND 100000 AND low * 2 >= high))";
    holds(Engine::Sqlite, &[table], &["--rows", "t=40"]);
}
