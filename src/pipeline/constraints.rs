//! How each constraint will be met, in words.

use super::summary::{ConstraintPlan, Met};
use crate::model::{Marginal, Model, Treatment};
use crate::plan::{ColumnPlan, Condition, LinkPlan, Plan, TablePlan};
use crate::schema::check::Predicate;
use crate::schema::graph::{Closed, SchemaGraph};
use crate::schema::{Check, Dialect, ForeignKey, Schema, Table, UniqueKey};

/// Every constraint of the tables that are filled.
pub(super) fn of_plan(model: &Model, plan: &Plan) -> Vec<ConstraintPlan> {
    let schema = &model.schema;
    let graph = SchemaGraph::new(schema);
    let filled = plan.order.iter().copied();
    filled
        .flat_map(|table| {
            let decided = &plan.tables[table];
            let constraints = of_table(schema, &graph, table, Some(&decided.links), decided.treatment);
            constraints.into_iter().chain(conditions(model, table, decided))
        })
        .collect()
}

/// What the rows were chosen by that were learned from, as far as new rows are to meet it; of the rest the plan's notes tell.
fn conditions(model: &Model, index: usize, decided: &TablePlan) -> Vec<ConstraintPlan> {
    let table = &model.schema.tables[index];
    let is_own = |column: &usize| {
        let computed = decided.rules.iter().any(|rule| rule.statement.computes() == Some(*column));
        !computed && matches!(decided.columns[*column], ColumnPlan::Drawn { .. })
    };
    let of = |condition: &Condition| {
        let kept = condition.kept.as_ref().ok()?;
        let (met, how) = match decided.treatment {
            Treatment::Copy => (Met::ByConstruction, "copied".to_owned()),
            _ if !kept.columns().iter().all(is_own) => {
                (Met::ByFilter, "follows from other values; every row is tested as it is written".to_owned())
            }
            _ => text_met(&model.schema, table, &condition.text),
        };
        let constraint = format!("WHERE {}", condition.text);
        Some(ConstraintPlan { table: table.name.to_string(), constraint, met, how })
    };
    decided.conditions.iter().filter_map(of).collect()
}

/// Every constraint of a schema.
pub(super) fn of_schema(schema: &Schema, graph: &SchemaGraph, rows: &[u64]) -> Vec<ConstraintPlan> {
    (0..schema.tables.len())
        .flat_map(|table| {
            let treatment = if rows[table] == 0 { Treatment::Fake } else { Treatment::Learn };
            of_table(schema, graph, table, None, treatment)
        })
        .collect()
}

fn of_table(
    schema: &Schema,
    graph: &SchemaGraph,
    index: usize,
    links: Option<&Vec<LinkPlan>>,
    treatment: Treatment,
) -> Vec<ConstraintPlan> {
    let table = &schema.tables[index];
    let plan = |constraint: String, met: Met, how: &str| ConstraintPlan {
        table: table.name.to_string(),
        constraint,
        met,
        how: how.to_owned(),
    };
    let mut out = Vec::new();
    let keys = table.primary_key.iter().map(|key| (key, "PRIMARY KEY"));
    for (key, word) in keys.chain(table.uniques.iter().map(|key| (key, "UNIQUE"))) {
        let (met, how) = match treatment {
            Treatment::Copy => (Met::ByConstruction, "copied"),
            _ => unique_how(table, key, treatment),
        };
        out.push(plan(unique_name(table, key, word), met, how));
    }
    for (number, key) in table.foreign_keys.iter().enumerate() {
        let how = match links.map(|links| &links[number]) {
            _ if treatment == Treatment::Copy => "copied",
            Some(LinkPlan::Missing) => "NULL: the parent table is left out",
            Some(LinkPlan::Implied { .. }) => "follows from another foreign key",
            _ => foreign_key_how(graph, index, number),
        };
        out.push(plan(foreign_key_name(schema, table, key), Met::ByConstruction, how));
    }
    for check in &table.checks {
        let (met, how) = match check_met(schema, table, check, treatment) {
            _ if treatment == Treatment::Copy => (Met::ByConstruction, "copied".to_owned()),
            met => met,
        };
        out.push(plan(format!("CHECK ({})", check.expression), met, &how));
    }
    for exclusion in &table.exclusions {
        let (met, how) = match (exclusion.apart, exclusion.span) {
            _ if treatment == Treatment::Copy => (Met::ByConstruction, "copied"),
            (Some(_), _) => (Met::ByConstruction, "ranges are made apart from each other"),
            (None, Some(_)) if treatment == Treatment::Fake => {
                (Met::ByConstruction, "both ends are counted, so that no stretch overlaps another")
            }
            (None, _) if table.decided(exclusion).is_some() => {
                (Met::ByConstruction, "rows that agree in what decides take over one value")
            }
            (None, _) if treatment == Treatment::Fake && table.decides_alone(exclusion).is_some() => {
                (Met::ByConstruction, "no two rows agree in a column that decides")
            }
            (None, _) => (
                Met::ByFilter,
                "left to the target: only ranges that must not overlap, and columns that decide others, are made so",
            ),
        };
        out.push(plan(exclusion.definition.clone(), met, how));
    }
    for trigger in &table.triggers {
        let how = match schema.dialect {
            Dialect::Postgres => "no constraint; switched off while rows are loaded, and on again",
            _ => "no constraint; it runs for every row that is written",
        };
        out.push(plan(format!("TRIGGER {trigger}"), Met::ByFilter, how));
    }
    if let (Some(partitioned), Some(condition)) =
        (&table.partition_by, table.partition_condition(schema.dialect))
    {
        let how = match Predicate::parse(schema.dialect, table, &condition) {
            Ok(_) => "values are drawn inside the bounds of the partitions".to_owned(),
            Err(why) => format!("left to the target: {why}"),
        };
        out.push(plan(format!("PARTITION BY {partitioned}"), Met::ByFilter, &how));
    }
    out
}

