//! What random schemas have found, each as a small schema that showed it: learned from a few rows, filled, and judged.

use crate::support::{Catalog, Database, Engine, Workspace, integrity};

/// Makes a source of the statements, fills an empty copy, and asks whether everything holds.
pub(super) fn holds(engine: Engine, statements: &[&str], more: &[&str]) -> Database {
    let (source, target) = (Database::new(engine), Database::new(engine));
    statements.iter().for_each(|statement| source.execute(statement));
    Workspace::new().fill(&source, &target, more);
    assert_eq!(integrity::violations(&Catalog::of(&source), &target), Vec::<String>::new());
    target
}

/// `INSERT` of so many rows, numbered from 1.
pub(super) fn insert(table: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    let rows: Vec<_> = (1..=rows).map(|number| format!("({})", row(number))).collect();
    format!("INSERT INTO {table} VALUES {}", rows.join(", "))
}

#[test]
fn folded_texts_stay_different() {
    let rows = insert("t", 30, |n| format!("{n}, '{}', {}", ["red", "Blue"][n % 2], n / 2));
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, colour TEXT NOT NULL, size INTEGER NOT NULL)";
    let index = "CREATE UNIQUE INDEX u ON t (lower(colour), size)";
    let target = holds(Engine::Sqlite, &[table, index, &rows], &["--scale", "2"]);
    let twice = "SELECT count(*) FROM (SELECT 1 FROM t GROUP BY lower(colour), size HAVING count(*) > 1)";
    assert_eq!(target.number(twice), 0);
}

#[test]
fn nulls_that_count_as_equal_come_once() {
    let rows = insert("t", 30, |n| format!("{n}, {}, {}", n / 2, ["NULL", "1"][n % 2]));
    let single = insert("s", 20, |n| if n == 1 { "1, NULL".to_owned() } else { format!("{n}, {n}") });
    let target = holds(
        Engine::Postgres,
        &[
            "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL, b integer, UNIQUE NULLS NOT DISTINCT (a, b))",
            "CREATE TABLE s (id integer PRIMARY KEY, a integer, UNIQUE NULLS NOT DISTINCT (a))",
            &rows,
            &single,
        ],
        &["--scale", "3"],
    );
    assert!(target.number("SELECT count(*) FROM s WHERE a IS NULL") <= 1);
}

#[test]
fn texts_of_few_rows_are_what_checks_ask_for() {
    let table = "CREATE TABLE t (code varchar(8) PRIMARY KEY CHECK (length(code) <= 8 AND length(code) > 3),
        first_name TEXT NOT NULL CHECK (first_name IN ('new', 'old')), sku TEXT UNIQUE CHECK (sku LIKE 'SKU-%'),
        level INTEGER NOT NULL CHECK (level IN (0, 7)))";
    let rows = insert("t", 4, |n| format!("'abc{n}', 'new', 'SKU-{n}x', 7"));
    let target = holds(Engine::Sqlite, &[table, &rows], &["--scale", "3"]);
    assert_eq!(target.count("t"), 12);
}

#[test]
fn times_that_hold_seconds_stay_different() {
    let rows =
        insert("t", 3, |n| format!("{n}, '2020-01-0{n} 10:00:00', '2020-01-0{n}', '::{n}', 'a,b', 1999"));
    let table = "CREATE TABLE t (id int PRIMARY KEY, a datetime UNIQUE, b timestamp NULL UNIQUE, c inet6, d set('a', 'b') NOT NULL,
        e year NOT NULL)";
    holds(Engine::Mysql, &[table, &rows], &["--scale", "30"]);
}

#[test]
fn lists_of_days_hold_days() {
    let rows = insert("t", 20, |n| format!("{n}, '{{2020-01-{:02},2021-12-31}}', '{{}}'", n));
    let table = "CREATE TABLE t (id integer PRIMARY KEY, days date[] NOT NULL, moments timestamptz[])";
    holds(Engine::Postgres, &[table, &rows], &[]);
}

