//! Unique keys over expressions that only fold the letters of columns: `lower(email), tenant_id`.

use super::{DataType, Table, UniqueKey};

/// Words of such expressions that are no columns: functions under which texts that differ otherwise stay different, and types.
pub(super) const WORDS: &[&str] = &[
    "lower",
    "upper",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "text",
    "varchar",
    "character",
    "varying",
    "bpchar",
    "char",
    "collate",
    "nocase",
    "default",
];

/// Letters with marks, behind the letter that they count as where accents make no difference.
const MARKED: &[&str] = &[
    "aàáâãäåāăą",
    "cçćĉċč",
    "dďđ",
    "eèéêëēĕėęě",
    "gĝğġģ",
    "hĥħ",
    "iìíîïĩīĭįı",
    "jĵ",
    "kķ",
    "lĺļľŀł",
    "nñńņňŉ",
    "oòóôõöøōŏő",
    "rŕŗř",
    "sśŝşšß",
    "tţťŧ",
    "uùúûüũūŭůűų",
    "wŵ",
    "yýÿŷ",
    "zźżž",
];

impl UniqueKey {
    /// Whether it is over an expression that looks at no column (`((true))`): at most one row, of those it is about, keeps it.
    pub fn admits_one_row(&self, table: &Table) -> bool {
        self.columns.is_empty()
            && self.expression.as_deref().is_some_and(|text| {
                let mut words = text.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
                !text.contains(['"', '`']) && words.all(|word| table.column_index(word).is_none())
            })
    }

    /// The columns that the key tells apart: its own, or those of an expression that only folds letters. `None` where the
    /// expression does more.
    pub fn told_apart(&self, table: &Table) -> Option<Vec<usize>> {
        let Some(expression) = self.expression.as_deref() else { return Some(self.columns.clone()) };
        let mut columns = Vec::new();
        let mut rest = expression;
        while let Some(sign) = rest.chars().next() {
            if sign == '"' || sign == '`' {
                let (name, after) = rest[1..].split_once(sign)?;
                let column = table.column_index(name)?;
                columns.push(column);
                rest = behind_beginning(after, &table.columns[column].data_type);
            } else if sign.is_alphanumeric() || sign == '_' {
                let end =
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
                let word = &rest[..end];
                rest = &rest[end..];
                let column = table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(word));
                match column.filter(|_| !rest.starts_with('(')) {
                    Some(column) => columns.push(column),
                    None if WORDS.contains(&word.to_lowercase().as_str()) => {}
                    None => return None,
                }
            } else if "(),: \n\t".contains(sign) {
                rest = &rest[sign.len_utf8()..];
            } else {
                return None;
            }
        }
        columns.dedup();
        (!columns.is_empty()).then_some(columns)
    }
}

/// What follows a column of which a key takes so many letters or bytes (`address`(255)), if these are all that it can have; else the rest as
/// it is.
fn behind_beginning<'a>(rest: &'a str, data_type: &DataType) -> &'a str {
    let (DataType::Text { max: Some(max), .. } | DataType::Bytes { max: Some(max) }) = data_type else {
        return rest;
    };
    let beginning = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    match beginning {
        Some((length, after)) if length.parse::<u32>().is_ok_and(|length| length >= *max) => after,
        _ => rest,
    }
}

/// A text as a comparison sees it that ignores case, accents and blanks at the end.
pub fn fold(text: &str) -> String {
    let plain = |letter: char| {
        let found = MARKED.iter().find(|marked| !letter.is_ascii() && marked.contains(letter));
        found.and_then(|marked| marked.chars().next()).unwrap_or(letter)
    };
    text.trim_end().chars().flat_map(char::to_lowercase).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_fold_name_their_columns() {
        let text = serde_json::json!({ "text": { "max": null, "fixed": false } });
        let column = |name: &str| serde_json::json!({ "name": name, "data_type": text, "native": "text", "nullable": true });
        let mut columns: Vec<_> = ["email", "unit price", "a"].into_iter().map(column).collect();
        let bytes = serde_json::json!({ "bytes": { "max": 255 } });
        columns.push(serde_json::json!({ "name": "address", "data_type": bytes, "native": "tinyblob", "nullable": true }));
        let table = serde_json::json!({ "name": { "name": "t" }, "columns": columns });
        let table: Table = serde_json::from_value(table).expect("a table");
        let columns = |expression: &str| {
            let key = UniqueKey {
                name: None,
                columns: Vec::new(),
                predicate: None,
                expression: Some(expression.to_owned()),
                nulls_distinct: true,
                constraint: false,
            };
            key.told_apart(&table)
        };
        assert_eq!(columns("lower((email)::text), a"), Some(vec![0, 2]));
        assert_eq!(columns("upper(\"unit price\")"), Some(vec![1]));
        assert_eq!(columns("a COLLATE NOCASE"), Some(vec![2]));
        assert_eq!(columns("`address`(255), a"), Some(vec![3, 2]));
        assert_eq!(columns("`address`(20), a"), None);
        assert_eq!(columns("coalesce(a, '')"), None);
        assert_eq!(columns("date_trunc('day'::text, a)"), None);
        assert_eq!(columns("a + 1"), None);
    }

    #[test]
    fn letters_fold() {
        assert_eq!(fold("Ünïté  "), "unite");
    }
}
