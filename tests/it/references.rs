//! Polymorphic pairs: columns that hold keys of one table or another, as a column beside them says, still do in the target.

use crate::support::{Database, Engine, Workspace};

const TABLES: [&str; 6] = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL)",
    "CREATE TABLE blog_posts (id INTEGER PRIMARY KEY, title VARCHAR(40) NOT NULL)",
    "CREATE TABLE photos (code VARCHAR(12) PRIMARY KEY, width INTEGER NOT NULL)",
    "CREATE TABLE comments (id INTEGER PRIMARY KEY, subject_type VARCHAR(40), subject_id INTEGER, body VARCHAR(40) NOT NULL,
     CHECK ((subject_type IS NULL) = (subject_id IS NULL)))",
    "CREATE TABLE likes (user_id INTEGER NOT NULL REFERENCES users (id), likeable_type VARCHAR(20) NOT NULL,
     likeable_id INTEGER NOT NULL, PRIMARY KEY (user_id, likeable_type, likeable_id))",
    "CREATE TABLE audits (id INTEGER PRIMARY KEY, table_name VARCHAR(40) NOT NULL, record_id VARCHAR(20) NOT NULL)",
];

/// Rows of pages: users have numbers from 1000, posts from 50000, photos codes.
fn source(engine: Engine) -> Database {
    let database = Database::new(engine);
    TABLES.iter().for_each(|table| database.execute(table));
    let fill = |table: &str, rows: usize, row: &dyn Fn(usize) -> String| {
        let rows: Vec<String> = (1..=rows).map(|n| format!("({})", row(n))).collect();
        database.execute(&format!("INSERT INTO {table} VALUES {}", rows.join(", ")));
    };
    fill("users", 120, &|n| format!("{}, 'u{n}'", 1000 + 3 * n));
    fill("blog_posts", 90, &|n| format!("{}, 't{n}'", 50_000 + 7 * n));
    fill("photos", 80, &|n| format!("'ph-{n}', {}", n % 9));
    let hash = |n: usize| (n * 2_654_435_761 + 17) % 4_294_967_296 / 4099;
    fill("comments", 900, &|n| {
        let subject = match n % 9 {
            0..=4 => {
                format!("'App\\Models\\BlogPost', {}", 50_000 + 7 * (1 + (hash(n) % 60) * (hash(n) % 2)))
            }
            5..=7 => format!("'App\\Models\\User', {}", 1000 + 3 * (1 + hash(n) % 120)),
            _ => "NULL, NULL".to_owned(),
        };
        let subject = if engine == Engine::Mysql { subject.replace('\\', "\\\\") } else { subject };
        format!("{n}, {subject}, 'b{n}'")
    });
    fill("likes", 1000, &|n| {
        let user = 1000 + 3 * (1 + n % 100);
        match n % 3 {
            0 => format!("{user}, 'user', {}", 1000 + 3 * (1 + (n / 3 + n / 100) % 120)),
            _ => format!("{user}, 'blog_post', {}", 50_000 + 7 * (1 + (n / 3 + n / 50) % 90)),
        }
    });
    fill("audits", 400, &|n| match n % 4 {
        0 => format!("{n}, 'photos', 'ph-{}'", 1 + hash(n) % 80),
        _ => format!("{n}, 'users', '{}'", 1000 + 3 * (1 + hash(n) % 120)),
    });
    database
}

/// Rows whose pair names no row.
const DANGLING: [(&str, &str); 3] = [
    (
        "comments",
        "SELECT count(*) FROM comments WHERE
           subject_type LIKE '%BlogPost' AND subject_id NOT IN (SELECT id FROM blog_posts)
           OR subject_type LIKE '%User' AND subject_id NOT IN (SELECT id FROM users)
           OR (subject_type IS NULL) <> (subject_id IS NULL)",
    ),
    (
        "likes",
        "SELECT count(*) FROM likes WHERE likeable_type = 'blog_post' AND likeable_id NOT IN (SELECT id FROM blog_posts)
           OR likeable_type = 'user' AND likeable_id NOT IN (SELECT id FROM users)",
    ),
    (
        "audits",
        "SELECT count(*) FROM audits WHERE table_name = 'photos' AND record_id NOT IN (SELECT code FROM photos)
           OR table_name = 'users' AND record_id NOT IN (SELECT CAST(id AS CHAR(20)) FROM users)",
    ),
];

/// The dangling pairs of an engine: PostgreSQL pads `CHAR(20)`.
fn dangling(database: &Database) -> Vec<(&'static str, i64)> {
    let text = if database.engine() == Engine::Mysql { "CHAR(20)" } else { "VARCHAR(20)" };
    DANGLING.iter().map(|(name, query)| (*name, database.number(&query.replace("CHAR(20)", text)))).collect()
}

