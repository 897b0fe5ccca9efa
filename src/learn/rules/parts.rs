//! Parts of dates and timestamps in columns beside them or below: years, hours, days of the week, also as clocks of some place
//! showed them.
//!
//! Where a column holds hours, it tells by how much clocks were ahead of the times that are written down, and when that
//! changed: in the order of time, the difference is the same for months on end. What was found that way explains the other parts too.

use super::Search;
use super::copies::diversity;
use super::formulas::{confirm, holds_on_sample, is_circular};
use super::view::{Family, Kind, Values};
use crate::model::rule::{Clock, Expression, Operand, Part, Rule, Scalar};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that would differ if the two columns were independent.
const SURPRISE: f64 = 20.0;
/// Clocks change so often a year at the most, and so often at least are they allowed to.
const CHANGES_A_YEAR: f64 = 2.1;
const CHANGES: f64 = 2.0;
const HOUR: i64 = 3_600;
/// How far clocks are ahead of universal time, or behind, at the most.
const FARTHEST: std::ops::RangeInclusive<i64> = -12 * HOUR..=14 * HOUR;
/// A year, in seconds.
const YEAR: f64 = 31_556_952.0;

/// A moment in seconds, by how many hours (0 to 23) the column is ahead of it, and whom the row is about.
type Ahead = (i64, i64, u32);

/// Finds such columns, and adds their formulas to the rules of the table.
pub(super) fn find(search: &Search<'_, '_>, rules: &mut Vec<Rule>) {
    let this = search.this();
    let wanted = |column: &usize| {
        let whole = matches!(this.columns[*column].values, Values::Whole(_, Kind::Number(0) | Kind::Date));
        whole && search.may_be_computed(*column)
    };
    let open: Vec<usize> = search.written().filter(wanted).collect();
    let moments = moments(search);
    let mut clocks: BTreeMap<Operand, Vec<Clock>> = BTreeMap::new();
    for &column in &open {
        let computed = rules.iter().any(|rule| rule.statement.computes() == Some(column));
        let own = &this.columns[column];
        let filled: Vec<u32> =
            search.sample.iter().copied().filter(|&row| !own.is_null(row as usize)).collect();
        let varies = diversity(own, &filled);
        if computed || this.rows as f64 * varies < SURPRISE {
            continue;
        }
        let found = moments.iter().filter(|of| !is_circular(search, rules, column, &[of])).find_map(|of| {
            let clocks = clocks.entry(of.clone()).or_insert_with(|| clocks_of(search, &open, of));
            Part::ALL.into_iter().find_map(|part| {
                clocks.iter().find_map(|clock| {
                    let expression = Expression::Part { part, of: of.clone(), clock: clock.clone() };
                    let holds = holds_on_sample(search, column, &expression);
                    let rule = holds.then(|| confirm(search, column, expression))??;
                    (rule.rows as f64 * varies >= SURPRISE).then_some(rule)
                })
            })
        });
        rules.extend(found);
    }
}

/// Dates and times of the row and of its parents, nearest first.
fn moments(search: &Search<'_, '_>) -> Vec<Operand> {
    let paths = search.paths().into_iter().filter(|path| path.len() < 2);
    let of_path = |path: Vec<usize>| {
        let table = search.view.end(search.table, &path);
        let is_moment = move |column: &usize| {
            let family = search.view.tables[table].columns[*column].family();
            matches!(family, Some(Family::Moment | Family::Time))
        };
        let columns: Vec<usize> = search.written_of(table).filter(is_moment).collect();
        columns.into_iter().map(move |column| Operand::Column { path: path.clone(), column })
    };
    paths.flat_map(of_path).collect()
}

/// What clocks may have shown of these moments: the moments themselves, what columns of hours tell, and clocks that were ahead by
/// as much all the time.
fn clocks_of(search: &Search<'_, '_>, open: &[usize], of: &Operand) -> Vec<Clock> {
    let mut clocks = vec![Clock::default()];
    let column = search.view.column(search.table, of);
    if !column.is_some_and(|column| matches!(column.values, Values::Whole(_, Kind::Moment))) {
        return clocks;
    }
    clocks.extend(open.iter().flat_map(|&hours| told_by_hours(search, hours, of)));
    let mut constant: Vec<i64> = FARTHEST.step_by(HOUR as usize / 2).filter(|&ahead| ahead != 0).collect();
    constant.sort_by_key(|&ahead| (ahead % HOUR != 0, ahead.abs(), ahead));
    clocks.extend(constant.into_iter().map(Clock::constant));
    clocks
}

