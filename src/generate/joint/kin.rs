//! Which rows are alike as to a field: those whose token was drawn from one histogram exchange it without any difference, those whose
//! histograms fall back to one with a small one.

use super::dice::Dice;
use crate::generate::table::Tables;
use crate::model::Field;

/// Steps up a tree beyond which rows have little in common.
const MOST_STEPS: usize = 12;

/// From which histogram the token of each row was drawn.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    by_row: Vec<u32>,
    /// What each histogram falls back to; itself if to none.
    above: Vec<u32>,
}

impl Origins {
    pub(super) fn new(by_row: Vec<u32>, dice: &Dice<'_>) -> Self {
        Self { by_row, above: dice.fallbacks() }
    }

    /// The same of some of the rows.
    pub(super) fn of(&self, rows: &[u64]) -> Self {
        Self {
            by_row: rows.iter().map(|&row| self.by_row[row as usize]).collect(),
            above: self.above.clone(),
        }
    }

    /// The histogram above each, so many steps up the tree.
    fn ancestors(&self, steps: usize) -> Vec<u32> {
        let up = |at: u32| (0..steps).fold(at, |at, _| self.above[at as usize]);
        (0..self.above.len() as u32).map(up).collect()
    }
}

/// What rows have in common as to the fields that decide a part of a key.
#[derive(Debug, Clone)]
pub(crate) struct Kin(Vec<Origins>);

impl Kin {
    /// The rows that are alike as to a drawn column of the table under way.
    pub(crate) fn of_column(tables: &Tables, column: usize) -> Option<Self> {
        tables.known.origins.get(&Field::Column(column)).map(|origins| Self(vec![origins.clone()]))
    }

    /// The same as to the parent through a foreign key.
    pub(crate) fn of_link(tables: &Tables, number: usize) -> Option<Self> {
        let of_link =
            |field: &&Field| matches!(field, Field::Link { foreign_key, .. } if *foreign_key == number);
        let fields = tables.known.origins.iter().filter(|(field, _)| of_link(field));
        let origins: Vec<Origins> = fields.map(|(_, origins)| origins.clone()).collect();
        (!origins.is_empty()).then_some(Self(origins))
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.0[0].by_row.len()
    }

    /// Groups of rows that are alike: of one histogram, and with every step of more rows. None where another step puts no more
    /// together.
    pub(crate) fn groups(&self, steps: usize) -> Option<Vec<u64>> {
        let tables: Vec<Vec<u32>> = self.0.iter().map(|origins| origins.ancestors(steps)).collect();
        let is_new = steps == 0
            || self.0.iter().zip(&tables).any(|(origins, above)| origins.ancestors(steps - 1) != *above);
        if steps > MOST_STEPS || !is_new {
            return None;
        }
        let group = |row: usize| {
            let fields = self.0.iter().zip(&tables);
            fields.fold(0u64, |group, (origins, above)| {
                group.rotate_left(21) ^ u64::from(above[origins.by_row[row] as usize])
            })
        };
        Some((0..self.rows()).map(group).collect())
    }
}
