//! Days and times told relative to others: as differences, so that what comes after another value does so in every row.
//!
//! A column that rules or CHECKs order is counted from what it comes after; one that nothing orders is, too, where that is
//! far narrower than its values are. The trees then see the classes of differences, and no exchange has to mend anything.

mod choose;
mod fit;
mod moments;

use super::Options;
use super::joint::record::Recorded;
use crate::model::{ColumnModel, TableModel, Treatment};
use crate::schema::Schema;
use crate::schema::graph::SchemaGraph;
use moments::Moments;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Columns told anew: their number, their model and the tokens of their rows.
type Coded = Vec<(usize, ColumnModel, Option<Vec<u16>>)>;

/// Tells columns as differences where that keeps an order or is narrower, in the models and in the tokens that were recorded. Rules
/// must be known.
pub(super) fn code(schema: &Schema, models: &mut [TableModel], recorded: &mut Recorded, options: &Options) {
    let graph = SchemaGraph::new(schema);
    let of_table = |table: usize| {
        if models[table].treatment != Treatment::Learn {
            return Coded::new();
        }
        let moments = Moments { schema, graph: &graph, models, recorded, limits: &options.limits, table };
        let mut without = BTreeSet::new();
        loop {
            let chosen = choose::choose(&moments, &without);
            match chosen.and_then(|choices| fit::fit(&moments, choices, options.privacy)) {
                Ok(coded) => return coded,
                Err(column) => without.insert(column),
            };
        }
    };
    let coded: Vec<Coded> = (0..schema.tables.len()).into_par_iter().map(of_table).collect();
    for (table, coded) in coded.into_iter().enumerate() {
        for (column, model, tokens) in coded {
            models[table].columns[column] = model;
            recorded.tables[table].tokens[column] = tokens;
        }
    }
}

#[cfg(test)]
mod tests;
