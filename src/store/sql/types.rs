//! The type a column gets in another engine, seen together with the keys it is part of.
//!
//! A foreign key wants the same type on both sides, MySQL wants bounded types in keys, and no engine but MySQL numbers
//! an unsigned 64-bit column: so the type of a column depends on its whole family of columns.

use super::spelling::column_type;
use crate::schema::{Column, DataType, Dialect, Schema, Table};
use std::collections::BTreeSet;

/// Bytes of one InnoDB index entry, at four bytes a character.
const INDEX_BYTES: u32 = 3072;

/// Bytes of a MySQL row without its long texts, less some for the bookkeeping.
const ROW_BYTES: u32 = 65_000;

/// A column of the schema: table and column.
type Place = (usize, usize);

/// The logical type a column has in a target of the given dialect that [`create_table`](super::create_table) made.
///
/// On the same engine it is the column's own. On another one the columns of a foreign key take the type of the column they
/// refer to, numbered columns are signed integers, and texts and bytes in MySQL keys are bounded.
pub fn target_type(to: Dialect, schema: &Schema, table: usize, column: usize) -> DataType {
    if to == schema.dialect {
        return schema.tables[table].columns[column].data_type.clone();
    }
    let family = family(schema, (table, column));
    let root = root(schema, (table, column));
    let data_type = signed(schema, root, &family);
    if to == Dialect::Mysql { bounded(schema, &family, data_type) } else { data_type }
}

/// The spelling of a column's type in the target, and a note where values may not fit in it.
pub(super) fn spelled(to: Dialect, schema: &Schema, table: usize, column: usize) -> (String, Option<String>) {
    let own = &schema.tables[table].columns[column];
    if to == schema.dialect {
        return (native(to, schema, own), None);
    }
    let mut data_type = target_type(to, schema, table, column);
    if to == Dialect::Mysql && long_text(schema, table, column, &data_type) {
        data_type = DataType::Text { max: None, fixed: false };
    }
    let spelling = column_type(schema.dialect, to, &data_type, "");
    let note = note(to, own, &data_type);
    (spelling, note.map(|note| format!("{}.{}: {note}", schema.tables[table].name, own.name)))
}

/// The engine's own type; in SQLite with the collation, which stands behind the type's name and not in it.
fn native(to: Dialect, schema: &Schema, column: &Column) -> String {
    let mut spelling = column_type(schema.dialect, to, &column.data_type, &column.native);
    let letters = matches!(column.data_type, DataType::Text { .. } | DataType::Enum { .. });
    let silent = !spelling.to_ascii_lowercase().contains("collate");
    if to == Dialect::Sqlite && letters && silent && column.case_insensitive {
        spelling.push_str(" COLLATE NOCASE");
    }
    spelling
}

/// All columns that declared foreign keys tie together with this one.
fn family(schema: &Schema, start: Place) -> BTreeSet<Place> {
    let pairs: Vec<_> = pairs(schema).collect();
    let mut family = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(place) = open.pop() {
        for &(child, parent) in &pairs {
            for (one, other) in [(child, parent), (parent, child)] {
                if one == place && family.insert(other) {
                    open.push(other);
                }
            }
        }
    }
    family
}

/// Pairs (referencing column, referenced column) of all declared foreign keys.
fn pairs(schema: &Schema) -> impl Iterator<Item = (Place, Place)> {
    schema.tables.iter().enumerate().flat_map(|(table, own)| {
        own.foreign_keys.iter().filter(|key| key.declared).flat_map(move |key| {
            key.columns
                .iter()
                .zip(&key.parent_columns)
                .map(move |(&column, &theirs)| ((table, column), (key.parent, theirs)))
        })
    })
}

/// The column at the upper end of the foreign keys; in a cycle, the first of the family.
fn root(schema: &Schema, start: Place) -> Place {
    let mut seen = BTreeSet::from([start]);
    let mut place = start;
    while let Some((_, parent)) = pairs(schema).find(|(child, parent)| *child == place && *parent != place) {
        if !seen.insert(parent) {
            return seen.first().copied().unwrap_or(start);
        }
        place = parent;
    }
    place
}

fn column(schema: &Schema, place: Place) -> &Column {
    &schema.tables[place.0].columns[place.1]
}

/// A whole number too wide for 64 bits is carried as a decimal, but only integers can be numbered by the engine, and no engine
/// numbers its rows beyond 2^63.
fn signed(schema: &Schema, root: Place, family: &BTreeSet<Place>) -> DataType {
    let data_type = &column(schema, root).data_type;
    let numbered = family.iter().any(|&place| column(schema, place).identity.is_some());
    match data_type {
        DataType::Decimal { scale: 0, .. } | DataType::Numeric if numbered => {
            DataType::Integer { bits: 64, unsigned: false }
        }
        other => other.clone(),
    }
}

/// MySQL indexes whole values only of bounded types.
fn bounded(schema: &Schema, family: &BTreeSet<Place>, data_type: DataType) -> DataType {
    let limit = family.iter().flat_map(|&(table, column)| key_budgets(&schema.tables[table], column)).min();
    let Some(bytes) = limit else { return data_type };
    match data_type {
        DataType::Bytes { max } => DataType::Bytes { max: Some(max.map_or(bytes, |max| max.min(bytes))) },
        DataType::Text { max, fixed } => {
            DataType::Text { max: Some(max.map_or(bytes / 4, |max| max.min(bytes / 4))), fixed }
        }
        DataType::Json | DataType::Array { .. } | DataType::Other => {
            DataType::Text { max: Some(bytes / 4), fixed: false }
        }
        other => other,
    }
}

