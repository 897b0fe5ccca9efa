//! Keys made of several columns: no two rows may share a tuple.
//!
//! Parts of a tuple (the parent of a foreign key, the position of a drawn column) are first dealt out at random, each
//! with its own exact margin. Rows that clash exchange one part with another row, which keeps every margin. Where a key
//! is so dense that exchanges do not get there (every language of every product), its last part is dealt anew, the
//! largest group first, each group taking the parts of which most are left: the construction of Gale and Ryser (1957), which
//! finds a solution wherever there is one.

use super::arrange::shuffle;
use super::{Site, codes};
use crate::generate::table::{Link, NONE, Positions, Source, Tables};
use crate::plan::ColumnPlan;
use crate::rng::{Key, Stream};
use crate::schema::UniqueKey;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Tries per clashing row before a key is dealt anew.
const TRIES: u32 = 200;
/// Steps that dealing anew may take.
const MOST_STEPS: u64 = 4_000_000_000;
/// Values beyond the learned ones that a column may be given.
const MOST_SPARE: usize = 4_096;

/// One part of tuples, dealt out over the rows.
struct Part {
    what: What,
    /// The parent or position of every row.
    dealt: Vec<u32>,
    /// Rows may exchange this part only inside a class.
    class: Option<Vec<u64>>,
    /// Whether rows may exchange it at all.
    free: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Link(usize),
    Column(usize),
}

/// A unique key: its parts, each with the code of every parent or position.
struct Tuple {
    parts: Vec<(usize, Vec<u64>)>,
    /// Rows to which the key applies (a partial index).
    applies: Option<Vec<bool>>,
    seen: FxHashMap<u64, u32>,
}

/// Two parts that must differ in every row.
struct Unequal {
    left: (usize, Vec<u64>),
    right: (usize, Vec<u64>),
}

struct Deal {
    rows: usize,
    parts: Vec<Part>,
    tuples: Vec<Tuple>,
    unequal: Vec<Unequal>,
}

/// Makes all composite keys of a table distinct. Returns the rows that cannot be kept because the keys have no room for
/// them; the caller takes them out.
pub(crate) fn separate(
    tables: &mut Tables,
    site: &Site<'_>,
    masks: &BTreeMap<usize, Vec<bool>>,
) -> Vec<usize> {
    let keys = composite_keys(tables, site);
    let pairs = unequal_pairs(tables, site);
    if keys.is_empty() && pairs.is_empty() {
        return Vec::new();
    }
    let key = Key::new(site.plan.seed, &[&tables.schema.tables[site.table].name.to_string(), "separate"]);
    let mut stream = key.at(0, 0);
    let mut deal = Deal::new(tables, site, &keys, &pairs, masks);
    deal.count();
    let clashing = deal.clashing().len();
    if clashing * 5 < deal.rows {
        deal.exchange(&mut stream);
    }
    for number in 0..deal.tuples.len() {
        if deal.tuple_clashes(number) {
            deal.deal_anew(tables, site, number, &mut stream);
            deal.count();
        }
    }
    deal.exchange(&mut stream);
    let lost = deal.surplus();
    deal.store(tables, site);
    lost
}

/// The composite unique keys that no column keeps by itself, by their number among the table's unique keys.
fn composite_keys(tables: &Tables, site: &Site<'_>) -> Vec<(usize, UniqueKey)> {
    let table = &tables.schema.tables[site.table];
    let columns = &site.plan.tables[site.table].columns;
    table
        .unique_keys()
        .enumerate()
        .filter(|(_, key)| {
            let alone = key
                .columns
                .iter()
                .any(|&column| matches!(columns[column], ColumnPlan::Drawn { unique: true, .. }));
            let one_link = (0..table.foreign_keys.len()).any(|number| {
                site.one_to_one(number)
                    && table.foreign_keys[number].columns.len() == key.columns.len()
                    && table.foreign_keys[number].columns.iter().all(|column| key.columns.contains(column))
                    && matches!(tables.tables[site.table].links[number], Link::Formula(_))
            });
            !key.columns.is_empty() && !alone && !(one_link && key.predicate.is_none())
        })
        .map(|(number, key)| (number, key.clone()))
        .collect()
}

/// Pairs of inherited columns that a CHECK wants different.
fn unequal_pairs(tables: &Tables, site: &Site<'_>) -> Vec<(usize, usize)> {
    let inherited =
        |column: usize| matches!(tables.tables[site.table].columns[column], Source::Inherited { .. });
    site.plan.tables[site.table]
        .filters
        .iter()
        .flat_map(|(_, predicate)| predicate.unequal_pairs())
        .filter(|&(a, b)| inherited(a) && inherited(b))
        .collect()
}

