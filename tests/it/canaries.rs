//! Values planted in the source appear in neither the model nor the output.

use crate::support::catalog::Table;
use crate::support::database::quote;
use crate::support::{Catalog, Database, ENGINES, Engine, Workspace};

/// Statements that plant one value of each kind, and the words to look for afterwards.
fn plant(database: &Database) -> Vec<&'static str> {
    let statements = [
        "UPDATE customers SET first_name = 'Zanzibarqua', last_name = 'Quillfeatherstone',
           email = 'zanzibarqua.q@canary-inbox.example', phone = '+4915799887766' WHERE id = 17",
        "UPDATE customers SET preferences = '{\"language\": \"de\", \"zqsecretkey\": \"zqsecretvalue\"}' WHERE id = 18",
        "UPDATE addresses SET street = 'Zephyrhollow Cul-de-sac 4711', city = 'Xyzzyburg', postcode = 'ZQ9977' WHERE id = 5",
        "UPDATE orders SET coupon = 'ZQRAREKIND' WHERE id = 23",
        "UPDATE products SET name = 'Zyxwvut Prototype', price = 987654.32 WHERE id = 9",
        "UPDATE reviews SET title = 'zqtitle', body = 'I, Zanzibarqua, confess that zqconfession is true.' WHERE id = 3",
        "UPDATE payments SET reference = 'ZQREF-000111222' WHERE id = 40",
    ];
    for statement in statements {
        database.execute(statement);
    }
    vec![
        "Zanzibarqua",
        "Quillfeatherstone",
        "canary-inbox",
        "15799887766",
        "zqsecretkey",
        "zqsecretvalue",
        "Zephyrhollow",
        "Xyzzyburg",
        "ZQ9977",
        "ZQRAREKIND",
        "Zyxwvut",
        "987654",
        "zqtitle",
        "zqconfession",
        "ZQREF",
        "000111222",
    ]
}

#[test]
fn planted_values_are_found_nowhere() {
    for engine in ENGINES {
        let source = Database::example(engine, "shop", 1);
        let planted = plant(&source);
        let workspace = Workspace::new();
        let from = source.address();
        workspace.seed(&["learn", "--from", &from, "--out", "shop.seed"]).ok();
        let model = std::fs::read_to_string(workspace.file("shop.seed")).expect("a model that is text");
        let target = Database::new(engine);
        let outcome = workspace.seed(&["--from", &from, "--to", &target.address(), "-v"]).ok();
        let terminal = outcome.stdout + &outcome.stderr;
        let output = everything(&target);
        for word in planted {
            assert!(!contains(&model, word), "{engine:?}: {word} is in the model");
            assert!(!contains(&output, word), "{engine:?}: {word} is in the output");
            assert!(!contains(&terminal, word), "{engine:?}: {word} is on the terminal");
        }
    }
}

/// Without case: a rare value must not come back in another spelling either.
fn contains(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(&word.to_lowercase())
}

/// Every value of every table, as text.
fn everything(database: &Database) -> String {
    let mut text = String::new();
    for table in &Catalog::of(database).tables {
        for row in database.rows(&format!("SELECT * FROM {}", table.on(database.engine()))) {
            text.extend(row.into_iter().flatten().flat_map(|cell| [cell, "\n".to_owned()]));
        }
    }
    text
}

/// A hundred planted rows, each unlike any other, in every text column of a table: none comes through.
#[test]
fn many_planted_values_are_found_nowhere() {
    let source = Database::example(Engine::Sqlite, "clinic", 1);
    let mut planted = Vec::new();
    for number in 1..=100 {
        let id = number * 8;
        let [first, last, insurer, reason, room, remark] =
            [8, 9, 10, 11, 6, 12].map(|length| unheard_of(number, length));
        source.execute(&format!("UPDATE patients SET first_name = '{first}', last_name = '{last}', insurer = '{insurer}' WHERE id = {id}"));
        source.execute(&format!(
            "UPDATE appointments SET reason = '{reason}', room = '{room}' WHERE id = {id}"
        ));
        source.execute(&format!("UPDATE patient_records SET remarks = '{remark} and more' WHERE patient_id = (SELECT patient_id FROM patient_records LIMIT 1 OFFSET {id})"));
        planted.extend([first, last, insurer, reason, room, remark]);
    }
    assert_nowhere(&source, &planted);
}

/// A thousand planted values, a name, an address, a rare category, an extreme number, a free text and a JSON key of each of 170 customers:
/// none comes through, in any database.
#[test]
fn a_thousand_planted_values_are_found_nowhere() {
    for engine in ENGINES {
        let source = Database::example(engine, "shop", 1);
        let mut planted = Vec::new();
        source.execute(if engine == Engine::Mysql { "START TRANSACTION" } else { "BEGIN" });
        for number in 1..=170 {
            let (id, [name, mail, coupon, text, key]) =
                (number * 3, [8, 9, 10, 11, 12].map(|length| unheard_of(number, length)));
            let amount = format!("{}.{}{}", 100_003 + number * 5_279, number % 10, 1 + number % 9);
            source.execute(&format!(
                "UPDATE customers SET first_name = '{name}', email = '{mail}@example.com', preferences = '{{\"{key}\": true}}' WHERE id = {id}"
            ));
            source.execute(&format!("UPDATE orders SET coupon = '{coupon}' WHERE id = {id}"));
            source.execute(&format!("UPDATE payments SET amount = {amount} WHERE id = {id}"));
            source.execute(&format!("UPDATE reviews SET body = 'I, {text}, confess.' WHERE id = {id}"));
            planted.extend([name, mail, coupon, amount, text, key]);
        }
        source.execute("COMMIT");
        assert!(planted.len() > 1_000);
        let held = everything(&source).to_lowercase();
        assert!(planted.iter().all(|word| held.contains(word)), "{engine:?}: something was not planted");
        assert_nowhere(&source, &planted);
    }
}

