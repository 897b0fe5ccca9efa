//! One table ready to be generated: where its columns come from, where its rows hang.

use super::column::{Sampler, gather};
use super::joint::Known;
use super::mend::Leeway;
use super::parent::Spread;
use super::pointed::Pointed;
use super::relative::Difference;
use super::retyped::retyped;
use super::rules::{Numbered, Ruled};
use crate::model::rule::Operand;
use crate::rng::Permutation;
use crate::schema::DataType;
use crate::schema::check::Predicate;
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use rayon::prelude::*;
use std::sync::Arc;

/// No parent, or no position.
pub(crate) const NONE: u32 = u32::MAX;

/// Rows whose values a thread works out in one go.
const AT_ONCE: usize = 16_384;

/// A table ready to be generated.
pub(crate) struct TableGenerator {
    pub(crate) rows: u64,
    pub(crate) columns: Vec<Source>,
    pub(crate) links: Vec<Link>,
    /// The rows of a copied table.
    pub(crate) copied: Option<RecordBatch>,
    pub(crate) filter: Filter,
    /// The order in which rows are written, where it is not that of their numbers.
    pub(crate) order: Option<Arc<Vec<u32>>>,
}

impl TableGenerator {
    /// The row that is written at a place.
    pub(crate) fn row_at(&self, place: u64) -> u64 {
        self.order.as_ref().map_or(place, |order| u64::from(order[place as usize]))
    }

    /// Whether a column says whose keys another one holds.
    pub(super) fn names_tables(&self, column: usize) -> bool {
        let by = |source: &Source| matches!(source, Source::Pointed(pointed) if pointed.by() == column);
        self.columns.iter().any(by)
    }
}

/// Where a column's values come from.
#[allow(clippy::large_enum_variant, reason = "there is one per column, not one per row")]
pub(crate) enum Source {
    /// The engine computes it; not written.
    Computed,
    /// Column number so and so of the copied rows.
    Copied(usize),
    /// The parent's value; never NULL where `required`, whatever the link says.
    Inherited { foreign_key: usize, position: usize, required: bool },
    /// Drawn for the row.
    Drawn(Drawn),
    /// Computed or bounded by a rule.
    Ruled(Box<Ruled>),
    /// The row's number among the children of its parent.
    Numbered(Box<Numbered>),
    /// The key of another table's row, as a column beside it says.
    Pointed(Box<Pointed>),
    /// The value of each row, as it was worked out.
    Listed(ArrayRef),
    /// Always NULL.
    Null,
}

/// A column drawn for each row: a permutation of rows over positions, and a sampler over positions.
pub(crate) struct Drawn {
    pub(crate) sampler: Box<dyn Sampler>,
    pub(crate) data_type: DataType,
    /// Positions that are not NULL; the sampler's spare ones follow.
    pub(crate) count: u64,
    pub(crate) positions: Positions,
    /// Positions that an earlier run used up; they come before all others.
    pub(crate) used: u64,
    /// Positions below this are NULL.
    pub(crate) nulls: u64,
    /// Where NULLs must not depend on the position (columns that share a rank): their own permutation.
    pub(crate) null_rows: Option<Permutation>,
    /// Where the sampler gives differences: what from.
    pub(crate) difference: Option<Box<Difference>>,
}

/// Which position a row has.
#[derive(Clone)]
pub(crate) enum Positions {
    /// Row i has position i.
    InOrder,
    /// By formula.
    Permuted(Permutation),
    /// As the solver found; counted among the positions that are not NULL.
    Listed(Arc<Vec<u32>>),
}

impl Drawn {
    /// The sampler's position for a row, `None` for NULL.
    #[inline]
    pub(crate) fn position(&self, row: u64) -> Option<u64> {
        let position = match &self.positions {
            Positions::InOrder => row,
            Positions::Permuted(permutation) => permutation.apply(row),
            Positions::Listed(list) => {
                let position = list[row as usize];
                return (position != NONE).then_some(u64::from(position));
            }
        };
        match &self.null_rows {
            Some(permutation) => (permutation.apply(row) >= self.nulls).then_some(position + self.used),
            None => Some(position.checked_sub(self.nulls)? + self.used),
        }
    }

    /// The other values that its values depend on.
    pub(crate) fn operands(&self) -> impl Iterator<Item = &Operand> {
        self.difference.iter().flat_map(|difference| difference.operands())
    }

