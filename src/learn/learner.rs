//! One table after the other, parents first.

use super::joint::record::{RecordedTable, TableKeys};
use super::read::{self, Reading};
use super::roots::{self, Lead};
use super::subjects::Subjects;
use super::treatment::{self, Proposal, Surroundings};
use super::{Options, Progress, cardinality, fit};
use crate::error::{Error, Result};
use crate::model::{Cardinality, ReferenceRows, TableModel, Treatment};
use crate::schema::Schema;
use crate::store::{ChildCounts, Sample, Source};

/// What is known so far.
pub(super) struct Learner<'a> {
    schema: &'a Schema,
    options: &'a Options,
    /// Exact rows by table.
    rows: Vec<u64>,
    on_progress: &'a (dyn Fn(Progress) + Send + Sync),
    tables: Vec<Option<TableModel>>,
    /// Children per parent, by table and foreign key.
    counts: Vec<Vec<ChildCounts>>,
    /// Tables whose rows are about a person.
    about_person: Vec<bool>,
    /// Copied tables whose rows are occasions.
    occasions: Vec<bool>,
    /// On loan to whoever reads a table.
    subjects: Option<Subjects>,
    /// The rows that were read, by table, and their keys.
    recorded: Vec<(RecordedTable, TableKeys)>,
}

