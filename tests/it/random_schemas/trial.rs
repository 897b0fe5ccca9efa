//! One schema through the product: made up into an empty copy, then filled, learned and generated, with the database
//! as judge.

use super::dice::Dice;
use super::shape::Schema;
use super::{filler, render};
use crate::support::{Catalog, Database, Outcome, Workspace, integrity};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What went wrong, in one word for comparing and in full for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub class: String,
    pub text: String,
}

impl Failure {
    fn new(class: &str, text: impl Into<String>) -> Self {
        Self { class: class.to_owned(), text: text.into() }
    }
}

/// Runs a schema through everything; a query that fails is a failure, too.
pub(super) fn guarded(schema: &Schema, seed: u64) -> Result<(), Failure> {
    catch_unwind(AssertUnwindSafe(|| run(schema, seed))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        Err(Failure::new("a query of the test", text))
    })
}

fn run(schema: &Schema, seed: u64) -> Result<(), Failure> {
    let mut dice = Dice::new(seed ^ 0xF111);
    let source = Database::new(schema.engine);
    declare(schema, &source)?;
    let catalog = Catalog::of(&source);
    let mode = std::env::var("SEED_RANDOM_MODE").unwrap_or_default();
    if mode != "learned" {
        made_up(schema, &catalog, &source, &mut dice.clone())?;
    }
    if mode == "made_up" {
        return Ok(());
    }
    let rows = filler::fill(schema, &source, &mut dice);
    if rows.iter().all(|&rows| rows == 0) {
        return Ok(());
    }
    let other = *dice.pick(&["0.5", "3"]);
    for scale in ["1", other] {
        learned(schema, &catalog, &source, &rows, scale, &mut dice)?;
    }
    Ok(())
}

fn declare(schema: &Schema, database: &Database) -> Result<(), Failure> {
    for statement in render::statements(schema) {
        let made = database.try_rows(&statement);
        made.map_err(|error| Failure::new("the test's own DDL", format!("{error}\n{statement}")))?;
    }
    Ok(())
}

/// A target that holds the empty tables already, or nothing.
fn target(schema: &Schema, dice: &mut Dice) -> Result<(Database, bool), Failure> {
    let target = Database::new(schema.engine);
    let declared = dice.chance(60);
    if declared {
        declare(schema, &target)?;
    }
    Ok((target, declared))
}

/// The schema alone: rows by number. Where keys have no room for so many, the refusal says how many there may be.
fn made_up(schema: &Schema, catalog: &Catalog, source: &Database, dice: &mut Dice) -> Result<(), Failure> {
    let (target, declared) = target(schema, dice)?;
    let mut wanted: Vec<i64> = schema.tables.iter().map(|_| dice.between(5, 40) as i64).collect();
    for _ in 0..=2 * schema.tables.len() {
        let rows: Vec<_> = schema
            .tables
            .iter()
            .zip(&wanted)
            .map(|(table, rows)| format!("--rows={}={rows}", table.display()))
            .collect();
        let outcome = seed(source, &target, &rows);
        let Some((table, most)) = most_rows(schema, &outcome) else {
            let summary = summary("made up", &outcome)?;
            judge("made up", schema, catalog, &target, declared)?;
            return counts("made up", schema, &target, &summary, |index| (wanted[index], 0.0));
        };
        if most < 1 || most >= wanted[table] {
            return Err(Failure::new("made up: no room", outcome.stderr));
        }
        wanted[table] = most;
    }
    Err(Failure::new("made up: no room in the end", format!("{wanted:?}")))
}

/// The table and the rows of `--rows TABLE=N is the most`.
fn most_rows(schema: &Schema, outcome: &Outcome) -> Option<(usize, i64)> {
    let (_, rest) = outcome.stderr.split_once("hint: --rows ")?;
    let (_, rest) = Some(("", rest)).filter(|(_, rest)| rest.contains(" is the most"))?;
    let (said, _) = rest.split_once(" is the most")?;
    let (name, most) = said.rsplit_once('=')?;
    let table = schema.tables.iter().position(|table| table.display() == name)?;
    Some((table, most.parse().ok()?))
}

fn learned(
    schema: &Schema,
    catalog: &Catalog,
    source: &Database,
    rows: &[i64],
    scale: &str,
    dice: &mut Dice,
) -> Result<(), Failure> {
    let what = format!("learned, scale {scale}");
    let (target, declared) = target(schema, dice)?;
    let mut wanted = vec!["--scale".to_owned(), scale.to_owned()];
    let mut most = vec![None; schema.tables.len()];
    let mut outcome = seed(source, &target, &wanted);
    // A key of a full table has no room for three times as many rows; the refusal says for how many it has.
    while let Some((table, rows)) = most_rows(schema, &outcome).filter(|_| scale == "3") {
        if rows < 1 || most[table].replace(rows).is_some_and(|before| rows >= before) {
            return Err(Failure::new("learned: no room", outcome.stderr));
        }
        wanted.push(format!("--rows={}={rows}", schema.tables[table].display()));
        outcome = seed(source, &target, &wanted);
    }
    let summary = summary(&what, &outcome)?;
    judge(&what, schema, catalog, &target, declared)?;
    let factor: f64 = scale.parse().expect("a number");
    let named = most.iter().any(Option::is_some);
    counts(&what, schema, &target, &summary, |index| {
        let wanted = (rows[index] as f64 * factor).round() as i64;
        match most[index] {
            Some(most) => (most, 0.0),
            // What hangs on a table whose rows are named follows it.
            None if named => (wanted, f64::INFINITY),
            None => (wanted, if factor == 1.0 { 0.0 } else { 1.0 }),
        }
    })
}

