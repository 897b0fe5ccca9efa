//! Tokens count as codecs say; rows find their parents.

use super::*;
use crate::learn::fit;
use crate::learn::profile::TableProfile;
use crate::model::context::NO_ROW;
use crate::model::privacy::Settings;
use crate::model::{Codec, ColumnModel, Marginal};
use crate::schema::{Column, DataType, Dialect, ForeignKey, Generated, Table, TableName};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use std::cmp::Ordering;
use std::sync::Arc;

const WHOLE: DataType = DataType::Integer { bits: 64, unsigned: false };
const TEXT: DataType = DataType::Text { max: None, fixed: false };

fn column(name: &str, data_type: DataType) -> Column {
    Column { nullable: true, ..Column::new(name.into(), data_type) }
}

fn key(columns: &[usize], parent: usize, parent_columns: &[usize]) -> ForeignKey {
    ForeignKey::new(columns.to_vec(), parent, parent_columns.to_vec())
}

fn table(columns: Vec<Column>, foreign_keys: Vec<ForeignKey>) -> Table {
    Table { foreign_keys, ..Table::new(TableName { schema: None, name: "things".into() }, columns) }
}

fn schema(tables: Vec<Table>) -> Schema {
    Schema { dialect: Dialect::Postgres, tables }
}

/// Fits one column, the rows of which come in two batches and are a subject each.
fn fitted(data_type: DataType, values: ArrayRef) -> (ColumnModel, Raw, Option<Vec<u16>>) {
    let schema = schema(vec![table(vec![column("thing", data_type)], vec![])]);
    let this = &schema.tables[0];
    let batch = RecordBatch::try_new(this.arrow_schema(), vec![values]).unwrap();
    let mut profile = TableProfile::new(this, Settings::default());
    let middle = batch.num_rows() / 2;
    for (from, len) in [(0, middle), (middle, batch.num_rows() - middle)] {
        let subjects: Vec<u32> = (from as u32..(from + len) as u32).collect();
        profile.add(&batch.slice(from, len), &subjects, Settings::default());
    }
    let kinds = fit::kinds(this, &profile);
    let rows = batch.num_rows() as u64;
    let (mut models, mut recorded) = fit::columns(&schema, this, profile, &kinds, rows, Settings::default());
    assert_eq!(recorded.rows, batch.num_rows());
    (models.remove(0), recorded.values.remove(0), recorded.tokens.remove(0))
}

/// The tokens of a column, which count as its codec says.
fn tokens_of(data_type: DataType, values: ArrayRef) -> (ColumnModel, Raw, Vec<u16>) {
    let (model, raw, tokens) = fitted(data_type, values);
    let tokens = tokens.expect("it has a codec");
    assert_eq!(tokens::disagreement(&model, Some(&tokens)), None, "{:?}", model.marginal);
    (model, raw, tokens)
}

fn segments(model: &ColumnModel) -> Vec<(i64, i64, u64)> {
    let Marginal::Integers(ordered) = &model.marginal else { panic!("{:?}", model.marginal) };
    ordered.segments.iter().map(|&segment| segment.into()).collect()
}

/// Numbers with heavy values, sparse ones, NULLs, and a lonely extreme at either end.
fn uneven(rows: i64) -> Vec<Option<i64>> {
    let value = |row: i64| match row % 11 {
        0 => None,
        1..=4 => Some(500),
        5 => Some(730),
        _ => Some(row * row % 7_919 + row % 13),
    };
    (0..rows).map(value).chain([Some(-1_000_000), Some(9_000_000)]).collect()
}

#[test]
fn numbers_fall_into_the_segments_that_counted_them() {
    let values = uneven(4_000);
    let (model, raw, tokens) = tokens_of(WHOLE, Arc::new(Int64Array::from(values.clone())));
    let segments = segments(&model);
    for (row, (value, &token)) in values.iter().zip(&tokens).enumerate() {
        assert_eq!(raw.whole(row), *value);
        let Some(value) = *value else {
            assert_eq!(token, 0);
            continue;
        };
        let (low, high, _) = segments[usize::from(token) - 1];
        let is_clipped = !(-1..=8_000).contains(&value);
        assert!(
            is_clipped
                || (low..=high).contains(&value)
                || !segments.iter().any(|s| (s.0..=s.1).contains(&value))
        );
    }
    assert_eq!(tokens[4_000], 1, "the least value is in the first segment");
    assert_eq!(usize::from(tokens[4_001]), segments.len(), "the greatest value is in the last segment");
    let atom = segments.iter().position(|&(low, high, _)| low == 500 && high == 500).unwrap();
    assert_eq!(usize::from(tokens[1]), atom + 1);
}

