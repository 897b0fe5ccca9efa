//! From `sqlparser`'s tree to ours: names become column indexes, literals get the kind of what they meet.

use super::Datum;
use super::coerce::{bytes_from_hex, cast_node, pair, toward};
use super::function::Function;
use super::node::{Comparison, Kind, Node, Operator};
use super::pattern::Pattern;
use super::truncate;
use crate::schema::{Dialect, Table};
use sqlparser::ast::{self, BinaryOperator, Expr, Ident, UnaryOperator, Value};

/// Converts expressions over one table.
pub(super) struct Converter<'a> {
    pub(super) dialect: Dialect,
    pub(super) table: &'a Table,
}

type Converted = Result<Node, String>;

impl Converter<'_> {
    /// An expression where a condition is expected.
    pub(super) fn condition(&self, expr: &Expr) -> Converted {
        let node = self.node(expr)?;
        match (node.kind(), self.dialect) {
            (Kind::Boolean | Kind::Other, _) => Ok(node),
            (kind, Dialect::Postgres) => Err(format!("{} where a condition is expected", kind.noun())),
            _ => Ok(node),
        }
    }

    pub(super) fn node(&self, expr: &Expr) -> Converted {
        match expr {
            Expr::Nested(inner) => self.node(inner),
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(names) => self.qualified(names),
            Expr::Value(value) => self.value(&value.value),
            Expr::Prefixed { value, .. } => self.node(value),
            Expr::TypedString(typed) => {
                let text = self.value(&typed.value.value)?;
                self.cast(text, &typed.data_type)
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::UnaryOp { op, expr } => self.unary(op, expr),
            Expr::IsNull(inner) => self.is_null(inner, false),
            Expr::IsNotNull(inner) => self.is_null(inner, true),
            Expr::IsUnknown(inner) => self.is_null(inner, false),
            Expr::IsNotUnknown(inner) => self.is_null(inner, true),
            Expr::IsTrue(inner) => self.is_truth(inner, true, false),
            Expr::IsNotTrue(inner) => self.is_truth(inner, true, true),
            Expr::IsFalse(inner) => self.is_truth(inner, false, false),
            Expr::IsNotFalse(inner) => self.is_truth(inner, false, true),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, right, false),
            Expr::IsNotDistinctFrom(left, right) => self.distinct(left, right, true),
            Expr::Between { expr, negated, low, high } => {
                let within = Node::joined(
                    true,
                    vec![
                        self.compare(Comparison::GreaterOrEqual, self.node(expr)?, self.node(low)?)?,
                        self.compare(Comparison::LessOrEqual, self.node(expr)?, self.node(high)?)?,
                    ],
                );
                Ok(if *negated { within.negated() } else { within })
            }
            Expr::InList { expr, list, negated } => {
                self.membership(self.node(expr)?, list.iter().collect(), *negated)
            }
            Expr::AnyOp { left, compare_op, right, .. } => self.quantified(left, compare_op, right, false),
            Expr::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, true),
            Expr::Like { negated, any, expr, pattern, escape_char } => {
                let fold = self.dialect == Dialect::Sqlite;
                self.like_any(expr, pattern, *any, escape_char.as_ref(), fold, *negated)
            }
            Expr::ILike { negated, any, expr, pattern, escape_char } => {
                self.like_any(expr, pattern, *any, escape_char.as_ref(), true, *negated)
            }
            Expr::SimilarTo { negated, expr, pattern, .. } if self.dialect == Dialect::Sqlite => {
                let pattern = Pattern::glob(&self.written(&self.node(pattern)?, "GLOB")?)?;
                let value = Box::new(self.node(expr)?);
                Ok(Node::Matches { value, pattern, negated: *negated })
            }
            Expr::RLike { negated, expr, pattern, .. } => {
                self.regex(self.node(expr)?, &self.node(pattern)?, false, *negated)
            }
            Expr::Cast { expr, data_type, array: false, .. } => {
                let value = self.node(expr)?;
                self.cast(value, data_type)
            }
            Expr::Convert { expr, data_type: Some(data_type), .. } => {
                let value = self.node(expr)?;
                self.cast(value, data_type)
            }
            Expr::Collate { expr, collation } => {
                let name = collation.to_string().to_ascii_lowercase();
                let fold = name.contains("nocase") || name.contains("_ci");
                Ok(Node::Collate { value: Box::new(self.node(expr)?), fold })
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            other => self.call(other),
        }
    }

    fn column(&self, name: &Ident) -> Converted {
        let columns = &self.table.columns;
        let quoted = name.quote_style.is_some();
        let found = match self.dialect {
            Dialect::Postgres if quoted => columns.iter().position(|column| column.name == name.value),
            Dialect::Postgres => columns.iter().position(|column| column.name == name.value.to_lowercase()),
            _ => columns.iter().position(|column| column.name.to_lowercase() == name.value.to_lowercase()),
        };
        if let Some(index) = found {
            let column = &columns[index];
            // A computed column is what it is computed from.
            if let Some(generated) = &column.generated {
                return self.node(&super::grammar::parse(self.dialect, &generated.expression)?);
            }
            let kind = Kind::of(&column.data_type);
            return Ok(Node::Column { index, kind, fold: column.case_insensitive && kind.is_text() });
        }
        // SQLite takes a name in double quotes that is no column for a string.
        if self.dialect == Dialect::Sqlite && name.quote_style == Some('"') {
            return Ok(Node::text(&name.value));
        }
        if !quoted && name.value.to_ascii_uppercase().starts_with("CURRENT_") {
            return Err(format!("{}, which depends on the moment", name.value.to_ascii_uppercase()));
        }
        let alike = columns.iter().find(|column| column.name.eq_ignore_ascii_case(&name.value));
        Err(match alike {
            Some(column) => format!(
                "the column {} (table {} has \"{}\", which has to be quoted)",
                name.value, self.table.name, column.name
            ),
            None => format!("the column {} (table {} has none of this name)", name.value, self.table.name),
        })
    }

    fn qualified(&self, names: &[Ident]) -> Converted {
        let is = |ident: &Ident, name: &str| match self.dialect {
            Dialect::Postgres if ident.quote_style.is_some() => ident.value == name,
            _ => ident.value.eq_ignore_ascii_case(name),
        };
        let own = |ident: &Ident| is(ident, &self.table.name.name);
        let elsewhere =
            |ident: &Ident| self.table.name.schema.as_ref().is_some_and(|schema| !is(ident, schema));
        match names {
            [.., schema, table, _] if own(table) && elsewhere(schema) => {
                Err(format!("a column of another table ({}.{})", schema.value, table.value))
            }
            [.., table, column] if own(table) => self.column(column),
            [.., table, _] => Err(format!("a column of another table ({})", table.value)),
            _ => Err("an empty name".into()),
        }
    }

    fn value(&self, value: &Value) -> Converted {
        Ok(Node::Literal(match value {
            Value::Null => Datum::Null,
            Value::Boolean(truth) => Datum::Boolean(*truth),
            Value::Number(number, _) => match super::calendar::parse_number(number) {
                // SQLite has no exact decimals: a number with a point is a float.
                Some(exact @ Datum::Decimal(_, 1..)) if self.dialect == Dialect::Sqlite => {
                    number.parse().map_or(exact, Datum::Float)
                }
                Some(number) => number,
                None => return Err("a number of this form".into()),
            },
            Value::HexStringLiteral(hex) => {
                Datum::Bytes(bytes_from_hex(hex).ok_or("a byte literal of this form")?)
            }
            Value::SingleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::UnicodeStringLiteral(text)
            | Value::NationalStringLiteral(text)
            | Value::DoubleQuotedString(text) => Datum::Text(text.clone()),
            Value::DollarQuotedString(text) => Datum::Text(text.value.clone()),
            _ => return Err("a literal of this form".into()),
        }))
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Converted {
        use BinaryOperator as Op;
        let mysql = self.dialect == Dialect::Mysql;
        match op {
            Op::And => self.junction(left, op, right, true),
            Op::Or => self.junction(left, op, right, false),
            // Where the pipes are OR, as they are in MySQL unless its mode says otherwise.
            Op::StringConcat if mysql => self.junction(left, op, right, false),
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                let op = comparison(op).ok_or("this comparison")?;
                self.compare(op, self.node(left)?, self.node(right)?)
            }
            Op::Spaceship => self.distinct(left, right, true),
            Op::Xor => {
                let truth = |expr| -> Converted {
                    Ok(Node::Cast { value: Box::new(self.condition(expr)?), to: Kind::Boolean })
                };
                self.compare(Comparison::NotEqual, truth(left)?, truth(right)?)
            }
            Op::Plus => self.arithmetic(Operator::Add, left, right),
            Op::Minus => self.arithmetic(Operator::Subtract, left, right),
            Op::Multiply => self.arithmetic(Operator::Multiply, left, right),
            Op::Divide => self.arithmetic(Operator::Divide, left, right),
            Op::MyIntegerDivide => self.arithmetic(Operator::DivideWhole, left, right),
            Op::Modulo => self.arithmetic(Operator::Modulo, left, right),
            Op::StringConcat => Ok(Node::Concat(Box::new(self.node(left)?), Box::new(self.node(right)?))),
            Op::PGLikeMatch | Op::PGNotLikeMatch | Op::PGILikeMatch | Op::PGNotILikeMatch => {
                let fold = matches!(op, Op::PGILikeMatch | Op::PGNotILikeMatch);
                let negated = matches!(op, Op::PGNotLikeMatch | Op::PGNotILikeMatch);
                self.like(self.node(left)?, &self.node(right)?, None, fold, negated)
            }
            Op::PGRegexMatch | Op::PGRegexNotMatch | Op::PGRegexIMatch | Op::PGRegexNotIMatch => {
                let fold = matches!(op, Op::PGRegexIMatch | Op::PGRegexNotIMatch);
                let negated = matches!(op, Op::PGRegexNotMatch | Op::PGRegexNotIMatch);
                self.regex(self.node(left)?, &self.node(right)?, fold, negated)
            }
            Op::Regexp => self.regex(self.node(left)?, &self.node(right)?, false, false),
            other => Err(format!("the operator {other}")),
        }
    }

    /// A chain of ANDs or ORs. The left spine is walked in a loop, because it can be thousands long.
    fn junction(&self, left: &Expr, op: &BinaryOperator, right: &Expr, conjunction: bool) -> Converted {
        let mut parts = vec![self.condition(right)?];
        let mut spine = left;
        while let Expr::BinaryOp { left, op: inner, right } = spine {
            if inner != op {
                break;
            }
            parts.push(self.condition(right)?);
            spine = left;
        }
        parts.push(self.condition(spine)?);
        parts.reverse();
        Ok(Node::joined(conjunction, parts))
    }

    fn unary(&self, op: &UnaryOperator, expr: &Expr) -> Converted {
        match op {
            UnaryOperator::Not | UnaryOperator::BangNot => Ok(self.condition(expr)?.negated()),
            UnaryOperator::Plus => self.node(expr),
            UnaryOperator::Minus => Ok(match self.node(expr)? {
                Node::Literal(Datum::Decimal(unscaled, scale)) => {
                    Node::Literal(Datum::Decimal(unscaled.saturating_neg(), scale))
                }
                Node::Literal(Datum::Float(number)) => Node::Literal(Datum::Float(-number)),
                other => Node::Negate(Box::new(other)),
            }),
            other => Err(format!("the operator {other}")),
        }
    }

    fn arithmetic(&self, op: Operator, left: &Expr, right: &Expr) -> Converted {
        let (left, right) = (self.node(left)?, self.node(right)?);
        let left = toward(self.dialect, left, &right)?;
        let right = if left.kind() == Kind::Date { right } else { toward(self.dialect, right, &left)? };
        for side in [&left, &right] {
            let fine = side.kind().is_number()
                || side.kind() == Kind::Date
                || self.dialect != Dialect::Postgres && !side.kind().is_temporal();
            if !fine && !matches!(side, Node::Literal(Datum::Null)) {
                return Err(format!("arithmetic on {}", side.kind().noun()));
            }
        }
        let whole = left.kind() == Kind::Integer && right.kind() == Kind::Integer;
        let op = match (op, self.dialect) {
            (Operator::Divide, Dialect::Postgres) if whole => Operator::DivideWhole,
            (Operator::Divide, Dialect::Sqlite) => Operator::DivideByValue,
            (op, _) => op,
        };
        Ok(Node::Arithmetic { op, left: Box::new(left), right: Box::new(right) })
    }

    pub(super) fn compare(&self, op: Comparison, left: Node, right: Node) -> Converted {
        let (left, right) = pair(self.dialect, left, right, op.is_order())?;
        if let Some(plain) = truncate::unfolded(op, &left, &right) {
            return Ok(plain);
        }
        let fold = folds(&left, &right);
        Ok(Node::Compare { op, left: Box::new(left), right: Box::new(right), fold })
    }

    fn distinct(&self, left: &Expr, right: &Expr, negated: bool) -> Converted {
        let (left, right) = pair(self.dialect, self.node(left)?, self.node(right)?, false)?;
        let fold = folds(&left, &right);
        Ok(Node::Distinct { left: Box::new(left), right: Box::new(right), negated, fold })
    }

    fn is_null(&self, inner: &Expr, negated: bool) -> Converted {
        let value = match self.node(inner)? {
            // A beginning is NULL where the moment is.
            Node::Call { function: Function::Beginning(_), mut arguments } => arguments.remove(0),
            // The first that has a value is NULL where none has one: who mends a row sees columns.
            Node::Call { function: Function::Coalesce, arguments } => {
                let each =
                    arguments.into_iter().map(|value| Node::IsNull { value: Box::new(value), negated });
                return Ok(if negated { Node::Or(each.collect()) } else { Node::And(each.collect()) });
            }
            value => value,
        };
        Ok(Node::IsNull { value: Box::new(value), negated })
    }

    fn is_truth(&self, inner: &Expr, truth: bool, negated: bool) -> Converted {
        Ok(Node::IsTruth { value: Box::new(self.condition(inner)?), truth, negated })
    }

    fn membership(&self, value: Node, items: Vec<&Expr>, negated: bool) -> Converted {
        let mut list = Vec::with_capacity(items.len());
        let mut fold = value.fold();
        for item in items {
            let (_, item) = pair(self.dialect, value.clone(), self.node(item)?, false)?;
            fold = fold || folds(&value, &item);
            list.push(item);
        }
        let plain = list.iter().map(|item| truncate::unfolded(Comparison::Equal, &value, item));
        if let Some(plain) = plain.collect::<Option<Vec<Node>>>().filter(|plain| !plain.is_empty()) {
            let any = Node::joined(false, plain);
            return Ok(if negated { any.negated() } else { any });
        }
        Ok(Node::In { value: Box::new(value), list, negated, fold })
    }

    /// `x = ANY (ARRAY[…])` and its like.
    fn quantified(&self, left: &Expr, op: &BinaryOperator, right: &Expr, all: bool) -> Converted {
        let items = self.array_items(right)?;
        match (op, all) {
            (BinaryOperator::Eq, false) => self.membership(self.node(left)?, items, false),
            (BinaryOperator::NotEq, true) => self.membership(self.node(left)?, items, true),
            _ => {
                let parts = items.into_iter().map(|item| self.binary(left, op, item));
                Ok(Node::joined(all, parts.collect::<Result<_, _>>()?))
            }
        }
    }

    fn array_items<'e>(&self, expr: &'e Expr) -> Result<Vec<&'e Expr>, String> {
        match expr {
            Expr::Nested(inner) => self.array_items(inner),
            Expr::Cast { expr, data_type: ast::DataType::Array(_), .. } => self.array_items(expr),
            Expr::Array(array) => Ok(array.elem.iter().collect()),
            _ => Err("ANY or ALL over anything but a literal ARRAY[…]".into()),
        }
    }

    /// The text of a pattern, which has to be known beforehand.
    fn written(&self, pattern: &Node, operator: &str) -> Result<String, String> {
        match pattern {
            Node::Literal(Datum::Text(text)) => Ok(text.clone()),
            Node::Collate { value, .. } => self.written(value, operator),
            _ => Err(format!("{operator} with a pattern that is not a literal")),
        }
    }

    /// `LIKE`, or `LIKE ANY` over the items of an array.
    fn like_any(
        &self,
        expr: &Expr,
        pattern: &Expr,
        any: bool,
        escape: Option<&ast::ValueWithSpan>,
        fold: bool,
        negated: bool,
    ) -> Converted {
        let patterns = if any { self.array_items(pattern)? } else { vec![pattern] };
        let escape = escape.map(|escape| &escape.value);
        let parts = patterns
            .into_iter()
            .map(|pattern| self.like(self.node(expr)?, &self.node(pattern)?, escape, fold, negated));
        Ok(Node::joined(false, parts.collect::<Result<_, _>>()?))
    }

    fn like(
        &self,
        value: Node,
        pattern: &Node,
        escape: Option<&Value>,
        fold: bool,
        negated: bool,
    ) -> Converted {
        let written = self.written(pattern, "LIKE")?;
        let escape = match escape {
            Some(escape) => match self.value(escape)? {
                Node::Literal(Datum::Text(text)) => text.chars().next(),
                _ => return Err("an ESCAPE that is not a text literal".into()),
            },
            None if self.dialect == Dialect::Sqlite => None,
            None => Some('\\'),
        };
        let pattern = Pattern::like(&written, escape, fold || value.fold())?;
        Ok(Node::Matches { value: Box::new(value), pattern, negated })
    }

    pub(super) fn regex(&self, value: Node, pattern: &Node, fold: bool, negated: bool) -> Converted {
        let written = self.written(pattern, "a regular expression")?;
        let pattern = Pattern::regex(self.dialect, &written, fold || value.fold())?;
        Ok(Node::Matches { value: Box::new(value), pattern, negated })
    }

    fn case(
        &self,
        operand: Option<&Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Converted {
        let mut branches = Vec::with_capacity(conditions.len());
        for when in conditions {
            let condition = match operand {
                Some(operand) => {
                    self.compare(Comparison::Equal, self.node(operand)?, self.node(&when.condition)?)?
                }
                None => self.condition(&when.condition)?,
            };
            branches.push((condition, self.node(&when.result)?));
        }
        let otherwise = otherwise.map(|expr| self.node(expr)).transpose()?.map(Box::new);
        Ok(Node::Case { branches, otherwise })
    }

    pub(super) fn cast(&self, value: Node, data_type: &ast::DataType) -> Converted {
        super::cast::convert(self.dialect, value, data_type)
    }

    pub(super) fn cast_to(&self, value: Node, kind: Kind) -> Converted {
        cast_node(self.dialect, value, kind)
    }
}

/// An explicit collation decides whether case counts, else any column with such a collation.
fn folds(left: &Node, right: &Node) -> bool {
    match (left, right) {
        (Node::Collate { fold, .. }, _) | (_, Node::Collate { fold, .. }) => *fold,
        _ => left.fold() || right.fold(),
    }
}

fn comparison(op: &BinaryOperator) -> Option<Comparison> {
    Some(match op {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
