//! The graph as a text tree: parents on the left, what refers to them indented below.

use super::SchemaGraph;
use crate::schema::Schema;
use std::fmt::Write as _;

/// The graph as a tree, followed by its cycles and the load order. `rows` are exact counts per table, if known.
///
/// A table below several parents is unfolded once; where it comes again it is marked. References that are closed
/// late are shown, but not followed.
pub fn render_tree(schema: &Schema, graph: &SchemaGraph, rows: Option<&[u64]>) -> String {
    let mut tree =
        Tree { schema, graph, rows, unfolded: vec![false; schema.tables.len()], out: String::new() };
    let related = |table: usize| {
        let refers = !schema.tables[table].foreign_keys.is_empty();
        let mut all = schema.tables.iter().flat_map(|other| &other.foreign_keys);
        refers || all.any(|key| key.parent == table)
    };
    let (roots, alone): (Vec<usize>, Vec<usize>) =
        graph.stages.first().into_iter().flatten().partition(|&&table| related(table));
    for root in roots {
        let label = tree.label(root);
        tree.line("", &label);
        tree.children(root, "");
    }
    if !alone.is_empty() {
        tree.line("", "");
        tree.line("", "Without relations:");
        for table in alone {
            let label = tree.label(table);
            tree.line("  ", &label);
        }
    }
    tree.cycles();
    tree.stages();
    tree.out
}

struct Tree<'a> {
    schema: &'a Schema,
    graph: &'a SchemaGraph,
    rows: Option<&'a [u64]>,
    unfolded: Vec<bool>,
    out: String,
}

impl Tree<'_> {
    fn line(&mut self, indent: &str, text: &str) {
        self.out.push_str(indent);
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn label(&self, table: usize) -> String {
        let name = printable(&self.schema.tables[table].name.to_string());
        match self.rows.and_then(|rows| rows.get(table)) {
            Some(1) => format!("{name} · 1 row"),
            Some(&rows) => format!("{name} · {} rows", grouped(rows)),
            None => name,
        }
    }

    fn children(&mut self, parent: usize, indent: &str) {
        self.unfolded[parent] = true;
        let mut references = Vec::new();
        for (child, table) in self.schema.tables.iter().enumerate() {
            for (index, key) in table.foreign_keys.iter().enumerate() {
                if key.parent == parent {
                    references.push((child, index));
                }
            }
        }
        let last = references.len().saturating_sub(1);
        for (at, &(child, index)) in references.iter().enumerate() {
            let (branch, below) = if at == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let line = self.reference(child, index);
            self.line(&format!("{indent}{branch}"), &line);
            if !self.graph.is_late(child, index) && !self.unfolded[child] {
                self.children(child, &format!("{indent}{below}"));
            }
        }
    }

    fn reference(&self, child: usize, index: usize) -> String {
        let table = &self.schema.tables[child];
        let key = &table.foreign_keys[index];
        let columns = printable(&table.column_names(&key.columns));
        let mut line = format!("{} ({columns})", self.label(child));
        if !key.declared {
            line.push_str(" · from seed.toml");
        }
        match self.graph.closed(child, index) {
            Some(closed) => {
                let kind = if key.parent == child { "self-reference" } else { "closes a cycle" };
                let _ = write!(line, " · {kind}: {closed}");
            }
            None if self.unfolded[child] => line.push_str(" · see above"),
            None => {}
        }
        line
    }

    fn cycles(&mut self) {
        if self.graph.cycles.is_empty() {
            return;
        }
        self.line("", "");
        self.line("", "Cycles:");
        for cycle in &self.graph.cycles {
            let names = self.names(cycle);
            self.line("  ", &names);
            for edge in self.graph.late.iter().filter(|edge| cycle.contains(&edge.table)) {
                let table = &self.schema.tables[edge.table];
                let key = &table.foreign_keys[edge.foreign_key];
                if key.parent == edge.table {
                    continue;
                }
                let columns = printable(&table.column_names(&key.columns));
                let parent = &self.schema.tables[key.parent].name;
                let line = format!("{} ({columns}) → {parent}: {}", table.name, edge.closed);
                self.line("    broken at ", &line);
            }
        }
    }

    fn stages(&mut self) {
        self.line("", "");
        self.line("", "Load order:");
        for (at, stage) in self.graph.stages.iter().enumerate() {
            let names = self.names(stage);
            self.line("  ", &format!("{}. {names}", at + 1));
        }
    }

    fn names(&self, tables: &[usize]) -> String {
        let names = tables.iter().map(|&table| printable(&self.schema.tables[table].name.to_string()));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// A name without the control characters that would break a line or colour a terminal.
pub(super) fn printable(name: &str) -> String {
    name.chars().map(|next| if next.is_control() { '\u{fffd}' } else { next }).collect()
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
