//! Every type with awkward values: source → batches → sink, compared by the server's own text.

use super::*;

/// Types and the values that are tried, each in a column of its own and in one table of all binary ones.
const VALUES: &[(&str, &[&str])] = &[
    ("boolean", &["true", "false"]),
    ("smallint", &["-32768", "32767", "0"]),
    ("integer", &["-2147483648", "2147483647"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    ("oid", &["0", "4294967295"]),
    ("numeric(38,0)", &["99999999999999999999999999999999999999", "-1", "0", "10000"]),
    ("numeric(38,38)", &["0.00000000000000000000000000000000000001", "-0.9"]),
    ("numeric(12,3)", &["123456789.012", "-0.001", "100000000", "0"]),
    (
        "numeric",
        &[
            "0",
            "-12345678901234567890123456789012345678901234567890.000000000001",
            "NaN",
            "Infinity",
            "1e-20",
            "1.50",
        ],
    ),
    ("numeric(50,10)", &["1234567890123456789012345678901234567890.0123456789"]),
    ("numeric(5,-2)", &["1234500"]),
    ("real", &["0.1", "-3.4028235e38", "1e-45", "NaN", "-Infinity"]),
    ("double precision", &["0.1", "5e-324", "1.7976931348623157e308", "-0", "NaN", "Infinity"]),
    ("text", &["", "a\tb\nc\\d'e\"f", "\\N", "\\.", "Ünïcödé 🦀", "NULL"]),
    ("varchar(5)", &["abcde", ""]),
    ("char(6)", &["ab", "abcdef"]),
    ("name", &["some_name"]),
    ("bytea", &["\\x", "\\x00ff5c0a09"]),
    ("date", &["0001-01-01", "4713-01-01 BC", "9999-12-31", "2000-02-29", "5874897-12-31"]),
    ("time", &["00:00:00", "23:59:59.999999", "24:00:00"]),
    ("timestamp", &["1969-12-31 23:59:59.999999", "4713-01-01 00:00:00 BC", "294247-01-10 04:00:54.775807"]),
    ("timestamptz", &["1999-12-31 23:59:59.5+00", "2024-03-31 01:30:00+02"]),
    ("uuid", &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"]),
    ("json", &["{\"a\" : [1, 2.50, null]}", "\"x\"", "null"]),
    ("jsonb", &["{\"a\": \"\\u00e9\\n\"}", "[]", "12345678901234567890.5"]),
    ("mood", &["sad", "o'k"]),
    ("int_list", &["{1,2}"]),
    ("boolean[]", &["{t,f,NULL}", "{}"]),
    ("smallint[]", &["{1,-2}", "{{1,2},{3,4}}"]),
    ("bigint[]", &["{9223372036854775807,NULL}"]),
    ("numeric[]", &["{1.50,NaN,12345678901234567890.123456789}"]),
    ("double precision[]", &["{0.1,Infinity,NaN,1e300}"]),
    ("text[]", &["{\"a,b\",NULL,\"NULL\",\"q\\\"\\\\\",\"\",\"{}\"}", "{{a,b},{c,d}}"]),
    ("uuid[]", &["{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"]),
    ("jsonb[]", &["{\"{\\\"a\\\": 1}\",null}"]),
    ("mood[]", &["{sad,NULL,\"very happy\"}"]),
];

/// Types without a binary form of ours.
const FOREIGN: &[(&str, &[&str])] = &[
    ("interval", &["1 year 2 mons -3 days 04:05:06.789", "-00:00:01"]),
    ("inet", &["192.168.0.1/24", "::1"]),
    ("cidr", &["10.0.0.0/8"]),
    ("macaddr", &["08:00:2b:01:02:03"]),
    ("timetz", &["12:00:00.5+02"]),
    ("money", &["$1,234.50"]),
    ("int4range", &["[1,5)", "empty"]),
    ("point", &["(1.5,-2)"]),
    ("bit(3)", &["101"]),
    ("varbit", &["1", ""]),
    ("xml", &["<a b=\"c\">d &amp; e</a>"]),
    ("tsvector", &["'a':1 'b c':2"]),
    ("pair", &["(1,\"a b\")"]),
    ("\"char\"", &["x"]),
    ("date[]", &["{2020-01-01,NULL}"]),
    ("timestamptz[]", &["{\"2020-01-01 00:00:00+00\"}"]),
    ("inet[]", &["{10.0.0.1,NULL}"]),
    ("bytea[]", &["{\"\\\\x00ff\"}"]),
];

const TYPES: &str = "CREATE TYPE mood AS ENUM ('sad', 'o''k', 'very happy'); CREATE TYPE pair AS (a int, b text); \
     CREATE DOMAIN int_list AS integer[];";

/// A table of one column per type; row `n` has value `n` of each, or NULL.
fn table(name: &str, types: &[(&str, &[&str])]) -> String {
    let mut statements = format!("CREATE TABLE {name} (row_number int");
    for (index, (native, _)) in types.iter().enumerate() {
        statements.push_str(&format!(", c{index} {native}"));
    }
    statements.push_str(");");
    let rows = types.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    for row in 0..=rows {
        let values: Vec<_> = types
            .iter()
            .map(|(native, values)| match values.get(row) {
                Some(value) => format!("{}::{native}", sql::literal(value)),
                None => "NULL".into(),
            })
            .collect();
        statements.push_str(&format!("INSERT INTO {name} VALUES ({row}, {});", values.join(", ")));
    }
    statements
}

async fn same_after_copying(statements: &str) {
    let from = Database::with(&format!("{TYPES}{statements}")).await;
    // The types are there, but not the tables: composite types cannot be carried over.
    let to = Database::with(TYPES).await;
    copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    let schema = from.source().await.introspect().await.expect("introspect");
    for table in &schema.tables {
        for column in &table.columns {
            let query = format!(
                "SELECT coalesce({}::text, 'NULL') FROM {} ORDER BY row_number",
                sql::quote(&column.name),
                sql::relation(&table.name)
            );
            assert_eq!(
                from.texts(&query).await,
                to.texts(&query).await,
                "{} ({})",
                column.name,
                column.native
            );
        }
    }
    let copied = to.source().await.introspect().await.expect("introspect");
    for (table, copy) in schema.tables.iter().zip(&copied.tables) {
        assert_eq!(table.columns, copy.columns);
    }
}

#[tokio::test]
async fn binary_types_survive() {
    same_after_copying(&table("plain", VALUES)).await;
}

#[tokio::test]
async fn types_known_by_text_alone_survive_beside_the_others() {
    let all: Vec<_> = VALUES.iter().chain(FOREIGN).copied().collect();
    same_after_copying(&table("mixed", &all)).await;
}

#[tokio::test]
async fn a_scan_reads_what_a_copy_wrote() {
    let from = Database::with(&format!("{TYPES}{}", table("plain", VALUES))).await;
    let to = Database::with(TYPES).await;
    copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    let (mut source, mut copied) = (from.source().await, to.source().await);
    let schema = source.introspect().await.expect("introspect");
    let (before, after) =
        (scan(&mut source, &schema, 0, false).await, scan(&mut copied, &schema, 0, false).await);
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[tokio::test]
async fn infinite_days_become_null_or_the_end_of_the_calendar() {
    let statements = "CREATE TABLE t (row_number int, a date, b date NOT NULL, c timestamptz, d timestamptz NOT NULL); \
         INSERT INTO t VALUES (1, 'infinity', 'infinity', '-infinity', '-infinity'), (2, '-infinity', '-infinity', 'infinity', 'infinity')";
    let (from, to) = (Database::with(statements).await, Database::create().await);
    copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    assert_eq!(
        to.texts("SELECT t::text FROM t ORDER BY row_number").await,
        ["(1,,9999-12-31,,\"0001-01-01 00:00:00+00\")", "(2,,0001-01-01,,\"9999-12-31 23:59:59.999999+00\")"]
    );
}
