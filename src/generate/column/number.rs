//! Numbers, days and times.

use super::stretch::{Cumulative, Stretches, rank};
use super::{Request, Sampler, Values};
use crate::model::{DigitPairs, Ordered, Rhythm, Segment};
use crate::rng::Key;
use crate::schema::check::Datum;
use crate::schema::{Column, DataType};

/// 2^64.
const BEYOND: f64 = 18_446_744_073_709_551_616.0;

/// The numbers of a segment.
enum Inside {
    /// One alone.
    One,
    /// Those on the grid: the last one's number.
    Grid(u64),
    /// Those of some pairs of digits: the number of the first and of the first beyond.
    Pairs(i64, i64),
    /// Days or times in a rhythm: what those below the first one weigh, and those below the first beyond; and the last one's number.
    Rhythm(i128, i128, u64),
}

impl Inside {
    fn new(segment: &Segment<i64>, step: i64, pairs: &DigitPairs, rhythm: Option<&Rhythm>) -> Self {
        if segment.low == segment.high {
            return Self::One;
        }
        let last = segment.high.abs_diff(segment.low) / step.unsigned_abs();
        if let Some(rhythm) =
            rhythm.filter(|rhythm| segment.high.abs_diff(segment.low) >= rhythm.shortest().unsigned_abs())
        {
            let (first, end) = (rhythm.below(segment.low), rhythm.below(segment.high.saturating_add(1)));
            if first < end {
                return Self::Rhythm(first, end, last);
            }
        }
        if !pairs.is_empty() {
            let (first, end) = (pairs.below(segment.low), pairs.below(segment.high.saturating_add(1)));
            if first < end {
                return Self::Pairs(first, end);
            }
        }
        Self::Grid(last)
    }
}

/// Draws from a learned distribution of whole units.
pub(super) struct Integers {
    segments: Vec<Segment<i64>>,
    /// The token of each segment.
    tokens: Vec<u16>,
    cumulative: Cumulative,
    stretches: Stretches,
    /// By segment: which numbers are in it.
    insides: Vec<Inside>,
    step: i64,
    pairs: DigitPairs,
    rhythm: Rhythm,
    /// The greatest value that type and CHECK allow; none beyond those learned where a CHECK lists what it allows.
    most: Option<i64>,
    count: u64,
    key: Key,
}

impl Integers {
    /// `None` where no value is left under the restriction.
    pub(super) fn new(ordered: &Ordered<i64>, request: &Request<'_>) -> Option<Self> {
        let step = ordered.step.max(1);
        let (low, high) = integer_bounds(request);
        let snap = |value: i64, up: bool| {
            let off = (value - ordered.offset).rem_euclid(step);
            if off == 0 {
                value
            } else if up {
                value + step - off
            } else {
                value - off
            }
        };
        let (tokens, segments): (Vec<u16>, Vec<_>) = (1..=u16::MAX)
            .zip(&ordered.segments)
            .filter(|(_, segment)| segment.rows > 0 && segment.high >= low && segment.low <= high)
            .map(|(token, segment)| match (segment.low < low, segment.high > high) {
                (false, false) => (token, *segment),
                (cut_low, cut_high) => {
                    let low = if cut_low { snap(low, true) } else { segment.low };
                    let high = if cut_high { snap(high, false) } else { segment.high };
                    (token, Segment { low, high, rows: segment.rows })
                }
            })
            .filter(|(_, segment)| segment.low <= segment.high)
            .unzip();
        if segments.is_empty() {
            return None;
        }
        let cumulative = Cumulative::new(&segments);
        // Values that must differ need all the room there is.
        let rhythm = Some(&ordered.rhythm).filter(|rhythm| !rhythm.is_empty() && !request.unique);
        let inside = |segment| Inside::new(segment, step, &ordered.pairs, rhythm);
        Some(Self {
            stretches: cumulative.stretches(request.key, request.count),
            insides: segments.iter().map(inside).collect(),
            cumulative,
            segments,
            tokens,
            step,
            pairs: ordered.pairs.clone(),
            rhythm: ordered.rhythm.clone(),
            most: request.restriction.values.is_none().then_some(high),
            count: request.count,
            key: request.key,
        })
    }

