//! Values that repeat.

use super::stretch::Stretches;
use super::{Request, Sampler, Values, text};
use crate::model::Categories;
use crate::schema::check::Datum;
use rustc_hash::FxHashSet;

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
    /// Those of them that come out as a value that is not rare.
    clashes: FxHashSet<u64>,
    count: u64,
    stretches: Stretches,
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
        let clashes = rare.as_deref().map(|rare| clashes(rare, rare_kinds, categories)).unwrap_or_default();
        let rare = rare.filter(|_| (clashes.len() as u64) < rare_kinds);
        if rare.is_some() {
            sums.push(sum + categories.rare_rows);
            tokens.push(categories.values.len() as u16 + 1);
        }
        if sums.is_empty() || *sums.last().unwrap_or(&0) == 0 {
            return Ok(None);
        }
        let count = request.count;
        let located = |position| sums.partition_point(|&sum| sum <= row(&sums, count, position));
        let stretches = Stretches::new(sums.len(), count, |position| located(position).min(sums.len() - 1));
        Ok(Some(Self { values, tokens, sums, rare, rare_kinds, clashes, count, stretches }))
    }
}

/// The row of a position among cumulative rows: the middle of the position's stretch, so that shares are rounded to the nearest row.
fn row(sums: &[u64], count: u64, position: u64) -> u64 {
    let total = u128::from(*sums.last().unwrap_or(&1));
    ((2 * u128::from(position) + 1) * total / (2 * u128::from(count.max(1)))) as u64
}

/// The rare values that are not: what depends on a value must not depend on which of the two it is.
fn clashes(rare: &dyn Sampler, kinds: u64, categories: &Categories) -> FxHashSet<u64> {
    let known: FxHashSet<&str> = categories.values.iter().map(|(value, _)| value.as_str()).collect();
    let mut clashes = FxHashSet::default();
    for start in (0..kinds).step_by(4_096) {
        let positions: Vec<_> = (start..kinds.min(start + 4_096)).map(Some).collect();
        if let Values::Texts(texts) = rare.sample(&positions) {
            let taken = (0..positions.len()).filter(|&at| known.contains(texts.value(at)));
            clashes.extend(taken.map(|at| start + at as u64));
        }
    }
    clashes
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
                let found = self.stretches.kind(position);
                if found == self.values.len() {
                    let at = row(&self.sums, self.count, position);
                    let first = if found == 0 { 0 } else { self.sums[found - 1] };
                    let (inside, rows) = (u128::from(at - first), total - u128::from(first));
                    let kind = (inside * u128::from(self.rare_kinds) / rows.max(1)) as u64;
                    let mut others = (kind..self.rare_kinds).chain(0..kind);
                    rare_at[index] = others.find(|kind| !self.clashes.contains(kind));
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
        Some(self.stretches.by_token(&self.tokens))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ordered, Part, Pattern, TextShape};
    use crate::rng::Key;
    use crate::schema::check::Restriction;
    use crate::schema::{Column, DataType, Dialect};

    /// Seven of ten digits are known: the rare values are the other three.
    #[test]
    fn a_rare_value_is_none_of_the_others() {
        let none = Ordered::new(Vec::new(), 1, 0);
        let pattern = Pattern { parts: vec![Part::Digits(1, false)], rows: 20 };
        let shape = TextShape {
            patterns: vec![pattern],
            prose_rows: 0,
            lengths: none.clone(),
            words: none,
            cases: [0, 0, 0, 20],
        };
        let categories = Categories {
            values: (0..7).map(|digit| (digit.to_string(), 10)).collect(),
            rare_rows: 20,
            rare_values: 20,
            rare_shape: Some(shape),
        };
        let column = Column::new("digit".into(), DataType::Text { max: Some(1), fixed: false });
        let request = Request {
            column: &column,
            learned: None,
            count: 90,
            dialect: Dialect::Postgres,
            unique: false,
            shared: false,
            edge: None,
            above: None,
            first: 0,
            restriction: &Restriction::default(),
            key: Key::new(1, &["test"]),
            parameters: &toml::Table::new(),
        };
        let sampler = Category::new(&categories, &request).unwrap().unwrap();
        let positions: Vec<_> = (0..90).map(Some).collect();
        let Values::Texts(texts) = sampler.sample(&positions) else { panic!("no texts") };
        let known = |text: &&str| text.parse::<u8>().unwrap() < 7;
        assert_eq!((0..90).map(|at| texts.value(at)).filter(known).count(), 70);
    }
}
