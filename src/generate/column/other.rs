//! Types that are carried as text and have a form of their own: a text of the right length would not be a value.

use super::words::base36;
use super::{Request, Sampler, Values, category, extension, simple, text};
use crate::model::{Categories, Marginal};
use crate::rng::{Key, Permutation};
use crate::schema::{Column, Dialect, civil};

/// Numbers from which values that may repeat are drawn.
const SIZE: u64 = 100_000;

/// Writes the value that a number stands for; different numbers below the size of the form give different values.
type Write = fn(u64, &mut String);

/// Writers of valid values by the beginning of the native type's name.
const FORMS: &[(&str, Write)] = &[
    ("interval", |number, text| {
        text.push_str(&format!("{} days ", number / 86_400 % 30));
        clock(number % 86_400, text);
    }),
    ("inet6", |number, text| {
        text.push_str(&format!("2001:db8::{:x}:{:x}", number >> 16 & 0xFFFF, number & 0xFFFF))
    }),
    ("inet4", |number, text| address(number, text)),
    ("inet", |number, text| address(number, text)),
    ("cidr", |number, text| address(number, text)),
    ("macaddr8", |number, text| hex_pairs(number & 0xFDFF_FFFF_FFFF_FFFF, 8, text)),
    ("macaddr", |number, text| hex_pairs(number & 0xFDFF_FFFF_FFFF, 6, text)),
    ("tsvector", |number, text| text.push_str(&format!("'w{}'", base36(number)))),
    ("tsquery", |number, text| text.push_str(&format!("'w{}'", base36(number)))),
    ("xml", |number, text| text.push_str(&format!("<value>{number}</value>"))),
    ("money", |number, text| text.push_str(&format!("{}.{:02}", number / 100, number % 100))),
    ("time with time zone", |number, text| {
        clock(number % 86_400, text);
        text.push_str("+00");
    }),
    ("point", |number, text| point(number, text)),
    ("box", |number, text| pair(number, text)),
    ("lseg", |number, text| pair(number, text)),
    ("circle", |number, text| {
        let (x, y) = field(number);
        text.push_str(&format!("<({x},{y}),{}>", 1 + number % 9));
    }),
    ("line", |number, text| text.push_str(&format!("{{{},{},1}}", 1 + number / 1_000, 1 + number % 1_000))),
    ("path", |number, text| corners(('[', ']'), number, text)),
    ("polygon", |number, text| corners(('(', ')'), number, text)),
    ("cube", |number, text| point(number, text)),
    ("seg", |number, text| text.push_str(&format!("{number} .. {}", number + 1))),
    ("int4multirange", |number, text| many(number, text, span)),
    ("int8multirange", |number, text| many(number, text, span)),
    ("nummultirange", |number, text| many(number, text, span)),
    ("datemultirange", |number, text| many(number, text, days)),
    ("tsmultirange", |number, text| many(number, text, |start, text| hours(start, "", text))),
    ("tstzmultirange", |number, text| many(number, text, |start, text| hours(start, "+00", text))),
    ("int4range", |number, text| span(number, text)),
    ("int8range", |number, text| span(number, text)),
    ("numrange", |number, text| span(number, text)),
    ("daterange", days),
    ("tsrange", |number, text| hours(number, "", text)),
    ("tstzrange", |number, text| hours(number, "+00", text)),
    ("pg_lsn", |number, text| text.push_str(&format!("{:X}/{:X}", number >> 32, number & 0xFFFF_FFFF))),
    ("ltree", |number, text| text.push_str(&format!("top.n{}", base36(number)))),
    ("lquery", |number, text| text.push_str(&format!("*.n{}", base36(number)))),
    ("hstore", |number, text| text.push_str(&format!("\"key\"=>\"{}\"", base36(number)))),
    ("ltxtquery", |number, text| text.push_str(&format!("n{} & top", base36(number)))),
    ("pg_snapshot", |number, text| text.push_str(&format!("{}:{}:", number + 1, number + 9))),
    ("txid_snapshot", |number, text| text.push_str(&format!("{}:{}:", number + 1, number + 9))),
    ("xid8", |number, text| text.push_str(&(number + 3).to_string())),
    ("xid", |number, text| text.push_str(&(number + 3).to_string())),
    ("cid", |number, text| text.push_str(&number.to_string())),
    ("tid", |number, text| text.push_str(&format!("({number},1)"))),
    ("int2vector", |number, text| text.push_str(&format!("{} {}", number / 1_000, number % 1_000))),
    ("oidvector", |number, text| text.push_str(&format!("{} {}", number / 1_000, number % 1_000))),
    ("regclass", |number, text| text.push_str(&(number + 100_000).to_string())),
    ("regtype", |number, text| text.push_str(&(number + 100_000).to_string())),
    ("regproc", |number, text| text.push_str(&(number + 100_000).to_string())),
    ("regprocedure", |number, text| text.push_str(&(number + 100_000).to_string())),
    ("regrole", |number, text| text.push_str(&(number + 100_000).to_string())),
    ("regnamespace", |number, text| text.push_str(&(number + 100_000).to_string())),
    ("regconfig", |_, text| text.push_str("english")),
    ("regdictionary", |_, text| text.push_str("simple")),
    ("jsonpath", |number, text| text.push_str(&format!("$.\"n{}\"", base36(number)))),
];

