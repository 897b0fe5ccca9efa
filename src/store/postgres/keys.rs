//! Primary, unique and foreign keys, and indexes, out of `pg_constraint` and `pg_index`.

use super::introspect::Draft;
use super::sql;
use crate::schema::{Action, Deferrable, Exclusion, ForeignKey, Index, UniqueKey};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use std::collections::HashMap;

/// Valid indexes with the constraint behind them. `indnullsnotdistinct` came with version 15; read through JSON its
/// absence is NULL instead of an error. Exclusion constraints are no keys and no plain indexes: they are read apart.
const INDEXES: &str = "SELECT i.indrelid::int8 AS relation, x.relname::text AS name, i.indisprimary AS is_primary, \
        i.indisunique AS is_unique, k.conname IS NOT NULL AS is_constraint, m.amname::text AS method, \
        (i.indkey::int2[])[0:i.indnkeyatts - 1] AS attributes, \
        pg_get_expr(i.indpred, i.indrelid) AS predicate, pg_get_indexdef(i.indexrelid) AS definition, \
        i.indnatts > i.indnkeyatts AS covers_more, \
        EXISTS (SELECT FROM unnest(i.indoption::int2[]) AS o WHERE o <> 0) AS unusual_order, \
        EXISTS (SELECT FROM unnest(i.indclass::oid[]) AS u JOIN pg_opclass oc ON oc.oid = u WHERE NOT oc.opcdefault) AS unusual_class, \
        coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true' AS nulls_equal, \
        ARRAY(SELECT pg_get_indexdef(i.indexrelid, n::int, true) FROM generate_series(1, i.indnkeyatts) AS n ORDER BY n) AS entries \
     FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam \
     LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') \
     WHERE i.indisvalid AND NOT i.indisexclusion ORDER BY i.indrelid, x.relname";

/// Fills in the keys and secondary indexes of all tables.
pub(super) async fn unique_keys_and_indexes(
    connection: &mut PgConnection,
    drafts: &mut [Draft],
    index: &HashMap<i64, usize>,
) -> sqlx::Result<()> {
    for row in sql::query(connection, INDEXES).await? {
        let Some(&at) = index.get(&row.try_get::<i64, _>("relation")?) else { continue };
        let draft = &mut drafts[at];
        if row.try_get("is_primary")? {
            draft.table.primary_key = Some(unique_key(&row, draft)?);
        } else if row.try_get("is_unique")? {
            let key = unique_key(&row, draft)?;
            draft.table.uniques.push(key);
        } else {
            let secondary = secondary_index(&row, draft)?;
            draft.table.indexes.push(secondary);
        }
    }
    Ok(())
}

fn unique_key(row: &PgRow, draft: &Draft) -> sqlx::Result<UniqueKey> {
    let attributes: Vec<i16> = row.try_get("attributes")?;
    let columns = draft.columns(&attributes);
    let entries: Vec<String> = row.try_get("entries")?;
    Ok(UniqueKey {
        name: row.try_get("name")?,
        expression: columns.is_none().then(|| entries.join(", ")),
        columns: columns.unwrap_or_default(),
        predicate: row
            .try_get::<Option<String>, _>("predicate")?
            .map(|predicate| super::introspect::without_parentheses(&predicate).to_owned()),
        nulls_distinct: !row.try_get::<bool, _>("nulls_equal")?,
        constraint: row.try_get("is_constraint")?,
    })
}

fn secondary_index(row: &PgRow, draft: &Draft) -> sqlx::Result<Index> {
    let attributes: Vec<i16> = row.try_get("attributes")?;
    let definition: String = row.try_get("definition")?;
    let plain = row.try_get::<String, _>("method")? == "btree"
        && row.try_get::<Option<String>, _>("predicate")?.is_none()
        && !row.try_get::<bool, _>("covers_more")?
        && !row.try_get::<bool, _>("unusual_order")?
        && !row.try_get::<bool, _>("unusual_class")?;
    Ok(Index {
        name: row.try_get("name")?,
        columns: if plain { draft.columns(&attributes).unwrap_or_default() } else { Vec::new() },
        definition: Some(whole_definition(&definition)),
    })
}

