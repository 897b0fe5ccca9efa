//! Columns of a parent that its children add up to: counts, sums, first and last values.

use super::Search;
use super::formulas::{ROUNDINGS, confirm_by, digits, is_circular, open};
use super::view::{Children, Family, total};
use crate::model::rule::{Aggregate, Expression, Factor, Operand, Ratio, Rule, Scalar};
use std::cell::OnceCell;

/// Parents on which candidates are screened.
const SCREENED: usize = 200;
/// Parents with two or more children that a total needs: with one child each, it would be a copy.
const GROUPS: usize = 10;
/// Columns of the children of which products are tried.
const MOST_FACTORS: usize = 8;

/// One way of summing up children, with the totals of the screened parents. These are worked out once they are asked for: the first
/// parents rule out most ways.
struct Candidate {
    aggregate: Aggregate,
    factors: Vec<Factor>,
    values: Vec<OnceCell<Option<Scalar>>>,
}

/// The totals of a table, alone or (`beside`) with a number of the row added or taken away. Both the table and the children must
/// have been read whole.
pub(super) fn find(search: &Search<'_, '_>, beside: bool) -> Vec<Rule> {
    let this = search.this();
    let mut rules = search.known[search.table].clone();
    let before = rules.len();
    for (table, child) in search.schema.tables.iter().enumerate() {
        for (foreign_key, key) in child.foreign_keys.iter().enumerate() {
            let below = &search.view.tables[table];
            let readable = this.whole && below.whole && below.parents[foreign_key].len() == below.rows;
            if key.parent != search.table || table == search.table || !readable || below.rows == 0 {
                continue;
            }
            let targets = open(search, &rules);
            if targets.is_empty() {
                continue;
            }
            let children = Children::new(below.parents[foreign_key], this.rows);
            let family = Totals { search, table, foreign_key, children };
            family.find(&targets, beside, &mut rules);
        }
    }
    rules.split_off(before)
}

/// The children of a table through one foreign key.
struct Totals<'a, 'b, 'v> {
    search: &'b Search<'a, 'v>,
    table: usize,
    foreign_key: usize,
    children: Children,
}

