//! The course of drawing: rows stage by stage, each once all that it looks at is drawn; then margins are settled.

use super::anchor::Anchor;
use super::apart::Apart;
use super::columns::is_keyed;
use super::dice::Dice;
use super::drawing::{Drawing, Kept, Target};
use super::groups::{Groups, Siblings, Stages};
use super::kin::Origins;
use super::looks::{Climbs, Looks, climbs, of_siblings};
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::{Conditional, Dependence, Feature, Field};
use std::collections::BTreeMap;

/// What is the same however often rows are drawn.
struct Scene<'a> {
    tables: &'a Tables,
    table: usize,
    dependence: &'a Dependence,
    groups: Option<&'a Groups>,
    /// Slots whose tokens stand in order along siblings.
    runs: &'a [(usize, bool)],
    climbs: &'a Climbs,
    /// What some tree looks at in siblings.
    features: &'a [Feature],
}

/// Where trees find what they look at, by slot.
struct Views<'a> {
    own: Vec<Looks<'a>>,
    anchors: Vec<Option<Looks<'a>>>,
    stages: Stages,
}

impl<'a> Scene<'a> {
    fn siblings(&self, targets: &[Target<'_>]) -> Option<Siblings<'a>> {
        let groups = self.groups.filter(|_| !self.features.is_empty());
        groups.map(|groups| Siblings::new(groups, self.features, |field| slot_of(targets, field)))
    }

    fn views(&self, targets: &[Target<'_>], siblings: Option<&Siblings<'_>>) -> Views<'a> {
        let slot = |field: Field| slot_of(targets, field);
        let slots: (&dyn Fn(Field) -> Option<usize>, usize) = (&slot, targets.len());
        let (tables, table, climbs) = (self.tables, self.table, self.climbs);
        let looks = |conditional: &Conditional, dice: &Dice<'_>| {
            Looks::new(tables, table, conditional, dice, climbs, siblings, slots)
        };
        let own: Vec<Looks<'_>> =
            targets.iter().map(|target| looks(target.conditional, &target.dice)).collect();
        let anchor =
            |target: &Target<'_>| Some(looks(target.conditional.anchor.as_deref()?, target.anchor.as_ref()?));
        let within: Vec<&[u32]> = own.iter().flat_map(Looks::within).collect();
        let rows = tables.tables[table].rows as usize;
        let stages = Stages::new(rows, self.groups.filter(|_| siblings.is_some()), &within);
        Views { anchors: targets.iter().map(anchor).collect(), own, stages }
    }

    /// Draws all rows, stage by stage.
    fn draw<'b>(
        &'b self,
        targets: &'b [Target<'b>],
        views: &'b Views<'b>,
        siblings: &mut Option<Siblings<'_>>,
    ) -> Drawing<'b> {
        let rows = self.tables.tables[self.table].rows as usize;
        let anchors = targets
            .iter()
            .zip(&views.anchors)
            .map(|(target, looks)| Some(Anchor::new(target.anchor.as_ref()?, looks.as_ref()?)))
            .collect();
        let may_be_drawn_again = |slot: usize| {
            let target = &targets[slot];
            let follows = target.computed.is_some() || target.decided.is_some() || target.ranking.is_some();
            target.known.is_none() && !follows
        };
        let slot = |field| slot_of(targets, field);
        let apart = Apart::all(self.dependence, self.groups, rows, slot, may_be_drawn_again);
        let kept = Kept { anchors, apart, runs: self.runs };
        let mut drawing = Drawing::new(targets, &views.own, kept, self.groups, rows);
        let is_whole = views.stages.len() == 1;
        for (number, rows) in views.stages.iter().enumerate() {
            if let Some(siblings) = siblings.as_mut() {
                siblings.look(rows);
            }
            let seen = siblings.as_ref().map_or(&[][..], |siblings| &siblings.classes);
            for slot in 0..targets.len() {
                drawing.draw(slot, rows, seen, number as u32, is_whole);
                match is_whole {
                    true => drawing.settle(slot, seen, None, None),
                    false => drawing.keep_apart(slot, rows, seen),
                }
            }
            if let Some(siblings) = siblings.as_mut() {
                siblings.remember(rows, &drawing.classes);
            }
        }
        drawing
    }
}

/// The tokens of all rows by slot, and what rows may exchange of keys.
pub(super) fn draw_tokens(
    (tables, site, dependence): (&Tables, &Site<'_>, &Dependence),
    (targets, runs): (&[Target<'_>], &[(usize, bool)]),
    groups: Option<&Groups>,
) -> (Vec<Vec<u16>>, BTreeMap<Field, Origins>) {
    let climbs = climbs(tables, site.table, asked(targets));
    let features = of_siblings(asked(targets));
    let scene =
        Scene { tables, table: site.table, dependence, groups, runs, climbs: &climbs, features: &features };
    let mut siblings = scene.siblings(targets);
    let views = scene.views(targets, siblings.as_ref());
    let mut drawing = scene.draw(targets, &views, &mut siblings);
    if views.stages.len() > 1 {
        if let Some(siblings) = &mut siblings {
            siblings.look_at_all(&drawing.classes);
        }
        let seen = siblings.as_ref().map_or(&[][..], |siblings| &siblings.classes);
        let before = (drawing.tokens.clone(), drawing.classes.clone());
        for slot in 0..targets.len() {
            drawing.settle(slot, seen, Some(&before), groups);
        }
    }
    let seen = siblings.as_ref().map_or(&[][..], |siblings| &siblings.classes);
    let table = &tables.schema.tables[site.table];
    let may_move = |slot: &usize| match targets[*slot].field {
        Field::Column(column) => is_keyed(table, column) && !is_seen(targets, *slot),
        Field::Link { .. } => !is_seen(targets, *slot),
        _ => false,
    };
    let exchanged = (0..targets.len()).filter(|&slot| targets[slot].known.is_none()).filter(may_move);
    let origins = exchanged
        .map(|slot| (targets[slot].field, Origins::new(drawing.histograms(slot, seen), &targets[slot].dice)))
        .collect();
    (drawing.tokens, origins)
}

fn slot_of(targets: &[Target<'_>], field: Field) -> Option<usize> {
    targets.iter().position(|target| target.field == field)
}

/// The trees and anchors of all fields, with the features that these ask for.
fn asked<'b>(targets: &'b [Target<'_>]) -> impl Iterator<Item = (&'b Conditional, &'b [usize])> {
    let anchors = targets
        .iter()
        .filter_map(|target| Some((target.conditional.anchor.as_deref()?, target.anchor.as_ref()?.asked())));
    targets.iter().map(|target| (target.conditional, target.dice.asked())).chain(anchors)
}

/// Whether other fields that are drawn with this one look at it in their own row; what links know of one parent belongs together.
fn is_seen(targets: &[Target<'_>], slot: usize) -> bool {
    let key = |field: Field| match field {
        Field::Link { foreign_key, .. } => Some(foreign_key),
        _ => None,
    };
    let is_it = |field: Field| {
        field == targets[slot].field || (key(field).is_some() && key(field) == key(targets[slot].field))
    };
    let others = targets.iter().filter(|target| !is_it(target.field));
    others.flat_map(|target| &target.conditional.features).any(|feature| match feature {
        Feature::Of { path, field } | Feature::Detail { path, field } => path.is_empty() && is_it(*field),
        _ => false,
    })
}
