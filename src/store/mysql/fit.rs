//! Whether the target can take the load: everything that can be known before the first write.

use super::carry::{self, counterpart, target_name};
use super::connect::{Server, text};
use super::load::is_unfinished;
use super::sql;
use crate::error::{Error, Result};
use crate::schema::{Column, DataType, Dialect, Schema, Table};
use crate::store::{ExistingRows, Preparation, TargetState, sql as shared};

/// Refuses a load that would fail, and returns notes for the plan.
pub(super) async fn check(
    server: &mut Server,
    preparation: &Preparation,
    state: &TargetState,
) -> Result<Vec<String>> {
    let Some(target) = &state.schema else { return Ok(Vec::new()) };
    let carried = carry::carry(server, preparation, target).await?;
    let mut notes = carried.notes;
    let mut problems = Vec::new();
    let mut taken = Vec::new();
    let mut unfinished = Vec::new();
    let mut creates = false;
    for &table in &preparation.order {
        if preparation.rows[table].is_none() {
            continue;
        }
        match counterpart(&preparation.schema, table, target) {
            Some(there) if is_unfinished(&target.tables[there]) => {
                unfinished.push(target.tables[there].name.to_string());
                taken.push(there);
                creates = true;
            }
            Some(there) => {
                taken.push(there);
                misfits(&preparation.schema, table, &target.tables[there], &mut problems, &mut notes);
            }
            None => {
                creates = true;
                notes.extend(
                    shared::create_table(Dialect::Mysql, &carried.schema, table, shared::Inline::All).notes,
                );
                notes.extend(shared::add_indexes(Dialect::Mysql, &carried.schema, table).notes);
            }
        }
    }
    if !problems.is_empty() {
        return Err(Error::target_failed(format!("the target does not fit: {}", problems.join("; ")))
            .hint("change these tables in the target, or drop them there: missing tables are created"));
    }
    if preparation.existing == ExistingRows::Append && !unfinished.is_empty() {
        return Err(Error::target_failed(format!(
            "an earlier run has not finished: {}",
            unfinished.join(", ")
        ))
        .hint("--truncate starts these tables anew"));
    }
    occupied(preparation, state, &taken)?;
    if preparation.existing == ExistingRows::Truncate {
        referenced_from_outside(server, target, state, &taken).await?;
    }
    rights(server, preparation, target, &taken, creates).await?;
    notes.extend(triggers(server, target, &taken).await?);
    Ok(notes)
}

/// What keeps an existing table from taking the rows of one of the source.
fn misfits(
    source: &Schema,
    table: usize,
    there: &Table,
    problems: &mut Vec<String>,
    notes: &mut Vec<String>,
) {
    let here = &source.tables[table];
    let in_key = |at: usize| here.primary_key.as_ref().is_some_and(|key| key.columns.contains(&at));
    for (at, column) in here.written_columns() {
        let Some(target) = find(there, &column.name) else {
            problems.push(format!("{} lacks the column {}", there.name, column.name));
            continue;
        };
        let place = format!("{}.{}", there.name, target.name);
        if target.generated.is_some() {
            problems.push(format!("{place} is a generated column there, and rows are to be written to it"));
        } else if !takes(source.dialect, column, target) {
            problems.push(format!("{place} is {} there, which cannot hold {}", target.native, column.native));
        } else if column.nullable && !target.nullable && !in_key(at) {
            problems.push(format!("{place} is NOT NULL there, and NULLs are to be written to it"));
        } else if let Some(note) = narrower(column, target) {
            notes.push(format!("{place} {note}"));
        }
    }
    for target in &there.columns {
        let written = here.written_columns().any(|(_, column)| same_name(&column.name, &target.name));
        let filled = target.nullable
            || target.default.is_some()
            || target.identity.is_some()
            || target.generated.is_some();
        if !written && !filled {
            problems.push(format!(
                "{}.{} is NOT NULL without a default, and nothing is written to it",
                there.name, target.name
            ));
        }
    }
}

/// MySQL does not tell column names of different case apart.
fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// A column of the target by the name it has in the source.
pub(super) fn find<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    let stored = shared::identifier(Dialect::Mysql, name);
    table.columns.iter().find(|column| same_name(&column.name, &stored))
}

/// Whether values of one column can be stored in the other.
fn takes(from: Dialect, column: &Column, target: &Column) -> bool {
    use DataType::{
        Array, Boolean, Bytes, Date, Decimal, Enum, Float, Integer, Json, Numeric, Other, Text, Time,
        Timestamp, Uuid,
    };
    // The type that this program itself would have given the column.
    let own = shared::column_type(from, Dialect::Mysql, &column.data_type, &column.native);
    if sql::bare_type(&own) == sql::bare_type(&target.native) && !matches!(target.data_type, Enum { .. }) {
        return true;
    }
    match (&column.data_type, &target.data_type) {
        (_, Text { .. }) => !matches!(column.data_type, Bytes { .. }),
        (Boolean | Integer { .. }, Boolean | Integer { .. } | Decimal { .. } | Numeric | Float { .. }) => {
            true
        }
        (Decimal { scale, .. }, Integer { .. }) => *scale == 0,
        (Decimal { .. } | Numeric | Float { .. }, Decimal { .. } | Numeric | Float { .. }) => true,
        (Enum { labels, .. }, Enum { labels: allowed, .. }) => {
            labels.iter().all(|label| allowed.contains(label))
        }
        (Text { .. } | Uuid, Uuid) | (Json | Array { .. }, Json) | (Bytes { .. }, Bytes { .. }) => true,
        (Text { .. }, Json | Enum { .. }) => false,
        (Date, Date | Timestamp { .. }) | (Time, Time) | (Timestamp { .. }, Timestamp { .. }) => true,
        (Text { .. } | Other | Uuid, Other) => true,
        _ => false,
    }
}

