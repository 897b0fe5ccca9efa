//! From text to `sqlparser`'s tree. Its grammars are used with the few corrections that conditions need.

use crate::schema::Dialect;
use sqlparser::ast::{BinaryOperator, Expr};
use sqlparser::dialect::{Dialect as SqlDialect, MySqlDialect, PostgreSqlDialect, Precedence, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

/// The longest text that is read, in bytes: far beyond any condition written by hand, and short enough that no
/// nesting inside it exhausts the stack.
const LONGEST: usize = 64 * 1024;
/// The deepest nesting of parentheses and negations.
const DEEPEST: usize = 50;
/// The most operators in a row that are neither AND nor OR. Every one makes the tree one level deeper, and trees are
/// walked by recursion.
const TALLEST_CHAIN: usize = 100;

/// Reads a condition; the error is a sentence without a full stop.
pub(super) fn parse(dialect: Dialect, text: &str) -> Result<Expr, String> {
    if text.len() > LONGEST {
        return Err("a condition of more than 64 KiB".into());
    }
    let unescaped = unescaped_catalog_text(dialect, text);
    let stock = stock(dialect);
    let mut tokens = Tokenizer::new(stock, unescaped.as_deref().unwrap_or(text))
        .tokenize()
        .map_err(|error| format!("text that is no SQL ({})", error.message))?;
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    if dialect == Dialect::Mysql {
        drop_cast_charsets(&mut tokens);
    }
    drop_trim_from(&mut tokens);
    if tallest_chain(&tokens) > TALLEST_CHAIN {
        return Err(format!("an expression of more than {TALLEST_CHAIN} operators in a row"));
    }
    let grammar = Grammar { dialect, stock };
    let mut parser = Parser::new(&grammar).with_recursion_limit(DEEPEST).with_tokens(tokens);
    let expression = parser.parse_expr().map_err(explain)?;
    match &parser.peek_token_ref().token {
        Token::EOF => Ok(expression),
        token => Err(format!("the word or sign {token} at this place")),
    }
}

fn explain(error: ParserError) -> String {
    match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => {
            format!("this syntax ({message})")
        }
        ParserError::RecursionLimitExceeded => "a condition that is nested so deeply".into(),
    }
}

/// The most operators in a row, those inside parentheses counted with those around them. AND, OR and commas begin
/// anew: chains of them are read without recursion.
fn tallest_chain(tokens: &[Token]) -> usize {
    const JOINTS: [&str; 6] = ["AND", "OR", "WHEN", "THEN", "ELSE", "END"];
    // Of every open parenthesis: operators since the last joint, and the most of them so far.
    let mut open = vec![(0, 0)];
    for token in tokens {
        let depth = open.len();
        let Some((current, most)) = open.last_mut() else { break };
        match token {
            Token::LParen => open.push((0, 0)),
            Token::RParen if depth > 1 => {
                let inside = open.pop().map_or(0, |(_, most)| most);
                if let Some((current, most)) = open.last_mut() {
                    *current += inside;
                    *most = (*most).max(*current);
                }
            }
            Token::Comma => *current = 0,
            Token::Word(_) if JOINTS.iter().any(|joint| is_token_word(token, joint)) => *current = 0,
            Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::Period => {
                let word =
                    ["IS", "DIV", "MOD", "XOR", "COLLATE"].iter().any(|word| is_token_word(token, word));
                *current += usize::from(word);
                *most = (*most).max(*current);
            }
            _ => {
                *current += 1;
                *most = (*most).max(*current);
            }
        }
    }
    open.into_iter().map(|(_, most)| most).sum()
}

/// MySQL 8 shows conditions with its quotes escaped once more (`_utf8mb4\'A\'`); this takes that back.
fn unescaped_catalog_text(dialect: Dialect, text: &str) -> Option<String> {
    let first_quote = text.find('\'')?;
    if dialect != Dialect::Mysql || !text[..first_quote].ends_with('\\') {
        return None;
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => unescaped.extend(rest.next()),
            plain => unescaped.push(plain),
        }
    }
    Some(unescaped)
}

