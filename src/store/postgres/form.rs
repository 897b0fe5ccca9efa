//! How values of a schema's own types are written: rows of fields, and ranges.

use super::types::{Class, Types};
use crate::schema::DataType;

/// Composite types within composite types that are followed.
const DEEPEST: usize = 4;

impl Types {
    /// How a value of a composite type or of a range of the schema's own is written, `#` standing for a number; `None` for other types.
    pub(super) fn form(&self, id: i64) -> Option<String> {
        let base = self.base_id(id)?;
        let pg_type = self.get(base)?;
        match &pg_type.class {
            Class::Composite(fields) => Some(self.row(fields, 0)),
            Class::Range(subtype) if pg_type.schema != "pg_catalog" => Some(self.range(*subtype)),
            _ => None,
        }
    }

    fn base_id(&self, id: i64) -> Option<i64> {
        match &self.get(id)?.class {
            Class::Domain { base, .. } => self.base_id(*base),
            _ => Some(id),
        }
    }

    fn row(&self, fields: &[(i64, i32)], depth: usize) -> String {
        let fields: Vec<String> =
            fields.iter().map(|&(id, modifier)| self.field(id, modifier, depth)).collect();
        format!("({})", fields.join(","))
    }

    /// A field within a row; empty, which is NULL, where nothing is known of its type or a domain has its say.
    fn field(&self, id: i64, modifier: i32, depth: usize) -> String {
        match self.get(id).map(|pg_type| &pg_type.class) {
            Some(Class::Domain { not_null: false, .. }) => return String::new(),
            Some(Class::Composite(fields)) if depth < DEEPEST => {
                return quoted(&self.row(fields, depth + 1));
            }
            _ => {}
        }
        match self.resolve(id, modifier) {
            DataType::Integer { bits, .. } if bits < 32 => "1".into(),
            DataType::Decimal { precision, scale } if precision - scale < 6 => "1".into(),
            DataType::Integer { .. }
            | DataType::Decimal { .. }
            | DataType::Numeric
            | DataType::Float { .. } => "#".into(),
            DataType::Boolean => "t".into(),
            DataType::Text { max: Some(..7), .. } => "w".into(),
            DataType::Text { .. } => "w#".into(),
            DataType::Date => "2024-01-15".into(),
            DataType::Time => "10:30:00".into(),
            DataType::Timestamp { .. } => quoted("2024-01-15 10:30:00"),
            DataType::Uuid => "5b1e6c0e-7a54-4a6e-8f3e-0c6d2f1a9b7d".into(),
            DataType::Json | DataType::Array { .. } => "{}".into(),
            DataType::Enum { labels, .. } => labels.first().map(|label| quoted(label)).unwrap_or_default(),
            DataType::Bytes { .. } | DataType::Other => String::new(),
        }
    }

    /// Ranges of one value each, so that different numbers give ranges apart; the empty range where values are no numbers.
    fn range(&self, subtype: i64) -> String {
        match self.resolve(subtype, -1) {
            DataType::Integer { .. } | DataType::Numeric | DataType::Float { .. } => "[#,#]".into(),
            DataType::Text { .. } => "[w#,w#]".into(),
            _ => "empty".into(),
        }
    }
}

/// A field with signs that would end it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\"\""))
}
