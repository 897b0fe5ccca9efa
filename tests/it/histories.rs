//! Rows that say from when to when something holds: each begins where the one before ends, and the last one is open.

use crate::support::{Database, Engine, Workspace};

/// 1,500 people; their salaries, a year each, the last of which ends never (`9999-01-01`) or when they left; their posts, of some years each, the last
/// without an end.
fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE employees (id INTEGER PRIMARY KEY, name TEXT NOT NULL, hired DATE NOT NULL);
         CREATE TABLE salaries (employee_id INTEGER NOT NULL REFERENCES employees (id), amount INTEGER NOT NULL, from_date DATE NOT NULL,
             to_date DATE NOT NULL, PRIMARY KEY (employee_id, from_date));
         CREATE TABLE posts (id INTEGER PRIMARY KEY, employee_id INTEGER NOT NULL REFERENCES employees (id), title TEXT NOT NULL,
             begun DATE NOT NULL, ended DATE);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1500)
             INSERT INTO employees SELECT n, 'Employee ' || n, date('1985-01-01', '+' || (n * 7919 % 3001) || ' days') FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 11),
             years AS (SELECT id, hired, n, 1 + id * 104729 % 12 AS years FROM employees JOIN numbers ON n < 1 + id * 104729 % 12)
             INSERT INTO salaries SELECT id, 30000 + id * 31 % 20000 + n * 1500 + (id * 17 + n * 13) % 900,
                 date(hired, '+' || (365 * n) || ' days'),
                 CASE WHEN n + 1 < years THEN date(hired, '+' || (365 * n + 365) || ' days') WHEN id % 5 > 0 THEN '9999-01-01'
                     ELSE date(hired, '+' || (365 * n + 30 + id * 13 % 300) || ' days') END FROM years;
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2),
             places AS (SELECT id, hired, n, 1 + id % 3 AS posts, 900 + id * 37 % 800 AS days FROM employees JOIN numbers ON n <= id % 3)
             INSERT INTO posts (employee_id, title, begun, ended) SELECT id, substr('ABC', n + 1, 1) || (id % 4),
                 date(hired, '+' || (days * n) || ' days'),
                 CASE WHEN n + 1 < posts THEN date(hired, '+' || (days * n + days) || ' days') END FROM places;
         COMMIT;",
    );
    database
}

const SALARIES: (&str, &str, &str) = ("salaries", "from_date", "to_date");
const POSTS: (&str, &str, &str) = ("posts", "begun", "ended");

/// Rows of a person that a later one follows, with where that begins.
fn followed((table, start, end): (&str, &str, &str)) -> String {
    format!(
        "(SELECT {start} AS start, {end} AS stop, lead({start}) OVER (PARTITION BY employee_id ORDER BY {start}) AS next FROM {table})
         WHERE next IS NOT NULL"
    )
}

fn gaps(database: &Database, history: (&str, &str, &str)) -> i64 {
    database.number(&format!("SELECT count(*) FROM {} AND stop IS NOT next", followed(history)))
}

#[test]
fn where_one_ends_the_next_one_begins() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    for history in [SALARIES, POSTS] {
        assert_eq!((gaps(&source, history), gaps(&target, history)), (0, 0), "{history:?}");
    }
    let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    for rule in [
        "to_date is the from_date of the next row of each (employee_id)",
        "ended is the begun of the next row of each (employee_id)",
    ] {
        assert!(rules.contains(rule), "{rules}");
    }
    // A year stays a year, and what has no end has none.
    let year = format!(
        "SELECT 1000 * sum(julianday(stop) - julianday(start) = 365) / count(*) FROM {}",
        followed(SALARIES)
    );
    assert_eq!(source.number(&year), 1000);
    assert!(target.number(&year) >= 900, "{} of 1000 salaries hold for a year", target.number(&year));
    let open = "SELECT count(*) FROM salaries WHERE to_date = '9999-01-01'";
    let (before, after) = (source.number(open), target.number(open));
    assert!(before.abs_diff(after) * 100 <= 15 * before as u64, "open salaries: {before} became {after}");
    let strange = "SELECT count(*) FROM salaries WHERE to_date > '2010-01-01' AND to_date <> '9999-01-01'";
    assert_eq!((source.number(strange), target.number(strange)), (0, 0));
}

#[test]
fn gaps_may_be_asked_for() {
    let workspace = Workspace::new();
    workspace.write(
        "seed.toml",
        "[tables.posts]\nrules = { drop = [\"ended is the begun of the next row of each (employee_id)\"] }\n",
    );
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    workspace.fill(&source, &target, &[]);
    assert!(gaps(&target, POSTS) > 0, "the rule is kept all the same");
    assert_eq!(gaps(&target, SALARIES), 0);
}

#[test]
fn a_rule_may_be_added() {
    let workspace = Workspace::new();
    workspace.write(
        "seed.toml",
        "[tables.posts]\nrules = { add = [\"ended is the begun of the next row of each (employee_id)\"] }\n",
    );
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    source.execute("UPDATE posts SET ended = date(ended, '-7 days') WHERE ended IS NOT NULL");
    assert!(gaps(&source, POSTS) > 0);
    workspace.fill(&source, &target, &[]);
    assert_eq!(gaps(&target, POSTS), 0);
}

