//! Which parents of a class have how many children, when the class has a number of them.
//!
//! Children move between two parents of one class, so that the sums of classes stay. What is brought down is the distance
//! between the histogram of children per parent and the learned one, and the same distance for every key that follows from
//! this one: a local search, as in [`arrange`](super::arrange).

use super::sums::{Grouping, Sums, Surplus, weight_of};
use crate::rng::{Key, Stream};

/// Moves that are tried per parent, and at the most.
const TRIES_PER_PARENT: u64 = 300;
const MOST_TRIES: u64 = 12_000_000;
const ROUNDS: u64 = 20;
/// What a key's own histogram weighs against those of the keys that follow from it.
const OWN_WEIGHT: i64 = 2;
/// How many wrong numbers of children a child without room weighs: more than a move can put right.
const ROOM_WEIGHT: i64 = 16;

/// Which parents share a number of children, and what else they have to obey.
pub(super) struct Classes<'a> {
    /// The class of every parent; `usize::MAX as u32` for none.
    pub(super) of: &'a [u32],
    /// The parents of every class.
    pub(super) members: &'a [&'a [u32]],
    /// How many children each parent can have at the most; empty if that is not limited.
    pub(super) caps: &'a [u64],
    /// By class: the sizes of the groups of rows of which no two may have the same parent; empty if there are none.
    pub(super) groups: &'a [Vec<u64>],
}

/// Improves quotas that add up in every class. `wanted` are the quotas that parents should have, in any order.
pub(super) fn refine(
    quotas: &mut [u64],
    wanted: &[u64],
    classes: &Classes<'_>,
    groupings: Vec<Grouping>,
    key: Key,
) {
    // Where a class has one parent, this one has all its children.
    let shared = classes.members.iter().filter(|members| members.len() > 1);
    let movable: Vec<u32> = shared.flat_map(|members| members.iter().copied()).collect();
    if movable.is_empty() {
        return;
    }
    let mut stream = key.at(0, 0);
    let tries = (movable.len() as u64 * TRIES_PER_PARENT).min(MOST_TRIES) / ROUNDS;
    let mut state = State::new(quotas, wanted, classes, movable, groupings);
    for _ in 0..ROUNDS {
        state.keys.iter_mut().for_each(Sums::rank);
        if state.is_right() {
            break;
        }
        let change: i64 = (0..tries).map(|_| state.attempt(&mut stream)).sum();
        if change == 0 {
            break;
        }
    }
}

struct State<'a> {
    quotas: &'a mut [u64],
    wanted: &'a [u64],
    classes: &'a Classes<'a>,
    /// The parents of classes with several.
    movable: Vec<u32>,
    own: Surplus,
    /// What a parent weighs that has a wrong number of children.
    weight: i64,
    keys: Vec<Sums>,
    rooms: Vec<Room>,
    /// What a child without room weighs.
    room_weight: i64,
}

impl<'a> State<'a> {
    fn new(
        quotas: &'a mut [u64],
        wanted: &'a [u64],
        classes: &'a Classes<'a>,
        movable: Vec<u32>,
        groupings: Vec<Grouping>,
    ) -> Self {
        let room = |(groups, members): (&Vec<u64>, &&[u32])| {
            Room::new(groups, members.iter().map(|&parent| quotas[parent as usize]))
        };
        let fewest = groupings.iter().map(Grouping::groups).chain([quotas.len()]).min();
        Self {
            own: Surplus::new(quotas, wanted, 1),
            weight: OWN_WEIGHT * weight_of(quotas.len()),
            room_weight: ROOM_WEIGHT * weight_of(fewest.unwrap_or(1)),
            rooms: classes.groups.iter().zip(classes.members).map(room).collect(),
            keys: groupings.into_iter().map(|grouping| Sums::new(grouping, quotas)).collect(),
            quotas,
            wanted,
            classes,
            movable,
        }
    }

    fn is_right(&self) -> bool {
        self.own.is_zero()
            && self.rooms.iter().all(|room| room.excess == 0)
            && self.keys.iter().all(Sums::is_right)
    }