#[test]
fn decimals_days_and_instants_are_whole_units() {
    let values = uneven(1_000);
    let decimals = values.iter().map(|value| value.map(i128::from)).collect::<Decimal128Array>();
    let decimals = decimals.with_precision_and_scale(38, 2).unwrap();
    let (_, raw, _) = tokens_of(DataType::Decimal { precision: 12, scale: 2 }, Arc::new(decimals));
    assert_eq!((raw.number(0), raw.number(1), raw.whole(1)), (None, Some(5.0), Some(500)));
    let days: Date32Array = values.iter().map(|value| value.map(|value| (value % 40_000) as i32)).collect();
    tokens_of(DataType::Date, Arc::new(days));
    let instants: TimestampMicrosecondArray =
        values.iter().map(|value| value.map(|value| value * 60_000_000)).collect();
    tokens_of(DataType::Timestamp { zoned: false }, Arc::new(instants));
}

#[test]
fn floats_with_touching_segments_count_too() {
    let line = |row: i64| libm::sqrt(row as f64) * if row % 3 == 0 { -1.0 } else { 1.0 };
    let line: Float64Array = (0..3_000).map(|row| (row % 10 > 0).then(|| line(row))).collect();
    let (_, raw, tokens) = tokens_of(DataType::Float { bits: 64 }, Arc::new(line));
    assert_eq!((tokens[10], raw.number(10), raw.number(4)), (0, None, Some(2.0)));
    let tenths: Float64Array =
        uneven(3_000).into_iter().map(|value| value.map(|v| v as f64 / 10.0)).collect();
    tokens_of(DataType::Float { bits: 64 }, Arc::new(tenths));
    let single: Float64Array =
        (0..3_000i64).map(|row| Some(f64::from((row * 31 % 977) as f32 / 10.0))).collect();
    tokens_of(DataType::Float { bits: 32 }, Arc::new(single));
    let numeric: StringArray =
        uneven(500).into_iter().map(|value| value.map(|v| format!("{v}.25"))).collect();
    tokens_of(DataType::Numeric, Arc::new(numeric));
}

#[test]
fn a_float_that_is_not_finite_counts_as_null() {
    let values: Float64Array =
        (0..100).map(|row| Some(if row == 7 { f64::NAN } else { f64::from(row % 4) })).collect();
    let (_, raw, tokens) = fitted(DataType::Float { bits: 64 }, Arc::new(values));
    assert!(raw.is_null(7));
    assert_eq!(tokens.unwrap()[6..9], [3, 0, 1]);
}

#[test]
fn too_few_rows_are_one_token() {
    let (model, _, tokens) = tokens_of(WHOLE, Arc::new(Int64Array::from(vec![Some(3), None, Some(900)])));
    assert_eq!((segments(&model).len(), tokens), (1, vec![1, 0, 1]));
    let (_, _, tokens) = fitted(WHOLE, Arc::new(Int64Array::from(vec![Some(3), Some(900)])));
    assert_eq!(tokens, None, "one token says nothing");
}

#[test]
fn texts_are_categories_rare_or_anything() {
    let text = |row: i64| match row % 20 {
        0 => None,
        1..=9 => Some("blue".to_owned()),
        10..=17 => Some("amber".to_owned()),
        _ if row < 50 => Some(format!("odd {row}")),
        _ => Some("teal".to_owned()),
    };
    let texts: Vec<Option<String>> = (0..400).map(text).collect();
    let (_, raw, tokens) = tokens_of(TEXT, Arc::new(StringArray::from(texts)));
    assert_eq!([tokens[0], tokens[1], tokens[10], tokens[58], tokens[18]], [0, 1, 2, 3, 4]);
    assert_eq!((raw.text(0), raw.text(10), raw.text(18)), (None, Some("amber"), Some("odd 18")));
    assert_eq!(raw.compare(1, 10), Ordering::Greater);
    assert_eq!(raw.compare(0, 10), Ordering::Less);
    assert_eq!(raw.compare(0, 20), Ordering::Equal);
    let codes: StringArray =
        (0..300).map(|row| (row % 3 > 0).then(|| format!("C{:05}", row + 100))).collect();
    let (model, _, tokens) = tokens_of(TEXT, Arc::new(codes));
    assert!(matches!(model.marginal, Marginal::Text(_)));
    assert_eq!(tokens[..3], [0, 1, 1]);
}

#[test]
fn very_many_texts_are_not_kept() {
    let rows = crate::learn::text::MOST_VALUES as u32 + 10;
    let texts: StringArray = (0..rows).map(|row| (row != 5).then(|| format!("T{row:07}"))).collect();
    let (_, raw, tokens) = tokens_of(TEXT, Arc::new(texts));
    assert!(matches!(raw, Raw::Opaque { .. }));
    assert_eq!(tokens[4..7], [1, 0, 1]);
    assert_eq!(raw.text(4), None);
}

