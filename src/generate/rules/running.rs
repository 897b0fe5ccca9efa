//! Totals made to run along the rows of a parent: each is that of the row before and the row's own amount.
//!
//! Amounts were drawn and stay what they are; where a total would fall below all that were drawn, the row takes a later row's amount,
//! which takes its own; where none helps, it takes what there is.

use super::sequences::{groups, list, may_move, units};
use crate::generate::structure::Site;
use crate::generate::table::Tables;

/// The error says why the total may not be computed.
pub(super) fn run(
    tables: &mut Tables,
    site: &Site<'_>,
    foreign_key: usize,
    (amount, total, by, from_zero): (usize, usize, Option<usize>, bool),
) -> Result<(), String> {
    let table = site.table;
    let schema = tables.schema.clone();
    let is_keyed =
        |column: usize| schema.tables[table].unique_keys().any(|key| key.columns.contains(&column));
    may_move(tables, site, foreign_key, &[total])?;
    if is_keyed(total) {
        return Err(format!("`{}` is part of a key", schema.tables[table].columns[total].name));
    }
    let arrays = [amount, total].map(|column| tables.all_values(table, column));
    let (unit, [mut amounts, mut totals]) = units(arrays.each_ref());
    let order = by.map(|column| units([&tables.all_values(table, column)]).1);
    let order = |row: usize| order.as_ref().and_then(|[order]| order[row]);
    let mut sums = Sums {
        lowest: totals.iter().flatten().copied().min().unwrap_or(i64::MIN),
        may_change: may_move(tables, site, foreign_key, &[amount]).is_ok() && !is_keyed(amount),
        changed: false,
    };
    for rows in groups(tables, table, foreign_key, order) {
        let (opening, rest) = match rows.split_first() {
            Some((&first, rest)) if !from_zero => (totals[first].unwrap_or(0), rest),
            _ => (0, rows.as_slice()),
        };
        sums.run(opening, rest, &mut amounts, &mut totals);
    }
    list(tables, (table, total), unit, &totals);
    if sums.changed {
        list(tables, (table, amount), unit, &amounts);
    }
    Ok(())
}

struct Sums {
    /// No total is below this.
    lowest: i64,
    /// Whether rows may take other amounts.
    may_change: bool,
    changed: bool,
}

impl Sums {
    /// The rows of one parent, which come in this order.
    fn run(&mut self, opening: i64, rows: &[usize], amounts: &mut [Option<i64>], totals: &mut [Option<i64>]) {
        let mut sum = opening;
        for (at, &row) in rows.iter().enumerate() {
            let least = self.lowest.saturating_sub(sum);
            let is_low = |amount: Option<i64>| amount.unwrap_or(0) < least;
            if self.may_change && is_low(amounts[row]) {
                self.changed = true;
                match rows[at + 1..].iter().find(|&&other| !is_low(amounts[other])) {
                    Some(&other) => amounts.swap(row, other),
                    None => amounts[row] = Some(least),
                }
            }
            sum = sum.saturating_add(amounts[row].unwrap_or(0));
            totals[row] = Some(sum);
        }
    }
}
