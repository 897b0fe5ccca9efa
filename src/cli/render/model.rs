//! A model for people: per table and column what was learned, how rows are drawn from it, and what it discloses.

use super::plan::support;
use super::{Paint, aligned, count, counted, findings, treatment};
use crate::model::{
    Categories, ColumnModel, Marginal, Model, SemanticKind, TableModel, TextShape, Treatment,
};
use crate::pipeline::{self, Generalisation, RulePlan, TableFindings};

/// What a model holds of some of its tables.
pub(in crate::cli) fn model(model: &Model, tables: &[usize], paint: Paint) -> String {
    let mut text = format!(
        "{}  format {}, written by seed {}, from {}, k = {}\n",
        paint.bold("Model"),
        model.format,
        model.written_by,
        model.schema.dialect,
        model.privacy.k
    );
    let (found, rules) = (pipeline::findings(model), pipeline::rules(model));
    for &index in tables {
        let table = &model.tables[index];
        text += &format!("\n{}  {}\n", paint.bold(&table.name), table_line(table));
        text.extend(table.conditions.iter().map(|condition| format!("    where  {condition}\n")));
        text += &drawn(&found[index]);
        let mut rows = vec![["column", "learned as", "means", "discloses"].map(str::to_owned).to_vec()];
        rows.extend(table.columns.iter().map(|column| column_line(column, table.sampled)));
        text += &aligned(&rows, &[false; 4], 4);
        let keys = table.cardinalities.iter().map(|key| {
            let shares =
                format!("{} of {}", counted(key.children(), "row"), counted(key.parents(), "parent"));
            vec![key.name.clone(), shares]
        });
        text += &aligned(&keys.collect::<Vec<_>>(), &[false; 2], 4);
        text += &rules_of(&model.schema.tables[index].name.to_string(), &rules);
    }
    text
}

fn drawn(table: &TableFindings) -> String {
    let chain = findings::chain(table);
    let gap = if chain.is_empty() { "" } else { "\n" };
    format!("{}{chain}{gap}", findings::structure(table))
}

fn rules_of(table: &str, rules: &[RulePlan]) -> String {
    let own = rules.iter().filter(|rule| rule.table == table);
    let rows: Vec<_> = own.map(|rule| vec![rule.rule.clone(), support(rule)]).collect();
    if rows.is_empty() { String::new() } else { format!("    rules\n{}", aligned(&rows, &[false; 2], 6)) }
}

/// What was learned, in a few lines.
pub(in crate::cli) fn learned(model: &Model, source: &str, path: &str) -> String {
    let rows = model.tables.iter().map(|table| table.rows).sum();
    let copied: Vec<&str> = model
        .tables
        .iter()
        .filter(|table| table.treatment == Treatment::Copy)
        .map(|table| table.name.as_str())
        .collect();
    let mut text = format!(
        "learned {} with {} of {source} into {path}\n",
        counted(model.tables.len() as u64, "table"),
        counted(rows, "row")
    );
    if !copied.is_empty() {
        text += &format!("holds the rows of the reference tables {}\n", copied.join(", "));
    }
    if let Some(found) = pipeline::generalisation(model) {
        text += &generalises(&found);
    }
    text + &format!("`seed inspect {path}` shows what it discloses\n")
}

/// How much of what is known holds for rows that were held out.
fn generalises(found: &Generalisation) -> String {
    let largest = &found.largest;
    let most = format!(
        "most in {}.{}: {:.2} and {:.2}",
        largest.table, largest.field, largest.seen, largest.held_out
    );
    format!(
        "tells {:.2} nats per row of the rows it has seen, {:.2} of rows held out (gap {:.2}; {most})\n",
        found.seen, found.held_out, found.gap
    )
}

/// What a model holds of some of its tables, for machines.
pub(in crate::cli) fn model_json(model: &Model, tables: &[usize]) -> serde_json::Value {
    let (found, rules) = (pipeline::findings(model), pipeline::rules(model));
    let tables = tables.iter().map(|&index| {
        let (table, found) = (&model.tables[index], &found[index]);
        let columns = table.columns.iter().zip(&found.columns).map(|(column, found)| {
            serde_json::json!({
                "column": column.name,
                "learned_as": marginal(&column.marginal),
                "semantic": column.semantic,
                "personal": column.semantic.is_some_and(SemanticKind::is_personal),
                "discloses": column.discloses,
                "codec": found.codec,
                "drawn": found.drawn,
            })
        });
        let name = model.schema.tables[index].name.to_string();
        let rules = rules.iter().filter(|rule| rule.table == name);
        serde_json::json!({
            "table": table.name,
            "rows": table.rows,
            "sampled": table.sampled,
            "treatment": table.treatment,
            "because": table.because,
            "conditions": table.conditions,
            "spine": found.spine,
            "links": found.links,
            "diamonds": found.diamonds,
            "places": found.places,
            "runs": found.runs,
            "apart": found.apart,
            "repeats": found.repeats,
            "children": found.children,
            "columns": columns.collect::<Vec<_>>(),
            "others": found.others,
            "rules": rules.map(|rule| {
                let mut told = serde_json::json!({ "rule": rule.rule, "rows": rule.rows });
                if rule.except > 0 {
                    told["except"] = rule.except.into();
                }
                told
            }).collect::<Vec<_>>(),
        })
    });
    tables.collect()
}

fn table_line(table: &TableModel) -> String {
    let sampled = match table.sampled {
        sampled if sampled == table.rows => String::new(),
        sampled => format!(" ({} read)", count(sampled)),
    };
    format!("{}{sampled}, {}: {}", counted(table.rows, "row"), treatment(table.treatment), table.because)
}

fn column_line(column: &ColumnModel, sampled: u64) -> Vec<String> {
    let mut learned = marginal(&column.marginal);
    if column.nulls > 0 {
        let percent = 100.0 * column.nulls as f64 / sampled.max(1) as f64;
        learned += &format!(", {percent:.1} % NULL");
    }
    let meaning = column.semantic.map_or_else(|| "-".to_owned(), semantic);
    vec![column.name.clone(), learned, meaning, column.discloses.clone()]
}

/// The name of a kind, as it stands in the model file.
pub(super) fn semantic(kind: SemanticKind) -> String {
    let name = serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned));
    let name = name.unwrap_or_else(|| format!("{kind:?}"));
    if kind.is_personal() { format!("{name} (personal)") } else { name }
}

fn marginal(marginal: &Marginal) -> String {
    match marginal {
        Marginal::Empty => "nothing: no value was seen".to_owned(),
        Marginal::Integers(ordered) => {
            format!("numbers in {}", counted(ordered.segments.len() as u64, "segment"))
        }
        Marginal::Floats(ordered) => {
            format!("numbers in {}", counted(ordered.segments.len() as u64, "segment"))
        }
        Marginal::Categories(categories) => category(categories),
        Marginal::Text(shape) => text(shape),
        Marginal::List(list) => format!("lists of {}", self::marginal(&list.elements)),
        Marginal::Json(_) => "JSON by shape".to_owned(),
        Marginal::Bytes { .. } => "bytes by length".to_owned(),
    }
}

fn category(categories: &Categories) -> String {
    let shown = counted(categories.values.len() as u64, "value");
    match categories.rare_values {
        0 => format!("categories: {shown}"),
        rare => format!("categories: {shown}, {} rare left out", count(rare)),
    }
}

fn text(shape: &TextShape) -> String {
    match shape.patterns.len() as u64 {
        0 => "text by length and words".to_owned(),
        patterns => format!("text by {}", counted(patterns, "pattern")),
    }
}
