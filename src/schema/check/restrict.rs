//! What a condition says of single columns and pairs of columns, so that values can be drawn right at once.

use super::Datum;
use super::arithmetic::{Rounding, round};
use super::coerce::literal;
use super::function::Function;
use super::node::{Comparison, Kind, Node};
use super::restriction::{Letters, Restriction};
use super::value::{Value, compare};
use crate::schema::Dialect;
use std::cmp::Ordering;

/// The conditions that all have to hold.
pub(super) fn conjuncts(root: &Node) -> &[Node] {
    match root {
        Node::And(parts) => parts,
        single => std::slice::from_ref(single),
    }
}

/// Narrows `to` by what `node` says of `column`. True where it says nothing else.
pub(super) fn narrow(node: &Node, column: usize, dialect: Dialect, to: &mut Restriction) -> bool {
    let own = |node: &Node| matches!(node, Node::Column { index, .. } if *index == column);
    match node {
        Node::And(parts) => {
            let mut exact = true;
            for part in parts {
                exact &= narrow(part, column, dialect, to);
            }
            exact
        }
        Node::Or(parts) => narrow_by_any(parts, column, dialect, to),
        Node::Compare { op: Comparison::Equal, left, right, fold }
            if let Some(letters) = spelled(left, right, &own).or_else(|| spelled(right, left, &own)) =>
        {
            to.letters = Some(letters);
            // Where letters count as equal, the comparison says nothing of them.
            !fold
        }
        Node::Compare { op, left, right, fold } => {
            let (op, subject, other) = match (&**left, &**right) {
                (subject, Node::Literal(datum)) => (*op, subject, datum),
                (Node::Literal(datum), subject) => (op.mirrored(), subject, datum),
                _ => return false,
            };
            if own(subject) {
                return bound(op, other, subject.kind(), dialect, to) && !fold;
            }
            match subject {
                Node::Call { function, arguments } if arguments.first().is_some_and(own) => {
                    let bytes = arguments[0].kind() == Kind::Bytes;
                    bound_function(*function, (arguments.len(), bytes), op, other, to)
                }
                // A cast to text of what is text, or of an enum, changes nothing.
                Node::Cast { value, to: Kind::Text } if own(value) && value.kind().is_text() => {
                    bound(op, other, Kind::Text, dialect, to)
                }
                _ => false,
            }
        }
        Node::In { value, list, negated, fold } => match &**value {
            Node::Cast { value, to: Kind::Text } if own(value) && value.kind().is_text() => {
                members(list, *negated, Kind::Text, dialect, to) && !fold
            }
            value if own(value) => members(list, *negated, value.kind(), dialect, to) && !fold,
            _ => false,
        },
        Node::Distinct { left, right, negated, fold } => match (&**left, &**right) {
            (subject, Node::Literal(datum)) if own(subject) => {
                match (datum, negated) {
                    (Datum::Null, false) => to.not_null = true,
                    (Datum::Null, true) => to.only(Vec::new()),
                    (datum, false) => to.exclude(datum.clone()),
                    (datum, true) => {
                        to.only(vec![datum.clone()]);
                        to.not_null = true;
                    }
                }
                !fold
            }
            _ => false,
        },
        Node::IsNull { value, negated } if own(value) => {
            match negated {
                true => to.not_null = true,
                false => to.only(Vec::new()),
            }
            true
        }
        Node::IsTruth { value, truth, negated } if own(value) && value.kind() == Kind::Boolean => {
            to.only(vec![Datum::Boolean(truth != negated)]);
            to.not_null |= !negated;
            true
        }
        Node::Matches { value, pattern, negated: false } if own(value) => {
            to.patterns.push(pattern.as_regex());
            false
        }
        Node::Column { kind, .. } if own(node) => truthy(*kind, true, to),
        Node::Not(inner) if own(inner) => truthy(inner.kind(), false, to),
        Node::Literal(Datum::Boolean(true) | Datum::Null) => true,
        _ => false,
    }
}

