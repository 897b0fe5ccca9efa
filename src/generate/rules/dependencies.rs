//! Functional dependencies and constants of groups.
//!
//! Of what decides a column, the first has its way: the rows of a class take over the position of one that has what most of them have. Where
//! more decides the same column, it is changed itself: a row whose class mostly has another value takes the class of some row
//! that has the same.

use super::dealt::Dealt;
use super::reads;
use crate::generate::structure::codes;
use crate::generate::table::{Source, Tables};
use crate::model::rule::{Operand, Rule, Statement};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Rounds over all dependencies: what one of them changes may decide another.
const ROUNDS: usize = 6;
/// The class of rows that are in none: those without a parent, or with a NULL in what decides.
const NO_CLASS: u64 = u64::MAX;

/// What decides columns.
struct Dependency {
    from: Decider,
    /// The columns that are moved for it.
    to: Vec<usize>,
    /// The columns that another dependency decides first.
    after: Vec<usize>,
}

#[derive(Clone, PartialEq)]
enum Decider {
    Columns(Vec<usize>),
    Parent(usize),
}

/// What all rows have in the columns that dependencies are about, for as long as it stays so.
#[derive(Default)]
struct Held {
    /// By column: a number that tells from which time they are, and the codes.
    codes: BTreeMap<usize, (u64, Rc<[u64]>)>,
    /// How often something was read, or moved.
    times: u64,
    /// When a link was moved last.
    links: u64,
}

impl Held {
    /// The codes of a column.
    fn codes(
        &mut self,
        tables: &Tables,
        (table, column): (usize, usize),
        dealt: &mut Dealt,
    ) -> (u64, Rc<[u64]>) {
        if let Some(known) = self.codes.get(&column) {
            return known.clone();
        }
        self.times += 1;
        let read = (self.times, dealt.codes(tables, table, column));
        self.codes.entry(column).or_insert(read).clone()
    }

    /// Forgets columns that were moved, and those that may have been worked out from them.
    fn forget(&mut self, tables: &Tables, table: usize, moved: &[usize]) {
        let source = |column: usize| &tables.tables[table].columns[column];
        let linked = moved.iter().any(|&column| !matches!(source(column), Source::Drawn(_)));
        let follows =
            |operand: &Operand| moved.iter().any(|&column| reads(tables, table, operand, (table, column)));
        let stays = |column: usize| match source(column) {
            _ if moved.contains(&column) => false,
            Source::Drawn(drawn) if linked => drawn.operands().next().is_none(),
            Source::Drawn(drawn) => !drawn.operands().any(&follows),
            Source::Ruled(ruled) => !linked && !ruled.operands().any(&follows),
            _ => false,
        };
        self.codes.retain(|&column, _| stays(column));
        self.times += 1;
        if linked {
            self.links = self.times;
        }
    }

    /// From which time is what a dependency reads.
    fn age(&mut self, tables: &Tables, table: usize, dependency: &Dependency, dealt: &mut Dealt) -> Vec<u64> {
        let own = match &dependency.from {
            Decider::Columns(columns) => columns.as_slice(),
            Decider::Parent(_) => &[],
        };
        let columns = own.iter().chain(&dependency.to).chain(&dependency.after);
        let ages = columns.map(|&column| self.codes(tables, (table, column), dealt).0);
        ages.collect::<Vec<_>>().into_iter().chain([self.links]).collect()
    }
}

/// Makes all dependencies hold, as far as columns that are dealt out can. Positions are stored after each, because the
/// next may read them.
pub(super) fn settle(tables: &mut Tables, table: usize, rules: &[Rule], dealt: &mut Dealt) {
    let dependencies = dependencies(rules, dealt);
    let mut held = Held::default();
    // What each read when it held.
    let mut kept: Vec<Option<Vec<u64>>> = vec![None; dependencies.len()];
    for _ in 0..ROUNDS {
        let mut changed = false;
        for (dependency, kept) in dependencies.iter().zip(&mut kept) {
            let age = held.age(tables, table, dependency, dealt);
            if kept.as_ref() == Some(&age) {
                continue;
            }
            let moved = settle_one(tables, table, dependency, dealt, &mut held);
            *kept = moved.is_empty().then_some(age);
            if !moved.is_empty() {
                changed = true;
                dealt.store_some(tables, table, &|column| moved.contains(&column));
                held.forget(tables, table, &moved);
            }
        }
        if !changed {
            return;
        }
    }
}

