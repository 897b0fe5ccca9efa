//! What follows from rules about NULLs taken together.

use crate::model::rule::{Rule, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// Which columns have values where others have.
#[derive(Default)]
pub(crate) struct Implied {
    /// By column: all that have a value where it has one.
    needs: BTreeMap<usize, BTreeSet<usize>>,
    /// Columns that never have values in one row.
    apart: BTreeSet<(usize, usize)>,
}

impl Implied {
    /// What follows from the rules of a table.
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut direct: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut exclusive = Vec::new();
        for rule in rules {
            match &rule.statement {
                Statement::Needs { column, other } => {
                    direct.entry(*column).or_default().insert(*other);
                    direct.entry(*other).or_default();
                }
                Statement::Together { columns } => columns.iter().for_each(|&column| {
                    direct.entry(column).or_default().extend(columns);
                }),
                Statement::Exclusive { columns, .. } => {
                    exclusive.push(columns);
                    columns.iter().for_each(|&column| _ = direct.entry(column).or_default());
                }
                Statement::NullWhen { column, .. } => _ = direct.entry(*column).or_default(),
                _ => {}
            }
        }
        let needs: BTreeMap<usize, BTreeSet<usize>> =
            direct.keys().map(|&column| (column, reached(&direct, column))).collect();
        let mut apart = BTreeSet::new();
        let dependants =
            |of: usize| needs.iter().filter(move |(_, needed)| needed.contains(&of)).map(|pair| *pair.0);
        for columns in exclusive {
            let pairs = columns.iter().flat_map(|&a| columns.iter().map(move |&b| (a, b)));
            for (a, b) in pairs.filter(|(a, b)| a != b) {
                apart.extend(dependants(a).flat_map(|a| dependants(b).map(move |b| (a, b))));
            }
        }
        Self { needs, apart }
    }

    /// All columns that rules about NULLs tell of.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        self.needs.keys().copied()
    }

    /// Whether a column has a value only where another has one.
    pub(crate) fn needs(&self, column: usize, other: usize) -> bool {
        self.needs.get(&column).is_some_and(|needed| needed.contains(&other))
    }

    /// Whether two columns never have values in one row.
    pub(crate) fn excludes(&self, column: usize, other: usize) -> bool {
        self.apart.contains(&(column, other))
    }
}

/// A column and all that it leads to.
fn reached(direct: &BTreeMap<usize, BTreeSet<usize>>, column: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![column];
    while let Some(column) = pending.pop() {
        if reached.insert(column) {
            pending.extend(direct.get(&column).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(statements: Vec<Statement>) -> Vec<Rule> {
        statements.into_iter().map(|statement| Rule { statement, rows: 1 }).collect()
    }

    #[test]
    fn needs_lead_on_and_exclusion_comes_down_to_what_needs() {
        let implied = Implied::new(&rules(vec![
            Statement::Needs { column: 0, other: 1 },
            Statement::Together { columns: vec![1, 2] },
            Statement::Needs { column: 2, other: 3 },
            Statement::Exclusive { columns: vec![3, 4], one: false },
        ]));
        assert!(implied.needs(0, 3) && implied.needs(2, 1) && implied.needs(0, 0));
        assert!(!implied.needs(3, 0));
        assert!(implied.excludes(0, 4) && implied.excludes(4, 0) && !implied.excludes(0, 3));
    }
}
