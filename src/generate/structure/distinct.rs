//! Keys made of several columns: no two rows may share a tuple.
//!
//! Parts of a tuple (the parent of a foreign key, the position of a drawn column) are first dealt out at random, each
//! with its own exact margin. Rows that clash exchange one part with another row, which keeps every margin. Where a key
//! is so dense that exchanges do not get there (every language of every product), its last part is dealt anew, the
//! largest group first, each group taking the parts of which most are left: the construction of Gale and Ryser (1957), which
//! finds a solution wherever there is one.

use super::condition::{Condition, unequal_pairs};
use super::keys::{Holds, Wanted, wanted_keys};
use super::outcome::Lost;
use super::{Site, codes, scope};
use crate::generate::filter;
use crate::generate::table::{Drawn, Link, NONE, Source, Tables};
use crate::generate::{joint, nullness};
use crate::plan::LinkPlan;
use crate::rng::{Key, Stream};
use crate::schema::check::{Datum, Predicate};
use arrow_array::{Array, ArrayRef};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Rows that a thread looks at in one go.
const AT_ONCE: usize = 4_096;
/// One row in so many is few: a key is not dealt anew for so little.
const FEW_OF: usize = 100;

/// The class of rows that stay without a value. Parents and spare values are of class 0, or of [`codes::NOTHING`].
const UNSET: u64 = codes::NOTHING + 1;

/// One part of tuples, dealt out over the rows.
pub(super) struct Part {
    pub(super) what: What,
    /// The parent or position of every row.
    pub(super) dealt: Vec<u32>,
    /// Rows may exchange this part only inside a class.
    pub(super) class: Option<Vec<u64>>,
    /// Which rows are alike as to it: they exchange it first.
    pub(super) kin: Option<joint::Kin>,
    /// Whether rows may exchange it at all.
    pub(super) free: bool,
    /// Whether no two rows may have the same, so that none may borrow it.
    pub(super) unique: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Link(usize),
    Column(usize),
}

/// A unique key: its parts, each with the code of every parent or position.
pub(super) struct Tuple {
    pub(super) parts: Vec<(usize, Vec<u64>)>,
    applies: Applies,
    /// Whether NULL is a value that is never equal to another NULL.
    nulls_distinct: bool,
    /// Whether texts are equal that differ only in their letters' case.
    pub(super) folded: bool,
    pub(super) columns: Vec<usize>,
    pub(super) holds: Holds,
    /// The rows of every code that some row has, or had.
    pub(super) seen: FxHashMap<u64, u32>,
    /// How many codes more than one row has.
    twice: usize,
}

impl Tuple {
    /// One row more, or less, with a code.
    pub(super) fn count(&mut self, code: u64, add: bool) {
        let count = self.seen.entry(code).or_insert(0);
        let before = *count;
        *count = if add { before + 1 } else { before - 1 };
        self.twice = self.twice + usize::from(*count > 1) - usize::from(before > 1);
    }

    /// The codes that more than one row has.
    fn codes_seen_twice(&self) -> FxHashSet<u64> {
        let seen = if self.twice > 0 { self.seen.iter() } else { Default::default() };
        seen.filter(|(_, count)| **count > 1).map(|(code, _)| *code).collect()
    }
}

/// To which rows a key applies (a partial index).
pub(super) enum Applies {
    Always,
    /// As the values of one drawn column say, position by position, and for NULL. Such a column is dealt out like the
    /// parts of the key: the one owner of a tenant can be any of its users.
    Part(usize, Vec<bool>, bool),
    /// As the values of several drawn columns say.
    Condition(Condition),
    /// Row by row.
    Rows(Vec<bool>),
}

/// Two parts that must differ in every row.
struct Unequal {
    left: (usize, Vec<u64>),
    right: (usize, Vec<u64>),
}

pub(super) struct Deal {
    pub(super) rows: usize,
    pub(super) parts: Vec<Part>,
    pub(super) tuples: Vec<Tuple>,
    unequal: Vec<Unequal>,
    pub(super) conditions: Vec<Condition>,
}

/// Whether a part decides a column.
fn part_is(tables: &Tables, site: &Site<'_>, what: What, column: usize) -> bool {
    match (what, &tables.tables[site.table].columns[column]) {
        (What::Link(number), Source::Inherited { foreign_key, .. }) => *foreign_key == number,
        (What::Column(own), _) => own == column,
        _ => false,
    }
}

