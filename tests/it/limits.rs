//! `model`, `given` and `never` of `seed.toml`: which dependences are left in the target.

use crate::support::{Database, Engine, Workspace};
use serde_json::Value;

const LETTERS: [&str; 4] = ["a", "b", "c", "d"];

/// Customers of four tiers with 3,000 orders: `p`, `q` and `r` follow `kind`, and `t` the customer's tier, in nine of ten rows.
fn source() -> Database {
    let mut state = 7u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let tiers: Vec<&str> = (0..400).map(|_| LETTERS[random(4) as usize]).collect();
    let mut script = "CREATE TABLE customers (id INTEGER PRIMARY KEY, tier TEXT NOT NULL);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id),
             kind TEXT NOT NULL, p TEXT NOT NULL, q TEXT NOT NULL, r TEXT NOT NULL, t TEXT NOT NULL);\n"
        .to_owned();
    for (id, tier) in tiers.iter().enumerate() {
        script += &format!("INSERT INTO customers VALUES ({}, '{tier}');\n", id + 1);
    }
    for id in 1..=3_000 {
        let customer = random(400) as usize;
        let kind = LETTERS[random(4) as usize];
        let mut like = |letter| if random(10) == 0 { LETTERS[random(4) as usize] } else { letter };
        let (p, q, r, t) = (like(kind), like(kind), like(kind), like(tiers[customer]));
        let customer = customer + 1;
        script +=
            &format!("INSERT INTO orders VALUES ({id}, {customer}, '{kind}', '{p}', '{q}', '{r}', '{t}');\n");
    }
    let database = Database::new(Engine::Sqlite);
    database.execute(&format!("BEGIN;\n{script}COMMIT;"));
    database
}

/// In how many of a hundred rows two columns agree: about 92 where one follows the other, 25 where they are independent.
fn agreement(target: &Database, one: &str, other: &str) -> i64 {
    target.number(&format!(
        "SELECT 100 * sum({one} = {other}) / count(*) FROM orders JOIN customers ON customers.id = orders.customer"
    ))
}

#[track_caller]
fn assert_parted(target: &Database, pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        let agree = agreement(target, one, other);
        assert!((18..=34).contains(&agree), "{one} and {other} agree in {agree} of 100 rows");
    }
}

#[track_caller]
fn assert_tied(target: &Database, pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        let agree = agreement(target, one, other);
        assert!(agree >= 75, "{one} and {other} agree in {agree} of 100 rows");
    }
}

/// The target of a run under a configuration.
fn filled(workspace: &Workspace, config: &str, arguments: &[&str]) -> Database {
    workspace.write("seed.toml", config);
    let target = Database::new(Engine::Sqlite);
    workspace.seed(&[arguments, &["--to", &target.address()]].concat()).ok();
    target
}

#[test]
fn columns_stand_for_themselves_and_the_rest_holds_together() {
    let (source, workspace) = (source(), Workspace::new());
    let from = ["--from", &source.address()];
    let plain = filled(&workspace, "", &from);
    assert_tied(&plain, &[("kind", "p"), ("kind", "q"), ("kind", "r"), ("t", "tier")]);

    let parted = filled(&workspace, "[tables.orders.columns.q]\nmodel = \"independent\"\n", &from);
    assert_parted(&parted, &[("kind", "q"), ("p", "q"), ("r", "q")]);
    assert_tied(&parted, &[("kind", "p"), ("kind", "r"), ("t", "tier")]);

    let above = filled(&workspace, "[tables.customers.columns.tier]\nmodel = \"independent\"\n", &from);
    assert_parted(&above, &[("t", "tier")]);
    assert_tied(&above, &[("kind", "p"), ("kind", "q")]);

    let table = filled(&workspace, "[tables.orders]\nmodel = \"independent\"\n", &from);
    assert_parted(&table, &[("kind", "p"), ("kind", "q"), ("p", "r"), ("t", "tier")]);

    let key = filled(&workspace, "[tables.orders.columns.customer]\nmodel = \"independent\"\n", &from);
    assert_parted(&key, &[("t", "tier")]);
    assert_tied(&key, &[("kind", "p"), ("kind", "q")]);
}

#[test]
fn columns_do_not_look_at_what_they_must_not() {
    let (source, workspace) = (source(), Workspace::new());
    let from = ["--from", &source.address()];
    let config =
        "[tables.orders.columns]\nr.never = [\"kind\", \"p\", \"q\"]\nt.never = [\"customers.tier\"]\n";
    let never = filled(&workspace, config, &from);
    assert_parted(&never, &[("kind", "r"), ("p", "r"), ("q", "r"), ("t", "tier")]);
    assert_tied(&never, &[("kind", "p"), ("kind", "q")]);

    // The one named is drawn later: it does not look back.
    let config = "[tables.orders.columns]\nkind.never = [\"p\", \"q\", \"r\"]\n";
    let earlier = filled(&workspace, config, &from);
    assert_parted(&earlier, &[("kind", "p"), ("kind", "q"), ("kind", "r")]);
    assert_tied(&earlier, &[("p", "q")]);

    workspace.write("seed.toml", "[tables.orders.columns]\nr.given = [\"q\"]\nt.given = []\n");
    workspace.seed(&["learn", "--from", &source.address(), "--out", "a.seed"]).ok();
    let shown: Value = workspace.seed(&["inspect", "a.seed", "--table", "orders", "--json"]).ok().json();
    let columns = shown["model"][0]["columns"].as_array().expect("columns");
    let looks_at = |name: &str| -> Vec<&str> {
        let column = columns.iter().find(|column| column["column"] == name).expect("the column");
        let on = column["drawn"]["depends_on"].as_array().expect("a list");
        on.iter().map(|dependency| dependency["on"].as_str().expect("a name")).collect()
    };
    assert_eq!(looks_at("r"), ["q"]);
    assert_eq!(looks_at("t"), [""; 0]);
}

#[test]
fn a_model_file_is_parted_when_rows_are_made() {
    let (source, workspace) = (source(), Workspace::new());
    workspace.seed(&["learn", "--from", &source.address(), "--out", "a.seed"]).ok();
    let model = ["generate", "--model", "a.seed"];
    let parted = filled(&workspace, "[tables.orders.columns.q]\nmodel = \"independent\"\n", &model);
    assert_parted(&parted, &[("kind", "q"), ("p", "q"), ("r", "q")]);
    assert_tied(&parted, &[("kind", "p"), ("kind", "r"), ("t", "tier")]);
    let table = filled(&workspace, "[tables.orders]\nmodel = \"independent\"\n", &model);
    assert_parted(&table, &[("kind", "p"), ("kind", "q"), ("p", "r"), ("t", "tier")]);

    let above = filled(&workspace, "[tables.customers.columns.tier]\nmodel = \"independent\"\n", &model);
    assert_parted(&above, &[("t", "tier")]);
    assert_tied(&above, &[("kind", "p"), ("kind", "q")]);

    // What only learning can do is said in the plan.
    workspace.write("seed.toml", "[tables.orders.columns]\nt.never = [\"customers.tier\"]\n");
    let to = Database::new(Engine::Sqlite);
    let plan =
        workspace.seed(&[&model[..], &["--to", &to.address(), "--dry-run", "--json"]].concat()).ok().json();
    let notes = plan["notes"].to_string();
    assert!(notes.contains("orders.t depends on customers.tier"), "{notes}");
}
