//! Column defaults: verbatim on the same engine, literals and the current time on another.

use super::expression::{Token, tokens, without_casts};
use super::literal::quote_text;
use crate::schema::{DataType, Dialect};

/// The words behind `DEFAULT`, or why there are none.
pub(super) fn default(
    from: Dialect,
    to: Dialect,
    data_type: &DataType,
    expression: &str,
) -> Result<String, &'static str> {
    if from == to {
        return same_engine(to, expression);
    }
    let tokens = tokens(from, expression).map(|tokens| without_brackets(without_casts(&tokens)));
    let tokens = tokens.as_deref().unwrap_or_default();
    if let Some(word) = current(tokens) {
        return now(to, data_type, word);
    }
    if generates_uuid(tokens) {
        return match to {
            Dialect::Postgres => Ok("gen_random_uuid()".into()),
            Dialect::Mysql => Ok("(uuid())".into()),
            Dialect::Sqlite => Err("SQLite does not make UUIDs"),
        };
    }
    let constant = constant(from, tokens).ok_or("it is an expression of the other engine")?;
    spelled(to, data_type, &constant)
}

/// SQLite and MySQL want brackets around everything that is not a constant, and take them around most constants.
fn same_engine(to: Dialect, expression: &str) -> Result<String, &'static str> {
    if to == Dialect::Postgres {
        // The sequence belongs to another table or to none, and nothing here creates it.
        let sequence = expression.to_ascii_lowercase().contains("nextval(");
        return if sequence { Err("its sequence is not carried over") } else { Ok(expression.to_owned()) };
    }
    let lower = expression.trim().to_ascii_lowercase();
    let bracketed = lower.starts_with('(') && lower.ends_with(')');
    let time = ["current_", "now(", "localtime"].iter().any(|start| lower.starts_with(start));
    let constant = lower.starts_with(['\'', '"', '-', '+', '.'])
        || lower.starts_with(|first: char| first.is_ascii_digit())
        || ["null", "true", "false", "b'", "x'", "_utf8"].iter().any(|start| lower.starts_with(start));
    let lone = constant && !lower.contains("||") && !lower.contains('(');
    let bare = lone || (time && (to == Dialect::Mysql || !lower.contains('(')));
    if bare || bracketed { Ok(expression.to_owned()) } else { Ok(format!("({expression})")) }
}

/// A default that every engine can say.
#[derive(Debug, Clone, PartialEq)]
enum Constant {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
}

fn constant(from: Dialect, tokens: &[Token]) -> Option<Constant> {
    Some(match tokens {
        [Token::Name(word, false)] if word.eq_ignore_ascii_case("null") => Constant::Null,
        [Token::Name(word, false)] if word.eq_ignore_ascii_case("true") => Constant::Boolean(true),
        [Token::Name(word, false)] if word.eq_ignore_ascii_case("false") => Constant::Boolean(false),
        // SQLite takes a name in double quotes that is no column for a string.
        [Token::Name(text, true)] if from == Dialect::Sqlite => Constant::Text(text.clone()),
        [Token::Number(number)] | [Token::Symbol("+"), Token::Number(number)] => {
            Constant::Number(number.clone())
        }
        [Token::Symbol("-"), Token::Number(number)] => Constant::Number(format!("-{number}")),
        [Token::Text(text)] => Constant::Text(text.clone()),
        [Token::Name(prefix, false), Token::Text(bits)] if prefix.eq_ignore_ascii_case("b") => {
            Constant::Number(i64::from_str_radix(bits, 2).ok()?.to_string())
        }
        _ => return None,
    })
}

fn without_brackets(mut tokens: Vec<Token>) -> Vec<Token> {
    // Only a pair that encloses the rest whole may go: `now()` ends in a bracket too.
    while tokens.len() > 2 && tokens[0] == Token::Symbol("(") && tokens.last() == Some(&Token::Symbol(")")) {
        let inner = &tokens[1..tokens.len() - 1];
        let mut depth = 0i32;
        let balanced = inner.iter().all(|token| {
            depth += match token {
                Token::Symbol("(") => 1,
                Token::Symbol(")") => -1,
                _ => 0,
            };
            depth >= 0
        });
        if !balanced {
            break;
        }
        tokens = inner.to_vec();
    }
    tokens
}

/// What part of the current time an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Now {
    Timestamp,
    Date,
    Time,
}

