//! Which tables are copied.

use super::*;
use crate::model::privacy::Settings;
use crate::schema::{Column, Dialect, ForeignKey, TableName};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use std::sync::Arc;

fn column(name: &str, data_type: DataType) -> Column {
    Column::new(name.into(), data_type)
}

fn table(name: &str, columns: Vec<Column>, parent: Option<usize>) -> Table {
    let key = |parent| ForeignKey::new(vec![0], parent, vec![0]);
    Table {
        foreign_keys: parent.map(key).into_iter().collect(),
        ..Table::new(TableName { schema: None, name: name.into() }, columns)
    }
}

fn id() -> Column {
    column("id", DataType::Integer { bits: 64, unsigned: false })
}

fn verdict(name: &str, rows: [u64; 2]) -> Result<Standing, String> {
    let tables = vec![table(name, vec![id()], None), table("things", vec![id()], Some(0))];
    let schema = Schema { dialect: Dialect::Sqlite, tables };
    may_be_reference(&Surroundings { schema: &schema, table: 0, rows: &rows, is_reference: &|_| false })
}

#[test]
fn names_and_numbers_decide_before_a_row_is_read() {
    let kept = |referencing| Ok(Standing { referencing, occasions: false });
    assert_eq!(verdict("countries", [200, 1_000]), kept(1_000));
    assert_eq!(verdict("statuses", [4, 100]), kept(100));
    assert_eq!(verdict("seasons", [4, 400]), Ok(Standing { referencing: 400, occasions: true }));
    assert!(verdict("countries", [200, 999]).unwrap_err().contains("less than 5 rows"));
    assert!(verdict("countries", [1_001, 90_000]).unwrap_err().contains("more rows"));
    assert_eq!(verdict("airports", [1_458, 700_000]), kept(700_000));
    assert!(verdict("places", [10_001, 9_000_000]).unwrap_err().contains("more rows"));
    assert!(verdict("app_users", [20, 900_000]).unwrap_err().contains("people"));
    assert!(verdict("Suppliers", [20, 900_000]).unwrap_err().contains("organisations"));
    assert!(verdict("orderHeader", [20, 900_000]).unwrap_err().contains("events"));
    let alone = Schema { dialect: Dialect::Sqlite, tables: vec![table("countries", vec![id()], None)] };
    let around = Surroundings { schema: &alone, table: 0, rows: &[5], is_reference: &|_| false };
    assert!(may_be_reference(&around).unwrap_err().contains("no other table"));
}

#[test]
fn the_parent_of_a_reference_table_is_one_too() {
    let tables = vec![
        table("continents", vec![id()], None),
        table("countries", vec![id()], Some(0)),
        table("things", vec![id()], Some(1)),
    ];
    let schema = Schema { dialect: Dialect::Sqlite, tables };
    let with = |is_reference: &dyn Fn(usize) -> bool| {
        may_be_reference(&Surroundings { schema: &schema, table: 1, rows: &[5, 200, 5_000], is_reference })
    };
    assert!(with(&|_| true).is_ok());
    assert!(with(&|_| false).unwrap_err().contains("`continents`, which is learned"));
}

fn proposed(columns: Vec<Column>, arrays: Vec<ArrayRef>, occasions: bool) -> (Treatment, String) {
    let table = table("kinds", columns, None);
    let batch = RecordBatch::try_new(table.arrow_schema(), arrays).unwrap();
    let mut profile = TableProfile::new(&table, Settings::default());
    let subjects: Vec<u32> = (0..batch.num_rows() as u32).collect();
    profile.add(&batch, &subjects, Settings::default());
    let kinds = crate::learn::fit::kinds(&table, &profile);
    let proposal = propose(&table, &profile, &kinds, &Ok(Standing { referencing: 1_000, occasions }));
    (proposal.treatment, proposal.because)
}

fn ids() -> ArrayRef {
    Arc::new(Int64Array::from(vec![1, 2, 3, 4]))
}

fn texts(name: &str, values: [&str; 4]) -> (Treatment, String) {
    let text = column(name, DataType::Text { max: None, fixed: false });
    proposed(vec![id(), text], vec![ids(), Arc::new(StringArray::from(values.to_vec()))], false)
}

#[test]
fn labels_are_copied_and_people_never() {
    let (treatment, because) = texts("label", ["open", "paid", "sent", "lost"]);
    assert_eq!(treatment, Treatment::Copy);
    assert!(because.contains("4 rows without personal data"), "{because}");
    let refused = |name, values, why: &str| {
        let (treatment, because) = texts(name, values);
        assert_eq!(treatment, Treatment::Learn);
        assert!(because.contains(why), "{because}");
        assert!(!values.iter().any(|value| because.contains(value)));
    };
    refused("label", ["Ann Lee", "Bob Ray", "Carla Moss", "Peter Sand"], "personal");
    refused("label", ["a@example.com", "b@example.com", "c@example.com", "none"], "personal");
    refused("phone", ["5551234", "5551235", "5551236", "5551237"], "personal");
    let long = "a text that goes on and on, as descriptions do, far beyond what a label needs to say";
    refused("label", [long, long, long, long], "long texts");
}

#[test]
fn tables_that_spread_over_time_are_learned() {
    let with = |name: &str, occasions| {
        let stamp = column(name, DataType::Timestamp { zoned: false });
        let array: ArrayRef =
            Arc::new(TimestampMicrosecondArray::from(vec![1, 2_000, 3_000_000, 4_000_000_000]));
        proposed(vec![id(), stamp], vec![ids(), array], occasions).0
    };
    assert_eq!(with("happened", false), Treatment::Learn);
    assert_eq!(with("happened", true), Treatment::Copy);
    assert_eq!(with("last_update", false), Treatment::Copy);
}
