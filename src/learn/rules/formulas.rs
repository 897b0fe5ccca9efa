//! Columns that are computed from others: parts of dates, sums, products, totals of children.

use super::copies::not_read;
use super::view::{Kind, Values};
use super::{Search, linear, parts, products, read_by, texts};
use crate::model::rule::{Expression, Operand, Rounding, Rule, Scalar, Statement};
use std::collections::BTreeSet;

/// Rows of the sample on which candidates are screened as floats.
const SCREENED: usize = 256;
/// Operands that are combined with each other.
const MOST_OPERANDS: usize = 24;
/// The most digits behind the point of a computed float.
const MOST_DIGITS: u8 = 6;

/// The formulas of a table, for columns that are not computed yet.
pub(super) fn find(search: &Search<'_, '_>) -> Vec<Rule> {
    let mut rules = search.known[search.table].clone();
    let before = rules.len();
    parts::find(search, &mut rules);
    let bench = Bench::new(search);
    linear::find(&bench, &mut rules);
    products::find(&bench, &mut rules);
    texts::find(search, &mut rules);
    rules.split_off(before)
}

/// The columns that a formula may still be found for.
pub(super) fn open(search: &Search<'_, '_>, rules: &[Rule]) -> Vec<usize> {
    let computed: BTreeSet<usize> = rules.iter().filter_map(|rule| rule.statement.computes()).collect();
    let tells = |&column: &usize| {
        let values = &search.this().columns[column];
        !computed.contains(&column)
            && search.may_be_computed(column)
            && values.family().is_some()
            && different(search, column) > 2
    };
    search.written().filter(tells).collect()
}

fn different(search: &Search<'_, '_>, column: usize) -> usize {
    search.this().columns[column].codes(&search.sample).different
}

/// Whether computing `column` from these operands would close a circle of rules, of which `rules` are those of this table.
pub(super) fn is_circular(
    search: &Search<'_, '_>,
    rules: &[Rule],
    column: usize,
    operands: &[&Operand],
) -> bool {
    let goal = (search.table, column);
    let sources = |operand: &&Operand| operand.sources(search.schema, search.table);
    let mut pending: Vec<(usize, usize)> = operands.iter().flat_map(sources).collect();
    let mut seen = BTreeSet::new();
    while let Some(next) = pending.pop() {
        if next == goal {
            return true;
        }
        if seen.insert(next) {
            let of_table = if next.0 == search.table { rules } else { &search.known[next.0] };
            pending.extend(read_by(search.schema, of_table, next));
        }
    }
    false
}

/// Digits behind the point to which a column's values are computed; `None` for floats of many digits.
pub(super) fn digits(search: &Search<'_, '_>, column: usize) -> Option<u8> {
    match &search.this().columns[column].values {
        Values::Whole(_, Kind::Number(digits)) => Some((*digits).min(18)),
        Values::Whole(_, Kind::Date) => Some(0),
        Values::Whole(_, Kind::Time | Kind::Moment) => Some(MOST_DIGITS),
        _ => None,
    }
}

/// Confirms a formula on all rows, and says in how many it could have been broken.
pub(super) fn confirm(search: &Search<'_, '_>, column: usize, expression: Expression) -> Option<Rule> {
    let operands: Vec<Operand> = expression.operands().into_iter().cloned().collect();
    let value = |operand: &Operand, row: usize| search.view.scalar(search.table, operand, row);
    let unread = |row: usize| {
        operands.iter().any(|operand| match operand {
            Operand::Column { path, .. } => not_read(search, path, row),
            Operand::Total { .. } => false,
        })
    };
    confirm_by(search, column, expression, &value, &unread)
}

