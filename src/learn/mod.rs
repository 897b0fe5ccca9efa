//! Batches to a model: how tables look, how they hang together, and which are to be copied.
//!
//! Tables are read parents first, so that every row's subject is known when the row comes. Of each column only what
//! fitting needs is kept; what is fitted passes [`privacy`].

mod along;
mod cardinality;
mod disclosure;
mod fit;
mod joint;
mod json;
mod keys;
mod learner;
mod numbers;
mod observed;
mod ordered;
mod profile;
mod read;
mod relative;
mod roots;
mod row_set;
mod rules;
mod semantic;
pub mod slice;
mod subjects;
mod text;
mod treatment;
mod unique;

use crate::config::Limits;
use crate::error::Result;
use crate::model::{FORMAT_VERSION, Model, TableModel, Treatment, privacy};
use crate::schema::Schema;
use crate::schema::graph::SchemaGraph;
use crate::store::Source;
use joint::record::Recorded;
use learner::Learner;
use std::collections::{BTreeMap, BTreeSet};

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
    /// What columns may depend on.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            privacy: privacy::Settings::default(),
            sample: 1_000_000,
            treatments: BTreeMap::new(),
            skip: BTreeSet::new(),
            limits: Limits::default(),
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
    let learner = learn_tables(source, schema, options, on_progress).await?;
    let tables = learn_dependence(schema, options, learner).await?;
    Ok(Model {
        format: FORMAT_VERSION,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        privacy: options.privacy,
        schema: schema.clone(),
        tables,
    })
}

/// What is proposed for every table of a source, and why, as [`learn`] does.
pub async fn treatments(
    source: &mut dyn Source,
    schema: &Schema,
    options: &Options,
) -> Result<Vec<(Treatment, String)>> {
    let (tables, _) = learn_tables(source, schema, options, &|_| ()).await?.into_parts();
    Ok(tables.into_iter().map(|table| (table.treatment, table.because)).collect())
}

/// Learns every table by itself.
async fn learn_tables<'a>(
    source: &mut dyn Source,
    schema: &'a Schema,
    options: &'a Options,
    on_progress: &'a (dyn Fn(Progress) + Send + Sync),
) -> Result<Learner<'a>> {
    let mut learner = Learner::new(source, schema, options, on_progress).await?;
    learner.refuse_large_copies()?;
    let order = SchemaGraph::new(schema).order();
    learner.announce(&order);
    for &table in &order {
        learner.learn_table(source, table).await?;
    }
    for table in 0..schema.tables.len() {
        learner.fit_children(source, table).await?;
    }
    Ok(learner)
}

/// Learns how columns and tables depend on each other, which is work for all cores.
async fn learn_dependence(
    schema: &Schema,
    options: &Options,
    learner: Learner<'_>,
) -> Result<Vec<TableModel>> {
    let (schema, options) = (schema.clone(), options.clone());
    let (mut tables, read) = learner.into_parts();
    let worker = tokio::task::spawn_blocking(move || {
        let mut recorded = Recorded::new(&schema, read);
        debug_assert_eq!(recorded.disagreements(&tables), Vec::<String>::new());
        rules::find(&schema, &mut tables, &recorded, options.privacy);
        relative::code(&schema, &mut tables, &mut recorded, &options);
        joint::fit(&schema, &mut tables, recorded, &options);
        tables
    });
    read::outcome(worker, || "learning how columns depend on each other".to_owned()).await
}
