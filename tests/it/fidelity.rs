//! Distances between source and target at scale 1, computed from both databases by queries of the tests' own.

use crate::support::catalog::{Class, Column, Table};
use crate::support::database::quote;
use crate::support::{Catalog, Database, Engine, Workspace, datasets, distance, integrity};
use std::collections::BTreeSet;
use std::path::Path;

/// Total variation of children per parent, for foreign keys with at least 500 parents.
const CHILDREN: f64 = 0.05;
/// Kolmogorov–Smirnov distance of a column of numbers, days or times, with at least 1,000 values.
const NUMBERS: f64 = 0.03;
/// Total variation of a column of categories, with at least 1,000 values.
const CATEGORIES: f64 = 0.03;

const PARENTS: u64 = 500;
const VALUES: usize = 1_000;

/// Columns, by table and name, that the product regenerates because they are personal, and that are meant to differ.
type Personal = BTreeSet<(String, String)>;

fn compare(source: &Database, what: &str) {
    let target = Database::new(source.engine());
    let workspace = Workspace::new();
    workspace.seed(&["learn", "--from", &source.address(), "--out", "model.seed"]).ok();
    workspace.seed(&["generate", "--model", "model.seed", "--to", &target.address(), "--scale", "1"]).ok();
    let personal = personal_columns(&workspace.file("model.seed"));
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
        let columns = table.columns.iter().filter(|column| {
            let is_personal = personal.contains(&(table.display(), column.name.clone()));
            !is_personal && !table.is_key(&column.name) && !column.generated
        });
        worse.extend(columns.filter_map(|column| column_distance(source, &target, table, column)));
    }
    assert!(worse.is_empty(), "{what} on {:?}:\n{}", source.engine(), worse.join("\n"));
}

/// The columns of a model file whose kind is one of persons or of their words.
fn personal_columns(model: &Path) -> Personal {
    const KINDS: [&str; 16] = [
        "email",
        "first_name",
        "last_name",
        "full_name",
        "username",
        "phone",
        "street_address",
        "postcode",
        "company",
        "iban",
        "credit_card",
        "national_id",
        "ip_address",
        "mac_address",
        "url",
        "password",
    ];
    let text = std::fs::read_to_string(model).expect("a model that is text");
    let file: serde_json::Value = serde_json::from_str(&text).expect("a model that is JSON");
    let model = &file["model"];
    let mut personal = Personal::new();
    for table in model["tables"].as_array().expect("a list of tables") {
        let name = |of: &serde_json::Value| of["name"].as_str().expect("a name").to_owned();
        for column in table["columns"].as_array().expect("a list of columns") {
            let kind = column["semantic"].as_str().unwrap_or_default();
            if KINDS.contains(&kind) || kind == "free_text" {
                personal.insert((name(table), name(column)));
            }
        }
    }
    personal
}

/// A sentence, where a column's distance is above its bound.
fn column_distance(source: &Database, target: &Database, table: &Table, column: &Column) -> Option<String> {
    let (before, after) = (values(source, table, column), values(target, table, column));
    if before.len() < VALUES {
        return None;
    }
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

/// Data sets that other people made, where they are at hand; on all engines, and the large ones, if all are wanted.
macro_rules! where_at_hand {
    ($($name:ident: $always:expr),* $(,)?) => {$(
        #[test]
        fn $name() {
            for engine in crate::support::ENGINES {
                if datasets::all_wanted() || ($always && engine == Engine::Sqlite) {
                    if let Some(source) = datasets::load(stringify!($name), engine) {
                        compare(&source, stringify!($name));
                    }
                }
            }
        }
    )*};
}

where_at_hand!(
    chinook: true,
    northwind: true,
    berka: true,
    sakila: true,
    worldcup: false,
    mondial: false,
    pokedex: false,
    nycflights13: false,
);
