//! Values that so many rows of each parent have: one lead of a team, two judges, at most one chair.

use crate::support::{Database, Engine, Workspace};
use std::fmt::Write as _;

/// 400 teams of 3 to 15 of 1,500 people: one lead, who works longer, two judges, at most one chair; `alert` is so rare that it is never
/// there twice. How many are abroad differs.
fn source(engine: Engine) -> Database {
    let database = Database::new(engine);
    let flag = if engine == Engine::Sqlite { "INTEGER" } else { "SMALLINT" };
    let mut script = format!(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER NOT NULL);
         CREATE TABLE teams (id INTEGER PRIMARY KEY, size INTEGER NOT NULL);
         CREATE TABLE members (team_id INTEGER NOT NULL, person_id INTEGER NOT NULL, is_lead BOOLEAN NOT NULL, chair {flag} NOT NULL,
             task VARCHAR(9) NOT NULL, abroad BOOLEAN NOT NULL, alert BOOLEAN NOT NULL, hours INTEGER NOT NULL,
             PRIMARY KEY (team_id, person_id), FOREIGN KEY (team_id) REFERENCES teams (id),
             FOREIGN KEY (person_id) REFERENCES people (id));"
    );
    let list = |rows: Vec<String>| rows.join(", ");
    let people = (1..=1500).map(|id| format!("({id}, {})", 20 + id * 13 % 41)).collect();
    let size = |team: u32| 3 + team * 29 % 13;
    let teams = (1..=400).map(|id| format!("({id}, {})", size(id))).collect();
    let member = |team: u32, at: u32| {
        let lead = at == team * 7 % size(team);
        let is = |flag: bool| if flag { "TRUE" } else { "FALSE" };
        let chair = u8::from(!team.is_multiple_of(3) && at == team * 5 % size(team));
        let task = if (at + team * 11) % size(team) < 2 {
            "judge"
        } else {
            ["cook", "clerk"][(at * 7 + team) as usize % 2]
        };
        let rare = (at + team).is_multiple_of(199);
        format!(
            "({team}, {}, {}, {chair}, '{task}', {}, {}, {})",
            1 + (team * 31 + at * 97) % 1500,
            is(lead),
            is((at * 11 + team * 3).is_multiple_of(4)),
            is(rare),
            20 + (at * 13 + team * 17) % 15 + if lead { 8 } else { 0 },
        )
    };
    let members = (1..=400).flat_map(|team| (0..size(team)).map(move |at| member(team, at))).collect();
    for (table, rows) in [("people", list(people)), ("teams", list(teams)), ("members", list(members))] {
        write!(script, "INSERT INTO {table} VALUES {rows};").expect("a text takes more");
    }
    database.execute(&script);
    database
}

/// Teams in which not between so and so many rows meet a condition.
fn teams_off(database: &Database, condition: &str, (least, most): (u32, u32)) -> i64 {
    database.number(&format!(
        "SELECT count(*) FROM (SELECT sum(CASE WHEN {condition} THEN 1 ELSE 0 END) AS found FROM members GROUP BY team_id) AS counts
         WHERE found NOT BETWEEN {least} AND {most}"
    ))
}

const LEAD: &str = "is_lead is 'true' in 1 row of each (team_id)";
const CHAIR: &str = "chair is '1' in at most 1 row of each (team_id)";
const JUDGES: &str = "task is 'judge' in 2 rows of each (team_id)";

#[test]
fn every_team_has_one_lead_two_judges_and_at_most_one_chair() {
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let (source, workspace) = (source(engine), Workspace::new());
        let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
        for rule in [LEAD, CHAIR, JUDGES] {
            assert!(rules.contains(rule), "{engine:?}: {rule}\n{rules}");
        }
        assert!(!rules.contains("abroad is"), "numbers of those abroad differ:\n{rules}");
        assert!(!rules.contains("alert is"), "what is rare is alone by chance:\n{rules}");
        for scale in ["2.5", "1"] {
            let target = Database::new(Engine::Sqlite);
            workspace.fill(&source, &target, &["--scale", scale]);
            for (condition, range) in [("is_lead", (1, 1)), ("task = 'judge'", (2, 2)), ("chair = 1", (0, 1))]
            {
                assert_eq!(teams_off(&source, condition, range), 0, "{engine:?} {condition}");
                assert_eq!(teams_off(&target, condition, range), 0, "{engine:?} {condition}, scale {scale}");
            }
            assert!(teams_off(&target, "chair = 1", (1, 1)) > 50, "some teams have no chair");
            // Who is the lead is known when hours are drawn.
            let hours = |of: &str| {
                target.number(&format!("SELECT CAST(avg(hours) AS INTEGER) FROM members WHERE {of}"))
            };
            assert!(hours("is_lead") > 32 && hours("NOT is_lead") < 29, "{engine:?}");
        }
    }
}

#[test]
fn a_headcount_is_dropped_and_another_one_added() {
    let (source, target, workspace) =
        (source(Engine::Sqlite), Database::new(Engine::Sqlite), Workspace::new());
    let cooks = "task is 'cook' in at most 1 row of each (team_id)";
    workspace.write(
        "seed.toml",
        &format!("[tables.members]\nrules = {{ drop = [\"{LEAD}\"], add = [\"{cooks}\"] }}\n"),
    );
    workspace.fill(&source, &target, &[]);
    assert!(teams_off(&target, "is_lead", (1, 1)) > 20, "nobody sees to it any more");
    assert!(teams_off(&source, "task = 'cook'", (0, 1)) > 100);
    assert_eq!(teams_off(&target, "task = 'cook'", (0, 1)), 0);
    assert_eq!(
        teams_off(&target, "task = 'judge'", (2, 2)),
        0,
        "what gives way to one rule keeps to the other"
    );
}
