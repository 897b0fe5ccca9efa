//! Values that go one way along siblings: what was drawn for a group is dealt out among its rows in order.

use super::drawing::{Drawing, Target};
use super::groups::Groups;
use crate::model::{Dependence, Field, NULL_TOKEN};

/// Slots whose tokens stand in order along siblings, with whether they fall: what orders these, and what runs one way. The
/// former comes first; without it there are none.
pub(super) fn all(dependence: &Dependence, targets: &[Target<'_>]) -> Vec<(usize, bool)> {
    let slot = |column: usize| targets.iter().position(|target| target.field == Field::Column(column));
    let Some(order) = dependence.order.and_then(slot) else { return Vec::new() };
    let runs = dependence.runs.iter().filter_map(|run| Some((slot(run.column)?, run.falling)));
    let runs = runs.filter(|&(slot, _)| {
        let target = &targets[slot];
        target.known.is_none()
            && target.computed.is_none()
            && target.decided.is_none()
            && target.ranking.is_none()
    });
    std::iter::once((order, false)).chain(runs).collect()
}

impl Drawing<'_> {
    /// Puts the tokens of a slot in order within each group, where they stand in order; those of a run only where rules admit them so.
    pub(super) fn put_in_order(&mut self, slot: usize) {
        let (Some(groups), Some(&(_, falling))) = (self.groups, self.runs.iter().find(|run| run.0 == slot))
        else {
            return;
        };
        let is_run = self.order != Some(slot);
        let mut sorted = self.tokens[slot].clone();
        sort_within(groups, &mut sorted, NULL_TOKEN, falling);
        for group in groups.iter() {
            if !is_run || group.iter().all(|&row| self.admits(slot, row, sorted[row as usize])) {
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