/// Where values may turn out too large for an existing column, although its type fits.
fn narrower(column: &Column, target: &Column) -> Option<String> {
    match (&column.data_type, &target.data_type) {
        (DataType::Text { max: Some(from), .. }, DataType::Text { max: Some(to), .. }) if to < from => {
            Some(format!(
                "holds at most {to} characters there, {from} in the source: a longer value stops the load"
            ))
        }
        (DataType::Bytes { max: Some(from) }, DataType::Bytes { max: Some(to) }) if to < from => Some(
            format!("holds at most {to} bytes there, {from} in the source: a longer value stops the load"),
        ),
        (DataType::Decimal { scale: from, .. }, DataType::Decimal { scale: to, .. }) if to < from => {
            Some(format!("keeps {to} decimals there, {from} in the source: values are rounded"))
        }
        (from @ DataType::Integer { .. }, to @ DataType::Integer { .. }) => {
            let (from, to) = (from.integer_range()?, to.integer_range()?);
            (to.0 > from.0 || to.1 < from.1).then(|| {
                "has a smaller range there than in the source: a value outside of it stops the load"
                    .to_owned()
            })
        }
        _ => None,
    }
}

fn occupied(preparation: &Preparation, state: &TargetState, taken: &[usize]) -> Result<()> {
    let Some(target) = state.schema.as_ref().filter(|_| preparation.existing == ExistingRows::Refuse) else {
        return Ok(());
    };
    let full: Vec<String> = taken
        .iter()
        .filter(|&&at| state.rows[at] > 0)
        .map(|&at| format!("{} ({} rows)", target.tables[at].name, state.rows[at]))
        .collect();
    if full.is_empty() {
        return Ok(());
    }
    Err(Error::target_failed(format!("the target is not empty: {}", full.join(", ")))
        .hint("--truncate empties these tables first")
        .hint("--append adds to the rows that are there"))
}

/// Emptying a table leaves rows elsewhere that refer to nothing; MySQL would not notice.
async fn referenced_from_outside(
    server: &mut Server,
    target: &Schema,
    state: &TargetState,
    taken: &[usize],
) -> Result<()> {
    let mut holders = Vec::new();
    for (at, table) in
        target.tables.iter().enumerate().filter(|&(at, _)| !taken.contains(&at) && state.rows[at] > 0)
    {
        for key in table.foreign_keys.iter().filter(|key| taken.contains(&key.parent)) {
            let all = format!("SELECT COUNT(*) FROM {}", sql::ident(&table.name.name));
            let doing = format!("count the rows of {}", table.name);
            let nulls = server.number(&sql::null_children(table, key), &doing).await?;
            if server.number(&all, &doing).await? > nulls {
                holders.push(format!(
                    "{} ({} rows) refers to {}",
                    table.name, state.rows[at], target.tables[key.parent].name
                ));
            }
        }
    }
    if holders.is_empty() {
        return Ok(());
    }
    holders.dedup();
    Err(Error::target_failed(format!(
        "tables outside the load would lose their parents: {}",
        holders.join(", ")
    ))
    .hint("load these tables too, or empty them first"))
}

/// The rights that the load needs; preparing a statement has them checked without executing anything.
async fn rights(
    server: &mut Server,
    preparation: &Preparation,
    target: &Schema,
    taken: &[usize],
    creates: bool,
) -> Result<()> {
    for &at in taken {
        let table = &target.tables[at];
        let name = sql::ident(&table.name.name);
        let Some(column) = table.columns.iter().find(|column| column.generated.is_none()) else { continue };
        let insert = format!(
            "INSERT INTO {name} ({}) VALUES ({})",
            sql::ident(&column.name),
            sql::placeholder(column)
        );
        server.would_allow(insert, &format!("write to {}", table.name)).await?;
        if preparation.existing == ExistingRows::Truncate {
            server.would_allow(format!("DELETE FROM {name}"), &format!("empty {}", table.name)).await?;
        }
    }
    if creates {
        let missing = preparation.order.iter().find(|&&table| {
            preparation.rows[table].is_some() && counterpart(&preparation.schema, table, target).is_none()
        });
        if let Some(&table) = missing {
            let name = target_name(&preparation.schema, table);
            let create = format!("CREATE TABLE {} (a int)", sql::ident(&name));
            server.would_allow(create, &format!("create tables in {}", server.database.clone())).await?;
        }
    }
    Ok(())
}

/// Triggers of the target's tables that the load sets off.
async fn triggers(server: &mut Server, target: &Schema, taken: &[usize]) -> Result<Vec<String>> {
    let rows = server
        .rows(
            "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS \
             WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_MANIPULATION = 'INSERT' \
             ORDER BY EVENT_OBJECT_TABLE, TRIGGER_NAME",
            "read the catalog",
        )
        .await?;
    let mut notes = Vec::new();
    for row in &rows {
        let (table, trigger) = (text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default());
        if taken.iter().any(|&at| target.tables[at].name.name == table) {
            notes.push(format!("the trigger {trigger} of {table} runs for every row that is written"));
        }
    }
    Ok(notes)
}
