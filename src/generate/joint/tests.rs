//! Hand-made models: what columns say of each other comes out, and every column by itself stays exact.

use crate::config::{ColumnSetting, Settings};
use crate::generate::Generator;
use crate::generate::structure::Site;
use crate::model::{
    Cardinality, Categories, Codec, ColumnModel, Conditional, CountBin, Dependence, Feature, Field,
    Histogram, Lookup, Marginal, Model, Node, Ordered, Segment, TableModel, Treatment, Tree, UniqueIntegers,
};
use crate::plan::{Existing, plan};
use crate::schema::{Check, Column, DataType, Dialect, ForeignKey, Schema, Table, TableName, UniqueKey};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use std::collections::BTreeMap;

mod admissible;

const ID: usize = 0;
const KIND: usize = 1;
const LEVEL: usize = 2;
const PARENT: usize = 1;
const COLOR: usize = 2;
const STATE: usize = 3;
const NOTE: usize = 4;

fn integer() -> DataType {
    DataType::Integer { bits: 64, unsigned: false }
}

fn text() -> DataType {
    DataType::Text { max: None, fixed: false }
}

fn column(name: &str, data_type: DataType, nullable: bool) -> Column {
    Column { nullable, ..Column::new(name.into(), data_type) }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    let primary_key = UniqueKey::new(vec![ID]);
    Table {
        primary_key: Some(primary_key),
        ..Table::new(TableName { schema: None, name: name.into() }, columns)
    }
}

fn learned(name: &str, marginal: Marginal, nulls: u64) -> ColumnModel {
    ColumnModel {
        name: name.into(),
        nulls,
        distinct: 0,
        semantic: None,
        marginal,
        relative: None,
        unique: None,
        discloses: String::new(),
    }
}

fn serial(rows: u64) -> ColumnModel {
    let unique = UniqueIntegers { gaps: vec![1, 1], rows, step: 1, offset: 0, serial: true };
    ColumnModel { unique: Some(unique), distinct: rows, ..learned("id", Marginal::Empty, 0) }
}

fn categories(values: &[(&str, u64)]) -> Marginal {
    let values = values.iter().map(|&(value, rows)| (value.to_owned(), rows)).collect();
    Marginal::Categories(Categories { values, rare_rows: 0, rare_values: 0, rare_shape: None })
}

/// Bins of ten values from 0 up, with these rows.
fn tens(rows: &[u64]) -> Marginal {
    let segment = |(index, &rows): (usize, &u64)| {
        let low = index as i64 * 10;
        Segment { low, high: low + 9, rows }
    };
    Marginal::Integers(Ordered::new(rows.iter().enumerate().map(segment).collect(), 1, 0))
}

/// A tree that tells the classes of its first feature apart: each of these has a leaf, all others the last one.
fn cases(cases: &[(u8, &[(u16, u32)])], others: &[(u16, u32)]) -> Tree {
    let last = cases.len() as i32;
    let nodes = (0..last).zip(cases).map(|(number, (class, _))| Node {
        feature: 0,
        set: 1 << class,
        inside: -1 - number,
        outside: if number + 1 < last { number + 1 } else { -1 - last },
    });
    let leaves = cases.iter().map(|case| case.1).chain([others]);
    let histograms = leaves.map(|rows| Histogram { rows: rows.to_vec(), fallback: None }).collect();
    Tree { nodes: nodes.collect(), histograms, tau: 1.0, groups: 63, detail: Some(0.0) }
}

fn drawn(field: Field, features: Vec<Feature>, tree: Tree) -> Conditional {
    Conditional {
        field,
        lookup: None,
        features,
        gains: Vec::new(),
        fit: None,
        tree,
        anchor: None,
        steps: None,
    }
}

fn own(column: usize) -> Feature {
    Feature::Of { path: Vec::new(), field: Field::Column(column) }
}

