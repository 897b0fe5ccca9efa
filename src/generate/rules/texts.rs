//! Columns whose texts are put together of other values. Where a key wants them different, the second of two equal ones gets a `-2`, as
//! applications do it.

use super::ruled::{Computed, Ruled, scalar, values as operand_values};
use super::{dealt, set_up};
use crate::generate::structure::{Site, codes};
use crate::generate::table::{Source, Tables};
use crate::model::rule::{Form, Operand, Piece, Statement, Told, written};
use crate::plan::ColumnPlan;
use crate::schema::{DataType, Table};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType as ArrowType;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// The texts of some rows, NULL where there is no row.
pub(super) fn values(
    ruled: &Ruled,
    pieces: &[Piece],
    tables: &Tables,
    table: usize,
    rows: &[Option<u64>],
) -> ArrayRef {
    let own_nulls = ruled.computed.as_ref().is_some_and(|computed| computed.own_nulls);
    let limit = limit(&ruled.drawn.data_type);
    let operands: Vec<(&Operand, ArrayRef)> = pieces
        .iter()
        .filter_map(Piece::operand)
        .filter_map(|operand| {
            let values = operand_values(tables, table, operand, &ruled.totals, rows);
            values.array().map(|array| (operand, array.clone()))
        })
        .collect();
    let is_null = |row: u64| own_nulls && ruled.drawn.position(row).is_none();
    let make = |(index, row): (usize, &Option<u64>)| {
        let row = row.filter(|&row| !is_null(row))?;
        let value = |operand: &Operand| {
            told(&operands.iter().find(|(known, _)| std::ptr::eq(*known, operand))?.1, index)
        };
        let text = written(pieces, &value)?;
        Some(numbered(&text, pieces, ruled.again.get(&row).copied(), limit))
    };
    let mut made: Vec<Option<String>> = rows.iter().enumerate().map(make).collect();
    // Where a value is missing, what was drawn is better than a NULL, if the column has none.
    let lacks = |(made, row): (&Option<String>, &Option<u64>)| made.is_none() && row.is_some();
    if !own_nulls && ruled.drawn.nulls == 0 && made.iter().zip(rows).any(lacks) {
        let drawn = ruled.drawn.values(tables, table, rows);
        if let Some(drawn) = drawn.as_string_opt::<i32>() {
            let missing = made.iter_mut().zip(drawn).filter(|(made, _)| made.is_none());
            missing.for_each(|(made, drawn)| *made = drawn.map(str::to_owned));
        }
    }
    Arc::new(StringArray::from_iter(made))
}

fn told(array: &ArrayRef, row: usize) -> Option<Told<'_>> {
    match array.data_type() {
        ArrowType::Utf8 => array.is_valid(row).then(|| Told::Text(array.as_string::<i32>().value(row))),
        _ => scalar(array, row).map(Told::Value),
    }
}

/// Letters that a column has room for.
fn limit(data_type: &DataType) -> usize {
    match data_type {
        DataType::Text { max: Some(max), .. } => *max as usize,
        _ => usize::MAX,
    }
}

/// A text with a number behind its last value, before the letters that end all of them; cut to so many letters.
fn numbered(text: &str, pieces: &[Piece], number: Option<u32>, limit: usize) -> String {
    let ending = match (number, pieces.last()) {
        (Some(_), Some(Piece::Literal(ending))) => ending.as_str(),
        _ => "",
    };
    let number = number.map_or(String::new(), |number| format!("-{number}"));
    let room = limit.saturating_sub(number.chars().count() + ending.chars().count());
    let head = text.strip_suffix(ending).unwrap_or(text);
    let cut: String = head.chars().take(room).collect();
    cut + &number + ending
}

/// Computes the texts that keys want different, and tells equal ones apart. Says which rules are not kept.
pub(super) fn keep(tables: &mut Tables, site: &Site<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for rule in &site.plan.tables[site.table].rules {
        let Statement::Formula { column, expression, digits, own_nulls, .. } = &rule.statement else {
            continue;
        };
        let Some(pieces) = expression.as_text() else { continue };
        let unique = matches!(
            &site.plan.tables[site.table].columns[*column],
            ColumnPlan::Drawn { setting: None, unique: true, .. }
        );
        let kept = may_be_kept(tables, site, *column, pieces).and_then(|()| {
            if unique {
                let computed =
                    Computed { expression: expression.clone(), digits: *digits, own_nulls: *own_nulls };
                if !set_up(tables, (site.table, *column), computed) {
                    return Err("it would be made of itself, or another rule decides about it".to_owned());
                }
            }
            tell_apart(tables, site.table, *column, pieces)
        });
        if let Err(why) = kept {
            if let Source::Ruled(ruled) = &mut tables.tables[site.table].columns[*column] {
                ruled.computed = None;
            }
            let (schema, table) = (&site.model.schema, site.table);
            let sentence = rule.statement.sentence(schema, table);
            notes.push(format!("{}: `{sentence}` is not kept: {why}", schema.tables[table].name));
        }
    }
    notes
}

