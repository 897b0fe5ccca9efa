//! What the target says of the constraints after the load.

use super::failure::failed;
use super::introspect;
use super::load::Load;
use super::sql;
use crate::error::{ErrorKind, Result};
use crate::schema::{Dialect, ForeignKey, Schema, Table, UniqueKey};
use crate::store::Verdict;
use crate::store::sql as ddl;
use sqlx::postgres::PgConnection;
use std::collections::HashSet;

/// Asks the target about every key and condition of the source. What stands in the target as a validated constraint
/// holds because the server checked it a moment ago or on every row; the rest is counted.
pub(super) async fn verify(connection: &mut PgConnection, load: &Load) -> Result<Vec<Verdict>> {
    let problem = |cause| failed(ErrorKind::Target, "cannot verify the constraints of the target", cause);
    let catalog = introspect::read(connection).await.map_err(problem)?;
    let unproven: HashSet<String> =
        sql::query_texts(connection, "SELECT conname::text FROM pg_constraint WHERE NOT convalidated")
            .await
            .map_err(problem)?
            .into_iter()
            .collect();
    let mut verdicts = Vec::new();
    for (index, filled) in load.tables.iter().enumerate() {
        let Some(filled) = filled else { continue };
        let Some(found) = catalog.ids.iter().position(|&id| id == filled.id) else { continue };
        let source = &load.schema.tables[index];
        let target = proven(&catalog.schema.tables[found], &unproven);
        for (constraint, query) in questions(load, index, &filled.relation, &catalog.schema, &target) {
            let violations = match query {
                None => 0,
                Some(query) => sql::query_number(connection, &query).await.map_err(problem)?.unsigned_abs(),
            };
            verdicts.push(Verdict { table: source.name.to_string(), constraint, violations });
        }
    }
    Ok(verdicts)
}

/// The table without those constraints that the server has not checked on every row (`NOT VALID`).
fn proven(table: &Table, unproven: &HashSet<String>) -> Table {
    let mut table = table.clone();
    let is_proven = |name: &Option<String>| !name.as_ref().is_some_and(|name| unproven.contains(name));
    table.foreign_keys.retain(|key| is_proven(&key.name));
    table.checks.retain(|check| is_proven(&check.name));
    table
}

/// Every constraint of a table of the source, and the query that counts the rows that break it; none where the
/// target itself vouches for it.
fn questions(
    load: &Load,
    index: usize,
    relation: &str,
    target_schema: &Schema,
    target: &Table,
) -> Vec<(String, Option<String>)> {
    let source = &load.schema.tables[index];
    let mut questions = Vec::new();
    for key in source.unique_keys() {
        let shown = shown_key(source, key);
        if has_unique_key(source, key, target) {
            questions.push((shown, None));
        } else if key.expression.is_none() && key.predicate.is_none() {
            questions.push((shown, Some(count_duplicates(source, key, relation))));
        }
    }
    for check in &source.checks {
        if target.checks.iter().any(|own| own.name == check.name || own.expression == check.expression) {
            questions.push((format!("CHECK ({})", check.expression), None));
        }
    }
    for (number, key) in source.foreign_keys.iter().enumerate() {
        let parent = &load.schema.tables[key.parent];
        let shown = format!("FOREIGN KEY ({}) → {}", source.column_names(&key.columns), parent.name);
        let vouched = has_foreign_key(&load.schema, index, key, target_schema, target);
        let query = || ddl::count_orphans(Dialect::Postgres, &load.schema, index, number);
        questions.push((shown, (!vouched).then(query)));
    }
    questions
}

fn shown_key(table: &Table, key: &UniqueKey) -> String {
    let is_primary = table.primary_key.as_ref() == Some(key);
    let columns = key.expression.clone().unwrap_or_else(|| table.column_names(&key.columns));
    let condition = key.predicate.as_ref().map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
    format!("{} ({columns}){condition}", if is_primary { "PRIMARY KEY" } else { "UNIQUE" })
}

/// The columns' names as the target stores them, sorted: the order changes nothing about uniqueness.
fn stored_names(table: &Table, columns: &[usize]) -> Vec<String> {
    let mut names: Vec<String> = columns
        .iter()
        .map(|&column| ddl::identifier(Dialect::Postgres, &table.columns[column].name).into_owned())
        .collect();
    names.sort();
    names
}

fn has_unique_key(source: &Table, key: &UniqueKey, target: &Table) -> bool {
    target.unique_keys().any(|own| {
        stored_names(source, &key.columns) == stored_names(target, &own.columns)
            && own.expression == key.expression
            && (own.predicate == key.predicate || own.predicate.is_none())
    })
}

/// Whether a table of the target has the same foreign key.
pub(super) fn has_foreign_key(
    schema: &Schema,
    table: usize,
    key: &ForeignKey,
    target_schema: &Schema,
    target: &Table,
) -> bool {
    let parent = ddl::target_name(Dialect::Postgres, schema, &schema.tables[key.parent].name);
    let pairs = |child: &Table, parent: &Table, key: &ForeignKey| {
        let stored = |name: &str| ddl::identifier(Dialect::Postgres, name).into_owned();
        let mut pairs: Vec<_> = key
            .columns
            .iter()
            .zip(&key.parent_columns)
            .map(|(&own, &theirs)| (stored(&child.columns[own].name), stored(&parent.columns[theirs].name)))
            .collect();
        pairs.sort();
        pairs
    };
    let wanted = pairs(&schema.tables[table], &schema.tables[key.parent], key);
    target.foreign_keys.iter().any(|own| {
        let own_parent = &target_schema.tables[own.parent];
        own_parent.name == parent && pairs(target, own_parent, own) == wanted
    })
}

fn count_duplicates(table: &Table, key: &UniqueKey, relation: &str) -> String {
    let columns = stored_names(table, &key.columns).iter().map(|name| sql::quote(name)).collect::<Vec<_>>();
    let present = if key.nulls_distinct {
        let conditions: Vec<_> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
        format!(" WHERE {}", conditions.join(" AND "))
    } else {
        String::new()
    };
    format!(
        "SELECT coalesce(sum(d.n - 1), 0)::int8 FROM (SELECT count(*) AS n FROM {relation}{present} GROUP BY {} HAVING count(*) > 1) d",
        columns.join(", ")
    )
}