/// Takes FROM out of `TRIM(BOTH FROM x)`, as PostgreSQL shows `trim(x)`: the stock grammar expects what to trim before it.
fn drop_trim_from(tokens: &mut Vec<Token>) {
    let sides = ["BOTH", "LEADING", "TRAILING"];
    let mut at = 3;
    while at < tokens.len() {
        let side = sides.iter().any(|side| is_token_word(&tokens[at - 1], side));
        let trim = is_token_word(&tokens[at - 3], "TRIM") && tokens[at - 2] == Token::LParen;
        if trim && side && is_token_word(&tokens[at], "FROM") {
            tokens.remove(at);
        }
        at += 1;
    }
}

/// Takes the character set out of `CAST(x AS CHAR(n) CHARSET utf8mb4)`, which the stock grammar does not know.
fn drop_cast_charsets(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at + 1 < tokens.len() {
        let length = if is_token_word(&tokens[at], "CHARSET") {
            2
        } else if is_token_word(&tokens[at], "CHARACTER") && is_token_word(&tokens[at + 1], "SET") {
            3
        } else {
            0
        };
        let follows_type = is_token_word(&tokens[at - 1], "CHAR") || tokens[at - 1] == Token::RParen;
        if length > 0 && follows_type && at + length <= tokens.len() {
            tokens.drain(at..at + length);
        } else {
            at += 1;
        }
    }
}

fn stock(dialect: Dialect) -> &'static dyn SqlDialect {
    match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Mysql => &MySqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
    }
}

/// A stock grammar, corrected: the right sides of `IS DISTINCT FROM`, `DIV` and SQLite's `REGEXP` end where their
/// precedence says, and SQLite's `GLOB` and general `IS` and MySQL's `MOD` are operators.
#[derive(Debug)]
struct Grammar {
    dialect: Dialect,
    stock: &'static dyn SqlDialect,
}

impl SqlDialect for Grammar {
    fn dialect(&self) -> std::any::TypeId {
        self.stock.dialect()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        self.stock.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.stock.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        self.stock.is_delimited_identifier_start(ch)
    }

    fn prec_value(&self, prec: Precedence) -> u8 {
        self.stock.prec_value(prec)
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        let negated = usize::from(is_word(parser, 0, "NOT"));
        match self.dialect {
            Dialect::Sqlite if is_word(parser, negated, "GLOB") => {
                Some(Ok(self.prec_value(Precedence::Like)))
            }
            Dialect::Mysql if is_word(parser, 0, "MOD") => Some(Ok(self.prec_value(Precedence::MulDivModOp))),
            // MySQL's XOR stands between OR and AND; the two signs below are AND and OR.
            Dialect::Mysql if is_word(parser, 0, "XOR") => Some(Ok(self.prec_value(Precedence::Or) + 1)),
            Dialect::Mysql if parser.peek_token_ref().token == Token::Overlap => {
                Some(Ok(self.prec_value(Precedence::And)))
            }
            Dialect::Mysql if parser.peek_token_ref().token == Token::StringConcat => {
                Some(Ok(self.prec_value(Precedence::Or)))
            }
            _ => self.stock.get_next_precedence(parser),
        }
    }

    fn parse_infix(
        &self,
        parser: &mut Parser<'_>,
        expr: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        // Copied only where it is used: a chain of operators would be copied again for each of them.
        let left = || Box::new(expr.clone());
        let negated = is_word(parser, 0, "NOT");
        let at = usize::from(negated);
        if is_word(parser, 0, "IS") {
            return self.parse_is(parser, expr, precedence);
        }
        if self.dialect == Dialect::Mysql && (is_word(parser, 0, "DIV") || is_word(parser, 0, "MOD")) {
            let division = is_word(parser, 0, "DIV");
            let op = if division { BinaryOperator::MyIntegerDivide } else { BinaryOperator::Modulo };
            return Some(after(parser, 1, precedence).map(|right| Expr::BinaryOp {
                left: left(),
                op,
                right,
            }));
        }
        if self.dialect != Dialect::Sqlite {
            return None;
        }
        if is_word(parser, at, "GLOB") {
            // No other operator of SQLite has this node, so it stands for GLOB from here on.
            return Some(after(parser, 1 + at, precedence).map(|pattern| Expr::SimilarTo {
                negated,
                expr: left(),
                pattern,
                escape_char: None,
            }));
        }
        if is_word(parser, at, "REGEXP") {
            return Some(after(parser, 1 + at, precedence).map(|pattern| Expr::RLike {
                negated,
                expr: left(),
                pattern,
                regexp: true,
            }));
        }
        None
    }

