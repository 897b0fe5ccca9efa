//! Floating-point numbers: decimals in disguise where all values have few of them, else points of a line.

use super::bins::fit;
use super::{Detail, grid};
use crate::learn::observed::Runs;
use crate::model::privacy::Settings;
use crate::model::{Ordered, Segment};

/// Decimals at the most that a column of floats is taken to have.
const MOST_DECIMALS: i32 = 9;

/// Whole numbers up to here are exact as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Fits floats. `single` says that they are of 32 bits, where 0.1 is not the 0.1 of 64 bits.
pub(in crate::learn) fn fit_floats(
    runs: &Runs<f64>,
    detail: Detail<f64>,
    single: bool,
    privacy: Settings,
) -> Ordered<f64> {
    let Some(decimals) = decimals(runs, single).filter(|_| runs.len() > 0) else {
        return fit(runs, detail, privacy, |_| (0.0, 0.0));
    };
    let scale = libm::pow(10.0, f64::from(decimals));
    let units = runs.map(|value| libm::round(value * scale) as i64);
    // Ranges beyond the type saturate in the conversion, which is what a limit is for.
    let detail = Detail {
        bins: detail.bins,
        atoms: detail.atoms,
        digits: detail.digits,
        lowest: (detail.lowest * scale) as i64,
        highest: (detail.highest * scale) as i64,
    };
    let fitted = fit(&units, detail, privacy, |values| grid::integers(values, grid::TENS));
    let back = |units: i64| units as f64 / scale;
    let segments = fitted.segments.iter().map(|segment| Segment {
        low: back(segment.low),
        high: back(segment.high),
        rows: segment.rows,
    });
    Ordered::new(segments.collect(), back(fitted.step), back(fitted.offset))
}

/// The fewest decimals with which all values can be written, if few are enough.
fn decimals(runs: &Runs<f64>, single: bool) -> Option<i32> {
    let mut decimals = 0;
    for value in runs.values() {
        while !has_decimals(value, decimals, single) {
            decimals += 1;
            if decimals > MOST_DECIMALS {
                return None;
            }
        }
    }
    let scale = libm::pow(10.0, f64::from(decimals));
    runs.values().all(|value| (value * scale).abs() < EXACT).then_some(decimals)
}

fn has_decimals(value: f64, decimals: i32, single: bool) -> bool {
    let scale = libm::pow(10.0, f64::from(decimals));
    let written = libm::round(value * scale) / scale;
    if single { written as f32 == value as f32 } else { written == value }
}
