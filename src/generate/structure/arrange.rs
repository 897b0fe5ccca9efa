//! Which parent gets which number of children, when the sums over groups of parents matter too.
//!
//! A key that follows from another one (a flight's origin from its weather row) has a histogram of its own: the sums
//! of the quotas over the parents of one grandparent. The multiset of quotas is kept; which parent has which quota is
//! improved by swaps until the sums are right (a transportation problem by local search: exchanges of two quotas that do not raise the
//! total absolute error).

use crate::rng::{Key, Stream};

/// A grouping of parents whose sums of quotas matter.
pub(super) struct Grouping {
    /// The group of every parent; `usize::MAX as u32` for none.
    pub(super) of: Vec<u32>,
    /// The wanted sum of every group.
    pub(super) targets: Targets,
    /// How much an error counts.
    pub(super) weight: Weight,
}

/// How much an error counts.
#[derive(Clone, Copy)]
pub(super) enum Weight {
    /// So often, relative to the mean of the wanted sums.
    Sums(i64),
    /// Relative to what a single parent has, and only a fraction of that: it gives way to sums.
    Parents,
}

/// What an error counts less where it is weighed by parents.
const GIVES_WAY: i64 = 4;

/// What the sums of the groups should be.
pub(super) enum Targets {
    /// Group by group.
    Fixed(Vec<i64>),
    /// Any group may have any of these sums, one per group, as long as they are of one kind; without kinds all are.
    Any(Vec<i64>, Vec<u32>),
    /// Group by group, and more will do.
    AtLeast(Vec<i64>),
    /// Each group the sum that it has to begin with.
    Kept,
}

/// Exchanges that are tried per parent, and at the most.
const TRIES_PER_PARENT: u64 = 2_000;
const MOST_TRIES: u64 = 3_000_000;
const ROUNDS: u64 = 20;

/// How much a quota above its cap counts, per child: more than any error of a sum.
const CAP_WEIGHT: i64 = 16 * UNIT;
/// What an error of one child counts in a sum of about one; one child more or less is nothing in a sum of thousands.
const UNIT: i64 = 4_096;

/// Arranges the quotas over the parents, beginning with the order in which they come. `caps`, if there are any, say how many children each parent can have at the
/// most.
pub(super) fn arrange(mut quotas: Vec<u64>, groupings: Vec<Grouping>, caps: &[u64], key: Key) -> Vec<u64> {
    let mut stream = key.at(0, 0);
    let groupings: Vec<Grouping> = groupings.into_iter().filter(|grouping| !grouping.of.is_empty()).collect();
    if (groupings.is_empty() && caps.is_empty()) || quotas.len() < 2 {
        return quotas;
    }
    let mut state = begin(&mut quotas, groupings, &mut stream);
    let tries = (quotas.len() as u64 * TRIES_PER_PARENT).min(MOST_TRIES) / ROUNDS;
    for _ in 0..ROUNDS {
        for grouping in &mut state {
            grouping.rank();
        }
        let fits = caps.iter().zip(&quotas).all(|(cap, quota)| quota <= cap);
        if fits && state.iter().all(|grouping| grouping.error() == 0) {
            break;
        }
        for _ in 0..tries {
            exchange(&mut quotas, &mut state, caps, &mut stream);
        }
    }
    cut(&mut quotas, caps, &mut stream);
    quotas
}

/// The best of some first arrangements: as the quotas come, or with the childless parents together in groups of one grouping, as
/// where whole tournaments have no line-ups.
fn begin(quotas: &mut Vec<u64>, groupings: Vec<Grouping>, stream: &mut Stream) -> Vec<State> {
    let mut state: Vec<State> = groupings.into_iter().map(|grouping| State::new(grouping, quotas)).collect();
    let error = |state: &mut [State], quotas: &[u64]| -> i64 {
        state
            .iter_mut()
            .map(|grouping| {
                grouping.sum(quotas);
                grouping.rank();
                grouping.weight * grouping.error()
            })
            .sum()
    };
    let mut best = (error(&mut state, quotas), quotas.clone());
    for number in 0..state.len() {
        let mut order: Vec<u32> = (0..state[number].sums.len() as u32).collect();
        shuffle(&mut order, stream);
        let mut parents: Vec<usize> = (0..quotas.len()).collect();
        let place = |parent: &usize| {
            let group = state[number].grouping.of[*parent] as usize;
            order.get(group).copied().unwrap_or(u32::MAX)
        };
        parents.sort_by_key(place);
        let mut others: Vec<u64> = quotas.iter().copied().filter(|&quota| quota > 0).collect();
        shuffle(&mut others, stream);
        let mut together = vec![0; quotas.len()];
        for (&parent, quota) in parents.iter().rev().zip(others) {
            together[parent] = quota;
        }
        let found = error(&mut state, &together);
        if found < best.0 {
            best = (found, together);
        }
    }
    *quotas = best.1;
    error(&mut state, quotas);
    state
}