    /// What the sampler gives to some rows, NULL where there is no row: values, or differences.
    pub(crate) fn sampled(&self, rows: &[Option<u64>]) -> ArrayRef {
        let positions: Vec<_> = rows.iter().map(|row| row.and_then(|row| self.position(row))).collect();
        self.sampler.sample(&positions).into_array(&self.data_type)
    }

    /// What the sampler gives at all positions that rows without NULL have.
    pub(crate) fn at_every_position(&self) -> ArrayRef {
        let part = |start: u64| {
            let positions: Vec<_> = (start..self.count.min(start + AT_ONCE as u64)).map(Some).collect();
            self.sampler.sample(&positions).into_array(&self.data_type)
        };
        joined((0..self.count.div_ceil(AT_ONCE as u64).max(1)).map(|at| at * AT_ONCE as u64), part)
    }

    /// The values of some rows of its table, NULL where there is no row.
    pub(crate) fn values(&self, tables: &Tables, table: usize, rows: &[Option<u64>]) -> ArrayRef {
        let sampled = self.sampled(rows);
        match &self.difference {
            None => sampled,
            Some(difference) => difference.values(tables, table, rows, (&sampled, &self.data_type)),
        }
    }
}

/// Which parent each row has through one foreign key.
pub(crate) enum Link {
    /// By formula.
    Formula(Box<Spread>),
    /// As the solver found.
    Listed(Vec<u32>),
    /// The parent's parent.
    Implied { via: usize, then: usize },
    /// None.
    Missing,
    /// Not decided yet (a late link, while other tables are being solved).
    Undecided,
}

/// What rows are tested against.
#[derive(Default)]
pub(crate) struct Filter {
    /// The conditions.
    pub(crate) predicates: Vec<Predicate>,
    /// The drawn columns that are drawn again together where a row breaks one.
    pub(crate) redrawn: Vec<usize>,
    /// The columns that are drawn again with them, but stay within what other values of their own row allow.
    pub(crate) bounded: Vec<usize>,
    /// Rows that are known to pass, to borrow from as the last resort.
    pub(crate) donors: Vec<u64>,
    /// What may be changed, column by column, in rows that break a condition all the same.
    pub(crate) leeway: Vec<Leeway>,
    /// Whether rows are changed before they are drawn again: where nothing was learned, no distribution is bent by it.
    pub(crate) mend_first: bool,
    /// The conditions of unique keys that hold for some rows only.
    pub(crate) partial: Vec<Predicate>,
}

/// All tables of a run.
pub(crate) struct Tables {
    pub(crate) schema: Arc<crate::schema::Schema>,
    pub(crate) tables: Vec<TableGenerator>,
    /// What trees look at, while tables are made ready.
    pub(crate) known: Known,
}

impl Tables {
    /// The parent of a row through a foreign key.
    pub(crate) fn parent(&self, table: usize, foreign_key: usize, row: u64) -> Option<u64> {
        match self.tables[table].links.get(foreign_key).unwrap_or(&Link::Undecided) {
            Link::Formula(spread) => spread.parent(row),
            Link::Listed(parents) => {
                let parent = parents[row as usize];
                (parent != NONE).then_some(u64::from(parent))
            }
            Link::Implied { via, then } => {
                let parent = self.parent(table, *via, row)?;
                self.parent(self.schema.tables[table].foreign_keys[*via].parent, *then, parent)
            }
            Link::Missing | Link::Undecided => None,
        }
    }

    /// The values of one column for some rows, NULL where there is no row.
    pub(crate) fn values(&self, table: usize, column: usize, rows: &[Option<u64>]) -> ArrayRef {
        let data_type = &self.schema.tables[table].columns[column].data_type;
        // A table that a late link leads to may not be ready yet: it has no values then.
        let Some(source) = self.tables[table].columns.get(column) else {
            return new_null_array(&data_type.arrow(), rows.len());
        };
        self.values_from(source, (table, column), rows)
    }

