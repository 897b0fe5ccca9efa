//! Who a row is about.

use super::*;
use crate::schema::{Column, DataType as Kind, Dialect, ForeignKey, Table, TableName};
use arrow_array::{ArrayRef, Int64Array};
use std::sync::Arc;

fn table(name: &str, columns: &[(&str, bool)], keys: &[(usize, usize)]) -> Table {
    let column = |&(name, nullable): &(&str, bool)| Column {
        native: "bigint".into(),
        nullable,
        ..Column::new(name.into(), Kind::Integer { bits: 64, unsigned: false })
    };
    let key = |&(column, parent): &(usize, usize)| ForeignKey::new(vec![column], parent, vec![0]);
    Table {
        foreign_keys: keys.iter().map(key).collect(),
        ..Table::new(TableName { schema: None, name: name.into() }, columns.iter().map(column).collect())
    }
}

fn batch(table: &Table, columns: &[&[Option<i64>]]) -> RecordBatch {
    let arrays = columns.iter().map(|values| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef);
    RecordBatch::try_new(table.arrow_schema(), arrays.collect()).unwrap()
}

#[test]
fn grandchildren_are_about_their_root() {
    let customers = table("customers", &[("id", false)], &[]);
    let orders = table("orders", &[("id", false), ("status", false), ("customer", false)], &[(1, 3), (2, 0)]);
    let lines = table("lines", &[("order", true)], &[(0, 1)]);
    let statuses = table("statuses", &[("id", false)], &[]);
    let schema = Schema { dialect: Dialect::Sqlite, tables: vec![customers, orders, lines, statuses] };
    let mut subjects = Subjects::default();
    let mut of = |index: usize, key: Option<usize>, columns: &[&[Option<i64>]]| {
        let route = Subjects::route(&schema, index, key);
        subjects.of_batch(&route, &batch(&schema.tables[index], columns))
    };
    let customer = of(0, None, &[&[Some(10), Some(20)]]);
    assert_ne!(customer[0], customer[1]);
    let order =
        of(1, Some(1), &[&[Some(1), Some(2), Some(3)], &[Some(7); 3], &[Some(10), Some(10), Some(20)]]);
    assert_eq!(order, [customer[0], customer[0], customer[1]]);
    let line = of(2, Some(0), &[&[Some(1), Some(2), Some(3), None, Some(99), Some(99)]]);
    assert_eq!(line[..3], [customer[0], customer[0], customer[1]]);
    assert!(!line[..3].contains(&line[3]));
    assert_eq!(line[4], line[5], "a parent that was not read is still one parent");
    assert_ne!(line[3], line[4]);
}
