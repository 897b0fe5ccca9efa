//! `--where`: the counterpart of the part of a source that a condition selects, and of nothing else.

use crate::support::{Catalog, Database, ENGINES, Engine, Workspace, integrity};
use serde_json::Value;
use std::collections::BTreeMap;

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

/// What has to hold in every target, on whatever engine, however many rows it has.
fn assert_every_row_meets(target: &Database, what: &str) {
    for query in [
        "SELECT count(*) FROM customers WHERE country_code <> 'DE'",
        "SELECT count(*) FROM orders WHERE placed_at < '2024-01-01' OR channel NOT IN ('web', 'app')",
    ] {
        assert_eq!(target.number(query), 0, "{what}: {query}");
    }
}

/// The same, and whom the rows belong to.
fn assert_meets(target: &Database, what: &str) {
    assert_every_row_meets(target, what);
    let outside = [
        "SELECT count(*) FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)",
        "SELECT count(*) FROM products WHERE id NOT IN (SELECT product_id FROM order_lines)
             AND id NOT IN (SELECT product_id FROM reviews)",
    ];
    // Which products are never chosen is left to chance.
    for (query, most) in outside.iter().zip([0, 25]) {
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

    // Where the model is large only a part of its rows is drawn to choose from, and what is chosen stands for all.
    workspace.write("part.toml", "[generate]\nsample = 2000\n");
    let (target, _) = generate("whole.seed", &["--where", CONDITION, "--config", "part.toml"]);
    assert_every_row_meets(&target, "of a part of a model");
    for (table, query) in &expected()[..4] {
        let (there, here) = (target.count(table), source.number(query));
        assert!(
            (there - here).abs() <= 10 + here / 3,
            "{table} by a part: {there} rows, the source has {here}"
        );
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

/// MariaDB takes `de` for the key `DE`: such rows belong to it.
#[test]
fn keys_that_differ_in_their_letters_case_belong_together() {
    let source = Database::new(Engine::Mysql);
    source.execute("CREATE TABLE countries (code varchar(4) PRIMARY KEY, name varchar(20) NOT NULL)");
    source.execute(
        "CREATE TABLE people (id int PRIMARY KEY, country varchar(4) NOT NULL, size int NOT NULL, FOREIGN KEY (country) REFERENCES countries (code))",
    );
    source.execute("INSERT INTO countries VALUES ('DE', 'Germany'), ('FR', 'France'), ('XA', 'Nowhere')");
    let people = (1..=300).map(|id| {
        let country = ["DE", "de", "De", "FR", "fr"][id % 5];
        format!("({id}, '{country}', {})", 150 + id * 7 % 50)
    });
    source.execute(&format!("INSERT INTO people VALUES {}", people.collect::<Vec<_>>().join(", ")));
    for (condition, countries, people) in
        [("people.country = 'DE'", 1, 180), ("countries.code = 'fr'", 1, 120), ("people.size < 160", 2, 60)]
    {
        let target = Database::new(Engine::Mysql);
        Workspace::new().fill(&source, &target, &["--where", condition]);
        assert_eq!(target.count("people"), people, "{condition}");
        assert_eq!(target.count("countries"), countries, "{condition}");
    }
}

/// What is compared: rows of a slice and their own features. What they have of their parents would come in clusters, which the test of rows
/// that are independent of each other takes for a difference.
const MARGINS: [(&str, &[&str]); 4] = [
    (
        "customers AS c WHERE c.country_code = 'DE' AND c.id IN (SELECT customer_id FROM orders WHERE channel IN ('web', 'app'))",
        &["c.tier", "c.newsletter", "strftime('%Y', c.signed_up_at)", "c.phone IS NULL"],
    ),
    (
        "orders AS o JOIN customers AS c ON c.id = o.customer_id WHERE c.country_code = 'DE' AND o.channel IN ('web', 'app')",
        &["o.status", "o.channel", "strftime('%Y', o.placed_at)", "o.coupon", "o.shipping_fee"],
    ),
    (
        "order_lines AS l JOIN orders AS o ON o.id = l.order_id JOIN customers AS c ON c.id = o.customer_id
             WHERE c.country_code = 'DE' AND o.channel IN ('web', 'app')",
        &["l.quantity", "l.discount_percent", "l.line_no"],
    ),
    (
        "payments AS p JOIN orders AS o ON o.id = p.order_id JOIN customers AS c ON c.id = o.customer_id
             WHERE c.country_code = 'DE' AND o.channel IN ('web', 'app')",
        &["p.method", "strftime('%Y', p.paid_at)", "p.amount > 100"],
    ),
];

/// Rows by value of one or two features, over several databases.
fn margin(databases: &[Database], rows: &str, features: &[&str]) -> BTreeMap<Vec<Option<String>>, f64> {
    let list = features.join(", ");
    let mut counts = BTreeMap::new();
    for database in databases {
        for mut row in database.rows(&format!("SELECT {list}, count(*) FROM {rows} GROUP BY {list}")) {
            let count: f64 = row.pop().flatten().and_then(|count| count.parse().ok()).expect("a count");
            *counts.entry(row).or_insert(0.0) += count;
        }
    }
    counts
}

/// The statistic of two samples (Numerical Recipes, 14.3), by its degrees of freedom, and how many standard deviations that is above what
/// is expected of samples of one distribution (Wilson and Hilferty 1931). Cells of fewer than ten rows are one.
fn chi_square(
    one: &BTreeMap<Vec<Option<String>>, f64>,
    other: &BTreeMap<Vec<Option<String>>, f64>,
) -> Option<(f64, f64)> {
    let (all_one, all_other) = (one.values().sum::<f64>(), other.values().sum::<f64>());
    let values: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let (mut cells, mut small) = (Vec::new(), (0.0, 0.0));
    for value in values {
        let cell = (one.get(value).copied().unwrap_or(0.0), other.get(value).copied().unwrap_or(0.0));
        if cell.0 + cell.1 < 10.0 {
            small = (small.0 + cell.0, small.1 + cell.1);
        } else {
            cells.push(cell);
        }
    }
    cells.extend((small.0 + small.1 > 0.0).then_some(small));
    let freedom = cells.len() as f64 - 1.0;
    let root = (all_other / all_one).sqrt();
    let statistic: f64 = cells.iter().map(|(a, b)| (root * a - b / root).powi(2) / (a + b)).sum();
    let (ratio, spread) = (statistic / freedom, 2.0 / (9.0 * freedom));
    (freedom >= 1.0).then_some((ratio, (ratio.cbrt() - (1.0 - spread)) / spread.sqrt()))
}

/// Margins of one and two features: the mean of their statistics, how many lie beyond 2.33 standard deviations, and how many there are.
fn compared(ones: &[Database], others: &[Database]) -> (f64, usize, usize) {
    let mut found = Vec::new();
    for (rows, features) in MARGINS {
        for (at, first) in features.iter().enumerate() {
            for pair in features[at..]
                .iter()
                .map(|second| if first == second { vec![*first] } else { vec![*first, *second] })
            {
                found.extend(chi_square(&margin(ones, rows, &pair), &margin(others, rows, &pair)));
            }
        }
    }
    let mean = found.iter().map(|found| found.0).sum::<f64>() / found.len() as f64;
    (mean, found.iter().filter(|found| found.1 > 2.33).count(), found.len())
}

/// What a model gives under a condition is what a filter leaves of what it gives without.
#[test]
fn conditions_give_what_a_filter_leaves() {
    let source = Database::example(Engine::Sqlite, "shop", 2);
    let (workspace, from) = (Workspace::new(), source.address());
    workspace.seed(&["learn", "--from", &from, "--out", "whole.seed"]).ok();
    let generate = |seed: u32, more: &[&str]| {
        let (target, seed) = (Database::new(Engine::Sqlite), seed.to_string());
        let to = target.address();
        let arguments = ["generate", "--model", "whole.seed", "--to", &to, "--seed", &seed];
        workspace.seed(&[&arguments, more].concat()).ok();
        target
    };
    let condition = ["--where", "customers.country_code = 'DE' AND orders.channel IN ('web', 'app')"];
    let filtered: Vec<Database> = (0..3).map(|seed| generate(seed, &[])).collect();
    let again: Vec<Database> = (3..6).map(|seed| generate(seed, &[])).collect();
    // Rows of one country follow each other: runs of two seeds differ by more than independent rows would.
    let conditioned: Vec<Database> = (0..3).map(|seed| generate(seed, &condition)).collect();
    let (ours, theirs) = (compared(&conditioned, &filtered), compared(&again, &filtered));
    #[expect(clippy::print_stdout, reason = "the table of docs/model.md")]
    {
        println!(
            "chi-square by degrees of freedom, margins beyond 1 %, margins: conditions {ours:?}, a filter {theirs:?}"
        );
    }
    assert!(ours.2 >= 30, "{ours:?}");
    assert!(ours.0 <= 1.3, "{ours:?} against {theirs:?}");
    assert!(ours.1 * 20 <= ours.2, "{ours:?} against {theirs:?}");
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
fn keys_and_made_up_texts_only_choose_what_is_learned_from() {
    let source = Database::example(Engine::Sqlite, "shop", 2);
    let email =
        source.rows("SELECT email FROM customers WHERE id IN (SELECT customer_id FROM orders) LIMIT 1");
    let email = email[0][0].clone().expect("a customer with an order");
    for condition in [
        format!("customers.email = '{email}'"),
        "customers.id = 11".into(),
        "addresses.customer_id <= 40".into(),
    ] {
        let (workspace, target, from) = (Workspace::new(), Database::new(Engine::Sqlite), source.address());
        let to = target.address();
        let outcome = workspace.seed(&["--from", &from, "--to", &to, "--where", &condition]).ok();
        assert!(outcome.stderr.contains("chooses what is learned from"), "{condition}: {}", outcome.stderr);
        assert!(
            !outcome.stderr.contains("every row that was written meets"),
            "{condition}: {}",
            outcome.stderr
        );
        let (table, chosen) = match condition.strip_prefix("addresses.") {
            Some(chosen) => ("addresses", chosen),
            None => ("customers", &condition[10..]),
        };
        let chosen = source.number(&format!("SELECT count(*) FROM {table} WHERE {chosen}"));
        assert_eq!(target.count(table), chosen, "{condition}");
        assert_eq!(target.number(&format!("SELECT count(*) FROM customers WHERE email = '{email}'")), 0);
    }
}

#[test]
fn what_was_written_is_tested_against_the_condition() {
    let source = Database::example(Engine::Sqlite, "shop", 2);
    let (target, workspace) = (Database::new(Engine::Sqlite), Workspace::new());
    let summary = workspace.fill(&source, &target, &["--where", CONDITION]);
    let verdicts = summary["verdicts"].as_array().cloned().unwrap_or_default();
    let conditions: Vec<&Value> = verdicts
        .iter()
        .filter(|verdict| verdict["constraint"].as_str().is_some_and(|text| text.starts_with("WHERE")))
        .collect();
    assert_eq!(conditions.len(), 3, "{summary}");
    assert!(conditions.iter().all(|verdict| verdict["violations"] == 0), "{summary}");
    let (from, to) = (source.address(), target.address());
    let outcome = workspace.seed(&["--from", &from, "--to", &to, "--where", CONDITION, "--truncate"]).ok();
    assert!(outcome.stderr.contains("every row that was written meets 3 conditions"), "{}", outcome.stderr);
}

#[test]
fn a_copied_table_of_which_nothing_is_in_the_slice() {
    let source = Database::new(Engine::Sqlite);
    source.execute(
        "BEGIN;
         CREATE TABLE kinds (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER NOT NULL);
         CREATE TABLE visits (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), kind INTEGER REFERENCES kinds (id));
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200) INSERT INTO people SELECT n, n % 70 FROM numbers;
         INSERT INTO kinds VALUES (1, 'long'), (2, 'short'), (3, 'other');
         INSERT INTO visits SELECT id, id, CASE WHEN age >= 18 THEN 1 + id % 3 END FROM people;
         COMMIT;",
    );
    let target = Database::new(Engine::Sqlite);
    Workspace::new().fill(&source, &target, &["--where", "people.age < 18", "--table", "kinds=copy"]);
    assert_eq!((target.count("kinds"), target.number("SELECT count(kind) FROM visits")), (0, 0));
    assert_eq!(target.count("visits"), source.number("SELECT count(*) FROM people WHERE age < 18"));
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
