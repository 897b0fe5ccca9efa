//! Profiles to models: one column at a time, on all cores.

use super::joint::record::{self, Raw, RecordedTable};
use super::json::JsonProfile;
use super::numbers::{Numbers, Sorted};
use super::observed::{Runs, Tally};
use super::ordered::{Detail, fit_counts, fit_floats, fit_integers, rhythm};
use super::profile::{ColumnProfile, TableProfile, Values};
use super::text::fit_text;
use super::{disclosure, json, semantic, unique};
use crate::model::privacy::Settings;
use crate::model::{Categories, ColumnModel, Marginal, Ordered, SemanticKind, UniqueIntegers};
use crate::schema::check::Predicate;
use crate::schema::{Column, DataType, Schema, Table, civil};
use rayon::prelude::*;

/// What is the same for all columns of a table.
struct Setting<'a> {
    table: &'a Table,
    /// Rows of the whole table.
    all_rows: u64,
    subjects: &'a [u32],
    /// Columns that a CHECK restricts to listed values.
    listed: Vec<usize>,
    /// Numbers of the single-column primary key, by row.
    key_order: Option<Vec<Option<i64>>>,
    privacy: Settings,
}

/// The kind of each written column.
pub(super) fn kinds(table: &Table, profile: &TableProfile) -> Vec<Option<SemanticKind>> {
    let columns: Vec<&Column> = table.written_columns().map(|(_, column)| column).collect();
    let recognise = |(column, profile): (&&Column, &ColumnProfile)| {
        let texts = if let Values::Text(texts, _) = &profile.values { Some(texts) } else { None };
        semantic::recognise(&column.name, &column.data_type, texts, Some(&table.name.name))
    };
    columns.par_iter().zip(&profile.columns).map(recognise).collect()
}

/// Fits all columns of a table, and records what was read of them; generated columns have nothing to fit.
pub(super) fn columns(
    schema: &Schema,
    table: &Table,
    profile: TableProfile,
    kinds: &[Option<SemanticKind>],
    all_rows: u64,
    privacy: Settings,
) -> (Vec<ColumnModel>, RecordedTable) {
    let TableProfile { rows, subjects, columns: profiles } = profile;
    let written: Vec<usize> = table.written_columns().map(|(index, _)| index).collect();
    let setting = Setting {
        table,
        all_rows,
        subjects: &subjects,
        listed: listed_columns(schema, table),
        key_order: key_order(table, &written, &profiles),
        privacy,
    };
    let fitted: Vec<(ColumnModel, Raw, Option<Vec<u16>>)> = written
        .into_par_iter()
        .zip(profiles)
        .zip(kinds)
        .map(|((index, profile), kind)| {
            let (model, raw) = setting.column(index, profile, *kind);
            let tokens = record::tokens(&model, &raw);
            (model, raw, tokens)
        })
        .collect();
    let mut fitted = fitted.into_iter();
    let mut recorded = RecordedTable { rows: rows as usize, subjects, ..RecordedTable::default() };
    let mut models = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let computed = || (empty(table, column, "Nothing: the database computes it."), Raw::None, None);
        let of_column = if column.generated.is_some() { None } else { fitted.next() };
        let (model, raw, tokens) = of_column.unwrap_or_else(computed);
        models.push(model);
        recorded.values.push(raw);
        recorded.tokens.push(tokens);
    }
    number_once(table, &mut models, &recorded);
    (models, recorded)
}

/// Of the numbers that nobody declared a key only one numbers the rows, and what rises with it.
fn number_once(table: &Table, models: &mut [ColumnModel], recorded: &RecordedTable) {
    let values = |column: usize| match &recorded.values[column] {
        Raw::Whole { values, absent, .. } => {
            let value = |(row, &value)| (!absent.contains(row)).then_some(value);
            values.iter().enumerate().map(value).collect()
        }
        _ => Vec::new(),
    };
    let mut first: Option<Vec<Option<i64>>> = None;
    for (column, model) in models.iter_mut().enumerate() {
        let Some(unique) = model.unique.as_mut().filter(|unique| unique.serial) else { continue };
        if unique::is_candidate(table, column) {
            continue;
        }
        let own = values(column);
        match &first {
            Some(first) => unique.serial = unique::rises_with(first, &own),
            None => first = Some(own),
        }
    }
}

/// The models of columns whose table was not read, and why nothing is told of them.
pub(super) fn unread(table: &Table, why: &str) -> Vec<ColumnModel> {
    table.columns.iter().map(|column| empty(table, column, why)).collect()
}

