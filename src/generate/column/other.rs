//! Types that are carried as text and have a form of their own: a text of the right length would not be a value.

use super::words::base36;
use super::{Request, Sampler, Values, category, simple, text};
use crate::model::{Categories, Marginal};
use crate::rng::{Key, Stream};
use crate::schema::Column;

type Write = fn(&mut Stream, u64, &mut String);

/// Writers of valid values by the beginning of the native type's name.
const FORMS: &[(&str, Write)] = &[
    ("interval", |stream, _, text| clock(stream.below(86_400), text)),
    ("inet6", |stream, _, text| text.push_str(&format!("2001:db8::{:x}", 1 + stream.below(0xFFFF)))),
    ("inet", |stream, _, text| address(stream.word() & 0xFF_FFFF, text)),
    ("cidr", |stream, _, text| address(stream.word() & 0xFF_FFFF, text)),
    ("macaddr8", |stream, _, text| hex_pairs(stream.long() & 0xFDFF_FFFF_FFFF_FFFF, 8, text)),
    ("macaddr", |stream, _, text| hex_pairs(stream.long() & 0xFDFF_FFFF_FFFF, 6, text)),
    ("tsvector", |_, position, text| text.push_str(&format!("'w{}'", base36(position)))),
    ("tsquery", |_, position, text| text.push_str(&format!("'w{}'", base36(position)))),
    ("xml", |_, position, text| text.push_str(&format!("<value>{position}</value>"))),
    ("money", |stream, _, text| text.push_str(&format!("{}.{:02}", stream.below(1_000), stream.below(100)))),
    ("time with time zone", |stream, _, text| {
        clock(stream.below(86_400), text);
        text.push_str("+00");
    }),
    ("point", |stream, _, text| point(stream, text)),
    ("box", |stream, _, text| pair(stream, text)),
    ("lseg", |stream, _, text| pair(stream, text)),
    ("circle", |stream, _, text| {
        text.push('<');
        point(stream, text);
        text.push_str(&format!(",{}>", 1 + stream.below(9)));
    }),
    ("int4range", |stream, _, text| range(stream, text)),
    ("int8range", |stream, _, text| range(stream, text)),
    ("numrange", |stream, _, text| range(stream, text)),
    ("year", |stream, _, text| text.push_str(&(1970 + stream.below(100)).to_string())),
    ("bit varying", |stream, _, text| text.push_str(if stream.below(2) == 0 { "0" } else { "1" })),
    ("varbit", |stream, _, text| text.push_str(if stream.below(2) == 0 { "0" } else { "1" })),
    ("ltree", |_, position, text| text.push_str(&format!("top.n{}", base36(position)))),
    ("hstore", |_, position, text| text.push_str(&format!("\"key\"=>\"{}\"", base36(position)))),
];

/// Native types whose texts follow a grammar that is not known here.
const STRICT: &[&str] = &[
    "bit",
    "daterange",
    "tsrange",
    "tstzrange",
    "multirange",
    "line",
    "path",
    "polygon",
    "set(",
    "geometry",
    "linestring",
    "multi",
    "vector",
    "pg_",
    "oid",
    "reg",
    "record",
];

/// Whether a column's type has a form of its own, whatever its texts look like.
pub(super) fn has_form(column: &Column) -> bool {
    let native = column.native.to_ascii_lowercase();
    FORMS.iter().any(|(name, _)| native.starts_with(name)) || is_strict(&native)
}

fn is_strict(native: &str) -> bool {
    STRICT.iter().any(|name| native.starts_with(name))
        || native.contains("multirange")
        || native.ends_with("[]")
}