/// For a partitioned table the server writes `ON ONLY`, which would leave the partitions without the index.
pub(super) fn whole_definition(definition: &str) -> String {
    definition.replacen(" ON ONLY ", " ON ", 1)
}

/// Exclusion constraints, with the columns and operators of their entries.
const EXCLUSIONS: &str = "SELECT k.conrelid::int8 AS relation, k.conname::text AS name, pg_get_constraintdef(k.oid) AS definition, \
        k.conkey AS attributes, i.indpred IS NOT NULL AS is_partial, \
        ARRAY(SELECT o.oprname::text FROM unnest(k.conexclop) WITH ORDINALITY AS u(id, ord) JOIN pg_operator o ON o.oid = u.id ORDER BY u.ord) \
            AS operators \
     FROM pg_constraint k JOIN pg_index i ON i.indexrelid = k.conindid WHERE k.contype = 'x' AND k.conparentid = 0 ORDER BY k.conrelid, k.conname";

/// Fills in the exclusion constraints. One that compares for equality alone is a unique key under another name.
pub(super) async fn exclusions(
    connection: &mut PgConnection,
    drafts: &mut [Draft],
    index: &HashMap<i64, usize>,
) -> sqlx::Result<()> {
    for row in sql::query(connection, EXCLUSIONS).await? {
        let Some(&at) = index.get(&row.try_get::<i64, _>("relation")?) else { continue };
        let operators: Vec<String> = row.try_get("operators")?;
        let attributes: Vec<i16> = row.try_get("attributes")?;
        let (name, definition): (String, String) = (row.try_get("name")?, row.try_get("definition")?);
        let columns = drafts[at].columns(&attributes);
        let table = &mut drafts[at].table;
        let is_partial: bool = row.try_get("is_partial")?;
        let overlap = operators.iter().position(|operator| operator == "&&");
        if let Some(columns) =
            columns.clone().filter(|_| !is_partial && operators.iter().all(|operator| operator == "="))
        {
            table.uniques.push(UniqueKey {
                name: Some(name),
                columns,
                predicate: None,
                expression: None,
                nulls_distinct: true,
                constraint: false,
            });
            continue;
        }
        let ranges = columns.as_ref().zip(overlap).map(|(columns, at)| columns[at]);
        let extended = |column: &usize| {
            let native = &table.columns[*column].native;
            native.contains("range") || ["circle", "box", "polygon"].contains(&native.as_str())
        };
        let apart = ranges.filter(extended);
        let span = span(&definition)
            .and_then(|(from, to)| Some((table.column_index(&from)?, table.column_index(&to)?)));
        let decides = columns.and_then(|columns| decides(&columns, &operators));
        table.exclusions.push(Exclusion { name, definition, apart, span, decides });
    }
    Ok(())
}

/// The columns that decide another, of `a WITH =, b WITH <>`. Where several must not differ at once, it is enough that one never does.
fn decides(columns: &[usize], operators: &[String]) -> Option<(Vec<usize>, usize)> {
    let with = |wanted: &str| -> Vec<usize> {
        columns.iter().zip(operators).filter(|(_, operator)| *operator == wanted).map(|(at, _)| *at).collect()
    };
    let (same, other) = (with("="), with("<>"));
    let all = same.len() + other.len() == operators.len() && !same.is_empty();
    other.first().filter(|_| all).map(|&other| (same, other))
}

/// The columns of `tstzrange(starts, ends) WITH &&`, whatever bounds it names.
fn span(definition: &str) -> Option<(String, String)> {
    let (before, _) = definition.split_once(") WITH &&")?;
    let (made, arguments) = before.rsplit_once("range(")?;
    let kinds = ["ts", "tstz", "date", "int4", "int8", "num"];
    if !kinds.iter().any(|kind| made.ends_with(kind)) {
        return None;
    }
    let mut names = arguments.split(',').map(|name| name.trim().trim_matches('"').replace("\"\"", "\""));
    Some((names.next()?, names.next()?))
}

