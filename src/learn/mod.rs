//! Batches to a model: how tables look, how they hang together, and which are to be copied.
//!
//! Tables are read parents first, so that every row's subject is known when the row comes. Of each column only what
//! fitting needs is kept; what is fitted passes [`privacy`].

mod cardinality;
mod disclosure;
mod fit;
mod json;
mod learner;
mod numbers;
mod observed;
mod ordered;
mod profile;
mod read;
mod roots;
mod rules;
mod semantic;
mod subjects;
mod text;
mod treatment;
mod unique;

use crate::error::Result;
use crate::model::{FORMAT_VERSION, Model, Treatment, privacy};
use crate::schema::Schema;
use crate::schema::graph::SchemaGraph;
use crate::store::Source;
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
    Ok(Model {
        format: FORMAT_VERSION,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        privacy: options.privacy,
        schema: schema.clone(),
        tables: learner.into_tables(),
    })
}