fn empty(table: &Table, column: &Column, why: &str) -> ColumnModel {
    ColumnModel {
        name: column.name.clone(),
        nulls: 0,
        distinct: 0,
        semantic: semantic::recognise(&column.name, &column.data_type, None, Some(&table.name.name)),
        marginal: Marginal::Empty,
        relative: None,
        unique: None,
        discloses: why.to_owned(),
    }
}

impl Setting<'_> {
    /// Fits a column; what is kept of it row by row goes on to the joint model.
    fn column(&self, index: usize, profile: ColumnProfile, kind: Option<SemanticKind>) -> (ColumnModel, Raw) {
        let column = &self.table.columns[index];
        let ColumnProfile { nulls, absent, values } = profile;
        let (marginal, distinct, unique, raw) = match values {
            Values::Numbers(numbers) => {
                let (marginal, distinct, unique) = self.numbers(index, &numbers, nulls, kind);
                (marginal, distinct, unique, numbers.into_raw())
            }
            Values::Booleans(tallies, values) => {
                let distinct = tallies.iter().filter(|tally| tally.rows > 0).count() as u64;
                (booleans(&tallies, self.privacy), distinct, None, Raw::Boolean { values, absent })
            }
            Values::Text(texts, ids) => {
                let closed =
                    matches!(column.data_type, DataType::Enum { .. }) || self.listed.contains(&index);
                let distinct = texts.distinct();
                let raw = match ids {
                    Some(ids) => Raw::Text { ids, values: texts.values() },
                    None => Raw::Opaque { absent },
                };
                (fit_text(texts, kind, closed, self.privacy), distinct, None, raw)
            }
            Values::Json(documents) => {
                let distinct = documents.distinct();
                (self.documents(index, *documents), distinct, None, Raw::Opaque { absent })
            }
            Values::Bytes(lengths) => {
                let distinct = lengths.len() as u64;
                let marginal = if lengths.is_empty() {
                    Marginal::Empty
                } else {
                    Marginal::Bytes { lengths: fit_counts(lengths, self.privacy) }
                };
                (marginal, distinct, None, Raw::Opaque { absent })
            }
        };
        let discloses = disclosure::sentence(column, &marginal, unique.as_ref(), kind, self.privacy);
        let name = column.name.clone();
        (
            ColumnModel {
                name,
                nulls,
                distinct,
                semantic: kind,
                marginal,
                relative: None,
                unique,
                discloses,
            },
            raw,
        )
    }

    /// The marginal of an ordered column, its different values, and how they are spread where they do not repeat.
    fn numbers(
        &self,
        index: usize,
        numbers: &Numbers,
        nulls: u64,
        kind: Option<SemanticKind>,
    ) -> (Marginal, u64, Option<UniqueIntegers>) {
        match numbers.sorted(self.subjects, self.privacy) {
            Sorted::Whole(runs) => {
                let marginal = self.whole(index, &runs, kind);
                let is_personal = kind.is_some_and(SemanticKind::is_personal);
                let found = !is_personal && unique::is_found(self.table, index, &runs, &marginal);
                let is_key = found || unique::is_candidate(self.table, index);
                let by_row = is_key.then(|| numbers.whole_by_row()).flatten();
                let unique = self.unique(index, &runs, nulls, by_row, &marginal);
                (marginal, runs.len() as u64, unique)
            }
            Sorted::Real(runs) => (self.real(index, &runs, kind), runs.len() as u64, None),
        }
    }

    fn documents(&self, index: usize, documents: JsonProfile) -> Marginal {
        let column = &self.table.columns[index];
        match &column.data_type {
            DataType::Array { element } => documents.fit_list(&column.name, element),
            _ if documents.rows() == 0 => Marginal::Empty,
            _ => Marginal::Json(documents.fit(&column.name)),
        }
    }

    /// Personal numbers and keys are told coarsely and never by value.
    fn detail<T>(&self, index: usize, kind: Option<SemanticKind>, lowest: T, highest: T) -> Detail<T> {
        let personal = kind.is_some_and(SemanticKind::is_personal);
        let is_key = self.table.unique_keys().any(|key| key.columns == [index])
            || self.table.foreign_keys.iter().any(|key| key.columns == [index]);
        let is_time = matches!(
            self.table.columns[index].data_type,
            DataType::Date | DataType::Timestamp { .. } | DataType::Time
        );
        Detail {
            bins: if personal || is_key { 32 } else { 512 },
            atoms: !personal,
            digits: if is_time { 2 } else { 1 },
            lowest,
            highest,
        }
    }

    fn whole(&self, index: usize, runs: &Runs<i64>, kind: Option<SemanticKind>) -> Marginal {
        if runs.len() == 0 {
            return Marginal::Empty;
        }
        let (lowest, highest) = whole_range(&self.table.columns[index].data_type);
        let detail = self.detail(index, kind, lowest, highest);
        let fitted = fit_integers(runs, detail, self.privacy);
        let day = match self.table.columns[index].data_type {
            DataType::Date => 1,
            DataType::Timestamp { .. } => civil::DAY,
            _ => return Marginal::Integers(fitted),
        };
        Marginal::Integers(Ordered { rhythm: rhythm(runs, day, self.privacy), ..fitted })
    }

    fn real(&self, index: usize, runs: &Runs<f64>, kind: Option<SemanticKind>) -> Marginal {
        if runs.len() == 0 {
            return Marginal::Empty;
        }
        let single = matches!(self.table.columns[index].data_type, DataType::Float { bits: 32 });
        let limit = if single { f64::from(f32::MAX) } else { f64::MAX };
        let detail = self.detail(index, kind, -limit, limit);
        Marginal::Floats(fit_floats(runs, detail, single, self.privacy))
    }

    fn unique(
        &self,
        index: usize,
        runs: &Runs<i64>,
        nulls: u64,
        by_row: Option<Vec<Option<i64>>>,
        marginal: &Marginal,
    ) -> Option<UniqueIntegers> {
        let by_row = by_row?;
        if runs.rows() != runs.len() as u64 {
            return None;
        }
        let is_primary = self.table.primary_key.as_ref().is_some_and(|key| key.columns == [index]);
        let is_number =
            !matches!(self.table.columns[index].data_type, DataType::Date | DataType::Timestamp { .. });
        let serial = match &self.key_order {
            Some(keys) => unique::rises_with(keys, &by_row),
            // What nobody declared numbers the rows where no key does.
            None => is_number && !unique::is_candidate(self.table, index),
        };
        let serial = serial || (is_primary && is_number);
        let grid =
            if let Marginal::Integers(ordered) = marginal { (ordered.step, ordered.offset) } else { (1, 0) };
        let sampled = runs.rows() + nulls;
        let all = u128::from(self.all_rows) * u128::from(runs.rows()) / u128::from(sampled.max(1));
        let values: Vec<i64> = runs.values().collect();
        let grid = if values.iter().all(|value| value.rem_euclid(grid.0) == grid.1) { grid } else { (1, 0) };
        unique::fit(&values, all as u64, grid, serial)
    }
}