/// The clocks by which a column holds the hours of moments, whole hours ahead of these: up to two, a day apart.
fn told_by_hours(search: &Search<'_, '_>, hours: usize, of: &Operand) -> Vec<Clock> {
    let sample = ahead(search, hours, of, &mut search.sample.iter().map(|&row| row as usize));
    if sample.is_none_or(|ahead| !is_steady(&ahead)) {
        return Vec::new();
    }
    let least = search.least_crowd();
    let all = ahead(search, hours, of, &mut (0..search.this().rows));
    let Some(all) = all.filter(|all| is_steady(all) && is_shared(all, least)) else {
        return Vec::new();
    };
    let first = all.first().map_or(0, |first| first.1);
    let beginnings = [first, first - 24].into_iter().filter(|hours| FARTHEST.contains(&(hours * HOUR)));
    beginnings.map(|beginning| clock(&all, beginning)).filter(|clock| !clock.is_plain()).collect()
}

/// By how many hours, from 0 to 23, a column is ahead of moments (in seconds), in their order; nothing where it holds no hours.
fn ahead(
    search: &Search<'_, '_>,
    hours: usize,
    of: &Operand,
    rows: &mut dyn Iterator<Item = usize>,
) -> Option<Vec<Ahead>> {
    let mut found = Vec::new();
    for row in rows {
        let moment = search.view.scalar(search.table, of, row);
        match (search.this().columns[hours].scalar(row), moment) {
            (Some(Scalar::Exact(hour @ 0..=23, 0)), Some(Scalar::Moment(micros))) => {
                let seconds = micros.div_euclid(1_000_000);
                let hours = (hour as i64 - seconds.div_euclid(HOUR)).rem_euclid(24);
                found.push((seconds, hours, search.this().subjects.get(row).copied().unwrap_or(row as u32)));
            }
            (None, _) | (_, None) => {}
            _ => return None,
        }
    }
    found.sort_unstable();
    Some(found)
}

/// Whether the difference changes as rarely as clocks do.
fn is_steady(ahead: &[Ahead]) -> bool {
    let (Some(first), Some(last)) = (ahead.first(), ahead.last()) else { return false };
    let years = (last.0 - first.0) as f64 / YEAR;
    let changes = ahead.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    ahead.len() as f64 >= SURPRISE && changes as f64 <= CHANGES + CHANGES_A_YEAR * years
}

/// Whether enough subjects share each stretch of time in which the difference is the same: a change that few rows tell of would tell
/// when these were.
fn is_shared(ahead: &[Ahead], least: usize) -> bool {
    let mut stretches = ahead.chunk_by(|a, b| a.1 == b.1);
    stretches.all(|stretch| stretch.iter().map(|row| row.2).collect::<BTreeSet<_>>().len() >= least)
}

/// The clock that shows these hours and is ahead by `beginning` at first.
fn clock(ahead: &[Ahead], beginning: i64) -> Clock {
    if ahead.iter().all(|pair| pair.1 == ahead[0].1) {
        return Clock::constant(beginning * HOUR);
    }
    let mut steps = vec![(i64::MIN, beginning * HOUR)];
    let mut hours = beginning;
    for pair in ahead.windows(2).filter(|pair| pair[0].1 != pair[1].1) {
        // Clocks go a few hours on or back, not a day less these.
        let change = (pair[1].1 - pair[0].1 + 12).rem_euclid(24) - 12;
        hours += change;
        steps.push((roundest(pair[0].0, pair[1].0), hours * HOUR));
    }
    Clock { steps }
}

/// The roundest second after one and not after another: it tells the least of either.
fn roundest(after: i64, until: i64) -> i64 {
    const UNITS: [i64; 5] = [86_400, HOUR, 60 * 15, 60, 1];
    let round = |unit: i64| until.div_euclid(unit) * unit;
    UNITS.into_iter().map(round).find(|&second| second > after).unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eastern time in 2013, of a row every seven hours.
    #[test]
    fn changes_of_clocks_are_found() {
        let (spring, autumn) = (1_362_898_800, 1_383_458_400);
        let offset = |second: i64| if (spring..autumn).contains(&second) { 20 } else { 19 };
        let ahead: Vec<Ahead> = (0..1_200u32)
            .map(|row| (1_357_016_400 + i64::from(row) * 7 * HOUR, row))
            .map(|(second, row)| (second, offset(second), row))
            .collect();
        assert!(is_steady(&ahead) && is_shared(&ahead, 5));
        // Two rows of summer time alone would tell when they were.
        assert!(!is_shared(&[&ahead[..100], &ahead[400..402]].concat(), 5));
        let clock = clock(&ahead, -5);
        assert_eq!(clock.steps.iter().map(|step| step.1 / HOUR).collect::<Vec<_>>(), [-5, -4, -5]);
        assert!((spring - clock.steps[1].0).abs() <= 7 * HOUR, "{:?}", clock.steps);
        assert!((autumn - clock.steps[2].0).abs() <= 7 * HOUR, "{:?}", clock.steps);
    }

    #[test]
    fn what_jumps_about_is_no_clock() {
        let ahead: Vec<Ahead> = (0..100).map(|row| (row * HOUR, row * 7 % 24, 0)).collect();
        assert!(!is_steady(&ahead));
    }
}
