//! LIKE, GLOB and regular expressions, compiled once.

use crate::schema::Dialect;
use regex::{Regex, RegexBuilder};

/// Which language a pattern is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Like,
    Glob,
    Regex,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) language: Language,
    /// The pattern as written; a LIKE pattern always with `\` as its escape character.
    pub(super) source: String,
    /// Whether case is ignored.
    pub(super) fold: bool,
    /// Whether a dot matches a line break.
    dot_matches_all: bool,
    regex: Regex,
    /// LIKE patterns of the commonest forms are answered without the regex engine.
    shortcut: Option<Shortcut>,
}

#[derive(Debug, Clone)]
enum Shortcut {
    Whole(String),
    Prefix(String),
    Suffix(String),
    Inside(String),
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (self.language, &self.source, self.fold) == (other.language, &other.source, other.fold)
    }
}

impl Pattern {
    /// A LIKE pattern; `escape` is the escape character, if any.
    pub(super) fn like(written: &str, escape: Option<char>, fold: bool) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = written.chars();
        while let Some(next) = rest.next() {
            tokens.push(match next {
                _ if Some(next) == escape => {
                    Token::Plain(rest.next().ok_or("a LIKE pattern that ends with its escape character")?)
                }
                '%' => Token::Many,
                '_' => Token::One,
                plain => Token::Plain(plain),
            });
        }
        let source: String = tokens.iter().map(Token::like).collect();
        let regex: String = tokens.iter().map(Token::regex).collect();
        let shortcut = if fold { None } else { shortcut(&tokens) };
        let regex = build(&format!(r"\A{regex}\z"), fold, true)?;
        Ok(Self { language: Language::Like, source, fold, dot_matches_all: true, regex, shortcut })
    }

    /// A GLOB pattern of SQLite: `*`, `?` and `[…]`.
    pub(super) fn glob(written: &str) -> Result<Self, String> {
        let mut regex = String::from(r"\A");
        let mut rest = written.chars().peekable();
        while let Some(next) = rest.next() {
            match next {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                '[' => {
                    regex.push('[');
                    if rest.next_if_eq(&'^').is_some() {
                        regex.push('^');
                    }
                    let mut first = true;
                    loop {
                        match rest.next() {
                            None => return Err("a GLOB pattern with an open bracket".into()),
                            Some(']') if !first => break,
                            Some('-') => regex.push('-'),
                            Some(plain) => regex.push_str(&regex::escape(&plain.to_string())),
                        }
                        first = false;
                    }
                    regex.push(']');
                }
                plain => regex.push_str(&regex::escape(&plain.to_string())),
            }
        }
        regex.push_str(r"\z");
        let regex = build(&regex, false, true)?;
        let (language, source) = (Language::Glob, written.to_owned());
        Ok(Self { language, source, fold: false, dot_matches_all: true, regex, shortcut: None })
    }

    /// A regular expression of PostgreSQL or MySQL/MariaDB.
    pub(super) fn regex(dialect: Dialect, written: &str, fold: bool) -> Result<Self, String> {
        // A dot of PostgreSQL matches a line break too.
        let dot_matches_all = dialect == Dialect::Postgres;
        let regex = build(&translate(dialect, written)?, fold, dot_matches_all)?;
        let (language, source) = (Language::Regex, written.to_owned());
        Ok(Self { language, source, fold, dot_matches_all, regex, shortcut: None })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.shortcut {
            Some(Shortcut::Whole(whole)) => text == whole,
            Some(Shortcut::Prefix(prefix)) => text.starts_with(prefix),
            Some(Shortcut::Suffix(suffix)) => text.ends_with(suffix),
            Some(Shortcut::Inside(inside)) => text.contains(inside),
            None => self.regex.is_match(text),
        }
    }

    /// The pattern as an expression of the `regex` crate, flags included.
    pub(super) fn as_regex(&self) -> String {
        let flags = match (self.fold, self.dot_matches_all) {
            (false, false) => "",
            (true, false) => "(?i)",
            (false, true) => "(?s)",
            (true, true) => "(?is)",
        };
        format!("{flags}{}", self.regex.as_str())
    }

    /// The same without flags.
    pub(super) fn bare_regex(&self) -> &str {
        self.regex.as_str()
    }
}

