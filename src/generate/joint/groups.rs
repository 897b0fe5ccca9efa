//! Siblings in order, and in which order rows can be drawn.

use crate::model::context::{NO_ROW, Register, count_class};
use crate::model::{Feature, Field};
use rayon::prelude::*;

/// Rows that a thread looks at in one go.
pub(super) const AT_ONCE: usize = 4_096;
/// Groups that a thread looks at in one go.
const GROUPS_AT_ONCE: usize = 256;

/// The rows of a table by spine parent.
pub(super) struct Groups {
    /// Rows by parent, then by row; a row without a parent is a group of its own.
    pub(super) order: Vec<u32>,
    /// Where each group ends in `order`.
    ends: Vec<u32>,
}

impl Groups {
    pub(super) fn new(parents: &[u32]) -> Self {
        let mut order: Vec<u32> = (0..parents.len() as u32).collect();
        if !parents.is_sorted() {
            order.sort_by_key(|&row| parents[row as usize]);
        }
        let parent = |at: usize| parents[order[at] as usize];
        let ends = (1..=order.len())
            .filter(|&at| at == order.len() || parent(at) == NO_ROW || parent(at) != parent(at - 1))
            .map(|at| at as u32)
            .collect();
        Self { order, ends }
    }

    /// The sibling before each of so many rows, or [`NO_ROW`].
    pub(super) fn before(&self, rows: usize) -> Vec<u32> {
        let mut before = vec![NO_ROW; rows];
        let pairs = self.iter().flat_map(|group| group.windows(2));
        pairs.for_each(|pair| before[pair[1] as usize] = pair[0]);
        before
    }

    /// The number of each row's group.
    pub(super) fn numbers(&self, rows: usize) -> Vec<u32> {
        let mut numbers = vec![0; rows];
        let groups = (0u32..).zip(self.iter());
        groups.for_each(|(number, group)| group.iter().for_each(|&row| numbers[row as usize] = number));
        numbers
    }

    /// Runs of siblings in a row with one token: where each begins in `order`, its first row, its length.
    pub(super) fn runs(&self, tokens: &[u16]) -> Vec<(u32, u32, u32)> {
        let mut runs: Vec<(u32, u32, u32)> = Vec::new();
        let mut at = 0;
        for group in self.iter() {
            for siblings in group.chunk_by(|&a, &b| tokens[a as usize] == tokens[b as usize]) {
                runs.push((at, siblings[0], siblings.len() as u32));
                at += siblings.len() as u32;
            }
        }
        runs
    }

    /// The rows of each group, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let rows = &self.order[start as usize..end as usize];
            start = end;
            rows
        })
    }
}

/// Rows in stages: all that a row looks at is in an earlier stage.
pub(super) struct Stages {
    order: Vec<u32>,
    ends: Vec<usize>,
}

impl Stages {
    /// `groups` where rows look at earlier siblings, `above` the parents in the same table where rows look at those. Parents that come after
    /// their child are not waited for.
    pub(super) fn new(rows: usize, groups: Option<&Groups>, above: &[&[u32]]) -> Self {
        let mut level = vec![0u32; rows];
        let before = groups.map_or(Vec::new(), |groups| groups.before(rows));
        let mut ends = Vec::new();
        if groups.is_some() || !above.is_empty() {
            for row in 0..rows {
                let others =
                    before.get(row).into_iter().chain(above.iter().filter_map(|parents| parents.get(row)));
                level[row] = others
                    .filter(|&&other| (other as usize) < row)
                    .fold(0, |most, &other| most.max(level[other as usize] + 1));
            }
        }
        for &level in &level {
            ends.resize(ends.len().max(level as usize + 1), 0);
            ends[level as usize] += 1;
        }
        let mut next = Vec::with_capacity(ends.len());
        let mut sum = 0;
        for end in &mut ends {
            next.push(sum);
            sum += *end;
            *end = sum;
        }
        let mut order = vec![0; rows];
        for (row, &level) in level.iter().enumerate() {
            order[next[level as usize]] = row as u32;
            next[level as usize] += 1;
        }
        Self { order, ends }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let rows = &self.order[start..end];
            start = end;
            rows
        })
    }
}

/// What rows look at in their siblings.
pub(super) struct Siblings<'a> {
    groups: &'a Groups,
    /// Features without repeats, with the slot of their column.
    features: Vec<(Feature, Option<usize>)>,
    /// Slots that are remembered.
    slots: Vec<usize>,
    /// The group of each row.
    group: Vec<u32>,
    /// By group: how many rows have been, how many there are.
    counts: Vec<(u32, u32)>,
    /// By group and remembered slot.
    registers: Vec<Register>,
    /// By feature: the classes of the rows of a stage.
    pub(super) classes: Vec<Vec<u8>>,
}

