//! Trying out a source's CHECKs on values that a column could hold: the engine itself says which pass.

use super::Source;
use super::sql::{quote, quote_text};
use crate::schema::check::Candidates;
use crate::schema::{DataType, Dialect, Schema, Table};

/// Queries for one condition at the most: where a value makes the condition fail instead of being false, the rest is asked again.
const QUERIES: usize = 200;

/// Tries out every CHECK that is not understood, and writes down what passed.
pub async fn settle(source: &mut dyn Source, schema: &mut Schema) {
    for table in 0..schema.tables.len() {
        for check in 0..schema.tables[table].checks.len() {
            let described = &schema.tables[table];
            let condition = &described.checks[check];
            let Some(tried) = Candidates::of(schema.dialect, described, condition) else { continue };
            let passing = passing(source, schema.dialect, described, &condition.expression, &tried).await;
            let trial = tried.trial(described, &passing);
            schema.tables[table].checks[check].trial = trial;
        }
    }
}

/// The rows for which a condition is true or unknown.
async fn passing(
    source: &mut dyn Source,
    dialect: Dialect,
    table: &Table,
    condition: &str,
    tried: &Candidates,
) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![(0, tried.rows.len())];
    let mut queries = 0;
    while let Some((start, end)) = open.pop() {
        queries += 1;
        if queries > QUERIES || start == end {
            continue;
        }
        let query = query(dialect, table, condition, tried, start, end);
        match source.numbers(&query).await {
            Some(numbers) => {
                found.extend(numbers.into_iter().filter_map(|number| usize::try_from(number).ok()))
            }
            None if end - start > 1 => {
                let middle = start + (end - start) / 2;
                open.extend([(middle, end), (start, middle)]);
            }
            None => {}
        }
    }
    found.sort_unstable();
    found
}

/// The numbers of the rows from `start` to `end` that pass.
fn query(
    dialect: Dialect,
    table: &Table,
    condition: &str,
    tried: &Candidates,
    start: usize,
    end: usize,
) -> String {
    let row = |number: usize| {
        let cells = tried.columns.iter().zip(&tried.rows[number]).map(|(&column, text)| {
            let column = &table.columns[column];
            let literal = text
                .as_deref()
                .map_or_else(|| "NULL".to_owned(), |text| literal(dialect, &column.data_type, text));
            let value = match dialect {
                Dialect::Postgres => format!("CAST({literal} AS {})", column.native),
                _ => literal,
            };
            format!("{value} AS {}", quote(dialect, &column.name))
        });
        format!("SELECT {number} AS trial_number, {}", cells.collect::<Vec<_>>().join(", "))
    };
    let rows: Vec<String> = (start..end).map(row).collect();
    // MySQL warns where a row would be refused (text that is no JSON), and goes on with NULL.
    let passes = match dialect {
        Dialect::Mysql => {
            let columns = tried.columns.iter().map(|&column| quote(dialect, &table.columns[column].name));
            let absent: Vec<String> = columns.map(|name| format!("{name} IS NULL")).collect();
            format!("({condition}) IS TRUE OR ({condition}) IS NOT FALSE AND {}", absent.join(" AND "))
        }
        _ => format!("({condition}) IS NOT FALSE"),
    };
    format!(
        "SELECT CAST(t.trial_number AS {}) FROM ({}) AS t WHERE {passes}",
        match dialect {
            Dialect::Mysql => "SIGNED",
            _ => "bigint",
        },
        rows.join(" UNION ALL ")
    )
}

fn literal(dialect: Dialect, data_type: &DataType, text: &str) -> String {
    match data_type {
        DataType::Integer { .. } | DataType::Decimal { .. } | DataType::Numeric | DataType::Float { .. } => {
            text.to_owned()
        }
        DataType::Boolean if dialect != Dialect::Postgres => {
            (if text == "true" { "1" } else { "0" }).to_owned()
        }
        DataType::Array { .. } if dialect == Dialect::Postgres => {
            quote_text(dialect, &super::sql::array_literal(text).unwrap_or_else(|| text.to_owned()))
        }
        _ => quote_text(dialect, text),
    }
}