impl Deal {
    fn new(
        tables: &Tables,
        site: &Site<'_>,
        keys: &[(usize, UniqueKey)],
        pairs: &[(usize, usize)],
        masks: &BTreeMap<usize, Vec<bool>>,
    ) -> Self {
        let rows = tables.tables[site.table].rows as usize;
        let mut deal = Self { rows, parts: Vec::new(), tuples: Vec::new(), unequal: Vec::new() };
        for (number, key) in keys {
            let mut by_part: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &column in &key.columns {
                if let Some(part) = deal.part_of(tables, site, column) {
                    by_part.entry(part).or_default().push(column);
                }
            }
            let parts = by_part
                .into_iter()
                .map(|(part, columns)| (part, deal.part_codes(tables, site, part, &columns)))
                .collect();
            deal.tuples.push(Tuple {
                parts,
                applies: masks.get(number).cloned(),
                seen: FxHashMap::default(),
            });
        }
        for &(a, b) in pairs {
            if let (Some(left), Some(right)) = (deal.part_of(tables, site, a), deal.part_of(tables, site, b))
            {
                let left = (left, deal.part_codes(tables, site, left, &[a]));
                let right = (right, deal.part_codes(tables, site, right, &[b]));
                deal.unequal.push(Unequal { left, right });
            }
        }
        deal
    }

    /// The part that decides a column, dealt as it is now.
    fn part_of(&mut self, tables: &Tables, site: &Site<'_>, column: usize) -> Option<usize> {
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
        let (dealt, free, class) = match what {
            What::Link(number) => {
                let dealt = rows.map(|row| none(tables.parent(site.table, number, row))).collect();
                (dealt, !governs_another(tables, site, number), scope_class(tables, site, number))
            }
            What::Column(column) => {
                let Source::Drawn(drawn) = &tables.tables[site.table].columns[column] else { return None };
                (rows.map(|row| none(drawn.position(row))).collect(), true, None)
            }
        };
        self.parts.push(Part { what, dealt, class, free });
        Some(self.parts.len() - 1)
    }

    /// The code of some columns for every parent or position of a part.
    fn part_codes(&self, tables: &Tables, site: &Site<'_>, part: usize, columns: &[usize]) -> Vec<u64> {
        let each: Vec<Vec<u64>> = columns
            .iter()
            .filter_map(|&column| match (&tables.tables[site.table].columns[column], self.parts[part].what) {
                (Source::Inherited { position, .. }, What::Link(number)) => {
                    let key = &tables.schema.tables[site.table].foreign_keys[number];
                    Some(codes::codes(&tables.all_values(key.parent, key.parent_columns[*position])))
                }
                (Source::Drawn(drawn), What::Column(_)) => {
                    let positions: Vec<_> = (0..drawn.count).map(Some).collect();
                    Some(codes::codes(&drawn.sampler.sample(&positions).into_array(&drawn.data_type)))
                }
                _ => None,
            })
            .collect();
        codes::tuples(&each)
    }

    fn code(&self, (part, codes): &(usize, Vec<u64>), row: usize) -> u64 {
        match self.parts[*part].dealt[row] {
            NONE => codes::NULL,
            dealt => codes[dealt as usize],
        }
    }

