//! Learning a real SQLite file: nothing that was planted gets into the model, and what many share does.

use seed::learn::{Options, Progress, learn};
use seed::model::{Marginal, Model, Treatment};
use seed::store::Source;
use seed::store::sqlite::SqliteSource;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::path::Path;
use std::sync::Mutex;

const PLANTED: [&str; 9] = [
    "Xaviera Quillfeather",
    "Quillfeather",
    "xaviera.q@canary.example",
    "canary-category",
    "918273645",
    "my neighbour the canary told me",
    "canary_json_key",
    "CNRY",
    "73915.37",
];

fn script(reversed: bool) -> String {
    let mut rows: Vec<String> = Vec::new();
    for id in 1..=400 {
        let (name, mail) = (format!("Ann{id} Lee"), format!("ann{id}@example.com"));
        rows.push(format!("INSERT INTO customers VALUES ({id}, '{name}', '{mail}', 'tier{}', {}, 'AB-{:05}', '{{\"a\":{},\"b\":\"x\"}}', 1)",
            id % 3, 20_000 + id * 7 % 900, id * 3, id % 4));
    }
    rows.push("INSERT INTO customers VALUES (401, 'Xaviera Quillfeather', 'xaviera.q@canary.example', 'canary-category', 918273645, 'CNRY-7', '{\"canary_json_key\":\"canary-category\"}', 2)".into());
    let customers = rows.len();
    for id in 1..=3_000 {
        let customer = if id % 10 == 0 { 401 } else { 1 + id * 31 % 400 };
        // Customer 401 has 300 orders, all with the same words and the same price.
        let (note, price) = match customer {
            401 => ("my neighbour the canary told me".to_owned(), 73_915.37),
            _ => (["quick", "slow", "kept"][id % 3].to_owned(), f64::from((id * 97 % 5_000) as u32) / 100.0),
        };
        rows.push(format!(
            "INSERT INTO orders VALUES ({id}, {customer}, '{note}', {price}, '2024-{:02}-{:02}')",
            1 + id % 12,
            1 + id % 28
        ));
    }
    if reversed {
        rows[..customers].reverse();
        rows[customers..].reverse();
    }
    format!(
        "CREATE TABLE states (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
         INSERT INTO states VALUES (1, 'active'), (2, 'left');
         CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, contact TEXT, tier TEXT NOT NULL, income INTEGER,
             code TEXT, attributes JSON, state INTEGER NOT NULL REFERENCES states (id));
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id), note TEXT,
             price REAL, placed DATE);
         CREATE TABLE empty (id INTEGER PRIMARY KEY);
         BEGIN; {}; COMMIT;",
        rows.join(";\n")
    )
}

async fn make(path: &Path, script: String) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.expect("a new file");
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.expect("the script runs");
    connection.close().await.expect("closes");
}

async fn learned(script: String, options: &Options) -> Model {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    make(&path, script).await;
    let mut source = SqliteSource::connect(&path).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    learn(&mut source, &schema, options, &|_| {}).await.expect("learns")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_planted_is_in_the_model() {
    let model = learned(script(false), &Options::default()).await;
    let text = model.to_text().expect("a text");
    for planted in PLANTED {
        assert!(!text.contains(planted), "{planted} is in the model");
    }
    assert!(!text.contains("Ann1") && !text.contains("ann1@"));
    for shared in ["tier1", "quick", "active"] {
        assert!(text.contains(shared), "{shared} is not in the model");
    }
    assert_eq!(Model::from_text(&text).expect("reads back"), model);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_of_rows_leaves_no_trace_in_the_model() {
    let forward = learned(script(false), &Options::default()).await.to_text().expect("a text");
    let backward = learned(script(true), &Options::default()).await.to_text().expect("a text");
    assert!(forward == backward);
}

#[tokio::test]
async fn treatments_counts_and_progress() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    make(&path, script(false)).await;
    let mut source = SqliteSource::connect(&path).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    let heard = Mutex::new(Vec::new());
    let hear = |progress| heard.lock().expect("nobody panicked").push(progress);
    let model = learn(&mut source, &schema, &Options::default(), &hear).await.expect("learns");
    let table = |name: &str| &model.tables[schema.table_index(name).expect("the table")];
    assert_eq!(table("states").treatment, Treatment::Copy, "{}", table("states").because);
    assert_eq!(table("states").reference.as_ref().map(|rows| rows.len()), Some(2));
    assert_eq!(table("customers").treatment, Treatment::Learn);
    assert_eq!(table("empty").treatment, Treatment::Fake);
    let (customers, orders) = (table("customers"), table("orders"));
    assert_eq!((customers.rows, orders.sampled), (401, 3_000));
    assert_eq!((orders.cardinalities[0].parents(), orders.cardinalities[0].children()), (401, 3_000));
    // 400 are active, 1 has left: too few to be told apart from none, but the sum stays.
    assert_eq!(customers.cardinalities[0].each, Some(vec![400, 1]));
    let unique = customers.columns[0].unique.as_ref().expect("a key");
    assert!(unique.serial && unique.gaps.iter().all(|&gap| gap == 1));
    assert!(matches!(orders.columns[4].marginal, Marginal::Integers(_)));
    let heard = heard.into_inner().expect("nobody panicked");
    let Some(Progress::Started(tables)) = heard.first() else { panic!("nothing was announced") };
    assert_eq!(tables.len(), 3);
    let read: u64 = heard
        .iter()
        .filter_map(|progress| match progress {
            Progress::Rows { table, rows } if table == "orders" => Some(rows),
            _ => None,
        })
        .sum();
    assert_eq!(read, 3_000);
}

#[tokio::test]
async fn the_user_decides() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    make(&path, script(false)).await;
    let mut source = SqliteSource::connect(&path).await.expect("connects");
    let schema = source.introspect().await.expect("introspects");
    let index = |name: &str| schema.table_index(name).expect("the table");
    let options = Options {
        treatments: [(index("states"), Treatment::Learn), (index("customers"), Treatment::Copy)].into(),
        skip: [index("orders")].into(),
        ..Options::default()
    };
    let model = learn(&mut source, &schema, &options, &|_| {}).await.expect("learns");
    assert_eq!(model.tables[index("states")].treatment, Treatment::Learn);
    let customers = &model.tables[index("customers")];
    let rows = customers.reference.as_ref().expect("copied rows");
    let batch = rows.to_batch(&schema.tables[index("customers")]).expect("a batch");
    assert_eq!(batch.num_rows(), 401);
    let orders = &model.tables[index("orders")];
    assert_eq!((orders.treatment, orders.sampled), (Treatment::Skip, 0));
    assert!(orders.columns.iter().all(|column| column.marginal == Marginal::Empty));
}
