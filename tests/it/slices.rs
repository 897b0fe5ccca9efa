//! `--where`: the counterpart of the part of a source that a condition selects, and of nothing else.

use crate::support::{Catalog, Database, ENGINES, Engine, Workspace, integrity};
use serde_json::Value;

const CONDITION: &str =
    "customers.country_code = 'DE' AND orders.placed_at >= '2024-01-01' AND orders.channel IN ('web', 'app')";

/// The rows of the slice, table by table, as the source itself counts them.
fn expected() -> Vec<(&'static str, String)> {
    let placed = "placed_at >= '2024-01-01' AND channel IN ('web', 'app')";
    let customers = format!(
        "SELECT id FROM customers WHERE country_code = 'DE' AND id IN (SELECT customer_id FROM orders WHERE {placed})"
    );
    let orders = format!("SELECT id FROM orders WHERE {placed} AND customer_id IN ({customers})");
    let reviewed = format!("SELECT product_id FROM reviews WHERE customer_id IN ({customers})");
    let products =
        format!("SELECT product_id FROM order_lines WHERE order_id IN ({orders}) UNION {reviewed}");
    let countries = format!(
        "SELECT country_code FROM customers WHERE id IN ({customers})
         UNION SELECT country_code FROM addresses WHERE customer_id IN ({customers})"
    );
    let count = |table: &str, column: &str, among: &str| {
        format!("SELECT count(*) FROM {table} WHERE {column} IN ({among})")
    };
    vec![
        ("customers", count("customers", "id", &customers)),
        ("addresses", count("addresses", "customer_id", &customers)),
        ("orders", count("orders", "id", &orders)),
        ("order_lines", count("order_lines", "order_id", &orders)),
        ("payments", count("payments", "order_id", &orders)),
        ("reviews", count("reviews", "customer_id", &customers)),
        ("products", count("products", "id", &products)),
        ("countries", count("countries", "code", &countries)),
    ]
}

/// What has to hold in every target, on whatever engine.
fn assert_meets(target: &Database, what: &str) {
    let outside = [
        "SELECT count(*) FROM customers WHERE country_code <> 'DE'",
        "SELECT count(*) FROM orders WHERE placed_at < '2024-01-01' OR channel NOT IN ('web', 'app')",
        "SELECT count(*) FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)",
        "SELECT count(*) FROM products WHERE id NOT IN (SELECT product_id FROM order_lines)
             AND id NOT IN (SELECT product_id FROM reviews)",
    ];
    // Which products are never chosen is left to chance.
    for (query, most) in outside.iter().zip([0, 0, 0, 25]) {
        let found = target.number(query);
        assert!(found <= most, "{what}: {found} by {query}");
    }
}

#[test]
fn the_slice_of_every_engine() {
    for engine in ENGINES {
        let source = Database::example(engine, "shop", 4);
        let before = integrity::fingerprint(&source);
        let (catalog, target) = (Catalog::of(&source), Database::new(engine));
        Workspace::new().fill(&source, &target, &["--where", CONDITION]);
        for (table, query) in expected() {
            assert_eq!(target.count(table), source.number(&query), "{engine:?}: {table}");
        }
        assert!(target.count("orders") > 100, "{engine:?}: there is something in the slice");
        assert_meets(&target, &format!("{engine:?}"));
        assert_eq!(integrity::violations(&catalog, &target), Vec::<String>::new(), "{engine:?}");
        assert_eq!(integrity::fingerprint(&source), before, "{engine:?}: the source was written");
    }
}

#[test]
fn a_slice_of_a_model() {
    let source = Database::example(Engine::Sqlite, "shop", 4);
    let (workspace, from) = (Workspace::new(), source.address());
    workspace.seed(&["learn", "--from", &from, "--out", "whole.seed"]).ok();
    let generate = |model: &str, more: &[&str]| {
        let target = Database::new(Engine::Sqlite);
        let to = target.address();
        let arguments = ["generate", "--model", model, "--to", &to, "--json"];
        let summary = workspace.seed(&[&arguments, more].concat()).json();
        (target, summary)
    };
    let (target, _) = generate("whole.seed", &["--where", CONDITION]);
    assert_meets(&target, "of a model");
    for (table, query) in expected() {
        let (there, here) = (target.count(table), source.number(&query));
        assert!((there - here).abs() <= 5 + here / 4, "{table}: {there} rows, the source has {here}");
    }

    // A model of a slice keeps its condition, whatever else is asked of it.
    workspace.seed(&["learn", "--from", &from, "--out", "slice.seed", "--where", CONDITION]).ok();
    let (target, summary) = generate("slice.seed", &["--scale", "3"]);
    assert_meets(&target, "of a slice's model");
    assert!(target.count("orders") > 300, "{summary}");
    let (target, _) = generate("slice.seed", &["--where", "customers.tier = 'gold'"]);
    assert_meets(&target, "of a slice of a slice");
    assert_eq!(target.number("SELECT count(*) FROM customers WHERE tier <> 'gold'"), 0);
    let shown = workspace.seed(&["inspect", "slice.seed", "--table", "customers"]).ok().stdout;
    assert!(
        shown.contains("where  (\"country_code\" = 'DE')"),
        "the model says what it was learned from: {shown}"
    );
}

