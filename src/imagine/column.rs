//! What a column holds that nobody has seen, by its type, its name, its default and its place in keys.

use super::{SAMPLE, lists, numbers};
use crate::model::{
    Categories, ColumnModel, ListShape, Marginal, Ordered, Part, Pattern, Segment, SemanticKind, TableModel,
    TextShape, UniqueIntegers,
};
use crate::schema::check::{Datum, Predicate, Restriction, mentions};
use crate::schema::words::{has_word, words_of};
use crate::schema::{Column, DataType, Schema, Table};

/// Rows in a hundred that have no value, where a column may be NULL.
const NULLS: u64 = 15;

/// The same for what comes late in the life of a row, or not at all.
const LATE_NULLS: u64 = 60;

const LATE: &[&str] = &[
    "deleted",
    "removed",
    "closed",
    "ended",
    "end",
    "finished",
    "cancelled",
    "canceled",
    "parent",
    "archived",
    "expires",
];

/// Words for texts of sentences.
const PROSE: &[&str] = &[
    "description",
    "comment",
    "note",
    "text",
    "body",
    "message",
    "content",
    "summary",
    "remark",
    "bio",
    "biography",
    "abstract",
    "annotation",
    "review",
    "reason",
    "details",
    "explanation",
];

const HASHES: &[&str] = &[
    "hash",
    "md5",
    "sha",
    "sha1",
    "sha256",
    "checksum",
    "digest",
    "fingerprint",
    "token",
    "signature",
    "etag",
    "nonce",
];

const CODES: &[&str] = &[
    "code",
    "key",
    "serial",
    "number",
    "reference",
    "ref",
    "sku",
    "ean",
    "barcode",
    "symbol",
    "tag",
    "abbreviation",
];

const PATHS: &[&str] = &["path", "file", "filename", "file_name", "directory", "dir", "folder"];

/// All columns of a table, and the NULLs among the rows over which shares are told.
pub(super) fn columns(
    schema: &Schema,
    table: usize,
    known: &TableModel,
    restrictions: &[Restriction],
) -> (Vec<ColumnModel>, Vec<u64>) {
    let this = &schema.tables[table];
    let predicates = super::predicates(schema, this);
    let described = this.columns.iter().zip(&known.columns).zip(restrictions).enumerate();
    described
        .map(|(index, ((column, known), restriction))| {
            let place = Place {
                table: this,
                index,
                checked: predicates.iter().any(|check| check.columns().contains(&index)),
            };
            let marginal = if column.generated.is_some() || place.in_foreign_key() {
                Marginal::Empty
            } else {
                marginal(column, known.semantic, restriction, place, &predicates)
            };
            let nulls = match place.may_be_null(restriction) {
                true if in_unread(schema, this, column) => SAMPLE,
                true => SAMPLE * share_of_nulls(column) / 100,
                false => 0,
            };
            let repeats =
                matches!(marginal, Marginal::Categories(_) | Marginal::Integers(_) | Marginal::Empty);
            let model = ColumnModel {
                name: column.name.clone(),
                nulls: 0,
                distinct: if repeats { 1 } else { SAMPLE - nulls },
                semantic: known.semantic,
                marginal,
                relative: None,
                unique: first_number(this, index, &predicates),
                discloses: "Nothing: it is made up.".to_owned(),
            };
            (model, nulls)
        })
        .unzip()
}

/// Whether a CHECK that is not understood looks at a column. It stays NULL then, which hardly any condition refuses; texts of
/// plain words are left as they are, because what conditions ask of texts is that they are tidy.
fn in_unread(schema: &Schema, table: &Table, column: &Column) -> bool {
    let unread =
        table.checks.iter().filter(|check| Predicate::of_check(schema.dialect, table, check).is_err());
    let mut expressions = unread.map(|check| check.expression.as_str());
    let names = |text: &str| mentions(text, &column.name);
    !matches!(column.data_type, DataType::Text { .. }) && expressions.any(names)
}

/// Keys are numbered from 1; beyond the numbers that a CHECK singles out, because these have a meaning.
fn first_number(table: &Table, index: usize, predicates: &[Predicate]) -> Option<UniqueIntegers> {
    let is_key = table.unique_keys().any(|key| key.columns == [index]);
    let singled = predicates.iter().filter(|check| check.columns().len() > 1);
    let numbers = singled.flat_map(|check| check.singled_out(index)).filter_map(|datum| match datum {
        Datum::Decimal(value, 0) => i64::try_from(value).ok(),
        _ => None,
    });
    let highest = numbers.max().filter(|_| is_key)?;
    Some(UniqueIntegers { gaps: vec![highest.max(0) + 1], rows: SAMPLE, step: 1, offset: 0, serial: true })
}