    /// The values that a column would have if they came from there.
    pub(super) fn values_from(
        &self,
        source: &Source,
        (table, column): (usize, usize),
        rows: &[Option<u64>],
    ) -> ArrayRef {
        let data_type = &self.schema.tables[table].columns[column].data_type;
        match source {
            Source::Computed => new_null_array(&data_type.arrow(), rows.len()),
            Source::Null => new_null_array(&data_type.arrow(), rows.len()),
            Source::Copied(index) => match &self.tables[table].copied {
                Some(batch) => gather(batch.column(*index), rows),
                None => new_null_array(&data_type.arrow(), rows.len()),
            },
            Source::Drawn(drawn) => drawn.values(self, table, rows),
            Source::Ruled(ruled) => ruled.values(self, table, rows),
            Source::Numbered(numbered) => numbered.values(self, table, rows, data_type),
            Source::Listed(values) => gather(values, rows),
            Source::Pointed(pointed) => pointed.values(self, (table, column), rows),
            Source::Inherited { foreign_key, position, required } => {
                let key = &self.schema.tables[table].foreign_keys[*foreign_key];
                let own: Vec<_> = rows.iter().map(|row| self.parent(table, *foreign_key, (*row)?)).collect();
                let lacks = rows.iter().zip(&own).any(|(row, own)| row.is_some() && own.is_none());
                let from = (key.parent, key.parent_columns[*position]);
                let any = self.stand_ins(from, *required && lacks);
                let parents: Vec<_> =
                    own.iter().zip(rows).map(|(own, row)| own.or_else(|| any.of((*row)?))).collect();
                retyped(self.values(from.0, from.1, &parents), &data_type.arrow())
            }
        }
    }

    /// Rows of a table that have a value in a column, where some are wanted: a NOT NULL column of a key that is NULL in another column
    /// still needs a value that exists, and any parent's will do.
    fn stand_ins(&self, (parent, column): (usize, usize), wanted: bool) -> StandIns {
        let rows = self.tables[parent].rows;
        if !wanted || !self.schema.tables[parent].columns[column].nullable {
            return StandIns { rows: if wanted { rows } else { 0 }, listed: Vec::new() };
        }
        let first: Vec<_> = (0..rows.min(AT_ONCE as u64)).map(Some).collect();
        let valid = |values: &ArrayRef| -> Vec<u64> {
            (0u64..)
                .zip(0..values.len())
                .filter(|(_, row)| values.is_valid(*row))
                .map(|(row, _)| row)
                .collect()
        };
        let mut listed = valid(&self.values(parent, column, &first));
        if listed.is_empty() && rows > first.len() as u64 {
            listed = valid(&self.all_values(parent, column));
        }
        StandIns { rows: listed.len() as u64, listed }
    }

    /// The values of one column for all rows, worked out on all cores.
    pub(crate) fn all_values(&self, table: usize, column: usize) -> ArrayRef {
        let all = self.tables[table].rows;
        if let Some(Source::Inherited { foreign_key, position, required }) =
            self.tables[table].columns.get(column)
            && let key = &self.schema.tables[table].foreign_keys[*foreign_key]
            && let parents = self.tables[key.parent].rows
            && key.parent != table
            && 2 * parents <= all
        {
            // Each parent's value is worked out once, not once for each child.
            let from = (key.parent, key.parent_columns[*position]);
            let own: Vec<_> = (0..all).map(|row| self.parent(table, *foreign_key, row)).collect();
            let any = self.stand_ins(from, *required && own.contains(&None));
            let of: Vec<_> = (0..all).zip(own).map(|(row, own)| own.or_else(|| any.of(row))).collect();
            return gather(&self.all_values(from.0, from.1), &of);
        }
        let part = |start: u64| {
            let rows: Vec<_> = (start..all.min(start + AT_ONCE as u64)).map(Some).collect();
            self.values(table, column, &rows)
        };
        joined((0..all.div_ceil(AT_ONCE as u64).max(1)).map(|at| at * AT_ONCE as u64), part)
    }
}

/// Rows that stand in for parents: so many, or those that are listed.
struct StandIns {
    rows: u64,
    listed: Vec<u64>,
}

impl StandIns {
    /// The one for a row.
    fn of(&self, row: u64) -> Option<u64> {
        let at = (self.rows > 0).then(|| row % self.rows)?;
        Some(self.listed.get(at as usize).copied().unwrap_or(at))
    }
}

/// The parts of an array that begin at some places, worked out on all cores.
fn joined(starts: impl Iterator<Item = u64>, part: impl Fn(u64) -> ArrayRef + Sync + Send) -> ArrayRef {
    let starts: Vec<u64> = starts.collect();
    if let &[start] = starts.as_slice() {
        return part(start);
    }
    let parts: Vec<ArrayRef> = starts.into_par_iter().map(part).collect();
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    arrow_select::concat::concat(&parts).expect("all parts have the column's type")
}
