//! Rows that follow each other through two parents: drivers race in the seasons of their careers, once in each race, for the points of
//! their time.

use crate::support::{Database, Engine, Workspace};

/// Races are made anew, however few they are.
fn workspace(rules: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("seed.toml", &format!("[tables.races]\nmode = \"learn\"\n{rules}"));
    workspace
}

/// 600 races of 40 seasons; drivers who race for some seasons in a row, their points summed up within a season; points are ten times as many from the
/// twentieth season on. No key says that nobody races twice in a race. In `heats` a few do.
fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE drivers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INTEGER NOT NULL);
         CREATE TABLE races (id INTEGER PRIMARY KEY, season INTEGER NOT NULL, round INTEGER NOT NULL);
         CREATE TABLE standings (id INTEGER PRIMARY KEY, race_id INTEGER NOT NULL REFERENCES races (id),
             driver_id INTEGER NOT NULL REFERENCES drivers (id), points INTEGER NOT NULL);
         CREATE TABLE heats (id INTEGER PRIMARY KEY, race_id INTEGER NOT NULL REFERENCES races (id),
             driver_id INTEGER NOT NULL REFERENCES drivers (id), lane INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
             INSERT INTO drivers SELECT n, 'Driver ' || n, 1930 + n * 40 / 301 FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 599)
             INSERT INTO races SELECT n + 1, 1960 + n / 15, 1 + n % 15 FROM numbers;
         INSERT INTO standings (race_id, driver_id, points)
             SELECT r.id, d.id, r.round * (1 + d.id * 7919 % 9) * CASE WHEN season >= 1980 THEN 10 ELSE 1 END
             FROM races r JOIN drivers d ON season BETWEEN born + 28 AND born + 29 + d.id * 104729 % 4
             WHERE (r.id * 31 + d.id * 17) % 10 < 9 ORDER BY d.id, r.id;
         INSERT INTO heats (race_id, driver_id, lane) SELECT race_id, driver_id, 1 + id * 7 % 8 FROM standings;
         INSERT INTO heats (race_id, driver_id, lane) SELECT race_id, driver_id, 8 FROM standings WHERE id % 1000 = 1;
         COMMIT;",
    );
    database
}

#[test]
fn nobody_races_twice_in_a_race() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), workspace(""));
    workspace.fill(&source, &target, &[]);
    let twice =
        |table: &str| format!("SELECT count(*) - count(DISTINCT race_id || '-' || driver_id) FROM {table}");
    assert_eq!((source.number(&twice("standings")), target.number(&twice("standings"))), (0, 0));
    let exceptions = source.number(&twice("heats"));
    assert!(exceptions > 5);
    assert!(target.number(&twice("heats")) <= exceptions, "{} race twice", target.number(&twice("heats")));
    let shown = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    let rows = shown.lines().filter(|line| line.contains("no two rows share race_id, driver_id"));
    let said: Vec<bool> = rows.map(|line| line.contains(&format!("but for {exceptions}"))).collect();
    assert_eq!(said, [true, false], "{shown}");
}

#[test]
fn the_pair_may_be_given_up() {
    let dropped = "[tables.standings]\nrules = { drop = [\"no two rows share race_id, driver_id\"] }\n";
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), workspace(dropped));
    workspace.fill(&source, &target, &[]);
    let twice = "SELECT count(*) - count(DISTINCT race_id || '-' || driver_id) FROM standings";
    assert!(target.number(twice) > 0, "the rule is kept all the same");
}

#[test]
fn where_there_is_no_room_rows_stay_and_the_plan_says_how_many() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), workspace(""));
    let said = workspace.seed(&[
        "--from",
        &source.address(),
        "--to",
        &target.address(),
        "--rows",
        "races=3",
        "--rows",
        "drivers=4",
        "--rows",
        "standings=50",
        "--rows",
        "heats=5",
    ]);
    let said = said.ok();
    assert_eq!(target.number("SELECT count(*) FROM standings"), 50);
    let told = said.stdout + &said.stderr;
    assert!(told.contains("rows repeat (race_id, driver_id) of another"), "{told}");
}

#[test]
fn careers_are_short_and_points_are_of_their_time() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), workspace(""));
    workspace.fill(&source, &target, &[]);
    let span = "SELECT CAST(avg(10 * seasons) AS INTEGER) FROM (SELECT max(season) - min(season) AS seasons FROM standings
        JOIN races ON races.id = race_id GROUP BY driver_id)";
    let (real, new) = (source.number(span), target.number(span));
    assert!(new <= 2 * real, "careers last {new} tenths of seasons instead of {real}");
    for (era, condition) in [("early", "season < 1980"), ("late", "season >= 1980")] {
        let points = format!(
            "SELECT CAST(avg(points) AS INTEGER) FROM standings JOIN races ON races.id = race_id WHERE {condition}"
        );
        let (real, new) = (source.number(&points), target.number(&points));
        assert!((new - real).abs() * 4 <= real, "{era} rows have {new} points instead of {real}");
    }
}
