//! What comes of dealing keys out: where every part of a row went, and the rows that keys have no room for.

use super::Site;
use super::distinct::{Deal, Tuple, What};
use super::keys::Holds;
use crate::generate::table::{Link, Positions, Source, Tables};

/// Rows that cannot be kept.
#[derive(Default)]
pub(crate) struct Lost {
    /// The rows, in order.
    pub(crate) rows: Vec<usize>,
    /// Whether one of them clashes in a key of the table's own columns: no number of parents would make room for it.
    pub(crate) by_itself: bool,
    /// Columns of which rows share what hardly any share in the source, and how many rows do.
    pub(crate) shared: Vec<(Vec<usize>, usize)>,
}

impl Deal {
    /// Rows to take out: of every tuple all but its first row, and rows whose parts should differ and do not.
    pub(super) fn surplus(&mut self) -> Lost {
        let mut lost = Lost::default();
        for row in self.clashing() {
            if self.breaks_key(row) || self.breaks_by_parents(row) {
                lost.by_itself |=
                    self.tuples.iter().any(|tuple| self.is_own(tuple) && self.is_twice(tuple, row));
                self.note(row, false);
                lost.rows.push(row);
            }
        }
        lost.rows.sort_unstable();
        for tuple in self.tuples.iter().filter(|tuple| tuple.holds == Holds::Found) {
            let rows = tuple.seen.values().map(|&count| count.saturating_sub(1) as usize).sum();
            if rows > 0 {
                lost.shared.push((tuple.columns.clone(), rows));
            }
        }
        lost
    }

    fn is_own(&self, tuple: &Tuple) -> bool {
        tuple.parts.iter().all(|(part, _)| matches!(self.parts[*part].what, What::Column(_)))
    }

    pub(super) fn store(self, tables: &mut Tables, site: &Site<'_>) {
        let target = &mut tables.tables[site.table];
        for part in self.parts {
            match part.what {
                What::Link(number) => {
                    // Late references find their parents when all tables have their rows.
                    if !matches!(target.links[number], Link::Implied { .. } | Link::Missing | Link::Undecided)
                    {
                        target.links[number] = Link::Listed(part.dealt);
                    }
                }
                What::Column(column) => {
                    if let Source::Drawn(drawn) = &mut target.columns[column] {
                        drawn.positions = Positions::Listed(std::sync::Arc::new(part.dealt));
                    }
                }
            }
        }
    }
}
