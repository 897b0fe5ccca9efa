//! Column types of each engine, over their whole range.

use super::dice::Dice;
use super::shape::{Column, Kind, Texts};
use crate::support::Engine;

/// A kind, its spelling, and the least and greatest value of the type.
type Typed = (Kind, String, (i128, i128));

const DAYS: (i128, i128) = (-25_567, 60_000); // 1900 to 2134
const SECONDS: (i128, i128) = (-2_208_988_800, 4_102_444_799); // 1900 to 2099
const EPOCH: (i128, i128) = (86_400, 2_100_000_000); // what MySQL's timestamp holds, with a margin for time zones
const DAY: (i128, i128) = (0, 86_399);

const INTERVALS: &[&str] =
    &["'3 days'", "'02:30:00'", "'1 mon 2 days 03:04:05'", "'-1 year'", "'00:00:00.5'"];
const INETS: &[&str] = &["'10.0.0.1'", "'192.168.4.0/24'", "'::1'", "'2001:db8::42'"];
const CIDRS: &[&str] = &["'10.0.0.0/8'", "'192.168.4.0/24'", "'2001:db8::/32'"];
const MACS: &[&str] = &["'08:00:2b:01:02:03'", "'00:1b:63:84:45:e6'"];
const MONEY: &[&str] = &["'12.50'", "'-3.00'", "'100000'", "'0.01'"];
const BITS: &[&str] = &["B'10110011'", "B'00000000'", "B'11111111'"];
const RANGES: &[&str] = &["'[1,10)'", "'empty'", "'[5,)'", "'(,3]'"];
const VECTORS: &[&str] = &["'a cat sat'", "'fat:1 rat:2'", "''"];
const POINTS: &[&str] = &["'(1,2)'", "'(-3.5,0)'"];
const NUMBER_LISTS: &[&str] = &["'{}'", "'{1,2,3}'", "'{-7}'", "'{10,NULL,30}'"];
const TEXT_LISTS: &[&str] = &["'{}'", "'{red,green}'", "'{\"a b\",\"c,d\"}'", "'{x}'"];
const DAY_LISTS: &[&str] = &["'{2020-01-01,2021-12-31}'", "'{}'"];
const SETS: &[&str] = &["''", "'a'", "'a,b'", "'b,c'", "'a,b,c'"];
const YEARS: &[&str] = &["1999", "2004", "2015", "2024"];
const INET6: &[&str] = &["'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.128'", "'::1'"];

fn whole(native: &str, bits: u32, unsigned: bool) -> Typed {
    let range = if unsigned { (0, (1 << bits) - 1) } else { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) };
    (Kind::Integer, native.to_owned(), range)
}

fn decimal(dice: &mut Dice, most: i128) -> Typed {
    let precision = dice.between(1, most) as u32;
    let scale = dice.between(0, i128::from(precision.min(9))) as u32;
    let top = 10i128.pow(precision) - 1;
    (Kind::Decimal(scale), format!("({precision},{scale})"), (-top, top))
}

fn text(native: &str, max: usize, fixed: bool) -> Typed {
    (Kind::Text { max, fixed }, native.to_owned(), (0, 0))
}

fn plain(kind: Kind, native: &str, range: (i128, i128)) -> Typed {
    (kind, native.to_owned(), range)
}

fn listed(native: &str, literals: &'static [&'static str]) -> Typed {
    plain(Kind::Listed(literals), native, (0, 0))
}

fn bytes(native: &str, min: usize, max: usize) -> Typed {
    plain(Kind::Bytes { min, max }, native, (0, 0))
}

fn labels(dice: &mut Dice) -> Vec<String> {
    let all = ["new", "open", "In Progress", "done", "it''s", "ü", "A", "b2", "cancelled", "x-y"];
    let count = 2 + dice.below(5);
    dice.some(&all, count).into_iter().map(str::to_owned).collect()
}

