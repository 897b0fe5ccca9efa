//! Batches to a model: how tables look, how they hang together, and which are to be copied.
//!
//! Tables are read parents first, so that every row's subject is known when the row comes. Of each column only what
//! fitting needs is kept; what is fitted passes [`privacy`](crate::model::privacy).

mod cardinality;
mod disclosure;
mod fit;
mod json;
mod numbers;
mod observed;
mod ordered;
mod profile;
mod read;
mod semantic;
mod subjects;
mod text;
mod treatment;
mod unique;

use crate::error::{Error, Result};
use crate::model::{Cardinality, FORMAT_VERSION, Model, ReferenceRows, TableModel, Treatment, privacy};
use crate::schema::Schema;
use crate::schema::graph::SchemaGraph;
use crate::store::{Sample, Source};
use read::Reading;
use std::collections::{BTreeMap, BTreeSet};
use subjects::Subjects;
use treatment::Surroundings;

/// How to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Thresholds.
    pub privacy: privacy::Settings,
    /// Rows read per table at the most; reference tables are read whole.
    pub sample: u64,
    /// Treatments the user asks for, by index into [`Schema::tables`].
    pub treatments: BTreeMap<usize, Treatment>,
    /// Tables that are left out, by index; the same as the treatment [`Treatment::Skip`].
    pub skip: BTreeSet<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            privacy: privacy::Settings::default(),
            sample: 1_000_000,
            treatments: BTreeMap::new(),
            skip: BTreeSet::new(),
        }
    }
}

/// What happens while learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The tables that will be read, in this order, with the rows wanted of each.
    Started(Vec<(String, u64)>),
    /// More rows of a table were read.
    Rows {
        /// The table.
        table: String,
        /// Rows since the last such message.
        rows: u64,
    },
}

/// Learns a source: exact counts of rows and of children per parent, and distributions from a sample of each table.
///
/// The same source gives the same model, whatever the order of its rows and the number of threads. Fails where the source
/// fails, and where the user asks to copy a table that is too large.
pub async fn learn(
    source: &mut dyn Source,
    schema: &Schema,
    options: &Options,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Model> {
    let mut rows = Vec::with_capacity(schema.tables.len());
    for table in 0..schema.tables.len() {
        rows.push(source.count(schema, table).await?);
    }
    let mut learner = Learner {
        schema,
        options,
        rows,
        on_progress,
        tables: vec![None; schema.tables.len()],
        subjects: Some(Subjects::default()),
    };
    learner.refuse_large_copies()?;
    let order = SchemaGraph::new(schema).order();
    learner.announce(&order);
    for &table in &order {
        learner.learn_table(source, table).await?;
    }
    for table in 0..schema.tables.len() {
        learner.count_children(source, table).await?;
    }
    Ok(Model {
        format: FORMAT_VERSION,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        privacy: options.privacy,
        schema: schema.clone(),
        tables: learner.tables.into_iter().flatten().collect(),
    })
}

/// What is known so far.
struct Learner<'a> {
    schema: &'a Schema,
    options: &'a Options,
    /// Exact rows by table.
    rows: Vec<u64>,
    on_progress: &'a (dyn Fn(Progress) + Send + Sync),
    tables: Vec<Option<TableModel>>,
    /// On loan to whoever reads a table.
    subjects: Option<Subjects>,
}

