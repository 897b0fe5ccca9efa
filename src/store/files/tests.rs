//! What the file sinks write is read back by the readers that users have.

use super::*;
use crate::error::ErrorKind;
use crate::schema::{Column, DataType, Dialect, Schema, Table, TableName, UniqueKey};
use crate::store::{ExistingRows, Preparation, Sink, TargetState};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// One column of each kind.
fn schema() -> Schema {
    let kinds = [
        ("id", DataType::Integer { bits: 32, unsigned: false }),
        ("is, it", DataType::Boolean),
        ("price", DataType::Decimal { precision: 10, scale: 2 }),
        ("ratio", DataType::Float { bits: 64 }),
        ("name", DataType::Text { max: None, fixed: false }),
        ("raw", DataType::Bytes { max: None }),
        ("day", DataType::Date),
        ("hour", DataType::Time),
        ("seen", DataType::Timestamp { zoned: true }),
        ("gone", DataType::Timestamp { zoned: false }),
    ];
    let columns = kinds
        .map(|(name, data_type)| Column { nullable: name != "id", ..Column::new(name.into(), data_type) });
    let key = UniqueKey::new(vec![0]);
    let table = Table {
        primary_key: Some(key),
        ..Table::new(TableName { schema: Some("sales".into()), name: "orders".into() }, columns.into())
    };
    Schema { dialect: Dialect::Postgres, tables: vec![table] }
}

/// Row 0 is full of awkward values, row 1 of NULLs, row 2 of empty ones.
fn batch(schema: &Schema) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![1, 2, 3])),
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        Arc::new(
            Decimal128Array::from(vec![Some(-5), None, Some(0)])
                .with_precision_and_scale(38, 2)
                .expect("a decimal"),
        ),
        Arc::new(Float64Array::from(vec![Some(0.1), None, Some(-0.0)])),
        Arc::new(StringArray::from(vec![Some("a \"quoted\", it's\nback\\slash ö\u{1F600}"), None, Some("")])),
        Arc::new(BinaryArray::from(vec![Some(&[0u8, 255][..]), None, Some(&[][..])])),
        Arc::new(Date32Array::from(vec![Some(19_782), None, Some(0)])),
        Arc::new(Time64MicrosecondArray::from(vec![Some(1_500_000), None, Some(0)])),
        Arc::new(
            TimestampMicrosecondArray::from(vec![Some(1_700_000_000_000_001), None, Some(0)])
                .with_timezone("UTC"),
        ),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(-1), None, Some(0)])),
    ];
    RecordBatch::try_new(schema.tables[0].arrow_schema(), columns).expect("a batch")
}

fn preparation(schema: &Schema, existing: ExistingRows) -> Preparation {
    Preparation { schema: schema.clone(), rows: vec![Some(3)], order: vec![0], existing }
}

