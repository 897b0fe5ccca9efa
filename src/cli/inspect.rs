//! `seed inspect`: a database's graph, or what a model file holds.

use super::arguments::{GraphFormat, InspectArguments};
use super::databases::resolve_source;
use super::terminal::Terminal;
use super::{Outcome, render, settings};
use crate::config::{Document, did_you_mean, listed};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::pipeline;
use crate::schema::graph::{SchemaGraph, render_dot, render_mermaid, render_tree, to_json};
use std::path::Path;

/// Shows a database or a model.
pub(super) async fn execute(mut arguments: InspectArguments, terminal: &Terminal) -> Result<Outcome> {
    if terminal.manner.json {
        arguments.format = GraphFormat::Json;
    }
    let document = Document::find(arguments.shared.config.as_deref())?;
    if names_a_model(&document, &arguments.subject) {
        return inspect_model(&arguments, terminal);
    }
    if !arguments.table.is_empty() {
        return Err(Error::usage("--table is for model files; the graph of a database is shown whole")
            .hint("learn the database with `seed learn`, then inspect the model file"));
    }
    let settings = settings::from_document(&document)?;
    let from = resolve_source(&document, "seed inspect", &arguments.subject)?;
    if arguments.rules {
        let model = pipeline::learn(&from.address, &settings, &terminal.progress).await?;
        return show_rules(&model, &arguments, terminal);
    }
    let found = pipeline::inspect(&from.address, &settings).await?;
    let (schema, graph, rows) = (&found.schema, &found.graph, Some(found.rows.as_slice()));
    match arguments.format {
        GraphFormat::Tree => {
            let tree = render_tree(schema, graph, rows);
            terminal.result(&format!("{tree}\n{}", render::constraints(&found.constraints, terminal.paint)));
        }
        GraphFormat::Mermaid => terminal.result(&render_mermaid(schema, graph, rows)),
        GraphFormat::Dot => terminal.result(&render_dot(schema, graph, rows)),
        GraphFormat::Json => {
            let mut document = to_json(schema, graph, rows);
            document["constraints"] = serde_json::json!(found.constraints);
            terminal.document(&document);
        }
    }
    Ok(Outcome::Done)
}

fn show_rules(model: &Model, arguments: &InspectArguments, terminal: &Terminal) -> Result<Outcome> {
    let shown: Vec<String> = tables(model, &arguments.table)?
        .into_iter()
        .map(|table| model.schema.tables[table].name.to_string())
        .collect();
    let mut rules = pipeline::rules(model);
    rules.retain(|rule| shown.contains(&rule.table));
    terminal.progress.clear();
    match arguments.format {
        GraphFormat::Tree => terminal.result(&render::rules(&rules, terminal.paint)),
        GraphFormat::Json => terminal.document(&serde_json::json!({ "rules": rules })),
        GraphFormat::Mermaid | GraphFormat::Dot => {
            return Err(Error::usage("rules are no part of a diagram")
                .hint("leave --format out, or use --format json"));
        }
    }
    Ok(Outcome::Done)
}

/// A path, unless it is a name of `seed.toml` or an address; a SQLite file is left to the message about addresses.
fn names_a_model(document: &Document, subject: &str) -> bool {
    let path = Path::new(subject);
    let is_named = document.file.databases.contains_key(subject);
    let is_sqlite = || std::fs::File::open(path).is_ok_and(starts_like_sqlite);
    !is_named && (subject.ends_with(".seed") || (path.is_file() && !is_sqlite()))
}

fn starts_like_sqlite(file: std::fs::File) -> bool {
    let mut start = Vec::new();
    let read = std::io::Read::read_to_end(&mut std::io::Read::take(file, 15), &mut start);
    read.is_ok() && start == b"SQLite format 3"
}

fn inspect_model(arguments: &InspectArguments, terminal: &Terminal) -> Result<Outcome> {
    let model = Model::load(Path::new(&arguments.subject))?;
    let rows: Vec<u64> = model.tables.iter().map(|table| table.rows).collect();
    if rows.len() != model.schema.tables.len() {
        return Err(Error::config(format!("the model `{}` does not fit its own schema", arguments.subject))
            .hint("learn it again"));
    }
    if arguments.rules {
        return show_rules(&model, arguments, terminal);
    }
    let tables = tables(&model, &arguments.table)?;
    let graph = SchemaGraph::new(&model.schema);
    match arguments.format {
        GraphFormat::Tree => terminal.result(&render::model(&model, &tables, terminal.paint)),
        GraphFormat::Mermaid => terminal.result(&render_mermaid(&model.schema, &graph, Some(&rows))),
        GraphFormat::Dot => terminal.result(&render_dot(&model.schema, &graph, Some(&rows))),
        GraphFormat::Json => {
            let mut document = to_json(&model.schema, &graph, Some(&rows));
            document["model"] = render::model_json(&model, &tables);
            terminal.document(&document);
        }
    }
    Ok(Outcome::Done)
}

/// The tables that are to be shown: all, or those named.
fn tables(model: &Model, named: &[String]) -> Result<Vec<usize>> {
    if named.is_empty() {
        return Ok((0..model.tables.len()).collect());
    }
    let known: Vec<String> = model.schema.tables.iter().map(|table| table.name.to_string()).collect();
    let find = |name: &String| {
        model.schema.table_index(name).ok_or_else(|| {
            let error = Error::usage(format!("--table: the model has no table `{name}`"));
            match did_you_mean(name, known.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("its tables are {}", listed(known.iter().map(String::as_str)))),
            }
        })
    };
    named.iter().map(find).collect()
}
