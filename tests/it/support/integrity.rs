//! Whether the rows of a target keep what the source declares, asked of the target itself.

use super::catalog::{Catalog, ForeignKey, Table};
use super::database::quote;
use super::{Database, Engine};
use std::collections::BTreeMap;

/// Everything that does not hold in `target`, as sentences.
pub(crate) fn violations(source: &Catalog, target: &Database) -> Vec<String> {
    let engine = target.engine();
    let mut found = Vec::new();
    for table in &source.tables {
        not_null(table, target, &mut found);
        for key in &table.foreign_keys {
            let orphans = target.number(&orphans(engine, table, key));
            report(&mut found, orphans, || {
                format!("{}: {:?} finds no {}", table.name, key.columns, key.parent)
            });
        }
        for unique in &table.uniques {
            // A condition can be understood by its own engine only; elsewhere the rule lists of the examples stand in.
            if unique.predicate.is_none() || source.engine == engine {
                let twice = duplicates(engine, table, &unique.columns, unique.predicate.as_deref());
                report(&mut found, target.number(&twice), || {
                    format!("{}: {:?} repeats", table.name, unique.columns)
                });
            }
        }
        if !table.primary_key.is_empty() {
            let twice = duplicates(engine, table, &table.primary_key, None);
            report(&mut found, target.number(&twice), || format!("{}: the primary key repeats", table.name));
        }
    }
    own_verdict(target, &mut found);
    found
}

fn report(found: &mut Vec<String>, rows: i64, what: impl FnOnce() -> String) {
    if rows > 0 {
        found.push(format!("{} ({rows} rows)", what()));
    }
}

fn not_null(table: &Table, target: &Database, found: &mut Vec<String>) {
    let engine = target.engine();
    for column in table.columns.iter().filter(|column| !column.nullable) {
        let sql = format!(
            "SELECT count(*) FROM {} WHERE {} IS NULL",
            table.on(engine),
            quote(engine, &column.name)
        );
        report(found, target.number(&sql), || format!("{}.{} is NULL", table.name, column.name));
    }
}

fn orphans(engine: Engine, table: &Table, key: &ForeignKey) -> String {
    let present: Vec<_> =
        key.columns.iter().map(|name| format!("c.{} IS NOT NULL", quote(engine, name))).collect();
    let joined = join_condition(engine, key);
    format!(
        "SELECT count(*) FROM {} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {joined})",
        table.on(engine),
        present.join(" AND "),
        key.parent_on(engine),
    )
}

/// `c.a = p.x AND c.b = p.y`, child `c`, parent `p`.
fn join_condition(engine: Engine, key: &ForeignKey) -> String {
    let pairs = key.columns.iter().zip(&key.parent_columns);
    let equal: Vec<_> = pairs
        .map(|(child, parent)| format!("c.{} = p.{}", quote(engine, child), quote(engine, parent)))
        .collect();
    equal.join(" AND ")
}

fn duplicates(engine: Engine, table: &Table, columns: &[String], predicate: Option<&str>) -> String {
    let quoted: Vec<_> = columns.iter().map(|name| quote(engine, name)).collect();
    let present: Vec<_> = quoted.iter().map(|name| format!("{name} IS NOT NULL")).collect();
    let condition = predicate.map_or_else(String::new, |predicate| format!(" AND ({predicate})"));
    format!(
        "SELECT count(*) FROM (SELECT 1 FROM {} WHERE {}{condition} GROUP BY {} HAVING count(*) > 1) x",
        table.on(engine),
        present.join(" AND "),
        quoted.join(", "),
    )
}

