//! Texts that are put together of other values: `slug = slug(title)`, `number = 'INV-' || to_char(issued_on, 'YYYY') || '-' || lpad(id, 5)`.

use super::{Operand, Scalar};
use crate::schema::civil::{self, DAY};
use crate::schema::fold;
use serde::{Deserialize, Serialize};

/// One piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// The same in all rows.
    Literal(String),
    /// Another value.
    Value {
        /// Which.
        of: Operand,
        /// How it is written.
        form: Form,
    },
}

/// How a value is written in a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A text.
    Text {
        /// What becomes of its letters.
        letters: Letters,
        /// How many of its first letters are kept; 0 for all.
        first: u8,
    },
    /// A text as addresses of pages have it: small letters without accents and digits, and what is between them as one separator.
    Slug {
        /// What stands between words; may be empty.
        separator: String,
        /// Whether signs inside of words are left out, as Django does; else they separate, as in Rails.
        drops: bool,
    },
    /// A whole number.
    Number {
        /// Digits that it has at least; zeros are put before it.
        width: u8,
    },
    /// The date of a day or moment.
    Date {
        /// One of [`PATTERNS`].
        pattern: String,
    },
}

/// What becomes of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letters {
    /// Nothing.
    Same,
    /// They are made small.
    Lower,
    /// They are made capital.
    Upper,
}

/// How dates may be written: `YYYY` is the year, `YY` its last two digits, `MM` and `DD` have two digits.
pub const PATTERNS: [&str; 9] =
    ["YYYY-MM-DD", "YYYYMMDD", "YYYY-MM", "YYYYMM", "YYMMDD", "YYMM", "YYYY", "YY", "MM"];

/// A value of which a text is made.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// A text.
    Text(&'a str),
    /// A number or a moment.
    Value(Scalar),
}

impl Piece {
    /// The value that it shows; `None` where it is the same in all rows.
    pub fn operand(&self) -> Option<&Operand> {
        match self {
            Self::Literal(_) => None,
            Self::Value { of, .. } => Some(of),
        }
    }
}

/// What pieces come to; `None` where a value is missing, or has no such form.
pub fn written<'a>(pieces: &[Piece], value: &dyn Fn(&Operand) -> Option<Told<'a>>) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => text += literal,
            Piece::Value { of, form } => form.write(value(of)?, &mut text)?,
        }
    }
    Some(text)
}

impl Form {
    /// Every text as it is.
    pub const PLAIN: Self = Self::Text { letters: Letters::Same, first: 0 };

    /// Adds a value to a text.
    pub fn write(&self, told: Told<'_>, text: &mut String) -> Option<()> {
        match (self, told) {
            (Self::Text { letters, first }, Told::Text(value)) => {
                let kept = match first {
                    0 => value,
                    first => match value.char_indices().nth(usize::from(*first)) {
                        Some((end, _)) => &value[..end],
                        None => value,
                    },
                };
                match letters {
                    Letters::Same => *text += kept,
                    Letters::Lower => *text += &kept.to_lowercase(),
                    Letters::Upper => *text += &kept.to_uppercase(),
                }
            }
            (Self::Slug { separator, drops }, Told::Text(value)) => slug(value, separator, *drops, text),
            (Self::Number { width }, Told::Value(Scalar::Exact(units, 0))) => {
                *text += &format!("{units:0width$}", width = usize::from(*width));
            }
            (Self::Date { pattern }, Told::Value(Scalar::Date(days))) => date(days, pattern, text),
            (Self::Date { pattern }, Told::Value(Scalar::Moment(micros))) => {
                date(micros.div_euclid(DAY), pattern, text);
            }
            _ => return None,
        }
        Some(())
    }

    /// Around the name of a value, as rules spell it.
    pub(super) fn sentence(&self, name: &str) -> String {
        match self {
            Self::Text { letters, first } => {
                let kept = if *first > 0 { format!("left({name}, {first})") } else { name.to_owned() };
                match letters {
                    Letters::Same => kept,
                    Letters::Lower => format!("lower({kept})"),
                    Letters::Upper => format!("upper({kept})"),
                }
            }
            Self::Slug { separator, drops } => {
                let drops = if *drops { ", drop" } else { "" };
                format!("slug({name}, '{}'{drops})", separator.replace('\'', "''"))
            }
            Self::Number { width: 0 } => name.to_owned(),
            Self::Number { width } => format!("lpad({name}, {width})"),
            Self::Date { pattern } => format!("to_char({name}, '{pattern}')"),
        }
    }
}

/// Small letters without accents and digits; between words, never at an end, a separator.
fn slug(value: &str, separator: &str, drops: bool, text: &mut String) {
    let begin = text.len();
    let mut parted = false;
    for letter in fold(value).chars() {
        if letter.is_ascii_alphanumeric() {
            if parted && text.len() > begin {
                *text += separator;
            }
            parted = false;
            text.push(letter.to_ascii_lowercase());
        } else {
            parted |= !drops || letter.is_whitespace() || letter == '-' || letter == '_';
        }
    }
}

fn date(days: i64, pattern: &str, text: &mut String) {
    let (year, month, day) = civil::from_days(days);
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let (written, length) = match rest {
            _ if rest.starts_with("YYYY") => (format!("{year:04}"), 4),
            _ if rest.starts_with("YY") => (format!("{:02}", year.rem_euclid(100)), 2),
            _ if rest.starts_with("MM") => (format!("{month:02}"), 2),
            _ if rest.starts_with("DD") => (format!("{day:02}"), 2),
            _ => (letter.to_string(), letter.len_utf8()),
        };
        *text += &written;
        rest = &rest[length..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(form: &Form, told: Told<'_>) -> Option<String> {
        let mut text = String::new();
        form.write(told, &mut text).map(|()| text)
    }

    #[test]
    fn slugs_are_made_in_both_ways() {
        let slug = |separator: &str, drops| Form::Slug { separator: separator.to_owned(), drops };
        let of = |form: &Form| write(form, Told::Text(" Don't Être – 2nd ")).unwrap();
        assert_eq!(of(&slug("-", false)), "don-t-etre-2nd");
        assert_eq!(of(&slug("-", true)), "dont-etre-2nd");
        assert_eq!(of(&slug("", false)), "dontetre2nd");
    }

    #[test]
    fn first_letters_are_letters_and_not_bytes() {
        let initial = Form::Text { letters: Letters::Upper, first: 1 };
        assert_eq!(write(&initial, Told::Text("élan")).unwrap(), "É");
        assert_eq!(write(&initial, Told::Text("")).unwrap(), "");
    }

    #[test]
    fn numbers_are_padded_and_dates_are_cut() {
        let number = |width| write(&Form::Number { width }, Told::Value(Scalar::Exact(42, 0))).unwrap();
        assert_eq!((number(0).as_str(), number(5).as_str()), ("42", "00042"));
        let date = |pattern: &str| {
            let form = Form::Date { pattern: pattern.to_owned() };
            write(&form, Told::Value(Scalar::Moment(1_709_164_800_000_000 + 1))).unwrap()
        };
        assert_eq!(
            PATTERNS.map(date),
            ["2024-02-29", "20240229", "2024-02", "202402", "240229", "2402", "2024", "24", "02"]
        );
        assert_eq!(write(&Form::Number { width: 3 }, Told::Text("a")), None);
    }
}
