//! Decisions before generating: what happens to each table, how many rows it gets, where each column's values come
//! from, how each foreign key finds its parents. Pure; fails only on impossible requests.

mod balance;
mod columns;
mod conditions;
mod limits;
mod links;
mod rules;
mod size;

pub use balance::Balanced;
pub use columns::ColumnPlan;
pub use conditions::Condition;
pub use links::LinkPlan;

use crate::config::{self, Limits, Settings};
use crate::error::{Error, Result};
use crate::imagine::{self, Imagined};
use crate::model::rule::Rule;
use crate::model::{Model, TableModel, Treatment};
use crate::schema::check::Predicate;
use crate::schema::graph::{Closed, SchemaGraph};
use crate::schema::{Dialect, Table};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is decided before the first row.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The seed of all randomness.
    pub seed: u64,
    /// The tables that are filled, parents first save for late links.
    pub order: Vec<usize>,
    /// One entry per table of the schema.
    pub tables: Vec<TablePlan>,
    /// What the target holds already and keeps.
    pub existing: Existing,
    /// What a user should know before rows are written.
    pub notes: Vec<String>,
    /// What is told of the tables that are made up, in place of what the model says.
    pub imagined: BTreeMap<usize, TableModel>,
}

impl Plan {
    /// The model with what is made up in the place of what it says of those tables.
    pub fn completed<'a>(&self, model: &'a Model) -> Cow<'a, Model> {
        completed(model, &self.imagined)
    }

    /// The tables that are written, in order: all that are filled but copied ones that the target has already.
    pub fn written(&self) -> Vec<usize> {
        let kept = |table: &usize| {
            self.tables[*table].treatment == Treatment::Copy && self.existing.rows.contains_key(table)
        };
        self.order.iter().copied().filter(|table| !kept(table)).collect()
    }
}

/// The decisions on one table.
#[derive(Debug, Clone)]
pub struct TablePlan {
    /// What happens to it.
    pub treatment: Treatment,
    /// Why, as a sentence.
    pub because: String,
    /// Rows in the source.
    pub source_rows: u64,
    /// Rows wanted. Keys may allow fewer; then the generator says so.
    pub rows: u64,
    /// Whether the user named this very number.
    pub rows_are_exact: bool,
    /// Where each column's values come from.
    pub columns: Vec<ColumnPlan>,
    /// Columns whose values get other shares of the rows than those learned.
    pub balanced: BTreeMap<usize, Balanced>,
    /// Columns that depend on nothing though the model says otherwise.
    pub independent: BTreeSet<usize>,
    /// How each foreign key finds its parents.
    pub links: Vec<LinkPlan>,
    /// The foreign keys that are not implied, in the order in which parents are found; late ones last.
    pub placement: Vec<usize>,
    /// The CHECKs that rows are tested against, by index into the table's checks; one beyond them is that some partition takes the row.
    pub filters: Vec<(usize, Predicate)>,
    /// CHECKs that are not understood, with the reason.
    pub unread: Vec<(usize, String)>,
    /// The conditions that the rows learned from were chosen by.
    pub conditions: Vec<Condition>,
    /// The rules that are kept.
    pub rules: Vec<Rule>,
}

/// What a target that is appended to holds already: new keys must not meet it. Empty for any other run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Existing {
    /// Rows by table.
    pub rows: BTreeMap<usize, u64>,
    /// The greatest value of whole-number keys by (table, column).
    pub highest: BTreeMap<(usize, usize), i64>,
}

/// Makes the plan for a model under the user's settings.
pub fn plan(model: &Model, settings: &Settings, existing: Existing) -> Result<Plan> {
    let schema = &model.schema;
    let graph = SchemaGraph::new(schema);
    for edge in &graph.late {
        if let Closed::Impossible(reason) = &edge.closed {
            let table = &schema.tables[edge.table];
            let key = table.column_names(&schema.tables[edge.table].foreign_keys[edge.foreign_key].columns);
            return Err(Error::usage(format!("the keys of table {} cannot be made: {reason}", table.name))
                .hint(format!(
                    "leave it out with --exclude {}, or drop the foreign key ({key})",
                    table.name
                )));
        }
    }
    let treatments = size::treatments(model, settings)?;
    let source = model;
    let Imagined { tables: imagined, notes: made_up } = imagine(model, settings, &treatments);
    let model = &*completed(model, &imagined);
    let rows = size::rows(model, settings, &treatments)?;
    let limits = Limits::of(settings, schema);
    let balances = config::balances(settings, schema)?;
    let mut notes = made_up;
    notes.extend(limits::unmet(model, &limits));
    let mut tables = Vec::with_capacity(schema.tables.len());
    for (index, table) in schema.tables.iter().enumerate() {
        let (treatment, because) = treatments[index].clone();
        let (mut filters, unread) = read_checks(model, index, treatment, &mut notes);
        let (conditions, predicates) = conditions::of_table(model, &treatments, index);
        filters.extend(predicates.into_iter().map(|predicate| (table.checks.len(), predicate)));
        notes.extend(conditions.iter().filter_map(|condition| {
            let why = condition.kept.as_ref().err()?;
            Some(format!("{}: {} chooses what is learned from: {why}", table.name, condition.text))
        }));
        let (links, placement) = links::decide(model, &graph, &treatments, index)?;
        let columns = columns::decide(model, settings, treatment, index, &links, &placement, &filters)?;
        let rules = rules::decide(model, settings, treatment, index)?;
        let balanced = balance::of_table(model, settings, &balances, (index, treatment), (&columns, &rules))?;
        tables.push(TablePlan {
            treatment,
            because,
            source_rows: source.tables[index].rows,
            rows: rows[index].0,
            rows_are_exact: settings.rows.keys().any(|name| schema.table_index(name) == Some(index)),
            columns,
            balanced,
            independent: (0..table.columns.len()).filter(|&column| limits.parts(index, column)).collect(),
            links,
            placement,
            filters: if treatment == Treatment::Copy { Vec::new() } else { filters },
            unread,
            conditions,
            rules,
        });
        if let Some(note) = &rows[index].1 {
            notes.push(format!("{}: {note}", table.name));
        }
    }
    let order =
        graph.order().into_iter().filter(|&index| tables[index].treatment != Treatment::Skip).collect();
    for (&table, rows) in
        existing.rows.iter().filter(|(table, _)| tables[**table].treatment == Treatment::Copy)
    {
        let name = &schema.tables[table].name;
        notes.push(format!(
            "{name}: its {rows} rows in the target are kept, the source's are not copied again"
        ));
    }
    Ok(Plan { seed: settings.seed, order, tables, existing, notes, imagined })
}

