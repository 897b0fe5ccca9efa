//! What rules leave open: fields are drawn from it, so that what follows them fits.

use super::*;
use crate::model::rule::{Operand, Rule, Statement};

/// A column of one-letter categories whose token is the class of another column.
fn echo(model: &mut Model, table: usize, name: &str, (of, rows): (usize, &[u64])) {
    let letters = ["p", "q", "r", "s", "t"];
    let values: Vec<(&str, u64)> = letters.into_iter().zip(rows.iter().copied()).collect();
    let index = model.schema.tables[table].columns.len();
    model.schema.tables[table].columns.push(column(name, text(), false));
    model.tables[table].columns.push(learned(name, categories(&values), 0));
    let all: Vec<(u8, [(u16, u32); 1])> =
        (0..rows.len()).map(|at| (at as u8, [(at as u16 + 1, rows[at] as u32)])).collect();
    let each: Vec<(u8, &[(u16, u32)])> = all.iter().map(|(class, rows)| (*class, rows.as_slice())).collect();
    let tree = cases(&each, &[(rows.len() as u16, 1)]);
    let chain = &mut model.tables[table].dependence.as_mut().expect("a dependence").chain;
    chain.push(drawn(Field::Column(index), vec![own(of)], tree));
}

/// Rules that hold only after rows were moved would leave what was drawn from the moved values behind.
#[test]
fn what_follows_a_value_in_order_is_drawn_from_it() {
    let mut model = model();
    let top = 3;
    model.schema.tables[1].columns.push(column("top", integer(), false));
    model.tables[1].columns.push(learned("top", tens(&[200; 5]), 0));
    let chain = &mut model.tables[1].dependence.as_mut().expect("a dependence").chain;
    chain.push(drawn(
        Field::Column(top),
        Vec::new(),
        cases(&[], &[1u16, 2, 3, 4, 5].map(|token| (token, 200))),
    ));
    echo(&mut model, 1, "echo", (top, &[1, 200, 200, 200, 400]));
    let ordering = Statement::Ordering { low: Operand::own(LEVEL), high: Operand::own(top), strict: false };
    model.tables[1].rules.push(Rule { statement: ordering, rows: 1_000 });
    let (_, parent) = generated(&model, &Settings::default());
    let number =
        |column| texts(&parent, column).into_iter().map(|text| text.parse::<i64>().expect("a number"));
    assert!(number(LEVEL).zip(number(top)).all(|(level, top)| level <= top));
    // The class of the first bin is 1, and letters are counted from NULL on; the last one stands for the last two.
    let letter = |top: i64| ["q", "r", "s", "t", "t"][(top / 10) as usize];
    let wrong = number(top).zip(texts(&parent, 4)).filter(|(top, echo)| letter(*top) != echo).count();
    // Rows that have both in one bin exchange them, some with a row of the next. If all rows were drawn freely, 300 would.
    assert!(wrong <= 100, "{wrong} of 1000");
}

#[test]
fn what_follows_a_null_is_drawn_from_it() {
    let mut model = model();
    let size = 5;
    model.schema.tables[0].columns.push(column("size", integer(), true));
    model.tables[0].columns.push(learned("size", tens(&[400, 400, 400]), 800));
    let tree = cases(&[], &[(0, 800), (1, 400), (2, 400), (3, 400)]);
    let chain = &mut model.tables[0].dependence.as_mut().expect("a dependence").chain;
    chain.push(drawn(Field::Column(size), Vec::new(), tree));
    echo(&mut model, 0, "echo", (size, &[800, 400, 400, 400]));
    let together = Statement::Together { columns: vec![NOTE, size] };
    let never = Statement::NullWhen {
        column: size,
        other: COLOR,
        always: vec!["red".to_owned()],
        never: vec!["blue".to_owned()],
    };
    let rules = [together, never].map(|statement| Rule { statement, rows: 2_000 });
    model.tables[0].rules.extend(rules);
    let (child, _) = generated(&model, &Settings::default());
    let found = counts(
        texts(&child, NOTE)
            .into_iter()
            .zip(texts(&child, size))
            .zip(texts(&child, 6))
            .map(|((note, size), echo)| (note == "NULL", size == "NULL", echo == "p")),
    );
    assert!(found.keys().all(|(note, size, _)| note == size), "{found:?}");
    let same: u64 = found.iter().filter(|((_, size, echo), _)| size == echo).map(|pair| pair.1).sum();
    assert!(same >= 1_980, "{found:?}");
}

#[test]
fn only_what_is_admitted_is_drawn_and_from_the_nearest_histogram() {
    let codec = Codec::new(true, vec![0, 10, 10, 10, 10]);
    let mut tree = cases(&[], &[(1, 60), (2, 20), (3, 20)]);
    tree.histograms.push(Histogram { rows: vec![(1, 500), (3, 250), (4, 250)], fallback: None });
    tree.histograms[0].fallback = Some(1);
    let conditional = drawn(Field::Column(LEVEL), Vec::new(), tree);
    let dice = crate::generate::joint::dice::Dice::new(&conditional, &codec, |_| None).expect("dice");
    let mut stream = crate::rng::Key::new(1, &["test"]).at(0, 0);
    let mut draw = |admits: &dyn Fn(u16) -> bool| {
        counts((0..1_000).filter_map(|_| dice.one_of(0, admits, None, &mut stream)))
    };
    let upper = draw(&|token| token >= 2);
    assert!(upper[&2] > 400 && upper[&3] > 400 && upper.get(&4).is_none_or(|rows| *rows < 50), "{upper:?}");
    assert_eq!(draw(&|token| token == 4), [(4, 1_000)].into());
    assert!(draw(&|token| token == 9).is_empty());
}