fn build(regex: &str, fold: bool, dot_matches_all: bool) -> Result<Regex, String> {
    RegexBuilder::new(regex)
        .case_insensitive(fold)
        .dot_matches_new_line(dot_matches_all)
        .size_limit(1 << 20)
        .build()
        .map_err(|_| "a regular expression with syntax beyond the common core".to_owned())
}

enum Token {
    Plain(char),
    One,
    Many,
}

impl Token {
    fn regex(&self) -> String {
        match self {
            Self::Plain(plain) => regex::escape(plain.encode_utf8(&mut [0; 4])),
            Self::One => ".".into(),
            Self::Many => ".*".into(),
        }
    }

    fn like(&self) -> String {
        match self {
            Self::Plain(special @ ('%' | '_' | '\\')) => format!("\\{special}"),
            Self::Plain(plain) => plain.to_string(),
            Self::One => "_".into(),
            Self::Many => "%".into(),
        }
    }
}

fn shortcut(tokens: &[Token]) -> Option<Shortcut> {
    let many_first = matches!(tokens.first(), Some(Token::Many));
    let many_last = tokens.len() > 1 && matches!(tokens.last(), Some(Token::Many));
    let middle = &tokens[usize::from(many_first)..tokens.len() - usize::from(many_last)];
    let plain = middle.iter().map(|token| match token {
        Token::Plain(plain) => Some(*plain),
        _ => None,
    });
    let plain: String = plain.collect::<Option<_>>()?;
    Some(match (many_first, many_last) {
        (false, false) => Shortcut::Whole(plain),
        (false, true) => Shortcut::Prefix(plain),
        (true, false) => Shortcut::Suffix(plain),
        (true, true) => Shortcut::Inside(plain),
    })
}

/// Rewrites what the `regex` crate spells otherwise: PostgreSQL's word boundaries, and characters that are special
/// inside brackets only there.
fn translate(dialect: Dialect, written: &str) -> Result<String, String> {
    let mut regex = String::with_capacity(written.len() + 8);
    let mut rest = written.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\\' => match rest.next() {
                Some('y') if dialect == Dialect::Postgres => regex.push_str(r"\b"),
                Some('m') if dialect == Dialect::Postgres => regex.push_str(r"\b{start}"),
                Some('M') if dialect == Dialect::Postgres => regex.push_str(r"\b{end}"),
                Some('Z') => regex.push_str(r"\z"),
                Some(escaped) if escaped.is_alphanumeric() => regex.extend(['\\', escaped]),
                Some(escaped) => regex.push_str(&regex::escape(&escaped.to_string())),
                None => return Err("a regular expression that ends with a backslash".into()),
            },
            '[' => translate_bracket(&mut rest, &mut regex)?,
            plain => regex.push(plain),
        }
    }
    Ok(regex)
}

fn translate_bracket(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    regex: &mut String,
) -> Result<(), String> {
    regex.push('[');
    if rest.next_if_eq(&'^').is_some() {
        regex.push('^');
    }
    let mut first = true;
    loop {
        match rest.next() {
            None => return Err("a regular expression with an open bracket".into()),
            Some(']') if !first => break,
            Some(']') => regex.push_str(r"\]"),
            Some('\\') => regex.extend(std::iter::once('\\').chain(rest.next())),
            Some('[') if rest.peek() == Some(&':') => {
                regex.push('[');
                for class in rest.by_ref() {
                    regex.push(class);
                    if class == ']' {
                        break;
                    }
                }
            }
            Some(special @ ('[' | '&' | '~')) => regex.extend(['\\', special]),
            Some(plain) => regex.push(plain),
        }
        first = false;
    }
    regex.push(']');
    Ok(())
}
