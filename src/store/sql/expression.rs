//! The small language of defaults and generated columns that all dialects share: names, literals, arithmetic, joining of texts,
//! `lower` and `upper`. Whatever goes beyond it is not carried to another engine.

use super::literal::quote_text;
use super::name::quote;
use crate::schema::{Dialect, Table};

/// One word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, unquoted, and whether it stood in quotes.
    Name(String, bool),
    /// A number as it was written.
    Number(String),
    /// A string literal's content.
    Text(String),
    /// An operator or a bracket.
    Symbol(&'static str),
}

const SYMBOLS: [&str; 11] = ["||", "::", "(", ")", "[", "]", ",", "+", "-", "*", "/"];

/// Cuts an expression into words; `None` where it has a word that this language does not know.
pub(super) fn tokens(dialect: Dialect, expression: &str) -> Option<Vec<Token>> {
    let mut rest = expression.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' => {
                let (text, length) = quoted(rest, '\'', dialect == Dialect::Mysql)?;
                (Token::Text(text), length)
            }
            '"' | '`' => {
                let (name, length) = quoted(rest, first, false)?;
                (Token::Name(name, true), length)
            }
            '0'..='9' | '.' => {
                let length = number_length(rest);
                (Token::Number(rest[..length].to_owned()), length)
            }
            first if first.is_alphabetic() || first == '_' => {
                let length = rest
                    .find(|character: char| !character.is_alphanumeric() && character != '_')
                    .unwrap_or(rest.len());
                (Token::Name(rest[..length].to_owned(), false), length)
            }
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol))?;
                (Token::Symbol(symbol), symbol.len())
            }
        };
        // MySQL writes the character set in front of a string: _utf8mb4'x'.
        let introduced = matches!((tokens.last(), &token), (Some(Token::Name(name, false)), Token::Text(_)) if name.starts_with("_utf8"));
        if introduced {
            tokens.pop();
        }
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

/// The content of a quoted piece at the start of the text, and its length with the quotes.
fn quoted(text: &str, mark: char, backslashes: bool) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character == '\\' && backslashes {
            let (_, escaped) = characters.next()?;
            content.push(match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '0' => '\0',
                other => other,
            });
        } else if character != mark {
            content.push(character);
        } else if characters.next_if(|&(_, next)| next == mark).is_some() {
            content.push(mark);
        } else {
            return Some((content, index + mark.len_utf8()));
        }
    }
    None
}

fn number_length(text: &str) -> usize {
    let mut previous = '0';
    text.find(|character: char| {
        let signed = matches!(character, '+' | '-') && matches!(previous, 'e' | 'E');
        let inside = character.is_ascii_digit() || matches!(character, '.' | 'e' | 'E') || signed;
        previous = character;
        !inside
    })
    .unwrap_or(text.len())
}

