//! Foreign keys: from the catalog and the statement, and the types of their two ends.

use super::catalog::CatalogForeignKey;
use super::ddl::ForeignKeyText;
use super::introspect::Draft;
use crate::schema::{Action, DataType, Deferrable, ForeignKey, Schema, Table};

/// The foreign keys of a table, once all tables are known.
pub(super) fn foreign_keys(schema: &Schema, index: usize, draft: &Draft<'_>) -> Vec<ForeignKey> {
    let mut keys = Vec::new();
    for (place, columns) in draft.catalog.foreign_keys.iter().enumerate() {
        let text = draft.text.foreign_keys.get(place).filter(|text| is_same_key(text, columns));
        match foreign_key(schema, index, columns, text) {
            Some(key) => keys.push(key),
            None => tracing::warn!(
                "{}: a foreign key to {} finds no such table or key, SQLite ignores it too while keys are not enforced",
                schema.tables[index].name,
                columns.first().map_or("", |column| column.parent.as_str()),
            ),
        }
    }
    keys
}

fn is_same_key(text: &ForeignKeyText, columns: &[CatalogForeignKey]) -> bool {
    text.columns.len() == columns.len()
        && text.columns.iter().zip(columns).all(|(text, column)| text.eq_ignore_ascii_case(&column.from))
}

/// `None` for a foreign key to a table or column that does not exist, which SQLite lets be declared.
fn foreign_key(
    schema: &Schema,
    index: usize,
    parts: &[CatalogForeignKey],
    text: Option<&ForeignKeyText>,
) -> Option<ForeignKey> {
    let first = parts.first()?;
    let same_name = |table: &Table| table.name.name.eq_ignore_ascii_case(&first.parent);
    let parent = schema.tables.iter().position(same_name)?;
    let position = |table: usize, name: &str| {
        schema.tables[table].columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    };
    let columns: Vec<_> = parts.iter().map(|part| position(index, &part.from)).collect::<Option<_>>()?;
    let parent_columns = match &first.to {
        None => schema.tables[parent].primary_key.as_ref()?.columns.clone(),
        Some(_) => parts.iter().map(|part| position(parent, part.to.as_deref()?)).collect::<Option<_>>()?,
    };
    (columns.len() == parent_columns.len()).then(|| ForeignKey {
        name: text.and_then(|text| text.name.clone()),
        columns,
        parent,
        parent_columns,
        on_delete: action(&first.on_delete),
        on_update: action(&first.on_update),
        deferrable: text.map_or(Deferrable::No, |text| text.deferrable),
        match_full: false,
        declared: true,
    })
}

fn action(text: &str) -> Action {
    match text {
        "RESTRICT" => Action::Restrict,
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

/// Gives both ends of a foreign key the same type, where their declarations or contents lead to different ones: an
/// empty column takes the type of the other, and where both are empty, that of the parent; where the values of one end
/// are days but not of the other, both stay text.
pub(super) fn agree_along_keys(schema: &mut Schema, drafts: &[Draft<'_>]) {
    let pairs: Vec<_> = schema
        .tables
        .iter()
        .enumerate()
        .flat_map(|(child, table)| {
            table.foreign_keys.iter().flat_map(move |key| {
                let ends = key.columns.iter().zip(&key.parent_columns);
                ends.map(move |(&column, &parent)| ((child, column), (key.parent, parent)))
            })
        })
        .collect();
    let values = |(table, column): (usize, usize)| drafts[table].contents[column].values();
    // Each round carries a type one key further; no chain of keys is longer than the list of them.
    for _ in 0..pairs.len() {
        let mut changed = false;
        for &(child, parent) in &pairs {
            let child_type = schema.tables[child.0].columns[child.1].data_type.clone();
            let parent_type = schema.tables[parent.0].columns[parent.1].data_type.clone();
            if child_type.arrow() == parent_type.arrow() {
                continue;
            }
            let mut set = |(table, column): (usize, usize), data_type: DataType| {
                schema.tables[table].columns[column].data_type = data_type;
                changed = true;
            };
            let text = DataType::Text { max: None, fixed: false };
            match (values(child), values(parent)) {
                (0, _) => set(child, parent_type),
                (1.., 0) => set(parent, child_type),
                (1.., 1..) if drafts_hold_texts(drafts, child) && drafts_hold_texts(drafts, parent) => {
                    set(child, text.clone());
                    set(parent, text);
                }
                _ => {}
            }
        }
        if !changed {
            break;
        }
    }
}

fn drafts_hold_texts(drafts: &[Draft<'_>], (table, column): (usize, usize)) -> bool {
    let content = &drafts[table].contents[column];
    content.texts == content.values()
}
