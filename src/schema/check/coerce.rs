//! Making the two sides of a comparison of one kind, as the engines do with literals.

use super::Datum;
use super::calendar::{parse_date, parse_number, parse_time, parse_timestamp, show_date, show_timestamp};
use super::evaluate::cast;
use super::node::{Kind, Node};
use super::value::Value;
use crate::schema::Dialect;

/// Brings literals on either side to the kind of the other side, and refuses pairs that the engine would refuse or
/// that are compared in a way not known here.
pub(super) fn pair(dialect: Dialect, left: Node, right: Node, order: bool) -> Result<(Node, Node), String> {
    let (left, right) = (toward(dialect, left, &right)?, right);
    let (right, left) = (toward(dialect, right, &left)?, left);
    let (a, b) = (left.kind(), right.kind());
    let null = |node: &Node| matches!(node, Node::Literal(Datum::Null));
    if null(&left) || null(&right) {
        return Ok((left, right));
    }
    if order && (a == Kind::Label || b == Kind::Label) {
        return Err("an order between enum labels".into());
    }
    if order && (a == Kind::Other || b == Kind::Other) {
        return Err("an order between values of a type without known order".into());
    }
    let comparable = a == b
        || a == Kind::Other
        || b == Kind::Other
        || (a.is_text() && b.is_text())
        || (a.is_temporal() && b.is_temporal() && a != Kind::Time && b != Kind::Time)
        || (is_numeric(a) && is_numeric(b))
        || dialect != Dialect::Postgres;
    if comparable {
        Ok((left, right))
    } else {
        Err(format!("a comparison of {} with {}", a.noun(), b.noun()))
    }
}

fn is_numeric(kind: Kind) -> bool {
    kind.is_number() || kind == Kind::Boolean
}

/// The node, as a literal of the other side's kind if it is one.
pub(super) fn toward(dialect: Dialect, node: Node, other: &Node) -> Result<Node, String> {
    match node {
        Node::Literal(datum) if !matches!(other, Node::Literal(_)) => {
            literal(dialect, datum, other.kind()).map(Node::Literal)
        }
        // -5 is a negation of 5; a literal like any other.
        other_node => Ok(other_node),
    }
}

/// A literal where a value of `kind` is expected.
pub(super) fn literal(dialect: Dialect, datum: Datum, kind: Kind) -> Result<Datum, String> {
    let strict = dialect == Dialect::Postgres;
    let bad = || format!("a comparison of {} with text that is not written like one", kind.noun());
    Ok(match (datum, kind) {
        (Datum::Text(text), Kind::Integer | Kind::Decimal | Kind::Float) => match parse_number(&text) {
            Some(number) => number,
            None if dialect == Dialect::Sqlite => Datum::Text(text),
            None => return Err(bad()),
        },
        (Datum::Text(text), Kind::Boolean) if strict => match &text.trim().to_ascii_lowercase()[..] {
            "t" | "true" | "yes" | "on" | "1" => Datum::Boolean(true),
            "f" | "false" | "no" | "off" | "0" => Datum::Boolean(false),
            _ => return Err(bad()),
        },
        (Datum::Text(text), Kind::Bytes) => match text.strip_prefix("\\x").map(bytes_from_hex) {
            Some(Some(bytes)) if strict => Datum::Bytes(bytes),
            _ => Datum::Bytes(text.into_bytes()),
        },
        (Datum::Text(text), Kind::Date | Kind::Time | Kind::Timestamp) => {
            temporal(dialect, text, kind).ok_or_else(bad)?
        }
        (Datum::Decimal(number @ (0 | 1), 0), Kind::Boolean) => Datum::Boolean(number == 1),
        (Datum::Boolean(truth), Kind::Integer | Kind::Decimal | Kind::Float) if !strict => {
            Datum::Decimal(i128::from(truth), 0)
        }
        // A text column of SQLite has text affinity: the number is compared as its text.
        (number @ (Datum::Decimal(..) | Datum::Float(_)), Kind::Text) if dialect == Dialect::Sqlite => {
            Datum::from(cast(Value::from(number), Kind::Text, dialect))
        }
        (Datum::Decimal(..) | Datum::Float(_), Kind::Date | Kind::Time | Kind::Timestamp) => {
            return Err(format!("a comparison of {} with a number", kind.noun()));
        }
        (date @ Datum::Date(_), Kind::Timestamp) => {
            Datum::from(cast(Value::from(date), Kind::Timestamp, dialect))
        }
        (other, _) => other,
    })
}

/// A day or time written as text. SQLite compares such text as text, so there it is only read where the text is
/// what the value itself would look like.
fn temporal(dialect: Dialect, text: String, kind: Kind) -> Option<Datum> {
    let read = match kind {
        Kind::Date => match parse_date(&text) {
            Some(days) => Some(Datum::Date(days)),
            None => match (dialect, parse_timestamp(&text)) {
                (Dialect::Postgres, Some(_)) => text.get(..10).and_then(parse_date).map(Datum::Date),
                (_, micros) => micros.map(Datum::Timestamp),
            },
        },
        Kind::Time => parse_time(&text).map(Datum::Time),
        _ => parse_timestamp(&text).map(Datum::Timestamp),
    };
    if dialect != Dialect::Sqlite {
        return read;
    }
    let same = match &read {
        Some(Datum::Date(days)) => show_date(*days) == text,
        Some(Datum::Timestamp(micros)) => show_timestamp(*micros) == text,
        Some(_) => true,
        None => false,
    };
    if same { read } else { Some(Datum::Text(text)) }
}

/// Bytes from pairs of hexadecimal digits.
pub(super) fn bytes_from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// A cast, worked out at once where its operand is a literal.
pub(super) fn cast_node(dialect: Dialect, node: Node, to: Kind) -> Result<Node, String> {
    match node {
        Node::Literal(Datum::Null) => Ok(Node::Literal(Datum::Null)),
        Node::Literal(Datum::Text(text)) if to == Kind::Boolean || to == Kind::Bytes => {
            literal(dialect, Datum::Text(text), to).map(Node::Literal)
        }
        Node::Literal(datum) => match cast(Value::from(datum), to, dialect) {
            Value::Null => {
                Err(format!("a literal that is cast to {} without being written like one", to.noun()))
            }
            value => Ok(Node::Literal(Datum::from(value))),
        },
        node if node.kind() == to => Ok(node),
        node => Ok(Node::Cast { value: Box::new(node), to }),
    }
}
