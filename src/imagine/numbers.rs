//! What numbers columns of certain names hold.

use crate::model::{Ordered, Segment};
use crate::schema::check::{Datum, Restriction};
use crate::schema::words::has_word;

/// Shares of 100 rows over ranges.
type Shape = &'static [(i64, i64, u64)];

/// 2020-01-01 and 2025-12-31, in seconds since 1970.
const EPOCH: Shape = &[(1_577_836_800, 1_704_067_199, 55), (1_704_067_200, 1_767_225_599, 45)];

const FLAG: Shape = &[(0, 0, 65), (1, 1, 35)];
const CODE: Shape = &[(1, 1, 45), (2, 2, 25), (3, 3, 15), (4, 5, 15)];
const COUNT: Shape = &[(0, 0, 15), (1, 9, 45), (10, 99, 30), (100, 999, 10)];
const RANK: Shape = &[(1, 5, 50), (6, 20, 40), (21, 50, 10)];
const BYTES: Shape = &[(1, 4_095, 40), (4_096, 262_143, 40), (262_144, 10_485_759, 20)];

/// What stands in a column of whole numbers, by words of its name; the first that fits.
#[rustfmt::skip] // one entry, one line
const WHOLE: &[(&[&str], Shape)] = &[
    (&["year", "jahr", "annee"], &[(1990, 2014, 40), (2015, 2025, 60)]),
    (&["month"], &[(1, 12, 100)]),
    (&["weekday", "dow"], &[(0, 6, 100)]),
    (&["day"], &[(1, 28, 100)]),
    (&["hour"], &[(0, 23, 100)]),
    (&["minute", "second"], &[(0, 59, 100)]),
    (&["age"], &[(18, 39, 45), (40, 64, 40), (65, 90, 15)]),
    (&["percent", "percentage", "pct", "progress", "ratio", "score"], &[(0, 100, 100)]),
    (&["rating", "stars", "stars", "vote"], &[(1, 2, 15), (3, 3, 20), (4, 4, 35), (5, 5, 30)]),
    (&["is", "has", "flag", "enabled", "active", "deleted", "visible", "public", "private", "default", "hidden", "locked",
       "can", "allow", "use", "auto", "redirect", "minor", "bot", "patrolled", "new", "standard", "del", "read", "unread",
       "collapsed", "published", "marked", "disabled", "confirmed", "valid"], FLAG),
    (&["port"], &[(1_024, 49_151, 100)]),
    (&["bytes", "filesize", "file_size", "size", "len", "length"], BYTES),
    (&["width", "height"], &[(120, 640, 40), (641, 1_920, 45), (1_921, 4_096, 15)]),
    (&["duration", "elapsed", "runtime"], &[(1, 59, 30), (60, 599, 50), (600, 7_200, 20)]),
    (&["timestamp", "mtime", "ctime", "atime", "epoch"], EPOCH),
    (&["quantity", "qty", "menge"], &[(1, 1, 40), (2, 5, 40), (6, 20, 15), (21, 100, 5)]),
    (&["status", "type", "state", "kind", "category", "class", "mode", "action", "format", "role", "namespace"], CODE),
    (&["priority", "level", "depth", "severity"], &[(1, 1, 20), (2, 3, 50), (4, 5, 30)]),
    (&["position", "order", "sort", "rank", "index", "sequence", "seq", "number", "no", "version", "revision", "part"], RANK),
    (&["count", "total", "hits", "views", "likes", "num", "pages", "edits", "files", "seen"], COUNT),
    (&["id", "ref", "key", "uid"], &[(1, 100, 100)]),
];

/// Words of columns of 32 bits and more that hold seconds since 1970.
const MOMENTS: &[&str] = &[
    "time", "date", "created", "updated", "modified", "expires", "expiry", "changed", "last", "stamp", "at",
];

/// Words of columns that hold amounts of money.
const MONEY: &[&str] = &[
    "price", "amount", "cost", "total", "balance", "fee", "salary", "payment", "value", "sum", "net",
    "gross", "tax", "budget", "preis", "betrag", "prix", "montant", "precio", "importe",
];

