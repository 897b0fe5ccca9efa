//! The joint model: what was read of all tables together becomes, table by table, a chain of conditional trees.
//!
//! For every table a spine is chosen, the foreign key under which siblings stand in order; every column is then fitted given
//! the columns before it, the rows above it and the siblings before it. Pure functions of what was recorded.

mod anchor;
mod apart;
mod assemble;
mod behaviour;
mod census;
mod chain;
mod context;
mod counts;
mod decided;
mod diamonds;
mod direction;
mod echoes;
mod gaps;
mod grow;
mod links;
mod prefix;
mod prune;
mod ranks;
pub(super) mod record;
mod runs;
mod screen;
mod seen;
mod siblings;
mod sights;
mod spine;
mod split;
mod steps;

use super::Options;
use crate::config::Limits;
use crate::model::context::Context;
use crate::model::privacy::Settings;
use crate::model::rule::{Operand, Statement};
use crate::model::{Dependence, Diamond, Field, Link, Rank, TableModel, Treatment};
use crate::schema::Schema;
use crate::schema::graph::SchemaGraph;
use rayon::prelude::*;
use record::Recorded;
use spine::Spine;
use std::collections::BTreeSet;

/// What all tables' fits look at.
struct Known<'a> {
    schema: &'a Schema,
    graph: SchemaGraph,
    models: &'a [TableModel],
    recorded: &'a Recorded,
    context: Context,
    /// Columns that give places.
    ranks: Vec<Vec<Rank>>,
    spines: Vec<Option<Spine>>,
    diamonds: Vec<Vec<Diamond>>,
    /// Foreign keys whose parent is known once the spine's is.
    following: Vec<BTreeSet<usize>>,
    links: Vec<Vec<Link>>,
    privacy: Settings,
    limits: &'a Limits,
}

/// Finds how the columns of all tables depend on each other and notes it in the models, whose marginals and numbers of
/// children are known. A function of its arguments.
pub(super) fn fit(schema: &Schema, models: &mut [TableModel], recorded: Recorded, options: &Options) {
    let mut known = Known {
        schema,
        graph: SchemaGraph::new(schema),
        models,
        recorded: &recorded,
        context: context::of(schema, models, &recorded, &options.limits),
        ranks: Vec::new(),
        spines: Vec::new(),
        diamonds: vec![Vec::new(); schema.tables.len()],
        following: vec![BTreeSet::new(); schema.tables.len()],
        links: vec![Vec::new(); schema.tables.len()],
        privacy: options.privacy,
        limits: &options.limits,
    };
    let tables = 0..schema.tables.len();
    known.ranks = tables.clone().into_par_iter().map(|table| known.table_ranks(table)).collect();
    known.spines = tables.clone().into_par_iter().map(|table| known.spine(table)).collect();
    let behaviours: Vec<_> =
        tables.clone().into_par_iter().flat_map_iter(|table| known.behaviours(table)).collect();
    for (parent, field, classes) in behaviours {
        known.context.tables[parent].fields.insert(field, classes);
    }
    known.diamonds = tables.clone().into_par_iter().map(|table| known.table_diamonds(table)).collect();
    known.following = tables.clone().map(|table| diamonds::following(&known, table)).collect();
    known.links = tables.clone().into_par_iter().map(|table| known.table_links(table)).collect();
    let fitted: Vec<Option<Dependence>> =
        tables.into_par_iter().map(|table| known.fit_table(table)).collect();
    for (model, dependence) in models.iter_mut().zip(fitted) {
        model.dependence = dependence;
    }
}