/// Makes up the tables of which nothing was learned, or nothing is to be used.
fn imagine(model: &Model, settings: &Settings, treatments: &[(Treatment, String)]) -> Imagined {
    let asked = settings.treatments.iter().filter(|(_, treatment)| **treatment == Treatment::Fake);
    let asked = asked.filter_map(|(name, _)| model.schema.table_index(name)).collect();
    let treatments: Vec<Treatment> = treatments.iter().map(|(treatment, _)| *treatment).collect();
    imagine::imagine(model, &treatments, &asked)
}

/// The model as plans and generators read it: with what is made up, and keys without conditions that make no difference.
fn completed<'a>(model: &'a Model, imagined: &BTreeMap<usize, TableModel>) -> Cow<'a, Model> {
    let has_idle = |table: &Table| table.uniques.iter().any(|key| key.has_idle_condition(table));
    let idle: Vec<usize> =
        (0..model.tables.len()).filter(|&table| has_idle(&model.schema.tables[table])).collect();
    if imagined.is_empty() && idle.is_empty() {
        return Cow::Borrowed(model);
    }
    let mut model = model.clone();
    for (&table, told) in imagined {
        model.tables[table] = told.clone();
    }
    for table in idle {
        let described = model.schema.tables[table].clone();
        let keys = model.schema.tables[table].uniques.iter_mut();
        keys.filter(|key| key.has_idle_condition(&described)).for_each(|key| key.predicate = None);
    }
    Cow::Owned(model)
}

type Checks = (Vec<(usize, Predicate)>, Vec<(usize, String)>);

fn read_checks(model: &Model, index: usize, treatment: Treatment, notes: &mut Vec<String>) -> Checks {
    let table = &model.schema.tables[index];
    let (mut filters, mut unread) = (Vec::new(), Vec::new());
    for (number, check) in table.checks.iter().enumerate() {
        let read = match treatment {
            Treatment::Fake => Predicate::of_check(model.schema.dialect, table, check),
            _ => Predicate::parse(model.schema.dialect, table, &check.expression),
        };
        match read {
            Ok(predicate) => filters.push((number, predicate)),
            Err(why) => {
                notes.push(format!(
                    "{}: CHECK ({}) is left to the target: {why}",
                    table.name, check.expression
                ));
                unread.push((number, why));
            }
        }
    }
    // Whole numbers without a sign have no sums below 0 in MySQL: it refuses a row whose computed columns have one.
    let is_unsigned =
        |column: &usize| table.columns[*column].native.to_ascii_lowercase().contains("unsigned");
    for computed in table.columns.iter().filter_map(|column| column.generated.as_ref()) {
        let condition = format!("({}) >= 0", computed.expression);
        if model.schema.dialect == Dialect::Mysql
            && let Ok(predicate) = Predicate::parse(model.schema.dialect, table, &condition)
            && predicate.columns().iter().any(is_unsigned)
        {
            filters.push((table.checks.len(), predicate));
        }
    }
    let demanded = Predicate::demanded(model.schema.dialect, table);
    filters.extend(demanded.into_iter().map(|predicate| (table.checks.len(), predicate)));
    if let Some(condition) = table.partition_condition(model.schema.dialect) {
        match Predicate::parse(model.schema.dialect, table, &condition) {
            Ok(predicate) => filters.push((table.checks.len(), predicate)),
            Err(why) => notes.push(format!(
                "{}: that some partition takes each row is left to the target: {why}",
                table.name
            )),
        }
    }
    (filters, unread)
}
