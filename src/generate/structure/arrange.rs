//! Which parent gets which number of children, when the sums over groups of parents matter too.
//!
//! The multiset of quotas is kept; which parent has which quota is improved by exchanges until the sums are right (a
//! transportation problem by local search). Two parents exchange their quotas, or two whole groups do: either both teams of a
//! match have a line-up, or none has. Exchanges that change nothing are made, too: from most arrangements no single exchange leads
//! to a better one.

use super::sums::{Grouping, Sums, weight_of};
use crate::rng::{Key, Stream};

/// Exchanges that are tried per parent, and at the most.
const TRIES_PER_PARENT: u64 = 500;
const MOST_TRIES: u64 = 12_000_000;
const ROUNDS: u64 = 20;
/// One exchange of so many is of whole groups, if these have at most so many parents.
const GROUPS_EVERY: u64 = 8;
const LARGEST_GROUP: usize = 16;
/// How many wrong sums a child above its parent's cap weighs: more than an exchange can put right.
const CAP_WEIGHT: i64 = 16;

/// Arranges the quotas over the parents, beginning with the order in which they come. `caps`, if there are any, say how many
/// children each parent can have at the most.
pub(super) fn arrange(mut quotas: Vec<u64>, groupings: Vec<Grouping>, caps: &[u64], key: Key) -> Vec<u64> {
    let mut stream = key.at(0, 0);
    let groupings: Vec<Grouping> = groupings.into_iter().filter(|grouping| !grouping.of.is_empty()).collect();
    if (groupings.is_empty() && caps.is_empty()) || quotas.len() < 2 {
        return quotas;
    }
    let tries = (quotas.len() as u64 * TRIES_PER_PARENT).min(MOST_TRIES) / ROUNDS;
    let mut state = State::new(&mut quotas, groupings, caps);
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
    cut(&mut quotas, caps, &mut stream);
    quotas
}

struct State<'a> {
    quotas: &'a mut [u64],
    caps: &'a [u64],
    keys: Vec<Sums>,
    /// Per key: the parents of every group that is small enough to be exchanged as a whole.
    groups: Vec<Vec<Vec<u32>>>,
    /// What a child above its parent's cap weighs.
    cap_weight: i64,
}

impl<'a> State<'a> {
    fn new(quotas: &'a mut [u64], groupings: Vec<Grouping>, caps: &'a [u64]) -> Self {
        let keys: Vec<Sums> = groupings.into_iter().map(|grouping| Sums::new(grouping, quotas)).collect();
        let groups = keys.iter().map(|key| small_groups(key, quotas.len())).collect();
        let fewest = keys.iter().map(Sums::groups).min().unwrap_or(quotas.len());
        Self { quotas, caps, keys, groups, cap_weight: CAP_WEIGHT * weight_of(fewest) }
    }

    fn is_right(&self) -> bool {
        self.caps.iter().zip(&*self.quotas).all(|(cap, quota)| quota <= cap)
            && self.keys.iter().all(Sums::is_right)
    }

    /// Tries one exchange; returns what it did to the error.
    fn attempt(&mut self, stream: &mut Stream) -> i64 {
        let n = self.quotas.len() as u64;
        let a = stream.below(n) as usize;
        if self.over(a, self.quotas[a]) == 0 && self.keys.iter().all(|key| key.fits(a)) {
            return 0;
        }
        let b = stream.below(n) as usize;
        if stream.below(GROUPS_EVERY) == 0 && !self.keys.is_empty() {
            let pairs = self.groups_of(a, b, stream);
            self.exchange_all(&pairs)
        } else {
            self.exchange_all(&[(a, b)])
        }
    }

    /// The parents of two groups of a size, one of each to a pair.
    fn groups_of(&self, a: usize, b: usize, stream: &mut Stream) -> Vec<(usize, usize)> {
        let key = stream.below(self.keys.len() as u64) as usize;
        let group = |parent: usize| self.groups[key].get(self.keys[key].group(parent) as usize);
        let (Some(left), Some(right)) = (group(a), group(b)) else { return Vec::new() };
        if left.len() != right.len() || left == right {
            return Vec::new();
        }
        let turn = stream.below(left.len() as u64) as usize;
        let turned = right.iter().cycle().skip(turn);
        left.iter().zip(turned).map(|(&left, &right)| (left as usize, right as usize)).collect()
    }

