//! Which parent gets which number of children, when the sums over groups of parents matter too.
//!
//! The multiset of quotas is kept; which parent has which quota is improved by exchanges until the sums are right (a
//! transportation problem by local search). Two parents exchange their quotas, or two whole groups do: both teams of a match
//! have no line-up, or none of them. Changes for the worse are accepted up to a threshold that falls to zero
//! (threshold accepting: Dueck and Scheuer 1990), because no single exchange leads from most arrangements to a better one.

use super::sums::{Grouping, Sums, weight_of};
use super::within::tun;
use crate::rng::{Key, Stream};

/// Exchanges that are tried per parent, and at the most.
const TRIES_PER_PARENT: u64 = 2_000;
const MOST_TRIES: u64 = 12_000_000;
const ROUNDS: u64 = 20;
/// Rounds until the threshold is zero.
const WARM_ROUNDS: u64 = 12;
/// Of so many exchanges one is of whole groups, if these have at most so many parents.
const GROUPS_EVERY: u64 = 8;
const LARGEST_GROUP: usize = 16;

/// How much a quota above its cap weighs, per child, in weights of a parent: more than any error of a sum.
const CAP_WEIGHT: i64 = 16;

/// Arranges the quotas over the parents, beginning with the order in which they come. `caps`, if there are any, say how many children each parent can have at the
/// most.
pub(super) fn arrange(mut quotas: Vec<u64>, groupings: Vec<Grouping>, caps: &[u64], key: Key) -> Vec<u64> {
    let mut stream = key.at(0, 0);
    let groupings: Vec<Grouping> = groupings.into_iter().filter(|grouping| !grouping.of.is_empty()).collect();
    if (groupings.is_empty() && caps.is_empty()) || quotas.len() < 2 {
        return quotas;
    }
    let t0 = std::time::Instant::now();
    let tries = (quotas.len() as u64 * tun("ATRIES", TRIES_PER_PARENT as f64) as u64).min(MOST_TRIES) / ROUNDS;
    let mut state = State::new(&mut quotas, groupings, caps);
    let t00: Vec<f64> = state.keys.iter().map(|key| key.tv()).collect();
    let unit = (tun("AUNIT", 2.0) * state.unit as f64) as i64;
    for round in 0..ROUNDS {
        state.keys.iter_mut().for_each(Sums::rank);
        if state.is_right() {
            break;
        }
        let threshold = unit * WARM_ROUNDS.saturating_sub(round) as i64 / WARM_ROUNDS as i64;
        for _ in 0..tries {
            state.attempt(threshold, &mut stream);
        }
    }
    if tun("SHOW", 0.) > 0. && state.quotas.len() >= 500 {
        eprintln!("arrange {} parents {:?} errors {:?} groups {:?} tv {:?} from {:?} caps excess {}", state.quotas.len(), t0.elapsed(), state.keys.iter().map(|s| s.error()).collect::<Vec<_>>(), state.keys.iter().map(|s| s.groups()).collect::<Vec<_>>(), state.keys.iter().map(|s| s.tv()).collect::<Vec<_>>(), t00, caps.iter().zip(&*state.quotas).map(|(c, q)| q.saturating_sub(*c)).sum::<u64>());
    }
    cut(&mut quotas, caps, &mut stream);
    quotas
}

struct State<'a> {
    quotas: &'a mut [u64],
    keys: Vec<Sums>,
    /// Per key: the parents of every group that is small enough to be exchanged as a whole.
    groups: Vec<Vec<Vec<u32>>>,
    caps: &'a [u64],
    unit: i64,
}

impl<'a> State<'a> {
    fn new(quotas: &'a mut [u64], groupings: Vec<Grouping>, caps: &'a [u64]) -> Self {
        let keys: Vec<Sums> = groupings.into_iter().map(|grouping| Sums::new(grouping, quotas)).collect();
        let groups = keys.iter().map(|key| small_groups(key, quotas.len())).collect();
        let unit = weight_of(keys.iter().map(|key| key.groups()).max().unwrap_or(quotas.len()));
        Self { quotas, keys, groups, caps, unit }
    }

