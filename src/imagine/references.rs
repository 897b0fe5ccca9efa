//! Polymorphic pairs of tables that nobody has seen: told by their names, where the schema lists what the type may be.

use crate::model::rule::{Reference, Rule, Statement};
use crate::schema::check::{Datum, Restriction};
use crate::schema::words::{is_pair, names_table};
use crate::schema::{DataType, Schema};

/// What the columns of a table refer to besides foreign keys, given what CHECKs say of each column.
pub(super) fn rules(schema: &Schema, table: usize, restrictions: &[Restriction]) -> Vec<Rule> {
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
            let found = values.into_iter().filter_map(|value| {
                let (parent, key) = named(schema, &value)?;
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

/// The one table that a value names, and its key.
fn named(schema: &Schema, value: &str) -> Option<(usize, usize)> {
    let tables = &schema.tables;
    let all: Vec<usize> = (0..tables.len()).filter(|&at| names_table(value, &tables[at].name.name)).collect();
    let exact = all.iter().copied().find(|&at| tables[at].name.name == value);
    let parent = exact.or_else(|| if let [one] = all[..] { Some(one) } else { None })?;
    match tables[parent].primary_key.as_ref()?.columns[..] {
        [key] => Some((parent, key)),
        _ => None,
    }
}