#[test]
fn one_to_one_keys_stay_so_where_others_follow_from_them() {
    let tables = [
        "CREATE TABLE users (id INTEGER PRIMARY KEY)",
        "CREATE TABLE plans (user_id INTEGER REFERENCES users (id), no INTEGER, PRIMARY KEY (user_id, no))",
        "CREATE TABLE bills (user_id INTEGER NOT NULL REFERENCES users (id), plan_no INTEGER NOT NULL, level INTEGER,
         UNIQUE (user_id, plan_no), FOREIGN KEY (user_id, plan_no) REFERENCES plans (user_id, no))",
    ];
    let users = insert("users", 27, |n| n.to_string());
    let plans = insert("plans", 26, |n| format!("{}, {n}", 1 + n % 9));
    let bills = insert("bills", 3, |n| format!("{}, {n}, {n}", 1 + n % 9));
    holds(Engine::Sqlite, &[tables[0], tables[1], tables[2], &users, &plans, &bills], &["--scale", "3"]);
}

#[test]
fn one_to_one_keys_stay_so_where_two_parents_must_differ() {
    let tables = [
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (a INTEGER NOT NULL REFERENCES p (id), b INTEGER NOT NULL UNIQUE REFERENCES p (id), CHECK (a <> b))",
    ];
    let parents = insert("p", 20, |n| n.to_string());
    let children = insert("c", 18, |n| format!("{}, {}", 1 + n % 4, n + 2));
    holds(Engine::Sqlite, &[tables[0], tables[1], &parents, &children], &["--scale", "1"]);
}

#[test]
fn sums_stay_within_their_bound() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, low INTEGER NOT NULL CHECK (low BETWEEN 0 AND 50), high INTEGER NOT NULL,
        CHECK (high BETWEEN 0 AND 100000 AND low * 2 >= high))";
    holds(Engine::Sqlite, &[table], &["--rows", "t=40"]);
}

#[test]
fn columns_are_in_order_where_their_bounds_do_not_meet() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 10),
        due NUMERIC NOT NULL, \"end\" NUMERIC NOT NULL CHECK (\"end\" BETWEEN 0.00 AND 1.00),
        CHECK (size < level), CHECK (\"end\" IS NULL OR \"end\" >= due))";
    holds(Engine::Sqlite, &[table], &["--rows", "t=40"]);
}

#[test]
fn rows_that_a_check_draws_again_are_found_by_others() {
    let table = "CREATE TABLE t (name TEXT NOT NULL, no TEXT NOT NULL CHECK (length(no) <= 8 AND length(no) > 3), a TEXT, b TEXT,
        PRIMARY KEY (name, no), FOREIGN KEY (a, b) REFERENCES t (name, no))";
    let rows = insert("t", 30, |n| match n {
        1..=5 => format!("'n{n}', 'abc{n}', NULL, NULL"),
        _ => format!("'n{}', 'code{n}', 'n{}', 'abc{}'", n % 7, n % 5 + 1, n % 5 + 1),
    });
    for scale in ["0.5", "1", "3"] {
        holds(Engine::Sqlite, &[table, &rows], &["--scale", scale]);
    }
}

#[test]
fn required_rows_of_the_same_table_agree_with_its_key() {
    let tables = [
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (a INTEGER NOT NULL REFERENCES p (id), b INTEGER NOT NULL REFERENCES p (id), c INTEGER NOT NULL,
         PRIMARY KEY (a, b), FOREIGN KEY (c, a) REFERENCES t (a, b))",
    ];
    holds(Engine::Sqlite, &tables, &["--rows", "p=20", "--rows", "t=15"]);
}

#[test]
fn numbers_of_any_precision_stay_different() {
    let table = "CREATE TABLE t (id integer PRIMARY KEY, share numeric UNIQUE CHECK (share BETWEEN 0.0000 AND 1.0000))";
    holds(Engine::Postgres, &[table], &["--rows", "t=300"]);
}

