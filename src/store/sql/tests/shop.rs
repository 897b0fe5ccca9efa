//! A hand-made schema with every awkward feature, as PostgreSQL describes it.

use crate::schema::{
    Action, Check, Column, DataType, Deferrable, Dialect, ForeignKey, Generated, Identity, Index, Partition,
    Schema, Table, TableName, UniqueKey,
};

pub(super) const INTEGER: DataType = DataType::Integer { bits: 32, unsigned: false };
pub(super) const TEXT: DataType = DataType::Text { max: None, fixed: false };

pub(super) fn column(name: &str, data_type: DataType, native: &str) -> Column {
    Column { native: native.into(), nullable: true, ..Column::new(name.into(), data_type) }
}

pub(super) fn required(mut column: Column) -> Column {
    column.nullable = false;
    column
}

pub(super) fn with_default(mut column: Column, default: &str) -> Column {
    column.default = Some(default.into());
    column
}

pub(super) fn numbered(name: &str, identity: Identity) -> Column {
    let mut column = required(column(name, INTEGER, "integer"));
    column.identity = Some(identity);
    column
}

pub(super) fn key(name: &str, columns: &[usize]) -> UniqueKey {
    UniqueKey { name: Some(name.into()), ..UniqueKey::new(columns.into()) }
}

pub(super) fn reference(columns: &[usize], parent: usize, parent_columns: &[usize]) -> ForeignKey {
    ForeignKey::new(columns.into(), parent, parent_columns.into())
}

pub(super) fn table(name: &str, columns: Vec<Column>, primary_key: &[usize]) -> Table {
    let (schema, name) = match name.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, name),
    };
    Table {
        primary_key: Some(key(&format!("{name}_pkey"), primary_key)),
        ..Table::new(TableName { schema, name: name.into() }, columns)
    }
}

/// Customers, countries with a text key, orders in a named schema, order lines with a composite key, partitioned events.
pub(super) fn shop() -> Schema {
    let mood = DataType::Enum { name: Some("mood".into()), labels: vec!["glad".into(), "it's".into()] };
    let countries = table("countries", vec![required(column("code", TEXT, "text"))], &[0]);

    let mut customers = table(
        "customers",
        vec![
            numbered("id", Identity::Always),
            required(column("email", TEXT, "text")),
            with_default(column("country", TEXT, "text"), "'NL'::text"),
            with_default(column("mood", mood.clone(), "mood"), "'glad'::mood"),
            with_default(column("tags", DataType::Array { element: TEXT.into() }, "text[]"), "'{}'::text[]"),
            with_default(
                column("seen", DataType::Timestamp { zoned: true }, "timestamp with time zone"),
                "now()",
            ),
            with_default(column("token", DataType::Uuid, "uuid"), "gen_random_uuid()"),
            column("boss", INTEGER, "integer"),
            generated("address", "lower(email) || '!'::text"),
            column("place", DataType::Other, "inet"),
        ],
        &[0],
    );
    customers.comment = Some("who's who".into());
    customers.columns[1].comment = Some("their address".into());
    customers.uniques.push(key("customers_email_key", &[1]));
    customers.uniques.push(UniqueKey {
        expression: Some("lower(email)".into()),
        columns: Vec::new(),
        constraint: false,
        ..key("customers_lower_email", &[])
    });
    customers.uniques.push(UniqueKey {
        predicate: Some("boss IS NULL".into()),
        constraint: false,
        ..key("one_boss", &[2])
    });
    customers.foreign_keys.push(ForeignKey { on_update: Action::Cascade, ..reference(&[2], 0, &[0]) });
    customers.foreign_keys.push(ForeignKey {
        name: Some("boss_fkey".into()),
        deferrable: Deferrable::Deferred,
        on_delete: Action::SetDefault,
        ..reference(&[7], 1, &[0])
    });
    customers.indexes.push(Index { name: "by_country".into(), columns: vec![2, 9], definition: None });

    let mut orders = table(
        "sales.orders",
        vec![
            required(column("region", TEXT, "text")),
            required(column("number", INTEGER, "integer")),
            column("customer", INTEGER, "integer"),
            with_default(
                required(column("total", DataType::Decimal { precision: 10, scale: 2 }, "numeric(10,2)")),
                "'0'::numeric",
            ),
            column("tax", DataType::Numeric, "numeric"),
        ],
        &[0, 1],
    );
    orders.foreign_keys.push(reference(&[2], 1, &[0]));
    orders.foreign_keys.push(ForeignKey { declared: false, ..reference(&[0], 0, &[0]) });
    orders.checks.push(Check {
        name: Some("paid".into()),
        expression: "total >= (0)::numeric".into(),
        trial: None,
    });

    let mut lines = table(
        "order_lines",
        vec![
            required(column("region", TEXT, "text")),
            required(column("number", INTEGER, "integer")),
            required(column("line", DataType::Integer { bits: 16, unsigned: false }, "smallint")),
            column("note", DataType::Text { max: Some(20_000), fixed: false }, "character varying(20000)"),
        ],
        &[0, 1, 2],
    );
    lines.foreign_keys.push(ForeignKey {
        match_full: true,
        on_delete: Action::Cascade,
        ..reference(&[0, 1], 2, &[0, 1])
    });

    let mut events = table("events", vec![required(column("at", DataType::Date, "date"))], &[0]);
    events.partition_by = Some("RANGE (at)".into());
    events.partitions = vec![
        Partition {
            name: TableName { schema: None, name: "events_2025".into() },
            bounds: "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')".into(),
            condition: None,
        },
        Partition {
            name: TableName { schema: None, name: "events_rest".into() },
            bounds: "DEFAULT".into(),
            condition: None,
        },
    ];
    Schema { dialect: Dialect::Postgres, tables: vec![countries, customers, orders, lines, events] }
}

fn generated(name: &str, expression: &str) -> Column {
    let mut column = column(name, TEXT, "text");
    column.generated = Some(Generated { expression: expression.into(), stored: true });
    column
}
