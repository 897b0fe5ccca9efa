//! What is told as differences, what is not, and what is told then.

use super::*;
use crate::learn::joint::record::{Raw, RecordedTable, tokens};
use crate::learn::observed::Runs;
use crate::learn::ordered::{Detail, fit_integers};
use crate::model::privacy::Settings;
use crate::model::rule::{Operand, Rule, Statement};
use crate::model::{Codec, Marginal, Side};
use crate::schema::civil::DAY;
use crate::schema::{Check, Column, DataType, Dialect, ForeignKey, Table, TableName, UniqueKey};

const ROWS: i64 = 400;

fn column(name: &str, data_type: DataType, nullable: bool) -> Column {
    Column { nullable, ..Column::new(name.into(), data_type) }
}

/// Two tables of days: `parents (born)`, and `children (a, b, c)`, each child with the parent of its number by three.
struct Made {
    schema: Schema,
    models: Vec<TableModel>,
    recorded: Recorded,
}

fn made(
    born: impl Fn(i64) -> i64,
    children: [&dyn Fn(i64) -> Option<i64>; 3],
    rules: Vec<Statement>,
) -> Made {
    let parent = (vec![("born", true, (0..ROWS / 3 + 1).map(|row| Some(born(row))).collect())], Vec::new());
    let of = |value: &dyn Fn(i64) -> Option<i64>| (0..ROWS).map(value).collect::<Vec<_>>();
    let [a, b, c] = children;
    let children = vec![("a", true, of(a)), ("b", true, of(b)), ("c", true, of(c))];
    let children = (children, (0..ROWS as u32).map(|row| row / 3).collect::<Vec<u32>>());
    let mut made = Made {
        schema: Schema { dialect: Dialect::Sqlite, tables: Vec::new() },
        models: Vec::new(),
        recorded: Recorded::default(),
    };
    for (number, (columns, parents)) in [parent, children].into_iter().enumerate() {
        let key = ForeignKey::new(Vec::new(), 0, Vec::new());
        let name = ["parents", "children"][number].to_owned();
        made.schema.tables.push(Table {
            foreign_keys: (number > 0).then_some(key).into_iter().collect(),
            ..Table::new(
                TableName { schema: None, name },
                columns.iter().map(|(name, null, _)| column(name, DataType::Date, *null)).collect(),
            )
        });
        let rows = columns[0].2.len();
        let fitted = columns.into_iter().map(|(name, _, values)| level(name, values));
        let (columns, values): (Vec<ColumnModel>, Vec<Raw>) = fitted.unzip();
        let rules = if number > 0 { rules.clone() } else { Vec::new() };
        made.recorded.tables.push(RecordedTable {
            rows,
            subjects: (0..rows as u32).collect(),
            tokens: columns.iter().zip(&values).map(|(model, raw)| tokens(model, raw)).collect(),
            values,
            parents: if number > 0 { vec![parents] } else { Vec::new() },
        });
        made.models.push(TableModel {
            name: String::new(),
            rows: rows as u64,
            sampled: rows as u64,
            treatment: Treatment::Learn,
            because: String::new(),
            columns,
            cardinalities: Vec::new(),
            dependence: None,
            conditions: Vec::new(),
            rules: rules.into_iter().map(|statement| Rule { statement, rows: 0 }).collect(),
            reference: None,
        });
    }
    made
}

/// A column as it is fitted before rules are known.
fn level(name: &str, values: Vec<Option<i64>>) -> (ColumnModel, Raw) {
    let privacy = Settings::default();
    let pairs = values.iter().zip(0..).filter_map(|(value, subject)| Some(((*value)?, subject))).collect();
    let detail = Detail { bins: 512, atoms: true, digits: 2, lowest: i64::MIN, highest: i64::MAX };
    let runs = Runs::from_pairs(pairs, i64::cmp, privacy);
    let model = ColumnModel {
        name: name.to_owned(),
        nulls: values.iter().filter(|value| value.is_none()).count() as u64,
        distinct: runs.len() as u64,
        semantic: None,
        marginal: Marginal::Integers(fit_integers(&runs, detail, privacy)),
        relative: None,
        unique: None,
        discloses: String::new(),
    };
    let absent = values.iter().map(Option::is_none).collect();
    let values = values.into_iter().map(Option::unwrap_or_default).collect();
    (model, Raw::Whole { values, absent, scale: 0 })
}