/// The keys that a column is part of.
fn keys(table: &Table, column: usize) -> Vec<Vec<usize>> {
    let columns =
        |key: &crate::schema::UniqueKey| key.told_apart(table).unwrap_or_else(|| key.columns.clone());
    table.unique_keys().map(columns).filter(|columns| columns.contains(&column)).collect()
}

/// Whether a key stands the texts: of rows that are looked at all together, and that nobody has who was there before.
fn may_be_kept(tables: &Tables, site: &Site<'_>, column: usize, pieces: &[Piece]) -> Result<(), String> {
    let (table, generator) = (&tables.schema.tables[site.table], &tables.tables[site.table]);
    if keys(table, column).is_empty() {
        return Ok(());
    }
    if generator.rows > dealt::MOST_ROWS {
        return Err(format!(
            "the table has more than {} rows, too many to tell equal texts apart",
            dealt::MOST_ROWS
        ));
    }
    let shows_key = pieces.iter().any(|piece| match piece {
        Piece::Value { of, form: Form::Number { .. } } => {
            of.as_own().is_some_and(|own| table.unique_keys().any(|key| key.columns == [own]))
        }
        _ => false,
    });
    let appended = match &generator.columns[column] {
        Source::Drawn(drawn) => drawn.used > 0,
        Source::Ruled(ruled) => ruled.drawn.used > 0,
        _ => false,
    };
    if appended && !shows_key {
        return Err("the target may have the same texts already".to_owned());
    }
    Ok(())
}

/// Tells rows apart whose texts a key wants different.
fn tell_apart(tables: &mut Tables, table: usize, column: usize, pieces: &[Piece]) -> Result<(), String> {
    let keys = keys(&tables.schema.tables[table], column);
    if keys.is_empty()
        || !matches!(&tables.tables[table].columns[column], Source::Ruled(ruled) if ruled.computed.is_some())
    {
        return Ok(());
    }
    let limit = limit(&tables.schema.tables[table].columns[column].data_type);
    let others: Vec<Vec<Vec<u64>>> = keys
        .iter()
        .map(|key| {
            let others = key.iter().filter(|&&other| other != column);
            others.map(|&other| codes::folded(&tables.all_values(table, other))).collect()
        })
        .collect();
    let texts = tables.all_values(table, column);
    let texts = texts.as_string::<i32>();
    let mut again: FxHashMap<u64, u32> = FxHashMap::default();
    let mut seen: FxHashSet<(usize, u64)> = FxHashSet::default();
    let mut last: FxHashMap<u64, u32> = FxHashMap::default();
    for row in (0..texts.len()).filter(|&row| texts.is_valid(row)) {
        let text = texts.value(row);
        let tuple = |text: &str, key: usize| {
            others[key].iter().fold(codes::folded_text(text), |code, other| codes::join(code, other[row]))
        };
        // A NULL beside it tells a row apart.
        let is_new = |text: &str, seen: &FxHashSet<(usize, u64)>| {
            let mut tuples = (0..keys.len()).map(|key| (key, tuple(text, key)));
            tuples.all(|tuple| tuple.1 == codes::NULL || !seen.contains(&tuple))
        };
        let mut found = text.to_owned();
        if !is_new(text, &seen) {
            let number = last.entry(codes::folded_text(text)).or_insert(1);
            loop {
                *number += 1;
                if number.to_string().len() >= limit {
                    return Err("a key wants its texts different, for which there is no room".to_owned());
                }
                found = numbered(text, pieces, Some(*number), limit);
                if is_new(&found, &seen) {
                    break;
                }
            }
            again.insert(row as u64, *number);
        }
        seen.extend((0..keys.len()).map(|key| (key, tuple(&found, key))));
    }
    if let Source::Ruled(ruled) = &mut tables.tables[table].columns[column] {
        ruled.again = again;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_behind_the_last_value_and_nothing_is_too_long() {
        let pieces =
            [Piece::Value { of: Operand::own(0), form: Form::PLAIN }, Piece::Literal(".pdf".to_owned())];
        assert_eq!(numbered("report.pdf", &pieces, None, 50), "report.pdf");
        assert_eq!(numbered("report.pdf", &pieces, Some(2), 50), "report-2.pdf");
        assert_eq!(numbered("report.pdf", &pieces, Some(12), 10), "rep-12.pdf");
    }
}
