//! The conditions that the rows of a model were chosen by: which of them all new rows meet.
//!
//! A condition chooses rows by what they are. What new rows have of their own, keys and made-up texts, is not what it is about: who asks for
//! the customer with the number 4711 gets the counterpart of one customer, with another number.

use crate::model::{Marginal, Model, Treatment};
use crate::schema::check::Predicate;

/// A condition of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// As the schema's dialect writes it.
    pub text: String,
    /// What is asked of every new row; where it only chooses what is learned from, the reason.
    pub kept: Result<Predicate, String>,
}

/// The conditions of a table, and the predicates that rows are tested against.
pub(super) fn of_table(
    model: &Model,
    treatments: &[(Treatment, String)],
    index: usize,
) -> (Vec<Condition>, Vec<Predicate>) {
    let (schema, table) = (&model.schema, &model.schema.tables[index]);
    let (mut conditions, mut predicates) = (Vec::new(), Vec::new());
    for text in &model.tables[index].conditions {
        // A row passes a CHECK that is NULL; a condition has to be true. What it says of columns is told by the condition alone.
        let strict = Predicate::parse(schema.dialect, table, &format!("({text}) IS TRUE"));
        let read = Predicate::parse(schema.dialect, table, text).and_then(|plain| Ok([plain, strict?]));
        let kept = read.and_then(|[plain, strict]| match own_values(model, treatments, index, &plain) {
            Some(why) => Err(why),
            None => {
                predicates.extend([plain, strict.clone()]);
                Ok(strict)
            }
        });
        conditions.push(Condition { text: text.clone(), kept });
    }
    (conditions, predicates)
}

/// Which of the columns that a condition reads has values in new rows that are not those of the source, as a reason.
fn own_values(
    model: &Model,
    treatments: &[(Treatment, String)],
    index: usize,
    predicate: &Predicate,
) -> Option<String> {
    let table = &model.schema.tables[index];
    if treatments[index].0 == Treatment::Copy || predicate.null_patterns().is_some() {
        return None;
    }
    predicate.columns().iter().find_map(|&column| {
        let name = &table.columns[column].name;
        let learned = &model.tables[index].columns[column];
        let refers = table.foreign_keys.iter().filter(|key| key.columns.contains(&column));
        let made = refers.clone().find(|key| treatments[key.parent].0 != Treatment::Copy);
        if let Some(key) = made {
            let parent = &model.schema.tables[key.parent].name;
            return Some(format!("{name} is a key of {parent}, and new rows of that have keys of their own"));
        }
        let alone = table.unique_keys().any(|key| key.columns == [column]) && refers.count() == 0;
        if alone || learned.unique.is_some() {
            return Some(format!("{name} tells rows apart, and new rows have values of their own"));
        }
        let is_told =
            matches!(learned.marginal, Marginal::Integers(_) | Marginal::Floats(_) | Marginal::Categories(_));
        let is_made_up = !is_told || learned.semantic.is_some_and(|kind| kind.is_personal());
        is_made_up.then(|| format!("{name} is made up anew"))
    })
}
