//! `${VAR}` and `${VAR:-default}` in the addresses of `seed.toml`.

/// Why a text could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpansionError {
    /// The part of the text that is wrong, as it stands there.
    pub(crate) part: String,
    /// The fact.
    pub(crate) message: String,
    /// The remedy.
    pub(crate) hint: String,
}

/// Replaces the variables of a text by what `lookup` knows of them. A variable that is empty counts as missing.
pub(crate) fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, ExpansionError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('}') else {
            return Err(ExpansionError {
                part: "${".to_owned(),
                message: "`${` is not closed by `}`".to_owned(),
                hint: "write `${NAME}`, or `${NAME:-default}`".to_owned(),
            });
        };
        let part = &rest[start..=start + length];
        let inside = &part[2..part.len() - 1];
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        out.push_str(&value(part, name, default, lookup)?);
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn value(
    part: &str,
    name: &str,
    default: Option<&str>,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, ExpansionError> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !starts_well || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(ExpansionError {
            part: part.to_owned(),
            message: "this is not the name of an environment variable".to_owned(),
            hint: "a name has letters, digits and `_`, as in `${STAGING_URL}`".to_owned(),
        });
    }
    match (lookup(name).filter(|value| !value.is_empty()), default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(ExpansionError {
            part: part.to_owned(),
            message: format!("the environment variable `{name}` is not set"),
            hint: format!("set it (`export {name}=…`), or give a default: `${{{name}:-…}}`"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let lookup = |name: &str| match name {
            "HOST" => Some("db.example".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        expand(text, &lookup).map_err(|error| error.message)
    }

    #[test]
    fn variables_are_replaced() {
        assert_eq!(expanded("postgres://${HOST}/x").as_deref(), Ok("postgres://db.example/x"));
        assert_eq!(expanded("${NONE:-a}${EMPTY:-b}${HOST:-c}").as_deref(), Ok("abdb.example"));
        assert_eq!(expanded("plain $5 {x}").as_deref(), Ok("plain $5 {x}"));
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(expanded("${EMPTY}").unwrap_err(), "the environment variable `EMPTY` is not set");
        assert_eq!(expanded("${HOST").unwrap_err(), "`${` is not closed by `}`");
        assert_eq!(expanded("${A B}").unwrap_err(), "this is not the name of an environment variable");
        assert_eq!(expanded("${}").unwrap_err(), "this is not the name of an environment variable");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in ".*") {
            let _ = expand(&text, &|_| None);
        }
    }
}