/// The same, given how operands come by their values, and which rows cannot be tested.
pub(super) fn confirm_by(
    search: &Search<'_, '_>,
    column: usize,
    expression: Expression,
    value: &dyn Fn(&Operand, usize) -> Option<Scalar>,
    unread: &dyn Fn(usize) -> bool,
) -> Option<Rule> {
    let (this, digits) = (search.this(), digits(search, column));
    let own = &this.columns[column];
    let (mut own_nulls, mut crowd) = (false, search.crowd());
    for row in 0..this.rows {
        let result = expression.evaluate(digits, &|operand| value(operand, row));
        match (own.scalar(row), result) {
            (Some(is), Some(result)) if agree(is, result) => crowd.add(row),
            (None, Some(_)) => own_nulls = true,
            (None, None) => {}
            _ if unread(row) => {}
            _ => return None,
        }
    }
    let rows = crowd.rows as u64;
    crowd.is_enough().then_some(Rule {
        statement: Statement::Formula { column, expression, digits, own_nulls, except: 0 },
        rows,
    })
}

/// A computed number counts days or seconds where the column does.
fn agree(is: Scalar, result: Scalar) -> bool {
    match (is, result) {
        (Scalar::Date(days), Scalar::Exact(units, 0)) => units == i128::from(days),
        (Scalar::Time(micros) | Scalar::Moment(micros), Scalar::Exact(units, 6)) => {
            units == i128::from(micros)
        }
        (is, result) => is.is_close(result),
    }
}

/// Whether a formula holds on the sample, and says anything there.
pub(super) fn holds_on_sample(search: &Search<'_, '_>, column: usize, expression: &Expression) -> bool {
    let digits = digits(search, column);
    let own = &search.this().columns[column];
    let mut tested = 0;
    for &row in &search.sample {
        let row = row as usize;
        let result = expression.evaluate(digits, &|operand| search.view.scalar(search.table, operand, row));
        match (own.scalar(row), result) {
            (Some(is), Some(result)) if agree(is, result) => tested += 1,
            (Some(_), Some(_)) => return false,
            _ => {}
        }
    }
    tested > 0
}

/// Operands side by side with their values as floats, for screening.
pub(super) struct Bench<'a, 'b, 'v> {
    pub(super) search: &'b Search<'a, 'v>,
    /// Operands with their values; NaN for NULL. Columns of the row first.
    pub(super) operands: Vec<(Operand, Vec<f64>)>,
}

impl<'a, 'b, 'v> Bench<'a, 'b, 'v> {
    fn new(search: &'b Search<'a, 'v>) -> Self {
        let rows: Vec<u32> = screened(&search.sample);
        let mut operands = Vec::new();
        for path in search.paths().into_iter().filter(|path| path.len() < 2) {
            let table = search.view.end(search.table, &path);
            for column in search.written_of(table) {
                let values = &search.view.tables[table].columns[column];
                let skipped = search.is_key(table, column);
                if values.family().is_none() || skipped || operands.len() >= MOST_OPERANDS {
                    continue;
                }
                let operand = Operand::Column { path: path.clone(), column };
                let seen = floats(search, &operand, &rows);
                if varies(&seen) {
                    operands.push((operand, seen));
                }
            }
        }
        Self { search, operands }
    }

    /// The values of one column on the screened rows.
    pub(super) fn values(&self, column: usize) -> Vec<f64> {
        floats(self.search, &Operand::own(column), &screened(&self.search.sample))
    }
}

fn screened(sample: &[u32]) -> Vec<u32> {
    let step = sample.len().div_ceil(SCREENED).max(1);
    sample.iter().copied().step_by(step).collect()
}

fn floats(search: &Search<'_, '_>, operand: &Operand, rows: &[u32]) -> Vec<f64> {
    let value = |&row: &u32| search.view.scalar(search.table, operand, row as usize);
    rows.iter().map(|row| value(row).map_or(f64::NAN, Scalar::real)).collect()
}

/// Whether there are two different values.
pub(super) fn varies(values: &[f64]) -> bool {
    let mut filled = values.iter().filter(|value| !value.is_nan());
    let Some(first) = filled.next() else { return false };
    filled.any(|value| value != first)
}

/// The ways of rounding, and how far each can be from the exact value, in units of the last digit.
pub(super) const ROUNDINGS: [(Rounding, f64); 3] =
    [(Rounding::HalfUp, 0.5), (Rounding::HalfEven, 0.5), (Rounding::Down, 1.0)];
