//! Which rules are kept: those that were found, less those that the user drops, and those that the user adds.

use crate::config::{Settings, Subject, did_you_mean};
use crate::error::Result;
use crate::model::rule::{self, Rule, Statement};
use crate::model::{Model, Treatment};
use crate::schema::Table;

/// The rules of one table.
pub(super) fn decide(
    model: &Model,
    settings: &Settings,
    treatment: Treatment,
    index: usize,
) -> Result<Vec<Rule>> {
    let schema = &model.schema;
    let mut rules = match treatment {
        Treatment::Learn | Treatment::Fake => model.tables[index].rules.clone(),
        _ => Vec::new(),
    };
    let ours = settings.rules.iter().enumerate();
    for (number, setting) in ours.filter(|(_, setting)| schema.table_index(&setting.table) == Some(index)) {
        let said: Vec<String> = rules.iter().map(|rule| rule.statement.sentence(schema, index)).collect();
        let statement = rule::parse(schema, index, &setting.rule);
        let sentence = match &statement {
            Ok(statement) => statement.sentence(schema, index),
            Err(_) => setting.rule.trim().to_owned(),
        };
        let known = said.iter().position(|known| *known == sentence || *known == setting.rule.trim());
        match (setting.keep, known, statement) {
            (false, Some(known), _) => {
                rules.remove(known);
            }
            (false, None, _) if treatment == Treatment::Learn => {
                let table = &schema.tables[index].name;
                let message = format!("no such rule was found in `{table}`: `{}`", setting.rule);
                let error = settings.origins.error(&Subject::Rule(number), message, "not found");
                let near = did_you_mean(&sentence, said.iter().map(String::as_str));
                return Err(match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("`seed inspect --rules` lists those that were found"),
                });
            }
            (true, None, Ok(statement)) if !matches!(treatment, Treatment::Copy | Treatment::Skip) => {
                // What the user says of a column goes before what was found of it.
                rules.retain(|rule| match (&statement, &rule.statement) {
                    (Statement::Reference(ours), Statement::Reference(other)) => !ours.meets(other),
                    _ => statement.computes().is_none() || rule.statement.computes() != statement.computes(),
                });
                rules.push(Rule { statement, rows: 0 });
            }
            _ => {}
        }
    }
    if matches!(treatment, Treatment::Learn | Treatment::Fake) {
        add_decided(&schema.tables[index], &mut rules);
    }
    Ok(rules)
}

/// What exclusion constraints say that columns decide is kept as any dependency is.
fn add_decided(table: &Table, rules: &mut Vec<Rule>) {
    for (from, to) in table.exclusions.iter().filter_map(|exclusion| table.decided(exclusion)) {
        let is_known = rules.iter().any(|rule| {
            matches!(&rule.statement, Statement::Dependency { from: other, to: all } if other == from && all.contains(&to))
        });
        if !is_known {
            let statement = Statement::Dependency { from: from.to_vec(), to: vec![to] };
            rules.push(Rule { statement, rows: 0 });
        }
    }
}