impl<'a> Siblings<'a> {
    /// `slot` gives the place of a field among those that are drawn.
    pub(super) fn new(
        groups: &'a Groups,
        features: &[Feature],
        slot: impl Fn(Field) -> Option<usize>,
    ) -> Self {
        let of = |feature: &Feature| match *feature {
            Feature::Earlier { field, .. }
            | Feature::Mean(field)
            | Feature::Distinct(field)
            | Feature::Seen { field, .. } => slot(field),
            _ => None,
        };
        let features: Vec<_> = features.iter().map(|feature| (feature.clone(), of(feature))).collect();
        let mut slots: Vec<usize> = features.iter().filter_map(|feature| feature.1).collect();
        slots.sort_unstable();
        slots.dedup();
        let group = groups.numbers(groups.order.len());
        let counts: Vec<(u32, u32)> = groups.iter().map(|rows| (0, rows.len() as u32)).collect();
        let registers = vec![Register::default(); counts.len() * slots.len()];
        let classes = vec![Vec::new(); features.len()];
        Self { groups, features, slots, group, counts, registers, classes }
    }

    /// Where a feature stands among the classes.
    pub(super) fn place(&self, feature: &Feature) -> Option<usize> {
        self.features.iter().position(|(other, _)| other == feature)
    }

    fn class(&self, feature: usize, group: usize) -> u8 {
        let registers = &self.registers[group * self.slots.len()..][..self.slots.len()];
        self.class_of(feature, self.counts[group], registers)
    }

    /// The class of a feature, given how many siblings have been and there are, and what was remembered of them.
    fn class_of(&self, feature: usize, (before, all): (u32, u32), registers: &[Register]) -> u8 {
        let (feature, slot) = &self.features[feature];
        let register =
            slot.and_then(|slot| self.slots.binary_search(&slot).ok()).and_then(|at| registers.get(at));
        match (feature, register) {
            (Feature::Position, _) => count_class(before as usize),
            (Feature::Left, _) => count_class(all.saturating_sub(before + 1) as usize),
            (Feature::Earlier { back, .. }, Some(register)) => register.earlier(*back),
            (Feature::Mean(_), Some(register)) => register.mean(),
            (Feature::Distinct(_), Some(register)) => register.distinct(),
            (Feature::Seen { class, .. }, Some(register)) => register.has(*class),
            _ => 0,
        }
    }

    /// Works out the classes for the rows of a stage, no two of a group.
    pub(super) fn look(&mut self, rows: &[u32]) {
        if rows.len() >= AT_ONCE {
            let this = &*self;
            let of = |feature: usize| -> Vec<u8> {
                rows.iter().map(|&row| this.class(feature, this.group[row as usize] as usize)).collect()
            };
            self.classes = (0..this.features.len()).into_par_iter().map(of).collect();
            return;
        }
        for feature in 0..self.features.len() {
            let mut classes = std::mem::take(&mut self.classes[feature]);
            classes.clear();
            classes.extend(rows.iter().map(|&row| self.class(feature, self.group[row as usize] as usize)));
            self.classes[feature] = classes;
        }
    }

    /// Remembers the rows of a stage.
    pub(super) fn remember(&mut self, rows: &[u32], classes: &[Vec<u8>]) {
        for &row in rows {
            let group = self.group[row as usize] as usize;
            self.counts[group].0 += 1;
            for (at, &slot) in self.slots.iter().enumerate() {
                self.registers[group * self.slots.len() + at].update(classes[slot][row as usize]);
            }
        }
    }

    /// Works out the classes for all rows, group by group, given those of all columns.
    pub(super) fn look_at_all(&mut self, classes: &[Vec<u8>]) {
        let this = &*self;
        let groups: Vec<&[u32]> = this.groups.iter().collect();
        // Row by row in the order of the groups, feature by feature.
        let seen =
            groups.par_chunks(GROUPS_AT_ONCE).flat_map_iter(|groups| this.look_through(groups, classes));
        let seen: Vec<u8> = seen.collect();
        let of = |feature: usize| -> Vec<u8> {
            let mut found = vec![0; this.groups.order.len()];
            let own = seen.iter().skip(feature).step_by(this.features.len());
            this.groups.order.iter().zip(own).for_each(|(&row, &class)| found[row as usize] = class);
            found
        };
        self.classes = (0..this.features.len()).into_par_iter().map(of).collect();
    }

    /// What the rows of some groups see.
    fn look_through(&self, groups: &[&[u32]], classes: &[Vec<u8>]) -> Vec<u8> {
        let mut seen = Vec::new();
        let mut registers = vec![Register::default(); self.slots.len()];
        for group in groups {
            registers.fill(Register::default());
            for (before, &row) in (0u32..).zip(*group) {
                let counts = (before, group.len() as u32);
                seen.extend(
                    (0..self.features.len()).map(|feature| self.class_of(feature, counts, &registers)),
                );
                for (register, &slot) in registers.iter_mut().zip(&self.slots) {
                    register.update(classes[slot][row as usize]);
                }
            }
        }
        seen
    }
}

/// The field that a feature of a row's own, its parents' or their parents' looks at.
pub(super) fn field(feature: &Feature) -> Option<(&[usize], Field)> {
    match feature {
        Feature::Of { path, field } | Feature::Detail { path, field } => Some((path, *field)),
        _ => None,
    }
}
