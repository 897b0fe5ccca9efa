//! Whole loads: into nothing, into tables that are there, and what makes a load fail.

use super::introspection::AWKWARD;
use super::*;

const ROWS: &str = r#"
INSERT INTO "Odd ""Name" ("select", price, tag, label, tags, matrix, moods) VALUES
    ('sad', 1.50, 'ABC', 'x', '{a,"b c"}', '{{1,2},{3,4}}', '{sad}'), ('o''k', 999, NULL, 'y', '{}', NULL, NULL);
UPDATE "Odd ""Name" SET parent = 1;
INSERT INTO sales.region VALUES ('DE', 1, 'north'), ('FR', 2, NULL);
INSERT INTO sales.shop (number_of_region, country_of_region, name, email, opened, state) VALUES
    (1, 'DE', 'a', 'A@b', '2020-01-01', 'new'), (NULL, NULL, 'b', NULL, NULL, 'done');
INSERT INTO visit (at, shop, note, took)
    SELECT timestamp '2015-01-01' + n * interval '1 day', 1 + n % 2, jsonb_build_object('n', n), n * interval '1 minute'
    FROM generate_series(1, 9000) n;
INSERT INTO stamp SELECT id, at FROM visit WHERE id % 3 = 0 UNION ALL SELECT NULL, NULL;
"#;

async fn filled() -> Database {
    Database::with(&format!("{AWKWARD}{ROWS}")).await
}

/// The collation is a thing of the database, as extensions are: it has to be there.
const COLLATION: &str =
    "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);";

async fn same_rows(from: &Database, to: &Database) {
    let schema = from.source().await.introspect().await.expect("introspect");
    assert_eq!(fingerprints(from, &schema).await, fingerprints(to, &schema).await);
}

#[tokio::test]
async fn an_empty_database_gets_the_whole_schema() {
    let (from, to) = (filled().await, Database::with(COLLATION).await);
    let verdicts = copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    assert!(verdicts.iter().all(|verdict| verdict.violations == 0), "{verdicts:?}");
    assert!(verdicts.iter().any(|verdict| verdict.constraint == "FOREIGN KEY (visit, at) → visit"));
    same_rows(&from, &to).await;
    let (before, after) = (
        from.source().await.introspect().await.expect("introspect"),
        to.source().await.introspect().await.expect("introspect"),
    );
    for (a, b) in before.tables.iter().zip(&after.tables) {
        assert_eq!(a.foreign_keys, b.foreign_keys, "{}", a.name);
        assert_eq!(a.primary_key, b.primary_key, "{}", a.name);
        assert_eq!(a.uniques, b.uniques, "{}", a.name);
        assert_eq!(a.indexes, b.indexes, "{}", a.name);
        assert_eq!(a.partitions, b.partitions, "{}", a.name);
    }
}

#[tokio::test]
async fn sequences_stand_behind_the_last_key() {
    let (from, to) = (filled().await, Database::with(COLLATION).await);
    copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    to.run("INSERT INTO sales.shop (name, opened) VALUES ('next', '2000-01-01'); INSERT INTO visit (at, shop) VALUES ('2021-01-01', 3); \
            INSERT INTO \"Odd \"\"Name\" (price) VALUES (5)")
        .await;
    assert_eq!(to.texts("SELECT max(id)::text FROM sales.shop").await, ["3"]);
    assert_eq!(to.texts("SELECT max(id)::text FROM visit").await, ["9001"]);
    assert_eq!(to.texts("SELECT max(\"Id\")::text FROM \"Odd \"\"Name\"").await, ["3"]);
}

/// Everything that says what constraints, indexes and triggers a database has, and in what state they are.
const STATE: &str = "SELECT s FROM ( \
     SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated || ' ' || coalesce(obj_description(oid, 'pg_constraint'), '') AS s \
        FROM pg_constraint WHERE connamespace IN ('public'::regnamespace, 'sales'::regnamespace) AND conparentid = 0 \
     UNION ALL SELECT tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal \
     UNION ALL SELECT pg_get_indexdef(indexrelid) || ' ' || coalesce(obj_description(indexrelid, 'pg_class'), '') FROM pg_index \
        WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'sales'::regnamespace))) x ORDER BY 1";

const TRIGGERS: &str = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; \
     CREATE TRIGGER stop BEFORE INSERT ON sales.shop FOR EACH ROW EXECUTE FUNCTION no(); \
     CREATE TRIGGER stop_visit BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION no(); \
     CREATE TRIGGER stop_part BEFORE INSERT ON visit_old FOR EACH ROW EXECUTE FUNCTION no(); \
     ALTER TABLE sales.shop ENABLE ALWAYS TRIGGER stop; COMMENT ON INDEX sales.by_name IS 'an index'; \
     COMMENT ON CONSTRAINT shop_country_of_region_number_of_region_fkey ON sales.shop IS 'a key';";

#[tokio::test]
async fn existing_tables_keep_their_constraints_and_triggers() {
    let from = filled().await;
    let to = Database::with(&format!("{AWKWARD}{TRIGGERS}")).await;
    let before = to.texts(STATE).await;
    copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    same_rows(&from, &to).await;
    assert_eq!(to.texts(STATE).await, before);
    copy(&from, &to, ExistingRows::Truncate).await.expect("copy again");
    same_rows(&from, &to).await;
    assert_eq!(to.texts(STATE).await, before);
}

