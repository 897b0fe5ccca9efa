//! Registers over earlier siblings, for all rows at once.

use crate::model::context::{NO_ROW, Register, count_class};
use crate::model::{Feature, Field};

/// Siblings from which on first ones are too few to learn from by themselves, and the rows that are shown as such.
const LARGE_GROUP: usize = 8;
const MOST_SHOWN: usize = 50_000;

/// The rows of a table by parent.
pub(super) struct Order {
    /// All rows: parent by parent, siblings in order; rows without a parent last.
    pub(super) sorted: Vec<u32>,
    /// Where groups begin in `sorted`, and its length at the end. Every row without a parent is a group.
    pub(super) starts: Vec<u32>,
}

impl Order {
    /// `sorted` by parent already.
    pub(super) fn new(sorted: Vec<u32>, parents: &[u32]) -> Self {
        let mut starts = Vec::new();
        for (at, &row) in sorted.iter().enumerate() {
            let parent = parents[row as usize];
            if at == 0 || parent == NO_ROW || parent != parents[sorted[at - 1] as usize] {
                starts.push(at as u32);
            }
        }
        starts.push(sorted.len() as u32);
        Self { sorted, starts }
    }

    /// The rows of each group, in order.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.sorted[ends[0] as usize..ends[1] as usize])
    }

    /// Where groups are large, and so first siblings few: rows that are learned from once more as if they came first, each with the
    /// row that does come first in its group.
    pub(super) fn firsts(&self) -> Vec<(u32, u32)> {
        let sizes = self.starts.windows(2).map(|ends| (ends[1] - ends[0]) as usize).filter(|&size| size > 1);
        let (groups, rows) = sizes.fold((0, 0), |(groups, rows), size| (groups + 1, rows + size));
        if rows < LARGE_GROUP * groups {
            return Vec::new();
        }
        let step = self.sorted.len().div_ceil(MOST_SHOWN);
        let rows = self.starts.windows(2).flat_map(|ends| {
            let first = self.sorted[ends[0] as usize];
            (ends[0] + 1..ends[1]).map(move |at| (at, first))
        });
        rows.filter(|(at, _)| (*at as usize).is_multiple_of(step))
            .map(|(at, first)| (self.sorted[at as usize], first))
            .collect()
    }
}

/// The classes of a feature of siblings, by row of the table, given the classes of fields; `None` for features of
/// other kinds and of fields that are not known.
pub(super) fn classes(
    order: &Order,
    feature: &Feature,
    field: impl Fn(Field) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    Some(match feature {
        Feature::Of { .. } | Feature::Detail { .. } | Feature::Along { .. } => return None,
        Feature::Position => by_place(order, |place, _| count_class(place)),
        Feature::Left => by_place(order, |place, size| count_class(size - 1 - place)),
        Feature::Earlier { back, field: of } => {
            registered(order, &field(*of)?, |register| register.earlier(*back))
        }
        Feature::Mean(of) => registered(order, &field(*of)?, Register::mean),
        Feature::Distinct(of) => registered(order, &field(*of)?, Register::distinct),
    })
}

fn by_place(order: &Order, class: impl Fn(usize, usize) -> u8) -> Vec<u8> {
    let mut classes = vec![0; order.sorted.len()];
    for group in order.groups() {
        for (place, &row) in group.iter().enumerate() {
            classes[row as usize] = class(place, group.len());
        }
    }
    classes
}

fn registered(order: &Order, column: &[u8], class: impl Fn(&Register) -> u8) -> Vec<u8> {
    let mut classes = vec![0; column.len()];
    for group in order.groups() {
        let mut register = Register::default();
        for &row in group {
            classes[row as usize] = class(&register);
            register.update(column[row as usize]);
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_restart_with_every_group() {
        let order = Order { sorted: vec![2, 0, 1, 3], starts: vec![0, 3, 4] };
        let column = [5u8, 7, 9, 4];
        let features = [
            Feature::Position,
            Feature::Left,
            Feature::Earlier { back: 1, field: Field::Column(0) },
            Feature::Earlier { back: 2, field: Field::Column(0) },
            Feature::Mean(Field::Column(0)),
        ];
        let of = |feature: &Feature| classes(&order, feature, |_| Some(column.to_vec())).unwrap_or_default();
        assert_eq!(of(&features[0]), [1, 2, 0, 0]);
        assert_eq!(of(&features[1]), [1, 0, 2, 0]);
        assert_eq!(of(&features[2]), [9, 5, 0, 0]);
        assert_eq!(of(&features[3]), [0, 9, 0, 0]);
        assert_eq!(of(&features[4]), [9, 7, 0, 0]);
    }
}