    pub(super) fn value(&self, position: u64) -> i64 {
        if position >= self.count {
            // Spare values: the whole grid from the lowest value up.
            return self.segments[0].low + (position - self.count) as i64 * self.step;
        }
        let index = self.stretches.kind(position);
        let low = self.segments[index].low;
        let inside = || self.cumulative.inside(index, rank(self.key, position, self.count));
        match self.insides[index] {
            Inside::One => low,
            Inside::Pairs(first, end) => {
                self.pairs.nth(first + ((inside() * (end - first) as f64) as i64).min(end - first - 1))
            }
            Inside::Rhythm(first, end, last) => {
                let weight = first + ((inside() * (end - first) as f64) as i128).min(end - first - 1);
                let way = self.rhythm.nth(weight).max(low).abs_diff(low);
                low + (way / self.step.unsigned_abs()).min(last) as i64 * self.step
            }
            // Up to 2^64 numbers: sums wrap around to where they belong.
            Inside::Grid(last) => {
                let count = last.checked_add(1).map_or(BEYOND, |count| count as f64);
                let step = ((inside() * count) as u64).min(last);
                low.wrapping_add((step as i64).wrapping_mul(self.step))
            }
        }
    }
}

impl Sampler for Integers {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::Integers(positions.iter().map(|position| position.map(|p| self.value(p))).collect())
    }

    fn spare(&self) -> u64 {
        let Some(most) = self.most else { return 0 };
        let room = (i128::from(most) - i128::from(self.segments[0].low)) / i128::from(self.step) + 1;
        u64::try_from(room).unwrap_or(0).min(1 << 32)
    }

    fn tokens(&self) -> Option<Vec<(u16, u64)>> {
        Some(self.stretches.by_token(&self.tokens))
    }
}

/// The step between values that stay different however exactly times are stored.
pub(super) fn natural_step(data_type: &DataType) -> i64 {
    match data_type {
        DataType::Time | DataType::Timestamp { .. } => 1_000_000,
        _ => 1,
    }
}

/// The microseconds that a column of times tells apart: `datetime(3)` holds thousandths of a second.
pub(super) fn unit(request: &Request<'_>) -> i64 {
    let native = request.column.native.to_ascii_lowercase();
    let (name, digits) = match native.split_once('(') {
        Some((name, rest)) => (name, rest.split(')').next().and_then(|digits| digits.trim().parse().ok())),
        None => (native.as_str(), None),
    };
    match request.data_type() {
        // Without a number, MySQL holds seconds and PostgreSQL, which spells out its types, microseconds.
        DataType::Time | DataType::Timestamp { .. } => {
            let bare = matches!(name.trim(), "datetime" | "timestamp" | "time");
            let digits: u32 = digits.unwrap_or(if bare && !native.contains("zone") { 0 } else { 6 });
            10i64.pow(6 - digits.min(6))
        }
        _ => 1,
    }
}

/// Whether a type holds moments of 1970 to 2038 only, as MySQL's `timestamp` does.
fn counts_seconds(native: &str) -> bool {
    let native = native.to_ascii_lowercase();
    (native == "timestamp" || native.starts_with("timestamp(")) && !native.contains("time zone")
}