/// Makes all composite keys of a table distinct, and with `conditions` mends CHECKs over several columns. Returns the rows that the caller has to take out.
pub(crate) fn separate(tables: &mut Tables, site: &Site<'_>, conditions: bool) -> Lost {
    let pairs = unequal_pairs(tables, site);
    let mut keys = wanted_keys(tables, site, false);
    if !keys.is_empty() || !pairs.is_empty() || !site.plan.tables[site.table].filters.is_empty() {
        keys = wanted_keys(tables, site, true);
    }
    let key = Key::new(site.plan.seed, &[&tables.schema.tables[site.table].name.to_string(), "separate"]);
    let mut stream = key.at(0, 0);
    let mut deal = Deal::new(tables, site, &keys, &pairs);
    if conditions {
        deal.add_conditions(tables, site);
    }
    if deal.parts.is_empty() {
        return Lost::default();
    }
    deal.solve(tables, site, &mut stream);
    let lost = deal.surplus();
    deal.store(tables, site);
    lost
}

/// Makes those keys distinct that foreign keys alone make up, as far as they can be: columns are drawn afterwards, for the parents
/// that rows keep.
pub(crate) fn separate_links(tables: &mut Tables, site: &Site<'_>) {
    let inherited =
        |column: &usize| matches!(tables.tables[site.table].columns[*column], Source::Inherited { .. });
    let mut keys = wanted_keys(tables, site, true);
    keys.retain(|Wanted { key, .. }| key.predicate.is_none() && key.columns.iter().all(inherited));
    let pairs = unequal_pairs(tables, site);
    let key = Key::new(site.plan.seed, &[&tables.schema.tables[site.table].name.to_string(), "links"]);
    let mut deal = Deal::new(tables, site, &keys, &pairs);
    if !deal.parts.is_empty() {
        deal.solve(tables, site, &mut key.at(0, 0));
        deal.store(tables, site);
    }
}

impl Deal {
    /// Brings rows together that keep all keys and conditions, as far as that is possible.
    fn solve(&mut self, tables: &Tables, site: &Site<'_>, stream: &mut Stream) {
        self.count();
        self.turn_round();
        if joint::applies(tables, site) {
            self.mend_orderings();
        }
        // First with as little change as possible: rows may have been given parents that go well together.
        self.exchange(false, stream);
        if self.clashing().len() * FEW_OF <= self.rows {
            self.exchange(true, stream);
        }
        for number in 0..self.tuples.len() {
            for at in self.dealing_order(number) {
                if self.tuples[number].holds == Holds::Declared && self.tuple_clashes(number) {
                    self.deal_anew(tables, site, number, at, stream);
                    self.count();
                }
            }
        }
        self.exchange(true, stream);
        self.pair_anew(stream);
        self.borrow_passing(stream);
        self.pick_again(tables, site, stream);
        self.turn_round();
    }
}

impl Deal {
    fn new(tables: &Tables, site: &Site<'_>, keys: &[Wanted], pairs: &[(usize, usize)]) -> Self {
        let rows = tables.tables[site.table].rows as usize;
        let mut deal =
            Self { rows, parts: Vec::new(), tuples: Vec::new(), unequal: Vec::new(), conditions: Vec::new() };
        for Wanted { key, holds } in keys {
            let mut by_part: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &column in &key.columns {
                if let Some(part) = deal.part_of(tables, site, column) {
                    by_part.entry(part).or_default().push(column);
                }
            }
            let parts = by_part
                .into_iter()
                .map(|(part, columns)| {
                    (part, deal.part_codes(tables, site, part, &columns, key.expression.is_some()))
                })
                .collect();
            let applies = deal.applies(tables, site, key.predicate.as_deref());
            let (nulls_distinct, folded) = (key.nulls_distinct, key.expression.is_some());
            let (seen, twice) = (FxHashMap::default(), 0);
            let (columns, holds) = (key.columns.clone(), *holds);
            deal.tuples.push(Tuple { parts, applies, nulls_distinct, folded, columns, holds, seen, twice });
        }
        for &(a, b) in pairs {
            if let (Some(left), Some(right)) = (deal.part_of(tables, site, a), deal.part_of(tables, site, b))
            {
                let left = (left, deal.part_codes(tables, site, left, &[a], false));
                let right = (right, deal.part_codes(tables, site, right, &[b], false));
                deal.unequal.push(Unequal { left, right });
            }
        }
        deal
    }

