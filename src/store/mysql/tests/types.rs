//! Every type: written by the sink, read back by the server as text and by the scan as the same batch.

use super::{Database, EVERYTHING, MysqlSink, MysqlSource, load, preparation, scan, with_databases};
use crate::schema::{Column, DataType, Dialect, Schema, Table, TableName, UniqueKey};
use crate::store::{ExistingRows, Source};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use std::sync::Arc;

fn column(name: &str, data_type: DataType) -> Column {
    Column { nullable: true, ..Column::new(name.to_owned(), data_type) }
}

/// A schema of PostgreSQL with one table that has a column of every logical type.
fn every_type() -> Schema {
    let types = [
        ("id", DataType::Integer { bits: 64, unsigned: false }),
        ("flag", DataType::Boolean),
        ("small", DataType::Integer { bits: 8, unsigned: true }),
        ("money", DataType::Decimal { precision: 38, scale: 4 }),
        ("wide", DataType::Decimal { precision: 20, scale: 0 }),
        ("number", DataType::Numeric),
        ("ratio", DataType::Float { bits: 64 }),
        ("single", DataType::Float { bits: 32 }),
        ("code", DataType::Text { max: Some(8), fixed: true }),
        ("name", DataType::Text { max: Some(40), fixed: false }),
        ("story", DataType::Text { max: None, fixed: false }),
        ("raw", DataType::Bytes { max: None }),
        ("day", DataType::Date),
        ("clock", DataType::Time),
        ("local", DataType::Timestamp { zoned: false }),
        ("world", DataType::Timestamp { zoned: true }),
        ("uid", DataType::Uuid),
        ("doc", DataType::Json),
        (
            "mood",
            DataType::Enum {
                name: Some("mood".to_owned()),
                labels: vec!["ok".to_owned(), "it's".to_owned()],
            },
        ),
        ("list", DataType::Array { element: Box::new(DataType::Text { max: None, fixed: false }) }),
        ("other", DataType::Other),
    ];
    let mut columns: Vec<Column> =
        types.into_iter().map(|(name, data_type)| column(name, data_type)).collect();
    columns[0].nullable = false;
    let primary = UniqueKey::new(vec![0]);
    let table = Table {
        primary_key: Some(primary),
        ..Table::new(TableName { schema: Some("shop".to_owned()), name: "every".to_owned() }, columns)
    };
    Schema { dialect: Dialect::Postgres, tables: vec![table] }
}

fn rows_of(schema: &Schema) -> RecordBatch {
    let text = |values: [&str; 2]| -> ArrayRef {
        Arc::new(StringArray::from(vec![Some(values[0]), Some(values[1]), None]))
    };
    let decimal = |values: [i128; 2], scale| -> ArrayRef {
        let values = Decimal128Array::from(vec![Some(values[0]), Some(values[1]), None]);
        Arc::new(values.with_precision_and_scale(38, scale).expect("a decimal"))
    };
    let instants = TimestampMicrosecondArray::from(vec![Some(-1), Some(1_700_000_000_123_456), None]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![i64::MIN, 0, i64::MAX])),
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        Arc::new(Int64Array::from(vec![Some(255), Some(0), None])),
        decimal([-5, 99_999_999_999_999_999_999_999_999_999_999_999_999], 4),
        decimal([0, 18_446_744_073_709_551_615], 0),
        text(["-1.50000000000000000000", "123456789012345678901234567890.00000000000000000001"]),
        Arc::new(Float64Array::from(vec![Some(-0.1), Some(1.797_693_134_862_315_7e308), None])),
        Arc::new(Float64Array::from(vec![Some(f64::from(0.1f32)), Some(-2.5), None])),
        text(["ab", "ü\u{1F600}"]),
        text(["", "with ' and \\ and \n and \u{0}"]),
        text(["NULL", &"long".repeat(100_000)]),
        Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff'"[..]), Some(b""), None])),
        Arc::new(Date32Array::from(vec![Some(-719_162), Some(2_932_896), None])),
        Arc::new(Time64MicrosecondArray::from(vec![Some(0), Some(86_399_999_999), None])),
        Arc::new(instants.clone()),
        Arc::new(instants.with_timezone("UTC")),
        text(["00000000-0000-0000-0000-000000000000", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]),
        text(["{\"a\": [1, \"ü\"]}", "null"]),
        text(["it's", "ok"]),
        text(["[\"a\",null]", "[]"]),
        text(["(1,2)", "x"]),
    ];
    RecordBatch::try_new(schema.tables[0].arrow_schema(), columns).expect("a batch")
}

