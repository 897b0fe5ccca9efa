//! The straight line from source to target; the only room that knows every step.

mod balances;
mod constraints;
mod event;
mod findings;
mod generalisation;
mod guard;
mod slicing;
mod summary;

pub use event::{Event, Observer, Silent};
pub use findings::{
    CodecFindings, CodecKind, Dependency, DiamondFindings, DrawnFindings, FieldFindings, LinkFindings,
    PlaceFindings, RepeatFindings, SpineFindings, TableFindings, findings,
};
pub use generalisation::{FieldGap, Generalisation, generalisation};
pub use guard::Target;
pub use summary::{
    BalanceSummary, ConstraintPlan, Met, PlanSummary, RulePlan, Summary, TablePlanSummary, TableSummary,
};

use crate::config::{self, Limits, Settings};
use crate::error::{Error, Result};
use crate::generate::Generator;
use crate::generate::column::GENERATORS;
use crate::learn::{self, Progress};
use crate::load::{self, Loaded};
use crate::model::Model;
use crate::model::rule::Rule;
use crate::plan::{self, Existing, Plan};
use crate::schema::graph::SchemaGraph;
use crate::schema::{Action, Deferrable, Dialect, ForeignKey, Schema};
use crate::store::{Address, Preparation, Sink, Source, TargetState, Verdict, open_sink, open_source, trial};
use std::sync::Arc;
use std::time::Instant;

/// A database seen through its foreign keys.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Its schema, relations of the settings included.
    pub schema: Schema,
    /// Its graph.
    pub graph: SchemaGraph,
    /// Exact row counts per table.
    pub rows: Vec<u64>,
    /// How each constraint would be met.
    pub constraints: Vec<ConstraintPlan>,
}

/// Introspects a database.
pub async fn inspect(from: &Address, settings: &Settings) -> Result<Inspection> {
    let mut source = open_source(from).await?;
    let schema = introspect(&mut *source, settings).await?;
    let mut rows = Vec::with_capacity(schema.tables.len());
    for table in 0..schema.tables.len() {
        rows.push(source.count(&schema, table).await?);
    }
    let graph = SchemaGraph::new(&schema);
    let constraints = constraints::of_schema(&schema, &graph, &rows);
    Ok(Inspection { schema, graph, rows, constraints })
}

/// Learns a database, read only.
pub async fn learn(from: &Address, settings: &Settings, observer: &dyn Observer) -> Result<Model> {
    let mut source = open_source(from).await?;
    let schema = introspect(&mut *source, settings).await?;
    learn_from(&mut *source, &schema, settings, observer).await
}