/// A sampler for a column of such a type.
pub(super) fn sampler(marginal: &Marginal, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let native = request.column.native.to_ascii_lowercase();
    if let Marginal::Categories(known) = marginal {
        // Values that many share are valid as they stand; the rare ones are spread over them.
        let closed = Categories { rare_shape: None, ..known.clone() };
        if let Some(category) = category::Category::new(&closed, request)?.filter(|_| !request.unique) {
            return Ok(Box::new(category));
        }
    }
    if let Some((_, write)) = FORMS.iter().find(|(name, _)| native.starts_with(name)) {
        return Ok(Box::new(Form { write: *write, bits: 0, key: request.key }));
    }
    if let Some(bits) = native.strip_prefix("bit(").and_then(|rest| rest.trim_end_matches(')').parse().ok()) {
        return Ok(Box::new(Form { write: |_, _, _| (), bits, key: request.key }));
    }
    if let Some(members) = members(&request.column.native) {
        return Ok(Box::new(Members { members, key: request.key }));
    }
    if is_strict(&native) {
        if request.column.nullable {
            return Ok(Box::new(simple::Nothing));
        }
        return Err(format!("no values of the type {} can be made up", request.column.native));
    }
    match marginal {
        Marginal::Text(shape) => text::shaped(shape, request),
        Marginal::Categories(Categories { rare_shape: Some(shape), .. }) => text::shaped(shape, request),
        _ if request.column.nullable => Ok(Box::new(simple::Nothing)),
        _ => Err(format!("nothing is known of its type {}", request.column.native)),
    }
}

/// The members of MySQL's `set('a','b')`, as its catalog spells them.
fn members(native: &str) -> Option<Vec<String>> {
    let list =
        native.get(..4).filter(|word| word.eq_ignore_ascii_case("set(")).and_then(|_| native.get(4..))?;
    let (mut members, mut rest) = (Vec::new(), list);
    while let Some(text) = rest.strip_prefix('\'') {
        let mut at = 0;
        let end = loop {
            let quote = at + text[at..].find('\'')?;
            if !text[quote + 1..].starts_with('\'') {
                break quote;
            }
            at = quote + 2;
        };
        members.push(text[..end].replace("''", "'"));
        rest = text[end + 1..].trim_start_matches([',', ' ']);
    }
    (!members.is_empty()).then_some(members)
}

/// One of the members, or two.
struct Members {
    members: Vec<String>,
    key: Key,
}

impl Sampler for Members {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let mut stream = self.key.at(position, 5);
            let first = stream.below(self.members.len() as u64) as usize;
            text.push_str(&self.members[first]);
            if let Some(next) = self.members.get(first + 1).filter(|_| stream.below(3) == 0) {
                text.push(',');
                text.push_str(next);
            }
        })
    }
}

struct Form {
    write: Write,
    /// Binary digits to write instead, where there are any.
    bits: u16,
    key: Key,
}

impl Sampler for Form {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let mut stream = self.key.at(position, 5);
            (self.write)(&mut stream, position, text);
            text.extend((0..self.bits).map(|_| if stream.below(2) == 0 { '0' } else { '1' }));
        })
    }
}

fn clock(seconds: u64, text: &mut String) {
    text.push_str(&format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
}

fn address(number: u32, text: &mut String) {
    text.push_str(&format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255));
}

fn hex_pairs(number: u64, pairs: u32, text: &mut String) {
    for pair in (0..pairs).rev() {
        text.push_str(&format!("{:02x}", number >> (8 * pair) & 255));
        if pair > 0 {
            text.push(':');
        }
    }
}

fn point(stream: &mut Stream, text: &mut String) {
    text.push_str(&format!("({},{})", stream.below(1_000), stream.below(1_000)));
}

fn pair(stream: &mut Stream, text: &mut String) {
    let (x, y) = (stream.below(1_000), stream.below(1_000));
    text.push_str(&format!("({},{}),({x},{y})", x + 1 + stream.below(9), y + 1 + stream.below(9)));
}

fn range(stream: &mut Stream, text: &mut String) {
    let low = stream.below(1_000);
    text.push_str(&format!("[{low},{})", low + 1 + stream.below(100)));
}
