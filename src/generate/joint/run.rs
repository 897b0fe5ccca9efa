//! Values that go one way along siblings: what was drawn for a group is dealt out among its rows in order.

use super::drawing::{Drawing, Target};
use super::groups::Groups;
use crate::model::{Dependence, Field, NULL_TOKEN};

/// Slots whose tokens go one way along siblings, with whether they fall.
pub(super) fn all(dependence: &Dependence, targets: &[Target<'_>]) -> Vec<(usize, bool)> {
    let slot = |column: usize| targets.iter().position(|target| target.field == Field::Column(column));
    let runs = dependence.runs.iter().filter_map(|run| Some((slot(run.column)?, run.falling)));
    runs.filter(|&(slot, _)| {
        let target = &targets[slot];
        target.known.is_none()
            && target.computed.is_none()
            && target.decided.is_none()
            && target.ranking.is_none()
    })
    .collect()
}

impl Drawing<'_> {
    /// Puts the tokens of a slot in order within each group, where they go one way and rules admit them so.
    pub(super) fn run(&mut self, slot: usize) {
        let Some(&(_, falling)) = self.runs.iter().find(|run| run.0 == slot) else { return };
        let Some(groups) = self.groups.filter(|_| self.order.is_some()) else { return };
        let mut sorted = self.tokens[slot].clone();
        sort_within(groups, &mut sorted, NULL_TOKEN, falling);
        for group in groups.iter() {
            if group.iter().all(|&row| self.admits(slot, row, sorted[row as usize])) {
                group.iter().for_each(|&row| self.set(slot, row, sorted[row as usize]));
            }
        }
    }
}

/// Puts values in order within each group, the least or the greatest first; those that are `none` stay where they are.
pub(super) fn sort_within<T: Copy + Ord>(groups: &Groups, values: &mut [T], none: T, falling: bool) {
    let mut sorted = Vec::new();
    for group in groups.iter() {
        let rows = || group.iter().map(|&row| row as usize);
        sorted.clear();
        sorted.extend(rows().map(|row| values[row]).filter(|value| *value != none));
        if sorted.is_sorted() && !falling {
            continue;
        }
        sorted.sort_unstable();
        if falling {
            sorted.reverse();
        }
        let mut next = sorted.iter();
        for row in rows() {
            if values[row] != none
                && let Some(&value) = next.next()
            {
                values[row] = value;
            }
        }
    }
}
