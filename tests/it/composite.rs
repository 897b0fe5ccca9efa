//! Composite keys that share columns: what the keys within them say of each other in the source they say in the target.

use crate::support::{Database, Engine, Workspace};

/// Forty seasons of a league of twenty clubs. A player is in the squads of one club in seasons that follow each other; only from
/// the twentieth season on it is written down who played.
fn source() -> Database {
    let mut state = 3u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut script = "CREATE TABLE seasons (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
         CREATE TABLE clubs (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
         CREATE TABLE players (id INTEGER PRIMARY KEY, email TEXT NOT NULL, first_season INTEGER NOT NULL);
         CREATE TABLE entries (season INTEGER NOT NULL REFERENCES seasons (id), club INTEGER NOT NULL REFERENCES clubs (id),
             PRIMARY KEY (season, club));
         CREATE TABLE squads (season INTEGER NOT NULL REFERENCES seasons (id), club INTEGER NOT NULL REFERENCES clubs (id),
             player INTEGER NOT NULL REFERENCES players (id), PRIMARY KEY (season, club, player),
             FOREIGN KEY (season, club) REFERENCES entries (season, club));
         CREATE TABLE matches (id INTEGER PRIMARY KEY, season INTEGER NOT NULL REFERENCES seasons (id), home INTEGER NOT NULL);
         CREATE TABLE sides (season INTEGER NOT NULL REFERENCES seasons (id), match INTEGER NOT NULL REFERENCES matches (id),
             club INTEGER NOT NULL REFERENCES clubs (id), PRIMARY KEY (season, match, club),
             FOREIGN KEY (season, club) REFERENCES entries (season, club));
         CREATE TABLE appearances (season INTEGER NOT NULL REFERENCES seasons (id), match INTEGER NOT NULL REFERENCES matches (id),
             club INTEGER NOT NULL REFERENCES clubs (id), player INTEGER NOT NULL REFERENCES players (id),
             PRIMARY KEY (season, match, club, player),
             FOREIGN KEY (season, match, club) REFERENCES sides (season, match, club),
             FOREIGN KEY (season, club, player) REFERENCES squads (season, club, player));\n"
        .to_owned();
    for season in 1..=40 {
        script += &format!("INSERT INTO seasons VALUES ({season}, 'S{season}');\n");
    }
    for club in 0..20 {
        script += &format!("INSERT INTO clubs VALUES ({club}, 'C{club}');\n");
    }
    let plays = |season: u64, club: u64| (club + season / 4) % 20 < 12;
    for (season, club) in (1..=40).flat_map(|season| (0..20).map(move |club| (season, club))) {
        if plays(season, club) {
            script += &format!("INSERT INTO entries VALUES ({season}, {club});\n");
        }
    }
    let mut squads = Vec::new();
    for player in 1..=700 {
        let (first, club) = (1 + random(40), random(20));
        script += &format!("INSERT INTO players VALUES ({player}, 'p{player}@example.org', {first});\n");
        for season in (first..=40).filter(|&season| plays(season, club)).take(2 + random(5) as usize) {
            script += &format!("INSERT INTO squads VALUES ({season}, {club}, {player});\n");
            squads.push((season, club, player));
        }
    }
    for number in 0..600 {
        let season = 1 + number / 15;
        let clubs: Vec<u64> = (0..20).filter(|&club| plays(season, club)).collect();
        let home = random(clubs.len() as u64) as usize;
        let away = (home + 1 + random(clubs.len() as u64 - 1) as usize) % clubs.len();
        script += &format!("INSERT INTO matches VALUES ({number}, {season}, {});\n", clubs[home]);
        for club in [clubs[home], clubs[away]] {
            script += &format!("INSERT INTO sides VALUES ({season}, {number}, {club});\n");
            for (_, _, player) in
                squads.iter().filter(|squad| season >= 20 && squad.0 == season && squad.1 == club)
            {
                script +=
                    &format!("INSERT INTO appearances VALUES ({season}, {number}, {club}, {player});\n");
            }
        }
    }
    let database = Database::new(Engine::Sqlite);
    database.execute(&format!("BEGIN;\n{script}COMMIT;"));
    database
}

/// What no row may break: rows that do.
const NEVER: [(&str, &str); 2] = [
    (
        "a side of another season than its match",
        "SELECT count(*) FROM sides s JOIN matches m ON m.id = s.match WHERE m.season <> s.season",
    ),
    (
        "an appearance of another season than its match",
        "SELECT count(*) FROM appearances a JOIN matches m ON m.id = a.match WHERE m.season <> a.season",
    ),
];

/// Shares in hundredths, and how far the target may be off.
const SHARES: [(&str, &str, u64); 3] = [
    (
        "players stay in their club",
        "SELECT 100 * sum(n = 1) / count(*) FROM (SELECT count(DISTINCT club) n FROM squads GROUP BY player HAVING count(*) > 1)",
        60,
    ),
    (
        "players' seasons are near each other",
        "SELECT 100 * sum(n < 12) / count(*) FROM
             (SELECT max(season) - min(season) n FROM squads GROUP BY player HAVING count(*) > 1)",
        60,
    ),
    (
        "who played is known from one season on",
        "SELECT 100 * sum((m.season >= 20) = (m.id IN (SELECT match FROM appearances))) / count(*) FROM matches m",
        20,
    ),
];

#[test]
fn keys_within_composite_keys_keep_what_they_say_of_each_other() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    for (what, query) in NEVER {
        assert_eq!(source.number(query), 0, "in the source: {what}");
        assert_eq!(target.number(query), 0, "{what}");
    }
    for (what, query, most) in SHARES {
        let (before, after) = (source.number(query), target.number(query));
        assert!(before.abs_diff(after) <= most, "{what}: {before} of 100, {after} in the target");
    }
}