fn postgres(dice: &mut Dice, types: &mut Vec<String>) -> Typed {
    match dice.below(36) {
        0 => whole("smallint", 16, false),
        1..=3 => whole("integer", 32, false),
        4 => whole("bigint", 64, false),
        5..=6 => {
            let (kind, digits, range) = decimal(dice, 30);
            (kind, format!("numeric{digits}"), range)
        }
        7 => plain(Kind::Decimal(4), "numeric", (-1_000_000_000, 1_000_000_000)),
        8 => plain(Kind::Float, "real", (-1_000_000, 1_000_000)),
        9 => plain(Kind::Float, "double precision", (-1_000_000_000, 1_000_000_000)),
        10..=11 => plain(Kind::Boolean, "boolean", (0, 1)),
        12..=13 => plain(Kind::Date, "date", DAYS),
        14 => plain(Kind::Time, "time", DAY),
        15 => plain(Kind::Timestamp, "timestamp", SECONDS),
        16..=17 => plain(Kind::Timestamp, "timestamptz", SECONDS),
        18..=20 => varchar(dice),
        21..=22 => text("text", 200, false),
        23 => character(dice),
        24 => bytes("bytea", 0, 40),
        25 => plain(Kind::Uuid, "uuid", (0, 0)),
        26 => plain(Kind::Json, "jsonb", (0, 0)),
        27 => plain(Kind::Json, "json", (0, 0)),
        28..=29 => {
            let labels = labels(dice);
            let name = format!("kind_{}", types.len());
            types.push(format!("CREATE TYPE {name} AS ENUM ('{}')", labels.join("', '")));
            (Kind::Enum(labels), name, (0, 0))
        }
        30..=31 => domain(dice, types),
        32 => listed("integer[]", NUMBER_LISTS),
        33 => listed("text[]", TEXT_LISTS),
        _ => dice
            .pick(&[
                listed("interval", INTERVALS),
                listed("inet", INETS),
                listed("cidr", CIDRS),
                listed("macaddr", MACS),
                listed("money", MONEY),
                listed("bit(8)", BITS),
                listed("bit varying(12)", BITS),
                listed("int4range", RANGES),
                listed("tsvector", VECTORS),
                listed("point", POINTS),
                listed("date[]", DAY_LISTS),
            ])
            .clone(),
    }
}

fn domain(dice: &mut Dice, types: &mut Vec<String>) -> Typed {
    let name = format!("domain_{}", types.len());
    let (base, check, typed): (&str, &str, Typed) = match dice.below(4) {
        0 => ("integer", "VALUE > 0", plain(Kind::Integer, &name, (1, 1_000_000))),
        1 => ("numeric(10,2)", "VALUE >= 0 AND VALUE < 5000", plain(Kind::Decimal(2), &name, (0, 499_999))),
        2 => {
            ("varchar(30)", "length(VALUE) >= 2", plain(Kind::Text { max: 30, fixed: false }, &name, (0, 0)))
        }
        _ => ("date", "VALUE >= '2000-01-01'", plain(Kind::Date, &name, (10_957, 20_000))),
    };
    types.push(format!("CREATE DOMAIN {name} AS {base} CHECK ({check})"));
    typed
}

fn mysql(dice: &mut Dice) -> Typed {
    match dice.below(36) {
        0 => whole("tinyint", 8, false),
        1 => whole("tinyint unsigned", 8, true),
        2 => whole("smallint", 16, false),
        3 => whole("smallint unsigned", 16, true),
        4 => whole("mediumint", 24, false),
        5..=6 => whole("int", 32, false),
        7 => whole("int unsigned", 32, true),
        8 => whole("bigint", 64, false),
        9 => whole("bigint unsigned", 64, true),
        10..=11 => {
            let (kind, digits, range) = decimal(dice, 30);
            (kind, format!("decimal{digits}"), range)
        }
        12 => plain(Kind::Float, "float", (-1_000_000, 1_000_000)),
        13 => plain(Kind::Float, "double", (-1_000_000_000, 1_000_000_000)),
        14..=15 => plain(Kind::Boolean, "boolean", (0, 1)),
        16..=17 => plain(Kind::Date, "date", DAYS),
        18 => plain(Kind::Time, "time", DAY),
        19 => plain(Kind::Timestamp, "datetime", SECONDS),
        20 => plain(Kind::Timestamp, "datetime(6)", SECONDS),
        21 => plain(Kind::Timestamp, "timestamp NULL", EPOCH),
        22..=24 => varchar(dice),
        25 => text("text", 200, false),
        26 => text("tinytext", 60, false),
        27 => character(dice),
        28 => bytes("varbinary(40)", 0, 40),
        29 => bytes("blob", 0, 40),
        30 => plain(Kind::Json, "json", (0, 0)),
        31..=32 => {
            let labels = labels(dice);
            let native = format!("enum('{}')", labels.join("', '"));
            (Kind::Enum(labels), native, (0, 0))
        }
        33 => plain(Kind::Uuid, "uuid", (0, 0)),
        _ => dice
            .pick(&[
                listed("set('a', 'b', 'c')", SETS),
                listed("year", YEARS),
                listed("bit(8)", &["b'10110011'", "b'0'", "b'11111111'"]),
                listed("inet6", INET6),
                bytes("binary(16)", 16, 16),
            ])
            .clone(),
    }
}

