//! Columns that hold keys of one table or another, as a column beside them says (`subject_type`, `subject_id`).
//!
//! Rows that name the same table are dealt to its rows in the order of what was drawn for them: each parent gets as many as was
//! learned, and what goes with the drawn value (the time of day, a status) still does. It is done when everything else stands,
//! because any column may say whose key it is, and any table may be meant, also one that is loaded later.

use super::alone::is_referenced;
use super::parent::Quotas;
use super::rules::scalar;
use super::structure::Site;
use super::table::{NONE, Source, TableGenerator, Tables};
use crate::model::rule::{Reference, Statement};
use crate::model::{Model, Treatment};
use crate::plan::Plan;
use crate::rng::Key;
use crate::schema::{DataType, Table};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, StringArray, new_null_array};
use arrow_schema::DataType as ArrowType;
use distinct::Distinct;
use std::collections::BTreeMap;
use std::sync::Arc;

mod distinct;

/// A column of keys of several tables.
pub(crate) struct Pointed {
    /// What it is in rows that refer to nothing.
    own: Source,
    /// The column that says whose keys it holds.
    by: usize,
    /// The tables that are referred to, and their keys.
    targets: Vec<(usize, usize)>,
    /// By row: the target and its row, [`NONE`] where it refers to nothing.
    of: Vec<(u32, u32)>,
}

impl Pointed {
    /// The column that says whose keys it holds.
    pub(super) fn by(&self) -> usize {
        self.by
    }

    /// The values of some rows, NULL where there is no row.
    pub(super) fn values(
        &self,
        tables: &Tables,
        (table, column): (usize, usize),
        rows: &[Option<u64>],
    ) -> ArrayRef {
        let data_type = &tables.schema.tables[table].columns[column].data_type;
        let target = |row: &Option<u64>| row.map_or((NONE, NONE), |row| self.of[row as usize]);
        let own: Vec<_> = rows.iter().map(|row| row.filter(|_| target(row).0 == NONE)).collect();
        let mut values = tables.values_from(&self.own, (table, column), &own);
        for (number, &(parent, key)) in (0u32..).zip(&self.targets) {
            let here = |row: &Option<u64>| Some(target(row)).filter(|(at, _)| *at == number);
            let parents: Vec<_> =
                rows.iter().map(|row| here(row).map(|(_, parent)| u64::from(parent))).collect();
            if parents.iter().any(Option::is_some) {
                let keys = spelled(&tables.values(parent, key, &parents), data_type);
                let mask: BooleanArray = parents.iter().map(|parent| Some(parent.is_some())).collect();
                values =
                    arrow_select::zip::zip(&mask, &keys, &values).expect("keys are spelled as the column");
            }
        }
        values
    }
}

/// Keys in the type of a column that refers to them: whole numbers may be referred to by texts.
fn spelled(keys: &ArrayRef, data_type: &DataType) -> ArrayRef {
    match (keys.data_type(), data_type.arrow()) {
        (from, to) if *from == to => keys.clone(),
        (ArrowType::Int64, ArrowType::Utf8) => {
            let numbers = keys.as_primitive::<Int64Type>();
            Arc::new(
                numbers.iter().map(|number| number.map(|number| number.to_string())).collect::<StringArray>(),
            )
        }
        (_, to) => new_null_array(&to, keys.len()),
    }
}

/// Whether keys of one column can be values of another.
fn fits(key: &DataType, column: &DataType) -> bool {
    key.arrow() == column.arrow() || (key.arrow(), column.arrow()) == (ArrowType::Int64, ArrowType::Utf8)
}

/// Makes all references hold, and says which cannot.
pub(super) fn settle(tables: &mut Tables, model: &Model, plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    for &table in &plan.order {
        let site = Site { model, plan, table };
        for (column, references) in by_column(&site) {
            let described = &tables.schema.tables[table];
            let name = format!("{}: {}", described.name, described.columns[column].name);
            match point(tables, &site, column, &references) {
                Ok(Some(pointed)) => replace(&mut tables.tables[table], column, pointed),
                Ok(None) => {}
                Err(why) => notes.push(format!("{name} does not refer to other tables, since {why}")),
            }
        }
    }
    notes
}

/// The references of a table that is made, column by column.
fn by_column<'a>(site: &Site<'a>) -> BTreeMap<usize, Vec<&'a Reference>> {
    let decided = &site.plan.tables[site.table];
    let mut found: BTreeMap<usize, Vec<&Reference>> = BTreeMap::new();
    for rule in decided.rules.iter().filter(|_| decided.treatment != Treatment::Copy) {
        if let Statement::Reference(reference) = &rule.statement {
            found.entry(reference.column).or_default().push(reference);
        }
    }
    found
}

