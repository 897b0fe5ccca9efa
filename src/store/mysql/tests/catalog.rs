//! Introspection of a schema with every awkward feature.

use super::{Database, MysqlSource, with_databases};
use crate::schema::{Action, DataType, Identity, Schema};
use crate::store::{ChildCounts, Source};

const NASTY: &str = "
CREATE TABLE parent (
  a int NOT NULL, b varchar(10) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL, label varchar(20) DEFAULT 'x''y',
  PRIMARY KEY (a, b), UNIQUE KEY by_label (label)
) COMMENT='the parents';
CREATE TABLE `odd ``name` (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `select` int unsigned NOT NULL DEFAULT 7, pa int, pb varchar(10) CHARACTER SET latin1 COLLATE latin1_bin,
  boss bigint unsigned NULL, doc json DEFAULT '{}', flag tinyint(1) NOT NULL DEFAULT 1, one bit(1), bits bit(12),
  born year, money decimal(10,2), huge decimal(65,3), word char(4) COLLATE utf8mb4_nopad_bin, story text,
  hash binary(16), raw varbinary(7), pic longblob, d date, t time(3), dt datetime(6),
  ts timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3), maybe timestamp NULL,
  mood enum('ok','it''s','a,b') DEFAULT 'ok' COMMENT 'how it feels', tags set('x','y'), place point, u uuid,
  doubled int GENERATED ALWAYS AS (`select` * 2) VIRTUAL, kept int GENERATED ALWAYS AS (`select` + 1) STORED,
  hidden int INVISIBLE DEFAULT 3, made varchar(9) DEFAULT concat('a','b'),
  CONSTRAINT odd_parent FOREIGN KEY (pa, pb) REFERENCES parent (a, b) ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT odd_boss FOREIGN KEY (boss) REFERENCES `odd ``name` (id) ON DELETE RESTRICT,
  CONSTRAINT grown CHECK (`select` > 3), CHECK (money >= 0), UNIQUE KEY story_start (story(20)),
  KEY by_day (d, t DESC), FULLTEXT KEY words (story)
);
CREATE TABLE sliced (id int NOT NULL, y int NOT NULL, PRIMARY KEY (id, y))
  PARTITION BY RANGE (y) (PARTITION old VALUES LESS THAN (2000), PARTITION rest VALUES LESS THAN MAXVALUE);
CREATE TABLE spread (id int NOT NULL PRIMARY KEY) PARTITION BY KEY (id) PARTITIONS 3;
CREATE TABLE twice (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d))
  PARTITION BY LIST (id % 2) SUBPARTITION BY HASH (TO_DAYS(d)) SUBPARTITIONS 2
  (PARTITION even VALUES IN (0), PARTITION odd VALUES IN (1));
CREATE VIEW seen AS SELECT a FROM parent;";

async fn introspected(database: &Database) -> Schema {
    let mut source = MysqlSource::connect(&database.url()).await.expect("connects");
    source.introspect().await.expect("introspects")
}

