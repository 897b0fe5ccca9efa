//! The graph as a Mermaid entity-relationship diagram and as a DOT graph.

use super::SchemaGraph;
use super::tree::printable;
use crate::schema::{ForeignKey, Schema, Table};
use std::fmt::Write as _;

/// The graph as a Mermaid `erDiagram` with the key columns of every table. `rows` are counts per table, if known.
pub fn render_mermaid(schema: &Schema, graph: &SchemaGraph, rows: Option<&[u64]>) -> String {
    let mut out = String::from("erDiagram\n");
    for (index, table) in schema.tables.iter().enumerate() {
        let label = mermaid_text(&titled(table, index, rows));
        let columns: Vec<String> =
            (0..table.columns.len()).filter_map(|column| key_line(table, column)).collect();
        if columns.is_empty() {
            let _ = writeln!(out, "    t{index}[\"{label}\"]");
        } else {
            let _ = writeln!(out, "    t{index}[\"{label}\"] {{");
            for line in columns {
                let _ = writeln!(out, "        {line}");
            }
            out.push_str("    }\n");
        }
    }
    for (child, table) in schema.tables.iter().enumerate() {
        for (index, key) in table.foreign_keys.iter().enumerate() {
            let parent_end = if is_optional(table, key) { "|o" } else { "||" };
            let child_end = if is_one_to_one(table, key) { "o|" } else { "o{" };
            // A dotted line for what is closed late.
            let line = if graph.is_late(child, index) { ".." } else { "--" };
            let label = mermaid_text(&table.column_names(&key.columns));
            let _ = writeln!(out, "    t{} {parent_end}{line}{child_end} t{child} : \"{label}\"", key.parent);
        }
    }
    out
}

/// The graph in the DOT language of Graphviz, edges from child to parent. `rows` are counts per table, if known.
pub fn render_dot(schema: &Schema, graph: &SchemaGraph, rows: Option<&[u64]>) -> String {
    let mut out = String::from("digraph schema {\n    rankdir=RL;\n    node [shape=box];\n");
    for (index, table) in schema.tables.iter().enumerate() {
        let _ = writeln!(out, "    t{index} [label=\"{}\"];", dot_text(&titled(table, index, rows)));
    }
    for (child, table) in schema.tables.iter().enumerate() {
        for (index, key) in table.foreign_keys.iter().enumerate() {
            let mut label = table.column_names(&key.columns);
            let mut style = "";
            if let Some(closed) = graph.closed(child, index) {
                let _ = write!(label, "\n{closed}");
                style = ", style=dashed";
            }
            let label = dot_text(&label);
            let _ = writeln!(out, "    t{child} -> t{} [label=\"{label}\"{style}];", key.parent);
        }
    }
    out.push_str("}\n");
    out
}

fn titled(table: &Table, index: usize, rows: Option<&[u64]>) -> String {
    match rows.and_then(|rows| rows.get(index)) {
        Some(rows) => format!("{}\n{rows} rows", table.name),
        None => table.name.to_string(),
    }
}

/// A key column as an attribute; `None` for other columns. Mermaid's attribute names are plain words, so a column
/// whose name is more than that has its name in the comment.
fn key_line(table: &Table, column: usize) -> Option<String> {
    let primary = table.primary_key.iter().any(|key| key.columns.contains(&column));
    let foreign = table.foreign_keys.iter().any(|key| key.columns.contains(&column));
    let keys = match (primary, foreign) {
        (true, true) => "PK, FK",
        (true, false) => "PK",
        (false, true) => "FK",
        (false, false) => return None,
    };
    let definition = &table.columns[column];
    let (kind, name) = (word(&definition.native), word(&definition.name));
    let comment = if name == definition.name {
        String::new()
    } else {
        format!(" \"{}\"", mermaid_text(&definition.name))
    };
    Some(format!("{kind} {name} {keys}{comment}"))
}

fn word(text: &str) -> String {
    let kept = text.chars().map(|next| if next.is_ascii_alphanumeric() { next } else { '_' });
    let kept: String = kept.collect();
    match kept.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => kept,
        _ => format!("c{kept}"),
    }
}

fn is_optional(table: &Table, key: &ForeignKey) -> bool {
    key.columns.iter().any(|&column| table.columns[column].nullable)
}

/// Whether a unique key lies within the foreign key, so that a parent has at most one child.
fn is_one_to_one(table: &Table, key: &ForeignKey) -> bool {
    table.unique_keys().any(|unique| {
        unique.predicate.is_none()
            && !unique.columns.is_empty()
            && unique.columns.iter().all(|column| key.columns.contains(column))
    })
}

fn mermaid_text(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join(" · ").replace('#', "#35;").replace('"', "#quot;")
}

fn dot_text(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join("\n").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
