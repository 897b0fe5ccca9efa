//! Defaults that are plain values.

use super::Column;

impl Column {
    /// The value of a default that is a literal, without its quotes and its cast; `None` for NULL, functions and the empty text.
    pub fn plain_default(&self) -> Option<String> {
        literal(self.default.as_deref()?.trim())
    }
}

fn literal(text: &str) -> Option<String> {
    let text = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text).trim();
    let inside = match text.strip_prefix('\'') {
        Some(rest) => quoted(rest)?,
        None => {
            let plain = text.split("::").next().unwrap_or(text).trim_matches(['(', ')', ' ']);
            let is_number = plain.parse::<f64>().is_ok();
            let is_boolean = ["true", "false"].contains(&plain.to_lowercase().as_str());
            (is_number || is_boolean).then(|| plain.to_lowercase())?
        }
    };
    (!inside.is_empty()).then_some(inside)
}

/// What stands before the closing quote, where nothing but a cast follows it.
fn quoted(rest: &str) -> Option<String> {
    let (mut value, mut signs) = (String::new(), rest.chars().peekable());
    while let Some(sign) = signs.next() {
        match sign {
            '\'' if signs.peek() == Some(&'\'') => {
                signs.next();
                value.push('\'');
            }
            '\'' => {
                let after: String = signs.collect();
                return (after.is_empty() || after.starts_with("::")).then_some(value);
            }
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn literals_of_all_dialects() {
        assert_eq!(literal("'it''s'::character varying"), Some("it's".into()));
        assert_eq!(literal("(-1)"), Some("-1".into()));
        assert_eq!(literal("'0'::smallint"), Some("0".into()));
        assert_eq!(literal("false"), Some("false".into()));
        assert_eq!(literal("NULL::character varying"), None);
        assert_eq!(literal("''"), None);
        assert_eq!(literal("now()"), None);
        assert_eq!(literal("'a' || 'b'"), None);
    }
}
