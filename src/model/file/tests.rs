//! Files read back as they were written, and damaged ones are refused.

use super::*;
use crate::model::{ColumnModel, Marginal, Ordered, Segment, TableModel, Treatment, privacy};
use crate::schema::{Column, DataType, Dialect, Schema, Table, TableName};

fn model() -> Model {
    let price = Column::new("price \"net\", {x}".into(), DataType::Float { bits: 64 });
    let column = Column { native: "real".into(), nullable: true, ..price };
    let goods = Table::new(TableName { schema: None, name: "goods".into() }, vec![column]);
    let table = Table { comment: Some("a \\ comment with ] and }".into()), ..goods };
    let segments = (0..40)
        .map(|i| Segment { low: f64::from(i) * 0.7, high: f64::from(i) * 0.7 + 0.1, rows: 25 })
        .collect();
    let learned = TableModel {
        name: "goods".into(),
        rows: 1000,
        sampled: 1000,
        treatment: Treatment::Learn,
        because: "because".into(),
        columns: vec![ColumnModel {
            name: "price".into(),
            nulls: 0,
            distinct: 1000,
            semantic: None,
            marginal: Marginal::Floats(Ordered::new(segments, 0.0, 0.0)),
            relative: None,
            unique: None,
            discloses: "bins".into(),
        }],
        cardinalities: vec![],
        dependence: None,
        conditions: Vec::new(),
        rules: Vec::new(),
        reference: None,
    };
    Model {
        format: FORMAT_VERSION,
        written_by: "0.1.0".into(),
        privacy: privacy::Settings::default(),
        schema: Schema { dialect: Dialect::Sqlite, tables: vec![table] },
        tables: vec![learned],
    }
}

#[test]
fn a_file_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.seed");
    model().save(&path).unwrap();
    assert_eq!(Model::load(&path).unwrap(), model());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let text = std::fs::read_to_string(&path).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).expect("the whole file is JSON");
    assert!(text.lines().any(|line| line.trim_start().starts_with("\"segments\": [[0.0,0.1,25],")), "{text}");
}

#[test]
fn floats_read_back_exactly() {
    for bits in (0..200_000u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)) {
        let value = f64::from_bits(bits);
        if value.is_finite() {
            let text = serde_json::to_string(&value).unwrap();
            let read: f64 = serde_json::from_str(&text).unwrap();
            assert_eq!(read.to_bits(), value.to_bits(), "{text}");
        }
    }
}

#[test]
fn damage_other_versions_and_strange_files_are_refused() {
    let text = model().to_text().unwrap();
    let refused = |text: &str, message: &str| {
        let error = Model::from_text(text).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!(error.exit_code(), 2);
        assert!(!error.hints().is_empty());
    };
    refused(&text[..text.len() - 20], "damaged");
    refused(&text.replacen("1000", "1001", 1), "damaged");
    refused(&text.replacen("\"format\": 1", "\"format\": 99", 1), "format 99");
    refused("{\"hello\": 1}", "not a model file");
    refused("", "not a model file");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Model::load(&folder.path().join("none.seed")).unwrap_err().exit_code(), 2);
    assert_eq!(model().save(&folder.path().join("no/such/folder")).unwrap_err().exit_code(), 3);
}
