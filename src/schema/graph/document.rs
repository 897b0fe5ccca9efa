//! The graph as a JSON document.

use super::{Closed, SchemaGraph};
use crate::schema::{ForeignKey, Schema, Table};
use serde::Serialize;

#[derive(Serialize)]
struct Document {
    tables: Vec<TableEntry>,
    /// Table names by stage, parents before children.
    load_order: Vec<Vec<String>>,
    cycles: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct TableEntry {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    columns: usize,
    primary_key: Vec<String>,
    unique_keys: Vec<Vec<String>>,
    foreign_keys: Vec<KeyEntry>,
}

#[derive(Serialize)]
struct KeyEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    columns: Vec<String>,
    parent: String,
    parent_columns: Vec<String>,
    nullable: bool,
    declared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<Late>,
}

#[derive(Serialize)]
struct Late {
    /// One of `parents_first`, `deferred`, `second_pass`, `after_load`, `impossible`.
    closed: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The graph as JSON: tables with their keys, load order, cycles, and how late references are closed. `rows` are counts
/// per table, if known.
pub fn to_json(schema: &Schema, graph: &SchemaGraph, rows: Option<&[u64]>) -> serde_json::Value {
    let name = |table: &usize| schema.tables[*table].name.to_string();
    let tables = schema.tables.iter().enumerate().map(|(index, table)| TableEntry {
        name: table.name.to_string(),
        rows: rows.and_then(|rows| rows.get(index)).copied(),
        columns: table.columns.len(),
        primary_key: table.primary_key.iter().flat_map(|key| column_names(table, &key.columns)).collect(),
        unique_keys: table.uniques.iter().map(|key| column_names(table, &key.columns)).collect(),
        foreign_keys: table
            .foreign_keys
            .iter()
            .enumerate()
            .map(|(key_index, key)| key_entry(schema, table, key, graph.closed(index, key_index)))
            .collect(),
    });
    let document = Document {
        tables: tables.collect(),
        load_order: graph.stages.iter().map(|stage| stage.iter().map(name).collect()).collect(),
        cycles: graph.cycles.iter().map(|cycle| cycle.iter().map(name).collect()).collect(),
    };
    serde_json::to_value(document).expect("strings, numbers and lists always make a document")
}

fn key_entry(schema: &Schema, table: &Table, key: &ForeignKey, closed: Option<&Closed>) -> KeyEntry {
    let parent = &schema.tables[key.parent];
    KeyEntry {
        name: key.name.clone(),
        columns: column_names(table, &key.columns),
        parent: parent.name.to_string(),
        parent_columns: column_names(parent, &key.parent_columns),
        nullable: key.columns.iter().any(|&column| table.columns[column].nullable),
        declared: key.declared,
        late: closed.map(|closed| match closed {
            Closed::ParentsFirst => Late { closed: "parents_first", reason: None },
            Closed::Deferred => Late { closed: "deferred", reason: None },
            Closed::SecondPass => Late { closed: "second_pass", reason: None },
            Closed::AfterLoad => Late { closed: "after_load", reason: None },
            Closed::Impossible(reason) => Late { closed: "impossible", reason: Some(reason.clone()) },
        }),
    }
}

fn column_names(table: &Table, columns: &[usize]) -> Vec<String> {
    columns.iter().map(|&column| table.columns[column].name.clone()).collect()
}
