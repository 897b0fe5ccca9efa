//! `seed --from … --to …`: the main job.

use super::arguments::{RunArguments, TargetOptions};
use super::databases::{resolve_source, resolve_target};
use super::terminal::Terminal;
use super::{Outcome, render, settings};
use crate::config::Document;
use crate::error::Result;
use crate::pipeline::{self, PlanSummary, Summary};
use crate::store::ExistingRows;

/// Learns the source and fills the target, or shows the plan for it.
pub(super) async fn execute(arguments: RunArguments, terminal: &Terminal) -> Result<Outcome> {
    let document = Document::find(arguments.shared.config.as_deref())?;
    let mut settings = settings::from_document(&document)?;
    settings::override_tables(&mut settings, &arguments.tables);
    settings::override_slice(&mut settings, &arguments.slice);
    settings::override_rows(&mut settings, &arguments.rows);
    let from = resolve_source(&document, "--from", &arguments.from)?;
    let to = resolve_target(&document, &arguments.to, existing_rows(&arguments.target))?;
    if arguments.target.dry_run {
        let plan = pipeline::rehearse(&from.address, &to, &settings, &terminal.progress).await?;
        return Ok(show_plan(&plan, terminal));
    }
    terminal.writes_to(&to);
    let summary = pipeline::run(&from.address, &to, &settings, &terminal.progress).await?;
    Ok(show_summary(&summary, &to.name, terminal))
}

/// What `--truncate` and `--append` ask for.
pub(super) fn existing_rows(options: &TargetOptions) -> ExistingRows {
    match (options.truncate, options.append) {
        (true, _) => ExistingRows::Truncate,
        (false, true) => ExistingRows::Append,
        (false, false) => ExistingRows::Refuse,
    }
}

/// Prints a plan: it is what `--dry-run` asks for, so it goes to stdout.
pub(super) fn show_plan(plan: &PlanSummary, terminal: &Terminal) -> Outcome {
    terminal.progress.clear();
    terminal.result(&render::plan(plan, terminal.paint));
    terminal.json(&serde_json::json!(plan));
    Outcome::Done
}

/// Prints a summary: stdout is for data, so it goes to stderr, and to stdout as JSON.
pub(super) fn show_summary(summary: &Summary, target: &str, terminal: &Terminal) -> Outcome {
    terminal.progress.clear();
    terminal.say(&render::summary(summary, target, render::Paint::for_stderr()));
    terminal.json(&render::summary_json(summary, target));
    let broken = summary.verdicts.iter().any(|verdict| verdict.violations > 0);
    if broken { Outcome::Broken } else { Outcome::Done }
}