/// Moves what is still above a cap to parents that have children and room.
fn cut(quotas: &mut [u64], caps: &[u64], stream: &mut Stream) {
    let mut excess = 0;
    for (quota, &cap) in quotas.iter_mut().zip(caps) {
        excess += quota.saturating_sub(cap);
        *quota = (*quota).min(cap);
    }
    let mut order: Vec<usize> = (0..caps.len()).collect();
    shuffle(&mut order, stream);
    while excess > 0 {
        let before = excess;
        for &parent in &order {
            if excess > 0 && quotas[parent] > 0 && quotas[parent] < caps[parent] {
                quotas[parent] += 1;
                excess -= 1;
            }
        }
        if excess == before {
            // Nobody with children has room: childless parents take the rest.
            for &parent in &order {
                if excess > 0 && quotas[parent] < caps[parent] {
                    quotas[parent] += 1;
                    excess -= 1;
                }
            }
            if excess == before {
                return;
            }
        }
    }
}

fn exchange(quotas: &mut [u64], state: &mut [State], caps: &[u64], stream: &mut Stream) {
    let n = quotas.len() as u64;
    let a = stream.below(n) as usize;
    if caps.get(a).is_none_or(|&cap| quotas[a] <= cap) && state.iter().all(|grouping| grouping.is_right(a)) {
        return;
    }
    let b = stream.below(n) as usize;
    let shift = quotas[b] as i64 - quotas[a] as i64;
    if shift == 0 {
        return;
    }
    let over =
        |parent: usize, quota: u64| caps.get(parent).map_or(0, |&cap| quota.saturating_sub(cap) as i64);
    let before = over(a, quotas[a]) + over(b, quotas[b]);
    let after = over(a, quotas[b]) + over(b, quotas[a]);
    let change: i64 = state.iter().map(|grouping| grouping.change(a, b, shift)).sum();
    if change + CAP_WEIGHT * (after - before) <= 0 {
        for grouping in state.iter_mut() {
            grouping.apply(a, b, shift);
        }
        quotas.swap(a, b);
    }
}

pub(super) fn shuffle<T>(items: &mut [T], stream: &mut Stream) {
    for index in (1..items.len()).rev() {
        items.swap(index, stream.below(index as u64 + 1) as usize);
    }
}

struct State {
    grouping: Grouping,
    weight: i64,
    sums: Vec<i64>,
    wanted: Vec<i64>,
}

impl State {
    fn new(grouping: Grouping, quotas: &[u64]) -> Self {
        let groups = match &grouping.targets {
            Targets::Fixed(targets) | Targets::AtLeast(targets) | Targets::Any(targets, _) => targets.len(),
            Targets::Kept => grouping.of.iter().map(|&group| group as usize + 1).max().unwrap_or(0),
        };
        let weight = match (grouping.weight, &grouping.targets) {
            (
                Weight::Sums(weight),
                Targets::Fixed(targets) | Targets::AtLeast(targets) | Targets::Any(targets, _),
            ) => weight * UNIT / (1 + targets.iter().sum::<i64>() / targets.len().max(1) as i64),
            (Weight::Sums(_) | Weight::Parents, _) => {
                let mean = quotas.iter().sum::<u64>() / quotas.len().max(1) as u64;
                UNIT / (GIVES_WAY * (1 + mean as i64))
            }
        };
        let mut state =
            Self { grouping, weight: weight.max(1), sums: vec![0; groups], wanted: vec![0; groups] };
        state.sum(quotas);
        match &state.grouping.targets {
            Targets::Fixed(targets) | Targets::AtLeast(targets) => state.wanted.clone_from(targets),
            Targets::Kept => state.wanted.clone_from(&state.sums),
            Targets::Any(..) => {}
        }
        state
    }

