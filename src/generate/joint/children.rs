//! Numbers of children that follow what their parents are.

use super::choosing::{Number, Sight};
use super::columns::spine_groups;
use super::dependence;
use super::dice::{Dice, MOST_WEIGHT};
use super::groups::Siblings;
use super::known::{classes, details, note, tokens};
use super::looks::{Looks, climbs, of_siblings};
use super::seen;
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::{Codec, Conditional, CountBin, Field, MOST_CLASSES, Model};
use crate::rng::Key;

/// The token of a number of children.
fn token(histogram: &[CountBin], children: u32) -> u16 {
    let bin = histogram.partition_point(|bin| bin.high < u64::from(children));
    bin.min(histogram.len().saturating_sub(1)) as u16 + 1
}

fn histogram(model: &Model, table: usize, foreign_key: usize) -> &[CountBin] {
    model.tables[table].cardinalities.get(foreign_key).map_or(&[], |learned| &learned.histogram)
}

/// Takes note of how many children the parents of a table have got, where rows look at that.
pub(super) fn count(tables: &mut Tables, site: &Site<'_>) {
    let schema = tables.schema.clone();
    for (foreign_key, key) in schema.tables[site.table].foreign_keys.iter().enumerate() {
        let field = Field::Children { table: site.table, foreign_key };
        let histogram = histogram(site.model, site.table, foreign_key);
        if !tables.known.is_wanted(key.parent, field) || histogram.is_empty() {
            continue;
        }
        let mut counts = vec![0u32; tables.tables[key.parent].rows as usize];
        for row in 0..tables.tables[site.table].rows {
            if let Some(parent) = tables.parent(site.table, foreign_key, row) {
                counts[parent as usize] += 1;
            }
        }
        let codec = Codec::of_counts(histogram);
        let counted = counts.into_iter().map(|count| codec.class(token(histogram, count))).collect();
        tables.known.context.tables[key.parent].fields.insert(field, counted);
    }
}

/// Takes note of a table that is ready, and draws how many children its rows are to have.
pub(crate) fn finish(tables: &mut Tables, site: &Site<'_>) {
    note(tables, site);
    draw(tables, site);
    tables.known.unplaced.clear();
    tables.known.origins.clear();
}