/// The letters of a column that equals what `lower()` or `upper()` makes of it.
fn spelled(plain: &Node, called: &Node, own: &impl Fn(&Node) -> bool) -> Option<Letters> {
    match (uncast(plain), uncast(called)) {
        (plain, Node::Call { function, arguments }) if own(plain) && own(uncast(arguments.first()?)) => {
            match function {
                Function::Lower => Some(Letters::Small),
                Function::Upper => Some(Letters::Capital),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What is behind casts to text of what is text.
fn uncast(node: &Node) -> &Node {
    match node {
        Node::Cast { value, to: Kind::Text } if value.kind().is_text() => uncast(value),
        node => node,
    }
}

/// A bare column as a condition.
fn truthy(kind: Kind, truth: bool, to: &mut Restriction) -> bool {
    match (kind, truth) {
        (Kind::Boolean, _) => to.only(vec![Datum::Boolean(truth)]),
        (_, true) => to.exclude(Datum::Decimal(0, 0)),
        (_, false) => to.only(vec![Datum::Decimal(0, 0)]),
    }
    kind == Kind::Boolean || kind.is_number()
}

fn bound(op: Comparison, datum: &Datum, kind: Kind, dialect: Dialect, to: &mut Restriction) -> bool {
    if *datum == Datum::Null {
        return true;
    }
    let datum = fitted(datum, kind, dialect);
    let whole = |rounding| Datum::from(round(Value::from(&datum), 0, rounding));
    let fraction = kind == Kind::Integer && matches!(datum, Datum::Decimal(_, 1..) | Datum::Float(_));
    match op {
        Comparison::Equal => to.only(vec![datum]),
        Comparison::NotEqual => to.exclude(datum),
        // Whole numbers beyond a bound that is none begin at the next whole number.
        Comparison::Greater | Comparison::GreaterOrEqual if fraction => {
            to.at_least(whole(Rounding::Up), op == Comparison::GreaterOrEqual || !is_whole(&datum));
        }
        Comparison::Less | Comparison::LessOrEqual if fraction => {
            to.at_most(whole(Rounding::Down), op == Comparison::LessOrEqual || !is_whole(&datum));
        }
        Comparison::Greater => to.at_least(datum, false),
        Comparison::GreaterOrEqual => to.at_least(datum, true),
        Comparison::Less => to.at_most(datum, false),
        Comparison::LessOrEqual => to.at_most(datum, true),
    }
    true
}

fn is_whole(datum: &Datum) -> bool {
    let value = Value::from(datum);
    compare(&value, &round(value.clone(), 0, Rounding::Down), false) == Some(Ordering::Equal)
}

/// The literal in the kind of the column where it has an exact counterpart there.
fn fitted(datum: &Datum, kind: Kind, dialect: Dialect) -> Datum {
    let fitted = match (datum, kind) {
        (Datum::Decimal(unscaled, scale), Kind::Float) => {
            Datum::Float(super::value::decimal_to_f64(*unscaled, *scale))
        }
        (Datum::Float(number), Kind::Decimal | Kind::Integer) => {
            super::calendar::parse_number(&number.to_string()).unwrap_or_else(|| datum.clone())
        }
        // SQLite compares days as text; here the day that such text begins with is near enough.
        (Datum::Text(_), Kind::Date | Kind::Time | Kind::Timestamp) => {
            literal(Dialect::Postgres, datum.clone(), kind).unwrap_or_else(|_| datum.clone())
        }
        _ => literal(dialect, datum.clone(), kind).unwrap_or_else(|_| datum.clone()),
    };
    match fitted {
        Datum::Decimal(unscaled, scale @ 1..) if kind == Kind::Integer => {
            match super::value::power_of_ten(scale) {
                Some(unit) if unscaled % unit == 0 => Datum::Decimal(unscaled / unit, 0),
                _ => Datum::Decimal(unscaled, scale),
            }
        }
        other => other,
    }
}

/// Conditions on a function of the column. True where the restriction says all of it.
fn bound_function(
    function: Function,
    (arguments, bytes): (usize, bool),
    op: Comparison,
    datum: &Datum,
    to: &mut Restriction,
) -> bool {
    let number = Value::from(datum).as_whole().and_then(|number| i64::try_from(number).ok());
    match (function, number) {
        (Function::Length | Function::OctetLength, Some(number)) if is_whole(datum) => {
            let (least, most) = match op {
                Comparison::Equal => (Some(number), Some(number)),
                Comparison::Greater => (Some(number.saturating_add(1)), None),
                Comparison::GreaterOrEqual => (Some(number), None),
                Comparison::Less => (None, Some(number.saturating_sub(1))),
                Comparison::LessOrEqual => (None, Some(number)),
                Comparison::NotEqual if number == 0 => (Some(1), None),
                Comparison::NotEqual => return false,
            };
            let as_length = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
            let exact = bytes
                || function == Function::Length
                || most.is_none() && least.is_none_or(|least| least <= 1);
            // Characters are at least as many bytes, so fewest bytes say only that there is a character.
            let least = if exact { least } else { least.map(|least| least.min(1)) };
            to.lengthen(least.map(as_length), most.map(as_length));
            exact
        }
        (Function::Trim | Function::LeftTrim | Function::RightTrim, _) if arguments == 1 => {
            if op == Comparison::NotEqual && *datum == Datum::Text(String::new()) {
                to.lengthen(Some(1), None);
            }
            false
        }
        _ => false,
    }
}

fn members(list: &[Node], negated: bool, kind: Kind, dialect: Dialect, to: &mut Restriction) -> bool {
    let literals = list.iter().map(|item| match item {
        Node::Literal(datum) => Some(datum),
        _ => None,
    });
    let Some(literals) = literals.collect::<Option<Vec<_>>>() else { return false };
    let null = literals.contains(&&Datum::Null);
    let values = literals.into_iter().filter(|datum| **datum != Datum::Null);
    let values = values.map(|datum| fitted(datum, kind, dialect));
    match (negated, null) {
        (true, _) => values.for_each(|value| to.exclude(value)),
        // A list with NULL in it is never false.
        (false, true) => {}
        (false, false) => to.only(values.collect()),
    }
    true
}

/// Alternatives: only what all of them say is said.
fn narrow_by_any(parts: &[Node], column: usize, dialect: Dialect, to: &mut Restriction) -> bool {
    let mut alternatives = Vec::new();
    let mut null_allowed = false;
    let mut exact = true;
    for part in parts {
        if let Node::IsNull { value, negated: false } = part
            && matches!(**value, Node::Column { index, .. } if index == column)
        {
            null_allowed = true;
            continue;
        }
        let mut alternative = Restriction::default();
        exact &= narrow(part, column, dialect, &mut alternative);
        alternatives.push(alternative);
    }
    let single = alternatives.len() == 1;
    let lists = alternatives.iter().all(|alternative| {
        alternative.values.is_some() && alternative.min.is_none() && alternative.max.is_none()
    });
    let Some(mut united) = alternatives.into_iter().reduce(Restriction::union) else {
        to.only(Vec::new());
        return true;
    };
    let not_null_lost = null_allowed && united.not_null;
    united.not_null &= !null_allowed;
    to.intersect(united);
    exact && (single || lists) && !not_null_lost
}