/// Takes a sink through its whole life with `batches` copies of the batch.
async fn fill(
    sink: &mut dyn Sink,
    schema: &Schema,
    existing: ExistingRows,
    batches: usize,
) -> crate::Result<u64> {
    let preparation = preparation(schema, existing);
    let state = sink.inspect().await?;
    sink.check(&preparation, &state).await?;
    sink.prepare(&preparation).await?;
    let (sender, receiver) = mpsc::channel(1);
    let batch = batch(schema);
    let sending = async move {
        for _ in 0..batches {
            if sender.send(batch.clone()).await.is_err() {
                break;
            }
        }
    };
    let (rows, ()) = tokio::join!(sink.write(0, receiver), sending);
    let rows = rows?;
    sink.finish().await?;
    Ok(rows)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn csv_comes_back() {
    let place = tempfile::tempdir().expect("a directory");
    let directory = place.path().join("new/out");
    let schema = schema();
    let mut sink = CsvSink::new(&directory);
    assert_eq!(fill(&mut sink, &schema, ExistingRows::Refuse, 2).await.expect("written"), 6);
    assert_eq!(names(&directory), ["sales.orders.csv"]);

    let mut reader = ::csv::Reader::from_path(directory.join("sales.orders.csv")).expect("a file");
    assert_eq!(reader.headers().expect("a header").get(1), Some("is, it"));
    let records: Vec<_> = reader.records().collect::<Result<_, _>>().expect("records");
    assert_eq!(records.len(), 6);
    assert_eq!(
        records[0].iter().collect::<Vec<_>>(),
        [
            "1",
            "true",
            "-0.05",
            "0.1",
            "a \"quoted\", it's\nback\\slash ö\u{1F600}",
            "\\x00ff",
            "2024-02-29",
            "00:00:01.500000",
            "2023-11-14T22:13:20.000001Z",
            "1969-12-31T23:59:59.999999",
        ]
    );
    assert!(records[1].iter().skip(1).all(str::is_empty));
    let text = std::fs::read_to_string(directory.join("sales.orders.csv")).expect("a text");
    assert!(text.contains("\n2,,,,,,,,,\n"), "NULLs are empty fields: {text}");
    assert!(text.contains("\n3,false,0.00,-0,\"\",\\x,1970-01-01,"), "an empty text has quotes: {text}");

    let state = sink.inspect().await.expect("a state");
    assert_eq!(state.rows, [6]);
    assert_eq!(state.schema.expect("tables").tables[0].name.to_string(), "sales.orders");
}

#[cfg(feature = "parquet")]
#[tokio::test]
async fn parquet_comes_back() {
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let place = tempfile::tempdir().expect("a directory");
    let schema = schema();
    let mut sink = ParquetSink::new(place.path());
    assert_eq!(fill(&mut sink, &schema, ExistingRows::Refuse, 3).await.expect("written"), 9);
    assert_eq!(names(place.path()), ["sales.orders.parquet"]);
    assert_eq!(sink.inspect().await.expect("a state").rows, [9]);

    let file = std::fs::File::open(place.path().join("sales.orders.parquet")).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("a reader");
    let batches: Vec<_> = reader.collect::<Result<_, _>>().expect("batches");
    let read = arrow_select_first(&batches);
    assert_eq!(read, batch(&schema));
}

/// The first three rows of what was read.
#[cfg(feature = "parquet")]
fn arrow_select_first(batches: &[RecordBatch]) -> RecordBatch {
    let first = batches.first().expect("a batch").slice(0, 3);
    RecordBatch::try_new(schema().tables[0].arrow_schema(), first.columns().to_vec()).expect("a batch")
}

#[tokio::test]
async fn a_script_has_tables_rows_and_keys_in_this_order() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("shop.sql");
    let schema = schema();
    for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite] {
        let mut sink = SqlScriptSink::new(&path, dialect);
        assert_eq!(fill(&mut sink, &schema, ExistingRows::Truncate, 67).await.expect("written"), 201);
        let script = std::fs::read_to_string(&path).expect("a script");
        assert_eq!(script.matches("INSERT INTO").count(), 3, "100 rows a statement");
        let create = script.find("CREATE TABLE").expect("a table");
        let key = script.find("PRIMARY KEY").expect("a key");
        let insert = script.find("INSERT INTO").expect("rows");
        assert!(create < insert);
        assert_eq!(key > insert, dialect == Dialect::Postgres);
        let literal = match dialect {
            Dialect::Mysql => "'a \"quoted\", it''s\nback\\\\slash ö\u{1F600}', x'00ff'",
            Dialect::Sqlite => "'a \"quoted\", it''s\nback\\slash ö\u{1F600}', x'00ff'",
            Dialect::Postgres => "'a \"quoted\", it''s\nback\\slash ö\u{1F600}', '\\x00ff'",
        };
        assert!(script.contains(literal), "{dialect}");
    }
    assert_eq!(names(place.path()), ["shop.sql"]);
}

#[tokio::test]
async fn files_that_are_there_are_refused() {
    let place = tempfile::tempdir().expect("a directory");
    let schema = schema();
    for file in ["sales.orders.csv", "out.sql"] {
        std::fs::write(place.path().join(file), "id\n1\n").expect("a file");
    }
    let mut sinks: [Box<dyn Sink>; 2] = [
        Box::new(CsvSink::new(place.path())),
        Box::new(SqlScriptSink::new(&place.path().join("out.sql"), Dialect::Sqlite)),
    ];
    for sink in &mut sinks {
        for (existing, words) in
            [(ExistingRows::Refuse, "already"), (ExistingRows::Append, "rows cannot be added to files")]
        {
            let preparation = preparation(&schema, existing);
            let error = sink.check(&preparation, &TargetState::default()).await.expect_err("refused");
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.hints()[0].contains("--truncate"));
        }
        let preparation = preparation(&schema, ExistingRows::Truncate);
        sink.check(&preparation, &TargetState::default()).await.expect("to be replaced");
    }
}

#[tokio::test]
async fn a_load_that_is_broken_off_leaves_nothing() {
    let place = tempfile::tempdir().expect("a directory");
    let schema = schema();
    let csv = place.path().join("csv");
    let mut sinks: [Box<dyn Sink>; 2] = [
        Box::new(CsvSink::new(&csv)),
        Box::new(SqlScriptSink::new(&place.path().join("out.sql"), Dialect::Sqlite)),
    ];
    for sink in &mut sinks {
        sink.prepare(&preparation(&schema, ExistingRows::Refuse)).await.expect("prepared");
        let (sender, receiver) = mpsc::channel(1);
        sender.try_send(batch(&schema)).expect("room for one");
        drop(sender);
        sink.write(0, receiver).await.expect("written");
    }
    drop(sinks);
    assert_eq!(names(place.path()), ["csv"]);
    assert!(names(&csv).is_empty());
}

#[tokio::test]
async fn a_full_disk_is_said_so() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let error = std::fs::write(full, "x").expect_err("a full disk");
    let error = failed("write to", Path::new("out/orders.csv"), error);
    assert_eq!(error.kind(), ErrorKind::Target);
    assert_eq!(error.to_string(), "cannot write to out/orders.csv: the disk is full");
    assert!(error.hints()[0].contains("free some space"));
}

#[tokio::test]
async fn a_file_in_the_place_of_a_folder() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("out");
    std::fs::write(&path, "x").expect("a file");
    let mut sink = CsvSink::new(&path);
    let error = sink
        .check(&preparation(&schema(), ExistingRows::Refuse), &TargetState::default())
        .await
        .expect_err("refused");
    assert!(error.to_string().ends_with("is a file, not a directory"));
}
