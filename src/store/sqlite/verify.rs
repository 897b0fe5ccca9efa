//! Lets SQLite verify what was loaded.

use super::connection::Connection;
use super::introspect::{Types, introspect};
use super::sql;
use crate::error::{Error, Result};
use crate::schema::{Dialect, ForeignKey, Schema, Table, UniqueKey};
use crate::store::Verdict;
use crate::store::sql::{count_orphans, target_name};
use std::collections::BTreeMap;

/// One verdict per constraint of the filled tables, as the target has them, and per relation that only `seed.toml`
/// knows.
///
/// Foreign keys are verified by `PRAGMA foreign_key_check`, CHECKs by counting the rows for which they are false.
/// Unique keys were enforced by their indexes, row by row or when the index was built; `PRAGMA quick_check` then
/// looks at the tables as a whole.
pub(super) async fn verify(
    connection: &mut Connection,
    schema: &Schema,
    filled: &[usize],
) -> Result<Vec<Verdict>> {
    let target = introspect(connection, Types::Declared).await?;
    let mut verdicts = Vec::new();
    for &index in filled {
        let name = target_name(Dialect::Sqlite, schema, &schema.tables[index].name).name;
        let same = |table: &Table| table.name.name.eq_ignore_ascii_case(&name);
        let Some(there) = target.tables.iter().position(same) else { continue };
        keys(&target.tables[there], &mut verdicts);
        foreign_keys(connection, &target, there, &mut verdicts).await?;
        relations(connection, schema, index, &mut verdicts).await?;
        checks(connection, &target.tables[there], &mut verdicts).await?;
        quick_check(connection, &name).await?;
    }
    Ok(verdicts)
}

fn verdict(table: &Table, constraint: String, violations: u64) -> Verdict {
    Verdict { table: table.name.to_string(), constraint, violations }
}

fn keys(table: &Table, verdicts: &mut Vec<Verdict>) {
    if let Some(key) = &table.primary_key {
        let columns = table.column_names(&key.columns);
        verdicts.push(verdict(table, format!("PRIMARY KEY ({columns})"), 0));
    }
    for key in &table.uniques {
        let columns = key.expression.clone().unwrap_or_else(|| table.column_names(&key.columns));
        let condition =
            key.predicate.as_ref().map_or(String::new(), |predicate| format!(" WHERE {predicate}"));
        verdicts.push(verdict(table, format!("UNIQUE ({columns}){condition}"), 0));
    }
}

async fn foreign_keys(
    connection: &mut Connection,
    target: &Schema,
    index: usize,
    verdicts: &mut Vec<Verdict>,
) -> Result<()> {
    let table = &target.tables[index];
    if table.foreign_keys.is_empty() {
        return Ok(());
    }
    let broken = if table.foreign_keys.iter().all(|key| is_checkable(target, key)) {
        broken_keys(connection, table).await?
    } else {
        orphans(connection, target, index).await?
    };
    for (key, violations) in table.foreign_keys.iter().zip(broken) {
        let parent = &target.tables[key.parent].name;
        let constraint = format!("FOREIGN KEY ({}) → {parent}", table.column_names(&key.columns));
        verdicts.push(verdict(table, constraint, violations));
    }
    Ok(())
}

/// Whether the referenced columns are a key. SQLite lets other foreign keys be declared, but refuses to check them.
fn is_checkable(target: &Schema, key: &ForeignKey) -> bool {
    let sorted = |columns: &[usize]| {
        let mut columns = columns.to_vec();
        columns.sort_unstable();
        columns
    };
    let wanted = sorted(&key.parent_columns);
    let full = |unique: &&UniqueKey| unique.predicate.is_none() && unique.expression.is_none();
    target.tables[key.parent].unique_keys().filter(full).any(|unique| sorted(&unique.columns) == wanted)
}

