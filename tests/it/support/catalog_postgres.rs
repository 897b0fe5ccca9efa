//! PostgreSQL's catalog.

use super::Database;
use super::catalog::{Class, Column, ForeignKey, Table, Unique, list, text};

pub(super) fn tables(database: &Database) -> Vec<Table> {
    let tables = database.rows(
        "SELECT c.oid::int8, nullif(n.nspname, 'public'), c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'",
    );
    let table = |row: &Vec<Option<String>>| {
        let oid = text(&row[0]);
        Table {
            schema: row[1].clone(),
            name: text(&row[2]),
            columns: columns(database, &oid),
            primary_key: uniques(database, &oid, true).pop().map(|key| key.columns).unwrap_or_default(),
            uniques: uniques(database, &oid, false),
            foreign_keys: foreign_keys(database, &oid),
            checks: checks(database, &oid),
        }
    };
    tables.iter().map(table).collect()
}

fn columns(database: &Database, oid: &str) -> Vec<Column> {
    let rows = database.rows(&format!(
        "SELECT a.attname, coalesce(b.typname, t.typname), coalesce(b.typtype, t.typtype)::text,
                (a.attnotnull OR t.typnotnull)::int, (a.attgenerated <> '')::int,
                (a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false))::int
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    ));
    let flag = |cell: &Option<String>| cell.as_deref() == Some("1");
    rows.iter()
        .map(|row| Column {
            name: text(&row[0]),
            class: class(&text(&row[1]), &text(&row[2])),
            nullable: !flag(&row[3]),
            generated: flag(&row[4]),
            identity: flag(&row[5]),
        })
        .collect()
}

fn class(name: &str, kind: &str) -> Class {
    match name {
        _ if kind == "e" => Class::Category,
        "bool" => Class::Category,
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" => Class::Number,
        "date" | "time" | "timestamp" | "timestamptz" => Class::Time,
        "text" | "varchar" | "bpchar" => Class::Text,
        _ => Class::Other,
    }
}

fn uniques(database: &Database, oid: &str, primary: bool) -> Vec<Unique> {
    let rows = database.rows(&format!(
        "SELECT (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.n <= i.indnkeyatts)::text,
                pg_get_expr(i.indpred, i.indrelid)
         FROM pg_index i WHERE i.indrelid = {oid} AND i.indisunique AND i.indexprs IS NULL AND i.indisprimary = {primary}"
    ));
    rows.iter().map(|row| Unique { columns: list(&row[0]), predicate: row[1].clone() }).collect()
}

fn foreign_keys(database: &Database, oid: &str) -> Vec<ForeignKey> {
    let names = |relation: &str, key: &str| {
        format!(
            "(SELECT json_agg(a.attname ORDER BY k.n) FROM unnest({key}) WITH ORDINALITY k(attnum, n)
              JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = k.attnum)::text"
        )
    };
    let rows = database.rows(&format!(
        "SELECT {}, nullif(n.nspname, 'public'), p.relname, {}
         FROM pg_constraint c JOIN pg_class p ON p.oid = c.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
         WHERE c.conrelid = {oid} AND c.contype = 'f' AND NOT p.relispartition",
        names("c.conrelid", "c.conkey"),
        names("c.confrelid", "c.confkey"),
    ));
    rows.iter()
        .map(|row| ForeignKey {
            columns: list(&row[0]),
            parent_schema: row[1].clone(),
            parent: text(&row[2]),
            parent_columns: list(&row[3]),
        })
        .collect()
}

/// Conditions of the table and of the domains of its columns, which a copy may say as conditions of the table.
fn checks(database: &Database, oid: &str) -> Vec<String> {
    let rows = database.rows(&format!(
        "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conrelid = {oid} AND contype = 'c'
         UNION ALL
         SELECT regexp_replace(pg_get_expr(c.conbin, 0), '\\mVALUE\\M', quote_ident(a.attname), 'g')
         FROM pg_attribute a JOIN pg_constraint c ON c.contypid = a.atttypid
         WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped"
    ));
    rows.iter().map(|row| text(&row[0])).collect()
}
