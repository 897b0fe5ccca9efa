//! `seed learn`: a database becomes a model file.

use super::arguments::LearnArguments;
use super::databases::resolve_source;
use super::terminal::Terminal;
use super::{Outcome, render, settings};
use crate::config::Document;
use crate::error::Result;
use crate::pipeline;

/// Learns the source and writes the model.
pub(super) async fn execute(arguments: LearnArguments, terminal: &Terminal) -> Result<Outcome> {
    let document = Document::find(arguments.shared.config.as_deref())?;
    let mut settings = settings::from_document(&document)?;
    settings::override_tables(&mut settings, &arguments.tables);
    settings::override_slice(&mut settings, &arguments.slice);
    settings::override_jobs(&mut settings, &arguments.jobs);
    let from = resolve_source(&document, "--from", &arguments.from)?;
    let model = pipeline::learn(&from.address, &settings, &terminal.progress).await?;
    model.save(&arguments.out)?;
    terminal.progress.clear();
    let path = arguments.out.display().to_string();
    terminal.say(&render::learned(&model, &from.name, &path));
    let all: Vec<usize> = (0..model.tables.len()).collect();
    let tables = render::model_json(&model, &all);
    terminal.json(&serde_json::json!({
        "model": path,
        "tables": tables,
        "generalisation": pipeline::generalisation(&model),
    }));
    Ok(Outcome::Done)
}
