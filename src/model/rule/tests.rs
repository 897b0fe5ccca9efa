//! What is said of a rule is what is read of it.

use super::*;
use crate::schema::{Column, DataType, Dialect, ForeignKey, Table, TableName, UniqueKey};

fn table(name: &str, columns: &[&str], keys: &[(&[usize], usize)]) -> Table {
    let column = |name: &&str| Column {
        native: "decimal".to_owned(),
        ..Column::new((*name).to_owned(), DataType::Decimal { precision: 10, scale: 2 })
    };
    let key = |(columns, parent): &(&[usize], usize)| ForeignKey::new(columns.to_vec(), *parent, vec![0]);
    Table {
        foreign_keys: keys.iter().map(key).collect(),
        ..Table::new(TableName { schema: None, name: name.to_owned() }, columns.iter().map(column).collect())
    }
}

fn schema() -> Schema {
    let tables = vec![
        table("orders", &["id", "placed", "total", "ship cost", "net"], &[(&[0], 2)]),
        table(
            "lines",
            &["order_id", "no", "quantity", "price", "off", "amount", "swap_id"],
            &[(&[0], 0), (&[6], 3)],
        ),
        Table { primary_key: Some(UniqueKey::new(vec![0])), ..table("customers", &["id", "since"], &[]) },
        table("swaps", &["id", "left_id", "right_id"], &[(&[1], 2), (&[2], 2)]),
    ];
    Schema { dialect: Dialect::Sqlite, tables }
}

#[test]
fn what_is_said_is_read_back() {
    let schema = schema();
    let said = [
        (1, "quantity <= price"),
        (1, "orders.placed < price"),
        (1, "price <= orders.customers.since"),
        (3, "customers(left_id).since <= left_id"),
        (1, "amount = quantity * price * (1 - off / 100)"),
        (1, "amount = price * (1 + off)"),
        (1, "amount = price / quantity"),
        (1, "amount = orders.total"),
        (0, "total = net + \"ship cost\""),
        (0, "total = 1.19 * net - placed + 3"),
        (0, "net = sum(lines.amount)"),
        (0, "net = sum(lines.quantity * lines.price * (1 - lines.off / 100))"),
        (0, "placed = max(lines.amount)"),
        (0, "total = count(lines)"),
        (0, "total = year(placed)"),
        (0, "total = hour(placed + 1 hours, from \"2024-03-31 01:00\" + 2 hours)"),
        (0, "total = yyyymmdd(placed - 330 minutes)"),
        (0, "total = net / 60 - placed / 60"),
        (1, "no numbers the rows of each (order_id) from 1"),
        (1, "no numbers the rows of each (order_id) from 0 by price"),
        (1, "no numbers the rows of each (order_id) from 1 by price, greatest first"),
        (1, "no numbers the rows of each (order_id) from 1 in any order"),
        (1, "price is the amount of the next row of each (order_id)"),
        (1, "amount is the running total of price of each (order_id)"),
        (1, "amount is the running total of price of each (order_id) from 0 by no"),
        (1, "no two rows share quantity, price"),
        (1, "no, off -> price, amount"),
        (1, "order_id -> price"),
        (1, "price, off are NULL together"),
        (1, "exactly one of price, off is not NULL"),
        (1, "at most one of price, off is not NULL"),
        (1, "price is NULL where off is"),
        (1, "no refers to customers.id where price = 'App\\Models\\It''s'"),
    ];
    for (table, text) in said {
        let read = parse(&schema, table, text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(read.sentence(&schema, table), text);
    }
}

#[test]
fn headcounts_are_of_values_that_a_column_can_have() {
    let mut schema = schema();
    let types = [
        DataType::Boolean,
        DataType::Integer { bits: 16, unsigned: false },
        DataType::Text { max: None, fixed: false },
    ];
    for (column, data_type) in (2..).zip(types) {
        schema.tables[1].columns[column].data_type = data_type;
    }
    let said = [
        "quantity is 'true' in 1 row of each (order_id)",
        "price is '2' in 11 rows of each (swap_id)",
        "off is 'It''s' in at most 1 row of each (order_id)",
    ];
    for text in said {
        let read = parse(&schema, 1, text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(read.sentence(&schema, 1), text);
    }
    let why = |text: &str| parse(&schema, 1, text).expect_err(text);
    assert_eq!(why("quantity is '1' in 1 row of each (order_id)"), "`quantity` cannot be '1'");
    assert_eq!(why("price is 'two' in 1 row of each (order_id)"), "`price` cannot be 'two'");
    assert_eq!(
        why("amount is '1.00' in 1 row of each (order_id)"),
        "only rows with a text, a flag or a whole number are counted"
    );
    assert_eq!(
        why("off is 'x' in 0 rows of each (order_id)"),
        "a whole number of rows is expected, 1 or more"
    );
    assert_eq!(why("off is 'x' in 1 row of each (no)"), "the columns in brackets are no foreign key");
    assert_eq!(why("off is 5"), "a value in single quotes is expected after `is`");
}

#[test]
fn other_ways_to_say_it() {
    let schema = schema();
    let same = |a: &str, b: &str| assert_eq!(parse(&schema, 1, a), parse(&schema, 1, b), "{a}");
    same("price >= quantity", "quantity <= price");
    same("no → price", "no -> price");
    same("amount=quantity*price", "amount = quantity * price");
}

#[test]
fn mistakes_are_named() {
    let schema = schema();
    let why = |text: &str| parse(&schema, 1, text).expect_err(text);
    assert_eq!(why("quantty <= price"), "the table `lines` has no column `quantty`");
    assert_eq!(why("price <= customers.since"), "`lines` has no foreign key to `customers`");
    assert_eq!(why("price = price + 1"), "`price` is on both sides");
    assert_eq!(why("price"), "one of `=`, `<=`, `<`, `>=`, `>` and `->` is expected after the first name");
    assert_eq!(why("price = 5"), "a constant is no rule: give the column the generator `constant`");
    assert_eq!(why("price <= quantity off"), "`off` is not expected there");
    assert_eq!(why("price ? 1"), "`?` means nothing in a rule");
    assert_eq!(
        why("price is the amount of the next row of each (price)"),
        "the columns in brackets are no foreign key"
    );
    assert_eq!(why("price is the price of the next row of each (order_id)"), "`price` is on both sides");
    assert_eq!(why("amount is the running total of price of each (order_id) from 5"), "sums begin at 0");
    assert!(why("price = quantity * off + no").starts_with("products and quotients cannot be added"));
}
