//! Rules of the source hold in every row of the target; `seed inspect --rules` shows them and `seed.toml` changes them.

use crate::support::{Database, Engine, Workspace};

const TABLES: &str = "
CREATE TABLE products (id INTEGER PRIMARY KEY, category VARCHAR(20) NOT NULL, department VARCHAR(20) NOT NULL,
    price DECIMAL(10,2) NOT NULL, cost DECIMAL(10,2) NOT NULL);
CREATE TABLE customers (id INTEGER PRIMARY KEY, country VARCHAR(20) NOT NULL, kind VARCHAR(10) NOT NULL,
    company_size INTEGER, vat_rate INTEGER, signed_up_at TIMESTAMP NOT NULL, order_count INTEGER NOT NULL,
    last_order_at TIMESTAMP);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    customer_country VARCHAR(20) NOT NULL, status VARCHAR(10) NOT NULL, placed_at TIMESTAMP NOT NULL,
    placed_year INTEGER NOT NULL, placed_month INTEGER NOT NULL, shipped_at TIMESTAMP, delivered_at TIMESTAMP,
    subtotal DECIMAL(12,2) NOT NULL, shipping DECIMAL(8,2) NOT NULL, tax DECIMAL(10,2) NOT NULL,
    total DECIMAL(12,2) NOT NULL CHECK (total >= 0), card_fee DECIMAL(8,2), bank_fee DECIMAL(8,2));
CREATE TABLE order_lines (order_id INTEGER NOT NULL REFERENCES orders (id), line_no INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (id), quantity INTEGER NOT NULL, unit_price DECIMAL(10,2) NOT NULL,
    discount INTEGER NOT NULL, line_total DECIMAL(12,2) NOT NULL, PRIMARY KEY (order_id, line_no));
CREATE TABLE sessions (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    locale VARCHAR(10) NOT NULL, started_at TIMESTAMP NOT NULL, ended_at TIMESTAMP NOT NULL, seconds INTEGER NOT NULL,
    score REAL NOT NULL, half REAL NOT NULL, wins INTEGER NOT NULL, losses INTEGER NOT NULL, games INTEGER NOT NULL);
CREATE TABLE credits (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
    customer_id INTEGER REFERENCES customers (id), amount DECIMAL(8,2) NOT NULL);
CREATE TABLE projects (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    opens_on DATE NOT NULL, closes_on DATE NOT NULL, CHECK (closes_on > opens_on));
CREATE TABLE tasks (id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL REFERENCES projects (id),
    owner_id INTEGER NOT NULL REFERENCES customers (id), starts_on DATE NOT NULL, ends_on DATE,
    reminded_at TIMESTAMP, CHECK (ends_on IS NULL OR ends_on >= starts_on));
";

