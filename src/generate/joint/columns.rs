//! Drawing the columns of a table.

use super::dice::Dice;
use super::drawing::{Drawing, Target, sort_within};
use super::groups::{Groups, Siblings, Stages};
use super::known::note_parents;
use super::looks::{Looks, climbs, of_siblings};
use super::positions::Margin;
use super::{children, dependence};
use crate::generate::structure::Site;
use crate::generate::table::{NONE, Positions, Source, Tables};
use crate::model::{Codec, Dependence, Feature, Field};
use crate::plan::ColumnPlan;
use crate::rng::Key;
use rayon::prelude::*;
use std::sync::Arc;

/// Draws all columns of a table that depend on others, once the rows have their parents.
pub(crate) fn draw(tables: &mut Tables, site: &Site<'_>) {
    let Some(dependence) = dependence(tables, site) else { return };
    note_parents(tables, site);
    children::count(tables, site);
    let targets = targets(tables, site, dependence);
    let groups = dependence.spine.map(|spine| spine_groups(tables, site, spine));
    let drawn = draw_tokens(tables, site, dependence, &targets, groups.as_ref());
    let positions: Vec<Option<Vec<u32>>> = targets
        .par_iter()
        .zip(&drawn)
        .map(|(target, tokens)| {
            let mut positions = target.margin.as_ref()?.positions(tokens, target.positions);
            if let Some(groups) =
                groups.as_ref().filter(|_| dependence.order == Some(target.column) && may_sort(dependence))
            {
                sort_within(groups, &mut positions, NONE);
            }
            Some(positions)
        })
        .collect();
    let columns: Vec<usize> = targets.iter().map(|target| target.column).collect();
    tables.known.unplaced.clear();
    for ((column, positions), tokens) in columns.into_iter().zip(positions).zip(drawn) {
        match (&mut tables.tables[site.table].columns[column], positions) {
            (Source::Drawn(drawn), Some(positions)) => {
                drawn.positions = Positions::Listed(Arc::new(positions))
            }
            _ => {
                tables.known.unplaced.insert(column, tokens);
            }
        }
    }
}

fn draw_tokens(
    tables: &Tables,
    site: &Site<'_>,
    dependence: &Dependence,
    targets: &[Target<'_>],
    groups: Option<&Groups>,
) -> Vec<Vec<u16>> {
    let slot = |column: usize| targets.iter().position(|target| target.column == column);
    let field_slot = |field: Field| match field {
        Field::Column(column) => slot(column),
        _ => None,
    };
    let asked = || targets.iter().map(|target| (target.conditional, target.dice.asked()));
    let climbs = climbs(tables, site.table, asked());
    let features = of_siblings(asked());
    let mut siblings =
        groups.filter(|_| !features.is_empty()).map(|groups| Siblings::new(groups, &features, field_slot));
    let looks = targets.iter().map(|target| {
        let (conditional, dice) = (target.conditional, &target.dice);
        Looks::new(tables, site.table, conditional, dice, &climbs, siblings.as_ref(), &field_slot)
    });
    let looks: Vec<Looks<'_>> = looks.collect();
    let within: Vec<&[u32]> = looks.iter().flat_map(Looks::within).collect();
    let rows = tables.tables[site.table].rows as usize;
    let stages = Stages::new(rows, groups.filter(|_| siblings.is_some()), &within);
    let order = groups.zip(dependence.order.filter(|_| may_sort(dependence)).and_then(slot));
    let mut drawing = Drawing::new(targets, &looks, order, rows);
    for (number, rows) in stages.iter().enumerate() {
        if let Some(siblings) = &mut siblings {
            siblings.look(rows);
        }
        let seen = siblings.as_ref().map_or(&[][..], |siblings| &siblings.classes);
        for slot in 0..targets.len() {
            drawing.draw(slot, rows, seen, number as u32, stages.len() == 1);
            if stages.len() == 1 {
                drawing.settle(slot, seen, None);
            }
        }
        if let Some(siblings) = &mut siblings {
            siblings.remember(rows, &drawing.classes);
        }
    }
    if stages.len() > 1 {
        if let Some(siblings) = &mut siblings {
            siblings.look_at_all(&drawing.classes);
        }
        let seen = siblings.as_ref().map_or(&[][..], |siblings| &siblings.classes);
        let before = (drawing.tokens.clone(), drawing.classes.clone());
        for slot in 0..targets.len() {
            drawing.settle(slot, seen, Some(&before));
        }
    }
    drawing.tokens
}

/// Whether what orders siblings may change places among them: not where it depends on parents of their own.
fn may_sort(dependence: &Dependence) -> bool {
    let order = dependence.order.map(Field::Column);
    let mut conditionals = dependence.chain.iter().filter(|conditional| Some(conditional.field) == order);
    conditionals.all(|conditional| {
        conditional.features.iter().all(|feature| match feature {
            Feature::Of { path, .. } => path.first().is_none_or(|&first| Some(first) == dependence.spine),
            _ => true,
        })
    })
}

/// The columns of the chain, in order.
fn targets<'a>(tables: &Tables, site: &Site<'a>, dependence: &'a Dependence) -> Vec<Target<'a>> {
    let described = &tables.tables[site.table];
    let name = |column: usize| &tables.schema.tables[site.table].columns[column].name;
    let table_name = tables.schema.tables[site.table].name.to_string();
    let mut targets: Vec<Target<'a>> = Vec::new();
    for conditional in &dependence.chain {
        let Field::Column(column) = conditional.field else { continue };
        let (Some(Source::Drawn(drawn)), Some(codec)) = (
            described.columns.get(column),
            site.model.tables[site.table].columns.get(column).and_then(Codec::of_column),
        ) else {
            continue;
        };
        let slot = |column: usize| targets.iter().position(|target| target.column == column);
        let Some(dice) = Dice::new(conditional, &codec, slot) else { continue };
        let learned = matches!(
            site.plan.tables[site.table].columns[column],
            ColumnPlan::Drawn { setting: None, unique: false, partner: None, .. }
        );
        let margin = (learned && drawn.used == 0).then(|| Margin::new(drawn, &codec, described.rows));
        let key = |what| Key::new(site.plan.seed, &[&table_name, name(column), what]);
        let (key, positions) = (key("joint"), key("positions"));
        targets.push(Target { column, conditional, codec, dice, margin, key, positions });
    }
    targets
}

pub(super) fn spine_groups(tables: &Tables, site: &Site<'_>, spine: usize) -> Groups {
    Groups::new(&tables.known.context.tables[site.table].parents[spine])
}
