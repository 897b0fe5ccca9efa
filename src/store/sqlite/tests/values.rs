//! Values of every type go in and come out the same.

use super::{Database, database, everything, run, scanned, texts};
use crate::schema::{Column, DataType, Dialect, Schema, Table, TableName};
use crate::store::sqlite::{SqliteSink, SqliteSource};
use crate::store::{ExistingRows, Sample, Sink, Source};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    PrimitiveArray, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use proptest::prelude::*;
use std::sync::Arc;
use tokio::sync::mpsc;

fn column(name: &str, data_type: DataType) -> Column {
    Column { nullable: true, ..Column::new(name.to_owned(), data_type) }
}

fn one_table(columns: Vec<Column>) -> Schema {
    let table = Table::new(TableName { schema: None, name: "t".to_owned() }, columns);
    Schema { dialect: Dialect::Postgres, tables: vec![table] }
}

/// Every type, in a schema of another engine, so that the target's own spelling of the types is used.
fn every_type() -> Schema {
    one_table(vec![
        column("flag", DataType::Boolean),
        column("whole", DataType::Integer { bits: 64, unsigned: false }),
        column("exact", DataType::Decimal { precision: 12, scale: 2 }),
        column("free", DataType::Numeric),
        column("rough", DataType::Float { bits: 64 }),
        column("words", DataType::Text { max: None, fixed: false }),
        column("bytes", DataType::Bytes { max: None }),
        column("day", DataType::Date),
        column("clock", DataType::Time),
        column("stamp", DataType::Timestamp { zoned: false }),
        column("instant", DataType::Timestamp { zoned: true }),
        column("id", DataType::Uuid),
        column("doc", DataType::Json),
        column("kind", DataType::Enum { name: None, labels: vec!["a".into(), "b c".into()] }),
        column("list", DataType::Array { element: Box::new(DataType::Text { max: None, fixed: false }) }),
    ])
}

fn batch(schema: &Schema) -> RecordBatch {
    let uuid = "5f0c2f40-0a5b-4b0e-9a0e-0123456789ab";
    let columns: Vec<ArrayRef> = vec![
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        Arc::new(Int64Array::from(vec![Some(i64::MAX), Some(i64::MIN), None])),
        Arc::new(
            Decimal128Array::from(vec![Some(999_999_999_999), Some(-1), None])
                .with_precision_and_scale(38, 2)
                .expect("fits"),
        ),
        Arc::new(StringArray::from(vec![Some("1.5"), Some("-42"), None])),
        Arc::new(Float64Array::from(vec![Some(0.1), Some(-1e300), None])),
        Arc::new(StringArray::from(vec![Some("it's \"ü\"\n\u{1F980}"), Some(""), None])),
        Arc::new(BinaryArray::from(vec![Some([0_u8, 255, 39].as_slice()), Some(&[]), None])),
        Arc::new(Date32Array::from(vec![Some(0), Some(-719_528), None])),
        Arc::new(Time64MicrosecondArray::from(vec![Some(0), Some(86_399_999_999), None])),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(1), Some(-1_000_000), None])),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(1), Some(-1_000_000), None]).with_timezone("UTC")),
        Arc::new(StringArray::from(vec![Some(uuid), Some(uuid), None])),
        Arc::new(StringArray::from(vec![Some("{\"a\": [1, null]}"), Some("\"x\""), None])),
        Arc::new(StringArray::from(vec![Some("a"), Some("b c"), None])),
        Arc::new(StringArray::from(vec![Some("[\"a\", null]"), Some("[]"), None])),
    ];
    RecordBatch::try_new(schema.tables[0].arrow_schema(), columns).expect("a batch")
}

async fn written(schema: &Schema, batch: RecordBatch) -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target.db");
    let mut sink = SqliteSink::connect(&path).await.expect("connects");
    let preparation = everything(schema, ExistingRows::Refuse);
    let state = sink.inspect().await.expect("inspects");
    sink.check(&preparation, &state).await.expect("fits");
    sink.prepare(&preparation).await.expect("prepares");
    let (sender, receiver) = mpsc::channel(1);
    sender.send(batch).await.expect("sends");
    drop(sender);
    sink.write(0, receiver).await.expect("writes");
    let verdicts = sink.finish().await.expect("finishes");
    assert!(verdicts.iter().all(|verdict| verdict.violations == 0), "{verdicts:?}");
    Database { folder, path }
}

