//! Numbers, days and times: point masses for the values that many share, bins of equal mass for the rest.

mod axis;
mod bins;
mod floats;
mod grid;
mod pairs;
mod rhythm;
mod tails;

pub(super) use floats::fit_floats;
pub(super) use rhythm::find as rhythm;

use super::observed::{Runs, Tallies, whole_runs};
use crate::model::Ordered;
use crate::model::privacy::Settings;
use bins::fit;

/// How finely a column is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detail<T> {
    /// Bins at the most.
    pub(super) bins: u64,
    /// Whether values that many share may stand for themselves.
    pub(super) atoms: bool,
    /// Significant digits to which a range is rounded that too few subjects share.
    pub(super) digits: u32,
    /// The smallest value the type can hold.
    pub(super) lowest: T,
    /// The greatest value the type can hold.
    pub(super) highest: T,
}

impl Detail<i64> {
    /// Lengths and counts, which are never negative.
    pub(super) const COUNTS: Self = Self { bins: 64, atoms: true, digits: 1, lowest: 0, highest: i64::MAX };
}

/// Fits whole numbers in their units.
pub(super) fn fit_integers(runs: &Runs<i64>, detail: Detail<i64>, privacy: Settings) -> Ordered<i64> {
    let fitted = fit(runs, detail, privacy, |values| grid::integers(values, grid::STEPS));
    Ordered { pairs: pairs::find(runs, &fitted, privacy), ..fitted }
}

/// The grid that whole numbers lie on: step and offset.
pub(super) fn grid_of(mut values: impl Iterator<Item = i64>) -> (i64, i64) {
    grid::integers(&mut values, grid::STEPS)
}

/// Fits lengths or counts.
pub(super) fn fit_counts(tallies: Tallies<i64>, privacy: Settings) -> Ordered<i64> {
    fit_integers(&whole_runs(tallies), Detail::COUNTS, privacy)
}

#[cfg(test)]
mod tests;
