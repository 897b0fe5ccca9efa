//! Years, hours, days of the week … of a moment in columns beside it, as the clocks of a place showed them, are computed; and what depends
//! on the hour of the day does so in the target.

use crate::support::{Database, Engine, Workspace};

/// Measurements of two years in universal time; clocks go forward at the end of March and back at the end of October.
fn source() -> Database {
    let mut script = "CREATE TABLE stations (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
         CREATE TABLE measurements (id INTEGER PRIMARY KEY, station_id INTEGER NOT NULL REFERENCES stations (id),
             month INTEGER NOT NULL, day INTEGER NOT NULL, hour INTEGER NOT NULL, weekday INTEGER NOT NULL, day_key INTEGER NOT NULL,
             lit REAL NOT NULL, taken_at TIMESTAMP NOT NULL);\n"
        .to_owned();
    for station in 1..=40 {
        script += &format!("INSERT INTO stations VALUES ({station}, 's{station}@example.org');\n");
    }
    script += "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5999),
             moments AS (SELECT n, datetime('2023-01-01', (n * 3 - n % 5) || ' hours') AS taken FROM numbers),
             shown AS (SELECT n, taken, CASE WHEN taken >= '2023-03-26 01:00' AND taken < '2023-10-29 01:00'
                 OR taken >= '2024-03-31 01:00' AND taken < '2024-10-27 01:00'
                 THEN datetime(taken, '+2 hours') ELSE datetime(taken, '+1 hours') END AS local FROM moments)
         INSERT INTO measurements SELECT n, 1 + n * 7 % 40, strftime('%m', local), strftime('%d', local), strftime('%H', local),
             strftime('%w', local), strftime('%Y%m%d', local), abs(strftime('%H', local) - 12) + n % 3, taken FROM shown;\n";
    let database = Database::new(Engine::Sqlite);
    database.execute(&format!("BEGIN;\n{script}COMMIT;"));
    database
}

/// Rows that are at odds with the clocks, away from the hours in which these change: when exactly they do lies between two rows.
const WRONG: &str = "WITH shown AS (SELECT *, CASE WHEN taken_at >= '2023-03-26 01:00' AND taken_at < '2023-10-29 01:00'
         OR taken_at >= '2024-03-31 01:00' AND taken_at < '2024-10-27 01:00'
         THEN datetime(taken_at, '+2 hours') ELSE datetime(taken_at, '+1 hours') END AS local FROM measurements
         WHERE date(taken_at) NOT IN ('2023-03-25', '2023-03-26', '2023-10-28', '2023-10-29', '2024-03-30', '2024-03-31', '2024-10-26', '2024-10-27'))
     SELECT count(*) FROM shown WHERE month <> 0 + strftime('%m', local) OR day <> 0 + strftime('%d', local)
         OR hour <> 0 + strftime('%H', local) OR weekday <> 0 + strftime('%w', local) OR day_key <> 0 + strftime('%Y%m%d', local)";

#[test]
fn parts_follow_the_clocks() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    assert_eq!(source.number(WRONG), 0);
    assert_eq!(target.number(WRONG), 0);
    // The light of rows by their hour: at noon none is above 2, at midnight none below 12.
    let odd = "SELECT 100 * sum(hour = 12 AND lit > 3 OR hour = 0 AND lit < 11) / sum(hour IN (0, 12)) FROM measurements";
    assert_eq!(source.number(odd), 0);
    assert!(target.number(odd) <= 10, "{} of 100 rows at noon or midnight", target.number(odd));
    let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    for part in ["month(", "day(", "hour(", "dow(", "yyyymmdd("] {
        assert!(rules.contains(&format!("= {part}taken_at + 1 hours, from \"2023-03-2")), "{part}: {rules}");
    }
}

/// A shop that is open from nine to five on weekdays, and its deliveries, which come on days: new rows keep to that.
#[test]
fn nothing_happens_when_the_shop_is_shut() {
    let (source, target, workspace) =
        (Database::new(Engine::Sqlite), Database::new(Engine::Sqlite), Workspace::new());
    source.execute(
        "BEGIN;
         CREATE TABLE sales (id INTEGER PRIMARY KEY, sold_at TIMESTAMP NOT NULL, amount INTEGER NOT NULL);
         CREATE TABLE deliveries (id INTEGER PRIMARY KEY, arrived_on DATE NOT NULL, pieces INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5999),
             drawn AS (SELECT n, n * 2654435761 % 4294967296 / 4099 AS dice FROM numbers)
             INSERT INTO sales SELECT n,
                 datetime('2020-01-06', (n / 40 * 7 + dice % 5) || ' days', (9 + dice / 7 % 8) || ' hours', (dice / 61 % 3600) || ' seconds'),
                 dice % 500 FROM drawn;
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2999)
             INSERT INTO deliveries SELECT n, date('1990-01-01', (n / 2 * 7 + n % 2 * 3) || ' days'), n * 31 % 90 FROM numbers;
         COMMIT;",
    );
    workspace.fill(&source, &target, &[]);
    let shut = "SELECT count(*) FROM sales WHERE strftime('%w', sold_at) IN ('0', '6')
        OR time(sold_at) NOT BETWEEN '09:00:00' AND '16:59:59'";
    let odd = "SELECT count(*) FROM deliveries WHERE strftime('%w', arrived_on) NOT IN ('1', '4')";
    for (name, query) in [("sales", shut), ("deliveries", odd)] {
        assert_eq!((source.number(query), target.number(query)), (0, 0), "{name}");
    }
}
