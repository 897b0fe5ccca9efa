//! Which column tells the order of rows in groups (the points by which places are given), and whether values go one way along it.

use crate::model::rule::Along;
use std::cmp::{Ordering, Reverse};

/// Of so many neighbours one pair has to differ in the column.
const TELLING: usize = 10;
/// Of so many that differ one pair may be the other way round.
const EXCEPTIONS: usize = 100;

/// The column that tells most of the order of `pairs` (neighbours, the first one first); one without exceptions before all that have some.
/// `compare` compares the values of a column in two rows.
pub(super) fn told(
    pairs: &[(u32, u32)],
    columns: impl Iterator<Item = usize>,
    compare: impl Fn(usize, u32, u32) -> Ordering,
) -> Along {
    let of = |column: usize| {
        let way = one_way(pairs, |one, next| compare(column, one, next))?;
        Some(((way.except == 0, way.pairs, Reverse(column)), way))
    };
    let found = columns.filter_map(of).max_by_key(|found| found.0);
    found.map_or(Along::Nothing, |((.., Reverse(column)), way)| Along::Values {
        column,
        falling: way.falling,
        except: way.except as u64,
    })
}

/// Which way values go along rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// Whether they fall.
    pub(super) falling: bool,
    /// Pairs of neighbours that go this way, and those that go the other way.
    pub(super) pairs: usize,
    pub(super) except: usize,
}

/// The way that values go along `pairs` of neighbours, if it is one way and they often differ.
pub(super) fn one_way(pairs: &[(u32, u32)], compare: impl Fn(u32, u32) -> Ordering) -> Option<Way> {
    strictly(pairs, compare).filter(|way| way.pairs * TELLING >= pairs.len())
}

/// The way that values go along `pairs` of neighbours, if it is one way, however seldom they differ.
pub(super) fn strictly(pairs: &[(u32, u32)], compare: impl Fn(u32, u32) -> Ordering) -> Option<Way> {
    let (mut rising, mut falling) = (0usize, 0usize);
    for &(one, next) in pairs {
        match compare(one, next) {
            Ordering::Less => rising += 1,
            Ordering::Greater => falling += 1,
            Ordering::Equal => {}
        }
        if rising.min(falling) * EXCEPTIONS > pairs.len() {
            return None;
        }
    }
    let way = Way { falling: falling > rising, pairs: rising.max(falling), except: rising.min(falling) };
    (way.pairs > 0 && way.except * EXCEPTIONS <= way.pairs).then_some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(columns: &[&[i64]]) -> Along {
        let pairs: Vec<(u32, u32)> = (1..columns[0].len() as u32).map(|row| (row - 1, row)).collect();
        let compare = |column: usize, one: u32, next: u32| {
            columns[column][one as usize].cmp(&columns[column][next as usize])
        };
        told(&pairs, 0..columns.len(), compare)
    }

    #[test]
    fn what_never_turns_tells_the_order() {
        let (up, down, wild) = ([1, 2, 2, 3, 9], [9, 8, 8, 8, 1], [1, 5, 2, 7, 3]);
        assert_eq!(told_of(&[&wild, &down, &up]), Along::Values { column: 2, falling: false, except: 0 });
        assert_eq!(told_of(&[&wild, &down]), Along::Values { column: 1, falling: true, except: 0 });
        assert_eq!(told_of(&[&wild, &[4; 5]]), Along::Nothing);
    }

    #[test]
    fn one_of_a_hundred_may_be_the_other_way_round() {
        let mut nearly: Vec<i64> = (0..200).rev().collect();
        nearly.swap(50, 51);
        let steps: Vec<i64> = (0..200).map(|row| row / 5).collect();
        assert_eq!(told_of(&[&nearly]), Along::Values { column: 0, falling: true, except: 1 });
        assert_eq!(told_of(&[&nearly, &steps]), Along::Values { column: 1, falling: false, except: 0 });
        (0..10).for_each(|at| nearly.swap(10 * at + 2, 10 * at + 3));
        assert_eq!(told_of(&[&nearly]), Along::Nothing);
    }
}
