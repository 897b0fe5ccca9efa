//! The spellings in which the engines' catalogs show conditions.

use super::*;
use Dialect::{Mysql, Postgres, Sqlite};

/// (dialect, condition, rows that pass, rows that do not); a row is the value of one column.
type Case = (Dialect, &'static str, &'static str, Vec<Datum>, Vec<Datum>);

fn texts(all: &[&str]) -> Vec<Datum> {
    all.iter().map(|one| text(one)).collect()
}

fn numbers(all: &[i128]) -> Vec<Datum> {
    all.iter().map(|one| Decimal(*one, 0)).collect()
}

fn check(cases: Vec<Case>) {
    for (dialect, column, expression, good, bad) in cases {
        let predicate = parse(dialect, expression);
        for datum in good {
            let verdict = verdict(&predicate, &[(column, datum.clone())]);
            assert_eq!(verdict, Some(true), "{expression} on {datum:?}");
        }
        for datum in bad {
            let verdict = verdict(&predicate, &[(column, datum.clone())]);
            assert_eq!(verdict, Some(false), "{expression} on {datum:?}");
        }
        assert_ne!(verdict(&predicate, &[]), Some(true), "{expression} on NULL");
    }
}

#[test]
fn reads_what_postgres_prints() {
    check(vec![
        (
            Postgres,
            "status",
            "((status)::text = ANY ((ARRAY['A'::character varying, 'B'::character varying])::text[]))",
            texts(&["A", "B"]),
            texts(&["a", "C", ""]),
        ),
        (Postgres, "status", "(status <> ALL (ARRAY['A'::text, 'B'::text]))", texts(&["C"]), texts(&["A"])),
        (Postgres, "amount", "(amount > (0)::numeric)", vec![Decimal(1, 2)], vec![Decimal(0, 2)]),
        (
            Postgres,
            "amount",
            "((amount >= 0.01) AND (amount <= '100'::numeric))",
            vec![Decimal(1, 2)],
            vec![Decimal(10_001, 2)],
        ),
        (
            Postgres,
            "code",
            "((code)::text ~ '^\\d{2}-[[:alpha:]]+$'::text)",
            texts(&["12-ab"]),
            texts(&["1-ab", "12-"]),
        ),
        (
            Postgres,
            "placed_at",
            "((date_trunc('month'::text, placed_at) IS NOT NULL) AND
              (date_trunc('month'::text, placed_at) >= '2024-02-01 00:00:00'::timestamp without time zone) AND
              (date_trunc('month'::text, placed_at) < '2024-03-15 00:00:00'::timestamp without time zone))",
            vec![moment("2024-02-01 00:00:00"), moment("2024-03-31 23:59:59")],
            vec![moment("2024-01-31 23:59:59"), moment("2024-04-01 00:00:00")],
        ),
        (
            Postgres,
            "placed_at",
            "(date_trunc('day'::text, placed_at) = ANY (ARRAY['2024-02-01 00:00:00'::timestamp without time zone]))",
            vec![moment("2024-02-01 23:00:00")],
            vec![moment("2024-02-02 00:00:00")],
        ),
        (
            Postgres,
            "placed_at",
            "(placed_at = date_trunc('hour'::text, placed_at))",
            vec![moment("2024-02-01 23:00:00")],
            vec![moment("2024-02-01 23:00:01")],
        ),
        (
            Postgres,
            "start_date",
            "(start_date = (date_trunc('month'::text, (start_date)::timestamp without time zone))::date)",
            vec![day("2024-02-01")],
            vec![day("2024-02-02")],
        ),
        (Postgres, "code", "(code !~* '^x')", texts(&["ax"]), texts(&["Xa", "xa"])),
        (Postgres, "code", "code ~ E'^\\\\d{3}$'", texts(&["123"]), texts(&["12"])),
        (Postgres, "code", "((code)::text ~~ 'A\\_%'::text)", texts(&["A_", "A_b"]), texts(&["Ab", "a_"])),
        (Postgres, "code", "(code ~~* 'a%')", texts(&["Ab", "ab"]), texts(&["b"])),
        (Postgres, "code", "(code !~~ 'a%')", texts(&["Ab"]), texts(&["ab"])),
        (
            Postgres,
            "quantity",
            "((quantity >= 1) AND (quantity <= 31))",
            numbers(&[1, 31]),
            numbers(&[0, 32]),
        ),
        (Postgres, "quantity", "(quantity % 2) = 0", numbers(&[4, -2]), numbers(&[3])),
        (
            Postgres,
            "ratio",
            "((ratio >= (0)::double precision) AND (ratio <= (1)::double precision))",
            vec![Float(0.5)],
            vec![Float(1.5), Float(f64::NAN)],
        ),
        (
            Postgres,
            "start_date",
            "(start_date >= '2000-01-01'::date)",
            vec![day("2000-01-01")],
            vec![day("1999-12-31")],
        ),
        (Postgres, "active", "(active = true)", vec![Boolean(true)], vec![Boolean(false)]),
        (Postgres, "mood", "(mood = 'sad'::mood)", texts(&["sad"]), texts(&["glad"])),
        (Postgres, "mood", "((mood)::text = ANY (ARRAY['sad'::text]))", texts(&["sad"]), texts(&["glad"])),
        (Postgres, "Weird \"Name", "(\"Weird \"\"Name\" > 0)", numbers(&[1]), numbers(&[0])),
        (Postgres, "tags", "(cardinality(tags) > 1)", texts(&["[\"a\",\"b\"]"]), texts(&["[\"a\"]"])),
        (Postgres, "tags", "(array_length(tags, 1) <= 1)", texts(&["[\"a\"]"]), texts(&["[\"a\",\"b\"]"])),
        (Postgres, "status", "(btrim((status)::text) <> ''::text)", texts(&["a"]), texts(&["", "  "])),
        (Postgres, "status", "(upper((status)::text) = (status)::text)", texts(&["AB"]), texts(&["Ab"])),
        (
            Postgres,
            "status",
            "((status IS NOT NULL) AND (char_length(status) < 3))",
            texts(&["ab"]),
            texts(&["abc"]),
        ),
        (Postgres, "status", "status LIKE ANY (ARRAY['a%', '%z'])", texts(&["ab", "yz"]), texts(&["b"])),
    ]);
}

