//! Which [`DataType`] a declared SQLite type stands for by convention, and what the stored values make of it.
//!
//! SQLite lets any value into any column (but for STRICT tables), so the declared type is only a claim.

use crate::schema::DataType;

/// SQLite's five column affinities; they decide what happens to a value on its way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    /// Whole numbers where possible.
    Integer,
    /// Text, numbers turned into it.
    Text,
    /// No conversion.
    Blob,
    /// Floating point.
    Real,
    /// Numbers where the text looks like one.
    Numeric,
}

/// The affinity of a declared type, by the five rules of SQLite's documentation, in their order.
pub(super) fn affinity(native: &str) -> Affinity {
    let name = native.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["INT"]) {
        Affinity::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if has(&["BLOB"]) || name.trim().is_empty() {
        Affinity::Blob
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// What a declared type claims; `None` where only the content can tell.
pub(super) fn claim(native: &str) -> Option<DataType> {
    let upper = native.to_ascii_uppercase();
    if upper.contains("[]") {
        return None;
    }
    let (words, arguments) = split(&upper);
    let unsigned = words.contains("UNSIGNED");
    let base = words.replace("UNSIGNED", "").replace("SIGNED", "");
    let base = base.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = arguments.first().copied();
    let integer = |bits| Some(DataType::Integer { bits, unsigned: unsigned && bits < 64 });
    match base.as_str() {
        "BOOL" | "BOOLEAN" => Some(DataType::Boolean),
        "TINYINT" | "BIT" if first == Some(1) => Some(DataType::Boolean),
        "TINYINT" | "INT1" => integer(8),
        "SMALLINT" | "INT2" | "YEAR" => integer(16),
        "MEDIUMINT" | "INT3" => integer(24),
        "INT" | "INT4" => integer(32),
        "DECIMAL" | "NUMERIC" | "NUMBER" | "DEC" => Some(decimal(&arguments)),
        "DATE" => Some(DataType::Date),
        "TIME" | "TIME WITHOUT TIME ZONE" => Some(DataType::Time),
        "DATETIME" | "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => {
            Some(DataType::Timestamp { zoned: false })
        }
        "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" | "DATETIMEOFFSET" => {
            Some(DataType::Timestamp { zoned: true })
        }
        "UUID" | "GUID" | "UNIQUEIDENTIFIER" => Some(DataType::Uuid),
        "JSON" | "JSONB" => Some(DataType::Json),
        "BINARY" | "VARBINARY" | "BYTEA" => Some(DataType::Bytes { max: first }),
        _ => match affinity(&base) {
            Affinity::Integer => integer(64),
            Affinity::Text => {
                let fixed = matches!(base.as_str(), "CHAR" | "NCHAR" | "CHARACTER") && first.is_some();
                Some(DataType::Text { max: first, fixed })
            }
            Affinity::Blob if base.is_empty() => None,
            Affinity::Blob => Some(DataType::Bytes { max: first }),
            Affinity::Real => Some(DataType::Float { bits: 64 }),
            Affinity::Numeric => None,
        },
    }
}

/// The words of a type, and the numbers in its parentheses.
fn split(native: &str) -> (String, Vec<u32>) {
    let Some((before, rest)) = native.split_once('(') else { return (native.trim().to_owned(), Vec::new()) };
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    let arguments = inside.split(',').map_while(|number| number.trim().parse().ok()).collect();
    (format!("{} {}", before.trim(), after.trim()).trim().to_owned(), arguments)
}

fn decimal(arguments: &[u32]) -> DataType {
    match *arguments {
        [precision @ 1..=38] => DataType::Decimal { precision: precision as u8, scale: 0 },
        [precision @ 1..=38, scale] if scale <= precision => {
            DataType::Decimal { precision: precision as u8, scale: scale as u8 }
        }
        _ => DataType::Numeric,
    }
}

/// What the stored values of a column look like: counts over the values that are not NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// NULLs.
    pub(super) nulls: i64,
    /// Values of the storage class INTEGER.
    pub(super) integers: i64,
    /// Values of the storage class REAL.
    pub(super) reals: i64,
    /// Values of the storage class TEXT.
    pub(super) texts: i64,
    /// Values of the storage class BLOB.
    pub(super) blobs: i64,
    /// The least integer.
    pub(super) least: i64,
    /// The greatest integer.
    pub(super) greatest: i64,
    /// The greatest length of a text in characters, or of a blob in bytes.
    pub(super) longest: i64,
    /// Numbers that are exact in the claimed decimal type (or, without one, in 15 digits).
    pub(super) exact: i64,
    /// Texts that are days.
    pub(super) dates: i64,
    /// Texts that are a day and a time.
    pub(super) timestamps: i64,
    /// Of those, the ones with a zone.
    pub(super) zoned: i64,
    /// Of those, the ones written as this program writes them, without a zone.
    pub(super) plain: i64,
    /// Texts that are times of day.
    pub(super) times: i64,
    /// Texts that are UUIDs.
    pub(super) uuids: i64,
    /// Texts that are JSON.
    pub(super) documents: i64,
}

