//! Conditions in other dialects.

use super::*;
use Dialect::{Mysql, Postgres, Sqlite};

fn render(from: Dialect, expression: &str, to: Dialect) -> Result<String, String> {
    parse(from, expression).to_sql(&table(from), to)
}

#[test]
fn translates_between_dialects() {
    let cases = [
        (
            Postgres,
            "((status)::text = ANY ((ARRAY['A'::character varying, 'it''s'::character varying])::text[]))",
            Sqlite,
            r#"("status" IN ('A', 'it''s'))"#,
        ),
        (Postgres, "(amount > (0)::numeric)", Mysql, "(`amount` > 0)"),
        (Postgres, "active AND NOT (id = 1)", Sqlite, r#"("active" AND ("id" <> 1))"#),
        (Mysql, "`active` in (0,1)", Postgres, r#"("active" IN (FALSE, TRUE))"#),
        (Mysql, "`quantity`", Postgres, r#"("quantity" <> 0)"#),
        (Mysql, "`status` in ('A','B')", Postgres, r#"(lower("status") IN ('a', 'b'))"#),
        (Mysql, "`status` <> 'A'", Sqlite, r#"("status" COLLATE NOCASE <> 'A' COLLATE NOCASE)"#),
        (Postgres, "status <> 'a\\b'", Mysql, r"(CAST(`status` AS BINARY) <> CAST('a\\b' AS BINARY))"),
        (Sqlite, "\"start_date\" >= '2000-01-01'", Postgres, r#"("start_date" >= DATE '2000-01-01')"#),
        (Postgres, "start_date >= '2000-01-01'::date", Sqlite, r#"("start_date" >= '2000-01-01')"#),
        (Postgres, "length(status) > 1", Mysql, "(char_length(`status`) > 1)"),
        (Mysql, "length(status) > 1", Sqlite, r#"(length(CAST("status" AS BLOB)) > 1)"#),
        (Postgres, "code ~ '^\\d+$'", Mysql, r"(`code` REGEXP '^\\d+$')"),
        (Mysql, "`code` regexp '^a'", Postgres, r#"("code" ~* '^a')"#),
        (Sqlite, "code GLOB '[A-Z]*'", Postgres, r#"("code" ~ '^[A-Z].*$')"#),
        (Postgres, "code LIKE 'a%'", Sqlite, r#"("code" LIKE 'a%')"#),
        (Sqlite, "code LIKE 'a%'", Postgres, r#"("code" ILIKE 'a%')"#),
        (Mysql, "quantity / 2 > 1", Postgres, r#"(("quantity"::numeric / 2) > 1)"#),
        (Sqlite, "quantity IS NOT id", Mysql, "(NOT (`quantity` <=> `id`))"),
        (
            Postgres,
            "num_nonnulls(id, code) = 1",
            Sqlite,
            r#"((("id" IS NOT NULL) + ("code" IS NOT NULL)) = 1)"#,
        ),
        (Postgres, "EXTRACT(year FROM start_date) > 1999", Mysql, "(year(`start_date`) > 1999)"),
        (Postgres, "\"Weird \"\"Name\" > 0", Mysql, "(`Weird \"Name` > 0)"),
    ];
    for (from, expression, to, expected) in cases {
        assert_eq!(render(from, expression, to).as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn refuses_what_would_reject_valid_rows() {
    for (from, expression, to) in [
        (Postgres, "code ~ '^a'", Sqlite),
        (Postgres, "code NOT LIKE 'a%'", Sqlite),
        (Postgres, "amount * 2 = amount + amount", Sqlite),
        (Postgres, "greatest(id, quantity) > 0", Mysql),
    ] {
        let error = render(from, expression, to).expect_err(expression);
        assert!(error.contains("cannot say"), "{error}");
    }
}

/// What is rendered in the dialect it came from reads back as the same condition.
#[test]
fn reads_back_what_it_renders() {
    for (dialect, expression) in [
        (Postgres, "status = ANY (ARRAY['a','b']) AND (amount > 0.5 OR start_date < '2020-01-01')"),
        (Postgres, "code ~ '^a' AND code !~* 'b' AND status LIKE 'x\\_%' AND status NOT ILIKE '%y'"),
        (Postgres, "id IS DISTINCT FROM quantity AND (active IS NOT TRUE OR id / 2 = 1)"),
        (Postgres, "CASE WHEN active THEN id > 0 ELSE quantity IS NULL END"),
        (
            Postgres,
            "placed_at > '2020-01-01 10:00:00' AND opens < '10:00' AND -id < 5 AND round(amount, 1) = 2",
        ),
        (Mysql, "status in ('a','it''s \\\\ b') and quantity DIV 2 = 1 and code regexp 'x' and active"),
        (Mysql, "status <> 'a' or start_date >= '2020-01-01' or id <=> quantity"),
        (Sqlite, "status GLOB 'a*' OR status LIKE 'b%' OR quantity / 2 = 1 OR id IS NOT quantity"),
        (Sqlite, "typeof(id) = 'integer' AND ratio > 0.1 AND (active OR placed_at > '2020-01-01 00:00:00')"),
    ] {
        let first = render(dialect, expression, dialect).expect(expression);
        let second = render(dialect, &first, dialect).expect(&first);
        assert_eq!(first, second, "{expression}");
    }
}
