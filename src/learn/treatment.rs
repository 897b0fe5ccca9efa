//! Which tables are reference tables, to be copied: small, referenced, and never about a person.
//!
//! The rule errs on the side of learning. A reference table that is missed costs some likeness; a person that is copied
//! is the one thing that must not happen.

use super::profile::{TableProfile, Values};
use super::semantic::{COMPANY_TABLES, PERSON_TABLES, has_word, words_of};
use crate::model::{SemanticKind, Treatment};
use crate::schema::{DataType, Schema, Table};
use crate::stats::share;

/// Rows up to which a table is proposed as a reference table.
pub(super) const MOST_ROWS: u64 = 1_000;

/// Rows up to which a table is a reference table if very many rows reference each of its own.
const MOST_ROWS_BUSY: u64 = 10_000;

/// Rows of child tables per row of such a table.
const CHILDREN_BUSY: u64 = 100;

/// Rows up to which a table may be copied because the user says so.
pub(super) const MOST_ROWS_ASKED: u64 = 1_000_000;

/// Rows up to which a table is a reference table however few rows reference it.
const TINY: u64 = 50;

/// Rows of child tables per row of a reference table.
const CHILDREN: u64 = 5;

/// Characters per text from which it is not a label any more.
const LONG_TEXT: f64 = 60.0;

/// Words for tables that record what happens or what somebody owns.
const EVENT_TABLES: &[&str] = &[
    "order",
    "payment",
    "invoice",
    "session",
    "log",
    "event",
    "account",
    "transaction",
    "booking",
    "reservation",
    "visit",
    "appointment",
    "rental",
    "shipment",
    "delivery",
    "claim",
    "contract",
    "loan",
    "card",
    "subscription",
    "audit",
    "ticket",
    "message",
    "mail",
    "review",
    "comment",
    "post",
    "address",
    "addresses",
    "device",
    "login",
    "purchase",
    "sale",
    "basket",
    "cart",
    "trip",
    "flight",
    "bestellung",
    "rechnung",
    "zahlung",
    "konto",
    "konten",
    "commande",
    "facture",
    "pedido",
    "factura",
];

/// Words for columns that say when a row was written, not when something happened.
const BOOKKEEPING: &[&str] = &[
    "last_update",
    "last_updated",
    "last_modified",
    "created",
    "created_at",
    "created_on",
    "create_date",
    "creation_date",
    "updated",
    "updated_at",
    "updated_on",
    "update_date",
    "modified",
    "modified_at",
    "modified_date",
    "inserted_at",
    "deleted_at",
    "valid_from",
    "valid_to",
];

/// What the tables around a table say about it.
pub(super) struct Surroundings<'a> {
    pub(super) schema: &'a Schema,
    pub(super) table: usize,
    /// Rows by table.
    pub(super) rows: &'a [u64],
    /// The tables that are known to be reference tables.
    pub(super) is_reference: &'a dyn Fn(usize) -> bool,
}

/// Whether the names and numbers around a table let it be one for reference, before a row of it was read; else why not.
pub(super) fn may_be_reference(around: &Surroundings<'_>) -> Result<u64, String> {
    let rows = around.rows[around.table];
    let table = &around.schema.tables[around.table];
    let mut children: Vec<usize> = (0..around.schema.tables.len())
        .filter(|&child| child != around.table)
        .filter(|&child| {
            around.schema.tables[child].foreign_keys.iter().any(|key| key.parent == around.table)
        })
        .collect();
    children.dedup();
    if children.is_empty() {
        return Err("no other table references it".into());
    }
    let referencing: u64 = children.iter().map(|&child| around.rows[child]).sum();
    let busy = rows <= MOST_ROWS_BUSY && referencing >= CHILDREN_BUSY * rows;
    if rows > MOST_ROWS && !busy {
        return Err(format!("it has more rows than a reference table ({MOST_ROWS})"));
    }
    let own_parents =
        table.foreign_keys.iter().map(|key| key.parent).filter(|&parent| parent != around.table);
    for parent in own_parents {
        if !(around.is_reference)(parent) {
            return Err(format!("it references `{}`, which is learned", around.schema.tables[parent].name));
        }
    }
    let words = words_of(&table.name.name);
    for (list, what) in
        [(PERSON_TABLES, "people"), (COMPANY_TABLES, "organisations"), (EVENT_TABLES, "events")]
    {
        if let Some(word) = list.iter().find(|word| has_word(&words, word)) {
            return Err(format!("its name (`{word}`) says that its rows are {what}"));
        }
    }
    if rows > TINY && referencing < CHILDREN * rows {
        return Err(format!("the tables that reference it hold less than {CHILDREN} rows per row of it"));
    }
    Ok(referencing)
}

/// The treatment of a table that was read, and why, as a sentence.
pub(super) fn propose(
    table: &Table,
    profile: &TableProfile,
    kinds: &[Option<SemanticKind>],
    surroundings: &Result<u64, String>,
) -> (Treatment, String) {
    let verdict = match surroundings {
        Err(reason) => Err(reason.clone()),
        Ok(referencing) => unsuitable_column(table, profile, kinds).map_or(Ok(*referencing), Err),
    };
    match verdict {
        Ok(referencing) => (
            Treatment::Copy,
            format!(
                "It looks like a reference table: {} rows without personal data, referenced by tables of {referencing} rows.",
                profile.rows
            ),
        ),
        Err(reason) => (Treatment::Learn, format!("New rows are made, because {reason}.")),
    }
}

/// The first column that a reference table must not have, and why.
fn unsuitable_column(
    table: &Table,
    profile: &TableProfile,
    kinds: &[Option<SemanticKind>],
) -> Option<String> {
    let columns = table.written_columns().map(|(_, column)| column).zip(&profile.columns).zip(kinds);
    for ((column, seen), kind) in columns {
        let name = &column.name;
        if kind.is_some_and(is_of_people) {
            return Some(format!("column `{name}` may hold personal data"));
        }
        let is_time = matches!(column.data_type, DataType::Date | DataType::Timestamp { .. });
        match &seen.values {
            Values::Text(texts, _) if texts.mean_length() > LONG_TEXT => {
                return Some(format!("column `{name}` holds long texts"));
            }
            Values::Bytes(lengths) if !lengths.is_empty() => {
                return Some(format!("column `{name}` holds bytes, of which nobody can say what they are"));
            }
            Values::Json(documents)
                if documents.rows() > 0 && !matches!(column.data_type, DataType::Array { .. }) =>
            {
                return Some(format!("column `{name}` holds documents"));
            }
            Values::Numbers(numbers) if is_time && !is_bookkeeping(name) => {
                let filled = profile.rows - seen.nulls;
                if filled > 2 && share(numbers.distinct() as u64, filled) > 0.5 {
                    return Some(format!("column `{name}` spreads over time as events do"));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether such values belong to somebody. Names of companies, addresses of web pages and short texts are what reference
/// tables are made of: airlines, shippers, the descriptions of categories. Long texts are refused by their length.
fn is_of_people(kind: SemanticKind) -> bool {
    match kind {
        SemanticKind::Company | SemanticKind::Url | SemanticKind::FreeText => false,
        SemanticKind::BirthDate => true,
        other => other.is_personal(),
    }
}

fn is_bookkeeping(name: &str) -> bool {
    let words = words_of(name);
    BOOKKEEPING.iter().any(|word| has_word(&words, word))
}

#[cfg(test)]
mod tests;