/// A column in its table.
#[derive(Clone, Copy)]
struct Place<'a> {
    table: &'a Table,
    index: usize,
    /// Whether a CHECK looks at it.
    checked: bool,
}

impl Place<'_> {
    fn in_foreign_key(self) -> bool {
        self.table.foreign_keys.iter().any(|key| key.columns.contains(&self.index))
    }

    /// Whether some key, alone or with others, wants its values different.
    fn in_key(self) -> bool {
        self.table.unique_keys().any(|key| key.columns.contains(&self.index))
            || self
                .table
                .uniques
                .iter()
                .any(|key| key.expression.as_deref().is_some_and(|text| mentions(text, self.name())))
    }

    fn in_primary_key(self) -> bool {
        self.table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&self.index))
    }

    fn name(&self) -> &str {
        &self.table.columns[self.index].name
    }

    fn may_be_null(self, restriction: &Restriction) -> bool {
        let free = self.table.columns[self.index].nullable && !restriction.not_null && !self.in_primary_key();
        // What a key keeps apart cannot be given a value later, should a CHECK want one.
        free && !(self.checked && self.in_key())
    }
}

fn share_of_nulls(column: &Column) -> u64 {
    let words = words_of(&column.name);
    match LATE.iter().any(|word| has_word(&words, word)) {
        true => LATE_NULLS,
        false => NULLS,
    }
}

fn marginal(
    column: &Column,
    semantic: Option<SemanticKind>,
    restriction: &Restriction,
    place: Place<'_>,
    predicates: &[Predicate],
) -> Marginal {
    if restriction.values.is_some() {
        return Marginal::Empty;
    }
    let words = words_of(&column.name);
    let literal = column.plain_default().filter(|_| !place.in_key());
    let number = |scale: u32| {
        let value: f64 = literal.as_deref()?.parse().ok()?;
        Some((value * libm::pow(10.0, f64::from(scale))) as i64)
    };
    match &column.data_type {
        DataType::Boolean => switch(literal.as_deref() != Some("true") && literal.as_deref() != Some("1")),
        DataType::Enum { labels, .. } if !place.in_key() => {
            let first = literal.filter(|value| labels.contains(value));
            categories(first.as_deref(), labels.iter().map(String::as_str))
        }
        DataType::Integer { .. } if semantic.is_some_and(SemanticKind::is_personal) => Marginal::Empty,
        DataType::Integer { bits, .. } if place.in_key() => {
            // Keys need room: whatever the name says, there are to be many different values.
            Marginal::Integers(numbers::shaped(&[(1, if *bits <= 8 { 100 } else { 10_000 }, 100)], None))
        }
        DataType::Integer { .. } if column.native.to_lowercase().starts_with("year") => {
            Marginal::Integers(numbers::shaped(numbers::whole("_year_", 16), None))
        }
        DataType::Integer { bits, .. } => {
            Marginal::Integers(numbers::shaped(numbers::whole(&words, *bits), number(0)))
        }
        DataType::Decimal { precision, scale } if *precision <= 18 && !place.in_key() => {
            let shape = numbers::decimal(&words, *scale);
            Marginal::Integers(numbers::shaped(&shape, number(u32::from(*scale))))
        }
        DataType::Float { .. } => match numbers::most_of(&column.native) {
            Some(most) if restriction.min.is_none() && restriction.max.is_none() => {
                let segments = vec![Segment { low: 0.0, high: most.min(1_000.0), rows: SAMPLE }];
                Marginal::Floats(Ordered::new(segments, 0.01, 0.0))
            }
            _ => Marginal::Empty,
        },
        DataType::Text { max, fixed } => {
            let max =
                restriction.length.1.map_or(*max, |length| Some(max.map_or(length, |max| max.min(length))));
            let least = restriction.length.0.unwrap_or(0);
            let bounded = restriction.min.is_some() || restriction.max.is_some();
            let plain = semantic.is_none() && restriction.patterns.is_empty() && !bounded;
            let wanted = if plain { family(predicates, place.index) } else { None };
            let text =
                || plain.then(|| text(&words, (least, max), *fixed, literal, place.in_key())).flatten();
            wanted.or_else(text).unwrap_or(Marginal::Empty)
        }
        DataType::Bytes { max } => {
            let holds_text = column.native.to_lowercase().contains("binary(") || names_text(&words);
            let text = holds_text.then(|| {
                let found = text(&words, (0, *max), false, literal, place.in_key());
                found.unwrap_or_else(|| Marginal::Text(prose(*max, (1, 4), (5, 40))))
            });
            text.unwrap_or(Marginal::Empty)
        }
        DataType::Array { element } => list(element),
        _ => Marginal::Empty,
    }
}

