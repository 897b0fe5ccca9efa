//! Which parent of a class has how many children, when every class has a fixed number of them.
//!
//! Children move between two parents of one class, so that the classes' sums stay. What is brought down is the distance
//! between the histogram of children per parent and the learned one, and the same distance for every key that follows from
//! this one. Changes for the worse are accepted up to a threshold that falls to zero (threshold accepting: Dueck and
//! Scheuer 1990), because no single move leads from most arrangements to a better one.

use super::arrange::{Grouping, Targets};
use crate::rng::{Key, Stream};

/// Moves that are tried per parent, and at the most.
const TRIES_PER_PARENT: u64 = 800;
const MOST_TRIES: u64 = 12_000_000;
const ROUNDS: u64 = 20;
/// Rounds until the threshold is zero.
const WARM_ROUNDS: u64 = 12;
/// What all parents of a key weigh together.
const WHOLE: i64 = 1 << 32;
/// The largest number that is told from larger ones.
const LARGEST: u64 = 1 << 16;

/// What the parents of one class have in common: their children in all.
pub(super) struct Classes<'a> {
    /// The class of every parent; `usize::MAX as u32` for none.
    pub(super) of: &'a [u32],
    /// The parents of every class.
    pub(super) members: &'a [&'a [u32]],
    /// How many children each parent can have at the most, if that is limited.
    pub(super) caps: &'a [u64],
}

/// Improves quotas that meet the sums of classes. `wanted` are the quotas that parents should have, in any order.
pub(super) fn refine(
    quotas: &mut [u64],
    wanted: &[u64],
    classes: &Classes<'_>,
    groupings: Vec<Grouping>,
    key: Key,
) {
    if quotas.is_empty() {
        return;
    }
    let mut stream = key.at(0, 0);
    let mut state = State {
        own: Surplus::new(quotas, wanted),
        weight: WHOLE / quotas.len() as i64,
        keys: groupings.into_iter().map(|grouping| Sums::new(grouping, quotas)).collect(),
        quotas,
    };
    let tries = (state.quotas.len() as u64 * TRIES_PER_PARENT).min(MOST_TRIES) / ROUNDS;
    let unit = 4 * state.weight;
    for round in 0..ROUNDS {
        for key in &mut state.keys {
            key.rank();
        }
        if state.is_right() {
            break;
        }
        let threshold = unit * WARM_ROUNDS.saturating_sub(round) as i64 / WARM_ROUNDS as i64;
        for _ in 0..tries {
            state.attempt(wanted, classes, threshold, &mut stream);
        }
    }
}

struct State<'a> {
    quotas: &'a mut [u64],
    own: Surplus,
    weight: i64,
    keys: Vec<Sums>,
}

impl State<'_> {
    fn is_right(&self) -> bool {
        self.own.is_zero() && self.keys.iter().all(Sums::is_right)
    }

    fn attempt(&mut self, wanted: &[u64], classes: &Classes<'_>, threshold: i64, stream: &mut Stream) {
        let n = self.quotas.len() as u64;
        let a = stream.below(n) as usize;
        let fits = !self.own.has_too_many(self.quotas[a]) && self.keys.iter().all(|key| key.fits(a));
        let Some(members) = classes.members.get(classes.of[a] as usize).filter(|_| !fits) else { return };
        let b = *stream.pick(members) as usize;
        let (from_a, from_b) = (self.quotas[a], self.quotas[b]);
        let to_a = match stream.below(4) {
            0 | 1 => from_b,
            2 => wanted[stream.below(n) as usize],
            _ => (from_a + 2 * stream.below(2)).saturating_sub(1),
        };
        let Some(to_b) = (from_a + from_b).checked_sub(to_a) else { return };
        let fits = |parent: usize, quota: u64| classes.caps.get(parent).is_none_or(|&cap| quota <= cap);
        if a == b || to_a == from_a || !fits(a, to_a) || !fits(b, to_b) {
            return;
        }
        if self.change((a, to_a), (b, to_b)) > threshold {
            self.change((a, from_a), (b, from_b));
        }
    }

    /// Gives two parents other quotas; returns what that does to the error.
    fn change(&mut self, (a, to_a): (usize, u64), (b, to_b): (usize, u64)) -> i64 {
        let shift = to_a as i64 - self.quotas[a] as i64;
        let own = self.own.change(self.quotas[a], to_a) + self.own.change(self.quotas[b], to_b);
        (self.quotas[a], self.quotas[b]) = (to_a, to_b);
        self.weight * own + self.keys.iter_mut().map(|key| key.change(a, b, shift)).sum::<i64>()
    }
}