impl<'a> Learner<'a> {
    /// Counts the rows of all tables, and nothing more.
    pub(super) async fn new(
        source: &mut dyn Source,
        schema: &'a Schema,
        options: &'a Options,
        on_progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> Result<Self> {
        let count = schema.tables.len();
        let mut rows = Vec::with_capacity(count);
        for table in 0..count {
            rows.push(source.count(schema, table).await?);
        }
        Ok(Self {
            schema,
            options,
            rows,
            on_progress,
            tables: vec![None; count],
            counts: vec![Vec::new(); count],
            about_person: vec![false; count],
            occasions: vec![false; count],
            subjects: Some(Subjects::default()),
            recorded: (0..count).map(|_| Default::default()).collect(),
        })
    }

    /// What was learned of each table by itself, and its rows.
    pub(super) fn into_parts(self) -> (Vec<TableModel>, Vec<(RecordedTable, TableKeys)>) {
        (self.tables.into_iter().flatten().collect(), self.recorded)
    }

    /// What the user asks for.
    fn asked(&self, table: usize) -> Option<Treatment> {
        if self.options.skip.contains(&table) {
            return Some(Treatment::Skip);
        }
        self.options.treatments.get(&table).copied()
    }

    fn is_read(&self, table: usize) -> bool {
        self.is_asked(table) && self.rows[table] > 0
    }

    fn name(&self, table: usize) -> String {
        self.schema.tables[table].name.to_string()
    }

    pub(super) fn refuse_large_copies(&self) -> Result<()> {
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

    pub(super) fn announce(&self, order: &[usize]) {
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

    /// Whether rows of the table are asked of the source at all, be it only to count them.
    fn is_asked(&self, table: usize) -> bool {
        !matches!(self.asked(table), Some(Treatment::Skip | Treatment::Fake))
    }

    /// Reads and fits one table, or says why it is not read.
    pub(super) async fn learn_table(&mut self, source: &mut dyn Source, table: usize) -> Result<()> {
        self.count_children(source, table).await?;
        let this = &self.schema.tables[table];
        if !self.is_read(table) {
            self.about_person[table] = roots::is_person(this, &[]);
            self.tables[table] = Some(self.unread(table));
            return Ok(());
        }
        let asked = self.asked(table);
        let surroundings = treatment::may_be_reference(&Surroundings {
            schema: self.schema,
            table,
            rows: &self.rows,
            is_reference: &|table| self.is_reference(table) && !self.occasions[table],
        });
        let lead = roots::choose(&self.leads(table), self.is_referenced(table), self.options.privacy);
        let keep = asked == Some(Treatment::Copy) || (asked.is_none() && surroundings.is_ok());
        let limit = if keep { self.rows[table] } else { self.options.sample };
        let reading = Reading {
            schema: self.schema,
            table,
            sample: Sample { rows: self.rows[table], limit },
            keep,
            route: Subjects::route(self.schema, table, lead.map(|lead| lead.foreign_key)),
            privacy: self.options.privacy,
        };
        let name = self.name(table);
        let on_rows = |rows| (self.on_progress)(Progress::Rows { table: name.clone(), rows });
        let subjects = self.subjects.take().unwrap_or_default();
        let read = read::read(source, reading, subjects, &on_rows).await?;
        self.subjects = Some(read.subjects);
        let kinds = fit::kinds(this, &read.profile);
        self.about_person[table] = lead.is_some_and(|lead| lead.to_person) || roots::is_person(this, &kinds);
        let Proposal { treatment, because, occasions } = match asked {
            Some(treatment) => {
                Proposal { treatment, because: "The settings say so.".to_owned(), occasions: false }
            }
            None => treatment::propose(this, &read.profile, &kinds, &surroundings),
        };
        self.occasions[table] = occasions;
        let reference = match treatment {
            Treatment::Copy => Some(ReferenceRows::from_batches(&read.batches)?),
            _ => None,
        };
        let sampled = read.profile.rows;
        let (mut columns, recorded) =
            fit::columns(self.schema, this, read.profile, &kinds, self.rows[table], self.options.privacy);
        self.recorded[table] = (recorded, read.keys);
        if reference.is_some() {
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
            dependence: None,
            conditions: Vec::new(),
            rules: Vec::new(),
            reference,
        });
        Ok(())
    }

    fn is_referenced(&self, table: usize) -> bool {
        let mut others = self.schema.tables.iter().enumerate().filter(|&(other, _)| other != table);
        others.any(|(_, other)| other.foreign_keys.iter().any(|key| key.parent == table))
    }

    /// The foreign keys along which rows of the table could come to their subject.
    fn leads(&self, table: usize) -> Vec<Lead> {
        let this = &self.schema.tables[table];
        let keys = this.foreign_keys.iter().zip(&self.counts[table]).enumerate();
        keys.filter(|(_, (key, _))| key.parent != table && !self.is_reference(key.parent))
            .map(|(foreign_key, (key, counts))| Lead {
                foreign_key,
                to_person: self.about_person[key.parent],
                never_null: counts.null_rows == 0,
                parents: counts.histogram.iter().filter(|pair| pair.0 > 0).map(|pair| pair.1).sum(),
            })
            .collect()
    }

    /// Children per parent of all foreign keys of a table; nothing is asked about a table that is not learned.
    async fn count_children(&mut self, source: &mut dyn Source, table: usize) -> Result<()> {
        for foreign_key in 0..self.schema.tables[table].foreign_keys.len() {
            let counts = if self.is_asked(table) {
                source.child_counts(self.schema, table, foreign_key).await?
            } else {
                ChildCounts::default()
            };
            self.counts[table].push(counts);
        }
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
        // To copy a table of which there is no row is to have none.
        let reference = (treatment == Treatment::Copy).then(ReferenceRows::default);
        TableModel {
            name: self.name(table),
            rows: self.rows[table],
            sampled: 0,
            treatment,
            because,
            columns: fit::unread(&self.schema.tables[table], "Nothing: the table was not read."),
            cardinalities: Vec::new(),
            dependence: None,
            conditions: Vec::new(),
            rules: Vec::new(),
            reference,
        }
    }

    /// Turns the counts into what may be told, once it is known which parents are copied.
    pub(super) async fn fit_children(&mut self, source: &mut dyn Source, table: usize) -> Result<()> {
        let this = &self.schema.tables[table];
        let mut cardinalities: Vec<Cardinality> = Vec::with_capacity(this.foreign_keys.len());
        for (index, counts) in std::mem::take(&mut self.counts[table]).iter().enumerate() {
            let parent = this.foreign_keys[index].parent;
            let copied = self.tables[parent].as_ref().and_then(|parent| parent.reference.as_ref());
            let each = match copied.filter(|_| self.is_asked(table)).map(ReferenceRows::len) {
                None => None,
                Some(parents) => Some(self.children_of_each(source, table, index, parents).await?),
            };
            let name = cardinality::name(self.schema, this, index);
            cardinalities.push(cardinality::fit(name, counts, each, self.options.privacy));
        }
        if let Some(learned) = &mut self.tables[table] {
            learned.cardinalities = cardinalities;
        }
        Ok(())
    }

    /// Children of each row of a reference table, which must still be the rows that were read.
    async fn children_of_each(
        &self,
        source: &mut dyn Source,
        table: usize,
        foreign_key: usize,
        parents: usize,
    ) -> Result<Vec<u64>> {
        let each = source.children_of_each(self.schema, table, foreign_key).await?;
        if each.len() == parents {
            return Ok(each);
        }
        let parent = self.schema.tables[table].foreign_keys[foreign_key].parent;
        Err(Error::source_failed(format!(
            "the rows of `{}` changed while they were read: {parents} at first, then {}",
            self.schema.tables[parent].name,
            each.len()
        ))
        .hint("run it again while nothing writes to the source"))
    }
}