/// Rows that `PRAGMA foreign_key_check` complains of, per foreign key of the schema.
async fn broken_keys(connection: &mut Connection, table: &Table) -> Result<Vec<u64>> {
    let doing = format!("checking the foreign keys of table {}", table.name);
    let name = sql::literal(&table.name.name);
    let mut columns_of: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let query = format!("SELECT id, \"from\" FROM pragma_foreign_key_list({name}) ORDER BY id, seq");
    for row in connection.rows(query, &doing).await? {
        columns_of.entry(connection.get(&row, 0)?).or_default().push(connection.get(&row, 1)?);
    }
    let mut broken = vec![0; table.foreign_keys.len()];
    let query = format!("SELECT fkid, count(*) FROM pragma_foreign_key_check({name}) GROUP BY fkid");
    for row in connection.rows(query, &doing).await? {
        let (id, rows): (i64, i64) = (connection.get(&row, 0)?, connection.get(&row, 1)?);
        let names = columns_of.get(&id).map(|columns| columns.join(", ")).unwrap_or_default();
        let place = table
            .foreign_keys
            .iter()
            .position(|key| table.column_names(&key.columns).eq_ignore_ascii_case(&names));
        if let Some(place) = place {
            broken[place] += rows.unsigned_abs();
        }
    }
    Ok(broken)
}

async fn orphans(connection: &mut Connection, target: &Schema, index: usize) -> Result<Vec<u64>> {
    let table = &target.tables[index];
    let doing = format!("checking the foreign keys of table {}", table.name);
    let mut broken = Vec::with_capacity(table.foreign_keys.len());
    for key in 0..table.foreign_keys.len() {
        broken.push(connection.number(count_orphans(Dialect::Sqlite, target, index, key), &doing).await?);
    }
    Ok(broken)
}

/// Relations that the database does not declare.
async fn relations(
    connection: &mut Connection,
    schema: &Schema,
    index: usize,
    verdicts: &mut Vec<Verdict>,
) -> Result<()> {
    let table = &schema.tables[index];
    for (place, key) in table.foreign_keys.iter().enumerate().filter(|(_, key)| !key.declared) {
        let doing = format!("checking the relations of table {}", table.name);
        let query = count_orphans(Dialect::Sqlite, schema, index, place);
        let violations = connection.number(query, &doing).await?;
        let constraint =
            format!("RELATION ({}) → {}", table.column_names(&key.columns), schema.tables[key.parent].name);
        verdicts.push(verdict(table, constraint, violations));
    }
    Ok(())
}

/// All CHECKs of a table in one pass.
async fn checks(connection: &mut Connection, table: &Table, verdicts: &mut Vec<Verdict>) -> Result<()> {
    if table.checks.is_empty() {
        return Ok(());
    }
    let doing = format!("verifying the checks of table {}", table.name);
    let counts: Vec<_> =
        table.checks.iter().map(|check| format!("coalesce(sum(NOT ({}\n)), 0)", check.expression)).collect();
    let query = format!("SELECT {} FROM {}", counts.join(", "), sql::quote(&table.name.name));
    let rows = connection.rows(query, &doing).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    for (place, check) in table.checks.iter().enumerate() {
        let violations: i64 = connection.get(row, place)?;
        verdicts.push(verdict(table, format!("CHECK ({})", check.expression), violations.unsigned_abs()));
    }
    Ok(())
}

/// Damage of the file itself, which is no matter of constraints.
async fn quick_check(connection: &mut Connection, table: &str) -> Result<()> {
    let query = format!("PRAGMA quick_check({})", sql::quote(table));
    let rows = connection.rows(query, "checking the file").await?;
    let first: Option<String> = rows.first().map(|row| connection.get(row, 0)).transpose()?;
    match first.as_deref() {
        None | Some("ok") => Ok(()),
        Some(found) => {
            Err(Error::target_failed(format!("SQLite's quick_check finds fault with table {table}: {found}"))
                .hint("load again with --truncate; if it comes back, check the disk"))
        }
    }
}