    /// Tries one move; returns what it did to the error.
    fn attempt(&mut self, stream: &mut Stream) -> i64 {
        let a = *stream.pick(&self.movable) as usize;
        let class = self.classes.of[a] as usize;
        if !self.own.has_too_many(self.quotas[a])
            && self.keys.iter().all(|key| key.fits(a))
            && self.rooms.get(class).is_none_or(|room| room.excess == 0)
        {
            return 0;
        }
        let b = *stream.pick(self.classes.members[class]) as usize;
        let from = [self.quotas[a], self.quotas[b]];
        let to_a = match stream.below(4) {
            0 | 1 => from[1],
            2 => *stream.pick(self.wanted),
            _ => (from[0] + 2 * stream.below(2)).saturating_sub(1),
        };
        let Some(to_b) = (from[0] + from[1]).checked_sub(to_a) else { return 0 };
        if a == b || to_a == from[0] || !self.may_have(a, to_a) || !self.may_have(b, to_b) {
            return 0;
        }
        let change = self.give(class, [a, b], [to_a, to_b]);
        if change <= 0 {
            return change;
        }
        self.give(class, [a, b], from);
        0
    }

    fn may_have(&self, parent: usize, quota: u64) -> bool {
        self.classes.caps.get(parent).is_none_or(|&cap| quota <= cap)
    }

    /// Gives two parents of a class other quotas of the same sum; returns what that does to the error.
    fn give(&mut self, class: usize, [a, b]: [usize; 2], to: [u64; 2]) -> i64 {
        let from = [self.quotas[a], self.quotas[b]];
        (self.quotas[a], self.quotas[b]) = (to[0], to[1]);
        let own = self.own.change(from[0], to[0]) + self.own.change(from[1], to[1]);
        let crowded = self.rooms.get_mut(class).map_or(0, |room| room.change(from, to));
        let shift = to[0] as i64 - from[0] as i64;
        let sums: i64 = self.keys.iter_mut().map(|key| key.change(a, b, shift)).sum();
        self.weight * own + self.room_weight * crowded + sums
    }
}

/// Whether groups of rows can be given parents so that none has one twice: for every k, what quotas are above k has to
/// find room in all but the k largest groups (Gale and Ryser 1957).
struct Room {
    /// The rows in all but the k largest groups.
    rows: Vec<u64>,
    /// What quotas are above k.
    above: Vec<u64>,
    /// Children without room, over all k.
    excess: u64,
}

impl Room {
    fn new(groups: &[u64], quotas: impl Iterator<Item = u64>) -> Self {
        let mut sizes = groups.to_vec();
        sizes.sort_unstable();
        let smallest = sizes.iter().scan(0, |sum, size| {
            *sum += size;
            Some(*sum)
        });
        let mut rows: Vec<u64> = std::iter::once(0).chain(smallest).collect();
        rows.reverse();
        let mut above = vec![0; rows.len()];
        for quota in quotas {
            for (k, above) in above.iter_mut().enumerate() {
                *above += quota.saturating_sub(k as u64);
            }
        }
        let excess = above.iter().zip(&rows).map(|(above, &rows)| above.saturating_sub(rows)).sum();
        Self { rows, above, excess }
    }

    /// Two quotas become two others of the same sum; returns how many children more are without room.
    fn change(&mut self, from: [u64; 2], to: [u64; 2]) -> i64 {
        let above = |quotas: [u64; 2], k: u64| quotas[0].saturating_sub(k) + quotas[1].saturating_sub(k);
        // Below the least and above the greatest of them nothing changes.
        let all = [from[0], from[1], to[0], to[1]];
        let low = all.into_iter().min().unwrap_or(0);
        let high = all.into_iter().max().unwrap_or(0).min(self.rows.len() as u64);
        let before = self.excess;
        for k in low..high {
            let (have, rows) = (&mut self.above[k as usize], self.rows[k as usize]);
            self.excess -= have.saturating_sub(rows);
            *have = *have + above(to, k) - above(from, k);
            self.excess += have.saturating_sub(rows);
        }
        self.excess as i64 - before as i64
    }
}

#[cfg(test)]
mod tests {
    use super::super::sums::Targets;
    use super::*;

