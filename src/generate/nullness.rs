//! Which columns of a row are NULL, where CHECKs say that some have to be and others must not.
//!
//! `num_nonnulls(a, b) = 1` cannot be left to the end of a row: a unique key over `a` and the rows of other tables that refer to
//! `a` go by what stands there. So it is settled as soon as rows have their parents, and before anything else looks at them.

use super::alone::is_referenced;
use super::structure::{Site, parent_codes};
use super::table::{Link, NONE, Positions, Source, Tables};
use crate::plan::LinkPlan;
use crate::rng::Key;
use crate::schema::Schema;
use arrow_array::Array;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// One row of so many gets values where others have to refer to some.
const EACH: usize = 4;

/// What it costs to make a column NULL, or to give it a value where it has none; more where a key counts NULLs as equal.
const CHANGE: u64 = 1;
const COUNTED_NULL: u64 = 100;
/// Taking away the last value of a column that other tables have to refer to.
const LAST_VALUE: u64 = 10_000;

/// The columns of a table of which it is settled here which rows have a value: rows must not exchange one for none.
pub(crate) fn columns(site: &Site<'_>) -> Vec<usize> {
    let mut found = pattern_columns(site);
    let referenced = required_keys(&site.model.schema, site.table).filter(|columns| columns.len() > 1);
    found.extend(referenced.flatten());
    found
}

/// The columns that are read by a CHECK about nothing but which columns are NULL.
fn pattern_columns(site: &Site<'_>) -> Vec<usize> {
    patterns(site).into_iter().flat_map(|(columns, _)| columns).collect()
}

/// Whether CHECKs say in which rows a column is NULL.
pub(super) fn is_bound(site: &Site<'_>, column: usize) -> bool {
    pattern_columns(site).contains(&column)
}

/// The columns of a table that rows of others have to refer to, key by key.
fn required_keys(schema: &Schema, table: usize) -> impl Iterator<Item = &Vec<usize>> {
    let keys = schema.tables.iter().flat_map(|child| child.foreign_keys.iter().map(move |key| (child, key)));
    let required = keys.filter(move |(child, key)| {
        key.parent == table && key.columns.iter().all(|&column| !child.columns[column].nullable)
    });
    required.map(|(_, key)| &key.parent_columns)
}

/// The conditions on NULL alone: the columns, and every set of them that may have values.
fn patterns(site: &Site<'_>) -> Vec<(Vec<usize>, Vec<Vec<usize>>)> {
    let conditions = site.plan.tables[site.table].filters.iter();
    let several = conditions.filter(|(_, predicate)| predicate.columns().len() > 1);
    several
        .filter_map(|(_, predicate)| Some((predicate.columns().to_vec(), predicate.null_patterns()?)))
        .collect()
}

/// What a column has in every row: a parent or a position, or neither.
struct Slot {
    column: usize,
    what: What,
    dealt: Vec<u32>,
    /// Something that a row had at first: the last that has any may have to give it away before another one needs it.
    any: u32,
    /// Whether rows may be left without, and whether rows without may be given something.
    may_lack: bool,
    may_get: bool,
    lack_costs: u64,
    /// Rows that have a value, where rows of other tables have to refer to some of them.
    referred: Option<usize>,
    /// Whether rows refer to rows of their own table.
    is_own: bool,
    /// Of a column whose values all differ: what no row has any more.
    left_over: Option<Vec<u32>>,
}

#[derive(Clone, Copy)]
enum What {
    Link(usize),
    Drawn,
    /// Nothing that can be changed here.
    Fixed,
}

/// Makes rows NULL where conditions want it so, and not NULL where they want that. Once other tables have found their parents (`placed`),
/// what they or keys go by stays as it is.
pub(super) fn settle(tables: &mut Tables, site: &Site<'_>, placed: bool) {
    let name = tables.schema.tables[site.table].name.to_string();
    for (columns, allowed) in patterns(site) {
        let mut slots: Vec<Slot> = columns.iter().map(|&column| slot(tables, site, column, placed)).collect();
        let key = Key::new(site.plan.seed, &[&name, "nullness", &columns[0].to_string()]);
        let rows = tables.tables[site.table].rows;
        let mut changed = false;
        // Twice: what a row gave away may be what an earlier one lacks.
        for row in (0..rows).chain(0..rows) {
            let cost = |set: &Vec<usize>| cost(&slots, set, row as usize);
            let Some(least) = allowed.iter().filter_map(cost).min().filter(|least| *least > 0) else {
                continue;
            };
            let best: Vec<&Vec<usize>> = allowed.iter().filter(|set| cost(set) == Some(least)).collect();
            let mut stream = key.at(row, 0);
            let set = best[stream.below(best.len() as u64) as usize];
            let turn = stream.word();
            slots.iter_mut().for_each(|slot| slot.turn(set.contains(&slot.column), row as usize, turn));
            changed = true;
        }
        if changed {
            slots.into_iter().for_each(|slot| store(tables, site.table, slot));
        }
    }
}