/// What the target says of the constraints that it carries itself.
fn own_verdict(target: &Database, found: &mut Vec<String>) {
    if target.engine() == Engine::Sqlite {
        for row in target.rows("PRAGMA foreign_key_check") {
            found.push(format!("PRAGMA foreign_key_check: {row:?}"));
        }
        // It also evaluates CHECK, NOT NULL and UNIQUE.
        for row in target.rows("PRAGMA integrity_check") {
            if row[0].as_deref() != Some("ok") {
                found.push(format!("PRAGMA integrity_check: {row:?}"));
            }
        }
        return;
    }
    for table in &Catalog::of(target).tables {
        for check in &table.checks {
            let sql = format!("SELECT count(*) FROM {} WHERE NOT ({check})", table.on(target.engine()));
            report(found, target.number(&sql), || format!("{}: CHECK ({check}) fails", table.name));
        }
    }
}

/// Tables whose numbering engine would hand out a key that is taken.
pub(crate) fn stale_sequences(target: &Database) -> Vec<String> {
    let engine = target.engine();
    let mut stale = Vec::new();
    for table in &Catalog::of(target).tables {
        for column in table.columns.iter().filter(|column| column.identity) {
            let (name, key) = (table.on(engine), quote(engine, &column.name));
            let greatest = target.number(&format!("SELECT coalesce(max({key}), 0) FROM {name}"));
            let next = match engine {
                Engine::Postgres => next_of_postgres(target, &name, &column.name),
                Engine::Mysql => {
                    target.execute(&format!("ANALYZE TABLE {name}"));
                    target.number(&format!(
                        "SELECT coalesce(auto_increment, 1) FROM information_schema.tables
                         WHERE table_schema = database() AND table_name = '{}'",
                        table.name
                    ))
                }
                // A rowid is always the greatest plus one; AUTOINCREMENT keeps a counter of its own, which no insert
                // with a given key can leave behind.
                Engine::Sqlite => greatest + 1,
            };
            if next <= greatest {
                stale.push(format!("{name}.{key}: the next key would be {next}, the greatest is {greatest}"));
            }
        }
    }
    stale
}

/// Takes the next number for a column from its sequence.
fn next_of_postgres(target: &Database, table: &str, column: &str) -> i64 {
    // A sequence in the default need not be owned by the column; an identity has no default.
    let default = target.rows(&format!(
        "SELECT pg_get_expr(d.adbin, d.adrelid)
         FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
         WHERE d.adrelid = '{table}'::regclass AND a.attname = '{column}'"
    ));
    let owned = format!("nextval(pg_get_serial_sequence('{table}', '{column}'))");
    let next = default.into_iter().flatten().flatten().next().unwrap_or(owned);
    target.number(&format!("SELECT {next}"))
}

/// How many parents have how many children, childless ones included.
pub(crate) fn children_per_parent(
    database: &Database,
    table: &Table,
    key: &ForeignKey,
) -> BTreeMap<i64, u64> {
    let engine = database.engine();
    let parents: Vec<_> =
        key.parent_columns.iter().map(|name| format!("p.{}", quote(engine, name))).collect();
    let rows = database.rows(&format!(
        "SELECT n, count(*) FROM (SELECT count(c.{}) AS n FROM {} p LEFT JOIN {} c ON {} GROUP BY {}) x GROUP BY n",
        quote(engine, &key.columns[0]),
        key.parent_on(engine),
        table.on(engine),
        join_condition(engine, key),
        parents.join(", "),
    ));
    let number = |cell: &Option<String>| cell.as_deref().and_then(|text| text.parse().ok()).expect("a count");
    rows.iter().map(|row| (number(&row[0]), number(&row[1]) as u64)).collect()
}

/// A hash over all rows of all tables: equal before and after, if nobody wrote.
pub(crate) fn fingerprint(database: &Database) -> String {
    let mut hasher = blake3::Hasher::new();
    for table in &Catalog::of(database).tables {
        let mut rows: Vec<_> = database
            .rows(&format!("SELECT * FROM {}", table.on(database.engine())))
            .iter()
            .map(|row| format!("{row:?}"))
            .collect();
        rows.sort();
        hasher.update(format!("{} {rows:?}", table.display()).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
