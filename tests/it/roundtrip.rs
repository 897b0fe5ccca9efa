//! Every pair of engines, with the target as judge: row counts, keys, constraints, sequences.

use crate::example_databases::{ONE_OWNER, rules};
use crate::support::{Catalog, Database, ENGINES, Engine, Workspace, datasets, integrity};

/// One source, all three engines as targets at scale 1, and its own engine at two other scales.
fn fill_all(source: &Database, what: &str, rules: &dyn Fn(Engine) -> Vec<String>) {
    let catalog = Catalog::of(source);
    let before = integrity::fingerprint(source);
    for engine in ENGINES {
        fill(source, &catalog, engine, 1.0, what, rules);
    }
    for scale in [3.0, 0.2] {
        fill(source, &catalog, source.engine(), scale, what, rules);
    }
    assert_eq!(integrity::fingerprint(source), before, "{what}: the source was written");
}

fn fill(
    source: &Database,
    catalog: &Catalog,
    engine: Engine,
    scale: f64,
    what: &str,
    rules: &dyn Fn(Engine) -> Vec<String>,
) {
    let what = format!("{what}, {:?} to {engine:?}, scale {scale}", source.engine());
    let target = Database::new(engine);
    let summary = Workspace::new().fill(source, &target, &["--scale", &scale.to_string()]);
    check_rows(source, catalog, &target, &summary, scale, &what);
    assert_eq!(integrity::violations(catalog, &target), Vec::<String>::new(), "{what}");
    assert_eq!(integrity::stale_sequences(&target), Vec::<String>::new(), "{what}");
    for rule in rules(engine) {
        assert_eq!(target.number(&rule), 0, "{what}: {rule}");
    }
    if source.engine() == engine {
        check_schema(catalog, &target, &what);
    }
}

/// The rows in the target are those of the summary, and as many as the scale says.
fn check_rows(
    source: &Database,
    catalog: &Catalog,
    target: &Database,
    summary: &serde_json::Value,
    scale: f64,
    what: &str,
) {
    for table in &catalog.tables {
        let name = table.display();
        let entries =
            summary["tables"].as_array().unwrap_or_else(|| panic!("{what}: no tables in {summary}"));
        let entry = entries.iter().find(|entry| entry["table"] == name.as_str());
        let entry = entry.unwrap_or_else(|| panic!("{what}: {name} is not in the summary"));
        let (before, after) =
            (source.count(&table.on(source.engine())), target.count(&table.on(target.engine())));
        assert_eq!(entry["rows"], after, "{what}: {name}, summary against target");
        if scale == 1.0 || entry["treatment"] == "copy" {
            assert_eq!(after, before, "{what}: {name}");
        } else if !is_short(summary, &name, after) {
            let expected = before as f64 * scale;
            let off = (after as f64 - expected).abs();
            assert!(
                off <= f64::max(3.0, expected * 0.05),
                "{what}: {name} has {after} rows, expected {expected}"
            );
        }
    }
}

/// Whether the run said that the parents of this table have too few combinations for the rows that were asked for: a
/// join table of a fifth of its two parents has a twenty-fifth of their pairs.
fn is_short(summary: &serde_json::Value, table: &str, rows: i64) -> bool {
    let notes = summary["notes"].as_array().expect("the summary has notes");
    let start = format!("{table}: {rows} rows instead of ");
    notes.iter().filter_map(|note| note.as_str()).any(|note| {
        let asked = note.strip_prefix(&start).and_then(|rest| rest.split_once(','));
        asked.is_some_and(|(asked, why)| {
            asked.parse().is_ok_and(|asked: i64| asked > rows) && why.contains("combinations")
        })
    })
}

/// On the same engine the target declares what the source declares.
fn check_schema(catalog: &Catalog, target: &Database, what: &str) {
    let copy = Catalog::of(target);
    for (expected, found) in catalog.tables.iter().zip(&copy.tables) {
        assert_eq!(found.columns, expected.columns, "{what}: {}", expected.name);
        assert_eq!(found.primary_key, expected.primary_key, "{what}: {}", expected.name);
        assert_eq!(found.uniques, expected.uniques, "{what}: {}", expected.name);
        assert_eq!(found.foreign_keys, expected.foreign_keys, "{what}: {}", expected.name);
        // An engine words a condition differently each time it reads one; that they hold is checked elsewhere.
        assert_eq!(
            found.checks.len(),
            expected.checks.len(),
            "{what}: {}: {:?}",
            expected.name,
            found.checks
        );
    }
    assert_eq!(copy.tables.len(), catalog.tables.len(), "{what}");
}

fn example(engine: Engine, example: &str) {
    let source = Database::example(engine, example, 1);
    fill_all(&source, example, &|target| {
        let mut all = rules(example, target);
        // MySQL cannot say it, so there it holds only where the source could.
        if example == "awkward" && engine != Engine::Mysql {
            all.push(ONE_OWNER.to_owned());
        }
        all
    });
}

macro_rules! examples {
    ($($name:ident),*) => {$(
        mod $name {
            use super::{Engine, example};

            #[test]
            fn from_postgres() {
                example(Engine::Postgres, stringify!($name));
            }

            #[test]
            fn from_mysql() {
                example(Engine::Mysql, stringify!($name));
            }

            #[test]
            fn from_sqlite() {
                example(Engine::Sqlite, stringify!($name));
            }
        }
    )*};
}

examples!(shop, clinic, awkward);

/// Data sets of other people, where they are at hand.
mod datasets_at_hand {
    use super::{Database, Engine, datasets, fill_all};

    fn run(name: &str, engine: Engine, always: bool) {
        if !always && !datasets::all_wanted() {
            return;
        }
        let source: Option<Database> = datasets::load(name, engine);
        if let Some(source) = source {
            fill_all(&source, name, &|_| Vec::new());
        }
    }

    macro_rules! datasets {
        ($($name:ident: $always:expr),* $(,)?) => {$(
            mod $name {
                use super::{Engine, run};

                #[test]
                fn from_postgres() {
                    run(stringify!($name), Engine::Postgres, $always);
                }

                #[test]
                fn from_mysql() {
                    run(stringify!($name), Engine::Mysql, $always);
                }

                #[test]
                fn from_sqlite() {
                    run(stringify!($name), Engine::Sqlite, $always);
                }
            }
        )*};
    }

    // The first three are small and cover most of what is unusual; the others want SEED_TEST_ALL=1.
    datasets!(
        chinook: true,
        northwind: true,
        berka: true,
        sakila: false,
        worldcup: false,
        mondial: false,
        pokedex: false,
        nycflights13: false,
    );
}