#[test]
fn closed_sets_have_a_token_for_what_few_share() {
    let labels = ["low", "mid", "top"].map(str::to_owned).to_vec();
    let of = |row: i64| ["low", "mid"][(row % 3 == 0) as usize];
    let values: StringArray = (0..100).map(|row| Some(if row == 50 { "top" } else { of(row) })).collect();
    let (_, _, tokens) = tokens_of(DataType::Enum { name: None, labels }, Arc::new(values));
    assert_eq!([tokens[0], tokens[1], tokens[50]], [2, 1, 3]);
    let values: BooleanArray = (0..100).map(|row| (row % 9 > 0).then_some(row % 4 > 0)).collect();
    let (_, raw, tokens) = tokens_of(DataType::Boolean, Arc::new(values));
    assert_eq!(tokens[..6], [0, 1, 1, 1, 2, 1]);
    assert_eq!((raw.compare(1, 4), raw.compare(0, 4)), (Ordering::Greater, Ordering::Less));
    let values: BooleanArray = (0..100).map(|row| Some(row == 3)).collect();
    let (_, _, tokens) = tokens_of(DataType::Boolean, Arc::new(values));
    assert_eq!(tokens[2..5], [1, 2, 1]);
}

#[test]
fn documents_and_bytes_are_there_or_not() {
    let documents: StringArray =
        (0..50).map(|row| (row % 5 > 0).then(|| format!("{{\"a\":{row}}}"))).collect();
    let (_, raw, tokens) = tokens_of(DataType::Json, Arc::new(documents));
    assert_eq!((tokens[0], tokens[1], raw.is_null(0), raw.is_null(1)), (0, 1, true, false));
    let bytes = BinaryArray::from_iter((0..50u8).map(|row| (row % 5 > 0).then(|| vec![row; 3])));
    let (_, _, tokens) = tokens_of(DataType::Bytes { max: None }, Arc::new(bytes));
    assert_eq!(tokens[..2], [0, 1]);
    let nothing = Int64Array::from(vec![None; 20]);
    let (model, _, tokens) = fitted(WHOLE, Arc::new(nothing));
    assert_eq!((model.marginal, tokens), (Marginal::Empty, None));
}

#[test]
fn computed_columns_hold_their_place() {
    let mut computed = column("twice", WHOLE);
    computed.generated = Some(Generated { expression: "2 * b".into(), stored: true });
    let schema = schema(vec![table(vec![column("a", WHOLE), computed, column("b", WHOLE)], vec![])]);
    let values =
        |from: i64| Arc::new(Int64Array::from_iter_values((0..40).map(|row| from + row % 4))) as ArrayRef;
    let this = &schema.tables[0];
    let batch = RecordBatch::try_new(this.arrow_schema(), vec![values(0), values(70)]).unwrap();
    let mut profile = TableProfile::new(this, Settings::default());
    profile.add(&batch, &(0..40).collect::<Vec<u32>>(), Settings::default());
    let kinds = fit::kinds(this, &profile);
    let (models, recorded) = fit::columns(&schema, this, profile, &kinds, 40, Settings::default());
    assert_eq!(models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["a", "twice", "b"]);
    assert!(matches!(recorded.values[1], Raw::None) && recorded.tokens[1].is_none());
    assert_eq!(recorded.values[2].whole(1), Some(71));
    assert_eq!(Codec::of_column(&models[2]).map(|codec| codec.rows), Some(vec![0, 10, 10, 10, 10]));
}

/// Records batches of the tables, in the given order of reading.
fn recorded(schema: &Schema, read: &[(usize, Vec<ArrayRef>)]) -> Recorded {
    let mut tables: Vec<(RecordedTable, TableKeys)> =
        schema.tables.iter().map(|_| Default::default()).collect();
    for (table, arrays) in read {
        let batch = RecordBatch::try_new(schema.tables[*table].arrow_schema(), arrays.clone()).unwrap();
        let mut keys = TableKeys::new(schema, *table);
        keys.add(&batch.slice(0, 1));
        keys.add(&batch.slice(1, batch.num_rows() - 1));
        tables[*table] = (RecordedTable { rows: batch.num_rows(), ..RecordedTable::default() }, keys);
    }
    Recorded::new(schema, tables)
}