/// A word of so many letters and digits in no order, different for each number and length. Words that look alike
/// (`Q001`, `Q002`) would have a pattern that many share, and a made-up `Q003` would prove nothing.
fn unheard_of(number: u64, length: u32) -> String {
    let mut state = number * 1_000 + u64::from(length);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"abcdefghijkmnpqrstuvwxyz23456789"[(state >> 59) as usize])
    };
    (0..length).map(|_| next()).collect()
}

/// Table, column, planted value and the word to look for: one row's secret in each kind of column.
const SECRETS: &[(&str, &str, &str, &str)] = &[
    ("users", "email", "zanzibarqua@canary-inbox.example", "canary-inbox"),
    ("users", "given_name", "Zanzibarqua", "Zanzibarqua"),
    ("users", "family_name", "Quillfeatherstone", "Quillfeatherstone"),
    ("Group", "Title", "Zephyrhollow Conspiracy", "Zephyrhollow"),
    ("user_settings", "theme", "zqtheme", "zqtheme"),
    ("user_settings", "notify", r#"{"zqnotekey": "zqnotevalue"}"#, "zqnote"),
    ("branches", "name", "Xyzzyburg", "Xyzzyburg"),
    ("branches", "latitude", "-77.77123", "77.77123"),
    ("order", "select", "ZQSELECTED", "ZQSELECTED"),
    ("order", "net", "98765432.15", "98765432"),
    ("order", "placed_on", "1871-03-19", "1871-03-19"),
    ("order", "payload", r#"{"zqouter": {"zqinner": ["zqelement", 31415926535]}}"#, "zqouter"),
    ("teams", "name", "Zqteam of one", "Zqteam"),
    ("people", "nickname", "zqnick", "zqnick"),
    ("accounts", "holder", "Zqholder Quixotic", "Zqholder"),
    ("accounts", "balance", "-77777713.37", "77777713"),
    ("transfers", "made_at", "1999-12-31 23:58:57", "1999-12-31"),
    ("measurements", "value", "-31415.926", "31415.926"),
    ("events", "detail", r#"{"action": "zqaction", "ok": true}"#, "zqaction"),
];

/// How each engine writes a list, an address and an interval.
fn secrets_of(engine: Engine) -> [(&'static str, &'static str, &'static str, &'static str); 3] {
    let (list, took) = match engine {
        Engine::Postgres => (r#"{zqtag,"zq second"}"#, "417 days 03:14:15"),
        Engine::Mysql | Engine::Sqlite => (r#"["zqtag", "zq second"]"#, "417:03:14:15"),
    };
    [
        ("order", "tags", list, "zqtag"),
        ("events", "took", took, "03:14:15"),
        ("events", "address", "203.0.113.199", "203.0.113.199"),
    ]
}

#[test]
fn planted_values_of_awkward_types_are_found_nowhere() {
    for engine in ENGINES {
        let source = Database::example(engine, "awkward", 1);
        let catalog = Catalog::of(&source);
        let mut words = vec!["zqinner".to_owned(), "zqelement".to_owned(), "31415926535".to_owned()];
        for &(table, column, value, word) in SECRETS.iter().chain(&secrets_of(engine)) {
            let named = |found: &&Table| found.name == table || found.name == format!("audit_{table}");
            let table = catalog.tables.iter().find(named).expect("a table of the example");
            source.execute(&format!(
                "UPDATE {} SET {} = '{value}' WHERE {}",
                table.on(engine),
                quote(engine, column),
                some_row(&source, table)
            ));
            words.push(word.to_owned());
        }
        assert_nowhere(&source, &words);
    }
}

/// A condition that holds for one row of a table.
fn some_row(database: &Database, table: &Table) -> String {
    let engine = database.engine();
    let key: Vec<_> = table.primary_key.iter().map(|column| quote(engine, column)).collect();
    let key_list = key.join(", ");
    let rows = database
        .rows(&format!("SELECT {key_list} FROM {} ORDER BY {key_list} LIMIT 1 OFFSET 7", table.on(engine)));
    let same = key
        .iter()
        .zip(&rows[0])
        .map(|(column, cell)| format!("{column} = '{}'", cell.as_deref().expect("a key that is not NULL")));
    same.collect::<Vec<_>>().join(" AND ")
}

/// Fails where a word is in the model or in a target filled from the source.
#[track_caller]
fn assert_nowhere(source: &Database, words: &[String]) {
    let (workspace, target) = (Workspace::new(), Database::new(source.engine()));
    workspace.seed(&["learn", "--from", &source.address(), "--out", "model.seed"]).ok();
    workspace.fill(source, &target, &[]);
    let model = std::fs::read_to_string(workspace.file("model.seed")).expect("a model that is text");
    for (place, text) in [("model", model), ("output", everything(&target))] {
        let text = text.to_lowercase();
        let found: Vec<_> = words.iter().filter(|word| text.contains(&word.to_lowercase())).collect();
        assert!(found.is_empty(), "{:?}: in the {place}: {found:?}", source.engine());
    }
}
