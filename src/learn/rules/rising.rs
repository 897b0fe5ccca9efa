//! Keys that are given out as time goes by: rows in the order of their primary key are in the order of a day, or of their parents' keys.

use super::view::{Kind, Values};
use super::{FEWEST, Search};
use crate::learn::along;
use crate::model::rule::{Rule, Statement};

/// The rule of a table, if its primary key is such a number, or else one that nobody declared a key: what says when a row was made goes
/// before whose it is.
pub(super) fn find(search: &Search<'_, '_>) -> Option<Rule> {
    let (this, table) = (search.this(), &search.schema.tables[search.table]);
    let primary = table.primary_key.as_ref().and_then(|key| match key.columns[..] {
        [column] if table.columns[column].generated.is_none() => Some(column),
        _ => None,
    });
    let is_number =
        |column: &usize| matches!(this.columns[*column].values, Values::Whole(_, Kind::Number(0)));
    // Else a number that nobody declared a key.
    let is_found = |column: &usize| {
        this.columns[*column].null_rows == 0
            && search.models[search.table].columns[*column]
                .unique
                .as_ref()
                .is_some_and(|unique| unique.serial)
    };
    let found = || search.written().filter(is_number).find(is_found);
    let column = primary.filter(is_number).or_else(found)?;
    let in_key = |column: usize| table.foreign_keys.iter().any(|key| key.columns.contains(&column));
    // Rows come after their parents: in a table that refers to itself that is an order of its own.
    let is_own_parent = table.foreign_keys.iter().any(|key| key.parent == search.table);
    let Values::Whole(keys, Kind::Number(0)) = &this.columns[column].values else { return None };
    if in_key(column) || is_own_parent {
        return None;
    }
    let mut rows: Vec<u32> = (0..this.rows as u32).collect();
    rows.sort_unstable_by_key(|&row| keys[row as usize]);
    let pairs: Vec<(u32, u32)> = rows.windows(2).map(|pair| (pair[0], pair[1])).collect();
    if pairs.len() < FEWEST {
        return None;
    }
    let rises = |by: usize, is_parent: bool| {
        let values = this.columns[by].ranks()?;
        let compare = |one: u32, next: u32| values[one as usize].cmp(&values[next as usize]);
        // A parent may have many rows, one after the other.
        let way = match is_parent {
            true => along::strictly(&pairs, compare).filter(|way| way.pairs >= FEWEST),
            false => along::one_way(&pairs, compare),
        }?;
        (!way.falling).then_some((way.except, by))
    };
    let is_filled = |by: &usize| *by != column && this.columns[*by].null_rows == 0;
    let is_moment =
        |by: &usize| matches!(this.columns[*by].values, Values::Whole(_, Kind::Date | Kind::Moment));
    let moments = search.written().filter(is_filled).filter(|by| is_moment(by) && !in_key(*by));
    let parents = table.foreign_keys.iter().filter_map(|key| match key.columns[..] {
        [by] if is_filled(&by) && matches!(this.columns[by].values, Values::Whole(..)) => Some(by),
        _ => None,
    });
    let (except, by) = moments
        .filter_map(|by| rises(by, false))
        .min()
        .or_else(|| parents.filter_map(|by| rises(by, true)).min())?;
    let mut crowd = search.crowd();
    (0..this.rows).for_each(|row| crowd.add(row));
    let statement = Statement::Rising { column, by, except: except as u64 };
    crowd.is_enough().then_some(Rule { statement, rows: this.rows as u64 })
}
