//! Draws a schema: tables with keys, then what the columns say of each other, then what closes cycles.

use super::dice::Dice;
use super::shape::{Column, Kind, Schema, Table, Texts, Unique};
use super::{checks, keys, names, types};
use crate::support::Engine;

/// The schema of a seed.
pub(super) fn schema(engine: Engine, seed: u64) -> Schema {
    let mut dice = Dice::new(seed);
    let mut schema = Schema { engine, types: Vec::new(), tables: Vec::new() };
    let count = *dice.pick(&[1, 2, 3, 3, 4, 4, 5, 6, 7, 8, 10, 12]);
    for _ in 0..count {
        let empty = table(&schema, &mut dice);
        schema.tables.push(empty);
        let index = schema.tables.len() - 1;
        keys::draw(&mut schema, index, &mut dice);
        payload(&mut schema, index, &mut dice);
        keys::uniques(&mut schema, index, &mut dice);
    }
    keys::close_cycles(&mut schema, &mut dice);
    for index in 0..count {
        checks::draw(&mut schema, index, &mut dice);
    }
    schema
}

fn table(schema: &Schema, dice: &mut Dice) -> Table {
    let name = names::table(dice, schema.tables.iter().map(|table| table.name.as_str()));
    let suffix = match schema.engine {
        Engine::Sqlite if dice.chance(12) => "STRICT",
        _ => "",
    };
    Table {
        schema: (schema.engine == Engine::Postgres && dice.chance(6)).then_some("audit"),
        name,
        columns: Vec::new(),
        primary_key: Vec::new(),
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        suffix: suffix.to_owned(),
        routed_by: None,
        partitions: Vec::new(),
        rows: 3 + dice.below(*dice.clone().pick(&[8, 40, 58])),
    }
}

/// Adds a column under a name of its own and returns its number.
pub(super) fn add(table: &mut Table, mut column: Column, name: Option<&str>, dice: &mut Dice) -> usize {
    let taken = table.columns.iter().map(|column| column.name.as_str());
    column.name = match name {
        Some(name) => names::like(name, taken),
        None => names::column(dice, taken),
    };
    table.columns.push(column);
    table.columns.len() - 1
}

fn payload(schema: &mut Schema, index: usize, dice: &mut Dice) {
    let (engine, strict) = (schema.engine, schema.tables[index].suffix == "STRICT");
    let count = *dice.pick(&[0, 1, 2, 3, 4, 5, 6, 8, 10]);
    for _ in 0..count {
        let mut column = types::any(engine, strict, dice, &mut schema.types);
        // Pairs of one type are what orderings are made of.
        let twin = (dice.chance(25) && column.kind.is_ordered()).then(|| column.clone());
        describe(&mut column, dice);
        add(&mut schema.tables[index], column, None, dice);
        if let Some(twin) = twin {
            add(&mut schema.tables[index], twin, None, dice);
        }
    }
    if schema.tables[index].columns.is_empty() {
        let column = types::any(engine, strict, dice, &mut schema.types);
        add(&mut schema.tables[index], column, None, dice);
    }
    partitioned(schema, index, dice);
    generated(schema, index, dice);
}

/// What texts look like, and a default.
fn describe(column: &mut Column, dice: &mut Dice) {
    if let Kind::Text { max, fixed: false } = column.kind {
        let some_words =
            || vec!["new".to_owned(), "old".into(), "gone".into(), "Lost".into(), "it''s".into()];
        column.texts = match dice.below(12) {
            0..=1 => Texts::Words(some_words()),
            2 => Texts::Length(2, max.min(12)),
            3 if max >= 8 => Texts::Prefix((*dice.pick(&["A", "SKU-", "no_"])).into()),
            4 if max >= 8 => Texts::Code(1 + dice.below(2), 1 + dice.below(4)),
            5 if max >= 40 => Texts::Mail,
            6 => Texts::Lower,
            _ => Texts::Free,
        };
    }
    if dice.chance(12) {
        column.default = match column.kind {
            Kind::Integer => Some(column.range.0.to_string()),
            Kind::Text { max, fixed: false } if max >= 3 && !column.native.contains("text") => {
                Some("'new'".into())
            }
            _ => None,
        };
        if matches!(column.texts, Texts::Prefix(_) | Texts::Code(..) | Texts::Mail) {
            column.default = None;
        }
    }
}