#[test]
fn blanks_around_texts_of_fixed_length_are_read() {
    let table = "CREATE TABLE t (id integer PRIMARY KEY, code char(2) CHECK (char_length(trim(code)) > 0))";
    let rows = insert("t", 6, |n| format!("{n}, '{}'", ["ab", "x", "1"][n % 3]));
    holds(Engine::Postgres, &[table, &rows], &["--scale", "5"]);
}

#[test]
fn names_that_the_server_numbers_do_not_meet() {
    let long = "a_column_whose_name_is_exactly_as_long_as_the_server_allows";
    let tables = [
        "CREATE TABLE p (id integer PRIMARY KEY) PARTITION BY HASH (id)".to_owned(),
        "CREATE TABLE p_0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0)".to_owned(),
        "CREATE TABLE p_1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1)".to_owned(),
        format!(
            "CREATE TABLE t (id integer PRIMARY KEY, {long}_1 integer REFERENCES p (id), {long}_2 integer REFERENCES p (id))"
        ),
    ];
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    let target = holds(Engine::Postgres, &tables, &["--rows", "p=10", "--rows", "t=10"]);
    let keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0";
    assert_eq!(target.number(keys), 2);
}

#[test]
fn sums_of_columns_without_a_sign_are_not_below_zero() {
    let table = "CREATE TABLE t (id int PRIMARY KEY, a int CHECK (a IS NULL OR a <= 10), b int unsigned,
        total bigint GENERATED ALWAYS AS (a + b) STORED)";
    holds(Engine::Mysql, &[table], &["--rows", "t=40"]);
}

#[test]
fn an_address_that_is_none_follows_its_check() {
    let table = "CREATE TABLE t (id integer, ip varchar(12) NOT NULL CHECK (ip ~ '^[A-Z]{2}-[0-9]{5}$'), PRIMARY KEY (id, ip))";
    holds(Engine::Postgres, &[table], &["--rows", "t=20"]);
}

#[test]
fn codes_begin_with_the_letter_that_a_check_asks_for() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT CHECK (code LIKE 'A%'))";
    let index = "CREATE UNIQUE INDEX u ON t (lower(code))";
    let rows = insert("t", 300, |n| format!("{n}, 'A{}k{}x{}q'", n % 10, n / 10 % 10, n / 100));
    let target = holds(Engine::Sqlite, &[table, index, &rows], &[]);
    assert_eq!(target.number("SELECT count(code) FROM t"), 300);
}

#[test]
fn one_change_may_need_another() {
    let table = r#"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, password BIGINT NOT NULL, size INTEGER NOT NULL,
        meta NUMERIC NOT NULL, "%share" NUMERIC NOT NULL, CHECK (meta < "%share"),
        CHECK (password BETWEEN 0 AND 100000 AND size BETWEEN 0 AND 100000 AND password + size <= 757))"#;
    for rows in ["--rows=t=29", "--rows=t=31", "--rows=t=33"] {
        holds(Engine::Sqlite, &[table], &[rows]);
    }
}

#[test]
fn unique_columns_stand_in_order() {
    // As in trees told as nested sets.
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, lft INTEGER NOT NULL UNIQUE, rgt INTEGER NOT NULL UNIQUE, CHECK (lft < rgt))";
    let rows = insert("t", 120, |n| format!("{n}, {}, {}", 10 * n, 10 * n + 1 + 20 * (n % 4)));
    for scale in ["1", "3", "0.3"] {
        holds(Engine::Sqlite, &[table, &rows], &["--scale", scale]);
    }
}