/// What holds in the source: a name, and a query that counts breaches.
const RULES: [(&str, &str); 28] = [
    ("ordering", "SELECT count(*) FROM products WHERE cost > price"),
    (
        "dependency",
        "SELECT count(*) FROM (SELECT category FROM products GROUP BY 1 HAVING count(DISTINCT department) > 1)",
    ),
    (
        "NULL by value",
        "SELECT count(*) FROM customers WHERE (kind = 'business') <> (company_size IS NOT NULL)",
    ),
    ("NULL together", "SELECT count(*) FROM customers WHERE (vat_rate IS NULL) <> (company_size IS NULL)"),
    (
        "count",
        "SELECT count(*) FROM customers c WHERE order_count <> (SELECT count(*) FROM orders o WHERE o.customer_id = c.id)",
    ),
    (
        "latest",
        "SELECT count(*) FROM customers c WHERE last_order_at IS NOT (SELECT max(placed_at) FROM orders o WHERE o.customer_id = c.id)",
    ),
    (
        "copy",
        "SELECT count(*) FROM orders o JOIN customers c ON c.id = customer_id WHERE customer_country <> country",
    ),
    (
        "after parent",
        "SELECT count(*) FROM orders o JOIN customers c ON c.id = customer_id WHERE placed_at < signed_up_at",
    ),
    (
        "strict ordering",
        "SELECT count(*) FROM orders WHERE shipped_at <= placed_at OR delivered_at <= shipped_at",
    ),
    ("needs", "SELECT count(*) FROM orders WHERE delivered_at IS NOT NULL AND shipped_at IS NULL"),
    (
        "NULL by status",
        "SELECT count(*) FROM orders WHERE (status IN ('shipped', 'delivered')) <> (shipped_at IS NOT NULL)",
    ),
    ("year", "SELECT count(*) FROM orders WHERE placed_year <> CAST(strftime('%Y', placed_at) AS INTEGER)"),
    ("month", "SELECT count(*) FROM orders WHERE placed_month <> CAST(strftime('%m', placed_at) AS INTEGER)"),
    (
        "sum of children",
        "SELECT count(*) FROM orders o WHERE abs(subtotal - coalesce((SELECT sum(line_total) FROM order_lines l WHERE l.order_id = o.id), 0)) > 0.001",
    ),
    ("rounded multiple", "SELECT count(*) FROM orders WHERE abs(tax - subtotal * 0.19) > 0.00501"),
    ("sum", "SELECT count(*) FROM orders WHERE abs(total - subtotal - shipping - tax) > 0.001"),
    ("exactly one", "SELECT count(*) FROM orders WHERE (card_fee IS NULL) = (bank_fee IS NULL)"),
    (
        "parent's price",
        "SELECT count(*) FROM order_lines l JOIN products p ON p.id = product_id WHERE abs(unit_price - price) > 0.001",
    ),
    (
        "product",
        "SELECT count(*) FROM order_lines WHERE abs(line_total - quantity * unit_price * (100 - discount) / 100.0) > 0.00501",
    ),
    (
        "line numbers",
        "SELECT count(*) FROM (SELECT order_id FROM order_lines GROUP BY 1 HAVING min(line_no) <> 1 OR max(line_no) <> count(*))",
    ),
    (
        "same for a parent",
        "SELECT count(*) FROM (SELECT customer_id FROM sessions GROUP BY 1 HAVING count(DISTINCT locale) > 1)",
    ),
    (
        "difference of times",
        "SELECT count(*) FROM sessions WHERE ended_at < started_at OR seconds <> strftime('%s', ended_at) - strftime('%s', started_at)",
    ),
    ("floats", "SELECT count(*) FROM sessions WHERE abs(half - score * 0.5) > 0.0001"),
    ("whole numbers", "SELECT count(*) FROM sessions WHERE games <> wins + losses"),
    (
        "a date after a time",
        "SELECT count(*) FROM projects p JOIN customers c ON c.id = customer_id WHERE datetime(opens_on) < signed_up_at",
    ),
    (
        "within a parent's time",
        "SELECT count(*) FROM tasks t JOIN projects p ON p.id = project_id WHERE starts_on < opens_on OR ends_on > closes_on OR starts_on > closes_on",
    ),
    (
        "after two parents, before a column",
        "SELECT count(*) FROM tasks t JOIN customers c ON c.id = owner_id WHERE datetime(starts_on) < signed_up_at OR reminded_at > datetime(starts_on)",
    ),
    ("one parent of two", "SELECT count(*) FROM credits WHERE (order_id IS NULL) = (customer_id IS NULL)"),
];

/// 2021-01-01 and so many days.
fn day(days: u64) -> String {
    format!("date({}, 'unixepoch')", 1_609_459_200 + 86_400 * days)
}

/// Numbers without a pattern, the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// 2021-01-01 00:00 and so many seconds.
fn moment(seconds: u64) -> String {
    format!("datetime({}, 'unixepoch')", 1_609_459_200 + seconds)
}

