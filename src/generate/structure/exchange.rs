//! Rows that clash exchange parts with others, or take other parents.

use super::distinct::{Deal, Part, What};
use super::{Site, codes, scope};
use crate::generate::table::Tables;
use crate::rng::Stream;
use rustc_hash::FxHashMap;

/// Tries per clashing row before a key is dealt anew.
const TRIES: u32 = 200;
/// Tries among rows that are alike, by degree of likeness.
const TRIES_ALIKE: u32 = 16;
/// Less than one row in so many is hardly any.
const HARDLY: usize = 64;
/// Rows after which it shows whether exchanges help.
const TRIED: usize = 512;
/// Parents that a row tries at the most when no exchange helped.
const MOST_CHOICES: usize = 1_000;

impl Deal {
    /// Lets clashing rows exchange parts until none clashes or tries run out, with rows that are alike first; unless `patient`, gives up
    /// where that helps less than half of them.
    pub(super) fn exchange(&mut self, patient: bool, stream: &mut Stream) {
        let movable: Vec<usize> = (0..self.parts.len()).rev().filter(|&part| self.parts[part].free).collect();
        for &part in &movable {
            self.exchange_alike(part, stream);
        }
        let open = if movable.is_empty() { Vec::new() } else { self.clashing() };
        if open.is_empty() {
            return;
        }
        let peers: Vec<Option<FxHashMap<u64, Vec<u32>>>> =
            self.parts.iter().map(|part| part.class.as_ref().map(|class| by_class(class))).collect();
        let mut unhelped = 0;
        for (tried, row) in open.into_iter().enumerate() {
            if !patient && tried >= TRIED && 2 * unhelped > tried {
                return;
            }
            for attempt in 0..TRIES {
                if !self.clashes(row) {
                    break;
                }
                let part = movable[attempt as usize % movable.len()];
                let other = match (&peers[part], &self.parts[part].class) {
                    (Some(peers), Some(class)) => *stream.pick(&peers[&class[row]]) as usize,
                    _ => stream.below(self.rows as u64) as usize,
                };
                self.try_swap(part, row, other);
            }
            unhelped += usize::from(self.clashes(row));
        }
    }

    /// Lets clashing rows exchange a part with rows that are alike as to it, the most alike first; gives up on a degree of likeness where it
    /// helps next to nobody.
    fn exchange_alike(&mut self, part: usize, stream: &mut Stream) {
        let Some(kin) = self.parts[part].kin.clone() else { return };
        let mut open = self.clashing();
        for steps in 0.. {
            let Some(mut groups) = (!open.is_empty()).then(|| kin.groups(steps)).flatten() else { break };
            if let Some(class) = &self.parts[part].class {
                groups.iter_mut().zip(class).for_each(|(group, &class)| *group = codes::join(*group, class));
            }
            let peers = by_class(&groups);
            let mut helped = 0;
            for (tried, &row) in open.iter().enumerate() {
                if tried >= TRIED && HARDLY * helped < tried {
                    break;
                }
                let peers = &peers[&groups[row]];
                for _ in 0..TRIES_ALIKE.min(peers.len() as u32 - 1) {
                    if !self.clashes(row) {
                        break;
                    }
                    self.try_swap(part, row, *stream.pick(peers) as usize);
                }
                helped += usize::from(!self.clashes(row));
            }
            open.retain(|&row| self.clashes(row));
        }
    }

    /// Exchanges a part between two rows of a class, if they clash less then.
    fn try_swap(&mut self, part: usize, row: usize, other: usize) {
        let Part { dealt, class, .. } = &self.parts[part];
        let is_of_class = class.as_ref().is_none_or(|class| class[row] == class[other]);
        if row == other || dealt[row] == dealt[other] || !is_of_class {
            return;
        }
        let before = self.faults(row) + self.faults(other);
        let codes = |deal: &Self| -> Vec<[u64; 2]> {
            deal.tuples.iter().map(|tuple| [row, other].map(|row| deal.tuple_code(tuple, row))).collect()
        };
        let old = codes(self);
        self.parts[part].dealt.swap(row, other);
        let new = codes(self);
        let after = self.equal_parts(row) + self.equal_parts(other) + self.broken(row) + self.broken(other);
        if after + self.twice_after(&old, &new) >= before {
            self.parts[part].dealt.swap(row, other);
            return;
        }
        for ((tuple, old), new) in self.tuples.iter_mut().zip(&old).zip(&new) {
            old.iter().filter(|code| **code != codes::NULL).for_each(|&code| tuple.count(code, false));
            new.iter().filter(|code| **code != codes::NULL).for_each(|&code| tuple.count(code, true));
        }
    }

    /// How often two rows would have a tuple that another row has too, if they had the `new` codes instead of the `old` ones.
    fn twice_after(&mut self, old: &[[u64; 2]], new: &[[u64; 2]]) -> usize {
        let mut twice = 0;
        for ((tuple, old), new) in self.tuples.iter_mut().zip(old).zip(new) {
            for code in new.iter().filter(|code| **code != codes::NULL) {
                // What was tried counts as seen.
                let rows = *tuple.seen.entry(*code).or_insert(0) as usize;
                let of = |codes: &[u64; 2]| codes.iter().filter(|other| *other == code).count();
                twice += usize::from(rows + of(new) > 1 + of(old));
            }
        }
        twice
    }

    /// Rows that no exchange could help take any parent that fits, at the cost of one child too many there.
    pub(super) fn pick_again(&mut self, tables: &Tables, site: &Site<'_>, stream: &mut Stream) {
        let open = self.clashing();
        for part in (0..self.parts.len()).rev().filter(|_| !open.is_empty()) {
            let What::Link(number) = self.parts[part].what else { continue };
            if !self.parts[part].free {
                continue;
            }
            let parents = tables.tables[tables.schema.tables[site.table].foreign_keys[number].parent].rows;
            let mut codes = scope::parent_codes(tables, site, number);
            codes.resize(parents as usize, 0);
            let choices = by_class(&codes);
            for &row in &open {
                let class = self.parts[part].class.as_ref().map_or(0, |class| class[row]);
                let Some(choices) = choices.get(&class).filter(|_| self.clashes(row)) else { continue };
                let first = stream.below(choices.len() as u64) as usize;
                for turn in 0..choices.len().min(MOST_CHOICES) {
                    let before = self.parts[part].dealt[row];
                    self.give(part, row, choices[(first + turn) % choices.len()]);
                    if !self.clashes(row) {
                        break;
                    }
                    self.give(part, row, before);
                }
            }
        }
    }
}

fn by_class(class: &[u64]) -> FxHashMap<u64, Vec<u32>> {
    let mut peers: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (row, &class) in class.iter().enumerate() {
        peers.entry(class).or_default().push(row as u32);
    }
    peers
}
