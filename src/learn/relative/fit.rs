//! Differences to models and tokens.

use super::Coded;
use super::choose::{Choice, Choices};
use super::moments::Moments;
use crate::learn::disclosure;
use crate::learn::joint::record::{Raw, tokens};
use crate::learn::observed::Runs;
use crate::learn::ordered::{Detail, fit_integers, grid_of};
use crate::model::privacy::Settings;
use crate::model::rule::Operand;
use crate::model::{ColumnModel, Marginal, Open, Ordered, Relative, SemanticKind, Side};

/// How many times as far as all other values lie apart a value lies beyond them that stands for none.
const FAR: i128 = 4;

/// Fits what was chosen; the error is a column whose choice does not fit all rows.
pub(super) fn fit(moments: &Moments<'_>, choices: Choices, privacy: Settings) -> Result<Coded, usize> {
    let one = |(column, choice): (usize, Choice)| {
        let (model, tokens) = column_of(moments, column, choice, privacy).ok_or(column)?;
        Ok((column, model, tokens))
    };
    choices.into_iter().map(one).collect()
}

fn column_of(
    moments: &Moments<'_>,
    column: usize,
    choice: Choice,
    privacy: Settings,
) -> Option<(ColumnModel, Option<Vec<u16>>)> {
    let learned = &moments.models[moments.table].columns[column];
    let recorded = &moments.recorded.tables[moments.table];
    let values = &recorded.values[column];
    let Marginal::Integers(level) = &learned.marginal else { return None };
    let (step, offset) = grid_of((0..recorded.rows).filter_map(|row| values.whole(row)));
    let open = open(level, choice.side);
    let last = level.segments.len().checked_sub(1 + usize::from(open.is_some()))?;
    let (lowest, highest) = (level.segments.first()?.low, level.segments[last].high);
    let lowest = lowest.checked_add((offset - lowest).rem_euclid(step))?;
    let highest = highest - (highest - offset).rem_euclid(step);
    let Choice { to, side, limits } = choice;
    let mut relative = Relative { to, side, limits, alone: false, lowest, highest, step, offset, open };
    let differences = differences(moments, column, &mut relative).filter(|_| lowest <= highest)?;
    let pairs = differences.iter().zip(&recorded.subjects);
    let pairs = pairs.filter_map(|(difference, &subject)| Some(((*difference)?, subject))).collect();
    let runs = Runs::from_pairs(pairs, i64::cmp, privacy);
    let detail = detail(&runs, learned.semantic, &relative)?;
    let marginal = Marginal::Integers(fit_integers(&runs, detail, privacy));
    let this = &moments.schema.tables[moments.table];
    let told = disclosure::sentence(&this.columns[column], &marginal, None, learned.semantic, privacy);
    let from = name(moments, &relative.to);
    let beyond =
        if relative.open.is_some() { ", and one far beyond these that at least as many share" } else { "" };
    let discloses =
        format!("Of how far it is from {from}: {told} Of its own values, a first and a last one{beyond}.");
    let relative = Some(relative);
    let model = ColumnModel { marginal, relative, unique: None, discloses, ..learned.clone() };
    let raw = Raw::Whole {
        absent: differences.iter().map(Option::is_none).collect(),
        values: differences.into_iter().map(Option::unwrap_or_default).collect(),
        scale: 0,
    };
    let tokens = tokens(&model, &raw);
    Some((model, tokens))
}

/// A value of its own, that enough subjects share to be one, so far beyond all others that it is none of them: `9999-01-01`.
fn open(level: &Ordered<i64>, side: Side) -> Option<Open> {
    let [first, .., before, last] = level.segments.as_slice() else { return None };
    let [low, high, far] = [first.low, before.high, last.low].map(i128::from);
    let is_far = last.low == last.high && far - high > FAR * (high - low).max(1);
    (is_far && side != Side::Before).then(|| Open { value: last.low, difference: (far - low) as i64 })
}

/// How far each value is from its base; nothing where a value is on the wrong side of it. Values that have no base get the
/// differences of others, evenly, and that there are such is noted.
fn differences(moments: &Moments<'_>, column: usize, relative: &mut Relative) -> Option<Vec<Option<i64>>> {
    let unit = moments.unit(moments.table, column)?;
    let values = &moments.recorded.tables[moments.table].values[column];
    let mut differences: Vec<Option<i64>> = vec![None; moments.rows()];
    let mut alone = Vec::new();
    for (row, found) in differences.iter_mut().enumerate() {
        let Some(value) = values.whole(row) else { continue };
        if let Some(open) = relative.open.filter(|open| open.value == value) {
            *found = Some(open.difference);
            continue;
        }
        let Some(micros) = moments.micros(&relative.to, row) else {
            alone.push(row);
            continue;
        };
        let difference = value.checked_sub(relative.base(micros, unit))?;
        let fits = match relative.side {
            Side::After => difference >= 0,
            Side::Before => difference <= 0,
            Side::Around => true,
        };
        let fits = fits && relative.open.is_none_or(|open| difference < open.difference);
        *found = fits.then_some(Some(difference))?;
    }
    let mut known: Vec<i64> = differences.iter().copied().flatten().collect();
    known.sort_unstable();
    for (number, &row) in alone.iter().enumerate() {
        differences[row] = Some(*known.get((2 * number + 1) * known.len() / (2 * alone.len()))?);
    }
    relative.alone = !alone.is_empty();
    Some(differences)
}

/// As finely as values are told, and never beyond zero: nor at zero, where no row is.
fn detail(runs: &Runs<i64>, kind: Option<SemanticKind>, relative: &Relative) -> Option<Detail<i64>> {
    let last = runs.len().checked_sub(1)?;
    let personal = kind.is_some_and(SemanticKind::is_personal);
    let away = |value: i64| if value == 0 { 0 } else { relative.step };
    let (lowest, highest) = match relative.side {
        Side::After => (away(runs.value(0)), i64::MAX),
        Side::Before => (i64::MIN, -away(runs.value(last))),
        Side::Around => (i64::MIN, i64::MAX),
    };
    Some(Detail { bins: if personal { 32 } else { 512 }, atoms: !personal, digits: 2, lowest, highest })
}

/// `placed_at`, `customers.signed_up_at`.
fn name(moments: &Moments<'_>, operand: &Operand) -> String {
    let ends = operand.sources(moments.schema, moments.table);
    let names = ends.iter().map(|&(table, column)| {
        let described = &moments.schema.tables[table];
        let own = if table == moments.table { String::new() } else { format!("{}.", described.name) };
        format!("{own}{}", described.columns[column].name)
    });
    names.collect()
}
