//! The DDL of hand-made schemas, dialect by dialect.

mod shop;

use super::*;
use crate::schema::{Column, DataType, Identity, TableName};
use shop::{INTEGER, TEXT, column, key, numbered, reference, required, shop, table, with_default};

/// All DDL of a schema as a script, the notes behind it.
fn script(to: Dialect, schema: &Schema) -> String {
    let tables: Vec<_> = (0..schema.tables.len()).collect();
    let inline = if to == Dialect::Postgres { Inline::Bare } else { Inline::All };
    let mut ddl = create_types(to, schema, &tables);
    for &table in &tables {
        ddl.append(create_table(to, schema, table, inline));
    }
    for &table in &tables {
        ddl.append(add_keys(to, schema, table));
        ddl.append(add_indexes(to, schema, table));
    }
    if to == Dialect::Postgres {
        tables.iter().for_each(|&table| ddl.append(add_foreign_keys(to, schema, table)));
    }
    let statements: String = ddl.statements.iter().map(|statement| format!("{statement};\n")).collect();
    format!("{statements}-- {}", ddl.notes.join("\n-- "))
}

#[test]
fn the_shop_on_postgres() {
    insta::assert_snapshot!(script(Dialect::Postgres, &shop()));
}

#[test]
fn the_shop_on_mysql() {
    insta::assert_snapshot!(script(Dialect::Mysql, &shop()));
}

#[test]
fn the_shop_on_sqlite() {
    insta::assert_snapshot!(script(Dialect::Sqlite, &shop()));
}

#[test]
fn quotes_are_doubled_and_long_names_shortened() {
    assert_eq!(quote(Dialect::Postgres, "a\"b"), "\"a\"\"b\"");
    assert_eq!(quote(Dialect::Mysql, "a`b\"c"), "`a``b\"c`");
    assert_eq!(quote(Dialect::Sqlite, ""), "\"\"");
    let long = "ä".repeat(40);
    let short = identifier(Dialect::Postgres, &long);
    assert!(short.len() <= 63 && short.starts_with("ää"), "{short}");
    assert_ne!(short, identifier(Dialect::Postgres, &format!("{long}x")));
    assert_eq!(identifier(Dialect::Mysql, &long), long);
    let longer = "x".repeat(65);
    assert!(identifier(Dialect::Mysql, &longer).len() <= 64);
    assert_eq!(identifier(Dialect::Sqlite, &longer), longer);
}

#[test]
fn named_schemas_are_flattened_without_collisions() {
    let names = ["sales_orders", "sales.orders", "Sales_Orders2", "a_b.c", "a.b_c"];
    let tables = names.map(|name| table(name, vec![column("id", INTEGER, "integer")], &[0]));
    let schema = Schema { dialect: Dialect::Postgres, tables: tables.into() };
    let found: Vec<_> = schema
        .tables
        .iter()
        .map(|table| target_name(Dialect::Mysql, &schema, &table.name).to_string())
        .collect();
    assert_eq!(found[0], "sales_orders");
    assert!(found[1].starts_with("sales_orders_") && found[1].len() == 21, "{found:?}");
    assert_eq!(found[3], "a_b_c");
    assert!(found[4].starts_with("a_b_c_"), "{found:?}");
    let name = &schema.tables[1].name;
    assert_eq!(table_name(Dialect::Postgres, &schema, name), "\"sales\".\"orders\"");
    let unknown = TableName { schema: Some("x".into()), name: "y".into() };
    assert_eq!(table_name(Dialect::Sqlite, &schema, &unknown), "\"x_y\"");
}

#[test]
fn constraint_names_that_occur_twice_take_their_table_in_front() {
    let mut tables: Vec<_> =
        ["a", "b"].map(|name| table(name, vec![column("email", INTEGER, "int")], &[0])).into();
    for table in &mut tables {
        table.uniques.push(key("email", &[0]));
    }
    let schema = Schema { dialect: Dialect::Mysql, tables };
    let keys = add_keys(Dialect::Postgres, &schema, 1).statements;
    assert_eq!(keys[1], "ALTER TABLE \"b\" ADD CONSTRAINT \"b_email\" UNIQUE (\"email\")");
}