    fn is_right(&self) -> bool {
        self.caps.iter().zip(&*self.quotas).all(|(cap, quota)| quota <= cap)
            && self.keys.iter().all(|key| key.error() == 0)
    }

    fn over(&self, parent: usize, quota: u64) -> i64 {
        self.caps.get(parent).map_or(0, |&cap| quota.saturating_sub(cap) as i64)
    }

    fn attempt(&mut self, threshold: i64, stream: &mut Stream) {
        let n = self.quotas.len() as u64;
        let a = stream.below(n) as usize;
        if self.over(a, self.quotas[a]) == 0 && self.keys.iter().all(|key| key.fits(a)) {
            return;
        }
        let b = stream.below(n) as usize;
        if !self.keys.is_empty() && stream.below(GROUPS_EVERY) == 0 && tun_groups() {
            self.attempt_groups(a, b, threshold, stream);
        } else if self.quotas[a] != self.quotas[b] && self.exchange(a, b) > threshold {
            self.exchange(a, b);
        }
    }

    /// Exchanges the quotas of two groups, each parent's with one of the other group.
    fn attempt_groups(&mut self, a: usize, b: usize, threshold: i64, stream: &mut Stream) {
        let key = stream.below(self.keys.len() as u64) as usize;
        let group = |parent: usize| self.groups[key].get(self.keys[key].group(parent) as usize);
        let (Some(left), Some(right)) = (group(a), group(b)) else { return };
        if left.len() != right.len() || left.len() < 2 || left == right {
            return;
        }
        let turn = stream.below(left.len() as u64) as usize;
        let pairs: Vec<(usize, usize)> = left
            .iter()
            .enumerate()
            .map(|(at, &parent)| (parent as usize, right[(at + turn) % right.len()] as usize))
            .collect();
        let change: i64 = pairs.iter().map(|&(a, b)| self.exchange(a, b)).sum();
        if change > threshold {
            pairs.iter().for_each(|&(a, b)| {
                self.exchange(a, b);
            });
        }
    }

    /// Exchanges the quotas of two parents; returns what that does to the error.
    fn exchange(&mut self, a: usize, b: usize) -> i64 {
        let (from_a, from_b) = (self.quotas[a], self.quotas[b]);
        let before = self.over(a, from_a) + self.over(b, from_b);
        let after = self.over(a, from_b) + self.over(b, from_a);
        self.quotas.swap(a, b);
        let shift = from_b as i64 - from_a as i64;
        let sums: i64 = self.keys.iter_mut().map(|key| key.change(a, b, shift)).sum();
        sums + CAP_WEIGHT * self.unit * (after - before)
    }
}

fn tun_groups() -> bool { static T: std::sync::OnceLock<bool> = std::sync::OnceLock::new(); *T.get_or_init(|| tun("GROUPS", 1.) > 0.) }

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

    /// Two teams a match; either both have 11 appearances or none has.
    #[test]
    fn sums_over_groups_come_out() {
        let quotas: Vec<u64> = (0..200).map(|index| if index < 80 { 0 } else { 11 }).collect();
        let of: Vec<u32> = (0..200).map(|parent| parent / 2).collect();
        let targets = (0..100).map(|group| if group < 40 { 0 } else { 22 }).collect();
        let grouping = Grouping { of: of.clone(), targets: Targets::Any(targets) };
        let arranged = arrange(quotas, vec![grouping], &[], Key::new(1, &["test"]));
        let mut sums = [0; 100];
        for (parent, quota) in arranged.iter().enumerate() {
            sums[of[parent] as usize] += quota;
        }
        assert_eq!(sums.iter().filter(|&&sum| sum == 0).count(), 40);
        assert_eq!(sums.iter().filter(|&&sum| sum == 22).count(), 60);
    }
}
