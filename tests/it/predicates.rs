//! Random conditions on random rows: what `Predicate` says must be what the engine says.

use seed::schema::check::{Datum, Predicate};
use seed::schema::{Column, DataType, Dialect, Table, TableName};
use sqlx::{AssertSqlSafe, Connection, Row};
use std::collections::BTreeMap;

/// Conditions tried on every engine.
const CONDITIONS: usize = 250;

/// Makes and fills the table, on any kind of connection.
macro_rules! fill {
    ($connection:ident, $ddl:expr) => {{
        sqlx::raw_sql(AssertSqlSafe($ddl.to_string())).execute(&mut $connection).await.expect("the table");
        let insert = format!("INSERT INTO t VALUES {}", insert_rows());
        sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut $connection).await.expect("the rows");
    }};
}

/// The engine's verdicts. Not a prepared statement: that is slower by far where every statement is another one.
macro_rules! verdicts {
    ($connection:ident, $query:expr, $sql:expr) => {{
        let rows = sqlx::raw_sql(AssertSqlSafe($query)).fetch_all(&mut $connection).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", $sql));
        rows.iter().map(|row| row.get::<i64, _>(0)).collect::<Vec<_>>()
    }};
}

/// Carries conditions of the other engines over: the target may reject no row that they admit.
macro_rules! carry_over {
    ($connection:ident, $to:expr) => {{
        let rows = rows();
        let mut carried = 0;
        for from in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            let table = table(from);
            for number in 0..if from == $to { 0 } else { CONDITIONS } {
                let condition = Words { state: 70_000 + number as u64, dialect: from }.condition(3);
                let predicate = Predicate::parse(from, &table, &condition).expect("a condition");
                let Ok(sql) = predicate.to_sql(&table, $to) else { continue };
                carried += 1;
                let query = verdicts_query($to, &sql);
                for (row, verdict) in rows.iter().zip(verdicts!($connection, query, sql)) {
                    let admitted = predicate.admits(&|column| row[column].clone());
                    assert!(!admitted || verdict != 0, "{from}: {condition}\n{}: {sql}\non {row:?}", $to);
                }
            }
        }
        assert!(carried > CONDITIONS, "only {carried} conditions could be carried over");
    }};
}

/// Asks the engine for its verdict on every row and compares.
macro_rules! compare {
    ($connection:ident, $dialect:expr) => {{
        let table = table($dialect);
        let rows = rows();
        for number in 0..CONDITIONS {
            let condition = Words { state: 7 + number as u64, dialect: $dialect }.condition(3);
            let predicate = match Predicate::parse($dialect, &table, &condition) {
                Ok(predicate) => predicate,
                Err(error) => panic!("{condition}: {error}"),
            };
            let again = predicate.to_sql(&table, $dialect).expect("a condition in its own dialect");
            for sql in [&condition, &again] {
                let query = verdicts_query($dialect, sql);
                let verdicts = verdicts!($connection, query, sql);
                for (row, verdict) in rows.iter().zip(verdicts) {
                    let value = |column: usize| row[column].clone();
                    let ours = match (predicate.selects(&value), predicate.admits(&value)) {
                        (true, _) => 1,
                        (false, true) => 2,
                        (false, false) => 0,
                    };
                    assert_eq!(ours, verdict, "{sql}\nread from {condition}\non {row:?}");
                }
            }
        }
    }};
}

#[tokio::test]
async fn agrees_with_sqlite() {
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.expect("SQLite in memory");
    let ddl = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, m NUMERIC, r REAL, s TEXT, d DATE, f BOOLEAN)";
    fill!(connection, ddl);
    compare!(connection, Dialect::Sqlite);
    carry_over!(connection, Dialect::Sqlite);
}

#[tokio::test]
async fn agrees_with_postgres() {
    let mut connection =
        sqlx::PgConnection::connect(&server("SEED_TEST_POSTGRES")).await.expect("the PostgreSQL test server");
    let ddl = "CREATE TEMPORARY TABLE t (id bigint PRIMARY KEY, a integer, b integer, m numeric(10,2), \
               r double precision, s varchar(20) COLLATE \"C\", d date, f boolean)";
    fill!(connection, ddl);
    compare!(connection, Dialect::Postgres);
    carry_over!(connection, Dialect::Postgres);
}

#[tokio::test]
async fn agrees_with_mysql() {
    let mut connection =
        sqlx::MySqlConnection::connect(&server("SEED_TEST_MYSQL")).await.expect("the MySQL test server");
    // A temporary table is this connection's own, but it has to lie in some database.
    let database = format!("seed_predicates_{}", std::process::id());
    let create = format!("CREATE DATABASE {database}");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .expect("a database of the test's own");
    let ddl = format!(
        "USE {database}; CREATE TEMPORARY TABLE t (id bigint PRIMARY KEY, a int, b int, m decimal(10,2), r double, \
         s varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, d date, f tinyint(1))"
    );
    fill!(connection, &ddl);
    compare!(connection, Dialect::Mysql);
    carry_over!(connection, Dialect::Mysql);
    let drop = format!("DROP DATABASE {database}");
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await.expect("the database to go again");
}

fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set; run tests/run"))
}

/// 1 for true, 0 for false, 2 for NULL, row by row.
fn verdicts_query(dialect: Dialect, condition: &str) -> String {
    let integer = if dialect == Dialect::Mysql { "SIGNED" } else { "bigint" };
    let verdict = format!("CASE WHEN ({condition}) THEN 1 WHEN NOT ({condition}) THEN 0 ELSE 2 END");
    format!("SELECT CAST({verdict} AS {integer}) FROM t ORDER BY id")
}

fn table(dialect: Dialect) -> Table {
    let columns = [
        ("id", DataType::Integer { bits: 64, unsigned: false }),
        ("a", DataType::Integer { bits: 32, unsigned: false }),
        ("b", DataType::Integer { bits: 32, unsigned: false }),
        ("m", DataType::Decimal { precision: 10, scale: 2 }),
        ("r", DataType::Float { bits: 64 }),
        ("s", DataType::Text { max: Some(20), fixed: false }),
        ("d", DataType::Date),
        ("f", DataType::Boolean),
    ];
    let columns = columns.into_iter().map(|(name, data_type)| Column {
        nullable: true,
        form: None,
        case_insensitive: name == "s" && dialect == Dialect::Mysql,
        ..Column::new(name.into(), data_type)
    });
    Table::new(TableName { schema: None, name: "t".into() }, columns.collect())
}

/// The values of the rows, column by column: the SQL literal, and what the predicate sees of it.
fn values() -> BTreeMap<&'static str, Vec<(&'static str, Datum)>> {
    let text = |text: &str| Datum::Text(text.into());
    BTreeMap::from([
        ("a", vec![("-2", Datum::Decimal(-2, 0)), ("0", Datum::Decimal(0, 0)), ("3", Datum::Decimal(3, 0))]),
        ("b", vec![("1", Datum::Decimal(1, 0)), ("3", Datum::Decimal(3, 0)), ("10", Datum::Decimal(10, 0))]),
        (
            "m",
            vec![
                ("0.10", Datum::Decimal(10, 2)),
                ("3.00", Datum::Decimal(300, 2)),
                ("-1.25", Datum::Decimal(-125, 2)),
            ],
        ),
        ("r", vec![("0.5", Datum::Float(0.5)), ("3.0", Datum::Float(3.0)), ("-0.1", Datum::Float(-0.1))]),
        (
            "s",
            vec![
                ("'a'", text("a")),
                ("'Ab'", text("Ab")),
                ("''", text("")),
                ("'a_b%'", text("a_b%")),
                ("'é1'", text("é1")),
            ],
        ),
        ("d", vec![("'2024-02-29'", Datum::Date(19_782)), ("'1999-12-31'", Datum::Date(10_956))]),
        ("f", vec![("TRUE", Datum::Boolean(true)), ("FALSE", Datum::Boolean(false))]),
    ])
}

/// Twelve rows in which every value and NULL occurs in changing company.
fn picked() -> Vec<Vec<(&'static str, Datum)>> {
    let values = values();
    let mut state = 99;
    let rows = (0..12).map(|_| {
        let columns = ["a", "b", "m", "r", "s", "d", "f"].iter().map(|column| {
            let choices = &values[column];
            let pick = next(&mut state) as usize % (choices.len() + 1);
            choices.get(pick).cloned().unwrap_or(("NULL", Datum::Null))
        });
        columns.collect()
    });
    rows.collect()
}

fn rows() -> Vec<Vec<Datum>> {
    let rows = picked().into_iter().enumerate().map(|(id, row)| {
        let own = row.into_iter().map(|(_, datum)| datum);
        std::iter::once(Datum::Decimal(id as i128, 0)).chain(own).collect()
    });
    rows.collect()
}

fn insert_rows() -> String {
    let rows = picked().into_iter().enumerate().map(|(id, row)| {
        let literals: Vec<_> = row.iter().map(|(literal, _)| *literal).collect();
        format!("({id}, {})", literals.join(", "))
    });
    rows.collect::<Vec<_>>().join(", ")
}

/// SplitMix64: the same conditions on every run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Makes up conditions that the engine accepts.
struct Words {
    state: u64,
    dialect: Dialect,
}

