//! Foreign keys that follow from others although no constraint says so: whose address an order goes to, whose rental is paid.

use crate::support::{Database, Engine, Workspace};

/// 300 customers with rentals and addresses; 2,000 payments for rentals, a few by somebody else; 1,500 parcels, some without an address.
/// Every customer has a parcel.
fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE customers (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
         CREATE TABLE rentals (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id), days INTEGER NOT NULL);
         CREATE TABLE payments (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id),
             rental INTEGER NOT NULL REFERENCES rentals (id), payer INTEGER NOT NULL REFERENCES customers (id), amount INTEGER NOT NULL);
         CREATE TABLE addresses (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id), floor INTEGER NOT NULL);
         CREATE TABLE parcels (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id),
             address INTEGER REFERENCES addresses (id), weight INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
             INSERT INTO customers SELECT n, 'customer ' || n FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
             INSERT INTO rentals SELECT n, 1 + n * n % 299, 1 + n % 9 FROM numbers;
         INSERT INTO payments SELECT id, CASE WHEN id % 400 = 7 THEN 1 + (customer + 5) % 300 ELSE customer END, id,
             CASE WHEN id % 20 = 7 THEN 1 + (customer + 5) % 300 ELSE customer END, days * 3 FROM rentals;
         INSERT INTO addresses SELECT id, id, id % 7 FROM customers;
         INSERT INTO addresses SELECT 300 + id, 1 + id * 7919 % 300, id % 7 FROM customers;
         INSERT INTO parcels SELECT id, id, CASE WHEN id % 5 THEN id END, id % 11 FROM customers;
         INSERT INTO parcels SELECT 300 + rentals.id, addresses.customer, addresses.id, days FROM rentals JOIN addresses
             ON addresses.id = 1 + rentals.id * rentals.id % 599 WHERE rentals.id <= 1200;
         COMMIT;",
    );
    database
}

/// Payments whose customer, or whose payer, is not that of their rental.
fn apart(database: &Database, column: &str) -> i64 {
    database.number(&format!(
        "SELECT count(*) FROM payments JOIN rentals ON rentals.id = rental WHERE payments.{column} <> rentals.customer"
    ))
}

#[test]
fn a_few_exceptions_are_no_reason_to_forget_a_diamond() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &[]);
    assert_eq!(
        (apart(&source, "customer"), apart(&target, "customer")),
        (5, 0),
        "one in 400 is an exception"
    );
    assert_eq!(apart(&source, "payer"), 100, "one in twenty is none");
    assert!(apart(&target, "payer") > 50, "what is only often so is not made a rule");
    let elsewhere = "SELECT count(*) FROM parcels JOIN addresses ON addresses.id = address WHERE parcels.customer <> addresses.customer";
    assert_eq!((source.number(elsewhere), target.number(elsewhere)), (0, 0));
}

#[test]
fn parents_have_as_many_children_by_a_key_that_follows_from_another() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &["--seed", "3"]);
    let counts = "SELECT parcels, count(*) FROM
            (SELECT (SELECT count(*) FROM parcels WHERE customer = customers.id) AS parcels FROM customers)
         GROUP BY parcels ORDER BY parcels";
    let (wanted, made) = (source.rows(counts), target.rows(counts));
    assert_ne!(wanted[0][0].as_deref(), Some("0"), "everybody has a parcel");
    assert_ne!(made[0][0].as_deref(), Some("0"), "everybody has a parcel in the target: {made:?}");
    // Counts that fewer than five customers have are told together.
    assert_eq!(wanted[..4], made[..4]);
}
