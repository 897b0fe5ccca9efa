//! What is taken away from existing tables while they are filled, with what puts it back.
//!
//! All of it happens in the transaction of the load: if the load fails, nothing was ever gone.

use super::failure::{code, failed};
use super::keys::whole_definition;
use super::load::Filled;
use super::sql;
use super::wire::id_array;
use crate::error::{Error, ErrorKind, Result};
use crate::store::ExistingRows;
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

/// From so many rows on it pays to build keys and indexes anew; below, they are better left in peace.
const WORTH_REBUILDING: u64 = 20_000;

/// What has to be put back.
#[derive(Debug, Default)]
pub(super) struct Stripped {
    /// Primary and unique keys, and indexes.
    pub(super) keys: Vec<Saved>,
    /// Foreign keys.
    pub(super) foreign_keys: Vec<Saved>,
    /// Triggers.
    pub(super) triggers: Vec<Saved>,
}

/// One thing that was taken away.
#[derive(Debug)]
pub(super) struct Saved {
    /// What it is, for messages: `foreign key orders_customer_id_fkey of table orders`.
    pub(super) what: String,
    /// The statements that put it back.
    pub(super) statements: Vec<String>,
}

/// Empties tables where that is wanted, and takes away foreign keys, triggers, and keys that are cheaper to rebuild.
pub(super) async fn strip(
    connection: &mut PgConnection,
    tables: &mut [Option<Filled>],
    rows: ExistingRows,
) -> Result<Stripped> {
    let ids: Vec<i64> =
        tables.iter().flatten().filter(|table| !table.created).map(|table| table.id).collect();
    if ids.is_empty() {
        return Ok(Stripped::default());
    }
    let emptied = rows != ExistingRows::Append;
    let foreign_keys = foreign_keys(connection, &ids, emptied).await?;
    let triggers = triggers(connection, &ids).await?;
    if emptied {
        let names: Vec<_> = tables
            .iter()
            .flatten()
            .filter(|table| !table.created)
            .map(|table| format!("{}{}", if table.partitioned { "" } else { "ONLY " }, table.relation))
            .collect();
        // Under `Refuse` the tables are empty; to truncate them lets rows be written frozen.
        run(connection, &format!("TRUNCATE {}", names.join(", ")), "cannot empty the tables of the target")
            .await?;
        tables.iter_mut().flatten().for_each(|table| table.fresh = true);
    }
    let mut keys = Vec::new();
    for table in tables.iter().flatten().filter(|table| !table.created && !table.partitioned) {
        if table.rows >= WORTH_REBUILDING && (emptied || is_smaller(connection, table).await?) {
            keys.extend(keys_of(connection, table).await?);
        }
    }
    Ok(Stripped { keys, foreign_keys, triggers })
}

async fn run(connection: &mut PgConnection, statement: &str, doing: &str) -> Result<()> {
    sql::execute(connection, statement).await.map_err(|cause| failed(ErrorKind::Target, doing, cause))
}

fn unreadable(cause: sqlx::Error) -> Error {
    failed(ErrorKind::Target, "cannot read the constraints of the target", cause)
}

/// Whether an appended-to table holds fewer rows than will be written: else its indexes are kept up row by row.
async fn is_smaller(connection: &mut PgConnection, table: &Filled) -> Result<bool> {
    let limit = table.rows;
    let query = format!("SELECT count(*) FROM (SELECT FROM ONLY {} LIMIT {limit}) r", table.relation);
    Ok(sql::query_number(connection, &query).await.map_err(unreadable)?.unsigned_abs() < limit)
}

/// Drops the foreign keys of the tables and their partitions; where tables are emptied, also those that refer to them
/// (from tables without rows, as `check` has seen to it: the server would refuse to empty a referenced table). They come in the order
/// of the numbers at the end of their names: the server numbers what a reference to a partitioned table is made of, and must not find
/// a name free that is put back later.
async fn foreign_keys(connection: &mut PgConnection, ids: &[i64], emptied: bool) -> Result<Vec<Saved>> {
    let ids = id_array(ids.iter().copied());
    let incoming = if emptied { format!("OR k.confrelid = ANY({ids})") } else { String::new() };
    let query = format!(
        "SELECT k.conrelid::regclass::text AS relation, k.conname::text AS name, pg_get_constraintdef(k.oid) AS definition, \
            obj_description(k.oid, 'pg_constraint') AS comment \
         FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY({ids}) \
            OR k.conrelid IN (SELECT p.relid FROM unnest({ids}) AS t(id), pg_partition_tree(t.id) AS p) {incoming}) \
         ORDER BY 1, coalesce(substring(k.conname FROM '[0-9]+$')::numeric, 0), 2"
    );
    let mut saved = Vec::new();
    for row in sql::query(connection, &query).await.map_err(unreadable)? {
        let constraint = constraint(&row, "foreign key").map_err(unreadable)?;
        run(connection, &constraint.drop, &format!("cannot put aside {}", constraint.saved.what)).await?;
        saved.push(constraint.saved);
    }
    Ok(saved)
}

struct Dropped {
    drop: String,
    saved: Saved,
}

