//! How far the sums of children over groups of parents are from what was learned.
//!
//! A key that follows from another one (a flight's origin from its weather row) has a histogram of its own: the sums of
//! the quotas over the parents of one grandparent. While quotas are moved about, the error of every such key is kept
//! up to date here: the distance between the histogram of the sums and the learned one, and, for direction, how many
//! children every group is away from a sum of its own.

/// A grouping of parents whose sums of quotas matter.
pub(super) struct Grouping {
    /// The group of every parent; `usize::MAX as u32` for none.
    pub(super) of: Vec<u32>,
    /// The wanted sum of every group.
    pub(super) targets: Targets,
}

/// What the sums of the groups should be.
pub(super) enum Targets {
    /// Group by group.
    Fixed(Vec<u64>),
    /// Any group may have any of these sums: one per group.
    Any(Vec<u64>),
}

/// What one group out of one group would weigh.
const WHOLE: f64 = (1u64 << 32) as f64;
/// What a sum that is off by its own size weighs against one that does not occur in the histogram: little, it is there to
/// show the way.
const DIRECTION: f64 = 0.2;
/// The largest number that is told from larger ones.
const LARGEST: u64 = 1 << 16;

/// What one of `count` groups weighs: the more of them, the closer is a histogram known, and the smaller is one group's
/// part in it.
pub(super) fn weight_of(count: usize) -> i64 {
    (WHOLE / (count.max(1) as f64).sqrt()) as i64
}

/// The sums of quotas over the groups of one grouping.
pub(super) struct Sums {
    of: Vec<u32>,
    targets: Targets,
    have: Vec<u64>,
    /// The wanted sum of each group, at this time.
    wanted: Vec<u64>,
    surplus: Surplus,
    /// What a sum weighs that occurs too often or too rarely.
    weight: i64,
    /// What a child too many or too few in the sum of a group weighs.
    child_weight: i64,
}

impl Sums {
    pub(super) fn new(grouping: Grouping, quotas: &[u64]) -> Self {
        let (Targets::Fixed(wanted) | Targets::Any(wanted)) = &grouping.targets;
        let wanted = wanted.clone();
        let mean = wanted.iter().sum::<u64>() as f64 / wanted.len().max(1) as f64;
        let weight = weight_of(wanted.len());
        let is_fixed = matches!(grouping.targets, Targets::Fixed(_));
        let direction = if is_fixed { 1.0 } else { super::within::tun("DIR", DIRECTION) };
        let mut have = vec![0; wanted.len()];
        for (&group, &quota) in grouping.of.iter().zip(quotas) {
            if let Some(sum) = have.get_mut(group as usize) {
                *sum += quota;
            }
        }
        let mut sums = Self {
            of: grouping.of,
            targets: grouping.targets,
            surplus: if is_fixed { Surplus::new(&[], &[]) } else { Surplus::new(&have, &wanted) },
            have,
            wanted,
            weight,
            child_weight: ((weight as f64 * direction / (1.0 + mean)) as i64).max(1),
        };
        sums.rank();
        sums
    }

    /// Gives every group the target of its rank: the arrangement that costs the least.
    pub(super) fn rank(&mut self) {
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

    /// Children too many or too few, over all groups.
    pub(super) fn error(&self) -> u64 {
        self.have.iter().zip(&self.wanted).map(|(have, &wanted)| have.abs_diff(wanted)).sum()
    }

    /// Whether the sum of a parent's group is as wanted.
    pub(super) fn fits(&self, parent: usize) -> bool {
        let group = self.of[parent] as usize;
        self.have.get(group).is_none_or(|&have| have == self.wanted[group])
    }

    /// The group of a parent.
    pub(super) fn group(&self, parent: usize) -> u32 {
        self.of[parent]
    }

    /// One parent gets so many children more, another one so many less; returns what that does to the error.
    pub(super) fn change(&mut self, a: usize, b: usize, shift: i64) -> i64 {
        if self.of[a] == self.of[b] {
            return 0;
        }
        self.shift(a, shift) + self.shift(b, -shift)
    }

    fn shift(&mut self, parent: usize, shift: i64) -> i64 {
        let group = self.of[parent] as usize;
        let Some(have) = self.have.get_mut(group) else { return 0 };
        let (from, off) = (*have, *have as i64 - self.wanted[group] as i64);
        *have = have.saturating_add_signed(shift);
        let children = (off + shift).abs() - off.abs();
        self.weight * self.surplus.change(from, *have) + self.child_weight * children
    }

    pub(super) fn tv(&self) -> f64 { self.surplus.tv(self.have.len()) }
    pub(super) fn groups(&self) -> usize { self.have.len() }
}

/// How much more often each number occurs than it should.
pub(super) struct Surplus {
    by_number: Vec<i32>,
}

impl Surplus {
    pub(super) fn new(have: &[u64], wanted: &[u64]) -> Self {
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

    pub(super) fn tv(&self, n: usize) -> f64 { self.by_number.iter().map(|x| x.abs()).sum::<i32>() as f64 / 2. / n as f64 }

    pub(super) fn is_zero(&self) -> bool {
        self.by_number.iter().all(|&surplus| surplus == 0)
    }

    fn index(&self, number: u64) -> usize {
        number.min(self.by_number.len() as u64 - 1) as usize
    }

    pub(super) fn has_too_many(&self, number: u64) -> bool {
        self.by_number[self.index(number)] > 0
    }

    /// One number less of one kind, one more of another; returns what that does to the sum of all errors.
    pub(super) fn change(&mut self, from: u64, to: u64) -> i64 {
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
