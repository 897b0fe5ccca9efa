//! Which columns are NULL together, never together, or only where another is.

use super::Search;
use crate::model::rule::{Rule, Statement};

/// Rows that would break a rule if columns were NULL independently of each other: with fewer, it may be chance.
const SURPRISE: f64 = 12.0;
/// Different values of a column that may say whether another is NULL.
const MOST_VALUES: usize = 64;
/// Where more values than these say so, they have to say it of nearly all rows: of many values some are NULL always or never because of
/// something else that their rows have in common.
const FEW_VALUES: usize = 16;
const NEARLY_ALL: f64 = 0.9;

/// One or more columns with the same NULLs.
struct Pattern {
    columns: Vec<usize>,
    /// Rows that are NULL, a bit each.
    nulls: Vec<u64>,
    null_rows: usize,
}

/// All rules about NULLs of one table.
///
/// Where a column is `computed`, its NULLs are those of what it is computed from.
pub(super) fn find(search: &Search<'_, '_>, computed: &[usize]) -> Vec<Rule> {
    let patterns = patterns(search);
    let rows = search.this().rows;
    let mut rules = Vec::new();
    let rule = |statement, rows: usize| Rule { statement, rows: rows as u64 };
    for pattern in patterns.iter().filter(|pattern| pattern.columns.len() > 1) {
        let columns = pattern.columns.clone();
        rules.push(rule(Statement::Together { columns }, rows));
    }
    let exclusive = exclusive(&patterns, rows);
    for group in &exclusive {
        let columns = group.iter().map(|&index| patterns[index].columns[0]).collect();
        let filled: usize = group.iter().map(|&index| rows - patterns[index].null_rows).sum();
        rules.push(rule(Statement::Exclusive { columns, one: filled == rows }, rows));
    }
    for (a, left) in patterns.iter().enumerate() {
        for (b, right) in patterns.iter().enumerate() {
            let free = !computed.contains(&left.columns[0]);
            if a != b && free && needs(left, right, rows) && !between(&patterns, a, b) {
                let statement = Statement::Needs { column: left.columns[0], other: right.columns[0] };
                rules.push(rule(statement, right.null_rows));
            }
        }
    }
    let free =
        patterns.iter().filter(|pattern| !pattern.columns.iter().any(|column| computed.contains(column)));
    rules.extend(free.filter_map(|pattern| null_when(search, pattern)));
    rules
}

/// The different patterns of NULLs, of columns in which at least k rows are NULL and k are not.
fn patterns(search: &Search<'_, '_>) -> Vec<Pattern> {
    let this = search.this();
    let few = search.least_crowd();
    let mut patterns: Vec<Pattern> = Vec::new();
    for column in search.written() {
        let values = &this.columns[column];
        if values.null_rows < few || this.rows - values.null_rows < few {
            continue;
        }
        let same = patterns
            .iter_mut()
            .find(|pattern| pattern.null_rows == values.null_rows && pattern.nulls == values.nulls);
        match same {
            Some(pattern) => pattern.columns.push(column),
            None => patterns.push(Pattern {
                columns: vec![column],
                nulls: values.nulls.clone(),
                null_rows: values.null_rows,
            }),
        }
    }
    patterns
}

/// Groups of patterns of which at most one has a value in any row: cliques, grown in the order of columns.
fn exclusive(patterns: &[Pattern], rows: usize) -> Vec<Vec<usize>> {
    let apart = |a: &Pattern, b: &Pattern| {
        let expected = (rows - a.null_rows) as f64 * (rows - b.null_rows) as f64 / rows as f64;
        expected >= SURPRISE && both_filled(a, b, rows) == 0
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for index in 0..patterns.len() {
        let fits =
            |group: &&mut Vec<usize>| group.iter().all(|&member| apart(&patterns[member], &patterns[index]));
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// Rows in which both have a value.
fn both_filled(a: &Pattern, b: &Pattern, rows: usize) -> usize {
    let either: u32 = a.nulls.iter().zip(&b.nulls).map(|(a, b)| (a | b).count_ones()).sum();
    rows - either as usize
}

/// Whether `a` is NULL wherever `b` is, and would not be by chance.
fn needs(a: &Pattern, b: &Pattern, rows: usize) -> bool {
    let expected = (rows - a.null_rows) as f64 * b.null_rows as f64 / rows as f64;
    expected >= SURPRISE
        && a.null_rows > b.null_rows
        && a.nulls.iter().zip(&b.nulls).all(|(a, b)| b & !a == 0)
}

/// Whether a third pattern already carries the need from one to the other.
fn between(patterns: &[Pattern], a: usize, b: usize) -> bool {
    let subset = |a: &Pattern, b: &Pattern| a.nulls.iter().zip(&b.nulls).all(|(a, b)| b & !a == 0);
    patterns
        .iter()
        .enumerate()
        .any(|(c, middle)| c != a && c != b && subset(&patterns[a], middle) && subset(middle, &patterns[b]))
}

/// A column of few values that decides for some of them whether the pattern is NULL.
fn null_when(search: &Search<'_, '_>, pattern: &Pattern) -> Option<Rule> {
    let this = search.this();
    let mut best: Option<(u64, Statement)> = None;
    for other in search.written().filter(|other| !pattern.columns.contains(other)) {
        let Some(labels) = search.labels(other, MOST_VALUES) else { continue };
        let mut counts = vec![[0u64; 2]; labels.names.len()];
        for row in 0..this.rows {
            let is_null = pattern.nulls[row / 64] >> (row % 64) & 1 == 1;
            if let Some(label) = labels.of[row] {
                counts[usize::from(label)][usize::from(is_null)] += 1;
            }
        }
        let (mut always, mut never, mut decided) = (Vec::new(), Vec::new(), 0u64);
        let share = pattern.null_rows as f64 / this.rows as f64;
        let (mut wrong_always, mut wrong_never) = (0.0, 0.0);
        for (label, &[filled, null]) in counts.iter().enumerate() {
            if !labels.told[label] {
                continue;
            }
            if filled == 0 && null > 0 {
                always.push(labels.names[label].clone());
                wrong_always += (1.0 - share) * null as f64;
                decided += null;
            } else if null == 0 && filled > 0 {
                never.push(labels.names[label].clone());
                wrong_never += share * filled as f64;
                decided += filled;
            }
        }
        let valued: u64 = counts.iter().flatten().sum();
        if always.len() + never.len() > FEW_VALUES && (decided as f64) < NEARLY_ALL * valued as f64 {
            continue;
        }
        if wrong_always < SURPRISE {
            always.clear();
        }
        if wrong_never < SURPRISE {
            never.clear();
        }
        let one_sided = always.is_empty() && never.is_empty();
        if !one_sided && best.as_ref().is_none_or(|(rows, _)| decided > *rows) {
            let column = pattern.columns[0];
            best = Some((decided, Statement::NullWhen { column, other, always, never }));
        }
    }
    best.map(|(rows, statement)| Rule { statement, rows })
}
