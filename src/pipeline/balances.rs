//! What became of the columns that were to have other shares than those learned: `--balance`.

use super::BalanceSummary;
use crate::config::Balance;
use crate::load::Loaded;
use crate::model::{Field, Model, NULL_TOKEN};
use crate::plan::{Balanced, Plan};
use crate::schema::Schema;

/// The shares that the balanced columns of a table have.
pub(super) fn of_table(schema: &Schema, plan: &Plan, table: usize, loaded: &Loaded) -> Vec<BalanceSummary> {
    let described = &schema.tables[table];
    let of_column = |((&column, balanced), tally): ((&usize, &Balanced), &Vec<u64>)| -> Vec<BalanceSummary> {
        let with_value: u64 = tally.iter().skip(usize::from(NULL_TOKEN) + 1).sum();
        let one = |(token, value, asked): &(usize, String, f64)| BalanceSummary {
            table: described.name.to_string(),
            column: described.columns[column].name.clone(),
            value: value.clone(),
            asked: *asked,
            share: tally.get(*token).copied().unwrap_or(0) as f64 / with_value.max(1) as f64,
        };
        balanced.asked.iter().map(one).collect()
    };
    plan.tables[table].balanced.iter().zip(&loaded.tallies).flat_map(of_column).collect()
}

/// Whether a column is drawn before everything else that its rows have of their own: what depends on it follows it then, whatever its shares.
pub(super) fn comes_first(model: &Model, balance: &Balance) -> bool {
    let Some(dependence) = &model.tables[balance.table].dependence else { return true };
    let columns = dependence.chain.iter().map(|conditional| conditional.field);
    let own = |field: &Field| matches!(field, Field::Column(_) | Field::Gap(_));
    let before = columns.filter(own).take_while(|field| *field != Field::Column(balance.column)).count();
    // One that is in no chain is drawn by itself.
    before == 0
        || dependence.chain.iter().all(|conditional| conditional.field != Field::Column(balance.column))
}
