//! Columns that one or two others decide: functional dependencies.

use super::Search;
use super::copies::diversity;
use super::view::Codes;
use crate::model::rule::{Rule, Statement};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Rows that would break a dependency by chance: on one column, on two.
const SURPRISE: [f64; 2] = [20.0, 50.0];
/// Rows per different combination of what decides: below, rows hardly meet.
const ROWS_EACH: [f64; 2] = [1.2, 3.0];
/// Rows on which pairs are tried, and the most columns of which all pairs are.
const PAIR_SAMPLE: usize = 20_000;
const MOST_COLUMNS: usize = 48;

/// All dependencies of a table, those that follow from others left out. `computed` columns are not looked at, those
/// `constant` under a foreign key not together with it.
pub(super) fn find(
    search: &Search<'_, '_>,
    computed: &[usize],
    constant: &[(usize, usize)],
    formulas: &[Rule],
) -> Vec<Rule> {
    let this = search.this();
    let columns: Vec<usize> = search
        .written()
        .filter(|&column| this.columns[column].is_known() && this.columns[column].null_rows < this.rows)
        .take(MOST_COLUMNS)
        .collect();
    let targets: Vec<usize> = columns
        .iter()
        .copied()
        .filter(|&column| !computed.contains(&column) && search.may_be_computed(column))
        .collect();
    let finder = Finder { search, columns, targets, constant, formulas };
    let single = finder.singles();
    let pairs = finder.pairs(&single);
    let pairs = best_pairs(pairs, &single);
    let filled = |column: usize| this.columns[column].null_rows == 0;
    let mut rules = merge(reduce(&single, &filled));
    rules.extend(merge(pairs));
    rules
}

/// What decides, what is decided, rows that tell.
type Found = (Vec<usize>, usize, u64);

struct Finder<'a, 'b, 'v> {
    search: &'b Search<'a, 'v>,
    columns: Vec<usize>,
    targets: Vec<usize>,
    constant: &'b [(usize, usize)],
    formulas: &'b [Rule],
}

