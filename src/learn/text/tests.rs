//! Values, patterns and prose of text columns.

use super::*;
use crate::model::{Marginal, Part, SemanticKind, TextShape};
use crate::stats::total_variation;

const K5: Settings = Settings { k: 5 };

fn profile<'a>(texts: impl IntoIterator<Item = &'a str>) -> TextProfile {
    let mut profile = TextProfile::new(K5);
    for (text, subject) in texts.into_iter().zip(0..) {
        profile.add(text, subject);
    }
    profile
}

fn shape(texts: &[String], kind: Option<SemanticKind>) -> TextShape {
    match fit_text(profile(texts.iter().map(String::as_str)), kind, false, K5) {
        Marginal::Text(shape) => shape,
        other => panic!("expected a shape, got {other:?}"),
    }
}

fn shown(parts: &[Part]) -> String {
    let run = |part: &Part| match part {
        Part::Literal(text) => text.clone(),
        Part::Digits(n, _) => "#".repeat(usize::from(*n)),
        Part::Upper(n) => "A".repeat(usize::from(*n)),
        Part::Lower(n) => "a".repeat(usize::from(*n)),
        Part::Letters(n) => "l".repeat(usize::from(*n)),
        Part::Hex(n) => "x".repeat(usize::from(*n)),
        Part::Alphanumeric(n) => "?".repeat(usize::from(*n)),
    };
    parts.iter().map(run).collect()
}

fn patterns(texts: &[String]) -> Vec<String> {
    shape(texts, None).patterns.iter().map(|pattern| shown(&pattern.parts)).collect()
}

