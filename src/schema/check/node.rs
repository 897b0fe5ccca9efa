//! The condition as a tree over column indexes: typed, dialect-free where the dialects agree.

use super::Datum;
use super::function::Function;
use super::pattern::Pattern;
use crate::schema::DataType;

/// What an expression yields, as far as it can be told before any row is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Integer,
    Decimal,
    Float,
    Text,
    /// Labels of an enum: equal as text, but ordered in a way of their own.
    Label,
    Bytes,
    Date,
    Time,
    Timestamp,
    /// NULL, and types that are carried as text without being text.
    Other,
}

impl Kind {
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean,
            DataType::Integer { .. } => Self::Integer,
            DataType::Decimal { .. } | DataType::Numeric => Self::Decimal,
            DataType::Float { .. } => Self::Float,
            DataType::Text { .. } | DataType::Uuid => Self::Text,
            DataType::Enum { .. } => Self::Label,
            DataType::Bytes { .. } => Self::Bytes,
            DataType::Date => Self::Date,
            DataType::Time => Self::Time,
            DataType::Timestamp { .. } => Self::Timestamp,
            DataType::Json | DataType::Array { .. } | DataType::Other => Self::Other,
        }
    }

    pub(super) fn of_datum(datum: &Datum) -> Self {
        match datum {
            Datum::Null => Self::Other,
            Datum::Boolean(_) => Self::Boolean,
            Datum::Decimal(_, 0) => Self::Integer,
            Datum::Decimal(..) => Self::Decimal,
            Datum::Float(_) => Self::Float,
            Datum::Text(_) => Self::Text,
            Datum::Bytes(_) => Self::Bytes,
            Datum::Date(_) => Self::Date,
            Datum::Time(_) => Self::Time,
            Datum::Timestamp(_) => Self::Timestamp,
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Float)
    }

    pub(super) fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::Timestamp)
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Label)
    }

    /// How a message calls it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Integer | Self::Decimal | Self::Float => "a number",
            Self::Text => "text",
            Self::Label => "an enum label",
            Self::Bytes => "bytes",
            Self::Date => "a day",
            Self::Time => "a time of day",
            Self::Timestamp => "a timestamp",
            Self::Other => "a value of a type without known order",
        }
    }
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The operator that is false exactly where this one is true.
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The operator that says the same with the two sides exchanged.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    pub(super) fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// An arithmetic operator. Division is settled when the condition is read, because the dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    /// Division that keeps what is behind the point.
    Divide,
    /// Division that cuts off what is behind the point.
    DivideWhole,
    /// Division that does the one or the other depending on the values (SQLite).
    DivideByValue,
    Modulo,
}

/// A part of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Column {
        index: usize,
        kind: Kind,
        fold: bool,
    },
    Literal(Datum),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Compare {
        op: Comparison,
        left: Box<Node>,
        right: Box<Node>,
        fold: bool,
    },
    /// `IS DISTINCT FROM`; negated: `IS NOT DISTINCT FROM`.
    Distinct {
        left: Box<Node>,
        right: Box<Node>,
        negated: bool,
        fold: bool,
    },
    In {
        value: Box<Node>,
        list: Vec<Node>,
        negated: bool,
        fold: bool,
    },
    IsNull {
        value: Box<Node>,
        negated: bool,
    },
    IsTruth {
        value: Box<Node>,
        truth: bool,
        negated: bool,
    },
    Matches {
        value: Box<Node>,
        pattern: Pattern,
        negated: bool,
    },
    Arithmetic {
        op: Operator,
        left: Box<Node>,
        right: Box<Node>,
    },
    Negate(Box<Node>),
    Concat(Box<Node>, Box<Node>),
    Case {
        branches: Vec<(Node, Node)>,
        otherwise: Option<Box<Node>>,
    },
    Cast {
        value: Box<Node>,
        to: Kind,
    },
    /// An explicit collation: whether it ignores case.
    Collate {
        value: Box<Node>,
        fold: bool,
    },
    Call {
        function: Function,
        arguments: Vec<Node>,
    },
}