fn wholes(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn words(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn rows_find_parents_of_other_width_and_among_themselves() {
    let wide = DataType::Decimal { precision: 20, scale: 0 };
    let people = table(vec![column("id", wide), column("boss", WHOLE)], vec![key(&[1], 0, &[0])]);
    let visits = table(vec![column("person", WHOLE)], vec![key(&[0], 0, &[0])]);
    let schema = schema(vec![people, visits]);
    let ids =
        Decimal128Array::from(vec![Some(10), Some(20), Some(30)]).with_precision_and_scale(38, 0).unwrap();
    let people = (0, vec![Arc::new(ids) as ArrayRef, wholes(&[Some(30), None, Some(30)])]);
    // The child was read first, as in a cycle; one of its parents was not read.
    let visits = (1, vec![wholes(&[Some(20), Some(99), None, Some(10)])]);
    let recorded = recorded(&schema, &[visits, people]);
    assert_eq!(recorded.tables[0].parents, [[2, NO_ROW, 2]]);
    assert_eq!(recorded.tables[1].parents, [[1, NO_ROW, NO_ROW, 0]]);
}

#[test]
fn composite_keys_are_one_and_null_in_part_is_none() {
    let places = table(vec![column("land", TEXT), column("number", WHOLE)], vec![]);
    let trips = table(
        vec![column("from", WHOLE), column("land", TEXT), column("to", WHOLE)],
        vec![key(&[1, 0], 0, &[0, 1]), key(&[2, 1], 0, &[1, 0])],
    );
    let schema = schema(vec![places, trips]);
    let places = (
        0,
        vec![
            words(&[Some("no"), Some("se"), Some("no"), Some("no")]),
            wholes(&[Some(1), Some(1), Some(2), None]),
        ],
    );
    let trips = (
        1,
        vec![
            wholes(&[Some(2), Some(1), None, Some(1)]),
            words(&[Some("no"), Some("se"), Some("no"), None]),
            wholes(&[Some(1), Some(2), Some(2), Some(1)]),
        ],
    );
    let recorded = recorded(&schema, &[places, trips]);
    assert_eq!(recorded.tables[1].parents[0], [2, 1, NO_ROW, NO_ROW]);
    assert_eq!(recorded.tables[1].parents[1], [0, NO_ROW, 2, NO_ROW]);
}

#[test]
fn tables_that_were_not_read_have_no_rows() {
    let parents = table(vec![column("id", WHOLE)], vec![]);
    let children = table(vec![column("parent", WHOLE)], vec![key(&[0], 0, &[0])]);
    let schema = schema(vec![parents, children]);
    let none = recorded(&schema, &[]);
    assert_eq!((none.tables[1].rows, none.tables[1].parents.clone()), (0, vec![vec![]]));
    assert_eq!((none.tables[1].values.len(), none.tables[1].tokens.len()), (1, 1));
    let children_only = recorded(&schema, &[(1, vec![wholes(&[Some(1), None])])]);
    assert_eq!(children_only.tables[1].parents, [[NO_ROW, NO_ROW]]);
}

#[test]
fn keys_that_the_database_computes_lead_nowhere() {
    let mut computed = column("code", WHOLE);
    computed.generated = Some(Generated { expression: "id".into(), stored: true });
    let parents = table(vec![column("id", WHOLE), computed], vec![]);
    let children = table(vec![column("code", WHOLE)], vec![key(&[0], 0, &[1])]);
    let schema = schema(vec![parents, children]);
    let recorded =
        recorded(&schema, &[(0, vec![wholes(&[Some(1), Some(2)])]), (1, vec![wholes(&[Some(1), Some(2)])])]);
    assert_eq!(recorded.tables[1].parents, [[NO_ROW, NO_ROW]]);
}

/// The bundled example, read as users do: every column of every table, and every key.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn the_shop_is_recorded_as_it_was_learned() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop.db");
    let mut source = crate::store::sqlite::SqliteSource::connect(&path).await.unwrap();
    let schema = crate::store::Source::introspect(&mut source).await.unwrap();
    let options = crate::learn::Options::default();
    let learner = crate::learn::learn_tables(&mut source, &schema, &options, &|_| {}).await.unwrap();
    let (tables, read) = learner.into_parts();
    let recorded = Recorded::new(&schema, read);
    assert_eq!(recorded.disagreements(&tables), Vec::<String>::new());
    let with_tokens = recorded.tables.iter().flat_map(|table| &table.tokens).flatten().count();
    assert!(with_tokens > 30, "{with_tokens}");
    for (this, (learned, table)) in schema.tables.iter().zip(tables.iter().zip(&recorded.tables)) {
        assert_eq!((table.rows as u64, table.subjects.len()), (learned.sampled, table.rows));
        for (index, parents) in table.parents.iter().enumerate() {
            let orphans = parents.iter().filter(|&&row| row == NO_ROW).count() as u64;
            assert_eq!(orphans, learned.cardinalities[index].null_rows, "{} {index}", this.name);
            assert!(parents.iter().all(|&row| {
                row == NO_ROW || (row as usize) < recorded.tables[this.foreign_keys[index].parent].rows
            }));
        }
    }
}
