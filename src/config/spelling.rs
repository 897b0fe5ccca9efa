//! The two values of `seed.toml` that may be written in more than one way.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// `"email"`, or `{ range = { min = 18, max = 90 } }`.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorSpelling {
    /// The generator's name.
    pub name: String,
    /// Its parameters.
    pub parameters: toml::Table,
}

/// `"users.id"`, `["lines.order_id", "lines.position"]` or `"lines.(order_id, position)"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationEnd {
    /// The table, with its schema where one was written.
    pub table: String,
    /// The columns.
    pub columns: Vec<String>,
}

impl<'de> Deserialize<'de> for GeneratorSpelling {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Spelling;
        impl<'de> Visitor<'de> for Spelling {
            type Value = GeneratorSpelling;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a generator: \"email\", or { range = { min = 18, max = 90 } }")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(GeneratorSpelling { name: name.to_owned(), parameters: toml::Table::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let one = || {
                    de::Error::custom("a column has one generator, as in { range = { min = 18, max = 90 } }")
                };
                let (name, parameters) = map.next_entry::<String, toml::Table>()?.ok_or_else(one)?;
                match map.next_key::<String>()? {
                    None => Ok(GeneratorSpelling { name, parameters }),
                    Some(_) => Err(one()),
                }
            }
        }
        deserializer.deserialize_any(Spelling)
    }
}

impl<'de> Deserialize<'de> for RelationEnd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct End;
        impl<'de> Visitor<'de> for End {
            type Value = RelationEnd;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"table.column\", [\"table.a\", \"table.b\"] or \"table.(a, b)\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                RelationEnd::parse(text).map_err(de::Error::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut whole: Option<RelationEnd> = None;
                while let Some(text) = list.next_element::<String>()? {
                    let end = RelationEnd::parse(&text).map_err(de::Error::custom)?;
                    match &mut whole {
                        None => whole = Some(end),
                        Some(whole) if whole.table == end.table => whole.columns.extend(end.columns),
                        Some(whole) => {
                            return Err(de::Error::custom(format!(
                                "the columns of one end are in one table, not in `{}` and `{}`",
                                whole.table, end.table
                            )));
                        }
                    }
                }
                whole.ok_or_else(|| de::Error::invalid_length(0, &self))
            }
        }
        deserializer.deserialize_any(End)
    }
}

impl RelationEnd {
    /// Reads `table.column`, `schema.table.column` or `table.(a, b)`. Names with dots or blanks are put in double
    /// quotes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not of the form `table.column` or `table.(a, b)`");
        let (table, columns) = match text.trim().strip_suffix(')') {
            Some(rest) => {
                let (table, list) = rest.rsplit_once(".(").ok_or_else(wrong)?;
                let columns: Option<Vec<String>> = list
                    .split(',')
                    .map(|name| dotted(name).filter(|parts| parts.len() == 1)?.pop())
                    .collect();
                (dotted(table).ok_or_else(wrong)?, columns.ok_or_else(wrong)?)
            }
            None => {
                let mut parts = dotted(text).ok_or_else(wrong)?;
                let column = parts.pop().ok_or_else(wrong)?;
                (parts, vec![column])
            }
        };
        if table.is_empty() { Err(wrong()) } else { Ok(Self { table: table.join("."), columns }) }
    }
}

impl fmt::Display for RelationEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.columns.as_slice() {
            [column] => write!(f, "{}.{column}", self.table),
            columns => write!(f, "{}.({})", self.table, columns.join(", ")),
        }
    }
}

/// The parts of a dotted name, quotes taken off; `None` where a part is empty or a quote is open.
fn dotted(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest[..end].trim(), &rest[end..])
            }
        };
        if part.is_empty() || part.contains(['"', '(', ')']) {
            return None;
        }
        parts.push(part.to_owned());
        match after.trim_start() {
            "" => return Some(parts),
            after => rest = after.strip_prefix('.')?.trim_start(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read_in_all_their_forms() {
        let read = |text: &str| RelationEnd::parse(text).map(|end| (end.table, end.columns.join("|")));
        let end = |table: &str, columns: &str| Ok((table.to_owned(), columns.to_owned()));
        assert_eq!(read("users.id"), end("users", "id"));
        assert_eq!(read("sales.orders.id"), end("sales.orders", "id"));
        assert_eq!(read("lines.(order_id, position)"), end("lines", "order_id|position"));
        assert_eq!(read("sales.lines.( a , \"b c\" )"), end("sales.lines", "a|b c"));
        assert_eq!(read("\"sales.orders\".\"the.id\""), end("sales.orders", "the.id"));
        for wrong in ["users", "", ".", "users.", ".id", "t.()", "t.(a,)", "t.(a.b)", "\"t.a", "(a, b)"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in ".*") {
            let _ = RelationEnd::parse(&text);
        }
    }
}