/// The range a column of whole units may have by type and CHECK, in its units.
pub(super) fn integer_bounds(request: &Request<'_>) -> (i64, i64) {
    let data_type = request.data_type();
    let (mut low, mut high) = match data_type {
        DataType::Integer { .. } if request.column.native.to_ascii_lowercase().starts_with("year") => {
            (1901, 2155)
        }
        DataType::Integer { .. } => data_type.integer_range().unwrap_or((i64::MIN, i64::MAX)),
        DataType::Decimal { precision, .. } => {
            let most = 10i64.checked_pow(u32::from(*precision)).map_or(i64::MAX, |power| power - 1);
            let unsigned = request.column.native.to_ascii_lowercase().contains("unsigned");
            (if unsigned { 0 } else { -most }, most)
        }
        DataType::Date => (-719_162, 2_932_896), // 0001-01-01 and 9999-12-31
        DataType::Time => (0, 86_399_999_999),
        // A day less at either end, for clocks that are set otherwise.
        DataType::Timestamp { zoned: true } if counts_seconds(&request.column.native) => {
            (86_400_000_000, 2_147_397_247_000_000)
        }
        DataType::Timestamp { .. } => (-62_135_596_800_000_000, 253_402_300_799_999_999),
        _ => (i64::MIN, i64::MAX),
    };
    let scale = if let DataType::Decimal { scale, .. } = data_type { *scale } else { 0 };
    if let Some((bound, inclusive)) = &request.restriction.min
        && let Some((units, exact)) = units(bound, scale)
    {
        low = low.max(if exact && *inclusive { units } else { units.saturating_add(1) });
    }
    if let Some((bound, inclusive)) = &request.restriction.max
        && let Some((units, exact)) = units(bound, scale)
    {
        high = high.min(if !exact || *inclusive { units } else { units.saturating_sub(1) });
    }
    (low, high)
}

/// The floating-point numbers that a type holds, where it is one of decimals.
fn float_bounds(column: &Column) -> (f64, f64) {
    let DataType::Decimal { precision, scale } = column.data_type else {
        return (f64::NEG_INFINITY, f64::INFINITY);
    };
    let native = column.native.to_ascii_lowercase();
    // MySQL's greatest whole numbers are told as decimals of 20 digits.
    let beyond = match native.contains("bigint") {
        true => libm::pow(2.0, 64.0),
        false => libm::pow(10.0, f64::from(precision) - f64::from(scale)),
    };
    let most = beyond.next_down();
    (if native.contains("unsigned") { 0.0 } else { -most }, most)
}

/// A bound in units of 10^-scale, rounded down, and whether it is exact.
fn units(bound: &Datum, scale: u8) -> Option<(i64, bool)> {
    match bound {
        Datum::Decimal(unscaled, own) => {
            let up = 10i128.checked_pow(u32::from(scale.saturating_sub(*own)))?;
            let down = 10i128.checked_pow(u32::from(own.saturating_sub(scale)))?;
            let value = unscaled.checked_mul(up)?;
            Some((i64::try_from(value.div_euclid(down)).ok()?, value.rem_euclid(down) == 0))
        }
        Datum::Float(value) => {
            let scaled = value * libm::pow(10.0, f64::from(scale));
            Some((scaled.floor() as i64, scaled.fract() == 0.0))
        }
        Datum::Date(days) => Some((i64::from(*days), true)),
        Datum::Time(micros) | Datum::Timestamp(micros) => Some((*micros, true)),
        _ => None,
    }
}

/// A distribution of floating-point numbers moved to where CHECK allows values, where it has none there.
pub(super) fn beside(ordered: &Ordered<f64>, request: &Request<'_>) -> Ordered<f64> {
    let width = ordered.segments.last().map_or(1.0, |segment| segment.high)
        - ordered.segments.first().map_or(0.0, |segment| segment.low);
    let bound = |bound: &Option<(Datum, bool)>| number(&bound.as_ref()?.0);
    let (low, high) = match (bound(&request.restriction.min), bound(&request.restriction.max)) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + width),
        (None, Some(high)) => (high - width, high),
        (None, None) => (0.0, width),
    };
    Ordered::new(vec![Segment { low, high, rows: 1 }], 0.0, 0.0)
}

/// A bound as a number.
pub(super) fn number(bound: &Datum) -> Option<f64> {
    match bound {
        Datum::Decimal(unscaled, scale) => Some(*unscaled as f64 / libm::pow(10.0, f64::from(*scale))),
        Datum::Float(value) => Some(*value),
        _ => None,
    }
}