/// Gives some rows values in all columns that required keys refer to together, where no row has them all.
pub(super) fn settle_referenced(tables: &mut Tables, site: &Site<'_>) {
    let schema = tables.schema.clone();
    let (rows, bound) = (tables.tables[site.table].rows, pattern_columns(site));
    for columns in required_keys(&schema, site.table) {
        let optional = columns.iter().filter(|&&at| schema.tables[site.table].columns[at].nullable);
        let mut slots: Vec<Slot> = optional.map(|&column| slot(tables, site, column, false)).collect();
        if (0..rows).any(|row| slots.iter().all(|slot| slot.dealt[row as usize] != NONE)) {
            continue;
        }
        let ready = |slot: &Slot, row: u64| {
            let free = slot.may_get() && !bound.contains(&slot.column);
            free || slot.dealt[row as usize] != NONE
        };
        let able: Vec<u64> =
            (0..rows).filter(|&row| slots.iter().all(|slot| ready(slot, row))).step_by(EACH).collect();
        for row in able {
            slots.iter_mut().for_each(|slot| slot.turn(true, row as usize, row as u32));
        }
        slots.into_iter().for_each(|slot| store(tables, site.table, slot));
    }
}

/// What it costs to have values in these columns alone; `None` where that cannot be done.
fn cost(slots: &[Slot], set: &[usize], row: usize) -> Option<u64> {
    slots.iter().try_fold(0, |sum, slot| {
        Some(match (slot.dealt[row] != NONE, set.contains(&slot.column)) {
            (true, false) if slot.may_lack => sum + slot.lack_costs(),
            (false, true) if slot.may_get() => sum + 2 * CHANGE,
            (has, wanted) if has == wanted => sum,
            _ => return None,
        })
    })
}

impl Slot {
    fn may_get(&self) -> bool {
        self.may_get && self.left_over.as_ref().is_none_or(|left| !left.is_empty())
    }

    fn lack_costs(&self) -> u64 {
        if self.referred == Some(1) { LAST_VALUE } else { self.lack_costs }
    }

    /// Gives a row something, or takes it away.
    fn turn(&mut self, wanted: bool, row: usize, turn: u32) {
        if wanted == (self.dealt[row] != NONE) {
            return;
        }
        if !wanted {
            let given = std::mem::replace(&mut self.dealt[row], NONE);
            self.referred = self.referred.map(|rows| rows - 1);
            self.left_over.iter_mut().for_each(|left| left.push(given));
            return;
        }
        self.dealt[row] = self.another(row, turn);
        let has = usize::from(self.dealt[row] != NONE);
        self.referred = self.referred.map(|rows| rows + has);
    }

    /// Something for a row that has nothing.
    fn another(&mut self, row: usize, turn: u32) -> u32 {
        if let Some(left) = &mut self.left_over {
            return left.pop().unwrap_or(NONE);
        }
        // Of rows that refer to each other, another one's parent may come after this row: so it is its own.
        if self.is_own {
            return row as u32;
        }
        // What another row has will do for this one.
        let (rows, first) = (self.dealt.len(), turn as usize);
        let mut others = (0..rows).map(|step| self.dealt[(first + step) % rows]);
        others.find(|&dealt| dealt != NONE).unwrap_or(self.any)
    }
}

