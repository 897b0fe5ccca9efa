//! What an entry of the model tells of the source, in a sentence.

use crate::model::privacy::Settings;
use crate::model::{JsonShape, Marginal, SemanticKind, TextShape, UniqueIntegers};
use crate::schema::{Column, DataType};

/// The sentence for one column.
pub(super) fn sentence(
    column: &Column,
    marginal: &Marginal,
    unique: Option<&UniqueIntegers>,
    kind: Option<SemanticKind>,
    privacy: Settings,
) -> String {
    let k = privacy.threshold();
    let mut told = match marginal {
        Marginal::Empty => "Nothing but that it holds no values.".to_owned(),
        Marginal::Integers(ordered) => by_segments(ordered.segments.iter().map(|s| s.low == s.high), k),
        Marginal::Floats(ordered) => by_segments(ordered.segments.iter().map(|s| s.low == s.high), k),
        Marginal::Categories(categories) => match (categories.values.len(), categories.rare_values) {
            (0, _) => format!("Only that no value is shared by {k} subjects."),
            (values, 0) => format!("{}, and that there are no others.", shared(values, "value", k)),
            (values, rare) => format!("{}, and that {rare} rarer ones exist.", shared(values, "value", k)),
        },
        Marginal::Text(shape) => of_shape(shape, kind, k),
        Marginal::List(_) => {
            format!("Lengths of lists, and what their elements share among at least {k} subjects.")
        }
        Marginal::Json(JsonShape::Object(keys)) => {
            format!("{}, and what is shared below.", shared(keys.len(), "key", k))
        }
        Marginal::Json(_) => format!("The shape of its documents, as far as {k} subjects share it."),
        Marginal::Bytes { .. } => "Lengths only, no bytes.".to_owned(),
    };
    if unique.is_some() {
        told.push_str(" How far its distinct values lie apart, rounded.");
    }
    if let Marginal::Integers(ordered) = marginal
        && !ordered.rhythm.is_empty()
    {
        told.push_str(&format!(
            " How busy days of the week and hours of the day are that at least {k} subjects share."
        ));
    }
    if matches!((&column.data_type, marginal), (DataType::Other, Marginal::Text(_))) {
        told.push_str(&format!(
            " Values of type {} do not repeat, and nothing but their shape is known to make new ones from.",
            column.native
        ));
    }
    told
}

/// `1 value that at least 5 subjects share`.
fn shared(count: usize, what: &str, k: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural} that at least {k} subjects share")
}

fn by_segments(points: impl Iterator<Item = bool>, k: usize) -> String {
    let (mut atoms, mut bins) = (0, 0);
    points.for_each(|is_point| if is_point { atoms += 1 } else { bins += 1 });
    match (atoms, bins) {
        (0, 1) => "One rounded range; too few subjects fill it for more than that.".to_owned(),
        (0, _) => format!("{}; no single value.", shared(bins, "range", k)),
        (_, 0) => format!("{}.", shared(atoms, "value", k)),
        _ => {
            format!("{}, and {bins} ranges between them; extremes are cut off.", shared(atoms, "value", k))
        }
    }
}

fn of_shape(shape: &TextShape, kind: Option<SemanticKind>, k: usize) -> String {
    let what = match kind {
        Some(kind) if kind.is_personal() => "No text, for it is personal: lengths",
        _ => "No text: lengths",
    };
    if shape.patterns.is_empty() {
        format!("{what}, words and capitals only.")
    } else {
        format!("{what} and {}.", shared(shape.patterns.len(), "pattern", k))
    }
}
