//! Each kind of rule on rows made for it, and rows that only look like it.

use super::view::Kind;
use super::*;
use crate::model::context::NO_ROW;
use crate::model::{Categories, ColumnModel, Marginal};
use crate::schema::{DataType, Dialect, ForeignKey, Table, TableName};

/// A column of whole numbers, `None` for NULL.
type Whole = Vec<Option<i64>>;

fn described(name: &str, nullable: bool) -> crate::schema::Column {
    crate::schema::Column {
        name: name.to_owned(),
        data_type: DataType::Integer { bits: 64, unsigned: false },
        native: "bigint".to_owned(),
        nullable,
        default: None,
        identity: None,
        generated: None,
        comment: None,
        case_insensitive: false,
        form: None,
    }
}

fn table(name: &str, columns: &[(&str, Whole)], parents: &[usize]) -> Table {
    let key = |&parent: &usize| ForeignKey::new(vec![0], parent, vec![0]);
    Table {
        foreign_keys: parents.iter().map(key).collect(),
        ..Table::new(
            TableName { schema: None, name: name.to_owned() },
            columns
                .iter()
                .map(|(name, values)| described(name, values.iter().any(Option::is_none)))
                .collect(),
        )
    }
}

fn model(columns: &[(&str, Whole)]) -> TableModel {
    let column = |(name, values): &(&str, Whole)| ColumnModel {
        name: (*name).to_owned(),
        nulls: values.iter().filter(|value| value.is_none()).count() as u64,
        distinct: 0,
        semantic: None,
        marginal: Marginal::Categories(Categories {
            values: Vec::new(),
            rare_rows: 0,
            rare_values: 0,
            rare_shape: None,
        }),
        relative: None,
        unique: None,
        discloses: String::new(),
    };
    TableModel {
        name: String::new(),
        rows: columns[0].1.len() as u64,
        sampled: columns[0].1.len() as u64,
        treatment: Treatment::Learn,
        because: String::new(),
        columns: columns.iter().map(column).collect(),
        cardinalities: Vec::new(),
        dependence: None,
        conditions: Vec::new(),
        rules: Vec::new(),
        reference: None,
    }
}

/// A table's name, its columns, and the parent table that its first column refers to by row number.
type Made<'a> = (&'a str, Vec<(&'a str, Whole)>, Option<usize>);

/// The sentences of all rules found in some tables.
fn found(tables: &[Made<'_>]) -> Vec<String> {
    let schema = Schema {
        dialect: Dialect::Sqlite,
        tables: tables
            .iter()
            .map(|(name, columns, parent)| table(name, columns, parent.as_slice()))
            .collect(),
    };
    let mut models: Vec<TableModel> = tables.iter().map(|(_, columns, _)| model(columns)).collect();
    let subjects: Vec<u32> = (0..100_000).collect();
    let parents: Vec<Vec<u32>> = tables
        .iter()
        .map(|(_, columns, _)| columns[0].1.iter().map(|v| v.map_or(NO_ROW, |v| v as u32)).collect())
        .collect();
    let numbers: Vec<Vec<Vec<i64>>> = tables
        .iter()
        .map(|(_, columns, _)| {
            columns.iter().map(|(_, values)| values.iter().map(|v| v.unwrap_or(0)).collect()).collect()
        })
        .collect();
    let views = tables.iter().enumerate().map(|(index, (_, columns, parent))| {
        let rows = columns[0].1.len();
        let column = |(at, (_, values)): (usize, &(&str, Whole))| {
            let kept = Values::Whole(numbers[index][at].as_slice().into(), Kind::Number(0));
            Column::new(rows, kept, |row| values[row].is_none())
        };
        TableView {
            rows,
            whole: true,
            subjects: &subjects[..rows],
            columns: columns.iter().enumerate().map(column).collect(),
            parents: parent.iter().map(|_| parents[index].as_slice()).collect(),
            up: parent.iter().copied().collect(),
        }
    });
    let view = View { tables: views.collect() };
    find_in(&schema, &mut models, &view, Settings::default());
    let sentences = models.iter().enumerate().flat_map(|(index, model)| {
        model.rules.iter().map(|rule| rule.statement.sentence(&schema, index)).collect::<Vec<_>>()
    });
    sentences.collect()
}

/// Numbers below a bound without a pattern.
fn noise(seed: u64, bound: i64, rows: usize) -> Vec<i64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as i64 % bound
    };
    (0..rows).map(|_| next()).collect()
}

fn all(values: Vec<i64>) -> Whole {
    values.into_iter().map(Some).collect()
}

const ROWS: usize = 600;

fn by_row(of: impl Fn(usize) -> i64) -> Whole {
    (0..ROWS).map(|row| Some(of(row))).collect()
}

#[test]
fn independent_columns_have_no_rules() {
    let columns = vec![
        ("a", all(noise(1, 1_000, ROWS))),
        ("b", all(noise(2, 1_000, ROWS))),
        ("c", all(noise(3, 7, ROWS))),
        ("d", noise(4, 50, ROWS).into_iter().map(|v| (v > 9).then_some(v)).collect()),
    ];
    assert_eq!(found(&[("things", columns, None)]), Vec::<String>::new());
}

#[test]
fn orderings_are_found_where_chance_would_break_them() {
    let (low, gap, far) = (noise(1, 1_000, ROWS), noise(2, 400, ROWS), noise(3, 50, ROWS));
    let columns = vec![
        ("low", all(low.clone())),
        ("high", by_row(|row| low[row] + gap[row] + noise(row as u64 + 9, 30, 1)[0])),
        // Never reached by the others, whatever they are.
        ("far", by_row(|row| 100_000 + far[row])),
    ];
    assert_eq!(found(&[("things", columns.clone(), None)]), ["low < high"]);
    let mut broken = columns;
    broken[1].1[77] = Some(-1);
    assert_eq!(found(&[("things", broken, None)]), Vec::<String>::new());
}