fn cents(value: u64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

/// Half up, as money is rounded.
fn rounded(value: u64, by: u64) -> u64 {
    (value + by / 2) / by
}

/// The rows of a customer's orders, and of the lines of these.
fn orders(
    dice: &mut Dice,
    customer: u64,
    signed_up: u64,
    prices: &[u64],
    rows: &mut Vec<String>,
    next: &mut u64,
) -> (u64, Option<u64>) {
    let (count, mut last) = (dice.below(5), None);
    for _ in 0..count {
        *next += 1;
        let (order, placed) = (*next, signed_up + dice.below(400 * 86_400));
        last = last.max(Some(placed));
        let status = ["placed", "paid", "shipped", "delivered"][dice.below(4) as usize];
        let shipped = placed + 3_600 * (1 + dice.below(200));
        let delivered = shipped + 3_600 * (1 + dice.below(300));
        let mut subtotal = 0;
        let mut lines = Vec::new();
        for line in 1..=1 + dice.below(5) {
            let product = dice.below(prices.len() as u64);
            let (price, quantity, discount) =
                (prices[product as usize], 1 + dice.below(8), [0, 0, 5, 10][dice.below(4) as usize]);
            let total = rounded(price * quantity * (100 - discount), 100);
            subtotal += total;
            lines.push(format!(
                "INSERT INTO order_lines VALUES ({order}, {line}, {}, {quantity}, {}, {discount}, {})",
                product + 1,
                cents(price),
                cents(total)
            ));
        }
        let (shipping, tax) = ([0, 490, 990][dice.below(3) as usize], rounded(subtotal * 19, 100));
        let fee = cents(10 + dice.below(300));
        let (card, bank) =
            if dice.below(5) < 3 { (fee, "NULL".to_owned()) } else { ("NULL".to_owned(), fee) };
        let some = |wanted: bool, at: u64| if wanted { moment(at) } else { "NULL".to_owned() };
        rows.push(format!(
            "INSERT INTO orders SELECT {order}, {customer}, country, '{status}', {at}, strftime('%Y', {at}), strftime('%m', {at}), {}, {}, {}, {}, {}, {}, {card}, {bank} FROM customers WHERE id = {customer}",
            some(matches!(status, "shipped" | "delivered"), shipped),
            some(status == "delivered", delivered),
            cents(subtotal), cents(shipping), cents(tax), cents(subtotal + shipping + tax),
            at = moment(placed),
        ));
        rows.extend(lines);
        if dice.below(5) == 0 {
            rows.push(format!(
                "INSERT INTO credits VALUES (NULL, {order}, NULL, {})",
                cents(100 + dice.below(4_900))
            ));
        }
    }
    (count, last)
}

/// A project of a customer, and its tasks; all customers sign up before day 1,000.
fn project(dice: &mut Dice, id: u64, customer: u64, signed_up: u64, rows: &mut Vec<String>) {
    let opens = signed_up / 86_400 + 1 + dice.below(300);
    let closes = opens + 1 + dice.below(400);
    rows.push(format!("INSERT INTO projects VALUES ({id}, {customer}, {}, {})", day(opens), day(closes)));
    for _ in 0..dice.below(8) {
        let starts = opens + dice.below(closes - opens);
        let ends = starts + dice.below(closes - starts + 1);
        let ends = if dice.below(4) == 0 { "NULL".to_owned() } else { day(ends) };
        let reminded = moment(86_400 * starts - 900 * (1 + dice.below(200)));
        let reminded = if dice.below(3) == 0 { "NULL".to_owned() } else { reminded };
        rows.push(format!(
            "INSERT INTO tasks SELECT NULL, {id}, id, {}, {ends}, {reminded} FROM customers WHERE signed_up_at <= datetime({}) ORDER BY (id * {}) % 1009 LIMIT 1",
            day(starts), day(starts), 1 + dice.below(1_000)
        ));
    }
}

fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    let mut dice = Dice(88_172_645_463_325_252);
    let mut rows: Vec<String> = Vec::new();
    // More than a table has that is copied as a whole.
    let prices: Vec<u64> = (0..1_200).map(|_| 200 + dice.below(9_800)).collect();
    for (id, price) in prices.iter().enumerate() {
        let category = dice.below(20);
        let cost = price * (30 + dice.below(70)) / 100;
        rows.push(format!(
            "INSERT INTO products VALUES ({}, 'category {category}', 'department {}', {}, {})",
            id + 1,
            category * 7 % 5,
            cents(*price),
            cents(cost)
        ));
    }
    let mut next = 0;
    for id in 1..=500 {
        let country = ["DE", "FR", "IT", "US", "UK"][dice.below(5) as usize];
        let business = dice.below(3) == 0;
        let (size, rate) = (1 + dice.below(400), [7, 19][dice.below(2) as usize]);
        let (kind, size, rate) = if business {
            ("business", size.to_string(), rate.to_string())
        } else {
            ("private", "NULL".into(), "NULL".into())
        };
        let signed_up = dice.below(1_000 * 86_400);
        rows.push(format!(
            "INSERT INTO customers VALUES ({id}, '{country}', '{kind}', {size}, {rate}, {}, 0, NULL)",
            moment(signed_up)
        ));
        let (count, last) = orders(&mut dice, id, signed_up, &prices, &mut rows, &mut next);
        if let Some(last) = last {
            rows.push(format!(
                "UPDATE customers SET order_count = {count}, last_order_at = {} WHERE id = {id}",
                moment(last)
            ));
        }
        if dice.below(5) < 2 {
            rows.push(format!(
                "INSERT INTO credits VALUES (NULL, NULL, {id}, {})",
                cents(100 + dice.below(4_900))
            ));
        }
        if id.is_multiple_of(2) {
            project(&mut dice, id / 2, id, signed_up, &mut rows);
        }
        let locale = ["de", "fr", "en"][dice.below(3) as usize];
        for _ in 0..dice.below(7) {
            let (start, seconds, score) =
                (dice.below(1_000 * 86_400), 1 + dice.below(40) * dice.below(90), dice.below(100_000));
            let (wins, losses) = (dice.below(20), dice.below(15));
            rows.push(format!(
                "INSERT INTO sessions VALUES (NULL, {id}, '{locale}', {}, {}, {seconds}, {score} / 1000.0, {score} / 2000.0, {wins}, {losses}, {})",
                moment(start), moment(start + seconds), wins + losses,
            ));
        }
    }
    database.execute(TABLES);
    database.execute(&format!("BEGIN; {}; COMMIT", rows.join(";\n")));
    database
}