impl Totals<'_, '_, '_> {
    fn find(&self, targets: &[usize], beside: bool, rules: &mut Vec<Rule>) {
        let several = |&parent: &usize| self.children.of(parent).len() > 1;
        let groups: Vec<usize> = (0..self.children.parents()).filter(several).collect();
        if groups.len() < GROUPS {
            return;
        }
        let step = groups.len().div_ceil(SCREENED).max(1);
        let mut parents: Vec<usize> = groups.into_iter().step_by(step).collect();
        // Parents of few children are summed up soonest, and rule out as much.
        parents.sort_by_key(|&parent| self.children.of(parent).len());
        let candidates = self.candidates(parents.len());
        for &column in targets {
            let found: &[Rule] = rules;
            let rule = if beside {
                let sums =
                    candidates.iter().filter(|c| matches!(c.aggregate, Aggregate::Sum | Aggregate::Count));
                sums.flat_map(|candidate| self.beside(column).into_iter().map(move |own| (candidate, own)))
                    .filter(|(_, own)| !is_circular(self.search, found, column, &[&Operand::own(own.1)]))
                    .find_map(|(candidate, own)| self.test(column, candidate, &parents, Some(own)))
            } else {
                candidates.iter().find_map(|candidate| self.test(column, candidate, &parents, None))
            };
            rules.extend(rule);
        }
    }

    /// Own numbers that may be added to a total or taken from it.
    fn beside(&self, column: usize) -> Vec<(i64, usize)> {
        let this = self.search.this();
        let number = |&other: &usize| {
            other != column
                && this.columns[other].family() == Some(Family::Number)
                && !self.search.is_key(self.search.table, other)
        };
        self.search.written().filter(number).flat_map(|other| [(1, other), (-1, other)]).collect()
    }

    fn candidates(&self, parents: usize) -> Vec<Candidate> {
        let below = &self.search.view.tables[self.table];
        let known = |column: &usize| {
            below.columns[*column].family().is_some() && !self.search.is_key(self.table, *column)
        };
        let columns: Vec<usize> = self.search.written_of(self.table).filter(known).collect();
        let numbers: Vec<usize> = columns
            .iter()
            .copied()
            .filter(|&column| below.columns[column].family() == Some(Family::Number))
            .collect();
        let mut wanted: Vec<(Aggregate, Vec<Factor>)> = vec![(Aggregate::Count, Vec::new())];
        for &column in &columns {
            let factor = vec![Factor::Value(Operand::own(column))];
            if numbers.contains(&column) {
                wanted.push((Aggregate::Sum, factor.clone()));
            }
            wanted.push((Aggregate::Max, factor.clone()));
            wanted.push((Aggregate::Min, factor));
        }
        wanted.extend(self.products(&numbers).into_iter().map(|factors| (Aggregate::Sum, factors)));
        let unasked = || vec![OnceCell::new(); parents];
        let candidate = |(aggregate, factors)| Candidate { aggregate, factors, values: unasked() };
        wanted.into_iter().map(candidate).collect()
    }

    /// What the children of a parent add up to in one way.
    fn total(&self, candidate: &Candidate, parent: usize) -> Option<Scalar> {
        let children = self.children.of(parent);
        total(self.search.view, self.table, children, candidate.aggregate, &candidate.factors)
    }

    /// Products of two numbers of a child, and what is left of them after a share.
    fn products(&self, numbers: &[usize]) -> Vec<Vec<Factor>> {
        let below = &self.search.view.tables[self.table];
        let within = |column: usize, most: f64| {
            (0..below.rows.min(1_000))
                .filter_map(|row| below.columns[column].scalar(row))
                .all(|value| (0.0..=most).contains(&value.real()))
        };
        let numbers = &numbers[..numbers.len().min(MOST_FACTORS)];
        let value = |column: usize| Factor::Value(Operand::own(column));
        let shares: Vec<(usize, Factor)> = numbers
            .iter()
            .flat_map(|&column| [1i64, 100].map(|per| (column, per)))
            .filter(|&(column, per)| within(column, per as f64))
            .flat_map(|(column, per)| {
                let operand = Operand::own(column);
                [(column, Factor::Less(operand.clone(), per)), (column, Factor::Plus(operand, per))]
            })
            .collect();
        let mut products = Vec::new();
        for (index, &a) in numbers.iter().enumerate() {
            for (_, share) in shares.iter().filter(|(column, _)| *column != a) {
                products.push(vec![value(a), share.clone()]);
            }
            for &b in &numbers[index + 1..] {
                products.push(vec![value(a), value(b)]);
                for (_, share) in shares.iter().filter(|(column, _)| *column != a && *column != b) {
                    products.push(vec![value(a), value(b), share.clone()]);
                }
            }
        }
        products
    }

    fn test(
        &self,
        column: usize,
        candidate: &Candidate,
        parents: &[usize],
        beside: Option<(i64, usize)>,
    ) -> Option<Rule> {
        let this = self.search.this();
        let goal = (self.search.table, column);
        let read = candidate.factors.iter().filter_map(|factor| factor.operand().as_own());
        let own_read = beside.map(|(_, other)| (self.search.table, other));
        let mut read = read.map(|child| (self.table, child)).chain(own_read);
        if read.any(|child| super::follows(self.search.schema, self.search.known, child, goal)) {
            return None;
        }
        let own = &this.columns[column];
        let unit = libm::pow(10.0, -f64::from(digits(self.search, column)?));
        let mut tested = 0;
        for (&parent, total) in parents.iter().zip(&candidate.values) {
            let Some(is) = own.scalar(parent) else { continue };
            let Some(total) = *total.get_or_init(|| self.total(candidate, parent)) else { continue };
            if beside.is_none() && is.compare(total).is_none() {
                return None;
            }
            let more = match beside {
                None => 0.0,
                Some((sign, other)) => match this.columns[other].scalar(parent) {
                    Some(value) => sign as f64 * value.real(),
                    None => continue,
                },
            };
            let result = total.real() + more;
            if (is.real() - result).abs() > unit * 1.000_001 + 1e-9 * result.abs() {
                return None;
            }
            tested += 1;
        }
        if tested < GROUPS {
            return None;
        }
        self.confirm(column, candidate, beside)
    }

    /// Confirms a total on all parents, with each way of treating childless ones and of rounding.
    fn confirm(&self, column: usize, candidate: &Candidate, beside: Option<(i64, usize)>) -> Option<Rule> {
        let totals: Vec<Option<Scalar>> = (0..self.children.parents())
            .map(
                |parent| {
                    if self.children.of(parent).is_empty() { None } else { self.total(candidate, parent) }
                },
            )
            .collect();
        let sums = matches!(candidate.aggregate, Aggregate::Count | Aggregate::Sum);
        let zeros = if sums { [true, false].as_slice() } else { [false].as_slice() };
        zeros.iter().find_map(|&zero| {
            let operand = Operand::Total {
                table: self.table,
                foreign_key: self.foreign_key,
                aggregate: candidate.aggregate,
                factors: candidate.factors.clone(),
                zero,
            };
            let value = |operand: &Operand, row: usize| match operand {
                Operand::Total { .. } => totals[row].or(zero.then_some(Scalar::Exact(0, 0))),
                other => self.search.view.scalar(self.search.table, other, row),
            };
            ROUNDINGS.iter().find_map(|&(rounding, _)| {
                let expression = match beside {
                    None if !sums => Expression::Same(operand.clone()),
                    beside => {
                        let term = |sign, operand| (Ratio { numerator: sign, denominator: 1 }, operand);
                        let mut terms = vec![term(1, operand.clone())];
                        terms.extend(beside.map(|(sign, other)| term(sign, Operand::own(other))));
                        Expression::Linear {
                            terms,
                            constant: Ratio { numerator: 0, denominator: 1 },
                            rounding,
                        }
                    }
                };
                confirm_by(self.search, column, expression, &value, &|_| false)
            })
        })
    }
}
