//! Rows of reference tables there and back.

use super::*;
use crate::schema::{Column, DataType, TableName};
use arrow_array::builder::BinaryBuilder;
use arrow_array::*;
use std::sync::Arc;

fn table(types: &[DataType]) -> Table {
    let columns = types
        .iter()
        .enumerate()
        .map(|(index, data_type)| Column {
            native: "native".into(),
            nullable: true,
            ..Column::new(format!("c{index}"), data_type.clone())
        })
        .collect();
    Table::new(TableName { schema: None, name: "things".into() }, columns)
}

fn every_type() -> (Table, RecordBatch) {
    let table = table(&[
        DataType::Boolean,
        DataType::Integer { bits: 64, unsigned: false },
        DataType::Decimal { precision: 38, scale: 3 },
        DataType::Decimal { precision: 20, scale: 0 },
        DataType::Float { bits: 64 },
        DataType::Text { max: None, fixed: false },
        DataType::Bytes { max: None },
        DataType::Date,
        DataType::Time,
        DataType::Timestamp { zoned: false },
        DataType::Timestamp { zoned: true },
        DataType::Json,
    ]);
    let mut bytes = BinaryBuilder::new();
    bytes.append_value([0, 255, 16]);
    bytes.append_null();
    bytes.append_value([]);
    let micros = vec![Some(i64::MIN), None, Some(1_700_000_000_123_456)];
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX)])),
        Arc::new(
            Decimal128Array::from(vec![Some(-5), None, Some(99_999_999_999_999_999_999_999_999_999_999_999)])
                .with_precision_and_scale(38, 3)
                .unwrap(),
        ),
        Arc::new(
            Decimal128Array::from(vec![Some(u64::MAX.into()), None, Some(0)])
                .with_precision_and_scale(38, 0)
                .unwrap(),
        ),
        Arc::new(Float64Array::from(vec![Some(0.1 + 0.2), None, Some(f64::MIN_POSITIVE / 3.0)])),
        Arc::new(StringArray::from(vec![Some("é \"quoted\"\n"), None, Some("")])),
        Arc::new(bytes.finish()),
        Arc::new(Date32Array::from(vec![Some(-719_162), None, Some(20_000)])),
        Arc::new(Time64MicrosecondArray::from(vec![Some(0), None, Some(86_399_999_999)])),
        Arc::new(TimestampMicrosecondArray::from(micros.clone())),
        Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC")),
        Arc::new(StringArray::from(vec![Some("{\"a\":1}"), None, Some("[]")])),
    ];
    let batch = RecordBatch::try_new(table.arrow_schema(), arrays).unwrap();
    (table, batch)
}

#[test]
fn every_type_survives_the_text_form() {
    let (table, batch) = every_type();
    let rows = ReferenceRows::from_batches(std::slice::from_ref(&batch)).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows.columns[2][0].as_deref(), Some("-0.005"));
    assert_eq!(rows.columns[6][0].as_deref(), Some("00ff10"));
    assert_eq!(rows.to_batch(&table).unwrap(), batch);
}

#[test]
fn batches_follow_each_other() {
    let (table, batch) = every_type();
    let rows = ReferenceRows::from_batches(&[batch.slice(0, 1), batch.slice(1, 2)]).unwrap();
    assert_eq!(rows.to_batch(&table).unwrap(), batch);
    let none = ReferenceRows::from_batches(&[]).unwrap();
    assert!(none.is_empty());
    assert_eq!(none.to_batch(&table).unwrap().num_rows(), 0);
}

#[test]
fn a_text_that_is_no_number_names_row_and_column_but_not_the_text() {
    let table = table(&[DataType::Integer { bits: 32, unsigned: false }]);
    let rows = ReferenceRows { columns: vec![vec![Some("1".into()), Some("secret".into())]] };
    let error = rows.to_batch(&table).unwrap_err();
    assert!(error.to_string().contains("row 2 of table `things`"), "{error}");
    assert!(error.to_string().contains("`c0`"), "{error}");
    assert!(!error.to_string().contains("secret"));
    assert_eq!(error.exit_code(), 2);
}