impl Made {
    fn code(&mut self) {
        code(&self.schema, &mut self.models, &mut self.recorded, &Options::default());
    }

    /// What the children's columns are told relative to.
    fn told(&mut self) -> Vec<Option<(Operand, Side)>> {
        self.code();
        let columns = self.models[1].columns.iter();
        columns.map(|column| column.relative.clone().map(|relative| (relative.to, relative.side))).collect()
    }
}

fn before(low: Operand, high: Operand) -> Statement {
    Statement::Ordering { low, high, strict: false }
}

fn born() -> Operand {
    Operand::Column { path: vec![0], column: 0 }
}

/// Numbers without a pattern.
fn mixed(row: i64, salt: i64, below: i64) -> i64 {
    ((row + 1) * 7_919 + salt * 104_729).wrapping_mul(0x9E37_79B9).rem_euclid(1 << 40) / 1_000 % below
}

fn placed(row: i64) -> i64 {
    mixed(row, 1, 900)
}

#[test]
fn orders_are_told_as_differences() {
    let a = |row: i64| Some(mixed(row / 3, 0, 900) + mixed(row, 1, 60));
    let b = |row: i64| Some(a(row)? + mixed(row, 2, 30)).filter(|_| row % 4 > 0);
    let c = |row: i64| Some(b(row)? + 1 + mixed(row, 3, 9));
    let rules = vec![
        before(born(), Operand::own(0)),
        before(Operand::own(0), Operand::own(1)),
        before(Operand::own(1), Operand::own(2)),
    ];
    let mut made = made(|row| mixed(row, 0, 900), [&a, &b, &c], rules);
    let told = made.told();
    let after = |operand: Operand| Some((operand, Side::After));
    assert_eq!(told, [after(born()), after(Operand::own(0)), after(Operand::own(1))]);
    let Marginal::Integers(ordered) = &made.models[1].columns[2].marginal else { panic!("whole numbers") };
    assert_eq!((ordered.segments[0].low, ordered.segments.last().map(|last| last.high)), (1, Some(9)));
    assert_eq!(made.models[1].columns[2].nulls, 100);
    let codec = Codec::of_column(&made.models[1].columns[2]).expect("an alphabet");
    let tokens = made.recorded.tables[1].tokens[2].as_ref().expect("tokens");
    assert!((0..ROWS as usize).all(|row| (tokens[row] == 0) == row.is_multiple_of(4)));
    assert!((0..codec.tokens()).all(|token| {
        tokens.iter().filter(|&&other| usize::from(other) == token).count() as u64 == codec.rows[token]
    }));
    let relative = made.models[1].columns[0].relative.clone().expect("told relative to the parent");
    assert!(relative.lowest >= 0 && relative.highest < 960 && relative.step == 1);
    assert!(made.models[1].columns[1].discloses.contains("from a:"));
}

#[test]
fn what_is_between_two_others_is_limited() {
    let a = |row: i64| Some(mixed(row / 3, 0, 900) - mixed(row, 4, 50));
    let b = |row: i64| Some(mixed(row / 3, 0, 900) + mixed(row, 1, 100));
    let c = |row: i64| Some(mixed(row / 3, 0, 900) + 100);
    let rules = vec![
        before(Operand::own(0), born()),
        before(born(), Operand::own(1)),
        before(Operand::own(1), Operand::own(2)),
        Statement::Dependency { from: vec![2], to: Vec::new() },
    ];
    let mut made = made(|row| mixed(row, 0, 900), [&a, &b, &c], rules);
    assert_eq!(made.told()[..2], [Some((born(), Side::Before)), Some((born(), Side::After))]);
    let limits = &made.models[1].columns[1].relative.as_ref().expect("told relative to the parent").limits;
    let limits: Vec<_> = limits.iter().map(|limit| (&limit.by, limit.side)).collect();
    assert_eq!(limits, [(&Operand::own(2), Side::Before)]);
}

#[test]
fn what_is_computed_is_no_base() {
    let a = |row: i64| Some(placed(row));
    let b = |row: i64| Some(placed(row) + mixed(row, 1, 100));
    let same = crate::model::rule::Expression::Same(born());
    let formula =
        Statement::Formula { column: 0, expression: same, digits: None, own_nulls: false, except: 0 };
    let rules = vec![before(Operand::own(0), Operand::own(1)), formula];
    assert_eq!(made(placed, [&a, &b, &placed_else], rules).told(), [None, None, None]);
}

