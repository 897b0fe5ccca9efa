//! How far the sums of children over groups of parents are from what was learned.
//!
//! A key that follows from another one (a flight's origin from its weather row) has a histogram of its own: the sums of
//! the quotas over the parents of one grandparent. While quotas move, the error of every such key is kept here: the distance
//! between the histogram of the sums and the learned one, and, to show the way there, how many children every group is
//! away from a sum of its own.

/// A grouping of parents whose sums of quotas matter.
pub(super) struct Grouping {
    /// The group of every parent; `usize::MAX as u32` for none.
    pub(super) of: Vec<u32>,
    /// The wanted sum of every group.
    pub(super) targets: Targets,
}

impl Grouping {
    pub(super) fn groups(&self) -> usize {
        let (Targets::Fixed(targets) | Targets::Any(targets)) = &self.targets;
        targets.len()
    }
}

/// What the sums of the groups should be.
pub(super) enum Targets {
    /// Group by group.
    Fixed(Vec<u64>),
    /// Any group may have any of these sums: one per group.
    Any(Vec<u64>),
}

/// What one group weighs if there is no other.
const WHOLE: f64 = (1u64 << 32) as f64;
/// What a sum that is off by as much as sums are on average weighs against one that occurs too often.
const DIRECTION: f64 = 0.2;
/// The largest number that is told from larger ones.
const LARGEST: u64 = 1 << 16;

/// What one of `count` groups weighs. Of few groups each is a large part of their histogram, but the histogram says less:
/// its error is in proportion to the root of their number.
pub(super) fn weight_of(count: usize) -> i64 {
    (WHOLE / (count.max(1) as f64).sqrt()) as i64
}

/// The sums of quotas over the groups of one grouping.
pub(super) struct Sums {
    of: Vec<u32>,
    have: Vec<u64>,
    /// The wanted sum of every group, at this time.
    wanted: Vec<u64>,
    /// Compares the sums with those wanted, where any group may have any of them.
    surplus: Option<Surplus>,
    /// What a sum weighs that occurs too often or too rarely.
    weight: i64,
    /// What a child too many or too few in the sum of a group weighs.
    child_weight: i64,
}

impl Sums {
    pub(super) fn new(grouping: Grouping, quotas: &[u64]) -> Self {
        let groups = grouping.groups();
        let (wanted, is_fixed) = match grouping.targets {
            Targets::Fixed(wanted) => (wanted, true),
            Targets::Any(mut wanted) => {
                wanted.sort_unstable();
                (wanted, false)
            }
        };
        let mut have = vec![0; groups];
        for (&group, &quota) in grouping.of.iter().zip(quotas) {
            if let Some(sum) = have.get_mut(group as usize) {
                *sum += quota;
            }
        }
        let mean = wanted.iter().sum::<u64>() as f64 / groups.max(1) as f64;
        let weight = weight_of(groups);
        let direction = if is_fixed { 1.0 } else { DIRECTION };
        Self {
            of: grouping.of,
            surplus: (!is_fixed).then(|| Surplus::new(&have, &wanted, frequent(groups))),
            have,
            wanted,
            weight,
            child_weight: ((weight as f64 * direction / (1.0 + mean)) as i64).max(1),
        }
    }

    /// Where any group may have any sum: gives every group the wanted sum of its rank, the arrangement that costs the least.
    pub(super) fn rank(&mut self) {
        if self.surplus.is_some() {
            let mut targets = self.wanted.clone();
            targets.sort_unstable();
            let mut order: Vec<usize> = (0..self.have.len()).collect();
            order.sort_by_key(|&group| (self.have[group], group));
            for (group, target) in order.into_iter().zip(targets) {
                self.wanted[group] = target;
            }
        }
    }

    pub(super) fn is_right(&self) -> bool {
        self.have == self.wanted
    }

    /// Whether the sum of a parent's group is as wanted.
    pub(super) fn fits(&self, parent: usize) -> bool {
        let group = self.group(parent) as usize;
        self.have.get(group).is_none_or(|&have| have == self.wanted[group])
    }

    pub(super) fn group(&self, parent: usize) -> u32 {
        self.of[parent]
    }

    pub(super) fn groups(&self) -> usize {
        self.have.len()
    }

    /// One parent gets `shift` children more, another one as many less; returns what that does to the error.
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
        let occurrences = self.surplus.as_mut().map_or(0, |surplus| surplus.change(from, *have));
        self.weight * occurrences + self.child_weight * children
    }
}

