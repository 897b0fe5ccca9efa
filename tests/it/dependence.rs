//! What columns, parents and siblings say of each other in the source they say in the target, measured by the database itself.

use crate::support::{Database, Engine, Workspace};

/// Sixty products with 3,000 order lines, most of them of the dear products. A line costs what its product costs, in one of three rows a
/// fifth less; it weighs as much as six of its total and its quantity make; urgent lines are those of weekends, and only they are flown.
fn source() -> Database {
    let mut state = 7u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let prices: Vec<u64> = (0..60).map(|_| 5 * (1 + random(60))).collect();
    let mut script = "CREATE TABLE makers (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
         CREATE TABLE products (id INTEGER PRIMARY KEY, maker INTEGER NOT NULL REFERENCES makers (id), price INTEGER NOT NULL);
         CREATE TABLE lines (id INTEGER PRIMARY KEY, product INTEGER NOT NULL REFERENCES products (id), day TEXT NOT NULL,
             urgent TEXT NOT NULL, way TEXT NOT NULL, price INTEGER NOT NULL, quantity INTEGER NOT NULL, total INTEGER NOT NULL,
             size TEXT NOT NULL);\n"
        .to_owned();
    for id in 1..=20 {
        script += &format!("INSERT INTO makers VALUES ({id}, 'maker{id}@example.org');\n");
    }
    for (id, price) in (1..).zip(&prices) {
        script += &format!("INSERT INTO products VALUES ({id}, {}, {price});\n", 1 + id % 20);
    }
    for id in 1..=3_000 {
        let product = (0..4).map(|_| random(60) as usize).max_by_key(|&product| prices[product]).unwrap_or(0);
        let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][random(7) as usize];
        let urgent = if matches!(day, "sat" | "sun") { "yes" } else { "no" };
        let way = if urgent == "yes" && random(10) > 0 { "air" } else { "road" };
        let price = if random(3) == 0 { prices[product] * 4 / 5 } else { prices[product] };
        let quantity = 1 + random(6);
        let size = if price * quantity > 600 { "large" } else { "small" };
        script += &format!(
            "INSERT INTO lines VALUES ({id}, {}, '{day}', '{urgent}', '{way}', {price}, {quantity}, {}, '{size}');\n",
            product + 1,
            price * quantity
        );
    }
    let database = Database::new(Engine::Sqlite);
    database.execute(&format!("BEGIN;\n{script}COMMIT;"));
    database
}

/// What holds in how many of a hundred rows of the source, and how far the target may be off: joins, then a condition.
const SHARES: [(&str, &str, i64); 6] = [
    ("a line costs about what its product costs", "l.price BETWEEN p.price * 0.7 AND p.price * 1.15", 20),
    ("most lines are of dear products", "p.price > 200", 8),
    ("what is decided follows", "(l.urgent = 'yes') = (l.day IN ('sat', 'sun'))", 0),
    ("what follows from it follows", "(l.way = 'air') = (l.urgent = 'yes')", 6),
    ("what is computed is", "l.total = l.price * l.quantity", 0),
    ("what follows from a computed column follows", "(l.size = 'large') = (l.total > 600)", 8),
];

#[test]
fn what_columns_parents_and_siblings_say_of_each_other_holds() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    let share = |database: &Database, condition: &str| {
        database.number(&format!(
            "SELECT 100 * sum({condition}) / count(*) FROM lines l JOIN products p ON p.id = l.product"
        ))
    };
    for (what, condition, most) in SHARES {
        let (before, after) = (share(&source, condition), share(&target, condition));
        assert!(before.abs_diff(after) <= most as u64, "{what}: {before} of 100 rows, {after} in the target");
    }
}

/// Every returned order has a refund, and no other; of those that are not open, nineteen in twenty have a receipt. No order has two of either.
#[test]
fn parents_with_one_child_at_most_have_it_as_they_are() {
    let source = Database::new(Engine::Sqlite);
    source.execute(
        "CREATE TABLE orders (id integer PRIMARY KEY, status text NOT NULL, amount integer NOT NULL);
         CREATE TABLE refunds (order_id integer PRIMARY KEY REFERENCES orders (id), reason integer NOT NULL);
         CREATE TABLE receipts (id integer PRIMARY KEY, order_id integer NOT NULL UNIQUE REFERENCES orders (id), pages integer NOT NULL);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000), dice (i, a, b) AS (SELECT i, i * 7919 % 1009, i * 104729 % 1013 FROM n)
         INSERT INTO orders SELECT i, CASE WHEN a < 60 THEN 'returned' WHEN a < 250 THEN 'open' ELSE 'paid' END, b % 100 FROM dice;
         INSERT INTO refunds SELECT id, amount % 4 FROM orders WHERE status = 'returned';
         INSERT INTO receipts (order_id, pages) SELECT id, 1 + amount % 3 FROM orders WHERE status <> 'open' AND id % 20 > 0;",
    );
    let target = Database::new(Engine::Sqlite);
    Workspace::new().fill(&source, &target, &[]);
    assert_eq!(target.count("refunds"), source.count("refunds"));
    let others =
        "SELECT count(*) FROM refunds WHERE order_id IN (SELECT id FROM orders WHERE status <> 'returned')";
    assert!(target.number(others) <= 3, "{} refunds of orders that nobody returned", target.number(others));
    let open =
        "SELECT count(*) FROM receipts WHERE order_id IN (SELECT id FROM orders WHERE status = 'open')";
    assert!(target.number(open) <= 3, "{} receipts of open orders", target.number(open));
}