#[tokio::test]
async fn every_type_in_the_words_of_sqlite() {
    let schema = every_type();
    let target = written(&schema, batch(&schema)).await;
    let list: Vec<_> = schema.tables[0]
        .columns
        .iter()
        .map(|column| format!("'{0}: ' || typeof({0}) || ' ' || quote({0})", column.name))
        .collect();
    let query = format!("SELECT {} FROM t ORDER BY rowid LIMIT 2", list.join(" || char(10) || "));
    insta::assert_snapshot!(texts(&target.path, &query).await.join("\n"), @r#"
    flag: integer 1
    whole: integer 9223372036854775807
    exact: real 9999999999.99
    free: real 1.5
    rough: real 0.1
    words: text 'it''s "ü"
    🦀'
    bytes: blob X'00FF27'
    day: text '1970-01-01'
    clock: text '00:00:00'
    stamp: text '1970-01-01 00:00:00.000001'
    instant: text '1970-01-01 00:00:00.000001+00:00'
    id: text '5f0c2f40-0a5b-4b0e-9a0e-0123456789ab'
    doc: text '{"a": [1, null]}'
    kind: text 'a'
    list: text '["a", null]'
    flag: integer 0
    whole: integer -9223372036854775808
    exact: real -0.01
    free: integer -42
    rough: real -1.0e+300
    words: text ''
    bytes: blob X''
    day: text '0000-01-01'
    clock: text '23:59:59.999999'
    stamp: text '1969-12-31 23:59:59'
    instant: text '1969-12-31 23:59:59+00:00'
    id: text '5f0c2f40-0a5b-4b0e-9a0e-0123456789ab'
    doc: text '"x"'
    kind: text 'b c'
    list: text '[]'
    "#);
}

#[tokio::test]
async fn every_type_comes_back_as_it_went() {
    let schema = every_type();
    let batch = batch(&schema);
    let target = written(&schema, batch.clone()).await;
    let mut source = SqliteSource::connect(&target.path).await.expect("connects");
    let found = source.introspect().await.expect("introspects");
    for (ours, theirs) in schema.tables[0].columns.iter().zip(&found.tables[0].columns) {
        assert_eq!(ours.data_type.arrow(), theirs.data_type.arrow(), "{}", ours.name);
    }
    let (sender, mut receiver) = mpsc::channel(1);
    let all = Sample { rows: 3, limit: 3 };
    source.scan(&found, 0, all, false, sender).await.expect("scans");
    let read = receiver.recv().await.expect("a batch");
    assert_eq!(read.columns(), batch.columns());
}

#[tokio::test]
async fn a_value_that_contradicts_its_column_is_an_error_that_does_not_show_it() {
    let database =
        database("CREATE TABLE t (id INTEGER PRIMARY KEY, day DATE); INSERT INTO t VALUES (1, '2026-01-31')")
            .await;
    let mut source = SqliteSource::connect(&database.path).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    drop(source);
    run(&database.path, "INSERT INTO t VALUES (2, 'secret')").await;
    let mut source = SqliteSource::connect(&database.path).await.expect("connects");
    let (sender, _receiver) = mpsc::channel(1);
    let all = Sample { rows: 2, limit: 2 };
    let error = source.scan(&schema, 0, all, false, sender).await.expect_err("does not decode");
    insta::assert_snapshot!(format!("{error}\n{}", error.hints().join("\n")), @r#"
    t.day holds a value that is not what the column (declared DATE) holds elsewhere
    set the column's type in seed.toml
    or find the value: SELECT typeof("day"), count(*) FROM "t" GROUP BY 1
    "#);
}

#[tokio::test]
async fn a_sample_is_a_part_and_always_the_same_one() {
    for options in ["", "WITHOUT ROWID"] {
        let database = database(&format!(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT) {options};
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO t SELECT i, i % 7 FROM n;"
        ))
        .await;
        let mut source = SqliteSource::connect(&database.path).await.expect("connects");
        let schema = source.introspect().await.expect("introspects");
        let mut samples = Vec::new();
        for _ in 0..2 {
            let (sender, mut receiver) = mpsc::channel(64);
            let sample = Sample { rows: 20_000, limit: 2_000 };
            source.scan(&schema, 0, sample, false, sender).await.expect("scans");
            let mut ids = Vec::new();
            while let Some(batch) = receiver.recv().await {
                ids.extend(batch.column(0).as_primitive::<Int64Type>().values().iter().copied());
            }
            assert!((1_800..2_200).contains(&ids.len()), "{} rows", ids.len());
            let mean = ids.iter().sum::<i64>() / ids.len() as i64;
            assert!((9_500..10_500).contains(&mean), "spread over the table, mean {mean}");
            samples.push(ids);
        }
        assert_eq!(samples[0], samples[1]);
    }
}

#[tokio::test]
async fn an_ordered_scan_follows_the_key_and_large_blobs_make_small_batches() {
    let database = database(
        "CREATE TABLE t (a TEXT, b BLOB, PRIMARY KEY (a DESC));
         INSERT INTO t VALUES ('b', zeroblob(5000000)), ('c', zeroblob(3000000)), ('a', zeroblob(10));",
    )
    .await;
    let mut source = SqliteSource::connect(&database.path).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    let batches = scanned(&mut source, &schema, 0).await;
    let order: Vec<_> = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned))
        .collect();
    assert_eq!(order, ["a", "b", "c"]);
    assert_eq!(batches.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Up to 15 digits a decimal comes back exactly, whatever its scale.
    #[test]
    fn decimals_come_back(scale in 0_u8..=15, values in prop::collection::vec(-999_999_999_999_999_i128..=999_999_999_999_999, 1..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let schema = one_table(vec![column("x", DataType::Decimal { precision: 15, scale })]);
            let array = Decimal128Array::from(values).with_precision_and_scale(38, scale as i8).expect("fits");
            let batch = RecordBatch::try_new(schema.tables[0].arrow_schema(), vec![Arc::new(array.clone())]);
            let target = written(&schema, batch.expect("a batch")).await;
            let mut source = SqliteSource::connect(&target.path).await.expect("connects");
            let found = source.introspect().await.expect("introspects");
            let (sender, mut receiver) = mpsc::channel(1);
            source.scan(&found, 0, Sample { rows: 1, limit: 1 }, false, sender).await.expect("scans");
            let read = receiver.recv().await.expect("a batch");
            let read: &PrimitiveArray<Decimal128Type> = read.column(0).as_primitive();
            assert_eq!(read, &array);
        });
    }
}