    /// The code of a row's tuple; [`codes::NULL`] where the key does not apply.
    fn tuple_code(&self, tuple: &Tuple, row: usize) -> u64 {
        if tuple.applies.as_ref().is_some_and(|applies| !applies[row]) {
            return codes::NULL;
        }
        tuple.parts.iter().map(|part| self.code(part, row)).reduce(codes::join).unwrap_or(codes::NULL)
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
            self.tuples[number].seen = seen;
        }
    }

    fn clashes(&self, row: usize) -> bool {
        let twice = self
            .tuples
            .iter()
            .any(|tuple| tuple.seen.get(&self.tuple_code(tuple, row)).is_some_and(|&count| count > 1));
        twice
            || self.unequal.iter().any(|pair| {
                let left = self.code(&pair.left, row);
                left != codes::NULL && left == self.code(&pair.right, row)
            })
    }

    fn clashing(&self) -> Vec<usize> {
        (0..self.rows).filter(|&row| self.clashes(row)).collect()
    }

    fn tuple_clashes(&self, number: usize) -> bool {
        self.tuples[number].seen.values().any(|&count| count > 1)
    }

    fn note(&mut self, row: usize, add: bool) {
        for number in 0..self.tuples.len() {
            let code = self.tuple_code(&self.tuples[number], row);
            if code == codes::NULL {
                continue;
            }
            let count = self.tuples[number].seen.entry(code).or_insert(0);
            *count = if add { *count + 1 } else { *count - 1 };
        }
    }

    /// Exchanges a part between two rows.
    fn swap(&mut self, part: usize, a: usize, b: usize) {
        self.note(a, false);
        self.note(b, false);
        self.parts[part].dealt.swap(a, b);
        self.note(a, true);
        self.note(b, true);
    }

    /// Lets clashing rows exchange parts until none clashes or tries run out.
    fn exchange(&mut self, stream: &mut Stream) {
        let movable: Vec<usize> = (0..self.parts.len()).rev().filter(|&part| self.parts[part].free).collect();
        if movable.is_empty() {
            return;
        }
        let peers: Vec<Option<FxHashMap<u64, Vec<u32>>>> =
            self.parts.iter().map(|part| part.class.as_ref().map(|class| by_class(class))).collect();
        for row in self.clashing() {
            for attempt in 0..TRIES {
                if !self.clashes(row) {
                    break;
                }
                let part = movable[attempt as usize % movable.len()];
                let other = match (&peers[part], &self.parts[part].class) {
                    (Some(peers), Some(class)) => *stream.pick(&peers[&class[row]]) as usize,
                    _ => stream.below(self.rows as u64) as usize,
                };
                if other == row || self.parts[part].dealt[other] == self.parts[part].dealt[row] {
                    continue;
                }
                let before = self.clashes(other);
                self.swap(part, row, other);
                if self.clashes(row) || (self.clashes(other) && !before) {
                    self.swap(part, row, other);
                }
            }
        }
    }

    /// Deals the last free part of a key anew, so that it is distinct wherever that is possible.
    fn deal_anew(&mut self, tables: &Tables, site: &Site<'_>, number: usize, stream: &mut Stream) {
        let Some(at) = self.tuples[number].parts.iter().rposition(|(part, _)| self.parts[*part].free) else {
            return;
        };
        let (part, part_codes) = self.tuples[number].parts[at].clone();
        let class = self.parts[part].class.clone();
        let mut classes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for row in 0..self.rows {
            if self.tuple_code(&self.tuples[number], row) != codes::NULL {
                classes.entry(class.as_ref().map_or(0, |class| class[row])).or_default().push(row);
            }
        }
        let most = self.tuples[number].seen.len().min(self.rows);
        let spare = self.spares(tables, site, part, most.min(MOST_SPARE));
        for (class_code, rows) in classes {
            let mut groups: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
            for &row in &rows {
                let others = self.tuples[number].parts.iter().enumerate().filter(|(index, _)| *index != at);
                let group = others.map(|(_, other)| self.code(other, row)).reduce(codes::join).unwrap_or(1);
                groups.entry(group).or_default().push(row);
            }
            let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
            groups.sort_by_key(|rows| (std::cmp::Reverse(rows.len()), rows[0]));
            let extra = spare.get(&class_code).map_or(&[][..], Vec::as_slice);
            let hands = self.hands(part, &part_codes, &rows, extra);
            if (groups.len() as u64).saturating_mul(hands.len() as u64) <= MOST_STEPS {
                self.fill(part, groups, hands, stream);
            }
        }
    }

    /// What a part could have and nobody has yet, by class: it is needed where a group is larger than the number of
    /// different parts in use.
    fn spares(&mut self, tables: &Tables, site: &Site<'_>, part: usize, most: usize) -> FxHashMap<u64, Vec<u32>> {
        let number = match self.parts[part].what {
            What::Link(number) => number,
            What::Column(column) => return self.spare_values(tables, site, part, column, most),
        };
        let mut spare: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        let parents = tables.tables[tables.schema.tables[site.table].foreign_keys[number].parent].rows;
        let mut used = vec![false; parents as usize];
        for &dealt in self.parts[part].dealt.iter().filter(|&&dealt| dealt != NONE) {
            used[dealt as usize] = true;
        }
        let codes = super::scope::parent_codes(tables, site, number);
        for (parent, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
            spare.entry(codes.get(parent).copied().unwrap_or(0)).or_default().push(parent as u32);
        }
        spare
    }

    /// Values of a column that its distribution does not hold: as many as the largest group could need.
    fn spare_values(
        &mut self,
        tables: &Tables,
        site: &Site<'_>,
        part: usize,
        column: usize,
        most: usize,
    ) -> FxHashMap<u64, Vec<u32>> {
        let Source::Drawn(drawn) = &tables.tables[site.table].columns[column] else { return FxHashMap::default() };
        let known: FxHashSet<u64> = self.parts[part]
            .dealt
            .iter()
            .filter(|&&dealt| dealt != NONE)
            .filter_map(|&dealt| self.code_of(part, dealt))
            .collect();
        let wanted = drawn.sampler.spare().min((known.len() + most) as u64);
        let positions: Vec<_> = (drawn.count..drawn.count + wanted).map(Some).collect();
        let more = codes::codes(&drawn.sampler.sample(&positions).into_array(&drawn.data_type));
        let fresh = more.iter().enumerate().filter(|(_, code)| !known.contains(code));
        let cards = fresh.map(|(index, _)| (drawn.count + index as u64) as u32).take(most).collect();
        for tuple in &mut self.tuples {
            for (_, codes) in tuple.parts.iter_mut().filter(|(other, _)| *other == part) {
                codes.truncate(drawn.count as usize);
                codes.extend(&more);
            }
        }
        FxHashMap::from_iter([(0, cards)])
    }

    fn code_of(&self, part: usize, dealt: u32) -> Option<u64> {
        let parts = self.tuples.iter().flat_map(|tuple| &tuple.parts);
        parts.filter(|(other, _)| *other == part).find_map(|(_, codes)| codes.get(dealt as usize).copied())
    }

    /// The different codes of a part among some rows, each with everything dealt under it; then those nobody has.
    fn hands(&self, part: usize, part_codes: &[u64], rows: &[usize], spare: &[u32]) -> Vec<Hand> {
        let mut hands: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for &row in rows {
            let dealt = self.parts[part].dealt[row];
            hands.entry(part_codes[dealt as usize]).or_default().push(dealt);
        }
        let mut hands: Vec<Hand> = hands
            .into_values()
            .map(|cards| Hand { left: cards.len() as i64, luck: 0, cards, next: 0 })
            .collect();
        hands.sort_by_key(|hand| hand.cards[0]);
        hands.extend(spare.iter().map(|&card| Hand { left: 0, luck: 0, cards: vec![card], next: 0 }));
        hands
    }

    fn fill(&mut self, part: usize, groups: Vec<Vec<usize>>, mut hands: Vec<Hand>, stream: &mut Stream) {
        for mut rows in groups {
            let size = rows.len().min(hands.len());
            for hand in &mut hands {
                hand.luck = stream.word();
            }
            let order = |a: &Hand, b: &Hand| {
                b.left.cmp(&a.left).then(a.luck.cmp(&b.luck)).then(a.cards[0].cmp(&b.cards[0]))
            };
            if size < hands.len() {
                hands.select_nth_unstable_by(size, order);
            }
            shuffle(&mut rows, stream);
            for (index, &row) in rows.iter().enumerate() {
                // A group larger than the number of different parts keeps its last rows as they are; they are lost.
                if let Some(hand) = hands.get_mut(index).filter(|_| index < size) {
                    self.parts[part].dealt[row] = hand.cards[hand.next % hand.cards.len()];
                    hand.next += 1;
                    hand.left -= 1;
                }
            }
        }
    }

    /// Rows to take out: of every tuple all but its first row, and rows whose parts should differ and do not.
    fn surplus(&mut self) -> Vec<usize> {
        let mut lost = Vec::new();
        for row in self.clashing() {
            if self.clashes(row) {
                self.note(row, false);
                lost.push(row);
            }
        }
        lost.sort_unstable();
        lost
    }

    fn store(self, tables: &mut Tables, site: &Site<'_>) {
        let target = &mut tables.tables[site.table];
        for part in self.parts {
            match part.what {
                What::Link(number) => {
                    if !matches!(target.links[number], Link::Implied { .. } | Link::Missing) {
                        target.links[number] = Link::Listed(part.dealt);
                    }
                }
                What::Column(column) => {
                    if let Source::Drawn(drawn) = &mut target.columns[column] {
                        drawn.positions = Positions::Listed(std::sync::Arc::new(part.dealt));
                    }
                }
            }
        }
    }
}

