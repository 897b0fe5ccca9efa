//! The foreign-key graph: components, cycles and how each is broken, load order. The only room that knows `petgraph`.

mod break_cycles;
mod diagram;
mod document;
mod tree;

#[cfg(test)]
mod tests;

pub use diagram::{render_dot, render_mermaid};
pub use document::to_json;
pub use tree::render_tree;

use super::{Deferrable, ForeignKey, Schema};
use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use std::fmt;

/// The foreign keys of a schema as a graph from child to parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaGraph {
    /// Tables by stage: every table's parents are in earlier stages, save for the late edges.
    pub stages: Vec<Vec<usize>>,
    /// Cycles of two or more tables (strongly connected components), each sorted.
    pub cycles: Vec<Vec<usize>>,
    /// The edges that are taken out to break the cycles, self-references included.
    pub late: Vec<LateEdge>,
}

/// A foreign key whose rows refer to rows that may come later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateEdge {
    /// The referencing table.
    pub table: usize,
    /// Which of its foreign keys.
    pub foreign_key: usize,
    /// How it is closed.
    pub closed: Closed,
}

/// How a reference that may point forward is made to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// A self-reference: rows are ordered so that parents come first.
    ParentsFirst,
    /// The constraint waits until the transaction's end.
    Deferred,
    /// The columns allow NULL: they can be filled in a second pass.
    SecondPass,
    /// Neither deferrable nor nullable: the constraint has to be put in place after the rows, which needs the right to alter the table.
    AfterLoad,
    /// The table's key depends on itself, so no row can be the first; the reason.
    Impossible(String),
}

impl SchemaGraph {
    /// Analyses a schema.
    ///
    /// The edges of a cycle that are taken out are as few as possible, and those that are easiest to close: what is
    /// checked late anyway, then what may be NULL for a while, and never what a primary key is made of if any other
    /// edge of the cycle will do.
    pub fn new(schema: &Schema) -> Self {
        let graph = foreign_keys(schema, |_, _, _| true);
        let mut cycles: Vec<Vec<usize>> = tarjan_scc(&graph)
            .into_iter()
            .filter(|component| component.len() > 1)
            .map(|component| component.into_iter().map(NodeIndex::index).collect())
            .collect();
        cycles.iter_mut().for_each(|cycle| cycle.sort_unstable());
        cycles.sort_unstable();

        let mut late = self_references(schema);
        for cycle in &cycles {
            late.extend(break_cycles::late_edges(schema, cycle));
        }
        late.sort_unstable_by_key(|edge| (edge.table, edge.foreign_key));
        let stages = stages(schema, &late);
        Self { stages, cycles, late }
    }

    /// All tables, parents before children save for the late edges.
    pub fn order(&self) -> Vec<usize> {
        self.stages.iter().flatten().copied().collect()
    }

    /// Whether a foreign key is one of the late edges.
    pub fn is_late(&self, table: usize, foreign_key: usize) -> bool {
        self.closed(table, foreign_key).is_some()
    }

    /// How a foreign key is closed, if it is one of the late edges.
    pub fn closed(&self, table: usize, foreign_key: usize) -> Option<&Closed> {
        let found = self.late.iter().find(|edge| edge.table == table && edge.foreign_key == foreign_key);
        found.map(|edge| &edge.closed)
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ParentsFirst => f.write_str("parents first"),
            Self::Deferred => f.write_str("checked at the end of the transaction"),
            Self::SecondPass => f.write_str("filled in a second pass"),
            Self::AfterLoad => f.write_str("constraint added after the rows"),
            Self::Impossible(reason) => write!(f, "impossible: {reason}"),
        }
    }
}

/// The graph from child to parent, with the foreign keys that `keep` (table, index, key) keeps.
fn foreign_keys(schema: &Schema, keep: impl Fn(usize, usize, &ForeignKey) -> bool) -> DiGraph<(), (), usize> {
    let mut graph = DiGraph::default();
    let nodes: Vec<_> = schema.tables.iter().map(|_| graph.add_node(())).collect();
    for (child, table) in schema.tables.iter().enumerate() {
        for (index, key) in table.foreign_keys.iter().enumerate() {
            if keep(child, index, key) {
                graph.add_edge(nodes[child], nodes[key.parent], ());
            }
        }
    }
    graph
}

/// How a foreign key that may point forward can be made to hold, its columns' part in the primary key left aside.
fn closing(schema: &Schema, table: usize, key: &ForeignKey) -> Closed {
    // What only seed.toml knows is checked by nobody while rows are written.
    if key.deferrable != Deferrable::No || !key.declared {
        return Closed::Deferred;
    }
    let table = &schema.tables[table];
    let in_key = |column: &usize| table.primary_key.iter().any(|primary| primary.columns.contains(column));
    let can_wait = |column: &usize| {
        let definition = &table.columns[*column];
        definition.nullable && definition.generated.is_none() && !in_key(column)
    };
    // MATCH FULL lets a row pass only with all of the columns NULL.
    let waits = match key.match_full {
        true => !key.columns.is_empty() && key.columns.iter().all(can_wait),
        false => key.columns.iter().any(can_wait),
    };
    if waits { Closed::SecondPass } else { Closed::AfterLoad }
}

fn self_references(schema: &Schema) -> Vec<LateEdge> {
    let mut late = Vec::new();
    for (table, definition) in schema.tables.iter().enumerate() {
        for (foreign_key, key) in definition.foreign_keys.iter().enumerate() {
            if key.parent == table {
                late.push(LateEdge { table, foreign_key, closed: Closed::ParentsFirst });
            }
        }
    }
    late
}

/// Every table one stage after the last of its parents.
fn stages(schema: &Schema, late: &[LateEdge]) -> Vec<Vec<usize>> {
    let is_late =
        |table, foreign_key| late.iter().any(|edge| (edge.table, edge.foreign_key) == (table, foreign_key));
    let graph = foreign_keys(schema, |table, foreign_key, _| !is_late(table, foreign_key));
    let sorted = toposort(&graph, None).expect("the late edges break every cycle");
    let mut stage_of = vec![0; schema.tables.len()];
    // Sorted from child to parent, so parents are settled when the walk goes backwards.
    for node in sorted.into_iter().rev() {
        let parents = graph.neighbors(node).map(|parent| stage_of[parent.index()] + 1);
        stage_of[node.index()] = parents.max().unwrap_or(0);
    }
    let mut stages = vec![Vec::new(); stage_of.iter().max().map_or(0, |last| last + 1)];
    for (table, stage) in stage_of.into_iter().enumerate() {
        stages[stage].push(table);
    }
    stages
}
