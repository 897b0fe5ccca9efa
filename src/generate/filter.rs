//! Rows against CHECKs: a row that breaks one is drawn again.
//!
//! "Again" means: the columns that the conditions read take the values of another row's address, picked by the row's own
//! randomness. The result is still a function of the address alone.

use super::alone::is_referenced;
use super::mend;
use super::structure::Site;
use super::table::{Filter, Positions, Source, Tables};
use crate::error::{Error, Result};
use crate::model::Treatment;
use crate::model::rule::{Operand, Statement};
use crate::plan::ColumnPlan;
use crate::rng::Key;
use crate::schema::check::{Datum, Predicate};
use arrow_array::{ArrayRef, BooleanArray};
use std::collections::{BTreeMap, BTreeSet};

/// Draws before a row borrows from a donor.
const ATTEMPTS: u32 = 100;
/// Rows that are looked at for donors, and donors that are kept.
const PILOT: u64 = 4_096;
const DONORS: usize = 256;

/// All rows' values of the columns a predicate reads.
pub(super) fn arrays(tables: &Tables, table: usize, predicate: &Predicate) -> BTreeMap<usize, ArrayRef> {
    predicate.columns().iter().map(|&column| (column, tables.all_values(table, column))).collect()
}

pub(super) fn value(columns: &BTreeMap<usize, ArrayRef>, column: usize, row: usize) -> Datum {
    columns.get(&column).map_or(Datum::Null, |array| Datum::at(array, row))
}

/// Whether a condition is true, not merely unknown.
pub(super) fn is_true(predicate: &Predicate, columns: &BTreeMap<usize, ArrayRef>, row: usize) -> bool {
    predicate.selects(&|column| value(columns, column, row))
}

impl Filter {
    /// The rows that break a condition.
    pub(super) fn failing(&self, columns: &BTreeMap<usize, ArrayRef>, rows: usize) -> Vec<usize> {
        if self.predicates.is_empty() {
            return Vec::new();
        }
        (0..rows).filter(|&row| !self.admits(columns, row)).collect()
    }

    pub(super) fn admits(&self, columns: &BTreeMap<usize, ArrayRef>, row: usize) -> bool {
        self.predicates.iter().all(|predicate| predicate.admits(&|column| value(columns, column, row)))
    }
}

/// Sets up a table's filter and finds donors. Fails where no row passes.
pub(super) fn prepare(tables: &mut Tables, site: &Site<'_>) -> Result<()> {
    let decided = &site.plan.tables[site.table];
    let rows = tables.tables[site.table].rows;
    if decided.filters.is_empty() || rows == 0 {
        return Ok(());
    }
    let table = &tables.schema.tables[site.table];
    let keyed: Vec<usize> = table.unique_keys().filter_map(|key| key.told_apart(table)).flatten().collect();
    let in_key = |column: &usize| keyed.contains(column);
    // Whether a key holds for a row was decided when its values were dealt out.
    let conditional: Vec<usize> =
        mend::partial(tables, site).iter().flat_map(|key| key.columns().to_vec()).collect();
    let drawn_again = |column: &usize| {
        !conditional.contains(column)
            && !mend::is_decided(table, *column)
            && !is_referenced(&tables.schema, site.table, *column)
            && matches!(decided.columns[*column], ColumnPlan::Drawn { unique: false, .. })
            && matches!(&tables.tables[site.table].columns[*column],
                Source::Drawn(drawn) if drawn.difference.is_none() && !matches!(drawn.positions, Positions::Listed(_)) || !in_key(column))
    };
    let mut redrawn: Vec<usize> = decided
        .filters
        .iter()
        .flat_map(|(_, predicate)| predicate.columns())
        .copied()
        .filter(drawn_again)
        .collect();
    follow_differences(&mut redrawn, tables, site.table);
    let read: BTreeSet<usize> =
        decided.filters.iter().flat_map(|(_, predicate)| predicate.columns()).copied().collect();
    // What a rule computes is drawn again with all that it is computed of, if nothing else is.
    for &column in &read {
        let mut together = redrawn.clone();
        together.extend(made_of(tables, site.table, column).into_iter().filter(drawn_again));
        follow_differences(&mut together, tables, site.table);
        if together.contains(&column)
            && together.iter().all(|&column| is_alone(tables, site, column, &together))
        {
            redrawn = together;
        }
    }
    // Whose key a row holds, and which, is not drawn again.
    let own = &tables.tables[site.table];
    redrawn.retain(|&column| !own.names_tables(column) && !matches!(own.columns[column], Source::Pointed(_)));
    let predicates = decided.filters.iter().map(|(_, predicate)| predicate.clone()).collect();
    let mend_first = decided.treatment == Treatment::Fake;
    let (leeway, partial) = (mend::leeway(tables, site), mend::partial(tables, site));
    let is_bounded = |&column: &usize| {
        matches!(&tables.tables[site.table].columns[column],
            Source::Ruled(ruled) if ruled.is_bounded() && !in_key(&column))
            && !is_referenced(&tables.schema, site.table, column)
    };
    let bounded = read.into_iter().filter(is_bounded).filter(|column| !redrawn.contains(column));
    let bounded = bounded.filter(|&column| is_alone(tables, site, column, &redrawn)).collect();
    let mut filter = Filter { predicates, redrawn, bounded, donors: Vec::new(), leeway, mend_first, partial };
    let sample: Vec<_> = (0..rows.min(PILOT)).map(|index| Some(index * rows / rows.min(PILOT))).collect();
    let mut columns = read_columns(tables, site.table, &filter, &sample);
    for (index, row) in sample.iter().enumerate() {
        if filter.donors.len() < DONORS && filter.admits(&columns, index) {
            filter.donors.extend(row);
        }
    }
    let none = filter.donors.is_empty();
    tables.tables[site.table].filter = filter;
    if none {
        mend::mend(tables, site.table, &sample, &mut (0..sample.len()).collect(), &mut columns);
        if (0..sample.len()).all(|row| !tables.tables[site.table].filter.admits(&columns, row)) {
            return Err(cannot(tables, site, &columns, sample.len()));
        }
    }
    Ok(())
}

