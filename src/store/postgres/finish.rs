//! The end of a load: statistics, keys and indexes, foreign keys, triggers, sequences, commit.

use super::failure::failed;
use super::load::{Filled, Load};
use super::sql;
use super::strip::Saved;
use super::wire::id_array;
use super::{around, create};
use crate::error::{ErrorKind, Result};
use crate::schema::Dialect;
use crate::store::sql as ddl;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;

/// Everything up to and with COMMIT. After an error the transaction is good for nothing but ROLLBACK.
pub(super) async fn complete(connection: &mut PgConnection, load: &Load) -> Result<()> {
    // Tables with checks that wait for the end cannot be altered: let them be made now.
    run(connection, &["SET CONSTRAINTS ALL IMMEDIATE".to_owned()], "cannot check the deferred constraints")
        .await?;
    analyze(connection, load).await?;
    put_back(connection, &load.stripped.keys).await?;
    for table in created(load) {
        let statements = possible(load, create::keys(&load.schema, table));
        let doing = format!("cannot add the keys and indexes of table {}", name(load, table));
        run(connection, &statements, &doing).await?;
    }
    put_back(connection, &load.stripped.foreign_keys).await?;
    for table in created(load) {
        let keys = ddl::add_foreign_keys(Dialect::Postgres, &load.schema, table);
        let doing = format!("cannot add the foreign keys of table {}", name(load, table));
        run(connection, &possible(load, keys.statements), &doing).await?;
    }
    put_back(connection, &load.stripped.triggers).await?;
    sequences(connection, load).await?;
    around::refresh_views(connection, load).await?;
    put_back(connection, &load.row_security).await?;
    run(connection, &["COMMIT".to_owned()], "cannot commit the load").await
}

fn created(load: &Load) -> impl Iterator<Item = usize> {
    let is_created = |(index, table): (usize, &Option<Filled>)| {
        table.as_ref().filter(|table| table.created).map(|_| index)
    };
    load.tables.iter().enumerate().filter_map(is_created)
}

/// The statements that the target was found able to run.
fn possible(load: &Load, mut statements: Vec<String>) -> Vec<String> {
    statements.retain(|statement| !load.left_out.contains(statement));
    statements
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
              ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass \
           UNION SELECT f.adrelid, f.adnum, to_regclass(m.found[1])::oid FROM pg_attrdef f CROSS JOIN LATERAL \
              (SELECT regexp_match(pg_get_expr(f.adbin, f.adrelid), '^nextval\\(\\(''([^'']+)''::text\\)::regclass\\)$') AS found) m WHERE m.found IS NOT NULL) o \
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
