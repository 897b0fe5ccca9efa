//! JSON shapes learned from documents, told only as far as they are shared.

use super::*;

const K5: Settings = Settings { k: 5 };

fn profile<'a>(texts: impl IntoIterator<Item = &'a str>) -> JsonProfile {
    let mut profile = JsonProfile::new(K5);
    texts.into_iter().zip(0..).for_each(|(text, subject)| profile.add_text(text, subject));
    profile
}

#[test]
fn shared_keys_are_told_and_single_ones_are_not() {
    let mut documents: Vec<String> = (0..100)
        .map(|i| {
            format!(
                r#"{{"colour":"{}","size":{},"tags":["a","b"],"gone":null}}"#,
                ["red", "blue"][i % 2],
                i % 4
            )
        })
        .collect();
    documents.push(r#"{"secret_key_of_jane":1,"colour":"violet-unique"}"#.into());
    let JsonShape::Object(keys) = profile(documents.iter().map(String::as_str)).fit("attributes") else {
        panic!()
    };
    let names: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
    assert_eq!(names, ["colour", "size", "tags"]);
    assert_eq!((keys[0].present, keys[1].present, keys[0].objects), (101, 100, 101));
    let JsonShape::Scalar(colours, JsonScalar::String) = &keys[0].value else { panic!() };
    let Marginal::Categories(colours) = colours.as_ref() else { panic!() };
    assert_eq!(colours.values.len(), 2);
    assert!(
        matches!(&keys[1].value, JsonShape::Scalar(size, JsonScalar::Number) if matches!(**size, Marginal::Integers(_)))
    );
    assert!(matches!(&keys[2].value, JsonShape::Array { .. }));
}

#[test]
fn personal_keys_are_shaped() {
    let documents: Vec<String> =
        (0..60).map(|i| format!(r#"{{"email":"same@example.com","n":{i}}}"#)).collect();
    let JsonShape::Object(keys) = profile(documents.iter().map(String::as_str)).fit("x") else { panic!() };
    let JsonShape::Scalar(mail, _) = &keys[0].value else { panic!() };
    assert!(matches!(**mail, Marginal::Text(_)));
}

#[test]
fn dictionaries_lose_their_keys() {
    let documents: Vec<String> =
        (0..2_000).map(|i| format!(r#"{{"user{i}":1,"user{}":2}}"#, i / 2)).collect();
    assert_eq!(profile(documents.iter().map(String::as_str)).fit("x"), JsonShape::Object(vec![]));
}

#[test]
fn lists_keep_lengths_elements_and_distinctness() {
    let text = DataType::Text { max: None, fixed: false };
    let lists: Vec<&str> = (0..90).map(|i| [r#"["a","b"]"#, r#"["c"]"#, "[]"][i % 3]).collect();
    let Marginal::List(shape) = profile(lists).fit_list("tags", &text) else { panic!() };
    assert!(shape.quoted && shape.distinct);
    assert_eq!(shape.lengths.segments.len(), 3);
    let Marginal::Categories(elements) = &shape.elements else { panic!() };
    assert_eq!(elements.values.len(), 3);
    let numbers: Vec<&str> = (0..50).map(|i| ["[1,1]", "[2,3]"][i % 2]).collect();
    let whole = DataType::Integer { bits: 32, unsigned: false };
    let Marginal::List(shape) = profile(numbers).fit_list("n", &whole) else { panic!() };
    assert!(!shape.quoted && !shape.distinct);
    assert!(matches!(shape.elements, Marginal::Integers(_)));
    assert_eq!(profile([]).fit_list("none", &text), Marginal::Empty);
}
