//! Columns with a value that so many rows of each parent have: where a parent has too many or too few, rows lose or gain it by how
//! likely they are to have it, before anything is drawn that looks at it.

use super::choosing::Number;
use super::drawing::Drawing;
use super::groups::Groups;
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::context::NO_ROW;
use crate::model::rule::{Headcount, Statement};
use crate::model::{Marginal, NULL_TOKEN};
use crate::rng::Stream;

/// The attempts at a row that loses or gains a value.
const RECOUNTED: u32 = u32::MAX - 8;
/// Chances nearer to 0 or 1 say no more than these.
const NEARLY_NEVER: f64 = 1e-9;
/// By how much a row comes later that has another value of which there is a number: more than any odds.
const LATER: f64 = 1e3;

/// The rows of a table by parent, and a token that so many of them have.
pub(super) struct Headcounts<'a> {
    rule: &'a Headcount,
    token: u16,
    parents: Vec<u32>,
    groups: Groups,
}

impl<'a> Headcounts<'a> {
    /// Those of a column, whose foreign keys have their parents.
    pub(super) fn of_column(tables: &Tables, site: &Site<'a>, column: usize) -> Vec<Self> {
        let rules = site.plan.tables[site.table].rules.iter();
        let of_column = rules.filter_map(|rule| match &rule.statement {
            Statement::Headcount(count) if count.column == column => Some(count),
            _ => None,
        });
        of_column.filter_map(|rule| Self::new(tables, site, rule)).collect()
    }

    fn new(tables: &Tables, site: &Site<'_>, rule: &'a Headcount) -> Option<Self> {
        let number = match &site.model.tables[site.table].columns[rule.column].marginal {
            Marginal::Categories(categories) => {
                categories.values.iter().position(|(value, _)| *value == rule.value)?
            }
            Marginal::Integers(ordered) => {
                let value: i64 = rule.value.parse().ok()?;
                ordered.segments.iter().position(|segment| (segment.low, segment.high) == (value, value))?
            }
            _ => return None,
        };
        let rows = tables.tables[site.table].rows;
        let parent = |row| tables.parent(site.table, rule.foreign_key, row).map_or(NO_ROW, |at| at as u32);
        let parents: Vec<u32> = (0..rows).map(parent).collect();
        let token = NULL_TOKEN + 1 + u16::try_from(number).ok()?;
        Some(Self { rule, token, groups: Groups::new(&parents), parents })
    }

    /// The rows of one parent that may change, and how many of them have to, where that is any.
    fn wrong(&self, group: &[u32], tokens: &[u16]) -> Option<(Vec<u32>, usize)> {
        if self.parents[group[0] as usize] == NO_ROW {
            return None;
        }
        let has = |row: &u32| tokens[*row as usize] == self.token;
        let counted = group.iter().filter(|row| has(row)).count();
        let wanted = self.rule.wanted(counted, group.len());
        let may_change = || group.iter().copied().filter(|row| has(row) == (counted > wanted));
        (counted != wanted).then(|| (may_change().collect(), counted.abs_diff(wanted)))
    }
}

impl Drawing<'_> {
    /// Lets rows lose and gain the values of which parents have a certain number. `siblings` holds the classes of all rows.
    pub(super) fn settle_headcounts(&mut self, slot: usize, siblings: &[Vec<u8>]) {
        let target = &self.targets[slot];
        // What others decide follows them.
        if target.decided.is_some() || target.ranking.is_some() {
            return;
        }
        for counts in &target.headcounts {
            let wrong = counts.groups.iter().filter_map(|group| counts.wrong(group, &self.tokens[slot]));
            let wrong: Vec<(Vec<u32>, usize)> = wrong.collect();
            let rows: Vec<u32> = wrong.iter().flat_map(|(rows, _)| rows).copied().collect();
            let mut chosen = self.sight(slot, siblings).histograms(&rows, Number::Row).into_iter();
            for (rows, many) in wrong {
                let ranked = rows.into_iter().zip(chosen.by_ref()).map(|(row, histogram)| {
                    let mut stream = target.key.at(u64::from(row), RECOUNTED);
                    let chance = target.dice.chance_of(histogram, counts.token);
                    let chance = chance.clamp(NEARLY_NEVER, 1.0 - NEARLY_NEVER);
                    let odds = libm::log(chance / (1.0 - chance));
                    let has = self.tokens[slot][row as usize] == counts.token;
                    let later = if !has && self.is_counted(slot, row) { LATER } else { 0.0 };
                    (if has { -odds } else { odds } + gumbel(&mut stream) - later, row, histogram, stream)
                });
                let mut ranked: Vec<_> = ranked.collect();
                ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
                let mut left = many;
                for (_, row, histogram, mut stream) in ranked {
                    let Some(token) = self.recounted(slot, (row, counts.token), histogram, &mut stream)
                    else {
                        continue;
                    };
                    self.set(slot, row, token);
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                }
            }
        }
    }

    /// What a row has instead: the token if it has it not, else another one; `None` where rules admit none.
    fn recounted(
        &self,
        slot: usize,
        (row, token): (u32, u16),
        histogram: u32,
        stream: &mut Stream,
    ) -> Option<u16> {
        let target = &self.targets[slot];
        if self.tokens[slot][row as usize] != token {
            return Some(token).filter(|&token| self.admits(slot, row, token));
        }
        let is_open = |other: u16| other != token && self.admits(slot, row, other);
        let is_free =
            |other: u16| is_open(other) && !target.headcounts.iter().any(|count| count.token == other);
        let free = target.dice.one_of(histogram, &is_free, None, stream);
        free.or_else(|| target.dice.one_of(histogram, &is_open, None, stream))
    }

    /// Whether a row has a value of which there is a number.
    fn is_counted(&self, slot: usize, row: u32) -> bool {
        let token = self.tokens[slot][row as usize];
        self.targets[slot].headcounts.iter().any(|count| count.token == token)
    }
}

/// Noise with which the greatest of some logarithms of odds is each of them as often as the odds say (Gumbel; Yellott 1977).
fn gumbel(stream: &mut Stream) -> f64 {
    -libm::log(-libm::log(stream.unit().clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON)))
}