    fn sum(&mut self, quotas: &[u64]) {
        self.sums.fill(0);
        for (parent, &group) in self.grouping.of.iter().enumerate() {
            if let Some(sum) = self.sums.get_mut(group as usize) {
                *sum += quotas[parent] as i64;
            }
        }
    }

    /// Gives every group the target of its rank within its kind: the arrangement that costs the least.
    fn rank(&mut self) {
        if let Targets::Any(targets, kinds) = &self.grouping.targets {
            let kind = |group: usize| kinds.get(group).copied().unwrap_or(0);
            let mut wanted: Vec<usize> = (0..targets.len()).collect();
            wanted.sort_by_key(|&group| (kind(group), targets[group]));
            let mut order: Vec<usize> = (0..self.sums.len()).collect();
            order.sort_by_key(|&group| (kind(group), self.sums[group], group));
            for (group, target) in order.into_iter().zip(wanted) {
                self.wanted[group] = targets[target];
            }
        }
    }

    fn error(&self) -> i64 {
        self.sums.iter().zip(&self.wanted).map(|(sum, wanted)| self.cost(sum - wanted)).sum()
    }

    /// The error of a sum that is so much too large.
    fn cost(&self, off: i64) -> i64 {
        match self.grouping.targets {
            Targets::AtLeast(_) => (-off).max(0),
            _ => off.abs(),
        }
    }

    /// Whether the sum of a parent's group is as wanted.
    fn is_right(&self, parent: usize) -> bool {
        let group = self.grouping.of[parent] as usize;
        self.sums.get(group).is_none_or(|&sum| self.cost(sum - self.wanted[group]) == 0)
    }

    fn change(&self, a: usize, b: usize, shift: i64) -> i64 {
        let (a, b) = (self.grouping.of[a], self.grouping.of[b]);
        if a == b {
            return 0;
        }
        let one = |group: u32, shift: i64| match self.sums.get(group as usize) {
            Some(sum) => {
                let off = sum - self.wanted[group as usize];
                self.cost(off + shift) - self.cost(off)
            }
            None => 0,
        };
        self.weight * (one(a, shift) + one(b, -shift))
    }

    fn apply(&mut self, a: usize, b: usize, shift: i64) {
        for (parent, shift) in [(a, shift), (b, -shift)] {
            if let Some(sum) = self.sums.get_mut(self.grouping.of[parent] as usize) {
                *sum += shift;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two teams a match; either both have 11 appearances or none has.
    #[test]
    fn sums_over_groups_come_out() {
        let quotas: Vec<u64> = (0..200).map(|index| if index < 80 { 0 } else { 11 }).collect();
        let of: Vec<u32> = (0..200).map(|parent| parent / 2).collect();
        let targets = (0..100).map(|group| if group < 40 { 0 } else { 22 }).collect();
        let grouping =
            Grouping { of: of.clone(), targets: Targets::Any(targets, vec![]), weight: Weight::Sums(1) };
        let arranged = arrange(quotas, vec![grouping], &[], Key::new(1, &["test"]));
        let mut sums = [0; 100];
        for (parent, quota) in arranged.iter().enumerate() {
            sums[of[parent] as usize] += quota;
        }
        assert_eq!(sums.iter().filter(|&&sum| sum == 0).count(), 40);
        assert_eq!(sums.iter().filter(|&&sum| sum == 22).count(), 60);
    }

    /// A sum of at least so much is right, and so is more.
    #[test]
    fn more_than_enough_is_right() {
        let quotas: Vec<u64> = (0..100).map(|index| index % 10).collect();
        let of = |low: u32| (0..100).map(|parent| if parent >= low { 0 } else { u32::MAX }).collect();
        let at_least = |low, wanted| Grouping {
            of: of(low),
            targets: Targets::AtLeast(vec![wanted]),
            weight: Weight::Sums(1),
        };
        let arranged = arrange(quotas, vec![at_least(90, 80), at_least(50, 1)], &[], Key::new(1, &["test"]));
        assert_eq!(arranged.iter().sum::<u64>(), 450);
        assert!(arranged[90..].iter().sum::<u64>() >= 80);
    }
}