impl Node {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Literal(Datum::Text(text.into()))
    }

    pub(super) fn integer(number: i128) -> Self {
        Self::Literal(Datum::Decimal(number, 0))
    }

    /// A conjunction or disjunction with those inside it laid flat.
    pub(super) fn joined(conjunction: bool, parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::And(inner) if conjunction => flat.extend(inner),
                Self::Or(inner) if !conjunction => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ if conjunction => Self::And(flat),
            _ => Self::Or(flat),
        }
    }

    /// The negation, carried as far down as three-valued logic allows.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) if inner.is_condition() => *inner,
            Self::And(parts) => Self::joined(false, parts.into_iter().map(Self::negated).collect()),
            Self::Or(parts) => Self::joined(true, parts.into_iter().map(Self::negated).collect()),
            Self::Compare { op, left, right, fold } => Self::Compare { op: op.opposite(), left, right, fold },
            Self::Distinct { left, right, negated, fold } => {
                Self::Distinct { left, right, negated: !negated, fold }
            }
            Self::In { value, list, negated, fold } => Self::In { value, list, negated: !negated, fold },
            Self::IsNull { value, negated } => Self::IsNull { value, negated: !negated },
            Self::IsTruth { value, truth, negated } => Self::IsTruth { value, truth, negated: !negated },
            Self::Matches { value, pattern, negated } => Self::Matches { value, pattern, negated: !negated },
            Self::Literal(Datum::Boolean(truth)) => Self::Literal(Datum::Boolean(!truth)),
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether it yields true, false or NULL by its form alone.
    pub(super) fn is_condition(&self) -> bool {
        matches!(
            self,
            Self::Not(_)
                | Self::And(_)
                | Self::Or(_)
                | Self::Compare { .. }
                | Self::Distinct { .. }
                | Self::In { .. }
                | Self::IsNull { .. }
                | Self::IsTruth { .. }
                | Self::Matches { .. }
        )
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Column { kind, .. } => *kind,
            Self::Literal(datum) => Kind::of_datum(datum),
            Self::Arithmetic { op: Operator::DivideWhole, .. } => Kind::Integer,
            Self::Arithmetic { op, left, right } => arithmetic_kind(*op, left.kind(), right.kind()),
            Self::Negate(inner) | Self::Collate { value: inner, .. } => inner.kind(),
            Self::Concat(..) => Kind::Text,
            Self::Case { branches, otherwise } => {
                let results = branches.iter().map(|(_, result)| result).chain(otherwise.as_deref());
                common_kind(results)
            }
            Self::Cast { to, .. } => *to,
            Self::Call { function, arguments } => function.kind(arguments),
            _ => Kind::Boolean,
        }
    }

    /// Whether its text compares without regard to case; an explicit collation decides, else any column inside.
    pub(super) fn fold(&self) -> bool {
        match self {
            Self::Column { fold, .. } | Self::Collate { fold, .. } => *fold,
            Self::Negate(inner) => inner.fold(),
            Self::Cast { value, to } => to.is_text() && value.fold(),
            Self::Concat(left, right) => left.fold() || right.fold(),
            Self::Case { branches, otherwise } => {
                branches.iter().any(|(_, result)| result.fold())
                    || otherwise.as_ref().is_some_and(|node| node.fold())
            }
            Self::Call { arguments, .. } => arguments.iter().any(Self::fold),
            _ => false,
        }
    }

    /// Calls `visit` with this node and every node below it.
    pub(super) fn each(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        match self {
            Self::Column { .. } | Self::Literal(_) => {}
            Self::And(parts) | Self::Or(parts) | Self::Call { arguments: parts, .. } => {
                parts.iter().for_each(|part| part.each(visit));
            }
            Self::Compare { left, right, .. }
            | Self::Distinct { left, right, .. }
            | Self::Arithmetic { left, right, .. }
            | Self::Concat(left, right) => {
                left.each(visit);
                right.each(visit);
            }
            Self::In { value, list, .. } => {
                value.each(visit);
                list.iter().for_each(|item| item.each(visit));
            }
            Self::Not(value)
            | Self::Negate(value)
            | Self::IsNull { value, .. }
            | Self::IsTruth { value, .. }
            | Self::Matches { value, .. }
            | Self::Cast { value, .. }
            | Self::Collate { value, .. } => value.each(visit),
            Self::Case { branches, otherwise } => {
                for (condition, result) in branches {
                    condition.each(visit);
                    result.each(visit);
                }
                if let Some(node) = otherwise {
                    node.each(visit);
                }
            }
        }
    }
}

fn arithmetic_kind(op: Operator, left: Kind, right: Kind) -> Kind {
    match (left, right) {
        (Kind::Date, Kind::Date) if op == Operator::Subtract => Kind::Integer,
        (Kind::Date, _) | (_, Kind::Date) => Kind::Date,
        (Kind::Float, _) | (_, Kind::Float) => Kind::Float,
        (Kind::Decimal, _) | (_, Kind::Decimal) => Kind::Decimal,
        _ if op == Operator::Divide => Kind::Decimal,
        _ => Kind::Integer,
    }
}

/// The kind of a choice among several expressions.
pub(super) fn common_kind<'a>(nodes: impl Iterator<Item = &'a Node>) -> Kind {
    let mut common = Kind::Other;
    for kind in nodes.map(Node::kind) {
        common = match (common, kind) {
            (Kind::Other, kind) => kind,
            (Kind::Float, kind) | (kind, Kind::Float) if kind.is_number() => Kind::Float,
            (Kind::Decimal, kind) | (kind, Kind::Decimal) if kind.is_number() => Kind::Decimal,
            (common, _) => common,
        };
    }
    common
}