/// Takes PostgreSQL's `::type` casts away, parameters, array brackets and multi-word type names included.
pub(super) fn without_casts(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        if tokens[index] != Token::Symbol("::") {
            kept.push(tokens[index].clone());
            index += 1;
            continue;
        }
        index += 1;
        while matches!(tokens.get(index), Some(Token::Name(..))) {
            index += 1;
        }
        while let Some(Token::Symbol(open @ ("(" | "["))) = tokens.get(index) {
            let close = Token::Symbol(if *open == "(" { ")" } else { "]" });
            index += tokens[index..].iter().position(|token| *token == close).map_or(1, |length| length + 1);
        }
        // `time(6) without time zone`: words may follow the parameters.
        while matches!(tokens.get(index), Some(Token::Name(name, false)) if ["with", "without", "time", "zone"].contains(&name.as_str()))
        {
            index += 1;
        }
    }
    kept
}

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Column(usize),
    Number(String),
    Text(String),
    Negative(Box<Expression>),
    Arithmetic(&'static str, Box<Expression>, Box<Expression>),
    /// Texts joined; NULL if one of them is.
    Joined(Vec<Expression>),
    /// `lower` or `upper`.
    Cased(&'static str, Box<Expression>),
}

/// A generated column's expression in another dialect, or `None` where it says more than the shared language.
pub(super) fn translate(from: Dialect, to: Dialect, table: &Table, expression: &str) -> Option<String> {
    let tokens = without_casts(&tokens(from, expression)?);
    let mut parser = Parser { dialect: from, table, tokens: &tokens, next: 0 };
    let parsed = parser.sum()?;
    if parser.next != tokens.len() || (divides(&parsed) && from != to) {
        return None;
    }
    Some(render(to, table, &parsed))
}

/// `1 / 2` is 0 in PostgreSQL and SQLite and 0.5 in MySQL, and the decimals of a quotient differ everywhere.
fn divides(expression: &Expression) -> bool {
    match expression {
        Expression::Column(_) | Expression::Number(_) | Expression::Text(_) => false,
        Expression::Negative(inner) | Expression::Cased(_, inner) => divides(inner),
        Expression::Arithmetic(operator, left, right) => *operator == "/" || divides(left) || divides(right),
        Expression::Joined(parts) => parts.iter().any(divides),
    }
}

fn render(to: Dialect, table: &Table, expression: &Expression) -> String {
    let inner = |expression: &Expression| render(to, table, expression);
    match expression {
        Expression::Column(index) => quote(to, &table.columns[*index].name),
        Expression::Number(number) => number.clone(),
        Expression::Text(text) => quote_text(to, text),
        Expression::Negative(operand) => format!("(- {})", inner(operand)),
        Expression::Arithmetic(operator, left, right) => {
            format!("({} {operator} {})", inner(left), inner(right))
        }
        Expression::Joined(parts) => {
            let parts: Vec<_> = parts.iter().map(inner).collect();
            match to {
                Dialect::Mysql => format!("concat({})", parts.join(", ")),
                Dialect::Postgres | Dialect::Sqlite => format!("({})", parts.join(" || ")),
            }
        }
        Expression::Cased(function, operand) => format!("{function}({})", inner(operand)),
    }
}

/// PostgreSQL binds `||` weaker than `+`, SQLite stronger: texts as operands of arithmetic are not read.
fn arithmetic(operator: &'static str, left: Expression, right: Expression) -> Option<Expression> {
    let joined = |side: &Expression| matches!(side, Expression::Joined(_));
    (!joined(&left) && !joined(&right)).then(|| Expression::Arithmetic(operator, left.into(), right.into()))
}

/// Reads by descent: a sum of products of joined texts.
struct Parser<'a> {
    dialect: Dialect,
    table: &'a Table,
    tokens: &'a [Token],
    next: usize,
}

impl Parser<'_> {
    fn symbol(&mut self, among: &[&'static str]) -> Option<&'static str> {
        match self.tokens.get(self.next)? {
            Token::Symbol(symbol) if among.contains(symbol) => {
                self.next += 1;
                Some(symbol)
            }
            _ => None,
        }
    }

    fn sum(&mut self) -> Option<Expression> {
        let mut left = self.product()?;
        while let Some(operator) = self.symbol(&["+", "-"]) {
            left = arithmetic(operator, left, self.product()?)?;
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Expression> {
        let mut left = self.joined()?;
        while let Some(operator) = self.symbol(&["*", "/"]) {
            left = arithmetic(operator, left, self.joined()?)?;
        }
        Some(left)
    }

    fn joined(&mut self) -> Option<Expression> {
        let mut parts = vec![self.single()?];
        while self.symbol(&["||"]).is_some() {
            // In MySQL `||` is OR.
            if self.dialect == Dialect::Mysql {
                return None;
            }
            parts.push(self.single()?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Expression::Joined(parts)) }
    }

    fn single(&mut self) -> Option<Expression> {
        if self.symbol(&["-"]).is_some() {
            return Some(Expression::Negative(self.single()?.into()));
        }
        if self.symbol(&["("]).is_some() {
            let inner = self.sum()?;
            return self.symbol(&[")"]).map(|_| inner);
        }
        let token = self.tokens.get(self.next)?.clone();
        self.next += 1;
        match token {
            Token::Number(number) => Some(Expression::Number(number)),
            Token::Text(text) => Some(Expression::Text(text)),
            Token::Name(name, false) if self.symbol(&["("]).is_some() => self.call(&name),
            Token::Name(name, _) => self.column(&name),
            Token::Symbol(_) => None,
        }
    }

    fn call(&mut self, name: &str) -> Option<Expression> {
        let mut arguments = vec![self.sum()?];
        while self.symbol(&[","]).is_some() {
            arguments.push(self.sum()?);
        }
        self.symbol(&[")"])?;
        match name.to_ascii_lowercase().as_str() {
            "lower" | "lcase" if arguments.len() == 1 => {
                Some(Expression::Cased("lower", arguments.pop()?.into()))
            }
            "upper" | "ucase" if arguments.len() == 1 => {
                Some(Expression::Cased("upper", arguments.pop()?.into()))
            }
            // PostgreSQL's concat leaves NULLs out, MySQL's is NULL with any of them.
            "concat" if self.dialect == Dialect::Mysql => Some(Expression::Joined(arguments)),
            _ => None,
        }
    }

    fn column(&self, name: &str) -> Option<Expression> {
        let exact = self.table.column_index(name);
        let folded = || self.table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
        exact.or_else(folded).map(Expression::Column)
    }
}
