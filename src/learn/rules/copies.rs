//! Columns that hold the same value as another column, of the row or of a row above it.

use super::Search;
use super::view::{Column, Values};
use crate::model::context::NO_ROW;
use crate::model::rule::{Expression, Operand, Rule, Statement};

/// Rows that would differ if the two columns were independent.
const SURPRISE: f64 = 20.0;

/// All columns that are copies; each is found once, nearest first.
pub(super) fn find(search: &Search<'_, '_>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    // From the last column back: of two equal columns the later one is the copy, if it can be.
    let mut columns: Vec<usize> = search.written().collect();
    columns.reverse();
    for column in columns {
        if !search.may_be_computed(column) || !search.this().columns[column].is_known() {
            continue;
        }
        let found = search.paths().into_iter().find_map(|path| {
            let table = search.view.end(search.table, &path);
            search.written_of(table).find_map(|other| {
                // A copy of a copy would turn in a circle.
                let copied = rules.iter().any(|rule| rule.statement.computes() == Some(other));
                if path.is_empty() && (other == column || copied) {
                    return None;
                }
                test(search, column, &path, other)
            })
        });
        rules.extend(found);
    }
    rules
}

fn test(search: &Search<'_, '_>, column: usize, path: &[usize], other: usize) -> Option<Rule> {
    let end = search.view.end(search.table, path);
    let (own, above) = (&search.this().columns[column], &search.view.tables[end].columns[other]);
    if !alike(own, above) {
        return None;
    }
    // Whether a row says something: `None` where the row above was not read.
    let mut own_nulls = false;
    let mut holds = |row: usize| -> Option<bool> {
        let Some((_, at)) = search.view.climb(search.table, path, row) else {
            return if not_read(search, path, row) { None } else { Some(own.is_null(row)) };
        };
        match (own.is_null(row), above.is_null(at)) {
            (true, false) => {
                own_nulls = true;
                Some(true)
            }
            (true, true) => Some(true),
            (false, true) => Some(false),
            (false, false) => Some(same(own, row, above, at)),
        }
    };
    if search.sample.iter().any(|&row| holds(row as usize) == Some(false)) {
        return None;
    }
    let (mut crowd, mut rows) = (search.crowd(), 0u64);
    for row in 0..search.this().rows {
        match holds(row) {
            Some(false) => return None,
            Some(true) if !own.is_null(row) => {
                crowd.add(row);
                rows += 1;
            }
            _ => {}
        }
    }
    let filled: Vec<u32> = search.sample.iter().copied().filter(|&row| !own.is_null(row as usize)).collect();
    if !crowd.is_enough() || rows as f64 * diversity(own, &filled) < SURPRISE {
        return None;
    }
    let expression = Expression::Same(Operand::Column { path: path.to_vec(), column: other });
    Some(Rule {
        statement: Statement::Formula { column, expression, digits: None, own_nulls, except: 0 },
        rows,
    })
}

/// Whether a way upwards ends at a row that exists and was not read.
pub(super) fn not_read(search: &Search<'_, '_>, path: &[usize], row: usize) -> bool {
    let (mut table, mut row) = (search.table, row);
    for &step in path {
        let parent = search.view.tables[table].parents[step].get(row).copied().unwrap_or(NO_ROW);
        let end = search.view.tables[table].up[step];
        if parent == NO_ROW {
            return !search.view.tables[end].whole;
        }
        (table, row) = (end, parent as usize);
    }
    false
}

/// The chance that two of the rows differ; NULL is a value.
pub(super) fn diversity(column: &Column<'_>, rows: &[u32]) -> f64 {
    let codes = column.codes(rows);
    let mut counts = vec![0u64; codes.different];
    codes.of.iter().for_each(|&code| counts[code as usize] += 1);
    let total = rows.len().max(1) as f64;
    1.0 - counts.iter().map(|&count| (count as f64 / total).powi(2)).sum::<f64>()
}

/// Whether values of two columns can be the same. Moments of different precision cannot.
fn alike(a: &Column<'_>, b: &Column<'_>) -> bool {
    match (&a.values, &b.values) {
        (Values::Whole(_, left), Values::Whole(_, right)) => {
            left == right
                || a.family() == b.family() && {
                    use super::view::Kind::Number;
                    matches!((left, right), (Number(_), Number(_)))
                }
        }
        (Values::Texts(..), Values::Texts(..)) | (Values::Flags(_), Values::Flags(_)) => true,
        (Values::Real(_), Values::Real(_)) => true,
        _ => false,
    }
}

fn same(a: &Column<'_>, row: usize, b: &Column<'_>, at: usize) -> bool {
    match (a.scalar(row), b.scalar(at)) {
        (Some(left), Some(right)) => left.is_close(right),
        _ => match (a.text(row), b.text(at)) {
            (Some(left), Some(right)) => left == right,
            _ => a.word(row) == b.word(at),
        },
    }
}