/// From how many groups on a sum is frequent enough to be counted by itself: sums that are rarer hardly tell a histogram
/// from another one of so many groups.
fn frequent(groups: usize) -> u64 {
    1 + (groups as f64).sqrt() as u64 / 2
}

/// How much more often numbers occur than they should.
pub(super) struct Surplus {
    /// The bin of every number up to the largest; bin 0 are numbers that nobody wants.
    bins: Vec<u32>,
    by_bin: Vec<i32>,
}

impl Surplus {
    /// Compares the numbers there are with those wanted. Numbers that are wanted less than `frequent` times share a bin with
    /// others.
    pub(super) fn new(have: &[u64], wanted: &[u64], frequent: u64) -> Self {
        let most = wanted.iter().max().map_or(0, |&most| most.min(LARGEST));
        let mut counts = vec![0; most as usize + 1];
        for &number in wanted {
            counts[number.min(most) as usize] += 1;
        }
        let mut bins = vec![0; counts.len() + 1];
        let (mut bin, mut inside, mut from) = (0, frequent, 0);
        for (number, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            if inside >= frequent || count >= frequent {
                (bin, inside, from) = (bin + 1, 0, number);
            }
            bins[from..=number].fill(bin);
            (inside, from) = (inside + count, number);
        }
        let mut surplus = Self { bins, by_bin: vec![0; bin as usize + 1] };
        for (numbers, one) in [(have, 1), (wanted, -1)] {
            for &number in numbers {
                let bin = surplus.bin(number);
                surplus.by_bin[bin] += one;
            }
        }
        surplus
    }

    pub(super) fn is_zero(&self) -> bool {
        self.by_bin.iter().all(|&surplus| surplus == 0)
    }

    fn bin(&self, number: u64) -> usize {
        self.bins[number.min(self.bins.len() as u64 - 1) as usize] as usize
    }

    pub(super) fn has_too_many(&self, number: u64) -> bool {
        self.by_bin[self.bin(number)] > 0
    }

    /// A number becomes another one; returns what that does to the sum of all errors.
    pub(super) fn change(&mut self, from: u64, to: u64) -> i64 {
        let (from, to) = (self.bin(from), self.bin(to));
        if from == to {
            return 0;
        }
        self.by_bin[from] -= 1;
        let left = if self.by_bin[from] >= 0 { -1 } else { 1 };
        self.by_bin[to] += 1;
        let entered = if self.by_bin[to] > 0 { 1 } else { -1 };
        left + entered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(surplus: &Surplus) -> i64 {
        surplus.by_bin.iter().map(|&surplus| i64::from(surplus.abs())).sum()
    }

    #[test]
    fn the_error_is_kept_up_to_date() {
        let wanted = [0, 0, 0, 2, 2, 9, 11, 40];
        let mut have = [2, 1, 0, 0, 9, 10, 41, 50];
        let mut surplus = Surplus::new(&have, &wanted, 2);
        for (at, to) in [(0, 9), (1, 2), (7, 0), (6, 10), (1, 2_000), (1, 40), (0, 0)] {
            let before = error(&surplus);
            let change = surplus.change(have[at], to);
            have[at] = to;
            assert_eq!(error(&surplus), before + change);
            assert_eq!(surplus.by_bin, Surplus::new(&have, &wanted, 2).by_bin);
        }
    }

    #[test]
    fn rare_numbers_share_a_bin_and_unwanted_ones_have_none() {
        let surplus = Surplus::new(&[], &[0, 0, 0, 20, 20, 21, 23, 30], 2);
        let bin = |number| surplus.bin(number);
        assert!(bin(0) != bin(20) && bin(21) == bin(22) && bin(21) == bin(23));
        assert!([1, 19, 24, 31, 1_000].into_iter().all(|number| bin(number) == 0));
        assert!([0, 20, 21, 30].into_iter().all(|number| bin(number) != 0));
    }

    #[test]
    fn sums_follow_what_moves() {
        let of = vec![0, 0, 1, 1, u32::MAX];
        let mut sums = Sums::new(Grouping { of, targets: Targets::Any(vec![5, 1]) }, &[2, 1, 1, 2, 7]);
        sums.rank();
        assert!(!sums.is_right());
        assert!(sums.change(0, 2, -2) < 0, "one and five are wanted, three and three there were");
        assert!(sums.is_right() && sums.fits(0) && sums.fits(4));
        assert_eq!(sums.change(0, 1, 1), 0);
        assert!(sums.change(0, 4, 1) > 0);
    }
}
