//! Rows of a parent made to follow each other without a gap: each begins where the one before ends.
//!
//! How long a row lasts was drawn, and so was where it begins; one of both has to give way. The next row begins where this one ends, as
//! long as that leaves it within the range of beginnings and of what other columns bound; else this one ends where the next one begins.

use super::ruled::{Operands, into_array, scalar, values};
use super::{all_orderings, dealt, is_free, nulls};
use crate::generate::structure::Site;
use crate::generate::table::{Link, Source, Tables};
use crate::model::Model;
use crate::model::rule::{Operand, Scalar, Statement};
use crate::plan::Plan;
use std::collections::BTreeMap;

/// Makes the rows of all tables meet, and says where that cannot be. Totals are summed up before, and again where something has moved.
pub(super) fn meet_all(tables: &mut Tables, model: &Model, plan: &Plan) -> Vec<String> {
    let (mut notes, mut moved) = (Vec::new(), false);
    for &table in &plan.order {
        let site = Site { model, plan, table };
        for rule in &plan.tables[table].rules {
            let Statement::Meeting { foreign_key, start, end, .. } = rule.statement else { continue };
            if tables.tables[table].rows == 0 {
                continue;
            }
            match meet(tables, &site, foreign_key, (start, end)) {
                Some(()) => moved = true,
                None => notes.push(format!(
                    "{}: not kept, since keys or settings decide one of its columns: {}",
                    model.schema.tables[table].name,
                    rule.statement.sentence(&model.schema, table)
                )),
            }
        }
    }
    if moved {
        super::sum_up(tables, model, plan);
    }
    notes
}

/// `None` where the columns may not be moved.
fn meet(
    tables: &mut Tables,
    site: &Site<'_>,
    foreign_key: usize,
    (start, end): (usize, usize),
) -> Option<()> {
    let schema = tables.schema.clone();
    let this = &schema.tables[site.table];
    let group = &this.foreign_keys[foreign_key].columns;
    // Within a parent rows begin one after the other, so what tells them apart there stays apart.
    let is_apart = this
        .unique_keys()
        .filter(|key| key.columns.contains(&start) || key.columns.contains(&end))
        .all(|key| group.iter().all(|column| key.columns.contains(column)));
    let is_known = !matches!(tables.tables[site.table].links[foreign_key], Link::Undecided | Link::Missing);
    let is_small = tables.tables[site.table].rows <= dealt::MOST_ROWS;
    if !(is_apart && is_known && is_small && is_free(tables, site, start) && is_free(tables, site, end)) {
        return None;
    }
    let mut spans = Spans::new(tables, site, (start, end))?;
    for mut rows in groups(tables, site.table, foreign_key, &spans.starts) {
        spans.meet(&mut rows);
    }
    for (column, units) in [(start, &spans.starts), (end, &spans.ends)] {
        let array = tables.all_values(site.table, column);
        let value = |units: i64| spans.kind.map(|kind| with_units(kind, units));
        let listed =
            into_array(units.iter().map(|units| units.and_then(value)), &this.columns[column].data_type);
        debug_assert_eq!(listed.data_type(), array.data_type());
        tables.tables[site.table].columns[column] = Source::Listed(listed);
    }
    Some(())
}

/// The rows of each parent that has several, in the order of their starts.
fn groups(tables: &Tables, table: usize, foreign_key: usize, starts: &[Option<i64>]) -> Vec<Vec<usize>> {
    let mut rows: Vec<(u64, Option<i64>, usize)> = (0..tables.tables[table].rows)
        .filter_map(|row| Some((tables.parent(table, foreign_key, row)?, starts[row as usize], row as usize)))
        .filter(|row| row.1.is_some())
        .collect();
    rows.sort_unstable();
    let several = rows.chunk_by(|one, next| one.0 == next.0).filter(|group| group.len() > 1);
    several.map(|group| group.iter().map(|row| row.2).collect()).collect()
}

/// From where to where rows last.
struct Spans {
    starts: Vec<Option<i64>>,
    ends: Vec<Option<i64>>,
    /// A value like those of both columns.
    kind: Option<Scalar>,
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
        let kind = (0..rows.len()).find_map(|row| scalar(&starts, row));
        let [starts, ends] = [starts, ends].map(|array| {
            (0..rows.len()).map(|row| units(scalar(&array, row)?)).collect::<Vec<Option<i64>>>()
        });
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
            kind,
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
            let is_open = self.end_bounds.iter().all(|bound| keeps(bound, last, moved));
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
            let moved = |end: Option<i64>, by: i64, last: i64| {
                end.map(|end| if end > last { end } else { end.saturating_add(by) })
            };
            let by = start_of_last.saturating_sub(start);
            if self.may_swap {
                // What lies beyond all starts (`9999-01-01`) is no span, and stays what it is.
                self.ends[last] = moved(self.ends[row], by, self.last);
                self.ends[row] = Some(start.saturating_add(closed));
            } else {
                self.ends[row] = moved(self.ends[row], by, self.last);
                self.ends[last] = Some(start.saturating_add(closed));
                (self.starts[row], self.starts[last]) = (Some(start_of_last), Some(start));
                rows.swap(at, at_last);
            }
        }
    }

    /// Whether a row may end, and the next one begin, there.
    fn admits(&self, this: usize, next: usize, at: i64) -> bool {
        self.end_bounds.iter().all(|bound| keeps(bound, this, at))
            && self.start_bounds.iter().all(|bound| keeps(bound, next, at))
    }
}

fn keeps((bound, strict): &(Operands, bool), row: usize, at: i64) -> bool {
    bound.scalar(row).and_then(units).is_none_or(|most| if *strict { at < most } else { at <= most })
}

/// A whole number, day or time in its own units.
fn units(value: Scalar) -> Option<i64> {
    match value {
        Scalar::Date(units) | Scalar::Time(units) | Scalar::Moment(units) => Some(units),
        Scalar::Exact(units, _) => i64::try_from(units).ok(),
        Scalar::Real(_) => None,
    }
}

fn with_units(kind: Scalar, units: i64) -> Scalar {
    match kind {
        Scalar::Date(_) => Scalar::Date(units),
        Scalar::Time(_) => Scalar::Time(units),
        Scalar::Moment(_) => Scalar::Moment(units),
        Scalar::Exact(_, scale) => Scalar::Exact(i128::from(units), scale),
        Scalar::Real(_) => Scalar::Real(units as f64),
    }
}
