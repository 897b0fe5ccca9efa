//! Rows of a parent that follow each other without a gap: a salary holds until the next one, a member belongs to the next club as soon as
//! the last one lets go.

use super::Search;
use super::groups::families;
use super::neighbours::Neighbours;
use super::view::Values;
use crate::model::rule::{Rule, Statement};

/// All meetings of a table. An end is one column's only. Rows that begin together do not meet.
pub(super) fn find(search: &Search<'_, '_>, computed: &[usize]) -> Vec<Rule> {
    let this = search.this();
    let columns: Vec<usize> = search
        .written()
        .filter(|&column| !computed.contains(&column) && !search.is_key(search.table, column))
        .filter(|&column| matches!(this.columns[column].values, Values::Whole(..)))
        .collect();
    let mut rules: Vec<Rule> = Vec::new();
    for (foreign_key, children) in families(search) {
        for &start in columns.iter().filter(|&&start| this.columns[start].null_rows == 0) {
            let neighbours = Neighbours::new(search, &children, Some(start));
            for &end in columns.iter().filter(|&&end| end != start) {
                let is_taken = |rule: &Rule| match rule.statement {
                    Statement::Meeting { start: a, end: b, .. } => b == end || (a, b) == (end, start),
                    _ => false,
                };
                let [from, to] = [start, end].map(|column| &this.columns[column]);
                let (Values::Whole(starts, one), Values::Whole(ends, other)) = (&from.values, &to.values)
                else {
                    continue;
                };
                if one != other || rules.iter().any(is_taken) {
                    continue;
                }
                let agree = |row: usize, next: usize| {
                    let meets = !to.is_null(row) && ends[row] == starts[next] && starts[row] != starts[next];
                    meets.then_some(starts[next])
                };
                if let Some((rows, except)) = neighbours.hold(agree) {
                    rules.push(Rule {
                        statement: Statement::Meeting { foreign_key, start, end, except },
                        rows,
                    });
                }
            }
        }
    }
    rules
}
