//! Makes a schema that fails smaller, as long as it fails in the same way.

use super::shape::Schema;
use super::trial::{self, Failure};
use std::time::{Duration, Instant};

/// The smallest schema found within a time, and its failure.
pub(super) fn shrink(schema: &Schema, seed: u64, failure: Failure, time: Duration) -> (Schema, Failure) {
    let started = Instant::now();
    let (mut best, mut why) = (schema.clone(), failure);
    loop {
        let mut smaller = false;
        // From the end: what comes later leans on what comes before.
        let mut at = candidates(&best).len();
        while at > 0 && started.elapsed() < time {
            at -= 1;
            let all = candidates(&best);
            let Some(cut) = all.get(at) else { continue };
            let Some(candidate) = apply(&best, *cut) else { continue };
            if let Err(found) = trial::guarded(&candidate, seed)
                && found.class == why.class
            {
                (best, why, smaller) = (candidate, found, true);
            }
        }
        if !smaller || started.elapsed() >= time {
            return (best, why);
        }
    }
}

/// Something that can be left out.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Table(usize),
    Partitions(usize),
    ForeignKey(usize, usize),
    Unique(usize, usize),
    Check(usize, usize),
    Column(usize, usize),
    Suffix(usize),
}

fn candidates(schema: &Schema) -> Vec<Cut> {
    let mut out = Vec::new();
    for (index, table) in schema.tables.iter().enumerate() {
        out.extend((0..table.columns.len()).map(|at| Cut::Column(index, at)));
        out.extend((0..table.checks.len()).map(|at| Cut::Check(index, at)));
        out.extend((0..table.uniques.len()).map(|at| Cut::Unique(index, at)));
        out.extend((0..table.foreign_keys.len()).map(|at| Cut::ForeignKey(index, at)));
        out.extend((!table.partitions.is_empty()).then_some(Cut::Partitions(index)));
        out.extend((table.partitions.is_empty() && !table.suffix.is_empty()).then_some(Cut::Suffix(index)));
    }
    out.extend((0..schema.tables.len()).map(Cut::Table));
    out
}

/// The schema without it; `None` where something else needs it.
fn apply(schema: &Schema, cut: Cut) -> Option<Schema> {
    let mut out = schema.clone();
    match cut {
        Cut::Table(index) => {
            if out.tables.len() == 1 {
                return None;
            }
            out.tables.remove(index);
            for table in &mut out.tables {
                table.foreign_keys.retain(|key| key.parent != index);
            }
            for key in out.tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
                key.parent -= usize::from(key.parent > index);
            }
        }
        Cut::Partitions(index) => {
            out.tables[index].partitions.clear();
            out.tables[index].suffix.clear();
            out.tables[index].routed_by = None;
        }
        Cut::Suffix(index) => out.tables[index].suffix.clear(),
        Cut::ForeignKey(index, at) => drop(out.tables[index].foreign_keys.remove(at)),
        Cut::Unique(index, at) => {
            let columns = out.tables[index].uniques.remove(at).columns;
            if is_target(schema, index, &columns) {
                return None;
            }
        }
        Cut::Check(index, at) => drop(out.tables[index].checks.remove(at)),
        Cut::Column(index, at) => remove_column(&mut out, index, at)?,
    }
    Some(out)
}

fn is_target(schema: &Schema, index: usize, columns: &[usize]) -> bool {
    let mut keys = schema.tables.iter().flat_map(|table| &table.foreign_keys);
    keys.any(|key| key.parent == index && key.parent_columns == columns)
}

fn remove_column(schema: &mut Schema, index: usize, at: usize) -> Option<()> {
    let referenced = schema
        .tables
        .iter()
        .flat_map(|table| &table.foreign_keys)
        .any(|key| key.parent == index && key.parent_columns.contains(&at));
    let table = &mut schema.tables[index];
    let computed = |column: &super::shape::Column| {
        column.generated.as_ref().is_some_and(|(_, columns)| columns.contains(&at))
    };
    let alone = table.columns.iter().filter(|column| column.generated.is_none()).count() == 1;
    if referenced
        || table.in_key(at)
        || table.routed_by == Some(at)
        || table.columns.iter().any(computed)
        || alone
    {
        return None;
    }
    table.columns.remove(at);
    table.checks.retain(|check| !check.columns.contains(&at));
    let down = |column: &mut usize| *column -= usize::from(*column > at);
    table.primary_key.iter_mut().for_each(down);
    table.routed_by.iter_mut().for_each(down);
    table.checks.iter_mut().flat_map(|check| &mut check.columns).for_each(down);
    for unique in &mut table.uniques {
        unique.columns.iter_mut().for_each(down);
        unique.condition.iter_mut().flat_map(|(_, columns)| columns).for_each(down);
    }
    table
        .columns
        .iter_mut()
        .filter_map(|column| column.generated.as_mut())
        .flat_map(|(_, columns)| columns)
        .for_each(down);
    table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(down);
    let keys = schema.tables.iter_mut().flat_map(|table| &mut table.foreign_keys);
    keys.filter(|key| key.parent == index).flat_map(|key| &mut key.parent_columns).for_each(down);
    Some(())
}
