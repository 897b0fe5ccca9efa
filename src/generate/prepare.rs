//! Makes a plan ready: samplers for columns, parents for rows. Pure; everything that cannot be met shows here, before
//! the first row.

use super::alone;
use super::column::{Edge, Request, generator};
use super::filter;
use super::joint;
use super::late::{self, Bounds, Shortage};
use super::nullness;
use super::pointed;
use super::relative::Difference;
use super::rules;
use super::structure::{self, Site};
use super::table::{Drawn, Filter, Link, NONE, Positions, Source, TableGenerator, Tables};
use crate::error::{Error, Result};
use crate::model::{ColumnModel, Model, Treatment};
use crate::plan::{ColumnPlan, LinkPlan, Plan};
use crate::rng::{Key, Permutation};
use crate::schema::check::Restriction;
use crate::schema::{DataType, Table};
use std::sync::Arc;

/// Tables ready to be generated, and what a user should know of them.
type Ready = (Tables, Vec<String>);

/// How often everything is made ready with fewer rows before that is given up.
const ROUNDS: usize = 32;

/// Makes a plan ready, with as many rows as late references leave room for.
pub(super) fn prepare(model: &Model, plan: &Plan) -> Result<Ready> {
    let mut bounds = Bounds::new();
    let mut last = 0;
    for _ in 0..ROUNDS {
        match attempt(model, plan, &bounds)? {
            Ok(ready) => return Ok(ready),
            Err(Shortage { table, bound }) => {
                bounds.insert(table, bound);
                last = table;
            }
        }
    }
    let name = &model.schema.tables[last].name;
    Err(Error::usage(format!(
        "table {name} and those that it refers to in a cycle agree on no number of rows"
    ))
    .hint(format!("ask for fewer rows: --rows {name}=N")))
}

/// Makes a plan ready with no more rows than these bounds allow, unless late references want fewer still.
fn attempt(model: &Model, plan: &Plan, bounds: &Bounds) -> Result<std::result::Result<Ready, Shortage>> {
    let schema = Arc::new(model.schema.clone());
    let empty = (0..schema.tables.len()).map(|_| TableGenerator {
        rows: 0,
        columns: Vec::new(),
        links: Vec::new(),
        copied: None,
        filter: Filter::default(),
        order: None,
    });
    let known = joint::Known::new(model, plan);
    let mut tables = Tables { tables: empty.collect(), schema, known };
    let mut notes = Vec::new();
    for &table in &plan.order {
        let site = Site { model, plan, table };
        prepare_table(&mut tables, &site, bounds.get(&table), &mut notes)?;
        joint::finish(&mut tables, &site);
    }
    for &table in &plan.order {
        if let Some(shortage) = late::place(&mut tables, &Site { model, plan, table })? {
            return Ok(Err(shortage));
        }
    }
    notes.extend(rules::keep(&mut tables, model, plan));
    for &table in &plan.order {
        notes.extend(structure::agree(&mut tables, &Site { model, plan, table }));
    }
    for &table in &plan.order {
        nullness::settle(&mut tables, &Site { model, plan, table }, true);
    }
    notes.extend(pointed::settle(&mut tables, model, plan));
    for &table in &plan.order {
        filter::prepare(&mut tables, &Site { model, plan, table })?;
    }
    tables.known = joint::Known::default();
    Ok(Ok((tables, notes)))
}

