//! A slice of a database: the rows that conditions ask for and what belongs to them, in memory, to be learned like a database.

mod closure;

use super::joint::record::{TableKeys, parents_of};
use super::keys::{Places, in_batch, keys_of};
use crate::error::{Error, Result};
use crate::model::context::NO_ROW;
use crate::schema::check::{Clause, Datum};
use crate::schema::graph::SchemaGraph;
use crate::schema::{ForeignKey, Schema};
use crate::store::{ChildCounts, DatabaseIdentity, Sample, Source};
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::ArrowError;
use arrow_select::filter::filter_record_batch;
use arrow_select::nullif::nullif;
use async_trait::async_trait;
use closure::{Closure, Standing};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;

/// Rows of a batch, at the most.
const BATCH_ROWS: usize = 8_192;

/// Rows of all tables of a schema, and who refers to whom.
#[derive(Debug)]
pub struct Slice {
    schema: Schema,
    identity: DatabaseIdentity,
    /// By table, in the order of an ordered scan.
    batches: Vec<Vec<RecordBatch>>,
    /// By table and foreign key: the parent of each row, [`NO_ROW`] where it has none.
    parents: Vec<Vec<Vec<u32>>>,
    /// By table and foreign key: whether the key of each row is NULL.
    lacking: Vec<Vec<Vec<bool>>>,
    /// Tables that were not read.
    unread: BTreeSet<usize>,
}

/// Reads the slice of a source that conditions ask for: rows that meet them, what hangs on those, and what all these refer to.
///
/// Tables in `left_out` are read only where they decide what belongs to the slice. `on_rows` hears of (table, rows). Fails where the source
/// fails, and where no row of a table meets its conditions.
pub async fn read(
    source: &mut dyn Source,
    schema: &Schema,
    clauses: &[Clause],
    left_out: &BTreeSet<usize>,
    on_rows: &(dyn Fn(usize, u64) + Send + Sync),
) -> Result<Slice> {
    let identity = source.identity().await?;
    let standing = standing(schema, clauses);
    let mut gate = Gate { schema, clauses, standing: &standing, present: BTreeMap::new() };
    let mut batches: Vec<Vec<RecordBatch>> = schema.tables.iter().map(|_| Vec::new()).collect();
    let unread: BTreeSet<usize> = left_out.difference(&standing.below).copied().collect();
    for table in SchemaGraph::new(schema).order() {
        if unread.contains(&table) {
            continue;
        }
        let rows = source.count(schema, table).await?;
        let (to_gate, mut fetched) = mpsc::channel::<RecordBatch>(4);
        let pass = async {
            let mut passed = Vec::new();
            while let Some(batch) = fetched.recv().await {
                on_rows(table, batch.num_rows() as u64);
                passed.extend(gate.pass(table, batch)?);
            }
            Ok::<_, Error>(passed)
        };
        let sample = Sample { rows, limit: rows };
        let (scanned, passed) = tokio::join!(source.scan(schema, table, sample, true, to_gate), pass);
        scanned?;
        batches[table] = passed?;
        gate.close(table, &batches[table]);
    }
    Slice::new(schema, identity, batches, unread).narrowed(clauses)
}

/// The slice of rows at hand, by table.
pub fn of_rows(schema: &Schema, batches: Vec<Vec<RecordBatch>>, clauses: &[Clause]) -> Result<Slice> {
    let identity =
        DatabaseIdentity { dialect: schema.dialect, server: "memory".into(), database: String::new() };
    let standing = standing(schema, clauses);
    let gate = Gate { schema, clauses, standing: &standing, present: BTreeMap::new() };
    let met = |(table, batches): (usize, Vec<RecordBatch>)| {
        batches.into_iter().map(|batch| gate.met(table, batch)).collect::<Result<Vec<_>>>()
    };
    let batches = batches.into_iter().enumerate().map(met).collect::<Result<_>>()?;
    Slice::new(schema, identity, batches, BTreeSet::new()).narrowed(clauses)
}

fn standing(schema: &Schema, clauses: &[Clause]) -> Standing {
    Standing::new(schema, clauses.iter().map(|clause| clause.table).collect())
}

/// What lets rows in while tables are read, parents first: most of what a narrow slice leaves out is never kept.
struct Gate<'a> {
    schema: &'a Schema,
    clauses: &'a [Clause],
    standing: &'a Standing,
    /// The keys that rows of a parent table (by its columns) had that were let in.
    present: BTreeMap<(usize, Vec<usize>), FxHashSet<u64>>,
}

