//! Values as SQL literals: what a column may hold, drawn without a look at the product.

use super::dice::Dice;
use super::shape::{Column, Kind, Texts};
use crate::support::Engine;
use seed::schema::civil;

const WORDS: &[&str] = &[
    "red",
    "Green",
    "blue",
    "north",
    "Zürich",
    "São Paulo",
    "x",
    "42",
    "O''Brien",
    "naïve",
    "東京",
    "a b",
    "100%",
    "under_score",
    "alpha",
    "Beta",
    "gamma",
    "delta",
    "quick",
    "brown",
    "fox",
    "lazy",
    "dog",
    "Müller",
    "null",
    "true",
    "-1",
    "1e5",
];

/// A value of a column, or NULL as often as the column says.
pub(super) fn draw(engine: Engine, column: &Column, dice: &mut Dice) -> String {
    if column.nullable && dice.chance(column.nulls) {
        return "NULL".to_owned();
    }
    let (low, high) = column.range;
    match &column.kind {
        Kind::Integer => dice.between(low, high).to_string(),
        Kind::Decimal(scale) => decimal(dice.between(low, high), *scale),
        Kind::Float => float(low, high, dice),
        Kind::Boolean if engine == Engine::Sqlite => dice.between(0, 1).to_string(),
        Kind::Boolean => (*dice.pick(&["TRUE", "FALSE"])).to_owned(),
        Kind::Text { max, .. } => format!("'{}'", text(&column.texts, *max, dice)),
        Kind::Bytes { min, max } => bytes(engine, *min, *max, dice),
        Kind::Date => format!("'{}'", day(dice.between(low, high))),
        Kind::Time => format!("'{}'", clock(dice.between(low, high))),
        Kind::Timestamp => format!("'{}'", moment(dice.between(low, high))),
        Kind::Uuid => uuid(dice),
        Kind::Json => (*dice.pick(&[
            "'{}'",
            "'{\"a\": 1, \"b\": [true, null]}'",
            "'[1, 2, 3]'",
            "'{\"name\": \"x\", \"tags\": [\"p\", \"q\"]}'",
            "'\"text\"'",
        ]))
        .to_owned(),
        Kind::Enum(labels) => format!("'{}'", dice.pick(labels)),
        Kind::Listed(literals) => (*dice.pick(literals)).to_owned(),
    }
}

/// A bound of a column's values as a literal.
pub(super) fn bound(column: &Column, value: i128) -> String {
    match &column.kind {
        Kind::Decimal(scale) => decimal(value, *scale),
        Kind::Date => format!("'{}'", day(value)),
        Kind::Time => format!("'{}'", clock(value)),
        Kind::Timestamp => format!("'{}'", moment(value)),
        _ => value.to_string(),
    }
}

/// Units of the last decimal.
fn decimal(units: i128, scale: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let one = 10u128.pow(scale);
    let (whole, part) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    if scale == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part:0width$}", width = scale as usize)
    }
}

fn float(low: i128, high: i128, dice: &mut Dice) -> String {
    let whole = dice.between(low, high);
    let part = *dice.pick(&["0", "5", "25", "125"]);
    if whole >= 0 && whole < high { format!("{whole}.{part}") } else { format!("{whole}.0") }
}

fn text(texts: &Texts, max: usize, dice: &mut Dice) -> String {
    match texts {
        Texts::Free => words(max, dice),
        Texts::Words(words) => dice.pick(words).clone(),
        Texts::Length(low, high) => {
            let length = dice.between(*low as i128, (*high).min(max) as i128) as usize;
            letters(b"abcdefghijklmnopqrstuvwxyz0123456789", length, dice)
        }
        Texts::Prefix(prefix) => {
            let room = max - prefix.len();
            format!("{prefix}{}", letters(b"abcdefghij0123456789", 1 + dice.below(room.min(9)), dice))
        }
        Texts::Code(capitals, digits) => format!(
            "{}-{}",
            letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *capitals, dice),
            letters(b"0123456789", *digits, dice)
        ),
        Texts::Mail => format!(
            "{}@{}.example",
            letters(b"abcdefghijklmnopqrstuvwxyz", 3 + dice.below(4), dice),
            dice.pick(&["a", "shop", "x1"])
        ),
        Texts::Lower => letters(b"abcdefghijklmnopqrstuvwxyz", 1 + dice.below(max.min(10)), dice),
    }
}

/// Some words, one of them often a number, no longer than `max`.
fn words(max: usize, dice: &mut Dice) -> String {
    let mut out = (*dice.pick(WORDS)).to_owned();
    for _ in 0..dice.below(4) {
        out = format!("{out} {}", dice.pick(WORDS));
    }
    if dice.chance(60) {
        out = format!("{} {out}", dice.below(100_000));
    }
    let plain: String = out.replace("''", "'").chars().take(max).collect();
    // Blanks at the end count in some engines and not in others.
    let plain = plain.trim_end();
    if plain.is_empty() { "z".to_owned() } else { plain.replace('\'', "''") }
}

fn letters(of: &[u8], count: usize, dice: &mut Dice) -> String {
    (0..count).map(|_| char::from(*dice.pick(of))).collect()
}

fn bytes(engine: Engine, min: usize, max: usize, dice: &mut Dice) -> String {
    let length = dice.between(min as i128, max as i128) as usize;
    let digits = letters(b"0123456789abcdef", 2 * length, dice);
    if engine == Engine::Postgres { format!("'\\x{digits}'") } else { format!("x'{digits}'") }
}

fn uuid(dice: &mut Dice) -> String {
    let digits = letters(b"0123456789abcdef", 32, dice);
    format!(
        "'{}-{}-4{}-8{}-{}'",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..]
    )
}

fn day(days: i128) -> String {
    let (year, month, day) = civil::from_days(i64::try_from(days).expect("days of a date"));
    format!("{year:04}-{month:02}-{day:02}")
}

fn clock(seconds: i128) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn moment(seconds: i128) -> String {
    format!("{} {}", day(seconds.div_euclid(86_400)), clock(seconds.rem_euclid(86_400)))
}
