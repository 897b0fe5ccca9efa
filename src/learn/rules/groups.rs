//! What holds among the children of one parent: numbers that count them, columns on which they agree.

use super::Search;
use super::copies::diversity;
use super::view::{Children, Kind, Values};
use crate::learn::along;
use crate::model::context::NO_ROW;
use crate::model::rule::{Along, Rule, Statement};
use crate::schema::graph::SchemaGraph;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Rows that would break a rule by chance.
const SURPRISE: f64 = 20.0;
/// Groups of two or more rows that must be numbered.
const GROUPS: usize = 10;

fn children(search: &Search<'_, '_>, foreign_key: usize) -> Option<Children> {
    let this = search.this();
    let parents = this.parents[foreign_key];
    (parents.len() == this.rows)
        .then(|| Children::new(parents, search.view.tables[this.up[foreign_key]].rows))
}

/// The foreign keys through which every row has a parent, known in time, with the children of each parent. A key may say that it can be
/// NULL although it never is. None where not all rows were read.
pub(super) fn families(search: &Search<'_, '_>) -> Vec<(usize, Children)> {
    let this = search.this();
    let keys = &search.schema.tables[search.table].foreign_keys;
    if !this.whole || keys.is_empty() {
        return Vec::new();
    }
    let graph = SchemaGraph::new(search.schema);
    let is_family = |&number: &usize| {
        keys[number].parent != search.table
            && !graph.is_late(search.table, number)
            && !this.parents[number].contains(&NO_ROW)
    };
    let keys = (0..keys.len()).filter(is_family);
    keys.filter_map(|number| Some((number, children(search, number)?))).collect()
}

/// Columns that number the children of a parent; `known` rules compute other columns.
pub(super) fn numbering(search: &Search<'_, '_>, known: &[Rule]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for (foreign_key, children) in families(search) {
        for column in search.written() {
            let computed = |rule: &Rule| rule.statement.computes() == Some(column);
            if known.iter().chain(&rules).any(computed) || !may_number(search, column, foreign_key) {
                continue;
            }
            rules.extend(numbers(search, &children, column, foreign_key));
        }
    }
    rules
}

/// Whether every key that holds the column holds the parent too, so that numbers keep it.
fn may_number(search: &Search<'_, '_>, column: usize, foreign_key: usize) -> bool {
    let schema = &search.schema.tables[search.table];
    let own = &schema.foreign_keys[foreign_key].columns;
    !schema.foreign_keys.iter().any(|key| key.columns.contains(&column))
        && schema
            .unique_keys()
            .filter(|key| key.columns.contains(&column))
            .all(|key| own.iter().all(|column| key.columns.contains(column)))
}

fn numbers(search: &Search<'_, '_>, children: &Children, column: usize, foreign_key: usize) -> Option<Rule> {
    let this = search.this();
    let values = &this.columns[column];
    let Values::Whole(units, Kind::Number(0)) = &values.values else { return None };
    if values.null_rows > 0 {
        return None;
    }
    let first = *units.iter().min()?;
    if !(0..=1).contains(&first) {
        return None;
    }
    let (mut crowd, mut groups, mut seen) = (search.crowd(), 0, Vec::new());
    for parent in 0..children.parents() {
        let rows = children.of(parent);
        seen.clear();
        seen.resize(rows.len(), false);
        for &row in rows {
            let at = usize::try_from(units[row as usize] - first).ok()?;
            let slot = seen.get_mut(at)?;
            if std::mem::replace(slot, true) {
                return None;
            }
            crowd.add(row as usize);
        }
        groups += usize::from(rows.len() > 1);
    }
    let rows = crowd.rows as u64;
    (crowd.is_enough() && groups >= GROUPS).then(|| {
        let along = along(search, children, column, units);
        Rule { statement: Statement::Numbering { column, foreign_key, first, along }, rows }
    })
}

/// In which order the numbers of a column count the children of each parent.
fn along(search: &Search<'_, '_>, children: &Children, column: usize, numbers: &[i64]) -> Along {
    let groups: Vec<Vec<u32>> = (0..children.parents())
        .map(|parent| {
            let mut rows = children.of(parent).to_vec();
            rows.sort_by_key(|&row| numbers[row as usize]);
            rows
        })
        .filter(|rows| rows.len() > 1)
        .collect();
    let schema = &search.schema.tables[search.table];
    let single_key = schema.primary_key.as_ref().and_then(|key| match key.columns[..] {
        [key] => search.this().columns[key].ranks(),
        _ => None,
    });
    let stored = |row: u32| single_key.as_ref().map_or(i64::from(row), |ranks| ranks[row as usize]);
    if groups.iter().all(|rows| rows.is_sorted_by_key(|&row| stored(row))) {
        return Along::Rows;
    }
    let candidates = search.written().filter(|&other| other != column && !search.is_key(search.table, other));
    let ranks: BTreeMap<usize, Cow<'_, [i64]>> = candidates
        .filter(|&other| search.this().columns[other].null_rows == 0)
        .filter_map(|other| Some((other, search.this().columns[other].ranks()?)))
        .collect();
    let pairs: Vec<(u32, u32)> =
        groups.iter().flat_map(|rows| rows.windows(2)).map(|pair| (pair[0], pair[1])).collect();
    let compare = |other: usize, one: u32, next: u32| {
        let ranks = &ranks[&other];
        ranks[one as usize].cmp(&ranks[next as usize])
    };
    along::told(&pairs, ranks.keys().copied(), compare)
}

/// Columns on which the children of a parent agree.
pub(super) fn constants(search: &Search<'_, '_>, computed: &[usize]) -> Vec<Rule> {
    let schema = &search.schema.tables[search.table];
    let mut rules: Vec<Rule> = Vec::new();
    let mut found: Vec<usize> = Vec::new();
    for (foreign_key, key) in schema.foreign_keys.iter().enumerate() {
        if key.parent == search.table {
            continue;
        }
        let Some(children) = children(search, foreign_key) else { continue };
        let (mut columns, mut fewest) = (Vec::new(), u64::MAX);
        for column in search.written().filter(|column| !computed.contains(column) && !found.contains(column))
        {
            if !search.may_be_computed(column) {
                continue;
            }
            if let Some(rows) = is_constant(search, &children, column) {
                columns.push(column);
                fewest = fewest.min(rows);
            }
        }
        found.extend(&columns);
        if !columns.is_empty() {
            rules.push(Rule { statement: Statement::Constant { foreign_key, columns }, rows: fewest });
        }
    }
    rules
}

fn is_constant(search: &Search<'_, '_>, children: &Children, column: usize) -> Option<u64> {
    let values = &search.this().columns[column];
    if !values.is_known() {
        return None;
    }
    let (mut crowd, mut repeats) = (search.crowd(), 0u64);
    for parent in 0..children.parents() {
        let rows = children.of(parent);
        let Some((&first, rest)) = rows.split_first() else { continue };
        let word = values.word(first as usize);
        if rest.iter().any(|&row| values.word(row as usize) != word) {
            return None;
        }
        rest.iter().for_each(|&row| crowd.add(row as usize));
        repeats += rest.len() as u64;
    }
    let surprise = repeats as f64 * diversity(values, &search.sample);
    (crowd.is_enough() && surprise >= SURPRISE).then_some(repeats)
}
