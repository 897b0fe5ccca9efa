//! Lets SQLite verify what was loaded.

use super::connection::Connection;
use super::introspect::{Types, introspect};
use super::sql;
use crate::error::{Error, Result};
use crate::schema::{Dialect, Schema, Table};
use crate::store::Verdict;
use crate::store::sql::{count_orphans, target_name};

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
    let doing = format!("checking the foreign keys of table {}", table.name);
    let name = sql::literal(&table.name.name);
    let of_keys = format!("SELECT count(DISTINCT id) FROM pragma_foreign_key_list({name})");
    let declared = connection.number(of_keys, &doing).await?;
    let query = format!("SELECT fkid, count(*) FROM pragma_foreign_key_check({name}) GROUP BY fkid");
    let mut broken = vec![0; table.foreign_keys.len()];
    for row in connection.rows(query, &doing).await? {
        let (id, rows): (i64, i64) = (connection.get(&row, 0)?, connection.get(&row, 1)?);
        // SQLite numbers from the last declared key to the first; the schema lists them as declared.
        let place = declared.checked_sub(id.unsigned_abs() + 1).and_then(|place| usize::try_from(place).ok());
        if let Some(count) = place.and_then(|place| broken.get_mut(place)) {
            *count += rows.unsigned_abs();
        }
    }
    for (key, violations) in table.foreign_keys.iter().zip(broken) {
        let constraint = format!(
            "FOREIGN KEY ({}) → {}",
            table.column_names(&key.columns),
            target.tables[key.parent].name
        );
        verdicts.push(verdict(table, constraint, violations));
    }
    Ok(())
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
