//! Which sums tell of a target: linear regression on what is known of its row already, the most telling terms first.

mod regression;

use super::grow::{Rows, Target, structure_rows};
use super::screen;
use crate::model::additive::{Adder, ONE, Scale, Sum, Term, measure_of_class, measures};
use crate::model::privacy::{self, Crowd};
use crate::model::{Codec, ColumnModel, Feature, Field, MOST_CLASSES};
use std::borrow::Cow;

/// Rows that a regression is fitted to.
const FITTED: usize = 4_000;
/// Of more rows, a tree learns what columns say together leaf by leaf, and more exactly.
const MOST_ROWS: usize = 10_000;
/// Terms of a sum, and the rows that there have to be for each.
const MOST_TERMS: usize = 16;
const ROWS_PER_TERM: usize = 20;
/// How many rows with the mean the classes of a feature without order lean on.
const SHRUNK: f64 = 20.0;

/// What is known of the table.
pub(super) struct Known<'a> {
    pub columns: &'a [ColumnModel],
    /// The tokens of a field of the row, by row of the table.
    pub own: &'a dyn Fn(Field) -> Option<&'a [u16]>,
    /// Rows that are shown once more after all others, and the first siblings that they stand for.
    pub firsts: &'a [(u32, u32)],
    pub is_ordered: &'a dyn Fn(&Feature) -> bool,
}

/// Something that may become a term: what it looks at, and the token or class of every row.
struct Candidate<'a> {
    of: &'a Feature,
    seen: Seen<'a>,
    is_ordered: bool,
}

enum Seen<'a> {
    Tokens(&'a [u16], &'a [(u32, u32)]),
    Classes(&'a [u8]),
}

impl Seen<'_> {
    fn at(&self, row: u32) -> u16 {
        match self {
            Self::Classes(classes) => u16::from(classes[row as usize]),
            Self::Tokens(tokens, firsts) => match (row as usize).checked_sub(tokens.len()) {
                Some(again) => tokens[firsts[again].0 as usize],
                None => tokens[row as usize],
            },
        }
    }
}

/// The sum that tells more of a target than anything in it does by itself, with its classes by row.
pub(super) fn sum<'a>(
    known: &'a Known<'a>,
    (field, target): (Field, &'a Target<'a>),
    (features, codes): (&'a [Feature], &'a [Cow<'a, [u8]>]),
    rows: &'a Rows<'a>,
) -> Option<(Sum, Vec<u8>)> {
    if rows.picked().rows.len() > MOST_ROWS {
        return None;
    }
    let looked_at = structure_rows(rows.held_out, FITTED);
    let fitted: Vec<u32> = looked_at
        .iter()
        .copied()
        .filter(|&row| target.codec.class(target.tokens[row as usize]) > 0)
        .collect();
    let mut fit = Fit { known, target, candidates: Vec::new(), looked_at, fitted, seen: Vec::new(), rows };
    let told =
        |fit: &Fit<'_>, codes: &[u8]| fit.information(fit.fitted.iter().map(|&row| codes[row as usize]));
    let mut alone = 0.0f64;
    for (of, codes) in features.iter().zip(codes) {
        if let Some(candidate) = candidate(known, of, codes) {
            let information = told(&fit, codes);
            if information > 0.0 {
                fit.candidates.push(candidate);
            }
            alone = alone.max(information);
        }
    }
    if fit.candidates.iter().filter(|candidate| candidate.is_ordered).count() < 2
        || fit.fitted.len() < 2 * ROWS_PER_TERM
    {
        return None;
    }
    fit.seen = fit.candidates.iter().map(|candidate| fit.see(candidate)).collect();
    let tried = fit.aims(field).into_iter().filter_map(|(scale, aim)| fit.sum(scale, &aim));
    let best = tried
        .map(|sum| (fit.information(fit.classes(&sum, &fit.fitted).into_iter()), sum))
        .reduce(|best, other| if other.0 > best.0 { other } else { best });
    let (_, sum) = best.filter(|best| best.0 > alone)?;
    let all: Vec<u32> = (0..target.tokens.len() as u32).collect();
    let classes = fit.classes(&sum, &all);
    Some((sum, classes))
}

fn candidate<'a>(known: &Known<'a>, of: &'a Feature, codes: &'a [u8]) -> Option<Candidate<'a>> {
    let Feature::Of { path, field } = of else { return None };
    if !path.is_empty() {
        return None;
    }
    let is_ordered = (known.is_ordered)(of);
    let seen = match field {
        Field::Column(_) if is_ordered => Seen::Tokens((known.own)(*field)?, known.firsts),
        _ => Seen::Classes(codes),
    };
    Some(Candidate { of, seen, is_ordered })
}

