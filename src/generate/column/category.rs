//! Values that repeat.

use super::{Request, Sampler, Values, stretches, text};
use crate::model::Categories;
use crate::schema::check::Datum;

/// Draws categories in their learned shares; the rare ones are made from their shape.
pub(super) struct Category {
    values: Vec<String>,
    /// The token of each value, that of the rare ones last.
    tokens: Vec<u16>,
    /// Cumulative rows, the rare ones last.
    sums: Vec<u64>,
    rare: Option<Box<dyn Sampler>>,
    /// Different rare values to make.
    rare_kinds: u64,
    count: u64,
}

impl Category {
    /// `None` where no value is known that CHECK and privacy both allow.
    pub(super) fn new(categories: &Categories, request: &Request<'_>) -> Result<Option<Self>, String> {
        let allowed = |value: &str| match &request.restriction.values {
            Some(values) => values.iter().any(|datum| {
                matches!(datum, Datum::Text(text) if text == value) || !matches!(datum, Datum::Text(_))
            }),
            None => true,
        };
        let (mut values, mut tokens) = (Vec::new(), Vec::new());
        let (mut sums, mut sum) = (Vec::new(), 0);
        for (index, (value, rows)) in categories.values.iter().enumerate() {
            if allowed(value) {
                sum += rows;
                sums.push(sum);
                values.push(value.clone());
                tokens.push((index + 1) as u16);
            }
        }
        let rare_allowed = categories.rare_rows > 0 && request.restriction.values.is_none();
        // Rare values occur a few times each: as many different ones are made as there were.
        let rare_kinds = categories.rare_values.clamp(1, request.count.max(1));
        let rare = match &categories.rare_shape {
            Some(shape) if rare_allowed => {
                Some(text::shaped(shape, &Request { count: rare_kinds, unique: false, ..*request })?)
            }
            _ => None,
        };
        if rare.is_some() {
            sums.push(sum + categories.rare_rows);
            tokens.push(categories.values.len() as u16 + 1);
        }
        if sums.is_empty() || *sums.last().unwrap_or(&0) == 0 {
            return Ok(None);
        }
        Ok(Some(Self { values, tokens, sums, rare, rare_kinds, count: request.count }))
    }

    /// Which of the cumulative rows a position falls under, and the row.
    fn locate(&self, position: u64) -> (usize, u64) {
        let (total, count) = (*self.sums.last().unwrap_or(&1), 2 * self.count.max(1));
        // The middle of the position's stretch, so that shares are rounded to the nearest row.
        let at = match (2 * position + 1).checked_mul(total) {
            Some(product) => product / count,
            None => ((2 * u128::from(position) + 1) * u128::from(total) / u128::from(count)) as u64,
        };
        (self.sums.partition_point(|&sum| sum <= at).min(self.sums.len() - 1), at)
    }
}

impl Sampler for Category {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let total = u128::from(*self.sums.last().unwrap_or(&1));
        let mut rare_at = vec![None; positions.len()];
        let picked: Vec<Option<usize>> = positions
            .iter()
            .enumerate()
            .map(|(index, position)| {
                let position = (*position)?;
                let (found, at) = self.locate(position);
                if found == self.values.len() {
                    let first = if found == 0 { 0 } else { self.sums[found - 1] };
                    let (inside, rows) = (u128::from(at - first), total - u128::from(first));
                    rare_at[index] = Some((inside * u128::from(self.rare_kinds) / rows.max(1)) as u64);
                }
                Some(found)
            })
            .collect();
        let rare = match &self.rare {
            Some(rare) if rare_at.iter().any(Option::is_some) => match rare.sample(&rare_at) {
                Values::Texts(texts) => Some(texts),
                _ => None,
            },
            _ => None,
        };
        Values::Texts(
            picked
                .iter()
                .enumerate()
                .map(|(index, found)| {
                    found.map(|found| match self.values.get(found) {
                        Some(value) => value.as_str(),
                        None => rare.as_ref().map_or("", |texts| texts.value(index)),
                    })
                })
                .collect(),
        )
    }

    fn tokens(&self) -> Option<Vec<(u16, u64)>> {
        Some(stretches(&self.tokens, self.count, |position| self.locate(position).0))
    }
}