/// Every logical type, through every dialect.
#[test]
fn spellings_of_all_types() {
    let text = |max, fixed| DataType::Text { max, fixed };
    let types = [
        DataType::Boolean,
        DataType::Integer { bits: 8, unsigned: false },
        DataType::Integer { bits: 16, unsigned: true },
        DataType::Integer { bits: 24, unsigned: false },
        DataType::Integer { bits: 32, unsigned: true },
        DataType::Integer { bits: 64, unsigned: false },
        DataType::Decimal { precision: 38, scale: 35 },
        DataType::Numeric,
        DataType::Float { bits: 32 },
        DataType::Float { bits: 64 },
        text(None, false),
        text(Some(2), true),
        text(Some(300), true),
        text(Some(40), false),
        text(Some(70_000), false),
        DataType::Bytes { max: Some(16) },
        DataType::Bytes { max: None },
        DataType::Date,
        DataType::Time,
        DataType::Timestamp { zoned: false },
        DataType::Timestamp { zoned: true },
        DataType::Uuid,
        DataType::Json,
        DataType::Enum { name: None, labels: vec!["a".into(), "it's".into()] },
        DataType::Array { element: DataType::Uuid.into() },
        DataType::Other,
    ];
    let spell = |from, to, data_type| column_type(from, to, data_type, "native");
    let lines: Vec<_> = types
        .iter()
        .map(|data_type| {
            format!(
                "{} | {} | {}",
                spell(Dialect::Mysql, Dialect::Postgres, data_type),
                spell(Dialect::Sqlite, Dialect::Mysql, data_type),
                spell(Dialect::Postgres, Dialect::Sqlite, data_type)
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(spell(Dialect::Mysql, Dialect::Mysql, &DataType::Other), "native");
}

#[test]
fn defaults_are_translated_or_refused() {
    use Dialect::{Mysql, Postgres, Sqlite};
    let zoned = DataType::Timestamp { zoned: true };
    let bytes = DataType::Bytes { max: None };
    for (from, to, data_type, expression, expected) in [
        (Postgres, Mysql, &TEXT, "'x'::character varying", Some("('x')")),
        (Postgres, Sqlite, &TEXT, "'it''s'::text", Some("'it''s'")),
        (Postgres, Sqlite, &INTEGER, "'-1'::integer", Some("-1")),
        (Postgres, Mysql, &INTEGER, "(0)::numeric(10,2)", Some("0")),
        (Postgres, Mysql, &DataType::Boolean, "true", Some("1")),
        (Postgres, Mysql, &zoned, "timezone('utc'::text, now())", Some("CURRENT_TIMESTAMP(6)")),
        (Postgres, Sqlite, &DataType::Date, "('now'::text)::date", None),
        (Postgres, Sqlite, &DataType::Date, "CURRENT_DATE", Some("CURRENT_DATE")),
        (Postgres, Sqlite, &DataType::Date, "now()", Some("CURRENT_DATE")),
        (Postgres, Mysql, &DataType::Uuid, "gen_random_uuid()", Some("(uuid())")),
        (Postgres, Sqlite, &DataType::Uuid, "gen_random_uuid()", None),
        (Postgres, Sqlite, &TEXT, "NULL::character varying", Some("NULL")),
        (Postgres, Sqlite, &TEXT, "my_function(1)", None),
        (Postgres, Sqlite, &bytes, "'\\x00'::bytea", None),
        (Postgres, Postgres, &INTEGER, "nextval('a_seq'::regclass)", None),
        (Postgres, Postgres, &TEXT, "my_function(1)", Some("my_function(1)")),
        (Mysql, Postgres, &DataType::Boolean, "b'1'", Some("TRUE")),
        (Mysql, Postgres, &DataType::Boolean, "'0'", Some("FALSE")),
        (Mysql, Postgres, &DataType::Date, "'0000-00-00'", None),
        (Mysql, Postgres, &DataType::Date, "'2024-02-29'", Some("'2024-02-29'")),
        (Mysql, Postgres, &zoned, "current_timestamp()", Some("CURRENT_TIMESTAMP")),
        (Mysql, Postgres, &TEXT, "_utf8mb4'a\\'b'", Some("'a''b'")),
        (Mysql, Mysql, &TEXT, "'x'", Some("'x'")),
        (Mysql, Mysql, &TEXT, "uuid()", Some("(uuid())")),
        (Mysql, Mysql, &zoned, "current_timestamp(6)", Some("current_timestamp(6)")),
        (Sqlite, Postgres, &TEXT, "\"x\"", Some("'x'")),
        (Sqlite, Mysql, &zoned, "datetime('now')", Some("CURRENT_TIMESTAMP(6)")),
        (Sqlite, Sqlite, &TEXT, "datetime('now')", Some("(datetime('now'))")),
        (Sqlite, Sqlite, &TEXT, "\"x\"", Some("\"x\"")),
        (Sqlite, Sqlite, &zoned, "CURRENT_TIMESTAMP", Some("CURRENT_TIMESTAMP")),
        (Sqlite, Postgres, &INTEGER, "'many'", None),
    ] {
        let found = default::default(from, to, data_type, expression).ok();
        assert_eq!(found.as_deref(), expected, "{from} {to} {expression}");
    }
}

#[test]
fn generated_columns_are_translated_or_refused() {
    use Dialect::{Mysql, Postgres, Sqlite};
    let columns = ["a", "b", "Name"].map(|name| column(name, TEXT, "text"));
    let table = table("t", columns.into(), &[0]);
    for (from, to, expression, expected) in [
        (Postgres, Sqlite, "((a)::numeric * (b)::numeric)", Some("(\"a\" * \"b\")")),
        (
            Postgres,
            Mysql,
            "((a || ' '::text) || lower((\"Name\")::text))",
            Some("concat(concat(`a`, ' '), lower(`Name`))"),
        ),
        (Mysql, Postgres, "concat(`a`,_utf8mb4' ',`name`)", Some("(\"a\" || ' ' || \"Name\")")),
        (Sqlite, Mysql, "a + b * -2", Some("(`a` + (`b` * (- 2)))")),
        (Sqlite, Mysql, "a / b", None),
        (Mysql, Sqlite, "`a` || `b`", None),
        (Postgres, Mysql, "concat(a, b)", None),
        (Sqlite, Postgres, "a || b + 1", None),
        (Postgres, Mysql, "to_tsvector('simple', a)", None),
        (Sqlite, Postgres, "a + unknown", None),
        (Sqlite, Postgres, "(a", None),
    ] {
        let found = expression::translate(from, to, &table, expression);
        assert_eq!(found.as_deref(), expected, "{from} {to} {expression}");
    }
}

/// A numbered unsigned bigint, as Laravel makes it, and what refers to it.
#[test]
fn both_sides_of_a_foreign_key_get_one_type() {
    let wide = DataType::Decimal { precision: 20, scale: 0 };
    let mut id = required(column("id", wide.clone(), "bigint unsigned"));
    id.identity = Some(Identity::AutoIncrement);
    let parent = table("users", vec![id], &[0]);
    let child_column = required(column("user_id", wide, "bigint unsigned"));
    let mut child = table("posts", vec![child_column], &[0]);
    child.foreign_keys.push(reference(&[0], 0, &[0]));
    let schema = Schema { dialect: Dialect::Mysql, tables: vec![parent, child] };
    let wide = DataType::Integer { bits: 64, unsigned: false };
    for to in [Dialect::Postgres, Dialect::Sqlite] {
        assert_eq!(target_type(to, &schema, 0, 0), wide);
        assert_eq!(target_type(to, &schema, 1, 0), wide);
    }
    let users = create_table(Dialect::Postgres, &schema, 0, Inline::Bare).statements;
    assert_eq!(
        users,
        ["CREATE TABLE \"users\" (\n  \"id\" bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL\n)"]
    );
}

#[test]
fn mysql_bounds_texts_in_keys_and_moves_long_ones_out_of_the_row() {
    let long = |name: &str| column(name, DataType::Text { max: Some(8000), fixed: false }, "varchar(8000)");
    let mut wide = table(
        "wide",
        vec![
            required(column("a", TEXT, "text")),
            required(column("b", TEXT, "text")),
            long("c"),
            long("d"),
            long("e"),
        ],
        &[0, 1],
    );
    wide.uniques.push(key("one", &[0]));
    let schema = Schema { dialect: Dialect::Sqlite, tables: vec![wide] };
    let ddl = create_table(Dialect::Mysql, &schema, 0, Inline::All);
    insta::assert_snapshot!(ddl.statements[0]);
    assert_eq!(ddl.notes.len(), 2, "{:?}", ddl.notes);
}

#[test]
fn an_identity_that_leads_no_key_gets_an_index_on_mysql() {
    let code = required(column("code", INTEGER, "integer"));
    let schema = Schema {
        dialect: Dialect::Postgres,
        tables: vec![table("t", vec![code, numbered("n", Identity::Sequence)], &[0])],
    };
    let ddl = create_table(Dialect::Mysql, &schema, 0, Inline::All);
    assert!(
        ddl.statements[0].contains("`n` int NOT NULL AUTO_INCREMENT,\n  KEY (`n`)"),
        "{}",
        ddl.statements[0]
    );
    let ddl = create_table(Dialect::Sqlite, &schema, 0, Inline::All);
    assert_eq!(ddl.notes, ["t.n: not numbered by SQLite, which cannot do it here"]);
}

#[test]
fn orphans_are_counted_over_all_columns() {
    assert_eq!(
        count_orphans(Dialect::Mysql, &shop(), 3, 0),
        "SELECT count(*) FROM `order_lines` AS c WHERE c.`region` IS NOT NULL AND c.`number` IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM `sales_orders` AS p WHERE p.`region` = c.`region` AND p.`number` = c.`number`)"
    );
}

#[test]
fn options_of_the_same_engine_are_kept() {
    let mut own = table("t", vec![with_default(column("a", TEXT, "TEXT"), "datetime('now')")], &[0]);
    own.options = vec!["WITHOUT ROWID".into(), "STRICT".into()];
    let mut schema = Schema { dialect: Dialect::Sqlite, tables: vec![own] };
    let ddl = create_table(Dialect::Sqlite, &schema, 0, Inline::All).statements;
    assert!(ddl[0].ends_with(") WITHOUT ROWID, STRICT"), "{}", ddl[0]);
    assert!(ddl[0].contains("DEFAULT (datetime('now'))"), "{}", ddl[0]);

    schema.dialect = Dialect::Mysql;
    schema.tables[0].options = vec!["ENGINE=InnoDB".into(), "PARTITION BY HASH (a)".into()];
    schema.tables[0].comment = Some("c".into());
    let ddl = create_table(Dialect::Mysql, &schema, 0, Inline::All).statements;
    assert!(ddl[0].ends_with(") COMMENT='c' ENGINE=InnoDB PARTITION BY HASH (a)"), "{}", ddl[0]);
}

#[test]
fn a_column_that_may_not_be_said_stays_unsaid() {
    let serial = |name| -> Column { numbered(name, Identity::ByDefault) };
    let schema =
        Schema { dialect: Dialect::Postgres, tables: vec![table("t", vec![serial("a"), serial("b")], &[0])] };
    let ddl = create_table(Dialect::Postgres, &schema, 0, Inline::Bare);
    assert_eq!(ddl.statements[0].matches("IDENTITY").count(), 2);
    let ddl = create_table(Dialect::Mysql, &schema, 0, Inline::All);
    assert_eq!(ddl.statements[0].matches("AUTO_INCREMENT").count(), 1);
    assert_eq!(ddl.notes.len(), 1);
}
