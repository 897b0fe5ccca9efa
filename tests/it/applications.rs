//! What schemas of applications ask beyond keys: each test is a small schema, empty, that once could not be filled.

use crate::support::{Catalog, Database, Engine, Workspace, integrity};

/// Fills an empty copy of an empty schema, and asks whether everything holds.
fn filled(engine: Engine, statements: &[&str]) -> Database {
    let (source, target) = (Database::new(engine), Database::new(engine));
    for database in [&source, &target] {
        statements.iter().for_each(|statement| database.execute(statement));
    }
    Workspace::new().fill(&source, &target, &[]);
    assert_eq!(integrity::violations(&Catalog::of(&source), &target), Vec::<String>::new());
    target
}

#[test]
fn letters_bytes_and_casts() {
    let target = filled(
        Engine::Postgres,
        &[
            "CREATE DOMAIN sha AS bytea CHECK (VALUE IS NULL OR octet_length(VALUE) = 20)",
            "CREATE TABLE domains (id sha PRIMARY KEY, name varchar(255) NOT NULL UNIQUE CHECK (name::text = lower(name::text)),
                code text NOT NULL CHECK (code = upper(code)), parent sha)",
            "CREATE TABLE builds (id int PRIMARY KEY, number varchar, config text)",
            "CREATE INDEX numbers ON builds ((number::integer))",
            "CREATE INDEX configs ON builds (((config::jsonb) ->> 'os'))",
            "CREATE TABLE nothing ()",
        ],
    );
    assert!(target.count("nothing") >= 100);
}

#[test]
fn types_of_the_schemas_own() {
    filled(
        Engine::Postgres,
        &[
            "CREATE TYPE address AS (street text, zip varchar(5), level smallint, since date)",
            "CREATE TYPE pair AS (first address, second int)",
            "CREATE TYPE floats AS RANGE (subtype = float8)",
            "CREATE TABLE people (id int PRIMARY KEY, home address NOT NULL, twice pair NOT NULL, width floats NOT NULL UNIQUE,
                seen pg_snapshot NOT NULL, vector int2vector NOT NULL, owner regclass NOT NULL)",
        ],
    );
}

#[test]
fn rows_find_their_partitions() {
    filled(
        Engine::Postgres,
        &[
            "CREATE TABLE deep (tenant int NOT NULL, at timestamptz NOT NULL, x text) PARTITION BY LIST (tenant)",
            "CREATE TABLE deep_1 PARTITION OF deep FOR VALUES IN (1) PARTITION BY RANGE (at)",
            "CREATE TABLE deep_1a PARTITION OF deep_1 FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
            "CREATE TABLE deep_2 PARTITION OF deep FOR VALUES IN (2)",
            "CREATE TABLE nulls (id bigint NOT NULL, kind text) PARTITION BY LIST (kind)",
            "CREATE TABLE nulls_a PARTITION OF nulls FOR VALUES IN ('a', NULL)",
            "CREATE TABLE years (id bigint NOT NULL, at timestamp NOT NULL) PARTITION BY LIST (extract(year from at))",
            "CREATE TABLE years_2024 PARTITION OF years FOR VALUES IN (2024)",
            "CREATE TABLE months (id bigint NOT NULL, at timestamp NOT NULL) PARTITION BY RANGE (date_trunc('month', at))",
            "CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
            "CREATE TABLE months_2 PARTITION OF months FOR VALUES FROM ('2024-05-01') TO ('2024-06-01')",
            "CREATE TABLE weeks (id bigint NOT NULL, at timestamp) PARTITION BY LIST (date_trunc('week', at))",
            "CREATE TABLE weeks_1 PARTITION OF weeks FOR VALUES IN ('2024-01-01', '2024-01-15')",
            "CREATE TABLE weeks_2 PARTITION OF weeks FOR VALUES IN ('2024-02-05')",
            "CREATE TABLE two (a int NOT NULL, b date NOT NULL) PARTITION BY RANGE (a, b)",
            "CREATE TABLE two_1 PARTITION OF two FOR VALUES FROM (1, '2024-01-01') TO (10, '2024-06-01')",
        ],
    );
    filled(
        Engine::Mysql,
        &[
            "CREATE TABLE r (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (YEAR(d))
                (PARTITION p0 VALUES LESS THAN (2023), PARTITION p1 VALUES LESS THAN (2025))",
            "CREATE TABLE l (id int NOT NULL, k int NOT NULL, PRIMARY KEY (id, k)) PARTITION BY LIST (k)
                (PARTITION p0 VALUES IN (1, 2, 3), PARTITION p1 VALUES IN (7, NULL))",
            "CREATE TABLE t (id int NOT NULL, d datetime NOT NULL) PARTITION BY RANGE (TO_DAYS(d))
                (PARTITION p0 VALUES LESS THAN (TO_DAYS('2024-01-01')))",
        ],
    );
}

