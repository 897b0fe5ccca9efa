//! Which moves are told apart.

use crate::model::privacy::{Crowd, Settings};
use crate::model::{MOST_CLASSES, NULL_TOKEN};
use std::ops::Range;

/// Moves that have a place of their own at the most, and equal shares of all others: with what lies between two of the former, fewer than
/// there are classes.
const MOST_SINGLE: usize = 24;
const SHARES: usize = MOST_CLASSES - 2 * MOST_SINGLE - 3;
/// One row of so many has to make a move that has a place of its own.
const RAREST_SINGLE: usize = 400;

/// The token of a move: 0 to NULL, else 1 + the number of the first that reaches up to it.
pub(super) fn token(moves: &[(i32, i32)], step: Option<i32>) -> u16 {
    step.map_or(NULL_TOKEN, |step| {
        let at = moves.partition_point(|&(_, high)| high < step);
        at.min(moves.len() - 1) as u16 + 1
    })
}

/// Frequent moves by themselves, what lies between together, each shared by enough subjects; at least one.
pub(super) fn told_apart(made: &[Option<i32>], subjects: &[u32], privacy: Settings) -> Vec<(i32, i32)> {
    let mut sorted: Vec<(i32, u32)> =
        made.iter().zip(subjects).filter_map(|(step, &subject)| Some(((*step)?, subject))).collect();
    sorted.sort_unstable();
    let Some(inner) = shared_range(&sorted, privacy) else { return vec![(0, 0)] };
    let single = singles(&sorted, &inner, privacy);
    let full = (sorted.len() / SHARES).max(privacy.leaf_rows());
    let mut moves: Vec<(i32, i32)> = Vec::new();
    let mut open: Vec<(i32, u32)> = Vec::new();
    for chunk in sorted.chunk_by(|a, b| a.0 == b.0) {
        let step = chunk[0].0.clamp(inner.start, inner.end - 1);
        if single.binary_search(&step).is_ok() {
            close(&mut open, &mut moves, privacy);
            if moves.last() != Some(&(step, step)) {
                moves.push((step, step));
            }
            continue;
        }
        open.extend(chunk.iter().map(|&(_, subject)| (step, subject)));
        if open.len() >= full && is_shared(&open, privacy) {
            close(&mut open, &mut moves, privacy);
        }
    }
    close(&mut open, &mut moves, privacy);
    if moves.is_empty() { vec![(0, 0)] } else { moves }
}

/// The moves that have a place of their own, ascending.
fn singles(sorted: &[(i32, u32)], inner: &Range<i32>, privacy: Settings) -> Vec<i32> {
    let least = (sorted.len() / RAREST_SINGLE).max(privacy.leaf_rows());
    let mut by_rows: Vec<(usize, i32)> = sorted
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|chunk| chunk.len() >= least && is_shared(chunk, privacy) && inner.contains(&chunk[0].0))
        .map(|chunk| (chunk.len(), chunk[0].0))
        .collect();
    by_rows.sort_unstable_by(|a, b| b.cmp(a));
    let mut single: Vec<i32> = by_rows.into_iter().take(MOST_SINGLE).map(|(_, step)| step).collect();
    single.sort_unstable();
    single
}

/// Puts open moves together. So few that they cannot be told join those before them, or count as the nearest that is told.
fn close(open: &mut Vec<(i32, u32)>, moves: &mut Vec<(i32, i32)>, privacy: Settings) {
    if let (Some(first), Some(last)) = (open.first(), open.last()) {
        let range = (first.0, last.0);
        if is_shared(open, privacy) {
            moves.push(range);
        } else if let Some(before) = moves.last_mut().filter(|before| before.0 < before.1) {
            before.1 = range.1;
        }
    }
    open.clear();
}

/// From the move that completes a crowd from below to the one that does from above.
fn shared_range(sorted: &[(i32, u32)], privacy: Settings) -> Option<Range<i32>> {
    let (low, high) = (reached(sorted.iter(), privacy)?, reached(sorted.iter().rev(), privacy)?);
    (low <= high).then_some(low..high + 1)
}

/// The move that completes a crowd.
fn reached<'a>(mut moves: impl Iterator<Item = &'a (i32, u32)>, privacy: Settings) -> Option<i32> {
    let mut crowd = Crowd::new(privacy);
    let found = moves.find(|&&(_, subject)| {
        crowd.add(subject);
        crowd.is_enough()
    });
    found.map(|&(step, _)| step)
}

fn is_shared(moves: &[(i32, u32)], privacy: Settings) -> bool {
    let mut crowd = Crowd::new(privacy);
    moves.iter().any(|&(_, subject)| {
        crowd.add(subject);
        crowd.is_enough()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(moves: &[(i32, usize)]) -> (Vec<Option<i32>>, Vec<u32>) {
        let made: Vec<Option<i32>> =
            moves.iter().flat_map(|&(step, rows)| std::iter::repeat_n(Some(step), rows)).collect();
        let subjects = (0..made.len() as u32).collect();
        (made, subjects)
    }

    #[test]
    fn frequent_moves_stand_alone_and_ends_are_shared() {
        let (made, subjects) =
            made(&[(-90, 1), (-3, 16), (0, 500), (1, 3_000), (2, 90), (7, 4), (9, 4), (70, 2)]);
        let moves = told_apart(&made, &subjects, Settings::default());
        assert_eq!(moves, [(-3, -3), (0, 0), (1, 1), (2, 2), (7, 9)]);
        assert_eq!(token(&moves, Some(-90)), 1);
        assert_eq!(token(&moves, Some(8)), 5);
        assert_eq!(token(&moves, Some(70)), 5);
        assert_eq!(token(&moves, None), NULL_TOKEN);
    }

    #[test]
    fn moves_of_one_subject_are_not_told() {
        let (made, mut subjects) = made(&[(1, 1_000), (5, 30)]);
        subjects[1_000..].fill(7);
        assert_eq!(told_apart(&made, &subjects, Settings::default()), [(1, 1)]);
    }
}
