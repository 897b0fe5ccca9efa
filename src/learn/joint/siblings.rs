//! Registers over earlier siblings, for all rows at once.

use super::spine::Spine;
use crate::model::context::{Register, count_class};
use crate::model::{Feature, Field};

/// The classes of a feature of siblings, by row of the table, given the classes of fields; `None` for features of
/// other kinds and of fields that are not known.
pub(super) fn classes(
    spine: &Spine,
    feature: &Feature,
    field: impl Fn(Field) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    Some(match feature {
        Feature::Of { .. } | Feature::Detail { .. } => return None,
        Feature::Position => by_place(spine, |place, _| count_class(place)),
        Feature::Left => by_place(spine, |place, size| count_class(size - 1 - place)),
        Feature::Earlier { back, field: of } => {
            registered(spine, &field(*of)?, |register| register.earlier(*back))
        }
        Feature::Mean(of) => registered(spine, &field(*of)?, Register::mean),
        Feature::Distinct(of) => registered(spine, &field(*of)?, Register::distinct),
        Feature::Seen { field: of, class } => {
            registered(spine, &field(*of)?, |register| register.has(*class))
        }
    })
}

fn groups(spine: &Spine) -> impl Iterator<Item = &[u32]> {
    spine.starts.windows(2).map(|ends| &spine.sorted[ends[0] as usize..ends[1] as usize])
}

fn by_place(spine: &Spine, class: impl Fn(usize, usize) -> u8) -> Vec<u8> {
    let mut classes = vec![0; spine.sorted.len()];
    for group in groups(spine) {
        for (place, &row) in group.iter().enumerate() {
            classes[row as usize] = class(place, group.len());
        }
    }
    classes
}

fn registered(spine: &Spine, column: &[u8], class: impl Fn(&Register) -> u8) -> Vec<u8> {
    let mut classes = vec![0; column.len()];
    for group in groups(spine) {
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
        let spine = Spine { foreign_key: 0, order: None, sorted: vec![2, 0, 1, 3], starts: vec![0, 3, 4] };
        let column = [5u8, 7, 9, 4];
        let features = [
            Feature::Position,
            Feature::Left,
            Feature::Earlier { back: 1, field: Field::Column(0) },
            Feature::Earlier { back: 2, field: Field::Column(0) },
            Feature::Mean(Field::Column(0)),
        ];
        let of = |feature: &Feature| classes(&spine, feature, |_| Some(column.to_vec())).unwrap_or_default();
        assert_eq!(of(&features[0]), [1, 2, 0, 0]);
        assert_eq!(of(&features[1]), [1, 0, 2, 0]);
        assert_eq!(of(&features[2]), [9, 5, 0, 0]);
        assert_eq!(of(&features[3]), [0, 9, 0, 0]);
        assert_eq!(of(&features[4]), [9, 7, 0, 0]);
    }
}