/// One target under way.
struct Fit<'a> {
    known: &'a Known<'a>,
    target: &'a Target<'a>,
    candidates: Vec<Candidate<'a>>,
    /// The rows whose sums are looked at.
    looked_at: Vec<u32>,
    /// Those of them of which the target is known.
    fitted: Vec<u32>,
    /// By candidate: the tokens or classes of the fitted rows, and which of the first of them enough rows have.
    seen: Vec<(Vec<u16>, Vec<bool>)>,
    rows: &'a Rows<'a>,
}

/// What one column of a regression stands for.
enum Part {
    /// The measure of a candidate.
    Measure(usize),
    /// Whether it is unknown.
    Unknown(usize),
    /// What its classes add.
    Classes(usize, Vec<i64>),
}

impl Fit<'_> {
    /// What to fit sums to, by row, on which scales: the target's measure, or whether it has its most frequent class.
    fn aims(&self, field: Field) -> Vec<(Scale, Vec<f64>)> {
        let codec = self.target.codec;
        let token = |row: &u32| usize::from(self.target.tokens[*row as usize]);
        if codec.ordered {
            let marginal = match field {
                Field::Column(column) => self.known.columns.get(column).map(|column| &column.marginal),
                _ => None,
            };
            let scaled = |scale| {
                let measures = measures(&codec.rows, marginal, scale);
                (scale, self.fitted.iter().map(|row| measures[token(row)] as f64 / ONE as f64).collect())
            };
            return [Scale::Rank, Scale::Value, Scale::Logarithm].into_iter().map(scaled).collect();
        }
        let mut counts = [0usize; MOST_CLASSES];
        self.fitted.iter().for_each(|row| counts[usize::from(codec.classes[token(row)])] += 1);
        let most = (0..MOST_CLASSES).rev().max_by_key(|&class| counts[class]).unwrap_or(0);
        let is_most = |row: &u32| f64::from(u8::from(usize::from(codec.classes[token(row)]) == most));
        let aim: Vec<f64> = self.fitted.iter().map(is_most).collect();
        vec![(Scale::Rank, aim.clone()), (Scale::Value, aim)]
    }

    /// The sum that comes closest to an aim.
    fn sum(&self, scale: Scale, aim: &[f64]) -> Option<Sum> {
        let mut parts = Vec::new();
        let mut columns = Vec::new();
        for (number, candidate) in self.candidates.iter().enumerate() {
            let (seen, shared) = &self.seen[number];
            let measures = match candidate.is_ordered {
                true => self.measures(candidate, scale),
                false => self.means(seen, shared, aim),
            };
            let unknown = |token: &u16| f64::from(u8::from(*token == 0));
            if shared[0] {
                columns.push(seen.iter().map(unknown).collect());
                parts.push(Part::Unknown(number));
            }
            columns
                .push(seen.iter().map(|&token| measures[usize::from(token)] as f64 / ONE as f64).collect());
            parts.push(match candidate.is_ordered {
                true => Part::Measure(number),
                false => Part::Classes(number, measures),
            });
        }
        let most = MOST_TERMS.min(aim.len() / ROWS_PER_TERM);
        let weights = regression::forward(&columns, aim, most);
        let mut terms: Vec<(usize, Term)> = Vec::new();
        for (column, weight) in weights {
            let (Part::Measure(number) | Part::Unknown(number) | Part::Classes(number, _)) = parts[column];
            let at = terms.iter().position(|term| term.0 == number).unwrap_or_else(|| {
                let of = self.candidates[number].of.clone();
                terms.push((number, Term { of, weight: 0, unknown: 0, classes: Vec::new() }));
                terms.len() - 1
            });
            let (term, weight) = (&mut terms[at].1, (weight * ONE as f64) as i64);
            match &parts[column] {
                Part::Measure(_) => term.weight = weight,
                Part::Unknown(_) => term.unknown = weight,
                Part::Classes(_, measures) => {
                    term.classes = measures.iter().skip(1).map(|measure| weight * measure / ONE).collect();
                }
            }
        }
        // Without classes of its own, what has no order would be taken for ordered.
        terms.retain(|(number, term)| self.candidates[*number].is_ordered || !term.classes.is_empty());
        let terms: Vec<Term> = terms.into_iter().map(|term| term.1).collect();
        let sum = Sum { scale, terms, cuts: Vec::new() };
        (sum.terms.len() > 1).then(|| self.cut(sum)).filter(|sum| !sum.cuts.is_empty())
    }

    fn see(&self, candidate: &Candidate<'_>) -> (Vec<u16>, Vec<bool>) {
        let seen: Vec<u16> = self.fitted.iter().map(|&row| candidate.seen.at(row)).collect();
        let shared = self.shared(&seen);
        (seen, shared)
    }

    fn measures(&self, candidate: &Candidate<'_>, scale: Scale) -> Vec<i64> {
        match (candidate.of, &candidate.seen) {
            (Feature::Of { field: Field::Column(column), .. }, Seen::Tokens(..)) => {
                let column = &self.known.columns[*column];
                Codec::rows_of_column(column)
                    .map_or(Vec::new(), |(_, rows)| measures(&rows, Some(&column.marginal), scale))
            }
            _ => std::iter::once(0).chain((1..MOST_CLASSES as u8).map(measure_of_class)).collect(),
        }
    }

    /// The mean of the aim by class, less that of all rows; 0 for classes that too few share.
    fn means(&self, seen: &[u16], shared: &[bool], aim: &[f64]) -> Vec<i64> {
        let mean = aim.iter().sum::<f64>() / (aim.len() as f64).max(1.0);
        let mut sums = vec![(0.0, 0.0); MOST_CLASSES];
        for (&class, aim) in seen.iter().zip(aim) {
            let sum = &mut sums[usize::from(class)];
            *sum = (sum.0 + 1.0, sum.1 + aim - mean);
        }
        let of = |(class, (rows, sum)): (usize, (f64, f64))| {
            let is_told = class > 0 && shared[class];
            if is_told { (sum / (rows + SHRUNK) * ONE as f64) as i64 } else { 0 }
        };
        sums.into_iter().enumerate().map(of).collect()
    }

    /// Which classes enough fitted rows and subjects have.
    fn shared(&self, seen: &[u16]) -> Vec<bool> {
        let mut crowds: Vec<(Crowd, usize)> =
            (0..MOST_CLASSES).map(|_| (Crowd::new(self.rows.privacy), 0)).collect();
        for (&class, &row) in seen.iter().zip(&self.fitted) {
            if let Some((crowd, rows)) = crowds.get_mut(usize::from(class)) {
                *rows += 1;
                if !crowd.is_enough() {
                    crowd.add(self.rows.subjects[row as usize]);
                }
            }
        }
        let is_enough = |(crowd, rows): (Crowd, usize)| self.rows.privacy.leaf_allowed(rows, crowd.len());
        crowds.into_iter().map(is_enough).collect()
    }

    /// Cuts a sum into classes of about as many rows, none of too few.
    fn cut(&self, mut sum: Sum) -> Sum {
        let (adder, terms) = (Adder::new(&sum, self.known.columns), self.terms(&sum));
        let of = |&row: &u32| {
            let sum = adder.sum(|at| terms[at].map_or(0, |candidate| candidate.seen.at(row)))?;
            Some((sum, self.rows.subjects[row as usize]))
        };
        let mut sums: Vec<(i64, u32)> = self.looked_at.iter().filter_map(of).collect();
        sums.sort_unstable();
        sum.cuts = cuts(&sums, self.rows.privacy);
        sum
    }

    /// What the terms of a sum look at.
    fn terms(&self, sum: &Sum) -> Vec<Option<&Candidate<'_>>> {
        let term = |term: &Term| self.candidates.iter().find(|candidate| *candidate.of == term.of);
        sum.terms.iter().map(term).collect()
    }

    /// The classes of a sum for some rows.
    fn classes(&self, sum: &Sum, rows: &[u32]) -> Vec<u8> {
        let (adder, terms) = (Adder::new(sum, self.known.columns), self.terms(sum));
        let known = |row: u32| adder.class(|at| terms[at].map_or(0, |candidate| candidate.seen.at(row)));
        rows.iter().map(|&row| known(row)).collect()
    }

    /// What classes tell of the target's, by fitted row.
    fn information(&self, codes: impl Iterator<Item = u8>) -> f64 {
        let codec = self.target.codec;
        let classes: Vec<u8> =
            self.fitted.iter().map(|&row| codec.class(self.target.tokens[row as usize])).collect();
        screen::information(&classes, codes, &self.rows.picked().n_log_n)
    }
}

/// Where classes of ascending sums begin.
fn cuts(sums: &[(i64, u32)], privacy: privacy::Settings) -> Vec<i64> {
    let quota = sums.len().div_ceil(MOST_CLASSES - 1).max(privacy.leaf_rows());
    let mut cuts = Vec::new();
    let (mut rows, mut crowd) = (0, Crowd::new(privacy));
    for (at, pair) in sums.windows(2).enumerate() {
        rows += 1;
        crowd.add(pair[0].1);
        let is_full = rows >= quota && crowd.is_enough() && pair[0].0 < pair[1].0;
        if is_full && sums.len() - at > privacy.leaf_rows() && cuts.len() < MOST_CLASSES - 2 {
            cuts.push(pair[0].0 + (pair[1].0 - pair[0].0 + 1) / 2);
            (rows, crowd) = (0, Crowd::new(privacy));
        }
    }
    cuts
}

#[cfg(test)]
mod tests;
