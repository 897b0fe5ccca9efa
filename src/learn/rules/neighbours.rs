//! What holds of neighbours among the rows of a parent, tried on some groups before it is asked of all.

use super::Search;
use super::view::{Children, Values};
use rustc_hash::FxHashSet;

/// Pairs of neighbours at the least, and one of so many may be an exception.
const FEWEST: u64 = 30;
const EXCEPTIONS: u64 = 200;
/// Different values in which pairs agree, at the least: what has few values agrees by chance.
const VALUES: usize = 10;
/// Rows that are looked at first, about. Parents with more rows are left out there: where all have more, they are populations, whose rows
/// do not follow each other.
const FIRST: usize = 2_000;

/// The rows of each parent in order.
pub(super) struct Neighbours<'s, 'a, 'v> {
    search: &'s Search<'a, 'v>,
    children: &'s Children,
    by: Option<usize>,
    /// The groups that are looked at first.
    first: Vec<Vec<u32>>,
}

impl<'s, 'a, 'v> Neighbours<'s, 'a, 'v> {
    /// In the order of a column, and of the primary key where that is the same.
    pub(super) fn new(search: &'s Search<'a, 'v>, children: &'s Children, by: Option<usize>) -> Self {
        let mut all = Self { search, children, by, first: Vec::new() };
        let mut seen = 0;
        let several =
            (0..children.parents()).filter(|&parent| (2..=FIRST).contains(&children.of(parent).len()));
        let first = several.take_while(|&parent| {
            let is_open = seen < FIRST;
            seen += children.of(parent).len();
            is_open
        });
        all.first = first.map(|parent| all.sorted(parent)).collect();
        all
    }

    fn sorted(&self, parent: usize) -> Vec<u32> {
        let columns = &self.search.this().columns;
        let units = |column: Option<usize>, row: u32| match column.map(|column| &columns[column].values) {
            Some(Values::Whole(units, _)) => units[row as usize],
            _ => 0,
        };
        let key = self.search.schema.tables[self.search.table].primary_key.as_ref();
        let key = key.and_then(|key| if let [key] = key.columns[..] { Some(key) } else { None });
        let mut rows = self.children.of(parent).to_vec();
        rows.sort_unstable_by_key(|&row| (units(self.by, row), units(key, row), row));
        rows
    }

    /// The rows of each parent that has any.
    pub(super) fn groups(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        let parents = 0..self.children.parents();
        parents.filter(|&parent| !self.children.of(parent).is_empty()).map(|parent| self.sorted(parent))
    }

    /// The pairs of neighbours, and how many are exceptions, if these are few enough. `agree` says in what two neighbours agree.
    pub(super) fn hold(&self, agree: impl Fn(usize, usize) -> Option<i64>) -> Option<(u64, u64)> {
        let tally = |rows: &[u32], met: &mut dyn FnMut(u32, i64)| {
            let mut found = (0, 0);
            for pair in rows.windows(2) {
                found.0 += 1;
                match agree(pair[0] as usize, pair[1] as usize) {
                    Some(value) => met(pair[1], value),
                    None => found.1 += 1,
                }
            }
            found
        };
        let sum = |sum: (u64, u64), found: (u64, u64)| (sum.0 + found.0, sum.1 + found.1);
        let (pairs, except) = self.first.iter().map(|rows| tally(rows, &mut |_, _| {})).fold((0, 0), sum);
        if pairs == 0 || except * 10 > pairs {
            return None;
        }
        let (mut crowd, mut values) = (self.search.crowd(), FxHashSet::default());
        let mut met = |row: u32, value: i64| {
            crowd.add(row as usize);
            if values.len() < VALUES {
                values.insert(value);
            }
        };
        let (pairs, except) = self.groups().map(|rows| tally(&rows, &mut met)).fold((0, 0), sum);
        let holds = pairs >= FEWEST && except * EXCEPTIONS <= pairs && values.len() >= VALUES;
        (holds && crowd.is_enough()).then_some((pairs, except))
    }
}