#[test]
fn rows_of_a_kind_refer_to_rows_of_that_kind() {
    let tables = [
        "CREATE TABLE party (id INTEGER PRIMARY KEY, kind VARCHAR(1) NOT NULL, UNIQUE (id, kind))",
        "CREATE TABLE person (id INTEGER PRIMARY KEY, kind VARCHAR(1) NOT NULL CHECK (kind = 'p'), born INTEGER NOT NULL,
            FOREIGN KEY (id, kind) REFERENCES party (id, kind))",
        "CREATE TABLE firm (id INTEGER PRIMARY KEY, kind VARCHAR(1) NOT NULL CHECK (kind = 'f'), size INTEGER NOT NULL,
            FOREIGN KEY (id, kind) REFERENCES party (id, kind))",
    ];
    let is_firm = |n: usize| n % 7 < 2;
    let parties = insert("party", 210, |n| format!("{n}, '{}'", if is_firm(n) { "f" } else { "p" }));
    let of_kind = |table: &str, firm: bool| {
        let rows: Vec<String> = (1..=210)
            .filter(|&n| is_firm(n) == firm)
            .map(|n| format!("({n}, '{}', {})", if firm { "f" } else { "p" }, 1950 + n % 50))
            .collect();
        format!("INSERT INTO {table} VALUES {}", rows.join(", "))
    };
    let script =
        [tables[0], tables[1], tables[2], &parties, &of_kind("person", false), &of_kind("firm", true)];
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        for scale in ["1", "2"] {
            let target = holds(engine, &script, &["--scale", scale]);
            assert!(target.count("firm") >= if scale == "1" { 60 } else { 120 });
        }
    }
}

#[test]
fn parents_that_are_too_few_are_no_mistake_of_the_request() {
    let parents = "CREATE TABLE p (id INTEGER PRIMARY KEY)";
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL REFERENCES p (id), kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3),
        size INTEGER NOT NULL, UNIQUE (p_id, kind), UNIQUE (kind, size))";
    let all = [
        parents,
        table,
        &insert("p", 20, |n| n.to_string()),
        &insert("t", 80, |n| format!("{n}, {}, {}, {n}", n.div_ceil(4), n % 4)),
    ];
    let target = holds(Engine::Sqlite, &all, &["--scale", "2"]);
    assert_eq!((target.count("p"), target.count("t")), (20, 80));
}

#[test]
fn texts_that_make_keys_different_match_their_check() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, role INTEGER NOT NULL, comment varchar(255) CHECK (comment LIKE 'no_%'))";
    let index = "CREATE UNIQUE INDEX u ON t (lower(comment), role)";
    let rows =
        insert("t", 46, |n| format!("{n}, {}, 'no {}'", n % 3, ["salt", "sugar", "milk", "rice"][n / 12]));
    let rows = rows.replace("INSERT", "INSERT OR IGNORE");
    for scale in ["1", "3", "9"] {
        holds(Engine::Sqlite, &[table, index, &rows], &["--scale", scale]);
    }
}

#[test]
fn bytes_are_as_long_as_a_check_allows() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB NOT NULL, CHECK (length(data) <= 40))";
    let rows = insert("t", 4, |n| format!("{n}, zeroblob({})", [9, 40, 0, 34][n - 1]));
    for seed in ["0", "1", "2", "3", "4", "5", "6", "7"] {
        holds(Engine::Sqlite, &[table, &rows], &["--scale", "0.5", "--seed", seed]);
    }
}

#[test]
fn rows_that_refer_to_each_other_are_numbered_anew_when_some_are_taken_out() {
    let parents = "CREATE TABLE p (id INTEGER PRIMARY KEY)";
    let table = "CREATE TABLE t (p_id INTEGER NOT NULL REFERENCES p (id), kind INTEGER NOT NULL CHECK (kind IN (0, 2, 3, 7)),
        number INTEGER NOT NULL UNIQUE, boss INTEGER REFERENCES t (number), PRIMARY KEY (p_id, kind))";
    let boss = |n: usize| if n > 8 { (n / 2).to_string() } else { "NULL".to_owned() };
    let row = |n: usize| format!("{}, {}, {n}, {}", n.div_ceil(4), [0, 2, 3, 7][n % 4], boss(n));
    let all = [parents, table, &insert("p", 20, |n| n.to_string()), &insert("t", 80, row)];
    let target = holds(Engine::Sqlite, &all, &["--scale", "2"]);
    assert_eq!(target.count("t"), 80);
}