impl Finder<'_, '_, '_> {
    fn codes(&self, columns: impl IntoIterator<Item = usize>, rows: &[u32]) -> BTreeMap<usize, Codes> {
        let columns: Vec<usize> = columns.into_iter().collect();
        let of = |&column: &usize| (column, self.search.this().columns[column].codes(rows));
        columns.par_iter().map(of).collect()
    }

    /// A foreign key under which the target is constant, or a formula that ties all of them, says it already.
    fn is_said(&self, from: &[usize], to: usize) -> bool {
        let keys = &self.search.schema.tables[self.search.table].foreign_keys;
        let by_parent = |&(key, column): &(usize, usize)| {
            column == to && keys[key].columns.iter().all(|column| from.contains(column))
        };
        let by_formula = |rule: &Rule| match &rule.statement {
            Statement::Formula { column, expression, .. } => {
                let operands = expression.operands();
                let has = |wanted: usize| {
                    *column == wanted || operands.iter().any(|operand| operand.as_own() == Some(wanted))
                };
                has(to) && from.iter().all(|&column| has(column))
            }
            _ => false,
        };
        self.constant.iter().any(by_parent) || self.formulas.iter().any(by_formula)
    }

    fn singles(&self) -> Vec<Found> {
        let sample = self.codes(self.columns.iter().copied(), &self.search.sample);
        let mut open: Vec<(usize, usize)> = Vec::new();
        for &from in &self.columns {
            for &to in self.targets.iter().filter(|&&to| to != from) {
                let (x, y) = (&sample[&from], &sample[&to]);
                let tells = x.different > 1 && y.different > 1;
                if tells && !self.is_said(&[from], to) && decides(x, y).is_some() {
                    open.push((from, to));
                }
            }
        }
        let all: Vec<u32> = (0..self.search.this().rows as u32).collect();
        let involved: BTreeSet<usize> = open.iter().flat_map(|&(from, to)| [from, to]).collect();
        let codes = self.codes(involved, &all);
        let test = |&(from, to): &(usize, usize)| {
            let x = &codes[&from];
            let repeats = decides(x, &codes[&to])?;
            self.is_surprising(repeats, x, &[from], to).then_some((vec![from], to, repeats))
        };
        open.par_iter().filter_map(test).collect()
    }

    fn pairs(&self, single: &[Found]) -> Vec<Found> {
        let rows = self.search.this().rows;
        let some = rows.min(PAIR_SAMPLE);
        let sample: Vec<u32> = (0..some).map(|index| (index * rows / some) as u32).collect();
        let codes = self.codes(self.columns.iter().copied(), &sample);
        let single_of = |from: usize, to: usize| single.iter().any(|(x, y, _)| x[0] == from && *y == to);
        let usable: Vec<usize> = self
            .columns
            .iter()
            .copied()
            .filter(|column| {
                let different = codes[column].different;
                different > 1 && (different as f64) < some as f64 / ROWS_EACH[1]
            })
            .collect();
        let pairs: Vec<(usize, usize)> = usable
            .iter()
            .enumerate()
            .flat_map(|(index, &a)| usable[..index].iter().map(move |&b| (b, a)))
            .filter(|&(a, b)| !single_of(a, b) && !single_of(b, a))
            .collect();
        let open: Vec<(usize, usize, Vec<usize>)> = pairs
            .par_iter()
            .filter_map(|&(a, b)| {
                let joined = join(&codes[&a], &codes[&b]);
                // Rows of a sample meet more rarely than all rows do, hence no test of their number here.
                let to: Vec<usize> = self
                    .targets
                    .iter()
                    .copied()
                    .filter(|&to| to != a && to != b && codes[&to].different > 1)
                    .filter(|&to| !single_of(a, to) && !single_of(b, to) && !self.is_said(&[a, b], to))
                    .filter(|&to| decides(&joined, &codes[&to]).is_some())
                    .collect();
                (!to.is_empty()).then_some((a, b, to))
            })
            .collect();
        self.confirm_pairs(&open)
    }

    fn confirm_pairs(&self, open: &[(usize, usize, Vec<usize>)]) -> Vec<Found> {
        let all: Vec<u32> = (0..self.search.this().rows as u32).collect();
        let involved: BTreeSet<usize> =
            open.iter().flat_map(|(a, b, to)| [*a, *b].into_iter().chain(to.iter().copied())).collect();
        let codes = self.codes(involved, &all);
        open.par_iter()
            .flat_map_iter(|(a, b, to)| {
                let joined = join(&codes[a], &codes[b]);
                let found: Vec<Found> = to
                    .iter()
                    .filter_map(|&to| {
                        let repeats = decides(&joined, &codes[&to])?;
                        self.is_surprising(repeats, &joined, &[*a, *b], to)
                            .then(|| (vec![*a, *b], to, repeats))
                    })
                    .collect();
                found
            })
            .collect()
    }

    /// Whether so many rows that repeat a combination would have differed by chance, among enough subjects.
    fn is_surprising(&self, repeats: u64, x: &Codes, from: &[usize], to: usize) -> bool {
        let this = self.search.this();
        let more = from.len() - 1;
        let filled = |&row: &u32| from.iter().all(|&column| !this.columns[column].is_null(row as usize));
        let tested: Vec<u32> = self.search.sample.iter().copied().filter(filled).collect();
        let mut crowd = self.search.crowd();
        tested.iter().for_each(|&row| crowd.add(row as usize));
        let rows = x.of.iter().filter(|&&code| Some(code) != x.null).count();
        crowd.is_enough()
            && repeats as f64 * diversity(&this.columns[to], &tested) >= SURPRISE[more]
            && rows as f64 >= ROWS_EACH[more] * x.different as f64
    }
}

/// If equal codes on the left always meet equal codes on the right: how many rows repeat a code on the left. Rows that are
/// NULL on the left say nothing.
fn decides(from: &Codes, to: &Codes) -> Option<u64> {
    let mut first = vec![u32::MAX; from.different];
    let mut repeats = 0;
    for (&x, &y) in from.of.iter().zip(&to.of).filter(|&(&x, _)| Some(x) != from.null) {
        let known = &mut first[x as usize];
        if *known == u32::MAX {
            *known = y;
        } else if *known != y {
            return None;
        } else {
            repeats += 1;
        }
    }
    Some(repeats)
}