#[tokio::test]
async fn large_tables_get_their_keys_back() {
    let schema = "CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE DEFERRABLE, v int); CREATE INDEX p_v ON p (v DESC) WHERE v > 5; \
         CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, EXCLUDE (id WITH =)); CREATE SCHEMA sales; \
         COMMENT ON CONSTRAINT p_pkey ON p IS 'the key'; CREATE VIEW w AS SELECT id, v FROM c JOIN p USING (id) GROUP BY c.id, p.id;";
    let rows = "INSERT INTO p SELECT n, 'c' || n, n % 10 FROM generate_series(1, 30000) n; INSERT INTO c SELECT n, n FROM generate_series(1, 30000) n;";
    let (from, to) = (Database::with(&format!("{schema}{rows}")).await, Database::with(schema).await);
    let before = to.texts(STATE).await;
    copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    same_rows(&from, &to).await;
    assert_eq!(to.texts(STATE).await, before);
}

#[tokio::test]
async fn rows_are_added_to_those_that_are_there() {
    let statements = "CREATE TABLE t (id serial PRIMARY KEY, v int);";
    let from =
        Database::with(&format!("{statements} INSERT INTO t SELECT n, n FROM generate_series(11, 20) n"))
            .await;
    let to = Database::with(&format!("{statements} INSERT INTO t SELECT n, n FROM generate_series(1, 10) n"))
        .await;
    let error = copy(&from, &to, ExistingRows::Refuse).await.expect_err("not empty");
    assert_eq!(error.to_string(), "table t of the target is not empty");
    copy(&from, &to, ExistingRows::Append).await.expect("append");
    assert_eq!(to.texts("SELECT count(*) || ' ' || nextval('t_id_seq') FROM t").await, ["20 21"]);
}

#[tokio::test]
async fn a_broken_key_undoes_everything_and_shows_no_value() {
    let from = Database::with(
        "CREATE TABLE t (id int, secret text); INSERT INTO t VALUES (1, 'sesame'), (2, 'sesame')",
    )
    .await;
    let to = Database::with("CREATE TABLE t (id int, secret text UNIQUE)").await;
    let error = copy(&from, &to, ExistingRows::Refuse).await.expect_err("not unique");
    assert!(error.to_string().contains("table t"), "{error}");
    let shown = format!("{error:?}");
    assert!(shown.contains("t_secret_key") && !shown.contains("sesame"), "{shown}");
    assert_eq!(to.texts("SELECT count(*)::text FROM t").await, ["0"]);
}

#[tokio::test]
async fn a_broken_foreign_key_names_the_constraint() {
    let tables = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int);";
    let from = Database::with(&format!("{tables} INSERT INTO c VALUES (1, 4711)")).await;
    let to =
        Database::with(&format!("{tables} ALTER TABLE c ADD CONSTRAINT c_to_p FOREIGN KEY (p) REFERENCES p"))
            .await;
    let shown = format!("{:?}", copy(&from, &to, ExistingRows::Refuse).await.expect_err("an orphan"));
    assert!(shown.contains("c_to_p") && !shown.contains("4711"), "{shown}");
}

#[tokio::test]
async fn tables_that_do_not_fit_are_refused_before_anything_is_written() {
    let from = Database::with("CREATE TABLE t (id int, v text)").await;
    for (existing, message) in [
        ("CREATE TABLE t (id int)", "table t of the target has no column v"),
        (
            "CREATE TABLE t (id int, v date)",
            "column t.v is text in the source, and date in the target, which cannot hold it",
        ),
        (
            "CREATE TABLE t (id int, v text, extra int NOT NULL)",
            "column t.extra of the target is NOT NULL without a default, and the source has no such column",
        ),
        (
            "CREATE TABLE t (id int, v text GENERATED ALWAYS AS ('x') STORED)",
            "column t.v of the target is a generated one",
        ),
    ] {
        let to = Database::with(existing).await;
        let error = copy(&from, &to, ExistingRows::Refuse).await.expect_err("it does not fit");
        assert_eq!(error.to_string(), message);
        assert!(!error.hints().is_empty());
    }
}

#[tokio::test]
async fn a_referenced_table_is_not_emptied_under_rows_that_stay() {
    let from = Database::with("CREATE TABLE p (id int PRIMARY KEY)").await;
    let to = Database::with(
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE kept (p int REFERENCES p); \
         INSERT INTO p VALUES (1); INSERT INTO kept VALUES (1)",
    )
    .await;
    let error = copy(&from, &to, ExistingRows::Truncate).await.expect_err("rows refer to it");
    assert_eq!(
        error.to_string(),
        "table p of the target cannot be emptied: rows of kept, which is left alone, refer to it"
    );
    to.run("TRUNCATE kept").await;
    copy(&from, &to, ExistingRows::Truncate).await.expect("nothing refers to it any more");
    assert_eq!(to.texts("SELECT count(*)::text FROM pg_constraint WHERE contype = 'f'").await, ["1"]);
}

#[tokio::test]
async fn a_sink_that_is_dropped_leaves_the_target_as_it_was() {
    let from = filled().await;
    let to = Database::with(&format!("{AWKWARD}{ROWS}")).await;
    let schema = from.source().await.introspect().await.expect("introspect");
    let before = (fingerprints(&to, &schema).await, to.texts(STATE).await);
    let mut sink = to.sink().await;
    sink.prepare(&preparation(&schema, ExistingRows::Truncate)).await.expect("prepare");
    drop(sink);
    assert_eq!((fingerprints(&to, &schema).await, to.texts(STATE).await), before);
}
