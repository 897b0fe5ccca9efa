//! Values that so many rows of each parent have: rows of parents with too many exchange theirs with rows of parents with too few.

use super::dealt::Dealt;
use super::nulls::told;
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::rule::{Headcount, Rule, Statement};

/// Rows whose value is to change.
#[derive(Default)]
struct Wrong {
    /// They have the value.
    over: Vec<usize>,
    /// They have another one.
    under: Vec<usize>,
}

/// Rounds over all headcounts: what one moves may concern another.
const ROUNDS: usize = 3;

/// Makes all headcounts of a table hold, as far as columns that are dealt out can, and says where they cannot.
pub(super) fn settle(tables: &mut Tables, site: &Site<'_>, dealt: &mut Dealt) -> Vec<String> {
    let rules = &site.plan.tables[site.table].rules;
    let counts = || rules.iter().filter(|rule| matches!(rule.statement, Statement::Headcount(_)));
    let mut notes = Vec::new();
    for _ in 0..ROUNDS {
        notes.clear();
        let mut changed = false;
        for rule in counts() {
            let Statement::Headcount(count) = &rule.statement else { continue };
            match settle_one(tables, site, (rules, count), dealt) {
                Ok(moved) => {
                    changed |= !moved.is_empty();
                    dealt.store_some(tables, site.table, &|column| moved.contains(&column));
                }
                Err(why) => {
                    let schema = &site.model.schema;
                    let sentence = rule.statement.sentence(schema, site.table);
                    let name = &schema.tables[site.table].name;
                    notes.push(format!("{name}: `{sentence}` is not kept: {why}"));
                }
            }
        }
        if !changed {
            break;
        }
    }
    notes
}

/// The columns that were moved; the error says why that cannot be.
fn settle_one(
    tables: &Tables,
    site: &Site<'_>,
    (rules, count): (&[Rule], &Headcount),
    dealt: &mut Dealt,
) -> Result<Vec<usize>, String> {
    let table = site.table;
    let [has, counted] = has(tables, table, (rules, count));
    let mut wrong = wrong(tables, table, count, (&has, &counted), dealt);
    if wrong.over.is_empty() && wrong.under.is_empty() {
        return Ok(Vec::new());
    }
    let columns = alike(rules, count.column);
    if let Some(&fixed) = columns.iter().find(|column| !dealt.columns.contains_key(column)) {
        let name = &tables.schema.tables[table].columns[fixed].name;
        return Err(format!("a key, a setting or another rule decides `{name}`"));
    }
    dealt.shuffle(&mut wrong.over);
    dealt.shuffle(&mut wrong.under);
    let pairs = wrong.over.len().min(wrong.under.len());
    // Those that find nobody to exchange with take over what any row has that is as they should be.
    let rows = |is_it: &dyn Fn(usize) -> bool| (0..has.len()).filter(|&row| is_it(row)).collect::<Vec<_>>();
    let (with, free) = (rows(&|row| has[row]), rows(&|row| !has[row] && !counted[row]));
    let without = if free.is_empty() { rows(&|row| !has[row]) } else { free };
    let mut borrowed: Vec<(usize, usize)> = Vec::new();
    for (takers, lenders) in [(&wrong.over[pairs..], &without), (&wrong.under[pairs..], &with)] {
        if lenders.is_empty() && !takers.is_empty() {
            return Err(format!("all rows have '{0}', or none has", count.value));
        }
        borrowed.extend(takers.iter().map(|&row| (row, *dealt.stream.pick(lenders))));
    }
    for column in &columns {
        let Some(positions) = dealt.columns.get_mut(column) else { continue };
        let lent: Vec<u32> = borrowed.iter().map(|&(_, lender)| positions[lender]).collect();
        for (&over, &under) in wrong.over.iter().zip(&wrong.under) {
            positions.swap(over, under);
        }
        borrowed.iter().zip(lent).for_each(|(&(row, _), position)| positions[row] = position);
    }
    Ok(columns)
}

/// By row, whether it has the value, and whether it has another one of which there is a number.
fn has(tables: &Tables, table: usize, (rules, count): (&[Rule], &Headcount)) -> [Vec<bool>; 2] {
    let others = rules.iter().filter_map(|rule| match &rule.statement {
        Statement::Headcount(other) if other.column == count.column && other.value != count.value => {
            Some(other.value.clone())
        }
        _ => None,
    });
    let values = tables.all_values(table, count.column);
    let told = told(&values, std::slice::from_ref(&count.value), &others.collect::<Vec<_>>());
    [true, false].map(|wanted| told.iter().map(|told| *told == Some(wanted)).collect())
}

/// Some rows of each parent with too many, or too few, that have the value; of those that have not, rather such as are `counted` nowhere.
fn wrong(
    tables: &Tables,
    table: usize,
    count: &Headcount,
    (has, counted): (&[bool], &[bool]),
    dealt: &mut Dealt,
) -> Wrong {
    let mut rows: Vec<(u64, u32)> = (0..has.len() as u32)
        .filter_map(|row| Some((tables.parent(table, count.foreign_key, u64::from(row))?, row)))
        .collect();
    rows.sort_unstable();
    let mut wrong = Wrong::default();
    for group in rows.chunk_by(|one, next| one.0 == next.0) {
        let with = group.iter().filter(|(_, row)| has[*row as usize]).count();
        let wanted = count.wanted(with, group.len());
        if with != wanted {
            let is_over = with > wanted;
            let mut may: Vec<usize> =
                group.iter().map(|(_, row)| *row as usize).filter(|&row| has[row] == is_over).collect();
            dealt.shuffle(&mut may);
            may.sort_by_key(|&row| counted[row]);
            may.truncate(with.abs_diff(wanted));
            if is_over { wrong.over.extend(may) } else { wrong.under.extend(may) }
        }
    }
    wrong
}

/// A column, and those that it decides and that decide it.
fn alike(rules: &[Rule], column: usize) -> Vec<usize> {
    let decides = |one: usize, other: usize| {
        rules.iter().any(|rule| matches!(&rule.statement, Statement::Dependency { from, to } if *from == [one] && to.contains(&other)))
    };
    let decided = rules.iter().flat_map(|rule| match &rule.statement {
        Statement::Dependency { from, to } if *from == [column] => to.as_slice(),
        _ => &[],
    });
    let mut alike: Vec<usize> = decided.copied().filter(|&other| decides(other, column)).collect();
    alike.push(column);
    alike.sort_unstable();
    alike.dedup();
    alike
}
