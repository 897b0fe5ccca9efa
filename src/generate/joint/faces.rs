//! A histogram made ready for drawing.

use crate::model::NULL_TOKEN;
use crate::rng::Stream;

/// A histogram.
pub(super) struct Faces {
    pub(super) tokens: Vec<u16>,
    pub(super) rows: Vec<f64>,
    /// The rows of each token and of those before it.
    pub(super) sums: Vec<f64>,
    pub(super) total: f64,
    pub(super) fallback: Option<u32>,
    /// The share of its rows that do not fall back.
    pub(super) stays: f64,
}

impl Faces {
    /// `leans` is how many rows the fallback weighs.
    pub(super) fn new(rows: &[(u16, f64)], fallback: Option<u32>, leans: f64) -> Self {
        let total: f64 = rows.iter().map(|pair| pair.1).sum();
        let stays = if fallback.is_none() { 1.0 } else { total / (total + leans.max(0.0)) };
        let mut sum = 0.0;
        let sums = rows.iter().map(|pair| {
            sum += pair.1;
            sum
        });
        let sums = sums.collect();
        let (tokens, rows) = rows.iter().copied().unzip();
        // An empty histogram has nothing to stay for.
        Self {
            tokens,
            rows,
            sums,
            total,
            fallback,
            stays: if total <= 0.0 && fallback.is_some() { 0.0 } else { stays },
        }
    }

    pub(super) fn weight(&self, at: usize, weights: Option<&[f64]>) -> f64 {
        let factor =
            weights.map_or(1.0, |weights| weights.get(usize::from(self.tokens[at])).copied().unwrap_or(1.0));
        self.rows[at] * factor
    }

    pub(super) fn sum(&self, weights: Option<&[f64]>) -> f64 {
        (0..self.rows.len()).map(|at| self.weight(at, weights)).sum()
    }

    /// Tokens for some rows that may come in any order, each as often as its share, rounded.
    pub(super) fn spread(&self, out: &mut [u16], weights: Option<&[f64]>, first: f64) {
        let Some(last) = self.rows.len().checked_sub(1) else { return out.fill(NULL_TOKEN) };
        let sum = weights.map_or(0.0, |_| self.sum(weights));
        if sum <= 0.0 {
            return self.spread_plainly(out, first);
        }
        let (mut at, mut below) = (0, self.weight(0, weights));
        let step = sum / out.len() as f64;
        for (index, token) in out.iter_mut().enumerate() {
            let wanted = (index as f64 + first) * step;
            while at < last && below <= wanted {
                at += 1;
                below += self.weight(at, weights);
            }
            *token = self.tokens[at];
        }
    }

    /// The same without weights.
    pub(super) fn spread_plainly(&self, out: &mut [u16], first: f64) {
        let last = self.sums.len() - 1;
        let step = self.total / out.len() as f64;
        if let [token] = out {
            let at = self.sums[..last].partition_point(|&sum| sum <= first * step);
            *token = self.tokens[at];
            return;
        }
        let mut at = 0;
        for (index, token) in out.iter_mut().enumerate() {
            let wanted = (index as f64 + first) * step;
            while at < last && self.sums[at] <= wanted {
                at += 1;
            }
            *token = self.tokens[at];
        }
    }

    pub(super) fn pick(&self, stream: &mut Stream, weights: Option<&[f64]>) -> u16 {
        let mut one = [NULL_TOKEN];
        self.spread(&mut one, weights, stream.unit());
        one[0]
    }
}
