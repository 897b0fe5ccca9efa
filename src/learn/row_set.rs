//! Sets of rows, one bit a row.

/// The rows of a column that have something in common, grown as rows are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RowSet {
    words: Vec<u64>,
    len: usize,
}

impl RowSet {
    /// One more row, in the set or not.
    pub(super) fn push(&mut self, inside: bool) {
        let (word, bit) = (self.len / 64, self.len % 64);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] |= u64::from(inside) << bit;
        self.len += 1;
    }

    /// Whether a row is in the set; rows that were never pushed are not.
    pub(super) fn contains(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Rows pushed, in the set or not.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

impl FromIterator<bool> for RowSet {
    fn from_iter<I: IntoIterator<Item = bool>>(rows: I) -> Self {
        let mut set = Self::default();
        rows.into_iter().for_each(|inside| set.push(inside));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_where_they_were_pushed() {
        let set: RowSet = (0..200).map(|row| row % 7 == 3).collect();
        assert_eq!(set.len(), 200);
        assert!((0..200).all(|row| set.contains(row) == (row % 7 == 3)));
        assert!(!set.contains(10_000));
    }
}
