//! Rows that follow each other along a column that no key names, as the seasons of a player do: the steps of a career, the club that is
//! kept from one row to the next, and what no two siblings share.

use crate::support::{Database, Engine, Workspace};

/// 1,200 players, who begin between 20 and 50 years after they were born and play 2 to 13 rows for a club or two, one row or several in a
/// season; two of three at one position only. No key says that nobody has a season, a club and a position twice.
fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE players (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INTEGER NOT NULL);
         CREATE TABLE seasons (id INTEGER PRIMARY KEY, player_id INTEGER NOT NULL REFERENCES players (id),
             year INTEGER NOT NULL, club TEXT NOT NULL, position TEXT NOT NULL, games INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
             INSERT INTO players SELECT n, 'Player ' || n, 1880 + n * 7919 % 100 FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12),
             positions (p, name) AS (VALUES (0, 'back'), (1, 'goal'), (2, 'wing'))
             INSERT INTO seasons (player_id, year, club, position, games)
             SELECT id, born + 20 + id * 31 % 5 + n, 'Club ' || ((id * 17 + (n + id) / 3 * 7) % 60), positions.name,
                 1 + (id * 7919 + n * 104729 + p * 331) % 997 % 40
             FROM players JOIN numbers ON n < 2 + id * 104729 % 12
             JOIN positions ON CASE WHEN id % 3 = 0 THEN p <> (id / 3 + n / 4) % 3 ELSE p = id % 2 END
             ORDER BY id, n, p;
         COMMIT;",
    );
    database
}

/// Rows in a thousand that lie so many years after the row before of the same player.
fn steps(database: &Database) -> [i64; 4] {
    let share = |condition: &str| {
        database.number(&format!(
            "SELECT 1000 * sum({condition}) / count(*) FROM (SELECT year - lag(year) OVER
                 (PARTITION BY player_id ORDER BY id) AS step FROM seasons) WHERE step IS NOT NULL"
        ))
    };
    ["step < 0", "step = 0", "step = 1", "step > 1"].map(share)
}

/// Rows in a thousand whose club is that of the row before of the same player.
fn kept_clubs(database: &Database) -> i64 {
    database.number(
        "SELECT 1000 * sum(club = old) / count(*) FROM (SELECT club, lag(club) OVER
             (PARTITION BY player_id ORDER BY id) AS old FROM seasons) WHERE old IS NOT NULL",
    )
}

#[test]
fn careers_are_lived_year_by_year() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &[]);
    let (before, after) = (steps(&source), steps(&target));
    assert_eq!((before[0], after[0]), (0, 0), "years fall");
    for (before, after) in before.iter().zip(after) {
        assert!(before.abs_diff(after) <= 60, "steps {:?} became {:?}", steps(&source), steps(&target));
    }
    let kept = [kept_clubs(&source), kept_clubs(&target)];
    assert!(kept[0].abs_diff(kept[1]) <= 60, "clubs are kept: {kept:?}");
    let span = |database: &Database| {
        database.number(
            "SELECT 100 * sum(span) / count(*) FROM (SELECT max(year) - min(year) AS span FROM seasons GROUP BY player_id)",
        )
    };
    let (before, after) = (span(&source), span(&target));
    assert!(
        before.abs_diff(after) * 5 <= before as u64,
        "careers of {before} became {after} hundredths of a year"
    );
    let strange = "SELECT count(*) FROM (SELECT min(year) - born AS age FROM seasons JOIN players ON players.id = player_id
         GROUP BY player_id) WHERE age NOT BETWEEN 15 AND 30";
    assert_eq!(source.number(strange), 0);
    assert!(target.number(strange) <= 60, "{} careers begin at no age", target.number(strange));
}

#[test]
fn nobody_has_a_season_a_club_and_a_position_twice() {
    let (source, target) = (source(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &[]);
    let twice = "SELECT count(*) - count(DISTINCT player_id || '-' || year || '-' || club || '-' || position) FROM seasons";
    let rows = target.number("SELECT count(*) FROM seasons");
    assert_eq!(source.number(twice), 0);
    assert!(target.number(twice) * 200 <= rows, "{} of {rows} rows repeat another", target.number(twice));
    let steady = |database: &Database| {
        database.number(
            "SELECT 1000 * sum(positions = 1) / count(*) FROM
                 (SELECT count(DISTINCT position) AS positions FROM seasons GROUP BY player_id)",
        )
    };
    let (before, after) = (steady(&source), steady(&target));
    assert!(
        before.abs_diff(after) <= 200,
        "players with one position: {before} became {after} in a thousand"
    );
}
