//! One column's type and default, from the catalog's text.

use crate::schema::DataType;

/// What `information_schema.COLUMNS` says about a column's type.
#[derive(Debug, Clone, Default)]
pub(super) struct Declared {
    /// `DATA_TYPE`: the bare name, `varchar`.
    pub(super) name: String,
    /// `COLUMN_TYPE`: the whole spelling, `varchar(40)`.
    pub(super) spelling: String,
    /// `CHARACTER_MAXIMUM_LENGTH`: characters, or bytes for binary types.
    pub(super) length: Option<u64>,
    /// `NUMERIC_PRECISION`.
    pub(super) precision: Option<u64>,
    /// `NUMERIC_SCALE`.
    pub(super) scale: Option<u64>,
}

/// The logical type of a column.
pub(super) fn data_type(declared: &Declared) -> DataType {
    let spelling = declared.spelling.to_ascii_lowercase();
    let unsigned = spelling.contains("unsigned");
    let integer = |bits| DataType::Integer { bits, unsigned };
    let max = declared.length.and_then(|length| u32::try_from(length).ok());
    match declared.name.to_ascii_lowercase().as_str() {
        "tinyint" if spelling == "tinyint(1)" => DataType::Boolean,
        "tinyint" => integer(8),
        "smallint" => integer(16),
        "mediumint" => integer(24),
        "int" | "integer" => integer(32),
        "bigint" if unsigned => DataType::Decimal { precision: 20, scale: 0 },
        "bigint" => integer(64),
        "year" => DataType::Integer { bits: 16, unsigned: true },
        "bit" if declared.precision == Some(1) => DataType::Boolean,
        "decimal" | "numeric" => decimal(declared),
        "float" => DataType::Float { bits: 32 },
        "double" | "real" => DataType::Float { bits: 64 },
        "char" => DataType::Text { max, fixed: true },
        "varchar" => DataType::Text { max, fixed: false },
        "tinytext" | "text" | "mediumtext" => DataType::Text { max, fixed: false },
        "longtext" => DataType::Text { max: None, fixed: false },
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" => DataType::Bytes { max },
        "longblob" => DataType::Bytes { max: None },
        "date" => DataType::Date,
        "time" => DataType::Time,
        "datetime" => DataType::Timestamp { zoned: false },
        "timestamp" => DataType::Timestamp { zoned: true },
        "json" => DataType::Json,
        "uuid" => DataType::Uuid,
        "enum" => DataType::Enum { name: None, labels: labels(&declared.spelling) },
        _ => DataType::Other,
    }
}

fn decimal(declared: &Declared) -> DataType {
    let precision = declared.precision.and_then(|digits| u8::try_from(digits).ok());
    let scale = declared.scale.and_then(|digits| u8::try_from(digits).ok());
    match (precision, scale) {
        (Some(precision @ 1..=38), Some(scale)) => DataType::Decimal { precision, scale },
        _ => DataType::Numeric,
    }
}

/// The labels of `enum('a','it''s')`, unquoted.
pub(super) fn labels(spelling: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut rest = spelling;
    while let Some(start) = rest.find('\'') {
        let mut label = String::new();
        let mut characters = rest[start + 1..].char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                label.push(character);
            } else if characters.next_if(|&(_, next)| next == '\'').is_some() {
                label.push('\'');
            } else {
                end = start + 1 + at + 1;
                break;
            }
        }
        labels.push(label);
        rest = &rest[end..];
    }
    labels
}

/// Whether a unique key takes two values of this collation for one although they differ in case or accents (and, in
/// most collations, in trailing blanks). Binary collations that only ignore trailing blanks do not count: on another
/// engine the column would become case-insensitive, and values that differ in case would collide there.
pub(super) fn is_loose(collation: &str) -> bool {
    !(collation == "binary" || collation.ends_with("_bin") || collation.ends_with("_as_cs"))
}

/// A default as an SQL expression. MariaDB stores it as one; MySQL stores literals bare and marks expressions.
pub(super) fn default_expression(
    quotes_literals: bool,
    stored: Option<String>,
    extra: &str,
    data_type: &DataType,
) -> Option<String> {
    let stored = stored?;
    if quotes_literals {
        // A sequence of MariaDB is an object of its own, which is not carried over.
        let useless = stored.eq_ignore_ascii_case("null") || stored.to_ascii_lowercase().contains("nextval(");
        return (!useless).then_some(stored);
    }
    let lower = stored.to_ascii_lowercase();
    if lower.starts_with("current_timestamp") || lower.starts_with("b'") || lower.starts_with("0x") {
        return Some(stored);
    }
    if extra.to_ascii_uppercase().contains("DEFAULT_GENERATED") {
        return Some(format!("({})", unescaped(&stored)));
    }
    let is_number = matches!(
        data_type,
        DataType::Boolean
            | DataType::Integer { .. }
            | DataType::Decimal { .. }
            | DataType::Numeric
            | DataType::Float { .. }
    );
    if is_number {
        return Some(stored);
    }
    Some(format!("'{}'", stored.replace('\\', "\\\\").replace('\'', "''")))
}

/// MySQL's catalogs give expressions with escaped quotes and with a character set before each literal:
/// `(\`a\` <> _utf8mb4\'z\')`. This is the expression as `SHOW CREATE TABLE` would print it.
pub(super) fn unescaped(expression: &str) -> String {
    let text =
        if expression.contains("\\'") { expression.replace("\\'", "'") } else { expression.to_owned() };
    text.replace("_utf8mb4'", "'").replace("_utf8mb3'", "'").replace("_latin1'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_quotes_and_commas() {
        assert_eq!(labels("enum('x','it''s','b,c','')"), ["x", "it's", "b,c", ""]);
    }

    #[test]
    fn collations_that_blur_values() {
        for (collation, loose) in [
            ("utf8mb4_general_ci", true),
            ("utf8mb4_bin", false),
            ("utf8mb4_nopad_bin", false),
            ("utf8mb4_0900_ai_ci", true),
            ("utf8mb4_0900_bin", false),
            ("utf8mb4_0900_as_cs", false),
            ("latin1_general_cs", true),
            ("binary", false),
        ] {
            assert_eq!(is_loose(collation), loose, "{collation}");
        }
    }

    #[test]
    fn defaults_of_mysql_become_expressions() {
        let text = DataType::Text { max: Some(9), fixed: false };
        let number = DataType::Integer { bits: 32, unsigned: false };
        let of = |stored: &str, extra: &str, data_type: &DataType| {
            default_expression(false, Some(stored.to_owned()), extra, data_type)
        };
        assert_eq!(of("it's", "", &text).as_deref(), Some("'it''s'"));
        assert_eq!(of("7", "", &number).as_deref(), Some("7"));
        assert_eq!(
            of("CURRENT_TIMESTAMP(3)", "DEFAULT_GENERATED", &text).as_deref(),
            Some("CURRENT_TIMESTAMP(3)")
        );
        assert_eq!(
            of("concat(_utf8mb4\\'a\\',1)", "DEFAULT_GENERATED", &text).as_deref(),
            Some("(concat('a',1))")
        );
        assert_eq!(default_expression(true, Some("NULL".to_owned()), "", &text), None);
        assert_eq!(default_expression(true, Some("'NULL'".to_owned()), "", &text).as_deref(), Some("'NULL'"));
    }
}
