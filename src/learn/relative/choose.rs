//! Which columns are told relative to which others.

use super::moments::Moments;
use crate::model::rule::{Operand, Statement};
use crate::model::{Limit, SemanticKind, Side};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are looked at.
const LOOKED_AT: usize = 20_000;
/// Rows without which nothing is told relative to others.
const FEWEST: usize = 30;
/// Differences that keep an order must be so much narrower than values: others say little of these, and exchanging values does
/// no harm.
const NARROW: i128 = 2;
/// Differences that keep none must be so much narrower.
const NARROWER: i128 = 8;
/// The share of values that may have nothing to be told relative to.
const MOST_ALONE: f64 = 0.05;
/// What comes before another is told relative to it only if it is so much nearer than to what it comes after itself.
const EARLIER: i128 = 2;

/// What a column is told relative to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) to: Operand,
    pub(super) side: Side,
    pub(super) limits: Vec<Limit>,
}

/// By column.
pub(super) type Choices = BTreeMap<usize, Choice>;

/// An order of two values.
struct Order {
    low: Operand,
    high: Operand,
    strict: bool,
}

struct Choosing<'a, 'm> {
    moments: &'a Moments<'m>,
    orders: Vec<Order>,
    columns: Vec<usize>,
    rows: Vec<usize>,
    chosen: Choices,
}

/// Chooses for all columns of a table but some; the error is a column of which a CHECK demands more than an order that is kept.
pub(super) fn choose(moments: &Moments<'_>, without: &BTreeSet<usize>) -> Result<Choices, usize> {
    let all = moments.rows();
    if all < FEWEST {
        return Ok(Choices::new());
    }
    let columns =
        (0..moments.schema.tables[moments.table].columns.len()).filter(|column| !without.contains(column));
    let looked_at = all.min(LOOKED_AT);
    let mut choosing = Choosing {
        moments,
        orders: orders(moments),
        columns: columns.filter(|&column| moments.may_be_coded(column)).collect(),
        rows: (0..looked_at).map(|index| index * all / looked_at).collect(),
        chosen: Choices::new(),
    };
    choosing.keep_orders();
    choosing.narrow();
    choosing.keep_rest();
    match choosing.checked_otherwise() {
        Some(column) => Err(column),
        None => Ok(choosing.chosen),
    }
}

/// The orders that rules and CHECKs demand.
fn orders(moments: &Moments<'_>) -> Vec<Order> {
    let of_rules = moments.models[moments.table].rules.iter().filter_map(|rule| match &rule.statement {
        Statement::Ordering { low, high, strict } => {
            Some(Order { low: low.clone(), high: high.clone(), strict: *strict })
        }
        _ => None,
    });
    let mut orders: Vec<Order> = of_rules.collect();
    for (low, high, strict) in moments.checks().iter().flat_map(|check| check.orderings()) {
        let (low, high) = (Operand::own(low), Operand::own(high));
        match orders.iter_mut().find(|order| order.low == low && order.high == high) {
            Some(order) => order.strict |= strict,
            None => orders.push(Order { low, high, strict }),
        }
    }
    orders.retain(|order| moments.is_anchor(&order.low) && moments.is_anchor(&order.high));
    orders
}

impl Choosing<'_, '_> {
    /// Tells columns relative to what they come after, or before: the nearest pairs first.
    fn keep_orders(&mut self) {
        let mut pairs = Vec::new();
        for order in &self.orders {
            pairs.extend(self.pair(&order.high, &order.low, Side::After));
            pairs.extend(self.pair(&order.low, &order.high, Side::Before));
        }
        pairs.sort_by_key(|pair| pair.0);
        for (_, column, side, other) in pairs {
            // Of two columns in order, one that follows the other is enough.
            let own = Operand::own(column);
            let kept = match side {
                Side::After => self.keeps_between(&other, &own),
                _ => self.keeps_between(&own, &other),
            };
            if !kept && !self.chosen.contains_key(&column) && !self.follows(&other, column) {
                self.chosen.insert(column, Choice { to: other, side, limits: Vec::new() });
            }
        }
    }

    /// A column and what it may be told relative to, by their distance; not where differences are hardly narrower than values.
    fn pair(&self, own: &Operand, other: &Operand, side: Side) -> Option<(i128, usize, Side, Operand)> {
        let column = own.as_own().filter(|column| self.columns.contains(column))?;
        let other = Some(other).filter(|other| self.moments.may_see(column, other))?;
        let (width, median) = self.spread(column, Some(other)).filter(|_| self.covers(other, column))?;
        let (own_width, _) = self.spread(column, None)?;
        let weight = if side == Side::After { 1 } else { EARLIER };
        (NARROW * width <= own_width).then(|| (weight * median, column, side, other.clone()))
    }

    /// Limits what is chosen by what else it takes to keep all orders.
    fn keep_rest(&mut self) {
        for index in 0..self.orders.len() {
            let order = &self.orders[index];
            if self.keeps(order) {
                continue;
            }
            let sides = [(&order.high, &order.low, Side::After), (&order.low, &order.high, Side::Before)];
            let found = sides.into_iter().find_map(|(own, other, side)| {
                let column = own.as_own().filter(|column| self.chosen.contains_key(column))?;
                let limit = || Limit { by: other.clone(), side, strict: order.strict };
                (!self.follows(other, column)).then(|| (column, limit()))
            });
            if let Some((column, limit)) = found
                && let Some(choice) = self.chosen.get_mut(&column)
            {
                choice.limits.push(limit);
            }
        }
    }

