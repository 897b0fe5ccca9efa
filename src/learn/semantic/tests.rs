//! What columns mean: every rule by its own examples, and columns of real databases.

use super::*;
use crate::model::privacy::Settings;

fn text() -> DataType {
    DataType::Text { max: None, fixed: false }
}

fn kind_of(table: &str, column: &str, values: &[&str]) -> Option<SemanticKind> {
    let mut profile = TextProfile::new(Settings::default());
    for (value, subject) in values.iter().zip(0..) {
        profile.add(value, subject);
    }
    recognise(column, &text(), Some(&profile), Some(table))
}

#[test]
fn every_rule_knows_its_examples() {
    for rule in RULES {
        let (good, bad) = rule.examples;
        assert!(!good.is_empty() && !bad.is_empty(), "{:?}", rule.kind);
        good.iter().for_each(|value| assert!((rule.matches)(value), "{:?} misses {value:?}", rule.kind));
        bad.iter().for_each(|value| assert!(!(rule.matches)(value), "{:?} takes {value:?}", rule.kind));
    }
}

#[test]
fn every_word_of_every_rule_is_recognised_on_an_empty_table() {
    for rule in RULES.iter().filter(|rule| rule.carriers.contains(&Carrier::Text)) {
        for word in rule.words {
            let kind = recognise(word, &text(), None, None);
            assert!(kind.is_some(), "{word}");
        }
    }
    assert_eq!(recognise("EmailAddress", &text(), None, None), Some(SemanticKind::Email));
    assert_eq!(recognise("address2", &text(), None, None), Some(SemanticKind::StreetAddress));
    assert_eq!(recognise("lat", &DataType::Float { bits: 64 }, None, None), Some(SemanticKind::Latitude));
    assert_eq!(recognise("birth_date", &DataType::Date, None, None), Some(SemanticKind::BirthDate));
    assert_eq!(recognise("email", &DataType::Boolean, None, None), None);
    assert_eq!(recognise("address_id", &DataType::Integer { bits: 32, unsigned: false }, None, None), None);
}

#[test]
fn people_are_found_whatever_the_column_is_called() {
    let people =
        ["Maria Anders", "Thomas Hardy", "Christina Berglund", "Hanna Moos", "Zbigniew Xyz", "Roland Mendel"];
    assert_eq!(kind_of("stuff", "name", &people), Some(SemanticKind::FullName));
    assert_eq!(kind_of("stuff", "c7", &people), Some(SemanticKind::FullName));
    assert_eq!(
        kind_of("x", "n", &["Anders, Maria", "Hardy, Thomas", "Moos, Hanna"]),
        Some(SemanticKind::FullName)
    );
    assert_eq!(kind_of("patients", "name", &["Wxyz", "Qrst"]), Some(SemanticKind::FullName));
    let mails = ["a@example.com", "b.c@example.org", "d@example.net"];
    assert_eq!(kind_of("t", "c1", &mails), Some(SemanticKind::Email));
    let phones = ["(206) 555-9857", "(206) 555-3412", "+44 71 555 7788"];
    assert_eq!(kind_of("t", "c2", &phones), Some(SemanticKind::Phone));
    let companies = ["Alpha Trading Ltd.", "Beta GmbH", "Gamma Inc"];
    assert_eq!(kind_of("t", "c3", &companies), Some(SemanticKind::Company));
    let streets = ["12 Main Street", "7 Oak Ave", "Bahnhofstr. 7"];
    assert_eq!(kind_of("t", "c4", &streets), Some(SemanticKind::StreetAddress));
}

#[test]
fn things_are_not_taken_for_people() {
    assert_eq!(kind_of("t", "colour", &["Brown", "Gray", "Black", "White", "Green"]), None);
    assert_eq!(kind_of("t", "month", &["April", "May", "June", "August"]), None);
    assert_eq!(kind_of("products", "name", &["Chai", "Chang", "Aniseed Syrup", "Genen Shouyu"]), None);
    assert_eq!(kind_of("t", "code", &["2024-01-31", "2024-02-01", "2024-02-02"]), None);
    assert_eq!(kind_of("orders", "status", &["open", "paid", "sent"]), None);
    assert_eq!(kind_of("t", "email", &["yes", "no"]), None);
}

#[test]
fn long_texts_are_free_text() {
    let notes: Vec<String> = (0..30)
        .map(|i| format!("patient {i} said that it has hurt since the day before yesterday, on and off"))
        .collect();
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    assert_eq!(kind_of("t", "c", &notes), Some(SemanticKind::FreeText));
    assert_eq!(
        kind_of("t", "notes", &["called back twice today", "left a message with aunt"]),
        Some(SemanticKind::FreeText)
    );
    assert_eq!(kind_of("t", "description", &["small", "large"]), None);
}

#[test]
fn names_split_into_words() {
    assert_eq!(words_of("firstName"), "_first_name_");
    assert_eq!(words_of("FIRST NAME"), "_first_name_");
    assert_eq!(words_of("Address_2"), "_address_");
    assert!(has_word("_order_lines_", "line"));
    assert!(!has_word("_borders_", "order"));
}