impl Known<'_> {
    /// Whether a table's rows are drawn from a joint model.
    fn is_fitted(&self, table: usize) -> bool {
        self.models[table].treatment == Treatment::Learn
            && !self.limits.parts_table(table)
            && self.recorded.tables[table].rows >= 2 * self.privacy.leaf_rows()
    }

    /// Whether rules compute a column or decide it.
    fn is_ruled(&self, table: usize, column: usize) -> bool {
        self.models[table].rules.iter().any(|rule| match &rule.statement {
            Statement::Dependency { to, .. } | Statement::Constant { columns: to, .. } => {
                to.contains(&column)
            }
            statement => statement.computes() == Some(column),
        })
    }

    /// Whether values of a column stand in the order of their tokens among the rows of one parent: differences do only if they are counted
    /// from the same place.
    fn is_in_order(&self, table: usize, column: usize, foreign_key: usize) -> bool {
        let relative = self.models[table].columns[column].relative.as_ref();
        relative.is_none_or(|relative| match &relative.to {
            Operand::Column { path, .. } => path.first() == Some(&foreign_key),
            Operand::Total { .. } => false,
        })
    }

    /// Whether rows through a foreign key have anything to do with their parents.
    fn is_followed(&self, table: usize, foreign_key: usize) -> bool {
        !self.limits.parts_key(self.schema, table, foreign_key)
    }

    /// The parent table of a foreign key.
    fn up(&self) -> impl Fn(usize, usize) -> usize + '_ {
        |table, foreign_key| self.schema.tables[table].foreign_keys[foreign_key].parent
    }

    /// The classes of a field of a table's own rows.
    fn own_classes(&self, table: usize, field: Field) -> Option<Vec<u8>> {
        if let Field::Link { .. } | Field::Gap(_) = field {
            let (tokens, codec) = chain::tokens(self, table, field)?;
            return Some(tokens.into_iter().map(|token| codec.class(token)).collect());
        }
        self.context.tables[table].fields.get(&field).cloned()
    }

    /// The details of a field of a table's own rows.
    fn own_details(&self, table: usize, field: Field) -> Option<Vec<u8>> {
        if let Field::Link { .. } = field {
            let (tokens, codec) = chain::tokens(self, table, field)?;
            return Some(tokens.into_iter().map(|token| codec.detail(token)).collect());
        }
        self.context.tables[table].details.get(&field).cloned()
    }

    fn spine(&self, table: usize) -> Option<Spine> {
        self.is_fitted(table).then(|| spine::choose(self, table, &chain::columns(self, table))).flatten()
    }

    /// What the children of this table's parents have in common, by parent table.
    fn behaviours(&self, table: usize) -> Vec<(usize, Field, Vec<u8>)> {
        let keys = self.schema.tables[table].foreign_keys.iter().enumerate();
        let spine = self.spines[table].as_ref().map(|spine| spine.foreign_key);
        let columns = chain::columns(self, table);
        keys.filter(|(number, key)| {
            self.is_fitted(table)
                && self.is_fitted(key.parent)
                && self.is_followed(table, *number)
                && Some(*number) != spine
        })
        .flat_map(|(number, key)| {
            let found = behaviour::of(self, table, number, &columns);
            found.into_iter().map(|(field, classes)| (key.parent, field, classes))
        })
        .collect()
    }

    fn table_ranks(&self, table: usize) -> Vec<Rank> {
        if self.is_fitted(table) { ranks::of(self, table) } else { Vec::new() }
    }

    fn table_diamonds(&self, table: usize) -> Vec<Diamond> {
        if self.is_fitted(table) { diamonds::of(self, table) } else { Vec::new() }
    }

    fn table_links(&self, table: usize) -> Vec<Link> {
        if self.is_fitted(table) { links::choose(self, table) } else { Vec::new() }
    }

    fn fit_table(&self, table: usize) -> Option<Dependence> {
        if !self.is_fitted(table) {
            return None;
        }
        let spine = self.spines[table].as_ref();
        Some(Dependence {
            spine: spine.map(|spine| spine.foreign_key),
            order: spine.and_then(|spine| spine.order),
            diamonds: self.diamonds[table].clone(),
            links: self.links[table].clone(),
            seen: seen::of(self, table),
            ranks: self.ranks[table].clone(),
            echoes: echoes::of(self, table),
            apart: apart::of(self, table),
            runs: runs::of(self, table),
            chain: chain::fit(self, table),
        })
    }
}

#[cfg(test)]
mod tests;