#[test]
fn lists_that_are_all_empty_stay_so() {
    let table = "CREATE TABLE t (id integer PRIMARY KEY, days date[] NOT NULL, notes text[] NOT NULL, spans int4range[] NOT NULL)";
    let rows = insert("t", 12, |n| format!("{n}, '{{}}', '{{}}', '{{}}'"));
    let target = holds(Engine::Postgres, &[table, &rows], &["--scale", "2"]);
    assert_eq!(target.number("SELECT count(*) FROM t WHERE days = '{}' AND notes = '{}'"), 24);
}

#[test]
fn checks_hold_in_columns_of_keys_over_expressions() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER, name TEXT NOT NULL CHECK (name LIKE 'A%'), ip TEXT CHECK (length(trim(ip)) > 0))";
    let index = "CREATE UNIQUE INDEX u ON t (lower(name), ip)";
    let ip = |n: usize| if n.is_multiple_of(3) { "'x'".to_owned() } else { format!("'v {n}'") };
    let rows = insert("t", 40, |n| format!("{n}, {n}, 'A {n} b', {}", ip(n)));
    for scale in ["0.5", "3"] {
        holds(Engine::Sqlite, &[table, index, &rows], &["--scale", scale]);
    }
}

#[test]
fn late_references_to_own_rows_agree_where_nulls_count_as_equal() {
    let tables = [
        "CREATE TABLE courses (id integer, part varchar(12), PRIMARY KEY (id, part))",
        "CREATE TABLE events (id integer PRIMARY KEY)",
        "CREATE TABLE roles (course integer NOT NULL, part varchar(12) NOT NULL, event integer NOT NULL REFERENCES events (id),
         other integer NOT NULL REFERENCES events (id), up_course integer, up_part varchar(12), up_event integer, code uuid,
         PRIMARY KEY (course, part, event, other), UNIQUE NULLS NOT DISTINCT (code, up_event),
         FOREIGN KEY (course, part) REFERENCES courses (id, part),
         FOREIGN KEY (up_course, up_part, up_event, event) REFERENCES roles (course, part, event, other))",
    ];
    for seed in ["1", "2", "3", "4"] {
        for rows in ["roles=12", "roles=30", "roles=37"] {
            let more = ["--rows", "courses=13", "--rows", "events=15", "--rows", rows, "--seed", seed];
            holds(Engine::Postgres, &tables, &more);
        }
    }
}

#[test]
fn rows_go_on_where_others_end() {
    let tables = [
        "CREATE TABLE cities (id INTEGER PRIMARY KEY)",
        "CREATE TABLE lines (id INTEGER PRIMARY KEY)",
        "CREATE TABLE routes (line INTEGER NOT NULL REFERENCES lines (id), a INTEGER NOT NULL REFERENCES cities (id),
         b INTEGER NOT NULL REFERENCES cities (id), PRIMARY KEY (line, a, b))",
        "CREATE TABLE trips (via INTEGER NOT NULL REFERENCES cities (id), one INTEGER NOT NULL, home INTEGER NOT NULL,
         two INTEGER NOT NULL, away INTEGER NOT NULL, FOREIGN KEY (one, home, via) REFERENCES routes (line, a, b),
         FOREIGN KEY (two, via, away) REFERENCES routes (line, a, b))",
    ];
    for seed in ["1", "2", "3", "4", "5", "6"] {
        let more = ["cities=40", "lines=5", "routes=9", "trips=12"].map(|rows| format!("--rows={rows}"));
        let more: Vec<&str> = more.iter().map(String::as_str).chain(["--seed", seed]).collect();
        assert_eq!(holds(Engine::Sqlite, &tables, &more).count("trips"), 12);
    }
}

