//! Errors: mistakes in `seed.toml` like rustc's, all others as message, causes and hints.

use super::Paint;
use crate::config::{Excerpt, hide_passwords};
use crate::error::Error;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::error::Error as StdError;

/// An error for people.
pub(in crate::cli) fn error(error: &Error, paint: Paint) -> String {
    match causes(error).find_map(|cause| cause.downcast_ref::<Excerpt>()) {
        Some(excerpt) => with_excerpt(error, excerpt, paint),
        None => plain(error, paint),
    }
}

/// An error for machines.
pub(in crate::cli) fn error_json(error: &Error) -> serde_json::Value {
    let mut document = serde_json::json!({
        "error": hide_passwords(&error.to_string()),
        "causes": causes(error).map(|cause| hide_passwords(&cause.to_string())).collect::<Vec<_>>(),
        "hints": error.hints().iter().map(|hint| hide_passwords(hint)).collect::<Vec<_>>(),
        "exit_code": error.exit_code(),
    });
    if let Some(excerpt) = causes(error).find_map(|cause| cause.downcast_ref::<Excerpt>()) {
        let (line, column) = excerpt.position();
        document["at"] = serde_json::json!({ "file": excerpt.path(), "line": line, "column": column });
    }
    document
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

fn plain(error: &Error, paint: Paint) -> String {
    let mut text = format!("{} {error}\n", paint.red("error:"));
    for (depth, cause) in causes(error).enumerate() {
        // A cause may have lines of its own; they stay under its first one.
        let indent = "  ".repeat(depth + 1);
        let lines = cause.to_string().trim_end().replace('\n', &format!("\n{indent}  "));
        text += &format!("{indent}{} {lines}\n", paint.dim("because:"));
    }
    if !error.hints().is_empty() {
        text.push('\n');
    }
    for hint in error.hints() {
        text += &format!("{} {hint}\n", paint.cyan("hint:"));
    }
    hide_passwords(&text)
}

fn with_excerpt(error: &Error, excerpt: &Excerpt, paint: Paint) -> String {
    let message = hide_passwords(&error.to_string());
    let annotation = AnnotationKind::Primary.span(excerpt.span());
    let annotation = if excerpt.label().is_empty() { annotation } else { annotation.label(excerpt.label()) };
    let snippet = Snippet::source(excerpt.text()).path(excerpt.path()).annotation(annotation);
    let mut report = Level::ERROR.primary_title(&message).element(snippet);
    for hint in error.hints() {
        report = report.element(Level::HELP.message(hint));
    }
    let renderer = if paint.is_on() { Renderer::styled() } else { Renderer::plain() };
    format!("{}\n", renderer.render(&[report]))
}