#[test]
fn reads_what_mysql_prints() {
    check(vec![
        (Mysql, "amount", "`amount` > 0", vec![Decimal(1, 2)], vec![Decimal(0, 2)]),
        (Mysql, "status", "`status` in ('A','B')", texts(&["A", "b", "A "]), texts(&["C"])),
        (Mysql, "status", "(`status` in (_utf8mb4'A',_utf8mb4'B'))", texts(&["A"]), texts(&["C"])),
        (
            Mysql,
            "status",
            "(`status` in (_utf8mb4\\'A\\',_utf8mb4\\'it''s\\'))",
            texts(&["A"]),
            texts(&["C"]),
        ),
        (Mysql, "status", "status = \"A\"", texts(&["A", "a"]), texts(&["B"])),
        (Mysql, "status", "`status` collate utf8mb4_bin = 'A'", texts(&["A"]), texts(&["a"])),
        (Mysql, "code", "`code` regexp '^[A-Z]{2}$'", texts(&["AB", "ab"]), texts(&["ABC"])),
        (Mysql, "code", "`code` not regexp '^[0-9]'", texts(&["a"]), texts(&["1"])),
        (Mysql, "code", "`code` like 'a\\_%'", texts(&["a_", "A_b"]), texts(&["ab"])),
        (Mysql, "code", "regexp_like(`code`,'^a+$')", texts(&["aa"]), texts(&["b"])),
        (Mysql, "quantity", "`quantity` between 1 and 31", numbers(&[1, 31]), numbers(&[0])),
        (Mysql, "quantity", "(`quantity` >= 1 && `quantity` <> 5)", numbers(&[1]), numbers(&[5, 0])),
        (Mysql, "quantity", "`quantity`", numbers(&[1]), numbers(&[0])),
        (
            Mysql,
            "quantity",
            "cast(`quantity` as char charset utf8mb4) like '1%'",
            numbers(&[12]),
            numbers(&[21]),
        ),
        (
            Mysql,
            "active",
            "`active` in (0,1) and `active` = 1",
            vec![Boolean(true), Decimal(1, 0)],
            vec![Boolean(false)],
        ),
        (
            Mysql,
            "status",
            "octet_length(`status`) <= 2 and length(`status`) = 2",
            texts(&["é"]),
            texts(&["e"]),
        ),
        (Mysql, "status", "char_length(`status`) = 1", texts(&["é"]), texts(&["ee"])),
        (Mysql, "code", "json_valid(`code`)", texts(&["{}", "[1, 2]"]), texts(&["{"])),
        (
            Mysql,
            "start_date",
            "`start_date` >= '2000-01-01'",
            vec![day("2000-01-01")],
            vec![day("1999-12-31")],
        ),
        (
            Mysql,
            "start_date",
            "year(`start_date`) = 2000 and dayofweek(`start_date`) = 7",
            vec![day("2000-01-01")],
            vec![day("2000-01-02")],
        ),
        (Mysql, "status", "if(`quantity` is null,`status` <> '',0)", texts(&["a"]), texts(&["", " "])),
        (Mysql, "quantity", "`quantity` > 0 xor `quantity` > 10", numbers(&[5]), numbers(&[20, 0])),
        (Mysql, "quantity", "!(`quantity` = 1)", numbers(&[2]), numbers(&[1])),
    ]);
}

