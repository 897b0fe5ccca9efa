//! Rows that repeat the value of the sibling before, where trees only tell its class.

use super::groups::Groups;
use crate::model::NULL_TOKEN;
use crate::rng::Key;

/// The attempt at whether a row repeats.
const REPEATED: u32 = u32::MAX - 5;

/// How often rows of one column repeat the value of the sibling before, if they have its class.
#[derive(Clone, Copy)]
pub(super) struct Echo {
    share: f64,
    key: Key,
}

impl Echo {
    /// `key` is that of the column's tokens.
    pub(super) fn new(share: f64, key: Key) -> Self {
        Self { share, key }
    }

    /// Whether a row does.
    pub(super) fn repeats(&self, row: u32) -> bool {
        self.key.at(u64::from(row), REPEATED).unit() < self.share
    }

    /// Gives rows that repeat, and so have the token of the sibling before, its position too.
    pub(super) fn place(&self, groups: &Groups, tokens: &[u16], positions: &mut [u32]) {
        for pair in groups.iter().flat_map(|group| group.windows(2)) {
            let [before, row] = [pair[0] as usize, pair[1] as usize];
            if tokens[row] != NULL_TOKEN && tokens[before] == tokens[row] && self.repeats(pair[1]) {
                positions[row] = positions[before];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_alike_share_a_position_as_often_as_they_repeat() {
        let groups = Groups::new(&(0..2_000).map(|row| row / 2).collect::<Vec<_>>());
        let tokens: Vec<u16> = (0..2_000).map(|row| 1 + row / 4 % 5).collect();
        let mut positions: Vec<u32> = (0..2_000).collect();
        Echo::new(0.75, Key::new(1, &["test"])).place(&groups, &tokens, &mut positions);
        let repeated = positions.chunks(2).filter(|pair| pair[0] == pair[1]).count();
        assert!((700..800).contains(&repeated), "{repeated} of 1000 pairs");
        assert!(positions.chunks(4).all(|of| of[2] != of[1]), "rows of other parents keep their own");
    }
}
