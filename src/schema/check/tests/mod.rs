//! Tests of reading, evaluating, restricting and rendering conditions.

mod clause;
mod dialects;
mod render;
mod restrict;

use super::{Datum, Predicate};
use crate::schema::{Column, DataType, Dialect, Table, TableName};
use Datum::{Boolean, Date, Decimal, Float, Null, Timestamp};

/// A table `t` with one column of every kind. In MySQL the text columns ignore case, as its usual collations do.
pub(super) fn table(dialect: Dialect) -> Table {
    let text = || DataType::Text { max: Some(40), fixed: false };
    let columns = [
        ("id", DataType::Integer { bits: 32, unsigned: false }),
        ("amount", DataType::Decimal { precision: 10, scale: 2 }),
        ("ratio", DataType::Float { bits: 64 }),
        ("status", text()),
        ("code", text()),
        ("active", DataType::Boolean),
        ("start_date", DataType::Date),
        ("end_date", DataType::Date),
        ("placed_at", DataType::Timestamp { zoned: false }),
        ("quantity", DataType::Integer { bits: 32, unsigned: false }),
        ("Weird \"Name", DataType::Integer { bits: 32, unsigned: false }),
        ("mood", DataType::Enum { name: Some("mood".into()), labels: vec!["sad".into(), "glad".into()] }),
        ("tags", DataType::Array { element: Box::new(text()) }),
        ("opens", DataType::Time),
    ];
    let columns = columns.into_iter().map(|(name, data_type)| Column {
        nullable: true,
        form: None,
        case_insensitive: dialect == Dialect::Mysql && matches!(data_type, DataType::Text { .. }),
        ..Column::new(name.into(), data_type)
    });
    Table::new(TableName { schema: None, name: "t".into() }, columns.collect())
}

pub(super) fn parse(dialect: Dialect, expression: &str) -> Predicate {
    match Predicate::parse(dialect, &table(dialect), expression) {
        Ok(predicate) => predicate,
        Err(error) => panic!("{dialect}: {expression}: {error}"),
    }
}

/// The verdict on a row that has these values and NULL elsewhere.
pub(super) fn verdict(predicate: &Predicate, row: &[(&str, Datum)]) -> Option<bool> {
    let table = table(Dialect::Postgres);
    let value = |index: usize| {
        let name = &table.columns[index].name;
        row.iter().find(|(column, _)| column == name).map_or(Null, |(_, datum)| datum.clone())
    };
    predicate.verdict(&|index| value(index).into())
}

pub(super) fn text(text: &str) -> Datum {
    Datum::Text(text.into())
}

pub(super) fn day(text: &str) -> Datum {
    Date(super::calendar::parse_date(text).expect("a day"))
}

pub(super) fn moment(text: &str) -> Datum {
    Timestamp(super::calendar::parse_timestamp(text).expect("a timestamp"))
}

#[test]
fn compares_numbers_exactly() {
    let is_third = parse(Dialect::Postgres, "amount = 0.1");
    assert_eq!(verdict(&is_third, &[("amount", Decimal(10, 2))]), Some(true));
    assert_eq!(verdict(&is_third, &[("amount", Decimal(11, 2))]), Some(false));
    assert_eq!(verdict(&is_third, &[("amount", text("0.100"))]), Some(true), "numbers may travel as text");
    let large = parse(Dialect::Postgres, "id = 9007199254740993");
    assert_eq!(verdict(&large, &[("id", Decimal(9_007_199_254_740_993, 0))]), Some(true));
    assert_eq!(verdict(&large, &[("id", Decimal(9_007_199_254_740_992, 0))]), Some(false));
    assert_eq!(verdict(&large, &[("id", Float(9_007_199_254_740_992.0))]), Some(false));
    let sum = parse(Dialect::Postgres, "amount + 0.2 = 0.3");
    assert_eq!(verdict(&sum, &[("amount", Decimal(10, 2))]), Some(true));
    let sum = parse(Dialect::Sqlite, "amount + 0.2 = 0.3");
    assert_eq!(verdict(&sum, &[("amount", Decimal(10, 2))]), Some(false), "SQLite adds floats");
}

#[test]
fn divides_like_the_dialect() {
    for (dialect, expected) in [(Dialect::Postgres, true), (Dialect::Sqlite, true), (Dialect::Mysql, false)] {
        let halves = parse(dialect, "quantity / 2 = 2");
        assert_eq!(verdict(&halves, &[("quantity", Decimal(5, 0))]), Some(expected), "{dialect}");
    }
    let zero = parse(Dialect::Sqlite, "1 / quantity > 0");
    assert_eq!(verdict(&zero, &[("quantity", Decimal(0, 0))]), None);
    let whole = parse(Dialect::Mysql, "quantity DIV 2 = 2 AND quantity MOD 2 = 1 AND quantity % 2 = 1");
    assert_eq!(verdict(&whole, &[("quantity", Decimal(5, 0))]), Some(true));
}

