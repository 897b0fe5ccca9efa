//! The example databases load on their engines and keep their own rules.

use crate::support::{Catalog, Database, ENGINES, EXAMPLES, Engine, integrity};

/// Rules of the examples that hold on every engine, whatever its dialect makes of CHECK and partial indexes: queries
/// that count breaches.
pub(crate) fn rules(example: &str, engine: Engine) -> Vec<String> {
    let q = |name: &str| crate::support::database::quote(engine, name);
    let order = q("order");
    let count = |from: &str, breach: &str| format!("SELECT count(*) FROM {from} WHERE {breach}");
    match example {
        "shop" => vec![
            count("products", "price <= 0 OR cost > price OR weight_grams <= 0"),
            count("orders", "shipped_at < placed_at OR shipping_fee < 0"),
            count("orders", "channel NOT IN ('web', 'app', 'phone', 'store')"),
            count(
                "order_lines",
                "quantity NOT BETWEEN 1 AND 50 OR discount_percent NOT BETWEEN 0 AND 90 OR unit_price < 0",
            ),
            count("payments", "amount <= 0 OR method NOT IN ('card', 'invoice', 'transfer', 'voucher')"),
            count("reviews", "rating NOT BETWEEN 1 AND 5"),
            count("addresses", "label NOT IN ('home', 'work', 'other')"),
            count("customers", "tier NOT IN ('bronze', 'silver', 'gold')"),
        ],
        "clinic" => vec![
            count("departments", "beds < 0"),
            count("doctors", "left_on <= hired_on OR fte <= 0 OR fte > 1"),
            count("patients", "deceased_on < birth_date OR sex NOT IN ('f', 'm', 'x')"),
            count("patients", "blood_group NOT IN ('0+', '0-', 'A+', 'A-', 'B+', 'B-', 'AB+', 'AB-')"),
            count("patient_records", "height_cm NOT BETWEEN 30 AND 250 OR weight_kg <= 0"),
            count("appointments", "minutes NOT IN (10, 15, 20, 30, 45, 60)"),
            count(
                "prescriptions",
                "dose_mg <= 0 OR per_day NOT BETWEEN 1 AND 8 OR ends_on < starts_on OR repeats NOT BETWEEN 0 AND 11",
            ),
        ],
        "awkward" => vec![
            count("users", "manager_id = user_id"),
            count(&order, "buyer_id = seller_id OR minimum < 0 OR minimum > maximum OR due_on < placed_on"),
            count(&order, "state = 'closed' AND due_on IS NULL"),
            count(
                &order,
                "net <= 0 OR tax_rate < 0 OR tax_rate >= 1 OR abs(gross - net * (1 + tax_rate)) > 0.011",
            ),
            count("transfers", "from_account = to_account OR amount <= 0"),
            count("branches", "latitude NOT BETWEEN -90 AND 90 OR longitude NOT BETWEEN -180 AND 180"),
            count("memberships", "role NOT IN ('member', 'editor', 'admin')"),
        ],
        other => panic!("no rules for {other}"),
    }
}

/// The rule that MariaDB and MySQL, without partial indexes, cannot carry.
pub(crate) const ONE_OWNER: &str = "SELECT count(*) FROM (SELECT tenant_id FROM users WHERE is_owner GROUP BY tenant_id HAVING count(*) > 1) x";

#[test]
fn examples_keep_their_own_rules_on_every_engine() {
    for engine in ENGINES {
        for example in EXAMPLES {
            let database = Database::example(engine, example, 1);
            let catalog = Catalog::of(&database);
            assert_eq!(
                integrity::violations(&catalog, &database),
                Vec::<String>::new(),
                "{example} on {engine:?}"
            );
            assert_eq!(
                integrity::stale_sequences(&database),
                Vec::<String>::new(),
                "{example} on {engine:?}"
            );
            for rule in rules(example, engine) {
                assert_eq!(database.number(&rule), 0, "{example} on {engine:?}: {rule}");
            }
            if example == "awkward" {
                assert_eq!(database.number(ONE_OWNER), 0);
            }
        }
    }
}

