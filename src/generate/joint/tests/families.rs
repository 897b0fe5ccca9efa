//! Rows that have one parent through a foreign key beside the spine.

use super::{cases, column, counts, drawn, generated, integer, learned, model, serial, table, texts};
use super::{STATE, fitted};
use crate::config::Settings;
use crate::model::{
    Cardinality, CountBin, Dependence, Distinct, Feature, Field, Marginal, Model, Ordered, Segment,
};
use crate::schema::ForeignKey;
use std::collections::BTreeMap;

const CLUB: usize = 5;
const PLACE: usize = 6;

/// Children are members of 100 clubs of 20 each, and have a place from 1 to 40.
fn with_clubs() -> Model {
    let mut model = model();
    let child = &mut model.schema.tables[0];
    child.columns.extend([column("club", integer(), false), column("place", integer(), false)]);
    child.foreign_keys.push(ForeignKey::new(vec![CLUB], 2, vec![0]));
    model.schema.tables.push(table("club", vec![column("id", integer(), false)]));
    let places = (1..=40).map(|place| Segment { low: place, high: place, rows: 50 }).collect();
    let places = Marginal::Integers(Ordered::new(places, 1, 0));
    model.tables[0].columns.extend([learned("club", Marginal::Empty, 0), learned("place", places, 0)]);
    let bin = CountBin { low: 20, high: 20, parents: 100, children: 2_000 };
    model.tables[0].cardinalities.push(Cardinality {
        name: String::new(),
        null_rows: 0,
        histogram: vec![bin],
        each: None,
    });
    let rows: Vec<(u16, u32)> = (1..=40).map(|token| (token, 50)).collect();
    let chain = &mut model.tables[0].dependence.as_mut().expect("a dependence").chain;
    chain.push(drawn(Field::Column(PLACE), Vec::new(), cases(&[], &rows)));
    model.tables.push(fitted("club", 100, vec![serial(100)], Vec::new(), Dependence::default()));
    model
}

fn places(model: &Model) -> BTreeMap<String, Vec<i64>> {
    let (child, _) = generated(model, &Settings::default());
    let mut places: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (club, place) in texts(&child, CLUB).into_iter().zip(texts(&child, PLACE)) {
        places.entry(club).or_default().push(place.parse().expect("a number"));
    }
    assert_eq!(places.len(), 100);
    places
}

#[test]
fn rows_look_at_those_before_them_under_another_parent() {
    let mut model = with_clubs();
    let before = Feature::Earlier { back: 1, field: Field::Column(STATE) };
    let chain = &mut model.tables[0].dependence.as_mut().expect("a dependence").chain;
    chain[1].features = vec![Feature::Along { foreign_key: 1, of: Box::new(before) }];
    let (child, _) = generated(&model, &Settings::default());
    let mut clubs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (club, state) in texts(&child, CLUB).into_iter().zip(texts(&child, STATE)) {
        clubs.entry(club).or_default().push(state);
    }
    let most = |states: &Vec<String>| counts(states).into_values().max().unwrap_or(0);
    let same: u64 = clubs.values().map(most).sum();
    // Of states of their own, hardly more than 1,100 would be those of most in their club.
    assert!(same > 1_600, "{same} of 2000");
}

#[test]
fn values_keep_apart_under_one_parent() {
    let mut model = with_clubs();
    let repeats = |places: &[i64]| counts(places).len() < places.len();
    assert!(places(&model).values().filter(|places| repeats(places)).count() > 90, "as chance has it");
    let dependence = model.tables[0].dependence.as_mut().expect("a dependence");
    dependence.distinct = vec![Distinct { column: PLACE, foreign_key: 1, first: None }];
    let found = places(&model);
    assert!(found.values().all(|places| !repeats(places)));
    let rows = counts(found.values().flatten());
    assert!(rows.len() == 40 && rows.values().all(|&rows| (40..=60).contains(&rows)), "{rows:?}");
}

#[test]
fn places_have_no_gaps() {
    let mut model = with_clubs();
    let dependence = model.tables[0].dependence.as_mut().expect("a dependence");
    dependence.distinct = vec![Distinct { column: PLACE, foreign_key: 1, first: Some(1) }];
    // Blue rows are to come first.
    let place = dependence.chain.last_mut().expect("a field");
    place.features = vec![super::own(super::COLOR)];
    let leaning = |low: u32, high: u32| -> Vec<(u16, u32)> {
        (1..=20).map(|token| (token, if token <= 10 { low } else { high })).collect()
    };
    let [low, high] = [leaning(90, 10), leaning(10, 90)];
    place.tree = cases(&[(1, &low)], &high);
    let found = places(&model);
    for places in found.values() {
        let mut sorted = places.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=20).collect::<Vec<_>>());
    }
    let (child, _) = generated(&model, &Settings::default());
    let low = |color: &str| {
        let rows = texts(&child, super::COLOR).into_iter().zip(texts(&child, PLACE));
        let places: Vec<i64> = rows
            .filter(|row| row.0 == color)
            .map(|(_, place)| place.parse().expect("a number"))
            .collect();
        places.iter().sum::<i64>() as f64 / places.len() as f64
    };
    assert!(low("blue") + 2.0 < low("red"), "{} {}", low("blue"), low("red"));
}