    /// Squads of teams that play three to seven matches. Most players play all or none; they are in one or two squads.
    #[test]
    fn histograms_come_out_within_the_sums_of_classes() {
        let size = 20;
        let of: Vec<u32> = (0..2_000).map(|parent| parent / size).collect();
        let matches = |class: u32| 3 + u64::from(class % 5);
        let source: Vec<u64> = (0..2_000)
            .map(|parent: u32| match parent % size {
                0..8 => matches(parent / size),
                8..12 => 0,
                other => u64::from(other) % (matches(parent / size) + 1),
            })
            .collect();
        let players: Vec<u32> = (0..2_000).map(|parent| parent * 7 % 2_000 % 1_200).collect();
        let mut sums = vec![0; 1_200];
        source.iter().zip(&players).for_each(|(quota, &player)| sums[player as usize] += quota);
        let parents: Vec<u32> = (0..2_000).collect();
        let members: Vec<&[u32]> = parents.chunks(size as usize).collect();
        let total = |quotas: &[u64], class: usize| -> u64 {
            members[class].iter().map(|&parent| quotas[parent as usize]).sum()
        };
        // At first all of a class have the same number, as nearly as possible.
        let mut quotas: Vec<u64> = (0..2_000)
            .map(|parent| {
                let (sum, at) = (total(&source, parent / size as usize), (parent % size as usize) as u64);
                (sum * (at + 1)) / u64::from(size) - sum * at / u64::from(size)
            })
            .collect();
        let caps: Vec<u64> = of.iter().map(|&class| matches(class)).collect();
        let classes = Classes { of: &of, members: &members, caps: &caps, groups: &[] };
        let grouping = Grouping { of: players.clone(), targets: Targets::Any(sums.clone()) };
        refine(&mut quotas, &source, &classes, vec![grouping], Key::new(1, &["test"]));

        assert!((0..100).all(|class| total(&quotas, class) == total(&source, class)));
        assert!(quotas.iter().zip(&caps).all(|(quota, cap)| quota <= cap));
        let distance = |left: &[u64], right: &[u64]| {
            let counts = |numbers: &[u64]| (0..20).map(move |n| numbers.iter().filter(|&&m| m == n).count());
            counts(left).zip(counts(right)).map(|(left, right)| left.abs_diff(right)).sum::<usize>()
        };
        let mut played = vec![0; 1_200];
        quotas.iter().zip(&players).for_each(|(quota, &player)| played[player as usize] += quota);
        assert!(distance(&quotas, &source) <= 20, "{}", distance(&quotas, &source));
        assert!(distance(&played, &sums) <= 48, "{}", distance(&played, &sums));
    }

    #[test]
    fn room_is_what_the_theorem_says() {
        let excess = |groups: &[u64], quotas: &[u64]| Room::new(groups, quotas.iter().copied()).excess;
        // Every one of three in both groups; one of them twice in a group of one.
        assert_eq!(excess(&[3, 3], &[2, 2, 2]), 0);
        assert!(excess(&[3, 3], &[3, 2, 1]) > 0);
        // A group of three among two, whatever they have elsewhere.
        assert!(excess(&[3, 1], &[2, 2]) > 0);
        assert_eq!(excess(&[3, 1], &[2, 1, 1]), 0);

        let mut room = Room::new(&[4, 3, 3, 1], [4, 4, 2, 1, 0].into_iter());
        let moves = [([4, 0], [2, 2]), ([4, 1], [3, 2]), ([2, 2], [4, 0]), ([3, 2], [5, 0])];
        let mut quotas = [4, 4, 2, 1, 0];
        for (from, to) in moves {
            let before = room.excess;
            let change = room.change(from, to);
            for (from, to) in from.into_iter().zip(to) {
                let at = quotas.iter().position(|&quota| quota == from).expect("a quota that there is");
                quotas[at] = to + 100;
            }
            quotas.iter_mut().for_each(|quota| *quota %= 100);
            assert_eq!(room.excess, excess(&[4, 3, 3, 1], &quotas));
            assert_eq!(room.excess as i64, before as i64 + change);
        }
    }
}