    /// To which rows a key with this condition applies. One that is not understood makes the key hold for all rows,
    /// which is stricter and never wrong.
    fn applies(&mut self, tables: &Tables, site: &Site<'_>, condition: Option<&str>) -> Applies {
        let table = &tables.schema.tables[site.table];
        let read = condition.map(|text| Predicate::parse(tables.schema.dialect, table, text));
        let Some(Ok(predicate)) = read else { return Applies::Always };
        if let &[column] = predicate.columns()
            && let Source::Drawn(drawn) = &tables.tables[site.table].columns[column]
            && drawn.difference.is_none()
            && let Some(part) = self.part_of(tables, site, column)
        {
            let values = self.part_values(drawn, part);
            let selects = |row| predicate.selects(&|_| Datum::at(&values, row));
            let null = predicate.selects(&|_| Datum::Null);
            return Applies::Part(part, (0..values.len()).map(selects).collect(), null);
        }
        // What decides may be exchanged itself.
        let drawn = |column: &usize| matches!(&tables.tables[site.table].columns[*column], Source::Drawn(drawn) if drawn.difference.is_none());
        if predicate.columns().iter().all(drawn)
            && let Some(condition) = self.condition(tables, site, &predicate)
        {
            return Applies::Condition(condition);
        }
        let columns = filter::arrays(tables, site.table, &predicate);
        Applies::Rows((0..self.rows).map(|row| filter::is_true(&predicate, &columns, row)).collect())
    }

    /// A drawn column's value at every position that was or could be dealt out.
    pub(super) fn part_values(&self, drawn: &Drawn, part: usize) -> ArrayRef {
        // Spare positions may have been dealt out before.
        let dealt = self.parts[part].dealt.iter().filter(|&&position| position != NONE).max();
        let most = dealt.map_or(0, |&position| u64::from(position) + 1).max(drawn.count);
        let positions: Vec<_> = (0..most).map(Some).collect();
        drawn.sampler.sample(&positions).into_array(&drawn.data_type)
    }

    /// The part that decides a column, dealt as it is now.
    pub(super) fn part_of(&mut self, tables: &Tables, site: &Site<'_>, column: usize) -> Option<usize> {
        let what = match &tables.tables[site.table].columns[column] {
            Source::Inherited { foreign_key, .. } => What::Link(*foreign_key),
            Source::Drawn(_) => What::Column(column),
            _ => return None,
        };
        if let Some(found) = self.parts.iter().position(|part| part.what == what) {
            return Some(found);
        }
        let rows = 0..self.rows as u64;
        let none = |found: Option<u64>| found.map_or(NONE, |found| found as u32);
        let (dealt, free, class): (Vec<u32>, _, _) = match what {
            What::Link(number) => {
                let dealt = rows.map(|row| none(tables.parent(site.table, number, row))).collect();
                let implied = matches!(tables.tables[site.table].links[number], Link::Implied { .. });
                // A key that follows from another one where that is set, and that one, stay together.
                let links = &site.plan.tables[site.table].links;
                let follows = matches!(links[number], LinkPlan::Free { follows: Some(_), .. })
                    || links.iter().any(|link| matches!(link, LinkPlan::Free { follows: Some((via, _)), .. } if *via == number));
                let free = !implied && !follows && !scope::governs_another(tables, site, number);
                (dealt, free, scope::scope_class(tables, site, number))
            }
            What::Column(column) => {
                let Source::Drawn(drawn) = &tables.tables[site.table].columns[column] else { return None };
                (rows.map(|row| none(drawn.position(row))).collect(), true, None)
            }
        };
        let free = free && !scope::is_agreed_on(tables, site, |column| part_is(tables, site, what, column));
        let class = class.or_else(|| self.set_or_not(site, column, &dealt));
        let unique = matches!(what, What::Column(column) if site.is_unique(column));
        let kin = match what {
            What::Link(number) => joint::Kin::of_link(tables, number),
            What::Column(column) => joint::Kin::of_column(tables, column),
        };
        let kin = kin.filter(|kin| kin.rows() == self.rows);
        self.parts.push(Part { what, dealt, class, kin, free, unique });
        Some(self.parts.len() - 1)
    }

    /// The classes of rows with and without a value in a column, where CHECKs say which rows have one.
    fn set_or_not(&self, site: &Site<'_>, column: usize, dealt: &[u32]) -> Option<Vec<u64>> {
        let bound = nullness::columns(site).contains(&column);
        let class = |&dealt: &u32| if dealt == NONE { UNSET } else { 0 };
        bound.then(|| dealt.iter().map(class).collect())
    }

    /// The code of some columns for every parent or position of a part; with `folded`, that of their folded texts.
    fn part_codes(
        &self,
        tables: &Tables,
        site: &Site<'_>,
        part: usize,
        columns: &[usize],
        folded: bool,
    ) -> Vec<u64> {
        let described = &tables.schema.tables[site.table].columns;
        let codes = |column: usize, values: &ArrayRef| match folded || described[column].case_insensitive {
            true => codes::folded(values),
            false => codes::codes(values),
        };
        let each: Vec<Vec<u64>> = columns
            .iter()
            .filter_map(|&column| match (&tables.tables[site.table].columns[column], self.parts[part].what) {
                (Source::Inherited { position, .. }, What::Link(number)) => {
                    let key = &tables.schema.tables[site.table].foreign_keys[number];
                    Some(codes(column, &tables.all_values(key.parent, key.parent_columns[*position])))
                }
                (Source::Drawn(drawn), What::Column(_)) => {
                    Some(codes(column, &self.part_values(drawn, part)))
                }
                _ => None,
            })
            .collect();
        codes::tuples(&each)
    }

