//! The place in `seed.toml` that an error is about, without the passwords that may stand there.

use std::fmt;
use std::ops::Range;

/// What stands in place of a password.
const HIDDEN: &str = "****";

/// A place in a file, with the text around it. It travels as the cause of an [`Error`](crate::Error); the terminal
/// draws it with a caret, everything else shows `file:line:column`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    path: String,
    text: String,
    span: Range<usize>,
    label: String,
}

impl Excerpt {
    /// The place `span` (in bytes) of `text`, which is the contents of the file `path`. The label is what stands
    /// beside the caret; it may be empty.
    pub fn new(path: &str, text: &str, span: Range<usize>, label: impl Into<String>) -> Self {
        let (text, span) = hide_passwords_around(text, clamp(text, span));
        Self { path: path.to_owned(), text, span, label: label.into() }
    }

    /// The file's path as the user gave it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file's text, passwords hidden.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`Self::text`] that the caret points at.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The words beside the caret.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Line and column, both counted from 1, the column in characters.
    pub fn position(&self) -> (usize, usize) {
        let before = &self.text[..self.span.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position();
        write!(f, "{}:{line}:{column}", self.path)
    }
}

impl std::error::Error for Excerpt {}

/// Replaces the passwords of all database URLs in a text. Rather too much than too little is hidden: everything
/// between the user's name and the last `@` of the line, and every `password=` parameter.
pub fn hide_passwords(text: &str) -> String {
    hide_passwords_around(text, 0..0).0
}

/// The same, and where a span of the old text lies in the new one.
fn hide_passwords_around(text: &str, span: Range<usize>) -> (String, Range<usize>) {
    let secrets = secrets(text);
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for secret in &secrets {
        out.push_str(&text[copied..secret.start]);
        out.push_str(HIDDEN);
        copied = secret.end;
    }
    out.push_str(&text[copied..]);
    let moved = |position: usize| {
        let mut now = position;
        for secret in secrets.iter().rev() {
            if position >= secret.end {
                now = now + HIDDEN.len() - secret.len();
            } else if position > secret.start {
                now = secret.start;
            }
        }
        now
    };
    let span = clamp(&out, moved(span.start)..moved(span.end));
    (out, span)
}

/// Where passwords stand in a text, ascending and without overlap.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let schemes: Vec<usize> = line.match_indices("://").map(|(at, _)| at + 3).collect();
        for (index, &start) in schemes.iter().enumerate() {
            let end = schemes.get(index + 1).copied().unwrap_or(line.len());
            if let Some(secret) = user_password(&line[start..end]) {
                found.push(line_start + start + secret.start..line_start + start + secret.end);
            }
        }
        found.extend(
            unslashed_passwords(line).map(|secret| line_start + secret.start..line_start + secret.end),
        );
        found.extend(
            password_parameters(line).map(|secret| line_start + secret.start..line_start + secret.end),
        );
        line_start += line.len();
    }
    found.retain(|secret| !secret.is_empty() && !is_variable(&text[secret.clone()]));
    found.sort_by_key(|secret| (secret.start, secret.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for secret in found {
        match apart.last_mut() {
            Some(last) if secret.start < last.end => last.end = last.end.max(secret.end),
            _ => apart.push(secret),
        }
    }
    apart
}

/// The password in what follows `scheme://`. Without an `@` a port that is not a number is taken for one.
fn user_password(rest: &str) -> Option<Range<usize>> {
    let stop = rest.find([':', '@', '/', '?', '#', '"', '\'', ' ', '\t', '['])?;
    if !rest[stop..].starts_with(':') {
        return None;
    }
    let start = stop + 1;
    if let Some(end) = rest.rfind('@').filter(|&end| end >= start) {
        return Some(start..end);
    }
    let token = rest[start..].find(['/', '?', '#', '"', '\'', ' ', '\t', '`', '\n', '\r']);
    let end = token.map_or(rest.len(), |length| start + length);
    (!rest[start..end].bytes().all(|byte| byte.is_ascii_digit())).then_some(start..end)
}

/// The passwords of addresses whose slashes were forgotten: `postgres:user:password@host`.
fn unslashed_passwords(line: &str) -> impl Iterator<Item = Range<usize>> {
    let after_a_word =
        |&(at, _): &(usize, &str)| line[..at].ends_with(|last: char| last.is_ascii_alphabetic());
    line.match_indices(':').filter(after_a_word).filter_map(|(at, _)| {
        let token = line[at + 1..].split_whitespace().next().filter(|_| !line[at + 1..].starts_with(' '))?;
        let rest = token.trim_start_matches('/');
        let start = at + 1 + token.len() - rest.len();
        let secret = user_password(rest).filter(|secret| rest[secret.end..].starts_with('@'))?;
        Some(start + secret.start..start + secret.end)
    })
}

/// The values of `password=…` and `pwd=…` in a line.
fn password_parameters(line: &str) -> impl Iterator<Item = Range<usize>> {
    let lower = line.to_ascii_lowercase();
    let mut found = Vec::new();
    for key in ["password=", "pwd="] {
        for (at, _) in lower.match_indices(key) {
            let start = at + key.len();
            let length = line[start..].find(['&', '"', '\'', ' ', '\t', '`', '\n', '\r']);
            found.push(start..length.map_or(line.len(), |length| start + length));
        }
    }
    found.into_iter()
}

/// Whether a "password" is only the name of an environment variable.
fn is_variable(text: &str) -> bool {
    text.strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

/// The span inside the text, on character boundaries.
fn clamp(text: &str, span: Range<usize>) -> Range<usize> {
    let floor = |position: usize| {
        let mut position = position.min(text.len());
        while !text.is_char_boundary(position) {
            position -= 1;
        }
        position
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_urls_are_hidden() {
        for (text, hidden) in [
            ("postgres://u:secret@h/db", "postgres://u:****@h/db"),
            ("postgres://u:se/c@ret@h/db", "postgres://u:****@h/db"),
            ("url = \"postgres://u:se\"cret@h\"", "url = \"postgres://u:****@h\""),
            ("mysql://u:secret", "mysql://u:****"),
            ("`mysql://u:secret`", "`mysql://u:****`"),
            ("mysql://localhost:3306/db", "mysql://localhost:3306/db"),
            ("postgres://root@h:5432/db", "postgres://root@h:5432/db"),
            ("postgres://h/db?user=u&password=secret&x=1", "postgres://h/db?user=u&password=****&x=1"),
            ("postgres://[::1]:5432/db", "postgres://[::1]:5432/db"),
            ("postgres://u:${PW}@h/db", "postgres://u:${PW}@h/db"),
            ("postgres://u:${PW:-secret}@h/db", "postgres://u:****@h/db"),
            ("a postgres://u:x1@h b mysql://v:y2@i", "a postgres://u:****@h b mysql://v:****@i"),
            ("postgres:u:secret@h/db", "postgres:u:****@h/db"),
            ("postgre:/u:secret@h/db", "postgre:/u:****@h/db"),
            ("error: --from: no: really", "error: --from: no: really"),
            ("nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(hide_passwords(text), hidden);
        }
    }

    #[test]
    fn the_span_moves_with_the_text() {
        let text = "a = \"postgres://u:longsecret@h/db\" # here\nb = 1\n";
        let place = Excerpt::new("seed.toml", text, text.find("here").map_or(0..0, |at| at..at + 4), "");
        assert_eq!(&place.text()[place.span()], "here");
        let place = Excerpt::new("seed.toml", text, text.find("b = 1").map_or(0..0, |at| at..at + 1), "");
        assert_eq!(place.to_string(), "seed.toml:2:1");
    }

    proptest::proptest! {
        #[test]
        fn any_span_of_any_text_is_a_place(text in ".*", start in 0usize..200, length in 0usize..50) {
            let place = Excerpt::new("f", &text, start..start + length, "");
            let _ = &place.text()[place.span()];
            let _ = place.to_string();
        }

        #[test]
        fn a_password_never_survives(user in "[a-z]{0,8}", password in "[!-~]{6,20}", host in "[a-z]{1,8}") {
            let shown = hide_passwords(&format!("url = \"postgres://{user}:{password}@{host}/db\""));
            proptest::prop_assert!(is_variable(&password) || !shown.contains(&password), "{}", shown);
        }
    }
}