#[test]
fn stretches_and_shapes_do_not_overlap() {
    filled(
        Engine::Postgres,
        &[
            "CREATE EXTENSION btree_gist",
            "CREATE TABLE bookings (id int PRIMARY KEY, room int NOT NULL, starts timestamptz NOT NULL, ends timestamptz NOT NULL,
                CHECK (starts < ends), EXCLUDE USING gist (room WITH =, tstzrange(starts, ends) WITH &&))",
            "CREATE TABLE stays (id int PRIMARY KEY, room int NOT NULL CHECK (room BETWEEN 1 AND 9), hotel int NOT NULL,
                EXCLUDE USING gist (room WITH =, hotel WITH <>))",
            "CREATE TABLE hotels (id int PRIMARY KEY)",
            "CREATE TABLE rooms (id int PRIMARY KEY, code text NOT NULL, hotel int NOT NULL REFERENCES hotels,
                EXCLUDE USING gist (code WITH =, hotel WITH <>))",
            "CREATE TABLE prices (id int PRIMARY KEY, shop text NOT NULL CHECK (shop IN ('a', 'b')), article int NOT NULL CHECK (article < 5),
                unit int, price numeric(8, 2) NOT NULL CHECK (price > 0), CHECK (unit < article * 10),
                EXCLUDE USING gist (shop WITH =, article WITH =, unit WITH <>, price WITH <>))",
            "CREATE TABLE zones (id int PRIMARY KEY, area circle, EXCLUDE USING gist (area WITH &&))",
        ],
    );
}

#[test]
fn first_days_of_months_are_such() {
    filled(
        Engine::Postgres,
        &["CREATE TABLE t (id int PRIMARY KEY, period date NOT NULL, at timestamptz NOT NULL,
            CHECK (period = date_trunc('month', period::timestamp)::date), CHECK (at = date_trunc('day', at)),
            CHECK (date_trunc('year', at) >= '2024-01-01'))"],
    );
}

#[test]
fn checks_that_only_the_database_understands_are_tried_out() {
    let target = filled(
        Engine::Postgres,
        &[
            "CREATE FUNCTION is_even(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0'",
            "CREATE FUNCTION is_code(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
                $$ BEGIN RETURN $1 ~ '^[A-Z]{2}[0-9]{4}$'; END $$",
            "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL CHECK (is_even(a)), code text NOT NULL CHECK (is_code(code)),
                o jsonb NOT NULL CHECK (jsonb_typeof(o) = 'object'), l jsonb NOT NULL CHECK (jsonb_typeof(l) = 'array'),
                tags text[] NOT NULL CHECK (tags <@ ARRAY['a', 'b', 'c']))",
        ],
    );
    assert!(target.number("SELECT count(DISTINCT a) FROM t") > 5);
    filled(
        Engine::Mysql,
        &["CREATE TABLE t (id int PRIMARY KEY, l longtext NOT NULL CHECK (json_type(l) = 'ARRAY'))"],
    );
    filled(
        Engine::Sqlite,
        &["CREATE TABLE t (id INTEGER PRIMARY KEY, l TEXT NOT NULL CHECK (json_type(l) = 'array'))"],
    );
}