fn broken(database: &Database) -> Vec<(&'static str, i64)> {
    let counted = RULES.iter().map(|&(name, query)| (name, database.number(query)));
    counted.filter(|&(_, breaches)| breaches > 0).collect()
}

#[test]
fn every_rule_of_the_source_holds_in_the_target() {
    let (source, workspace) = (source(), Workspace::new());
    assert_eq!(broken(&source), []);
    for scale in ["1", "0.2", "3"] {
        let target = Database::new(Engine::Sqlite);
        workspace.fill(&source, &target, &["--scale", scale]);
        assert_eq!(broken(&target), [], "at scale {scale}");
    }
}

#[test]
fn rules_are_shown_with_their_support() {
    let (source, workspace) = (source(), Workspace::new());
    let shown = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    let orders = source.number("SELECT count(*) FROM orders");
    for rule in [
        "line_total = quantity * unit_price * (1 - discount / 100)",
        "unit_price = products.price",
        "subtotal = sum(order_lines.line_total)",
        "tax = 0.19 * subtotal",
        "total = subtotal + shipping + tax",
        "category -> department",
        "customer_id -> locale",
        "exactly one of card_fee, bank_fee is not NULL",
        "customers.signed_up_at <",
        "line_no numbers the rows of each (order_id) from 1",
    ] {
        assert!(shown.contains(rule), "{rule} is not in\n{shown}");
    }
    let json = workspace.seed(&["inspect", &source.address(), "--rules", "--json"]).ok().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let rules = json["rules"].as_array().expect("a list");
    let sum = rules.iter().find(|rule| rule["rule"] == "total = subtotal + shipping + tax").expect("the sum");
    assert_eq!((sum["table"].as_str(), sum["rows"].as_i64()), (Some("orders"), Some(orders)));
}

#[test]
fn rules_can_be_dropped_and_added() {
    let (source, workspace, target) = (source(), Workspace::new(), Database::new(Engine::Sqlite));
    let wins = "SELECT count(*) FROM sessions WHERE wins < losses";
    assert!(source.number(wins) > 0);
    workspace.write(
        "seed.toml",
        "[tables.sessions.rules]\nadd = [\"wins >= losses\"]\n\n[tables.order_lines]\nrules = { drop = [\"unit_price = products.price\"] }\n",
    );
    workspace.fill(&source, &target, &[]);
    assert_eq!(target.number(wins), 0);
    assert_eq!(broken(&target).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["parent's price"]);
}

#[test]
fn mistakes_in_rules_point_at_their_place() {
    let (source, workspace) = (source(), Workspace::new());
    let run = |rules: &str| {
        workspace.write("seed.toml", &format!("[tables.products]\nrules = {rules}\n"));
        workspace.seed(&["--from", &source.address(), "--to", "sqlite:out.db"])
    };
    let unread = run("{ add = [\"cots <= price\"] }");
    assert_eq!(unread.code, Some(2));
    assert!(
        unread.stderr.contains("no column `cots`") && unread.stderr.contains("seed.toml:2"),
        "{}",
        unread.stderr
    );
    let unknown = run("{ drop = [\"cost <= price\"] }");
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("did you mean `cost < price`?"), "{}", unknown.stderr);
}

/// Goals are computed of a margin and the other side's goals, which are drawn: no side has fewer than none.
#[test]
fn computed_columns_keep_their_sign() {
    let goals = |n: i64| {
        let home = (n * n * 7 + n / 3) % 4 + if n * 13 % 5 == 0 { n % 4 } else { 0 };
        let away = (n * n * 5 + n / 7) % 3 + if n * 17 % 7 == 0 { n % 3 } else { 0 };
        format!("({n}, {home}, {away}, {})", home - away)
    };
    let source = Database::new(Engine::Sqlite);
    source.execute("CREATE TABLE matches (id INTEGER PRIMARY KEY, home INTEGER NOT NULL, away INTEGER NOT NULL, margin INTEGER NOT NULL)");
    source.execute(&format!(
        "INSERT INTO matches VALUES {}",
        (1..=100).map(goals).collect::<Vec<_>>().join(", ")
    ));
    for seed in ["0", "1", "2", "3"] {
        let target = Database::new(Engine::Sqlite);
        Workspace::new().fill(&source, &target, &["--seed", seed]);
        let wrong = "SELECT count(*) FROM matches WHERE home < 0 OR away < 0 OR home - away <> margin";
        assert_eq!(target.number(wrong), 0, "seed {seed}");
    }
}