/// A column, or those of its row that a rule computes it from.
fn made_of(tables: &Tables, table: usize, column: usize) -> Vec<usize> {
    let mut found = vec![column];
    let mut at = 0;
    while let Some(&column) = found.get(at) {
        if let Source::Ruled(ruled) = &tables.tables[table].columns[column] {
            let own = ruled.operands().filter_map(Operand::as_own).filter(|own| !found.contains(own));
            let own: BTreeSet<usize> = own.collect();
            found.extend(own);
        }
        at += 1;
    }
    found
}

/// Whether no rule, and no difference, of other columns than those that are drawn again with it looks at a column.
fn is_alone(tables: &Tables, site: &Site<'_>, column: usize, together: &[usize]) -> bool {
    let schema = &tables.schema;
    let reads =
        |operand: &Operand, table: usize| operand.sources(schema, table).contains(&(site.table, column));
    let others = tables.tables[site.table].columns.iter().enumerate();
    let mut others = others.filter(|(other, _)| *other != column && !together.contains(other));
    let here = others.any(|(_, source)| match source {
        Source::Drawn(drawn) => drawn.operands().any(|operand| reads(operand, site.table)),
        Source::Ruled(ruled) => ruled.operands().any(|operand| reads(operand, site.table)),
        _ => false,
    });
    let there = (0..schema.tables.len()).filter(|&table| table != site.table).any(|table| {
        let columns = site.model.tables[table].columns.iter();
        let mut differences = columns.filter_map(|column| column.relative.as_ref());
        site.plan.tables[table].rules.iter().any(|rule| match &rule.statement {
            Statement::Ordering { low, high, .. } => reads(low, table) || reads(high, table),
            Statement::Formula { expression, .. } => {
                expression.operands().into_iter().any(|operand| reads(operand, table))
            }
            _ => false,
        }) || differences.any(|relative| relative.operands().any(|operand| reads(operand, table)))
    });
    let bound = site.plan.tables[site.table].rules.iter().any(|rule| binds(&rule.statement, column));
    !here && !there && !bound
}

/// Whether a rule of a table, other than those that compute or bound, is about one of its columns.
fn binds(rule: &Statement, column: usize) -> bool {
    match rule {
        Statement::Ordering { .. } | Statement::Formula { .. } => false,
        Statement::Numbering { column: of, .. } => *of == column,
        Statement::Dependency { from, to } => from.contains(&column) || to.contains(&column),
        Statement::Meeting { start, end, .. } => [*start, *end].contains(&column),
        Statement::Rising { column: of, by, .. } => [*of, *by].contains(&column),
        Statement::Running { amount, total, by, .. } => {
            [*amount, *total].contains(&column) || *by == Some(column)
        }
        Statement::Unique { columns, .. }
        | Statement::Constant { columns, .. }
        | Statement::Together { columns }
        | Statement::Exclusive { columns, .. } => columns.contains(&column),
        Statement::Needs { column: of, other } | Statement::NullWhen { column: of, other, .. } => {
            [*of, *other].contains(&column)
        }
        Statement::Headcount(count) => count.column == column,
        Statement::Reference(reference) => [reference.column, reference.by].contains(&column),
    }
}

/// Columns told as differences, and those that a rule computes, come from the address that all others of the row that they are counted from do.
fn follow_differences(redrawn: &mut Vec<usize>, tables: &Tables, table: usize) {
    redrawn.sort_unstable();
    redrawn.dedup();
    loop {
        let follows = |(column, source): (usize, &Source)| {
            let operands: Vec<&Operand> = match source {
                Source::Drawn(drawn) => drawn.operands().collect(),
                Source::Ruled(ruled) => ruled.operands().collect(),
                _ => return None,
            };
            let mut from = operands.into_iter().map(Operand::as_own).peekable();
            let all = from.peek().is_some() && from.all(|own| own.is_some_and(|own| redrawn.contains(&own)));
            (all && !redrawn.contains(&column)).then_some(column)
        };
        let found = tables.tables[table].columns.iter().enumerate().find_map(follows);
        let Some(column) = found else { return };
        redrawn.push(column);
    }
}