#[test]
fn new_rows_refer_to_new_rows_of_the_table_that_they_name() {
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let source = source(engine);
        let none = [("comments", 0), ("likes", 0), ("audits", 0)];
        assert_eq!(dangling(&source), none, "the test's own rows");
        for scale in ["1", "2.5"] {
            let target = Database::new(engine);
            let summary = Workspace::new().fill(&source, &target, &["--scale", scale]);
            assert_eq!(dangling(&target), none, "{engine:?}, scale {scale}: {}", summary["notes"]);
            let share =
                |database: &Database, of: &str, all: &str| 100 * database.number(of) / database.count(all);
            let posts = "SELECT count(*) FROM comments WHERE subject_type LIKE '%BlogPost'";
            let (now, before) = (share(&target, posts, "comments"), share(&source, posts, "comments"));
            assert!(
                (now - before).abs() <= 1,
                "{before} % of comments are about posts, {now} % in the target"
            );
            let silent = "SELECT count(*) FROM blog_posts WHERE id NOT IN
                (SELECT subject_id FROM comments WHERE subject_type LIKE '%BlogPost')";
            let (now, before) = (share(&target, silent, "blog_posts"), share(&source, silent, "blog_posts"));
            assert!((now - before).abs() <= 3, "{before} % of posts have no comments, {now} % in the target");
        }
    }
}

#[test]
fn pairs_are_shown_as_rules_in_words_and_json() {
    let (source, workspace) = (source(Engine::Sqlite), Workspace::new());
    let address = source.address();
    let rules = workspace.seed(&["inspect", &address, "--rules"]).ok().stdout;
    for rule in [
        r"subject_id refers to blog_posts.id where subject_type = 'App\Models\BlogPost'",
        r"subject_id refers to users.id where subject_type = 'App\Models\User'",
        "likeable_id refers to blog_posts.id where likeable_type = 'blog_post'",
        "record_id refers to photos.code where table_name = 'photos'",
        "record_id refers to users.id where table_name = 'users'",
    ] {
        assert!(rules.contains(rule), "{rule}\n{rules}");
    }
    let target = Database::new(Engine::Sqlite);
    let plan = workspace
        .seed(&["--from", &address, "--to", &target.address(), "--dry-run", "--json"])
        .json()
        .to_string();
    assert!(plan.contains("likeable_id refers to users.id where likeable_type = 'user'"), "{plan}");
}

#[test]
fn relations_may_hold_for_some_rows() {
    let source = Database::new(Engine::Sqlite);
    let rows = |table: &str, rows: usize, row: &dyn Fn(usize) -> String| {
        let rows: Vec<String> = (1..=rows).map(|n| format!("({})", row(n))).collect();
        format!("INSERT INTO {table} VALUES {}", rows.join(", "))
    };
    for statement in [
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL)".to_owned(),
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, target TEXT NOT NULL, number INTEGER NOT NULL)"
            .to_owned(),
        rows("people", 50, &|n| format!("{}, 'p{n}'", 10 * n)),
        rows("notes", 200, &|n| {
            format!(
                "{n}, {}",
                if n % 2 == 0 { format!("'human', {}", 10 * (1 + n % 50)) } else { format!("'else', {n}") }
            )
        }),
    ] {
        source.execute(&statement);
    }
    let (target, workspace) = (Database::new(Engine::Sqlite), Workspace::new());
    workspace.write(
        "seed.toml",
        "[[relations]]\nchild = \"notes.number\"\nparent = \"people.id\"\nwhen = \"target = 'human'\"\n",
    );
    workspace.fill(&source, &target, &["--scale", "2"]);
    let lost = "SELECT count(*) FROM notes WHERE target = 'human' AND number NOT IN (SELECT id FROM people)";
    assert_eq!((source.number(lost), target.number(lost)), (0, 0));
    let humans = target.number("SELECT count(*) FROM notes WHERE target = 'human'");
    assert!((160..=240).contains(&humans), "{humans} of about 200");
}

#[test]
fn listed_types_of_made_up_tables_name_their_tables() {
    let tables = [
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL)",
        "CREATE TABLE invoices (id INTEGER PRIMARY KEY, total INTEGER NOT NULL)",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, about_id INTEGER NOT NULL,
         about_type VARCHAR(20) NOT NULL CHECK (about_type IN ('Account', 'Invoice', 'other')))",
    ];
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let (source, target) = (Database::new(engine), Database::new(engine));
        tables.iter().for_each(|table| source.execute(table));
        Workspace::new().fill(&source, &target, &[]);
        let lost = "SELECT count(*) FROM notes WHERE about_type = 'Account' AND about_id NOT IN (SELECT id FROM accounts)
            OR about_type = 'Invoice' AND about_id NOT IN (SELECT id FROM invoices)";
        assert_eq!(target.number(lost), 0, "{engine:?}");
        assert!(target.number("SELECT count(*) FROM notes WHERE about_type = 'Invoice'") > 0);
    }
}

