//! Values to tokens, as [`Codec`] numbers them.

use super::Raw;
use crate::learn::row_set::RowSet;
use crate::model::{Categories, Codec, ColumnModel, Marginal, NULL_TOKEN, Segment};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// The token of any value that is not told apart from others.
const ANY_VALUE: u16 = 1;

/// The token of each row, given the column's model and the very rows it was fitted to; `None` where it has no codec. Each token has
/// as many rows as the codec says.
pub(in crate::learn) fn tokens(column: &ColumnModel, raw: &Raw) -> Option<Vec<u16>> {
    Codec::of_column(column)?;
    let any = || (0..raw.len()).map(|row| if raw.is_null(row) { NULL_TOKEN } else { ANY_VALUE }).collect();
    Some(match (&column.marginal, raw) {
        (Marginal::Integers(ordered), Raw::Whole { values, absent, .. }) => {
            ordered_tokens(values, absent, &ordered.segments, i64::cmp)
        }
        (Marginal::Floats(ordered), Raw::Real { values, absent }) => {
            ordered_tokens(values, absent, &ordered.segments, f64::total_cmp)
        }
        (Marginal::Categories(categories), Raw::Text { ids, values }) => {
            let by_id = category_tokens(categories, values.iter().map(AsRef::as_ref));
            ids.iter().map(|&id| by_id.get(id as usize).copied().unwrap_or(NULL_TOKEN)).collect()
        }
        (Marginal::Categories(categories), Raw::Boolean { values, absent }) => {
            let by_value = category_tokens(categories, ["false", "true"].into_iter());
            let token = |row| match absent.contains(row) {
                true => NULL_TOKEN,
                false => by_value[usize::from(values.contains(row))],
            };
            (0..absent.len()).map(token).collect()
        }
        _ => any(),
    })
}

/// Segments own stretches of the sorted values, and hold as many rows as they say; where one ends and the next begins
/// follows from that, but not from their ends, which are rounded, may touch, and leave out what is rare and extreme.
fn ordered_tokens<T, U>(
    values: &[T],
    absent: &RowSet,
    segments: &[Segment<U>],
    compare: impl Fn(&T, &T) -> Ordering,
) -> Vec<u16>
where
    T: Copy,
{
    let mut sorted: Vec<T> = present(values, absent).collect();
    sorted.sort_unstable_by(&compare);
    let mut end = 0;
    let mut greatest: Vec<T> = Vec::with_capacity(segments.len());
    for segment in segments {
        end += segment.rows as usize;
        greatest.extend(end.checked_sub(1).and_then(|last| sorted.get(last)));
    }
    // Nothing is above the last segment.
    greatest.pop();
    let token = |value: &T| 1 + greatest.partition_point(|last| compare(last, value).is_lt()) as u16;
    let rows = values.iter().enumerate();
    rows.map(|(row, value)| if absent.contains(row) { NULL_TOKEN } else { token(value) }).collect()
}

fn present<'a, T: Copy>(values: &'a [T], absent: &'a RowSet) -> impl Iterator<Item = T> + 'a {
    values.iter().enumerate().filter(|&(row, _)| !absent.contains(row)).map(|(_, &value)| value)
}

/// The tokens of some texts: a category, or the one of rare values, or, where there is none, the most frequent category.
fn category_tokens<'a>(categories: &Categories, texts: impl Iterator<Item = &'a str>) -> Vec<u16> {
    let told = categories.values.iter().zip(1..).map(|((text, _), token)| (text.as_str(), token));
    let told: FxHashMap<&str, u16> = told.collect();
    let others = if categories.rare_rows > 0 { 1 + categories.values.len() as u16 } else { ANY_VALUE };
    texts.map(|text| told.get(text).copied().unwrap_or(others)).collect()
}

/// How the tokens of a column differ from what its codec says, if they do, as a sentence.
pub(super) fn disagreement(column: &ColumnModel, tokens: Option<&[u16]>) -> Option<String> {
    let (codec, tokens) = match (Codec::of_column(column), tokens) {
        (None, None) => return None,
        (Some(codec), Some(tokens)) => (codec, tokens),
        (codec, _) => return Some(format!("{}: has a codec: {}", column.name, codec.is_some())),
    };
    let mut rows = vec![0u64; codec.tokens()];
    for &token in tokens {
        match rows.get_mut(usize::from(token)) {
            Some(rows) => *rows += 1,
            None => return Some(format!("{}: there is no token {token}", column.name)),
        }
    }
    let said = match column.marginal {
        // Of these the model does not say how many there are.
        Marginal::Text(_) | Marginal::List(_) | Marginal::Json(_) | Marginal::Bytes { .. } => 1,
        _ => codec.tokens(),
    };
    // Floats that are not finite count as NULL here.
    let nulls_agree =
        rows[0] == column.nulls || (matches!(column.marginal, Marginal::Floats(_)) && rows[0] > column.nulls);
    if nulls_agree && rows[1..said] == codec.rows[1..said] {
        return None;
    }
    Some(format!("{}: {rows:?} instead of {:?}", column.name, codec.rows))
}