#[test]
fn keeps_to_three_valued_logic() {
    let cases = [
        ("id > 1", None),
        ("id > 1 OR TRUE", Some(true)),
        ("id > 1 AND FALSE", Some(false)),
        ("NOT (id > 1)", None),
        ("id IS NULL", Some(true)),
        ("(id > 1) IS TRUE", Some(false)),
        ("(id > 1) IS NOT TRUE", Some(true)),
        ("(id > 1) IS NOT FALSE", Some(true)),
        ("id IS DISTINCT FROM 1 AND id IS NOT DISTINCT FROM NULL", Some(true)),
        ("quantity IN (1, NULL)", Some(true)),
        ("quantity NOT IN (2, NULL)", None),
        ("quantity IN (2, 3)", Some(false)),
        ("quantity BETWEEN id AND 0", Some(false)),
        ("COALESCE(id, 0) = 0", Some(true)),
        ("NULLIF(quantity, 1) IS NULL", Some(true)),
        ("CASE WHEN id IS NULL THEN quantity = 1 ELSE FALSE END", Some(true)),
        ("CASE quantity WHEN 2 THEN 'b' END = 'b'", None),
        ("num_nonnulls(id, quantity, status) = 1", Some(true)),
        ("num_nulls(id, quantity) = 1", Some(true)),
        ("GREATEST(id, quantity) = 1", Some(true)),
    ];
    for (expression, expected) in cases {
        let predicate = parse(Dialect::Postgres, expression);
        assert_eq!(verdict(&predicate, &[("quantity", Decimal(1, 0))]), expected, "{expression}");
    }
}

#[test]
fn admits_null_but_does_not_select_it() {
    let predicate = parse(Dialect::Postgres, "active");
    assert!(predicate.admits(&|_| Null));
    assert!(!predicate.selects(&|_| Null));
    assert!(predicate.selects(&|_| Boolean(true)));
    assert!(!predicate.admits(&|_| Boolean(false)));
    assert_eq!(predicate.columns(), [5]);
}

#[test]
fn reads_days_and_times() {
    let row = [
        ("start_date", day("2024-02-29")),
        ("end_date", day("2024-03-01")),
        ("placed_at", moment("2024-02-29 12:30:05.25")),
        ("opens", Datum::Time(9 * 3_600_000_000)),
    ];
    let cases = [
        ("start_date < '2024-03-01'", true),
        ("start_date = DATE '2024-02-29'", true),
        ("start_date = '2024-02-29'::date", true),
        ("end_date - start_date = 1", true),
        ("start_date + 1 = end_date", true),
        ("placed_at >= '2024-02-29 12:30'::timestamp without time zone", true),
        ("placed_at < '2024-02-29 12:30:05+00'::timestamp with time zone", false),
        ("placed_at > start_date", true),
        ("placed_at::date = start_date", true),
        ("EXTRACT(year FROM start_date) = 2024", true),
        ("EXTRACT(dow FROM start_date) = 4", true),
        ("date_part('hour'::text, placed_at) BETWEEN 9 AND 17", true),
        ("EXTRACT(second FROM placed_at) = 5.25", true),
        ("opens >= '08:00' AND opens < '18:00:00'::time", true),
    ];
    for (expression, expected) in cases {
        assert_eq!(verdict(&parse(Dialect::Postgres, expression), &row), Some(expected), "{expression}");
    }
}

#[test]
fn works_out_text_functions() {
    let row = [("status", text("  Ärger ")), ("code", text("AB-12"))];
    let cases = [
        "length(status) = 8 AND octet_length(status) = 9",
        "btrim(status) = 'Ärger' AND ltrim(status) = 'Ärger ' AND rtrim(status) = '  Ärger'",
        "upper(btrim(status)) = 'ÄRGER' AND lower(code) = 'ab-12'",
        "substr(code, 1, 2) = 'AB' AND substring(code FROM 4) = '12' AND substring(code, 0, 3) = 'AB'",
        "left(code, 2) = 'AB' AND right(code, 2) = '12' AND left(code, -3) = 'AB'",
        "position('-' IN code) = 3 AND strpos(code, 'x') = 0",
        "replace(code, '-', '') = 'AB12' AND code || '!' = 'AB-12!'",
        "trim(BOTH ' ' FROM status) = 'Ärger' AND trim(LEADING 'A' FROM code) = 'B-12'",
        "abs(-2) = 2 AND round(2.5) = 3 AND floor(-2.5) = -3 AND ceil(2.1) = 3 AND mod(7, 3) = 1",
        "round(2.345, 2) = 2.35 AND trunc(-2.9) = -2",
    ];
    for expression in cases {
        assert_eq!(verdict(&parse(Dialect::Postgres, expression), &row), Some(true), "{expression}");
    }
}

