//! Rows that break a CHECK however often they are drawn: their columns are changed until they pass.

use super::alone::is_referenced;
use super::filter::value;
use super::structure::Site;
use super::table::{Filter, Source, Tables};
use crate::model::Treatment;
use crate::schema::check::{Changes, Datum, Freedom, Predicate, mentions};
use crate::schema::{Dialect, Table, UniqueKey};
use arrow_array::builder::BinaryBuilder;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_schema::DataType;
use limits::Limits;
use std::collections::BTreeMap;
use std::sync::Arc;

mod limits;

/// Rows among which a usual value of a column is looked for.
const USUAL: u64 = 64;

/// Rounds of all conditions: meeting one may break another.
const ROUNDS: usize = 3;

/// What may be done to one column of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Leeway {
    null: bool,
    value: bool,
    /// Another parent's key, since no other value will do.
    borrowed: Option<(usize, usize)>,
}

/// Columns that are changed together at the most, and values that are tried of each.
const TOGETHER: usize = 6;
const TRIED: usize = 2;

/// What may be done to the columns of a table: nothing that a key, a child or a rule looks at is touched.
pub(super) fn leeway(tables: &Tables, site: &Site<'_>) -> Vec<Leeway> {
    let schema = &tables.schema;
    let table = &schema.tables[site.table];
    let referenced = |column: usize| is_referenced(schema, site.table, column);
    // Where nothing was learned, no rule holds between a moment and what it is counted from.
    let made_up = site.plan.tables[site.table].treatment == Treatment::Fake;
    let names_tables = |column: usize| tables.tables[site.table].names_tables(column);
    let of = |(column, source): (usize, &Source)| {
        if names_tables(column) {
            return Leeway::default();
        }
        let nullable = table.columns[column].nullable && !referenced(column);
        let in_key = in_key(table, schema.dialect, column, false) || is_decided(table, column);
        let may_lack = !self::in_key(table, schema.dialect, column, true);
        match source {
            Source::Drawn(drawn) => Leeway {
                null: nullable && may_lack,
                value: (made_up || drawn.difference.is_none())
                    && !referenced(column)
                    && !site.is_unique(column)
                    && !in_key,
                borrowed: None,
            },
            Source::Inherited { .. } => {
                let keys = table.foreign_keys.iter().filter(|key| key.columns.contains(&column));
                let alone = keys.clone().count() == 1 && keys.clone().all(|key| key.columns.len() == 1);
                let key = keys.clone().next().filter(|_| alone && !in_key && !referenced(column));
                let borrowed = key.map(|key| (key.parent, key.parent_columns[0]));
                Leeway { null: nullable && alone && may_lack, value: false, borrowed }
            }
            _ => Leeway::default(),
        }
    };
    tables.tables[site.table].columns.iter().enumerate().map(of).collect()
}

/// Whether an exclusion constraint says that the column decides another, or is decided.
pub(super) fn is_decided(table: &Table, column: usize) -> bool {
    let mut decided = table.exclusions.iter().filter_map(|exclusion| table.decided(exclusion));
    decided.any(|(from, to)| to == column || from.contains(&column))
}

/// Whether a unique key has something against another value in a column; with `null`, against NULL.
fn in_key(table: &Table, dialect: Dialect, column: usize, null: bool) -> bool {
    let name = &table.columns[column].name;
    let mentions = |text: &Option<String>| text.as_deref().is_some_and(|text| mentions(text, name));
    let understood = |key: &UniqueKey| condition(table, dialect, key).is_some_and(|found| found.is_ok());
    table.unique_keys().any(|key| {
        key.columns.contains(&column) && !(null && key.nulls_distinct)
            || mentions(&key.expression)
            || (!understood(key) && mentions(&key.predicate))
    })
}

fn condition(table: &Table, dialect: Dialect, key: &UniqueKey) -> Option<Result<Predicate, String>> {
    key.predicate.as_deref().map(|text| Predicate::parse(dialect, table, text))
}

/// The conditions of unique keys that hold for some rows only.
pub(super) fn partial(tables: &Tables, site: &Site<'_>) -> Vec<Predicate> {
    let table = &tables.schema.tables[site.table];
    let keys = table.unique_keys();
    keys.filter_map(|key| condition(table, tables.schema.dialect, key)?.ok()).collect()
}

/// The columns of one table's rows, as far as they may be changed.
struct Usual<'a> {
    leeway: &'a [Leeway],
    values: &'a BTreeMap<usize, Vec<Datum>>,
    limits: &'a BTreeMap<usize, Limits<'a>>,
    turn: usize,
}

