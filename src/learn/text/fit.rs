//! Texts as values that repeat, or as shapes.

use super::{Counted, ShapeCounter, State, TextProfile};
use crate::model::privacy::Settings;
use crate::model::{Categories, Marginal, SemanticKind};
use crate::stats::share;

/// The share of rows that shared values must cover for a column to be told by values.
const COVERED: f64 = 0.02;

/// Different values per row up to which a column counts as repeating.
const REPEATING: f64 = 0.05;

/// Fits a text column. `closed` says that only values of a fixed set are allowed: rare ones are then counted, not shaped.
pub(in crate::learn) fn fit_text(
    profile: TextProfile,
    kind: Option<SemanticKind>,
    closed: bool,
    privacy: Settings,
) -> Marginal {
    if profile.rows == 0 {
        return Marginal::Empty;
    }
    let personal = kind.is_some_and(SemanticKind::is_personal);
    // An address before the @ can be nothing but letters and digits of a name; nothing of it is kept but lengths.
    let patterns = kind != Some(SemanticKind::Email);
    let rows = profile.rows;
    let values = match profile.state {
        State::Shapes { shapes, .. } => return Marginal::Text(shapes.fit(personal, patterns)),
        State::Values(values) => values,
    };
    let covered: u64 = values
        .values()
        .map(|seen| &seen.tally)
        .filter(|tally| tally.crowd.is_enough())
        .map(|tally| tally.rows)
        .sum();
    let repeats =
        share(covered, rows) >= COVERED || (covered > 0 && share(values.len() as u64, rows) <= REPEATING);
    let by_value = closed || (repeats && !personal);
    let mut rare = ShapeCounter::new(privacy);
    let mut categories = Categories { values: Vec::new(), rare_rows: 0, rare_values: 0, rare_shape: None };
    for (text, Counted { tally, .. }) in values {
        if by_value && tally.crowd.is_enough() {
            categories.values.push((text.into(), tally.rows));
        } else {
            categories.rare_rows += tally.rows;
            categories.rare_values += 1;
            rare.add(&text, tally.rows, tally.crowd.subjects());
        }
    }
    if !by_value {
        return Marginal::Text(rare.fit(personal, patterns));
    }
    categories.values.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if !closed && categories.rare_rows > 0 {
        categories.rare_shape = Some(rare.fit(personal, patterns));
    }
    Marginal::Categories(categories)
}
