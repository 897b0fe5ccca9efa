//! Casts to the types that conditions name.

use super::Datum;
use super::coerce::cast_node;
use super::function::Function;
use super::node::{Kind, Node};
use crate::schema::Dialect;
use sqlparser::ast::{CharacterLength, DataType as Type, ExactNumberInfo};

/// What a cast makes of a value: its kind, and to how many characters or decimals it cuts it.
enum Target {
    Kind(Kind),
    Characters(u64),
    Decimals(i64),
    /// Types whose values are compared in the form in which they come.
    Unchanged,
}

/// A cast of `value` to a type as written.
pub(super) fn convert(dialect: Dialect, value: Node, data_type: &Type) -> Result<Node, String> {
    let Some(target) = target(dialect, data_type) else {
        return Err(format!("a cast to {data_type}"));
    };
    match target {
        Target::Kind(kind @ (Kind::Date | Kind::Time | Kind::Timestamp)) => {
            // Words such as 'now' or 'infinity' are no fixed days.
            cast_node(dialect, value, kind)
        }
        // An enum's label, or a collation-free form of a case-insensitive type, is text already.
        Target::Kind(Kind::Text) if value.kind().is_text() => Ok(match value {
            Node::Column { fold: true, .. } if dialect == Dialect::Postgres => {
                Node::Collate { value: Box::new(value), fold: false }
            }
            Node::Column { kind: Kind::Label, .. } => Node::Cast { value: Box::new(value), to: Kind::Text },
            other => other,
        }),
        Target::Kind(kind) => cast_node(dialect, value, kind),
        Target::Characters(length) => {
            let text = cast_node(dialect, value, Kind::Text)?;
            match &text {
                // An explicit length cuts a literal only where it is longer, which nobody writes.
                Node::Literal(_) => Ok(text),
                _ => Ok(Node::Call {
                    function: Function::Left,
                    arguments: vec![text, Node::integer(i128::from(length))],
                }),
            }
        }
        Target::Decimals(scale) => {
            let number = cast_node(dialect, value, Kind::Decimal)?;
            match &number {
                Node::Literal(_) => Ok(number),
                _ => Ok(Node::Call {
                    function: Function::Round,
                    arguments: vec![number, Node::integer(i128::from(scale))],
                }),
            }
        }
        Target::Unchanged => match value.kind() {
            Kind::Text | Kind::Label | Kind::Other => Ok(value),
            _ if matches!(value, Node::Literal(Datum::Null)) => Ok(value),
            _ => Err(format!("a cast to {data_type}")),
        },
    }
}

fn target(dialect: Dialect, data_type: &Type) -> Option<Target> {
    Some(Target::Kind(match data_type {
        Type::Character(length)
        | Type::Char(length)
        | Type::CharacterVarying(length)
        | Type::CharVarying(length)
        | Type::Varchar(length)
        | Type::Nvarchar(length) => match length {
            Some(CharacterLength::IntegerLength { length, .. }) => return Some(Target::Characters(*length)),
            _ => Kind::Text,
        },
        Type::Text | Type::Uuid | Type::Clob(_) | Type::TinyText | Type::MediumText | Type::LongText => {
            Kind::Text
        }
        Type::Binary(_) | Type::Varbinary(_) | Type::Blob(_) | Type::Bytea => Kind::Bytes,
        Type::Numeric(info) | Type::Decimal(info) | Type::Dec(info) => match info {
            ExactNumberInfo::PrecisionAndScale(_, scale) if *scale >= 0 => {
                return Some(Target::Decimals(*scale));
            }
            // Without a scale MySQL keeps no decimals, and PostgreSQL all.
            ExactNumberInfo::Precision(_) => return Some(Target::Decimals(0)),
            _ if dialect == Dialect::Mysql => return Some(Target::Decimals(0)),
            _ => Kind::Decimal,
        },
        Type::TinyInt(_)
        | Type::SmallInt(_)
        | Type::MediumInt(_)
        | Type::Int(_)
        | Type::Int2(_)
        | Type::Int4(_)
        | Type::Int8(_)
        | Type::Integer(_)
        | Type::BigInt(_)
        | Type::Signed
        | Type::SignedInteger
        | Type::Unsigned
        | Type::UnsignedInteger => Kind::Integer,
        Type::Float(_)
        | Type::Float4
        | Type::Float8
        | Type::Real
        | Type::Double(_)
        | Type::DoublePrecision => Kind::Float,
        Type::Bool | Type::Boolean => Kind::Boolean,
        Type::Date => Kind::Date,
        Type::Time(..) => Kind::Time,
        Type::Timestamp(..) | Type::Datetime(_) => Kind::Timestamp,
        Type::JSON | Type::JSONB => return Some(Target::Unchanged),
        Type::Custom(name, _) => {
            let name = name.to_string().to_ascii_lowercase();
            match name.rsplit('.').next().unwrap_or_default().trim_matches('"') {
                "bpchar" | "name" => Kind::Text,
                "timestamptz" => Kind::Timestamp,
                // Enums, domains and types of extensions.
                _ => return Some(Target::Unchanged),
            }
        }
        _ => return None,
    }))
}