impl Content {
    /// Values that are not NULL.
    pub(super) fn values(&self) -> i64 {
        self.integers + self.reals + self.texts + self.blobs
    }

    fn temporal(&self) -> Option<DataType> {
        let values = self.values();
        match () {
            () if self.dates == values => Some(DataType::Date),
            () if self.dates + self.timestamps == values => {
                Some(DataType::Timestamp { zoned: self.zoned > 0 })
            }
            () if self.times == values => Some(DataType::Time),
            () => None,
        }
    }

    /// The type of a column whose declaration says nothing, or something else than its values.
    fn by_storage(&self) -> DataType {
        let values = self.values();
        if self.integers == values {
            DataType::Integer { bits: 64, unsigned: false }
        } else if self.integers + self.reals == values {
            DataType::Float { bits: 64 }
        } else if self.texts == values {
            DataType::Text { max: None, fixed: false }
        } else if self.blobs > 0 {
            DataType::Bytes { max: None }
        } else {
            DataType::Other
        }
    }
}

/// The type of a column: the claim where the values bear it out, else what the values are.
///
/// `may_be_temporal`: whether a TEXT column full of days or times may be taken for what it holds (the declared type
/// that SQLite's documentation recommends for them is TEXT).
pub(super) fn settle(native: &str, content: &Content, may_be_temporal: bool) -> DataType {
    let claim = claim(native);
    let values = content.values();
    if values == 0 {
        return claim.unwrap_or(match affinity(native) {
            Affinity::Numeric => DataType::Numeric,
            _ => DataType::Text { max: None, fixed: false },
        });
    }
    let numbers = content.integers + content.reals;
    let kept = match &claim {
        Some(DataType::Boolean) => {
            (content.integers == values && content.least >= 0 && content.greatest <= 1)
                .then_some(DataType::Boolean)
        }
        Some(DataType::Integer { .. }) if content.integers == values => {
            Some(fitting_integer(claim.as_ref(), content))
        }
        Some(DataType::Decimal { .. } | DataType::Numeric) => {
            (numbers == values && content.exact == values).then(|| claim.clone()).flatten()
        }
        Some(DataType::Float { .. }) => (numbers == values).then(|| claim.clone()).flatten(),
        Some(DataType::Text { max, fixed }) => text(content, *max, *fixed, may_be_temporal),
        Some(DataType::Bytes { max }) if content.blobs == values => {
            Some(DataType::Bytes { max: max.filter(|&max| content.longest <= i64::from(max)) })
        }
        Some(DataType::Uuid) => (content.uuids == values).then_some(DataType::Uuid),
        Some(DataType::Json) => (content.documents + numbers == values).then_some(DataType::Json),
        Some(DataType::Date | DataType::Time | DataType::Timestamp { .. }) | None => content.temporal(),
        _ => None,
    };
    kept.unwrap_or_else(|| content.by_storage())
}

fn fitting_integer(claim: Option<&DataType>, content: &Content) -> DataType {
    let fits = |claim: &&DataType| {
        claim.integer_range().is_some_and(|(low, high)| content.least >= low && content.greatest <= high)
    };
    claim.filter(fits).cloned().unwrap_or(DataType::Integer { bits: 64, unsigned: false })
}

fn text(content: &Content, max: Option<u32>, fixed: bool, may_be_temporal: bool) -> Option<DataType> {
    let values = content.values();
    if content.texts != values {
        return None;
    }
    if may_be_temporal && content.dates == values {
        return Some(DataType::Date);
    }
    if may_be_temporal && content.plain == values {
        return Some(DataType::Timestamp { zoned: false });
    }
    let max = max.filter(|&max| content.longest <= i64::from(max));
    Some(DataType::Text { max, fixed: fixed && max.is_some() })
}