#[test]
fn equal_slices_of_equal_seeds() {
    let source = Database::example(Engine::Sqlite, "shop", 2);
    let checksums = |jobs: &str| -> Vec<Value> {
        let target = Database::new(Engine::Sqlite);
        let summary =
            Workspace::new().fill(&source, &target, &["--where", CONDITION, "--jobs", jobs, "--seed", "7"]);
        let tables = summary["tables"].as_array().cloned().unwrap_or_default();
        tables.iter().map(|table| table["checksum"].clone()).collect()
    };
    assert_eq!(checksums("1"), checksums("3"));
}

#[test]
fn a_condition_in_the_file_and_one_on_the_command_line() {
    let source = Database::example(Engine::Sqlite, "shop", 2);
    let workspace = Workspace::new();
    workspace.write("seed.toml", "[generate]\nwhere = \"customers.tier = 'gold'\"\n");
    let tiers = |more: &[&str]| {
        let target = Database::new(Engine::Sqlite);
        workspace.fill(&source, &target, more);
        target.rows("SELECT DISTINCT tier FROM customers ORDER BY tier").concat()
    };
    assert_eq!(tiers(&[]), [Some("gold".to_owned())]);
    assert_eq!(
        tiers(&["--where", "customers.tier <> 'gold'"]),
        [Some("bronze".into()), Some("silver".into())]
    );
}

/// 60 people in a tree, half of them in Leeds, whose bosses sit anywhere; tasks for all of them.
fn company() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE people (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES people (id), city TEXT, grade INTEGER NOT NULL);
         CREATE TABLE tasks (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), part_of INTEGER REFERENCES tasks (id),
             hours INTEGER);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 60)
             INSERT INTO people SELECT n, nullif(n / 3, 0), CASE WHEN n % 5 = 0 THEN NULL WHEN n % 2 THEN 'York' ELSE 'Leeds' END, n % 4
             FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 900)
             INSERT INTO tasks SELECT n, 1 + n * 7 % 60, CASE WHEN n % 3 = 0 THEN n - 1 END, nullif(n % 9, 0) FROM numbers;
         COMMIT;",
    );
    database
}

#[test]
fn a_reference_to_the_own_table_is_cut_where_its_parent_is_out() {
    let (source, target) = (company(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &["--where", "people.city = 'Leeds'"]);
    assert_eq!(target.count("people"), source.number("SELECT count(*) FROM people WHERE city = 'Leeds'"));
    assert_eq!(target.number("SELECT count(*) FROM people WHERE city IS NOT 'Leeds'"), 0, "NULL is no Leeds");
    let bosses = "SELECT count(*) FROM people WHERE boss IN (SELECT id FROM people WHERE city = 'Leeds') AND city = 'Leeds'";
    assert_eq!(target.number("SELECT count(boss) FROM people"), source.number(bosses));
    // Below, a task is out whose whole is out: it is its child.
    let tasks = "WITH RECURSIVE here (id) AS (
            SELECT tasks.id FROM tasks JOIN people ON people.id = person WHERE city = 'Leeds' AND part_of IS NULL
            UNION ALL SELECT tasks.id FROM tasks JOIN people ON people.id = person JOIN here ON part_of = here.id WHERE city = 'Leeds')
        SELECT count(*) FROM here";
    assert_eq!(target.count("tasks"), source.number(tasks));
}

#[test]
fn nulls_meet_no_condition() {
    let (source, target) = (company(), Database::new(Engine::Sqlite));
    Workspace::new().fill(&source, &target, &["--where", "tasks.hours <> 4 AND grade < 3"]);
    assert_eq!(target.number("SELECT count(*) FROM tasks WHERE (hours <> 4) IS NOT TRUE"), 0);
    assert_eq!(target.number("SELECT count(*) FROM people WHERE grade >= 3"), 0);
    assert_eq!(target.number("SELECT count(*) FROM people WHERE id NOT IN (SELECT person FROM tasks)"), 0);
}

#[test]
fn a_reference_table_stays_one_in_a_slice() {
    let source = Database::example(Engine::Sqlite, "shop", 2);
    let treatments = |more: &[&str]| -> Vec<(Value, Value)> {
        let summary = Workspace::new().fill(&source, &Database::new(Engine::Sqlite), more);
        let tables = summary["tables"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<_> =
            tables.iter().map(|table| (table["table"].clone(), table["treatment"].clone())).collect();
        found.sort_by_key(|(table, _)| table.to_string());
        found
    };
    assert_eq!(
        treatments(&[]),
        treatments(&["--where", "customers.id <= 12"]),
        "few rows are no reference table"
    );
}

#[test]
fn the_plan_names_the_condition() {
    let source = Database::example(Engine::Sqlite, "shop", 2);
    let (workspace, from) = (Workspace::new(), source.address());
    let plan =
        workspace.seed(&["--from", &from, "--to", "sqlite:new.db", "--where", CONDITION, "--dry-run"]).ok();
    let line = plan.stdout.lines().find(|line| line.contains("WHERE") && line.contains("country_code"));
    assert!(line.is_some(), "{}", plan.stdout);
    assert!(!workspace.file("new.db").exists(), "a plan writes nothing");
}