fn seed(source: &Database, target: &Database, more: &[String]) -> Outcome {
    let (from, to) = (source.address(), target.address());
    let mut arguments: Vec<&str> = vec!["--from", &from, "--to", &to, "--json", "--jobs", "1"];
    arguments.extend(more.iter().map(String::as_str));
    Workspace::new().seed(&arguments)
}

/// The summary of a run that ended well; else a failure under the first words of its message, names left out.
fn summary(what: &str, outcome: &Outcome) -> Result<serde_json::Value, Failure> {
    if outcome.code == Some(0) {
        return Ok(serde_json::from_str(&outcome.stdout).expect("one JSON document"));
    }
    let said = format!("{}{}", outcome.stderr, outcome.stdout);
    let line =
        said.lines().find(|line| line.contains("panicked") || line.starts_with("error")).unwrap_or_default();
    let plain = |word: &&str| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase());
    let words: Vec<_> = line.split([' ', ':', ',']).filter(plain).collect();
    let phrase = ["cannot be made", "cannot meet CHECK", "cannot keep its unique", "cannot have", "panicked"];
    let known = phrase.iter().find(|phrase| line.contains(**phrase));
    let class = known.map_or_else(
        || words.iter().rev().take(3).copied().collect::<Vec<_>>().join(" "),
        |known| (*known).to_owned(),
    );
    Err(Failure::new(&format!("{what}: exit {:?}: {class}", outcome.code), said))
}

/// Asks the target whether all that the source declares holds.
fn judge(
    what: &str,
    schema: &Schema,
    catalog: &Catalog,
    target: &Database,
    declared: bool,
) -> Result<(), Failure> {
    let engine = schema.engine;
    let mut broken = integrity::violations(catalog, target);
    broken.extend(integrity::stale_sequences(target));
    for table in &schema.tables {
        let name = table.quoted(engine);
        for check in &table.checks {
            let rows = target.number(&format!("SELECT count(*) FROM {name} WHERE NOT ({})", check.text));
            if rows > 0 {
                broken.push(format!("{}: {rows} rows break CHECK ({})", table.name, check.text));
            }
        }
        for unique in &table.uniques {
            let list = unique.expression.clone().unwrap_or_else(|| table.list(engine, &unique.columns));
            let mut conditions: Vec<String> =
                unique.condition.iter().map(|(text, _)| format!("({text})")).collect();
            if !unique.nulls_not_distinct {
                conditions.extend(
                    unique.columns.iter().map(|&at| format!("{} IS NOT NULL", table.list(engine, &[at]))),
                );
            }
            if conditions.is_empty() {
                conditions.push("1 = 1".to_owned());
            }
            let twice = format!(
                "SELECT count(*) FROM (SELECT 1 AS one FROM {name} WHERE {} GROUP BY {list} HAVING count(*) > 1) x",
                conditions.join(" AND ")
            );
            if target.number(&twice) > 0 {
                broken.push(format!("{}: ({list}) is not unique", table.name));
            }
        }
    }
    if !declared {
        broken.extend(undeclared(catalog, &Catalog::of(target)));
    }
    match broken.first() {
        None => Ok(()),
        Some(first) => {
            let kind = ["finds no", "repeats", "is NULL", "CHECK", "unique", "next key", "declare"];
            let kind = kind.iter().find(|kind| first.contains(**kind)).unwrap_or(&"other");
            Err(Failure::new(&format!("{what}: broken: {kind}"), broken.join("\n")))
        }
    }
}

/// What a target that the product made does not declare.
fn undeclared(expected: &Catalog, found: &Catalog) -> Vec<String> {
    let mut out = Vec::new();
    for table in &expected.tables {
        let Some(copy) = found.tables.iter().find(|copy| copy.display() == table.display()) else {
            out.push(format!("{} is not declared", table.name));
            continue;
        };
        let same = copy.primary_key == table.primary_key
            && copy.uniques.len() == table.uniques.len()
            && copy.foreign_keys == table.foreign_keys
            && copy.checks.len() >= table.checks.len()
            && copy.columns == table.columns;
        if !same {
            out.push(format!("declared otherwise:\n{table:?}\n{copy:?}"));
        }
    }
    out
}

/// Rows as in the summary, and as many as were asked for unless the summary says why not.
fn counts(
    what: &str,
    schema: &Schema,
    target: &Database,
    summary: &serde_json::Value,
    wanted: impl Fn(usize) -> (i64, f64),
) -> Result<(), Failure> {
    let entries = summary["tables"].as_array().expect("the summary lists tables");
    let notes = summary["notes"].as_array().expect("the summary has notes");
    let bare =
        notes.iter().filter_map(|note| note.as_str()).any(|note| note.contains("a schema without data"));
    for (index, table) in schema.tables.iter().enumerate() {
        let rows = target.count(&table.quoted(schema.engine));
        let entry = entries.iter().find(|entry| entry["table"] == table.display().as_str());
        let fail = |why: &str| Err(Failure::new(&format!("{what}: rows"), format!("{}: {why}", table.name)));
        let Some(entry) = entry else { return fail("not in the summary") };
        if entry["rows"] != rows {
            return fail(&format!("{rows} rows in the target, {} in the summary", entry["rows"]));
        }
        let (wanted, slack) = wanted(index);
        // A source of which hardly any table has rows is filled throughout, and says so.
        if bare && wanted == 0 {
            continue;
        }
        let start = format!("{}: {rows} rows instead of ", table.display());
        let said = notes.iter().filter_map(|note| note.as_str()).any(|note| note.starts_with(&start));
        if (rows - wanted).abs() as f64 > slack && !said && entry["treatment"] != "copy" {
            return fail(&format!("{rows} rows, {wanted} wanted; notes: {notes:?}"));
        }
    }
    Ok(())
}
