//! Where only a part of the source, or of a model, is wanted: `--where`; and where a model has to be learned in another order: `--balance`.

use super::{Event, Observer, balances, options};
use crate::config::{self, Balance, Settings};
use crate::error::{Error, Result};
use crate::generate::{CHUNK_ROWS, Generator};
use crate::learn::{self, slice, slice::Slice};
use crate::load;
use crate::model::{Model, Treatment, privacy};
use crate::plan::{self, Existing};
use crate::schema::Schema;
use crate::schema::check::Clause;
use crate::store::Source;
use arrow_array::RecordBatch;
use rayon::prelude::*;
use std::borrow::Cow;

/// Learns the slice of a source that the settings ask for.
///
/// What happens to each table is decided by the whole of it: in a slice, few rows are no sign of a reference table.
pub(super) async fn learn_slice(
    source: &mut dyn Source,
    schema: &Schema,
    text: &str,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Model> {
    let clauses = config::clauses(settings, schema, text)?;
    let options = options(settings, schema);
    let mut expected = Vec::with_capacity(schema.tables.len());
    for (index, table) in schema.tables.iter().enumerate() {
        expected.push((table.name.to_string(), source.count(schema, index).await?));
    }
    observer.event(Event::LearnStarted(expected));
    let whole = learn::treatments(source, schema, &options).await?;
    let on_rows = |table: usize, rows: u64| {
        observer.event(Event::LearnProgress { table: schema.tables[table].name.to_string(), rows });
    };
    let left_out = (0..whole.len()).filter(|&table| matches!(whole[table].0, Treatment::Skip)).collect();
    let slice = slice::read(source, schema, &clauses, &left_out, &on_rows).await?;
    learn_from(slice, schema, &clauses, whole, options).await
}

/// A model of the slice of a model's rows that the settings ask for, and the settings for it: as many rows as it would make of each table, or as many as
/// would be read of one, are drawn, and the slice of those is learned. Where these are only a part, all tables are scaled up by as much.
pub(super) async fn of_model(model: Model, settings: &Settings) -> Result<(Model, Cow<'_, Settings>)> {
    let is_learned_so = |balance: &Balance| balances::comes_first(&model, balance);
    let as_it_is = config::balances(settings, &model.schema)?.iter().all(is_learned_so);
    let clauses = match &settings.condition {
        None if as_it_is => return Ok((model, Cow::Borrowed(settings))),
        None => Vec::new(),
        Some(text) => config::clauses(settings, &model.schema, text)?,
    };
    let whole = model.tables.iter().map(|table| (table.treatment, table.because.clone())).collect();
    // Of a model of a slice, its own conditions hold as well.
    let before: Vec<Vec<String>> = model.tables.iter().map(|table| table.conditions.clone()).collect();
    let made = model.tables.iter().filter(|table| table.treatment == Treatment::Learn);
    let largest = made.map(|table| table.rows).max().unwrap_or(0);
    let part = (settings.sample as f64 / largest.max(1) as f64).min(1.0);
    let everything = Settings {
        seed: settings.seed,
        scale: part,
        limits: settings.limits.clone(),
        rules: settings.rules.clone(),
        origins: settings.origins.clone(),
        ..Settings::default()
    };
    let schema = model.schema.clone();
    // What was drawn is nobody's: everything that the model may say of its source it has said already.
    let privacy = privacy::Settings { k: 1 };
    let options = learn::Options { privacy, sample: u64::MAX, ..options(settings, &schema) };
    let jobs = settings.jobs;
    let rows = tokio::task::spawn_blocking(move || rows_of(&model, &everything, jobs)).await;
    let rows = rows.map_err(|error| Error::usage("drawing rows was broken off").because(error))??;
    let slice = slice::of_rows(&schema, rows, &clauses)?;
    let mut sliced = learn_from(slice, &schema, &clauses, whole, options).await?;
    for (table, before) in sliced.tables.iter_mut().zip(before) {
        table.conditions.extend(before);
    }
    Ok((sliced, Cow::Owned(Settings { scale: settings.scale / part, ..settings.clone() })))
}

/// All rows of a model, by table.
fn rows_of(model: &Model, settings: &Settings, jobs: usize) -> Result<Vec<Vec<RecordBatch>>> {
    let plan = plan::plan(model, settings, Existing::default())?;
    let generator = Generator::new(model, &plan)?;
    let pool = load::pool(jobs)?;
    let filled = plan.written();
    let of_table = |table: usize| {
        let rows = if filled.contains(&table) { generator.rows(table) } else { 0 };
        let chunks = (0..rows.div_ceil(CHUNK_ROWS)).into_par_iter();
        let batch = |chunk: u64| {
            let start = chunk * CHUNK_ROWS;
            generator.batch(table, start, CHUNK_ROWS.min(rows - start))
        };
        pool.install(|| chunks.map(batch).collect())
    };
    Ok((0..model.tables.len()).map(of_table).collect())
}

/// Learns a slice, each table treated as the whole of it is.
async fn learn_from(
    mut slice: Slice,
    schema: &Schema,
    clauses: &[Clause],
    whole: Vec<(Treatment, String)>,
    options: learn::Options,
) -> Result<Model> {
    let treatments = whole.iter().enumerate();
    // A table that is empty has nothing to be sliced: it is made up as ever.
    let decided = treatments.filter(|(_, (treatment, _))| *treatment != Treatment::Fake);
    let treatments = decided.map(|(table, (treatment, _))| (table, *treatment)).collect();
    let mut model =
        learn::learn(&mut slice, schema, &learn::Options { treatments, ..options }, &|_| ()).await?;
    for (table, (learned, (treatment, because))) in model.tables.iter_mut().zip(whole).enumerate() {
        if learned.treatment == treatment {
            learned.because = because;
        }
        let own = clauses.iter().filter(|clause| clause.table == table);
        learned.conditions.extend(own.map(|clause| clause.text.clone()));
    }
    Ok(model)
}