#[test]
fn reads_what_people_write_for_sqlite() {
    check(vec![
        (Sqlite, "status", "status IN ('A', 'B')", texts(&["A"]), texts(&["a"])),
        (Sqlite, "status", "[status] == \"A\"", texts(&["A"]), texts(&["B"])),
        (Sqlite, "STATUS".to_lowercase().leak(), "STATUS IS 'A'", texts(&["A"]), texts(&["B"])),
        (Sqlite, "status", "status GLOB '[A-Z][^0-9]*'", texts(&["Ab", "ABC"]), texts(&["aB", "A1", "A"])),
        (
            Sqlite,
            "status",
            "status NOT GLOB 'a?' AND status <> 'x'",
            texts(&["a", "Ab"]),
            texts(&["ab", "x"]),
        ),
        (
            Sqlite,
            "status",
            "status LIKE 'a%' AND status NOT LIKE '%!%%' ESCAPE '!'",
            texts(&["Ab"]),
            texts(&["b", "a%"]),
        ),
        (Sqlite, "status", "status = 'a' COLLATE NOCASE", texts(&["A"]), texts(&["b"])),
        (Sqlite, "quantity", "typeof(quantity) = 'integer' AND quantity > 0", numbers(&[1]), numbers(&[0])),
        (
            Sqlite,
            "amount",
            "typeof(amount) IN ('integer', 'real') AND amount >= 0.5",
            vec![Decimal(50, 2), Float(0.5)],
            vec![Decimal(49, 2)],
        ),
        (Sqlite, "start_date", "start_date > '2000-01-01'", vec![day("2000-01-02")], vec![day("2000-01-01")]),
        (
            Sqlite,
            "start_date",
            "length(start_date) = 10 AND date(start_date) < '2001-01-01'",
            vec![day("2000-01-02")],
            vec![day("2001-01-01")],
        ),
        (
            Sqlite,
            "placed_at",
            "placed_at >= '2000-01-01'",
            vec![moment("2000-01-01 00:00:00")],
            vec![moment("1999-12-31 23:59:59")],
        ),
        (Sqlite, "active", "active IN (0, 1) AND active", vec![Boolean(true)], vec![Boolean(false)]),
        (
            Sqlite,
            "status",
            "iif(length(trim(status)) > 0, 1, 0) AND status NOTNULL",
            texts(&["a"]),
            texts(&[" "]),
        ),
        (
            Sqlite,
            "status",
            "substr(status, -2) = 'yz' AND instr(status, 'x') = 1",
            texts(&["xyz"]),
            texts(&["ayz", "xy"]),
        ),
        (Sqlite, "quantity", "max(quantity, 3) = 3 AND quantity IS NOT 2", numbers(&[1]), numbers(&[4, 2])),
        (
            Sqlite,
            "quantity",
            "t.quantity BETWEEN 1 AND 3 AND \"quantity\" <> 2",
            numbers(&[1, 3]),
            numbers(&[2, 4]),
        ),
    ]);
}

#[test]
fn ends_operands_where_the_precedence_says() {
    let row = [("id", Decimal(1, 0)), ("quantity", Decimal(7, 0))];
    for (dialect, expression) in [
        (Postgres, "id = 2 AND id IS DISTINCT FROM 2 OR quantity = 7"),
        (Postgres, "id IS DISTINCT FROM 2 AND quantity = 7"),
        (Mysql, "id = 1 AND quantity DIV 2 = 3"),
        (Mysql, "NOT quantity DIV 2 = 4 AND quantity DIV 2 + 1 = 4"),
        (Sqlite, "id IS 1 AND quantity IS NOT 2"),
        (Sqlite, "id IS 2 AND id GLOB '2' OR quantity = 7"),
    ] {
        assert_eq!(verdict(&parse(dialect, expression), &row), Some(true), "{dialect}: {expression}");
    }
}
