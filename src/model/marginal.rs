//! One column's distribution.
//!
//! Ordered values are counted in whole units: integers as they are, decimals as multiples of 10^-scale, days since
//! 1970-01-01, microseconds of the day, microseconds since 1970-01-01 00:00 (UTC where zoned). Floats stay floats.

use super::{DigitPairs, Rhythm};
use serde::{Deserialize, Serialize};

/// How the non-NULL values of a column are distributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marginal {
    /// No value was seen.
    Empty,
    /// Numbers, days and times in whole units.
    Integers(Ordered<i64>),
    /// Floating-point numbers.
    Floats(Ordered<f64>),
    /// Values that repeat: booleans (`true`, `false`), enum labels, short texts.
    Categories(Categories),
    /// Texts that do not repeat: only their shape is known.
    Text(TextShape),
    /// JSON arrays as [`DataType::Array`](crate::schema::DataType::Array) carries them.
    List(Box<ListShape>),
    /// JSON documents: only keys that many documents share are known. An object's keys in order, each with the share of documents that
    /// have it; anything else is `Empty` inside.
    Json(JsonShape),
    /// Bytes: only their lengths are known.
    Bytes {
        /// Lengths in bytes.
        lengths: Ordered<i64>,
    },
}

/// A distribution over ordered values: segments in ascending order, without overlap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Clone + Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct Ordered<T> {
    /// Point masses (`low == high`) and bins. Within a bin values are uniform on the grid.
    pub segments: Vec<Segment<T>>,
    /// The distance between neighbouring values inside bins: 1, 5, 100, 86_400_000_000 for integers; for floats the
    /// power of ten that all values are multiples of, or 0 where there is none.
    pub step: T,
    /// A value the grid passes through (0 for most columns).
    pub offset: T,
    /// Which pairs of decimal digits occur, where few do: dates as numbers have no month 13 and no day 32.
    #[serde(default, skip_serializing_if = "DigitPairs::is_empty")]
    pub pairs: DigitPairs,
    /// Of days and times: how the days of the week and the hours of the day are filled inside bins.
    #[serde(default, skip_serializing_if = "Rhythm::is_empty")]
    pub rhythm: Rhythm,
}

impl<T> Ordered<T> {
    /// Segments on a grid.
    pub fn new(segments: Vec<Segment<T>>, step: T, offset: T) -> Self {
        Self { segments, step, offset, pairs: DigitPairs::default(), rhythm: Rhythm::default() }
    }
}

/// A stretch of values and the rows that fall in it. Written as `[low, high, rows]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(
    from = "(T, T, u64)",
    into = "(T, T, u64)",
    bound(serialize = "T: Clone + Serialize", deserialize = "T: Deserialize<'de>")
)]
pub struct Segment<T> {
    /// The smallest value, on the grid.
    pub low: T,
    /// The greatest value, on the grid.
    pub high: T,
    /// Rows of the sample in it.
    pub rows: u64,
}

impl<T> From<(T, T, u64)> for Segment<T> {
    fn from((low, high, rows): (T, T, u64)) -> Self {
        Self { low, high, rows }
    }
}

impl<T> From<Segment<T>> for (T, T, u64) {
    fn from(segment: Segment<T>) -> Self {
        (segment.low, segment.high, segment.rows)
    }
}

/// A distribution over values that repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Categories {
    /// Values shared by at least k subjects with their rows, most frequent first, ties by value.
    pub values: Vec<(String, u64)>,
    /// Rows whose value is shared by fewer subjects.
    pub rare_rows: u64,
    /// How many such values there are.
    pub rare_values: u64,
    /// The shape of those values. `None` where the set of values is closed (boolean, enum, CHECK … IN); the rare rows are then
    /// spread over `values`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rare_shape: Option<TextShape>,
}

/// The shape of texts, from which new ones are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextShape {
    /// Patterns that at least k subjects share, most frequent first; empty for prose.
    pub patterns: Vec<Pattern>,
    /// Rows that follow none of the patterns and are made of words instead.
    pub prose_rows: u64,
    /// Lengths in characters.
    pub lengths: Ordered<i64>,
    /// Words per text.
    pub words: Ordered<i64>,
    /// Rows whose words all begin with a capital, rows in capitals, rows in small letters, all others.
    pub cases: [u64; 4],
}

/// A pattern such as `AB-####`: runs of character classes and shared literals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// The runs, in order.
    pub parts: Vec<Part>,
    /// Rows that follow it.
    pub rows: u64,
}

/// One run of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// These very characters, shared by at least k subjects.
    Literal(String),
    /// So many digits; the first one is not 0 if `true`.
    Digits(u16, bool),
    /// So many letters A–Z.
    Upper(u16),
    /// So many letters a–z.
    Lower(u16),
    /// So many letters of either case.
    Letters(u16),
    /// So many hexadecimal digits, in small letters.
    Hex(u16),
    /// So many letters and digits.
    Alphanumeric(u16),
}

/// The shape of lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListShape {
    /// Elements per list.
    pub lengths: Ordered<i64>,
    /// The elements, over all lists.
    pub elements: Marginal,
    /// Whether no list holds an element twice.
    pub distinct: bool,
    /// Whether elements are written as JSON strings (else as bare numbers or booleans).
    pub quoted: bool,
}

/// The shape of JSON documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonShape {
    /// An object: its keys that at least k subjects share, in order of first appearance by name.
    Object(Vec<JsonKey>),
    /// An array.
    Array {
        /// Elements per array.
        lengths: Ordered<i64>,
        /// The elements' shape.
        element: Box<JsonShape>,
    },
    /// A value that is neither.
    Scalar(Box<Marginal>, JsonScalar),
}

/// One key of a JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JsonKey {
    /// The key.
    pub key: String,
    /// Objects that have it.
    pub present: u64,
    /// Objects in all.
    pub objects: u64,
    /// What it holds.
    pub value: JsonShape,
}

/// How a JSON scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonScalar {
    /// In quotes.
    String,
    /// As a number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
}

/// How the values of a unique ordered column are spread: sorted ascending, value number `i` is `i + gap(i)`, where the
/// gap never falls. Distinctness then needs no memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueIntegers {
    /// `value(i) − i` (in units of `step`) at equally spaced ranks from the first row to the last; never falling. Both ends are
    /// rounded so that no source value is disclosed.
    pub gaps: Vec<i64>,
    /// The rows over which the gaps were taken.
    pub rows: u64,
    /// The distance between neighbouring possible values.
    pub step: i64,
    /// A value the grid passes through.
    pub offset: i64,
    /// Whether values rise with the order of the rows, as serial numbers do.
    pub serial: bool,
}

impl<T> Ordered<T> {
    /// Rows in all segments.
    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }
}
