//! Whole loads: copies, cycles, existing rows, verdicts.

use super::{Database, EVERYTHING, MysqlSink, MysqlSource, copy, load, preparation, scan, with_databases};
use crate::schema::{Dialect, Schema};
use crate::store::{ExistingRows, Sample, Sink, Source};
use arrow_array::RecordBatch;

const SHOP: &str = "
CREATE TABLE category (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, parent int, name varchar(30) NOT NULL UNIQUE,
  CONSTRAINT up FOREIGN KEY (parent) REFERENCES category (id));
CREATE TABLE product (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, category int NOT NULL, price decimal(8,2) NOT NULL,
  title text, gross decimal(8,2) GENERATED ALWAYS AS (price * 1.2) STORED, best_review int,
  KEY category_key (category), KEY by_title (title(10)), CHECK (price >= 0),
  CONSTRAINT category_key FOREIGN KEY (category) REFERENCES category (id));
CREATE TABLE review (id int NOT NULL PRIMARY KEY, product int NOT NULL, stars tinyint NOT NULL CHECK (stars BETWEEN 1 AND 5),
  CONSTRAINT of_product FOREIGN KEY (product) REFERENCES product (id) ON DELETE CASCADE);
ALTER TABLE product ADD CONSTRAINT best FOREIGN KEY (best_review) REFERENCES review (id);
INSERT INTO category VALUES (1, NULL, 'all'), (2, 1, 'books'), (7, 1, 'toys');
INSERT INTO product (id, category, price, title)
  SELECT seq, IF(seq % 3, 2, 7), seq / 7, REPEAT('t', seq % 50) FROM seq_1_to_950;
INSERT INTO review SELECT seq, 1 + seq % 950, 1 + seq % 5 FROM seq_1_to_2000;
UPDATE product SET best_review = id WHERE id % 2;";

const COUNTS: &str =
    "SELECT (SELECT COUNT(*) FROM category), (SELECT COUNT(*) FROM product), (SELECT COUNT(*) FROM review)";

async fn checksums(database: &Database) -> Vec<String> {
    let rows = database.query("CHECKSUM TABLE category, product, review").await;
    rows.iter().map(|row| row.split_once('.').map_or(row.clone(), |(_, rest)| rest.to_owned())).collect()
}

/// The schema of a database and all its rows.
async fn whole(database: &Database) -> (Schema, Vec<Vec<RecordBatch>>) {
    let mut source = MysqlSource::connect(&database.url()).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    let mut tables = Vec::new();
    for table in 0..schema.tables.len() {
        tables.push(scan(&mut source, &schema, table, EVERYTHING).await);
    }
    (schema, tables)
}

#[test]
fn a_database_with_cycles_is_copied_whole() {
    with_databases("copy", |[database, second]| async move {
        database.run(SHOP).await;
        let verdicts = copy(&database, &second, ExistingRows::Refuse).await;
        assert!(verdicts.iter().all(|verdict| verdict.violations == 0), "{verdicts:?}");
        let said: Vec<_> =
            verdicts.iter().map(|verdict| format!("{} {}", verdict.table, verdict.constraint)).collect();
        for expected in [
            "category UNIQUE (name)",
            "product FOREIGN KEY (best_review) → review",
            "product PRIMARY KEY (id)",
        ] {
            assert!(said.iter().any(|verdict| verdict == expected), "{expected} in {said:?}");
        }
        assert_eq!(checksums(&second).await, checksums(&database).await);
        second.run("INSERT INTO product (category, price) VALUES (1, 1)").await;
        assert_eq!(second.query("SELECT MAX(id) FROM product").await, ["951"]);
        let indexes = "SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() \
                       AND TABLE_NAME = 'product' ORDER BY 1";
        assert_eq!(second.query(indexes).await, database.query(indexes).await);
    });
}

#[test]
fn rows_that_are_there_are_refused_emptied_or_kept() {
    with_databases("existing", |[database, second]| async move {
        database.run(SHOP).await;
        copy(&database, &second, ExistingRows::Refuse).await;
        let (schema, _) = whole(&database).await;
        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        let state = sink.inspect().await.expect("inspects");
        let refused =
            sink.check(&preparation(&schema, ExistingRows::Refuse), &state).await.expect_err("refused");
        assert_eq!(
            refused.to_string(),
            "the target is not empty: category (3 rows), product (950 rows), review (2000 rows)"
        );
        copy(&database, &second, ExistingRows::Truncate).await;
        assert_eq!(second.query(COUNTS).await, ["3|950|2000"]);

        // A table outside of the load that refers to the emptied one.
        second
            .run("CREATE TABLE note (id int PRIMARY KEY, category int, FOREIGN KEY (category) REFERENCES category (id)); \
                  INSERT INTO note VALUES (1, 1)")
            .await;
        let state = sink.inspect().await.expect("inspects");
        let refused =
            sink.check(&preparation(&schema, ExistingRows::Truncate), &state).await.expect_err("refused");
        assert_eq!(
            refused.to_string(),
            "tables outside the load would lose their parents: note (1 rows) refers to category"
        );
        sink.check(&preparation(&schema, ExistingRows::Append), &state).await.expect("appending is fine");
    });
}