/// Columns that the engine computes.
fn generated(schema: &mut Schema, index: usize, dice: &mut Dice) {
    let engine = schema.engine;
    if !dice.chance(18) {
        return;
    }
    let table = &mut schema.tables[index];
    let small =
        |column: &Column| column.kind == Kind::Integer && column.range.0 >= 0 && column.range.1 <= 100_000;
    let numbers: Vec<usize> = (0..table.columns.len())
        .filter(|&at| small(&table.columns[at]) && table.columns[at].numbered.is_none() && !table.in_key(at))
        .collect();
    let texts: Vec<usize> = (0..table.columns.len())
        .filter(|&at| matches!(table.columns[at].kind, Kind::Text { fixed: false, .. }) && !table.in_key(at))
        .collect();
    let quoted = |at: usize| table.list(engine, &[at]);
    let (expression, columns, native, kind) = if let (Some(&first), Some(&last)) =
        (numbers.first(), numbers.last())
    {
        let native = if engine == Engine::Sqlite && !table.suffix.is_empty() { "INTEGER" } else { "bigint" };
        // The type's range is what whoever fills the column may use: the sum has to hold it.
        let wide = if engine == Engine::Postgres { "::bigint" } else { "" };
        let (first, last) = ((quoted(first), first), (quoted(last), last));
        (format!("{}{wide} + {}", first.0, last.0), vec![first.1, last.1], native, Kind::Integer)
    } else if let Some(&text) = texts.first() {
        let native = if engine == Engine::Mysql { "varchar(255)" } else { "text" };
        let native = if table.suffix == "STRICT" { "TEXT" } else { native };
        (format!("upper({})", quoted(text)), vec![text], native, Kind::Text { max: 255, fixed: false })
    } else {
        return;
    };
    let mut column = types::uuid(engine);
    column.kind = kind;
    column.native = native.to_owned();
    column.nullable = true;
    column.generated = Some((expression, columns));
    add(table, column, None, dice);
}

/// PostgreSQL routes the rows of some tables by a day, a number, or any value's hash.
fn partitioned(schema: &mut Schema, index: usize, dice: &mut Dice) {
    let referenced_by_itself = |table: &Table| table.foreign_keys.iter().any(|key| key.parent == index);
    let table = &mut schema.tables[index];
    let numbered = table.primary_key.iter().any(|&at| table.columns[at].numbered.is_some());
    if schema.engine != Engine::Postgres || !dice.chance(10) || numbered || referenced_by_itself(table) {
        return;
    }
    let column = match table.primary_key.is_empty() {
        true => add(table, types::day(), Some("made_on"), dice),
        false => table.primary_key[0],
    };
    let (how, bounds) = match &table.columns[column].kind {
        Kind::Date => (
            "RANGE",
            vec![
                "FOR VALUES FROM (MINVALUE) TO ('2015-01-01')",
                "FOR VALUES FROM ('2015-01-01') TO ('2021-01-01')",
                "DEFAULT",
            ],
        ),
        Kind::Integer if dice.chance(50) => {
            ("RANGE", vec!["FOR VALUES FROM (1) TO (500)", "FOR VALUES FROM (500) TO (20000)", "DEFAULT"])
        }
        _ => (
            "HASH",
            vec!["FOR VALUES WITH (MODULUS 2, REMAINDER 0)", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"],
        ),
    };
    table.suffix = format!("PARTITION BY {how} ({})", table.list(Engine::Postgres, &[column]));
    table.routed_by = Some(column);
    table.partitions = bounds.into_iter().map(str::to_owned).collect();
    // A unique key of a partitioned table holds the column that rows are routed by.
    table.uniques.retain(|unique: &Unique| unique.columns.contains(&column));
}