    /// Tells columns that nothing orders relative to what they are always near to: a column before them, or one of a parent.
    fn narrow(&mut self) {
        let this = &self.moments.schema.tables[self.moments.table];
        let above = this.foreign_keys.iter().enumerate().flat_map(|(step, key)| {
            let columns = 0..self.moments.schema.tables[key.parent].columns.len();
            columns.map(move |column| Operand::Column { path: vec![step], column })
        });
        let above: Vec<Operand> = above.filter(|operand| self.moments.is_anchor(operand)).collect();
        for column in self.columns.clone() {
            let learned = &self.moments.models[self.moments.table].columns[column];
            if self.chosen.contains_key(&column) || learned.semantic.is_some_and(SemanticKind::is_personal) {
                continue;
            }
            let before = (0..column).map(Operand::own).filter(|operand| self.moments.is_anchor(operand));
            let candidates = before.chain(above.iter().cloned());
            let nearest = candidates
                .filter(|other| self.moments.may_see(column, other))
                .filter(|other| !self.follows(other, column) && self.covers(other, column))
                .filter_map(|other| Some((self.spread(column, Some(&other))?, other)))
                .min_by_key(|((width, _), _)| *width);
            let (Some(((width, _), nearest)), Some((own_width, _))) = (nearest, self.spread(column, None))
            else {
                continue;
            };
            if own_width > 0 && NARROWER * width <= own_width {
                let choice = Choice { to: nearest, side: Side::Around, limits: Vec::new() };
                self.chosen.insert(column, choice);
            }
        }
    }

    /// A column that a CHECK compares in another way than as an order that is kept.
    fn checked_otherwise(&self) -> Option<usize> {
        let checks = self.moments.checks();
        let kept = |(low, high, strict): (usize, usize, bool)| {
            self.keeps(&Order { low: Operand::own(low), high: Operand::own(high), strict })
        };
        let breaks = |column: &usize| {
            checks.iter().filter(|check| check.columns().contains(column)).any(|check| {
                let orders = check.orderings();
                let mut ours =
                    orders.into_iter().filter(|(low, high, _)| [low, high].contains(&column)).peekable();
                let differ = check.unequal_pairs().iter().any(|pair| [pair.0, pair.1].contains(column));
                ours.peek().is_none() || differ || !check.is_captured() || !ours.all(kept)
            })
        };
        self.chosen.keys().copied().find(breaks)
    }

    /// Whether an operand is a column that is itself told, on whatever way, relative to `column`, or is that column.
    fn follows(&self, operand: &Operand, column: usize) -> bool {
        let Some(own) = operand.as_own() else { return false };
        let read = |choice: &Choice| {
            let limits = choice.limits.iter().map(|limit| &limit.by);
            limits.chain([&choice.to]).any(|other| self.follows(other, column))
        };
        own == column || self.chosen.get(&own).is_some_and(read)
    }

    /// Whether what is chosen keeps an order of values in all rows.
    fn keeps(&self, order: &Order) -> bool {
        let beside = |from: &Operand, side: Side| -> Vec<&Operand> {
            let choice = from.as_own().and_then(|column| self.chosen.get(&column));
            let sided = choice.into_iter().flat_map(|choice| {
                let limits = choice.limits.iter().map(|limit| (&limit.by, limit.side));
                limits.chain([(&choice.to, choice.side)])
            });
            sided.filter(|(_, of)| *of == side).map(|(by, _)| by).collect()
        };
        order.low == order.high
            || beside(&order.high, Side::After)
                .into_iter()
                .any(|middle| self.keeps_between(&order.low, middle))
            || beside(&order.low, Side::Before)
                .into_iter()
                .any(|middle| self.keeps_between(middle, &order.high))
    }

    fn keeps_between(&self, low: &Operand, high: &Operand) -> bool {
        self.keeps(&Order { low: low.clone(), high: high.clone(), strict: false })
    }

    /// Whether an operand has a value (nearly) wherever the column has.
    fn covers(&self, operand: &Operand, column: usize) -> bool {
        let own = Operand::own(column);
        let filled = self.rows.iter().filter(|&&row| self.moments.micros(&own, row).is_some());
        let (mut all, mut missing) = (0, 0);
        for &row in filled {
            all += 1;
            missing += usize::from(self.moments.micros(operand, row).is_none());
        }
        missing as f64 <= MOST_ALONE * all as f64
    }

    /// The distance between the quartiles, and the median size, of a column's values or its differences from an operand.
    fn spread(&self, column: usize, from: Option<&Operand>) -> Option<(i128, i128)> {
        let own = Operand::own(column);
        let value = |&row: &usize| {
            let base = from.map_or(Some(0), |operand| self.moments.micros(operand, row))?;
            Some(i128::from(self.moments.micros(&own, row)?) - i128::from(base))
        };
        let mut values: Vec<i128> = self.rows.iter().filter_map(value).collect();
        if values.len() < FEWEST {
            return None;
        }
        values.sort_unstable();
        let width = values[values.len() * 3 / 4] - values[values.len() / 4];
        Some((width, values[values.len() / 2].abs()))
    }
}
