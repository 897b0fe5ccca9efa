//! Places among the rows of a parent: every one is taken once, by the row whose other columns call for it; and parts of keys agree with
//! all parents of their row.

use crate::support::{Database, Engine, Workspace};

/// Races of teams: whose points are many is in front, those that gave up have no place; prizes are those of a team's league.
fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE teams (id INTEGER PRIMARY KEY, league TEXT NOT NULL, founded INTEGER NOT NULL, budget INTEGER NOT NULL);
         CREATE TABLE races (id INTEGER PRIMARY KEY, year INTEGER NOT NULL, laps INTEGER NOT NULL);
         CREATE TABLE results (id INTEGER PRIMARY KEY, race_id INTEGER NOT NULL REFERENCES races (id),
             team_id INTEGER NOT NULL REFERENCES teams (id), points INTEGER NOT NULL, position INTEGER NOT NULL, place INTEGER);
         CREATE TABLE prizes (race_id INTEGER NOT NULL REFERENCES races (id), team_id INTEGER NOT NULL REFERENCES teams (id),
             title TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (race_id, team_id, title));
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
             INSERT INTO teams SELECT n, substr('ABCD', 1 + (n * 2654435761 + 1) % 4294967296 / 4099 % 4, 1), 1950 + (n * 2654435761 + 70001) % 4294967296 / 4099 % 60,
                 100 + (n * 2654435761 + 900001) % 4294967296 / 4099 % 900 FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1100)
             INSERT INTO races SELECT n, 1970 + n % 50, 40 + (n * 2654435761 + 5) % 4294967296 / 4099 % 30 FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10999),
             drawn AS (SELECT n, 1 + n % 1100 AS race, 1 + (n * 2654435761 + 17) % 4294967296 / 4099 % 1200 AS team,
                 (n * 2654435761 + 123457) % 4294967296 / 4099 % 97 AS points FROM numbers),
             ranked AS (SELECT *, row_number() OVER (PARTITION BY race ORDER BY points DESC, n) AS position FROM drawn)
             INSERT INTO results SELECT n, race, team, points, position,
                 CASE WHEN position <= 7 + race % 4 THEN position END FROM ranked;
         -- A tie in some races, so that places are no rule.
         UPDATE results SET place = 1 WHERE place = 2 AND race_id % 20 = 0;
         INSERT INTO prizes SELECT race_id, team_id, league || CASE WHEN position % 2 THEN ' cup' ELSE ' medal' END, budget
             FROM results JOIN teams ON teams.id = team_id WHERE position <= 5 GROUP BY race_id, team_id;
         COMMIT;",
    );
    database
}

#[test]
fn places_are_taken_once_by_those_who_earned_them() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    let repeated = "SELECT count(*) - count(DISTINCT race_id || '-' || position) FROM results";
    let beyond = "SELECT count(*) FROM (SELECT max(position) AS last, count(*) AS all_rows FROM results GROUP BY race_id)
        WHERE last <> all_rows";
    for (name, query) in [("taken twice", repeated), ("beyond the last", beyond)] {
        assert_eq!((source.number(query), target.number(query)), (0, 0), "positions {name}");
    }
    let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    let rule = "position numbers the rows of each (race_id) from 1 by points, greatest first";
    assert!(rules.contains(rule), "{rules}");
    let unearned = "SELECT count(*) FROM results a JOIN results b USING (race_id)
        WHERE a.position + 1 = b.position AND a.points < b.points";
    assert_eq!((source.number(unearned), target.number(unearned)), (0, 0));
    // Places with ties and NULLs: hardly any is taken twice, and they go with positions.
    let twice =
        "SELECT count(place) - count(DISTINCT race_id || '-' || place) FROM results WHERE place IS NOT NULL";
    assert!(target.number(twice) <= source.number(twice), "{} places are taken twice", target.number(twice));
    let off = "SELECT 100 * sum(abs(place - position) > 1) / count(place) FROM results";
    assert_eq!(source.number(off), 0);
    assert!(target.number(off) <= 15, "{} % of places are far from the position", target.number(off));
}