impl Gate<'_> {
    /// The rows of a batch that may belong to the slice.
    fn pass(&self, table: usize, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let described = &self.schema.tables[table];
        let mut batch = self.met(table, batch)?;
        for key in &described.foreign_keys {
            let Some(present) = self.present.get(&(key.parent, key.parent_columns.clone())) else { continue };
            let places = Places::of_child(self.schema, described, key);
            if places.whole {
                let keys = keys_of(&batch, &places);
                let stays = keys.iter().map(|key| Some(key.is_none_or(|key| present.contains(&key))));
                batch = filtered(&batch, &stays.collect())?;
            }
        }
        Ok((batch.num_rows() > 0).then_some(batch))
    }

    /// The rows of a batch that meet the conditions of their table.
    fn met(&self, table: usize, batch: RecordBatch) -> Result<RecordBatch> {
        let own: Vec<&Clause> = self.clauses.iter().filter(|clause| clause.table == table).collect();
        if own.is_empty() {
            return Ok(batch);
        }
        let described = &self.schema.tables[table];
        let places: BTreeMap<usize, usize> =
            described.written_columns().enumerate().map(|(place, (column, _))| (column, place)).collect();
        let value = |column: usize, row: usize| {
            places.get(&column).map_or(Datum::Null, |&place| Datum::at(batch.column(place), row))
        };
        let selects = |row| own.iter().all(|clause| clause.predicate.selects(&|column| value(column, row)));
        let stays: BooleanArray = (0..batch.num_rows()).map(|row| Some(selects(row))).collect();
        filtered(&batch, &stays)
    }

    /// A table was read: rows of later tables that refer to other rows of it are out.
    fn close(&mut self, table: usize, batches: &[RecordBatch]) {
        for (child, other) in self.schema.tables.iter().enumerate() {
            for key in other.foreign_keys.iter().filter(|key| key.parent == table) {
                let places = Places::of_parent(self.schema, table, &key.parent_columns);
                if self.standing.follows(child, table) && places.whole {
                    let keys = batches.iter().flat_map(|batch| keys_of(batch, &places)).flatten();
                    self.present.entry((table, key.parent_columns.clone())).or_insert_with(|| keys.collect());
                }
            }
        }
    }
}

fn filtered(batch: &RecordBatch, stays: &BooleanArray) -> Result<RecordBatch> {
    filter_record_batch(batch, stays).map_err(garbled)
}

fn garbled(error: ArrowError) -> Error {
    Error::source_failed("the rows that were read do not fit their table").because(error)
}

impl Slice {
    fn new(
        schema: &Schema,
        identity: DatabaseIdentity,
        batches: Vec<Vec<RecordBatch>>,
        unread: BTreeSet<usize>,
    ) -> Self {
        let keys = batches.iter().enumerate().map(|(table, batches)| {
            let mut keys = TableKeys::new(schema, table);
            batches.iter().for_each(|batch| keys.add(batch));
            keys
        });
        let keys: Vec<TableKeys> = keys.collect();
        let lacking = schema.tables.iter().zip(&keys);
        let lacking = lacking
            .map(|(table, keys)| {
                let lacks = |key: &ForeignKey| keys.lacking(schema, key);
                table.foreign_keys.iter().map(lacks).collect()
            })
            .collect();
        let parents = parents_of(schema, keys);
        Self { schema: schema.clone(), identity, batches, parents, lacking, unread }
    }

    /// The rows that belong to the slice.
    fn narrowed(self, clauses: &[Clause]) -> Result<Self> {
        let rows: Vec<usize> = (0..self.batches.len()).map(|table| self.rows(table)).collect();
        let standing = standing(&self.schema, clauses);
        let closure = Closure {
            schema: &self.schema,
            standing: &standing,
            parents: &self.parents,
            lacking: &self.lacking,
            unread: &self.unread,
        };
        let kept = closure.kept(&rows);
        if let Some(&table) = standing.named.iter().find(|&&table| !kept[table].contains(&true)) {
            return Err(self.nothing(table, clauses));
        }
        let mut batches = Vec::with_capacity(rows.len());
        for (table, own) in self.batches.iter().enumerate() {
            let mut start = 0;
            let mut left = Vec::new();
            for batch in own {
                let rows = start..start + batch.num_rows();
                start = rows.end;
                let batch = self.cut(table, batch, rows.start, &standing, &kept)?;
                let batch = filtered(&batch, &BooleanArray::from(kept[table][rows].to_vec()))?;
                left.extend((batch.num_rows() > 0).then_some(batch));
            }
            batches.push(left);
        }
        Ok(Self::new(&self.schema, self.identity, batches, self.unread))
    }