/// 1,000 parents: kind a, b or c; the level goes with the kind, the number of children with the kind.
/// 2,000 children: the colour goes with the parent's kind, the state is that of the sibling before, the note is NULL in red rows.
fn model() -> Model {
    let mut child = table(
        "child",
        vec![
            column("id", integer(), false),
            column("parent", integer(), false),
            column("color", text(), false),
            column("state", text(), false),
            column("note", text(), true),
        ],
    );
    child.foreign_keys.push(ForeignKey::new(vec![PARENT], 1, vec![ID]));
    let parent = table(
        "parent",
        vec![
            column("id", integer(), false),
            column("kind", text(), false),
            column("level", integer(), false),
        ],
    );
    let bin = |low, parents| CountBin { low, high: low, parents, children: low * parents };
    let cardinality = Cardinality {
        name: String::new(),
        null_rows: 0,
        histogram: vec![bin(0, 500), bin(2, 300), bin(7, 200)],
        each: None,
    };
    let of_parent = |field| Feature::Of { path: vec![0], field };
    let before = Feature::Earlier { back: 1, field: Field::Column(STATE) };
    let child_chain = vec![
        drawn(
            Field::Column(COLOR),
            vec![of_parent(Field::Column(KIND))],
            cases(&[(2, &[(1, 450), (2, 150)])], &[(1, 750), (2, 650)]),
        ),
        drawn(
            Field::Column(STATE),
            vec![before],
            cases(&[(1, &[(1, 9)]), (2, &[(2, 9)]), (3, &[(3, 9)])], &[(1, 50), (2, 30), (3, 20)]),
        ),
        drawn(Field::Column(NOTE), vec![own(COLOR)], cases(&[(2, &[(0, 800)])], &[(1, 1200)])),
    ];
    let children = Field::Children { table: 0, foreign_key: 0 };
    let parent_chain = vec![
        drawn(Field::Column(KIND), Vec::new(), cases(&[], &[(1, 500), (2, 300), (3, 200)])),
        drawn(
            Field::Column(LEVEL),
            vec![own(KIND)],
            cases(&[(1, &[(1, 250), (2, 250)]), (2, &[(3, 300)])], &[(4, 200)]),
        ),
        drawn(children, vec![own(KIND)], cases(&[(1, &[(1, 500)]), (2, &[(2, 300)])], &[(3, 200)])),
    ];
    let child_columns = vec![
        serial(2_000),
        learned("parent", Marginal::Empty, 0),
        learned("color", categories(&[("blue", 1_200), ("red", 800)]), 0),
        learned("state", categories(&[("x", 1_000), ("y", 600), ("z", 400)]), 0),
        learned("note", categories(&[("n", 1_200)]), 800),
    ];
    let parent_columns = vec![
        serial(1_000),
        learned("kind", categories(&[("a", 500), ("b", 300), ("c", 200)]), 0),
        learned("level", tens(&[250, 250, 300, 200]), 0),
    ];
    Model {
        format: 0,
        written_by: String::new(),
        privacy: crate::model::privacy::Settings::default(),
        schema: Schema { dialect: Dialect::Sqlite, tables: vec![child, parent] },
        tables: vec![
            fitted(
                "child",
                2_000,
                child_columns,
                vec![cardinality],
                Dependence {
                    spine: Some(0),
                    order: None,
                    diamonds: vec![],
                    ranks: vec![],
                    echoes: vec![],
                    apart: vec![],
                    runs: vec![],
                    links: vec![],
                    seen: vec![],
                    chain: child_chain,
                },
            ),
            fitted(
                "parent",
                1_000,
                parent_columns,
                Vec::new(),
                Dependence {
                    spine: None,
                    order: None,
                    diamonds: vec![],
                    ranks: vec![],
                    echoes: vec![],
                    apart: vec![],
                    runs: vec![],
                    links: vec![],
                    seen: vec![],
                    chain: parent_chain,
                },
            ),
        ],
    }
}

fn fitted(
    name: &str,
    rows: u64,
    columns: Vec<ColumnModel>,
    cardinalities: Vec<Cardinality>,
    dependence: Dependence,
) -> TableModel {
    TableModel {
        name: name.into(),
        rows,
        sampled: rows,
        treatment: Treatment::Learn,
        because: String::new(),
        columns,
        cardinalities,
        conditions: Vec::new(),
        rules: Vec::new(),
        dependence: Some(dependence),
        reference: None,
    }
}

/// All rows of (child, parent).
fn generated(model: &Model, settings: &Settings) -> (RecordBatch, RecordBatch) {
    let plan = plan(model, settings, Existing::default()).expect("a plan");
    let generator = Generator::new(model, &plan).expect("a generator");
    let all = |table| generator.batch(table, 0, generator.rows(table));
    (all(0), all(1))
}

/// The values of a column as text.
fn texts(batch: &RecordBatch, column: usize) -> Vec<String> {
    let array = batch.column(column);
    (0..array.len())
        .map(|row| match array.is_null(row) {
            true => "NULL".to_owned(),
            false if array.data_type().is_integer() => {
                array.as_primitive::<Int64Type>().value(row).to_string()
            }
            false => array.as_string::<i32>().value(row).to_owned(),
        })
        .collect()
}