#[test]
fn nothing_is_told_by_what_may_be_missing_or_is_far_wider() {
    let a = |row: i64| Some(placed(row)).filter(|_| row % 5 > 0);
    let b = |row: i64| Some(a(row).unwrap_or(7) + mixed(row, 1, 50));
    let c = |row: i64| Some(20_000 + mixed(row, 2, 100));
    let rules = vec![before(Operand::own(0), Operand::own(1)), before(born(), Operand::own(2))];
    let mut made = made(|row| mixed(row, 0, 9_000), [&a, &b, &c], rules);
    assert_eq!(made.told()[1..], [None, None]);
}

#[test]
fn a_few_values_may_have_nothing_to_be_told_by() {
    let a = |row: i64| Some(placed(row)).filter(|_| row % 50 > 0);
    let b = |row: i64| Some(placed(row) + mixed(row, 1, 9)).map(|day| if row % 50 == 0 { 5 } else { day });
    let rules = vec![before(Operand::own(0), Operand::own(1))];
    let mut made = made(|row| mixed(row, 0, 900), [&a, &b, &placed_else], rules);
    assert_eq!(made.told()[1], Some((Operand::own(0), Side::After)));
    let told = &made.models[1].columns[1];
    assert!(told.relative.as_ref().is_some_and(|relative| relative.alone));
    let Marginal::Integers(ordered) = &told.marginal else { panic!("whole numbers") };
    assert_eq!((ordered.rows(), ordered.segments.last().map(|last| last.high)), (ROWS as u64, Some(8)));
}

#[test]
fn values_that_stay_near_another_are_told_by_it() {
    let a = |row: i64| Some(placed(row));
    let b = |row: i64| Some(placed(row) + mixed(row, 1, 9) - 4);
    let c = |row: i64| Some(mixed(row, 2, 900));
    let mut made = made(|row| mixed(row, 0, 900), [&a, &b, &c], Vec::new());
    assert_eq!(made.told(), [None, Some((Operand::own(0), Side::Around)), None]);
}

#[test]
fn keys_checks_and_dependencies_keep_values() {
    let a = |row: i64| Some(placed(row));
    let b = |row: i64| Some(placed(row) + mixed(row, 1, 9));
    let rules = || vec![before(Operand::own(0), Operand::own(1))];
    let fresh = || made(|row| mixed(row, 0, 900), [&a, &b, &placed_else], rules());
    assert!(fresh().told()[1].is_some());
    let key = |columns: Vec<usize>, predicate: Option<&str>| UniqueKey {
        predicate: predicate.map(str::to_owned),
        ..UniqueKey::new(columns)
    };
    for key in [key(vec![1, 2], None), key(vec![2], Some("b IS NULL"))] {
        let mut made = fresh();
        made.schema.tables[1].uniques.push(key);
        assert_eq!(made.told()[1], None);
    }
    for (check, coded) in
        [("b >= a", true), ("b > '1970-01-01'", false), ("b >= a OR c IS NULL", false), ("b - a < 10", false)]
    {
        let mut made = fresh();
        let expression = check.to_owned();
        made.schema.tables[1].checks.push(Check { name: None, expression, trial: None });
        assert_eq!(made.told()[1].is_some(), coded, "{check}");
    }
    let mut made = fresh();
    let decides = Statement::Dependency { from: vec![1], to: vec![2] };
    made.models[1].rules.push(Rule { statement: decides, rows: 0 });
    assert_eq!(made.told()[1], None);
}

fn placed_else(row: i64) -> Option<i64> {
    Some(mixed(row, 5, 900))
}

#[test]
fn days_are_counted_from_the_day_of_a_time() {
    let a = |row: i64| Some(placed(row) * DAY + mixed(row, 4, 86_400) * 1_000_000);
    let b = |row: i64| Some(placed(row) + mixed(row, 1, 9));
    let mut made = made(|row| mixed(row, 0, 900), [&a, &b, &placed_else], Vec::new());
    made.schema.tables[1].columns[0].data_type = DataType::Timestamp { zoned: false };
    assert_eq!(made.told()[1], Some((Operand::own(0), Side::Around)));
    let Marginal::Integers(ordered) = &made.models[1].columns[1].marginal else { panic!("whole numbers") };
    assert_eq!((ordered.segments[0].low, ordered.segments.last().map(|last| last.high)), (0, Some(8)));
}