fn booleans(tallies: &[Tally; 2], privacy: Settings) -> Marginal {
    let fitted: Categories = json::fit_booleans(tallies, privacy);
    if tallies.iter().all(|tally| tally.rows == 0) { Marginal::Empty } else { Marginal::Categories(fitted) }
}

/// The least and the greatest unit a type can hold.
fn whole_range(data_type: &DataType) -> (i64, i64) {
    match data_type {
        DataType::Time => (0, 86_399_999_999),
        DataType::Decimal { precision, .. } if *precision <= 18 => {
            let limit = 10i64.pow(u32::from(*precision)) - 1;
            (-limit, limit)
        }
        other => other.integer_range().unwrap_or((i64::MIN, i64::MAX)),
    }
}

/// Columns whose values a CHECK lists one by one.
fn listed_columns(schema: &Schema, table: &Table) -> Vec<usize> {
    let predicates = table
        .checks
        .iter()
        .filter_map(|check| Predicate::parse(schema.dialect, table, &check.expression).ok());
    predicates
        .flat_map(|predicate| {
            let columns = predicate.columns().to_vec();
            columns.into_iter().filter(move |&column| predicate.restriction(column).values.is_some())
        })
        .collect()
}

/// The values of a single-column primary key of whole numbers, by row.
fn key_order(table: &Table, written: &[usize], profiles: &[ColumnProfile]) -> Option<Vec<Option<i64>>> {
    let [column] = table.primary_key.as_ref()?.columns[..] else { return None };
    let place = written.iter().position(|&index| index == column)?;
    match &profiles[place].values {
        Values::Numbers(numbers) => numbers.whole_by_row(),
        _ => None,
    }
}
