//! What schemas of other people's software have found, each as a small schema without data that showed it.

use crate::support::{Catalog, Database, Engine, Workspace, integrity};

/// Fills an empty copy of a schema from another one, and asks whether everything holds.
fn fills(engine: Engine, statements: &[&str]) -> Database {
    let (source, target) = (Database::new(engine), Database::new(engine));
    for statement in statements {
        source.execute(statement);
        target.execute(statement);
    }
    Workspace::new().fill(&source, &target, &[]);
    let catalog = Catalog::of(&source);
    assert_eq!(integrity::violations(&catalog, &target), Vec::<String>::new());
    for table in &catalog.tables {
        let name = table.display();
        assert!(target.count(&table.on(engine)) > 0, "{name} is empty");
    }
    target
}

#[test]
fn one_letter_does_not_tell_rows_apart() {
    for engine in [Engine::Postgres, Engine::Mysql, Engine::Sqlite] {
        let target = fills(
            engine,
            &[
                "CREATE TABLE subject (subject_id INTEGER PRIMARY KEY, title VARCHAR(32) NOT NULL UNIQUE)",
                "CREATE TABLE notion (notion_id INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL, is_gone CHAR(1),
                 subject_id INTEGER NOT NULL REFERENCES subject (subject_id), UNIQUE (name, subject_id, is_gone))",
            ],
        );
        assert!(target.count("notion") >= 100);
    }
}

#[test]
fn what_refers_without_a_type_is_of_its_parents() {
    let target = fills(
        Engine::Sqlite,
        &[
            "CREATE TABLE content (id INTEGER PRIMARY KEY, content UNIQUE)",
            "CREATE TABLE field (item INT, field INT, content, PRIMARY KEY (item, field), FOREIGN KEY (content) REFERENCES content (id))",
            "CREATE TABLE part (id INTEGER PRIMARY KEY, field TEXT REFERENCES content (id))",
        ],
    );
    assert_eq!(
        target.number("SELECT count(*) FROM field WHERE typeof(content) NOT IN ('integer', 'null')"),
        0
    );
}

#[test]
fn a_condition_that_only_the_default_is_known_to_pass() {
    let target = fills(
        Engine::Postgres,
        &[
            "CREATE SCHEMA way",
            "CREATE FUNCTION way.shortest(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)'",
            "CREATE FUNCTION exists_as(text) RETURNS boolean LANGUAGE sql STABLE AS
             'SELECT count(*) > 0 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname || ''.'' || p.proname = $1'",
            "CREATE TABLE sorting (id bigserial PRIMARY KEY, name text NOT NULL,
             maker text NOT NULL DEFAULT 'way.shortest'::text CHECK (exists_as(maker)))",
        ],
    );
    assert_eq!(target.number("SELECT count(*) FROM sorting WHERE maker <> 'way.shortest'"), 0);
}

#[test]
fn what_is_computed_fits_its_column() {
    let target = fills(
        Engine::Postgres,
        &["CREATE TABLE film (id serial PRIMARY KEY, length smallint NOT NULL,
           hours numeric(4,2) GENERATED ALWAYS AS (round(length::numeric / 60.0, 2)) STORED)"],
    );
    assert!(target.count("film") >= 100);
    fills(
        Engine::Mysql,
        &["CREATE TABLE film (id int PRIMARY KEY AUTO_INCREMENT, height int NOT NULL,
           twice decimal(4,1) AS (height * 2) STORED)"],
    );
}

#[test]
fn a_table_has_as_many_rows_as_a_column_has_values() {
    let (source, target) = (Database::new(Engine::Postgres), Database::new(Engine::Postgres));
    let table = "CREATE TABLE setting (id serial PRIMARY KEY, shape jsonb NOT NULL UNIQUE)";
    source.execute(table);
    target.execute(table);
    let summary = Workspace::new().fill(&source, &target, &[]);
    let rows = target.count("setting");
    let says = |note: &serde_json::Value| {
        note.as_str().is_some_and(|note| note.starts_with(&format!("setting: {rows} rows instead of")))
    };
    assert!(rows > 0);
    assert!(rows >= 100 || summary["notes"].as_array().expect("notes").iter().any(says), "{summary}");
}

#[test]
fn a_chain_in_which_nobody_comes_twice() {
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let target = fills(
            engine,
            &[
                "CREATE TABLE loan (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent INTEGER REFERENCES loan (id))",
                "CREATE UNIQUE INDEX renewed_once ON loan (parent) WHERE parent IS NOT NULL",
            ],
        );
        assert!(target.number("SELECT count(parent) FROM loan") > 0);
    }
}

#[test]
fn one_of_three_parents_and_none_of_the_others() {
    fills(
        Engine::Postgres,
        &[
            "CREATE TABLE desk (id serial PRIMARY KEY)",
            "CREATE TABLE branch (id serial PRIMARY KEY)",
            "CREATE TABLE clerk (id serial PRIMARY KEY)",
            "CREATE TABLE bar (id serial PRIMARY KEY, desk int REFERENCES desk (id), branch int REFERENCES branch (id),
             clerk int REFERENCES clerk (id), label text NOT NULL,
             UNIQUE (desk, label), UNIQUE (branch, label), UNIQUE (clerk, label),
             CHECK (desk IS NOT NULL AND coalesce(branch, clerk) IS NULL
                 OR branch IS NOT NULL AND coalesce(desk, clerk) IS NULL
                 OR clerk IS NOT NULL AND coalesce(branch, desk) IS NULL))",
        ],
    );
}

/// PostgreSQL lets a key refer to a column of another type; the copy is then learned, too.
#[test]
fn keys_refer_to_columns_of_other_types() {
    let statements = [
        "CREATE TABLE days (day date PRIMARY KEY, code varchar(8) NOT NULL UNIQUE, small smallint NOT NULL UNIQUE,
         amount numeric(9,0) NOT NULL UNIQUE)",
        "CREATE TABLE notes (id int PRIMARY KEY, day timestamp NOT NULL REFERENCES days (day),
         code text NOT NULL REFERENCES days (code), large bigint REFERENCES days (small),
         amount int NOT NULL REFERENCES days (amount))",
    ];
    let filled = fills(Engine::Postgres, &statements);
    let copy = Database::new(Engine::Postgres);
    Workspace::new().fill(&filled, &copy, &["--scale", "2"]);
    assert_eq!(integrity::violations(&Catalog::of(&filled), &copy), Vec::<String>::new());
    assert!(copy.count("notes") > filled.count("notes"));
}

/// Half of the amounts are no whole numbers, so no row can refer to them; where none of the new ones is, that is said by name.
#[test]
fn keys_refer_to_values_that_their_type_has() {
    let (source, target) = (Database::new(Engine::Postgres), Database::new(Engine::Postgres));
    source.execute("CREATE TABLE rates (amount numeric(6,2) PRIMARY KEY)");
    source.execute("CREATE TABLE notes (id int PRIMARY KEY, amount int NOT NULL REFERENCES rates (amount))");
    source.execute("INSERT INTO rates SELECT n / 2.0 FROM generate_series(1, 80) n");
    source.execute("INSERT INTO notes SELECT n, 1 + n % 40 FROM generate_series(1, 200) n");
    let outcome = Workspace::new().seed(&["--from", &source.address(), "--to", &target.address()]);
    match outcome.code {
        Some(0) => assert_eq!(integrity::violations(&Catalog::of(&source), &target), Vec::<String>::new()),
        _ => assert!(
            outcome.stderr.contains("needs rows of rates with values in (amount)"),
            "{}",
            outcome.stderr
        ),
    }
}