/// How many bytes a column may take in each key of its table that it is part of.
fn key_budgets(table: &Table, column: usize) -> Vec<u32> {
    let keys = table.unique_keys().filter(|key| key.expression.is_none()).map(|key| &key.columns);
    let references = table.foreign_keys.iter().filter(|key| key.declared).map(|key| &key.columns);
    keys.chain(references)
        .filter(|columns| columns.contains(&column))
        .map(|columns| {
            let (mut fixed, mut open) = (0, 0u32);
            for &other in columns {
                match bytes(&table.columns[other].data_type) {
                    Some(bytes) if bytes <= 764 => fixed += bytes,
                    _ => open += 1,
                }
            }
            INDEX_BYTES.saturating_sub(fixed) / open.max(1)
        })
        .collect()
}

/// The most bytes a value takes in a MySQL row; `None` where the type has no bound.
pub(super) fn bytes(data_type: &DataType) -> Option<u32> {
    Some(match data_type {
        DataType::Boolean => 1,
        DataType::Integer { bits, .. } => u32::from(*bits) / 8,
        DataType::Decimal { precision, .. } => u32::from(*precision) / 2 + 4,
        DataType::Numeric => 32,
        DataType::Float { .. } | DataType::Time | DataType::Timestamp { .. } => 8,
        DataType::Date => 3,
        DataType::Enum { .. } => 2,
        DataType::Uuid => 36 * 4,
        DataType::Text { max, .. } => max.as_ref()?.saturating_mul(4).saturating_add(2),
        DataType::Bytes { max } => max.as_ref()?.saturating_add(2),
        DataType::Json | DataType::Array { .. } | DataType::Other => return None,
    })
}

/// Whether a bounded text has to leave the row, because a MySQL row holds 65,535 bytes. The longest texts leave first; texts in keys stay.
fn long_text(schema: &Schema, table: usize, column: usize, data_type: &DataType) -> bool {
    let DataType::Text { max: Some(max), .. } = data_type else { return false };
    let own = &schema.tables[table];
    let at_most: u64 = own
        .columns
        .iter()
        .map(|column| u64::from(bytes(&column.data_type).unwrap_or(INDEX_BYTES).min(4 * 16_383)))
        .sum();
    if at_most <= u64::from(ROW_BYTES) {
        return false;
    }
    let in_key = |column| {
        family(schema, (table, column))
            .iter()
            .any(|&(table, column)| !key_budgets(&schema.tables[table], column).is_empty())
    };
    if in_key(column) {
        return false;
    }
    let mut texts: Vec<(u32, bool)> = Vec::new();
    for index in 0..own.columns.len() {
        let data_type = target_type(Dialect::Mysql, schema, table, index);
        let may_leave = matches!(data_type, DataType::Text { .. }) && !in_key(index);
        texts.push((bytes(&data_type).filter(|&bytes| bytes <= ROW_BYTES).unwrap_or(20), may_leave));
    }
    let mut total: u64 = texts.iter().map(|&(bytes, _)| u64::from(bytes)).sum();
    texts.sort_unstable();
    while total > u64::from(ROW_BYTES) {
        let Some(longest) = texts.iter().rposition(|&(bytes, may_leave)| may_leave && bytes > 20) else {
            break;
        };
        let leaving = texts[longest].0;
        if max.saturating_mul(4).saturating_add(2) >= leaving {
            return true;
        }
        total = total - u64::from(leaving) + 20;
        texts.remove(longest);
    }
    false
}

/// What a user should know about a type that another engine stores in its own way.
fn note(to: Dialect, own: &Column, data_type: &DataType) -> Option<String> {
    let capped =
        |max: &Option<u32>, bound: &Option<u32>| bound.is_some_and(|bound| max.is_none_or(|max| max > bound));
    Some(match (&own.data_type, data_type) {
        (DataType::Text { max, .. }, DataType::Text { max: bound, .. }) if capped(max, bound) => {
            format!("{to} bounds texts in keys; it holds at most {} characters there", bound.unwrap_or(0))
        }
        (DataType::Bytes { max }, DataType::Bytes { max: bound }) if capped(max, bound) => {
            format!("{to} bounds byte strings in keys; it holds at most {} bytes there", bound.unwrap_or(0))
        }
        (DataType::Numeric, DataType::Numeric) if to == Dialect::Mysql => {
            format!("a number without declared scale becomes decimal(65,20) in {to}")
        }
        (DataType::Decimal { precision, .. }, DataType::Decimal { .. })
            if to == Dialect::Sqlite && *precision > 15 =>
        {
            format!("{to} keeps 15 of its {precision} digits exactly")
        }
        (DataType::Array { .. }, _) if to != Dialect::Postgres => {
            format!("{to} has no arrays; it holds JSON")
        }
        (DataType::Other, _) => format!("{to} has no type like {}; it holds text", own.native),
        _ => return None,
    })
}
