//! Polymorphic pairs of tables that nobody has seen: told by their names, where the schema lists what the type may be, or a table that
//! is copied does.

use crate::model::Model;
use crate::model::rule::{Reference, Rule, Statement};
use crate::schema::check::{Datum, Restriction};
use crate::schema::words::{is_pair, names_table};
use crate::schema::{DataType, Schema};

/// What the columns of a table refer to besides foreign keys, given what CHECKs say of each column.
pub(super) fn rules(model: &Model, table: usize, restrictions: &[Restriction]) -> Vec<Rule> {
    let schema = &model.schema;
    let described = &schema.tables[table];
    let is_key = |column: usize| {
        described.unique_keys().any(|key| key.columns == [column])
            || described.foreign_keys.iter().any(|key| key.columns.contains(&column))
    };
    let mut rules = Vec::new();
    for (column, id) in described.written_columns().filter(|(column, _)| !is_key(*column)) {
        let kinds =
            described.written_columns().filter(|(by, kind)| *by != column && is_pair(&kind.name, &id.name));
        for (by, kind) in kinds {
            let values = listed(&kind.data_type, &restrictions[by]);
            let values = values.into_iter().map(|value| (named(schema, &value), value));
            let found = values.chain(told(model, table, by)).filter_map(|(parent, value)| {
                let parent = parent?;
                let key = single_key(schema, parent)?;
                let histogram = Vec::new();
                let reference = Reference { column, by, value, parent, key, histogram };
                Some(Rule { statement: Statement::Reference(Box::new(reference)), rows: 0 })
            });
            rules.extend(found);
        }
    }
    rules
}

/// The values that a column may have, where they are listed.
fn listed(data_type: &DataType, restriction: &Restriction) -> Vec<String> {
    let text = |datum: &Datum| if let Datum::Text(text) = datum { Some(text.clone()) } else { None };
    match (&restriction.values, data_type) {
        (Some(values), _) => values.iter().filter_map(text).collect(),
        (None, DataType::Enum { labels, .. }) => labels.clone(),
        _ => Vec::new(),
    }
}

/// The one table that a value names.
fn named(schema: &Schema, value: &str) -> Option<usize> {
    let tables = &schema.tables;
    let all: Vec<usize> = (0..tables.len()).filter(|&at| names_table(value, &tables[at].name.name)).collect();
    let exact = all.iter().copied().find(|&at| tables[at].name.name == value);
    exact.or_else(|| if let [one] = all[..] { Some(one) } else { None })
}

/// The keys of the copied table that a column refers to, each with the one table that its row names.
fn told(model: &Model, table: usize, by: usize) -> Vec<(Option<usize>, String)> {
    let mut keys = model.schema.tables[table].foreign_keys.iter();
    let Some(key) = keys.find(|key| key.columns == [by] && key.parent != table) else { return Vec::new() };
    let Some(rows) = &model.tables[key.parent].reference else { return Vec::new() };
    let one = |all: Vec<usize>| if let [one] = all[..] { Some(one) } else { None };
    let rows = rows.tables_named(&model.schema, key.parent, key.parent_columns[0]);
    rows.into_iter().map(|(value, all)| (one(all), value)).collect()
}

fn single_key(schema: &Schema, table: usize) -> Option<usize> {
    match schema.tables[table].primary_key.as_ref()?.columns[..] {
        [key] => Some(key),
        _ => None,
    }
}
