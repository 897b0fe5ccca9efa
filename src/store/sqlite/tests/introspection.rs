//! Introspection of schemas with every awkward feature.

use super::introspected;
use crate::schema::{Action, DataType, Deferrable, Identity, Table};

const NASTY: &str = r#"
CREATE TABLE "order" (             -- a reserved word, and a comment with a ) in it
  "select" INTEGER PRIMARY KEY AUTOINCREMENT,
  [group by] VARCHAR(20) DEFAULT "it's" CHECK ("group by" IN ('a,b', 'c)', 'it''s')),
  `from` TEXT COLLATE NOCASE CONSTRAINT "unique from" UNIQUE,
  net DECIMAL(10,2) NOT NULL,
  gross DECIMAL(10,2) GENERATED ALWAYS AS (round(net * (1 + 0.19), 2)) STORED,
  label TEXT AS ("group by" || ' (' || net || ')') VIRTUAL,
  "a ""quoted"" name" INT DEFAULT -1,
  CONSTRAINT "net, positive" CHECK (net > 0 /* not , */ AND net < 1e6)
  CONSTRAINT two CHECK (net <> 13)
);
CREATE TABLE line (
  order_id INTEGER NOT NULL REFERENCES "order" ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
  place INT NOT NULL,
  replaces_order INTEGER, replaces_place INTEGER,
  PRIMARY KEY (place, order_id),
  CONSTRAINT replaced FOREIGN KEY (replaces_place, replaces_order) REFERENCES LINE (PLACE, Order_Id)
) WITHOUT ROWID, STRICT;
CREATE TABLE person (
  id INTEGER PRIMARY KEY, email TEXT UNIQUE, boss INTEGER REFERENCES person,
  partner TEXT REFERENCES person (email) NOT DEFERRABLE, gone REFERENCES nowhere (id), anything
);
CREATE UNIQUE INDEX person_anything ON person (anything) WHERE anything IS NOT NULL AND anything <> ')';
CREATE UNIQUE INDEX person_lower ON person (lower(email), boss);
CREATE INDEX person_boss ON person (boss);
CREATE INDEX person_late ON person (boss DESC);
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg);
CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INTEGER REFERENCES hen DEFERRABLE);
CREATE VIRTUAL TABLE search USING fts5(body);
CREATE VIEW shown AS SELECT 1;
"#;

fn table<'a>(schema: &'a crate::schema::Schema, name: &str) -> &'a Table {
    &schema.tables[schema.table_index(name).expect("the table is there")]
}

#[tokio::test]
async fn only_ordinary_tables_are_seen() {
    let schema = introspected(NASTY).await;
    let names: Vec<_> = schema.tables.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(names, ["egg", "hen", "line", "order", "person"]);
}

