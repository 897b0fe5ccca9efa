//! Rules that hold for every row that was read: found on a sample, confirmed on all rows.
//!
//! A rule is taken for one only where independent columns would break it often; what a few rows or a narrow column make true by
//! chance is not kept. At least k subjects must share it.

mod copies;
mod dependencies;
mod formulas;
mod groups;
mod linear;
mod nulls;
mod orderings;
mod products;
mod totals;
mod view;

use view::{Column, TableView, Values, View};

use super::joint::record::Recorded;
use crate::model::privacy::Settings;
use crate::model::rule::{Rule, Statement};
use crate::model::{TableModel, Treatment};
use crate::schema::Schema;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

/// Rows on which candidates are tried first.
const SAMPLE: usize = 2_000;
/// Rows without which nothing is looked for.
const FEWEST: usize = 30;
/// Foreign keys upwards that are followed.
const LONGEST_PATH: usize = 2;

/// Finds the rules of all learned tables, and notes them in their models.
pub(in crate::learn) fn find(
    schema: &Schema,
    models: &mut [TableModel],
    recorded: &Recorded,
    privacy: Settings,
) {
    let view = View::new(schema, models, recorded);
    let found: Vec<Vec<Rule>> = (0..schema.tables.len())
        .into_par_iter()
        .map(|table| of_table(schema, models, &view, table, privacy))
        .collect();
    for (model, rules) in models.iter_mut().zip(found) {
        model.rules = rules;
    }
}

/// The rules of one table; none where it is not learned or has hardly any rows.
fn of_table(
    schema: &Schema,
    models: &[TableModel],
    view: &View<'_>,
    table: usize,
    privacy: Settings,
) -> Vec<Rule> {
    if models[table].treatment != Treatment::Learn || view.tables[table].rows < FEWEST {
        return Vec::new();
    }
    Search::new(schema, models, view, table, privacy).rules()
}

/// The search in one table.
pub(super) struct Search<'a, 'v> {
    schema: &'a Schema,
    models: &'a [TableModel],
    view: &'a View<'v>,
    table: usize,
    /// Some rows, equally spaced.
    sample: Vec<u32>,
    privacy: Settings,
}

impl<'a, 'v> Search<'a, 'v> {
    fn new(
        schema: &'a Schema,
        models: &'a [TableModel],
        view: &'a View<'v>,
        table: usize,
        privacy: Settings,
    ) -> Self {
        let rows = view.tables[table].rows;
        let some = rows.min(SAMPLE);
        let sample = (0..some).map(|index| (index * rows / some) as u32).collect();
        Self { schema, models, view, table, sample, privacy }
    }

    /// All rules, those that compute columns first: what they compute needs no other rule.
    fn rules(&self) -> Vec<Rule> {
        let mut rules = copies::find(self);
        rules.extend(groups::numbering(self, &rules));
        formulas::find(self, &mut rules);
        let computed: Vec<usize> = rules.iter().filter_map(|rule| rule.statement.computes()).collect();
        rules.extend(groups::constants(self, &computed));
        let constant = constant_columns(&rules);
        rules.extend(dependencies::find(self, &computed, &constant));
        rules.extend(nulls::find(self));
        rules.extend(orderings::find(self));
        rules
    }

    fn this(&self) -> &'a TableView<'v> {
        &self.view.tables[self.table]
    }

