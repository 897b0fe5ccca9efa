//! Which columns are told relative to which others.

use super::moments::Moments;
use crate::model::rule::{Operand, Statement};
use crate::model::{Limit, SemanticKind, Side};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are looked at.
const LOOKED_AT: usize = 20_000;
/// Rows without which nothing is told relative to others.
const FEWEST: usize = 30;
/// Differences that keep an order may be so much wider than values.
const WIDER: i128 = 2;
/// Differences that keep none must be so much narrower.
const NARROWER: i128 = 8;

/// What a column is told relative to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) to: Vec<Operand>,
    pub(super) side: Side,
    pub(super) until: Vec<Limit>,
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

/// Chooses for all columns of a table but some.
pub(super) fn choose(moments: &Moments<'_>, without: &BTreeSet<usize>) -> Choices {
    let all = moments.rows();
    if all < FEWEST {
        return Choices::new();
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
    choosing.keep_orders(Side::After);
    choosing.keep_orders(Side::Before);
    choosing.narrow();
    choosing.drop_checked();
    choosing.limit();
    choosing.chosen
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
    /// Tells columns relative to all that they come after (or, of those that are left, before), if the differences to the nearest
    /// of these are not much wider than the values.
    fn keep_orders(&mut self, side: Side) {
        for column in self.columns.clone() {
            let own = Operand::own(column);
            let others = self.orders.iter().filter_map(|order| match side {
                Side::After => (order.high == own).then_some(&order.low),
                _ => (order.low == own && !self.keeps(order)).then_some(&order.high),
            });
            let others: Vec<Operand> = others.filter(|other| !self.follows(other, column)).cloned().collect();
            if self.chosen.contains_key(&column) {
                continue;
            }
            let nearest = others
                .iter()
                .filter(|other| self.covers(other, column))
                .filter_map(|other| Some((self.spread(column, Some(other))?, other)))
                .min_by_key(|((_, median), _)| *median);
            let (Some(((width, _), nearest)), Some((own_width, _))) = (nearest, self.spread(column, None))
            else {
                continue;
            };
            if width <= WIDER * own_width {
                // What is before the nearest one anyway need not be looked at.
                let implied = |other: &Operand| match side {
                    Side::After => self.keeps_between(other, nearest),
                    _ => self.keeps_between(nearest, other),
                };
                let rest = others.iter().filter(|other| !implied(other));
                let to = std::iter::once(nearest).chain(rest).cloned().collect();
                self.chosen.insert(column, Choice { to, side, until: Vec::new() });
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
                .filter(|other| !self.follows(other, column) && self.covers(other, column))
                .filter_map(|other| Some((self.spread(column, Some(&other))?, other)))
                .min_by_key(|((width, _), _)| *width);
            let (Some(((width, _), nearest)), Some((own_width, _))) = (nearest, self.spread(column, None))
            else {
                continue;
            };
            if own_width > 0 && NARROWER * width <= own_width {
                let choice = Choice { to: vec![nearest], side: Side::Around, until: Vec::new() };
                self.chosen.insert(column, choice);
            }
        }
    }

    /// Takes back what a CHECK compares in another way than as an order that is kept.
    fn drop_checked(&mut self) {
        let checks = self.moments.checks();
        loop {
            let breaks = |column: &usize| {
                checks.iter().filter(|check| check.columns().contains(column)).any(|check| {
                    let orders = check.orderings();
                    let kept = |(low, high, strict): (usize, usize, bool)| {
                        let order = Order { low: Operand::own(low), high: Operand::own(high), strict };
                        self.keeps(&order) || ![low, high].contains(column)
                    };
                    let named = orders.iter().any(|(low, high, _)| [low, high].contains(&column));
                    let differ = check.unequal_pairs().iter().any(|pair| [pair.0, pair.1].contains(column));
                    !named || differ || !check.is_captured() || !orders.into_iter().all(kept)
                })
            };
            let Some(column) = self.chosen.keys().copied().find(breaks) else { return };
            self.chosen.remove(&column);
        }
    }

    /// Notes what values must not go beyond on the other side.
    fn limit(&mut self) {
        for column in self.chosen.keys().copied().collect::<Vec<usize>>() {
            let side = self.chosen[&column].side;
            let own = Operand::own(column);
            let beyond = self.orders.iter().filter(|order| !self.keeps(order));
            let limits = beyond.filter_map(|order| match side {
                Side::After => (order.low == own).then_some((&order.high, order.strict)),
                _ => (order.high == own).then_some((&order.low, order.strict)),
            });
            let limits: Vec<Limit> = limits
                .filter(|(by, _)| side != Side::Around && !self.follows(by, column))
                .map(|(by, strict)| Limit { by: by.clone(), strict })
                .collect();
            if let Some(choice) = self.chosen.get_mut(&column) {
                choice.until = limits;
            }
        }
    }

    /// Whether an operand is a column that is itself told, on whatever way, relative to `column`, or is that column.
    fn follows(&self, operand: &Operand, column: usize) -> bool {
        let Some(own) = operand.as_own() else { return false };
        let read = |choice: &Choice| {
            let limits = choice.until.iter().map(|limit| &limit.by);
            choice.to.iter().chain(limits).any(|other| self.follows(other, column))
        };
        own == column || self.chosen.get(&own).is_some_and(read)
    }

    /// Whether what is chosen keeps an order of values in all rows.
    fn keeps(&self, order: &Order) -> bool {
        let step = |from: &Operand, side: Side| {
            let choice = from.as_own().and_then(|column| self.chosen.get(&column));
            choice.filter(|choice| choice.side == side).map_or(&[][..], |choice| &choice.to)
        };
        order.low == order.high
            || step(&order.high, Side::After).iter().any(|middle| self.keeps_between(&order.low, middle))
            || step(&order.low, Side::Before).iter().any(|middle| self.keeps_between(middle, &order.high))
    }

    fn keeps_between(&self, low: &Operand, high: &Operand) -> bool {
        self.keeps(&Order { low: low.clone(), high: high.clone(), strict: false })
    }

    /// Whether an operand has a value wherever the column has, as far as can be seen.
    fn covers(&self, operand: &Operand, column: usize) -> bool {
        let nullable = self.moments.schema.tables[self.moments.table].columns[column].nullable;
        let own = Operand::own(column);
        let missing = |&row: &usize| {
            self.moments.micros(&own, row).is_some() && self.moments.micros(operand, row).is_none()
        };
        (nullable || self.moments.is_required(operand)) && !self.rows.iter().any(missing)
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
