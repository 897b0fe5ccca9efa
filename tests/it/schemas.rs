//! A schema without data loads at the first try: every table is filled, and the database finds nothing wrong with the rows.

mod regressions; // small schemas of what others have found

use crate::support::catalog::Table;
use crate::support::{Catalog, ENGINES, EXAMPLES, Engine, Workspace, integrity, schemas};
use std::path::Path;
use std::time::Instant;

/// Rows that a table has at least, unless the plan says why it has fewer.
const FEWEST: i64 = 100;

/// Fills an empty copy of a schema from another empty one, with no configuration, and says in a line of a table how it went.
fn fill(path: &Path, engine: Engine) -> String {
    let (source, target) = (schemas::empty(path, engine), schemas::empty(path, engine));
    let workspace = Workspace::new();
    let started = Instant::now();
    let summary = workspace.fill(&source, &target, &[]);
    let seconds = started.elapsed().as_secs_f64();
    let notes: Vec<&str> =
        summary["notes"].as_array().expect("notes").iter().filter_map(|note| note.as_str()).collect();
    let catalog = Catalog::of(&source);
    let (mut all, mut short) = (0, Vec::new());
    for table in &catalog.tables {
        let rows = target.count(&table.on(engine));
        let explained =
            notes.iter().any(|note| note.starts_with(&format!("{}: {rows} rows", table.display())));
        all += rows;
        short.extend((rows < FEWEST).then(|| format!("{} {rows}", table.display())));
        assert!(rows >= FEWEST || explained && rows > 0, "{}: {rows} rows\n{notes:#?}", table.display());
    }
    assert_eq!(integrity::violations(&catalog, &target), Vec::<String>::new(), "{}", path.display());
    assert_eq!(integrity::stale_sequences(&target), Vec::<String>::new(), "{}", path.display());
    let count = |of: fn(&Table) -> usize| catalog.tables.iter().map(of).sum::<usize>();
    format!(
        "| {} | {} | {} | {} | {} | {all} | {seconds:.1} s | {} |",
        path.file_name().unwrap_or_default().display(),
        catalog.tables.len(),
        count(|table| table.foreign_keys.len()),
        count(|table| table.checks.len()),
        count(|table| table.uniques.len() + usize::from(!table.primary_key.is_empty())),
        short.join(", ")
    )
}

#[test]
fn unfilled_on_postgres() {
    fill(&schemas::own("unfilled", Engine::Postgres), Engine::Postgres);
}

#[test]
fn unfilled_on_mysql() {
    fill(&schemas::own("unfilled", Engine::Mysql), Engine::Mysql);
}

#[test]
fn unfilled_on_sqlite() {
    fill(&schemas::own("unfilled", Engine::Sqlite), Engine::Sqlite);
}

#[test]
fn examples_without_their_rows() {
    for engine in ENGINES {
        for example in EXAMPLES {
            fill(&schemas::own(example, engine), engine);
        }
    }
}

/// Schemas of other people's software, each of its engine.
#[test]
fn schemas_at_hand() {
    for (path, engine) in schemas::at_hand() {
        let line = fill(&path, engine);
        #[expect(clippy::print_stdout, reason = "the table of docs/schemas.md")]
        {
            println!("{line}");
        }
    }
}

#[test]
fn the_same_rows_come_again() {
    let path = schemas::own("unfilled", Engine::Sqlite);
    let source = schemas::empty(&path, Engine::Sqlite);
    let workspace = Workspace::new();
    let checksums = |jobs: &str| {
        let target = schemas::empty(&path, Engine::Sqlite);
        let summary = workspace.fill(&source, &target, &["--jobs", jobs]);
        let tables = summary["tables"].as_array().expect("tables").clone();
        tables.iter().map(|table| table["checksum"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(checksums("1"), checksums("4"));
}

#[test]
fn people_are_one_person_and_days_in_order() {
    let path = schemas::own("unfilled", Engine::Sqlite);
    let (source, target) = (schemas::empty(&path, Engine::Sqlite), schemas::empty(&path, Engine::Sqlite));
    Workspace::new().fill(&source, &target, &[]);
    let customers = target.count("customer");
    let matching = "SELECT count(*) FROM customer WHERE instr(email, lower(substr(first_name, 1, 3))) = 1";
    assert!(
        target.number(matching) * 10 >= customers * 9,
        "e-mail addresses are made of the names beside them"
    );
    assert!(target.number("SELECT count(DISTINCT updated_at) FROM customer") > customers / 2);
    assert_eq!(target.number("SELECT count(*) FROM customer WHERE updated_at < created_at"), 0);
}
