//! Partitions, folded into the table they belong to.

use super::introspect::{Draft, table_name};
use super::sql;
use crate::schema::{ForeignKey, Partition, UniqueKey};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::{HashMap, HashSet};

/// Direct partitions with their bounds. A partition that is itself partitioned appears as one partition: which rows
/// are in it is told by its own bounds, and how it cuts them up further changes no row.
const PARTITIONS: &str = "SELECT h.inhparent::int8 AS parent, n.nspname::text AS schema, c.relname::text AS name, \
        pg_get_expr(c.relpartbound, c.oid) AS bounds, c.relkind = 'p' AS nested, \
        CASE WHEN f.partstrat <> 'h' THEN (SELECT string_agg('(' || coalesce(regexp_replace(pg_get_partition_constraintdef(t.relid), \
                'satisfies_hash_partition[(][^()]*[)]', 'true', 'g'), 'true') || ')', ' OR ') \
            FROM pg_partition_tree(c.oid) t WHERE t.isleaf) END AS condition \
     FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_partitioned_table f ON f.partrelid = h.inhparent WHERE c.relispartition ORDER BY pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', n.nspname, c.relname";

/// Foreign keys that were declared partition by partition, by column names (attribute numbers differ between
/// partitions), with the number of partitions that have the very same one.
const PARTITION_KEYS: &str = "SELECT h.inhparent::int8 AS relation, k.confrelid::int8 AS parent, \
        min(k.conname)::text AS name, count(DISTINCT h.inhrelid) AS partitions, l.names AS columns, p.names AS parent_columns \
     FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid AND c.relispartition \
     JOIN pg_constraint k ON k.conrelid = h.inhrelid AND k.contype = 'f' AND k.conparentid = 0 AND k.convalidated \
     CROSS JOIN LATERAL (SELECT array_agg(a.attname::text ORDER BY u.ord) AS names FROM unnest(k.conkey) WITH ORDINALITY AS u(num, ord) \
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) l \
     CROSS JOIN LATERAL (SELECT array_agg(a.attname::text ORDER BY u.ord) AS names FROM unnest(k.confkey) WITH ORDINALITY AS u(num, ord) \
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num) p \
     GROUP BY h.inhparent, k.confrelid, l.names, p.names ORDER BY h.inhparent, 3";

/// Unique keys of single partitions, which hold for the rows of that partition only.
const PARTITION_UNIQUES: &str = "SELECT h.inhparent::int8 AS relation, x.relname::text AS name, \
        pg_get_partition_constraintdef(h.inhrelid) AS bounds, \
        coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true' AS nulls_equal, \
        (SELECT array_agg(a.attname::text ORDER BY u.ord) FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u(num, ord) \
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num) AS columns \
     FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid AND c.relispartition \
     JOIN pg_index i ON i.indrelid = h.inhrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL \
     JOIN pg_class x ON x.oid = i.indexrelid \
     WHERE NOT EXISTS (SELECT FROM pg_inherits o WHERE o.inhrelid = i.indexrelid) ORDER BY h.inhparent, x.relname";

/// Fills in the partitions, and the foreign keys that all partitions of a table have in common.
pub(super) async fn read(
    connection: &mut PgConnection,
    drafts: &mut [Draft],
    index: &HashMap<i64, usize>,
) -> sqlx::Result<()> {
    let mut nested = HashSet::new();
    for row in sql::query(connection, PARTITIONS).await? {
        let Some(&at) = index.get(&row.try_get::<i64, _>("parent")?) else { continue };
        if row.try_get("nested")? {
            nested.insert(at);
        }
        drafts[at].table.partitions.push(Partition {
            name: table_name(row.try_get("schema")?, row.try_get("name")?),
            bounds: row.try_get("bounds")?,
            condition: row.try_get("condition")?,
        });
    }
    for (_, draft) in drafts.iter_mut().enumerate().filter(|(at, _)| !nested.contains(at)) {
        // What no other partition takes goes to the default one.
        let rest = draft.table.partitions.iter_mut().find(|partition| partition.bounds == "DEFAULT");
        rest.into_iter().for_each(|partition| partition.condition = None);
    }
    for row in sql::query(connection, PARTITION_UNIQUES).await? {
        let Some(&at) = index.get(&row.try_get::<i64, _>("relation")?) else { continue };
        let bounds: Option<String> = row.try_get("bounds")?;
        let (Some(columns), Some(bounds)) = (named(&drafts[at], row.try_get("columns")?), bounds) else {
            continue;
        };
        drafts[at].table.uniques.push(UniqueKey {
            name: row.try_get("name")?,
            columns,
            predicate: Some(bounds),
            expression: None,
            nulls_distinct: !row.try_get::<bool, _>("nulls_equal")?,
            constraint: false,
        });
    }
    for row in sql::query(connection, PARTITION_KEYS).await? {
        let child = index.get(&row.try_get::<i64, _>("relation")?);
        let parent = index.get(&row.try_get::<i64, _>("parent")?);
        let (Some(&child), Some(&parent)) = (child, parent) else { continue };
        let everywhere = row.try_get::<i64, _>("partitions")? == drafts[child].table.partitions.len() as i64;
        let columns = named(&drafts[child], row.try_get("columns")?);
        let parent_columns = named(&drafts[parent], row.try_get("parent_columns")?);
        let (true, Some(columns), Some(parent_columns)) = (everywhere, columns, parent_columns) else {
            continue;
        };
        drafts[child].table.foreign_keys.push(ForeignKey {
            name: row.try_get("name")?,
            columns,
            parent,
            parent_columns,
            on_delete: crate::schema::Action::NoAction,
            on_update: crate::schema::Action::NoAction,
            deferrable: crate::schema::Deferrable::No,
            match_full: false,
            declared: true,
        });
    }
    Ok(())
}

fn named(draft: &Draft, names: Vec<String>) -> Option<Vec<usize>> {
    names.iter().map(|name| draft.table.column_index(name)).collect()
}
