//! SQL for rows, and the one door through which SQL text reaches the driver.

use crate::schema::{Column, DataType, Dialect, ForeignKey, Schema, Table};
use crate::store::{Sample, sql};
use sqlx::AssertSqlSafe;
use std::sync::Arc;

/// Hands over SQL that was put together here or in `store::sql`, where every name is quoted and no value is spliced.
pub(super) fn safe(statement: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(statement)
}

/// The same for a statement that is sent many times.
pub(super) fn safe_shared(statement: Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(statement)
}

/// A quoted identifier.
pub(super) fn ident(name: &str) -> String {
    sql::quote(Dialect::Mysql, name)
}

/// A quoted list of columns, each with a prefix such as `p.`.
pub(super) fn list(table: &Table, columns: &[usize], prefix: &str) -> String {
    let names = columns.iter().map(|&at| format!("{prefix}{}", ident(&table.columns[at].name)));
    names.collect::<Vec<_>>().join(", ")
}

/// The bare name of a native type: `point` of `point NOT NULL`, `bit` of `bit(4)`.
pub(super) fn bare_type(native: &str) -> String {
    native
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// Whether a native type is one of the geometries.
pub(super) fn is_spatial(native: &str) -> bool {
    matches!(
        bare_type(native).as_str(),
        "geometry"
            | "point"
            | "linestring"
            | "polygon"
            | "multipoint"
            | "multilinestring"
            | "multipolygon"
            | "geometrycollection"
            | "geomcollection"
    )
}

/// How a column is read, so that only integers, doubles, text and bytes come over the wire.
///
/// Decimals, enums, sets, JSON and UUIDs come as text by themselves. A zero date is NULL where the column allows it,
/// and the first day of 1970 where it does not: no other engine has such a date. `prefix` is the table's alias, `p.`.
pub(super) fn read(column: &Column, prefix: &str) -> String {
    let name = format!("{prefix}{}", ident(&column.name));
    let unzeroed = |value: String| if column.nullable { value } else { format!("COALESCE({value}, 0)") };
    match &column.data_type {
        DataType::Date => unzeroed(format!("TO_DAYS({name}) - 719528")),
        DataType::Timestamp { .. } => unzeroed(format!("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {name})")),
        // TIME_TO_SEC has a fraction in MariaDB and none in MySQL; a negative time is negative in both of its parts.
        DataType::Time => format!(
            "CAST(TRUNCATE(TIME_TO_SEC({name}), 0) * 1000000 + IF({name} < 0, -1, 1) * MICROSECOND({name}) AS SIGNED)"
        ),
        _ if bare_type(&column.native) == "bit" => match column.data_type {
            DataType::Boolean => format!("{name} + 0"),
            _ => format!("BIN({name} + 0)"),
        },
        _ if is_spatial(&column.native) => format!("ST_AsText({name})"),
        _ => name,
    }
}

/// What stands for a value of this column in an INSERT.
pub(super) fn placeholder(target: &Column) -> &'static str {
    match &target.data_type {
        DataType::Other if bare_type(&target.native) == "bit" => "CAST(CONV(?, 2, 10) AS UNSIGNED)",
        DataType::Other if is_spatial(&target.native) => "ST_GeomFromText(?)",
        _ => "?",
    }
}

/// The query of a scan.
pub(super) fn scan(table: &Table, sample: Sample, ordered: bool) -> String {
    let columns = table.written_columns().map(|(_, column)| read(column, "")).collect::<Vec<_>>().join(", ");
    let mut query = format!("SELECT {columns} FROM {}", ident(&table.name.name));
    if sample.rows > sample.limit {
        query.push_str(&format!(" WHERE {}", sampled(table, sample)));
    }
    if ordered {
        query.push_str(&format!(" ORDER BY {}", order(table, "")));
    }
    query
}

/// A condition that the same rows meet every time: a hash of the key, spread over 32 bits, below a threshold.
fn sampled(table: &Table, sample: Sample) -> String {
    let key: Vec<String> = match whole_primary_key(table) {
        Some(columns) => columns.iter().map(|&at| ident(&table.columns[at].name)).collect(),
        None => table.written_columns().map(|(_, column)| read(column, "")).collect(),
    };
    let threshold = ((u128::from(sample.limit) << 32) / u128::from(sample.rows.max(1))).min(1 << 32);
    // CRC32 of consecutive numbers differs in few bits; Knuth's multiplier carries them to the upper ones.
    format!("CRC32(CONCAT_WS('#', {})) * 2654435761 % 4294967296 < {threshold}", key.join(", "))
}

/// The columns that tell the rows apart and are compared as they are.
fn whole_primary_key(table: &Table) -> Option<&[usize]> {
    table.primary_key.as_ref().filter(|key| !key.columns.is_empty()).map(|key| key.columns.as_slice())
}

/// The order of an ordered scan.
fn order(table: &Table, prefix: &str) -> String {
    if let Some(columns) = whole_primary_key(table) {
        return list(table, columns, prefix);
    }
    let keys = table.written_columns().map(|(_, column)| match column.data_type {
        // By bytes: under the column's collation 'a' and 'A' would come in any order.
        DataType::Text { .. } => format!("CAST({prefix}{} AS BINARY)", ident(&column.name)),
        _ => read(column, prefix),
    });
    keys.collect::<Vec<_>>().join(", ")
}

/// Rows of the child whose key is NULL.
pub(super) fn null_children(table: &Table, key: &ForeignKey) -> String {
    let nulls = key.columns.iter().map(|&at| format!("{} IS NULL", ident(&table.columns[at].name)));
    format!(
        "SELECT COUNT(*) FROM {} WHERE {}",
        ident(&table.name.name),
        nulls.collect::<Vec<_>>().join(" OR ")
    )
}

/// Pairs (children, parents with so many), sorted.
pub(super) fn child_histogram(schema: &Schema, table: &Table, key: &ForeignKey) -> String {
    let joined = parents_with_counts(schema, table, key);
    format!("SELECT COALESCE(g.children, 0), COUNT(*) FROM {joined} GROUP BY 1 ORDER BY 1")
}

/// The number of children of each parent, in the order of the parent's ordered scan.
pub(super) fn children_of_each(schema: &Schema, table: &Table, key: &ForeignKey) -> String {
    let parent = &schema.tables[key.parent];
    let joined = parents_with_counts(schema, table, key);
    format!("SELECT COALESCE(g.children, 0) FROM {joined} ORDER BY {}", order(parent, "p."))
}

/// Every parent with its count, or NULL. The counts are made first: one pass over the child, whatever its indexes.
fn parents_with_counts(schema: &Schema, table: &Table, key: &ForeignKey) -> String {
    let parent = &schema.tables[key.parent];
    let (mut selected, mut grouped, mut given, mut matched) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, (&own, &theirs)) in key.columns.iter().zip(&key.parent_columns).enumerate() {
        let name = format!("c.{}", ident(&table.columns[own].name));
        selected.push(format!("{name} AS k{at}"));
        given.push(format!("{name} IS NOT NULL"));
        matched.push(format!("g.k{at} = p.{}", ident(&parent.columns[theirs].name)));
        // By the column and not by its alias, which some other column may bear as its name.
        grouped.push(name);
    }
    format!(
        "{} p LEFT JOIN (SELECT {}, COUNT(*) AS children FROM {} c WHERE {} GROUP BY {}) g ON {}",
        ident(&parent.name.name),
        selected.join(", "),
        ident(&table.name.name),
        given.join(" AND "),
        grouped.join(", "),
        matched.join(" AND ")
    )
}
