//! How tables are treated and how many rows they get.

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::model::{Model, Treatment};
use std::collections::BTreeSet;

/// The treatment of every table with its reason: the user's word, else the model's proposal.
pub(super) fn treatments(model: &Model, settings: &Settings) -> Result<Vec<(Treatment, String)>> {
    let schema = &model.schema;
    let only = wanted(model, &settings.only)?;
    let exclude = wanted(model, &settings.exclude)?;
    let mut out = Vec::with_capacity(schema.tables.len());
    for (index, table) in model.tables.iter().enumerate() {
        let said = settings
            .treatments
            .iter()
            .find(|(name, _)| schema.table_index(name) == Some(index))
            .map(|(_, &treatment)| treatment);
        out.push(if exclude.contains(&index) {
            (Treatment::Skip, "excluded by the user".to_owned())
        } else if !only.is_empty() && !needed(model, &only).contains(&index) {
            (Treatment::Skip, "not among the tables asked for".to_owned())
        } else if let Some(treatment) = said {
            (treatment, "set by the user".to_owned())
        } else {
            (table.treatment, table.because.clone())
        });
    }
    for (index, (treatment, _)) in out.iter().enumerate() {
        if *treatment == Treatment::Copy && model.tables[index].reference.is_none() {
            let name = &schema.tables[index].name;
            return Err(Error::usage(format!(
                "table {name} cannot be copied: the model holds no rows of it"
            ))
            .hint(format!("learn again with --table {name}=copy")));
        }
    }
    Ok(out)
}

fn wanted(model: &Model, names: &[String]) -> Result<BTreeSet<usize>> {
    names
        .iter()
        .map(|name| {
            model.schema.table_index(name).ok_or_else(|| Error::usage(format!("there is no table {name}")))
        })
        .collect()
}

/// The tables asked for and all that they refer to.
fn needed(model: &Model, only: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut found = only.clone();
    let mut open: Vec<usize> = only.iter().copied().collect();
    while let Some(index) = open.pop() {
        for key in &model.schema.tables[index].foreign_keys {
            if found.insert(key.parent) {
                open.push(key.parent);
            }
        }
    }
    found
}

/// Rows per table, with a note where they are not simply the source's times the scale.
///
/// A table whose rows the user names carries its factor down to the tables that hang on it by a NOT NULL key.
pub(super) fn rows(
    model: &Model,
    settings: &Settings,
    treatments: &[(Treatment, String)],
) -> Result<Vec<(u64, Option<String>)>> {
    let schema = &model.schema;
    if !(settings.scale.is_finite() && settings.scale > 0.0) {
        return Err(Error::usage(format!("the scale must be a positive number, not {}", settings.scale))
            .hint("--scale 0.1 makes a tenth of the source's rows, --scale 3 three times as many"));
    }
    let mut exact = vec![None; schema.tables.len()];
    for (name, &count) in &settings.rows {
        let index =
            schema.table_index(name).ok_or_else(|| Error::usage(format!("there is no table {name}")))?;
        exact[index] = Some(count);
    }
    let mut factors: Vec<Option<f64>> = vec![None; schema.tables.len()];
    (0..schema.tables.len())
        .map(|index| {
            let source = model.tables[index].rows;
            match treatments[index].0 {
                Treatment::Skip => Ok((0, None)),
                Treatment::Copy => {
                    let held = model.tables[index].reference.as_ref().map_or(0, |rows| rows.len() as u64);
                    if exact[index].is_some_and(|count| count != held) {
                        let name = &schema.tables[index].name;
                        return Err(Error::usage(format!(
                            "table {name} is copied and has {held} rows; --rows cannot change that"
                        ))
                        .hint(format!("--table {name}=learn makes new rows instead")));
                    }
                    Ok((held, None))
                }
                Treatment::Learn | Treatment::Fake => {
                    if let Some(count) = exact[index] {
                        return Ok((count, None));
                    }
                    let factor = factor(model, settings.scale, &exact, treatments, index, &mut factors, 0);
                    let rows = (source as f64 * factor).round() as u64;
                    Ok((rows.max(u64::from(source > 0)), None))
                }
            }
        })
        .collect()
}

fn factor(
    model: &Model,
    scale: f64,
    exact: &[Option<u64>],
    treatments: &[(Treatment, String)],
    index: usize,
    known: &mut Vec<Option<f64>>,
    depth: usize,
) -> f64 {
    if let Some(factor) = known[index] {
        return factor;
    }
    let source = model.tables[index].rows;
    if let Some(count) = exact[index].filter(|_| source > 0) {
        known[index] = Some(count as f64 / source as f64);
        return count as f64 / source as f64;
    }
    let table = &model.schema.tables[index];
    // A cycle of NOT NULL keys ends here: the depth cannot exceed the number of tables without one.
    let parent = table.foreign_keys.iter().find(|key| {
        depth <= model.tables.len()
            && key.parent != index
            && matches!(treatments[key.parent].0, Treatment::Learn | Treatment::Fake)
            && model.tables[key.parent].rows > 0
            && key.columns.iter().all(|&column| !table.columns[column].nullable)
    });
    let factor = match parent {
        Some(key) => factor(model, scale, exact, treatments, key.parent, known, depth + 1),
        None => scale,
    };
    known[index] = Some(factor);
    factor
}