#[test]
fn numbers_that_hardly_overlap_are_in_order_only_where_they_meet() {
    let rows = 4 * ROWS;
    let (low, free) = (noise(1, 1_000, rows), noise(2, 1_000, rows));
    let pair = |high: &dyn Fn(usize) -> i64| {
        vec![("low", all(low.clone())), ("high", all((0..rows).map(high).collect()))]
    };
    // One value in fifty would be above the other's by chance.
    let apart = pair(&|row| 801 + low[row] + free[row] / 500);
    assert_eq!(found(&[("things", apart, None)]), Vec::<String>::new());
    let meeting = pair(&|row| low[row].max(800 + free[row]));
    assert_eq!(found(&[("things", meeting, None)]), ["low <= high"]);
}

#[test]
fn sums_and_products_are_found() {
    let (a, b, c) = (noise(1, 90, ROWS), noise(2, 90, ROWS), noise(3, 90, ROWS));
    let product = vec![("a", all(a.clone())), ("b", all(b.clone())), ("y", by_row(|r| a[r] * b[r]))];
    assert!(found(&[("things", product.clone(), None)]).contains(&"y = a * b".to_owned()));
    let sum = vec![
        ("a", all(a.clone())),
        ("b", all(b.clone())),
        ("c", all(c.clone())),
        ("y", by_row(|r| a[r] + 2 * b[r] - c[r] + 500)),
    ];
    let said = found(&[("things", sum, None)]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains(" = ") && said[0].contains("500"), "{said:?}");
    let mut broken = product;
    broken[2].1[300] = Some(-5);
    let said = found(&[("things", broken, None)]);
    assert!(said.iter().all(|rule| !rule.starts_with("y =")), "{said:?}");
}

#[test]
fn dependencies_are_found_and_those_that_follow_left_out() {
    let zip = noise(1, 40, ROWS);
    let columns = vec![
        ("zip", all(zip.clone())),
        ("city", by_row(|row| zip[row] / 4)),
        ("state", by_row(|row| zip[row] / 4 % 3 * 7 % 5)),
        ("other", all(noise(2, 9, ROWS))),
    ];
    let said = found(&[("things", columns, None)]);
    assert!(
        said.contains(&"zip -> city".to_owned()) && said.contains(&"city -> state".to_owned()),
        "{said:?}"
    );
    assert!(!said.iter().any(|rule| rule.contains("zip -> state") || rule.contains("other")), "{said:?}");
}

#[test]
fn patterns_of_nulls_are_found() {
    let (side, value) = (noise(1, 3, ROWS), noise(2, 1_000, ROWS));
    let when = |wanted: &[i64], seed: u64| -> Whole {
        let other = noise(seed, 1_000, ROWS);
        (0..ROWS).map(|row| wanted.contains(&side[row]).then_some(other[row])).collect()
    };
    let columns = vec![
        ("a", when(&[0], 3)),
        ("b", when(&[0], 4)),
        ("c", when(&[1, 2], 5)),
        ("d", (0..ROWS).map(|row| (side[row] == 1 && value[row] % 2 == 0).then_some(value[row])).collect()),
    ];
    let said = found(&[("things", columns, None)]);
    for rule in ["a, b are NULL together", "exactly one of a, c is not NULL", "d is NULL where c is"] {
        assert!(said.contains(&rule.to_owned()), "{rule}: {said:?}");
    }
}

#[test]
fn parents_and_children_are_compared() {
    let parents = 120usize;
    let (price, since) = (noise(1, 5_000, parents), noise(2, 5_000, parents));
    let parent = noise(3, parents as i64, ROWS);
    let up = |row: usize| parent[row] as usize;
    let amount = noise(4, 700, ROWS);
    let mut numbers = vec![0; parents];
    let number: Vec<i64> = (0..ROWS)
        .map(|row| {
            numbers[up(row)] += 1;
            numbers[up(row)]
        })
        .collect();
    let total = |of: usize| (0..ROWS).filter(|&row| up(row) == of).map(|row| amount[row]).sum::<i64>();
    let lines = vec![
        ("order_id", by_row(|row| parent[row])),
        ("line_no", all(number)),
        ("amount", all(amount.clone())),
        ("order_price", by_row(|row| price[up(row)])),
        ("later", by_row(|row| since[up(row)] + noise(row as u64 + 50, 4_000, 1)[0])),
        ("colour", by_row(|row| noise(up(row) as u64 + 900, 6, 1)[0])),
    ];
    let orders = vec![
        ("price", all(price.clone())),
        ("since", all(since.clone())),
        ("total", (0..parents).map(|of| Some(total(of))).collect()),
        (
            "lines",
            (0..parents).map(|of| Some((0..ROWS).filter(|&row| up(row) == of).count() as i64)).collect(),
        ),
    ];
    let said = found(&[("orders", orders, None), ("lines", lines, Some(0))]);
    for rule in [
        "order_price = orders.price",
        "line_no numbers the rows of each (order_id) from 1",
        "total = sum(lines.amount)",
        "lines = count(lines)",
        "orders.since < later",
        "order_id -> colour",
    ] {
        assert!(said.contains(&rule.to_owned()), "{rule}: {said:?}");
    }
}
