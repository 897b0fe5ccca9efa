//! Schemas without rows: those of `schemas/unfilled`, and further ones where a folder of them is at hand: `SEED_TEST_SCHEMAS` names
//! a folder with files `NAME.postgres.sql`, `NAME.mysql.sql`, `NAME.sqlite.sql`.

use super::{Catalog, Database, Engine};
use std::path::{Path, PathBuf};

/// The engine in a file's name.
fn engine_of(path: &Path) -> Option<Engine> {
    let name = path.file_name()?.to_str()?.strip_suffix(".sql")?;
    match name.rsplit_once('.')?.1 {
        "postgres" => Some(Engine::Postgres),
        "mysql" => Some(Engine::Mysql),
        "sqlite" => Some(Engine::Sqlite),
        _ => None,
    }
}

/// The files at hand, with their engines.
pub(crate) fn at_hand() -> Vec<(PathBuf, Engine)> {
    let Some(folder) = std::env::var_os("SEED_TEST_SCHEMAS") else { return Vec::new() };
    let files = PathBuf::from(&folder).read_dir().expect("SEED_TEST_SCHEMAS is a folder");
    let files = files.map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> = files.filter_map(|path| engine_of(&path).map(|engine| (path, engine))).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!found.is_empty(), "SEED_TEST_SCHEMAS has no NAME.ENGINE.sql");
    found
}

/// One of this repository's own.
pub(crate) fn own(folder: &str, engine: Engine) -> PathBuf {
    let dialect = match engine {
        Engine::Postgres => "postgres.sql",
        Engine::Mysql => "mysql.sql",
        Engine::Sqlite => "sqlite.sql",
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(folder).join(dialect)
}

/// A database with the schema of a script, and none of the rows that the script may bring along.
pub(crate) fn empty(path: &Path, engine: Engine) -> Database {
    let database = Database::new(engine);
    let script = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    database.execute(&script);
    // A script may leave settings of its session behind.
    database.disconnect();
    let tables = Catalog::of(&database).tables;
    let names: Vec<String> = tables.iter().map(|table| table.on(engine)).collect();
    match engine {
        Engine::Postgres => database.execute(&format!("TRUNCATE {} CASCADE", names.join(", "))),
        Engine::Mysql => {
            database.execute("SET foreign_key_checks = 0");
            names.iter().for_each(|name| database.execute(&format!("TRUNCATE TABLE {name}")));
        }
        Engine::Sqlite => names.iter().for_each(|name| database.execute(&format!("DELETE FROM {name}"))),
    }
    database.disconnect();
    database
}