/// Ninety teams, ten of them with two managers, whose teams play fewest: line-ups name all managers of their team.
fn line_ups() -> Database {
    let mut script = "CREATE TABLE teams (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
         CREATE TABLE managers (team INTEGER NOT NULL REFERENCES teams (id), manager INTEGER NOT NULL, PRIMARY KEY (team, manager));
         CREATE TABLE matches (id INTEGER PRIMARY KEY, day INTEGER NOT NULL);
         CREATE TABLE line_ups (match INTEGER NOT NULL REFERENCES matches (id), team INTEGER NOT NULL REFERENCES teams (id),
             PRIMARY KEY (match, team));
         CREATE TABLE on_the_bench (match INTEGER NOT NULL, team INTEGER NOT NULL, manager INTEGER NOT NULL,
             PRIMARY KEY (match, team, manager), FOREIGN KEY (match, team) REFERENCES line_ups (match, team),
             FOREIGN KEY (team, manager) REFERENCES managers (team, manager));\n"
        .to_owned();
    let two = |team: u64| team.is_multiple_of(9);
    for team in 1..=90 {
        script += &format!("INSERT INTO teams VALUES ({team}, 't{team}@example.org');\n");
        for manager in 0..1 + u64::from(two(team)) {
            script += &format!("INSERT INTO managers VALUES ({team}, {manager});\n");
        }
    }
    for number in 0..400u64 {
        script += &format!("INSERT INTO matches VALUES ({number}, {});\n", number / 4);
        let home = 1 + number * 7 % 90;
        for team in [home, 1 + (home + number / 90) % 90] {
            script += &format!("INSERT INTO line_ups VALUES ({number}, {team});\n");
            for manager in 0..1 + u64::from(two(team)) {
                script += &format!("INSERT INTO on_the_bench VALUES ({number}, {team}, {manager});\n");
            }
        }
    }
    let database = Database::new(Engine::Sqlite);
    database.execute(&format!("BEGIN;\n{script}COMMIT;"));
    database
}

#[test]
fn enough_line_ups_go_to_teams_with_two_managers() {
    let source = line_ups();
    let count = "SELECT count(*) FROM on_the_bench";
    for seed in ["0", "1", "2", "3", "4", "5"] {
        let (target, workspace) = (Database::new(Engine::Sqlite), Workspace::new());
        workspace.fill(&source, &target, &["--seed", seed]);
        assert_eq!(target.number(count), source.number(count), "seed {seed}");
    }
}

/// Eight stations measure three of four hours of three weeks: new rows take those hours, and none of the months after.
#[test]
fn a_key_that_is_dealt_anew_stays_within_its_values() {
    let source = Database::new(Engine::Sqlite);
    source.execute(
        "CREATE TABLE weather (station integer NOT NULL, at timestamp NOT NULL, degrees integer NOT NULL, PRIMARY KEY (station, at));
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4031)
         INSERT INTO weather SELECT i / 504, datetime('2024-02-01', '+' || (i % 504) || ' hours'), i * 7919 % 31
         FROM n WHERE i * 104729 % 1009 > 250",
    );
    let hours = "SELECT count(DISTINCT at) FROM weather";
    let range = "SELECT substr(min(at), 1, 13), substr(max(at), 1, 13) FROM weather";
    for seed in ["0", "1", "2"] {
        let (target, workspace) = (Database::new(Engine::Sqlite), Workspace::new());
        workspace.fill(&source, &target, &["--seed", seed]);
        assert_eq!(target.count("weather"), source.count("weather"), "seed {seed}");
        let (there, here) = (target.number(hours), source.number(hours));
        assert!((here - 20..=here).contains(&there), "seed {seed}: {there} hours, the source has {here}");
        let range = |database: &Database| database.rows(range)[0].clone();
        assert!(range(&target)[0] >= range(&source)[0], "seed {seed}: {:?}", range(&target));
        assert!(range(&target)[1] <= range(&source)[1], "seed {seed}: {:?}", range(&target));
    }
}
