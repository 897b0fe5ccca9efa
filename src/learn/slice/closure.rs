//! Which rows belong to a slice, given which are asked for.
//!
//! 1. A row of a *named* table that does not meet its condition is out.
//! 2. A row is out that refers to a row of a named table, or of a table below one, that is out. Only a named table's reference to itself is
//!    *cut*, where it may be NULL: the condition says which employees are meant, and who their managers are is another matter.
//! 3. A row of a named table is out that nothing hangs on, be it children of children, in a named table below it.
//! 4. Of tables above those only the rows are in that some row which is in refers to.
//! 5. Of all other tables those rows are in whose parents are.
//!
//! 1 to 3 take the greatest set of rows that agrees with them, 4 the least, so the order of tables and rows means nothing.

use crate::model::context::NO_ROW;
use crate::schema::{ForeignKey, Schema};
use std::collections::{BTreeMap, BTreeSet};

/// How tables stand to those that conditions are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// Tables with a condition.
    pub(super) named: BTreeSet<usize>,
    /// These and all tables that hang on them.
    pub(super) below: BTreeSet<usize>,
    /// Tables that those refer to, by however many steps, and that are not among them.
    above: BTreeSet<usize>,
    /// References that are cut, by table and foreign key: the column that is NULL then.
    pub(super) cut: BTreeMap<(usize, usize), usize>,
}

impl Standing {
    pub(super) fn new(schema: &Schema, named: BTreeSet<usize>) -> Self {
        let below = reach(schema, &named, false);
        let above = reach(schema, &below, true).difference(&below).copied().collect();
        let cut = named.iter().flat_map(|&table| cuts(schema, table)).collect();
        Self { named, below, above, cut }
    }

    /// Whether rows of the table can be left out of a slice before all tables are known, because those they refer to are out.
    pub(super) fn follows(&self, table: usize, parent: usize) -> bool {
        table != parent && self.below.contains(&table) && self.below.contains(&parent)
    }
}

/// The references of a table to itself that may be NULL, with a column that nothing else needs.
fn cuts(schema: &Schema, table: usize) -> Vec<((usize, usize), usize)> {
    let this = &schema.tables[table];
    let needed = |column: usize, own: usize| {
        let mut others = this.foreign_keys.iter().enumerate().filter(|&(index, _)| index != own);
        this.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column))
            || others.any(|(_, key)| key.columns.contains(&column))
    };
    let own = this.foreign_keys.iter().enumerate().filter(|(_, key)| key.parent == table);
    let column = |(index, key): (usize, &ForeignKey)| {
        let free = |column: &&usize| this.columns[**column].nullable && !needed(**column, index);
        let whole = !key.match_full || key.columns.len() == 1;
        Some(((table, index), *key.columns.iter().find(free).filter(|_| whole)?))
    };
    own.filter_map(column).collect()
}

