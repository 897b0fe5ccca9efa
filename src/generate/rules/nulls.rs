//! NULLs made consistent: positions move from rows that should be NULL to rows that should not. Where few rows are concerned, no others
//! are: a margin that is off by some rows says less than rows that fit.

use super::dealt::Dealt;
use super::ruled::scalar;
use crate::generate::table::{NONE, Tables};
use crate::model::rule::{Rule, Scalar, Statement};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Rounds over all rules: what one rule moves may concern another.
const ROUNDS: usize = 3;
/// The share of rows by which NULLs may become more or fewer, so that no row is touched that fits.
const TOLERATED: f64 = 0.02;

/// What rules about NULLs look at: columns that are dealt out, and those that stay as they are.
struct Nulls<'a> {
    dealt: &'a mut Dealt,
    /// The NULLs of the other columns.
    fixed: BTreeMap<usize, Vec<bool>>,
    /// Whether a column is NULL always or never, by row, where another column says so.
    told: BTreeMap<(usize, usize), Vec<Option<bool>>>,
}

/// Makes all rules about NULLs hold, as far as columns that are dealt out can.
pub(super) fn settle(tables: &Tables, table: usize, rules: &[Rule], dealt: &mut Dealt) {
    let mut nulls = Nulls { dealt, fixed: BTreeMap::new(), told: BTreeMap::new() };
    let ours: Vec<&Statement> = rules.iter().map(|rule| &rule.statement).filter(|s| is_ours(s)).collect();
    if ours.is_empty() {
        return;
    }
    for statement in &ours {
        for column in columns(statement) {
            if !nulls.dealt.columns.contains_key(&column) && !nulls.fixed.contains_key(&column) {
                let values = tables.all_values(table, column);
                let is_null = (0..nulls.dealt.rows).map(|row| values.is_null(row)).collect();
                nulls.fixed.insert(column, is_null);
            }
        }
        if let Statement::NullWhen { column, other, always, never } = statement {
            let told = told(&tables.all_values(table, *other), always, never);
            nulls.told.insert((*column, *other), told);
        }
    }
    for _ in 0..ROUNDS {
        // Together last: it makes the others' columns agree with the one they name.
        for statement in &ours {
            match statement {
                Statement::NullWhen { column, other, .. } => nulls.null_when(*column, *other),
                Statement::Needs { column, other } => nulls.needs(*column, *other),
                Statement::Exclusive { columns, one } => nulls.exclusive(columns, *one),
                _ => {}
            }
        }
        for statement in &ours {
            if let Statement::Together { columns } = statement {
                nulls.together(columns);
            }
        }
    }
}

fn is_ours(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Together { .. }
            | Statement::Exclusive { .. }
            | Statement::Needs { .. }
            | Statement::NullWhen { .. }
    )
}

/// The columns whose NULLs a rule is about.
pub(super) fn columns(statement: &Statement) -> Vec<usize> {
    match statement {
        Statement::Together { columns } | Statement::Exclusive { columns, .. } => columns.clone(),
        Statement::Needs { column, other } => vec![*column, *other],
        Statement::NullWhen { column, .. } => vec![*column],
        _ => Vec::new(),
    }
}

/// By row, what the value of a column says: `true` for always NULL, `false` for never.
pub(crate) fn told(values: &ArrayRef, always: &[String], never: &[String]) -> Vec<Option<bool>> {
    let never = never.iter().map(|value| (value.as_str(), false));
    let known: FxHashMap<&str, bool> =
        never.chain(always.iter().map(|value| (value.as_str(), true))).collect();
    let by_text = |text: &str| known.get(text).copied();
    (0..values.len())
        .map(|row| match values.data_type() {
            _ if values.is_null(row) => None,
            DataType::Utf8 => by_text(values.as_string::<i32>().value(row)),
            DataType::Boolean => by_text(if values.as_boolean().value(row) { "true" } else { "false" }),
            _ => match scalar(values, row) {
                Some(Scalar::Exact(number, 0)) => by_text(&number.to_string()),
                _ => None,
            },
        })
        .collect()
}

