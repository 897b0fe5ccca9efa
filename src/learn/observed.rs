//! What was seen of a column, in the order of its values: how often, and by how many subjects.

use crate::model::privacy::{Crowd, Settings};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::hash::Hash;

/// Rows and subjects that share something.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) rows: u64,
    pub(super) crowd: Crowd,
}

impl Tally {
    pub(super) fn new(privacy: Settings) -> Self {
        Self { rows: 0, crowd: Crowd::new(privacy) }
    }

    pub(super) fn add(&mut self, rows: u64, subjects: &[u32]) {
        self.rows += rows;
        self.crowd.extend(subjects);
    }
}

/// Counts by key.
pub(super) type Tallies<K> = FxHashMap<K, Tally>;

/// One row, or several, for a key.
pub(super) fn tally<K: Hash + Eq>(
    tallies: &mut Tallies<K>,
    key: K,
    rows: u64,
    subjects: &[u32],
    privacy: Settings,
) {
    tallies.entry(key).or_insert_with(|| Tally::new(privacy)).add(rows, subjects);
}

/// The distinct values of a column, ascending. The subjects of all runs lie in one vector, because a column may have
/// as many runs as rows.
#[derive(Debug, Clone)]
pub(super) struct Runs<T> {
    runs: Vec<Run<T>>,
    subjects: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Run<T> {
    value: T,
    rows: u64,
    first: u32,
    count: u32,
}

impl<T: Copy> Runs<T> {
    /// Sorts rows of (value, subject) into runs.
    pub(super) fn from_pairs(
        mut pairs: Vec<(T, u32)>,
        compare: impl Fn(&T, &T) -> Ordering,
        privacy: Settings,
    ) -> Self {
        pairs.sort_unstable_by(|a, b| compare(&a.0, &b.0).then(a.1.cmp(&b.1)));
        let mut all = Self { runs: Vec::new(), subjects: Vec::new() };
        for (value, subject) in pairs {
            let first = all.subjects.len() as u32;
            match all.runs.last_mut() {
                Some(run) if compare(&run.value, &value).is_eq() => {
                    run.rows += 1;
                    let is_new = all.subjects.last() != Some(&subject);
                    if is_new && (run.count as usize) < privacy.threshold() {
                        run.count += 1;
                        all.subjects.push(subject);
                    }
                }
                _ => {
                    all.runs.push(Run { value, rows: 1, first, count: 1 });
                    all.subjects.push(subject);
                }
            }
        }
        all
    }

    /// Sorts tallies by value.
    pub(super) fn from_tallies(tallies: Vec<(T, Tally)>, compare: impl Fn(&T, &T) -> Ordering) -> Self {
        let mut tallies = tallies;
        tallies.sort_unstable_by(|a, b| compare(&a.0, &b.0));
        let mut all = Self { runs: Vec::new(), subjects: Vec::new() };
        for (value, tally) in tallies {
            let first = all.subjects.len() as u32;
            all.subjects.extend_from_slice(tally.crowd.subjects());
            all.runs.push(Run { value, rows: tally.rows, first, count: tally.crowd.len() as u32 });
        }
        all
    }

    /// The same runs with other values, which must have the same order.
    pub(super) fn map<U: Copy>(&self, value: impl Fn(T) -> U) -> Runs<U> {
        let runs = self.runs.iter().map(|run| Run {
            value: value(run.value),
            rows: run.rows,
            first: run.first,
            count: run.count,
        });
        Runs { runs: runs.collect(), subjects: self.subjects.clone() }
    }

    /// Distinct values.
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// All rows.
    pub(super) fn rows(&self) -> u64 {
        self.runs.iter().map(|run| run.rows).sum()
    }

    pub(super) fn value(&self, run: usize) -> T {
        self.runs[run].value
    }

    pub(super) fn rows_of(&self, run: usize) -> u64 {
        self.runs[run].rows
    }

    /// Distinct subjects of a run; complete below the threshold.
    pub(super) fn subjects_of(&self, run: usize) -> &[u32] {
        let run = self.runs[run];
        &self.subjects[run.first as usize..(run.first + run.count) as usize]
    }

    pub(super) fn values(&self) -> impl Iterator<Item = T> + '_ {
        self.runs.iter().map(|run| run.value)
    }
}

/// Whole numbers counted by value, as runs.
pub(super) fn whole_runs(tallies: Tallies<i64>) -> Runs<i64> {
    Runs::from_tallies(tallies.into_iter().collect(), i64::cmp)
}
