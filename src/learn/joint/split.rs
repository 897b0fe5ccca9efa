//! The best split of a node's rows, by what it saves in a two-part code.
//!
//! A split saves `n·H(class) − Σ nᵢ·H(class | side)` nats of the rows' code and costs what it takes to tell a second
//! distribution, `½·(K − 1)·ln n` (Rissanen: "A universal prior for integers", Annals of Statistics 11, 1983), and which split it is.

use super::counts::{self, Counts};
use super::direction::by_direction;
use super::prefix::{Prefix, Resolution, Sorted, Table, best_prefix};
use crate::model::MOST_CLASSES;

/// How many times its cost a split has to save: the dial between likeness and closeness to single rows. Measured on rows
/// that no part of growing saw, over the columns of fifteen tables of 77 to 20,000 rows, in nats per row summed over tables:
/// 0.5 gains 113.3 (and fits its own rows better than others by 14.5), 0.7 111.3 (10.7), 1 108.2 (8.7), 2 97.7 (6.7),
/// 4 85.5 (5.6), 10 71.0 (5.2). Held-out rows prune what was grown too readily. Below 0.7 tables of three or four numbers come
/// closer to single rows than a sample would (`docs/model.md`).
pub(super) const STRICTNESS: f64 = 0.7;

/// Into so many groups classes are also put together: a split that shifts a distribution shows in a few groups already, and
/// those are cheaper to tell than 64 classes.
pub(super) const GROUPS: usize = 8;

/// Rows are sorted by their bins, in place of being counted, where so many times as many are fewer than bins times classes.
const SPARSE: usize = 3;

/// Rows of so many classes are told apart by these: they say enough of each other.
const ENOUGH_CLASSES: u32 = 32;

/// Two sides of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    /// Which feature.
    pub feature: usize,
    /// The classes that are inside, one bit each.
    pub set: u64,
    /// What it saves in nats, its cost taken off.
    pub score: f64,
}

impl Split {
    /// Whether a class is inside.
    pub(super) fn contains(&self, class: u8) -> bool {
        self.set >> class & 1 == 1
    }
}

/// What is to be told of rows.
pub(super) struct Told<'a> {
    /// The class of each.
    pub classes: &'a [u8],
    /// The token of each, which is told where rows are few, or of one class; empty where classes say it all.
    pub tokens: &'a [u16],
    /// The class of each token there is.
    pub class_of: &'a [u8],
    /// Whether classes have an order.
    pub ordered: bool,
}

/// Looks for splits. Holds the buffers that all nodes share.
pub(super) struct Finder<'a> {
    told: Told<'a>,
    codes: &'a [Vec<u8>],
    ordered: Vec<bool>,
    /// The feature of which each is a detail.
    of: Vec<(Option<usize>, f64)>,
    /// Features that have no whole.
    wholes: usize,
    /// Classes that occur in a feature: 1 + the largest.
    bins: Vec<usize>,
    /// n·ln n.
    n_log_n: &'a [f64],
    /// By row of the node: its class, counted over those that occur in the node.
    local: Vec<u8>,
    /// By token: rows of the node; all 0 between nodes.
    by_token: Vec<u32>,
    /// By token: its number in the node.
    numbers: Vec<u8>,
    cells: Vec<u32>,
    grouped: Vec<u32>,
    sorted: Sorted,
}

impl<'a> Finder<'a> {
    /// `n_log_n` is n·ln n for as many rows as there are.
    pub(super) fn new(
        told: Told<'a>,
        codes: &'a [Vec<u8>],
        (ordered, of): (Vec<bool>, Vec<(Option<usize>, f64)>),
        n_log_n: &'a [f64],
    ) -> Self {
        let bins =
            codes.iter().map(|codes| codes.iter().max().map_or(0, |&max| usize::from(max) + 1)).collect();
        let wholes = of.iter().filter(|of| of.0.is_none()).count();
        Self {
            told,
            codes,
            ordered,
            of,
            wholes,
            bins,
            n_log_n,
            local: Vec::new(),
            by_token: Vec::new(),
            numbers: Vec::new(),
            cells: Vec::new(),
            grouped: Vec::new(),
            sorted: Sorted::default(),
        }
    }

    /// The best split of each feature that pays for itself with at least `least` rows on both sides, the best first.
    /// Rows that are `counted` already are not counted again.
    pub(super) fn splits(&mut self, rows: &[u32], counted: Option<&Counts>, least: usize) -> Vec<Split> {
        let found = self.found(rows, counted, least);
        let is_told = found.is_empty() && counted.is_some() && !self.told.tokens.is_empty();
        if is_told { self.found(rows, None, least) } else { found }
    }

