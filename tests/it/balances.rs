//! `--balance`: other shares than those of the source for the values of a column, and all that depends on it following as it was learned.

use crate::support::{Catalog, Database, ENGINES, Engine, Workspace, integrity};
use serde_json::Value;

const CANCELLED: &str = "orders.status=cancelled:40%,returned:20%";

/// The shares of some values of a column, by value.
fn shares(database: &Database, table: &str, column: &str, values: &[&str]) -> Vec<f64> {
    let all = database.number(&format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL")) as f64;
    let share = |value: &&str| {
        database.number(&format!("SELECT count(*) FROM {table} WHERE {column} = '{value}'")) as f64 / all
    };
    values.iter().map(share).collect()
}

/// Children of one kind per order of a status.
fn per_order(database: &Database, table: &str, status: &str) -> f64 {
    let orders = database.number(&format!("SELECT count(*) FROM orders WHERE status = '{status}'"));
    let children = database.number(&format!(
        "SELECT count(*) FROM {table} WHERE order_id IN (SELECT id FROM orders WHERE status = '{status}')"
    ));
    children as f64 / orders.max(1) as f64
}

#[test]
fn shares_are_those_asked_for_and_the_rest_follows() {
    for engine in ENGINES {
        let source = Database::example(engine, "shop", 4);
        let (catalog, target) = (Catalog::of(&source), Database::new(engine));
        Workspace::new().fill(&source, &target, &["--balance", CANCELLED]);
        let found = shares(&target, "orders", "status", &["cancelled", "returned"]);
        assert!((found[0] - 0.4).abs() < 0.001 && (found[1] - 0.2).abs() < 0.001, "{engine:?}: {found:?}");
        let others = ["delivered", "shipped", "paid", "placed"];
        let rest =
            shares(&source, "orders", "status", &["cancelled", "returned"]).iter().fold(1.0, |a, b| a - b);
        for ((there, here), value) in shares(&target, "orders", "status", &others)
            .iter()
            .zip(shares(&source, "orders", "status", &others))
            .zip(others)
        {
            let wanted = 0.4 * here / rest;
            assert!((there - wanted).abs() < 0.002, "{engine:?}: {value} is {there}, not {wanted}");
        }
        assert_eq!(target.count("orders"), source.count("orders"), "{engine:?}");
        assert_eq!(
            target.count("order_lines"),
            source.count("order_lines"),
            "{engine:?}: no status has more"
        );
        // Nobody pays for what is cancelled, and everybody once for what is returned.
        assert!(target.count("payments") < source.count("payments") * 4 / 5, "{engine:?}: payments follow");
        for (table, status, most) in [
            ("payments", "cancelled", 0.03),
            ("payments", "returned", 0.1),
            ("payments", "delivered", 0.1),
            ("order_lines", "cancelled", 0.35),
            ("order_lines", "delivered", 0.35),
        ] {
            let (there, here) = (per_order(&target, table, status), per_order(&source, table, status));
            assert!((there - here).abs() <= most, "{engine:?}: {table} of {status}: {there}, not {here}");
        }
        // What a rule says of the status holds as ever.
        let shipped = "SELECT count(*) FROM orders WHERE (shipped_at IS NULL) <> (status IN ('paid', 'placed', 'cancelled'))";
        assert_eq!(target.number(shipped), source.number(shipped), "{engine:?}");
        assert_eq!(integrity::violations(&catalog, &target), Vec::<String>::new(), "{engine:?}");
    }
}

#[test]
fn shares_of_a_model() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let (workspace, from) = (Workspace::new(), source.address());
    workspace.seed(&["learn", "--from", &from, "--out", "shop.seed"]).ok();
    workspace.seed(&["learn", "--from", &from, "--out", "first.seed", "--balance", CANCELLED]).ok();
    let generate = |model: &str, more: &[&str]| -> (Database, Value) {
        let target = Database::new(Engine::Sqlite);
        let to = target.address();
        let arguments = ["generate", "--model", model, "--to", &to, "--json"];
        let summary = workspace.seed(&[&arguments, more].concat()).json();
        (target, summary)
    };
    for model in ["shop.seed", "first.seed"] {
        let (target, summary) = generate(model, &["--balance", CANCELLED, "--scale", "2"]);
        let found = shares(&target, "orders", "status", &["cancelled", "returned"]);
        assert!((found[0] - 0.4).abs() < 0.001 && (found[1] - 0.2).abs() < 0.001, "{model}: {found:?}");
        assert!(per_order(&target, "payments", "cancelled") < 0.1, "{model}");
        let told = summary["balances"].as_array().expect("shares are told");
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!((&told[0]["value"], &told[0]["asked"]), (&"cancelled".into(), &0.4.into()), "{told:?}");
        assert!((told[0]["share"].as_f64().unwrap() - found[0]).abs() < 1e-9, "{told:?}");
    }
    // A model that was learned for it has the shares of the source unless others are asked for.
    let (target, summary) = generate("first.seed", &[]);
    let [there, here] = [&target, &source].map(|of| shares(of, "orders", "status", &["cancelled"])[0]);
    assert!(f64::abs(there - here) < 0.002, "{there} {here}");
    assert_eq!(summary["balances"], Value::Array(Vec::new()));
    // Everything alike, of a flag, and of a slice.
    let (target, _) = generate(
        "shop.seed",
        &["--balance", "customers.tier=uniform", "--balance", "customers.newsletter=90%"],
    );
    let found = shares(&target, "customers", "tier", &["gold", "silver", "bronze"]);
    assert!(found.iter().all(|share| (share - 1.0 / 3.0).abs() < 0.002), "{found:?}");
    let letters = target.number("SELECT count(*) FROM customers WHERE newsletter") as f64;
    assert!((letters / target.count("customers") as f64 - 0.9).abs() < 0.002, "{letters}");
    let slice = ["--where", "customers.country_code = 'DE'", "--balance", "customers.tier=gold:50%"];
    let (target, _) = generate("shop.seed", &slice);
    assert_eq!(target.number("SELECT count(*) FROM customers WHERE country_code <> 'DE'"), 0);
    let found = shares(&target, "customers", "tier", &["gold"]);
    assert!((found[0] - 0.5).abs() < 0.02, "{found:?}");
}