    /// Exchanges the quotas of all pairs, unless that makes the error larger; returns what it did.
    fn exchange_all(&mut self, pairs: &[(usize, usize)]) -> i64 {
        let change = pairs.iter().map(|&(a, b)| self.exchange(a, b)).sum();
        if change <= 0 {
            return change;
        }
        for &(a, b) in pairs {
            self.exchange(a, b);
        }
        0
    }

    fn exchange(&mut self, a: usize, b: usize) -> i64 {
        let (from_a, from_b) = (self.quotas[a], self.quotas[b]);
        if from_a == from_b {
            return 0;
        }
        let before = self.over(a, from_a) + self.over(b, from_b);
        let after = self.over(a, from_b) + self.over(b, from_a);
        self.quotas.swap(a, b);
        let shift = from_b as i64 - from_a as i64;
        let sums: i64 = self.keys.iter_mut().map(|key| key.change(a, b, shift)).sum();
        sums + self.cap_weight * (after - before)
    }

    fn over(&self, parent: usize, quota: u64) -> i64 {
        self.caps.get(parent).map_or(0, |&cap| quota.saturating_sub(cap) as i64)
    }
}

/// The parents of every group; none where there are too many.
fn small_groups(key: &Sums, parents: usize) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<u32>> = vec![Vec::new(); key.groups()];
    for parent in 0..parents {
        if let Some(group) = groups.get_mut(key.group(parent) as usize)
            && group.len() <= LARGEST_GROUP
        {
            group.push(parent as u32);
        }
    }
    groups.iter_mut().filter(|group| group.len() > LARGEST_GROUP).for_each(Vec::clear);
    groups
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

pub(super) fn shuffle<T>(items: &mut [T], stream: &mut Stream) {
    for index in (1..items.len()).rev() {
        items.swap(index, stream.below(index as u64 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sums::Targets;
    use super::*;

    fn sums(arranged: &[u64], of: impl Fn(usize) -> usize, groups: usize) -> Vec<u64> {
        let mut sums = vec![0; groups];
        for (parent, quota) in arranged.iter().enumerate() {
            sums[of(parent)] += quota;
        }
        sums
    }

    /// Two teams a match; either both have 11 appearances or none has.
    #[test]
    fn sums_over_groups_come_out() {
        let quotas: Vec<u64> = (0..200).map(|index| if index < 80 { 0 } else { 11 }).collect();
        let of: Vec<u32> = (0..200).map(|parent| parent / 2).collect();
        let targets = (0..100).map(|group| if group < 40 { 0 } else { 22 }).collect();
        let grouping = Grouping { of, targets: Targets::Any(targets) };
        let arranged = arrange(quotas, vec![grouping], &[], Key::new(1, &["test"]));
        let sums = sums(&arranged, |parent| parent / 2, 100);
        assert_eq!(sums.iter().filter(|&&sum| sum == 0).count(), 40);
        assert_eq!(sums.iter().filter(|&&sum| sum == 22).count(), 60);
    }

    /// The same, but the matches without a line-up are all of a few cups, and it is told of which: whole matches have to
    /// change places.
    #[test]
    fn groups_change_places_as_a_whole() {
        let quotas: Vec<u64> = (0..800).map(|index| if index % 4 == 0 { 0 } else { 11 }).collect();
        let pairs = (0..400).map(|group| if group < 100 { 0 } else { 22 }).collect();
        let cups = (0..20).map(|cup| if cup % 4 == 0 { 0 } else { 440 }).collect();
        let groupings = vec![
            Grouping { of: (0..800).map(|parent| parent / 2).collect(), targets: Targets::Any(pairs) },
            Grouping { of: (0..800).map(|parent| parent / 2 % 20).collect(), targets: Targets::Fixed(cups) },
        ];
        let arranged = arrange(quotas, groupings, &[], Key::new(1, &["test"]));
        let pairs = sums(&arranged, |parent| parent / 2, 400);
        assert_eq!(pairs.iter().filter(|&&sum| sum == 0).count(), 100);
        let cups = sums(&arranged, |parent| parent / 2 % 20, 20);
        assert_eq!(cups.iter().filter(|&&sum| sum == 0).count(), 5);
    }
}