fn counts<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeMap<T, u64> {
    let mut counts = BTreeMap::new();
    items.into_iter().for_each(|item| *counts.entry(item).or_insert(0) += 1);
    counts
}

fn pairs(batch: &RecordBatch, left: usize, right: usize) -> BTreeMap<(String, String), u64> {
    counts(texts(batch, left).into_iter().zip(texts(batch, right)))
}

#[test]
fn columns_depend_on_each_other_and_margins_stay_exact() {
    let (child, parent) = generated(&model(), &Settings::default());
    let exact =
        |expected: &[(&str, u64)]| expected.iter().map(|&(value, rows)| (value.to_owned(), rows)).collect();
    assert_eq!(counts(texts(&parent, KIND)), exact(&[("a", 500), ("b", 300), ("c", 200)]));
    assert_eq!(counts(texts(&child, COLOR)), exact(&[("blue", 1_200), ("red", 800)]));
    assert_eq!(counts(texts(&child, NOTE)), exact(&[("NULL", 800), ("n", 1_200)]));
    // What follows siblings is left alone where it lies within 3 % of its margin.
    let states = counts(texts(&child, STATE));
    for (state, rows) in [("x", 1_000), ("y", 600), ("z", 400)] {
        let found = states.get(state).copied().unwrap_or(0);
        assert!(found.abs_diff(rows) <= 2_000 * 3 / 100, "{state}: {found}");
    }
    let levels = texts(&parent, LEVEL).into_iter().map(|level| level.parse::<i64>().expect("a number") / 10);
    let levels = counts(texts(&parent, KIND).into_iter().zip(levels));
    let expected = [(("a", 0), 250), (("a", 1), 250), (("b", 2), 300), (("c", 3), 200)];
    // Where a bin ends between two rows, one row may fall on the other side.
    for ((kind, level), rows) in expected {
        let found = levels.get(&(kind.to_owned(), level)).copied().unwrap_or(0);
        assert!(found.abs_diff(rows) <= 2, "{kind} {level}: {found}");
    }
}

#[test]
fn nulls_follow_other_columns() {
    let (child, _) = generated(&model(), &Settings::default());
    let expected = [(("blue", "n"), 1_200), (("red", "NULL"), 800)];
    assert_eq!(
        pairs(&child, COLOR, NOTE),
        expected.map(|((a, b), rows)| ((a.into(), b.into()), rows)).into()
    );
}

#[test]
fn children_follow_their_parents() {
    let (child, parent) = generated(&model(), &Settings::default());
    let kinds: BTreeMap<String, String> = texts(&parent, ID).into_iter().zip(texts(&parent, KIND)).collect();
    let of_child = texts(&child, PARENT).into_iter().map(|id| kinds[&id].clone());
    let found = counts(of_child.zip(texts(&child, COLOR)));
    // A colour's share among the children of a kind is met to a row, but for the few that the margins move.
    for (kind, color, rows) in [("b", "blue", 450), ("b", "red", 150), ("c", "blue", 750), ("c", "red", 650)]
    {
        let found = found.get(&(kind.to_owned(), color.to_owned())).copied().unwrap_or(0);
        assert!(found.abs_diff(rows) <= 2, "{kind} {color}: {found}");
    }
}

#[test]
fn numbers_of_children_follow_the_parents_and_keep_their_histogram() {
    let (child, parent) = generated(&model(), &Settings::default());
    let numbers = counts(texts(&child, PARENT));
    let kinds = texts(&parent, ID).into_iter().zip(texts(&parent, KIND));
    let found = counts(kinds.map(|(id, kind)| (kind, numbers.get(&id).copied().unwrap_or(0))));
    let expected = [(("a", 0), 500), (("b", 2), 300), (("c", 7), 200)];
    assert_eq!(found, expected.map(|((kind, number), rows)| ((kind.to_owned(), number), rows)).into());
}

#[test]
fn siblings_follow_each_other() {
    let (child, _) = generated(&model(), &Settings::default());
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    let (mut same, mut all) = (0, 0);
    for (parent, state) in texts(&child, PARENT).into_iter().zip(texts(&child, STATE)) {
        if let Some(before) = last.insert(parent, state.clone()) {
            all += 1;
            same += u64::from(before == state);
        }
    }
    assert_eq!(all, 1_500);
    // The margin of states takes its share: single draws of 500 first siblings are off by some.
    assert!(same > 1_350, "{same} of {all}");
}