#[tokio::test]
async fn columns_with_all_that_hangs_on_them() {
    let schema = introspected(NASTY).await;
    let order = table(&schema, "order");
    let names: Vec<_> = order.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["select", "group by", "from", "net", "gross", "label", "a \"quoted\" name"]);
    assert_eq!(order.columns[0].identity, Some(Identity::AutoIncrement));
    assert_eq!(order.options, ["AUTOINCREMENT"]);
    assert_eq!(order.columns[1].default.as_deref(), Some("'it''s'"));
    assert!(order.columns[2].case_insensitive);
    assert_eq!(order.columns[3].data_type, DataType::Decimal { precision: 10, scale: 2 });
    let generated = order.columns[4].generated.as_ref().expect("generated");
    assert_eq!((generated.expression.as_str(), generated.stored), ("round(net * (1 + 0.19), 2)", true));
    let label = order.columns[5].generated.as_ref().expect("generated");
    assert_eq!((label.expression.as_str(), label.stored), (r#""group by" || ' (' || net || ')'"#, false));
    assert_eq!(order.columns[6].default.as_deref(), Some("-1"));
    assert_eq!(order.written_columns().count(), 5);
}

#[tokio::test]
async fn constraints_that_only_the_text_tells() {
    let schema = introspected(NASTY).await;
    let order = table(&schema, "order");
    let checks: Vec<_> =
        order.checks.iter().map(|check| (check.name.as_deref(), check.expression.as_str())).collect();
    assert_eq!(
        checks,
        [
            (None, r#""group by" IN ('a,b', 'c)', 'it''s')"#),
            (Some("net, positive"), "net > 0 /* not , */ AND net < 1e6"),
            (Some("two"), "net <> 13"),
        ]
    );
    assert_eq!(order.uniques[0].name.as_deref(), Some("unique from"));
    assert!(order.uniques[0].constraint);
    let person = table(&schema, "person");
    let partial = person.uniques.iter().find(|key| key.name.as_deref() == Some("person_anything"));
    let partial = partial.expect("the partial index");
    assert_eq!(partial.predicate.as_deref(), Some("anything IS NOT NULL AND anything <> ')'"));
    assert!(!partial.constraint);
    let lower = person.uniques.iter().find(|key| key.name.as_deref() == Some("person_lower"));
    let lower = lower.expect("the expression index");
    assert_eq!(lower.expression.as_deref(), Some("lower(email), boss"));
    assert!(lower.columns.is_empty());
    let indexes: Vec<_> =
        person.indexes.iter().map(|index| (index.name.as_str(), index.columns.as_slice())).collect();
    assert_eq!(indexes, [("person_boss", [2].as_slice()), ("person_late", &[])]);
}

#[tokio::test]
async fn foreign_keys_of_every_kind() {
    let schema = introspected(NASTY).await;
    let line = table(&schema, "line");
    assert_eq!(line.options, ["WITHOUT ROWID", "STRICT"]);
    assert_eq!(line.primary_key.as_ref().expect("a key").columns, [1, 0]);
    let [to_order, replaced] = line.foreign_keys.as_slice() else { panic!("two keys") };
    assert_eq!(schema.tables[to_order.parent].name.name, "order");
    assert_eq!(to_order.parent_columns, [0]);
    assert_eq!((to_order.on_delete, to_order.on_update), (Action::Cascade, Action::SetNull));
    assert_eq!(to_order.deferrable, Deferrable::Deferred);
    assert_eq!(replaced.name.as_deref(), Some("replaced"));
    assert_eq!(
        (replaced.columns.as_slice(), replaced.parent_columns.as_slice()),
        ([3, 2].as_slice(), [1, 0].as_slice())
    );
    let person = table(&schema, "person");
    // The key to a table that does not exist is left out.
    let keys: Vec<_> =
        person.foreign_keys.iter().map(|key| (key.columns[0], key.parent_columns[0])).collect();
    assert_eq!(keys, [(2, 0), (3, 1)]);
    assert_eq!(person.foreign_keys[1].deferrable, Deferrable::No);
    assert_eq!(table(&schema, "egg").foreign_keys[0].deferrable, Deferrable::Immediate);
}

#[tokio::test]
async fn types_are_believed_only_as_far_as_the_values_bear_them_out() {
    let schema = introspected(
        "CREATE TABLE t (
           flag BOOLEAN, no_flag BOOLEAN, small TINYINT, too_small TINYINT, price DECIMAL(6,2), rough NUMERIC(6,2),
           free NUMERIC, third NUMERIC, day DATE, stamp DATETIME, zoned TIMESTAMP, epoch DATETIME, mixed DATETIME,
           day_text TEXT, iso_text TEXT, clock TIME, id UUID, doc JSON, tags 'TEXT[]', code VARCHAR(2), untyped, salad,
           bytes BLOB, whole INTEGER
         );
         INSERT INTO t VALUES
           (1, 2, 5, 5, 12.3, 0.333, 1.25, 1.0/3, '2026-01-31', '2026-01-31 10:00:00', '2026-01-31T10:00:00Z', 17, '2026-01-31',
            '2026-01-31', '2026-01-31T10:00:00', '10:00:00.5', '5f0c2f40-0a5b-4b0e-9a0e-0123456789ab', '{}', '[]', 'long', 1.5, 1,
            x'00', 1),
           (0, 0, -5, 500, 12, 1, 7, 1, '2024-02-29', '2026-01-31 10:00:00.25', '2026-01-31 10:00:00+02:00', 18, '2026-01-31T23:59:59',
            NULL, NULL, '23:59:59', NULL, '[1]', NULL, 'a', 2, 'x', NULL, 1.5);",
    )
    .await;
    let found: Vec<_> = schema.tables[0]
        .columns
        .iter()
        .map(|column| format!("{} {:?}", column.name, column.data_type))
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    flag Boolean
    no_flag Integer { bits: 64, unsigned: false }
    small Integer { bits: 8, unsigned: false }
    too_small Integer { bits: 64, unsigned: false }
    price Decimal { precision: 6, scale: 2 }
    rough Float { bits: 64 }
    free Numeric
    third Float { bits: 64 }
    day Date
    stamp Timestamp { zoned: false }
    zoned Timestamp { zoned: true }
    epoch Integer { bits: 64, unsigned: false }
    mixed Timestamp { zoned: false }
    day_text Date
    iso_text Text { max: None, fixed: false }
    clock Time
    id Uuid
    doc Json
    tags Text { max: None, fixed: false }
    code Text { max: None, fixed: false }
    untyped Float { bits: 64 }
    salad Other
    bytes Bytes { max: None }
    whole Float { bits: 64 }
    ");
}

#[tokio::test]
async fn an_empty_table_has_its_declared_types() {
    let schema = introspected(
        "CREATE TABLE t (a BOOLEAN, b INT UNSIGNED, c NUMERIC, d TIMESTAMPTZ, e CHAR(3), f, g 'INTEGER[]', h FLOAT)",
    )
    .await;
    let found: Vec<_> =
        schema.tables[0].columns.iter().map(|column| format!("{:?}", column.data_type)).collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    Boolean
    Integer { bits: 32, unsigned: true }
    Numeric
    Timestamp { zoned: true }
    Text { max: Some(3), fixed: false }
    Text { max: None, fixed: false }
    Text { max: None, fixed: false }
    Float { bits: 64 }
    ");
}

#[tokio::test]
async fn both_ends_of_a_key_have_one_type() {
    let schema = introspected(
        "CREATE TABLE day (day TEXT PRIMARY KEY);
         CREATE TABLE shift (day TEXT REFERENCES day, again TEXT REFERENCES day);
         INSERT INTO day VALUES ('2026-01-31'), ('2026-02-01');
         INSERT INTO shift VALUES (NULL, 'some day');",
    )
    .await;
    let types: Vec<_> = schema
        .tables
        .iter()
        .flat_map(|table| &table.columns)
        .map(|column| column.data_type.arrow().to_string())
        .collect();
    assert_eq!(types, ["Utf8", "Utf8", "Utf8"]);
}
