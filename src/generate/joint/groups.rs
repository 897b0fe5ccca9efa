//! Siblings in order.

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
        Self::cut(order, parents)
    }

    /// The rows by parent, those of one parent in the order of a sequence of all rows.
    pub(super) fn along(parents: &[u32], sequence: &[u32]) -> Self {
        let mut order = sequence.to_vec();
        order.sort_by_key(|&row| parents[row as usize]);
        Self::cut(order, parents)
    }

    fn cut(order: Vec<u32>, parents: &[u32]) -> Self {
        let parent = |at: usize| parents[order[at] as usize];
        let ends = (1..=order.len())
            .filter(|&at| at == order.len() || parent(at) == NO_ROW || parent(at) != parent(at - 1))
            .map(|at| at as u32)
            .collect();
        Self { order, ends }
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

    /// By row: the one before it in its group.
    pub(super) fn before(&self) -> Vec<u32> {
        let mut before = vec![NO_ROW; self.order.len()];
        for group in self.iter() {
            group.windows(2).for_each(|pair| before[pair[1] as usize] = pair[0]);
        }
        before
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

/// What rows look at in other rows of their families.
pub(super) struct Families<'a> {
    all: Vec<Siblings<'a>>,
    /// By feature, family by family: the classes of the rows of a stage.
    pub(super) classes: Vec<Vec<u8>>,
}

impl<'a> Families<'a> {
    /// `families` are those of the spine (without a foreign key) and of other foreign keys; `slot` gives the place of a field among those
    /// that are drawn.
    pub(super) fn new(
        families: &[(Option<usize>, &'a Groups)],
        features: &[Feature],
        slot: impl Fn(Field) -> Option<usize>,
    ) -> Self {
        let all: Vec<Siblings<'a>> = families
            .iter()
            .map(|&(family, groups)| {
                let of = features.iter().filter_map(Feature::in_family).filter(|of| of.0 == family);
                Siblings::new(family, groups, of.map(|(_, feature)| feature), &slot)
            })
            .collect();
        let classes = vec![Vec::new(); all.iter().map(|siblings| siblings.features.len()).sum()];
        Self { all, classes }
    }

    /// Where a feature stands among the classes.
    pub(super) fn place(&self, feature: &Feature) -> Option<usize> {
        let (family, feature) = feature.in_family()?;
        let at = self.all.iter().position(|siblings| siblings.family == family)?;
        let before: usize = self.all[..at].iter().map(|siblings| siblings.features.len()).sum();
        Some(before + self.all[at].features.iter().position(|(other, _)| other == feature)?)
    }

    fn each(&mut self, of: impl Fn(&Siblings<'a>, &mut [Vec<u8>])) {
        let mut rest = self.classes.as_mut_slice();
        for siblings in &self.all {
            let (own, others) = rest.split_at_mut(siblings.features.len());
            of(siblings, own);
            rest = others;
        }
    }

    /// Works out the classes for the rows of a stage, no two of a family.
    pub(super) fn look(&mut self, rows: &[u32]) {
        self.each(|siblings, classes| siblings.look(rows, classes));
    }

    /// Remembers the rows of a stage.
    pub(super) fn remember(&mut self, rows: &[u32], classes: &[Vec<u8>]) {
        self.all.iter_mut().for_each(|siblings| siblings.remember(rows, classes));
    }

    /// Works out the classes for all rows, given those of all columns.
    pub(super) fn look_at_all(&mut self, classes: &[Vec<u8>]) {
        self.each(|siblings, own| own.clone_from_slice(&siblings.look_at_all(classes)));
    }
}

/// What rows look at in their siblings through one foreign key.
struct Siblings<'a> {
    family: Option<usize>,
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
}

impl<'a> Siblings<'a> {
    fn new<'f>(
        family: Option<usize>,
        groups: &'a Groups,
        features: impl Iterator<Item = &'f Feature>,
        slot: impl Fn(Field) -> Option<usize>,
    ) -> Self {
        let of = |feature: &Feature| match *feature {
            Feature::Earlier { field, .. } | Feature::Mean(field) | Feature::Distinct(field) => slot(field),
            _ => None,
        };
        let features: Vec<_> = features.map(|feature| (feature.clone(), of(feature))).collect();
        let mut slots: Vec<usize> = features.iter().filter_map(|feature| feature.1).collect();
        slots.sort_unstable();
        slots.dedup();
        let mut group = vec![0; groups.order.len()];
        let mut counts = Vec::with_capacity(groups.ends.len());
        for (number, rows) in groups.iter().enumerate() {
            rows.iter().for_each(|&row| group[row as usize] = number as u32);
            counts.push((0, rows.len() as u32));
        }
        let registers = vec![Register::default(); counts.len() * slots.len()];
        Self { family, groups, features, slots, group, counts, registers }
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
            _ => 0,
        }
    }

    fn look(&self, rows: &[u32], classes: &mut [Vec<u8>]) {
        let of = |feature: usize, row: &u32| self.class(feature, self.group[*row as usize] as usize);
        if rows.len() >= AT_ONCE {
            classes
                .par_iter_mut()
                .enumerate()
                .for_each(|(feature, classes)| *classes = rows.iter().map(|row| of(feature, row)).collect());
            return;
        }
        for (feature, classes) in classes.iter_mut().enumerate() {
            classes.clear();
            classes.extend(rows.iter().map(|row| of(feature, row)));
        }
    }

    fn remember(&mut self, rows: &[u32], classes: &[Vec<u8>]) {
        for &row in rows {
            let group = self.group[row as usize] as usize;
            self.counts[group].0 += 1;
            for (at, &slot) in self.slots.iter().enumerate() {
                self.registers[group * self.slots.len() + at].update(classes[slot][row as usize]);
            }
        }
    }

    /// The classes for all rows, group by group, given those of all columns.
    fn look_at_all(&self, classes: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let groups: Vec<&[u32]> = self.groups.iter().collect();
        // Row by row in the order of the groups, feature by feature.
        let seen =
            groups.par_chunks(GROUPS_AT_ONCE).flat_map_iter(|groups| self.look_through(groups, classes));
        let seen: Vec<u8> = seen.collect();
        let of = |feature: usize| -> Vec<u8> {
            let mut found = vec![0; self.groups.order.len()];
            let own = seen.iter().skip(feature).step_by(self.features.len());
            self.groups.order.iter().zip(own).for_each(|(&row, &class)| found[row as usize] = class);
            found
        };
        (0..self.features.len()).into_par_iter().map(of).collect()
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