/// Makes one dependency hold and says which columns that moved.
fn settle_one(
    tables: &Tables,
    table: usize,
    dependency: &Dependency,
    dealt: &mut Dealt,
    held: &mut Held,
) -> Vec<usize> {
    let classes = classes(tables, table, &dependency.from, dealt, held);
    let each: Vec<_> = dependency.to.iter().map(|&to| held.codes(tables, (table, to), dealt).1).collect();
    let mut moved = Vec::new();
    if agree(dealt, &classes, &codes::tuples(&each), &dependency.to) {
        moved.extend(&dependency.to);
    }
    if let Decider::Columns(columns) = &dependency.from
        && let &[column] = columns.as_slice()
    {
        for &to in &dependency.after {
            let bounds = bounds(tables, (table, column), dealt, held);
            let values = held.codes(tables, (table, to), dealt).1;
            if follow(dealt, &classes, (&values, bounds.as_deref()), column) {
                moved.push(column);
            }
        }
    }
    moved
}

/// All dependencies, what decides others before what it decides; each column has one that decides it first.
fn dependencies(rules: &[Rule], dealt: &Dealt) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = rules
        .iter()
        .filter_map(|rule| {
            let (from, to) = match &rule.statement {
                Statement::Dependency { from, to } => (Decider::Columns(from.clone()), to),
                Statement::Constant { foreign_key, columns } => (Decider::Parent(*foreign_key), columns),
                _ => return None,
            };
            let to = to.iter().copied().filter(|column| dealt.columns.contains_key(column)).collect();
            Some(Dependency { from, to, after: Vec::new() })
        })
        .collect();
    sort(&mut found);
    let mut decided = BTreeSet::new();
    for dependency in &mut found {
        let all = std::mem::take(&mut dependency.to);
        (dependency.to, dependency.after) = all.into_iter().partition(|&column| decided.insert(column));
    }
    found
}

/// What decides others comes before what it decides, where there is such an order.
fn sort(dependencies: &mut Vec<Dependency>) {
    let mut sorted = Vec::with_capacity(dependencies.len());
    while !dependencies.is_empty() {
        let free = |dependency: &Dependency| match &dependency.from {
            Decider::Parent(_) => true,
            Decider::Columns(columns) => {
                !dependencies.iter().any(|other| columns.iter().any(|column| other.to.contains(column)))
            }
        };
        let next = dependencies.iter().position(free).unwrap_or(0);
        sorted.push(dependencies.remove(next));
    }
    *dependencies = sorted;
}

/// The class of each row.
fn classes(tables: &Tables, table: usize, from: &Decider, dealt: &mut Dealt, held: &mut Held) -> Vec<u64> {
    let rows = dealt.rows;
    match from {
        Decider::Parent(foreign_key) => {
            (0..rows as u64).map(|row| tables.parent(table, *foreign_key, row).unwrap_or(NO_CLASS)).collect()
        }
        Decider::Columns(columns) => {
            let each: Vec<_> =
                columns.iter().map(|&column| held.codes(tables, (table, column), dealt).1).collect();
            let mut classes = codes::tuples(&each);
            for column in &each {
                let nulls = classes.iter_mut().zip(column.iter()).filter(|(_, code)| **code == codes::NULL);
                nulls.for_each(|(class, _)| *class = NO_CLASS);
            }
            classes
        }
    }
}

/// Lets the rows of each class agree with the first one that has what most of them have. Returns whether any did not.
fn agree(dealt: &mut Dealt, classes: &[u64], values: &[u64], to: &[usize]) -> bool {
    if to.is_empty() {
        return false;
    }
    let (classes, count) = codes::numbered(classes, |row| classes[row] == NO_CLASS);
    let (values, value_count) = codes::numbered(values, |_| false);
    let leaders = codes::leaders((&classes, count), (&values, value_count));
    let mut changed = false;
    for column in to {
        let Some(positions) = dealt.columns.get_mut(column) else { continue };
        for (row, &class) in classes.iter().enumerate() {
            let Some(&leader) = leaders.get(class as usize) else { continue };
            if positions[row] != positions[leader as usize] {
                positions[row] = positions[leader as usize];
                changed = true;
            }
        }
    }
    changed
}