fn prepare_table(
    tables: &mut Tables,
    site: &Site<'_>,
    bound: Option<&(u64, String)>,
    notes: &mut Vec<String>,
) -> Result<()> {
    let schema = tables.schema.clone();
    let (table, decided) = (&schema.tables[site.table], &site.plan.tables[site.table]);
    if decided.treatment == Treatment::Copy {
        tables.tables[site.table] = copied(site, table)?;
        return Ok(());
    }
    let mut rows = joint::grown(tables, site, notes);
    let one_each =
        structure::most_rows(tables, site).map(|(most, number)| (most, late::one_each(site, number, most)));
    // Made-up rows that nobody asked for need not be where their parents are not.
    let may_be_left_out = decided.treatment == Treatment::Fake && !decided.rows_are_exact;
    let orphaned = structure::orphaned(tables, site).filter(|_| may_be_left_out);
    let least = one_each.into_iter().chain(orphaned).chain(bound.cloned()).min_by_key(|(most, _)| *most);
    if let Some((most, why)) = least.filter(|(most, _)| *most < rows) {
        fewer(table, decided.rows_are_exact, rows, most, &why, notes)?;
        rows = most;
    }
    let columns = sources(site, table, &mut rows, notes)?;
    tables.tables[site.table] = TableGenerator {
        rows,
        columns,
        links: decided
            .links
            .iter()
            .map(|link| match *link {
                LinkPlan::Implied { via, then } => Link::Implied { via, then },
                LinkPlan::Missing => Link::Missing,
                LinkPlan::Free { .. } => Link::Undecided,
            })
            .collect(),
        copied: None,
        filter: Filter::default(),
        order: None,
    };
    for &number in &decided.placement {
        if matches!(decided.links[number], LinkPlan::Free { late: false, .. })
            || is_forest(site, table, number)
        {
            structure::place(tables, site, number)?;
        }
    }
    structure::cover(tables, site);
    let orphans = structure::without_parent(tables, site);
    if !orphans.is_empty() {
        let left = rows - orphans.len() as u64;
        let why = "its keys have no room for more different combinations of parents that agree";
        fewer(table, decided.rows_are_exact, rows, left, why, notes)?;
        take_out(tables, site, &orphans)?;
    }
    if joint::applies(tables, site) {
        joint::link(tables, site);
        structure::separate_links(tables, site);
        if joint::begin(tables, site) {
            separate(tables, site, false, notes)?;
        }
        joint::draw(tables, site);
    }
    alone::settle(tables, site);
    nullness::settle(tables, site, false);
    nullness::settle_referenced(tables, site);
    separate(tables, site, true, notes)?;
    // Exchanges keep how many rows each parent has, not which parents rows have together.
    if structure::cover(tables, site) {
        separate(tables, site, true, notes)?;
    }
    rules::number(tables, site);
    Ok(())
}

/// Makes keys distinct, and takes rows out that they have no room for; with `conditions`, mends CHECKs over several columns too.
fn separate(tables: &mut Tables, site: &Site<'_>, conditions: bool, notes: &mut Vec<String>) -> Result<()> {
    let schema = tables.schema.clone();
    let (table, decided) = (&schema.tables[site.table], &site.plan.tables[site.table]);
    let rows = tables.tables[site.table].rows;
    let lost = structure::separate(tables, site, conditions);
    if !lost.rows.is_empty() {
        let left = rows - lost.rows.len() as u64;
        let why = "its keys have no room for more different combinations";
        // Parents that do not grow with the scale are a limit that the plan states; a table's own columns are a mistake
        // of the request, unless nobody asked for so many.
        let asked = lost.by_itself && decided.treatment != Treatment::Fake;
        fewer(table, decided.rows_are_exact || asked, rows, left, why, notes)?;
        take_out(tables, site, &lost.rows)?;
    }
    if conditions {
        notes.extend(lost.shared.iter().map(|(columns, rows)| {
            let columns = table.column_names(columns);
            format!("{}: {rows} rows repeat ({columns}) of another, for which there is no room", table.name)
        }));
    }
    Ok(())
}

/// A self-reference without scope to columns that all rows have needs nothing else and can be decided at once.
fn is_forest(site: &Site<'_>, table: &Table, number: usize) -> bool {
    table.foreign_keys[number].parent == site.table
        && !structure::may_be_unfit(site, number)
        && matches!(&site.plan.tables[site.table].links[number], LinkPlan::Free { scope, .. } if scope.is_empty())
}

fn fewer(
    table: &Table,
    exact: bool,
    wanted: u64,
    most: u64,
    why: &str,
    notes: &mut Vec<String>,
) -> Result<()> {
    if exact {
        return Err(Error::usage(format!("table {} cannot have {wanted} rows: {why}", table.name))
            .hint(format!("--rows {}={most} is the most", table.name)));
    }
    notes.push(format!("{}: {most} rows instead of {wanted}, since {why}", table.name));
    Ok(())
}