    fn supports_notnull_operator(&self) -> bool {
        self.stock.supports_notnull_operator()
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        self.stock.supports_bitwise_shift_operators()
    }

    fn supports_string_literal_concatenation(&self) -> bool {
        self.stock.supports_string_literal_concatenation()
    }

    fn supports_double_ampersand_operator(&self) -> bool {
        self.stock.supports_double_ampersand_operator()
    }

    fn supports_binary_kw_as_cast(&self) -> bool {
        self.stock.supports_binary_kw_as_cast()
    }

    fn supports_bang_not_operator(&self) -> bool {
        self.dialect == Dialect::Mysql
    }

    fn supports_in_empty_list(&self) -> bool {
        self.stock.supports_in_empty_list()
    }

    fn supports_comma_separated_trim(&self) -> bool {
        self.stock.supports_comma_separated_trim()
    }

    fn supports_array_typedef_with_brackets(&self) -> bool {
        self.stock.supports_array_typedef_with_brackets()
    }

    fn supports_data_type_signed_suffix(&self) -> bool {
        self.stock.supports_data_type_signed_suffix()
    }

    fn allow_extract_custom(&self) -> bool {
        self.stock.allow_extract_custom()
    }

    fn allow_extract_single_quotes(&self) -> bool {
        self.stock.allow_extract_single_quotes()
    }

    fn require_interval_qualifier(&self) -> bool {
        self.stock.require_interval_qualifier()
    }
}

impl Grammar {
    /// `IS [NOT] DISTINCT FROM x`, and SQLite's `IS [NOT] x`; the rest is left to the stock grammar.
    fn parse_is(
        &self,
        parser: &mut Parser<'_>,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        let negated = is_word(parser, 1, "NOT");
        let at = 1 + usize::from(negated);
        let (words, distinct) = if is_word(parser, at, "DISTINCT") {
            (at + 2, !negated)
        } else if self.dialect == Dialect::Sqlite
            && !["NULL", "TRUE", "FALSE"].iter().any(|constant| is_word(parser, at, constant))
        {
            (at, negated)
        } else {
            return None;
        };
        Some(after(parser, words, precedence).map(|right| {
            let left = Box::new(left.clone());
            if distinct { Expr::IsDistinctFrom(left, right) } else { Expr::IsNotDistinctFrom(left, right) }
        }))
    }
}

/// Whether the word `ahead` tokens on is the unquoted `word`.
fn is_word(parser: &Parser<'_>, ahead: usize, word: &str) -> bool {
    is_token_word(&parser.peek_nth_token_ref(ahead).token, word)
}

/// What stands before the columns of a condition: of `shop.customers.state` the words `shop` and `customers`.
pub(super) fn qualifiers(dialect: Dialect, text: &str) -> Vec<Vec<String>> {
    let tokens = Tokenizer::new(stock(dialect), text).tokenize().unwrap_or_default();
    let mut found = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) if tokens.get(at + 1) == Some(&Token::Period) => words.push(word.value.clone()),
            Token::Period => {}
            _ if !words.is_empty() => found.push(std::mem::take(&mut words)),
            _ => {}
        }
    }
    found
}

fn is_token_word(token: &Token, word: &str) -> bool {
    match token {
        Token::Word(found) => found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word),
        _ => false,
    }
}

/// Passes over some tokens and reads the operand behind them.
fn after(parser: &mut Parser<'_>, words: usize, precedence: u8) -> Result<Box<Expr>, ParserError> {
    for _ in 0..words {
        parser.advance_token();
    }
    parser.parse_subexpr(precedence).map(Box::new)
}
