//! Who a row is about.

use super::*;
use crate::schema::{Action, Column, DataType as Kind, Deferrable, Dialect, ForeignKey, Table, TableName};
use arrow_array::{ArrayRef, Int64Array};
use std::sync::Arc;

fn table(name: &str, columns: &[(&str, bool)], keys: &[(usize, usize)]) -> Table {
    let column = |&(name, nullable): &(&str, bool)| Column {
        name: name.into(),
        data_type: Kind::Integer { bits: 64, unsigned: false },
        native: "bigint".into(),
        nullable,
        default: None,
        identity: None,
        generated: None,
        comment: None,
        case_insensitive: false,
    };
    let key = |&(column, parent): &(usize, usize)| ForeignKey {
        name: None,
        columns: vec![column],
        parent,
        parent_columns: vec![0],
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        deferrable: Deferrable::No,
        match_full: false,
        declared: true,
    };
    Table {
        name: TableName { schema: None, name: name.into() },
        columns: columns.iter().map(column).collect(),
        primary_key: None,
        uniques: vec![],
        foreign_keys: keys.iter().map(key).collect(),
        checks: vec![],
        indexes: vec![],
        partition_by: None,
        partitions: vec![],
        comment: None,
        row_estimate: None,
        exclusions: Vec::new(),
        triggers: Vec::new(),
        options: vec![],
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
