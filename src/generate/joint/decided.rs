//! Columns that others decide: rows that agree on those agree on these, from the moment they are drawn, so that whatever is
//! drawn after them sees what will stand there.

use super::drawing::Target;
use crate::generate::structure::{Site, codes};
use crate::generate::table::{Source, Tables};
use crate::model::Field;
use crate::model::rule::Statement;

/// What decides a column.
pub(super) struct Decided(Vec<Decider>);

enum Decider {
    /// A column under way whose tokens stand for one value each, by token; other tokens decide nothing.
    Slot(usize, Vec<bool>),
    /// Codes that are known of every row.
    Codes(Vec<u64>),
}

impl Decided {
    /// `None` where nothing decides the column, or something that is not known when it is drawn.
    pub(super) fn new(
        tables: &Tables,
        site: &Site<'_>,
        column: usize,
        before: &[Target<'_>],
    ) -> Option<Self> {
        let rules = &site.plan.tables[site.table].rules;
        rules.iter().find_map(|rule| match &rule.statement {
            Statement::Dependency { from, to } if to.contains(&column) => {
                let deciders = from.iter().map(|&from| decider(tables, site, from, before));
                deciders.collect::<Option<_>>().map(Self)
            }
            Statement::Constant { foreign_key, columns } if columns.contains(&column) => {
                let rows = 0..tables.tables[site.table].rows;
                let parent = |row| {
                    tables.parent(site.table, *foreign_key, row).map_or(codes::NULL, |parent| parent + 1)
                };
                Some(Self(vec![Decider::Codes(rows.map(parent).collect())]))
            }
            _ => None,
        })
    }

    /// For each row the first one of those that agree with it and have the commonest of their `own` tokens: a single row that was moved
    /// to meet a margin does not lead the others. A row that nothing decides leads itself.
    pub(super) fn leaders(&self, tokens: &[Vec<u16>], own: &[u16]) -> Vec<u32> {
        let each: Vec<Vec<u64>> = self.0.iter().map(|decider| decider.codes(tokens)).collect();
        let tuples = codes::tuples(&each);
        let is_open = |row: usize| each.iter().any(|codes| codes[row] == codes::NULL);
        let (classes, count) = codes::numbered(&tuples, is_open);
        let values: Vec<u32> = own.iter().map(|&token| u32::from(token)).collect();
        let most = own.iter().max().map_or(0, |&most| usize::from(most) + 1);
        let leaders = codes::leaders((&classes, count), (&values, most));
        let leader = |(row, &class): (u32, &u32)| leaders.get(class as usize).copied().unwrap_or(row);
        (0u32..).zip(&classes).map(leader).collect()
    }
}

impl Decider {
    fn codes(&self, tokens: &[Vec<u16>]) -> Vec<u64> {
        match self {
            Self::Codes(codes) => codes.clone(),
            Self::Slot(slot, single) => tokens[*slot]
                .iter()
                .map(|&token| if single[usize::from(token)] { u64::from(token) } else { codes::NULL })
                .collect(),
        }
    }
}

fn decider(tables: &Tables, site: &Site<'_>, column: usize, before: &[Target<'_>]) -> Option<Decider> {
    let slot = before.iter().position(|target| target.field == Field::Column(column));
    if let Some(slot) = slot.filter(|&slot| before[slot].known.is_none()) {
        let learned = &site.model.tables[site.table].columns[column];
        let single = before[slot].codec.single_values(learned)?;
        // Where most tokens are bins, hardly any two rows are known to agree.
        let is_telling = 2 * single.iter().filter(|&&single| single).count() >= single.len();
        return is_telling.then_some(Decider::Slot(slot, single));
    }
    let is_there = slot.is_some()
        || matches!(tables.tables[site.table].columns[column], Source::Inherited { .. } | Source::Copied(_));
    is_there.then(|| Decider::Codes(codes::codes(&tables.all_values(site.table, column))))
}
