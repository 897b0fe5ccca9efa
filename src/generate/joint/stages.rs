//! In which order rows can be drawn.

use super::groups::Groups;
use crate::model::context::{NO_ROW, scattered};

/// Rows in stages: all that a row looks at is in an earlier stage.
pub(super) struct Stages {
    order: Vec<u32>,
    ends: Vec<usize>,
}

impl Stages {
    /// `sequence` has all rows in an order in which they could be drawn one by one, `families` are those in which rows look at the ones before
    /// them, `above` the parents in the same table where rows look at those. What comes later in the sequence is not waited for.
    pub(super) fn new(sequence: &[u32], families: &[&Groups], above: &[&[u32]]) -> Self {
        let mut level = vec![0u32; sequence.len()];
        let before: Vec<Vec<u32>> = families.iter().map(|groups| groups.before()).collect();
        if !(before.is_empty() && above.is_empty()) {
            let mut is_drawn = vec![false; sequence.len()];
            for &row in sequence {
                let others = before.iter().map(Vec::as_slice).chain(above.iter().copied());
                level[row as usize] = others
                    .filter_map(|others| others.get(row as usize))
                    .filter(|&&other| other != NO_ROW && is_drawn[other as usize])
                    .fold(0, |most, &other| most.max(level[other as usize] + 1));
                is_drawn[row as usize] = true;
            }
        }
        let mut ends: Vec<usize> = Vec::new();
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
        let mut order = vec![0; sequence.len()];
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

/// Rows by their places among their siblings, families of siblings in an order that means nothing; without siblings, as they are.
pub(super) fn sequence(rows: usize, siblings: Option<&Groups>) -> Vec<u32> {
    let mut sequence: Vec<u32> = (0..rows as u32).collect();
    if let Some(groups) = siblings {
        let mut rank = vec![(0, 0); rows];
        for (number, group) in (0..).zip(groups.iter()) {
            (0u32..).zip(group).for_each(|(place, &row)| rank[row as usize] = (place, scattered(number)));
        }
        sequence.sort_by_key(|&row| rank[row as usize]);
    }
    sequence
}