fn sqlite(dice: &mut Dice, strict: bool) -> Typed {
    if strict {
        return dice
            .pick(&[
                whole("INTEGER", 64, false),
                whole("INT", 64, false),
                plain(Kind::Float, "REAL", (-1_000_000_000, 1_000_000_000)),
                text("TEXT", 100, false),
                bytes("BLOB", 0, 40),
            ])
            .clone();
    }
    match dice.below(26) {
        0..=3 => whole("INTEGER", 64, false),
        4 => whole("SMALLINT", 16, false),
        5 => whole("BIGINT", 64, false),
        6 => plain(Kind::Float, "REAL", (-1_000_000_000, 1_000_000_000)),
        7 => plain(Kind::Float, "DOUBLE PRECISION", (-1_000_000, 1_000_000)),
        8..=9 => {
            let (kind, digits, range) = decimal(dice, 15);
            (kind, format!("DECIMAL{digits}"), range)
        }
        10 => plain(Kind::Decimal(2), "NUMERIC", (-1_000_000, 1_000_000)),
        11..=12 => plain(Kind::Boolean, "BOOLEAN", (0, 1)),
        13..=14 => plain(Kind::Date, "DATE", DAYS),
        15 => plain(Kind::Timestamp, "DATETIME", SECONDS),
        16 => plain(Kind::Timestamp, "TIMESTAMP", SECONDS),
        17..=19 => text("TEXT", 100, false),
        20..=21 => varchar(dice),
        22 => character(dice),
        23 => bytes("BLOB", 0, 40),
        24 => plain(Kind::Json, "JSON", (0, 0)),
        _ => text("TEXT COLLATE NOCASE", 60, false),
    }
}

fn varchar(dice: &mut Dice) -> Typed {
    let max = *dice.pick(&[5, 10, 20, 40, 80, 255]);
    text(&format!("varchar({max})"), max, false)
}

fn character(dice: &mut Dice) -> Typed {
    let max = *dice.pick(&[1, 2, 3, 8]);
    text(&format!("char({max})"), max, true)
}

/// Any column of an engine, without its name.
pub(super) fn any(engine: Engine, strict: bool, dice: &mut Dice, types: &mut Vec<String>) -> Column {
    let (kind, native, range) = match engine {
        Engine::Postgres => postgres(dice, types),
        Engine::Mysql => mysql(dice),
        Engine::Sqlite => sqlite(dice, strict),
    };
    let range = narrower(&kind, range, dice);
    let nullable = dice.chance(45);
    let nulls = if nullable { *dice.pick(&[0, 10, 50, 90]) } else { 0 };
    let texts = Texts::Free;
    Column {
        name: String::new(),
        kind,
        native,
        range,
        texts,
        nullable,
        nulls,
        default: None,
        generated: None,
        numbered: None,
    }
}

/// Whole numbers with room for many, NOT NULL.
pub(super) fn number(engine: Engine, dice: &mut Dice) -> Column {
    let native = match engine {
        Engine::Postgres => *dice.pick(&["integer", "bigint", "integer", "smallint"]),
        Engine::Mysql => *dice.pick(&["int", "bigint", "int unsigned", "smallint unsigned", "mediumint"]),
        Engine::Sqlite => "INTEGER",
    };
    column(Kind::Integer, native, (1, 30_000))
}

/// Texts with room for many, NOT NULL.
pub(super) fn code(dice: &mut Dice) -> Column {
    let max = *dice.pick(&[8, 12, 30]);
    let mut made = column(Kind::Text { max, fixed: false }, &format!("varchar({max})"), (0, 0));
    made.texts = dice.pick(&[Texts::Free, Texts::Code(2, 5), Texts::Length(4, 8)]).clone();
    made
}

/// A UUID, in the text of engines that have no type for it.
pub(super) fn uuid(engine: Engine) -> Column {
    let native = if engine == Engine::Sqlite { "CHAR(36)" } else { "uuid" };
    column(Kind::Uuid, native, (0, 0))
}

/// A day, NOT NULL.
pub(super) fn day() -> Column {
    column(Kind::Date, "date", (15_000, 20_000))
}

fn column(kind: Kind, native: &str, range: (i128, i128)) -> Column {
    Column {
        name: String::new(),
        kind,
        native: native.to_owned(),
        range,
        texts: Texts::Free,
        nullable: false,
        nulls: 0,
        default: None,
        generated: None,
        numbered: None,
    }
}

/// Most columns hold a small part of what their type could.
fn narrower(kind: &Kind, (low, high): (i128, i128), dice: &mut Dice) -> (i128, i128) {
    if !kind.is_ordered() || dice.chance(12) {
        return (low, high);
    }
    let unit = if let Kind::Decimal(scale) = kind { 10i128.pow(*scale) } else { 1 };
    let part = match kind {
        Kind::Date => *dice.pick(&[(7_305, 20_000), (18_262, 18_627), (0, 21_000)]),
        Kind::Timestamp => *dice.pick(&[(946_684_800, 1_700_000_000), (1_577_836_800, 1_609_459_199)]),
        Kind::Time => *dice.pick(&[DAY, (28_800, 64_800)]),
        _ => {
            let (from, to) = *dice.pick(&[(0, 10), (1, 100), (0, 1_000), (-50, 50), (1, 100_000), (0, 1)]);
            (from * unit, to * unit)
        }
    };
    (part.0.clamp(low, high), part.1.clamp(low, high))
}