/// Gives every value a class: one that no class has mostly takes the class in which its share is greatest, of those whose value has
/// another.
fn speak_for_all(most: &mut FxHashMap<u64, (u32, u64)>, counts: &FxHashMap<(u64, u64), u32>) {
    let mut sizes: FxHashMap<u64, u32> = FxHashMap::default();
    let mut classes_of: FxHashMap<u64, u32> = FxHashMap::default();
    counts.iter().for_each(|(&(class, _), &count)| *sizes.entry(class).or_insert(0) += count);
    most.values().for_each(|&(_, value)| *classes_of.entry(value).or_insert(0) += 1);
    let mut missing: Vec<u64> =
        counts.keys().map(|&(_, value)| value).filter(|value| !classes_of.contains_key(value)).collect();
    missing.sort_unstable();
    missing.dedup();
    for value in missing {
        let share = |(&(class, _), &count): (&(u64, u64), &u32)| {
            (u64::from(count) * 1_000_000 / u64::from(sizes[&class].max(1)), class, count)
        };
        let free = |class: &u64| classes_of.get(&most[class].1).is_some_and(|&classes| classes > 1);
        let of_value = counts.iter().filter(|((class, other), _)| *other == value && free(class));
        let Some((_, class, count)) = of_value.map(share).max() else { continue };
        if let Some(entry) = most.insert(class, (count, value)) {
            classes_of.entry(entry.1).and_modify(|classes| *classes -= 1);
        }
        classes_of.insert(value, 1);
    }
}

/// What bounds a column in each row, where something does: only rows of the same bounds can take over its positions.
fn bounds(
    tables: &Tables,
    (table, column): (usize, usize),
    dealt: &mut Dealt,
    held: &mut Held,
) -> Option<Vec<u64>> {
    let Source::Ruled(ruled) = &tables.tables[table].columns[column] else { return None };
    let rows = tables.tables[table].rows;
    let mut each: Vec<Rc<[u64]>> = Vec::new();
    for operand in ruled.operands() {
        each.push(match operand {
            Operand::Column { path, column } => match path.first() {
                Some(&step) => (0..rows)
                    .map(|row| tables.parent(table, step, row).map_or(NO_CLASS, |at| at + 1))
                    .collect(),
                None => held.codes(tables, (table, *column), dealt).1,
            },
            // Every row by itself.
            Operand::Total { .. } => (0..rows).collect(),
        });
    }
    (!each.is_empty()).then(|| codes::tuples(&each))
}

/// Lets `column`, whose values are the classes, follow the decided values: rows that have not the value of most rows of their
/// class take the class of a row that fits, one that is bounded alike. Returns whether any did.
fn follow(
    dealt: &mut Dealt,
    classes: &[u64],
    (values, bounds): (&[u64], Option<&[u64]>),
    column: usize,
) -> bool {
    if !dealt.columns.contains_key(&column) {
        return false;
    }
    let mut counts: FxHashMap<(u64, u64), u32> = FxHashMap::default();
    for (&class, &value) in classes.iter().zip(values).filter(|(class, _)| **class != NO_CLASS) {
        *counts.entry((class, value)).or_insert(0) += 1;
    }
    let mut most: FxHashMap<u64, (u32, u64)> = FxHashMap::default();
    for (&(class, value), &count) in &counts {
        let known = most.entry(class).or_insert((count, value));
        *known = (*known).max((count, value));
    }
    speak_for_all(&mut most, &counts);
    let fits = |row: usize| most.get(&classes[row]).is_none_or(|(_, value)| *value == values[row]);
    let wanted = |row: usize| (values[row], bounds.map_or(0, |bounds| bounds[row]));
    let mut lenders: FxHashMap<(u64, u64), Vec<usize>> = FxHashMap::default();
    let wrong: Vec<usize> = (0..classes.len()).filter(|&row| !fits(row)).collect();
    for row in (0..classes.len()).filter(|&row| classes[row] != NO_CLASS && fits(row)) {
        lenders.entry(wanted(row)).or_default().push(row);
    }
    let mut changed = false;
    for row in wrong {
        let Some(rows) = lenders.get(&wanted(row)) else { continue };
        let lender = *dealt.stream.pick(rows);
        if let Some(positions) = dealt.columns.get_mut(&column) {
            positions[row] = positions[lender];
            changed = true;
        }
    }
    changed
}