fn copied(site: &Site<'_>, table: &Table) -> Result<TableGenerator> {
    let name = &table.name;
    let rows = site.model.tables[site.table].reference.as_ref();
    let rows = rows.ok_or_else(|| Error::config(format!("the model holds no rows of table {name}")))?;
    let batch = rows.to_batch(table)?;
    let mut written = 0;
    let columns = table
        .columns
        .iter()
        .map(|column| {
            if column.generated.is_some() {
                return Source::Computed;
            }
            written += 1;
            Source::Copied(written - 1)
        })
        .collect();
    Ok(TableGenerator {
        rows: batch.num_rows() as u64,
        columns,
        links: (0..table.foreign_keys.len())
            .map(|number| {
                let parents = joint::copied_parents(site.model, site.table, number);
                if parents.is_empty() { Link::Missing } else { Link::Listed(parents) }
            })
            .collect(),
        copied: Some(batch),
        filter: Filter::default(),
        order: None,
    })
}

/// Why a column cannot be made, and the most rows for which it could be.
struct Refusal {
    error: Error,
    most: Option<u64>,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, most: None }
    }
}

/// Where all columns get their values. A made-up table that nobody asked so many rows of has as many as its columns have room for.
fn sources(site: &Site<'_>, table: &Table, rows: &mut u64, notes: &mut Vec<String>) -> Result<Vec<Source>> {
    let decided = &site.plan.tables[site.table];
    let may_shrink = decided.treatment == Treatment::Fake && !decided.rows_are_exact;
    let mut found = Vec::new();
    while let Some(column) = table.columns.get(found.len()) {
        match source(site, table, found.len(), *rows) {
            Ok(source) => found.push(source),
            Err(Refusal { most: Some(most), .. }) if may_shrink && most < *rows => {
                let why = format!("its column {} has no more different values", column.name);
                fewer(table, false, *rows, most, &why, notes)?;
                *rows = most;
                found.clear();
            }
            Err(refusal) => return Err(refusal.error),
        }
    }
    Ok(found)
}

fn source(site: &Site<'_>, table: &Table, column: usize, rows: u64) -> std::result::Result<Source, Refusal> {
    let described = &table.columns[column];
    Ok(match &site.plan.tables[site.table].columns[column] {
        ColumnPlan::Computed => Source::Computed,
        ColumnPlan::Null | ColumnPlan::Copied => Source::Null,
        ColumnPlan::Inherited { foreign_key, position } => Source::Inherited {
            foreign_key: *foreign_key,
            position: *position,
            required: !described.nullable,
        },
        ColumnPlan::Drawn { .. } => Source::Drawn(drawn(site, table, column, rows)?),
    })
}

/// One row of so many may need a value of a unique column where its distribution has NULL.
const NULLS_FILLED: u64 = 64;

fn drawn(site: &Site<'_>, table: &Table, column: usize, rows: u64) -> std::result::Result<Drawn, Refusal> {
    let unique =
        matches!(site.plan.tables[site.table].columns[column], ColumnPlan::Drawn { unique: true, .. });
    let drawn = drawn_as(site, table, column, (rows, unique));
    // What nobody declared a key may repeat where there is no room for so many rows; what any constraint may rest on may not.
    let is_found = || {
        site.model.tables[site.table].columns[column].unique.is_some()
            && !table.unique_keys().any(|key| key.columns.contains(&column) || key.expression.is_some())
            && table.exclusions.is_empty()
            && table.columns.iter().all(|column| column.generated.is_none())
    };
    if unique && drawn.is_err() && is_found() { drawn_as(site, table, column, (rows, false)) } else { drawn }
}

