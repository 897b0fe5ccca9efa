//! Tests of the foreign-key graph.

use super::*;
use crate::schema::{Column, DataType, Dialect, Table, TableName, UniqueKey};
use std::collections::BTreeSet;

/// A schema written down as `table: column*, column?; key > parent(columns), …`.
///
/// `*` marks columns of the primary key, `?` nullable ones. A key is written `columns > parent(columns)`, columns
/// separated by blanks, with `!` behind it where it is deferrable and `~` where it is not declared.
fn schema(text: &str) -> Schema {
    let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.trim().split_once(':')).collect();
    let mut tables: Vec<Table> = lines.iter().map(|(name, rest)| table(name, rest)).collect();
    for (index, (_, rest)) in lines.iter().enumerate() {
        let Some((_, keys)) = rest.split_once(';') else { continue };
        let keys = keys.split(',').map(|key| foreign_key(&tables, index, key)).collect();
        tables[index].foreign_keys = keys;
    }
    Schema { dialect: Dialect::Postgres, tables }
}

fn table(name: &str, rest: &str) -> Table {
    let columns = rest.split(';').next().unwrap_or_default().split(',').map(str::trim);
    let mut primary = Vec::new();
    let columns = columns.enumerate().map(|(index, column)| {
        if column.ends_with('*') {
            primary.push(index);
        }
        Column {
            native: "bigint".into(),
            nullable: column.ends_with('?'),
            ..Column::new(
                column.trim_end_matches(['*', '?']).into(),
                DataType::Integer { bits: 64, unsigned: false },
            )
        }
    });
    let columns = columns.collect();
    Table {
        primary_key: Some(UniqueKey::new(primary)),
        ..Table::new(TableName { schema: None, name: name.into() }, columns)
    }
}

fn foreign_key(tables: &[Table], child: usize, text: &str) -> ForeignKey {
    let deferrable = if text.contains('!') { Deferrable::Deferred } else { Deferrable::No };
    let declared = !text.contains('~');
    let text = text.trim_end_matches(['!', '~', ' ', '\n']).trim().trim_end_matches(')');
    let (own, target) = text.split_once('>').expect("a key has a parent");
    let (parent, parent_columns) = target.split_once('(').expect("a key names the parent's columns");
    let parent = tables.iter().position(|table| table.name.name == parent.trim()).expect("a known parent");
    let indexes = |table: usize, names: &str| -> Vec<usize> {
        let names = names.split_whitespace();
        names.map(|name| tables[table].column_index(name).expect("a known column")).collect()
    };
    ForeignKey {
        deferrable,
        declared,
        ..ForeignKey::new(indexes(child, own), parent, indexes(parent, parent_columns))
    }
}

fn shop() -> Schema {
    schema(
        "addresses: id*, customer_id; customer_id > customers(id)
         audit_log: id*
         categories: id*, parent_id?; parent_id > categories(id)
         customers: id*, main_address_id?; main_address_id > addresses(id)
         order_lines: order_id*, line*, product_id; order_id > orders(id), product_id > products(id)
         orders: id*, customer_id, ship_to?; customer_id > customers(id), ship_to > addresses(id)
         products: id*, category_id, page_id?; category_id > categories(id), page_id > audit_log(id) ~",
    )
}

/// The late edges as `table.columns: how`.
fn late(schema: &Schema) -> Vec<String> {
    let graph = SchemaGraph::new(schema);
    let late = graph.late.iter().map(|edge| {
        let table = &schema.tables[edge.table];
        let columns = table.column_names(&table.foreign_keys[edge.foreign_key].columns);
        format!("{}.{columns}: {}", table.name, edge.closed)
    });
    late.collect()
}

