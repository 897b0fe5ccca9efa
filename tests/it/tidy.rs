//! The house rules: who may import whom, which crate is used where, who prints, how long a file may be.

use regex::Regex;
use std::path::PathBuf;

/// Which rooms of the library a room may name; `error` and itself always. `ARCHITECTURE.md` explains the table.
const IMPORTS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("rng", &[]),
    ("stats", &[]),
    ("schema", &[]),
    ("config", &["schema", "model"]),
    ("model", &["schema", "stats"]),
    ("learn", &["schema", "model", "stats", "store", "config"]),
    ("imagine", &["schema", "model"]),
    ("plan", &["schema", "model", "config", "rng", "imagine"]),
    ("generate", &["schema", "model", "plan", "rng", "stats"]),
    ("store", &["schema"]),
    ("load", &["schema", "plan", "model", "generate", "store"]),
    ("pipeline", &["schema", "config", "model", "learn", "plan", "generate", "store", "load"]),
    ("cli", &["pipeline", "config", "schema", "generate", "model", "store"]),
];

/// Words of code, and the only places (beginnings of paths below `src`) where they may stand.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sqlx", &["store/postgres", "store/mysql", "store/sqlite"]),
    ("petgraph", &["schema/graph"]),
    ("sqlparser", &["schema/check"]),
    ("indicatif", &["cli/progress.rs"]),
    ("fake", &["generate/column"]),
    ("parquet", &["store/files"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("annotate_snippets", &["cli"]),
    ("tracing_subscriber", &["cli"]),
];

/// Patterns that stand nowhere in the library, or only in the places given, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (r"\be?println!|\be?print!", &["cli", "main.rs"], "only cli prints; use tracing"),
    (r"\.unwrap\(\)", &[], "say with expect() why it holds, or return an error"),
    (r"\btodo!|\bunimplemented!|\bTODO\b|\bFIXME\b|\bXXX\b", &[], "finish it, or leave it out"),
    (r"\brand::rng\b|\bthread_rng\b|\bStdRng\b|\bSmallRng\b", &[], "all randomness comes from rng::Stream"),
    (r"\bDefaultHasher\b|\bRandomState\b", &[], "their order differs from run to run"),
    (r"\bunsafe\b", &[], "not needed"),
];

/// Rooms that take no clock, no environment, no files and no sockets: functions of their arguments.
const PURE: &[&str] = &["rng.rs", "stats", "schema", "imagine", "plan", "generate"];
const IMPURE: &str = r"\bInstant\b|\bSystemTime\b|std::env\b|std::fs\b|std::net\b|\btokio::|\basync fn\b|\bavailable_parallelism\b";

/// Lines that a file may have.
const LONGEST: usize = 500;

struct File {
    /// Relative to the repository, with `/`.
    path: String,
    text: String,
}

/// The Rust files below some folders.
fn files(folders: &[&str]) -> Vec<File> {
    // Asked at run time, so that a built test can look at another checkout.
    let root =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or(env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let mut pending: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(path.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name =
                path.strip_prefix(&root).expect("below the root").display().to_string().replace('\\', "/");
            files.push(File { path: name, text: std::fs::read_to_string(&path).expect("UTF-8") });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!files.is_empty());
    files
}

impl File {
    /// The code of the product: without comments and without tests.
    fn code(&self) -> String {
        let file_of_tests = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        if self.path.starts_with("src/") && file_of_tests {
            return String::new();
        }
        let code = self.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let comment = Regex::new(r"(?m)(^|\s)//.*$").expect("a valid pattern");
        comment.replace_all(code, "").into_owned()
    }

    /// The path below `src`.
    fn place(&self) -> &str {
        self.path.strip_prefix("src/").unwrap_or(&self.path)
    }

    fn room(&self) -> &str {
        let first = self.place().split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.place().starts_with(place))
    }
}

/// The rooms that code names: `crate::room`, and the members of `crate::{…}`.
fn rooms_named(code: &str) -> Vec<String> {
    let single = Regex::new(r"\bcrate::([a-z_]+)").expect("a valid pattern");
    let group = Regex::new(r"\bcrate::\{").expect("a valid pattern");
    let mut rooms: Vec<_> = single.captures_iter(code).map(|found| found[1].to_owned()).collect();
    for found in group.find_iter(code) {
        let mut depth = 0;
        let mut word = String::new();
        let mut first = true; // only the first word of a member is a room
        for letter in code[found.end()..].chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => first = true,
                _ if depth == 0 && first && (letter.is_alphanumeric() || letter == '_') => word.push(letter),
                _ => {}
            }
            let ended = !(letter.is_alphanumeric() || letter == '_');
            if ended && !word.is_empty() {
                rooms.push(std::mem::take(&mut word));
                first = letter == ',' && depth == 0;
            }
        }
        rooms.extend((!word.is_empty()).then_some(word));
    }
    rooms.retain(|room| room.starts_with(char::is_lowercase));
    rooms
}

