//! Which tables are reference tables, to be copied: small, referenced, and never about a person.
//!
//! The rule errs on the side of learning. A reference table that is missed costs some likeness; a person that is copied
//! is the one thing that must not happen.

use super::profile::{TableProfile, Values};
use super::semantic::{COMPANY_TABLES, PERSON_TABLES, has_word, words_of};
use crate::model::{SemanticKind, Treatment};
use crate::schema::{Column, DataType, Schema, Table};
use crate::stats::share;

/// Rows up to which a table is proposed as a reference table.
pub(super) const MOST_ROWS: u64 = 1_000;

/// Rows up to which a table is a reference table if very many rows reference each of its own.
const MOST_ROWS_BUSY: u64 = 10_000;

/// Rows of child tables per row of such a table, and of a table of occasions.
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
    /// The tables that are known to be reference tables and not occasions.
    pub(super) is_reference: &'a dyn Fn(usize) -> bool,
}

/// What names and numbers say for a table that may be one for reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Rows of the tables that reference it.
    pub(super) referencing: u64,
    /// Whether its rows may be occasions: seasons, semesters, fiscal years, tournaments. These are few, hang on nothing, have dates,
    /// and very much hangs on each of them.
    pub(super) occasions: bool,
}

/// What is proposed for a table.
pub(super) struct Proposal {
    pub(super) treatment: Treatment,
    /// Why, as a sentence.
    pub(super) because: String,
    /// Whether its rows are occasions. What hangs on an occasion is what happened then, however small the table.
    pub(super) occasions: bool,
}

/// Whether the names and numbers around a table let it be one for reference, before a row of it was read; else why not.
pub(super) fn may_be_reference(around: &Surroundings<'_>) -> Result<Standing, String> {
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
    for parent in table.foreign_keys.iter().map(|key| key.parent).filter(|&parent| parent != around.table) {
        if !(around.is_reference)(parent) {
            return Err(format!(
                "it references `{}`, which is learned or a list of occasions",
                around.schema.tables[parent].name
            ));
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
    let occasions = rows <= TINY && referencing >= CHILDREN_BUSY * rows && table.foreign_keys.is_empty();
    Ok(Standing { referencing, occasions })
}

/// The treatment of a table that was read, and why.
pub(super) fn propose(
    table: &Table,
    profile: &TableProfile,
    kinds: &[Option<SemanticKind>],
    surroundings: &Result<Standing, String>,
) -> Proposal {
    let learn = |reason: String| Proposal {
        treatment: Treatment::Learn,
        because: format!("New rows are made, because {reason}."),
        occasions: false,
    };
    let standing = match surroundings {
        Err(reason) => return learn(reason.clone()),
        Ok(standing) => standing,
    };
    if let Some(reason) = unsuitable_column(table, profile, kinds) {
        return learn(reason);
    }
    let event = event_column(table, profile);
    if let Some(name) = event.filter(|_| !standing.occasions) {
        return learn(format!("column `{name}` spreads over time as events do"));
    }
    let because = format!(
        "It looks like a reference table: {} rows without personal data, referenced by tables of {} rows.",
        profile.rows, standing.referencing
    );
    Proposal { treatment: Treatment::Copy, because, occasions: event.is_some() }
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
        match &seen.values {
            // Addresses of web pages are long without saying much.
            Values::Text(texts, _) if texts.mean_length() > LONG_TEXT && *kind != Some(SemanticKind::Url) => {
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
            _ => {}
        }
    }
    None
}

/// The first column whose days or times spread as those of events do.
fn event_column<'a>(table: &'a Table, profile: &TableProfile) -> Option<&'a str> {
    let spreads = |&((_, column), seen): &((usize, &Column), &super::profile::ColumnProfile)| {
        let is_time = matches!(column.data_type, DataType::Date | DataType::Timestamp { .. });
        let filled = profile.rows - seen.nulls;
        let Values::Numbers(numbers) = &seen.values else { return false };
        is_time
            && !is_bookkeeping(&column.name)
            && filled > 2
            && share(numbers.distinct() as u64, filled) > 0.5
    };
    let found = table.written_columns().zip(&profile.columns).find(spreads);
    found.map(|((_, column), _)| column.name.as_str())
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
