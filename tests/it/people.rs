//! People who are made up from what was learned: all columns of a row tell of the same person.

use crate::support::{Database, Engine, Workspace};

#[test]
fn names_and_addresses_of_a_row_are_of_one_person() {
    let (source, target) = (Database::new(Engine::Sqlite), Database::new(Engine::Sqlite));
    source.execute(
        "BEGIN;
         CREATE TABLE users (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, full_name TEXT NOT NULL,
             email TEXT NOT NULL UNIQUE, nickname TEXT, age INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200),
             names AS (SELECT n, 'Ann' || char(97 + n * 7 % 26) AS first, 'Mill' || char(97 + n * 11 / 26 % 26) AS last FROM numbers)
             INSERT INTO users SELECT n, first, last, first || ' ' || last, lower(first || '.' || last) || n || '@example.com',
                 CASE WHEN n % 3 = 0 THEN lower(first) END, 20 + n * 7919 % 50 FROM names;
         COMMIT;",
    );
    let workspace = Workspace::new();
    workspace.fill(&source, &target, &[]);
    workspace.fill(&source, &target, &["--append"]);
    assert_eq!(target.number("SELECT count(*) FROM users"), 2400);
    let others = "SELECT count(*) FROM users WHERE full_name <> first_name || ' ' || last_name";
    assert_eq!((source.number(others), target.number(others)), (0, 0), "full names are of others");
    // Signs that no address has are left out of it: O'Hara is ohara.
    let mails = "SELECT count(*) FROM users WHERE email NOT LIKE lower(replace(first_name, '''', '')) || '.%'
        OR email NOT LIKE '%.' || lower(replace(last_name, '''', '')) || '%@%'";
    assert_eq!((source.number(mails), target.number(mails)), (0, 0), "addresses are of others");
    let known = "SELECT count(*) FROM users WHERE first_name LIKE 'Ann_' AND last_name LIKE 'Mill_'";
    assert_eq!((source.number(known), target.number(known)), (1200, 0), "people of the source");
}
