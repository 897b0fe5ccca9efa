//! Texts that are put together of other values: slugs of titles, numbers that hold a year and a key, paths, names of users.

use crate::support::{Database, Engine, Workspace};

/// 900 articles of 60 authors, fifty of which have the title of another one, and 1,500 invoices.
fn source() -> Database {
    let database = Database::new(Engine::Sqlite);
    database.execute(
        "BEGIN;
         CREATE TABLE authors (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, login TEXT NOT NULL);
         CREATE TABLE articles (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES authors (id), title TEXT NOT NULL,
             slug VARCHAR(60) NOT NULL UNIQUE, path TEXT, published DATE);
         CREATE TABLE invoices (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, issued DATE NOT NULL, file TEXT NOT NULL,
             note TEXT CHECK (length(note) > 2));
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 60)
             INSERT INTO authors SELECT n, 'Ann' || char(97 + n * 7 % 26), 'Mill' || char(97 + n * 11 / 3 % 26),
                 lower(substr('Ann', 1, 1) || 'Mill' || char(97 + n * 11 / 3 % 26)) FROM numbers;
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 900),
             words AS (SELECT n, 'Guide ' || (n % 850 * 31 % 97) AS first, 'Garden No ' || (n % 850 * 17 % 89) AS second FROM numbers)
             INSERT INTO articles SELECT n, 1 + n * n % 60, first || ' to the ' || second,
                 replace(lower(first || ' to the ' || second), ' ', '-') || CASE WHEN n > 850 THEN '-2' WHEN n % 300 = 7 THEN '-x' ELSE '' END, NULL,
                 CASE WHEN n % 4 > 0 THEN date('2023-01-01', '+' || (n * 37 % 700) || ' days') END FROM words;
         UPDATE articles SET path = '/' || strftime('%Y/', published) || slug || '.html';
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1500),
             days AS (SELECT n, date('2021-03-01', '+' || n || ' days') AS day FROM numbers)
             INSERT INTO invoices SELECT n, 'INV-' || strftime('%Y', day) || '-' || printf('%05d', n), day,
                 strftime('%Y%m%d', day) || '_' || n || '.pdf', printf('%04d', n) FROM days;
         COMMIT;",
    );
    database
}

/// Rows that are not what the source's are, by what they should be.
const BROKEN: [(&str, &str); 4] = [
    ("invoices", "number <> 'INV-' || strftime('%Y', issued) || '-' || printf('%05d', id)"),
    ("invoices", "file <> strftime('%Y%m%d', issued) || '_' || id || '.pdf'"),
    ("articles", "path IS NOT '/' || strftime('%Y', published) || '/' || slug || '.html'"),
    ("authors", "login <> 'a' || lower(last_name) AND login <> lower(substr(first_name, 1, 1) || last_name)"),
];

#[test]
fn texts_are_made_of_the_values_of_their_row() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    for (table, broken) in BROKEN {
        let count = format!("SELECT count(*) FROM {table} WHERE {broken}");
        assert_eq!((source.number(&count), target.number(&count)), (0, 0), "{table}: {broken}");
    }
    let rules = workspace.seed(&["inspect", &source.address(), "--rules"]).ok().stdout;
    for rule in [
        "number = 'INV-' || to_char(issued, 'YYYY') || '-' || lpad(id, 5)",
        "file = to_char(issued, 'YYYYMMDD') || '_' || id || '.pdf'",
        "path = '/' || to_char(published, 'YYYY') || '/' || slug || '.html'",
        "slug = slug(title, '-')",
    ] {
        assert!(rules.contains(rule), "{rule} is not in\n{rules}");
    }
    assert!(!rules.contains("note ="), "a CHECK decides about notes:\n{rules}");
}

#[test]
fn slugs_are_those_of_titles_and_different_all_the_same() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &["--scale", "3"]);
    let slugs = target.rows("SELECT title, slug FROM articles ORDER BY id");
    assert_eq!(slugs.len(), 2700);
    for row in &slugs {
        let (title, slug) = (row[0].as_deref().unwrap(), row[1].as_deref().unwrap());
        let made: String = title
            .to_lowercase()
            .chars()
            .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
            .collect();
        let made = made.split_whitespace().collect::<Vec<_>>().join("-");
        let made: String = made.chars().take(60).collect();
        let rest = slug.strip_prefix(&made).unwrap_or_else(|| panic!("`{slug}` is not of `{title}`"));
        assert!(rest.is_empty() || rest[1..].parse::<u32>().is_ok(), "`{slug}` is not of `{title}`");
    }
    assert_eq!(target.number("SELECT count(DISTINCT slug) FROM articles"), 2700);
}

#[test]
fn texts_are_made_as_the_user_says_and_names_of_what_is_unknown_are_errors() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.write(
        "seed.toml",
        "[tables.authors]\nrules = { add = [\"login = upper(left(last_name, 2)) || '/' || lpad(id, 4)\"] }\n
         [tables.articles]\nrules = { drop = [\"slug = slug(title, '-')\"] }\n",
    );
    workspace.fill(&source, &target, &[]);
    let broken = "SELECT count(*) FROM authors WHERE login <> upper(substr(last_name, 1, 2)) || '/' || printf('%04d', id)";
    assert_eq!(target.number(broken), 0);
    workspace.write("seed.toml", "[tables.authors]\nrules = { add = [\"login = to_char(id, 'YYYYY')\"] }\n");
    let said = workspace.seed(&["--from", &source.address(), "--to", &target.address(), "--truncate"]);
    assert!(said.stderr.contains("`YYYYY` is none of the patterns"), "{}", said.stderr);
}

#[test]
fn appended_numbers_go_on() {
    let (source, target, workspace) = (source(), Database::new(Engine::Sqlite), Workspace::new());
    workspace.fill(&source, &target, &[]);
    let notes = workspace.fill(&source, &target, &["--append"])["notes"].to_string();
    assert_eq!(target.number("SELECT count(*) FROM invoices"), 3000);
    let (table, broken) = BROKEN[0];
    assert_eq!(target.number(&format!("SELECT count(*) FROM {table} WHERE {broken}")), 0);
    assert!(
        notes.contains("`slug = slug(title, '-')` is not kept: the target may have the same texts already"),
        "{notes}"
    );
}
