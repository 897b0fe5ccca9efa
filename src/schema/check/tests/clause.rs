//! A `--where` taken apart by table.

use crate::schema::check::{Clause, ClauseError, Predicate};
use crate::schema::{Column, DataType, Dialect, Schema, Table, TableName};

/// `shop.customers (id, state, "Weird Name")`, `shop.orders (id, customer_id, total)`, `archive.orders (id, total, box)`.
fn schema(dialect: Dialect) -> Schema {
    let text = || DataType::Text { max: None, fixed: false };
    let number = || DataType::Integer { bits: 64, unsigned: false };
    let table = |schema: &str, name: &str, columns: Vec<(&str, DataType)>| {
        let columns = columns.into_iter().map(|(name, data_type)| Column {
            // As MySQL's usual collations have it.
            case_insensitive: dialect == Dialect::Mysql && name == "state",
            ..Column::new(name.into(), data_type)
        });
        Table::new(TableName { schema: Some(schema.into()), name: name.into() }, columns.collect())
    };
    let tables = vec![
        table("shop", "customers", vec![("id", number()), ("state", text()), ("Weird Name", number())]),
        table("shop", "orders", vec![("id", number()), ("customer_id", number()), ("total", number())]),
        table("archive", "orders", vec![("id", number()), ("total", number()), ("box", number())]),
    ];
    Schema { dialect, tables }
}

const DIALECTS: [Dialect; 3] = [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite];

fn read(dialect: Dialect, text: &str) -> Vec<(usize, String)> {
    let clauses =
        Clause::read(&schema(dialect), text).unwrap_or_else(|why| panic!("{dialect}: {text}: {why:?}"));
    clauses.into_iter().map(|clause| (clause.table, clause.text)).collect()
}

#[test]
fn conditions_go_to_their_tables() {
    for dialect in DIALECTS {
        let text = "customers.state = 'OH' AND (shop.orders.total > 5 AND (customer_id IS NOT NULL OR customer_id > 7)) AND box IN (1, 2)";
        let tables: Vec<usize> = read(dialect, text).into_iter().map(|(table, _)| table).collect();
        assert_eq!(tables, [0, 1, 1, 2], "{dialect}");
    }
    let quoted = read(Dialect::Postgres, "\"customers\".\"Weird Name\" BETWEEN 1 AND 3 AND state LIKE 'O%'");
    assert_eq!(quoted[0], (0, "((\"Weird Name\" >= 1) AND (\"Weird Name\" <= 3))".to_owned()));
    assert_eq!(quoted[1].0, 0);
}

#[test]
fn what_is_read_is_read_again_from_its_text() {
    for dialect in DIALECTS {
        let schema = schema(dialect);
        for text in [
            "state = 'O''Hara'",
            "customers.id BETWEEN 3 AND 9",
            "state IS NULL OR state <> 'x'",
            "NOT box IN (1, 2)",
        ] {
            let first = Clause::read(&schema, text).expect(text);
            let [only] = &first[..] else { panic!("{dialect}: {text}: {first:?}") };
            let again = Predicate::parse(dialect, &schema.tables[only.table], &only.text);
            assert_eq!(again.as_ref(), Ok(&only.predicate), "{dialect}: {text}");
        }
    }
}

#[test]
fn what_is_not_understood_says_why() {
    let why = |text: &str| match Clause::read(&schema(Dialect::Postgres), text) {
        Err(ClauseError::Unclear { why, .. }) => why,
        Err(ClauseError::NoSuchTable(name)) => format!("no table {name}"),
        Ok(clauses) => panic!("{text}: {clauses:?}"),
    };
    assert_eq!(why("costumers.state = 'OH'"), "no table costumers");
    assert!(why("orders.total > 5").contains("shop.orders, archive.orders"));
    assert!(why("id > 5").contains("shop.customers, shop.orders, archive.orders"));
    assert!(why("customers.city = 'x'").contains("the column city"));
    assert!(why("city = 'x'").contains("no table has the columns"));
    assert!(why("customers.id = shop.orders.id").contains("several tables at once"));
    assert!(
        why("customers.id = 1 OR box = 2")
            .contains("the column box (table shop.customers has none of this name)")
    );
    assert!(why("frobnicate(customers.id) = 1").contains("the function frobnicate"));
    assert!(why("1 = 1").contains("no table has the columns"));
    assert!(why("customers.id = ").contains("this syntax"));
    assert!(why("customers.id IN (SELECT id FROM orders)").contains("seed does not understand"));
}
