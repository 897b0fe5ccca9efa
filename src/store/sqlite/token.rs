//! Tokens of SQLite's SQL: just enough to find one's way through a `CREATE` statement.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bare word: a keyword or an unquoted name.
    Word,
    /// A name in `"…"`, `[…]` or `` `…` ``.
    Quoted,
    /// A string in `'…'`.
    String,
    /// A number.
    Number,
    /// Any other single character.
    Symbol(char),
}

/// One token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its text; of quoted names and strings the text inside the quotes, with doubled quotes undone.
    pub(super) text: String,
    /// The byte at which it starts.
    pub(super) start: usize,
    /// The byte behind its end.
    pub(super) end: usize,
}

impl Token {
    /// Whether it is this keyword (in capitals). A quoted name is never a keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether it is this character.
    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    /// Whether it can be a name. SQLite takes strings as names too.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted | Kind::String)
    }
}

/// The tokens of a statement, without blanks and comments. Takes any text; what is left open runs to the end.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let length = match first {
            _ if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |inner| inner + 4),
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let (kind, text, length) = token(rest, first);
                found.push(Token { kind, text, start: at, end: at + length });
                length
            }
        };
        at += length;
    }
    found
}

/// The token at the head of `rest`, whose first character is `first`: kind, text, length in bytes.
fn token(rest: &str, first: char) -> (Kind, String, usize) {
    match first {
        '\'' => delimited(rest, Kind::String, '\''),
        '"' | '`' => delimited(rest, Kind::Quoted, first),
        '[' => {
            let end = rest.find(']').map_or(rest.len(), |end| end + 1);
            (Kind::Quoted, rest[1..end].trim_end_matches(']').to_owned(), end)
        }
        _ if first.is_ascii_digit() => {
            let end = word_end(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
            (Kind::Number, rest[..end].to_owned(), end)
        }
        _ if is_word_start(first) => {
            let end = word_end(rest, |c| is_word_start(c) || c.is_ascii_digit() || c == '$');
            (Kind::Word, rest[..end].to_owned(), end)
        }
        _ => (Kind::Symbol(first), first.to_string(), first.len_utf8()),
    }
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn word_end(rest: &str, inside: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !inside(c)).unwrap_or(rest.len())
}

/// Text between two equal quotes, in which the quote itself is written twice.
fn delimited(rest: &str, kind: Kind, quote: char) -> (Kind, String, usize) {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            text.push(c);
        } else if characters.next_if(|&(_, next)| next == quote).is_some() {
            text.push(quote);
        } else {
            return (kind, text, at + quote.len_utf8());
        }
    }
    (kind, text, rest.len())
}
