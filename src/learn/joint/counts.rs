//! How often each class of a target occurs in each class of every feature, among the rows of a node.

use super::prefix::Table;

/// Nodes of at least so many rows keep their counts for their children: a child's are its parent's without its sibling's,
/// which is cheaper than counting as long as there are about as many rows as cells.
pub(super) const KEPT_ROWS: usize = 4_096;

/// What a node of many rows has counted.
pub(super) struct Counts {
    /// Rows by class.
    pub totals: Vec<u32>,
    /// By feature: `bins × classes`.
    cells: Vec<Vec<u32>>,
}

impl Counts {
    /// Counts some rows. `bins` says how many classes a feature has.
    pub(super) fn of(rows: &[u32], classes: &[u8], codes: &[Vec<u8>], bins: &[usize]) -> Counts {
        let here: Vec<u8> = rows.iter().map(|&row| classes[row as usize]).collect();
        let width = here.iter().max().map_or(0, |&most| usize::from(most) + 1);
        Counts::as_wide_as(width, rows, &here, codes, bins)
    }

    fn as_wide_as(width: usize, rows: &[u32], here: &[u8], codes: &[Vec<u8>], bins: &[usize]) -> Counts {
        let mut totals = vec![0; width];
        here.iter().for_each(|&class| totals[usize::from(class)] += 1);
        let cells = codes.iter().zip(bins).map(|(codes, &bins)| {
            let mut cells = vec![0; if bins < 2 { 0 } else { bins * width }];
            if bins > 1 {
                count(&mut cells, width, rows, here, codes);
            }
            cells
        });
        let cells = cells.collect();
        Counts { totals, cells }
    }

    /// The counts of some of these rows, and what is then left for the others.
    pub(super) fn split(
        mut self,
        part: &[u32],
        classes: &[u8],
        codes: &[Vec<u8>],
        bins: &[usize],
    ) -> (Counts, Counts) {
        let here: Vec<u8> = part.iter().map(|&row| classes[row as usize]).collect();
        let part = Counts::as_wide_as(self.totals.len(), part, &here, codes, bins);
        self.totals.iter_mut().zip(&part.totals).for_each(|(all, part)| *all -= part);
        for (all, part) in self.cells.iter_mut().zip(&part.cells) {
            all.iter_mut().zip(part).for_each(|(all, part)| *all -= part);
        }
        (part, self)
    }

    /// What was counted of a feature.
    pub(super) fn table(&self, feature: usize) -> Table<'_> {
        Table { cells: &self.cells[feature], classes: self.totals.len() }
    }
}

/// Counts one feature: `here` holds the class of each of the rows, below `width`.
pub(super) fn count(cells: &mut [u32], width: usize, rows: &[u32], here: &[u8], codes: &[u8]) {
    for (&row, &class) in rows.iter().zip(here) {
        cells[usize::from(codes[row as usize]) * width + usize::from(class)] += 1;
    }
}
