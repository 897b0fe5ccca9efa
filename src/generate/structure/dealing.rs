//! Dealing one part of a composite key anew: the largest group first, each group taking the parts of which most are left.

use super::arrange::shuffle;
use super::distinct::{Deal, What};
use super::{Site, codes, scope};
use crate::generate::table::{NONE, Source, Tables};
use crate::rng::Stream;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Steps that dealing anew may take.
const MOST_STEPS: u64 = 4_000_000_000;
/// Values beyond the learned ones that a column may be given.
const MOST_SPARE: usize = 4_096;

/// All that has one code, to be dealt out.
struct Hand {
    left: i64,
    luck: u32,
    cards: Vec<u32>,
    next: usize,
}

impl Deal {
    /// The free parts of a key in the order in which they are dealt anew: columns first, which can have further values;
    /// then foreign keys, those with the fewest parents first, whose many children blur what dealing changes.
    pub(super) fn dealing_order(&self, number: usize) -> Vec<usize> {
        let parts = &self.tuples[number].parts;
        let mut order: Vec<usize> =
            (0..parts.len()).rev().filter(|&at| self.parts[parts[at].0].free).collect();
        order.sort_by_key(|&at| match self.parts[parts[at].0].what {
            What::Column(_) => 0,
            What::Link(_) => parts[at].1.len(),
        });
        order
    }

    /// Deals one part of a key anew, so that it is distinct wherever that is possible.
    pub(super) fn deal_anew(
        &mut self,
        tables: &Tables,
        site: &Site<'_>,
        number: usize,
        at: usize,
        stream: &mut Stream,
    ) {
        let (part, part_codes) = self.tuples[number].parts[at].clone();
        let class = self.parts[part].class.clone();
        let mut classes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for row in 0..self.rows {
            let dealt = self.parts[part].dealt[row] != NONE;
            if dealt && self.tuple_code(&self.tuples[number], row) != codes::NULL {
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
            let hands = self.hands(part, &part_codes, &rows, (extra, groups.first().map_or(0, Vec::len)));
            if (groups.len() as u64).saturating_mul(hands.len() as u64) <= MOST_STEPS {
                self.fill(part, groups, hands, stream);
            }
        }
    }

    /// What a part could have and nobody has yet, by class: it is needed where a group is larger than the number of
    /// different parts in use.
    fn spares(
        &mut self,
        tables: &Tables,
        site: &Site<'_>,
        part: usize,
        most: usize,
    ) -> FxHashMap<u64, Vec<u32>> {
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
        let codes = scope::parent_codes(tables, site, number);
        for (parent, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
            let code = codes.get(parent).copied().unwrap_or(0);
            if code != codes::NOTHING {
                spare.entry(code).or_default().push(parent as u32);
            }
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
        let Source::Drawn(drawn) = &tables.tables[site.table].columns[column] else {
            return FxHashMap::default();
        };
        let known: FxHashSet<u64> = self.parts[part]
            .dealt
            .iter()
            .filter(|&&dealt| dealt != NONE)
            .filter_map(|&dealt| self.code_of(part, dealt))
            .collect();
        let wanted = drawn.sampler.spare().min((known.len() + most) as u64);
        let positions: Vec<_> = (drawn.count..drawn.count + wanted).map(Some).collect();
        let values = drawn.sampler.sample(&positions).into_array(&drawn.data_type);
        let insensitive = tables.schema.tables[site.table].columns[column].case_insensitive;
        let more = |folded: bool| match folded || insensitive {
            true => codes::folded(&values),
            false => codes::codes(&values),
        };
        let first = self.tuples.iter().find(|tuple| tuple.parts.iter().any(|(other, _)| *other == part));
        let fresh = more(first.is_some_and(|tuple| tuple.folded));
        let fresh = fresh.iter().enumerate().filter(|(_, code)| !known.contains(code));
        let cards = fresh.map(|(index, _)| (drawn.count + index as u64) as u32).take(most).collect();
        for tuple in &mut self.tuples {
            for (_, codes) in tuple.parts.iter_mut().filter(|(other, _)| *other == part) {
                codes.truncate(drawn.count as usize);
                codes.extend(more(tuple.folded));
            }
        }
        FxHashMap::from_iter([(0, cards)])
    }

    fn code_of(&self, part: usize, dealt: u32) -> Option<u64> {
        let parts = self.tuples.iter().flat_map(|tuple| &tuple.parts);
        parts.filter(|(other, _)| *other == part).find_map(|(_, codes)| codes.get(dealt as usize).copied())
    }

    /// The different codes of a part among some rows, each with everything dealt under it; then those nobody has. Of values, no more than
    /// the largest group lacks, the lowest first: a day at every hour has its hours, and not those of the days after it.
    fn hands(
        &self,
        part: usize,
        part_codes: &[u64],
        rows: &[usize],
        (spare, largest): (&[u32], usize),
    ) -> Vec<Hand> {
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
        let lacking = match self.parts[part].what {
            What::Column(_) => largest.saturating_sub(hands.len()),
            What::Link(_) => spare.len(),
        };
        hands.extend(spare.iter().take(lacking).map(|&card| Hand {
            left: 0,
            luck: 0,
            cards: vec![card],
            next: 0,
        }));
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
}
