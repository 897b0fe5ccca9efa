//! Drawing the columns of a table.

use super::admissible::{Ruling, admissible, tells_values};
use super::computed::Computed;
use super::course;
use super::decided::Decided;
use super::dice::Dice;
use super::drawing::Target;
use super::echo::Echo;
use super::gap::gaps;
use super::groups::Groups;
use super::headcount::Headcounts;
use super::known::{note_parents, tokens};
use super::positions::Margin;
use super::ranking::Ranking;
use super::run::{self, sort_within};
use super::{children, dependence, links};
use crate::generate::structure::Site;
use crate::generate::table::{NONE, Positions, Source, Tables};
use crate::model::{Codec, Conditional, Dependence, Feature, Field, MOST_CLASSES};
use crate::plan::ColumnPlan;
use crate::rng::Key;
use crate::schema::Table;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Draws what parents are to be, upon which rows exchange them, and the order of siblings before that.
pub(crate) fn link(tables: &mut Tables, site: &Site<'_>) {
    let Some(dependence) = dependence(tables, site) else { return };
    tables.known.unplaced.clear();
    tables.known.origins.clear();
    let linked = linking(dependence);
    if linked > 0 {
        draw_part(tables, site, dependence, 0..linked);
    }
}

/// Draws what has to be known before unique keys are made distinct, once the rows have their parents: the columns that are parts of such
/// keys. Says whether columns were drawn.
pub(crate) fn begin(tables: &mut Tables, site: &Site<'_>) -> bool {
    let Some(dependence) = dependence(tables, site) else { return false };
    let (linked, begun) = (linking(dependence), beginning(tables, site, dependence));
    if begun > linked {
        draw_part(tables, site, dependence, linked..begun);
    }
    dependence.chain[..begun].iter().any(|conditional| matches!(conditional.field, Field::Column(_)))
}

/// Draws all other columns of a table that depend on others.
pub(crate) fn draw(tables: &mut Tables, site: &Site<'_>) {
    let Some(dependence) = dependence(tables, site) else { return };
    let begun = beginning(tables, site, dependence);
    draw_part(tables, site, dependence, begun..dependence.chain.len());
}

/// How much of the chain is drawn before rows have their parents.
fn linking(dependence: &Dependence) -> usize {
    let is_link = |conditional: &Conditional| matches!(conditional.field, Field::Link { .. });
    dependence.chain.iter().rposition(is_link).map_or(0, |last| last + 1)
}

/// How much of the chain is drawn before keys are made distinct.
fn beginning(tables: &Tables, site: &Site<'_>, dependence: &Dependence) -> usize {
    let table = &tables.schema.tables[site.table];
    let clocked = site.model.tables[site.table].clocked_columns();
    let is_early = |field: &Field| match field {
        Field::Column(column) => is_keyed(table, *column) || clocked.contains(column),
        Field::Link { .. } => true,
        _ => false,
    };
    dependence.chain.iter().rposition(|conditional| is_early(&conditional.field)).map_or(0, |last| last + 1)
}

/// Whether a column is part of a unique key of several columns.
pub(super) fn is_keyed(table: &Table, column: usize) -> bool {
    table.unique_keys().any(|key| key.columns.len() > 1 && key.columns.contains(&column))
}

/// Draws a part of the chain, given what was drawn before it.
fn draw_part(tables: &mut Tables, site: &Site<'_>, dependence: &Dependence, part: Range<usize>) {
    note_parents(tables, site);
    children::count(tables, site);
    let groups = dependence.spine.map(|spine| spine_groups(tables, site, spine));
    let targets = targets(tables, site, dependence, (&part, groups.as_ref()));
    let runs = if may_sort(dependence) { run::all(dependence, &targets) } else { Vec::new() };
    let (drawn, origins) =
        course::draw_tokens((tables, site, dependence), (&targets, &runs), groups.as_ref());
    let positions: Vec<Option<Vec<u32>>> = targets
        .par_iter()
        .zip(&drawn)
        .enumerate()
        .map(|(slot, (target, tokens))| {
            let is_new = target.known.is_none() && matches!(target.field, Field::Column(_));
            let margin = target.margin.as_ref().filter(|_| is_new)?;
            let mut positions = margin.positions(tokens, target.positions);
            if let (Some(echo), Some(groups)) = (&target.echo, &groups) {
                echo.place(groups, tokens, &mut positions);
            }
            if let (Some(groups), Some(run)) = (&groups, runs.iter().find(|run| run.0 == slot)) {
                sort_within(groups, &mut positions, NONE, run.1);
            }
            Some(positions)
        })
        .collect();
    let fields: Vec<(Field, bool)> =
        targets.iter().map(|target| (target.field, target.known.is_none())).collect();
    if !origins.is_empty() {
        // What rows may exchange is what was drawn last of keys.
        tables.known.origins = origins;
    }
    let mut wanted = BTreeMap::new();
    for (((field, is_new), positions), tokens) in fields.into_iter().zip(positions).zip(drawn) {
        match field {
            Field::Column(column) if is_new => place(tables, site, column, positions, tokens),
            Field::Link { foreign_key, level } => {
                wanted.insert((foreign_key, level), tokens);
            }
            _ => {}
        }
    }
    links::deal(tables, site, &wanted);
}

