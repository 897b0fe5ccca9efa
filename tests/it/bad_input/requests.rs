//! Requests that make no sense or cannot be met.

use super::{Pair, assert_refusal};
use crate::support::Workspace;

#[test]
fn no_target() {
    let outcome = Workspace::new().seed(&["--from", "sqlite:x.db"]);
    assert_refusal("no_target", &outcome, 2, &[]);
}

#[test]
fn option_that_does_not_exist() {
    let outcome = Workspace::new().seed(&["--from", "sqlite:x.db", "--to", "sqlite:y.db", "--sacle", "2"]);
    assert_refusal("option_unknown", &outcome, 2, &[]);
}

#[test]
fn truncate_and_append_at_once() {
    Pair::new().refuses("truncate_and_append", 2, &["--truncate", "--append"]);
}

#[test]
fn table_that_does_not_exist() {
    let pair = Pair::new();
    pair.refuses("rows_of_unknown_table", 2, &["--rows", "costumers=1000"]);
    pair.refuses("only_unknown_table", 2, &["--only", "order"]);
    pair.refuses("exclude_unknown_table", 2, &["--exclude", "invoices"]);
    pair.refuses("treatment_of_unknown_table", 2, &["--table", "custmers=fake"]);
}

#[test]
fn condition_that_is_not_understood() {
    let pair = Pair::new();
    let refuses = |name: &str, condition: &str| pair.refuses(name, 2, &["--where", condition]);
    refuses("where_without_end", "customers.tier =");
    refuses("where_unknown_table", "custmers.tier = 'gold'");
    refuses("where_unknown_column", "customers.teir = 'gold'");
    refuses("where_unknown_columns", "teir = 'gold'");
    refuses("where_of_several_tables", "customers.tier = 'gold' OR orders.channel = 'web'");
    refuses("where_of_any_table", "id < 10");
    refuses("where_unknown_function", "soundex(customers.last_name) = 'S530'");
    refuses("where_by_the_clock", "orders.placed_at > CURRENT_TIMESTAMP");
    refuses("where_no_row", "customers.tier = 'gold' AND customers.id < 0");
    refuses("where_no_match", "customers.id <= 3 AND orders.id > 1000000");
}

#[test]
fn shares_that_cannot_be_had() {
    let pair = Pair::new();
    let refuses = |name: &str, balance: &str| pair.refuses(name, 2, &["--balance", balance]);
    refuses("balance_without_share", "orders.status");
    refuses("balance_of_unknown_table", "order.status=uniform");
    refuses("balance_of_unknown_column", "orders.state=uniform");
    refuses("balance_without_column", "status=uniform");
    refuses("balance_too_much", "orders.status=paid:70%,placed:40%");
    refuses("balance_no_percent", "orders.status=paid:0.7");
    refuses("balance_of_many_values", "orders.status=10%");
    refuses("balance_of_unknown_value", "orders.status=payed:10%");
    refuses("balance_of_key", "orders.id=uniform");
    refuses("balance_of_foreign_key", "orders.customer_id=uniform");
    refuses("balance_of_copied_table", "countries.currency=uniform");
    refuses("balance_of_amounts", "products.price=uniform");
    refuses("balance_of_texts", "customers.email=10%");
    pair.refuses(
        "balance_twice",
        2,
        &["--balance", "orders.status=uniform", "--balance", "orders.status=paid:1%"],
    );
}

#[test]
fn treatment_that_does_not_exist() {
    Pair::new().refuses("treatment_unknown", 2, &["--table", "customers=clone"]);
}

#[test]
fn rows_that_are_no_number() {
    let pair = Pair::new();
    pair.refuses("rows_without_number", 2, &["--rows", "customers"]);
    pair.refuses("rows_negative", 2, &["--rows", "customers=-5"]);
}

#[test]
fn scale_that_is_no_scale() {
    let pair = Pair::new();
    pair.refuses("scale_zero", 2, &["--scale", "0"]);
    pair.refuses("scale_negative", 2, &["--scale=-1"]);
    pair.refuses("scale_not_a_number", 2, &["--scale", "many"]);
    pair.refuses("scale_nan", 2, &["--scale", "nan"]);
    pair.refuses("scale_infinite", 2, &["--scale", "inf"]);
}

/// Three rows of four seats: twelve pairs, and not one more.
#[test]
fn scale_that_a_unique_key_cannot_follow() {
    let pair = Pair::made_by(
        "CREATE TABLE seats (
            id INTEGER PRIMARY KEY,
            line text NOT NULL CHECK (line IN ('A', 'B', 'C')),
            number integer NOT NULL CHECK (number BETWEEN 1 AND 4),
            taken boolean NOT NULL,
            UNIQUE (line, number)
         );
         INSERT INTO seats (line, number, taken)
         SELECT l.v, n.v, (n.v + length(l.v)) % 2
         FROM (SELECT 'A' AS v UNION SELECT 'B' UNION SELECT 'C') l,
              (SELECT 1 AS v UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) n;",
    );
    pair.refuses("unique_key_exhausted", 2, &["--table", "seats=learn", "--scale", "10"]);
}

#[test]
fn check_that_cannot_be_met() {
    let pair = Pair::made_by(
        "CREATE TABLE rooms (id INTEGER PRIMARY KEY, floor integer NOT NULL, CHECK (floor > 5 AND floor < 3));",
    );
    pair.refuses("check_cannot_be_met", 2, &["--rows", "rooms=10"]);
}

/// Neither row can be the first, and no NULL breaks the circle.
#[test]
fn key_that_depends_on_itself() {
    let pair = Pair::made_by(
        "CREATE TABLE eggs (id integer PRIMARY KEY NOT NULL REFERENCES hens (id), colour text);
         CREATE TABLE hens (id integer PRIMARY KEY NOT NULL REFERENCES eggs (id), name text);",
    );
    let outcome = pair.run(&["--rows", "eggs=10", "--rows", "hens=10"]);
    // Ten eggs and ten hens with equal keys are a solution; what must not happen is a breach or a panic.
    if outcome.code == Some(0) {
        assert!(pair.target.rows("PRAGMA foreign_key_check").is_empty());
    } else {
        pair.assert_refusal("key_depends_on_itself", &outcome, 2);
    }
}
