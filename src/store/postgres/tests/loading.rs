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
        let bounds = |table: &crate::schema::Table| -> Vec<_> {
            table.partitions.iter().map(|part| (part.name.clone(), part.bounds.clone())).collect()
        };
        assert_eq!(bounds(a), bounds(b), "{}", a.name);
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

#[tokio::test]
async fn a_user_without_the_rights_is_told_which() {
    let from = Database::with("CREATE TABLE t (id int)").await;
    let to = Database::create().await;
    let role = format!("{}_role", to.name);
    to.run(&format!(
        "CREATE ROLE {role} LOGIN; CREATE TABLE t (id int); REVOKE CREATE ON SCHEMA public FROM public"
    ))
    .await;
    let limited = Database { url: to.url.replacen("root@", &format!("{role}@"), 1), name: to.name.clone() };
    let mut messages = Vec::new();
    for grant in [
        "SELECT 1",
        "GRANT INSERT, SELECT ON t TO",
        "ALTER TABLE t OWNER TO",
        "DROP TABLE t --",
        "GRANT CREATE ON SCHEMA public TO",
    ] {
        to.run(&if grant == "SELECT 1" { grant.to_owned() } else { format!("{grant} {role}") }).await;
        messages.push(
            copy(&from, &limited, ExistingRows::Refuse)
                .await
                .map_or_else(|error| error.to_string(), |_| "done".into()),
        );
    }
    std::mem::forget(limited);
    to.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    assert_eq!(
        messages,
        [
            "cannot count the rows of table t of the target".to_owned(),
            format!("user {role} does not own table t of the target"),
            "done".into(),
            "tables cannot be created in schema public of the target".into(),
            "done".into(),
        ]
    );
}

#[tokio::test]
async fn deferred_constraints_do_not_stop_the_end_of_a_load() {
    let tables = "CREATE TABLE t (id serial PRIMARY KEY, next int REFERENCES t DEFERRABLE INITIALLY DEFERRED); \
         CREATE TABLE u (id int UNIQUE DEFERRABLE INITIALLY DEFERRED, t int REFERENCES t DEFERRABLE);";
    let rows = "INSERT INTO t SELECT n, n % 10 + 1 FROM generate_series(1, 10) n; INSERT INTO u SELECT n, n FROM generate_series(1, 10) n";
    let from = Database::with(&format!("{tables} {rows}")).await;
    let to = Database::with(&format!("{tables} INSERT INTO t VALUES (100, 100); INSERT INTO u VALUES (100)"))
        .await;
    copy(&from, &to, ExistingRows::Append).await.expect("append");
    assert_eq!(to.texts("SELECT count(*)::text FROM u").await, ["11"]);
    from.run("DELETE FROM u; UPDATE t SET next = id; UPDATE t SET id = id + 1000, next = id + 1000; INSERT INTO u VALUES (1)").await;
    let error = copy(&from, &to, ExistingRows::Append).await.expect_err("the key is taken");
    assert!(format!("{error:?}").contains("u_id_key"), "{error:?}");
    assert_eq!(to.texts("SELECT count(*)::text FROM u").await, ["11"]);
}

#[tokio::test]
async fn a_relation_that_only_the_settings_know_is_counted() {
    let from = Database::with(
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (2), (NULL)",
    )
    .await;
    let to = Database::create().await;
    let mut source = from.source().await;
    let mut schema = source.introspect().await.expect("introspect");
    let (child, parent) = (schema.table_index("c").expect("c"), schema.table_index("p").expect("p"));
    schema.tables[child].foreign_keys.push(crate::schema::ForeignKey {
        name: None,
        columns: vec![0],
        parent,
        parent_columns: vec![0],
        on_delete: crate::schema::Action::NoAction,
        on_update: crate::schema::Action::NoAction,
        deferrable: crate::schema::Deferrable::No,
        match_full: false,
        declared: false,
    });
    let counts = source.child_counts(&schema, child, 0).await.expect("counts");
    assert_eq!((counts.histogram, counts.null_rows), (vec![(1, 1)], 1));
    let mut sink = to.sink().await;
    sink.prepare(&preparation(&schema, ExistingRows::Refuse)).await.expect("prepare");
    for table in [parent, child] {
        let (sender, receiver) = mpsc::channel(1);
        for batch in scan(&mut source, &schema, table, false).await {
            sender.send(batch).await.expect("room");
        }
        drop(sender);
        sink.write(table, receiver).await.expect("write");
    }
    let verdicts = sink.finish().await.expect("finish");
    let orphans =
        verdicts.iter().find(|verdict| verdict.constraint == "FOREIGN KEY (p) → p").expect("a verdict");
    assert_eq!(orphans.violations, 1);
}

#[tokio::test]
async fn what_the_target_lacks_is_left_out_and_said_beforehand() {
    let from = Database::with(
        "CREATE FUNCTION even(n int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT n % 2 = 0'; \
         CREATE TABLE t (id int PRIMARY KEY, CONSTRAINT only_even CHECK (even(id))); CREATE INDEX by_even ON t (even(id)); \
         INSERT INTO t VALUES (2), (4)",
    )
    .await;
    let to = Database::create().await;
    let schema = from.source().await.introspect().await.expect("introspect");
    let mut sink = to.sink().await;
    let notes =
        sink.check(&preparation(&schema, ExistingRows::Refuse), &Default::default()).await.expect("check");
    assert!(notes.iter().any(|note| note.starts_with("t: left out: CONSTRAINT \"only_even\"")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("by_even")), "{notes:?}");
    assert!(to.source().await.introspect().await.expect("introspect").tables.is_empty());
    copy(&from, &to, ExistingRows::Refuse).await.expect("copy");
    same_rows(&from, &to).await;
    assert_eq!(
        to.texts("SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace").await,
        ["t_pkey"]
    );

    let from = Database::with(
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE u (id int DEFAULT one())",
    )
    .await;
    let error =
        copy(&from, &to, ExistingRows::Refuse).await.expect_err("the default's function is not there");
    assert_eq!(error.to_string(), "cannot create table u in the target");
}
