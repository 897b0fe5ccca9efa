//! Results and errors as text, and as JSON.

mod error;
mod findings;
mod model;
mod paint;
mod plan;
mod summary;
mod table;

pub(super) use error::{error, error_json};
pub(super) use model::{learned, model, model_json};
pub(super) use paint::Paint;
pub(super) use plan::{constraints, plan, plan_in_a_line, rules};
pub(super) use summary::{summary, summary_json};
pub(super) use table::{aligned, count};

use crate::model::Treatment;

/// The word for a treatment, as it is typed.
fn treatment(treatment: Treatment) -> &'static str {
    match treatment {
        Treatment::Learn => "learn",
        Treatment::Copy => "copy",
        Treatment::Fake => "fake",
        Treatment::Skip => "skip",
    }
}

/// Notes as a list under a heading; nothing where there are none.
fn notes(notes: &[String], paint: Paint) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let list: String = notes.iter().map(|note| format!("  - {note}\n")).collect();
    format!("\n{}\n{list}", paint.bold("Notes"))
}

/// `1 table`, `2 tables`.
fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

#[cfg(test)]
mod tests;