/// Points of a grid for each value that has to be different from all others, and the finest grid.
const ROOM: f64 = 4.0;
const FINEST: f64 = 1e12;

/// Draws from a learned distribution of floating-point numbers.
pub(super) struct Floats {
    segments: Vec<Segment<f64>>,
    /// The token of each segment.
    tokens: Vec<u16>,
    cumulative: Cumulative,
    stretches: Stretches,
    /// 10^decimals where the values are decimal, else 0: dividing by it prints as short as the source's values.
    unit: f64,
    low: f64,
    high: f64,
    count: u64,
    key: Key,
}

impl Floats {
    pub(super) fn new(ordered: &Ordered<f64>, request: &Request<'_>) -> Option<Self> {
        let min = request.restriction.min.as_ref().and_then(|(bound, open)| Some((number(bound)?, *open)));
        let max = request.restriction.max.as_ref().and_then(|(bound, open)| Some((number(bound)?, *open)));
        let (least, most) = float_bounds(request.column);
        let low =
            min.map_or(least, |(value, closed)| if closed { value } else { value.next_up() }).max(least);
        let high =
            max.map_or(most, |(value, closed)| if closed { value } else { value.next_down() }).min(most);
        let (tokens, segments): (Vec<u16>, Vec<_>) = (1..=u16::MAX)
            .zip(ordered.segments.iter().copied())
            .filter(|(_, segment)| segment.rows > 0 && segment.high >= low && segment.low <= high)
            .unzip();
        let unit = if ordered.step > 0.0 { (1.0 / ordered.step).round() } else { 0.0 };
        if segments.is_empty() {
            return None;
        }
        let cumulative = Cumulative::new(&segments);
        Some(Self {
            stretches: cumulative.stretches(request.key, request.count),
            cumulative,
            segments,
            tokens,
            unit,
            low,
            high,
            count: request.count,
            key: request.key,
        })
    }

    fn value(&self, position: u64) -> f64 {
        let index = self.stretches.kind(position);
        let segment = &self.segments[index];
        if segment.low == segment.high {
            return segment.low;
        }
        let inside = self.cumulative.inside(index, rank(self.key, position, self.count));
        let raw = segment.low + inside * (segment.high - segment.low);
        let snapped = if self.unit > 0.0 { (raw * self.unit).round() / self.unit } else { raw };
        snapped.clamp(segment.low.max(self.low), segment.high.min(self.high))
    }
}

impl Sampler for Floats {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::Floats(positions.iter().map(|position| position.map(|p| self.value(p))).collect())
    }

    fn tokens(&self) -> Option<Vec<(u16, u64)>> {
        Some(self.stretches.by_token(&self.tokens))
    }
}

/// The same, all different: on a grid with room for all, each value is moved to the next free point.
pub(super) struct Apart(Vec<f64>);

impl Apart {
    pub(super) fn new(floats: &Floats) -> Self {
        let last = floats.segments.len() - 1;
        let (low, high) =
            (floats.segments[0].low.max(floats.low), floats.segments[last].high.min(floats.high));
        let mut unit = if floats.unit > 0.0 { floats.unit } else { 1_000.0 };
        while (high - low) * unit < ROOM * floats.count as f64 && unit < FINEST {
            unit *= 10.0;
        }
        let (first, end) = ((low * unit).ceil() as i64, (high * unit).floor() as i64);
        let mut points: Vec<i64> =
            (0..floats.count).map(|position| (floats.value(position) * unit).round() as i64).collect();
        let mut free = first;
        for point in &mut points {
            *point = (*point).max(free);
            free = *point + 1;
        }
        let mut free = end;
        for point in points.iter_mut().rev() {
            *point = (*point).min(free);
            free = *point - 1;
        }
        Self(points.into_iter().map(|point| point as f64 / unit).collect())
    }
}

impl Sampler for Apart {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let value = |position: u64| self.0.get(position as usize).copied().unwrap_or_default();
        Values::Floats(positions.iter().map(|position| position.map(value)).collect())
    }
}