#[test]
fn orders_a_shop() {
    let schema = shop();
    let graph = SchemaGraph::new(&schema);
    let names = |tables: &[usize]| -> Vec<&str> {
        tables.iter().map(|&table| schema.tables[table].name.name.as_str()).collect()
    };
    let stages: Vec<_> = graph.stages.iter().map(|stage| names(stage)).collect();
    assert_eq!(
        stages,
        [
            vec!["audit_log", "categories", "customers"],
            vec!["addresses", "products"],
            vec!["orders"],
            vec!["order_lines"],
        ]
    );
    assert_eq!(
        graph.cycles.iter().map(|cycle| names(cycle)).collect::<Vec<_>>(),
        [vec!["addresses", "customers"]]
    );
    assert_eq!(
        late(&schema),
        ["categories.parent_id: parents first", "customers.main_address_id: filled in a second pass"]
    );
}

#[test]
fn breaks_cycles_where_no_key_is_needed() {
    // The Mondial database: a city's key contains its province's, a province's its country's.
    let mondial = schema(
        "city: name*, country*, province*; country > country(code), country province > province(country name)
         country: name, code*, capital?, province?; capital code province > city(name country province)
         province: name*, country*, capital?, capprov?; country > country(code), capital country capprov > city(name country province)",
    );
    assert_eq!(
        late(&mondial),
        [
            "country.capital, code, province: filled in a second pass",
            "province.capital, country, capprov: filled in a second pass"
        ]
    );
}

#[test]
fn prefers_the_edges_that_are_easiest_to_close() {
    let deferrable = schema("a: id*, b?; b > b(id)\nb: id*, a; a > a(id) !");
    assert_eq!(late(&deferrable), ["b.a: checked at the end of the transaction"]);
    let nullable = schema("a: id*, b; b > b(id)\nb: id*, a?; a > a(id)");
    assert_eq!(late(&nullable), ["b.a: filled in a second pass"]);
    let neither = schema("a: id*, b; b > b(id)\nb: id*, a; a > a(id)");
    assert_eq!(late(&neither).len(), 1);
    assert!(late(&neither)[0].ends_with("constraint added after the rows"));
    let undeclared = schema("a: id*, b?; b > b(id)\nb: id*, a; a > a(id) ~");
    assert_eq!(late(&undeclared), ["b.a: checked at the end of the transaction"]);
    // Two edges out of `a` or one into it: the fewer.
    let fewer = schema("a: id*, b?, c?; b > b(id), c > c(id)\nb: id*, c?; c > c(id)\nc: id*, a?; a > a(id)");
    assert_eq!(late(&fewer), ["c.a: filled in a second pass"]);
    // A key that is a reference stays, even where the alternative needs a constraint to be added.
    let key = schema("a: id*; id > b(id) !\nb: id*, a; a > a(id)");
    assert_eq!(late(&key), ["b.a: constraint added after the rows"]);
}

#[test]
fn tells_a_key_that_depends_on_itself() {
    let circle = schema("a: id*; id > b(id)\nb: id*; id > a(id)");
    let late_edges = late(&circle);
    assert_eq!(late_edges.len(), 1);
    assert!(late_edges[0].contains("impossible: the primary key of"), "{late_edges:?}");
    // Each key contains a reference, but to a column that is free: only the order is a problem.
    let free = schema("a: x*, y*; x > b(u)\nb: u*, v*; v > a(y)");
    assert!(late(&free)[0].ends_with("constraint added after the rows"), "{:?}", late(&free));
}

#[test]
fn handles_large_cycles() {
    // A ring of 40 tables, every one with a nullable shortcut back to the one before.
    let count = 40;
    let lines: Vec<String> = (0..count)
        .map(|at| {
            let (next, before) = ((at + 1) % count, (at + count - 1) % count);
            format!("t{at:02}: id*, next, before?; next > t{next:02}(id), before > t{before:02}(id)")
        })
        .collect();
    let schema = schema(&lines.join("\n"));
    let graph = SchemaGraph::new(&schema);
    let hard = graph.late.iter().filter(|edge| edge.closed == Closed::AfterLoad).count();
    assert_eq!(hard, 1, "one edge of the ring has to give way");
    assert_eq!(graph.late.len(), count, "and every shortcut but one");
}