/// Content types as Django has them: a table that says in two texts which table each of its numbers means.
fn content_types(engine: Engine, rows: bool) -> Database {
    let database = Database::new(engine);
    for table in [
        "CREATE TABLE content_types (id INTEGER PRIMARY KEY, app_label VARCHAR(100) NOT NULL, model VARCHAR(100) NOT NULL,
         UNIQUE (app_label, model))",
        "CREATE TABLE auth_user (id INTEGER PRIMARY KEY, joined INTEGER NOT NULL)",
        "CREATE TABLE blog_post (id INTEGER PRIMARY KEY, stars INTEGER NOT NULL)",
        "CREATE TABLE tagged (id INTEGER PRIMARY KEY, object_id INTEGER NOT NULL, content_type_id INTEGER NOT NULL,
         FOREIGN KEY (content_type_id) REFERENCES content_types (id))",
        "CREATE TABLE log (id INTEGER PRIMARY KEY, object_id VARCHAR(40), content_type_id INTEGER,
         FOREIGN KEY (content_type_id) REFERENCES content_types (id))",
    ] {
        database.execute(table);
    }
    database.execute(
        "INSERT INTO content_types VALUES (4, 'auth', 'user'), (7, 'blog', 'post'), (9, 'sessions', 'session')",
    );
    if rows {
        let fill = |table: &str, rows: usize, row: &dyn Fn(usize) -> String| {
            let rows: Vec<String> = (1..=rows).map(|n| format!("({})", row(n))).collect();
            database.execute(&format!("INSERT INTO {table} VALUES {}", rows.join(", ")));
        };
        let hash = |n: usize| (n * 2_654_435_761 + 17) % 4_294_967_296 / 4099;
        fill("auth_user", 90, &|n| format!("{}, {}", 500 + 2 * n, n % 7));
        fill("blog_post", 150, &|n| format!("{}, {}", 3 * n, n % 5));
        let about = |n: usize| match n % 3 {
            0 => (4, 500 + 2 * (1 + hash(n) % 90)),
            _ => (7, 3 * (1 + hash(n) % 150)),
        };
        fill("tagged", 600, &|n| format!("{n}, {}, {}", about(n).1, about(n).0));
        fill("log", 400, &|n| match n % 5 {
            0 => format!("{n}, NULL, NULL"),
            _ => format!("{n}, '{}', {}", about(n).1, about(n).0),
        });
    }
    database
}

/// Rows that refer to nothing that is there.
fn lost(database: &Database) -> i64 {
    let text = if database.engine() == Engine::Mysql { "CHAR(20)" } else { "VARCHAR(20)" };
    let of = |table: &str, id: &str| {
        database.number(&format!(
            "SELECT count(*) FROM {table} WHERE content_type_id = 4 AND object_id NOT IN (SELECT {id} FROM auth_user)
             OR content_type_id = 7 AND object_id NOT IN (SELECT {id} FROM blog_post)"
        ))
    };
    of("tagged", "id") + of("log", &format!("CAST(id AS {text})"))
}

#[test]
fn numbers_of_a_table_of_types_name_tables() {
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let source = content_types(engine, true);
        assert_eq!(lost(&source), 0, "the test's own rows");
        for scale in ["1", "2.5"] {
            let target = Database::new(engine);
            Workspace::new().fill(&source, &target, &["--scale", scale]);
            assert_eq!(lost(&target), 0, "{engine:?}, scale {scale}");
            assert!(target.number("SELECT count(*) FROM tagged WHERE content_type_id = 7") > 300);
        }
    }
    let rules =
        Workspace::new().seed(&["inspect", &content_types(Engine::Sqlite, true).address(), "--rules"]);
    let rules = rules.ok().stdout;
    for rule in [
        "object_id refers to blog_post.id where content_type_id = '7'",
        "object_id refers to auth_user.id where content_type_id = '4'",
    ] {
        assert!(rules.contains(rule), "{rule}\n{rules}");
    }
}

#[test]
fn a_table_of_types_that_an_installation_brought_along_names_tables() {
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let (source, target) = (content_types(engine, false), Database::new(engine));
        Workspace::new().fill(&source, &target, &[]);
        assert_eq!(lost(&target), 0, "{engine:?}");
        assert!(target.number("SELECT count(*) FROM tagged WHERE content_type_id = 7") > 0, "{engine:?}");
    }
}
