//! Lists, JSON documents and bytes from their learned shapes.

use super::{Request, Sampler, Values, learned};
use crate::model::{JsonScalar, JsonShape, ListShape, Marginal, Ordered};
use crate::rng::Key;
use crate::schema::DataType;
use arrow_array::Array;

/// Rows that the values inside lists and documents are drawn over: fine enough for any share.
const INNER: u64 = 1 << 20;

/// Draws a whole number from a distribution by its own randomness.
fn draw(ordered: &Ordered<i64>, stream: &mut crate::rng::Stream) -> i64 {
    let mut at = stream.below(ordered.rows());
    for segment in &ordered.segments {
        if at < segment.rows {
            return segment.low + stream.below((segment.high - segment.low + 1) as u64) as i64;
        }
        at -= segment.rows;
    }
    0
}

/// The text of one inner value.
fn inner(sampler: &dyn Sampler, position: u64) -> Option<String> {
    match sampler.sample(&[Some(position)]) {
        Values::Texts(texts) => texts.is_valid(0).then(|| texts.value(0).to_owned()),
        Values::Integers(numbers) => numbers[0].map(|number| number.to_string()),
        Values::Floats(numbers) => numbers[0].map(|number| number.to_string()),
        Values::Bytes(_) => None,
    }
}

/// Lists as JSON arrays.
pub(super) struct List {
    is_empty: bool,
    shape: ListShape,
    elements: Box<dyn Sampler>,
    key: Key,
}

impl List {
    pub(super) fn new(shape: &ListShape, request: &Request<'_>) -> Result<Self, String> {
        let request = Request { count: INNER, unique: false, ..*request };
        let exact = match (request.data_type(), &shape.elements) {
            (_, Marginal::Categories(known)) if known.rare_rows == 0 => None,
            (DataType::Array { element }, _) => moments(element, request.key),
            _ => None,
        };
        // Of lists that were all empty, nothing says what they could hold.
        let quoted = shape.quoted || exact.is_some();
        Ok(Self {
            is_empty: shape.elements == Marginal::Empty,
            elements: match exact {
                Some(exact) => exact,
                None => learned::sampler(&shape.elements, &request)?,
            },
            shape: ListShape { quoted, ..shape.clone() },
            key: request.key,
        })
    }
}

/// Days and times inside lists, in text: the shape of texts alone would give days that no month has.
struct Moments {
    day: bool,
    time: bool,
    zone: &'static str,
    key: Key,
}

fn moments(element: &DataType, key: Key) -> Option<Box<dyn Sampler>> {
    let (day, time, zone) = match element {
        DataType::Date => (true, false, ""),
        DataType::Time => (false, true, ""),
        DataType::Timestamp { zoned } => (true, true, if *zoned { "+00" } else { "" }),
        _ => return None,
    };
    Some(Box::new(Moments { day, time, zone, key }))
}

impl Sampler for Moments {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let mut stream = self.key.at(position, 6);
            if self.day {
                let (year, month) = (2000 + stream.below(26), 1 + stream.below(12));
                text.push_str(&format!("{year}-{month:02}-{:02}", 1 + stream.below(28)));
            }
            if self.day && self.time {
                text.push(' ');
            }
            if self.time {
                let (hour, minute) = (stream.below(24), stream.below(60));
                text.push_str(&format!("{hour:02}:{minute:02}:{:02}{}", stream.below(60), self.zone));
            }
        })
    }
}

impl Sampler for List {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let mut stream = self.key.at(position, 4);
            let length = if self.is_empty { 0 } else { draw(&self.shape.lengths, &mut stream).max(0) };
            let mut items: Vec<String> = Vec::new();
            // Distinct elements are drawn again a few times; a short list is better than a false one.
            for _ in 0..length * 8 {
                if items.len() as i64 == length {
                    break;
                }
                if let Some(item) = inner(&*self.elements, stream.below(INNER))
                    && !(self.shape.distinct && items.contains(&item))
                {
                    items.push(item);
                }
            }
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if self.shape.quoted {
                    text.push_str(&serde_json::Value::from(item.as_str()).to_string());
                } else {
                    text.push_str(item);
                }
            }
            text.push(']');
        })
    }
}

/// JSON documents.
pub(super) struct Json {
    node: Node,
    key: Key,
}

enum Node {
    Object(Vec<(String, f64, Node)>),
    Array(Ordered<i64>, Box<Node>),
    Scalar(Box<dyn Sampler>, JsonScalar),
    Null,
}

impl Json {
    pub(super) fn new(shape: &JsonShape, request: &Request<'_>) -> Result<Self, String> {
        let request = Request { count: INNER, unique: false, ..*request };
        Ok(Self { node: node(shape, &request)?, key: request.key })
    }
}

fn node(shape: &JsonShape, request: &Request<'_>) -> Result<Node, String> {
    Ok(match shape {
        JsonShape::Object(keys) => Node::Object(
            keys.iter()
                .map(|key| {
                    let share = key.present as f64 / key.objects.max(1) as f64;
                    Ok((key.key.clone(), share, node(&key.value, request)?))
                })
                .collect::<Result<_, String>>()?,
        ),
        JsonShape::Array { lengths, element } => {
            Node::Array(lengths.clone(), Box::new(node(element, request)?))
        }
        JsonShape::Scalar(_, JsonScalar::Null) => Node::Null,
        JsonShape::Scalar(marginal, _) if **marginal == Marginal::Empty => Node::Null,
        JsonShape::Scalar(marginal, scalar) => Node::Scalar(learned::sampler(marginal, request)?, *scalar),
    })
}

impl Node {
    fn value(&self, stream: &mut crate::rng::Stream) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Object(keys) => Value::Object(
                keys.iter()
                    .filter_map(|(key, share, node)| {
                        let present = stream.unit() < *share;
                        if present { Some((key.clone(), node.value(stream))) } else { None }
                    })
                    .collect(),
            ),
            Self::Array(lengths, element) => {
                (0..draw(lengths, stream)).map(|_| element.value(stream)).collect()
            }
            Self::Scalar(sampler, scalar) => match (inner(&**sampler, stream.below(INNER)), scalar) {
                (Some(text), JsonScalar::Number) => {
                    serde_json::from_str::<serde_json::Number>(&text).map_or(Value::Null, Value::Number)
                }
                (Some(text), JsonScalar::Boolean) => Value::Bool(text == "true"),
                (Some(text), _) => Value::String(text),
                (None, _) => Value::Null,
            },
            Self::Null => Value::Null,
        }
    }
}

impl Sampler for Json {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            text.push_str(&self.node.value(&mut self.key.at(position, 4)).to_string());
        })
    }
}

/// Random bytes of learned lengths.
pub(super) struct Bytes {
    pub(super) lengths: Ordered<i64>,
    /// The fewest and the most bytes.
    pub(super) size: (usize, usize),
    pub(super) unique: bool,
    pub(super) key: Key,
}

impl Sampler for Bytes {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let write = |position: u64| {
            let mut stream = self.key.at(position, 4);
            let (min, max) = self.size;
            let length = (draw(&self.lengths, &mut stream).max(0) as usize).clamp(min, max);
            let mut bytes = Vec::with_capacity(length.max(8));
            if self.unique {
                let number = position.to_be_bytes();
                bytes.extend(&number[number.len().saturating_sub(max)..]);
            }
            while bytes.len() < length {
                bytes.push(stream.word() as u8);
            }
            bytes
        };
        Values::Bytes(positions.iter().map(|position| position.map(write)).collect())
    }
}
