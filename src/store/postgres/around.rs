//! What stands around tables that are filled: row-level security that binds even their owner, and materialised views over them.

use super::failure::failed;
use super::load::Load;
use super::sql;
use super::strip::Saved;
use super::wire::id_array;
use crate::error::{Error, ErrorKind, Result};
use sqlx::Row;
use sqlx::postgres::PgConnection;

fn unreadable(cause: sqlx::Error) -> Error {
    failed(ErrorKind::Target, "cannot read the catalogs of the target", cause)
}

/// Lets the owner of tables see and write all of their rows until the end of the transaction's work: COPY is refused where row-level
/// security is forced on the owner, and rows that a policy hides would pass for none.
pub(super) async fn lift_row_security(connection: &mut PgConnection, ids: &[i64]) -> Result<Vec<Saved>> {
    let query = format!(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relforcerowsecurity AND c.oid = ANY({}) ORDER BY 1",
        id_array(ids.iter().copied())
    );
    let mut saved = Vec::new();
    for relation in sql::query_texts(connection, &query).await.map_err(unreadable)? {
        let what = format!("row-level security of table {relation}");
        let lift = format!("ALTER TABLE {relation} NO FORCE ROW LEVEL SECURITY");
        sql::execute(connection, &lift)
            .await
            .map_err(|cause| failed(ErrorKind::Target, format!("cannot put aside {what}"), cause))?;
        let back = format!("ALTER TABLE {relation} FORCE ROW LEVEL SECURITY");
        saved.push(Saved { what, statements: vec![back] });
    }
    Ok(saved)
}

/// Tables whose rows row-level security hides from the user, with the user's name.
pub(super) async fn hidden_rows(connection: &mut PgConnection) -> sqlx::Result<Vec<(String, String)>> {
    let query = "SELECT c.oid::regclass::text, current_user::text FROM pg_class c \
         WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND row_security_active(c.oid) ORDER BY 1";
    sql::query(connection, query).await?.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Materialised views over filled tables, those that others are made of first.
const VIEWS: &str = "WITH RECURSIVE above(id, depth) AS ( \
        SELECT DISTINCT r.ev_class, 1 FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid \
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass \
                AND d.refobjid = ANY($ids) AND r.ev_class <> d.refobjid \
        UNION SELECT r.ev_class, a.depth + 1 FROM above a JOIN pg_depend d ON d.refobjid = a.id \
            AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass \
            JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> a.id WHERE a.depth < 50) \
     SELECT c.oid::regclass::text FROM above a JOIN pg_class c ON c.oid = a.id \
     WHERE c.relkind = 'm' AND c.relispopulated GROUP BY c.oid ORDER BY max(a.depth), 1";

/// Refreshes materialised views that show filled tables. One that refuses the new rows stays as it was, and is named in the log.
pub(super) async fn refresh_views(connection: &mut PgConnection, load: &Load) -> Result<()> {
    let ids = id_array(load.tables.iter().flatten().map(|table| table.id));
    let views = sql::query_texts(connection, &VIEWS.replace("$ids", &ids)).await.map_err(unreadable)?;
    for view in views {
        let refresh =
            format!("SAVEPOINT seed_view; REFRESH MATERIALIZED VIEW {view}; RELEASE SAVEPOINT seed_view");
        if let Err(cause) = sql::execute(connection, &refresh).await {
            tracing::warn!(
                "materialised view {view} is left as it was, since it cannot be refreshed: {cause}"
            );
            sql::execute(connection, "ROLLBACK TO SAVEPOINT seed_view; RELEASE SAVEPOINT seed_view")
                .await
                .map_err(|cause| failed(ErrorKind::Target, "cannot go on after refreshing a view", cause))?;
        }
    }
    Ok(())
}