fn replace(table: &mut TableGenerator, column: usize, mut pointed: Pointed) {
    let own = std::mem::replace(&mut table.columns[column], Source::Null);
    pointed.own = own;
    table.columns[column] = Source::Pointed(Box::new(pointed));
}

/// Finds what the rows of a table refer to; nothing where no row refers to anything.
fn point(
    tables: &Tables,
    site: &Site<'_>,
    column: usize,
    references: &[&Reference],
) -> Result<Option<Pointed>, String> {
    let described = &tables.schema.tables[site.table];
    let drawn = matches!(tables.tables[site.table].columns[column], Source::Drawn(_) | Source::Ruled(_));
    if !drawn || is_referenced(&tables.schema, site.table, column) || is_primary(described, column) {
        return Err("it takes its values from elsewhere".to_owned());
    }
    let by = references[0].by;
    let said = tables.all_values(site.table, by);
    let own = tables.all_values(site.table, column);
    let mut pointed =
        Pointed { own: Source::Null, by, targets: Vec::new(), of: vec![(NONE, NONE); own.len()] };
    for reference in references.iter().filter(|reference| reference.by == by) {
        let (parent, key) = (reference.parent, reference.key);
        let to = &tables.schema.tables[parent].columns[key].data_type;
        let rows: Vec<u32> = (0..own.len() as u32)
            .filter(|&row| !own.is_null(row as usize) && says(&said, row as usize, &reference.value))
            .collect();
        if rows.is_empty()
            || tables.tables[parent].rows == 0
            || !fits(to, &described.columns[column].data_type)
        {
            continue;
        }
        let target = pointed.targets.len() as u32;
        pointed.targets.push((parent, key));
        let dealt = deal(tables, site, reference, ordered(rows, &own));
        dealt.into_iter().for_each(|(row, parent)| pointed.of[row as usize] = (target, parent));
    }
    if pointed.targets.is_empty() {
        return Ok(None);
    }
    let name = [described.name.to_string(), described.columns[column].name.clone()];
    let key = Key::new(site.plan.seed, &[&name[0], &name[1], "apart"]);
    let mut distinct = Distinct::new(tables, (site.table, column), &own, &pointed);
    if !distinct.settle(&mut pointed.of, key) {
        return Err("a unique key has no room for it".to_owned());
    }
    Ok(Some(pointed))
}

fn is_primary(table: &Table, column: usize) -> bool {
    table.primary_key.as_ref().is_some_and(|key| key.columns == [column])
}

/// Whether a row has a value.
fn says(said: &ArrayRef, row: usize, value: &str) -> bool {
    match said.data_type() {
        _ if said.is_null(row) => false,
        ArrowType::Utf8 => said.as_string::<i32>().value(row) == value,
        ArrowType::Int64 => said.as_primitive::<Int64Type>().value(row).to_string() == value,
        ArrowType::Boolean => (if said.as_boolean().value(row) { "true" } else { "false" }) == value,
        _ => false,
    }
}

/// Rows in the order of their values.
fn ordered(mut rows: Vec<u32>, values: &ArrayRef) -> Vec<u32> {
    let texts = (*values.data_type() == ArrowType::Utf8).then(|| values.as_string::<i32>());
    rows.sort_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        match &texts {
            Some(texts) => texts.value(a).cmp(texts.value(b)),
            None => scalar(values, a)
                .zip(scalar(values, b))
                .and_then(|(a, b)| a.compare(b))
                .unwrap_or(std::cmp::Ordering::Equal),
        }
    });
    rows
}

/// Deals rows to the rows of the table that they name.
fn deal(tables: &Tables, site: &Site<'_>, reference: &Reference, rows: Vec<u32>) -> Vec<(u32, u32)> {
    let schema = &tables.schema;
    let table = &schema.tables[site.table];
    let names = [table.name.to_string(), table.columns[reference.column].name.clone()];
    let other = schema.tables[reference.parent].name.to_string();
    let key = Key::new(site.plan.seed, &[&names[0], &names[1], &other, "refers"]);
    let (parents, children) = (tables.tables[reference.parent].rows, rows.len() as u64);
    if reference.histogram.iter().all(|bin| bin.children == 0) {
        let any = |row: u32| key.at(u64::from(row), 0).below(parents) as u32;
        return rows.into_iter().map(|row| (row, any(row))).collect();
    }
    let quotas = Quotas::from_histogram(&reference.histogram, parents, children, key);
    let owner = |stub: u64| if stub < quotas.children() { quotas.owner(stub) } else { stub % parents };
    (0u64..).zip(rows).map(|(stub, row)| (row, owner(stub) as u32)).collect()
}