#[tokio::test]
async fn temporal_columns_are_what_sqlite_says_they_are() {
    let database = database(
        "CREATE TABLE t (d DATE, c TIME, s DATETIME, z TIMESTAMPTZ, n NUMERIC(8,3), f FLOAT);
         INSERT INTO t VALUES (date(86400 * 20000, 'unixepoch'), '12:34:56.789', datetime(1700000000, 'unixepoch'),
           '2023-11-14T22:13:20.5+01:00', 12.125, 2);",
    )
    .await;
    let mut source = SqliteSource::connect(&database.path).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    let batch = scanned(&mut source, &schema, 0).await.remove(0);
    assert_eq!(batch.column(0).as_primitive::<Date32Type>().value(0), 20_000);
    assert_eq!(batch.column(1).as_primitive::<Time64MicrosecondType>().value(0), 45_296_789_000);
    let micros = |column: usize| batch.column(column).as_primitive::<TimestampMicrosecondType>().value(0);
    assert_eq!(micros(2), 1_700_000_000_000_000);
    assert_eq!(micros(3), 1_700_000_000_500_000 - 3_600_000_000);
    assert_eq!(batch.column(4).as_primitive::<Decimal128Type>().value(0), 12_125);
    assert!((batch.column(5).as_primitive::<Float64Type>().value(0) - 2.0).abs() < f64::EPSILON);
}