/// The shape of a column of whole numbers of `bits` bits.
pub(super) fn whole(words: &str, bits: u8) -> Shape {
    let found = WHOLE.iter().find(|(names, _)| names.iter().any(|name| has_word(words, name)));
    match found {
        Some((_, shape)) => shape,
        None if bits >= 32 && MOMENTS.iter().any(|name| has_word(words, name)) => EPOCH,
        None => COUNT,
    }
}

/// The shape of a column of decimals with `scale` digits behind the point, in its units.
pub(super) fn decimal(words: &str, scale: u8) -> Vec<(i64, i64, u64)> {
    let unit = 10i64.saturating_pow(u32::from(scale));
    let times = |shape: &[(i64, i64, u64)]| {
        let scaled = |&(low, high, rows): &(i64, i64, u64)| {
            let high = high.saturating_add(1).saturating_mul(unit) - 1;
            (low.saturating_mul(unit), high, rows)
        };
        shape.iter().map(scaled).collect()
    };
    if MONEY.iter().any(|name| has_word(words, name)) {
        return times(&[(1, 9, 20), (10, 49, 40), (50, 199, 25), (200, 999, 15)]);
    }
    match scale {
        0 => whole(words, 64).to_vec(),
        _ => times(&[(0, 0, 10), (1, 9, 40), (10, 99, 40), (100, 999, 10)]),
    }
}

/// A distribution of this shape, with a value that is commoner than others.
pub(super) fn shaped(shape: &[(i64, i64, u64)], common: Option<i64>) -> Ordered<i64> {
    let segments = shape.iter().map(|&(low, high, rows)| Segment { low, high, rows }).collect();
    let segments = match common {
        Some(value) => with_point(segments, value),
        None => segments,
    };
    Ordered::new(segments, 1, 0)
}

/// Adds a point that as many rows have as all others together.
fn with_point(segments: Vec<Segment<i64>>, value: i64) -> Vec<Segment<i64>> {
    let all: u64 = segments.iter().map(|segment| segment.rows).sum();
    let mut out = Vec::with_capacity(segments.len() + 2);
    for segment in segments {
        if !(segment.low..=segment.high).contains(&value) {
            out.push(segment);
            continue;
        }
        let width = (segment.high - segment.low) as u64 + 1;
        let before = (value - segment.low) as u64;
        let share = |values: u64| (u128::from(segment.rows) * u128::from(values) / u128::from(width)) as u64;
        if before > 0 {
            out.push(Segment { high: value - 1, rows: share(before), ..segment });
        }
        if value < segment.high {
            out.push(Segment { low: value + 1, rows: share(width - before - 1), ..segment });
        }
    }
    out.push(Segment { low: value, high: value, rows: all });
    out.sort_by_key(|segment| segment.low);
    out
}

/// How many whole numbers of a range a CHECK allows.
pub(super) fn bounded(restriction: &Restriction, (low, high): (i64, i64)) -> u64 {
    let whole = |bound: &Option<(Datum, bool)>| match bound {
        Some((Datum::Decimal(value, 0), included)) => Some((i64::try_from(*value).ok()?, *included)),
        _ => None,
    };
    let low = whole(&restriction.min)
        .map_or(low, |(value, included)| low.max(value.saturating_add(i64::from(!included))));
    let high = whole(&restriction.max)
        .map_or(high, |(value, included)| high.min(value.saturating_sub(i64::from(!included))));
    u64::try_from((i128::from(high) - i128::from(low) + 1).max(0)).unwrap_or(u64::MAX)
}

/// The greatest number of `double(4,2)`, where a type is spelled so.
pub(super) fn most_of(native: &str) -> Option<f64> {
    let (digits, scale) = native.split_once('(')?.1.split_once(')')?.0.split_once(',')?;
    let (digits, scale): (i32, i32) = (digits.trim().parse().ok()?, scale.trim().parse().ok()?);
    Some(libm::pow(10.0, f64::from(digits - scale)) - libm::pow(10.0, f64::from(-scale)))
}