impl Words {
    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[next(&mut self.state) as usize % choices.len()]
    }

    fn condition(&mut self, depth: u32) -> String {
        let inner = depth.saturating_sub(1);
        let form = next(&mut self.state) % if depth == 0 { 8 } else { 14 };
        match form {
            0 | 1 => {
                let (left, right) = (self.number(inner), self.number(inner));
                format!("{left} {} {right}", self.comparison())
            }
            2 => {
                let (left, right) = (self.text(inner), self.text(inner));
                format!("{left} {} {right}", self.pick(&["=", "<>"]))
            }
            3 => {
                let day = self.pick(&["'2024-02-29'", "'2000-01-01'", "'1999-12-31'"]);
                format!("d {} {day}", self.comparison())
            }
            4 => {
                let column = self.pick(&["a", "b", "m", "r", "s", "d", "f"]);
                format!("{column} IS {}", self.pick(&["NULL", "NOT NULL"]))
            }
            5 => {
                let not = self.pick(&["", "NOT "]);
                match self.pick(&["s", "a", "m"]) {
                    "s" => format!("s {not}IN ('a', '', {})", self.pick(&["'AB'", "'Ab'", "NULL"])),
                    column => format!("{column} {not}IN (3, -2, {})", self.pick(&["0.1", "10", "NULL"])),
                }
            }
            6 => {
                let (value, low) = (self.number(inner), self.number(inner));
                let not = self.pick(&["", "NOT "]);
                format!("{value} {not}BETWEEN {low} AND {}", self.number(inner))
            }
            7 => self.pattern(),
            8 | 9 => format!("({} AND {})", self.condition(inner), self.condition(inner)),
            10 | 11 => format!("({} OR {})", self.condition(inner), self.condition(inner)),
            12 => format!("NOT ({})", self.condition(inner)),
            _ => {
                let truth = self.pick(&["TRUE", "FALSE", "NOT TRUE", "NOT FALSE"]);
                format!("({}) IS {truth}", self.condition(inner))
            }
        }
    }

    fn comparison(&mut self) -> &'static str {
        self.pick(&["=", "<>", "<", "<=", ">", ">="])
    }

    fn pattern(&mut self) -> String {
        let not = self.pick(&["", "NOT "]);
        match (self.dialect, self.pick(&["like", "other"])) {
            (Dialect::Sqlite, "other") => {
                format!("s {not}GLOB {}", self.pick(&["'a*'", "'[A-Z]?'", "'*[^b]'"]))
            }
            (Dialect::Postgres, "other") => {
                format!(
                    "s {} {}",
                    self.pick(&["~", "~*", "!~"]),
                    self.pick(&["'^a'", "'[[:alpha:]]b$'", "'^[a-z]\\d?$'"])
                )
            }
            (Dialect::Mysql, "other") => {
                format!("s {not}REGEXP {}", self.pick(&["'^a'", "'b$'", "'^.[0-9]?$'"]))
            }
            _ => format!(
                "s {not}LIKE {}",
                self.pick(&["'a%'", "'%b'", "'_b'", "'%b%'", "'a!_%' ESCAPE '!'", "''"])
            ),
        }
    }

    fn number(&mut self, depth: u32) -> String {
        let inner = depth.saturating_sub(1);
        match next(&mut self.state) % if depth == 0 { 6 } else { 12 } {
            0..=3 => self.pick(&["a", "b", "m", "r"]).into(),
            4 | 5 => self.pick(&["0", "1", "-2", "3", "0.1", "2.5", "10"]).into(),
            6 => format!("({} + {})", self.number(inner), self.number(inner)),
            7 => format!("({} - {})", self.number(inner), self.number(inner)),
            8 => format!("({} * {})", self.number(inner), self.pick(&["2", "-1", "a"])),
            9 => format!("abs({})", self.number(inner)),
            10 => format!("COALESCE({}, 1)", self.number(inner)),
            _ => match self.pick(&["length", "case", "divide", "modulo"]) {
                "length" => format!("length({})", self.text(inner)),
                "divide" => format!("(a / {})", self.pick(&["2", "3", "-2"])),
                "modulo" => format!("(b % {})", self.pick(&["2", "3"])),
                _ => {
                    let condition = self.condition(0);
                    format!("CASE WHEN {condition} THEN {} ELSE {} END", self.number(0), self.number(0))
                }
            },
        }
    }

    fn text(&mut self, depth: u32) -> String {
        let inner = depth.saturating_sub(1);
        match next(&mut self.state) % if depth == 0 { 3 } else { 7 } {
            0 | 1 => "s".into(),
            2 => self.pick(&["'a'", "'AB'", "'Ab'", "''"]).into(),
            3 => format!("lower({})", self.text(inner)),
            4 => format!("trim({})", self.text(inner)),
            5 => format!("substr({}, {}, 1)", self.text(inner), self.pick(&["1", "2"])),
            _ => format!("replace({}, 'b', 'c')", self.text(inner)),
        }
    }
}
