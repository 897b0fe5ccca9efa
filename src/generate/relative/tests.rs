//! Hand-made models whose days are told as differences.

use crate::config::{ColumnSetting, Settings};
use crate::generate::Generator;
use crate::model::rule::{Operand, Rule, Statement};
use crate::model::{
    Cardinality, ColumnModel, CountBin, Limit, Marginal, Model, Ordered, Relative, Segment, Side, TableModel,
    Treatment, UniqueIntegers,
};
use crate::plan::{Existing, plan};
use crate::schema::civil::DAY;
use crate::schema::{Check, Column, DataType, Dialect, ForeignKey, Schema, Table, TableName, UniqueKey};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type, TimestampMicrosecondType};

const ROWS: u64 = 3_000;

fn column(name: &str, data_type: DataType, nullable: bool) -> Column {
    Column { nullable, ..Column::new(name.into(), data_type) }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    let id = column("id", DataType::Integer { bits: 64, unsigned: false }, false);
    let primary_key = UniqueKey::new(vec![0]);
    Table {
        primary_key: Some(primary_key),
        ..Table::new(
            TableName { schema: None, name: name.into() },
            std::iter::once(id).chain(columns).collect(),
        )
    }
}

/// A column whose values, or differences, lie evenly between two ends.
fn even(name: &str, (low, high): (i64, i64), relative: Option<Relative>) -> ColumnModel {
    let segments = vec![Segment { low, high, rows: ROWS }];
    ColumnModel {
        name: name.into(),
        nulls: 0,
        distinct: ROWS,
        semantic: None,
        marginal: Marginal::Integers(Ordered::new(segments, 1, 0)),
        relative,
        unique: None,
        discloses: String::new(),
    }
}

fn learned(name: &str, rows: u64, columns: Vec<ColumnModel>) -> TableModel {
    let unique = UniqueIntegers { gaps: vec![1, 1], rows, step: 1, offset: 0, serial: true };
    let serial = ColumnModel {
        marginal: Marginal::Empty,
        unique: Some(unique),
        relative: None,
        ..even("id", (1, 1), None)
    };
    TableModel {
        name: name.into(),
        rows,
        sampled: rows,
        treatment: Treatment::Learn,
        because: String::new(),
        columns: std::iter::once(serial).chain(columns).collect(),
        cardinalities: Vec::new(),
        dependence: None,
        conditions: Vec::new(),
        rules: Vec::new(),
        reference: None,
    }
}

fn told(to: Operand, side: Side, limits: Vec<Limit>) -> Option<Relative> {
    Some(Relative {
        to,
        side,
        limits,
        alone: false,
        lowest: 0,
        highest: 1_200,
        step: 1,
        offset: 0,
        open: None,
    })
}

const BORN: usize = 1;
const CLOSED: usize = 2;
const STARTED: usize = 2;
const ENDED: usize = 3;
const NOTED: usize = 4;

fn above(column: usize) -> Operand {
    Operand::Column { path: vec![0], column }
}

/// Parents are born as a timestamp and closed up to 200 days later. Children are started between the two, end strictly later, where
/// they end, and are noted at most ten days before they start.
fn model() -> Model {
    let parent = table(
        "parent",
        vec![
            column("born", DataType::Timestamp { zoned: false }, false),
            column("closed", DataType::Date, false),
        ],
    );
    let mut child = table(
        "child",
        vec![
            column("parent", DataType::Integer { bits: 64, unsigned: false }, false),
            column("started", DataType::Date, false),
            column("ended", DataType::Date, true),
            column("noted", DataType::Date, false),
        ],
    );
    child.foreign_keys.push(ForeignKey::new(vec![1], 0, vec![0]));
    child.checks.push(Check { name: None, expression: "started < ended".into(), trial: None });
    let born = even("born", (0, 1_000 * DAY), None);
    let closed = even("closed", (0, 200), told(Operand::own(BORN), Side::After, Vec::new()));
    let until = vec![Limit { by: above(CLOSED), side: Side::Before, strict: false }];
    let started = even("started", (0, 300), told(above(BORN), Side::After, until));
    let ended = told(Operand::own(STARTED), Side::After, Vec::new());
    let ended = ColumnModel { nulls: 600, ..even("ended", (1, 40), ended) };
    let noted = even("noted", (-10, 0), told(Operand::own(STARTED), Side::Before, Vec::new()));
    let mut children = learned("child", ROWS, vec![even("parent", (1, 1), None), started, ended, noted]);
    children.columns[1].marginal = Marginal::Empty;
    children.cardinalities.push(Cardinality {
        name: String::new(),
        null_rows: 0,
        histogram: vec![CountBin { low: 3, high: 3, parents: 1_000, children: 3_000 }],
        each: None,
    });
    let ordering = |low: Operand, high: Operand| Rule {
        statement: Statement::Ordering { low, high, strict: false },
        rows: 1,
    };
    children.rules = vec![
        ordering(above(BORN), Operand::own(STARTED)),
        ordering(Operand::own(STARTED), above(CLOSED)),
        ordering(Operand::own(STARTED), Operand::own(ENDED)),
        ordering(Operand::own(NOTED), Operand::own(STARTED)),
    ];
    Model {
        format: 0,
        written_by: String::new(),
        privacy: crate::model::privacy::Settings::default(),
        schema: Schema { dialect: Dialect::Sqlite, tables: vec![parent, child] },
        tables: vec![learned("parent", 1_000, vec![born, closed]), children],
    }
}