fn constraint(row: &PgRow, kind: &str) -> sqlx::Result<Dropped> {
    let (relation, name, definition): (String, String, String) =
        (row.try_get("relation")?, row.try_get("name")?, row.try_get("definition")?);
    let quoted = sql::quote(&name);
    let mut statements = vec![format!("ALTER TABLE {relation} ADD CONSTRAINT {quoted} {definition}")];
    if let Some(comment) = row.try_get::<Option<String>, _>("comment")? {
        statements
            .push(format!("COMMENT ON CONSTRAINT {quoted} ON {relation} IS {}", sql::literal(&comment)));
    }
    Ok(Dropped {
        drop: format!("ALTER TABLE {relation} DROP CONSTRAINT {quoted}"),
        saved: Saved { what: format!("{kind} {name} of table {relation}"), statements },
    })
}

/// Switches user triggers off, and remembers in which of its three ways each was on.
async fn triggers(connection: &mut PgConnection, ids: &[i64]) -> Result<Vec<Saved>> {
    let ids = id_array(ids.iter().copied());
    let query = format!(
        "SELECT t.tgrelid::regclass::text AS relation, t.tgname::text AS name, t.tgenabled::text AS enabled \
         FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' \
            AND coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0' AND (t.tgrelid = ANY({ids}) \
            OR t.tgrelid IN (SELECT p.relid FROM unnest({ids}) AS r(id), pg_partition_tree(r.id) AS p)) ORDER BY 1, 2"
    );
    let mut saved = Vec::new();
    for row in sql::query(connection, &query).await.map_err(unreadable)? {
        let relation: String = row.try_get("relation").map_err(unreadable)?;
        let name: String = row.try_get("name").map_err(unreadable)?;
        let quoted = sql::quote(&name);
        let how = match row.try_get::<&str, _>("enabled").map_err(unreadable)? {
            "R" => "ENABLE REPLICA",
            "A" => "ENABLE ALWAYS",
            _ => "ENABLE",
        };
        let what = format!("trigger {name} of table {relation}");
        let disable = format!("ALTER TABLE {relation} DISABLE TRIGGER {quoted}");
        run(connection, &disable, &format!("cannot switch off {what}")).await?;
        saved
            .push(Saved { what, statements: vec![format!("ALTER TABLE {relation} {how} TRIGGER {quoted}")] });
    }
    Ok(saved)
}

/// Drops keys and indexes of a table as far as they can be put back just as they were: not the replica identity, not
/// the order of CLUSTER, nothing in a tablespace of its own, and nothing that something else depends on.
async fn keys_of(connection: &mut PgConnection, table: &Filled) -> Result<Vec<Saved>> {
    let query = format!(
        "SELECT i.indrelid::regclass::text AS relation, i.indexrelid::regclass::text AS index, \
            coalesce(k.conname, x.relname)::text AS name, k.oid IS NOT NULL AS is_constraint, \
            coalesce(pg_get_constraintdef(k.oid), pg_get_indexdef(i.indexrelid)) AS definition, \
            CASE WHEN k.oid IS NULL THEN obj_description(x.oid, 'pg_class') ELSE obj_description(k.oid, 'pg_constraint') END AS comment \
         FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid \
         LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u') \
         WHERE i.indrelid = {} AND i.indisvalid AND NOT i.indisexclusion AND NOT i.indisreplident AND NOT i.indisclustered \
            AND x.reltablespace = 0 ORDER BY i.indisprimary DESC, 3",
        table.id
    );
    let mut saved = Vec::new();
    for row in sql::query(connection, &query).await.map_err(unreadable)? {
        let dropped = if row.try_get("is_constraint").map_err(unreadable)? {
            constraint(&row, "key").map_err(unreadable)?
        } else {
            index(&row).map_err(unreadable)?
        };
        let attempt = format!("SAVEPOINT seed_key; {}", dropped.drop);
        match sql::execute(connection, &attempt).await {
            Ok(()) => {
                run(connection, "RELEASE SAVEPOINT seed_key", "cannot go on after putting a key aside")
                    .await?;
                saved.push(dropped.saved);
            }
            // A view or a foreign key of another table hangs on it: it stays, and is kept up row by row.
            Err(cause) if code(&cause) == Some("2BP01") => {
                let back = "ROLLBACK TO SAVEPOINT seed_key; RELEASE SAVEPOINT seed_key";
                run(connection, back, "cannot go on after leaving a key in place").await?;
            }
            Err(cause) => {
                let doing = format!("cannot put aside {}", dropped.saved.what);
                return Err(failed(ErrorKind::Target, doing, cause));
            }
        }
    }
    Ok(saved)
}

fn index(row: &PgRow) -> sqlx::Result<Dropped> {
    let (relation, index, definition): (String, String, String) =
        (row.try_get("relation")?, row.try_get("index")?, row.try_get("definition")?);
    let mut statements = vec![whole_definition(&definition)];
    if let Some(comment) = row.try_get::<Option<String>, _>("comment")? {
        statements.push(format!("COMMENT ON INDEX {index} IS {}", sql::literal(&comment)));
    }
    let what = format!("index {index} of table {relation}");
    Ok(Dropped { drop: format!("DROP INDEX {index}"), saved: Saved { what, statements } })
}
