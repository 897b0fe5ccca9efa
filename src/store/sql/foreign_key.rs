//! Foreign keys as clauses: what they refer to, and what happens when that changes.

use super::constraint::Clauses;
use super::create::constraint_prefix;
use super::name::{Space, column_list, table_name};
use crate::schema::{Action, Deferrable, Dialect, ForeignKey, Schema, Table};

/// Declared foreign keys.
pub(super) fn foreign_keys(to: Dialect, schema: &Schema, table: usize) -> Clauses {
    let own = &schema.tables[table];
    let mut clauses = Clauses::default();
    let mut keys: Vec<&ForeignKey> = own.foreign_keys.iter().filter(|key| key.declared).collect();
    if to == Dialect::Postgres {
        keys.sort_by_key(|key| key.name.as_deref().map_or(0, numbered));
    }
    for key in keys {
        let parent = &schema.tables[key.parent];
        if to != schema.dialect && !refers_to_key(parent, key) {
            clauses.notes.push(format!(
                "{}: the foreign key ({}) is left out, {} has no unique key over ({})",
                own.name,
                own.column_names(&key.columns),
                parent.name,
                parent.column_names(&key.parent_columns)
            ));
            continue;
        }
        let prefix = constraint_prefix(to, schema, table, Space::ForeignKey, key.name.as_ref());
        let mut clause = format!(
            "{prefix}FOREIGN KEY ({}) REFERENCES {} ({})",
            column_list(to, own, &key.columns),
            table_name(to, schema, &parent.name),
            column_list(to, parent, &key.parent_columns),
        );
        behaviour(to, own, key, &mut clause, &mut clauses.notes);
        clauses.others.push(clause);
    }
    clauses
}

/// The number at the end of a name, 0 without one. PostgreSQL numbers the names that it makes up, also for what a reference to a
/// partitioned table is made of: in the order of their numbers no name is taken when it is needed.
fn numbered(name: &str) -> u64 {
    let digits = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    name[digits..].parse().unwrap_or(0)
}

/// SQLite believes any reference until a row is written; the others want a unique key on the other side.
fn refers_to_key(parent: &Table, key: &ForeignKey) -> bool {
    let mut wanted = key.parent_columns.clone();
    wanted.sort_unstable();
    parent.unique_keys().filter(|unique| unique.predicate.is_none() && unique.expression.is_none()).any(
        |unique| {
            let mut columns = unique.columns.clone();
            columns.sort_unstable();
            columns == wanted
        },
    )
}

/// MATCH, actions, and when it is checked.
fn behaviour(to: Dialect, own: &Table, key: &ForeignKey, clause: &mut String, notes: &mut Vec<String>) {
    let place = || format!("{}: the foreign key ({})", own.name, own.column_names(&key.columns));
    if key.match_full && key.columns.len() > 1 {
        if to == Dialect::Postgres {
            clause.push_str(" MATCH FULL");
        } else {
            notes.push(format!("{} is MATCH SIMPLE in {to}", place()));
        }
    }
    let required = key.columns.iter().any(|&column| !own.columns[column].nullable);
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        let words = match action {
            Action::NoAction => continue,
            Action::SetDefault if to == Dialect::Mysql => {
                notes.push(format!("{} has no SET DEFAULT in {to}, it is NO ACTION on {event}", place()));
                continue;
            }
            Action::SetNull if to == Dialect::Mysql && required => {
                notes.push(format!("{} is NO ACTION on {event} in {to}, its columns take no NULL", place()));
                continue;
            }
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        };
        clause.push_str(&format!(" ON {event} {words}"));
    }
    match key.deferrable {
        Deferrable::No => {}
        _ if to == Dialect::Mysql => notes.push(format!("{} is not deferrable in {to}", place())),
        Deferrable::Immediate => clause.push_str(" DEFERRABLE INITIALLY IMMEDIATE"),
        Deferrable::Deferred => clause.push_str(" DEFERRABLE INITIALLY DEFERRED"),
    }
}
