//! From SQLite's catalog to a [`Schema`].

use super::catalog::{self, CatalogColumn, CatalogTable};
use super::connection::Connection;
use super::content::{Looked, look};
use super::ddl::{IndexText, TableText, default_expression, read_index, read_table};
use super::foreign_keys::{agree_along_keys, foreign_keys};
use super::sql::quote;
use super::types::{Content, settle};
use crate::error::Result;
use crate::schema::{Column, Dialect, Generated, Identity, Index, Schema, Table, TableName, UniqueKey};

/// How the types of columns are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Types {
    /// From declarations and values.
    Stored,
    /// From declarations alone.
    Declared,
}

/// A table on its way into the schema.
pub(super) struct Draft<'a> {
    /// What the catalog says.
    pub(super) catalog: &'a CatalogTable,
    /// What its statement says.
    pub(super) text: TableText,
    /// What its values look like, per column.
    pub(super) contents: Vec<Content>,
}

/// The schema of the whole file.
pub(super) async fn introspect(connection: &mut Connection, types: Types) -> Result<Schema> {
    let catalog = catalog::read(connection).await?;
    let mut drafts = Vec::new();
    let mut tables = Vec::new();
    for (name, table) in &catalog {
        let contents = match types {
            Types::Stored => look(connection, &looked(name, table)).await?,
            Types::Declared => vec![Content::default(); table.columns.len()],
        };
        let draft = Draft { catalog: table, text: read_table(&table.sql).unwrap_or_default(), contents };
        tables.push(draft.table(name));
        drafts.push(draft);
    }
    let mut schema = Schema { dialect: Dialect::Sqlite, tables };
    for (index, draft) in drafts.iter().enumerate() {
        schema.tables[index].foreign_keys = foreign_keys(&schema, index, draft);
    }
    agree_along_keys(&mut schema, &drafts);
    Ok(schema)
}

fn looked<'a>(name: &str, table: &'a CatalogTable) -> Looked<'a> {
    let named_rowid = |column: &CatalogColumn| column.name.eq_ignore_ascii_case("rowid");
    Looked {
        table: quote(name),
        numbered: !table.without_rowid && !table.columns.iter().any(named_rowid),
        columns: table.columns.iter().map(|column| (column.name.as_str(), column.native.as_str())).collect(),
    }
}

