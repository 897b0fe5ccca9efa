//! Values planted in the source appear in neither the model nor the output.

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
    for number in 1..=100 {
        let id = number * 8;
        source.execute(&format!("UPDATE patients SET first_name = 'Qfirst{number:03}q', last_name = 'Qlast{number:03}q', insurer = 'Qinsurer{number:03}q' WHERE id = {id}"));
        source.execute(&format!(
            "UPDATE appointments SET reason = 'Qreason{number:03}q', room = 'Q{number:03}q' WHERE id = {id}"
        ));
        source.execute(&format!("UPDATE patient_records SET remarks = 'Qremark{number:03}q and more' WHERE patient_id = (SELECT patient_id FROM patient_records LIMIT 1 OFFSET {id})"));
    }
    let (workspace, target) = (Workspace::new(), Database::new(Engine::Sqlite));
    let from = source.address();
    workspace.seed(&["learn", "--from", &from, "--out", "clinic.seed"]).ok();
    workspace.fill(&source, &target, &[]);
    let model = std::fs::read_to_string(workspace.file("clinic.seed")).expect("a model that is text");
    let output = everything(&target);
    let planted =
        regex::Regex::new(r"Q(?:first|last|insurer|reason|remark|)\d{3}q").expect("a valid pattern");
    let found =
        |text: &str| planted.find_iter(text).map(|found| found.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(found(&model), Vec::<String>::new(), "in the model");
    assert_eq!(found(&output), Vec::<String>::new(), "in the output");
}
