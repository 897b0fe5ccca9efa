//! The classes of everything that was read.

use super::record::Recorded;
use crate::config::Limits;
use crate::model::context::{Context, NO_ROW, Rows};
use crate::model::{Codec, CountBin, Field, TableModel, Treatment};
use crate::schema::Schema;

/// Columns by class, parents by row, and numbers of children where they can be counted. What stands for itself is left out.
pub(super) fn of(schema: &Schema, models: &[TableModel], recorded: &Recorded, limits: &Limits) -> Context {
    let mut context = Context {
        tables: recorded.tables.iter().enumerate().map(|(table, _)| rows(table, models, recorded)).collect(),
    };
    for (table, rows) in context.tables.iter_mut().enumerate() {
        rows.fields
            .retain(|field, _| !matches!(field, Field::Column(column) if limits.parts(table, *column)));
        rows.details.retain(|field, _| rows.fields.contains_key(field));
    }
    for (child, table) in schema.tables.iter().enumerate() {
        for (foreign_key, key) in table.foreign_keys.iter().enumerate() {
            if limits.parts_key(schema, child, foreign_key) {
                continue;
            }
            let field = Field::Children { table: child, foreign_key };
            if let Some(tokens) = child_tokens(models, recorded, key.parent, child, foreign_key) {
                let codec = Codec::of_counts(&models[child].cardinalities[foreign_key].histogram);
                let classes = tokens.iter().map(|&token| codec.class(token)).collect();
                context.tables[key.parent].fields.insert(field, classes);
            }
        }
    }
    context
}

fn rows(table: usize, models: &[TableModel], recorded: &Recorded) -> Rows {
    let read = &recorded.tables[table];
    let mut rows = Rows { len: read.rows, parents: read.parents.clone(), ..Rows::default() };
    for (column, tokens) in read.tokens.iter().enumerate() {
        if let (Some(tokens), Some(codec)) = (tokens, Codec::of_column(&models[table].columns[column])) {
            let classes = tokens.iter().map(|&token| codec.class(token)).collect();
            rows.fields.insert(Field::Column(column), classes);
            if !codec.details.is_empty() {
                let details = tokens.iter().map(|&token| codec.detail(token)).collect();
                rows.details.insert(Field::Column(column), details);
            }
        }
    }
    for (foreign_key, cardinality) in models[table].cardinalities.iter().enumerate() {
        if let Some(each) = &cardinality.each {
            let codec = row_codec(each);
            rows.parent_classes.insert(foreign_key, codec.classes[1..].to_vec());
            if let Some(details) = codec.details.get(1..) {
                rows.parent_details.insert(foreign_key, details.to_vec());
            }
        }
    }
    rows
}

/// The codec of the rows of a copied table, by their children.
fn row_codec(each: &[u64]) -> Codec {
    Codec::new(false, std::iter::once(0).chain(each.iter().copied()).collect())
}

/// The token of each parent's number of children; `None` where not all of them were read, or the parent is no learned table.
pub(super) fn child_tokens(
    models: &[TableModel],
    recorded: &Recorded,
    parent: usize,
    child: usize,
    foreign_key: usize,
) -> Option<Vec<u16>> {
    let whole = |table: usize| models[table].sampled == models[table].rows && models[table].rows > 0;
    let late = parent == child || models[parent].treatment != Treatment::Learn;
    let histogram = &models[child].cardinalities.get(foreign_key)?.histogram;
    if late || !whole(parent) || !whole(child) || histogram.len() < 2 {
        return None;
    }
    let mut counts = vec![0u64; recorded.tables[parent].rows];
    for &row in recorded.tables[child].parents.get(foreign_key)?.iter().filter(|&&row| row != NO_ROW) {
        counts[row as usize] += 1;
    }
    Some(counts.into_iter().map(|count| count_token(histogram, count)).collect())
}

/// The bin of a number of children: the first that reaches up to it.
fn count_token(histogram: &[CountBin], count: u64) -> u16 {
    let bin = histogram.iter().position(|bin| count <= bin.high).unwrap_or(histogram.len() - 1);
    u16::try_from(bin + 1).unwrap_or(u16::MAX)
}
