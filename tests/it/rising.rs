//! Keys that are given out as time goes by: the rows of a table in the order of their key are in the order of a day, and the rows of
//! its children follow.

use crate::support::{Database, Engine, Workspace};

/// 400 customers, 3,000 orders in the order of their days but for a few, their lines, numbered.
fn source(engine: Engine) -> Database {
    let database = Database::new(engine);
    let big = if engine == Engine::Sqlite { "INTEGER" } else { "BIGINT" };
    database.execute(&format!(
        "CREATE TABLE customers (id {big} PRIMARY KEY, city VARCHAR(20) NOT NULL);
         CREATE TABLE orders (id {big} PRIMARY KEY, customer_id {big} NOT NULL REFERENCES customers (id), placed DATE NOT NULL, total INTEGER NOT NULL);
         CREATE TABLE order_lines (id {big} PRIMARY KEY, order_id {big} NOT NULL REFERENCES orders (id), line INTEGER NOT NULL, amount INTEGER NOT NULL)"
    ));
    let mut statements = String::new();
    let mut insert = |table: &str, rows: Vec<String>| {
        statements += &rows
            .chunks(500)
            .map(|rows| format!("INSERT INTO {table} VALUES {};", rows.join(", ")))
            .collect::<String>();
    };
    insert("customers", (1..=400u64).map(|n| format!("({n}, 'City {}')", n * n % 17)).collect());
    let day = |n: u64| format!("{}-{:02}-{:02}", 2020 + n / 336, 1 + n / 28 % 12, 1 + n % 28);
    let placed = |n: u64| day(if n % 500 == 7 { n / 2 + 3 } else { n / 2 });
    insert(
        "orders",
        (1..=3000u64)
            .map(|n| {
                format!(
                    "({n}, {}, '{}', {})",
                    1 + n * 104_729 % 397 * (n % 3 + 1) % 400,
                    placed(n),
                    n * 31 % 500
                )
            })
            .collect(),
    );
    let mut lines = Vec::new();
    for order in 1..=3000u64 {
        for line in 1..=1 + order * order % 4 {
            lines.push(format!("({}, {order}, {line}, {})", lines.len() + 1, order * line * 13 % 97));
        }
    }
    insert("order_lines", lines);
    database.execute(&statements);
    database
}

/// Rows that come after one with a later value, in the order of their key.
fn out_of_order(database: &Database, table: &str, by: &str, first: i64) -> i64 {
    database.number(&format!(
        "SELECT count(*) FROM (SELECT {by} AS own, lag({by}) OVER (ORDER BY id) AS earlier FROM {table} WHERE id >= {first}) AS pairs
         WHERE own < earlier"
    ))
}

#[test]
fn keys_rise_with_the_days_of_their_rows() {
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let (source, target, workspace) = (source(engine), Database::new(engine), Workspace::new());
        workspace.fill(&source, &target, &["--scale", "2"]);
        assert_eq!(out_of_order(&target, "orders", "placed", 0), 0, "{engine:?}");
        assert_eq!(out_of_order(&target, "order_lines", "order_id", 0), 0, "{engine:?}");
        let lines = "SELECT count(*) FROM (SELECT line, row_number() OVER (PARTITION BY order_id ORDER BY id) AS number FROM order_lines) AS pairs
            WHERE line <> number";
        assert_eq!((source.number(lines), target.number(lines)), (0, 0), "{engine:?}");
        let customers = "SELECT count(DISTINCT customer_id) FROM orders WHERE id <= 400";
        let customers = [source.number(customers), target.number(customers)];
        assert!(
            customers[1] * 2 > customers[0],
            "{engine:?}: orders of one customer stand together: {customers:?}"
        );
    }
}

#[test]
fn they_are_listed_left_out_and_go_on_where_rows_are_appended() {
    let (source, target, workspace) =
        (source(Engine::Sqlite), Database::new(Engine::Sqlite), Workspace::new());
    let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    for rule in ["id rises with placed", "id rises with order_id", "but for"] {
        assert!(rules.contains(rule), "{rule} is not in\n{rules}");
    }
    workspace.fill(&source, &target, &[]);
    workspace.fill(&source, &target, &["--append"]);
    assert_eq!(target.number("SELECT count(*) FROM orders"), 6000);
    assert_eq!(out_of_order(&target, "orders", "placed", 3001), 0);
    workspace.write("seed.toml", "[tables.orders]\nrules = { drop = [\"id rises with placed\"] }\n");
    workspace.fill(&source, &target, &["--truncate"]);
    let without = out_of_order(&target, "orders", "placed", 0);
    assert!(without > 100, "{without}");
    workspace.write("seed.toml", "[tables.orders]\nrules = { add = [\"total rises with placed\"] }\n");
    let said = workspace.seed(&["--from", &source.address(), "--to", &target.address(), "--truncate"]);
    assert!(
        said.code == Some(2) && said.stderr.contains("`total` is not the primary key"),
        "{}",
        said.stderr
    );
    workspace.write("seed.toml", "[tables.customers]\nrules = { add = [\"id rises with city\"] }\n");
    let said = workspace.seed(&["--from", &source.address(), "--to", &target.address(), "--truncate"]);
    assert!(said.code == Some(2) && said.stderr.contains("numbers, days or times only"), "{}", said.stderr);
}
