//! Which parent of a class has how many children, when every class has a fixed number of them.
//!
//! Children move between two parents of one class, so that the classes' sums stay. What is brought down is the distance
//! between the histogram of children per parent and the learned one, and the same distance for every key that follows from
//! this one. Changes for the worse are accepted up to a threshold that falls to zero (threshold accepting: Dueck and
//! Scheuer 1990), because no single move leads from most arrangements to a better one.

use super::sums::{Grouping, Sums, Surplus, weight_of};
use crate::rng::{Key, Stream};

pub(super) fn tun(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// Moves that are tried per parent, and at the most.
const TRIES_PER_PARENT: u64 = 800;
const MOST_TRIES: u64 = 12_000_000;
const ROUNDS: u64 = 20;
/// Rounds until the threshold is zero.
const WARM_ROUNDS: u64 = 12;

/// What the parents of one class have in common: their children in all.
pub(super) struct Classes<'a> {
    /// The class of every parent; `usize::MAX as u32` for none.
    pub(super) of: &'a [u32],
    /// The parents of every class.
    pub(super) members: &'a [&'a [u32]],
    /// How many children each parent can have at the most, if that is limited.
    pub(super) caps: &'a [u64],
    /// Per class the sizes of the groups of rows of which none may have two rows with one parent; empty if there are none.
    pub(super) groups: &'a [Vec<u64>],
}

/// Whether groups of rows can be given parents so that none has one twice: for every k, what the parents' quotas are
/// above k has to find room in all but the k largest groups (Gale and Ryser 1957).
struct Room {
    /// The rows in all but the k largest groups.
    bounds: Vec<u64>,
    /// What quotas are above k.
    above: Vec<u64>,
}

impl Room {
    fn new(groups: &[u64], quotas: impl Iterator<Item = u64>) -> Self {
        let mut sizes = groups.to_vec();
        sizes.sort_unstable();
        let mut bounds = vec![0];
        bounds.extend(sizes.iter().scan(0, |sum, size| {
            *sum += size;
            Some(*sum)
        }));
        bounds.reverse();
        let mut room = Self { above: vec![0; bounds.len()], bounds };
        for quota in quotas {
            for (k, above) in room.above.iter_mut().enumerate() {
                *above += quota.saturating_sub(k as u64);
            }
        }
        room
    }

    /// Children without room.
    fn excess(&self) -> u64 {
        self.above.iter().zip(&self.bounds).map(|(above, bound)| above.saturating_sub(*bound)).sum()
    }

    /// Two quotas become two others of the same sum; returns how many children more are without room.
    fn change(&mut self, from: [u64; 2], to: [u64; 2]) -> i64 {
        let above = |quotas: [u64; 2], k: u64| quotas[0].saturating_sub(k) + quotas[1].saturating_sub(k);
        let low = from[0].min(from[1]).min(to[0]).min(to[1]);
        let high = from[0].max(from[1]).max(to[0]).max(to[1]).min(self.bounds.len() as u64);
        let mut change = 0;
        for k in low..high {
            let (have, bound) = (&mut self.above[k as usize], self.bounds[k as usize]);
            let before = have.saturating_sub(bound);
            *have = *have + above(to, k) - above(from, k);
            change += have.saturating_sub(bound) as i64 - before as i64;
        }
        change
    }
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
        weight: (tun("OWN", 2.) * weight_of(quotas.len()) as f64) as i64,
        keys: groupings.into_iter().map(|grouping| Sums::new(grouping, quotas)).collect(),
        rooms: rooms(classes, quotas),
        quotas,
    };
    let tries = (state.quotas.len() as u64 * tun("TRIES", TRIES_PER_PARENT as f64) as u64).min(MOST_TRIES) / ROUNDS;
    let unit = (tun("UNIT", 1.) * state.weight as f64) as i64;
    let t0 = std::time::Instant::now();
    let (e0, k0) = (state.own.tv(state.quotas.len()), state.keys.iter().map(|k| k.tv()).collect::<Vec<_>>());
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
    if tun("SHOW", 0.) > 0. && state.quotas.len() >= 500 {
        eprintln!("refine {} parents {:?} own {:.4} from {:.4} keys {:?} from {:?} crowded {} of {}", state.quotas.len(), t0.elapsed(), state.own.tv(state.quotas.len()), e0, state.keys.iter().map(|k| k.tv()).collect::<Vec<_>>(), k0, state.rooms.iter().map(|r| r.excess()).sum::<u64>(), state.rooms.len());
    }
}

/// What a child without room weighs, in weights of a parent: more than any error of a sum.
const ROOM_WEIGHT: i64 = 16;

fn rooms(classes: &Classes<'_>, quotas: &[u64]) -> Vec<Room> {
    let room = |(groups, members): (&Vec<u64>, &&[u32])| {
        Room::new(groups, members.iter().map(|&parent| quotas[parent as usize]))
    };
    classes.groups.iter().zip(classes.members).map(room).collect()
}

struct State<'a> {
    quotas: &'a mut [u64],
    own: Surplus,
    weight: i64,
    keys: Vec<Sums>,
    rooms: Vec<Room>,
}

impl State<'_> {
    fn is_right(&self) -> bool {
        self.own.is_zero() && self.rooms.iter().all(|room| room.excess() == 0) && self.keys.iter().all(|key| key.error() == 0)
    }

    fn attempt(&mut self, wanted: &[u64], classes: &Classes<'_>, threshold: i64, stream: &mut Stream) {
        let n = self.quotas.len() as u64;
        let a = stream.below(n) as usize;
        let class = classes.of[a] as usize;
        let fits = !self.own.has_too_many(self.quotas[a])
            && self.keys.iter().all(|key| key.fits(a))
            && self.rooms.get(class).is_none_or(|room| room.excess() == 0);
        let Some(members) = classes.members.get(class).filter(|_| !fits) else { return };
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
        if self.change(class, (a, to_a), (b, to_b)) > threshold {
            self.change(class, (a, from_a), (b, from_b));
        }
    }

    /// Gives two parents of a class other quotas; returns what that does to the error.
    fn change(&mut self, class: usize, (a, to_a): (usize, u64), (b, to_b): (usize, u64)) -> i64 {
        let (from_a, from_b) = (self.quotas[a], self.quotas[b]);
        (self.quotas[a], self.quotas[b]) = (to_a, to_b);
        let own = self.own.change(from_a, to_a) + self.own.change(from_b, to_b);
        let crowded = match self.rooms.get_mut(class) {
            Some(room) if to_a != from_b => room.change([from_a, from_b], [to_a, to_b]),
            _ => 0,
        };
        let shift = to_a as i64 - from_a as i64;
        let sums: i64 = self.keys.iter_mut().map(|key| key.change(a, b, shift)).sum();
        self.weight * (own + ROOM_WEIGHT * crowded) + sums
    }
}