impl Usual<'_> {
    /// What a column could be instead.
    fn choices(&self, column: usize, own: &Datum) -> Vec<Datum> {
        let null = (self.leeway[column].null && *own != Datum::Null).then_some(Datum::Null);
        let values = self.values.get(&column).map_or(&[][..], Vec::as_slice);
        // Where numbers are added up or compared with each other, the least or the greatest that is allowed will often do.
        let limits = self.limits.get(&column).filter(|_| self.leeway[column].value);
        let ends = limits.map_or(&[][..], |limits| &limits.ends).iter().cloned();
        let usual = (0..values.len().min(TRIED)).map(|at| values[(self.turn + at) % values.len()].clone());
        null.into_iter().chain(usual.chain(ends).filter(|other| other != own)).collect()
    }
}

impl Freedom for Usual<'_> {
    fn may_be_null(&self, column: usize) -> bool {
        self.leeway[column].null
    }

    fn may_be_set(&self, column: usize) -> bool {
        self.leeway[column].value
    }

    fn allows(&self, column: usize, datum: &Datum) -> bool {
        self.limits.get(&column).is_none_or(|limits| limits.allow(datum))
    }

    fn usual(&self, column: usize) -> Option<Datum> {
        let values = self.values.get(&column).filter(|_| self.leeway[column].value)?;
        (!values.is_empty()).then(|| values[self.turn % values.len()].clone())
    }
}

/// Changes rows that break a CHECK until they pass, as far as that can be done; `open` are those rows, and those that are left.
pub(super) fn mend(
    tables: &Tables,
    table: usize,
    rows: &[Option<u64>],
    open: &mut Vec<usize>,
    columns: &mut BTreeMap<usize, ArrayRef>,
) {
    let generator = &tables.tables[table];
    let filter = &generator.filter;
    if open.is_empty() {
        return;
    }
    let described = &tables.schema.tables[table];
    let read = filter.predicates.iter().flat_map(|predicate| predicate.columns());
    let limits: BTreeMap<usize, Limits<'_>> = read
        .map(|&column| (column, Limits::new(&filter.predicates, column, &described.columns[column])))
        .collect();
    let values = limits
        .iter()
        .filter(|(column, _)| filter.leeway[**column].value || filter.leeway[**column].borrowed.is_some())
        .map(|(&column, limits)| (column, usual_values(tables, table, column, limits)))
        .collect();
    let mut changed: BTreeMap<usize, BTreeMap<usize, Datum>> = BTreeMap::new();
    let mut left = Vec::new();
    for &row in open.iter() {
        let turn = rows[row].unwrap_or(0) as usize;
        let freedom = Usual { leeway: &filter.leeway, values: &values, limits: &limits, turn };
        let own = |column: usize| value(columns, column, row);
        let mut changes = Changes::new();
        for _ in 0..ROUNDS {
            for predicate in &filter.predicates {
                changes = predicate.remedy(&own, &freedom, &changes).unwrap_or(changes);
            }
        }
        if !filter.predicates.iter().all(|predicate| predicate.admits(&with(&changes, &own))) {
            // What mended one condition may be what another one needs, or stand in its way.
            let further = || {
                let mut further = toggled(filter, &freedom, &|column| with(&changes, &own)(column))?;
                changes.iter().for_each(|(&column, datum)| {
                    further.entry(column).or_insert_with(|| datum.clone());
                });
                Some(further)
            };
            changes = toggled(filter, &freedom, &own).or_else(further).unwrap_or(changes);
        }
        let fine = {
            let after = with(&changes, &own);
            // A row may leave a key that holds for some rows only; it must not enter one.
            let enters = |key: &Predicate| {
                key.columns().iter().any(|column| changes.contains_key(column))
                    && key.selects(&after)
                    && !key.selects(&own)
            };
            filter.predicates.iter().all(|predicate| predicate.admits(&after))
                && !filter.partial.iter().any(enters)
        };
        if fine {
            for (column, datum) in changes {
                changed.entry(column).or_default().insert(row, datum);
            }
        } else {
            left.push(row);
        }
    }
    *open = left;
    for (column, changes) in changed {
        if let Some(array) = columns.get_mut(&column) {
            let row = |row: usize| changes.get(&row).cloned().unwrap_or_else(|| Datum::at(array, row));
            let data: Vec<Datum> = (0..array.len()).map(row).collect();
            *array = rebuilt(&data, array);
        }
    }
}