#[test]
fn what_is_looked_up_is_kept_exactly() {
    let mut model = model();
    let dependence = model.tables[1].dependence.as_mut().expect("a dependence");
    // The tree knows nothing; the lookup decides.
    dependence.chain[1].tree = cases(&[], &[(1, 250), (2, 250), (3, 300), (4, 200)]);
    let entries =
        vec![(vec![1], vec![(1, 250), (2, 250)]), (vec![2], vec![(3, 300)]), (vec![3], vec![(4, 200)])];
    dependence.chain[1].lookup = Some(Lookup { columns: vec![KIND], entries });
    let (_, parent) = generated(&model, &Settings::default());
    let levels = texts(&parent, LEVEL).into_iter().map(|level| level.parse::<i64>().expect("a number") / 10);
    let found = counts(texts(&parent, KIND).into_iter().zip(levels));
    assert!(found.keys().all(|(kind, level)| (kind == "a") == (*level < 2)) || found.len() <= 6, "{found:?}");
    assert!(found[&("b".to_owned(), 2)] >= 298, "{found:?}");
}

#[test]
fn orders_of_columns_are_kept_by_exchange() {
    let mut model = model();
    model.schema.tables[1].columns.push(column("top", integer(), false));
    model.schema.tables[1].checks.push(Check { name: None, expression: "level <= top".into(), trial: None });
    model.tables[1].columns.push(learned("top", tens(&[100, 200, 250, 250, 200]), 0));
    let chain = &mut model.tables[1].dependence.as_mut().expect("a dependence").chain;
    let tree = cases(
        &[(1, &[(1, 100), (2, 150)]), (2, &[(2, 50), (3, 200)]), (3, &[(3, 50), (4, 250)])],
        &[(5, 200)],
    );
    chain.insert(2, drawn(Field::Column(3), vec![own(LEVEL)], tree));
    let (_, parent) = generated(&model, &Settings::default());
    let number =
        |column| texts(&parent, column).into_iter().map(|text| text.parse::<i64>().expect("a number"));
    assert!(number(LEVEL).zip(number(3)).all(|(level, top)| level <= top));
    let tops = counts(number(3).map(|top| top / 10));
    for (index, rows) in [100u64, 200, 250, 250, 200].into_iter().enumerate() {
        assert!(tops[&(index as i64)].abs_diff(rows) <= 2, "{tops:?}");
    }
    let found = counts(number(LEVEL).map(|level| level / 10).zip(number(3).map(|top| top / 10)));
    for (pair, rows) in [((0, 0), 100u64), ((0, 1), 150), ((1, 2), 200), ((2, 3), 250)] {
        assert!(found[&pair].abs_diff(rows) <= 10, "{found:?}");
    }
}

#[test]
fn positions_know_their_tokens() {
    let mut model = model();
    // A CHECK cuts a bin and takes a category away.
    model.schema.tables[1].checks = ["level > 13", "kind IN ('a', 'c')"]
        .map(|text| Check { name: None, expression: text.into(), trial: None })
        .to_vec();
    let plan = plan(&model, &Settings::default(), Existing::default()).expect("a plan");
    let (tables, _) = crate::generate::prepare::prepare(&model, &plan).expect("tables");
    let site = Site { model: &model, plan: &plan, table: 1 };
    for column in [KIND, LEVEL] {
        let codec = Codec::of_column(&model.tables[1].columns[column]).expect("a codec");
        let values = tables.all_values(1, column);
        let found = super::known::tokens(&tables, &site, column, &codec);
        assert_eq!(found, model.tables[1].columns[column].marginal.tokens(&*values));
        assert_eq!(counts(found).len(), if column == KIND { 2 } else { 3 });
    }
}

#[test]
fn columns_with_a_generator_of_the_user_keep_it() {
    let mut settings = Settings::default();
    let parameters = toml::Table::from_iter([("value".to_owned(), toml::Value::from("same"))]);
    let setting = ColumnSetting { generator: "constant".into(), parameters };
    settings.columns.insert(("parent".into(), "kind".into()), setting);
    let (_, parent) = generated(&model(), &settings);
    assert!(texts(&parent, KIND).iter().all(|kind| kind == "same"));
}

#[test]
fn threads_do_not_change_rows() {
    let settings = Settings { scale: 20.0, ..Settings::default() };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| generated(&model(), &settings))
    };
    let one = run(1);
    assert_eq!(one.0.num_rows(), 40_000);
    assert!(run(2) == one && run(4) == one);
    let other = generated(&model(), &Settings { seed: 1, ..settings.clone() });
    assert!(other != one, "another seed gives the same rows");
}