/// All that has one code, to be dealt out.
struct Hand {
    left: i64,
    luck: u32,
    cards: Vec<u32>,
    next: usize,
}

fn by_class(class: &[u64]) -> FxHashMap<u64, Vec<u32>> {
    let mut peers: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (row, &class) in class.iter().enumerate() {
        peers.entry(class).or_default().push(row as u32);
    }
    peers
}

/// Whether another key of the table has to agree with this one.
fn governs_another(tables: &Tables, site: &Site<'_>, number: usize) -> bool {
    let table = &tables.schema.tables[site.table];
    let columns = &table.foreign_keys[number].columns;
    (0..table.foreign_keys.len()).any(|other| {
        other != number
            && site.scope(other).iter().any(|&at| columns.contains(&table.foreign_keys[other].columns[at]))
    })
}

/// What rows must have in common to exchange the parents of a scoped key.
fn scope_class(tables: &Tables, site: &Site<'_>, number: usize) -> Option<Vec<u64>> {
    let table = &tables.schema.tables[site.table];
    let columns: Vec<usize> =
        site.scope(number).iter().map(|&at| table.foreign_keys[number].columns[at]).collect();
    (!columns.is_empty()).then(|| {
        let each: Vec<_> =
            columns.iter().map(|&column| codes::codes(&tables.all_values(site.table, column))).collect();
        codes::tuples(&each)
    })
}