/// Kinds of texts that conditions ask for, by an example: what passes as its example does is made.
fn family(predicates: &[Predicate], column: usize) -> Option<Marginal> {
    let own: Vec<&Predicate> = predicates.iter().filter(|check| check.columns() == [column]).collect();
    let passes = |text: &str| {
        let value = |_: usize| Datum::Text(text.to_owned());
        own.iter().all(|check| check.admits(&value))
    };
    if own.is_empty() || ["Quiet harbour", "quiet harbour", "QUIET HARBOUR"].iter().any(|text| passes(text)) {
        return None;
    }
    let (literal, digits) = (|text: &str| Part::Literal(text.into()), |count| Part::Digits(count, true));
    let families: [(&str, Vec<Part>); 8] = [
        (r#"{"value": 12}"#, vec![literal(r#"{"value": "#), digits(2), literal("}")]),
        ("[12]", vec![literal("["), digits(2), literal("]")]),
        ("12345", vec![digits(5)]),
        (
            "2024-01-15",
            vec![literal("202"), digits(1), literal("-0"), digits(1), literal("-1"), Part::Digits(1, false)],
        ),
        ("harbour", vec![Part::Lower(7)]),
        ("HARBOUR", vec![Part::Upper(7)]),
        ("quiet@example.com", vec![Part::Lower(8), literal("@example.com")]),
        ("#a1b2c3", vec![literal("#"), Part::Hex(6)]),
    ];
    let (_, parts) = families.into_iter().find(|(example, _)| passes(example))?;
    let patterns = vec![Pattern { parts, rows: SAMPLE }];
    Some(Marginal::Text(TextShape { patterns, prose_rows: 0, ..prose(None, (1, 1), (1, 1)) }))
}

fn names_text(words: &str) -> bool {
    let lists =
        [PROSE, &["name", "title", "url", "key", "value", "label", "prefix", "type", "lang", "timestamp"]];
    lists.concat().iter().any(|word| has_word(words, word))
}

/// True and false, one of them commoner.
fn switch(mostly_false: bool) -> Marginal {
    let (often, seldom) = if mostly_false { ("false", "true") } else { ("true", "false") };
    closed(vec![(often.to_owned(), 70), (seldom.to_owned(), 30)])
}

fn closed(values: Vec<(String, u64)>) -> Marginal {
    Marginal::Categories(Categories { values, rare_rows: 0, rare_values: 0, rare_shape: None })
}

/// Values of which the first ones are the commonest.
fn categories<'a>(first: Option<&'a str>, others: impl Iterator<Item = &'a str>) -> Marginal {
    let all = first.into_iter().chain(others.filter(|value| Some(*value) != first));
    closed(all.enumerate().map(|(rank, value)| (value.to_owned(), 120 / (rank as u64 + 1) + 5)).collect())
}

/// A column of texts; `None` where words will do.
fn text(
    words: &str,
    (least, max): (u32, Option<u32>),
    fixed: bool,
    literal: Option<String>,
    in_key: bool,
) -> Option<Marginal> {
    let most = max.map_or(usize::MAX, |max| max as usize);
    let listed = lists::for_name(words, most);
    let fits = |value: &&str| value.len() as u64 >= u64::from(least);
    if !in_key && (literal.is_some() || !listed.is_empty()) {
        let first = literal.filter(|value| value.chars().count() <= most);
        let all = categories(first.as_deref(), listed.into_iter().filter(fits));
        let Marginal::Categories(mut found) = all else { return None };
        if found.values.len() == 1 {
            // A default, and nothing known beside it.
            let rows = found.values[0].1;
            found = Categories {
                rare_rows: rows / 2,
                rare_values: 20,
                rare_shape: Some(prose(max, (1, 3), (4, 30))),
                ..found
            };
        }
        return (!found.values.is_empty()).then_some(Marginal::Categories(found));
    }
    let named = |list: &[&str]| list.iter().any(|word| has_word(words, word));
    let parts = if named(&["timestamp", "touched", "expiry"]) && (14..=19).contains(&most) {
        moment()
    } else if named(&["uuid", "guid"]) && most >= 36 || fixed && most == 36 {
        uuid()
    } else if named(HASHES) || fixed && [32, 40, 56, 64, 96, 128].contains(&most) {
        vec![Part::Hex(if fixed { most as u16 } else { most.min(40) as u16 })]
    } else if fixed && most > 3 && most <= 64 {
        vec![Part::Alphanumeric(most as u16)]
    } else if most <= 3 {
        vec![Part::Upper(most.max(1) as u16)]
    } else if least > 4 || least > 0 && u64::from(least) == most as u64 {
        vec![Part::Alphanumeric(least.min(u32::from(u16::MAX)) as u16)]
    } else if named(PATHS) && most >= 20 {
        path()
    } else if named(&["version"]) && most >= 5 && !in_key {
        vec![Part::Digits(1, true), point(), Part::Digits(1, false), point(), Part::Digits(1, false)]
    } else if named(CODES) && most >= 4 && !in_key {
        vec![Part::Upper(2), Part::Digits((most - 2).min(6) as u16, true)]
    } else if named(PROSE) && most >= 60 && !in_key {
        return Some(Marginal::Text(prose(max, (5, 30), (30, 180))));
    } else {
        return None;
    };
    let patterns = vec![Pattern { parts, rows: SAMPLE }];
    Some(Marginal::Text(TextShape { patterns, prose_rows: 0, ..prose(max, (1, 1), (1, 1)) }))
}

