//! Unique keys that hold a column of keys of several tables: what would come twice exchanges its parent, or takes a free one.

use super::{Pointed, spelled};
use crate::generate::structure::codes;
use crate::generate::table::{NONE, Tables};
use crate::rng::Key;
use arrow_array::ArrayRef;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Rows that are asked for an exchange.
const ASKED: u32 = 64;
/// Other parents that are tried after that.
const TRIED: u64 = 4_096;

/// What makes rows different besides the column.
pub(super) struct Distinct {
    /// By key: a code per row of what else the key holds.
    others: Vec<Vec<u64>>,
    /// By target: a code per row of its key.
    keys: Vec<Vec<u64>>,
    /// A code per row of what the column holds where it refers to nothing.
    own: Vec<u64>,
    /// By key: rows by code.
    taken: Vec<FxHashMap<u64, u32>>,
}

impl Distinct {
    /// Looks at the unique keys that hold the column.
    pub(super) fn new(
        tables: &Tables,
        (table, column): (usize, usize),
        own: &ArrayRef,
        pointed: &Pointed,
    ) -> Self {
        let described = &tables.schema.tables[table];
        let keys = described.unique_keys().filter_map(|key| Some((key, key.told_apart(described)?)));
        let others: Vec<Vec<u64>> = keys
            .filter(|(_, columns)| columns.contains(&column))
            .map(|(key, columns)| {
                let mut codes = vec![codes::NULL + 1; own.len()];
                for &other in columns.iter().filter(|other| **other != column) {
                    let mut values = codes::codes(&tables.all_values(table, other));
                    if !key.nulls_distinct {
                        values.iter_mut().for_each(|code| *code = (*code).max(codes::NULL + 1));
                    }
                    codes = codes::tuples(&[codes, values]);
                }
                codes
            })
            .collect();
        let data_type = &described.columns[column].data_type;
        let of_target = |&(parent, key): &(usize, usize)| {
            codes::codes(&spelled(&tables.all_values(parent, key), data_type))
        };
        let any = !others.is_empty();
        Self {
            keys: pointed.targets.iter().filter(|_| any).map(of_target).collect(),
            own: if any { codes::codes(own) } else { Vec::new() },
            taken: vec![FxHashMap::default(); others.len()],
            others,
        }
    }

    /// Makes all rows different; `false` where that cannot be.
    pub(super) fn settle(&mut self, of: &mut [(u32, u32)], key: Key) -> bool {
        if self.others.is_empty() {
            return true;
        }
        let mut arms: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut open = Vec::new();
        // Rows that refer to nothing have no other value to take.
        let mut rows: Vec<usize> = (0..of.len()).collect();
        rows.sort_by_key(|&row| of[row].0 != NONE);
        for row in rows {
            let (target, parent) = of[row];
            arms.entry(target).or_default().push(row as u32);
            if self.is_free(row, (target, parent)) {
                self.count(row, (target, parent), true);
            } else if target == NONE {
                return false;
            } else {
                open.push(row);
            }
        }
        open.into_iter()
            .all(|row| self.exchange(row, of, &arms[&of[row].0], key) || self.any_other(row, of, key))
    }

    /// Exchanges the parents of a row and another one of the same table.
    fn exchange(&mut self, row: usize, of: &mut [(u32, u32)], rows: &[u32], key: Key) -> bool {
        for attempt in 0..ASKED {
            let other = rows[key.at(row as u64, attempt).below(rows.len() as u64) as usize] as usize;
            let (ours, theirs) = (of[row], of[other]);
            if ours == theirs || !self.has(other, theirs) {
                continue;
            }
            self.count(other, theirs, false);
            if self.is_free(row, theirs) {
                self.count(row, theirs, true);
                if self.is_free(other, ours) {
                    self.count(other, ours, true);
                    (of[row], of[other]) = (theirs, ours);
                    return true;
                }
                self.count(row, theirs, false);
            }
            self.count(other, theirs, true);
        }
        false
    }

    /// Takes a parent that is free, at the cost of one child too many there.
    fn any_other(&mut self, row: usize, of: &mut [(u32, u32)], key: Key) -> bool {
        let target = of[row].0;
        let parents = self.keys[target as usize].len() as u64;
        let first = key.at(row as u64, ASKED).below(parents);
        for turn in 0..parents.min(TRIED) {
            let tried = (target, ((first + turn) % parents) as u32);
            if self.is_free(row, tried) {
                self.count(row, tried, true);
                of[row] = tried;
                return true;
            }
        }
        false
    }

    /// The code of what each key holds if a row refers to something; [`codes::NULL`] where it is NULL.
    fn codes(&self, row: usize, (target, parent): (u32, u32)) -> impl Iterator<Item = u64> {
        let value = match target {
            NONE => self.own[row],
            _ => self.keys[target as usize][parent as usize],
        };
        self.others.iter().map(move |others| codes::tuples(&[[others[row]], [value]])[0])
    }

    fn is_free(&self, row: usize, what: (u32, u32)) -> bool {
        let mut codes = self.codes(row, what).zip(&self.taken);
        codes.all(|(code, taken)| code == codes::NULL || !taken.contains_key(&code))
    }

    /// Whether it is this row that holds what it refers to.
    fn has(&self, row: usize, what: (u32, u32)) -> bool {
        let mut codes = self.codes(row, what).zip(&self.taken);
        codes.all(|(code, taken)| code == codes::NULL || taken.get(&code) == Some(&(row as u32)))
    }

    fn count(&mut self, row: usize, what: (u32, u32), here: bool) {
        let codes: Vec<u64> = self.codes(row, what).collect();
        for (code, taken) in codes.into_iter().zip(&mut self.taken).filter(|(code, _)| *code != codes::NULL) {
            match here {
                true => _ = taken.insert(code, row as u32),
                false => _ = taken.remove(&code),
            }
        }
    }
}
