//! Example rows as SQL text.

use super::{Cell, Rows};

/// The engines for which rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
    /// SQLite.
    Sqlite,
}

/// Rows per `INSERT`.
const ROWS_PER_STATEMENT: usize = 200;

/// Statements that insert all rows; foreign keys must not be checked meanwhile, since some tables form cycles. The first
/// statement sees to that on the servers; a SQLite connection has to be opened without foreign keys.
pub(crate) fn insert_statements(engine: Engine, tables: &[Rows]) -> Vec<String> {
    let mut statements = match engine {
        Engine::Postgres => vec!["SET session_replication_role = replica".to_owned()],
        Engine::Mysql => vec!["SET foreign_key_checks = 0".to_owned(), "SET time_zone = '+00:00'".to_owned()],
        Engine::Sqlite => Vec::new(),
    };
    for table in tables {
        let columns: Vec<_> = table.columns.iter().map(|column| quote(engine, column)).collect();
        // An identity GENERATED ALWAYS takes given keys only with these words; elsewhere they change nothing.
        let overriding = if engine == Engine::Postgres { " OVERRIDING SYSTEM VALUE" } else { "" };
        let head = format!(
            "INSERT INTO {} ({}){overriding} VALUES\n",
            table_name(engine, table.table),
            columns.join(", ")
        );
        for rows in table.rows.chunks(ROWS_PER_STATEMENT) {
            let values: Vec<_> = rows.iter().map(|row| tuple(engine, row)).collect();
            statements.push(format!("{head}{}", values.join(",\n")));
        }
    }
    statements
}

/// Statements that switch foreign keys on again and, on PostgreSQL, move every sequence past the last key.
pub(crate) fn reset_statements(engine: Engine) -> Vec<String> {
    match engine {
        Engine::Postgres => vec![
            "DO $$ DECLARE r record; BEGIN
               FOR r IN SELECT c.oid::regclass::text AS t, a.attname AS a
                        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                        WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
                          AND pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL
               LOOP EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), greatest(1, (SELECT max(%I) FROM %s)))',
                                   r.t, r.a, r.a, r.t); END LOOP; END $$"
                .to_owned(),
            "SET session_replication_role = DEFAULT".to_owned(),
            "ANALYZE".to_owned(),
        ],
        Engine::Mysql => vec!["SET foreign_key_checks = 1".to_owned()],
        Engine::Sqlite => vec!["ANALYZE".to_owned()],
    }
}

fn tuple(engine: Engine, row: &[Cell]) -> String {
    let cells: Vec<_> = row.iter().map(|cell| literal(engine, cell)).collect();
    format!("({})", cells.join(", "))
}

fn literal(engine: Engine, cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::Number(digits) => digits.clone(),
        Cell::Text(text) => text_literal(engine, text),
        Cell::Bool(value) if engine == Engine::Postgres => value.to_string(),
        Cell::Bool(value) => i64::from(*value).to_string(),
        Cell::List(items) => {
            let quoted: Vec<_> = items.iter().map(|item| format!("\"{item}\"")).collect();
            let (open, close) = if engine == Engine::Postgres { ('{', '}') } else { ('[', ']') };
            text_literal(engine, &format!("{open}{}{close}", quoted.join(",")))
        }
        Cell::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            if engine == Engine::Postgres { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
        }
    }
}

fn text_literal(engine: Engine, text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if engine == Engine::Mysql {
        format!("'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

fn table_name(engine: Engine, table: &str) -> String {
    match table.split_once('.') {
        Some((schema, name)) if engine == Engine::Postgres => {
            format!("{}.{}", quote(engine, schema), quote(engine, name))
        }
        Some((schema, name)) => quote(engine, &format!("{schema}_{name}")),
        None => quote(engine, table),
    }
}

fn quote(engine: Engine, name: &str) -> String {
    if engine == Engine::Mysql { format!("`{name}`") } else { format!("\"{name}\"") }
}