/// The codes of pairs.
fn join(a: &Codes, b: &Codes) -> Codes {
    let size = a.different as u64 * b.different as u64 + 1;
    let mut of = Vec::with_capacity(a.of.len());
    let mut different = 0u32;
    // All pairs with a NULL are one, the last.
    let pairs = a.of.iter().zip(&b.of).map(|(&x, &y)| {
        let is_null = Some(x) == a.null || Some(y) == b.null;
        if is_null { size - 1 } else { u64::from(x) * b.different as u64 + u64::from(y) }
    });
    let mut null = None;
    if size <= 1 << 21 {
        let mut numbers = vec![u32::MAX; size as usize];
        for pair in pairs {
            let number = &mut numbers[pair as usize];
            if *number == u32::MAX {
                *number = different;
                different += 1;
            }
            of.push(*number);
            if pair == size - 1 {
                null = Some(*number);
            }
        }
    } else {
        let mut numbers = rustc_hash::FxHashMap::default();
        for pair in pairs {
            let number = *numbers.entry(pair).or_insert_with(|| {
                different += 1;
                different - 1
            });
            of.push(number);
            if pair == size - 1 {
                null = Some(number);
            }
        }
    }
    Codes { of, different: different as usize, null }
}

/// Leaves out what follows from the rest. Columns that decide each other are a class; one of them speaks for it.
/// `filled` says whether a column is never NULL: only through such a one does one dependency follow from two.
fn reduce(found: &[Found], filled: &dyn Fn(usize) -> bool) -> Vec<Found> {
    let edges: BTreeSet<(usize, usize)> = found.iter().map(|(from, to, _)| (from[0], *to)).collect();
    let has = |from: usize, to: usize| edges.contains(&(from, to));
    let both = |a: usize, b: usize| a == b || (has(a, b) && has(b, a) && filled(a) && filled(b));
    let speaker = |column: usize| {
        edges.iter().map(|&(from, _)| from).filter(|&other| both(column, other)).fold(column, usize::min)
    };
    let is_kept = |found: &&Found| {
        let (x, z) = (found.0[0], found.1);
        if both(x, z) {
            return speaker(x) == x || speaker(x) == z;
        }
        let between =
            |&(_, y): &(usize, usize)| filled(y) && has(x, y) && has(y, z) && !both(x, y) && !both(y, z);
        speaker(x) == x && speaker(z) == z && !edges.iter().any(between)
    };
    found.iter().filter(is_kept).cloned().collect()
}

/// Of the pairs that decide a column the one that most rows tell of. A column that another decides by itself needs none: two
/// ways to it are kept apart by what is drawn, and more would only be in each other's way.
fn best_pairs(pairs: Vec<Found>, single: &[Found]) -> Vec<Found> {
    let mut best: BTreeMap<usize, Found> = BTreeMap::new();
    for found in pairs {
        if single.iter().any(|(_, to, _)| *to == found.1) {
            continue;
        }
        let known = best.entry(found.1).or_insert_with(|| found.clone());
        if found.2 > known.2 {
            *known = found;
        }
    }
    // Two columns that need each other would turn in a circle.
    let pairs: Vec<Found> = best.into_values().collect();
    let needs = |found: &Found, to: usize| found.0.contains(&to);
    pairs
        .iter()
        .enumerate()
        .filter(|(index, found)| {
            !pairs[..*index].iter().any(|other| needs(other, found.1) && needs(found, other.1))
        })
        .map(|(_, found)| found.clone())
        .collect()
}

/// One rule for all that the same columns decide.
fn merge(found: Vec<Found>) -> Vec<Rule> {
    let mut by_from: BTreeMap<Vec<usize>, (Vec<usize>, u64)> = BTreeMap::new();
    for (from, to, rows) in found {
        let entry = by_from.entry(from).or_insert((Vec::new(), rows));
        entry.0.push(to);
    }
    by_from
        .into_iter()
        .map(|(from, (mut to, rows))| {
            to.sort_unstable();
            Rule { statement: Statement::Dependency { from, to }, rows }
        })
        .collect()
}
