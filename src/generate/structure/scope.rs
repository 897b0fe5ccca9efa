//! Foreign keys that share columns with something decided before: the parent has to agree with it.

use super::arrange::{self, Grouping, Targets, Weight, shuffle};
use super::referable::referable;
use super::{Site, codes, demand, implied_groupings, quotas, views};
use crate::error::{Error, Result};
use crate::generate::table::{Link, NONE, Tables};
use crate::plan::LinkPlan;
use crate::rng::Stream;
use rustc_hash::{FxHashMap, FxHashSet};

/// The codes of some columns of a table, row by row.
pub(super) fn column_codes(tables: &Tables, table: usize, columns: &[usize]) -> Vec<u64> {
    let each: Vec<_> =
        columns.iter().map(|&column| codes::codes(&tables.all_values(table, column))).collect();
    codes::tuples(&each)
}

/// The codes of a key's parents on the columns that it shares, [`codes::NOTHING`] for parents that it cannot refer to;
/// empty where it shares none and all will do.
pub(crate) fn parent_codes(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Vec<u64> {
    let key = &tables.schema.tables[site.table].foreign_keys[foreign_key];
    let theirs: Vec<usize> = site.scope(foreign_key).iter().map(|&at| key.parent_columns[at]).collect();
    let mut codes = column_codes(tables, key.parent, &theirs);
    let able = referable(tables, site, foreign_key);
    if !able.is_empty() {
        // One class of all parents, were it not for those that nothing can refer to.
        codes.resize(able.len(), 0);
        codes.iter_mut().zip(&able).filter(|(_, able)| !**able).for_each(|(code, _)| *code = codes::NOTHING);
    }
    codes
}

/// How many rows each parent can have at the most, because a later required key has to find parents that agree with it:
/// none where there is no such parent, and as many as there are where the pair has to be unique. Empty where nothing is
/// limited.
pub(super) fn caps(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Vec<u64> {
    let table = &tables.schema.tables[site.table];
    let key = &table.foreign_keys[foreign_key];
    let mut caps: Vec<u64> = Vec::new();
    for &later in &site.plan.tables[site.table].placement {
        let other = &table.foreign_keys[later];
        let scope = site.scope(later);
        let late = matches!(site.plan.tables[site.table].links[later], LinkPlan::Free { late: true, .. });
        let mine: Vec<usize> =
            scope.iter().filter_map(|&at| decides(site, foreign_key, other.columns[at])).collect();
        let within = !scope.is_empty() && mine.len() == scope.len();
        if later == foreign_key || late || !within || !site.required(later) {
            continue;
        }
        let theirs: Vec<usize> = scope.iter().map(|&at| other.parent_columns[at]).collect();
        let mut known: FxHashMap<u64, u64> = FxHashMap::default();
        for code in column_codes(tables, other.parent, &theirs) {
            *known.entry(code).or_insert(0) += 1;
        }
        let unique = site.pair_is_unique(foreign_key, later);
        let itself = u64::from(site.must_differ(foreign_key, later));
        caps.resize(tables.tables[key.parent].rows as usize, u64::MAX);
        for (cap, code) in caps.iter_mut().zip(column_codes(tables, key.parent, &mine)) {
            let found = known.get(&code).copied().unwrap_or(0).saturating_sub(itself);
            *cap = (*cap).min(if unique || found == 0 { found } else { u64::MAX });
        }
    }
    if caps.iter().all(|&cap| cap == 0 || cap == u64::MAX) && !(caps.contains(&0) && caps.contains(&u64::MAX))
    {
        caps.clear();
    }
    caps
}

/// The column of a key's parent that decides a column of the table: directly, or through a key that follows from this one.
pub(super) fn decides(site: &Site<'_>, foreign_key: usize, column: usize) -> Option<usize> {
    let schema = &site.model.schema;
    let keys = &schema.tables[site.table].foreign_keys;
    let key = &keys[foreign_key];
    let at = |number: usize| keys[number].columns.iter().position(|&own| own == column);
    at(foreign_key).map(|at| key.parent_columns[at]).or_else(|| {
        site.plan.tables[site.table].links.iter().enumerate().find_map(|(number, link)| match *link {
            LinkPlan::Implied { via, then } if via == foreign_key => {
                Some(schema.tables[key.parent].foreign_keys[then].columns[at(number)?])
            }
            _ => None,
        })
    })
}

/// Rows and parents that agree on the shared columns.
struct Class {
    rows: Vec<u32>,
    parents: Vec<u32>,
}

/// Finds, for every row, a parent that agrees with what the row has already.
pub(super) fn place(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Result<Link> {
    let table = &tables.schema.tables[site.table];
    let key = &table.foreign_keys[foreign_key];
    let scope = site.scope(foreign_key);
    let mine: Vec<usize> = scope.iter().map(|&at| key.columns[at]).collect();
    let row_codes = column_codes(tables, site.table, &mine);
    let parent_codes = parent_codes(tables, site, foreign_key);
    let mut stream = site.key("scope", foreign_key).at(0, 0);
    let mut classes = classes(&row_codes, &parent_codes);
    let mut assigned = vec![NONE; row_codes.len()];

    let total = row_codes.len() as u64;
    let found: u64 =
        classes.iter().filter(|class| !class.parents.is_empty()).map(|class| class.rows.len() as u64).sum();
    // Rows that find nobody are taken out, unless others know them already, or none is left.
    let late = matches!(site.plan.tables[site.table].links[foreign_key], LinkPlan::Free { late: true, .. });
    let may_lose = found > 0 && !late && key.parent != site.table;
    if site.required(foreign_key) && found < total && !may_lose {
        let parent = &tables.schema.tables[key.parent].name;
        return Err(Error::usage(format!(
            "{} rows of table {} find no row of {parent} that agrees with them on ({})",
            total - found,
            table.name,
            table.column_names(&mine)
        ))
        .hint(format!("raise the rows of {parent}, or leave {} out with --exclude", table.name)));
    }
    let nulls = site.null_rows(foreign_key, total).saturating_sub(total - found).min(found);
    drop_rows(&mut classes, nulls, found, &mut stream);
    if key.parent == site.table {
        earlier_rows(&classes, site.required(foreign_key), &mut assigned, &mut stream);
        return Ok(Link::Listed(assigned));
    }
    let mut caps = class_caps(tables, site, foreign_key, &classes);
    if site.one_to_one(foreign_key) {
        caps = vec![1; tables.tables[key.parent].rows as usize];
    }
    let mut counts = class_quotas(tables, site, foreign_key, &classes, &caps);
    for class in &mut classes {
        settle(class, &mut counts, &caps, &mut stream);
        let mut stubs: Vec<u32> = class
            .parents
            .iter()
            .flat_map(|&parent| std::iter::repeat_n(parent, counts[parent as usize] as usize))
            .collect();
        shuffle(&mut stubs, &mut stream);
        for (&row, &parent) in class.rows.iter().zip(&stubs) {
            assigned[row as usize] = parent;
        }
    }
    Ok(Link::Listed(assigned))
}

/// Classes in the order of their first row, then of their first parent.
fn classes(rows: &[u64], parents: &[u64]) -> Vec<Class> {
    let mut numbers: FxHashMap<u64, usize> = FxHashMap::default();
    let mut classes: Vec<Class> = Vec::new();
    for (list, codes) in [(0, rows), (1, parents)] {
        for (index, &code) in codes.iter().enumerate().filter(|(_, code)| **code > codes::NOTHING) {
            let number = *numbers.entry(code).or_insert_with(|| {
                classes.push(Class { rows: Vec::new(), parents: Vec::new() });
                classes.len() - 1
            });
            let class = &mut classes[number];
            if list == 0 { class.rows.push(index as u32) } else { class.parents.push(index as u32) }
        }
    }
    classes
}

/// Takes `nulls` of the `found` rows that could have a parent out of their classes, evenly at random.
fn drop_rows(classes: &mut [Class], nulls: u64, found: u64, stream: &mut Stream) {
    let (mut nulls, mut found) = (nulls, found);
    for class in classes {
        if class.parents.is_empty() {
            class.rows.clear();
            continue;
        }
        class.rows.retain(|_| {
            let out = stream.below(found) < nulls;
            found -= 1;
            nulls -= u64::from(out);
            !out
        });
    }
}

/// A self-reference inside a scope: each row takes an earlier row of its class; the first one has none, or,
/// where it must have one, itself or else any.
fn earlier_rows(classes: &[Class], required: bool, assigned: &mut [u32], stream: &mut Stream) {
    for class in classes {
        for &row in &class.rows {
            let earlier = class.parents.partition_point(|&parent| parent < row);
            if earlier > 0 {
                assigned[row as usize] = class.parents[stream.below(earlier as u64) as usize];
            } else if let Some(&first) = class.parents.first().filter(|_| required) {
                assigned[row as usize] = if class.parents.contains(&row) { row } else { first };
            }
        }
    }
}

/// Quotas of all parents, arranged so that every class gets about as many as it has rows.
fn class_quotas(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    classes: &[Class],
    caps: &[u64],
) -> Vec<u64> {
    let key = &tables.schema.tables[site.table].foreign_keys[foreign_key];
    let parents = tables.tables[key.parent].rows;
    let children: u64 = classes.iter().map(|class| class.rows.len() as u64).sum();
    let mut of = vec![u32::MAX; parents as usize];
    for (number, class) in classes.iter().enumerate() {
        for &parent in &class.parents {
            of[parent as usize] = number as u32;
        }
    }
    let targets = classes.iter().map(|class| class.rows.len() as i64).collect();
    let mut groupings = implied_groupings(tables, site, foreign_key, children);
    groupings.retain(|grouping| !follows(grouping, classes));
    groupings.extend(views(tables, site, foreign_key, parents));
    groupings.extend(demand::groupings(tables, site, foreign_key));
    groupings.push(Grouping { of, targets: Targets::Fixed(targets), weight: Weight::Sums(64) });
    let multiset = quotas(tables, site, foreign_key, parents, children).all();
    arrange::arrange(multiset, groupings, caps, site.key("arrange", foreign_key))
}

/// Whether all parents of a class are in one group: then the rows of classes have decided the sums.
fn follows(grouping: &Grouping, classes: &[Class]) -> bool {
    classes.iter().all(|class| {
        let mut groups = class.parents.iter().map(|&parent| grouping.of[parent as usize]);
        let first = groups.next();
        groups.all(|group| Some(group) == first)
    })
}

/// Where the pair with an earlier key has to be unique: a parent can have one row for each of the other key's parents in
/// its class.
fn class_caps(tables: &Tables, site: &Site<'_>, foreign_key: usize, classes: &[Class]) -> Vec<u64> {
    let parents = tables.tables[tables.schema.tables[site.table].foreign_keys[foreign_key].parent].rows;
    let placement = &site.plan.tables[site.table].placement;
    let earlier = placement.iter().take_while(|&&number| number != foreign_key);
    let Some(&other) = earlier.into_iter().find(|&&number| site.pair_is_unique(number, foreign_key)) else {
        return Vec::new();
    };
    let mut caps = vec![u64::MAX; parents as usize];
    for class in classes {
        let others: FxHashSet<u64> =
            class.rows.iter().filter_map(|&row| tables.parent(site.table, other, u64::from(row))).collect();
        for &parent in &class.parents {
            caps[parent as usize] = others.len() as u64;
        }
    }
    caps
}

/// Moves single children until a class's quotas add up to its rows, none above its cap.
fn settle(class: &mut Class, counts: &mut [u64], caps: &[u64], stream: &mut Stream) {
    let cap = |parent: u32| caps.get(parent as usize).copied().unwrap_or(u64::MAX);
    let room = class.parents.iter().fold(0u64, |sum, &parent| sum.saturating_add(cap(parent)));
    class.rows.truncate(usize::try_from(room).unwrap_or(usize::MAX));
    let wanted = class.rows.len() as u64;
    let mut sum: u64 = class.parents.iter().map(|&parent| counts[parent as usize]).sum();
    let mut pick = |ok: &dyn Fn(u32) -> bool| -> Option<u32> {
        let tried = (0..64).map(|_| *stream.pick(&class.parents)).find(|&parent| ok(parent));
        tried.or_else(|| class.parents.iter().copied().find(|&parent| ok(parent)))
    };
    while sum < wanted {
        // A parent that has children already is as good as any: the histogram's zeros stay.
        let used = pick(&|parent| counts[parent as usize] > 0 && counts[parent as usize] < cap(parent));
        let Some(parent) = used.or_else(|| pick(&|parent| counts[parent as usize] < cap(parent))) else {
            break;
        };
        counts[parent as usize] += 1;
        sum += 1;
    }
    while sum > wanted {
        let several = pick(&|parent| counts[parent as usize] > 1);
        let Some(parent) = several.or_else(|| pick(&|parent| counts[parent as usize] > 0)) else { break };
        counts[parent as usize] -= 1;
        sum -= 1;
    }
}

/// Whether another key of the table that is placed already has to agree with this one.
pub(crate) fn governs_another(tables: &Tables, site: &Site<'_>, number: usize) -> bool {
    let table = &tables.schema.tables[site.table];
    (0..table.foreign_keys.len()).any(|other| {
        let columns = &table.foreign_keys[other].columns;
        other != number
            && !matches!(tables.tables[site.table].links[other], Link::Undecided)
            && site.scope(other).iter().any(|&at| decides(site, number, columns[at]).is_some())
    })
}

/// Whether rows have found parents in this table that agree with them on a column of these.
pub(super) fn is_agreed_on(tables: &Tables, site: &Site<'_>, decides: impl Fn(usize) -> bool) -> bool {
    tables.schema.tables.iter().enumerate().any(|(child, table)| {
        let there = Site { table: child, ..*site };
        let links = tables.tables[child].links.iter();
        links.zip(&table.foreign_keys).enumerate().any(|(number, (link, key))| {
            key.parent == site.table
                && matches!(link, Link::Formula(_) | Link::Listed(_))
                && there.scope(number).iter().any(|&at| decides(key.parent_columns[at]))
        })
    })
}

/// What rows must have in common to exchange the parents of a scoped key.
pub(crate) fn scope_class(tables: &Tables, site: &Site<'_>, number: usize) -> Option<Vec<u64>> {
    let table = &tables.schema.tables[site.table];
    let columns: Vec<usize> =
        site.scope(number).iter().map(|&at| table.foreign_keys[number].columns[at]).collect();
    (!columns.is_empty()).then(|| {
        let each: Vec<_> =
            columns.iter().map(|&column| codes::codes(&tables.all_values(site.table, column))).collect();
        codes::tuples(&each)
    })
}
