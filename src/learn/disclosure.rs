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
            (values, 0) => format!("All its {values} values, each shared by at least {k} subjects."),
            (values, rare) => format!(
                "{values} values, each shared by at least {k} subjects, and that {rare} rarer ones exist."
            ),
        },
        Marginal::Text(shape) => of_shape(shape, kind, k),
        Marginal::List(_) => {
            format!("Lengths of lists, and what their elements share among at least {k} subjects.")
        }
        Marginal::Json(JsonShape::Object(keys)) => {
            format!("{} keys that at least {k} subjects share, and what is shared below them.", keys.len())
        }
        Marginal::Json(_) => format!("The shape of its documents, as far as {k} subjects share it."),
        Marginal::Bytes { .. } => "Lengths only, no bytes.".to_owned(),
    };
    if unique.is_some() {
        told.push_str(" How far its distinct values lie apart, rounded.");
    }
    if matches!((&column.data_type, marginal), (DataType::Other, Marginal::Text(_))) {
        told.push_str(&format!(
            " Values of type {} do not repeat, and nothing but their shape is known to make new ones from.",
            column.native
        ));
    }
    told
}

fn by_segments(points: impl Iterator<Item = bool>, k: usize) -> String {
    let (mut atoms, mut bins) = (0, 0);
    points.for_each(|is_point| if is_point { atoms += 1 } else { bins += 1 });
    match (atoms, bins) {
        (0, 1) => format!("A rounded range; too few subjects for more than that (fewer than {}).", 2 * k),
        (0, _) => {
            format!("Shares of rows in {bins} ranges, each with at least {k} subjects; no single value.")
        }
        (_, 0) => format!("{atoms} values, each shared by at least {k} subjects."),
        _ => format!(
            "{atoms} values and {bins} ranges, each shared by at least {k} subjects; extremes are cut off."
        ),
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
        format!("{what} and {} patterns, each shared by at least {k} subjects.", shape.patterns.len())
    }
}
