//! Polymorphic pairs (`subject_type`, `subject_id`): columns that hold keys of one table or another, as a column beside them says.

use super::{Labels, Search, Values};
use crate::model::rule::{Reference, Rule, Statement};
use crate::schema::words::{self, names_table};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Different values of a column that may say whose keys another one holds.
const MOST_VALUES: usize = 256;
/// The share of values that have to be keys of the table: some rows may have outlived what they are about.
const NEARLY_ALL: f64 = 0.95;

/// The values of a column that may say whose keys another one holds.
struct Kinds {
    labels: Labels,
    /// The tables that each value names, where the rows of a copied table say so.
    named: Option<BTreeMap<String, Vec<usize>>>,
}

/// All references of one table, column by column.
pub(super) fn find(search: &Search<'_, '_>, computed: &[usize]) -> Vec<Rule> {
    let mut rules = Vec::new();
    for column in search.written().filter(|column| !computed.contains(column) && may_refer(search, *column)) {
        for by in search.written().filter(|&by| by != column && is_pair(search, by, column)) {
            let Some(kinds) = kinds(search, by) else { continue };
            let found = arms(search, &kinds, by, column);
            if !found.is_empty() {
                rules.extend(found);
                break;
            }
        }
    }
    rules
}

/// Whether a column may hold other tables' keys: nothing says yet whose it holds, and it is no key itself.
fn may_refer(search: &Search<'_, '_>, column: usize) -> bool {
    let is_referenced = search
        .schema
        .tables
        .iter()
        .flat_map(|table| &table.foreign_keys)
        .any(|key| key.parent == search.table && key.parent_columns.contains(&column));
    !search.is_key(search.table, column)
        && !is_referenced
        && matches!(search.this().columns[column].values, Values::Whole(..) | Values::Texts(..))
}

/// Whether two columns are called like the halves of a pair.
fn is_pair(search: &Search<'_, '_>, by: usize, column: usize) -> bool {
    let name = |column: usize| search.schema.tables[search.table].columns[column].name.as_str();
    words::is_pair(name(by), name(column))
}

/// The values of a column by row, if it has few: of a key of a copied table (content types), or of what is no key.
fn kinds(search: &Search<'_, '_>, by: usize) -> Option<Kinds> {
    let keys = search.schema.tables[search.table].foreign_keys.iter();
    let mut copied = keys.filter(|key| key.columns == [by] && key.parent != search.table).filter_map(|key| {
        let rows = search.models[key.parent].reference.as_ref()?;
        Some(rows.tables_named(search.schema, key.parent, key.parent_columns[0]))
    });
    let Some(named) = copied.next().filter(|named| named.iter().any(|(_, tables)| !tables.is_empty())) else {
        return Some(Kinds { labels: search.labels(by, MOST_VALUES)?, named: None });
    };
    let numbers: FxHashMap<&str, u16> =
        (0u16..).zip(&named).map(|(at, (value, _))| (value.as_str(), at)).collect();
    let values = &search.this().columns[by];
    let label = |row: usize| match &values.values {
        _ if values.is_null(row) => None,
        Values::Whole(units, _) => numbers.get(units[row].to_string().as_str()).copied(),
        _ => numbers.get(values.text(row)?).copied(),
    };
    let of = (0..search.this().rows).map(label).collect();
    let names: Vec<String> = named.iter().map(|(value, _)| value.clone()).collect();
    let labels = Labels { told: vec![true; names.len()], names, of };
    Some(Kinds { labels, named: Some(named.into_iter().collect()) })
}

/// What a column refers to, by the values of the column that says so.
fn arms(search: &Search<'_, '_>, kinds: &Kinds, by: usize, column: usize) -> Vec<Rule> {
    let labels = &kinds.labels;
    let mut rows: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
    let values = &search.this().columns[column];
    for (row, label) in (0u32..).zip(&labels.of) {
        if let Some(label) = label.filter(|label| labels.told[usize::from(*label)])
            && !values.is_null(row as usize)
        {
            rows.entry(label).or_default().push(row);
        }
    }
    let arm = |(label, rows): (u16, Vec<u32>)| {
        let value = &labels.names[usize::from(label)];
        let mut crowd = search.crowd();
        rows.iter().for_each(|&row| crowd.add(row as usize));
        if crowd.met.len() < search.least_crowd() {
            return None;
        }
        let named = match &kinds.named {
            Some(named) => named.get(value).cloned().unwrap_or_default(),
            None => named(search, value),
        };
        let (parent, key, histogram) = referred(search, named, column, &rows)?;
        let value = value.clone();
        let statement =
            Statement::Reference(Box::new(Reference { column, by, value, parent, key, histogram }));
        Some(Rule { statement, rows: rows.len() as u64 })
    };
    rows.into_iter().filter_map(arm).collect()
}