fn draw(tables: &mut Tables, site: &Site<'_>) {
    let Some(dependence) = dependence(tables, site) else { return };
    let fields: Vec<&Conditional> = dependence.chain.iter().collect();
    let is_below = |conditional: &&Conditional| {
        matches!(conditional.field, Field::Children { .. } | Field::Behaviour { .. })
    };
    if !fields.iter().any(is_below) {
        return;
    }
    let slot = |field: Field| fields.iter().position(|conditional| conditional.field == field);
    let column_slot = |column: usize| slot(Field::Column(column));
    let mut drawn = vec![Vec::new(); fields.len()];
    let mut own = vec![Vec::new(); 2 * fields.len()];
    for (slot, conditional) in fields.iter().enumerate() {
        if let Field::Column(column) = conditional.field
            && let Some(codec) = site.model.tables[site.table].columns.get(column).and_then(Codec::of_column)
        {
            drawn[slot] = tokens(tables, site, column, &codec);
            own[slot] = classes(&drawn[slot], &codec);
            own[fields.len() + slot] = details(&drawn[slot], &codec);
        }
    }
    let below: Vec<(usize, Dice<'_>, Codec)> = fields
        .iter()
        .enumerate()
        .filter(|(_, conditional)| is_below(conditional))
        .filter_map(|(slot, conditional)| {
            let codec = codec(site.model, conditional)?;
            Some((slot, Dice::new(conditional, &codec, column_slot)?, codec))
        })
        .collect();
    let asked = || below.iter().map(|(slot, dice, _)| (fields[*slot], dice.asked()));
    let climbs = climbs(tables, site.table, asked());
    let features = of_siblings(asked());
    let groups =
        dependence.spine.filter(|_| !features.is_empty()).map(|spine| spine_groups(tables, site, spine));
    let mut siblings = groups.as_ref().map(|groups| Siblings::new(groups, &features, slot));
    if let Some(siblings) = &mut siblings {
        siblings.look_at_all(&own);
    }
    let seen = siblings.as_ref().map_or(&[][..], |siblings| &siblings.classes);
    let mut found = Vec::new();
    for (at, dice, codec) in &below {
        let looks = Looks::new(
            tables,
            site.table,
            fields[*at],
            dice,
            &climbs,
            siblings.as_ref(),
            (&slot, fields.len()),
        );
        let sight = Sight { dice, looks: &looks, own: &own, tokens: &drawn, siblings: seen };
        let rows: Vec<u32> = (0..tables.tables[site.table].rows as u32).collect();
        let chosen = sight.histograms(&rows, Number::Row);
        let is_moved = tables.known.moved.has(site.table, fields[*at].field);
        let weights =
            (!is_moved).then(|| dice.rake(&chosen, &wanted(codec, chosen.len() as u64), MOST_WEIGHT));
        let key = match fields[*at].field {
            Field::Behaviour { table, foreign_key, column } => {
                let name = &tables.schema.tables[table].columns[column].name;
                key(site, table, foreign_key, &format!("behaviour {name}"))
            }
            Field::Children { table, foreign_key } => key(site, table, foreign_key, "joint"),
            _ => continue,
        };
        drawn[*at] = dice.draw(&chosen, weights.as_deref(), key, 0);
        drawn[*at].iter_mut().for_each(|token| *token = (*token).min(codec.tokens() as u16 - 1));
        own[*at] = classes(&drawn[*at], codec);
        own[fields.len() + *at] = details(&drawn[*at], codec);
        found.push((fields[*at].field, *at, chosen));
    }
    for (field, slot, chosen) in found {
        let known = &mut tables.known;
        if let Field::Children { table, foreign_key } = field {
            known.children.insert((table, foreign_key), (std::mem::take(&mut drawn[slot]), chosen));
        }
        if known.is_wanted(site.table, field) {
            known.context.tables[site.table].fields.insert(field, std::mem::take(&mut own[slot]));
        }
    }
}

/// The codec of what is known of a row's children.
pub(super) fn codec(model: &Model, conditional: &Conditional) -> Option<Codec> {
    match conditional.field {
        Field::Children { table, foreign_key } => {
            Some(Codec::of_counts(histogram(model, table, foreign_key)))
        }
        Field::Behaviour { table, column, .. } => {
            let ordered = Codec::of_column(&model.tables[table].columns[column])?.ordered;
            let mut rows = vec![0; MOST_CLASSES];
            for &(class, count) in &conditional.tree.histograms.last()?.rows {
                if let Some(rows) = rows.get_mut(usize::from(class)) {
                    *rows = u64::from(count);
                }
            }
            Some(Codec::of_classes(ordered, rows))
        }
        _ => None,
    }
}

/// Parents by token.
fn wanted(codec: &Codec, parents: u64) -> Vec<u64> {
    let all: u128 = codec.rows.iter().map(|&rows| u128::from(rows)).sum::<u128>().max(1);
    codec.rows.iter().map(|&rows| (u128::from(rows) * u128::from(parents) / all) as u64).collect()
}

fn key(site: &Site<'_>, table: usize, foreign_key: usize, what: &str) -> Key {
    let child = &site.model.schema.tables[table];
    let columns = child.column_names(&child.foreign_keys[foreign_key].columns);
    Key::new(site.plan.seed, &[&child.name.to_string(), &columns, "children", what])
}

/// The parents of a table through a foreign key in the order of the numbers of children that were drawn for them, if they were. `sizes`
/// gives the children of each place in such an order.
pub(crate) fn order(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    sizes: impl FnOnce(&[u32]) -> Vec<u64>,
) -> Option<Vec<u32>> {
    let (tokens, chosen) = tables.known.children.get(&(site.table, foreign_key))?;
    let mut order: Vec<u32> = (0..tokens.len() as u32).collect();
    key(site, site.table, foreign_key, "order").at(0, 0).shuffle(&mut order);
    order.sort_by_key(|&parent| tokens[parent as usize]);
    let sizes = sizes(&order);
    if sizes.len() == order.len() {
        let mut stream = key(site, site.table, foreign_key, "balance").at(0, 0);
        seen::balance(tables, site, foreign_key, &mut order, &sizes, chosen, &mut stream);
    }
    Some(order)
}

/// From which histogram the number of children of each parent was drawn, if it was drawn.
pub(crate) fn kinds<'a>(tables: &'a Tables, site: &Site<'_>, foreign_key: usize) -> Option<&'a [u32]> {
    tables.known.children.get(&(site.table, foreign_key)).map(|(_, chosen)| chosen.as_slice())
}