    pub(super) fn code(&self, (part, codes): &(usize, Vec<u64>), row: usize) -> u64 {
        match self.parts[*part].dealt[row] {
            NONE => codes::NULL,
            dealt => codes[dealt as usize],
        }
    }

    /// The code of a row's tuple; [`codes::NULL`] where the key does not apply.
    pub(super) fn tuple_code(&self, tuple: &Tuple, row: usize) -> u64 {
        let applies = match &tuple.applies {
            Applies::Always => true,
            Applies::Rows(rows) => rows[row],
            Applies::Condition(condition) => self.selects(condition, row),
            Applies::Part(part, positions, null) => match self.parts[*part].dealt[row] {
                NONE => *null,
                position => positions[position as usize],
            },
        };
        if !applies {
            return codes::NULL;
        }
        let code = |part| match self.code(part, row) {
            codes::NULL if !tuple.nulls_distinct => codes::NOTHING,
            code => code,
        };
        tuple.parts.iter().map(code).reduce(codes::join).unwrap_or(codes::NULL)
    }

    fn count(&mut self) {
        for number in 0..self.tuples.len() {
            let mut seen = FxHashMap::default();
            for row in 0..self.rows {
                let code = self.tuple_code(&self.tuples[number], row);
                if code != codes::NULL {
                    *seen.entry(code).or_insert(0) += 1;
                }
            }
            self.tuples[number].twice = seen.values().filter(|count| **count > 1).count();
            self.tuples[number].seen = seen;
        }
    }

    /// How many keys and conditions a row is at odds with.
    pub(super) fn faults(&self, row: usize) -> usize {
        self.key_faults(row) + self.broken(row)
    }

    /// Whether another row has this tuple too.
    pub(super) fn is_twice(&self, tuple: &Tuple, row: usize) -> bool {
        tuple.twice > 0 && tuple.seen.get(&self.tuple_code(tuple, row)).is_some_and(|&count| count > 1)
    }

    fn key_faults(&self, row: usize) -> usize {
        let twice = |tuple: &&Tuple| self.is_twice(tuple, row);
        self.tuples.iter().filter(twice).count() + self.equal_parts(row)
    }

    /// Whether a row is at odds with a declared key, so that it cannot stay.
    pub(super) fn breaks_key(&self, row: usize) -> bool {
        let mut declared = self.tuples.iter().filter(|tuple| tuple.holds == Holds::Declared);
        declared.any(|tuple| self.is_twice(tuple, row)) || self.equal_parts(row) > 0
    }

    /// How many pairs of parts a row has that should differ and do not.
    pub(super) fn equal_parts(&self, row: usize) -> usize {
        let same = |pair: &&Unequal| {
            let left = self.code(&pair.left, row);
            left != codes::NULL && left == self.code(&pair.right, row)
        };
        self.unequal.iter().filter(same).count()
    }

    pub(super) fn clashes(&self, row: usize) -> bool {
        self.faults(row) > 0
    }

    pub(super) fn clashing(&self) -> Vec<usize> {
        // The few codes that clash are found sooner among themselves than among all.
        let twice: Vec<_> = self.tuples.iter().map(|tuple| (tuple, tuple.codes_seen_twice())).collect();
        let is_twice = |row| {
            twice
                .iter()
                .any(|(tuple, twice)| !twice.is_empty() && twice.contains(&self.tuple_code(tuple, row)))
        };
        let clashes = |&row: &usize| is_twice(row) || self.equal_parts(row) > 0 || self.broken(row) > 0;
        (0..self.rows).into_par_iter().with_min_len(AT_ONCE).filter(clashes).collect()
    }

    /// Gives a row another parent or position.
    pub(super) fn give(&mut self, part: usize, row: usize, dealt: u32) {
        self.note(row, false);
        self.parts[part].dealt[row] = dealt;
        self.note(row, true);
    }

    pub(super) fn tuple_clashes(&self, number: usize) -> bool {
        self.tuples[number].twice > 0
    }

    pub(super) fn note(&mut self, row: usize, add: bool) {
        for number in 0..self.tuples.len() {
            let code = self.tuple_code(&self.tuples[number], row);
            if code != codes::NULL {
                self.tuples[number].count(code, add);
            }
        }
    }

    /// Exchanges a part between two rows.
    pub(super) fn swap(&mut self, part: usize, a: usize, b: usize) {
        self.note(a, false);
        self.note(b, false);
        self.parts[part].dealt.swap(a, b);
        self.note(a, true);
        self.note(b, true);
    }
}