#[test]
fn every_type_survives_the_round_trip() {
    with_databases("types", |[database]: [Database; 1]| async move {
        let schema = every_type();
        let batch = rows_of(&schema);
        let mut sink = MysqlSink::connect(&database.url()).await.expect("connects");
        let verdicts =
            load(&mut sink, &preparation(&schema, ExistingRows::Refuse), vec![vec![batch.clone()]]).await;
        assert!(verdicts.iter().all(|verdict| verdict.violations == 0), "{verdicts:?}");

        let text = database
            .query("SELECT id, flag, small, money, wide, number, ratio, single, code, name, CRC32(story), HEX(raw), \
                    day, clock, local, world, uid, doc, mood, list, other FROM shop_every ORDER BY id")
            .await;
        insta::assert_snapshot!(text.join("\n").escape_debug().to_string(), @r#"
        -9223372036854775808|1|255|-0.0005|0|-1.50000000000000000000|-0.1|0.1|ab||324932091|00FF27|0001-01-01|00:00:00.000000|1969-12-31 23:59:59.999999|1969-12-31 23:59:59.999999|00000000-0000-0000-0000-000000000000|{\"a\": [1, \"ü\"]}|it\'s|[\"a\",null]|(1,2)\n0|0|0|9999999999999999999999999999999999.9999|18446744073709551615|123456789012345678901234567890.00000000000000000001|1.7976931348623157e308|-2.5|ü😀|with \' and \\ and \n and \0|2084493628||9999-12-31|23:59:59.999999|2023-11-14 22:13:20.123456|2023-11-14 22:13:20.123456|f81d4fae-7dec-11d0-a765-00a0c91e6bf6|null|ok|[]|x\n9223372036854775807|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N|\\N
        "#);

        let mut source = MysqlSource::connect(&database.url()).await.expect("connects");
        let found = source.introspect().await.expect("introspects");
        let back = scan(&mut source, &found, 0, EVERYTHING).await;
        assert_eq!(back.len(), 1);
        for (at, column) in schema.tables[0].columns.iter().enumerate() {
            // An instant is a DATETIME there, which knows no zone; a number without scale is one with 20 decimals.
            let expected = match column.data_type {
                DataType::Timestamp { .. } => batch.column_by_name("local"),
                _ => Some(batch.column(at)),
            };
            assert_eq!(Some(back[0].column(at)), expected, "{}", column.name);
        }
    });
}

#[test]
fn native_types_are_copied_as_they_are() {
    with_databases("native", |[database, second]| async move {
        let script = "CREATE TABLE n (id int unsigned PRIMARY KEY, b bit(12), one bit(1), y year, s set('x','y'), \
             p point, l linestring, u uuid, a inet6, t time(3), f float, big bigint unsigned, i24 mediumint unsigned, \
             zf int(6) unsigned zerofill, c char(3) CHARACTER SET latin1, bin binary(4), ts timestamp(2) NULL, \
             doc json, e enum('', 'x'), d decimal(65,30)); \
             INSERT INTO n VALUES (4294967295, b'101', b'1', 2155, 'x,y', ST_GeomFromText('POINT(1.5 -2)'), \
             ST_GeomFromText('LINESTRING(0 0,1 1)'), UUID(), '::1', '-838:59:58.999', 0.1, 18446744073709551615, \
             16777215, 42, 'ä', 'ab', '2038-01-19 03:14:07.99', '[1]', 'x', 1.5), \
             (0, 0, b'0', 1901, '', NULL, NULL, NULL, NULL, '838:59:59', -1e38, 0, 0, 0, '', '', \
             '1970-01-01 00:00:01', 'null', '', -0.000000000000000000000000000001)";
        database.run(script).await;
        super::copy(&database, &second, ExistingRows::Refuse).await;
        let query = "SELECT id, HEX(b), HEX(one), y, s, ST_AsText(p), ST_AsText(l), u, a, t, f, big, i24, zf, c, HEX(bin), \
                     UNIX_TIMESTAMP(ts), doc, e, d FROM n ORDER BY id";
        assert_eq!(second.query(query).await, database.query(query).await);
    });
}

#[test]
fn zero_dates_are_null_or_the_first_day() {
    with_databases("zero", |[database]| async move {
        database
            .run(
                "SET SESSION sql_mode = ''; CREATE TABLE z (id int PRIMARY KEY, d date, t datetime, \
                 must date NOT NULL, at datetime NOT NULL); \
                 INSERT INTO z VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00', '0000-00-00 00:00:00'), \
                 (2, '2020-00-00', '2020-02-00 00:00:00', '2020-00-10', '2020-02-00 01:00:00')",
            )
            .await;
        let mut source = MysqlSource::connect(&database.url()).await.expect("connects");
        let schema = source.introspect().await.expect("introspects");
        let back = scan(&mut source, &schema, 0, EVERYTHING).await;
        assert_eq!(back[0].column(1).null_count(), 2);
        assert_eq!(back[0].column(2).null_count(), 2);
        assert_eq!(back[0].column(3).null_count(), 0);
        assert_eq!(back[0].column(4).null_count(), 0);
    });
}