#[test]
fn examples_have_the_same_rows_on_every_engine() {
    for example in EXAMPLES {
        let count = |engine: Engine| {
            let database = Database::example(engine, example, 1);
            let tables = Catalog::of(&database).tables;
            let mut rows: Vec<_> = tables
                .iter()
                .map(|table| {
                    (table.display().replace('.', "_").to_lowercase(), database.count(&table.on(engine)))
                })
                .collect();
            rows.sort();
            rows
        };
        let expected = count(Engine::Sqlite);
        assert!(expected.iter().all(|(_, rows)| *rows > 0), "{expected:?}");
        assert_eq!(count(Engine::Postgres), expected);
        assert_eq!(count(Engine::Mysql), expected);
    }
}

#[test]
fn bundled_shop_is_what_its_maker_makes() {
    let bundled = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop.db");
    assert!(
        bundled.metadata().expect("examples/shop.db").len() < 1_000_000,
        "the bundled example is to stay small"
    );
    let fresh = Database::example(Engine::Sqlite, "shop", 1);
    let copy = Database::new(Engine::Sqlite);
    std::fs::copy(&bundled, copy.path()).expect("a copy");
    assert_eq!(
        integrity::fingerprint(&copy),
        integrity::fingerprint(&fresh),
        "run: cargo run --example make_shop"
    );
}

/// The checks of the other tests have teeth: what is broken here is reported.
#[test]
fn breaches_are_found() {
    let orphan = "UPDATE order_lines SET product_id = 999999 WHERE order_id = 1";
    for (engine, unchecked) in [
        (Engine::Postgres, "SET session_replication_role = replica"),
        (Engine::Mysql, "SET foreign_key_checks = 0"),
        (Engine::Sqlite, "PRAGMA foreign_keys = OFF"),
    ] {
        let database = Database::example(engine, "shop", 1);
        let catalog = Catalog::of(&database);
        database.execute(unchecked);
        database.execute(orphan);
        let found = integrity::violations(&catalog, &database);
        assert!(found.iter().any(|breach| breach.contains("product_id")), "{engine:?}: {found:?}");
    }

    let database = Database::example(Engine::Sqlite, "shop", 1);
    let catalog = Catalog::of(&database);
    database.execute("PRAGMA ignore_check_constraints = ON");
    database.execute("UPDATE reviews SET rating = 9 WHERE id = 1");
    database.execute("PRAGMA ignore_check_constraints = OFF");
    let found = integrity::violations(&catalog, &database);
    assert!(found.iter().any(|breach| breach.contains("CHECK")), "{found:?}");
    assert!(rules("shop", Engine::Sqlite).iter().any(|rule| database.number(rule) == 1));

    let before = integrity::fingerprint(&database);
    database.execute("UPDATE reviews SET body = 'another' WHERE id = 2");
    assert_ne!(integrity::fingerprint(&database), before);

    let database = Database::example(Engine::Postgres, "shop", 1);
    database.execute("SELECT setval('orders_id_seq', 5)");
    assert_eq!(integrity::stale_sequences(&database).len(), 1);
}

/// The same model is declared on every engine: the catalogs that the tests read agree.
#[test]
fn catalogs_agree() {
    for example in EXAMPLES {
        let catalogs = ENGINES.map(|engine| Catalog::of(&Database::example(engine, example, 1)));
        let [postgres, mysql, sqlite] = &catalogs;
        for other in [mysql, sqlite] {
            for table in &postgres.tables {
                let name = table.display().replace('.', "_");
                let same = other.table(&name);
                assert_eq!(same.primary_key, table.primary_key, "{name} on {:?}", other.engine);
                // A partitioned table of MySQL has no foreign keys; `display_name` and the like are generated everywhere.
                let keys = |table: &crate::support::catalog::Table| table.foreign_keys.len();
                assert!(keys(same) == keys(table) || name == "measurements", "{name} on {:?}", other.engine);
                let names = |table: &crate::support::catalog::Table| -> Vec<_> {
                    table.columns.iter().map(|column| (column.name.clone(), column.generated)).collect()
                };
                assert_eq!(names(same), names(table), "{name} on {:?}", other.engine);
            }
        }
    }
}
