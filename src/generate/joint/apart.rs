//! Columns whose values keep apart in the rows of one parent: places of a race are given once each.

use super::admissible::tells_values;
use super::groups::Groups;
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::context::NO_ROW;
use crate::model::{Marginal, NULL_TOKEN};
use crate::rng::Stream;
use rustc_hash::FxHashMap;

/// Exchanges that are tried per row.
const EXCHANGES: usize = 4;

/// How a column keeps apart.
pub(super) struct Apart<'a> {
    families: Vec<Family<'a>>,
    /// How many values each token stands for.
    values: Vec<u32>,
}

/// The rows of one parent each.
struct Family<'a> {
    pub(super) foreign_key: usize,
    parents: &'a [u32],
    groups: Groups,
    /// Where values are all from the first on: the token of each number of them, beginning with none, and the last token open to each row's
    /// group by parent.
    ranks: Option<Ranks>,
}

struct Ranks {
    tokens: Vec<u16>,
    most: FxHashMap<u32, u16>,
}

/// How often tokens are used, by family, parent and token.
#[derive(Default, Clone)]
pub(super) struct Used(FxHashMap<(u32, u32, u16), u32>);

impl<'a> Apart<'a> {
    /// `None` where the column is free.
    pub(super) fn new(tables: &'a Tables, site: &Site<'a>, column: usize) -> Option<Self> {
        let learned = &site.model.tables[site.table];
        let dependence = learned.dependence.as_ref()?;
        let marginal = &learned.columns[column].marginal;
        let values = values(marginal).filter(|_| tells_values(tables, site.table, column))?;
        let found = dependence.distinct.iter().filter(|distinct| distinct.column == column);
        let families: Vec<Family<'a>> = found
            .filter_map(|distinct| {
                let parents = tables.known.context.tables[site.table].parents.get(distinct.foreign_key)?;
                let groups = (parents.len() == tables.tables[site.table].rows as usize).then(|| Groups::new(parents))?;
                let ranks = distinct.first.and_then(|first| ranks(marginal, first, &groups, parents));
                Some(Family { foreign_key: distinct.foreign_key, parents, groups, ranks })
            })
            .collect();
        (!families.is_empty()).then_some(Self { families, values })
    }

    /// The foreign keys within whose parents it keeps apart.
    pub(super) fn foreign_keys(&self) -> impl Iterator<Item = usize> + '_ {
        self.families.iter().map(|family| family.foreign_key)
    }

    /// Whether values are all from a first one on.
    pub(super) fn is_dense(&self) -> bool {
        self.families.iter().any(|family| family.ranks.is_some())
    }

    /// Whether a row that has one token may have another one.
    pub(super) fn admits(&self, used: &Used, row: u32, old: u16, token: u16) -> bool {
        let most = self.values.get(usize::from(token)).copied().unwrap_or(u32::MAX);
        token == NULL_TOKEN
            || (0u32..).zip(&self.families).all(|(number, family)| {
                let parent = family.parents[row as usize];
                let ranks = family.ranks.as_ref();
                let is_near = || {
                    ranks.is_none_or(|ranks| {
                        ranks.most.get(&parent).is_none_or(|&last| (ranks.tokens[0]..=last).contains(&token))
                    })
                };
                let count = used.0.get(&(number, parent, token)).copied().unwrap_or(0);
                parent == NO_ROW || (is_near() && count - u32::from(old == token).min(count) < most)
            })
    }

    /// Takes note that a row has another token.
    pub(super) fn note(&self, used: &mut Used, row: u32, old: u16, new: u16) {
        for (number, family) in (0u32..).zip(&self.families) {
            let parent = family.parents[row as usize];
            if parent == NO_ROW || old == new {
                continue;
            }
            if old != NULL_TOKEN
                && let Some(count) = used.0.get_mut(&(number, parent, old))
            {
                *count = count.saturating_sub(1);
            }
            if new != NULL_TOKEN {
                *used.0.entry((number, parent, new)).or_insert(0) += 1;
            }
        }
    }

    /// Lets rows of one parent exchange tokens, as often as their chances say (Metropolis et al. 1953). Only where a column keeps apart
    /// within one foreign key: others would not be kept.
    pub(super) fn exchange(
        &self,
        tokens: &mut [u16],
        chance: impl Fn(u32, u16) -> f64,
        may: impl Fn(u32, u16) -> bool,
        stream: &mut Stream,
    ) {
        let [family] = self.families.as_slice() else { return };
        for group in family.groups.iter().filter(|group| group.len() > 1) {
            for _ in 0..EXCHANGES * group.len() {
                let (one, other) = (*stream.pick(group), *stream.pick(group));
                let [a, b] = [one, other].map(|row| tokens[row as usize]);
                if a == b || a == NULL_TOKEN || b == NULL_TOKEN || !(may(one, b) && may(other, a)) {
                    continue;
                }
                let new = chance(one, b) * chance(other, a);
                let old = chance(one, a) * chance(other, b);
                if new >= old || stream.unit() * old < new {
                    tokens.swap(one as usize, other as usize);
                }
            }
        }
    }

    /// Closes gaps: values keep their order and become all from the first on.
    pub(super) fn close(&self, tokens: &mut [u16]) {
        for family in &self.families {
            let Some(ranks) = &family.ranks else { continue };
            for group in family.groups.iter().filter(|group| family.parents[group[0] as usize] != NO_ROW) {
                let mut filled: Vec<u32> =
                    group.iter().copied().filter(|&row| tokens[row as usize] != NULL_TOKEN).collect();
                filled.sort_by_key(|&row| tokens[row as usize]);
                for (rank, row) in filled.into_iter().enumerate() {
                    tokens[row as usize] = ranks.tokens[rank.min(ranks.tokens.len() - 1)];
                }
            }
        }
    }
}

/// How many values each token stands for, NULL first.
fn values(marginal: &Marginal) -> Option<Vec<u32>> {
    let counts: Vec<u32> = match marginal {
        Marginal::Integers(ordered) => {
            let values = |low: i64, high: i64| high.abs_diff(low) / ordered.step.max(1).unsigned_abs() + 1;
            let counts = ordered.segments.iter().map(|one| values(one.low, one.high));
            counts.map(|count| u32::try_from(count).unwrap_or(u32::MAX)).collect()
        }
        Marginal::Floats(ordered) => {
            ordered.segments.iter().map(|one| if one.low == one.high { 1 } else { u32::MAX }).collect()
        }
        Marginal::Categories(categories) => vec![1; categories.values.len()],
        _ => return None,
    };
    Some(std::iter::once(u32::MAX).chain(counts).collect())
}

/// The tokens of the values from a first one on, and how far they go for each parent.
fn ranks(marginal: &Marginal, first: i64, groups: &Groups, parents: &[u32]) -> Option<Ranks> {
    let Marginal::Integers(ordered) = marginal else { return None };
    let largest = groups.iter().map(<[u32]>::len).max()?;
    let last = u16::try_from(ordered.segments.len()).ok()?;
    let token = |value: i64| {
        let before = ordered.segments.partition_point(|one| one.high < value) as u16;
        (before + 1).min(last)
    };
    let tokens: Vec<u16> = (0..largest as i64).map(|rank| token(first.saturating_add(rank))).collect();
    let most = groups.iter().map(|group| (parents[group[0] as usize], tokens[group.len() - 1])).collect();
    Some(Ranks { tokens, most })
}