#[test]
fn what_an_interrupted_load_left_is_made_anew() {
    with_databases("unfinished", |[database, second]| async move {
        database.run(SHOP).await;
        let (schema, tables) = whole(&database).await;
        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        sink.prepare(&preparation(&schema, ExistingRows::Refuse)).await.expect("prepares");
        drop(sink);
        second.run("INSERT INTO category VALUES (1, NULL, 'left behind')").await;

        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        let state = sink.inspect().await.expect("inspects");
        let refused =
            sink.check(&preparation(&schema, ExistingRows::Append), &state).await.expect_err("refused");
        assert_eq!(refused.to_string(), "an earlier run has not finished: category, product, review");
        let verdicts = load(&mut sink, &preparation(&schema, ExistingRows::Truncate), tables).await;
        assert!(verdicts.iter().all(|verdict| verdict.violations == 0), "{verdicts:?}");
        let keys = "SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS \
                    WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY 1, 2";
        assert_eq!(second.query(keys).await, database.query(keys).await);
        let marked = "SELECT COUNT(*) FROM information_schema.TABLES \
                      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_COMMENT <> ''";
        assert_eq!(second.query(marked).await, ["0"]);
    });
}

#[test]
fn texts_of_another_engine_differ_by_case_and_by_blanks() {
    with_databases("blanks", |[database, second]| async move {
        database
            .run(
                "CREATE TABLE t (code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PRIMARY KEY); \
                  INSERT INTO t VALUES ('a'), ('a '), ('A'), ('a  ')",
            )
            .await;
        let (mut schema, tables) = whole(&database).await;
        schema.dialect = Dialect::Sqlite;
        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        load(&mut sink, &preparation(&schema, ExistingRows::Refuse), tables).await;
        assert_eq!(second.query("SELECT COUNT(*) FROM t").await, ["4"]);
    });
}

#[test]
fn a_broken_foreign_key_is_found_after_the_load() {
    with_databases("orphans", |[database, second]| async move {
        database.run(SHOP).await;
        let (schema, mut tables) = whole(&database).await;
        let category = schema.table_index("category").expect("category");
        tables[category] = vec![tables[category][0].slice(0, 2)];
        let mut sink = MysqlSink::connect(&second.url()).await.expect("connects");
        let verdicts = load(&mut sink, &preparation(&schema, ExistingRows::Refuse), tables).await;
        let broken: Vec<_> = verdicts.iter().filter(|verdict| verdict.violations > 0).collect();
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert_eq!(broken[0].constraint, "FOREIGN KEY (category) → category");
        assert_eq!(broken[0].violations, 316);
    });
}

#[test]
fn rows_are_split_to_fit_into_packets() {
    with_databases("packets", |[database, second]| async move {
        database
            .run(
                "CREATE TABLE big (id int PRIMARY KEY, body longtext); \
                  INSERT INTO big SELECT seq, REPEAT(CHAR(64 + seq % 26), 900000) FROM seq_1_to_60",
            )
            .await;
        copy(&database, &second, ExistingRows::Refuse).await;
        let query = "SELECT COUNT(*), SUM(CRC32(body)) FROM big";
        assert_eq!(second.query(query).await, database.query(query).await);
    });
}

#[test]
fn a_sample_is_of_the_wanted_size_and_always_the_same() {
    with_databases("sample", |[database]| async move {
        database.run("CREATE TABLE s (id int PRIMARY KEY, x int); INSERT INTO s SELECT seq, seq FROM seq_1_to_20000").await;
        let mut source = MysqlSource::connect(&database.url()).await.expect("connects");
        let schema = source.introspect().await.expect("introspects");
        let sample = Sample { rows: 20_000, limit: 5_000 };
        let first = scan(&mut source, &schema, 0, sample).await;
        let rows: usize = first.iter().map(RecordBatch::num_rows).sum();
        assert!((4_700..5_300).contains(&rows), "{rows}");
        assert_eq!(scan(&mut source, &schema, 0, sample).await, first);
    });
}

#[test]
fn keys_that_the_target_lacks_are_counted() {
    with_databases("lacks", |[database, second]| async move {
        database
            .run(
                "CREATE TABLE t (id int PRIMARY KEY, code varchar(9) UNIQUE, n int CHECK (n > 0)); \
                  INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, NULL, 3)",
            )
            .await;
        second.run("CREATE TABLE t (id int, code varchar(9), n int); INSERT INTO t VALUES (1, 'a', -1), (9, 'b', 1)").await;
        let verdicts = copy(&database, &second, ExistingRows::Append).await;
        let said: Vec<_> =
            verdicts.iter().map(|verdict| format!("{} {}", verdict.constraint, verdict.violations)).collect();
        assert_eq!(said, ["PRIMARY KEY (id) 1", "UNIQUE (code) 2", "CHECK (`n` > 0) 1"]);
    });
}
