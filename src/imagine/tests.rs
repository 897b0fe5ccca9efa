//! Made-up models, without any database.

use super::*;
use crate::model::rule::Operand;
use crate::model::{ColumnModel, FORMAT_VERSION, Marginal, SemanticKind, privacy};
use crate::schema::{Column, DataType, Dialect, ForeignKey, Table, TableName, UniqueKey};

fn column(name: &str, data_type: DataType) -> Column {
    Column::new(name.into(), data_type)
}

fn key(columns: &[usize]) -> UniqueKey {
    UniqueKey::new(columns.to_vec())
}

fn table(name: &str, columns: Vec<Column>, parents: &[(usize, usize)]) -> Table {
    let foreign_keys = parents.iter().map(|&(column, parent)| ForeignKey::new(vec![column], parent, vec![0]));
    Table {
        primary_key: Some(key(&[0])),
        foreign_keys: foreign_keys.collect(),
        ..Table::new(TableName { schema: None, name: name.into() }, columns)
    }
}

/// A model of which nothing was learned but the numbers of rows.
fn model(tables: Vec<Table>, rows: &[u64]) -> Model {
    let unread = |(table, &rows): (&Table, &u64)| TableModel {
        name: table.name.to_string(),
        rows,
        sampled: 0,
        treatment: Treatment::Fake,
        because: String::new(),
        columns: table
            .columns
            .iter()
            .map(|column| ColumnModel {
                name: column.name.clone(),
                nulls: 0,
                distinct: 0,
                semantic: (column.name == "email").then_some(SemanticKind::Email),
                marginal: Marginal::Empty,
                relative: None,
                unique: None,
                discloses: String::new(),
            })
            .collect(),
        cardinalities: Vec::new(),
        dependence: None,
        conditions: Vec::new(),
        rules: Vec::new(),
        reference: None,
    };
    Model {
        format: FORMAT_VERSION,
        written_by: String::new(),
        privacy: privacy::Settings::default(),
        tables: tables.iter().zip(rows).map(unread).collect(),
        schema: Schema { dialect: Dialect::Postgres, tables },
    }
}

fn number(name: &str) -> Column {
    column(name, DataType::Integer { bits: 32, unsigned: false })
}

fn text(name: &str) -> Column {
    column(name, DataType::Text { max: None, fixed: false })
}

fn day(name: &str) -> Column {
    column(name, DataType::Date)
}

/// States, customers in them, and their orders.
fn shop(rows: &[u64]) -> Model {
    let tables = vec![
        table("state", vec![number("id"), text("name")], &[]),
        table("customer", vec![number("id"), text("email"), number("state"), day("joined")], &[(2, 0)]),
        table(
            "orders",
            vec![number("id"), number("customer"), day("placed"), day("shipped"), day("delivered")],
            &[(1, 1)],
        ),
    ];
    model(tables, rows)
}

fn imagined(model: &Model) -> Imagined {
    imagine(model, &vec![Treatment::Fake; model.tables.len()], &BTreeSet::new())
}

#[test]
fn tables_are_as_large_as_their_place_in_the_graph() {
    let found = imagined(&shop(&[0, 0, 0]));
    let rows: Vec<u64> = found.tables.values().map(|table| table.rows).collect();
    assert!(rows[0] >= 100 && rows[0] < rows[1] && rows[1] < rows[2], "{rows:?}");
    assert!(found.tables.values().zip(&shop(&[0; 3]).schema.tables).all(|(table, described)| {
        table.cardinalities.len() == described.foreign_keys.len()
            && table.columns.len() == described.columns.len()
    }));
}