fn slot(tables: &Tables, site: &Site<'_>, column: usize, placed: bool) -> Slot {
    let table = &tables.schema.tables[site.table];
    let nullable = table.columns[column].nullable;
    let rows = 0..tables.tables[site.table].rows;
    let valid = || -> Vec<u32> {
        let values = tables.all_values(site.table, column);
        (0..values.len()).map(|row| if values.is_valid(row) { 0 } else { NONE }).collect()
    };
    let some = |found: Option<u64>| found.map_or(NONE, |found| found as u32);
    let (what, dealt): (What, Vec<u32>) = match &tables.tables[site.table].columns[column] {
        _ if placed && is_looked_at(tables, site.table, column) => (What::Fixed, valid()),
        Source::Drawn(drawn) => (What::Drawn, rows.map(|row| some(drawn.position(row))).collect()),
        Source::Inherited { foreign_key, .. } => {
            let parents = rows.map(|row| some(tables.parent(site.table, *foreign_key, row))).collect();
            let link =
                if is_own(tables, site, *foreign_key) { What::Link(*foreign_key) } else { What::Fixed };
            (link, parents)
        }
        _ => (What::Fixed, valid()),
    };
    let any = dealt.iter().copied().find(|&dealt| dealt != NONE).unwrap_or(NONE);
    let (may_lack, may_get) = match what {
        What::Fixed => (false, false),
        What::Drawn => (nullable, any != NONE),
        What::Link(number) => {
            let key = &table.foreign_keys[number];
            let own = key.parent == site.table && !table.columns[key.parent_columns[0]].nullable;
            (nullable, own || any != NONE && key.parent != site.table)
        }
    };
    let counted = table.uniques.iter().any(|key| !key.nulls_distinct && key.columns.contains(&column));
    let lack_costs = if counted { COUNTED_NULL } else { CHANGE };
    let is_own = matches!(what, What::Link(number) if table.foreign_keys[number].parent == site.table);
    let left_over = match &tables.tables[site.table].columns[column] {
        Source::Drawn(drawn) if matches!(what, What::Drawn) && site.is_unique(column) => {
            let taken: FxHashSet<u32> = dealt.iter().copied().collect();
            let all = drawn.used as u32..drawn.count as u32;
            Some(all.filter(|position| !taken.contains(position)).rev().collect())
        }
        Source::Inherited { .. } => match what {
            What::Link(number) if site.one_to_one(number) => Some(childless(tables, site, number, &dealt)),
            _ => None,
        },
        _ => None,
    };
    let needed = required_keys(&tables.schema, site.table).any(|columns| columns.contains(&column));
    let referred = needed.then(|| dealt.iter().filter(|&&dealt| dealt != NONE).count());
    Slot { column, what, dealt, any, may_lack, may_get, lack_costs, referred, is_own, left_over }
}

/// The rows that a one-to-one key could refer to and does not, the first one last.
fn childless(tables: &Tables, site: &Site<'_>, foreign_key: usize, dealt: &[u32]) -> Vec<u32> {
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    if parent == site.table {
        return Vec::new();
    }
    let mut codes = parent_codes(tables, site, foreign_key);
    codes.resize(tables.tables[parent].rows as usize, 0);
    let taken: FxHashSet<u32> = dealt.iter().copied().collect();
    let able = (0u32..).zip(codes).filter(|&(row, code)| code == 0 && !taken.contains(&row));
    let mut able: Vec<u32> = able.map(|(row, _)| row).collect();
    able.reverse();
    able
}

/// Whether the parents of a foreign key are this key's alone to change.
fn is_own(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> bool {
    let keys = &tables.schema.tables[site.table].foreign_keys;
    let links = &site.plan.tables[site.table].links;
    let leads = links.iter().any(|link| match link {
        LinkPlan::Implied { via, .. } => *via == foreign_key,
        LinkPlan::Free { follows, .. } => follows.is_some_and(|(via, _)| via == foreign_key),
        LinkPlan::Missing => false,
    });
    let placed = matches!(tables.tables[site.table].links[foreign_key], Link::Formula(_) | Link::Listed(_));
    placed && !leads && keys[foreign_key].columns.len() == 1 && site.is_unscoped(foreign_key)
}

/// Whether other rows or a key go by a column.
fn is_looked_at(tables: &Tables, table: usize, column: usize) -> bool {
    let described = &tables.schema.tables[table];
    let name = &described.columns[column].name;
    let mentions = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains(name.as_str()));
    is_referenced(&tables.schema, table, column)
        || described
            .unique_keys()
            .any(|key| key.columns.contains(&column) || mentions(&key.expression) || mentions(&key.predicate))
}

fn store(tables: &mut Tables, table: usize, slot: Slot) {
    match slot.what {
        What::Link(number) => tables.tables[table].links[number] = Link::Listed(slot.dealt),
        What::Drawn => {
            if let Source::Drawn(drawn) = &mut tables.tables[table].columns[slot.column] {
                drawn.positions = Positions::Listed(Arc::new(slot.dealt));
            }
        }
        What::Fixed => {}
    }
}
