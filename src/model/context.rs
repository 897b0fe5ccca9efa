//! What trees look at: classes of fields by row, and registers over earlier siblings. Learning fills a [`Context`] with
//! what was read, generating with what was drawn; everything else is the same for both.

use super::{Feature, Field};
use std::collections::BTreeMap;

/// No parent.
pub const NO_ROW: u32 = u32::MAX;

/// The classes of all rows of all tables, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// One entry per table of the schema.
    pub tables: Vec<Rows>,
}

/// The classes of the rows of one table.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// How many rows there are.
    pub len: usize,
    /// Classes by field, one per row. [`Field::Row`] is not among them.
    pub fields: BTreeMap<Field, Vec<u8>>,
    /// Details of the same fields, where tokens share classes.
    pub details: BTreeMap<Field, Vec<u8>>,
    /// By foreign key: the parent's row of each row, [`NO_ROW`] where there is none; empty where nothing is known.
    pub parents: Vec<Vec<u32>>,
    /// By foreign key, where the parent is a copied table: the class of each of the parent's rows as [`Field::Row`].
    pub parent_classes: BTreeMap<usize, Vec<u8>>,
    /// The details of the same.
    pub parent_details: BTreeMap<usize, Vec<u8>>,
}

impl Context {
    /// The row at the end of a path of foreign keys, or [`NO_ROW`]. `schema_parent(table, foreign_key)` names the parent table.
    pub fn climb(
        &self,
        table: usize,
        path: &[usize],
        row: u32,
        schema_parent: &dyn Fn(usize, usize) -> usize,
    ) -> u32 {
        let (mut at, mut row) = (table, row);
        for &step in path {
            if row == NO_ROW {
                return NO_ROW;
            }
            row = self.tables[at].parents[step].get(row as usize).copied().unwrap_or(NO_ROW);
            at = schema_parent(at, step);
        }
        row
    }

    /// The classes of a field at the end of a path, for some rows of a table; 0 where there is no such row or field.
    pub fn classes(
        &self,
        table: usize,
        path: &[usize],
        field: Field,
        rows: &[u32],
        schema_parent: &dyn Fn(usize, usize) -> usize,
    ) -> Vec<u8> {
        let Some(known) = self.known(table, path, field, schema_parent) else { return vec![0; rows.len()] };
        rows.iter()
            .map(|&row| known.get(self.climb(table, path, row, schema_parent) as usize).copied().unwrap_or(0))
            .collect()
    }

    /// The classes of a field by row of the table at the end of a path.
    pub fn known(
        &self,
        table: usize,
        path: &[usize],
        field: Field,
        schema_parent: &dyn Fn(usize, usize) -> usize,
    ) -> Option<&[u8]> {
        let end = path.iter().fold(table, |at, &step| schema_parent(at, step));
        match (field, path.split_last()) {
            (Field::Row, Some((&last, before))) => {
                let child = before.iter().fold(table, |at, &step| schema_parent(at, step));
                self.tables[child].parent_classes.get(&last).map(Vec::as_slice)
            }
            _ => self.tables[end].fields.get(&field).map(Vec::as_slice),
        }
    }

    /// The details of a field by row of the table at the end of a path.
    pub fn known_details(
        &self,
        table: usize,
        path: &[usize],
        field: Field,
        schema_parent: &dyn Fn(usize, usize) -> usize,
    ) -> Option<&[u8]> {
        let end = path.iter().fold(table, |at, &step| schema_parent(at, step));
        match (field, path.split_last()) {
            (Field::Row, Some((last, before))) => {
                let child = before.iter().fold(table, |at, &step| schema_parent(at, step));
                self.tables[child].parent_details.get(last).map(Vec::as_slice)
            }
            _ => self.tables[end].details.get(&field).map(Vec::as_slice),
        }
    }
}

impl Feature {
    /// Whether its classes have an order, given whether those of a field have one.
    pub fn is_ordered(&self, field_is_ordered: impl Fn(&[usize], Field) -> bool) -> bool {
        match self {
            Self::Of { path, field } | Self::Detail { path, field } => field_is_ordered(path, *field),
            Self::Earlier { field, .. } => field_is_ordered(&[], *field),
            Self::Position | Self::Left | Self::Mean(_) | Self::Distinct(_) | Self::Seen { .. } => true,
        }
    }

    /// Whether it looks at siblings.
    pub fn is_of_siblings(&self) -> bool {
        !matches!(self, Self::Of { .. } | Self::Detail { .. })
    }

    /// The feature that says of which class this is a detail; any other feature itself.
    pub fn whole(&self) -> Self {
        match self {
            Self::Detail { path, field } => Self::Of { path: path.clone(), field: *field },
            _ => self.clone(),
        }
    }
}

/// The class of a number of siblings.
pub fn count_class(count: usize) -> u8 {
    count.min(63) as u8
}

/// What is remembered of one column over the earlier siblings of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Register {
    last: [u8; 2],
    sum: u32,
    values: u32,
    seen: u64,
}

impl Register {
    /// One more sibling, with this class.
    pub fn update(&mut self, class: u8) {
        self.last = [class, self.last[0]];
        self.seen |= 1 << (class & 63);
        if class > 0 {
            self.sum += u32::from(class);
            self.values += 1;
        }
    }

    /// The class so many rows back (1 or 2); 0 where there is none.
    pub fn earlier(&self, back: u8) -> u8 {
        self.last[usize::from(back.clamp(1, 2)) - 1]
    }

    /// The rounded mean class, NULLs left out; 0 where there is none.
    pub fn mean(&self) -> u8 {
        if self.values == 0 { 0 } else { ((2 * self.sum + self.values) / (2 * self.values)) as u8 }
    }

    /// 1 if some sibling has a class, else 0.
    pub fn has(&self, class: u8) -> u8 {
        (self.seen >> (class & 63) & 1) as u8
    }

    /// Different classes, at most 63.
    pub fn distinct(&self) -> u8 {
        count_class(self.seen.count_ones() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_along_a_path() {
        let child = Rows { len: 3, parents: vec![vec![1, NO_ROW, 0]], ..Rows::default() };
        let mut parent = Rows { len: 2, ..Rows::default() };
        parent.fields.insert(Field::Column(4), vec![7, 9]);
        let context = Context { tables: vec![child, parent] };
        let up = |_: usize, _: usize| 1;
        assert_eq!(context.classes(0, &[0], Field::Column(4), &[0, 1, 2], &up), [9, 0, 7]);
        assert_eq!(context.classes(0, &[0], Field::Column(5), &[0], &up), [0]);
    }

    #[test]
    fn registers_remember() {
        let mut register = Register::default();
        assert_eq!((register.earlier(1), register.mean(), register.distinct()), (0, 0, 0));
        [3, 0, 6].into_iter().for_each(|class| register.update(class));
        assert_eq!((register.earlier(1), register.earlier(2)), (6, 0));
        assert_eq!((register.mean(), register.distinct()), (5, 3));
        assert_eq!([0, 3, 4, 6].map(|class| register.has(class)), [1, 1, 0, 1]);
    }
}