/// Triggers that a new row sets off.
const TRIGGERS: &str = "SELECT tgrelid::int8 AS relation, tgname::text AS name FROM pg_trigger \
     WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 4 <> 0 AND tgparentid = 0 ORDER BY tgrelid, tgname";

/// Fills in the triggers.
pub(super) async fn triggers(
    connection: &mut PgConnection,
    drafts: &mut [Draft],
    index: &HashMap<i64, usize>,
) -> sqlx::Result<()> {
    for row in sql::query(connection, TRIGGERS).await? {
        let Some(&at) = index.get(&row.try_get::<i64, _>("relation")?) else { continue };
        drafts[at].table.triggers.push(row.try_get("name")?);
    }
    Ok(())
}

/// Foreign keys. Those that a partition has from its parent, and those that point at the partitions of a referenced
/// table, have a `conparentid` and are left out: each constraint appears once, on the topmost table.
const FOREIGN_KEYS: &str = "SELECT k.conrelid::int8 AS relation, k.conname::text AS name, k.confrelid::int8 AS parent, \
        k.conkey AS attributes, k.confkey AS parent_attributes, k.confdeltype::text AS on_delete, \
        k.confupdtype::text AS on_update, k.confmatchtype = 'f' AS match_full, k.condeferrable, k.condeferred \
     FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conrelid, k.conname";

/// Fills in the declared foreign keys of all tables.
pub(super) async fn foreign_keys(
    connection: &mut PgConnection,
    drafts: &mut [Draft],
    index: &HashMap<i64, usize>,
) -> sqlx::Result<()> {
    for row in sql::query(connection, FOREIGN_KEYS).await? {
        let child = index.get(&row.try_get::<i64, _>("relation")?);
        let parent = index.get(&row.try_get::<i64, _>("parent")?);
        let (Some(&child), Some(&parent)) = (child, parent) else { continue };
        let attributes: Vec<i16> = row.try_get("attributes")?;
        let parent_attributes: Vec<i16> = row.try_get("parent_attributes")?;
        let columns = drafts[child].columns(&attributes);
        let parent_columns = drafts[parent].columns(&parent_attributes);
        let (Some(columns), Some(parent_columns)) = (columns, parent_columns) else { continue };
        drafts[child].table.foreign_keys.push(ForeignKey {
            name: row.try_get("name")?,
            columns,
            parent,
            parent_columns,
            on_delete: action(row.try_get("on_delete")?),
            on_update: action(row.try_get("on_update")?),
            deferrable: match (row.try_get("condeferrable")?, row.try_get("condeferred")?) {
                (false, _) => Deferrable::No,
                (true, false) => Deferrable::Immediate,
                (true, true) => Deferrable::Deferred,
            },
            match_full: row.try_get("match_full")?,
            declared: true,
        });
    }
    Ok(())
}

fn action(code: &str) -> Action {
    match code {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

#[cfg(test)]
mod tests {
    use super::{decides, span};

    #[test]
    fn columns_decide_others_in_exclusions() {
        let of = |operators: &[&str]| {
            let operators: Vec<String> = operators.iter().map(|&text| text.to_owned()).collect();
            decides(&[4, 7, 9][..operators.len()], &operators)
        };
        assert_eq!(of(&["=", "<>"]), Some((vec![4], 7)));
        assert_eq!(of(&["<>", "=", "="]), Some((vec![7, 9], 4)));
        assert_eq!(of(&["<>", "=", "&&"]), None);
        assert_eq!(of(&["<>"]), None);
    }

    #[test]
    fn stretches_are_found_in_exclusions() {
        let found = |text| span(text).map(|(from, to)| format!("{from}–{to}"));
        let booked = "EXCLUDE USING gist (room WITH =, tstzrange(\"from\", ends, '[]'::text) WITH &&)";
        assert_eq!(found(booked).as_deref(), Some("from–ends"));
        assert_eq!(found("EXCLUDE USING gist (room WITH =, during WITH &&)"), None);
    }
}