#[test]
fn names_what_it_does_not_understand() {
    let cases = [
        ("soundex(status) = 'A'", "the function soundex"),
        ("id IN (SELECT 1)", "a subquery"),
        ("other > 1", "the column other"),
        ("WEIRD > 1", "the column WEIRD"),
        ("x.id > 1", "a column of another table"),
        ("start_date <= CURRENT_DATE", "depends on the moment"),
        ("placed_at <= now()", "depends on the moment"),
        ("status ~ '(a)\\1'", "a regular expression"),
        ("mood < 'glad'", "an order between enum labels"),
        ("id = 'x'", "text that is not written like one"),
        ("status = 5", "a comparison of text with a number"),
        ("id", "a number where a condition is expected"),
        ("id > ", "this syntax"),
        ("id > 1 2", "at this place"),
        ("", "this syntax"),
    ];
    for (expression, part) in cases {
        let error = Predicate::parse(Dialect::Postgres, &table(Dialect::Postgres), expression);
        let error = error.expect_err(expression);
        assert!(error.contains(part), "{expression}: {error}");
    }
}

#[test]
fn survives_deep_and_long_text() {
    let table = table(Dialect::Postgres);
    let deep = format!("{}id > 1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(Predicate::parse(Dialect::Postgres, &table, &deep).is_err());
    let nots = format!("{} active", "NOT ".repeat(1_500));
    assert!(Predicate::parse(Dialect::Postgres, &table, &nots).is_err());
    let long = vec!["(id = 1)"; 3_000].join(" OR ");
    assert!(Predicate::parse(Dialect::Postgres, &table, &long).is_ok());
    let sums = format!("{} > 1", vec!["id"; 3_000].join(" + "));
    assert!(Predicate::parse(Dialect::Postgres, &table, &sums).is_err());
    let sums = format!("{} > 1 IS TRUE", vec!["id"; 90].join(" + "));
    assert!(Predicate::parse(Dialect::Postgres, &table, &sums).is_ok());
    let nested = format!("{}id + 1 > 1{}", "((1 + 1) > ".repeat(22), ")".repeat(22));
    assert!(Predicate::parse(Dialect::Sqlite, &self::table(Dialect::Sqlite), &nested).is_ok());
    let list = (0..5_000).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    assert!(Predicate::parse(Dialect::Postgres, &table, &format!("id IN ({list})")).is_ok());
}

proptest::proptest! {
    #[test]
    fn never_panics(words in proptest::collection::vec(0usize..WORDS.len(), 0..24), text in ".{0,40}") {
        let sentence: Vec<&str> = words.iter().map(|&word| WORDS[word]).collect();
        for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite] {
            let table = table(dialect);
            for expression in [sentence.join(" "), text.clone(), format!("{} {text}", sentence.join(" "))] {
                if let Ok(predicate) = Predicate::parse(dialect, &table, &expression) {
                    predicate.admits(&|index| if index % 2 == 0 { Null } else { Decimal(3, 0) });
                    for &column in predicate.columns() {
                        predicate.restriction(column);
                    }
                    for to in [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite] {
                        let _ = predicate.to_sql(&table, to);
                    }
                }
            }
        }
    }
}

const WORDS: &[&str] = &[
    "id",
    "amount",
    "status",
    "active",
    "start_date",
    "placed_at",
    "mood",
    "tags",
    "1",
    "-1",
    "2.5",
    "1e400",
    "'a'",
    "'2024-01-01'",
    "'%_\\'",
    "'[a-'",
    "NULL",
    "TRUE",
    "AND",
    "OR",
    "NOT",
    "IS",
    "NULL",
    "IN",
    "(",
    ")",
    "(",
    ")",
    ",",
    "=",
    "<>",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "LIKE",
    "ESCAPE",
    "GLOB",
    "REGEXP",
    "~",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "length(status)",
    "substr(",
    "round(",
    "CAST(",
    "AS",
    "integer",
    "::date",
    "::numeric(10,2)",
    "ANY",
    "ARRAY['a']",
    "DISTINCT",
    "FROM",
    "DIV",
    "EXTRACT(year FROM",
    "COLLATE",
    "NOCASE",
    "\"",
    "`status`",
    "99999999999999999999999999999999999999",
    "9223372036854775807",
];
