//! Columns in which siblings never all agree, although no key says so: a player has one row for each season, club and position.

use super::spine::Spine;
use super::{Known, chain};
use crate::model::NULL_TOKEN;
use rustc_hash::FxHashMap;

/// Rows that are looked at, about.
const LOOKED_AT: usize = 10_000;
/// Pairs of siblings that would agree by chance.
const SURPRISE: f64 = 20.0;
/// So many times fewer do.
const RARER: f64 = 10.0;
/// One row in so many may agree with a sibling all the same.
const EXCEPTIONS: usize = 200;

/// Sets of one, two or three columns (these with what orders siblings), none within another. What declared keys hold apart is none of them.
pub(super) fn of(known: &Known<'_>, table: usize) -> Vec<Vec<usize>> {
    let Some(spine) = &known.spines[table] else { return Vec::new() };
    let search = Search::new(known, table, spine);
    let mut found: Vec<Vec<usize>> = Vec::new();
    let alone: Vec<(usize, f64)> =
        search.columns.iter().map(|&column| (column, search.agreeing(&[column]).0)).collect();
    for &(column, pairs) in &alone {
        if search.is_apart(&[column], search.all * search.chance(column), pairs) {
            found.push(vec![column]);
        }
    }
    let open: Vec<(usize, f64)> = alone
        .into_iter()
        .filter(|(column, pairs)| found.iter().all(|of| of[0] != *column) && *pairs >= SURPRISE)
        .collect();
    let mut pairs = Vec::new();
    for (at, &(one, by_one)) in open.iter().enumerate() {
        for &(other, by_other) in &open[at + 1..] {
            let expected = by_one * by_other / search.all.max(1.0);
            if expected < SURPRISE {
                continue;
            }
            let agreeing = search.agreeing(&[one, other]).0;
            if search.is_apart(&[one, other], expected, agreeing) {
                found.push(vec![one, other]);
            } else {
                pairs.push((one, other, agreeing));
            }
        }
    }
    let order = spine.order;
    for &(one, other, agreeing) in pairs.iter().filter(|pair| order == Some(pair.0) || order == Some(pair.1))
    {
        for &(third, by_third) in open.iter().filter(|(third, _)| *third != one && *third != other) {
            let expected = agreeing * by_third / search.all.max(1.0);
            let mut columns = vec![one, other, third];
            columns.sort_unstable();
            let is_new = !found.iter().any(|of| of.iter().all(|column| columns.contains(column)));
            if expected >= SURPRISE
                && is_new
                && search.is_apart(&columns, expected, search.agreeing(&columns).0)
            {
                found.push(columns);
            }
        }
    }
    let this = &known.schema.tables[table];
    let keys = &this.foreign_keys[spine.foreign_key].columns;
    found.retain(|columns| !this.has_key_within(&[keys.as_slice(), columns].concat()));
    found
}

/// Siblings, and the tokens of their columns.
struct Search<'a> {
    /// The columns that tell tokens apart.
    columns: Vec<usize>,
    tokens: Vec<Option<&'a [u16]>>,
    /// Rows with the number of their group.
    rows: Vec<(u32, usize)>,
    /// Pairs of siblings.
    all: f64,
}

impl<'a> Search<'a> {
    /// Whole groups, evenly spread.
    fn new(known: &'a Known<'_>, table: usize, spine: &Spine) -> Self {
        let tokens: Vec<Option<&[u16]>> =
            known.recorded.tables[table].tokens.iter().map(Option::as_deref).collect();
        let columns =
            chain::columns(known, table).into_iter().filter(|&column| tokens[column].is_some()).collect();
        let step = (spine.sorted.len() / LOOKED_AT).max(1);
        let (mut rows, mut all) = (Vec::new(), 0.0);
        for (number, ends) in spine.starts.windows(2).enumerate().step_by(step) {
            let group = &spine.sorted[ends[0] as usize..ends[1] as usize];
            rows.extend(group.iter().map(|&row| (number as u32, row as usize)));
            all += pairs(group.len());
        }
        Self { columns, tokens, rows, all }
    }

    fn token(&self, column: usize, row: usize) -> u16 {
        self.tokens[column].map_or(NULL_TOKEN, |tokens| tokens[row])
    }

    /// The pairs of siblings that agree in all of some columns, and the rows that repeat a sibling before; rows with NULLs agree with none.
    fn agreeing(&self, columns: &[usize]) -> (f64, usize) {
        let mut counts: FxHashMap<(u32, u64), usize> = FxHashMap::default();
        for &(group, row) in &self.rows {
            let tokens = columns.iter().map(|&column| self.token(column, row));
            if tokens.clone().all(|token| token != NULL_TOKEN) {
                let word = tokens.fold(0, |word, token| word << 16 | u64::from(token));
                *counts.entry((group, word)).or_default() += 1;
            }
        }
        let repeats = counts.values().map(|count| count - 1).sum();
        (counts.values().map(|&count| pairs(count)).sum(), repeats)
    }

    /// The chance that two rows agree in a column.
    fn chance(&self, column: usize) -> f64 {
        let mut counts: FxHashMap<u16, usize> = FxHashMap::default();
        let values = self.rows.iter().map(|&(_, row)| self.token(column, row));
        values.filter(|token| *token != NULL_TOKEN).for_each(|token| *counts.entry(token).or_default() += 1);
        counts.values().map(|&count| pairs(count)).sum::<f64>() / pairs(self.rows.len()).max(1.0)
    }

    /// Whether hardly any siblings agree, where many would by chance.
    fn is_apart(&self, columns: &[usize], expected: f64, agreeing: f64) -> bool {
        expected >= SURPRISE
            && agreeing * RARER <= expected
            && self.agreeing(columns).1 * EXCEPTIONS <= self.rows.len()
    }
}

fn pairs(rows: usize) -> f64 {
    rows as f64 * (rows as f64 - 1.0) / 2.0
}