fn prose(max: Option<u32>, words: (i64, i64), length: (i64, i64)) -> TextShape {
    let even = |(low, high): (i64, i64)| Ordered::new(vec![Segment { low, high, rows: SAMPLE }], 1, 0);
    let most = max.map_or(i64::MAX, i64::from);
    TextShape {
        patterns: Vec::new(),
        prose_rows: SAMPLE,
        lengths: even((length.0.min(most), length.1.min(most))),
        words: even(words),
        cases: [0, 0, 0, SAMPLE],
    }
}

fn point() -> Part {
    Part::Literal(".".into())
}

/// `20240812153012`, the 14 digits of a moment.
fn moment() -> Vec<Part> {
    let tens = |digit: &str| Part::Literal(digit.into());
    let (any, some) = (Part::Digits(1, false), Part::Digits(1, true));
    vec![
        tens("202"),
        Part::Digits(1, false),
        tens("0"),
        some,
        tens("1"),
        any.clone(),
        tens("1"),
        any.clone(),
        tens("3"),
        any.clone(),
        tens("4"),
        any,
    ]
}

fn uuid() -> Vec<Part> {
    let dash = || Part::Literal("-".into());
    vec![
        Part::Hex(8),
        dash(),
        Part::Hex(4),
        dash(),
        Part::Literal("4".into()),
        Part::Hex(3),
        dash(),
        Part::Literal("8".into()),
        Part::Hex(3),
        dash(),
        Part::Hex(12),
    ]
}

fn path() -> Vec<Part> {
    let literal = |text: &str| Part::Literal(text.into());
    vec![literal("/"), Part::Lower(5), literal("/"), Part::Lower(7), literal(".txt")]
}

/// Short lists of what the elements are; empty ones where that is not known.
fn list(element: &DataType) -> Marginal {
    let even = |low, high| Ordered::new(vec![Segment { low, high, rows: 1 }], 1, 0);
    let (elements, quoted) = match element {
        DataType::Integer { .. } => (Marginal::Integers(even(1, 100)), false),
        DataType::Boolean => (switch(true), false),
        DataType::Text { max, .. } => (Marginal::Text(prose(*max, (1, 1), (3, 12))), true),
        DataType::Enum { labels, .. } => (categories(None, labels.iter().map(String::as_str)), true),
        _ => return Marginal::Empty,
    };
    Marginal::List(Box::new(ListShape { lengths: even(0, 3), elements, distinct: false, quoted }))
}

/// How many different values a column has room for, as far as that is few.
pub(super) fn room(column: &Column, restriction: &Restriction) -> u64 {
    if let Some(values) = &restriction.values {
        return values.len() as u64;
    }
    let power = |base: u64, digits: u32| base.checked_pow(digits).unwrap_or(u64::MAX);
    let length = |max: Option<u32>| max.into_iter().chain(restriction.length.1).min();
    match &column.data_type {
        DataType::Boolean => 2,
        DataType::Enum { labels, .. } => labels.len() as u64,
        // Digits and letters: as many as the generator of short keys knows.
        DataType::Text { max, .. } => {
            let letters = if column.case_insensitive { 36 } else { 124 };
            let between = match (&restriction.min, &restriction.max) {
                (Some((Datum::Text(low), _)), Some((Datum::Text(high), _))) => {
                    let first = |text: &str| text.chars().next().map_or(0, u64::from);
                    (first(high) + 1).saturating_sub(first(low))
                }
                _ => letters,
            };
            length(*max).map_or(u64::MAX, |max| power(letters, max.saturating_sub(1)).saturating_mul(between))
        }
        DataType::Bytes { max: Some(max) } => power(36, *max),
        DataType::Decimal { precision, .. } => power(10, u32::from(*precision)),
        data_type => match data_type.integer_range() {
            Some((low, high)) => numbers::bounded(restriction, (low, high)),
            None => set_members(&column.native).map_or(u64::MAX, |members| power(2, members)),
        },
    }
}

/// The members of MySQL's SET type.
fn set_members(native: &str) -> Option<u32> {
    native.to_lowercase().strip_prefix("set(").map(|list| list.matches("','").count() as u32 + 1)
}