/// The same for MySQL, whose shapes are written another way.
const SHAPES: &[(&str, Write)] = &[
    ("point", |number, text| text.push_str(&format!("POINT({})", place(number)))),
    ("geometry", |number, text| text.push_str(&format!("POINT({})", place(number)))),
    ("multipoint", |number, text| {
        text.push_str(&format!("MULTIPOINT({},{})", place(number), place(number + 1)))
    }),
    ("linestring", |number, text| text.push_str(&format!("LINESTRING({})", stroke(number)))),
    ("multilinestring", |number, text| text.push_str(&format!("MULTILINESTRING(({}))", stroke(number)))),
    ("polygon", |number, text| text.push_str(&format!("POLYGON(({}))", outline(number)))),
    ("multipolygon", |number, text| text.push_str(&format!("MULTIPOLYGON((({})))", outline(number)))),
    ("geometrycollection", |number, text| {
        text.push_str(&format!("GEOMETRYCOLLECTION(POINT({}))", place(number)))
    }),
];

/// Native types whose texts follow a grammar that is not known here.
const STRICT: &[&str] = &[
    "bit",
    "varbit",
    "set(",
    "geometry",
    "linestring",
    "multi",
    "vector",
    "pg_",
    "oid",
    "reg",
    "record",
    "geometrycollection",
];

/// Whether a column's type has a form of its own, whatever its texts look like.
pub(super) fn has_form(column: &Column) -> bool {
    let native = bare(&column.native);
    extension::writer(&native).is_some()
        || FORMS.iter().any(|(name, _)| is_type(&native, name))
        || is_strict(&native)
        || column.form.is_some()
}

/// A type's name in small letters, without the schema that an extension was installed in.
fn bare(native: &str) -> String {
    let end = native.find(['(', '\'']).unwrap_or(native.len());
    let start = native[..end].rfind('.').map_or(0, |point| point + 1);
    native[start..].to_ascii_lowercase()
}

/// Whether a type is spelled with this name, whatever follows it (`interval day to second`, `cube(3)`).
fn is_type(native: &str, name: &str) -> bool {
    native
        .strip_prefix(name)
        .is_some_and(|rest| !rest.starts_with(|sign: char| sign.is_alphanumeric() || sign == '_'))
        && !native.ends_with("[]")
}

fn is_strict(native: &str) -> bool {
    STRICT.iter().any(|name| native.starts_with(name))
        || native.contains("multirange")
        || native.ends_with("[]")
}

/// The binary digits of `bit(5)` and `bit varying(9)`.
fn bits(native: &str) -> Option<u32> {
    let rest = native.strip_prefix("bit varying").or_else(|| native.strip_prefix("varbit"));
    let rest = rest.or_else(|| native.strip_prefix("bit"))?;
    match rest {
        "" => Some(if native == "bit" { 1 } else { 16 }),
        _ => rest.strip_prefix('(')?.strip_suffix(')')?.parse().ok(),
    }
}

/// A sampler for a column of such a type.
pub(super) fn sampler(marginal: &Marginal, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let native = bare(&request.column.native);
    if let Marginal::Categories(known) = marginal {
        // Values that many share are valid as they stand; the rare ones are spread over them.
        let closed = Categories { rare_shape: None, ..known.clone() };
        if let Some(category) = category::Category::new(&closed, request)?.filter(|_| !request.unique) {
            return Ok(Box::new(category));
        }
    }
    if request.dialect == Dialect::Mysql
        && let Some((_, write)) = SHAPES.iter().find(|(name, _)| is_type(&native, name))
    {
        return Ok(Form::sampler(*write, request));
    }
    if let Some((_, write)) = FORMS.iter().find(|(name, _)| is_type(&native, name)) {
        return Ok(Form::sampler(*write, request));
    }
    if let Some(write) = extension::writer(&native).filter(|_| request.dialect == Dialect::Postgres) {
        return Ok(Form::sampler(write, request));
    }
    if let Some(form) = &request.column.form {
        return template(form.clone(), request);
    }
    if let Some(digits) = bits(&native) {
        if request.unique && digits < 64 && request.count > 1 << digits {
            return Err(format!(
                "only {} different values fit, {} are needed",
                1u64 << digits,
                request.count
            ));
        }
        return Ok(Box::new(Bits { digits, unique: request.unique, key: request.key }));
    }
    if native.starts_with("set(")
        && let Some(members) = Members::new(&request.column.native, request)
    {
        return Ok(Box::new(members));
    }
    if let Some(value) =
        request.column.plain_default().filter(|_| !request.unique && *marginal == Marginal::Empty)
    {
        return Ok(Box::new(simple::Same(value)));
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

/// Values of a form: unique ones by counting, others by their position's own randomness.
struct Form<W> {
    write: W,
    unique: bool,
    key: Key,
}

impl<W: Fn(u64, &mut String) + Send + Sync + 'static> Form<W> {
    fn sampler(write: W, request: &Request<'_>) -> Box<dyn Sampler> {
        Box::new(Self { write, unique: request.unique, key: request.key })
    }
}

impl<W: Fn(u64, &mut String) + Send + Sync> Sampler for Form<W> {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let number = if self.unique { position } else { self.key.at(position, 5).below(SIZE) };
            (self.write)(number, text);
        })
    }
}