#[test]
fn every_awkward_feature_is_seen() {
    with_databases("catalog", |[database]| async move {
        database.run(NASTY).await;
        let schema = introspected(&database).await;
        let names: Vec<_> = schema.tables.iter().map(|table| table.name.to_string()).collect();
        assert_eq!(names, ["odd `name", "parent", "sliced", "spread", "twice"]);
        let (odd, parent, sliced) = (&schema.tables[0], &schema.tables[1], &schema.tables[2]);
        assert_eq!(parent.comment.as_deref(), Some("the parents"));
        assert_eq!(parent.primary_key.as_ref().map(|key| key.columns.clone()), Some(vec![0, 1]));
        assert_eq!(parent.columns[2].default.as_deref(), Some("'x''y'"));
        assert!(parent.columns[2].case_insensitive && !parent.columns[1].case_insensitive);
        assert_eq!(sliced.partition_by.as_deref(), Some("RANGE (`y`)"));
        assert_eq!(sliced.partitions[1].bounds, "VALUES LESS THAN MAXVALUE");

        let types: Vec<String> = odd
            .columns
            .iter()
            .map(|column| {
                format!(
                    "{} {:?} {}{}",
                    column.name,
                    column.data_type,
                    column.native,
                    if column.nullable { "" } else { " NOT NULL" }
                )
            })
            .collect();
        insta::assert_snapshot!(types.join("\n"), @r#"
        id Decimal { precision: 20, scale: 0 } bigint(20) unsigned NOT NULL
        select Integer { bits: 32, unsigned: true } int(10) unsigned NOT NULL
        pa Integer { bits: 32, unsigned: false } int(11)
        pb Text { max: Some(10), fixed: false } varchar(10) CHARACTER SET latin1 COLLATE latin1_bin
        boss Decimal { precision: 20, scale: 0 } bigint(20) unsigned
        doc Json json
        flag Boolean tinyint(1) NOT NULL
        one Boolean bit(1)
        bits Other bit(12)
        born Integer { bits: 16, unsigned: true } year(4)
        money Decimal { precision: 10, scale: 2 } decimal(10,2)
        huge Numeric decimal(65,3)
        word Text { max: Some(4), fixed: true } char(4) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
        story Text { max: Some(65535), fixed: false } text CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci
        hash Bytes { max: Some(16) } binary(16)
        raw Bytes { max: Some(7) } varbinary(7)
        pic Bytes { max: None } longblob
        d Date date
        t Time time(3)
        dt Timestamp { zoned: false } datetime(6)
        ts Timestamp { zoned: true } timestamp(3) ON UPDATE current_timestamp(3) NOT NULL
        maybe Timestamp { zoned: true } timestamp
        mood Enum { name: None, labels: ["ok", "it's", "a,b"] } enum('ok','it''s','a,b') CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci
        tags Other set('x','y') CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci
        place Other point
        u Uuid uuid
        doubled Integer { bits: 32, unsigned: false } int(11)
        kept Integer { bits: 32, unsigned: false } int(11)
        hidden Integer { bits: 32, unsigned: false } int(11) INVISIBLE
        made Text { max: Some(9), fixed: false } varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci
        "#);

        assert_eq!(odd.columns[0].identity, Some(Identity::AutoIncrement));
        let column = |name: &str| &odd.columns[odd.column_index(name).expect(name)];
        assert_eq!(column("ts").default.as_deref(), Some("current_timestamp(3)"));
        assert_eq!(column("pa").default, None);
        assert_eq!(column("made").default.as_deref(), Some("concat('a','b')"));
        assert_eq!(column("doubled").generated.as_ref().map(|made| made.stored), Some(false));
        assert_eq!(column("kept").generated.as_ref().map(|made| made.stored), Some(true));
        assert_eq!(column("mood").comment.as_deref(), Some("how it feels"));
        let checks: Vec<_> = odd.checks.iter().map(|check| check.expression.as_str()).collect();
        assert_eq!(checks, ["`money` >= 0", "`select` > 3"], "and not json_valid");
        assert_eq!(odd.foreign_keys.len(), 2);
        let (boss, key) = (&odd.foreign_keys[0], &odd.foreign_keys[1]);
        assert_eq!((boss.parent, boss.on_delete), (0, Action::Restrict));
        assert_eq!((key.parent, key.parent_columns.as_slice()), (1, [0, 1].as_slice()));
        assert_eq!((key.on_delete, key.on_update), (Action::Cascade, Action::SetNull));
        assert_eq!(odd.uniques[0].expression.as_deref(), Some("`story`(20)"));
        let by_day = odd
            .indexes
            .iter()
            .find(|index| index.name == "by_day")
            .and_then(|index| index.definition.clone());
        assert_eq!(by_day.as_deref(), Some("CREATE INDEX `by_day` ON `odd ``name` (`d`, `t` DESC)"));
    });
}

#[test]
fn a_created_copy_looks_the_same() {
    with_databases("again", |[database, second]| async move {
        database.run(NASTY).await;
        super::copy(&database, &second, crate::store::ExistingRows::Refuse).await;
        let (one, mut other) = (introspected(&database).await, introspected(&second).await);
        for (mine, theirs) in one.tables.iter().zip(&mut other.tables) {
            // An estimate is an estimate, and the order of indexes is that of their creation.
            theirs.row_estimate = mine.row_estimate;
            // One action to InnoDB; an added key is listed with the other word than one that came with its table.
            for (mine, theirs) in mine.foreign_keys.iter().zip(&mut theirs.foreign_keys) {
                for (mine, theirs) in
                    [(mine.on_delete, &mut theirs.on_delete), (mine.on_update, &mut theirs.on_update)]
                {
                    if (mine, *theirs) == (Action::Restrict, Action::NoAction) {
                        *theirs = mine;
                    }
                }
            }
        }
        assert_eq!(one, other);
    });
}

#[test]
fn children_are_counted_with_zeroes_and_nulls() {
    with_databases("children", |[database]| async move {
        database
            .run(
                "CREATE TABLE p (a int, b char(2), n int, children int, PRIMARY KEY (a, b));
                 CREATE TABLE c (id int PRIMARY KEY, a int, b char(2), k0 int, k1 int, FOREIGN KEY (a, b) REFERENCES p (a, b));
                 INSERT INTO p (a, b) VALUES (1,'x'),(1,'y'),(2,'x'),(3,'x');
                 INSERT INTO c (id, a, b) VALUES (1,1,'x'),(2,1,'x'),(3,2,'x'),(4,NULL,'x'),(5,3,NULL),(6,3,'x');",
            )
            .await;
        let mut source = MysqlSource::connect(&database.url()).await.expect("connects");
        let schema = source.introspect().await.expect("introspects");
        assert_eq!(schema.tables[0].columns[1].data_type, DataType::Integer { bits: 32, unsigned: false });
        let counts = source.child_counts(&schema, 0, 0).await.expect("counts");
        assert_eq!(counts, ChildCounts { histogram: vec![(0, 1), (1, 2), (2, 1)], null_rows: 2 });
        assert_eq!(source.children_of_each(&schema, 0, 0).await.expect("counts"), [2, 0, 1, 1]);
        assert_eq!(source.count(&schema, 0).await.expect("counts"), 6);
    });
}

#[test]
fn two_spellings_of_an_address_are_one_database() {
    with_databases("identity", |[database, other]| async move {
        let mut one = MysqlSource::connect(&database.url()).await.expect("connects");
        let alias = database.url().replacen("mysql://", "mariadb://", 1).replace("127.0.0.1", "localhost");
        let mut same = super::MysqlSink::connect(&alias).await.expect("connects");
        let mut another = MysqlSource::connect(&other.url()).await.expect("connects");
        let identity = one.identity().await.expect("identity");
        assert_eq!(crate::store::Sink::identity(&mut same).await.expect("identity"), Some(identity.clone()));
        assert_ne!(another.identity().await.expect("identity"), identity);
    });
}
