//! Function calls, and the expressions that the grammar spells like statements (`EXTRACT`, `TRIM`, `POSITION`).

use super::Datum;
use super::convert::Converter;
use super::function::{Function, Part};
use super::node::{Comparison, Kind, Node, Operator};
use super::truncate::Unit;
use crate::schema::Dialect;
use sqlparser::ast::{
    CeilFloorKind, DateTimeField, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, TrimWhereField,
};

type Converted = Result<Node, String>;

impl Converter<'_> {
    /// What is neither a name, a literal nor an operator.
    pub(super) fn call(&self, expr: &Expr) -> Converted {
        match expr {
            Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                let name = name.rsplit('.').next().unwrap_or_default().trim_matches(['"', '`']).to_owned();
                if function.over.is_some() || function.filter.is_some() {
                    return Err(format!("the window function {name}"));
                }
                let arguments = self.arguments(&name, &function.args)?;
                self.named(&name, arguments)
            }
            Expr::Extract { field, expr, .. } => self.part(&field.to_string(), self.node(expr)?),
            Expr::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.checked(Function::Floor, vec![self.node(expr)?])
            }
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.checked(Function::Ceil, vec![self.node(expr)?])
            }
            Expr::Position { expr, r#in } => {
                self.checked(Function::Position, vec![self.node(r#in)?, self.node(expr)?])
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let mut arguments = vec![self.node(expr)?];
                match substring_from {
                    Some(from) => arguments.push(self.node(from)?),
                    None => arguments.push(Node::integer(1)),
                }
                if let Some(count) = substring_for {
                    arguments.push(self.node(count)?);
                }
                self.named("substring", arguments)
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let function = match trim_where {
                    Some(TrimWhereField::Leading) => Function::LeftTrim,
                    Some(TrimWhereField::Trailing) => Function::RightTrim,
                    _ => Function::Trim,
                };
                let mut arguments = vec![self.node(expr)?];
                if let Some(what) = trim_what {
                    arguments.push(self.node(what)?);
                }
                if let Some([what]) = trim_characters.as_deref() {
                    arguments.push(self.node(what)?);
                }
                self.checked(function, arguments)
            }
            Expr::InSubquery { .. } | Expr::Exists { .. } | Expr::Subquery(_) => Err("a subquery".into()),
            Expr::Interval(_) => Err("an interval".into()),
            other => {
                let shown: String = other.to_string().chars().take(60).collect();
                Err(format!("the expression {shown}"))
            }
        }
    }

    fn arguments(&self, name: &str, arguments: &FunctionArguments) -> Result<Vec<Node>, String> {
        let list = match arguments {
            FunctionArguments::None => return Ok(Vec::new()),
            FunctionArguments::Subquery(_) => return Err("a subquery".into()),
            FunctionArguments::List(list) => list,
        };
        let arguments = list.args.iter().map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.node(expr),
            _ => Err(format!("the call of {name} with such an argument")),
        });
        arguments.collect()
    }

    fn named(&self, name: &str, mut arguments: Vec<Node>) -> Converted {
        let sqlite = self.dialect == Dialect::Sqlite;
        let mysql = self.dialect == Dialect::Mysql;
        if matches!(name, "like" | "glob" | "if" | "iif" | "concat" | "mod" | "regexp_like" | "locate") {
            return self.special(name, arguments);
        }
        if matches!(name, "date" | "datetime" | "time") && arguments.len() == 1 && !arguments.is_empty() {
            let kind = match name {
                "date" => Kind::Date,
                "time" => Kind::Time,
                _ => Kind::Timestamp,
            };
            return match arguments.remove(0) {
                Node::Literal(Datum::Text(text)) if text.eq_ignore_ascii_case("now") => {
                    Err(format!("{name}('now'), which depends on the moment"))
                }
                value => self.cast_to(value, kind),
            };
        }
        if let ("date_part" | "date_trunc", [Node::Literal(Datum::Text(field)), _]) = (name, &arguments[..]) {
            let field = field.clone();
            let value = arguments.swap_remove(1);
            return if name == "date_part" {
                self.part(&field, value)
            } else {
                self.beginning(&field, value)
            };
        }
        let function = match name {
            "length" if mysql => Function::OctetLength,
            "length" | "char_length" | "character_length" => Function::Length,
            "octet_length" => Function::OctetLength,
            "lower" | "lcase" => Function::Lower,
            "upper" | "ucase" => Function::Upper,
            "trim" | "btrim" => Function::Trim,
            "ltrim" => Function::LeftTrim,
            "rtrim" => Function::RightTrim,
            "abs" => Function::Abs,
            "coalesce" | "ifnull" => Function::Coalesce,
            "nullif" => Function::NullIf,
            "round" => Function::Round,
            "trunc" | "truncate" => Function::Truncate,
            "floor" => Function::Floor,
            "ceil" | "ceiling" => Function::Ceil,
            "substr" | "substring" | "mid" if self.dialect == Dialect::Postgres => Function::Substring,
            "substr" | "substring" | "mid" => Function::SubstringFromEnd,
            "left" => Function::Left,
            "right" => Function::Right,
            "strpos" | "instr" => Function::Position,
            "replace" => Function::Replace,
            "starts_with" => Function::StartsWith,
            "num_nonnulls" => Function::NonNulls,
            "num_nulls" => Function::Nulls,
            "greatest" if mysql => Function::GreatestOrNull,
            "least" if mysql => Function::LeastOrNull,
            "greatest" => Function::Greatest,
            "least" => Function::Least,
            "max" if sqlite && arguments.len() > 1 => Function::GreatestOrNull,
            "min" if sqlite && arguments.len() > 1 => Function::LeastOrNull,
            "typeof" if sqlite => Function::TypeOf,
            "json_valid" => Function::JsonValid,
            "cardinality" => Function::Cardinality,
            "array_length" if matches!(arguments.get(1), Some(Node::Literal(Datum::Decimal(1, 0)))) => {
                arguments.truncate(1);
                // array_length is NULL, not 0, where there is no element.
                let count = self.checked(Function::Cardinality, arguments)?;
                return Ok(Node::Call {
                    function: Function::NullIf,
                    arguments: vec![count, Node::integer(0)],
                });
            }
            "year" | "quarter" | "month" | "hour" | "minute" | "second" | "dayofmonth" | "dayofyear"
                if mysql && arguments.len() == 1 =>
            {
                return self.part(name, arguments.remove(0));
            }
            "dayofweek" if mysql && arguments.len() == 1 => {
                let part = self.part("dow", arguments.remove(0))?;
                let (left, right) = (Box::new(part), Box::new(Node::integer(1)));
                return Ok(Node::Arithmetic { op: Operator::Add, left, right });
            }
            "current_date"
            | "current_timestamp"
            | "current_time"
            | "now"
            | "curdate"
            | "curtime"
            | "localtime"
            | "localtimestamp"
            | "clock_timestamp"
            | "transaction_timestamp"
            | "unix_timestamp" => {
                return Err(format!("{name}, which depends on the moment"));
            }
            other => return Err(format!("the function {other}")),
        };
        self.checked(function, arguments)
    }

    /// Functions that are spellings of something else.
    fn special(&self, name: &str, mut arguments: Vec<Node>) -> Converted {
        let count = arguments.len();
        let (Some(last), true) = (arguments.pop(), count >= 2) else {
            return Err(format!("the function {name} with {count} arguments"));
        };
        match name {
            "if" | "iif" if count == 3 => {
                let (result, condition) = (arguments.swap_remove(1), arguments.swap_remove(0));
                Ok(Node::Case { branches: vec![(condition, result)], otherwise: Some(Box::new(last)) })
            }
            "concat" => {
                arguments.push(last);
                // PostgreSQL's concat passes over NULLs.
                let skip = self.dialect == Dialect::Postgres;
                let parts = arguments.into_iter().map(|part| match skip {
                    true => {
                        Node::Call { function: Function::Coalesce, arguments: vec![part, Node::text("")] }
                    }
                    false => part,
                });
                let joined = parts.reduce(|left, right| Node::Concat(Box::new(left), Box::new(right)));
                joined.ok_or_else(|| "the function concat without arguments".into())
            }
            "mod" if count == 2 => Ok(Node::Arithmetic {
                op: Operator::Modulo,
                left: Box::new(arguments.remove(0)),
                right: Box::new(last),
            }),
            "regexp_like" if count == 2 => self.regex(arguments.remove(0), &last, false, false),
            "locate" if count == 2 => self.checked(Function::Position, vec![last, arguments.remove(0)]),
            _ => Err(format!("the function {name} with {count} arguments")),
        }
    }

    fn part(&self, field: &str, value: Node) -> Converted {
        let part = match &field.to_ascii_lowercase()[..] {
            "year" => Part::Year,
            "quarter" => Part::Quarter,
            "month" => Part::Month,
            "day" | "dayofmonth" => Part::Day,
            "dow" => Part::DayOfWeek,
            "isodow" => Part::IsoDayOfWeek,
            "doy" | "dayofyear" => Part::DayOfYear,
            "hour" => Part::Hour,
            "minute" => Part::Minute,
            "second" => Part::Second,
            other => return Err(format!("the {other} of a day or time")),
        };
        if !value.kind().is_temporal() && self.dialect == Dialect::Postgres {
            return Err(format!("a part of {}", value.kind().noun()));
        }
        Ok(Node::Call { function: Function::Part(part), arguments: vec![value] })
    }

    fn beginning(&self, unit: &str, value: Node) -> Converted {
        let known = Unit::named(unit).filter(|_| matches!(value.kind(), Kind::Date | Kind::Timestamp));
        let unit = known.ok_or_else(|| format!("the {unit} that {} is cut down to", value.kind().noun()))?;
        Ok(Node::Call { function: Function::Beginning(unit), arguments: vec![value] })
    }

    fn checked(&self, function: Function, arguments: Vec<Node>) -> Converted {
        if !function.arity().contains(&arguments.len()) {
            return Err(format!("a function call with {} arguments", arguments.len()));
        }
        let negative_digits = matches!(function, Function::Round | Function::Truncate)
            && arguments.get(1).is_some_and(|digits| match digits {
                Node::Literal(Datum::Decimal(digits, 0)) => !(0..=38).contains(digits),
                _ => true,
            });
        if negative_digits {
            return Err("rounding to anything but a fixed number of decimals".into());
        }
        if function == Function::NullIf {
            // The comparison inside follows the rules of every comparison.
            self.compare(Comparison::Equal, arguments[0].clone(), arguments[1].clone())?;
        }
        Ok(Node::Call { function, arguments })
    }
}
