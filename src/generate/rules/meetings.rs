//! Rows of a parent made to follow each other without a gap: each begins where the one before ends.
//!
//! How long a row lasts was drawn, and so was where it begins; one of both has to give way. The next row begins where this one ends, as
//! long as that leaves it within the range of beginnings and of what other columns bound; else this one ends where the next one begins.

use super::ruled::{Operands, values};
use super::sequences::{groups, list, may_move, units};
use super::units::Unit;
use super::{all_orderings, nulls};
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::rule::Operand;
use std::collections::BTreeMap;

/// The error says why the columns may not be moved.
pub(super) fn meet(
    tables: &mut Tables,
    site: &Site<'_>,
    foreign_key: usize,
    (start, end): (usize, usize),
) -> Result<(), String> {
    may_move(tables, site, foreign_key, &[start, end])?;
    let schema = tables.schema.clone();
    let this = &schema.tables[site.table];
    let group = &this.foreign_keys[foreign_key].columns;
    // Within a parent rows begin one after the other, so what tells them apart there stays apart.
    let mut keys =
        this.unique_keys().filter(|key| [start, end].iter().any(|column| key.columns.contains(column)));
    if keys.any(|key| group.iter().any(|column| !key.columns.contains(column))) {
        return Err("a key holds rows of several parents apart by it".to_owned());
    }
    let Some(mut spans) = Spans::new(tables, site, (start, end)) else { return Ok(()) };
    let order = spans.starts.clone();
    for mut rows in groups(tables, site.table, foreign_key, |row| order[row]) {
        rows.retain(|&row| order[row].is_some());
        spans.meet(&mut rows);
    }
    list(tables, (site.table, start), spans.unit, &spans.starts);
    list(tables, (site.table, end), spans.unit, &spans.ends);
    Ok(())
}

/// From where to where rows last.
struct Spans {
    starts: Vec<Option<i64>>,
    ends: Vec<Option<i64>>,
    unit: Unit,
    /// The last start of all rows.
    last: i64,
    /// What starts and ends are not above, by row.
    start_bounds: Vec<(Operands, bool)>,
    end_bounds: Vec<(Operands, bool)>,
    /// Whether rows may change ends: rules about NULLs say nothing of them.
    may_swap: bool,
}

impl Spans {
    fn new(tables: &Tables, site: &Site<'_>, (start, end): (usize, usize)) -> Option<Self> {
        let rules = &site.plan.tables[site.table].rules;
        let rows: Vec<Option<u64>> = (0..tables.tables[site.table].rows).map(Some).collect();
        let [starts, ends] = [start, end].map(|column| tables.all_values(site.table, column));
        let (unit, [starts, ends]) = units([&starts, &ends]);
        let bounds = |column: usize| {
            let is_own = |operand: &Operand| operand.as_own() == Some(start) || operand.as_own() == Some(end);
            let above = all_orderings(rules)
                .into_iter()
                .filter(|(low, high, _)| low.as_own() == Some(column) && !is_own(high))
                .filter(|(_, high, _)| matches!(high, Operand::Column { .. }));
            above
                .map(|(_, high, strict)| (values(tables, site.table, &high, &BTreeMap::new(), &rows), strict))
                .collect::<Vec<_>>()
        };
        let told = rules.iter().flat_map(|rule| nulls::columns(&rule.statement)).any(|column| column == end);
        Some(Self {
            last: starts.iter().flatten().copied().max()?,
            start_bounds: bounds(start),
            end_bounds: bounds(end),
            starts,
            ends,
            unit,
            may_swap: !told,
        })
    }

    /// How long a row lasts, if it ends before all rows have begun.
    fn span(&self, row: usize) -> Option<i64> {
        let (start, end) = (self.starts[row]?, self.ends[row]?);
        (start < end && end <= self.last).then(|| end.saturating_sub(start))
    }

    /// Makes the rows of one parent meet, which are in order.
    fn meet(&mut self, rows: &mut [usize]) {
        self.close(rows);
        let Some(&last) = rows.last() else { return };
        let spans: Vec<Option<i64>> = rows.iter().map(|&row| self.span(row)).collect();
        let length = |end: i64| self.starts[last].map_or(0, |start| end.saturating_sub(start));
        let end_of_last = self.ends[last].map(|end| (end, length(end)));
        for (at, pair) in rows.windows(2).enumerate() {
            let [this, next] = [pair[0], pair[1]];
            let (Some(start), Some(drawn)) = (self.starts[this], self.starts[next]) else { continue };
            let within = |begin: &i64| *begin <= self.last && self.admits(this, next, *begin);
            let met = spans[at].map(|span| start.saturating_add(span)).filter(within);
            let met = met.or(Some(drawn).filter(|&drawn| drawn > start)).unwrap_or(start.saturating_add(1));
            (self.ends[this], self.starts[next]) = (Some(met), Some(met));
        }
        // The last row lasts as long as it did, unless it is open.
        if let (Some((end, span)), Some(start)) = (end_of_last, self.starts[last]) {
            let moved = if end > self.last && end > start { end } else { start.saturating_add(span) };
            let is_open = self.keeps(&self.end_bounds, last, moved);
            self.ends[last] = Some(if is_open || end <= start { moved } else { end });
        }
    }

    /// Sees to it that only the last row is open: what is open before it changes ends with it, or places where rules say who is open.
    fn close(&mut self, rows: &mut [usize]) {
        let Some(at_last) = rows.len().checked_sub(1) else { return };
        for at in 0..at_last {
            let (row, last) = (rows[at], rows[at_last]);
            let (None, Some(closed)) = (self.span(row), self.span(last)) else { continue };
            let (Some(start), Some(start_of_last)) = (self.starts[row], self.starts[last]) else { continue };
            // What lies beyond all starts (`9999-01-01`) is no span, and stays what it is.
            let by = start_of_last.saturating_sub(start);
            let open = self.ends[row].map(|end| if end > self.last { end } else { end.saturating_add(by) });
            if self.may_swap {
                self.ends[last] = open;
                self.ends[row] = Some(start.saturating_add(closed));
            } else {
                self.ends[row] = open;
                self.ends[last] = Some(start.saturating_add(closed));
                (self.starts[row], self.starts[last]) = (Some(start_of_last), Some(start));
                rows.swap(at, at_last);
            }
        }
    }

    /// Whether a row may end, and the next one begin, there.
    fn admits(&self, this: usize, next: usize, at: i64) -> bool {
        self.keeps(&self.end_bounds, this, at) && self.keeps(&self.start_bounds, next, at)
    }

    /// Whether something at a row is not above its bounds.
    fn keeps(&self, bounds: &[(Operands, bool)], row: usize, at: i64) -> bool {
        bounds.iter().all(|(bound, strict)| {
            let order = bound.scalar(row).and_then(|bound| self.unit.value(at).compare(bound));
            order.is_none_or(|order| if *strict { order.is_lt() } else { order.is_le() })
        })
    }
}