#[test]
fn computed_columns_have_their_say() {
    filled(
        Engine::Postgres,
        &["CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int GENERATED ALWAYS AS (a + b) STORED,
            d text GENERATED ALWAYS AS (upper('x' || a::text)) STORED UNIQUE, CHECK (c > 10))"],
    );
    filled(
        Engine::Mysql,
        &[
            "CREATE TABLE t (id int PRIMARY KEY, user_id int NOT NULL, is_default tinyint(1) NOT NULL DEFAULT 0,
                chosen tinyint AS (IF(is_default, 1, NULL)) PERSISTENT, UNIQUE (user_id, chosen), name varchar(100) NOT NULL, UNIQUE (name(5)))",
        ],
    );
    filled(
        Engine::Sqlite,
        &[
            "CREATE TABLE t (id INTEGER PRIMARY KEY, data TEXT, os TEXT GENERATED ALWAYS AS (json_extract(data, '$.os')))",
        ],
    );
}

#[test]
fn one_row_at_the_most() {
    let target = filled(
        Engine::Postgres,
        &[
            "CREATE TABLE settings (id int PRIMARY KEY, theme text)",
            "CREATE UNIQUE INDEX one_row ON settings ((true))",
            "CREATE TABLE plans (id int PRIMARY KEY, is_default boolean NOT NULL)",
            "CREATE UNIQUE INDEX chosen ON plans ((1)) WHERE is_default",
        ],
    );
    assert_eq!(target.count("settings"), 1);
}

#[test]
fn what_triggers_write_makes_room() {
    let target = filled(
        Engine::Mysql,
        &[
            "CREATE TABLE audit (film_id int PRIMARY KEY, what varchar(20) NOT NULL)",
            "CREATE TABLE film (film_id int PRIMARY KEY, title varchar(20) NOT NULL)",
            "CREATE TRIGGER told AFTER INSERT ON film FOR EACH ROW INSERT INTO audit VALUES (NEW.film_id, 'new')",
        ],
    );
    assert!(target.count("audit") >= 100);
}

#[test]
fn forced_row_security_and_views_come_back() {
    let target = filled(
        Engine::Postgres,
        &[
            "CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL)",
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE notes FORCE ROW LEVEL SECURITY",
            "CREATE POLICY own ON notes USING (tenant = 1)",
            "CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM notes",
            "CREATE MATERIALIZED VIEW doubled AS SELECT 2 * n AS n FROM counted",
        ],
    );
    assert_eq!(
        target.number("SELECT count(*) FROM pg_class WHERE relname = 'notes' AND relforcerowsecurity"),
        1
    );
    assert_eq!(target.number("SELECT n::int8 FROM doubled"), 2 * target.count("notes"));
}

#[test]
fn optional_keys_that_share_a_column_name_a_parent_or_none() {
    let statements = [
        "CREATE TABLE c (id INTEGER NOT NULL PRIMARY KEY)",
        "CREATE TABLE b (c_id INTEGER NOT NULL REFERENCES c (id), line INTEGER NOT NULL, PRIMARY KEY (c_id, line))",
        "CREATE TABLE t (c_id INTEGER NOT NULL REFERENCES c (id), role INTEGER NOT NULL, line INTEGER, line_2 INTEGER,
            PRIMARY KEY (c_id, role), FOREIGN KEY (c_id, line) REFERENCES b (c_id, line),
            FOREIGN KEY (c_id, line_2) REFERENCES b (c_id, line))",
        // `due` is no part of a key over `due_2`.
        "CREATE TABLE o (id INTEGER PRIMARY KEY, starts INTEGER NOT NULL, due INTEGER NOT NULL, due_2 TEXT NOT NULL,
            CHECK (starts BETWEEN 0 AND 100000 AND due BETWEEN 0 AND 100000 AND starts + due <= 1))",
        "CREATE UNIQUE INDEX u ON o (lower(due_2))",
    ];
    filled(Engine::Sqlite, &statements);
}