#[test]
fn letters_that_all_codes_begin_with_are_kept() {
    // Letters and digits in turns are one run, which says nothing of their first letter.
    let code = |i: usize| format!("A{}kq{}x{}", i % 10, i * 7 % 10, i / 10);
    let told = patterns(&(0..90).map(code).collect::<Vec<_>>());
    assert_eq!(told, ["A??????"]);
    // Neither the first digit of numbers nor the letters of a few.
    let told = patterns(&(0..90).map(|i| format!("1{:02}", i)).collect::<Vec<_>>());
    assert_eq!(told, ["###"]);
    let told = patterns(&(0..4).map(code).collect::<Vec<_>>());
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn texts_that_repeat_become_categories() {
    let texts: Vec<&str> = (0..1000)
        .map(|i| ["open", "shipped", "lost"][usize::from(i % 10 > 6) + usize::from(i % 10 > 8)])
        .collect();
    let with_rare = texts.iter().copied().chain(["secret state"; 3]);
    let Marginal::Categories(fitted) = fit_text(profile(with_rare), None, false, K5) else { panic!() };
    assert_eq!(fitted.values, vec![("open".into(), 700), ("shipped".into(), 200), ("lost".into(), 100)]);
    assert_eq!((fitted.rare_rows, fitted.rare_values), (3, 1));
    assert!(fitted.rare_shape.unwrap().patterns.is_empty());
    let exact = crate::stats::count_values(texts.iter().map(|text| text.to_string()));
    assert!(total_variation(exact, fitted.values) < 0.001);
    let Marginal::Categories(closed) = fit_text(profile(texts), None, true, K5) else { panic!() };
    assert_eq!(closed.rare_shape, None);
}

#[test]
fn repeats_of_one_subject_are_no_category() {
    let mut texts = profile((0..50).map(|i| ["a", "b"][i % 2]));
    for _ in 0..500 {
        texts.add("Jane Roe", 7_000);
    }
    let Marginal::Categories(fitted) = fit_text(texts, None, true, K5) else { panic!() };
    assert!(fitted.values.iter().all(|(text, _)| text != "Jane Roe"));
    assert_eq!(fitted.rare_rows, 500);
}

#[test]
fn personal_texts_are_never_told_by_value() {
    let texts: Vec<String> = (0..100).map(|i| ["Ann", "Bob"][i % 2].to_owned()).collect();
    let fitted = shape(&texts, Some(SemanticKind::FirstName));
    assert!(fitted.patterns.is_empty());
    assert_eq!(fitted.prose_rows, 100);
    assert_eq!(fitted.cases, [100, 0, 0, 0]);
    let mails: Vec<String> = (0..100).map(|i| format!("a{i}@example.com")).collect();
    assert!(shape(&mails, Some(SemanticKind::Email)).patterns.is_empty());
    let phones: Vec<String> = (0..100).map(|i| format!("AB (206) 555-{:04}", 1000 + i)).collect();
    let personal = shape(&phones, Some(SemanticKind::Phone));
    assert_eq!(shown(&personal.patterns[0].parts), "AA (###) ###-####");
}

#[test]
fn identifiers_keep_their_pattern() {
    let of = |make: &dyn Fn(u64) -> String| (0..1000).map(make).collect::<Vec<_>>();
    assert_eq!(patterns(&of(&|i| format!("M-{:04}-{:02}", 2000 + i, i % 90 + 10))), ["M-####-##"]);
    assert_eq!(patterns(&of(&|i| format!("INV{:06}", i + 1))), ["INV######"]);
    assert_eq!(
        patterns(&of(&|i| format!("{}-{}", ["ORD", "RET"][usize::from(i % 10 == 0)], 10_000 + i))),
        ["ORD-#####", "RET-#####"]
    );
    let letters = |i: u64| char::from(b'A' + (i % 26) as u8);
    let plates =
        of(&|i| format!("{}{}{:02} {}CD{}", letters(i), letters(i / 26), i % 89, i % 10, letters(i / 7)));
    assert!(patterns(&plates).contains(&"AA## #AAA".to_owned()), "{:?}", patterns(&plates));
    let uuids = of(&|i| format!("{:08x}-0000-4000-8000-{:012x}", i * 7_919_777 % 0xffff_ffff, i * 3));
    assert_eq!(patterns(&uuids), ["xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"]);
}

#[test]
fn leading_zeros_are_noticed() {
    let zero: Vec<String> = (0..100).map(|i| format!("A-{i:05}")).collect();
    assert_eq!(shape(&zero, None).patterns[0].parts, [Part::Literal("A-".into()), Part::Digits(5, false)]);
    let none: Vec<String> = (0..100).map(|i| format!("A-{}", 10_000 + i)).collect();
    assert_eq!(shape(&none, None).patterns[0].parts, [Part::Literal("A-".into()), Part::Digits(5, true)]);
}

#[test]
fn letters_that_few_share_are_not_told() {
    let mut texts: Vec<String> = (0..1000).map(|i| format!("X{:05}", 10_000 + i)).collect();
    texts.extend((0..3).map(|i| format!("ZQ{:05}", 20_000 + i)));
    texts.push("SMITHJ77777".into());
    let fitted = shape(&texts, None);
    assert_eq!(fitted.patterns.len(), 1, "{fitted:?}");
    assert_eq!(fitted.prose_rows, 4);
}

#[test]
fn prose_has_lengths_and_words_only() {
    let texts: Vec<String> =
        (0..500).map(|i| format!("the goods came {} days late", "very ".repeat(i % 7))).collect();
    let texts: Vec<String> =
        texts.into_iter().enumerate().map(|(i, t)| format!("{t} {}", "x".repeat(i))).collect();
    let fitted = shape(&texts, Some(SemanticKind::FreeText));
    assert!(fitted.patterns.is_empty());
    assert_eq!(fitted.prose_rows, 500);
    assert_eq!(fitted.cases, [0, 0, 500, 0]);
    assert_eq!(fitted.words.rows(), 500);
}

#[test]
fn very_many_values_are_shaped_on_the_fly_in_any_order() {
    let mut texts: Vec<String> = (0..MOST_VALUES + 500).map(|i| format!("N{:06}", 100_000 + i)).collect();
    let before = shape(&texts, None);
    assert_eq!(profile(texts.iter().map(String::as_str)).distinct(), MOST_VALUES as u64);
    let witnesses = |texts: &[String]| -> Vec<String> {
        profile(texts.iter().map(String::as_str)).witnesses().into_iter().map(str::to_owned).collect()
    };
    let seen = witnesses(&texts);
    assert_eq!(before.patterns.len(), 1);
    texts.reverse();
    assert_eq!(shape(&texts, None), before);
    assert_eq!(witnesses(&texts), seen);
}
