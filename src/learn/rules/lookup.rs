//! Functional dependencies, token by token, for the joint model.

use super::super::joint::record::Recorded;
use crate::model::privacy::Settings;
use crate::model::rule::Statement;
use crate::model::{Lookup, TableModel};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// What one combination of tokens leads to.
#[derive(Default)]
struct Entry {
    rows: BTreeMap<u16, u32>,
    subjects: FxHashSet<u32>,
}

/// How the columns that decide `target` decide its tokens, by a rule of the table; `None` where no rule does, or tokens of one of
/// them are not known. Combinations that fewer than k subjects share are left out.
#[allow(dead_code, reason = "the fit of the joint model asks for it")]
pub(in crate::learn) fn lookup(
    recorded: &Recorded,
    models: &[TableModel],
    table: usize,
    target: usize,
    privacy: Settings,
) -> Option<Lookup> {
    let seen = &recorded.tables[table];
    let from = models[table].rules.iter().find_map(|rule| match &rule.statement {
        Statement::Dependency { from, to } if to.contains(&target) => Some(from.clone()),
        _ => None,
    })?;
    let deciding: Vec<&Vec<u16>> =
        from.iter().map(|&column| seen.tokens[column].as_ref()).collect::<Option<_>>()?;
    let decided = seen.tokens[target].as_ref()?;
    let mut entries: FxHashMap<Vec<u16>, Entry> = FxHashMap::default();
    for row in 0..seen.rows {
        let tokens: Vec<u16> = deciding.iter().map(|tokens| tokens[row]).collect();
        let entry = entries.entry(tokens).or_default();
        *entry.rows.entry(decided[row]).or_insert(0) += 1;
        if entry.subjects.len() < privacy.threshold() {
            entry.subjects.insert(seen.subjects[row]);
        }
    }
    let mut entries: Vec<_> = entries
        .into_iter()
        .filter(|(_, entry)| privacy.shared(entry.subjects.len()))
        .map(|(tokens, entry)| (tokens, entry.rows.into_iter().collect::<Vec<(u16, u32)>>()))
        .collect();
    entries.sort_unstable();
    (!entries.is_empty()).then_some(Lookup { columns: from, entries })
}