    fn found(&mut self, rows: &[u32], counted: Option<&Counts>, least: usize) -> Vec<Split> {
        let totals = match counted {
            Some(counts) => counts.totals.clone(),
            None if self.told.tokens.is_empty() => self.localise(rows),
            None => self.localise_tokens(rows),
        };
        let fine = self.resolution(totals, rows.len());
        let mut found: Vec<Split> = Vec::new();
        if fine.present < 2 {
            return found;
        }
        let groups = self.groups(&fine.totals);
        let coarse = (fine.present > GROUPS).then(|| self.coarsen(&fine, &groups, rows.len()));
        let worth_it = |resolution: &Resolution| {
            resolution.entropy.min(rows.len() as f64 * std::f64::consts::LN_2) > STRICTNESS * resolution.cost
        };
        let (mut cells, mut grouped) = (std::mem::take(&mut self.cells), std::mem::take(&mut self.grouped));
        for feature in (0..self.codes.len()).filter(|&feature| self.bins[feature] > 1) {
            if self.of[feature].0.is_some_and(|whole| !self.is_one_class(whole, rows)) {
                continue;
            }
            let is_sparse = SPARSE * rows.len() < self.bins[feature] * fine.totals.len();
            if counted.is_none() && self.ordered[feature] && is_sparse {
                let mut sorted = std::mem::take(&mut self.sorted);
                sorted.sort(rows, &self.local, &self.codes[feature]);
                let coarse = coarse.as_ref().map(|coarse| (coarse, Some(groups.as_slice())));
                let tried = [Some((&fine, None)), coarse].into_iter().flatten();
                let tried = tried.filter(|(resolution, _)| worth_it(resolution));
                let best = tried.filter_map(|(resolution, groups)| {
                    self.best_of_sorted(feature, &sorted, resolution, (groups, least))
                });
                found.extend(best.reduce(|a, b| if b.score > a.score { b } else { a }));
                self.sorted = sorted;
                continue;
            }
            let table = match counted {
                Some(counts) if self.of[feature].0.is_none() => counts.table(feature),
                Some(_) => self.count_raw(feature, rows, fine.totals.len(), &mut cells),
                None => self.count(feature, rows, fine.totals.len(), &mut cells),
            };
            let mut best = Vec::with_capacity(2);
            if worth_it(&fine) {
                best.extend(self.best(feature, &table, &fine, least));
            }
            if let Some(coarse) = coarse.as_ref().filter(|coarse| worth_it(coarse)) {
                let table = grouped_by(&groups, &table, coarse.totals.len(), &mut grouped);
                best.extend(self.best(feature, &table, coarse, least));
            }
            found.extend(best.into_iter().reduce(|a, b| if b.score > a.score { b } else { a }));
        }
        (self.cells, self.grouped) = (cells, grouped);
        let value = |split: &Split| split.score * self.of[split.feature].1;
        found.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.feature.cmp(&b.feature)));
        found
    }

    /// Whether rows differ in nothing but the detail of a feature.
    fn is_one_class(&self, feature: usize, rows: &[u32]) -> bool {
        let codes = &self.codes[feature];
        rows.iter().all(|&row| codes[row as usize] == codes[rows[0] as usize])
    }

    /// Counts rows whose counts are to be kept: of features that have no whole.
    pub(super) fn counts(&self, rows: &[u32]) -> Counts {
        Counts::of(rows, self.told.classes, &self.codes[..self.wholes], &self.bins)
    }

    /// What was counted of all rows of a node, for those of one of its children and for the others.
    pub(super) fn divide(&self, counts: Counts, child: &[u32]) -> (Counts, Counts) {
        counts.split(child, self.told.classes, &self.codes[..self.wholes], &self.bins)
    }

    /// Numbers the classes that occur; how many rows each has.
    fn localise(&mut self, rows: &[u32]) -> Vec<u32> {
        let classes = self.told.classes;
        let mut totals = [0u32; 64];
        rows.iter().for_each(|&row| totals[usize::from(classes[row as usize])] += 1);
        let mut number = [0u8; 64];
        let mut present = Vec::new();
        for (class, &count) in totals.iter().enumerate().filter(|(_, count)| **count > 0) {
            number[class] = present.len() as u8;
            present.push(count);
        }
        self.local.clear();
        self.local.extend(rows.iter().map(|&row| number[usize::from(classes[row as usize])]));
        present
    }

    /// Numbers the tokens that occur, as classes of the node: where they are too many, neighbours together or the rarest. Returns
    /// how many rows each has.
    fn localise_tokens(&mut self, rows: &[u32]) -> Vec<u32> {
        self.by_token.resize(self.told.class_of.len(), 0);
        self.numbers.resize(self.told.class_of.len(), 0);
        let mut present: Vec<u16> = Vec::new();
        for &row in rows {
            let token = self.told.tokens[row as usize];
            if self.by_token[usize::from(token)] == 0 {
                present.push(token);
            }
            self.by_token[usize::from(token)] += 1;
        }
        let most = MOST_CLASSES as u64 - 1;
        let is_many = present.len() > MOST_CLASSES;
        let classes =
            present.iter().fold(0u64, |set, &token| set | 1 << self.told.class_of[usize::from(token)]);
        if is_many && classes.count_ones() >= ENOUGH_CLASSES {
            present.iter().for_each(|&token| self.by_token[usize::from(token)] = 0);
            return self.localise(rows);
        }
        match self.told.ordered || !is_many {
            true => present.sort_unstable(),
            false => present
                .sort_unstable_by_key(|&token| (std::cmp::Reverse(self.by_token[usize::from(token)]), token)),
        }
        let (mut before, mut totals) = (0u64, vec![0u32; present.len().min(MOST_CLASSES)]);
        for (rank, &token) in present.iter().enumerate() {
            let count = std::mem::take(&mut self.by_token[usize::from(token)]);
            let number = match is_many {
                false => rank as u64,
                true if self.told.ordered => (2 * before + u64::from(count)) * most / (2 * rows.len() as u64),
                true => (rank as u64).min(most),
            };
            before += u64::from(count);
            self.numbers[usize::from(token)] = number as u8;
            totals[number as usize] += count;
        }
        self.local.clear();
        let number = |&row: &u32| self.numbers[usize::from(self.told.tokens[row as usize])];
        self.local.extend(rows.iter().map(number));
        totals
    }

    fn resolution(&self, totals: Vec<u32>, rows: usize) -> Resolution {
        let inside: f64 = totals.iter().map(|&count| self.n_log_n[count as usize]).sum();
        let present = totals.iter().filter(|&&count| count > 0).count();
        let cost = 0.5 * (present as f64 - 1.0) * libm::log(rows as f64);
        Resolution { entropy: self.n_log_n[rows] - inside, cost, present, totals }
    }

    /// The group of each class: neighbours of about equal rows where classes have an order, else the most frequent ones
    /// by themselves and all others together.
    fn groups(&self, totals: &[u32]) -> Vec<u8> {
        let all: u64 = totals.iter().map(|&count| u64::from(count)).sum();
        if self.told.ordered {
            let mut before = 0u64;
            let group = |&count: &u32| {
                let middle = before + u64::from(count) / 2;
                before += u64::from(count);
                (middle * GROUPS as u64 / all.max(1)).min(GROUPS as u64 - 1) as u8
            };
            return totals.iter().map(group).collect();
        }
        let mut order: Vec<usize> = (0..totals.len()).collect();
        order.sort_by_key(|&class| (std::cmp::Reverse(totals[class]), class));
        let mut groups = vec![0; totals.len()];
        order.into_iter().enumerate().for_each(|(rank, class)| groups[class] = rank.min(GROUPS - 1) as u8);
        groups
    }

    fn coarsen(&self, fine: &Resolution, groups: &[u8], rows: usize) -> Resolution {
        let mut totals = vec![0; GROUPS];
        fine.totals.iter().zip(groups).for_each(|(count, &group)| totals[usize::from(group)] += count);
        // A single group costs as much as two: whatever it is split by has to pay for something.
        let mut coarse = self.resolution(totals, rows);
        coarse.cost = 0.5 * (coarse.present as f64 - 1.0).max(1.0) * libm::log(rows as f64);
        coarse
    }

    /// Counts a feature of a node whose classes are numbered.
    fn count<'c>(&self, feature: usize, rows: &[u32], classes: usize, cells: &'c mut Vec<u32>) -> Table<'c> {
        cells.clear();
        cells.resize(self.bins[feature] * classes, 0);
        counts::count(cells, classes, rows, &self.local, &self.codes[feature]);
        Table { cells, classes }
    }

    /// The same of a node whose classes are counted as they are.
    fn count_raw<'c>(
        &self,
        feature: usize,
        rows: &[u32],
        classes: usize,
        cells: &'c mut Vec<u32>,
    ) -> Table<'c> {
        cells.clear();
        cells.resize(self.bins[feature] * classes, 0);
        for &row in rows {
            let code = usize::from(self.codes[feature][row as usize]);
            cells[code * classes + usize::from(self.told.classes[row as usize])] += 1;
        }
        Table { cells, classes }
    }

    /// The best split of one feature at one resolution.
    fn best(&self, feature: usize, table: &Table, resolution: &Resolution, least: usize) -> Option<Split> {
        let bins: Vec<usize> =
            (0..self.bins[feature]).filter(|&bin| table.row(bin).iter().any(|&count| count > 0)).collect();
        if bins.len() < 2 {
            return None;
        }
        let (best, tries) = if self.ordered[feature] {
            self.best_threshold(table, resolution, &bins, least)
        } else {
            self.best_set(table, resolution, &bins, least)
        };
        self.worthy(feature, best?, resolution, tries)
    }

    /// The same of an ordered feature by which rows are sorted.
    fn best_of_sorted(
        &self,
        feature: usize,
        sorted: &Sorted,
        resolution: &Resolution,
        (groups, least): (Option<&[u8]>, usize),
    ) -> Option<Split> {
        if sorted.bins.len() < 2 {
            return None;
        }
        let prefix = |without: usize| sorted.best_prefix(resolution, groups, self.n_log_n, (without, least));
        let has_null = sorted.bins[0].0 == 0;
        let values = sorted.bins.len() - usize::from(has_null);
        let with_null = if has_null { prefix(0) } else { None };
        let best = prefix(usize::from(has_null));
        let best = with_null.into_iter().chain(best).reduce(|a, b| if b.gain > a.gain { b } else { a })?;
        let tries = libm::log((values * (1 + usize::from(has_null))) as f64);
        self.worthy(feature, upwards(best), resolution, tries)
    }

    /// What is left of a gain when its cost is paid.
    fn worthy(&self, feature: usize, best: Prefix, resolution: &Resolution, tries: f64) -> Option<Split> {
        let which = libm::log(self.wholes as f64);
        let score = best.gain - STRICTNESS * (resolution.cost + which + tries);
        (score > 0.0).then_some(Split { feature, set: best.set, score })
    }

    /// The best threshold, with NULL on either side, and ln of how many there were.
    fn best_threshold(
        &self,
        table: &Table,
        resolution: &Resolution,
        bins: &[usize],
        least: usize,
    ) -> (Option<Prefix>, f64) {
        let has_null = bins[0] == 0;
        let values = if has_null { &bins[1..] } else { bins };
        let mut best = best_prefix(table, resolution, self.n_log_n, values.iter().copied(), least);
        if has_null {
            let with_null = best_prefix(table, resolution, self.n_log_n, bins.iter().copied(), least);
            best = with_null.into_iter().chain(best).reduce(|a, b| if b.gain > a.gain { b } else { a });
        }
        (best.map(upwards), libm::log((values.len() * (1 + usize::from(has_null))) as f64))
    }

    /// The best set of nominal bins, and ln of how many there were: as their order was chosen after the fact, any might
    /// have come.
    fn best_set(
        &self,
        table: &Table,
        resolution: &Resolution,
        bins: &[usize],
        least: usize,
    ) -> (Option<Prefix>, f64) {
        let order = by_direction(table, bins, &resolution.totals);
        let mut best = best_prefix(table, resolution, self.n_log_n, order.into_iter(), least);
        if let Some(best) = best.as_mut().filter(|best| best.is_most) {
            // Classes that do not occur here go where most rows go.
            best.set |= !bins.iter().fold(0, |set, bin| set | 1 << bin);
        }
        (best, bins.len() as f64 * std::f64::consts::LN_2)
    }
}

/// Classes that do not occur among the rows of a threshold go where their neighbours below go.
fn upwards(best: Prefix) -> Prefix {
    let highest = 63 - best.set.leading_zeros();
    Prefix { set: best.set & 1 | (u64::MAX >> (63 - highest)) & !1, ..best }
}

/// The same counts by the groups of classes.
fn grouped_by<'c>(groups: &[u8], table: &Table, used: usize, grouped: &'c mut Vec<u32>) -> Table<'c> {
    grouped.clear();
    grouped.resize(table.cells.len() / groups.len() * used, 0);
    for (cells, grouped) in table.cells.chunks(groups.len()).zip(grouped.chunks_mut(used)) {
        for (&count, &group) in cells.iter().zip(groups) {
            grouped[usize::from(group)] += count;
        }
    }
    Table { cells: grouped, classes: used }
}
