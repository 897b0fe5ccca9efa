//! After the load: numbering, and the target's verdict on every constraint.

use super::connect::Server;
use super::load::{Load, Loaded};
use super::{fit, sql};
use crate::error::Result;
use crate::schema::{Dialect, Identity, Table, UniqueKey};
use crate::store::{Verdict, sql as shared};

/// Moves AUTO_INCREMENT past the greatest key.
pub(super) async fn advance_numbering(server: &mut Server, table: &Table) -> Result<()> {
    let numbered = table.columns.iter().find(|column| column.identity == Some(Identity::AutoIncrement));
    let Some(column) = numbered else { return Ok(()) };
    let name = sql::ident(&table.name.name);
    let column = sql::ident(&column.name);
    let doing = format!("move the numbering of {}", table.name);
    // The counter is set to 1 where there is no key above 0.
    let query = format!("SELECT CAST(GREATEST(COALESCE(MAX({column}), 0), 0) AS UNSIGNED) FROM {name}");
    let last = server.number(&query, &doing).await?;
    server.run(&format!("ALTER TABLE {name} AUTO_INCREMENT = {}", last.saturating_add(1)), &doing).await
}

/// Every constraint of the tables that were loaded. Foreign keys were off during the load and are counted by
/// anti-joins; what the engine itself enforced on every row holds; what the target's own table does not have is counted.
pub(super) async fn verdicts(server: &mut Server, load: &Load) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for loaded in &load.tables {
        let table = &load.schema.tables[loaded.source];
        let mut say = |constraint: String, violations: u64| {
            verdicts.push(Verdict { table: table.name.to_string(), constraint, violations });
        };
        let doing = format!("verify the constraints of {}", table.name);
        for key in table.unique_keys().filter(|key| key.predicate.is_none() && !key.columns.is_empty()) {
            let primary = table.primary_key.as_ref() == Some(key);
            let label = if primary { "PRIMARY KEY" } else { "UNIQUE" };
            let violations = match enforced(load, loaded, key) {
                true => 0,
                false => server.number(&duplicates(load, loaded, key), &doing).await?,
            };
            say(format!("{label} ({})", table.column_names(&key.columns)), violations);
        }
        for (at, key) in table.foreign_keys.iter().enumerate() {
            let query = shared::count_orphans(Dialect::Mysql, &load.schema, loaded.source, at);
            let parent = &load.schema.tables[key.parent].name;
            let label = format!("FOREIGN KEY ({}) → {parent}", table.column_names(&key.columns));
            say(label, server.number(&query, &doing).await?);
        }
        for (expression, violations) in checks(server, load, loaded, &doing).await? {
            say(format!("CHECK ({expression})"), violations);
        }
    }
    Ok(verdicts)
}

/// Whether the target's table has this very key, so that no row could break it.
fn enforced(load: &Load, loaded: &Loaded, key: &UniqueKey) -> bool {
    let there = &load.target.tables[loaded.target];
    let names = |table: &Table, columns: &[usize]| {
        let mut names: Vec<String> = columns
            .iter()
            .map(|&at| shared::identifier(Dialect::Mysql, &table.columns[at].name).to_lowercase())
            .collect();
        names.sort_unstable();
        names
    };
    let wanted = names(&load.schema.tables[loaded.source], &key.columns);
    there.unique_keys().any(|own| !own.columns.is_empty() && names(there, &own.columns) == wanted)
}

/// A query that counts the rows that share a key with an earlier one.
fn duplicates(load: &Load, loaded: &Loaded, key: &UniqueKey) -> String {
    let table = &load.schema.tables[loaded.source];
    let there = &load.target.tables[loaded.target];
    let columns: Vec<String> = key
        .columns
        .iter()
        .filter_map(|&at| fit::find(there, &table.columns[at].name))
        .map(|column| sql::ident(&column.name))
        .collect();
    let present: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    format!(
        "SELECT CAST(COALESCE(SUM(d.times - 1), 0) AS UNSIGNED) \
         FROM (SELECT COUNT(*) AS times FROM {} WHERE {} GROUP BY {} HAVING COUNT(*) > 1) d",
        sql::ident(&there.name.name),
        present.join(" AND "),
        columns.join(", ")
    )
}

/// CHECKs of the source and the rows that break them. Those of another engine's schema that could not be carried over
/// were noted in the plan; the target has no verdict on them.
async fn checks(
    server: &mut Server,
    load: &Load,
    loaded: &Loaded,
    doing: &str,
) -> Result<Vec<(String, u64)>> {
    let there = &load.target.tables[loaded.target];
    if load.schema.dialect != Dialect::Mysql {
        return Ok(there.checks.iter().map(|check| (check.expression.clone(), 0)).collect());
    }
    let mut found = Vec::new();
    for check in &load.schema.tables[loaded.source].checks {
        let has = loaded.created || there.checks.iter().any(|own| own.expression == check.expression);
        let violations = if has {
            0
        } else {
            let name = sql::ident(&there.name.name);
            server
                .number(&format!("SELECT COUNT(*) FROM {name} WHERE NOT ({})", check.expression), doing)
                .await?
        };
        found.push((check.expression.clone(), violations));
    }
    Ok(found)
}
