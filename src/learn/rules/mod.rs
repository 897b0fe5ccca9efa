//! Rules that hold for every row that was read: found on a sample, confirmed on all rows.
//!
//! A rule is taken for one only where independent columns would break it often; what a few rows or a narrow column make true by
//! chance is not kept. At least k subjects must share it.

mod copies;
mod dependencies;
mod formulas;
mod groups;
mod headcounts;
mod linear;
mod lookup;
mod meetings;
mod neighbours;
mod nulls;
mod orderings;
mod parts;
mod products;
mod references;
mod rising;
mod running;
mod texts;
mod totals;
mod uniques;
mod view;

#[allow(unused_imports, reason = "the fit of the joint model asks for it")]
pub(in crate::learn) use lookup::lookup;
use view::{Column, TableView, Values, View};

use super::joint::record::Recorded;
use crate::model::privacy::Settings;
use crate::model::rule::{Expression, Operand, Rule, Statement};
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
    find_in(schema, models, &view, privacy);
}

fn find_in(schema: &Schema, models: &mut [TableModel], view: &View<'_>, privacy: Settings) {
    let learned =
        |table: &usize| models[*table].treatment == Treatment::Learn && view.tables[*table].rows >= FEWEST;
    let tables: Vec<usize> = (0..schema.tables.len()).filter(learned).collect();
    let mut rules: Vec<Vec<Rule>> = vec![Vec::new(); schema.tables.len()];
    let all = |known: &[Vec<Rule>], find: &(dyn Fn(&Search<'_, '_>) -> Vec<Rule> + Sync)| -> Vec<Vec<Rule>> {
        let of_table = |&table: &usize| find(&Search::new(schema, models, view, known, table, privacy));
        tables.par_iter().map(of_table).collect()
    };
    let copies = all(&rules, &|search| search.copies());
    add(&mut rules, &tables, copies);
    // Totals read children whose formulas may read the parent in turn, so they are looked for one table after the other.
    for &table in &tables {
        let found = totals::find(&Search::new(schema, models, view, &rules, table, privacy), false);
        rules[table].extend(found);
    }
    let formulas = all(&rules, &|search| formulas::find(search));
    add(&mut rules, &tables, formulas);
    for &table in &tables {
        let found = totals::find(&Search::new(schema, models, view, &rules, table, privacy), true);
        rules[table].extend(found);
    }
    let others = all(&rules, &|search| search.others());
    add(&mut rules, &tables, others);
    for (model, rules) in models.iter_mut().zip(rules) {
        model.rules = rules;
    }
}

/// Adds what was found of some tables.
fn add(rules: &mut [Vec<Rule>], tables: &[usize], found: Vec<Vec<Rule>>) {
    tables.iter().zip(found).for_each(|(&table, found)| rules[table].extend(found));
}

/// Whether a column of a table follows from another by formulas.
fn follows(schema: &Schema, rules: &[Vec<Rule>], from: (usize, usize), goal: (usize, usize)) -> bool {
    let mut pending = vec![from];
    let mut seen = FxHashSet::default();
    while let Some(next) = pending.pop() {
        if next == goal {
            return true;
        }
        if seen.insert(next) {
            pending.extend(read_by(schema, &rules[next.0], next));
        }
    }
    false
}

/// The columns from which a formula, of the `rules` of its table, computes a column.
fn read_by(schema: &Schema, rules: &[Rule], (table, column): (usize, usize)) -> Vec<(usize, usize)> {
    let of = |rule: &Rule| match &rule.statement {
        Statement::Formula { column: computed, expression, .. } if *computed == column => {
            expression.operands().into_iter().flat_map(|operand| operand.sources(schema, table)).collect()
        }
        _ => Vec::new(),
    };
    rules.iter().flat_map(of).collect()
}

