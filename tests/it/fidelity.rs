//! Distances between source and target at scale 1, computed from both databases by queries of the tests' own.

use crate::support::catalog::{Class, Column, Table};
use crate::support::database::quote;
use crate::support::{Catalog, Database, Engine, Workspace, datasets, distance, integrity};

/// Total variation of children per parent, for foreign keys with at least 500 parents.
const CHILDREN: f64 = 0.05;
/// Kolmogorov–Smirnov distance of a column of numbers, days or times, for tables of at least 1,000 rows.
const NUMBERS: f64 = 0.03;
/// Total variation of a column of categories, for tables of at least 1,000 rows.
const CATEGORIES: f64 = 0.03;

const PARENTS: u64 = 500;
const ROWS: i64 = 1_000;

/// Words in the names of columns that hold personal data, which is regenerated and therefore meant to differ.
const PERSONAL: &[&str] = &[
    "name",
    "mail",
    "phone",
    "fax",
    "address",
    "street",
    "city",
    "postcode",
    "postal",
    "zip",
    "holder",
    "surname",
    "birth",
    "nickname",
    "iban",
    "card",
    "password",
    "username",
    "company",
    "contact",
    "url",
    "picture",
    "title",
    "body",
    "remarks",
    "notes",
    "description",
    "fulltext",
];

fn compare(source: &Database, what: &str) {
    let target = Database::new(source.engine());
    Workspace::new().fill(source, &target, &["--scale", "1"]);
    let catalog = Catalog::of(source);
    let mut worse = Vec::new();
    for table in &catalog.tables {
        for key in &table.foreign_keys {
            let before = integrity::children_per_parent(source, table, key);
            let after = integrity::children_per_parent(&target, table, key);
            let distance = distance::total_variation(&before, &after);
            if before.values().sum::<u64>() >= PARENTS && distance > CHILDREN {
                worse.push(format!(
                    "{} {:?} → {}: children differ by {distance:.4}",
                    table.name, key.columns, key.parent
                ));
            }
        }
        if source.count(&table.on(source.engine())) >= ROWS {
            let columns =
                table.columns.iter().filter(|column| !table.is_key(&column.name) && !column.generated);
            worse.extend(columns.filter_map(|column| column_distance(source, &target, table, column)));
        }
    }
    assert!(worse.is_empty(), "{what} on {:?}:\n{}", source.engine(), worse.join("\n"));
}

/// A sentence, where a column's distance is above its bound.
fn column_distance(source: &Database, target: &Database, table: &Table, column: &Column) -> Option<String> {
    let lower = column.name.to_lowercase();
    if PERSONAL.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let (before, after) = (values(source, table, column), values(target, table, column));
    let (distance, bound) = match column.class {
        Class::Number => {
            let numbers =
                |values: &[String]| values.iter().filter_map(|value| value.parse::<f64>().ok()).collect();
            (distance::kolmogorov_smirnov::<f64>(numbers(&before), numbers(&after)), NUMBERS)
        }
        // ISO dates and times are in the order of their characters.
        Class::Time => (distance::kolmogorov_smirnov(before, after), NUMBERS),
        Class::Category | Class::Text if !before.iter().any(|value| value.starts_with(['{', '['])) => {
            let (before, after) = distance::categories(&before, &after);
            (distance::total_variation(&before, &after), CATEGORIES)
        }
        Class::Category | Class::Text | Class::Other => return None,
    };
    (distance > bound).then(|| format!("{}.{} ({:?}): {distance:.4}", table.name, column.name, column.class))
}

/// A column's values that are not NULL, as text.
fn values(database: &Database, table: &Table, column: &Column) -> Vec<String> {
    let engine = database.engine();
    let name = quote(engine, &column.name);
    let rows = database.rows(&format!("SELECT {name} FROM {} WHERE {name} IS NOT NULL", table.on(engine)));
    rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect()
}

macro_rules! on_every_engine {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            for engine in crate::support::ENGINES {
                compare(&Database::example(engine, stringify!($name), 2), stringify!($name));
            }
        }
    )*};
}

on_every_engine!(shop, clinic, awkward);

#[test]
fn datasets_at_hand() {
    let always = ["chinook", "northwind", "berka", "sakila"];
    let more = ["worldcup", "mondial", "pokedex", "nycflights13"];
    for name in always.iter().chain(more.iter().filter(|_| datasets::all_wanted())) {
        for engine in [Engine::Postgres, Engine::Mysql, Engine::Sqlite] {
            if let Some(source) = datasets::load(name, engine) {
                compare(&source, name);
            }
            if !datasets::all_wanted() {
                break;
            }
        }
    }
}