#[test]
fn what_seed_toml_says_and_the_summary_tells() {
    let source = Database::example(Engine::Sqlite, "shop", 1);
    let (workspace, target) = (Workspace::new(), Database::new(Engine::Sqlite));
    workspace.write("seed.toml", "[generate]\nbalance = [\"orders.channel=phone:50%\"]\n");
    let outcome = workspace.seed(&["--from", &source.address(), "--to", &target.address()]).ok();
    assert!(outcome.stderr.contains("orders.channel is phone 50.0 %\n"), "{}", outcome.stderr);
    // The command line wins.
    let target = Database::new(Engine::Sqlite);
    let (from, to) = (source.address(), target.address());
    workspace.seed(&["--from", &from, "--to", &to, "--balance", "orders.status=paid:30%"]).ok();
    assert!(shares(&target, "orders", "channel", &["phone"])[0] < 0.3);
    workspace.write("wrong.toml", "[generate]\nbalance = [\"orders.channel=fax:50%\"]\n");
    let refused = workspace.seed(&["--from", &from, "--to", &to, "--truncate", "--config", "wrong.toml"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("wrong.toml:2") && refused.stderr.contains("has no value `fax`"),
        "{}",
        refused.stderr
    );
}

/// Twelve thousand transactions, 72 of them frauds: dear, at night, online, and with an alert each. Of the others one in 250 has one.
const TRANSACTIONS: &str = "
    CREATE TABLE customers (id integer PRIMARY KEY, age integer NOT NULL);
    CREATE TABLE transactions (
        id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id), amount integer NOT NULL,
        hour integer NOT NULL, channel text NOT NULL, is_fraud boolean NOT NULL
    );
    CREATE TABLE alerts (
        id integer PRIMARY KEY, transaction_id integer NOT NULL REFERENCES transactions (id), score integer NOT NULL
    );
    CREATE TABLE notes (id integer PRIMARY KEY, alert_id integer NOT NULL REFERENCES alerts (id), minutes integer NOT NULL);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
    INSERT INTO customers SELECT i, 18 + i * 7919 % 70 FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000),
        dice (i, fraud, a, b, c) AS (
            SELECT i, i % 167 = 0, i * 7919 % 10007, i * 104729 % 10009, i * 1299709 % 10037 FROM n
        )
    INSERT INTO transactions SELECT i, 1 + a % 600, CASE WHEN fraud THEN 300 + b % 400 ELSE 5 + b % 120 END,
        CASE WHEN fraud THEN c % 5 ELSE 5 + c % 19 END,
        CASE WHEN (CASE WHEN fraud THEN a % 10 < 9 ELSE a % 10 < 4 END) THEN 'online' ELSE 'shop' END, fraud FROM dice;
    INSERT INTO alerts (transaction_id, score)
        SELECT id, CASE WHEN is_fraud THEN 80 + id % 20 ELSE 40 + id % 30 END FROM transactions
        WHERE is_fraud OR id % 250 = 0;
    INSERT INTO notes (alert_id, minutes) SELECT id, 1 + id % 50 FROM alerts UNION ALL SELECT id, 2 + id % 40 FROM alerts;
";

#[test]
#[allow(clippy::print_stdout, reason = "what was measured, for docs/model.md")]
fn rare_events_stay_what_they_are() {
    let source = Database::new(Engine::Sqlite);
    source.execute(TRANSACTIONS);
    let target = Database::new(Engine::Sqlite);
    Workspace::new().fill(&source, &target, &["--balance", "transactions.is_fraud=10%"]);
    let features = ["avg(amount)", "avg(hour < 5)", "avg(channel = 'online')", "avg(alerts)", "count(*)"];
    let of = |database: &Database, fraud: bool| -> Vec<f64> {
        let alerts = "(SELECT count(*) FROM alerts WHERE transaction_id = t.id) AS alerts";
        let rows = format!("(SELECT t.*, {alerts} FROM transactions AS t WHERE is_fraud = {fraud})");
        let found = database.rows(&format!("SELECT {} FROM {rows}", features.join(", ")));
        found[0]
            .iter()
            .map(|value| value.as_ref().and_then(|value| value.parse().ok()).unwrap_or(0.0))
            .collect()
    };
    // Leaves of 71 rows lean on those above them: where frauds are a little like other rows they become a little more so.
    for (fraud, near) in [(true, [40.0, 0.12, 0.18, 0.1]), (false, [4.0, 0.01, 0.02, 0.002])] {
        let (there, here) = (of(&target, fraud), of(&source, fraud));
        println!("fraud {fraud}: {features:?} {there:.3?}, in the source {here:.3?}");
        for (at, near) in near.iter().enumerate() {
            assert!((there[at] - here[at]).abs() <= *near, "{fraud}: {}: {there:?} {here:?}", features[at]);
        }
    }
    assert_eq!(target.count("transactions"), 12_000);
    assert_eq!(target.number("SELECT count(*) FROM transactions WHERE is_fraud"), 1_200);
    // What hangs on frauds is as much more, and what hangs on that.
    let alerts = target.count("alerts");
    assert!((1_100..1_400).contains(&alerts), "{alerts}");
    assert_eq!(target.count("notes"), 2 * alerts);
}