type Referred = (usize, usize, Vec<crate::model::CountBin>);

/// The tables that a value names, the one of that very name first.
fn named(search: &Search<'_, '_>, value: &str) -> Vec<usize> {
    let tables = &search.schema.tables;
    let mut named: Vec<usize> =
        (0..tables.len()).filter(|&at| names_table(value, &tables[at].name.name)).collect();
    named.sort_by_key(|&at| tables[at].name.name != value);
    named
}

/// The table whose keys some rows hold: one of those that are named, or, where keys tell tables apart, any.
fn referred(search: &Search<'_, '_>, named: Vec<usize>, column: usize, rows: &[u32]) -> Option<Referred> {
    let tables = &search.schema.tables;
    let is_text = matches!(search.this().columns[column].values, Values::Texts(..));
    let others = (0..tables.len()).filter(|at| is_text && named.is_empty() && *at != search.table);
    let tried: Vec<usize> = named.iter().copied().chain(others).collect();
    tried.into_iter().find_map(|parent| {
        let [key] = tables[parent].primary_key.as_ref()?.columns[..] else { return None };
        let children = children(search, column, rows, (parent, key))?;
        let found: usize = children.values().sum();
        let view = &search.view.tables[parent];
        let read = view.rows as f64 / search.models[parent].rows.max(1) as f64;
        if found == 0 || (found as f64) < NEARLY_ALL * rows.len() as f64 * read.min(1.0) {
            return None;
        }
        Some((parent, key, histogram(search, parent, &children)))
    })
}

/// How many of the rows hold each key of another table, as far as they are keys of it; `None` where the two cannot be compared.
fn children(
    search: &Search<'_, '_>,
    column: usize,
    rows: &[u32],
    (parent, key): (usize, usize),
) -> Option<FxHashMap<u32, usize>> {
    let (own, keys) = (&search.this().columns[column], &search.view.tables[parent].columns[key]);
    let all = 0..search.view.tables[parent].rows as u32;
    let mut found: FxHashMap<u32, usize> = FxHashMap::default();
    let mut count = |row: Option<&u32>| row.into_iter().for_each(|&row| *found.entry(row).or_default() += 1);
    match (&own.values, &keys.values) {
        (Values::Whole(own, of), Values::Whole(keys, kind)) if of == kind => {
            let known: FxHashMap<i64, u32> = all.map(|row| (keys[row as usize], row)).collect();
            rows.iter().for_each(|&row| count(known.get(&own[row as usize])));
        }
        (Values::Texts(..), Values::Texts(..)) => {
            let known: FxHashMap<&str, u32> =
                all.filter_map(|row| Some((keys.text(row as usize)?, row))).collect();
            rows.iter().for_each(|&row| count(own.text(row as usize).and_then(|text| known.get(text))));
        }
        (Values::Texts(..), Values::Whole(keys, _)) => {
            let known: FxHashMap<String, u32> =
                all.map(|row| (keys[row as usize].to_string(), row)).collect();
            rows.iter().for_each(|&row| count(own.text(row as usize).and_then(|text| known.get(text))));
        }
        _ => return None,
    }
    Some(found)
}

/// Parents by their number of such children, where all rows of both tables were read.
fn histogram(
    search: &Search<'_, '_>,
    parent: usize,
    children: &FxHashMap<u32, usize>,
) -> Vec<crate::model::CountBin> {
    let parents = &search.view.tables[parent];
    if !parents.whole || !search.this().whole {
        return Vec::new();
    }
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    counts.insert(0, (parents.rows - children.len()) as u64);
    children.values().for_each(|&count| *counts.entry(count as u64).or_default() += 1);
    search.privacy.pool_largest(&counts.into_iter().collect::<Vec<_>>())
}

/// Leaves rules out that say of a column of keys what its references say better: dependencies that it has a part in.
pub(super) fn without_dependencies(mut rules: Vec<Rule>, references: &[Rule]) -> Vec<Rule> {
    let columns: FxHashSet<usize> = references.iter().filter_map(|rule| rule.statement.refers()).collect();
    for rule in &mut rules {
        if let Statement::Dependency { to, .. } | Statement::Constant { columns: to, .. } =
            &mut rule.statement
        {
            to.retain(|column| !columns.contains(column));
        }
    }
    rules.retain(|rule| match &rule.statement {
        Statement::Dependency { from, to } => {
            !to.is_empty() && !from.iter().any(|column| columns.contains(column))
        }
        Statement::Constant { columns, .. } => !columns.is_empty(),
        _ => true,
    });
    rules
}