fn cannot(tables: &Tables, site: &Site<'_>, columns: &BTreeMap<usize, ArrayRef>, rows: usize) -> Error {
    let table = &tables.schema.tables[site.table];
    let filters = &site.plan.tables[site.table].filters;
    let failing = filters
        .iter()
        .find(|(_, predicate)| (0..rows).all(|row| !predicate.admits(&|column| value(columns, column, row))));
    let failing = failing.or(filters.first());
    let which = match failing.map(|(number, predicate)| (table.checks.get(*number), predicate)) {
        Some((Some(check), _)) => format!("CHECK ({})", check.expression),
        Some((None, predicate)) => {
            let read = table.column_names(predicate.columns());
            format!("what a condition, a partition, an index or a computed column asks of ({read})")
        }
        None => "its CHECKs".to_owned(),
    };
    Error::usage(format!("table {} cannot meet {which}: no row that was drawn passes", table.name)).hint(
        format!(
            "give its columns generators that fit in seed.toml, or leave the table out: --exclude {}",
            table.name
        ),
    )
}

fn read_columns(
    tables: &Tables,
    table: usize,
    filter: &Filter,
    rows: &[Option<u64>],
) -> BTreeMap<usize, ArrayRef> {
    filter
        .predicates
        .iter()
        .flat_map(|predicate| predicate.columns())
        .map(|&column| (column, tables.values(table, column, rows)))
        .collect()
}

/// A column's values before and after rows were drawn again: those of rows that were not stay as they are.
pub(super) fn taken(
    before: &ArrayRef,
    after: &ArrayRef,
    rows: &[Option<u64>],
    addresses: &[Option<u64>],
) -> ArrayRef {
    let again: BooleanArray = rows.iter().zip(addresses).map(|(row, address)| Some(row != address)).collect();
    arrow_select::zip::zip(&again, after, before).expect("both have the type and length of the column")
}

/// What a column that others bound would be if it were drawn from another row's address: within the bounds of the row itself.
pub(super) fn within_bounds(
    tables: &Tables,
    (table, column): (usize, usize),
    rows: &[Option<u64>],
    addresses: &[Option<u64>],
) -> ArrayRef {
    match &tables.tables[table].columns[column] {
        Source::Ruled(ruled) => ruled.drawn_from(tables, table, rows, addresses),
        _ => tables.values(table, column, rows),
    }
}

/// The row whose address each row draws the filtered columns from: its own, or, where that breaks a CHECK, another.
/// `None` where none is drawn again. `open` are the rows that break one; those that still do are left in it.
pub(super) fn addresses(
    tables: &Tables,
    table: usize,
    seed: u64,
    rows: &[Option<u64>],
    open: &mut Vec<usize>,
) -> Option<Vec<Option<u64>>> {
    let generator = &tables.tables[table];
    let filter = &generator.filter;
    let nothing = filter.redrawn.is_empty() && filter.bounded.is_empty();
    if open.is_empty() || nothing || filter.donors.is_empty() {
        return None;
    }
    let key = Key::new(seed, &[&tables.schema.tables[table].name.to_string(), "again"]);
    let mut addresses = rows.to_vec();
    for attempt in 0..ATTEMPTS + filter.donors.len() as u32 {
        let tried: Vec<Option<u64>> = open
            .iter()
            .map(|&index| {
                let row = rows[index]?;
                let mut stream = key.at(row, attempt);
                Some(match attempt.checked_sub(ATTEMPTS) {
                    None => stream.below(generator.rows),
                    // Donors in turn, beginning at a random one, so that every one is tried.
                    Some(turn) => {
                        let first = key.at(row, ATTEMPTS).below(filter.donors.len() as u64);
                        filter.donors[(first as usize + turn as usize) % filter.donors.len()]
                    }
                })
            })
            .collect();
        let own: Vec<_> = open.iter().map(|&index| rows[index]).collect();
        let mut columns = read_columns(tables, table, filter, &own);
        for &column in &filter.redrawn {
            columns.insert(column, tables.values(table, column, &tried));
        }
        for &column in &filter.bounded {
            columns.insert(column, within_bounds(tables, (table, column), &own, &tried));
        }
        let mut still = Vec::new();
        for (at, &index) in open.iter().enumerate() {
            if filter.admits(&columns, at) {
                addresses[index] = tried[at];
            } else {
                still.push(index);
            }
        }
        *open = still;
        if open.is_empty() {
            break;
        }
    }
    Some(addresses)
}