#[test]
fn one_empty_table_beside_full_ones_stays_empty() {
    let found = imagined(&shop(&[50, 4_000, 0]));
    assert_eq!(found.tables[&2].rows, 0);
    assert!(found.notes.iter().any(|note| note.starts_with("orders: empty")), "{:?}", found.notes);
    let asked =
        imagine(&shop(&[50, 4_000, 0]), &[Treatment::Learn, Treatment::Learn, Treatment::Fake], &[2].into());
    assert!(asked.tables[&2].rows > 0, "who asks for a made-up table gets one");
    // What an installation script leaves is no data: a few rows in one table of three.
    assert!(is_without_data(&shop(&[50, 0, 0])));
}

#[test]
fn tables_without_possible_parents_stay_empty() {
    // The one state that was installed has no code, which customers would have to name.
    let mut model = shop(&[1, 0, 0]);
    model.schema.tables[0].columns[1].nullable = true;
    model.schema.tables[1].foreign_keys[0].parent_columns = vec![1];
    model.tables[0].sampled = 1;
    model.tables[0].columns[1].nulls = 1;
    model.schema.tables.push(table("event", vec![number("id")], &[]));
    model.tables.push(TableModel { name: "event".into(), ..model.tables[2].clone() });
    let all = |model: &Model, asked| {
        let found =
            imagine(model, &[Treatment::Learn, Treatment::Fake, Treatment::Fake, Treatment::Fake], &asked);
        let rows: Vec<u64> = (1..4).map(|table| found.tables[&table].rows).collect();
        (rows, found.notes)
    };
    let (rows, notes) = all(&model, BTreeSet::new());
    assert!(rows[0] == 0 && rows[1] == 0 && rows[2] > 0, "{rows:?}");
    let said =
        "customer: left without rows, because none of state has values in (name), which each would need";
    assert!(notes.iter().any(|note| note == said), "{notes:?}");
    assert!(notes.iter().any(|note| note.starts_with("orders: left without rows")), "{notes:?}");
    let (rows, _) = all(&model, [1].into());
    assert!(rows[0] > 0, "who asks for them is told why it cannot be");
}

#[test]
fn days_follow_each_other_and_those_of_the_parent() {
    let found = imagined(&shop(&[0, 0, 0]));
    let follows = |table: usize, column: usize| {
        found.tables[&table].columns[column].relative.as_ref().map(|relative| relative.to.clone())
    };
    let own = |column| Some(Operand::Column { path: Vec::new(), column });
    assert_eq!(follows(1, 3), None);
    assert_eq!(follows(2, 2), Some(Operand::Column { path: vec![0], column: 3 }));
    assert_eq!((follows(2, 3), follows(2, 4)), (own(2), own(3)));
}

#[test]
fn keys_without_room_make_small_tables_and_say_so() {
    let mut tables = vec![table("flag", vec![column("flag", DataType::Boolean), text("name")], &[])];
    tables.push(table("code", vec![column("code", DataType::Text { max: Some(1), fixed: true })], &[]));
    let found = imagined(&model(tables, &[0, 0]));
    assert_eq!(found.tables[&0].rows, 2);
    assert!(found.notes.iter().any(|note| note.starts_with("flag: 2 rows, the most")), "{:?}", found.notes);
    assert!(found.tables[&1].rows >= 100);
}

#[test]
fn names_and_defaults_say_what_a_column_holds() {
    let mut locale = text("locale");
    locale.default = Some("'de_DE'::text".into());
    let mut level = number("level");
    level.default = Some("7".into());
    let columns = vec![number("id"), locale, level, text("iso_hash"), text("title")];
    let found = imagined(&model(vec![table("page", columns, &[])], &[0]));
    let columns = &found.tables[&0].columns;
    let Marginal::Categories(locales) = &columns[1].marginal else { panic!("no list of locales") };
    assert_eq!(locales.values[0].0, "de_DE");
    let Marginal::Integers(levels) = &columns[2].marginal else { panic!("no numbers") };
    assert!(levels.segments.iter().any(|segment| (segment.low, segment.high) == (7, 7)));
    assert!(matches!(&columns[3].marginal, Marginal::Text(shape) if !shape.patterns.is_empty()));
    assert_eq!(columns[4].marginal, Marginal::Empty);
}