fn current(tokens: &[Token]) -> Option<Now> {
    let (name, rest) = match tokens {
        [Token::Name(name, false), rest @ ..] => (name.to_ascii_lowercase(), rest),
        _ => return None,
    };
    if let [Token::Symbol("("), Token::Text(argument), rest @ .., Token::Symbol(")")] = rest {
        let utc_now = rest.iter().any(|token| matches!(token, Token::Name(name, false) if name == "now"));
        return match name.as_str() {
            "datetime" if argument == "now" => Some(Now::Timestamp),
            "date" if argument == "now" => Some(Now::Date),
            "time" if argument == "now" => Some(Now::Time),
            "timezone" if utc_now => Some(Now::Timestamp),
            _ => None,
        };
    }
    let plain = matches!(
        rest,
        [] | [Token::Symbol("("), Token::Symbol(")")]
            | [Token::Symbol("("), Token::Number(_), Token::Symbol(")")]
    );
    match name.as_str() {
        _ if !plain => None,
        "now"
        | "current_timestamp"
        | "localtimestamp"
        | "transaction_timestamp"
        | "statement_timestamp"
        | "clock_timestamp"
        | "utc_timestamp" => Some(Now::Timestamp),
        "current_date" | "curdate" | "utc_date" => Some(Now::Date),
        "current_time" | "curtime" | "localtime" | "utc_time" => Some(Now::Time),
        _ => None,
    }
}

fn now(to: Dialect, data_type: &DataType, word: Now) -> Result<String, &'static str> {
    let word = match data_type {
        DataType::Timestamp { .. } => Now::Timestamp,
        DataType::Date => Now::Date,
        DataType::Time => Now::Time,
        DataType::Text { .. } | DataType::Other => word,
        _ => return Err("the current time does not fit the type"),
    };
    let words = match (to, word) {
        // The decimals of the default have to be those of the column.
        (Dialect::Mysql, Now::Timestamp) if matches!(data_type, DataType::Timestamp { .. }) => {
            "CURRENT_TIMESTAMP(6)"
        }
        (Dialect::Mysql, Now::Timestamp) => "(CURRENT_TIMESTAMP)",
        (Dialect::Mysql, Now::Date) => "(CURRENT_DATE)",
        (Dialect::Mysql, Now::Time) => "(CURRENT_TIME)",
        (_, Now::Timestamp) => "CURRENT_TIMESTAMP",
        (_, Now::Date) => "CURRENT_DATE",
        (_, Now::Time) => "CURRENT_TIME",
    };
    Ok(words.into())
}

fn generates_uuid(tokens: &[Token]) -> bool {
    matches!(
        tokens,
        [Token::Name(name, false), Token::Symbol("("), Token::Symbol(")")]
            if ["gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1", "uuid"].contains(&name.to_ascii_lowercase().as_str())
    )
}

/// A constant in the spelling that the target's type takes.
fn spelled(to: Dialect, data_type: &DataType, constant: &Constant) -> Result<String, &'static str> {
    let text = match constant {
        Constant::Null => return Ok("NULL".into()),
        Constant::Boolean(value) => if *value { "1" } else { "0" }.to_owned(),
        Constant::Number(text) | Constant::Text(text) => text.clone(),
    };
    match data_type {
        DataType::Boolean => match (text.to_ascii_lowercase().as_str(), to) {
            ("1" | "t" | "true" | "yes" | "on", Dialect::Postgres) => Ok("TRUE".into()),
            ("0" | "f" | "false" | "no" | "off", Dialect::Postgres) => Ok("FALSE".into()),
            ("1" | "t" | "true" | "yes" | "on", _) => Ok("1".into()),
            ("0" | "f" | "false" | "no" | "off", _) => Ok("0".into()),
            _ => Err("it is not a boolean"),
        },
        DataType::Integer { .. } | DataType::Decimal { .. } | DataType::Numeric | DataType::Float { .. } => {
            let number = text.trim();
            if number.parse::<f64>().is_ok_and(f64::is_finite) {
                Ok(number.into())
            } else {
                Err("it is not a number")
            }
        }
        // MySQL's zero dates are no days.
        DataType::Date | DataType::Timestamp { .. } if text.starts_with("0000") || text.contains("-00") => {
            Err("it is not a day")
        }
        DataType::Date | DataType::Time | DataType::Timestamp { .. }
            if !text.starts_with(|first: char| first.is_ascii_digit()) =>
        {
            Err("it is an expression of the other engine")
        }
        DataType::Bytes { .. } if !text.is_empty() => Err("bytes are written differently in each engine"),
        DataType::Array { .. } if text == "{}" => Ok(wrapped(to, data_type, &quote_text(to, "[]"))),
        DataType::Array { .. } => Err("only an empty list is carried over"),
        _ => Ok(wrapped(to, data_type, &quote_text(to, &text))),
    }
}

/// MySQL allows a default for a long text or JSON only as an expression.
fn wrapped(to: Dialect, data_type: &DataType, literal: &str) -> String {
    let spelling = super::column_type(to, to, data_type, "");
    let long = ["text", "blob", "json"].iter().any(|word| spelling.contains(word));
    if to == Dialect::Mysql && long { format!("({literal})") } else { literal.to_owned() }
}