fn unique_how(table: &Table, key: &UniqueKey, treatment: Treatment) -> (Met, &'static str) {
    if key.admits_one_row(table) {
        return (Met::ByConstruction, "one row of those that it is about");
    }
    let Some(columns) = key.told_apart(table) else {
        return match key.tells_texts_apart(table) && treatment == Treatment::Fake {
            true => (Met::ByConstruction, "the texts of the expression are unique by themselves"),
            false => {
                (Met::ByFilter, "left to the target: what the expression makes of its columns is not known")
            }
        };
    };
    let how = match columns.as_slice() {
        [column] if table.foreign_keys.iter().all(|other| !other.columns.contains(column)) => {
            "different values by formula"
        }
        [_] => "each parent is used once",
        _ => "combinations are dealt out so that none comes twice",
    };
    (Met::ByConstruction, how)
}

fn unique_name(table: &Table, key: &UniqueKey, word: &str) -> String {
    let columns = key.expression.clone().unwrap_or_else(|| table.column_names(&key.columns));
    match &key.predicate {
        Some(predicate) => format!("{word} ({columns}) WHERE {predicate}"),
        None => format!("{word} ({columns})"),
    }
}

fn foreign_key_name(schema: &Schema, table: &Table, key: &ForeignKey) -> String {
    format!("FOREIGN KEY ({}) → {}", table.column_names(&key.columns), schema.tables[key.parent].name)
}

fn foreign_key_how(graph: &SchemaGraph, table: usize, number: usize) -> &'static str {
    let late = graph.late.iter().find(|edge| edge.table == table && edge.foreign_key == number);
    match late.map(|edge| &edge.closed) {
        None => "parents come first",
        Some(Closed::ParentsFirst) => "rows are ordered so that parents come first",
        Some(Closed::Deferred) => "closes a cycle: checked at the transaction's end",
        Some(Closed::SecondPass) => "closes a cycle: nullable, keys are known before the rows",
        Some(Closed::AfterLoad) => "closes a cycle: checked after the rows are in",
        Some(Closed::Impossible(_)) => "its key depends on itself",
    }
}

fn check_met(schema: &Schema, table: &Table, check: &Check, treatment: Treatment) -> (Met, String) {
    match Predicate::parse(schema.dialect, table, &check.expression) {
        Err(_) if check.trial.is_some() && treatment == Treatment::Fake => {
            (Met::ByConstruction, "values that passed when the source tried it out".into())
        }
        _ => text_met(schema, table, &check.expression),
    }
}

fn text_met(schema: &Schema, table: &Table, condition: &str) -> (Met, String) {
    match Predicate::parse(schema.dialect, table, condition) {
        Ok(predicate) if predicate.is_captured() => {
            (Met::ByConstruction, "values are drawn inside it".into())
        }
        Ok(_) => (Met::ByFilter, "rows that break it are drawn again, or changed until they pass".into()),
        Err(why) => (Met::ByFilter, format!("left to the target: {why}")),
    }
}

/// What makes a column's values, as one phrase.
pub(super) fn column(model: &Model, plan: &Plan, index: usize, column: usize) -> String {
    let table = &model.schema.tables[index];
    let learned = &model.tables[index].columns[column];
    match &plan.tables[index].columns[column] {
        ColumnPlan::Computed => "computed by the target".into(),
        ColumnPlan::Copied => "copied".into(),
        ColumnPlan::Null => "NULL".into(),
        ColumnPlan::Inherited { foreign_key, .. } => {
            format!("key of {}", model.schema.tables[table.foreign_keys[*foreign_key].parent].name)
        }
        ColumnPlan::Drawn { setting: Some(setting), .. } => setting.generator.clone(),
        ColumnPlan::Drawn { unique, .. } => {
            let what = match (&learned.semantic, &learned.marginal) {
                (Some(kind), _) if kind.is_personal() => format!("{kind:?}, made up"),
                _ if plan.tables[index].treatment == Treatment::Fake => "made up".into(),
                (_, Marginal::Empty) => "made up".into(),
                (_, Marginal::Integers(_) | Marginal::Floats(_)) => "learned distribution".into(),
                (_, Marginal::Categories(_)) => "learned categories".into(),
                (_, Marginal::Text(_)) => "learned shape of texts".into(),
                (_, Marginal::List(_) | Marginal::Json(_) | Marginal::Bytes { .. }) => "learned shape".into(),
            };
            if *unique { format!("{what}, unique") } else { what }
        }
    }
}