    /// A batch of a table, beginning at some row, with NULL for references that are cut and whose parent is out.
    fn cut(
        &self,
        table: usize,
        batch: &RecordBatch,
        start: usize,
        standing: &Standing,
        kept: &[Vec<bool>],
    ) -> Result<RecordBatch> {
        let mut columns = batch.columns().to_vec();
        let keys = standing.cut.range((table, 0)..(table + 1, 0));
        for (&(_, foreign_key), &column) in keys {
            let parents = &self.parents[table][foreign_key][start..start + batch.num_rows()];
            let is_out = |&parent: &u32| Some(parent == NO_ROW || !kept[table][parent as usize]);
            let is_out: BooleanArray = parents.iter().map(is_out).collect();
            for place in in_batch(&self.schema.tables[table], &[column]) {
                columns[place] = nullif(&columns[place], &is_out).map_err(garbled)?;
            }
        }
        RecordBatch::try_new(batch.schema(), columns).map_err(garbled)
    }

    /// No row of a table is in.
    fn nothing(&self, table: usize, clauses: &[Clause]) -> Error {
        let texts: Vec<&str> = clauses
            .iter()
            .filter(|clause| clause.table == table)
            .map(|clause| clause.text.as_str())
            .collect();
        let name = &self.schema.tables[table].name;
        let message = match self.rows(table) {
            0 => format!("no row of `{name}` meets the condition {}", texts.join(" AND ")),
            rows => format!(
                "none of the {rows} rows of `{name}` that meet the condition {} belongs to rows that meet the others",
                texts.join(" AND ")
            ),
        };
        Error::usage(message)
            .hint("make the condition wider, or look at the source: there is nothing to learn from")
    }

    /// Rows of a table.
    fn rows(&self, table: usize) -> usize {
        self.batches[table].iter().map(RecordBatch::num_rows).sum()
    }

    /// The children of each row of a foreign key's parent.
    fn children(&self, table: usize, foreign_key: usize) -> Vec<u64> {
        let key = &self.schema.tables[table].foreign_keys[foreign_key];
        let mut children = vec![0; self.rows(key.parent)];
        for &parent in self.parents[table][foreign_key].iter().filter(|&&parent| parent != NO_ROW) {
            children[parent as usize] += 1;
        }
        children
    }
}

#[async_trait]
impl Source for Slice {
    async fn identity(&mut self) -> Result<DatabaseIdentity> {
        Ok(self.identity.clone())
    }

    async fn introspect(&mut self) -> Result<Schema> {
        Ok(self.schema.clone())
    }

    async fn count(&mut self, _: &Schema, table: usize) -> Result<u64> {
        Ok(self.rows(table) as u64)
    }

    async fn child_counts(&mut self, _: &Schema, table: usize, foreign_key: usize) -> Result<ChildCounts> {
        let mut histogram = BTreeMap::new();
        for children in self.children(table, foreign_key) {
            *histogram.entry(children).or_insert(0) += 1;
        }
        let null_rows = self.lacking[table][foreign_key].iter().filter(|lacks| **lacks).count() as u64;
        Ok(ChildCounts { histogram: histogram.into_iter().collect(), null_rows })
    }

    async fn children_of_each(&mut self, _: &Schema, table: usize, foreign_key: usize) -> Result<Vec<u64>> {
        Ok(self.children(table, foreign_key))
    }

    async fn scan(
        &mut self,
        _: &Schema,
        table: usize,
        sample: Sample,
        _: bool,
        batches: mpsc::Sender<RecordBatch>,
    ) -> Result<()> {
        let mut row = 0u64;
        for batch in &self.batches[table] {
            let rows = row..row + batch.num_rows() as u64;
            row = rows.end;
            let batch = if sample.rows > sample.limit {
                // Every so-manieth row, in the order of the key.
                let upto = |row: u64| u128::from(row) * u128::from(sample.limit) / u128::from(sample.rows);
                let stays: BooleanArray = rows.map(|row| Some(upto(row + 1) > upto(row))).collect();
                filtered(batch, &stays)?
            } else {
                batch.clone()
            };
            for start in (0..batch.num_rows()).step_by(BATCH_ROWS) {
                let part = batch.slice(start, BATCH_ROWS.min(batch.num_rows() - start));
                if batches.send(part).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