/// A sampler for a type of the schema's own, whose values have a number for each `#` of the form.
fn template(form: String, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    if request.unique && request.count > 1 && !form.contains('#') {
        return Err(format!("no different values of the type {} can be made up", request.column.native));
    }
    let write = move |number: u64, text: &mut String| text.push_str(&form.replace('#', &number.to_string()));
    Ok(Form::sampler(write, request))
}

/// Binary digits.
struct Bits {
    digits: u32,
    unique: bool,
    key: Key,
}

impl Sampler for Bits {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let mut stream = self.key.at(position, 5);
            text.extend((0..self.digits).rev().map(|digit| match self.unique {
                true if digit < 64 && position >> digit & 1 == 1 => '1',
                false if stream.below(2) == 1 => '1',
                _ => '0',
            }));
        })
    }
}

/// Members of MySQL's SET: each number stands for those whose binary digit is 1.
struct Members {
    names: Vec<String>,
    scatter: Permutation,
}

impl Members {
    fn new(native: &str, request: &Request<'_>) -> Option<Self> {
        let (inside, _) = native.get(4..)?.rsplit_once(')')?;
        let names: Vec<String> =
            inside.split("','").map(|name| name.trim_matches('\'').replace("''", "'")).collect();
        let all = 1u64 << names.len().min(62);
        (!request.unique || request.count <= all)
            .then(|| Self { scatter: Permutation::new(request.key, all), names })
    }
}

impl Sampler for Members {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let number = self.scatter.apply(position % self.scatter.len());
            let chosen = self.names.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
            text.push_str(&chosen.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(","));
        })
    }
}

fn clock(seconds: u64, text: &mut String) {
    text.push_str(&format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
}

fn address(number: u64, text: &mut String) {
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

fn point(number: u64, text: &mut String) {
    text.push_str(&format!("({},{})", number / 1_000, number % 1_000));
}

/// Shapes with room for as much around each that none touches another: an exclusion constraint is met by counting.
fn field(number: u64) -> (u64, u64) {
    (number / 1_000 * 20, number % 1_000 * 20)
}

fn pair(number: u64, text: &mut String) {
    let (x, y) = field(number);
    text.push_str(&format!("({},{}),({x},{y})", x + 1 + number % 9, y + 1 + number % 7));
}

fn corners((open, close): (char, char), number: u64, text: &mut String) {
    let (x, y) = field(number);
    text.push_str(&format!("{open}({x},{y}),({},{y}),({x},{}){close}", x + 5, y + 3));
}

/// A place as MySQL writes it: `12 340`.
fn place(number: u64) -> String {
    format!("{} {}", number / 1_000 % 90, number % 1_000 % 90)
}

fn stroke(number: u64) -> String {
    format!("{},{}", place(number), place(number + 5_003))
}

fn outline(number: u64) -> String {
    let (x, y) = (number / 1_000 % 80, number % 1_000 % 80);
    format!("{x} {y},{} {y},{} {},{x} {y}", x + 4, x + 4, y + 4)
}

/// Ranges that no two numbers share a point of: an exclusion constraint is met by counting.
fn span(number: u64, text: &mut String) {
    text.push_str(&format!("[{},{})", number * 10, number * 10 + 1 + number % 9));
}

/// Stretches of days from 2000 on.
fn days(number: u64, text: &mut String) {
    let first = 10_957 + number as i64 * 4;
    text.push_str(&format!("[{},{})", day(first), day(first + 1 + number as i64 % 3)));
}

/// Stretches of hours from 2000 on.
fn hours(number: u64, zone: &str, text: &mut String) {
    let start = number * 4;
    let moment = |hour: u64| format!("\"{} {:02}:00:00{zone}\"", day(10_957 + (hour / 24) as i64), hour % 24);
    text.push_str(&format!("[{},{})", moment(start), moment(start + 1 + number % 3)));
}

fn many(number: u64, text: &mut String, write: fn(u64, &mut String)) {
    text.push('{');
    write(number * 2, text);
    text.push(',');
    write(number * 2 + 1, text);
    text.push('}');
}

/// `2024-02-29`, by days since 1970.
fn day(days: i64) -> String {
    let (year, month, day) = civil::from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}
