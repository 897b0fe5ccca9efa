//! The binary forms of values that COPY is sent, by the real type of the target's column.

use super::sql;
use super::types::{Class, Types};
use crate::schema::DataType;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::HashMap;

/// How the server reads one value of a column in binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wire {
    /// One byte.
    Bool,
    /// Two bytes.
    Int2,
    /// Four bytes.
    Int4,
    /// Eight bytes.
    Int8,
    /// Four bytes, unsigned.
    Oid,
    /// IEEE 754, four bytes.
    Float4,
    /// IEEE 754, eight bytes.
    Float8,
    /// See [`numeric`](super::numeric).
    Numeric,
    /// The characters themselves: text types, `json`, and the labels of enums.
    Text,
    /// A version byte and the text of the document.
    Jsonb,
    /// The bytes themselves.
    Bytea,
    /// Days since 2000, four bytes.
    Date,
    /// Microseconds of the day, eight bytes.
    Time,
    /// Microseconds since 2000, eight bytes.
    Timestamp,
    /// The same in UTC.
    Timestamptz,
    /// Sixteen bytes.
    Uuid,
    /// Dimensions and elements.
    Array {
        /// How an element is read.
        element: Box<Wire>,
        /// The element type's object id, which the server checks.
        id: u32,
    },
    /// Known by its text only; the name of the type.
    Foreign(String),
}

impl Wire {
    /// The form of a type, below all domains.
    pub(super) fn of(types: &Types, id: i64) -> Self {
        let Some(base) = types.base(id) else { return Self::Foreign("unknown".into()) };
        match &base.class {
            Class::Enum(_) => Self::Text,
            Class::Array(element) => Self::Array {
                element: Box::new(Self::of(types, *element)),
                id: u32::try_from(*element).unwrap_or_default(),
            },
            _ if base.name == "citext" => Self::Text,
            _ if base.schema == "pg_catalog" => Self::of_name(&base.name),
            _ => Self::Foreign(base.name.clone()),
        }
    }

    fn of_name(name: &str) -> Self {
        match name {
            "bool" => Self::Bool,
            "int2" => Self::Int2,
            "int4" => Self::Int4,
            "int8" => Self::Int8,
            "oid" => Self::Oid,
            "float4" => Self::Float4,
            "float8" => Self::Float8,
            "numeric" => Self::Numeric,
            "text" | "varchar" | "bpchar" | "name" | "json" => Self::Text,
            "jsonb" => Self::Jsonb,
            "bytea" => Self::Bytea,
            "date" => Self::Date,
            "time" => Self::Time,
            "timestamp" => Self::Timestamp,
            "timestamptz" => Self::Timestamptz,
            "uuid" => Self::Uuid,
            other => Self::Foreign(other.to_owned()),
        }
    }

    /// Whether a value can be sent in binary. Elements of lists come as JSON, of which only some are read.
    pub(super) fn is_binary(&self) -> bool {
        match self {
            Self::Foreign(_) => false,
            Self::Array { element, .. } => matches!(
                **element,
                Self::Bool
                    | Self::Int2
                    | Self::Int4
                    | Self::Int8
                    | Self::Float4
                    | Self::Float8
                    | Self::Numeric
                    | Self::Text
                    | Self::Jsonb
                    | Self::Uuid
            ),
            _ => true,
        }
    }

    fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Int2 | Self::Int4 | Self::Int8 | Self::Oid | Self::Float4 | Self::Float8 | Self::Numeric
        )
    }

    /// Whether values of the given type can be written into such a column.
    pub(super) fn takes(&self, data_type: &DataType) -> bool {
        match data_type {
            _ if *self == Self::Text => !matches!(data_type, DataType::Bytes { .. }),
            DataType::Boolean | DataType::Integer { .. } => {
                self.is_number() || *self == Self::Bool || self.is_money()
            }
            DataType::Decimal { .. } | DataType::Float { .. } | DataType::Numeric => {
                self.is_number() || self.is_money()
            }
            DataType::Bytes { .. } => *self == Self::Bytea,
            DataType::Date | DataType::Timestamp { .. } => {
                matches!(self, Self::Date | Self::Timestamp | Self::Timestamptz)
            }
            DataType::Time => *self == Self::Time,
            DataType::Uuid => *self == Self::Uuid,
            DataType::Json => *self == Self::Jsonb,
            DataType::Array { .. } => matches!(self, Self::Array { .. } | Self::Jsonb),
            DataType::Enum { .. } => false,
            DataType::Text { .. } => matches!(self, Self::Jsonb | Self::Uuid | Self::Foreign(_)),
            DataType::Other => matches!(self, Self::Foreign(_)),
        }
    }

    fn is_money(&self) -> bool {
        matches!(self, Self::Foreign(name) if name == "money")
    }
}

/// A comma-separated list of object ids as an array literal.
pub(super) fn id_array(ids: impl IntoIterator<Item = i64>) -> String {
    let ids: Vec<_> = ids.into_iter().map(|id| id.to_string()).collect();
    format!("ARRAY[{}]::oid[]", ids.join(","))
}

/// The columns of some tables by object id and name.
pub(super) async fn columns(
    connection: &mut PgConnection,
    tables: &[i64],
) -> sqlx::Result<HashMap<(i64, String), Wire>> {
    let types = Types::read(connection).await?;
    let query = format!(
        "SELECT attrelid::int8, attname::text, atttypid::int8 FROM pg_attribute \
         WHERE attrelid = ANY({}) AND attnum > 0 AND NOT attisdropped",
        id_array(tables.iter().copied())
    );
    sql::query(connection, &query)
        .await?
        .iter()
        .map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), Wire::of(&types, row.try_get(2)?))))
        .collect()
}