    /// The written columns of this table whose values are known.
    fn written(&self) -> impl Iterator<Item = usize> + use<'a> {
        self.written_of(self.table)
    }

    fn written_of(&self, table: usize) -> impl Iterator<Item = usize> + use<'a> {
        self.schema.tables[table].written_columns().map(|(column, _)| column)
    }

    /// Whether a column is a key by itself, or part of a foreign key: its values only tell rows apart.
    fn is_key(&self, table: usize, column: usize) -> bool {
        let this = &self.schema.tables[table];
        let alone = this.unique_keys().any(|key| key.columns == [column]);
        alone || this.foreign_keys.iter().any(|key| key.columns.contains(&column))
    }

    /// Whether a column may be computed from others: it is written, and no key depends on it.
    fn may_be_computed(&self, column: usize) -> bool {
        let this = &self.schema.tables[self.table];
        let referenced = self.schema.tables.iter().flat_map(|table| &table.foreign_keys);
        this.columns[column].generated.is_none()
            && !this.unique_keys().any(|key| key.columns.contains(&column))
            && !this.foreign_keys.iter().any(|key| key.columns.contains(&column))
            && !referenced
                .filter(|key| key.parent == self.table)
                .any(|key| key.parent_columns.contains(&column))
    }

    /// The ways upwards, the row itself first.
    fn paths(&self) -> Vec<Vec<usize>> {
        let mut paths = vec![Vec::new()];
        let mut last = 0;
        for _ in 0..LONGEST_PATH {
            let end = paths.len();
            for index in last..end {
                let path: Vec<usize> = paths[index].clone();
                let table = self.view.end(self.table, &path);
                for step in 0..self.schema.tables[table].foreign_keys.len() {
                    let parent = self.schema.tables[table].foreign_keys[step].parent;
                    let reads = matches!(self.models[parent].treatment, Treatment::Learn | Treatment::Copy);
                    if parent != self.table && parent != table && reads {
                        paths.push([path.as_slice(), &[step]].concat());
                    }
                }
            }
            last = end;
        }
        paths
    }

    /// Subjects that must share a rule.
    fn least_crowd(&self) -> usize {
        self.privacy.threshold().max(5)
    }

    fn crowd(&self) -> Crowd<'a> {
        Crowd {
            subjects: self.this().subjects,
            met: FxHashSet::default(),
            wanted: self.least_crowd(),
            rows: 0,
        }
    }

    /// A column of few different texts or flags, by row.
    fn labels(&self, column: usize, most: usize) -> Option<Labels> {
        let this = self.this();
        let values = &this.columns[column];
        let crate::model::Marginal::Categories(categories) =
            &self.models[self.table].columns[column].marginal
        else {
            return None;
        };
        if categories.values.len() > most {
            return None;
        }
        let mut names: Vec<String> = categories.values.iter().map(|value| value.0.clone()).collect();
        let told = vec![true; names.len()].into_iter().chain([false]).collect();
        names.push(String::new());
        let number =
            |text: &str| names.iter().position(|name| name == text).unwrap_or(names.len() - 1) as u16;
        let of = match &values.values {
            Values::Texts(ids, texts) => {
                if texts.len() > 4_096 {
                    return None;
                }
                let numbers: Vec<u16> = texts.iter().map(|text| number(text)).collect();
                (0..this.rows).map(|row| (!values.is_null(row)).then(|| numbers[ids[row] as usize])).collect()
            }
            Values::Flags(flags) => {
                let numbers = [number("false"), number("true")];
                (0..this.rows)
                    .map(|row| (!values.is_null(row)).then(|| numbers[usize::from(flags[row])]))
                    .collect()
            }
            _ => return None,
        };
        Some(Labels { names, told, of })
    }
}

/// A column of few values.
struct Labels {
    /// The values; the last stands for all that may not be told.
    names: Vec<String>,
    /// Which of them may be told.
    told: Vec<bool>,
    /// One per row.
    of: Vec<Option<u16>>,
}

/// Whether enough subjects, and rows, share something.
struct Crowd<'a> {
    subjects: &'a [u32],
    met: FxHashSet<u32>,
    wanted: usize,
    rows: usize,
}

impl Crowd<'_> {
    fn add(&mut self, row: usize) {
        self.rows += 1;
        if self.met.len() < self.wanted {
            self.met.insert(self.subjects.get(row).copied().unwrap_or(row as u32));
        }
    }

    fn is_enough(&self) -> bool {
        self.rows >= FEWEST && self.met.len() >= self.wanted
    }
}

/// The columns that are the same for all children of a parent.
fn constant_columns(rules: &[Rule]) -> Vec<(usize, usize)> {
    let constant = |rule: &Rule| match &rule.statement {
        Statement::Constant { foreign_key, columns } => {
            columns.iter().map(|&column| (*foreign_key, column)).collect()
        }
        _ => Vec::new(),
    };
    rules.iter().flat_map(constant).collect()
}

#[cfg(test)]
mod tests;
