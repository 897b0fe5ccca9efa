//! `seed generate`: from a model, with no source in reach.

use super::arguments::GenerateArguments;
use super::databases::resolve_target;
use super::run::{existing_rows, show_plan, show_summary};
use super::terminal::Terminal;
use super::{Outcome, settings};
use crate::config::Document;
use crate::error::Result;
use crate::model::Model;
use crate::pipeline;

/// Fills the target from the model, or shows the plan for it.
pub(super) async fn execute(arguments: GenerateArguments, terminal: &Terminal) -> Result<Outcome> {
    let document = Document::find(arguments.shared.config.as_deref())?;
    let mut settings = settings::from_document(&document)?;
    settings::override_tables(&mut settings, &arguments.tables);
    settings::override_slice(&mut settings, &arguments.slice);
    settings::override_rows(&mut settings, &arguments.rows);
    let to = resolve_target(&document, &arguments.to, existing_rows(&arguments.target))?;
    let model = Model::load(&arguments.model)?;
    if arguments.target.dry_run {
        let plan = pipeline::plan(&model, &to, &settings).await?;
        return Ok(show_plan(&plan, terminal));
    }
    terminal.writes_to(&to);
    let summary = pipeline::generate(&model, &to, &settings, &terminal.progress).await?;
    Ok(show_summary(&summary, &to.name, terminal))
}
