//! Parents that are what rows should have.
//!
//! How many children each parent has is decided before; here rows of a table exchange parents, so that each comes to one with the fields
//! that were drawn for it, as far as there are such.

use super::matching::{Side, pair, pair_in_order};
use super::positions::Margin;
use crate::generate::structure::{Site, governs_another, implied_path, scope_class};
use crate::generate::table::Link::{Formula, Listed};
use crate::generate::table::{NONE, Tables};
use crate::model::{Codec, Feature, Field, Link, NULL_TOKEN};
use crate::plan::LinkPlan;
use crate::rng::Key;
use std::collections::BTreeMap;

/// The codec of a field of the parent through a foreign key.
pub(super) fn codec(site: &Site<'_>, foreign_key: usize, level: usize) -> Option<Codec> {
    let learned = &site.model.tables[site.table];
    let dependence = learned.dependence.as_ref()?;
    let link = dependence.links.iter().find(|link| link.foreign_key == foreign_key)?;
    let parent = site.model.schema.tables[site.table].foreign_keys[foreign_key].parent;
    match *link.fields.get(level)? {
        Field::Row => {
            let each = learned.cardinalities[foreign_key].each.as_ref()?;
            Some(Codec::new(false, std::iter::once(0).chain(each.iter().copied()).collect()))
        }
        Field::Column(column) => Codec::of_column(&site.model.tables[parent].columns[column]),
        field => {
            let chain = &site.model.tables[parent].dependence.as_ref()?.chain;
            super::children::codec(site.model, chain.iter().find(|conditional| conditional.field == field)?)
        }
    }
}