impl Draft<'_> {
    fn table(&self, name: &str) -> Table {
        let catalog = self.catalog;
        let (uniques, indexes) = self.indexes();
        let options = [
            (catalog.without_rowid, "WITHOUT ROWID"),
            (catalog.strict, "STRICT"),
            (self.text.columns.iter().any(|column| column.autoincrement), "AUTOINCREMENT"),
        ];
        Table {
            name: TableName { schema: None, name: name.to_owned() },
            columns: (0..catalog.columns.len()).map(|index| self.column(index)).collect(),
            primary_key: self.primary_key(),
            uniques,
            foreign_keys: Vec::new(),
            checks: self.text.checks.clone(),
            indexes,
            partition_by: None,
            partitions: Vec::new(),
            comment: None,
            row_estimate: catalog.row_estimate,
            exclusions: Vec::new(),
            triggers: Vec::new(),
            options: options.iter().filter(|(set, _)| *set).map(|(_, word)| (*word).to_owned()).collect(),
        }
    }

    fn column(&self, index: usize) -> Column {
        let column = &self.catalog.columns[index];
        let content = &self.contents[index];
        let text = self.text.columns.iter().find(|text| text.name.eq_ignore_ascii_case(&column.name));
        let expression = text.and_then(|text| text.generated.clone()).unwrap_or_default();
        let default = column.default.as_deref().map(default_expression);
        let is_text = default.as_deref().is_some_and(|default| default.starts_with('\''));
        Column {
            name: column.name.clone(),
            data_type: settle(&column.native, content, !is_text),
            native: column.native.clone(),
            // A primary key admits no NULL in any other engine; in SQLite a table with rowid may hold some.
            nullable: !column.not_null && (column.key_place == 0 || content.nulls > 0),
            default: default.filter(|default| !default.eq_ignore_ascii_case("NULL")),
            identity: self.is_rowid(column).then_some(Identity::AutoIncrement),
            generated: (column.hidden >= 2).then_some(Generated { expression, stored: column.hidden == 3 }),
            comment: None,
            form: None,
            case_insensitive: self
                .ignores_case(&column.name, text.and_then(|text| text.collation.as_deref())),
        }
    }

    /// Whether a column is another name of the rowid. `INTEGER PRIMARY KEY DESC` is not, and has an index instead.
    fn is_rowid(&self, column: &CatalogColumn) -> bool {
        let catalog = self.catalog;
        column.key_place == 1
            && column.native.eq_ignore_ascii_case("INTEGER")
            && !catalog.without_rowid
            && !catalog.columns.iter().any(|other| other.key_place > 1)
            && !catalog.indexes.iter().any(|index| index.origin == "pk")
    }

    fn ignores_case(&self, column: &str, declared: Option<&str>) -> bool {
        let folds =
            |collation: &str| ["NOCASE", "RTRIM"].iter().any(|name| collation.eq_ignore_ascii_case(name));
        declared.is_some_and(folds)
            || self.catalog.indexes.iter().filter(|index| index.unique).any(|index| {
                index
                    .columns
                    .iter()
                    .any(|(name, _, collation)| name.as_deref() == Some(column) && folds(collation))
            })
    }

    fn primary_key(&self) -> Option<UniqueKey> {
        let mut places: Vec<_> = self
            .catalog
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.key_place > 0)
            .map(|(index, column)| (column.key_place, index))
            .collect();
        places.sort_unstable();
        let columns: Vec<_> = places.into_iter().map(|(_, index)| index).collect();
        (!columns.is_empty()).then(|| UniqueKey {
            name: self.text.primary_key.clone(),
            columns,
            predicate: None,
            expression: None,
            nulls_distinct: true,
            constraint: true,
        })
    }

    /// Unique keys and the other indexes.
    fn indexes(&self) -> (Vec<UniqueKey>, Vec<Index>) {
        let (mut uniques, mut indexes) = (Vec::new(), Vec::new());
        let mut names = self.text.uniques.clone();
        for index in self.catalog.indexes.iter().filter(|index| index.origin != "pk") {
            let columns: Option<Vec<_>> =
                index.columns.iter().map(|(name, ..)| self.position(name.as_deref()?)).collect();
            let text = index.sql.as_deref().and_then(read_index);
            if index.unique {
                let constraint = index.origin == "u";
                let name =
                    if constraint { take_name(&mut names, &index.columns) } else { Some(index.name.clone()) };
                uniques.push(UniqueKey {
                    name,
                    expression: columns
                        .is_none()
                        .then(|| text.as_ref().map(|text| text.columns.clone()))
                        .flatten(),
                    columns: columns.unwrap_or_default(),
                    predicate: text.and_then(|text| text.predicate),
                    nulls_distinct: true,
                    constraint,
                });
            } else {
                let plain = !index.columns.iter().any(|(_, descending, _)| *descending)
                    && text.as_ref().is_some_and(is_plain);
                indexes.push(Index {
                    name: index.name.clone(),
                    columns: columns.filter(|_| plain).unwrap_or_default(),
                    definition: index.sql.clone(),
                });
            }
        }
        (uniques, indexes)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.catalog.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }
}

/// Whether an index has neither condition nor collations of its own.
fn is_plain(text: &IndexText) -> bool {
    text.predicate.is_none() && !text.columns.to_ascii_uppercase().contains("COLLATE")
}

/// The name of the UNIQUE constraint behind an automatic index.
fn take_name(
    names: &mut Vec<(Option<String>, Vec<String>)>,
    columns: &[(Option<String>, bool, String)],
) -> Option<String> {
    let same = |(_, texts): &(Option<String>, Vec<String>)| {
        texts.len() == columns.len()
            && texts
                .iter()
                .zip(columns)
                .all(|(text, (name, ..))| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(text)))
    };
    let found = names.iter().position(same)?;
    names.remove(found).0
}
