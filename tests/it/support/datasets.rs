//! Further data sets, where a folder of them is at hand: `SEED_TEST_DATASETS` names a folder with a script
//! `load.sh NAME sqlite PATH | postgres URL | mysql URL`. Without it the tests run on the example databases alone.

use super::{Database, Engine};
use std::path::PathBuf;
use std::process::Command;

/// Loads a data set into a database of the test's own; `None` where there is no such data set.
pub(crate) fn load(name: &str, engine: Engine) -> Option<Database> {
    let folder = folder()?;
    if !folder.join(name).is_dir() {
        return None;
    }
    let database = Database::new(engine);
    let kind = match engine {
        Engine::Postgres => "postgres",
        Engine::Mysql => "mysql",
        Engine::Sqlite => "sqlite",
    };
    let output = Command::new("sh").arg(folder.join("load.sh")).args([name, kind, database.url()]).output();
    let output = output.expect("sh runs");
    assert!(output.status.success(), "loading {name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(database)
}

/// Whether the large data sets are wanted as well (`SEED_TEST_ALL=1`); they take most of an hour in a debug build.
pub(crate) fn all_wanted() -> bool {
    std::env::var_os("SEED_TEST_ALL").is_some_and(|value| value != "0" && !value.is_empty())
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("SEED_TEST_DATASETS")?);
    assert!(folder.join("load.sh").is_file(), "SEED_TEST_DATASETS has no load.sh: {}", folder.display());
    Some(folder)
}