/// The main job up to the plan: learns, and writes nothing (`--dry-run`).
pub async fn rehearse(
    from: &Address,
    to: &Target,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<PlanSummary> {
    let mut source = open_source(from).await?;
    let identity = source.identity().await?;
    let mut sink = open_target(to, identity.dialect).await?;
    guard::refuse_source(&identity, &mut *sink, to).await?;
    drop(sink);
    let schema = introspect(&mut *source, settings).await?;
    let model = learn_from(&mut *source, &schema, settings, observer).await?;
    plan(&model, to, settings).await
}

/// Plans without writing anything (`--dry-run`).
pub async fn plan(model: &Model, to: &Target, settings: &Settings) -> Result<PlanSummary> {
    let mut sink = open_target(to, model.schema.dialect).await?;
    let state = sink.inspect().await?;
    let existing = guard::existing(to, model, &state, &mut *sink).await?;
    let (model, settings) = slicing::of_model(model.clone(), settings).await?;
    let made = Ready::new(model, &settings, existing)?;
    let preparation = made.preparation(to);
    guard::refuse_rows(to, &preparation, &state)?;
    let carried = sink.check(&preparation, &state).await?;
    Ok(made.summary(carried))
}

/// Fills a target from a model.
pub async fn generate(
    model: &Model,
    to: &Target,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Summary> {
    let mut sink = open_target(to, model.schema.dialect).await?;
    let state = sink.inspect().await?;
    let (model, settings) = slicing::of_model(model.clone(), settings).await?;
    fill(model, sink, state, to, &settings, observer).await
}

/// The main job: refuses what must be refused before anything is read, then learns and generates.
pub async fn run(
    from: &Address,
    to: &Target,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Summary> {
    let mut source = open_source(from).await?;
    let identity = source.identity().await?;
    let mut sink = open_target(to, identity.dialect).await?;
    guard::refuse_source(&identity, &mut *sink, to).await?;
    let schema = introspect(&mut *source, settings).await?;
    observer.event(Event::Introspected {
        tables: schema.tables.len(),
        foreign_keys: schema.tables.iter().map(|table| table.foreign_keys.len()).sum(),
    });
    let state = sink.inspect().await?;
    guard::refuse_rows_early(to, &schema, settings, &state)?;
    let started = Instant::now();
    let model = learn_from(&mut *source, &schema, settings, observer).await?;
    drop(source);
    let learning = started.elapsed();
    let summary = fill(model, sink, state, to, settings, observer).await?;
    Ok(Summary { learning, ..summary })
}

async fn open_target(to: &Target, dialect: Dialect) -> Result<Box<dyn Sink>> {
    guard::refuse_protected_name(to)?;
    let mut sink = open_sink(&to.address, dialect).await?;
    guard::refuse_protected(to, &mut *sink).await?;
    Ok(sink)
}

async fn introspect(source: &mut dyn Source, settings: &Settings) -> Result<Schema> {
    let mut schema = source.introspect().await?;
    if schema.tables.is_empty() {
        return Err(Error::source_failed("the source has no tables")
            .hint("check the database's name, and that the user may see its tables"));
    }
    let names: Vec<&str> = GENERATORS.iter().map(|generator| generator.definition().name).collect();
    config::check(settings, &schema, &names)?;
    add_relations(&mut schema, settings)?;
    trial::settle(source, &mut schema).await;
    Ok(schema)
}

/// Adds the foreign keys that only `seed.toml` knows.
fn add_relations(schema: &mut Schema, settings: &Settings) -> Result<()> {
    for relation in &settings.relations {
        let missing =
            |what: &str| Error::config(format!("a relation names {what}, which the source does not have"));
        let find = |name: &str| schema.table_index(name).ok_or_else(|| missing(name));
        let (child, parent) = (find(&relation.child)?, find(&relation.parent)?);
        let columns = |table: usize, names: &[String]| -> Result<Vec<usize>> {
            names
                .iter()
                .map(|name| schema.tables[table].column_index(name).ok_or_else(|| missing(name)))
                .collect()
        };
        let key = ForeignKey {
            name: None,
            columns: columns(child, &relation.columns)?,
            parent,
            parent_columns: columns(parent, &relation.parent_columns)?,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: Deferrable::No,
            match_full: false,
            declared: false,
        };
        let known = schema.tables[child].foreign_keys.iter().any(|other| {
            other.columns == key.columns
                && other.parent == parent
                && other.parent_columns == key.parent_columns
        });
        if !known {
            schema.tables[child].foreign_keys.push(key);
        }
    }
    Ok(())
}

async fn learn_from(
    source: &mut dyn Source,
    schema: &Schema,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Model> {
    let model = match &settings.condition {
        Some(condition) => slicing::learn_slice(source, schema, condition, settings, observer).await?,
        None => {
            let on_progress = |progress| match progress {
                Progress::Started(tables) => observer.event(Event::LearnStarted(tables)),
                Progress::Rows { table, rows } => observer.event(Event::LearnProgress { table, rows }),
            };
            learn::learn(source, schema, &options(settings, schema), &on_progress).await?
        }
    };
    observer.event(Event::LearnFinished);
    generalisation::refuse_memorising(&model)?;
    Ok(model)
}

/// How a schema is learned under the user's settings.
fn options(settings: &Settings, schema: &Schema) -> learn::Options {
    let treatments = settings
        .treatments
        .iter()
        .filter_map(|(name, &treatment)| Some((schema.table_index(name)?, treatment)))
        .collect();
    let skip = settings.exclude.iter().filter_map(|name| schema.table_index(name)).collect();
    learn::Options {
        privacy: settings.privacy,
        sample: settings.sample,
        treatments,
        skip,
        limits: Limits::of(settings, schema),
    }
}

/// The rules of a model, table by table.
pub fn rules(model: &Model) -> Vec<RulePlan> {
    let tables = model.tables.iter().enumerate();
    tables.flat_map(|(index, table)| rules_of(&model.schema, index, &table.rules)).collect()
}

fn rules_of(schema: &Schema, table: usize, rules: &[Rule]) -> Vec<RulePlan> {
    let plan = |rule: &Rule| RulePlan {
        table: schema.tables[table].name.to_string(),
        rule: rule.statement.sentence(schema, table),
        rows: rule.rows,
        except: rule.except(),
    };
    rules.iter().map(plan).collect()
}

/// A model with everything that is decided and made ready before the first row.
struct Ready {
    model: Model,
    plan: Plan,
    generator: Generator,
}

impl Ready {
    fn new(model: Model, settings: &Settings, existing: Existing) -> Result<Self> {
        let names: Vec<&str> = GENERATORS.iter().map(|generator| generator.definition().name).collect();
        config::check(settings, &model.schema, &names)?;
        let plan = plan::plan(&model, settings, existing)?;
        let generator = Generator::new(&model, &plan)?;
        Ok(Self { model, plan, generator })
    }

    fn preparation(&self, to: &Target) -> Preparation {
        let order = self.plan.written();
        Preparation {
            schema: self.model.schema.clone(),
            rows: (0..self.plan.tables.len())
                .map(|table| order.contains(&table).then(|| self.generator.rows(table)))
                .collect(),
            order,
            existing: to.existing,
        }
    }

    fn notes(&self, carried: Vec<String>) -> Vec<String> {
        let made = self.plan.notes.iter().chain(self.generator.notes()).cloned();
        made.chain(carried).collect()
    }

    fn summary(&self, carried: Vec<String>) -> PlanSummary {
        let skipped = (0..self.plan.tables.len()).filter(|table| !self.plan.order.contains(table));
        let tables = self.plan.order.iter().copied().chain(skipped);
        PlanSummary {
            tables: tables.map(|table| self.table_summary(table)).collect(),
            constraints: constraints::of_plan(&self.model, &self.plan),
            rules: self.rules(),
            notes: self.notes(carried),
            seed: self.plan.seed,
        }
    }

    fn rules(&self) -> Vec<RulePlan> {
        let of_table = |&table: &usize| rules_of(&self.model.schema, table, &self.plan.tables[table].rules);
        self.plan.order.iter().flat_map(of_table).collect()
    }

    fn table_summary(&self, index: usize) -> TablePlanSummary {
        let (table, decided) = (&self.model.schema.tables[index], &self.plan.tables[index]);
        TablePlanSummary {
            table: table.name.to_string(),
            treatment: decided.treatment,
            because: decided.because.clone(),
            source_rows: decided.source_rows,
            rows: self.generator.rows(index),
            columns: (0..table.columns.len())
                .map(|column| {
                    (
                        table.columns[column].name.clone(),
                        constraints::column(&self.model, &self.plan, index, column),
                    )
                })
                .collect(),
        }
    }
}

/// MySQL's triggers cannot be switched off: tables that have some come first, so that what they write elsewhere can make room for the
/// rows that belong there.
fn fire_first(preparation: &mut Preparation, state: &TargetState, dialect: Option<Dialect>) {
    let Some(there) = state.schema.as_ref().filter(|_| dialect == Some(Dialect::Mysql)) else { return };
    let schema = &preparation.schema;
    let quiet = |table: &usize| {
        let name = &schema.tables[*table].name.name;
        there.tables.iter().filter(|other| other.name.name == *name).all(|other| other.triggers.is_empty())
    };
    preparation.order.sort_by_key(quiet);
}

/// Plans, prepares, loads, finishes.
async fn fill(
    model: Model,
    mut sink: Box<dyn Sink>,
    state: TargetState,
    to: &Target,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Summary> {
    let existing = guard::existing(to, &model, &state, &mut *sink).await?;
    let ready = Ready::new(model, settings, existing)?;
    let mut preparation = ready.preparation(to);
    fire_first(&mut preparation, &state, sink.dialect());
    guard::refuse_rows(to, &preparation, &state)?;
    let carried = sink.check(&preparation, &state).await?;
    observer.event(Event::Planned(Box::new(ready.summary(carried.clone()))));
    let notes = ready.notes(carried);
    let Ready { model, plan, generator } = ready;
    let names: Vec<String> = model.schema.tables.iter().map(|table| table.name.to_string()).collect();
    let generator = Arc::new(generator);

    let started = Instant::now();
    sink.prepare(&preparation).await?;
    let order = preparation.order.clone();
    let expected = order.iter().map(|&table| (names[table].clone(), generator.rows(table))).collect();
    observer.event(Event::LoadStarted(expected));
    let report =
        |table: usize, rows: u64| observer.event(Event::LoadProgress { table: names[table].clone(), rows });
    let loaded = load::load(generator, &mut *sink, &order, settings.jobs, &report).await?;
    let loading = started.elapsed();

    observer.event(Event::Finishing);
    let started = Instant::now();
    let mut verdicts = sink.finish().await?;
    verdicts.extend(order.iter().zip(&loaded).flat_map(|(&table, loaded)| {
        let conditions = plan.tables[table].conditions.iter().filter(|condition| condition.kept.is_ok());
        let name = &names[table];
        conditions.zip(&loaded.outside).map(move |(condition, &violations)| Verdict {
            table: name.clone(),
            constraint: format!("WHERE {}", condition.text),
            violations,
        })
    }));
    let tallied = order.iter().zip(&loaded);
    let of_table =
        |(&table, loaded): (&usize, &Loaded)| balances::of_table(&model.schema, &plan, table, loaded);
    let balances = tallied.flat_map(of_table).collect();
    let tables = order
        .iter()
        .zip(loaded)
        .map(|(&table, loaded)| TableSummary {
            table: names[table].clone(),
            treatment: plan.tables[table].treatment,
            rows: loaded.rows,
            checksum: loaded.checksum,
        })
        .collect();
    Ok(Summary {
        tables,
        verdicts,
        balances,
        notes,
        seed: plan.seed,
        learning: std::time::Duration::ZERO,
        loading,
        finishing: started.elapsed(),
    })
}