#[test]
fn parts_of_keys_agree_with_all_parents() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    let strange = "SELECT 100 * sum(substr(title, 1, 1) <> league) / count(*) FROM prizes JOIN teams ON teams.id = team_id";
    assert_eq!(source.number(strange), 0);
    assert!(target.number(strange) <= 5, "{} % of prizes are of another league", target.number(strange));
}

#[test]
fn models_say_what_gives_places() {
    let (source, workspace) = (source(), Workspace::new());
    workspace.seed(&["learn", "--from", &source.address(), "--out", "places.seed"]).ok();
    let shown = workspace.seed(&["inspect", "places.seed", "--table", "results"]).ok().stdout;
    assert!(shown.contains("places    place among the rows of each (race_id)"), "{shown}");
}

/// 1,200 races of 4 to 13 rows whose key may be NULL by its declaration and never is. Who has more points has the better place, but for one pair in
/// one race; who is farther behind has not more laps, nor a better time, where there is one.
fn races() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE races (id INTEGER PRIMARY KEY, length INTEGER NOT NULL);
         CREATE TABLE results (id INTEGER PRIMARY KEY, race_id INTEGER REFERENCES races (id), place INTEGER NOT NULL, points INTEGER NOT NULL,
             laps INTEGER NOT NULL, seconds INTEGER);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
             INSERT INTO races SELECT n, 30 + n * 7919 % 40 FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 13),
             drawn AS (SELECT races.id AS race, length, n AS place, (races.id * 31 + n * 17) % 11 AS noise FROM races JOIN numbers
                 ON n <= 4 + races.id * 104729 % 10)
             INSERT INTO results (race_id, place, points, laps, seconds)
             SELECT race, place, max(0, 30 - 4 * place) * (1 + race % 3) / 2, length - place / 3,
                 CASE WHEN place <= 9 THEN 90 * length + place * place * 3 + noise END FROM drawn ORDER BY race, noise;
         UPDATE results SET place = 3 - place WHERE race_id = 7 AND place < 3;
         UPDATE results SET laps = laps + 1 WHERE place = 2 AND race_id IN (8, 9, 10);
         COMMIT;",
    );
    database
}

#[test]
fn who_is_behind_is_no_faster() {
    let (source, target, workspace) = (races(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    let beyond = "SELECT count(*) FROM (SELECT max(place) AS last, count(DISTINCT place) AS places, count(*) AS all_rows FROM results
        GROUP BY race_id) WHERE last <> all_rows OR places <> all_rows";
    assert_eq!(
        (source.number(beyond), target.number(beyond)),
        (0, 0),
        "places are not 1 to the number of rows"
    );
    let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    let rule = "place numbers the rows of each (race_id) from 1 by points, greatest first";
    assert!(rules.lines().any(|line| line.contains(rule) && line.ends_with("but for 1")), "{rules}");
    let turned = |column: &str, sign: &str| {
        format!(
            "SELECT count(*) FROM results a JOIN results b ON a.race_id = b.race_id AND a.place < b.place
                 WHERE a.{column} {sign} b.{column}"
        )
    };
    assert_eq!(source.number(&turned("points", "<")), 1);
    for (column, sign) in [("points", "<"), ("laps", "<"), ("seconds", ">")] {
        assert_eq!(target.number(&turned(column, sign)), 0, "{column}");
    }
    workspace.seed(&["learn", "--from", &source.address(), "--out", "races.seed"]).ok();
    let shown = workspace.seed(&["inspect", "races.seed", "--table", "results"]).ok().stdout;
    for run in [
        "laps never rises along siblings, but for a few",
        "seconds never falls along siblings, but for a few",
    ] {
        assert!(shown.contains(run), "{shown}");
    }
}
