//! The plan: what will be written, from what, and how each constraint will be met.

use super::{Paint, aligned, count, counted, notes, treatment};
use crate::model::Treatment;
use crate::pipeline::{ConstraintPlan, Met, PlanSummary, RulePlan, TablePlanSummary};

/// The ways of meeting a constraint, worst last.
const WAYS: [(Met, &str); 3] =
    [(Met::ByConstruction, "by construction"), (Met::ByFilter, "by filter"), (Met::Cannot, "cannot be met")];

/// The whole plan.
pub(in crate::cli) fn plan(plan: &PlanSummary, paint: Paint) -> String {
    let mut text = format!("{}  seed {}, tables in load order\n\n", paint.bold("Plan"), plan.seed);
    let mut rows =
        vec![["table", "treatment", "source rows", "target rows", "why"].map(str::to_owned).to_vec()];
    rows.extend(plan.tables.iter().map(table_line));
    text += &aligned(&rows, &[false, false, true, true, false], 2);
    text += &format!("\n  {}\n\n", totals(plan));
    text += &generators(plan, paint);
    text += &constraints(&plan.constraints, paint);
    if !plan.rules.is_empty() {
        text += &format!("\n{}", rules(&plan.rules, paint));
    }
    text += &notes(&plan.notes, paint);
    text
}

/// The plan in one line, for a run that goes on.
pub(in crate::cli) fn plan_in_a_line(plan: &PlanSummary) -> String {
    let ways: Vec<String> = WAYS
        .iter()
        .map(|&(met, words)| {
            (plan.constraints.iter().filter(|constraint| constraint.met == met).count(), words)
        })
        .filter(|&(number, _)| number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    let constraints = if ways.is_empty() { "none".to_owned() } else { ways.join(", ") };
    format!("plan: {}; constraints: {constraints}", totals(plan))
}

fn table_line(table: &TablePlanSummary) -> Vec<String> {
    vec![
        table.table.clone(),
        treatment(table.treatment).to_owned(),
        count(table.source_rows),
        if table.treatment == Treatment::Skip { "-".to_owned() } else { count(table.rows) },
        table.because.clone(),
    ]
}

fn totals(plan: &PlanSummary) -> String {
    let written = plan.tables.iter().filter(|table| table.treatment != Treatment::Skip);
    let (tables, rows) = written.fold((0, 0), |(tables, rows), table| (tables + 1, rows + table.rows));
    format!("{} into {}", counted(rows, "row"), counted(tables, "table"))
}

/// Column by column, what makes the values.
fn generators(plan: &PlanSummary, paint: Paint) -> String {
    let mut text = String::new();
    for table in plan.tables.iter().filter(|table| !table.columns.is_empty()) {
        let rows: Vec<_> =
            table.columns.iter().map(|(column, made)| vec![column.clone(), made.clone()]).collect();
        text += &format!("  {}\n{}", table.table, aligned(&rows, &[false, false], 4));
    }
    if text.is_empty() { text } else { format!("{}\n{text}\n", paint.bold("Columns")) }
}

/// The constraints, grouped by how they are met.
pub(in crate::cli) fn constraints(constraints: &[ConstraintPlan], paint: Paint) -> String {
    let mut text = format!("{}\n", paint.bold("Constraints"));
    if constraints.is_empty() {
        text += "  none\n";
    }
    for (met, words) in WAYS {
        let group: Vec<_> = constraints.iter().filter(|constraint| constraint.met == met).collect();
        if group.is_empty() {
            continue;
        }
        let words = if met == Met::Cannot { paint.red(words) } else { words.to_owned() };
        let rows: Vec<_> = group
            .iter()
            .map(|constraint| {
                vec![constraint.table.clone(), constraint.constraint.clone(), constraint.how.clone()]
            })
            .collect();
        text += &format!("  {words} ({})\n{}", group.len(), aligned(&rows, &[false; 3], 4));
    }
    text
}

/// How many rows say so.
pub(super) fn support(rule: &RulePlan) -> String {
    match (rule.rows, rule.except) {
        (0, _) => "of seed.toml".to_owned(),
        (rows, 0) => counted(rows, "row"),
        (rows, except) => format!("{}, but for {except}", counted(rows, "row")),
    }
}

/// The rules that are kept, table by table, each with the rows it was tested on.
pub(in crate::cli) fn rules(rules: &[RulePlan], paint: Paint) -> String {
    let mut text = format!("{}  hold for all rows that were read, and are kept\n", paint.bold("Rules"));
    if rules.is_empty() {
        text += "  none\n";
    }
    for group in rules.chunk_by(|a, b| a.table == b.table) {
        let rows: Vec<_> = group.iter().map(|rule| vec![rule.rule.clone(), support(rule)]).collect();
        text += &format!("  {}\n{}", group[0].table, aligned(&rows, &[false, false], 4));
    }
    text
}