fn drawn_as(
    site: &Site<'_>,
    table: &Table,
    column: usize,
    (rows, unique): (u64, bool),
) -> std::result::Result<Drawn, Refusal> {
    let described = &table.columns[column];
    let unique = &unique;
    let ColumnPlan::Drawn { setting, partner, restriction, .. } =
        &site.plan.tables[site.table].columns[column]
    else {
        return Err(Error::usage(format!("column {}.{} is not drawn", table.name, described.name)).into());
    };
    let learned = site.plan.tables[site.table].column(&site.model.tables[site.table], column);
    let nulls = nulls(site, table, column, learned, restriction, rows);
    let table_name = table.name.to_string();
    let ranked = &table.columns[partner.unwrap_or(column)].name;
    let value_key = Key::new(site.plan.seed, &[&table_name, ranked, "value"]);
    let name = setting.as_ref().map_or("learned", |setting| &setting.generator);
    let none = toml::Table::new();
    // Where rows are appended, unique values go on where those of an earlier run end, and with them what tells of the same person.
    let is_of_person = partner.is_some() && matches!(described.data_type, DataType::Text { .. });
    let used = if *unique || is_of_person {
        site.plan.existing.rows.get(&site.table).copied().unwrap_or(0)
    } else {
        0
    };
    let needed = if partner.is_some() { rows + used } else { rows - nulls + used };
    let request = |count: u64| Request {
        column: described,
        learned: Some(learned),
        count,
        unique: *unique,
        shared: partner.is_some(),
        edge: edge(site, table, column),
        dialect: site.model.schema.dialect,
        above: site.plan.existing.highest.get(&(site.table, column)).copied(),
        first: used,
        restriction,
        key: value_key,
        parameters: setting.as_ref().map_or(&none, |setting| &setting.parameters),
    };
    let made = generator(name).ok_or_else(|| format!("there is no generator {name}"));
    let build = |count: u64| Some((count, made.as_ref().ok()?.build(&request(count)).ok()?));
    // CHECKs may want a value in a few rows more than have one.
    let more = *unique && nulls > 0 && nullness::is_bound(site, column);
    let roomy = more.then(|| build(needed + nulls.min(rows / NULLS_FILLED + 4))).flatten();
    let exact = || Ok((needed, made.as_ref().map_err(String::clone)?.build(&request(needed))?));
    let (count, sampler) = roomy.map_or_else(exact, Ok).map_err(|why: String| {
        let error = Error::usage(format!("column {}.{} cannot be made: {why}", table.name, described.name));
        if !*unique || rows == 0 {
            let place = format!("[tables.{}.columns.{}]", table.name, described.name);
            return error.hint(format!("give it another generator in seed.toml: {place}")).into();
        }
        let most = most_rows(rows, needed, |count| build(count).is_some());
        let hint = match most {
            Some(most) => format!("--rows {}={most} is the most", table.name),
            None => format!("ask for fewer rows: --rows {}=N, or a smaller --scale", table.name),
        };
        Refusal { error: error.hint(hint), most }
    })?;
    let serial = *unique && setting.is_none() && learned.unique.as_ref().is_none_or(|unique| unique.serial);
    let whole = described.data_type.integer_range().is_some();
    let positions = if serial && whole && nulls == 0 {
        Positions::InOrder
    } else {
        Positions::Permuted(Permutation::new(Key::new(site.plan.seed, &[&table_name, ranked, "order"]), rows))
    };
    let null_rows = partner
        .is_some()
        .then(|| Permutation::new(Key::new(site.plan.seed, &[&table_name, &described.name, "null"]), rows));
    let data_type = described.data_type.clone();
    let difference =
        Difference::new(site, column).filter(|_| name == "learned" && learned.relative.is_some());
    let difference = difference.map(Box::new);
    Ok(Drawn { sampler, data_type, count, positions, used, nulls, null_rows, difference })
}

/// The most rows for which a column has enough different values, of `rows` that need so many of them.
fn most_rows(rows: u64, needed: u64, fits: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut fine, mut many) = (0, needed);
    while many - fine > 1 {
        let tried = fine + (many - fine) / 2;
        *(if fits(tried) { &mut fine } else { &mut many }) = tried;
    }
    let most = (u128::from(rows) * u128::from(fine) / u128::from(needed.max(1))) as u64;
    (most > 0).then_some(most)
}

/// Whether a made-up column is an end of stretches that an exclusion constraint keeps apart.
fn edge(site: &Site<'_>, table: &Table, column: usize) -> Option<Edge> {
    let made_up = site.plan.tables[site.table].treatment == Treatment::Fake;
    let mut spans = table.exclusions.iter().filter_map(|exclusion| exclusion.span).filter(|_| made_up);
    spans.find_map(|(from, to)| match column {
        _ if column == from => Some(Edge::Start),
        _ if column == to => Some(Edge::End),
        _ => None,
    })
}

