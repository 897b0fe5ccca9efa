//! Rows that know what their parent is like, and places under parents: who comes where.
//!
//! Every place is taken, so that each parent has exactly as many children as it should; as many rows as possible get a parent that is
//! what they asked for, first in the most telling field, then in the next one.

use rustc_hash::FxHashSet;

/// Rows and places under parents, with one number per field, most telling field first.
pub(super) struct Side<'a> {
    /// Rows (or places, by the row of their parent), shuffled: ties are broken by this order.
    pub(super) members: &'a [u32],
    /// By field: the token of each row (or of each parent's row).
    pub(super) tokens: &'a [&'a [u16]],
}

/// Pairs of (row, parent's row): as many as the shorter side has members.
pub(super) fn pair(rows: &Side<'_>, places: &Side<'_>) -> Vec<(u32, u32)> {
    let mut pairs = Vec::with_capacity(rows.members.len());
    level(0, rows, places, rows.members.to_vec(), places.members.to_vec(), &mut pairs);
    pairs
}

/// Pairs members that agree on field `at`, recursively, and then those that are left over, in order of their tokens.
fn level(
    at: usize,
    rows: &Side<'_>,
    places: &Side<'_>,
    mut wanting: Vec<u32>,
    mut free: Vec<u32>,
    pairs: &mut Vec<(u32, u32)>,
) {
    let (Some(wanted), Some(had)) = (rows.tokens.get(at), places.tokens.get(at)) else {
        pairs.extend(wanting.into_iter().zip(free));
        return;
    };
    // Stable: within a token the shuffled order stays.
    wanting.sort_by_key(|&row| wanted[row as usize]);
    free.sort_by_key(|&parent| had[parent as usize]);
    let (mut left, mut open) = (Vec::new(), Vec::new());
    let (mut row, mut place) = (0, 0);
    while row < wanting.len() || place < free.len() {
        let next =
            |list: &[u32], from: usize, tokens: &[u16]| list.get(from).map(|&one| tokens[one as usize]);
        let (asked, offered) = (next(&wanting, row, wanted), next(&free, place, had));
        let token = asked.into_iter().chain(offered).min().unwrap_or(0);
        let end = |list: &[u32], from: usize, tokens: &[u16]| {
            from + list[from..].partition_point(|&one| tokens[one as usize] <= token)
        };
        let (rows_end, places_end) = (end(&wanting, row, wanted), end(&free, place, had));
        let both = (rows_end - row).min(places_end - place);
        if both > 0 {
            let (agreed, found) = (wanting[row..row + both].to_vec(), free[place..place + both].to_vec());
            level(at + 1, rows, places, agreed, found, pairs);
        }
        left.extend_from_slice(&wanting[row + both..rows_end]);
        open.extend_from_slice(&free[place + both..places_end]);
        (row, place) = (rows_end, places_end);
    }
    pairs.extend(left.into_iter().zip(open));
}

/// Places further on, or back, that a row looks at, where its own is under a parent that its group has.
const WINDOW: usize = 4_096;