/// Gives a column its positions, or notes its tokens where others decide about its values.
fn place(tables: &mut Tables, site: &Site<'_>, column: usize, positions: Option<Vec<u32>>, tokens: Vec<u16>) {
    match (&mut tables.tables[site.table].columns[column], positions) {
        (Source::Drawn(drawn), Some(positions)) => drawn.positions = Positions::Listed(Arc::new(positions)),
        _ => {
            tables.known.unplaced.insert(column, tokens);
        }
    }
}

/// Whether what orders siblings may change places among them: not where it depends on parents of their own.
fn may_sort(dependence: &Dependence) -> bool {
    let order = dependence.order.map(Field::Column);
    let mut conditionals = dependence.chain.iter().filter(|conditional| Some(conditional.field) == order);
    conditionals.all(|conditional| {
        conditional.features.iter().all(|feature| match feature {
            Feature::Of { path, .. } | Feature::Detail { path, .. } => {
                path.first().is_none_or(|&first| Some(first) == dependence.spine)
            }
            _ => true,
        })
    })
}

/// The columns and links of a part of the chain, in order, and the columns before it.
fn targets<'a>(
    tables: &'a Tables,
    site: &Site<'a>,
    dependence: &'a Dependence,
    (part, groups): (&Range<usize>, Option<&Groups>),
) -> Vec<Target<'a>> {
    let described = &tables.tables[site.table];
    let table = &tables.schema.tables[site.table];
    let table_name = table.name.to_string();
    let ruling = Ruling::new(site);
    let mut targets: Vec<Target<'a>> = Vec::new();
    for (number, conditional) in dependence.chain[..part.end].iter().enumerate() {
        let is_known = number < part.start;
        let slot = |column: usize| targets.iter().position(|target| target.field == Field::Column(column));
        let target = match conditional.field {
            Field::Link { foreign_key, level } if !is_known => {
                let Some(codec) = links::codec(site, foreign_key, level) else { continue };
                let Some(dice) = Dice::new(conditional, &codec, slot) else { continue };
                let anchor = anchor_dice(conditional, &codec);
                let columns = table.column_names(&table.foreign_keys[foreign_key].columns);
                let key = |what| Key::new(site.plan.seed, &[&table_name, &columns, what, &level.to_string()]);
                let (key, positions) = (key("link"), key("positions"));
                let field = conditional.field;
                let of_link = dependence.links.iter().find(|link| link.foreign_key == foreign_key);
                let follow = of_link.is_some_and(|link| links::is_sequence(site, link));
                let margin = links::margin(tables, site, foreign_key, level, &codec).filter(|_| !follow);
                Target {
                    field,
                    conditional,
                    codec,
                    dice,
                    anchor,
                    margin,
                    computed: None,
                    decided: None,
                    ranking: None,
                    echo: None,
                    admissible: None,
                    headcounts: Vec::new(),
                    tilt: None,
                    known: None,
                    key,
                    positions,
                }
            }
            Field::Gap(column) => {
                let Some(target) = gap(tables, site, (conditional, column), groups, is_known) else {
                    continue;
                };
                target
            }
            Field::Column(column) => {
                let (Some(Source::Drawn(drawn)), Some(codec)) = (
                    described.columns.get(column),
                    site.model.tables[site.table].columns.get(column).and_then(Codec::of_column),
                ) else {
                    continue;
                };
                let dice = match is_known {
                    true => Dice::at_rest(conditional),
                    false => Dice::new(conditional, &codec, slot),
                };
                let Some(dice) = dice else { continue };
                let anchor = if is_known { None } else { anchor_dice(conditional, &codec) };
                // Values that do not repeat though no key says so have positions of their own, where every token gets exactly its rows.
                let is_found = site.model.tables[site.table].columns[column].unique.is_some();
                let learned = match site.plan.tables[site.table].columns[column] {
                    ColumnPlan::Drawn { setting: None, unique, partner: None, .. } => !unique || is_found,
                    _ => false,
                };
                let balanced = site.plan.tables[site.table].balanced.get(&column);
                // One that stands for itself is drawn for the others alone, and its own values know of nothing.
                let learned = learned && !site.plan.tables[site.table].independent.contains(&column);
                let margin = (learned && drawn.used == 0).then(|| {
                    let margin = Margin::new(drawn, &codec, described.rows);
                    margin
                        .exactly(is_found || is_keyed(table, column) || balanced.is_some())
                        .loosely(tables.known.moved.has(site.table, conditional.field))
                });
                let name = &table.columns[column].name;
                let key = |what| Key::new(site.plan.seed, &[&table_name, name, what]);
                let (key, positions) = (key("joint"), key("positions"));
                let known = is_known.then(|| tokens(tables, site, column, &codec));
                let is_placed =
                    |column: usize| slot(column).is_some_and(|slot| targets[slot].known.is_some());
                let computed =
                    if is_known { None } else { Computed::new(tables, site, column, (&slot, &is_placed)) };
                let decided = if is_known || balanced.is_some() {
                    None
                } else {
                    Decided::new(tables, site, column, &targets)
                };
                let ranking = match is_known || margin.is_none() {
                    true => None,
                    false => Ranking::new(tables, site, dependence, column, &targets),
                };
                let may_repeat = !is_known && ranking.is_none() && computed.is_none() && decided.is_none();
                let echo = dependence.echoes.iter().find(|echo| echo.column == column);
                let echo = echo.filter(|_| may_repeat && !is_keyed(table, column));
                let echo = echo.map(|echo| Echo::new(echo.share, key));
                // Keys get their margins whatever rules say, and rules are settled when all keys are.
                let is_ruled = !is_known && margin.as_ref().is_some() && !is_keyed(table, column);
                let by_token = margin.as_ref().is_some_and(|margin| margin.wanted().is_some());
                let by_value = by_token && computed.is_none() && tells_values(tables, site.table, column);
                let admissible = match is_ruled {
                    true => admissible(tables, site, &ruling, (column, &codec, by_value), &targets),
                    false => None,
                };
                let headcounts =
                    if is_ruled { Headcounts::of_column(tables, site, column) } else { Vec::new() };
                let field = conditional.field;
                Target {
                    field,
                    conditional,
                    codec,
                    dice,
                    anchor,
                    margin,
                    computed,
                    decided,
                    ranking,
                    echo,
                    admissible,
                    headcounts,
                    tilt: balanced.map(|balanced| balanced.factors.as_slice()),
                    known,
                    key,
                    positions,
                }
            }
            _ => continue,
        };
        targets.push(target);
    }
    targets
}