fn nulls(
    site: &Site<'_>,
    table: &Table,
    column: usize,
    learned: &ColumnModel,
    restriction: &Restriction,
    rows: u64,
) -> u64 {
    let sampled = site.model.tables[site.table].sampled;
    if !table.columns[column].nullable || restriction.not_null || sampled == 0 {
        return 0;
    }
    let nulls =
        (2 * u128::from(rows) * u128::from(learned.nulls) + u128::from(sampled)) / (2 * u128::from(sampled));
    // Where NULLs count as equal, a key of this column alone has room for one of them; of made-up columns that may all be NULL, one is
    // enough to keep rows apart, whatever becomes of the others.
    let made_up = site.plan.tables[site.table].treatment == Treatment::Fake;
    let one = table.uniques.iter().any(|key| {
        let may_lack = |other: &usize| *other == column || (made_up && table.columns[*other].nullable);
        !key.nulls_distinct
            && key.predicate.is_none()
            && key.told_apart(table).is_some_and(|all| all.contains(&column) && all.iter().all(may_lack))
    });
    // What a CHECK may ask some row to have is there at least once.
    let has_any = learned.nulls < sampled && nullness::is_bound(site, column);
    let most = most_nulls(site, column, rows).min(if has_any { rows.saturating_sub(1) } else { rows });
    (nulls as u64).min(if one { 1 } else { u64::MAX }).min(most)
}

/// How many rows may lack a value in a column of which others have to have a value: all but one, or none where they refer to several
/// columns at once, which would lack values in different rows.
fn most_nulls(site: &Site<'_>, column: usize, rows: u64) -> u64 {
    let schema = &site.model.schema;
    let mut most = rows;
    for (child, table) in schema.tables.iter().enumerate() {
        for key in table.foreign_keys.iter().filter(|key| key.parent == site.table) {
            let required = key.columns.iter().all(|&column| !table.columns[column].nullable);
            let here = key.parent_columns.iter().position(|&at| at == column);
            let Some(here) = here.filter(|_| site.plan.tables[child].rows > 0) else { continue };
            if required && key.parent_columns.len() > 1 {
                most = 0;
            } else if !table.columns[key.columns[here]].nullable {
                most = most.min(rows.saturating_sub(1));
            }
        }
    }
    most
}

/// Takes rows out that the keys have no room for.
fn take_out(tables: &mut Tables, site: &Site<'_>, lost: &[usize]) -> Result<()> {
    let schema = tables.schema.clone();
    let table = &schema.tables[site.table];
    let rows = tables.tables[site.table].rows;
    let kept: Vec<u64> = (0..rows).filter(|&row| lost.binary_search(&(row as usize)).is_err()).collect();
    for number in 0..table.foreign_keys.len() {
        if matches!(tables.tables[site.table].links[number], Link::Formula(_) | Link::Listed(_)) {
            let key = &table.foreign_keys[number];
            let may_lack = key.columns.iter().any(|&column| table.columns[column].nullable);
            // Rows of the table itself have other numbers now, and those whose parent is gone have none or themselves.
            let parent = |(at, &row): (usize, &u64)| match tables.parent(site.table, number, row) {
                Some(parent) if key.parent == site.table => match kept.binary_search(&parent) {
                    Ok(kept) => kept as u32,
                    Err(_) if may_lack => NONE,
                    Err(_) => at as u32,
                },
                parent => parent.map_or(NONE, |parent| parent as u32),
            };
            let parents = kept.iter().enumerate().map(parent).collect();
            tables.tables[site.table].links[number] = Link::Listed(parents);
        }
    }
    for column in 0..table.columns.len() {
        let again = match &mut tables.tables[site.table].columns[column] {
            Source::Drawn(Drawn { positions: Positions::Listed(list), .. }) => {
                *list = Arc::new(kept.iter().map(|&row| list[row as usize]).collect());
                false
            }
            Source::Drawn(_) => true,
            _ => false,
        };
        if again {
            tables.tables[site.table].columns[column] =
                Source::Drawn(drawn(site, table, column, kept.len() as u64)?);
        }
    }
    tables.tables[site.table].rows = kept.len() as u64;
    tables.known.keep(&kept);
    Ok(())
}
