//! The end of a load: keys and indexes, foreign keys, triggers, sequences, statistics, commit, verdicts.

use super::failure::failed;
use super::introspect;
use super::load::{Filled, Load};
use super::sql;
use super::strip::Saved;
use super::wire::id_array;
use crate::error::{ErrorKind, Result};
use crate::schema::{Dialect, ForeignKey, Schema, Table, UniqueKey};
use crate::store::Verdict;
use crate::store::sql as ddl;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::{BTreeMap, HashSet};

/// Everything up to and with COMMIT. After an error the transaction is good for nothing but ROLLBACK.
pub(super) async fn complete(connection: &mut PgConnection, load: &Load) -> Result<()> {
    analyze(connection, load).await?;
    put_back(connection, &load.stripped.keys).await?;
    for table in created(load) {
        let keys = ddl::add_keys(Dialect::Postgres, &load.schema, table);
        run(connection, &keys.statements, &format!("cannot add the keys of table {}", name(load, table)))
            .await?;
        let indexes = ddl::add_indexes(Dialect::Postgres, &load.schema, table);
        run(
            connection,
            &indexes.statements,
            &format!("cannot add the indexes of table {}", name(load, table)),
        )
        .await?;
    }
    put_back(connection, &load.stripped.foreign_keys).await?;
    for table in created(load) {
        let keys = ddl::add_foreign_keys(Dialect::Postgres, &load.schema, table);
        let doing = format!("cannot add the foreign keys of table {}", name(load, table));
        run(connection, &keys.statements, &doing).await?;
    }
    put_back(connection, &load.stripped.triggers).await?;
    sequences(connection, load).await?;
    run(connection, &["COMMIT".to_owned()], "cannot commit the load").await
}

fn created(load: &Load) -> impl Iterator<Item = usize> {
    let is_created = |(index, table): (usize, &Option<Filled>)| {
        table.as_ref().filter(|table| table.created).map(|_| index)
    };
    load.tables.iter().enumerate().filter_map(is_created)
}

fn name(load: &Load, table: usize) -> String {
    load.schema.tables[table].name.to_string()
}

async fn run(connection: &mut PgConnection, statements: &[String], doing: &str) -> Result<()> {
    for statement in statements {
        sql::execute(connection, statement)
            .await
            .map_err(|cause| failed(ErrorKind::Target, format!("{doing} of the target"), cause))?;
    }
    Ok(())
}

async fn put_back(connection: &mut PgConnection, saved: &[Saved]) -> Result<()> {
    for saved in saved {
        run(connection, &saved.statements, &format!("cannot put back {}", saved.what)).await?;
    }
    Ok(())
}

/// Statistics come before the keys: to check a foreign key the server joins the two tables, and plans that join.
async fn analyze(connection: &mut PgConnection, load: &Load) -> Result<()> {
    let names: Vec<_> = load.tables.iter().flatten().map(|table| table.relation.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    run(connection, &[format!("ANALYZE {}", names.join(", "))], "cannot refresh the statistics").await
}

/// Sequences behind columns of the filled tables: owned ones (serial, identity) and those in a default.
const SEQUENCES: &str = "SELECT o.refobjid::regclass::text AS relation, a.attname::text AS column, o.objid::regclass::text AS sequence, \
        s.seqincrement > 0 AS ascending, s.seqmin AS least, s.seqmax AS most \
     FROM (SELECT d.refobjid, d.refobjsubid AS number, d.objid FROM pg_depend d \
              WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') \
           UNION SELECT f.adrelid, f.adnum, d.refobjid FROM pg_attrdef f JOIN pg_depend d \
              ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass) o \
     JOIN pg_sequence s ON s.seqrelid = o.objid \
     JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.number AND NOT a.attisdropped \
     JOIN pg_type t ON t.oid = a.atttypid AND t.typcategory = 'N' WHERE o.refobjid = ANY";

/// Moves every sequence past the last number in use, never back: another table may draw from it, and unlike all else
/// here this is not undone by a rollback.
async fn sequences(connection: &mut PgConnection, load: &Load) -> Result<()> {
    let problem = |cause| failed(ErrorKind::Target, "cannot move the sequences of the target", cause);
    let ids = id_array(load.tables.iter().flatten().map(|table| table.id));
    let mut users: BTreeMap<String, (bool, i64, i64, Vec<String>)> = BTreeMap::new();
    for row in
        sql::query(connection, &format!("{SEQUENCES}({ids}) ORDER BY 3, 1, 2")).await.map_err(problem)?
    {
        let get = |column| row.try_get::<String, _>(column).map_err(problem);
        let ascending: bool = row.try_get("ascending").map_err(problem)?;
        let bounds = (row.try_get("least").map_err(problem)?, row.try_get("most").map_err(problem)?);
        let function = if ascending { "max" } else { "min" };
        let last =
            format!("(SELECT {function}({})::int8 FROM {})", sql::quote(&get("column")?), get("relation")?);
        let entry = users.entry(get("sequence")?).or_insert((ascending, bounds.0, bounds.1, Vec::new()));
        entry.3.push(last);
    }
    for (sequence, (ascending, least, most, numbers)) in users {
        let (farthest, beyond) = if ascending { ("greatest", ">=") } else { ("least", "<=") };
        let statement = format!(
            "SELECT setval({}, least(greatest(n.last, {least}::int8), {most}::int8)) FROM (SELECT {farthest}({}) AS last) n, {sequence} s \
             WHERE n.last {beyond} s.last_value",
            sql::literal(&sequence),
            numbers.join(", "),
        );
        sql::execute(connection, &statement).await.map_err(problem)?;
    }
    Ok(())
}

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
        let (source, target) = (&load.schema.tables[index], &catalog.schema.tables[found]);
        let mut verdict = |constraint: String, violations: u64| {
            verdicts.push(Verdict { table: source.name.to_string(), constraint, violations });
        };
        for key in source.unique_keys() {
            let shown = shown_key(source, key);
            if has_unique_key(source, key, target) {
                verdict(shown, 0);
            } else if key.expression.is_none() && key.predicate.is_none() {
                let query = count_duplicates(source, key, &filled.relation);
                verdict(shown, sql::query_number(connection, &query).await.map_err(problem)?.unsigned_abs());
            }
        }
        for check in &source.checks {
            let same =
                |own: &crate::schema::Check| own.name == check.name || own.expression == check.expression;
            if target
                .checks
                .iter()
                .any(|own| same(own) && !own.name.as_ref().is_some_and(|name| unproven.contains(name)))
            {
                verdict(format!("CHECK ({})", check.expression), 0);
            }
        }
        for (number, key) in source.foreign_keys.iter().enumerate() {
            let parent = &load.schema.tables[key.parent];
            let shown = format!("FOREIGN KEY ({}) → {}", source.column_names(&key.columns), parent.name);
            let proven = has_foreign_key(&load.schema, index, key, &catalog.schema, target)
                && !key.name.as_ref().is_some_and(|name| unproven.contains(name));
            if proven {
                verdict(shown, 0);
            } else {
                let query = ddl::count_orphans(Dialect::Postgres, &load.schema, index, number);
                verdict(shown, sql::query_number(connection, &query).await.map_err(problem)?.unsigned_abs());
            }
        }
    }
    Ok(verdicts)
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