/// How much more often each number occurs than it should.
struct Surplus {
    by_number: Vec<i32>,
}

impl Surplus {
    fn new(have: &[u64], wanted: &[u64]) -> Self {
        let most = have.iter().chain(wanted).max().map_or(0, |&most| most.min(LARGEST));
        let mut by_number = vec![0; most as usize + 1];
        for &number in have {
            by_number[number.min(most) as usize] += 1;
        }
        for &number in wanted {
            by_number[number.min(most) as usize] -= 1;
        }
        Self { by_number }
    }

    fn is_zero(&self) -> bool {
        self.by_number.iter().all(|&surplus| surplus == 0)
    }

    fn index(&self, number: u64) -> usize {
        number.min(self.by_number.len() as u64 - 1) as usize
    }

    fn has_too_many(&self, number: u64) -> bool {
        self.by_number[self.index(number)] > 0
    }

    /// One number less of one kind, one more of another; returns what that does to the sum of all errors.
    fn change(&mut self, from: u64, to: u64) -> i64 {
        let (from, to) = (self.index(from), self.index(to));
        if from == to {
            return 0;
        }
        self.by_number[from] -= 1;
        let left = if self.by_number[from] >= 0 { -1 } else { 1 };
        self.by_number[to] += 1;
        let entered = if self.by_number[to] > 0 { 1 } else { -1 };
        left + entered
    }
}

/// The sums of quotas over the parents of each grandparent.
struct Sums {
    of: Vec<u32>,
    targets: Targets,
    have: Vec<u64>,
    /// The wanted sum of each group, at this time.
    wanted: Vec<i64>,
    surplus: Surplus,
    /// What a group weighs that has the wrong sum.
    weight: i64,
    /// What a child too many or too few in the sum of a group weighs.
    child_weight: i64,
}

impl Sums {
    fn new(grouping: Grouping, quotas: &[u64]) -> Self {
        let (Targets::Fixed(wanted) | Targets::Any(wanted)) = &grouping.targets;
        let wanted = wanted.clone();
        let groups = wanted.len().max(1) as i64;
        let mean = wanted.iter().sum::<i64>() / groups;
        let mut have = vec![0; wanted.len()];
        for (&group, &quota) in grouping.of.iter().zip(quotas.iter()) {
            if let Some(sum) = have.get_mut(group as usize) {
                *sum += quota;
            }
        }
        let numbers: Vec<u64> = wanted.iter().map(|&sum| sum.max(0) as u64).collect();
        let fixed = matches!(grouping.targets, Targets::Fixed(_));
        Self {
            of: grouping.of,
            targets: grouping.targets,
            surplus: if fixed { Surplus::new(&[], &[]) } else { Surplus::new(&have, &numbers) },
            have,
            wanted,
            weight: WHOLE / groups,
            child_weight: (WHOLE / groups / (1 + mean)).max(1),
        }
    }

    /// Gives every group the target of its rank: the arrangement that costs the least.
    fn rank(&mut self) {
        if let Targets::Any(targets) = &self.targets {
            let mut targets = targets.clone();
            targets.sort_unstable();
            let mut order: Vec<usize> = (0..self.have.len()).collect();
            order.sort_by_key(|&group| (self.have[group], group));
            for (group, target) in order.into_iter().zip(targets) {
                self.wanted[group] = target;
            }
        }
    }

    fn is_right(&self) -> bool {
        self.have.iter().zip(&self.wanted).all(|(&have, &wanted)| have as i64 == wanted)
    }

    /// Whether the sum of a parent's group is as wanted.
    fn fits(&self, parent: usize) -> bool {
        let group = self.of[parent] as usize;
        self.have.get(group).is_none_or(|&have| have as i64 == self.wanted[group])
    }

    fn change(&mut self, a: usize, b: usize, shift: i64) -> i64 {
        if self.of[a] == self.of[b] {
            return 0;
        }
        self.shift(a, shift) + self.shift(b, -shift)
    }

    fn shift(&mut self, parent: usize, shift: i64) -> i64 {
        let group = self.of[parent] as usize;
        let Some(have) = self.have.get_mut(group) else { return 0 };
        let (from, off) = (*have, *have as i64 - self.wanted[group]);
        *have = have.saturating_add_signed(shift);
        let children = (off + shift).abs() - off.abs();
        self.weight * self.surplus.change(from, *have) + self.child_weight * children
    }
}