#[test]
fn rooms_are_read_from_imports() {
    let code =
        "use crate::{error::{Error, Result}, schema, store::sql::quote};\nlet x = crate::rng::Stream::new();";
    let mut rooms = rooms_named(code);
    rooms.sort();
    assert_eq!(rooms, ["error", "rng", "schema", "store"]);
}

#[test]
fn rooms_import_what_the_table_allows() {
    let mut breaches = Vec::new();
    for file in files(&["src"]) {
        let room = file.room();
        if matches!(room, "main" | "lib") {
            continue;
        }
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == room) else {
            breaches.push(format!("{}: the import table has no room called {room}", file.path));
            continue;
        };
        for named in rooms_named(&file.code()) {
            if named != room && named != "error" && !allowed.contains(&named.as_str()) {
                breaches.push(format!("{}: {room} may not import {named}", file.path));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn backends_do_not_know_each_other() {
    let backends = ["postgres", "mysql", "sqlite", "files"];
    for file in files(&["src/store"]) {
        let Some(own) = backends.iter().find(|backend| file.is_in(&[&format!("store/{backend}")])) else {
            continue;
        };
        for other in backends.iter().filter(|other| *other != own) {
            let named = format!("store::{other}");
            assert!(!file.code().contains(&named), "{}: {own} may not import {other}", file.path);
        }
    }
}

#[test]
fn crates_are_named_where_they_belong() {
    let mut breaches = Vec::new();
    for file in files(&["src"]) {
        let code = file.code();
        for (name, places) in ONLY_IN {
            let pattern = Regex::new(&format!(r"\b{name}::|\buse {name}\b")).expect("a valid pattern");
            // A path inside the library may have the same last word: `files::parquet::open`.
            let own = Regex::new(&format!(r"(::|\bself::|\bsuper::){name}::")).expect("a valid pattern");
            let foreign = pattern.find_iter(&code).count() > own.find_iter(&code).count();
            if foreign && !file.is_in(places) {
                breaches.push(format!("{}: {name} belongs to {places:?}", file.path));
            }
        }
        for (pattern, places, why) in FORBIDDEN {
            let found = Regex::new(pattern)
                .expect("a valid pattern")
                .find(&code)
                .map(|found| found.as_str().to_owned());
            if let Some(found) = found.filter(|_| !file.is_in(places)) {
                breaches.push(format!("{}: {found}: {why}", file.path));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn pure_rooms_do_no_input_or_output() {
    let impure = Regex::new(IMPURE).expect("a valid pattern");
    for file in files(&["src"]).iter().filter(|file| file.is_in(PURE)) {
        let code = file.code();
        let found = impure.find(&code).map(|found| found.as_str());
        assert_eq!(found, None, "{}: a pure room takes no clock, environment, file or socket", file.path);
    }
}

#[test]
fn files_are_short() {
    for file in files(&["src", "tests", "examples", "benches"]) {
        let lines = file.text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines; split it by its ideas", file.path);
    }
}

#[test]
fn files_say_what_they_are() {
    for file in files(&["src", "tests", "examples", "benches"]) {
        assert!(file.text.starts_with("//!"), "{} does not begin with a //! sentence", file.path);
    }
}

#[test]
fn rooms_have_telling_names() {
    for file in files(&["src"]) {
        for word in ["utils", "util", "common", "helpers", "misc", "manager"] {
            let named = file.place().split(['/', '.']).any(|part| part == word);
            assert!(!named, "{}: `{word}` says nothing", file.path);
        }
    }
}

#[test]
fn registered_generators_have_names_of_their_own() {
    let outcome = crate::support::Workspace::new().seed(&["generators", "--json"]);
    let list = outcome.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut names: Vec<_> =
        list.as_array().expect("a list").iter().map(|entry| text(&entry["name"])).collect();
    assert!(!names.is_empty());
    for entry in list.as_array().expect("a list") {
        assert!(
            !text(&entry["help"]).is_empty() && !text(&entry["example"]).is_empty(),
            "{entry} teaches nothing"
        );
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two generators have the same name");
}