/// Tables that can be reached from some, these included: to parents or to children.
fn reach(schema: &Schema, from: &BTreeSet<usize>, up: bool) -> BTreeSet<usize> {
    let mut reached = from.clone();
    loop {
        let before = reached.len();
        for (child, table) in schema.tables.iter().enumerate() {
            for key in &table.foreign_keys {
                let (start, end) = if up { (child, key.parent) } else { (key.parent, child) };
                if reached.contains(&start) {
                    reached.insert(end);
                }
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// The rows of all tables, as far as a slice asks.
pub(super) struct Closure<'a> {
    pub(super) schema: &'a Schema,
    pub(super) standing: &'a Standing,
    /// By table and foreign key: the parent of each row, [`NO_ROW`] where it has none.
    pub(super) parents: &'a [Vec<Vec<u32>>],
    /// By table and foreign key: whether the key of each row is NULL. A row whose parent is not there, though its key is not NULL, is out.
    pub(super) lacking: &'a [Vec<Vec<bool>>],
    /// Tables whose rows were not read; what refers to them is not judged by them.
    pub(super) unread: &'a BTreeSet<usize>,
}

impl Closure<'_> {
    /// The rows of the slice, by table, of so many rows each.
    pub(super) fn kept(&self, rows: &[usize]) -> Vec<Vec<bool>> {
        let below = &self.standing.below;
        let mut kept: Vec<Vec<bool>> = rows.iter().map(|&rows| vec![true; rows]).collect();
        loop {
            let mut changed = self.drop_orphans(&mut kept, below, below);
            changed |= self.drop_unmatched(&mut kept);
            if !changed {
                break;
            }
        }
        self.take_along(&mut kept);
        let rest: BTreeSet<usize> = (0..rows.len())
            .filter(|table| !below.contains(table) && !self.standing.above.contains(table))
            .collect();
        let judges: BTreeSet<usize> = rest.union(&self.standing.above).copied().collect();
        while self.drop_orphans(&mut kept, &rest, &judges) {}
        kept
    }

    /// Drops rows of `tables` that refer to rows of `judges` that are out. Whether there were any.
    fn drop_orphans(
        &self,
        kept: &mut [Vec<bool>],
        tables: &BTreeSet<usize>,
        judges: &BTreeSet<usize>,
    ) -> bool {
        let mut changed = false;
        for &table in tables {
            for (index, key) in self.schema.tables[table].foreign_keys.iter().enumerate() {
                let is_cut = self.standing.cut.contains_key(&(table, index));
                if is_cut || !judges.contains(&key.parent) || self.unread.contains(&key.parent) {
                    continue;
                }
                for row in 0..kept[table].len() {
                    let parent = self.parents[table][index][row];
                    let is_in = match parent {
                        NO_ROW => self.lacking[table][index][row],
                        parent => kept[key.parent][parent as usize],
                    };
                    if kept[table][row] && !is_in {
                        kept[table][row] = false;
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    /// Drops rows of named tables that nothing hangs on in a named table below. Whether there were any.
    fn drop_unmatched(&self, kept: &mut [Vec<bool>]) -> bool {
        let mut changed = false;
        for &child in &self.standing.named {
            let over = reach(self.schema, &BTreeSet::from([child]), true);
            let under = reach(self.schema, &BTreeSet::from([child]), false);
            let asked: Vec<usize> = self
                .standing
                .named
                .iter()
                .copied()
                .filter(|table| over.contains(table) && !under.contains(table))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let mut marked: Vec<Vec<bool>> = kept.iter().map(|rows| vec![false; rows.len()]).collect();
            marked[child].clone_from(&kept[child]);
            let way = over.intersection(&self.standing.below).copied().collect();
            self.mark_parents(kept, &mut marked, &way);
            for table in asked {
                for (row, marked) in kept[table].iter_mut().zip(&marked[table]) {
                    changed |= *row && !marked;
                    *row &= marked;
                }
            }
        }
        changed
    }

    /// Marks all rows of `tables` that marked rows refer to, by however many steps through rows that are in.
    fn mark_parents(&self, kept: &[Vec<bool>], marked: &mut [Vec<bool>], tables: &BTreeSet<usize>) {
        loop {
            let mut changed = false;
            for (table, described) in self.schema.tables.iter().enumerate() {
                for (index, key) in described.foreign_keys.iter().enumerate() {
                    if !tables.contains(&key.parent) {
                        continue;
                    }
                    for (row, &parent) in self.parents[table][index].iter().enumerate() {
                        let to = parent as usize;
                        if parent != NO_ROW
                            && marked[table][row]
                            && kept[key.parent][to]
                            && !marked[key.parent][to]
                        {
                            marked[key.parent][to] = true;
                            changed = true;
                        }
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Keeps of the tables above only what rows that are in refer to.
    fn take_along(&self, kept: &mut [Vec<bool>]) {
        let mut marked: Vec<Vec<bool>> = kept.iter().map(|rows| vec![false; rows.len()]).collect();
        for &table in &self.standing.below {
            marked[table].clone_from(&kept[table]);
        }
        self.mark_parents(kept, &mut marked, &self.standing.above);
        for &table in &self.standing.above {
            kept[table].clone_from(&marked[table]);
        }
    }
}