impl Learner<'_> {
    /// What the user asks for.
    fn asked(&self, table: usize) -> Option<Treatment> {
        if self.options.skip.contains(&table) {
            return Some(Treatment::Skip);
        }
        self.options.treatments.get(&table).copied()
    }

    fn is_read(&self, table: usize) -> bool {
        !matches!(self.asked(table), Some(Treatment::Skip | Treatment::Fake)) && self.rows[table] > 0
    }

    fn name(&self, table: usize) -> String {
        self.schema.tables[table].name.to_string()
    }

    fn refuse_large_copies(&self) -> Result<()> {
        let most = treatment::MOST_ROWS_ASKED;
        let asked = |&table: &usize| self.asked(table) == Some(Treatment::Copy) && self.rows[table] > most;
        match (0..self.rows.len()).find(asked) {
            None => Ok(()),
            Some(table) => Err(Error::usage(format!(
                "table `{}` is to be copied, but has {} rows, more than the {most} that can be",
                self.name(table),
                self.rows[table]
            ))
            .hint(format!("use `--table {}=learn`, or leave the choice to seed", self.name(table)))),
        }
    }

    fn announce(&self, order: &[usize]) {
        let wanted = |table: usize| match self.asked(table) {
            Some(Treatment::Copy) => self.rows[table],
            _ => self.rows[table].min(self.options.sample),
        };
        let read = order.iter().filter(|&&table| self.is_read(table));
        (self.on_progress)(Progress::Started(read.map(|&table| (self.name(table), wanted(table))).collect()));
    }

    fn is_reference(&self, table: usize) -> bool {
        self.tables[table].as_ref().is_some_and(|learned| learned.treatment == Treatment::Copy)
    }

    async fn learn_table(&mut self, source: &mut dyn Source, table: usize) -> Result<()> {
        if !self.is_read(table) {
            self.tables[table] = Some(self.unread(table));
            return Ok(());
        }
        let asked = self.asked(table);
        let subjects = self.subjects.take().unwrap_or_default();
        let is_reference = |table: usize| self.is_reference(table);
        let surroundings = treatment::may_be_reference(&Surroundings {
            schema: self.schema,
            table,
            rows: &self.rows,
            is_reference: &is_reference,
        });
        let keep = asked == Some(Treatment::Copy) || (asked.is_none() && surroundings.is_ok());
        let limit = if keep { self.rows[table] } else { self.options.sample };
        let reading = Reading {
            schema: self.schema,
            table,
            sample: Sample { rows: self.rows[table], limit },
            keep,
            route: subjects.route(self.schema, table, is_reference),
            privacy: self.options.privacy,
        };
        let name = self.name(table);
        let on_rows = |rows| (self.on_progress)(Progress::Rows { table: name.clone(), rows });
        let read = read::read(source, reading, subjects, &on_rows).await?;
        self.subjects = Some(read.subjects);
        let this = &self.schema.tables[table];
        let kinds = fit::kinds(this, &read.profile);
        let (treatment, because) = match asked {
            Some(asked) => (asked, "The settings say so.".to_owned()),
            None => treatment::propose(this, &read.profile, &kinds, &surroundings),
        };
        let reference = match treatment {
            Treatment::Copy => Some(ReferenceRows::from_batches(&read.batches)?),
            _ => None,
        };
        let sampled = read.profile.rows;
        let mut columns =
            fit::columns(self.schema, this, read.profile, &kinds, self.rows[table], self.options.privacy);
        if treatment == Treatment::Copy {
            columns.iter_mut().for_each(|column| {
                column.discloses = "Every value: the table's rows are copied.".to_owned();
            });
        }
        self.tables[table] = Some(TableModel {
            name,
            rows: self.rows[table],
            sampled,
            treatment,
            because,
            columns,
            cardinalities: Vec::new(),
            reference,
        });
        Ok(())
    }

    /// A table of which no row is read.
    fn unread(&self, table: usize) -> TableModel {
        let (treatment, because) = match self.asked(table) {
            Some(asked) => (asked, "The settings say so.".to_owned()),
            None => {
                (Treatment::Fake, "The source table is empty: there is nothing to learn from.".to_owned())
            }
        };
        TableModel {
            name: self.name(table),
            rows: self.rows[table],
            sampled: 0,
            treatment,
            because,
            columns: fit::unread(&self.schema.tables[table], "Nothing: the table was not read."),
            cardinalities: Vec::new(),
            reference: None,
        }
    }

    /// Children per parent of all foreign keys of a table; nothing is asked about a table that is not learned.
    async fn count_children(&mut self, source: &mut dyn Source, table: usize) -> Result<()> {
        let this = &self.schema.tables[table];
        let is_asked = !matches!(self.asked(table), Some(Treatment::Skip | Treatment::Fake));
        let mut cardinalities = Vec::with_capacity(this.foreign_keys.len());
        for (index, key) in this.foreign_keys.iter().enumerate() {
            let name = cardinality::name(self.schema, this, index);
            if !is_asked {
                cardinalities.push(Cardinality { name, null_rows: 0, histogram: Vec::new(), each: None });
                continue;
            }
            let counts = source.child_counts(self.schema, table, index).await?;
            let copied = self.tables[key.parent].as_ref().and_then(|parent| parent.reference.as_ref());
            let each = match copied.map(ReferenceRows::len) {
                None => None,
                Some(parents) => {
                    let each = source.children_of_each(self.schema, table, index).await?;
                    if each.len() != parents {
                        return Err(Error::source_failed(format!(
                            "the rows of `{}` changed while they were read: {parents} at first, then {}",
                            self.schema.tables[key.parent].name,
                            each.len()
                        ))
                        .hint("run it again; a source that is written to needs an engine with snapshots"));
                    }
                    Some(each)
                }
            };
            cardinalities.push(cardinality::fit(name, &counts, each, self.options.privacy));
        }
        if let Some(learned) = &mut self.tables[table] {
            learned.cardinalities = cardinalities;
        }
        Ok(())
    }
}