/// How far siblings lie apart in a column.
fn gap<'a>(
    tables: &Tables,
    site: &Site<'a>,
    (conditional, column): (&'a Conditional, usize),
    groups: Option<&Groups>,
    is_known: bool,
) -> Option<Target<'a>> {
    let codec = Codec::of_classes(true, classes_of(conditional)?);
    let dice = if is_known { Dice::at_rest(conditional) } else { Dice::new(conditional, &codec, |_| None) }?;
    let of_column = site.model.tables[site.table].columns.get(column).and_then(Codec::of_column)?;
    let known = match is_known {
        true => Some(gaps(groups?, of_column.ordered, &tokens(tables, site, column, &of_column))),
        false => None,
    };
    let table = &tables.schema.tables[site.table];
    let key =
        |what| Key::new(site.plan.seed, &[&table.name.to_string(), &table.columns[column].name, "gap", what]);
    Some(Target {
        field: conditional.field,
        conditional,
        anchor: if is_known { None } else { anchor_dice(conditional, &codec) },
        codec,
        dice,
        margin: None,
        computed: None,
        decided: None,
        ranking: None,
        echo: None,
        admissible: None,
        headcounts: Vec::new(),
        tilt: None,
        known,
        key: key("joint"),
        positions: key("positions"),
    })
}

/// The dice of what a field is drawn from if siblings are left out.
fn anchor_dice<'a>(conditional: &'a Conditional, codec: &Codec) -> Option<Dice<'a>> {
    let anchor = conditional.anchor.as_deref()?;
    Dice::new(anchor, &Codec::of_classes(codec.ordered, classes_of(anchor)?), |_| None)
}

/// Rows by class, of a tree that tells no more than classes: the histogram of all rows is the last.
fn classes_of(conditional: &Conditional) -> Option<Vec<u64>> {
    let mut rows = vec![0; MOST_CLASSES];
    for &(class, count) in &conditional.tree.histograms.last()?.rows {
        *rows.get_mut(usize::from(class))? = u64::from(count);
    }
    Some(rows)
}

pub(super) fn spine_groups(tables: &Tables, site: &Site<'_>, spine: usize) -> Groups {
    Groups::new(&tables.known.context.tables[site.table].parents[spine])
}