/// All rows of (parent, child), and the notes.
fn generated(model: &Model, settings: &Settings) -> (RecordBatch, RecordBatch, Vec<String>) {
    let plan = plan(model, settings, Existing::default()).expect("a plan");
    let generator = Generator::new(model, &plan).expect("a generator");
    let all = |table| generator.batch(table, 0, generator.rows(table));
    (all(0), all(1), generator.notes().to_vec())
}

fn days(batch: &RecordBatch, column: usize) -> Vec<Option<i64>> {
    let array = batch.column(column).as_primitive::<Date32Type>();
    array.iter().map(|day| day.map(i64::from)).collect()
}

#[test]
fn orders_hold_in_every_row() {
    let (parents, children, notes) = generated(&model(), &Settings::default());
    assert_eq!(notes, Vec::<String>::new());
    let born = parents.column(BORN).as_primitive::<TimestampMicrosecondType>();
    let closed = days(&parents, CLOSED);
    assert!((0..parents.num_rows()).all(|row| closed[row].is_some_and(|day| day * DAY >= born.value(row))));
    let parent = children.column(1).as_primitive::<Int64Type>();
    let (started, ended, noted) = (days(&children, STARTED), days(&children, ENDED), days(&children, NOTED));
    for row in 0..children.num_rows() {
        let of = parent.value(row) as usize - 1;
        let start = started[row].expect("it is not NULL");
        assert!(start * DAY >= born.value(of) && Some(start) <= closed[of], "row {row}");
        assert!(ended[row].is_none_or(|end| end > start && end <= 1_200) && noted[row] <= Some(start));
    }
    assert_eq!(ended.iter().filter(|end| end.is_none()).count(), 600);
}

/// Children have an owner as well, who joins before they start; whoever joins after their parent is closed cannot be theirs.
fn with_owners() -> Model {
    let mut model = model();
    let owner = table("owner", vec![column("joined", DataType::Date, false)]);
    model.schema.tables.push(owner);
    model.tables.push(learned("owner", 500, vec![even("joined", (0, 700), None)]));
    let (child, children) = (&mut model.schema.tables[1], &mut model.tables[1]);
    child.columns.push(column("owner", DataType::Integer { bits: 64, unsigned: false }, false));
    let to_owner = ForeignKey { columns: vec![5], parent: 2, ..child.foreign_keys[0].clone() };
    child.foreign_keys.push(to_owner);
    children.columns.push(ColumnModel { marginal: Marginal::Empty, ..even("owner", (1, 1), None) });
    children.cardinalities.push(Cardinality {
        histogram: vec![CountBin { low: 6, high: 6, parents: 500, children: 3_000 }],
        ..children.cardinalities[0].clone()
    });
    let joined = Operand::Column { path: vec![1], column: 1 };
    if let Some(relative) = &mut children.columns[STARTED].relative {
        relative.limits.push(Limit { by: joined.clone(), side: Side::After, strict: false });
    }
    let after = Statement::Ordering { low: joined, high: Operand::own(STARTED), strict: false };
    children.rules.push(Rule { statement: after, rows: 1 });
    model
}

#[test]
fn parents_that_leave_no_room_are_exchanged() {
    let model = with_owners();
    let plan = plan(&model, &Settings::default(), Existing::default()).expect("a plan");
    let generator = Generator::new(&model, &plan).expect("a generator");
    let all = |table| generator.batch(table, 0, generator.rows(table));
    let (parents, children, owners) = (all(0), all(1), all(2));
    let (closed, joined, started) = (days(&parents, CLOSED), days(&owners, 1), days(&children, STARTED));
    let of = |column: usize, row: usize| {
        children.column(column).as_primitive::<Int64Type>().value(row) as usize - 1
    };
    let mut served = vec![0; owners.num_rows()];
    for (row, start) in started.into_iter().enumerate() {
        assert!(joined[of(5, row)] <= start && start <= closed[of(1, row)], "row {row}");
        served[of(5, row)] += 1;
    }
    assert!(served.into_iter().all(|children| children == 6), "no owner gains or loses a child");
}

#[test]
fn differences_are_as_they_were_learned() {
    let (_, children, _) = generated(&model(), &Settings::default());
    let (started, ended) = (days(&children, STARTED), days(&children, ENDED));
    let mut counts = [0u64; 41];
    for (start, end) in started.iter().zip(&ended) {
        if let (Some(start), Some(end)) = (start, end) {
            counts[(end - start) as usize] += 1;
        }
    }
    assert_eq!(counts[0], 0);
    // 2,400 rows over 40 days; a few are mirrored at the last day there is.
    assert!(counts[1..].iter().all(|count| (56..=66).contains(count)), "{counts:?}");
}

#[test]
fn a_generator_of_the_users_makes_values() {
    let mut settings = Settings::default();
    let parameters = toml::Table::from_iter([("value".to_owned(), toml::Value::from("22000"))]);
    let setting = ColumnSetting { generator: "constant".into(), parameters };
    settings.columns.insert(("child".into(), "noted".into()), setting);
    let mut model = model();
    model.tables[1].rules.pop();
    let (_, children, _) = generated(&model, &settings);
    assert!(days(&children, NOTED).iter().all(|day| *day == Some(22_000)));
}
