//! A condition as SQL of a dialect, refused where the dialect would reject rows that the condition allows.

use super::Datum;
use super::calendar::{show_date, show_decimal, show_time, show_timestamp};
use super::function::{Function, Part};
use super::node::{Comparison, Kind, Node, Operator};
use super::pattern::{Language, Pattern};
use crate::schema::{Dialect, Table};

/// Renders conditions over one table from one dialect into another.
pub(super) struct Renderer<'a> {
    pub(super) table: &'a Table,
    pub(super) from: Dialect,
    pub(super) to: Dialect,
}

type Rendered = Result<String, String>;

impl Renderer<'_> {
    /// A node where a condition is expected.
    pub(super) fn condition(&self, node: &Node) -> Rendered {
        if self.to == Dialect::Postgres && node.kind().is_number() {
            return Ok(format!("({} <> 0)", self.node(node)?));
        }
        self.node(node)
    }

    fn cannot(&self, what: &str) -> String {
        format!("{} cannot say {what}", self.to)
    }

    fn node(&self, node: &Node) -> Rendered {
        Ok(match node {
            Node::Column { index, .. } => self.quote(&self.table.columns[*index].name),
            Node::Literal(datum) => self.literal(datum),
            Node::Not(inner) => format!("(NOT {})", self.condition(inner)?),
            Node::And(parts) => self.joined(parts, " AND ")?,
            Node::Or(parts) => self.joined(parts, " OR ")?,
            Node::Compare { op, left, right, fold } => self.compare(*op, left, right, *fold)?,
            Node::Distinct { left, right, negated, fold } => self.distinct(left, right, *negated, *fold)?,
            Node::In { value, list, negated, fold } => self.membership(value, list, *negated, *fold)?,
            Node::IsNull { value, negated } => {
                format!("({} IS {}NULL)", self.node(value)?, not(*negated))
            }
            Node::IsTruth { value, truth, negated } => {
                let truth = if *truth { "TRUE" } else { "FALSE" };
                format!("({} IS {}{truth})", self.condition(value)?, not(*negated))
            }
            Node::Matches { value, pattern, negated } => self.matches(value, pattern, *negated)?,
            Node::Arithmetic { op, left, right } => self.arithmetic(*op, left, right)?,
            Node::Negate(inner) => format!("(-{})", self.number(inner)?),
            Node::Concat(left, right) => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                match self.to {
                    Dialect::Mysql => format!("concat({left}, {right})"),
                    _ => format!("({left} || {right})"),
                }
            }
            Node::Case { branches, otherwise } => {
                let mut case = String::from("CASE");
                for (condition, result) in branches {
                    case += &format!(" WHEN {} THEN {}", self.condition(condition)?, self.node(result)?);
                }
                if let Some(result) = otherwise {
                    case += &format!(" ELSE {}", self.node(result)?);
                }
                case + " END"
            }
            Node::Cast { value, to } => self.cast(value, *to)?,
            Node::Collate { value, fold } => match (self.to, fold) {
                (Dialect::Sqlite, true) => format!("({} COLLATE NOCASE)", self.node(value)?),
                _ => self.node(value)?,
            },
            Node::Call { function, arguments } => self.call(*function, arguments)?,
        })
    }

    /// Identifiers are quoted here and not by `store::sql`, which this room may not know.
    fn quote(&self, name: &str) -> String {
        match self.to {
            Dialect::Mysql => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    fn text(&self, text: &str) -> String {
        let doubled = text.replace('\'', "''");
        match self.to {
            Dialect::Mysql => format!("'{}'", doubled.replace('\\', "\\\\")),
            _ => format!("'{doubled}'"),
        }
    }

    fn literal(&self, datum: &Datum) -> String {
        let typed = |kind: &str, text: String| match self.to {
            Dialect::Sqlite => format!("'{text}'"),
            _ => format!("{kind} '{text}'"),
        };
        match datum {
            Datum::Null => "NULL".into(),
            Datum::Boolean(truth) => if *truth { "TRUE" } else { "FALSE" }.into(),
            Datum::Decimal(unscaled, scale) => show_decimal(*unscaled, *scale),
            Datum::Float(number) if number.is_finite() => format!("{number:?}"),
            Datum::Float(number) => self.text(&number.to_string()),
            Datum::Text(text) => self.text(text),
            Datum::Bytes(bytes) => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                match self.to {
                    Dialect::Postgres => format!("'\\x{hex}'::bytea"),
                    _ => format!("X'{hex}'"),
                }
            }
            Datum::Date(days) => typed("DATE", show_date(*days)),
            Datum::Time(micros) => typed("TIME", show_time(*micros)),
            Datum::Timestamp(micros) => typed("TIMESTAMP", show_timestamp(*micros)),
        }
    }

    fn joined(&self, parts: &[Node], word: &str) -> Rendered {
        let parts = parts.iter().map(|part| self.condition(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("({})", parts.join(word)))
    }

    fn compare(&self, op: Comparison, left: &Node, right: &Node, fold: bool) -> Rendered {
        if self.to == Dialect::Sqlite && self.from != Dialect::Sqlite {
            self.refuse_inexact(left)?;
            self.refuse_inexact(right)?;
        }
        let strict = op != Comparison::Equal;
        let (left, right) = self.sides(left, right, fold, strict)?;
        Ok(format!("({left} {} {right})", op.sql()))
    }

    /// Both sides of a comparison; `strict` where the target's looser equality of text would reject rows.
    fn sides(&self, left: &Node, right: &Node, fold: bool, strict: bool) -> Result<(String, String), String> {
        let boolean = left.kind() == Kind::Boolean || right.kind() == Kind::Boolean;
        let number = left.kind().is_number() || right.kind().is_number();
        let side = |node: &Node| -> Rendered {
            if boolean && number && self.to == Dialect::Postgres {
                return self.number(node);
            }
            let shown = self.node(node)?;
            if !node.kind().is_text() {
                return Ok(shown);
            }
            Ok(match (self.to, fold) {
                (Dialect::Postgres, true) => match node {
                    Node::Literal(Datum::Text(text)) => self.text(&text.to_lowercase()),
                    _ => format!("lower({shown})"),
                },
                (Dialect::Sqlite, true) => format!("{shown} COLLATE NOCASE"),
                // The usual collations of MySQL ignore case and trailing blanks.
                (Dialect::Mysql, false) if strict => format!("CAST({shown} AS BINARY)"),
                _ => shown,
            })
        };
        Ok((side(left)?, side(right)?))
    }

    /// SQLite has no exact decimals: what is exactly equal elsewhere may differ in the last digit there.
    fn refuse_inexact(&self, node: &Node) -> Result<(), String> {
        let mut inexact = false;
        node.each(&mut |node| {
            if let Node::Arithmetic { left, right, .. } = node {
                inexact |= left.kind() == Kind::Decimal || right.kind() == Kind::Decimal;
            }
        });
        if inexact { Err(self.cannot("exact arithmetic with decimals")) } else { Ok(()) }
    }

    fn distinct(&self, left: &Node, right: &Node, negated: bool, fold: bool) -> Rendered {
        let (left, right) = self.sides(left, right, fold, !negated)?;
        Ok(match (self.to, negated) {
            (Dialect::Mysql, true) => format!("({left} <=> {right})"),
            (Dialect::Mysql, false) => format!("(NOT ({left} <=> {right}))"),
            (Dialect::Sqlite, _) => format!("({left} IS {}{right})", not(!negated)),
            (Dialect::Postgres, _) => format!("({left} IS {}DISTINCT FROM {right})", not(negated)),
        })
    }

    fn membership(&self, value: &Node, list: &[Node], negated: bool, fold: bool) -> Rendered {
        if list.is_empty() {
            return Ok(if negated { "TRUE" } else { "FALSE" }.into());
        }
        let mut items = Vec::with_capacity(list.len());
        let mut shown = String::new();
        for item in list {
            let (left, right) = self.sides(value, item, fold, negated)?;
            shown = left;
            items.push(right);
        }
        Ok(format!("({shown} {}IN ({}))", not(negated), items.join(", ")))
    }

    fn matches(&self, value: &Node, pattern: &Pattern, negated: bool) -> Rendered {
        let mut subject = self.node(value)?;
        if !value.kind().is_text() && self.to == Dialect::Postgres {
            subject = format!("{subject}::text");
        }
        // The usual collations of MySQL ignore case: a negated pattern would reject rows. MySQL's REGEXP takes no binary
        // strings; expressions say it themselves.
        let minds_case = self.to == Dialect::Mysql && negated && !pattern.fold;
        if minds_case && pattern.language == Language::Like {
            subject = format!("CAST({subject} AS BINARY)");
        }
        let case = if minds_case { "(?-i)" } else { "" };
        let written = self.text(&pattern.source);
        let not = not(negated);
        Ok(match (pattern.language, self.to) {
            (Language::Like, Dialect::Postgres) => {
                let word = if pattern.fold { "ILIKE" } else { "LIKE" };
                format!("({subject} {not}{word} {written})")
            }
            (Language::Like, Dialect::Mysql) if pattern.fold => {
                let lowered = self.text(&pattern.source.to_lowercase());
                format!("(lower({subject}) {not}LIKE {lowered})")
            }
            (Language::Like, Dialect::Mysql) => format!("({subject} {not}LIKE {written})"),
            (Language::Like, Dialect::Sqlite) if negated && !pattern.fold => {
                return Err(self.cannot("a negated LIKE that minds case"));
            }
            (Language::Like, Dialect::Sqlite) if pattern.source.contains('\\') => {
                format!("({subject} {not}LIKE {written} ESCAPE '\\')")
            }
            (Language::Like, Dialect::Sqlite) => format!("({subject} {not}LIKE {written})"),
            (Language::Glob, Dialect::Sqlite) => format!("({subject} {not}GLOB {written})"),
            (Language::Glob, Dialect::Postgres) => {
                let regex = pattern.bare_regex().replace(r"\z", "$").replace(r"\A", "^");
                format!("({subject} {}~ {})", bang(negated), self.text(&regex))
            }
            (Language::Glob, Dialect::Mysql) => {
                format!("({subject} {not}REGEXP {})", self.text(&format!("{case}{}", pattern.as_regex())))
            }
            (Language::Regex, Dialect::Postgres) => {
                let star = if pattern.fold { "*" } else { "" };
                format!("({subject} {}~{star} {written})", bang(negated))
            }
            (Language::Regex, Dialect::Mysql) if pattern.fold && !pattern.source.starts_with("(?i)") => {
                format!("({subject} {not}REGEXP {})", self.text(&format!("(?i){}", pattern.source)))
            }
            (Language::Regex, Dialect::Mysql) => {
                format!("({subject} {not}REGEXP {})", self.text(&format!("{case}{}", pattern.source)))
            }
            (Language::Regex, Dialect::Sqlite) => return Err(self.cannot("a regular expression")),
        })
    }

    /// A node where a number is expected: PostgreSQL takes no boolean for one.
    fn number(&self, node: &Node) -> Rendered {
        let shown = self.node(node)?;
        let cast = node.kind() == Kind::Boolean && self.to == Dialect::Postgres;
        Ok(if cast { format!("({shown})::integer") } else { shown })
    }

    fn arithmetic(&self, op: Operator, left: &Node, right: &Node) -> Rendered {
        let dates = left.kind() == Kind::Date || right.kind() == Kind::Date;
        if dates && (self.from, self.to) != (Dialect::Postgres, Dialect::Postgres) {
            return Err(self.cannot("arithmetic with days in this form"));
        }
        let whole = left.kind() == Kind::Integer && right.kind() == Kind::Integer;
        let (left, right) = (self.number(left)?, self.number(right)?);
        Ok(match (op, self.to) {
            (Operator::Add, _) => format!("({left} + {right})"),
            (Operator::Subtract, _) => format!("({left} - {right})"),
            (Operator::Multiply, _) => format!("({left} * {right})"),
            (Operator::Modulo, _) => format!("({left} % {right})"),
            (Operator::DivideWhole, Dialect::Mysql) => format!("({left} DIV {right})"),
            (Operator::DivideWhole, Dialect::Postgres) if !whole => format!("div({left}, {right})"),
            (Operator::DivideWhole, Dialect::Sqlite) if !whole => {
                format!("CAST({left} / {right} AS INTEGER)")
            }
            (Operator::DivideByValue, Dialect::Mysql) if whole => format!("({left} DIV {right})"),
            (Operator::Divide, Dialect::Postgres) if whole => format!("({left}::numeric / {right})"),
            (Operator::Divide, Dialect::Sqlite) => format!("({left} * 1.0 / {right})"),
            _ => format!("({left} / {right})"),
        })
    }

    fn cast(&self, value: &Node, to: Kind) -> Rendered {
        let shown = self.node(value)?;
        let name = match (to, self.to) {
            (Kind::Text | Kind::Label, Dialect::Mysql) => "CHAR",
            (Kind::Text | Kind::Label, _) => "TEXT",
            (Kind::Integer, Dialect::Mysql) => "SIGNED",
            (Kind::Integer, Dialect::Postgres) => "bigint",
            (Kind::Integer, Dialect::Sqlite) => "INTEGER",
            (Kind::Decimal, Dialect::Mysql) => "DECIMAL(65,30)",
            (Kind::Decimal, _) => "NUMERIC",
            (Kind::Float, Dialect::Mysql) => "DOUBLE",
            (Kind::Float, Dialect::Postgres) => "double precision",
            (Kind::Float, Dialect::Sqlite) => "REAL",
            (Kind::Bytes, Dialect::Mysql) => "BINARY",
            (Kind::Bytes, Dialect::Sqlite) => "BLOB",
            (Kind::Bytes, Dialect::Postgres) => return Ok(format!("convert_to({shown}, 'UTF8')")),
            (Kind::Boolean, Dialect::Postgres) => "boolean",
            (Kind::Boolean, _) => return Ok(format!("({shown} <> 0)")),
            (Kind::Date, Dialect::Sqlite) => return Ok(format!("date({shown})")),
            (Kind::Time, Dialect::Sqlite) => return Ok(format!("time({shown})")),
            (Kind::Timestamp, Dialect::Sqlite) => return Ok(format!("datetime({shown})")),
            (Kind::Date, _) => "DATE",
            (Kind::Time, _) => "TIME",
            (Kind::Timestamp, Dialect::Mysql) => "DATETIME",
            (Kind::Timestamp, Dialect::Postgres) => "timestamp",
            (Kind::Other, _) => return Ok(shown),
        };
        Ok(format!("CAST({shown} AS {name})"))
    }

    fn call(&self, function: Function, arguments: &[Node]) -> Rendered {
        let shown = arguments.iter().map(|argument| self.node(argument)).collect::<Result<Vec<_>, _>>()?;
        let all = shown.join(", ");
        let first = shown.first().cloned().unwrap_or_default();
        let name = match (function, self.to) {
            (Function::Length, Dialect::Mysql) => "char_length",
            (Function::Length, _) => "length",
            (Function::OctetLength, Dialect::Sqlite) => return Ok(format!("length(CAST({all} AS BLOB))")),
            (Function::OctetLength, _) => "octet_length",
            (Function::Lower, _) => "lower",
            (Function::Upper, _) => "upper",
            (Function::Trim | Function::LeftTrim | Function::RightTrim, Dialect::Mysql) => {
                let side = match function {
                    Function::LeftTrim => "LEADING",
                    Function::RightTrim => "TRAILING",
                    _ => "BOTH",
                };
                let what = shown.get(1).cloned().unwrap_or_else(|| "' '".into());
                return Ok(format!("trim({side} {what} FROM {first})"));
            }
            (Function::Trim, Dialect::Postgres) => "btrim",
            (Function::Trim, _) => "trim",
            (Function::LeftTrim, _) => "ltrim",
            (Function::RightTrim, _) => "rtrim",
            (Function::Abs, _) => "abs",
            (Function::Coalesce, _) if shown.len() == 1 => return Ok(first),
            (Function::Coalesce, _) => "coalesce",
            (Function::NullIf, _) => "nullif",
            (Function::Round, _) => "round",
            (Function::Truncate, Dialect::Postgres) => "trunc",
            (Function::Truncate, Dialect::Mysql) => {
                let digits = shown.get(1).map_or("0", String::as_str);
                return Ok(format!("truncate({first}, {digits})"));
            }
            (Function::Truncate, Dialect::Sqlite) if shown.len() == 1 => "trunc",
            (Function::Floor, _) => "floor",
            (Function::Ceil, _) => "ceil",
            (Function::Substring | Function::SubstringFromEnd, _) => {
                let plain = matches!(arguments.get(1), Some(Node::Literal(Datum::Decimal(1.., 0))));
                if !plain && self.from != self.to && [self.from, self.to].contains(&Dialect::Postgres) {
                    return Err(self.cannot("a substring that may begin before the first character"));
                }
                "substr"
            }
            (Function::Left, Dialect::Sqlite) => return Ok(format!("substr({first}, 1, {})", shown[1])),
            (Function::Right, Dialect::Sqlite) => return Ok(format!("substr({first}, -{})", shown[1])),
            (Function::Left, _) => "left",
            (Function::Right, _) => "right",
            (Function::Position, Dialect::Postgres) => "strpos",
            (Function::Position, _) => "instr",
            (Function::Replace, _) => "replace",
            (Function::StartsWith, Dialect::Postgres) => "starts_with",
            (Function::StartsWith, _) => return Ok(format!("(instr({all}) = 1)")),
            (Function::NonNulls, Dialect::Postgres) => "num_nonnulls",
            (Function::Nulls, Dialect::Postgres) => "num_nulls",
            (Function::NonNulls, _) => return Ok(count_nulls(&shown, "NOT NULL")),
            (Function::Nulls, _) => return Ok(count_nulls(&shown, "NULL")),
            (Function::Greatest | Function::Least, to) if to != Dialect::Postgres && shown.len() > 1 => {
                return Err(self.cannot("the greatest or least of values some of which are NULL"));
            }
            (Function::GreatestOrNull, Dialect::Sqlite) => "max",
            (Function::LeastOrNull, Dialect::Sqlite) => "min",
            // PostgreSQL passes over NULLs, which can only make a comparison with the result stricter.
            (Function::GreatestOrNull | Function::LeastOrNull, Dialect::Postgres) => {
                return Err(self.cannot("the greatest or least of values, NULL if any is NULL"));
            }
            (Function::Greatest | Function::GreatestOrNull, _) => "greatest",
            (Function::Least | Function::LeastOrNull, _) => "least",
            (Function::TypeOf, Dialect::Sqlite) => "typeof",
            (Function::JsonValid, Dialect::Mysql | Dialect::Sqlite) => "json_valid",
            (Function::Cardinality, Dialect::Postgres) => "cardinality",
            (Function::Part(part), _) => return self.part(part, &first),
            (Function::Beginning(unit), Dialect::Postgres) => {
                return Ok(format!("date_trunc('{}', {first})", unit.name()));
            }
            (Function::Beginning(_), _) => return Err(self.cannot("date_trunc")),
            (Function::Truncate | Function::TypeOf | Function::JsonValid | Function::Cardinality, _) => {
                return Err(self.cannot("a function of the source database in this condition"));
            }
        };
        Ok(format!("{name}({all})"))
    }

    fn part(&self, part: Part, value: &str) -> Rendered {
        let (field, format) = match part {
            Part::Year => ("year", "%Y"),
            Part::Month => ("month", "%m"),
            Part::Day => ("day", "%d"),
            Part::DayOfWeek => ("dow", "%w"),
            Part::DayOfYear => ("doy", "%j"),
            Part::Hour => ("hour", "%H"),
            Part::Minute => ("minute", "%M"),
            Part::Quarter => ("quarter", ""),
            Part::IsoDayOfWeek => ("isodow", ""),
            Part::Second => ("second", ""),
        };
        Ok(match (self.to, part) {
            (Dialect::Postgres, _) => format!("EXTRACT({field} FROM {value})"),
            (Dialect::Mysql, Part::DayOfWeek) => format!("(dayofweek({value}) - 1)"),
            (Dialect::Mysql, Part::IsoDayOfWeek) => format!("(weekday({value}) + 1)"),
            (Dialect::Mysql, Part::DayOfYear) => format!("dayofyear({value})"),
            (Dialect::Mysql, Part::Second) => format!("(microsecond({value}) / 1000000 + second({value}))"),
            (Dialect::Mysql, _) => format!("{field}({value})"),
            (Dialect::Sqlite, _) if !format.is_empty() => {
                format!("CAST(strftime('{format}', {value}) AS INTEGER)")
            }
            (Dialect::Sqlite, _) => return Err(self.cannot(&format!("the {field} of a day or time"))),
        })
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn bang(negated: bool) -> &'static str {
    if negated { "!" } else { "" }
}

fn count_nulls(shown: &[String], test: &str) -> String {
    let tests: Vec<_> = shown.iter().map(|value| format!("({value} IS {test})")).collect();
    format!("({})", tests.join(" + "))
}
