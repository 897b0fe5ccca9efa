//! The words of a rule: names, numbers, signs.

use super::Ratio;
use std::fmt;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    /// A name, without its quotes.
    Name(String),
    /// A value, without its quotes.
    Text(String),
    /// A number.
    Number(Ratio),
    /// `<=`, `->`, `(` …
    Sign(&'static str),
}

const SIGNS: [&str; 16] =
    ["||", "<=", ">=", "->", "→", "<", ">", "=", "+", "-", "*", "/", "(", ")", ",", "."];

impl Word {
    /// Whether it is written like this. Capitals count, but not in `NULL`.
    pub(super) fn is(&self, wanted: &str) -> bool {
        match self {
            Self::Name(name) => name == wanted || (wanted == "NULL" && name.eq_ignore_ascii_case(wanted)),
            Self::Text(_) => false,
            Self::Number(ratio) => ratio.to_string() == wanted,
            Self::Sign(sign) => *sign == wanted,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Number(ratio) => ratio.fmt(f),
            Self::Sign(sign) => f.write_str(sign),
        }
    }
}

/// Whether a name needs no quotes.
pub(super) fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$')
}

/// Cuts a text into words.
pub(super) fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut rest = text.trim_start();
    let mut words = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '`' => {
                let end = rest[1..].find(first).ok_or(format!("the quote {first} is not closed"))?;
                words.push(Word::Name(rest[1..=end].to_owned()));
                end + 2
            }
            '\'' => {
                let (text, length) = quoted(rest).ok_or("the quote ' is not closed")?;
                words.push(Word::Text(text));
                length
            }
            digit if digit.is_ascii_digit() => {
                let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                words.push(Word::Number(number(&rest[..length])?));
                length
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let length =
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
                words.push(Word::Name(rest[..length].to_owned()));
                length
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| format!("`{first}` means nothing in a rule"))?;
                words.push(Word::Sign(if *sign == "→" { "->" } else { sign }));
                sign.len()
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

/// The value that a text begins with, in single quotes, and its length with them; two quotes inside stand for one.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' if letters.next_if(|(_, next)| *next == '\'').is_none() => return Some((value, at + 1)),
            _ => value.push(letter),
        }
    }
    None
}

fn number(text: &str) -> Result<Ratio, String> {
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    let units: Result<i64, _> = format!("{whole}{digits}").parse();
    match units {
        Ok(numerator) if digits.len() <= 9 && !digits.contains('.') => {
            let mut ratio = Ratio { numerator, denominator: 10i64.pow(digits.len() as u32) };
            while ratio.denominator > 1 && ratio.numerator % 10 == 0 {
                ratio = Ratio { numerator: ratio.numerator / 10, denominator: ratio.denominator / 10 };
            }
            Ok(ratio)
        }
        _ => Err(format!("`{text}` is no number that a rule can hold")),
    }
}
