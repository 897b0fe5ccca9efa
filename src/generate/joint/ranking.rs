//! Columns whose values are places among the rows of one parent: what was drawn for them says in which order, and places are dealt out in
//! it, so that none is taken twice and the columns drawn after see the place that the row will have.

use super::drawing::Target;
use super::groups::Groups;
use crate::generate::column::Values;
use crate::generate::structure::Site;
use crate::generate::table::{Link, Tables};
use crate::model::context::NO_ROW;
use crate::model::rule::{Along, Statement};
use crate::model::{Dependence, Field, NULL_TOKEN};
use crate::rng::Key;

/// The places of the rows of each group.
pub(super) struct Ranking {
    groups: Groups,
    /// The slot of a column that says more of the order than the column itself, and whether its greatest value comes first.
    by: Option<(usize, bool)>,
    /// The token of each place.
    places: Vec<u16>,
}

impl Ranking {
    /// `None` where the column's values are no places, or its parents are not known when it is drawn.
    pub(super) fn new(
        tables: &Tables,
        site: &Site<'_>,
        dependence: &Dependence,
        column: usize,
        before: &[Target<'_>],
    ) -> Option<Self> {
        let (foreign_key, first, along) = places(site, dependence, column)?;
        if matches!(tables.tables[site.table].links[foreign_key], Link::Undecided | Link::Missing) {
            return None;
        }
        let rows = tables.tables[site.table].rows;
        let parent = |row| tables.parent(site.table, foreign_key, row).map_or(NO_ROW, |parent| parent as u32);
        let groups = Groups::new(&(0..rows).map(parent).collect::<Vec<_>>());
        let most = groups.iter().map(<[u32]>::len).max().unwrap_or(0) as i64;
        let data_type = &site.model.schema.tables[site.table].columns[column].data_type;
        let values = Values::Integers((first..first + most).map(Some).collect()).into_array(data_type);
        let by = match along {
            Along::Values { column, falling, .. } => {
                let field = Field::Column(column);
                before.iter().position(|target| target.field == field).map(|slot| (slot, falling))
            }
            _ => None,
        };
        let places = site.model.tables[site.table].columns[column].marginal.tokens(&*values);
        Some(Self { groups, by, places })
    }

    /// Deals places out to the rows of each group that have a value, given the tokens of all columns by slot and the column's `own`.
    pub(super) fn deal(&self, drawn: &[Vec<u16>], own: &mut [u16], key: Key) {
        let mut order: Vec<(i32, u16, u64, u32)> = Vec::new();
        for (number, group) in (0u64..).zip(self.groups.iter()) {
            let mut stream = key.at(number, PLACES);
            order.clear();
            for &row in group.iter().filter(|&&row| own[row as usize] != NULL_TOKEN) {
                let by = self.by.map_or(0, |(slot, falling)| {
                    let token = i32::from(drawn[slot][row as usize]);
                    if falling { -token } else { token }
                });
                order.push((by, own[row as usize], stream.below(1 << 32), row));
            }
            order.sort_unstable();
            order.iter().zip(&self.places).for_each(|(&(.., row), &place)| own[row as usize] = place);
        }
    }
}

/// The attempts at the order of rows that were drawn the same place.
const PLACES: u32 = u32::MAX - 4;

/// The foreign key among whose children a column gives places, the first place, and along what they are counted. Numbers along rows are
/// no matter of drawing.
fn places(site: &Site<'_>, dependence: &Dependence, column: usize) -> Option<(usize, i64, Along)> {
    let rules = &site.plan.tables[site.table].rules;
    let numbered = rules.iter().find_map(|rule| match rule.statement {
        Statement::Numbering { column: numbered, foreign_key, first, along } if numbered == column => {
            Some((foreign_key, first, along))
        }
        _ => None,
    });
    let ranks = || {
        let rank = dependence.ranks.iter().find(|rank| rank.column == column)?;
        (!site.is_computed(column)).then_some((rank.foreign_key, rank.first, rank.along))
    };
    numbered.or_else(ranks).filter(|places| places.2 != Along::Rows)
}
