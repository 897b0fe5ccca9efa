//! A `--where` over a whole schema: conditions joined by AND, each about one table.

use super::convert::Converter;
use super::{Predicate, grammar};
use crate::schema::Schema;
use sqlparser::ast::{BinaryOperator, Expr};
use std::collections::BTreeSet;

/// One condition, of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// The table, by index into [`Schema::tables`].
    pub table: usize,
    /// The condition over its columns alone, as the schema's dialect writes it.
    pub text: String,
    /// The same, to be asked of rows.
    pub predicate: Predicate,
}

/// Why a `--where` is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClauseError {
    /// It names a table that is not there.
    NoSuchTable(String),
    /// Anything else, as a sentence without a full stop, and what could be done.
    Unclear {
        /// What is wrong.
        why: String,
        /// The remedy.
        remedy: String,
    },
}

impl Clause {
    /// Reads `customers.state = 'OH' AND orders.total > 10`: what AND joins at the top may be about different tables. A column needs its
    /// table's name where several tables have one of its name.
    pub fn read(schema: &Schema, text: &str) -> Result<Vec<Self>, ClauseError> {
        let tree = grammar::parse(schema.dialect, text)
            .map_err(|what| unclear(format!("seed does not understand {what}"), EXAMPLE))?;
        let mut parts = Vec::new();
        split(&tree, &mut parts);
        parts.into_iter().map(|part| Self::of(schema, part)).collect()
    }

    fn of(schema: &Schema, part: &Expr) -> Result<Self, ClauseError> {
        let mut found = Vec::new();
        let mut failures = Vec::new();
        for (index, table) in schema.tables.iter().enumerate() {
            match (Converter { dialect: schema.dialect, table }).condition(part) {
                Ok(root) => found.push((index, Predicate::of_root(schema.dialect, root))),
                Err(why) => failures.push((index, why)),
            }
        }
        found.retain(|(_, predicate)| !predicate.columns().is_empty());
        match &found[..] {
            [] => Err(Self::unread(schema, part, failures)),
            [(table, predicate)] => {
                let text = predicate
                    .to_sql(&schema.tables[*table], schema.dialect)
                    .map_err(|what| unclear(format!("seed does not understand `{part}`: {what}"), EXAMPLE))?;
                Ok(Self { table: *table, text, predicate: predicate.clone() })
            }
            several => {
                let names: Vec<String> =
                    several.iter().map(|(table, _)| schema.tables[*table].name.to_string()).collect();
                let why = format!("`{part}` could be about any of the tables {}", names.join(", "));
                let remedy = format!("name the table before each column: {}.column", names[0]);
                Err(ClauseError::Unclear { why, remedy })
            }
        }
    }

    /// Why no table understands a condition.
    fn unread(schema: &Schema, part: &Expr, failures: Vec<(usize, String)>) -> ClauseError {
        let named: BTreeSet<Vec<String>> =
            grammar::qualifiers(schema.dialect, &part.to_string()).into_iter().collect();
        let tables: Vec<(String, Option<usize>)> = named
            .iter()
            .map(|parts| {
                let name = parts.join(".");
                let index = schema.tables.iter().position(|table| {
                    table.name.to_string().eq_ignore_ascii_case(&name)
                        || table.name.name.eq_ignore_ascii_case(&parts[parts.len() - 1])
                });
                (name, index)
            })
            .collect();
        if let Some((name, _)) = tables.iter().find(|(_, index)| index.is_none()) {
            return ClauseError::NoSuchTable(name.clone());
        }
        if tables.len() > 1 {
            return unclear(
                format!("`{part}` is about several tables at once"),
                "each condition is about the columns of one table; join conditions of several tables by AND",
            );
        }
        let lacks = |why: &str| why.ends_with("has none of this name)");
        let own = tables.first().and_then(|(_, index)| *index);
        let reason = match own {
            Some(own) => failures.iter().find(|(index, _)| *index == own),
            None if failures.len() == 1 => failures.first(),
            None => failures.iter().find(|(_, why)| !lacks(why)),
        };
        match reason {
            Some((index, why)) if lacks(why) => {
                let table = &schema.tables[*index];
                let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
                let remedy = format!("the columns of {} are {}", table.name, names.join(", "));
                unclear(format!("seed does not understand {why}"), &remedy)
            }
            Some((_, why)) => unclear(format!("seed does not understand {why} in `{part}`"), EXAMPLE),
            None => unclear(
                format!("no table has the columns of `{part}`"),
                "name a table before each column; `seed inspect` shows tables and columns",
            ),
        }
    }
}

const EXAMPLE: &str = "write conditions like \"customers.state = 'OH' AND orders.placed_at >= '2026-02-01'\", of columns and values";

fn unclear(why: String, remedy: &str) -> ClauseError {
    ClauseError::Unclear { why, remedy: remedy.to_owned() }
}

/// What AND joins at the top.
fn split<'a>(tree: &'a Expr, parts: &mut Vec<&'a Expr>) {
    match tree {
        Expr::Nested(inner) => split(inner, parts),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            split(left, parts);
            split(right, parts);
        }
        part => parts.push(part),
    }
}
