//! A schema without data loads at the first try: every table is filled, and the database finds nothing wrong with the rows.

use crate::support::{Catalog, ENGINES, EXAMPLES, Engine, Workspace, integrity, schemas};
use std::path::Path;

/// Rows that a table has at least, unless the plan says why it has fewer.
const FEWEST: i64 = 100;

/// Fills an empty copy of a schema from another empty one, with no configuration.
fn fill(path: &Path, engine: Engine) {
    let (source, target) = (schemas::empty(path, engine), schemas::empty(path, engine));
    let workspace = Workspace::new();
    let summary = workspace.fill(&source, &target, &[]);
    let notes: Vec<&str> =
        summary["notes"].as_array().expect("notes").iter().filter_map(|note| note.as_str()).collect();
    let catalog = Catalog::of(&source);
    for table in &catalog.tables {
        let rows = target.count(&table.on(engine));
        let explained =
            notes.iter().any(|note| note.starts_with(&format!("{}: {rows} rows", table.display())));
        assert!(rows >= FEWEST || explained && rows > 0, "{}: {rows} rows\n{notes:#?}", table.display());
    }
    assert_eq!(integrity::violations(&catalog, &target), Vec::<String>::new(), "{}", path.display());
    assert_eq!(integrity::stale_sequences(&target), Vec::<String>::new(), "{}", path.display());
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
        fill(&path, engine);
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