/// Rows between which positions of one column move.
#[derive(Default)]
struct Moves {
    /// They have a value and should not.
    full: Vec<usize>,
    /// They have none and should.
    empty: Vec<usize>,
    /// They have none and may.
    room: Vec<usize>,
    /// They have one.
    lenders: Vec<usize>,
    /// Whether lenders keep theirs.
    keep: bool,
}

/// Where one column has no value.
enum Column<'a> {
    Dealt(&'a [u32]),
    Fixed(&'a [bool]),
}

impl Column<'_> {
    #[inline]
    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Dealt(positions) => positions[row] == NONE,
            Self::Fixed(nulls) => nulls.get(row).copied().unwrap_or(false),
        }
    }
}

impl Nulls<'_> {
    fn is_null(&self, column: usize, row: usize) -> bool {
        self.of(column).is_null(row)
    }

    /// Where a column has no value.
    fn of(&self, column: usize) -> Column<'_> {
        match (self.dealt.columns.get(&column), self.fixed.get(&column)) {
            (Some(positions), _) => Column::Dealt(positions),
            (None, Some(nulls)) => Column::Fixed(nulls),
            (None, None) => Column::Fixed(&[]),
        }
    }

    fn is_dealt(&self, column: usize) -> bool {
        self.dealt.columns.contains_key(&column)
    }

    /// How many rows may be NULL beyond, or below, those of the margin.
    fn tolerated(&self) -> usize {
        (TOLERATED * self.dealt.rows as f64) as usize
    }

    /// Moves a column's positions out of `full` rows into `empty` ones. What is left over beyond what is tolerated goes into rows that
    /// have `room` for it; what is missing comes from `lenders`, which keep theirs if few do it or they must not be NULL.
    fn balance(&mut self, column: usize, mut moves: Moves) {
        let lists = [&mut moves.full, &mut moves.empty, &mut moves.room, &mut moves.lenders];
        if lists[0].is_empty() && lists[1].is_empty() {
            lists.iter().for_each(|rows| self.dealt.skip_shuffle(rows.len()));
            return;
        }
        for rows in lists {
            self.dealt.shuffle(rows);
        }
        let tolerated = self.tolerated();
        let keep = moves.keep || moves.empty.len() <= moves.full.len() + tolerated;
        let Some(positions) = self.dealt.columns.get_mut(&column) else { return };
        let mut pool: Vec<u32> =
            moves.full.into_iter().map(|row| std::mem::replace(&mut positions[row], NONE)).collect();
        let (lenders, mut lent) = (moves.lenders, 0);
        let mut borrow = |positions: &mut Vec<u32>| {
            let row = if keep { lenders.get(lent % lenders.len().max(1)) } else { lenders.get(lent) };
            lent += 1;
            let row = *row?;
            Some(if keep { positions[row] } else { std::mem::replace(&mut positions[row], NONE) })
        };
        let filled: Vec<u32> = positions.iter().copied().filter(|&position| position != NONE).collect();
        for row in moves.empty {
            let found = pool.pop().or_else(|| borrow(positions));
            if let Some(position) = found.or_else(|| filled.get(row % filled.len().max(1)).copied()) {
                positions[row] = position;
            }
        }
        for (row, position) in moves.room.into_iter().zip(pool.into_iter().skip(tolerated)) {
            positions[row] = position;
        }
    }

    fn null_when(&mut self, column: usize, other: usize) {
        let Some(told) = self.told.get(&(column, other)).filter(|_| self.is_dealt(column)) else { return };
        let own = self.of(column);
        let rows = |wanted: Option<bool>, is_null: bool| -> Vec<usize> {
            (0..told.len()).filter(|&row| told[row] == wanted && own.is_null(row) == is_null).collect()
        };
        let (full, empty) = (rows(Some(true), false), rows(Some(false), true));
        let (room, spare) = (rows(None, true), rows(None, false));
        self.balance(column, Moves { full, empty, room, lenders: spare, keep: false });
    }

    /// A column is NULL where another is.
    fn needs(&mut self, column: usize, other: usize) {
        let rows = |this: &Self, column_is: bool, other_is: bool| -> Vec<usize> {
            let (own, others) = (this.of(column), this.of(other));
            let fits = |&row: &usize| own.is_null(row) == column_is && others.is_null(row) == other_is;
            (0..this.dealt.rows).filter(fits).collect()
        };
        let wrong = rows(self, false, true);
        if wrong.is_empty() {
            return;
        }
        if self.is_dealt(column) {
            let room = rows(self, true, false);
            self.balance(column, Moves { full: wrong, room, ..Moves::default() });
        } else if self.is_dealt(other) {
            let spare = rows(self, true, false);
            self.balance(other, Moves { empty: wrong, lenders: spare, ..Moves::default() });
        }
    }

    /// At most, or exactly, one of the columns has a value.
    fn exclusive(&mut self, columns: &[usize], one: bool) {
        let mut pools: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut empty = Vec::new();
        for row in 0..self.dealt.rows {
            let filled: Vec<usize> = columns.iter().copied().filter(|&c| !self.is_null(c, row)).collect();
            if filled.is_empty() && one {
                empty.push(row);
            }
            if filled.len() < 2 {
                continue;
            }
            let fixed = filled.iter().copied().find(|&column| !self.is_dealt(column));
            let kept = fixed.unwrap_or_else(|| *self.dealt.stream.pick(&filled));
            for column in filled.into_iter().filter(|&column| column != kept) {
                if let Some(positions) = self.dealt.columns.get_mut(&column) {
                    pools.entry(column).or_default().push(std::mem::replace(&mut positions[row], NONE));
                }
            }
        }
        let mut pooled: Vec<(usize, u32)> = pools
            .into_iter()
            .flat_map(|(column, positions)| positions.into_iter().map(move |position| (column, position)))
            .collect();
        self.dealt.shuffle(&mut pooled);
        self.dealt.shuffle(&mut empty);
        if !one {
            pooled.truncate(pooled.len().saturating_sub(self.tolerated()));
            empty = (0..self.dealt.rows)
                .filter(|&row| columns.iter().all(|&column| self.is_null(column, row)))
                .collect();
            self.dealt.shuffle(&mut empty);
        }
        for row in empty {
            match pooled.pop() {
                Some((column, position)) => {
                    if let Some(positions) = self.dealt.columns.get_mut(&column) {
                        positions[row] = position;
                    }
                }
                None if one => self.fill_any(columns, row),
                None => break,
            }
        }
    }

    /// Gives a row a value in one of the columns, the same as some other row's.
    fn fill_any(&mut self, columns: &[usize], row: usize) {
        for _ in 0..1_000 {
            let column = *self.dealt.stream.pick(columns);
            let lender = self.dealt.stream.below(self.dealt.rows as u64) as usize;
            if let Some(positions) = self.dealt.columns.get_mut(&column)
                && positions[lender] != NONE
            {
                positions[row] = positions[lender];
                return;
            }
        }
    }

    /// All columns are NULL where the first that is not dealt out, else the first, is.
    fn together(&mut self, columns: &[usize]) {
        let fixed = columns.iter().copied().find(|&column| !self.is_dealt(column));
        let Some(leader) = fixed.or(columns.first().copied()) else { return };
        for &column in columns.iter().filter(|&&column| column != leader) {
            let (own, leading) = (self.of(column), self.of(leader));
            let rows = |column_is: bool, leader_is: bool| -> Vec<usize> {
                let fits = |&row: &usize| own.is_null(row) == column_is && leading.is_null(row) == leader_is;
                (0..self.dealt.rows).filter(fits).collect()
            };
            let (full, empty) = (rows(false, true), rows(true, false));
            let spare = rows(false, false);
            self.balance(column, Moves { full, empty, room: Vec::new(), lenders: spare, keep: true });
        }
    }
}
