//! Sums that run along the rows of a parent: the balance of an account after each of its bookings.

use super::Search;
use super::groups::{children, first_parents};
use super::view::{Kind, Values};
use crate::model::context::NO_ROW;
use crate::model::rule::{Rule, Statement};
use crate::schema::graph::SchemaGraph;
use rustc_hash::FxHashSet;

/// Pairs of neighbours at the least, and one of so many may be off.
const FEWEST: u64 = 30;
const EXCEPTIONS: u64 = 200;
/// Different totals at the least.
const TOTALS: usize = 10;
/// Rows that are looked at first, about.
const FIRST: usize = 2_000;

/// All running totals of a table, one for each column.
pub(super) fn find(search: &Search<'_, '_>, computed: &[usize]) -> Vec<Rule> {
    let (this, schema) = (search.this(), &search.schema.tables[search.table]);
    let mut rules: Vec<Rule> = Vec::new();
    if !this.whole {
        return rules;
    }
    let graph = SchemaGraph::new(search.schema);
    let is_known =
        |column: &usize| this.columns[*column].null_rows == 0 && !search.is_key(search.table, *column);
    let numbers: Vec<usize> = search
        .written()
        .filter(is_known)
        .filter(|&column| matches!(this.columns[column].values, Values::Whole(_, Kind::Number(_))))
        .collect();
    let moments = search.written().filter(is_known).filter(|&column| {
        matches!(&this.columns[column].values, Values::Whole(_, kind) if !matches!(kind, Kind::Number(_)))
    });
    let orders: Vec<Option<usize>> = std::iter::once(None).chain(moments.map(Some)).collect();
    for (foreign_key, key) in schema.foreign_keys.iter().enumerate() {
        let is_late = graph.is_late(search.table, foreign_key);
        if numbers.len() < 2
            || key.parent == search.table
            || is_late
            || this.parents[foreign_key].contains(&NO_ROW)
        {
            continue;
        }
        let Some(children) = children(search, foreign_key) else { continue };
        for &by in &orders {
            let group = |parent: usize| sorted(search, children.of(parent), by);
            let groups =
                || (0..children.parents()).filter(|&parent| children.of(parent).len() > 1).map(group);
            let first: Vec<Vec<u32>> = first_parents(&children, FIRST).into_iter().map(group).collect();
            for &total in numbers.iter().filter(|total| !computed.contains(total)) {
                let is_total = |rule: &Rule| matches!(rule.statement, Statement::Running { total: other, .. } if other == total);
                for &amount in numbers.iter().filter(|&&amount| amount != total) {
                    if rules.iter().any(is_total) {
                        break;
                    }
                    let seen = Sums::of(search, (amount, total), first.iter().cloned(), |_| {});
                    if seen.pairs == 0 || seen.except * 10 > seen.pairs {
                        continue;
                    }
                    let mut crowd = search.crowd();
                    let sums = Sums::of(search, (amount, total), groups(), |row| crowd.add(row as usize));
                    let holds = sums.pairs >= FEWEST && sums.except * EXCEPTIONS <= sums.pairs;
                    if holds && sums.totals >= TOTALS && crowd.is_enough() {
                        let (from_zero, except) = (sums.from_zero, sums.except);
                        let statement =
                            Statement::Running { foreign_key, amount, total, by, from_zero, except };
                        rules.push(Rule { statement, rows: sums.pairs });
                    }
                }
            }
        }
    }
    rules
}

/// Rows by a column, and by their key where that is the same.
fn sorted(search: &Search<'_, '_>, rows: &[u32], by: Option<usize>) -> Vec<u32> {
    let this = search.this();
    let schema = &search.schema.tables[search.table];
    let key = schema.primary_key.as_ref().and_then(|key| match key.columns[..] {
        [key] => Some(key),
        _ => None,
    });
    let units = |column: Option<usize>, row: u32| match column.map(|column| &this.columns[column].values) {
        Some(Values::Whole(units, _)) => units[row as usize],
        _ => 0,
    };
    let mut rows = rows.to_vec();
    rows.sort_by_key(|&row| (units(by, row), units(key, row), row));
    rows
}

/// What the rows of groups, in order, say of an amount and a total.
struct Sums {
    pairs: u64,
    /// Pairs that do not add up.
    except: u64,
    /// Different totals that do, no more than are wanted.
    totals: usize,
    /// Whether the first total of each group is its amount.
    from_zero: bool,
}

impl Sums {
    fn of(
        search: &Search<'_, '_>,
        (amount, total): (usize, usize),
        groups: impl Iterator<Item = Vec<u32>>,
        mut met: impl FnMut(u32),
    ) -> Self {
        let mut sums = Self { pairs: 0, except: 0, totals: 0, from_zero: true };
        let columns = &search.this().columns;
        let (Values::Whole(amounts, Kind::Number(one)), Values::Whole(totals, Kind::Number(other))) =
            (&columns[amount].values, &columns[total].values)
        else {
            return sums;
        };
        let scale = *one.max(other);
        let scaled = |units: i64, digits: u8| i128::from(units) * 10i128.pow(u32::from(scale - digits));
        let amount = |row: u32| scaled(amounts[row as usize], *one);
        let total = |row: u32| scaled(totals[row as usize], *other);
        let mut seen = FxHashSet::default();
        for rows in groups {
            sums.from_zero &= rows.first().is_none_or(|&first| amount(first) == total(first));
            for pair in rows.windows(2) {
                sums.pairs += 1;
                if total(pair[0]) + amount(pair[1]) != total(pair[1]) || amount(pair[1]) == 0 {
                    sums.except += 1;
                    continue;
                }
                met(pair[1]);
                if seen.len() < TOTALS {
                    seen.insert(total(pair[1]));
                }
            }
        }
        sums.totals = seen.len();
        sums
    }
}