#[test]
fn draws_a_tree() {
    let schema = shop();
    let graph = SchemaGraph::new(&schema);
    let rows = [120, 0, 14, 100, 5_230, 1_250_000, 1];
    insta::assert_snapshot!(render_tree(&schema, &graph, Some(&rows)), @r#"
    audit_log · 0 rows
    └─ products · 1 row (page_id) · from seed.toml
       └─ order_lines · 5,230 rows (product_id)
    categories · 14 rows
    ├─ categories · 14 rows (parent_id) · self-reference: parents first
    └─ products · 1 row (category_id) · see above
    customers · 100 rows
    ├─ addresses · 120 rows (customer_id)
    │  ├─ customers · 100 rows (main_address_id) · closes a cycle: filled in a second pass
    │  └─ orders · 1,250,000 rows (ship_to)
    │     └─ order_lines · 5,230 rows (order_id) · see above
    └─ orders · 1,250,000 rows (customer_id) · see above

    Cycles:
      addresses, customers
        broken at customers (main_address_id) → addresses: filled in a second pass

    Load order:
      1. audit_log, categories, customers
      2. addresses, products
      3. orders
      4. order_lines
    "#);
    insta::assert_snapshot!(render_tree(&schema, &graph, None).lines().next().unwrap_or_default(), @"audit_log");
}

#[test]
fn draws_a_mermaid_diagram() {
    let mut schema = shop();
    schema.tables[1].name.name = "audit \"log\" #1".into();
    schema.tables[1].columns[0].name = "größe id".into();
    let graph = SchemaGraph::new(&schema);
    insta::assert_snapshot!(render_mermaid(&schema, &graph, None), @r#"
    erDiagram
        t0["addresses"] {
            bigint id PK
            bigint customer_id FK
        }
        t1["audit #quot;log#quot; #35;1"] {
            bigint gr__e_id PK "größe id"
        }
        t2["categories"] {
            bigint id PK
            bigint parent_id FK
        }
        t3["customers"] {
            bigint id PK
            bigint main_address_id FK
        }
        t4["order_lines"] {
            bigint order_id PK, FK
            bigint line PK
            bigint product_id FK
        }
        t5["orders"] {
            bigint id PK
            bigint customer_id FK
            bigint ship_to FK
        }
        t6["products"] {
            bigint id PK
            bigint category_id FK
            bigint page_id FK
        }
        t3 ||--o{ t0 : "customer_id"
        t2 |o..o{ t2 : "parent_id"
        t0 |o..o{ t3 : "main_address_id"
        t5 ||--o{ t4 : "order_id"
        t6 ||--o{ t4 : "product_id"
        t3 ||--o{ t5 : "customer_id"
        t0 |o--o{ t5 : "ship_to"
        t2 ||--o{ t6 : "category_id"
        t1 |o--o{ t6 : "page_id"
    "#);
}

#[test]
fn draws_a_dot_graph() {
    let mut schema = shop();
    schema.tables[1].name.name = "audit \"log\"\n\\x".into();
    let graph = SchemaGraph::new(&schema);
    insta::assert_snapshot!(render_dot(&schema, &graph, Some(&[1, 2, 3, 4, 5, 6, 7])), @r#"
    digraph schema {
        rankdir=RL;
        node [shape=box];
        t0 [label="addresses\n1 row"];
        t1 [label="audit \"log\"\n\\x\n2 rows"];
        t2 [label="categories\n3 rows"];
        t3 [label="customers\n4 rows"];
        t4 [label="order_lines\n5 rows"];
        t5 [label="orders\n6 rows"];
        t6 [label="products\n7 rows"];
        t0 -> t3 [label="customer_id"];
        t2 -> t2 [label="parent_id\nparents first", style=dashed];
        t3 -> t0 [label="main_address_id\nfilled in a second pass", style=dashed];
        t4 -> t5 [label="order_id"];
        t4 -> t6 [label="product_id"];
        t5 -> t3 [label="customer_id"];
        t5 -> t0 [label="ship_to"];
        t6 -> t2 [label="category_id"];
        t6 -> t1 [label="page_id"];
    }
    "#);
}

#[test]
fn writes_a_json_document() {
    let schema = schema("a: id*, b?; b > b(id)\nb: id*, a; a > a(id) !");
    let graph = SchemaGraph::new(&schema);
    let document = to_json(&schema, &graph, Some(&[3, 4]));
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).expect("a document"), @r#"
    {
      "cycles": [
        [
          "a",
          "b"
        ]
      ],
      "load_order": [
        [
          "b"
        ],
        [
          "a"
        ]
      ],
      "tables": [
        {
          "columns": 2,
          "foreign_keys": [
            {
              "columns": [
                "b"
              ],
              "declared": true,
              "nullable": true,
              "parent": "b",
              "parent_columns": [
                "id"
              ]
            }
          ],
          "name": "a",
          "primary_key": [
            "id"
          ],
          "rows": 3,
          "unique_keys": []
        },
        {
          "columns": 2,
          "foreign_keys": [
            {
              "columns": [
                "a"
              ],
              "declared": true,
              "late": {
                "closed": "deferred"
              },
              "nullable": false,
              "parent": "a",
              "parent_columns": [
                "id"
              ]
            }
          ],
          "name": "b",
          "primary_key": [
            "id"
          ],
          "rows": 4,
          "unique_keys": []
        }
      ]
    }
    "#);
}

proptest::proptest! {
    #[test]
    fn loads_parents_before_children(edges in proptest::collection::vec((0usize..9, 0usize..9, 0u8..4, 0u8..2), 0..24)) {
        let mut keys = vec![String::new(); 9];
        for (child, parent, kind, mark) in edges {
            let own = ["id", "n", "m", "id n"][usize::from(kind)];
            let other = if kind == 3 { "id n" } else { "id" };
            let mark = if mark == 1 { "!" } else { "" };
            let separator = if keys[child].is_empty() { ";" } else { "," };
            keys[child] += &format!("{separator} {own} > t{parent}({other}) {mark}");
        }
        let lines: Vec<String> =
            keys.iter().enumerate().map(|(at, keys)| format!("t{at}: id*, n?, m {keys}")).collect();
        let schema = schema(&lines.join("\n"));
        let graph = SchemaGraph::new(&schema);
        proptest::prop_assert_eq!(&graph, &SchemaGraph::new(&schema));

        let order = graph.order();
        proptest::prop_assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 9);
        proptest::prop_assert_eq!(order.len(), 9);
        let stage = |table: usize| graph.stages.iter().position(|stage| stage.contains(&table));
        for (child, table) in schema.tables.iter().enumerate() {
            for (index, key) in table.foreign_keys.iter().enumerate() {
                let self_reference = key.parent == child;
                if self_reference {
                    proptest::prop_assert_eq!(graph.closed(child, index), Some(&Closed::ParentsFirst));
                } else if !graph.is_late(child, index) {
                    proptest::prop_assert!(stage(key.parent) < stage(child));
                }
            }
        }
        // No late edge is late for nothing: put back, it closes a cycle.
        for edge in graph.late.iter().filter(|edge| edge.closed != Closed::ParentsFirst) {
            let back = foreign_keys(&schema, |table, index, _| {
                !graph.is_late(table, index) || (table, index) == (edge.table, edge.foreign_key)
            });
            proptest::prop_assert!(toposort(&back, None).is_err());
        }
        render_tree(&schema, &graph, None);
        render_mermaid(&schema, &graph, None);
        render_dot(&schema, &graph, None);
        to_json(&schema, &graph, None);
    }
}
