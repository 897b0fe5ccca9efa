//! Sums that run along the rows of a parent: the balance of an account after each of its bookings.

use super::Search;
use super::groups::families;
use super::neighbours::Neighbours;
use super::view::{Kind, Values};
use crate::model::rule::{Rule, Statement};

/// All running totals of a table, one for each column.
pub(super) fn find(search: &Search<'_, '_>, computed: &[usize]) -> Vec<Rule> {
    let this = search.this();
    let (mut numbers, mut orders) = (Vec::new(), vec![None]);
    for column in search.written().filter(|&column| !search.is_key(search.table, column)) {
        match &this.columns[column].values {
            Values::Whole(..) if this.columns[column].null_rows > 0 => {}
            Values::Whole(_, Kind::Number(_)) => numbers.push(column),
            Values::Whole(..) => orders.push(Some(column)),
            _ => {}
        }
    }
    let mut rules: Vec<Rule> = Vec::new();
    if numbers.len() < 2 {
        return rules;
    }
    for (foreign_key, children) in families(search) {
        for &by in &orders {
            let neighbours = Neighbours::new(search, &children, by);
            for &total in numbers.iter().filter(|total| !computed.contains(total)) {
                let is_total = |rule: &Rule| matches!(rule.statement, Statement::Running { total: other, .. } if other == total);
                if rules.iter().any(is_total) {
                    continue;
                }
                let found = numbers.iter().filter(|&&amount| amount != total).find_map(|&amount| {
                    let (rows, except, from_zero) = running(search, &neighbours, amount, total)?;
                    let statement = Statement::Running { foreign_key, amount, total, by, from_zero, except };
                    Some(Rule { statement, rows })
                });
                rules.extend(found);
            }
        }
    }
    rules
}

/// Pairs of neighbours, those that do not add up, and whether each first total is its amount.
fn running(
    search: &Search<'_, '_>,
    neighbours: &Neighbours<'_, '_, '_>,
    amount: usize,
    total: usize,
) -> Option<(u64, u64, bool)> {
    let columns = &search.this().columns;
    let (Values::Whole(amounts, Kind::Number(one)), Values::Whole(totals, Kind::Number(other))) =
        (&columns[amount].values, &columns[total].values)
    else {
        return None;
    };
    let scale = *one.max(other);
    let scaled = |units: i64, digits: u8| i128::from(units) * 10i128.pow(u32::from(scale - digits));
    let [amount, total] = [(amounts, *one), (totals, *other)]
        .map(|(units, digits)| move |row: usize| scaled(units[row], digits));
    let agree = |row: usize, next: usize| {
        let adds_up = amount(next) != 0 && total(row) + amount(next) == total(next);
        adds_up.then_some(totals[next])
    };
    let (pairs, except) = neighbours.hold(agree)?;
    let from_zero = neighbours.groups().all(|rows| amount(rows[0] as usize) == total(rows[0] as usize));
    Some((pairs, except, from_zero))
}