#[test]
fn numbers_go_with_times() {
    let (source, target, workspace) =
        (Database::new(Engine::Sqlite), Database::new(Engine::Sqlite), Workspace::new());
    source.execute(
        "BEGIN;
         CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, joined TIMESTAMP NOT NULL);
         CREATE TABLE visits (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), number INTEGER NOT NULL,
             begun TIMESTAMP NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
             INSERT INTO users SELECT n, 'User ' || n, datetime('2020-01-01', '+' || (n * 7919 % 900) || ' hours') FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9)
             INSERT INTO visits (user_id, number, begun) SELECT users.id, n,
                 datetime(joined, '+' || (n * n * 40 + users.id * 31 % 70 + n * users.id * 17 % 50) || ' hours')
             FROM users JOIN numbers ON n <= 1 + users.id * 104729 % 9 ORDER BY users.id, n;
         COMMIT;",
    );
    workspace.fill(&source, &target, &[]);
    let turned = "SELECT 1000 * sum(begun < before) / count(*) FROM (SELECT begun, lag(begun) OVER (PARTITION BY user_id ORDER BY number)
        AS before FROM visits) WHERE before IS NOT NULL";
    assert_eq!(source.number(turned), 0);
    assert!(
        target.number(turned) <= 10,
        "{} visits of 1000 begin before the one before",
        target.number(turned)
    );
}

/// 1,200 accounts with up to nine bookings each, whose balance begins at nothing and is never below it; and the readings of a meter that stood
/// somewhere when it was read first.
fn accounts() -> Database {
    let source = Database::new(Engine::Sqlite);
    source.execute(
        "BEGIN;
         CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, opened DATE NOT NULL);
         CREATE TABLE bookings (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), booked DATE NOT NULL,
             amount NUMERIC(10, 2) NOT NULL, balance NUMERIC(10, 2) NOT NULL);
         CREATE TABLE readings (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), used INTEGER NOT NULL,
             shown INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
             INSERT INTO accounts SELECT n, 'Owner ' || n, date('2020-01-01', '+' || (n * 7919 % 900) || ' days') FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9),
             amounts AS (SELECT accounts.id AS account, n, date(opened, '+' || (n * 9 + accounts.id * 17 % 5) || ' days') AS booked,
                 CASE WHEN n % 3 = 1 THEN 100 + accounts.id * 31 % 400 ELSE -1 - (accounts.id * 13 + n * 7) % 45 END + 0.25 AS amount
                 FROM accounts JOIN numbers ON n <= 1 + accounts.id * 104729 % 9)
             INSERT INTO bookings (account_id, booked, amount, balance)
             SELECT account, booked, amount, sum(amount) OVER (PARTITION BY account ORDER BY n) FROM amounts ORDER BY account, n;
         -- A meter that stood somewhere when it was read first, and one single reading.
         INSERT INTO readings (account_id, used, shown) SELECT account_id, 1 + id * 31 % 90,
             account_id * 7 + sum(1 + id * 31 % 90) OVER (PARTITION BY account_id ORDER BY id) FROM bookings;
         COMMIT;",
    );
    source
}

#[test]
fn balances_add_up() {
    let (source, target, workspace) = (accounts(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    let off = "SELECT count(*) FROM (SELECT balance, sum(amount) OVER (PARTITION BY account_id ORDER BY id) AS total FROM bookings)
        WHERE abs(balance - total) > 0.001";
    assert_eq!((source.number(off), target.number(off)), (0, 0), "balances do not add up");
    let off = "SELECT count(*) FROM (SELECT shown - used AS before, lag(shown) OVER (PARTITION BY account_id ORDER BY id) AS last
        FROM readings) WHERE last <> before";
    assert_eq!((source.number(off), target.number(off)), (0, 0), "readings do not add up");
    let below = "SELECT count(*) FROM bookings WHERE balance < 0";
    assert_eq!((source.number(below), target.number(below)), (0, 0), "balances are negative");
    let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    assert!(
        rules.contains("balance is the running total of amount of each (account_id) from 0  "),
        "{rules}"
    );
    assert!(rules.contains("shown is the running total of used of each (account_id)  "), "{rules}");
}

#[test]
fn what_is_set_is_not_summed_up_and_the_notes_say_so() {
    let workspace = Workspace::new();
    workspace.write(
        "seed.toml",
        "[tables.bookings.columns.balance]\ngenerator = { constant = { value = 1000 } }\n",
    );
    let (source, target) = (accounts(), Database::new(Engine::Sqlite));
    let said = workspace.fill(&source, &target, &[])["notes"].to_string();
    assert_eq!(target.number("SELECT count(*) FROM bookings WHERE balance <> 1000"), 0);
    let note = "bookings: `balance is the running total of amount of each (account_id) from 0` is not kept";
    assert!(said.contains(note), "{said}");
    assert!(!said.contains("readings: `"), "{said}");
}