/// The search in one table.
pub(super) struct Search<'a, 'v> {
    schema: &'a Schema,
    models: &'a [TableModel],
    view: &'a View<'v>,
    /// The rules of all tables that are known by now.
    known: &'a [Vec<Rule>],
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
        known: &'a [Vec<Rule>],
        table: usize,
        privacy: Settings,
    ) -> Self {
        let rows = view.tables[table].rows;
        let some = rows.min(SAMPLE);
        let sample = (0..some).map(|index| (index * rows / some) as u32).collect();
        Self { schema, models, view, known, table, sample, privacy }
    }

    /// Copies of other values, and numbers within groups.
    fn copies(&self) -> Vec<Rule> {
        let mut rules = copies::find(self);
        rules.extend(groups::numbering(self, &rules));
        rules
    }

    /// All rules that compute nothing.
    fn others(&self) -> Vec<Rule> {
        let formulas = &self.known[self.table];
        let computed: Vec<usize> = formulas.iter().filter_map(|rule| rule.statement.computes()).collect();
        let mut rules = groups::constants(self, &computed);
        let constant = constant_columns(&rules);
        let dependencies = dependencies::find(self, &computed, &constant, formulas);
        self.reduce_constants(&mut rules, &dependencies);
        rules.extend(dependencies);
        let references = references::find(self, &computed);
        let mut rules = references::without_dependencies(rules, &references);
        rules.extend(rising::find(self));
        rules.extend(uniques::find(self));
        rules.extend(meetings::find(self, &computed));
        rules.extend(running::find(self, &computed));
        rules.extend(headcounts::find(self, &computed, &rules));
        rules.extend(nulls::find(self, &computed));
        rules.extend(orderings::find(self).into_iter().filter(|rule| !self.is_computed_order(rule)));
        rules.extend(references);
        rules
    }

    /// Whether an ordering follows from formulas: one side is computed from the other, or is a copy, whose original is in the
    /// same order.
    fn is_computed_order(&self, rule: &Rule) -> bool {
        let Statement::Ordering { low, high, .. } = &rule.statement else { return false };
        let is_copy = |operand: &Operand| {
            self.known[self.table].iter().any(|rule| match &rule.statement {
                Statement::Formula { column, expression: Expression::Same(of), .. } => {
                    operand.as_own() == Some(*column) && matches!(of, Operand::Column { .. })
                }
                _ => false,
            })
        };
        let ends = |operand: &Operand| operand.sources(self.schema, self.table);
        let reads = |from: &Operand, to: &Operand| {
            let pairs =
                ends(from).into_iter().flat_map(|end| ends(to).into_iter().map(move |goal| (end, goal)));
            pairs.into_iter().any(|(end, goal)| follows(self.schema, self.known, end, goal))
        };
        is_copy(low) || is_copy(high) || reads(low, high) || reads(high, low)
    }

    /// What is the same for all children of a parent, and decides another column, says that this one is the same too.
    fn reduce_constants(&self, constants: &mut Vec<Rule>, dependencies: &[Rule]) {
        let decides = |x: usize, y: usize| {
            self.this().columns[x].null_rows == 0
                && dependencies.iter().any(|rule| match &rule.statement {
                    Statement::Dependency { from, to } => *from == [x] && to.contains(&y),
                    _ => false,
                })
        };
        for rule in constants.iter_mut() {
            if let Statement::Constant { columns, .. } = &mut rule.statement {
                let all = columns.clone();
                let implied =
                    |y: usize| all.iter().any(|&x| x != y && decides(x, y) && (!decides(y, x) || x < y));
                columns.retain(|&column| !implied(column));
            }
        }
        constants.retain(
            |rule| !matches!(&rule.statement, Statement::Constant { columns, .. } if columns.is_empty()),
        );
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
        let found = self.models[table].columns[column].unique.as_ref().is_some_and(|unique| unique.serial);
        alone || found || this.foreign_keys.iter().any(|key| key.columns.contains(&column))
    }

    /// Whether a column may be computed from others: it is written, and no key depends on it.
    fn may_be_computed(&self, column: usize) -> bool {
        let this = &self.schema.tables[self.table];
        self.is_unreferenced(column) && !this.unique_keys().any(|key| key.columns.contains(&column))
    }

    /// Whether a column is written, and no foreign key holds it or leads to it.
    fn is_unreferenced(&self, column: usize) -> bool {
        let this = &self.schema.tables[self.table];
        let referenced = self.schema.tables.iter().flat_map(|table| &table.foreign_keys);
        this.columns[column].generated.is_none()
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