/// Whether rows may exchange their parents through a foreign key.
fn is_free(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> bool {
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    let plans = &site.plan.tables[site.table].links;
    // A key that follows from this one has been placed already.
    let leads = |link: &LinkPlan| matches!(link, LinkPlan::Free { follows: Some((via, _)), .. } if *via == foreign_key);
    !plans.iter().any(leads)
        && matches!(plans[foreign_key], LinkPlan::Free { late: false, follows: None, .. })
        && matches!(tables.tables[site.table].links[foreign_key], Formula(_) | Listed(_))
        && parent != site.table
        && !governs_another(tables, site, foreign_key)
}

/// Whether rows under the spine follow each other in the order of their parents through a link: races of a season.
pub(super) fn is_sequence(site: &Site<'_>, link: &Link) -> bool {
    let Some(dependence) = &site.model.tables[site.table].dependence else { return false };
    let is_of =
        |field: &Field| matches!(field, Field::Link { foreign_key, .. } if *foreign_key == link.foreign_key);
    let follows = dependence.chain.iter().filter(|drawn| is_of(&drawn.field)).any(|drawn| {
        drawn.features.iter().any(|feature| matches!(feature, Feature::Earlier { field, .. } if is_of(field)))
    });
    follows
        && (0..link.fields.len())
            .all(|level| codec(site, link.foreign_key, level).is_some_and(|codec| codec.ordered))
}

/// One field of parents: what each row asks for, and what each parent has.
type Level = (Vec<u16>, Vec<u16>);

/// Lets rows exchange their parents, given the tokens drawn for each link and level.
pub(super) fn deal(tables: &mut Tables, site: &Site<'_>, drawn: &BTreeMap<(usize, usize), Vec<u16>>) {
    let Some(dependence) = &site.model.tables[site.table].dependence else { return };
    for foreign_key in 0..tables.schema.tables[site.table].foreign_keys.len() {
        if !is_free(tables, site, foreign_key) {
            continue;
        }
        let through = |link: &'_ Link| implied_path(site, link.foreign_key, foreign_key);
        // What keys that follow from this one ask of their parents, they ask of this one's parents' parents.
        let mut levels: Vec<Level> = dependence
            .links
            .iter()
            .filter_map(|link| Some((link, through(link)?)))
            .flat_map(|(link, path)| {
                let of = climb(tables, site, foreign_key, &path);
                levels_of(tables, site, link, drawn).into_iter().map(move |(wanted, had)| {
                    let had_above = |parent: &u32| had.get(*parent as usize).copied().unwrap_or(NULL_TOKEN);
                    (wanted, of.iter().map(had_above).collect())
                })
            })
            .collect();
        let own = dependence.links.iter().find(|link| link.foreign_key == foreign_key);
        levels.extend(own.into_iter().flat_map(|link| levels_of(tables, site, link, drawn)));
        if !levels.is_empty() {
            let in_order = own.is_some_and(|link| is_sequence(site, link));
            let dealt = deal_one(tables, site, foreign_key, &levels, in_order);
            tables.tables[site.table].links[foreign_key] = Listed(dealt);
        }
    }
}

/// The levels of a link as far as they were drawn.
fn levels_of(
    tables: &Tables,
    site: &Site<'_>,
    link: &Link,
    drawn: &BTreeMap<(usize, usize), Vec<u16>>,
) -> Vec<Level> {
    let one = |level: usize| {
        let wanted = drawn.get(&(link.foreign_key, level))?;
        Some((
            wanted_classes(site, link.foreign_key, level, wanted)?,
            had(tables, site, link.foreign_key, link.fields[level])?,
        ))
    };
    (0..link.fields.len()).map(one).map_while(|level| level).collect()
}

/// For every parent through a foreign key, the row at the end of a path from there.
fn climb(tables: &Tables, site: &Site<'_>, foreign_key: usize, path: &[usize]) -> Vec<u32> {
    let first = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    let end = |row: u64| {
        let (mut at, mut row) = (first, row);
        for &step in path {
            row = tables.parent(at, step, row)?;
            at = tables.schema.tables[at].foreign_keys[step].parent;
        }
        Some(row as u32)
    };
    (0..tables.tables[first].rows).map(|row| end(row).unwrap_or(NONE)).collect()
}

/// What rows ask for: rows of a copied table one by one, of other fields the class.
fn wanted_classes(site: &Site<'_>, foreign_key: usize, level: usize, tokens: &[u16]) -> Option<Vec<u16>> {
    let dependence = site.model.tables[site.table].dependence.as_ref()?;
    let link = dependence.links.iter().find(|link| link.foreign_key == foreign_key)?;
    if link.fields[level] == Field::Row {
        return Some(tokens.to_vec());
    }
    let codec = codec(site, foreign_key, level)?;
    Some(tokens.iter().map(|&token| u16::from(codec.class(token))).collect())
}

/// The same of the parent's rows.
fn had(tables: &Tables, site: &Site<'_>, foreign_key: usize, field: Field) -> Option<Vec<u16>> {
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    if field == Field::Row {
        return Some((1..=tables.tables[parent].rows).map(|token| token as u16).collect());
    }
    let classes = tables.known.context.tables[parent].fields.get(&field)?;
    Some(classes.iter().map(|&class| u16::from(class)).collect())
}

/// How many rows are to be drawn with each token of a field of their parent: what the parents that there are have.
pub(super) fn margin(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    level: usize,
    codec: &Codec,
) -> Option<Margin> {
    let dependence = site.model.tables[site.table].dependence.as_ref()?;
    let link = dependence.links.iter().find(|link| link.foreign_key == foreign_key)?;
    let had = had(tables, site, foreign_key, link.fields[level])?;
    let rows = 0..tables.tables[site.table].rows;
    let of = |row| tables.parent(site.table, foreign_key, row).map_or(0, |parent| had[parent as usize]);
    if link.fields[level] == Field::Row {
        let most = codec.tokens() as u16 - 1;
        return Some(Margin::of_tokens(rows.map(|row| of(row).min(most)), codec.tokens()));
    }
    Some(Margin::of_classes(rows.map(|row| of(row) as u8), codec))
}

fn deal_one(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    levels: &[(Vec<u16>, Vec<u16>)],
    in_order: bool,
) -> Vec<u32> {
    let rows = tables.tables[site.table].rows;
    let parents: Vec<u32> = (0..rows)
        .map(|row| tables.parent(site.table, foreign_key, row).map_or(NONE, |parent| parent as u32))
        .collect();
    let table = &tables.schema.tables[site.table];
    let columns = table.column_names(&table.foreign_keys[foreign_key].columns);
    let key = Key::new(site.plan.seed, &[&table.name.to_string(), &columns, "deal"]);
    let mut shuffled: Vec<u32> = (0..rows as u32).collect();
    key.at(0, 0).shuffle(&mut shuffled);
    let class = scope_class(tables, site, foreign_key);
    let class_of = |row: u32| class.as_ref().map_or(0, |class| class[row as usize]);
    shuffled.sort_by_key(|&row| class_of(row));
    let mut places = shuffled.clone();
    key.at(1, 0).shuffle(&mut places);
    places.sort_by_key(|&row| class_of(row));
    let wanted: Vec<&[u16]> = levels.iter().map(|level| level.0.as_slice()).collect();
    let had: Vec<&[u16]> = levels.iter().map(|level| level.1.as_slice()).collect();
    let spine = site.model.tables[site.table].dependence.as_ref().and_then(|dependence| dependence.spine);
    let apart = spine.filter(|&spine| in_order && site.never_share(spine, foreign_key)).map(|spine| {
        (0..rows)
            .map(|row| tables.parent(site.table, spine, row).map_or(NONE, |parent| parent as u32))
            .collect::<Vec<u32>>()
    });
    let mut dealt = vec![NONE; rows as usize];
    let mut start = 0;
    while start < shuffled.len() {
        let same = |row: &u32| class_of(*row) == class_of(shuffled[start]);
        let end = start + shuffled[start..].partition_point(same);
        let free: Vec<u32> = places[start..end]
            .iter()
            .map(|&row| parents[row as usize])
            .filter(|&parent| parent != NONE)
            .collect();
        let mut asking = shuffled[start..end].to_vec();
        // Rows that should have no parent first, as many as have none.
        asking.sort_by_key(|&row| wanted[0][row as usize] != 0);
        let asking = asking.split_off(asking.len() - free.len());
        let sides = (Side { members: &asking, tokens: &wanted }, Side { members: &free, tokens: &had });
        let pairs = match in_order {
            true => pair_in_order(&sides.0, &sides.1, apart.as_deref()),
            false => pair(&sides.0, &sides.1),
        };
        for (row, parent) in pairs {
            dealt[row as usize] = parent;
        }
        start = end;
    }
    dealt
}