#[test]
fn rows_that_find_no_agreeing_parents_are_left_out() {
    let tables = [
        "CREATE TABLE cities (id INTEGER PRIMARY KEY)",
        "CREATE TABLE routes (a INTEGER NOT NULL REFERENCES cities (id), b INTEGER NOT NULL REFERENCES cities (id), PRIMARY KEY (a, b))",
        "CREATE TABLE trips (via INTEGER NOT NULL, home INTEGER NOT NULL, away INTEGER NOT NULL, PRIMARY KEY (via, home),
         FOREIGN KEY (home, via) REFERENCES routes (a, b), FOREIGN KEY (via, away) REFERENCES routes (a, b))",
    ];
    let cities = insert("cities", 30, |n| n.to_string());
    let routes = insert("routes", 20, |n| format!("{n}, {}", n + 1));
    let trips = insert("trips", 19, |n| format!("{}, {n}, {}", n + 1, n + 2));
    for seed in ["1", "2", "3", "4", "5", "6"] {
        let all = [tables[0], tables[1], tables[2], &cities, &routes, &trips];
        let target = holds(Engine::Sqlite, &all, &["--seed", seed, "--table", "cities=learn"]);
        assert!(target.count("trips") > 0);
    }
}

#[test]
fn late_references_find_rows_for_all_that_they_share() {
    let tables = [
        "CREATE TABLE versions (id INTEGER PRIMARY KEY)",
        "CREATE TABLE permits (id INTEGER PRIMARY KEY, version INTEGER NOT NULL REFERENCES versions (id),
         up INTEGER NOT NULL REFERENCES permits (id),
         FOREIGN KEY (up, version) REFERENCES grants (permit, version) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE grants (permit INTEGER NOT NULL REFERENCES permits (id), version INTEGER NOT NULL REFERENCES versions (id),
         note TEXT, PRIMARY KEY (permit, version))",
    ];
    for seed in ["1", "2", "3", "4", "5", "6"] {
        let more = ["versions=9", "permits=14", "grants=20"].map(|rows| format!("--rows={rows}"));
        let more: Vec<&str> = more.iter().map(String::as_str).chain(["--seed", seed]).collect();
        holds(Engine::Sqlite, &tables, &more);
    }
    let versions = insert("versions", 12, |n| n.to_string());
    let permits = insert("permits", 40, |n| format!("{n}, {}, {}", 1 + n % 5, 1 + n % 7));
    let grants = insert("grants", 60, |n| format!("{}, {}, 'n{}'", 1 + (n - 1) % 7, 1 + (n - 1) / 7, n % 3));
    for seed in ["1", "2", "3", "4", "5", "6"] {
        let all =
            [tables[0], tables[1], tables[2], "PRAGMA foreign_keys = OFF", &versions, &permits, &grants];
        holds(Engine::Sqlite, &all, &["--seed", seed, "--scale", "3", "--table", "versions=learn"]);
    }
}

#[test]
fn made_up_numbers_fill_what_a_check_leaves() {
    let table =
        "CREATE TABLE t (id integer PRIMARY KEY, share numeric NOT NULL CHECK (share BETWEEN 0.0 AND 1.0),
        change double precision NOT NULL CHECK (change >= -50 AND change <= 50), at time)";
    let index = "CREATE UNIQUE INDEX u ON t (share, change) WHERE at IS NOT NULL";
    let target = holds(Engine::Postgres, &[table, index], &["--rows", "t=200"]);
    assert_eq!(target.count("t"), 200);
    assert!(target.number("SELECT count(*) FROM t WHERE share IN (0, 1) OR change IN (-50, 50)") < 20);
}

#[test]
fn listed_values_that_no_row_drew_are_tried() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, payload INTEGER NOT NULL CHECK (payload IN (0, 1)),
        rank INTEGER NOT NULL CHECK (rank >= 1), CHECK (payload * 2 >= rank))";
    let rows = insert("t", 2, |n| format!("{n}, 1, {n}"));
    for seed in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        holds(Engine::Sqlite, &[table, &rows], &["--scale", ".5", "--seed", seed]);
    }
}
