//! The foreign-key graph: components, cycles and how each is broken, load order. The only file that knows `petgraph`.

use super::Schema;

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
    pub fn new(_schema: &Schema) -> Self {
        Self { stages: Vec::new(), cycles: Vec::new(), late: Vec::new() }
    }

    /// All tables, parents before children save for the late edges.
    pub fn order(&self) -> Vec<usize> {
        self.stages.iter().flatten().copied().collect()
    }

    /// Whether a foreign key is one of the late edges.
    pub fn is_late(&self, table: usize, foreign_key: usize) -> bool {
        self.late.iter().any(|edge| edge.table == table && edge.foreign_key == foreign_key)
    }
}

/// (to be written)
pub fn render_tree(_schema: &Schema, _graph: &SchemaGraph, _rows: Option<&[u64]>) -> String {
    String::new()
}

/// (to be written)
pub fn render_mermaid(_schema: &Schema, _graph: &SchemaGraph, _rows: Option<&[u64]>) -> String {
    String::new()
}

/// (to be written)
pub fn render_dot(_schema: &Schema, _graph: &SchemaGraph, _rows: Option<&[u64]>) -> String {
    String::new()
}

/// (to be written)
pub fn to_json(_schema: &Schema, _graph: &SchemaGraph, _rows: Option<&[u64]>) -> serde_json::Value {
    serde_json::json!({})
}