/// Values that a column has in other rows, or that its parents have, as far as they are allowed; else any that is.
fn usual_values(tables: &Tables, table: usize, column: usize, limits: &Limits<'_>) -> Vec<Datum> {
    let leeway = &tables.tables[table].filter.leeway[column];
    let (table, column) = leeway.borrowed.unwrap_or((table, column));
    let some: Vec<_> = (0..tables.tables[table].rows.min(USUAL)).map(Some).collect();
    let array = tables.values(table, column, &some);
    let present = (0..array.len()).filter(|&row| array.is_valid(row)).map(|row| Datum::at(&array, row));
    let found: Vec<Datum> = present.filter(|datum| limits.allow(datum)).collect();
    match leeway.borrowed.is_none() && found.is_empty() {
        true => limits.plain(&tables.schema.tables[table].columns[column].data_type),
        false => found,
    }
}

/// The values of a row after changes.
fn with<'a>(changes: &'a Changes, own: &'a dyn Fn(usize) -> Datum) -> impl Fn(usize) -> Datum + 'a {
    |column| changes.get(&column).cloned().unwrap_or_else(|| own(column))
}

/// The fewest changes under which a row passes, of all ways to make some columns of what it breaks NULL or usual.
fn toggled(filter: &Filter, freedom: &Usual<'_>, own: &dyn Fn(usize) -> Datum) -> Option<Changes> {
    let broken = filter.predicates.iter().filter(|predicate| !predicate.admits(&|column| own(column)));
    let mut columns: Vec<usize> = broken.flat_map(|predicate| predicate.columns()).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    let choices: Vec<(usize, Vec<Datum>)> = columns
        .into_iter()
        .map(|column| (column, freedom.choices(column, &own(column))))
        .filter(|(_, choices)| !choices.is_empty())
        .take(TOGETHER)
        .collect();
    let ways: usize = choices.iter().map(|(_, choices)| choices.len() + 1).product();
    let changes = |mut way: usize| -> Changes {
        let mut changes = Changes::new();
        for (column, choices) in &choices {
            if let Some(choice) = (way % (choices.len() + 1)).checked_sub(1) {
                changes.insert(*column, choices[choice].clone());
            }
            way /= choices.len() + 1;
        }
        changes
    };
    let passes =
        |changes: &Changes| filter.predicates.iter().all(|predicate| predicate.admits(&with(changes, own)));
    (1..ways).map(changes).filter(passes).min_by_key(Changes::len)
}

/// An array of the type of another one.
pub(super) fn rebuilt(data: &[Datum], like: &ArrayRef) -> ArrayRef {
    let whole = |datum: &Datum| match datum {
        Datum::Decimal(value, 0) => i64::try_from(*value).ok(),
        Datum::Time(micros) | Datum::Timestamp(micros) => Some(*micros),
        _ => None,
    };
    match like.data_type() {
        DataType::Boolean => {
            let of = |datum: &Datum| if let Datum::Boolean(truth) = datum { Some(*truth) } else { None };
            Arc::new(data.iter().map(of).collect::<BooleanArray>())
        }
        DataType::Int64 => Arc::new(data.iter().map(whole).collect::<Int64Array>()),
        DataType::Decimal128(precision, scale) => {
            let of = |datum: &Datum| match datum {
                Datum::Decimal(value, own) => {
                    Some(value * 10i128.pow(u32::from((*scale as u8).saturating_sub(*own))))
                }
                _ => None,
            };
            let array = data.iter().map(of).collect::<Decimal128Array>();
            Arc::new(array.with_precision_and_scale(*precision, *scale).expect("the array had this type"))
        }
        DataType::Float64 => {
            let of = |datum: &Datum| if let Datum::Float(number) = datum { Some(*number) } else { None };
            Arc::new(data.iter().map(of).collect::<Float64Array>())
        }
        DataType::Date32 => {
            let of = |datum: &Datum| if let Datum::Date(days) = datum { Some(*days) } else { None };
            Arc::new(data.iter().map(of).collect::<Date32Array>())
        }
        DataType::Time64(_) => Arc::new(data.iter().map(whole).collect::<Time64MicrosecondArray>()),
        DataType::Timestamp(_, zone) => {
            let array = data.iter().map(whole).collect::<TimestampMicrosecondArray>();
            Arc::new(array.with_timezone_opt(zone.clone()))
        }
        DataType::Utf8 => {
            let of = |datum: &Datum| if let Datum::Text(text) = datum { Some(text.clone()) } else { None };
            Arc::new(data.iter().map(of).collect::<StringArray>())
        }
        _ => {
            let mut builder = BinaryBuilder::new();
            for datum in data {
                builder.append_option(if let Datum::Bytes(bytes) = datum { Some(bytes) } else { None });
            }
            Arc::new(builder.finish())
        }
    }
}