/// Pairs of (row, parent's row) in the order of all fields: the first row takes the first place. What is asked for too often moves those that
/// ask for it, and their neighbours, by little, so that rows that follow each other still do. Rows of one `group` get different
/// parents, as far as there are such nearby.
pub(super) fn pair_in_order(rows: &Side<'_>, places: &Side<'_>, group: Option<&[u32]>) -> Vec<(u32, u32)> {
    let sorted = |side: &Side<'_>| {
        let mut members = side.members.to_vec();
        members.sort_by(|&a, &b| {
            let key = |one: u32| side.tokens.iter().map(move |tokens| tokens[one as usize]);
            key(a).cmp(key(b))
        });
        members
    };
    let (asking, mut free) = (sorted(rows), sorted(places));
    let Some(group) = group else { return asking.into_iter().zip(free).collect() };
    let of = |at: usize| group[asking[at] as usize];
    let mut met: FxHashSet<(u32, u32)> = FxHashSet::default();
    for at in 0..asking.len().min(free.len()) {
        let end = free.len().min(at + WINDOW);
        // Places under one parent stand together: it is asked for once.
        let is_next = |other: &usize| *other == at || free[*other] != free[other - 1];
        let is_open = |other: &usize| !met.contains(&(of(at), free[*other]));
        if let Some(found) = (at..end).filter(is_next).find(is_open) {
            // Those in between wait a place longer.
            free[at..=found].rotate_right(1);
        } else {
            // Nothing is left further on: an earlier row takes this place and gives its own.
            let fits = |&other: &usize| {
                !met.contains(&(of(at), free[other])) && !met.contains(&(of(other), free[at]))
            };
            if let Some(other) = (at.saturating_sub(WINDOW)..at).rev().find(fits) {
                met.remove(&(of(other), free[other]));
                free.swap(at, other);
                met.insert((of(other), free[other]));
            }
        }
        met.insert((of(at), free[at]));
    }
    asking.into_iter().zip(free).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_what_they_ask_for_as_far_as_it_goes() {
        // Parents 0 and 1 have token 1, parent 2 has token 5; three rows want 1, one wants 5, one wants 4.
        let (first, second) = ([1, 1, 1, 5, 4], [7, 8, 7, 0, 0]);
        let (has_first, has_second) = ([1, 1, 5], [8, 7, 0]);
        let rows = Side { members: &[0, 1, 2, 3, 4], tokens: &[&first, &second] };
        let places = Side { members: &[2, 0, 1, 1, 2], tokens: &[&has_first, &has_second] };
        let mut pairs = pair(&rows, &places);
        pairs.sort_unstable();
        assert_eq!(pairs, [(0, 1), (1, 0), (2, 1), (3, 2), (4, 2)]);
    }

    #[test]
    fn every_place_is_taken_once() {
        let wanted: Vec<u16> = (0..1_000u32).map(|row| (row * 7 % 13) as u16).collect();
        let had: Vec<u16> = (0..100u32).map(|parent| (parent % 11) as u16).collect();
        let members: Vec<u32> = (0..1_000).collect();
        let places: Vec<u32> = (0..1_000).map(|place| place / 10).collect();
        let pairs = pair(
            &Side { members: &members, tokens: &[&wanted] },
            &Side { members: &places, tokens: &[&had] },
        );
        let mut taken = vec![0; 100];
        pairs.iter().for_each(|pair| taken[pair.1 as usize] += 1);
        assert!(taken.iter().all(|&count| count == 10));
        let agreed = pairs.iter().filter(|pair| wanted[pair.0 as usize] == had[pair.1 as usize]).count();
        assert!(agreed > 800, "{agreed}");
    }

    #[test]
    fn rows_in_order_move_by_little_and_meet_no_parent_twice() {
        // Two groups ask for parents 0 to 9 in turn, parent 3 twice each; every parent has two places, and there are more further on.
        let group: Vec<u32> = (0..22).map(|row| row % 2).collect();
        let wanted: Vec<u16> = (0..22u16).map(|row| (row / 2).min(10) - u16::from(row >= 8)).collect();
        let had: Vec<u16> = (0..11).collect();
        let members: Vec<u32> = (0..22).collect();
        let places: Vec<u32> = (0..22).map(|place| place / 2).collect();
        let sides =
            (Side { members: &members, tokens: &[&wanted] }, Side { members: &places, tokens: &[&had] });
        let pairs = pair_in_order(&sides.0, &sides.1, Some(&group));
        let mut met: Vec<(u32, u32)> =
            pairs.iter().map(|&(row, parent)| (group[row as usize], parent)).collect();
        met.sort_unstable();
        met.dedup();
        assert_eq!(met.len(), 22, "{pairs:?}");
        let moved = pairs.iter().map(|&(row, parent)| parent.abs_diff(u32::from(wanted[row as usize]))).max();
        assert_eq!(moved, Some(1), "{pairs:?}");
    }

    #[test]
    fn the_last_rows_exchange_with_earlier_ones() {
        // Row 2 comes last, to a place under the parent that its group has already; row 0 gives it its own.
        let (wanted, had, group) = ([0, 1, 1], [0, 1], [1, 0, 0]);
        let rows = Side { members: &[0, 1, 2], tokens: &[&wanted] };
        let places = Side { members: &[0, 1, 1], tokens: &[&had] };
        let mut pairs = pair_in_order(&rows, &places, Some(&group));
        pairs.sort_unstable();
        assert_eq!(pairs, [(0, 1), (1, 1), (2, 0)]);
    }
}
