//! Keys, indexes, foreign keys and CHECKs of all tables.

use super::column_type::unescaped;
use super::connect::{Flavor, Server, number, text};
use super::sql;
use crate::error::Result;
use crate::schema::{Action, Check, DataType, Deferrable, ForeignKey, Index, Schema, Table, UniqueKey};
use std::collections::HashMap;

const DOING: &str = "read the catalog";

/// Reads them into the tables of `schema`; `index` finds a table by its name.
pub(super) async fn read(
    server: &mut Server,
    schema: &mut Schema,
    index: &HashMap<String, usize>,
) -> Result<()> {
    indexes(server, schema, index).await?;
    foreign_keys(server, schema, index).await?;
    checks(server, schema, index).await
}

/// One entry of an index: a column, the beginning of one, or an expression.
struct Entry {
    column: Option<usize>,
    text: String,
    plain: bool,
}

/// One index, put together from its rows in the catalog.
struct Found {
    name: String,
    unique: bool,
    kind: String,
    entries: Vec<Entry>,
}

async fn indexes(server: &mut Server, schema: &mut Schema, index: &HashMap<String, usize>) -> Result<()> {
    // MySQL 8 has indexes over expressions; MariaDB's catalog has no such column.
    let expression =
        if has_column(server, "STATISTICS", "EXPRESSION").await? { "EXPRESSION" } else { "NULL" };
    let rows = server
        .rows(
            &format!(
                "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, COLLATION, INDEX_TYPE, {expression} \
                 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() \
                 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
            ),
            DOING,
        )
        .await?;
    let mut found: Vec<(usize, Found)> = Vec::new();
    for row in &rows {
        let Some(&at) = index.get(&text(row, 0)?.unwrap_or_default()) else { continue };
        let name = text(row, 1)?.unwrap_or_default();
        let entry = entry(&schema.tables[at], text(row, 3)?, number(row, 4)?, text(row, 5)?, text(row, 7)?);
        if !found.last().is_some_and(|(table, last)| *table == at && last.name == name) {
            let kind = text(row, 6)?.unwrap_or_default();
            found.push((at, Found { name, unique: number(row, 2)? == Some(0), kind, entries: Vec::new() }));
        }
        if let Some((_, last)) = found.last_mut() {
            last.entries.push(entry);
        }
    }
    for (at, found) in found {
        place(&mut schema.tables[at], found);
    }
    Ok(())
}

fn entry(
    table: &Table,
    column: Option<String>,
    prefix: Option<u64>,
    order: Option<String>,
    expression: Option<String>,
) -> Entry {
    let at = column.as_deref().and_then(|name| table.column_index(name));
    let mut spelled = match (column, expression) {
        (Some(column), _) => sql::ident(&column),
        (None, expression) => format!("({})", unescaped(&expression.unwrap_or_default())),
    };
    let whole = prefix.is_none_or(|prefix| {
        // Some engines report a "prefix" that is the whole column.
        at.is_some_and(|at| {
            matches!(table.columns[at].data_type,
            DataType::Text { max: Some(max), .. } if u64::from(max) == prefix)
        })
    });
    if let Some(prefix) = prefix.filter(|_| !whole) {
        spelled.push_str(&format!("({prefix})"));
    }
    let descending = order.as_deref() == Some("D");
    if descending {
        spelled.push_str(" DESC");
    }
    Entry { column: at, text: spelled, plain: at.is_some() && whole }
}

/// Puts an index where it belongs: primary key, unique key, or plain index.
///
/// A key over the beginnings of columns keeps both its columns (distinct values in them are needed, if not always
/// enough) and its spelling; one over expressions has only the spelling.
fn place(table: &mut Table, found: Found) {
    let spelled = found.entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>().join(", ");
    let columns: Option<Vec<usize>> = found.entries.iter().map(|entry| entry.column).collect();
    let plain = found.entries.iter().all(|entry| entry.plain);
    if !found.unique {
        let kind = match found.kind.as_str() {
            kind @ ("FULLTEXT" | "SPATIAL") => format!("{kind} "),
            _ => String::new(),
        };
        let definition = format!(
            "CREATE {kind}INDEX {} ON {} ({spelled})",
            sql::ident(&found.name),
            sql::ident(&table.name.name)
        );
        let usual = plain && kind.is_empty();
        table.indexes.push(Index {
            name: found.name,
            columns: columns.filter(|_| usual).unwrap_or_default(),
            definition: Some(definition),
        });
        return;
    }
    let primary = found.name == "PRIMARY";
    let key = UniqueKey {
        name: (!primary).then_some(found.name),
        columns: columns.unwrap_or_default(),
        predicate: None,
        expression: (!plain).then_some(spelled),
        nulls_distinct: true,
        constraint: plain,
    };
    if primary {
        table.primary_key = Some(key);
    } else {
        table.uniques.push(key);
    }
}

async fn foreign_keys(
    server: &mut Server,
    schema: &mut Schema,
    index: &HashMap<String, usize>,
) -> Result<()> {
    let actions = actions(server).await?;
    let rows = server
        .rows(
            "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME, \
             REFERENCED_TABLE_SCHEMA = DATABASE() FROM information_schema.KEY_COLUMN_USAGE \
             WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL \
             ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION",
            DOING,
        )
        .await?;
    for row in &rows {
        let (child, parent) = (text(row, 0)?.unwrap_or_default(), text(row, 3)?.unwrap_or_default());
        let name = text(row, 1)?;
        let Some(&at) = index.get(&child) else { continue };
        let here = number(row, 5)? == Some(1);
        let Some(&parent_at) = index.get(&parent).filter(|_| here) else {
            tracing::warn!(
                table = child,
                foreign_key = name,
                "left out: it references a table of another database"
            );
            continue;
        };
        let column = schema.tables[at].column_index(&text(row, 2)?.unwrap_or_default());
        let parent_column = schema.tables[parent_at].column_index(&text(row, 4)?.unwrap_or_default());
        let (Some(column), Some(parent_column)) = (column, parent_column) else { continue };
        let known = name.as_ref().and_then(|name| actions.get(&(child, name.clone())));
        let (on_delete, on_update) = known.copied().unwrap_or((Action::NoAction, Action::NoAction));
        let keys = &mut schema.tables[at].foreign_keys;
        match keys.last_mut().filter(|last| last.name == name) {
            Some(last) => {
                last.columns.push(column);
                last.parent_columns.push(parent_column);
            }
            None => keys.push(ForeignKey {
                name,
                columns: vec![column],
                parent: parent_at,
                parent_columns: vec![parent_column],
                on_delete,
                on_update,
                deferrable: Deferrable::No,
                match_full: false,
                declared: true,
            }),
        }
    }
    Ok(())
}

/// What foreign keys do when parents go or change, by table and name.
///
/// A question of its own: joined to the columns of the keys, MariaDB opens every table of every database for it, which takes long, meets
/// tables that somebody is dropping, and has brought the server down (10.11.19).
async fn actions(server: &mut Server) -> Result<HashMap<(String, String), (Action, Action)>> {
    let query = "SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE \
                 FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()";
    let mut found = HashMap::new();
    for row in &server.rows(query, DOING).await? {
        let key = (text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default());
        found.insert(key, (action(text(row, 2)?), action(text(row, 3)?)));
    }
    Ok(found)
}

fn action(rule: Option<String>) -> Action {
    match rule.as_deref() {
        Some("CASCADE") => Action::Cascade,
        Some("SET NULL") => Action::SetNull,
        Some("SET DEFAULT") => Action::SetDefault,
        Some("RESTRICT") => Action::Restrict,
        _ => Action::NoAction,
    }
}

async fn checks(server: &mut Server, schema: &mut Schema, index: &HashMap<String, usize>) -> Result<()> {
    // MySQL 5.7 parses CHECKs and forgets them: it has no such catalog, and nothing to read.
    if !has_column(server, "CHECK_CONSTRAINTS", "CHECK_CLAUSE").await? {
        return Ok(());
    }
    let query = match server.flavor {
        // A constraint of a column bears the column's name there, which is no name of its own.
        Flavor::MariaDb => {
            "SELECT TABLE_NAME, IF(LEVEL = 'Column', NULL, CONSTRAINT_NAME), CHECK_CLAUSE, CONSTRAINT_NAME \
             FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() \
             ORDER BY TABLE_NAME, LEVEL, CONSTRAINT_NAME"
        }
        Flavor::MySql => {
            "SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE, c.CONSTRAINT_NAME \
             FROM information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t \
             ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME \
             WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK' AND t.ENFORCED = 'YES' \
             ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME"
        }
    };
    for row in &server.rows(query, DOING).await? {
        let Some(&at) = index.get(&text(row, 0)?.unwrap_or_default()) else { continue };
        let table = &mut schema.tables[at];
        let name = text(row, 1)?;
        let stored = text(row, 2)?.unwrap_or_default();
        let own_column = text(row, 3)?.and_then(|name| table.column_index(&name));
        let is_document = own_column.is_some_and(|at| table.columns[at].data_type == DataType::Json);
        // The type json of MariaDB brings this CHECK along by itself.
        if name.is_none() && is_document && stored.starts_with("json_valid(") {
            continue;
        }
        let expression = match server.flavor {
            Flavor::MariaDb => stored,
            Flavor::MySql => without_parentheses(&unescaped(&stored)).to_owned(),
        };
        table.checks.push(Check { name, expression, trial: None });
    }
    Ok(())
}

/// The text inside parentheses that enclose the whole of it.
fn without_parentheses(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return text };
    let mut depth = 0i32;
    let mut in_string = false;
    for character in inner.chars() {
        match character {
            '\'' => in_string = !in_string,
            '(' if !in_string => depth += 1,
            ')' if !in_string => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return text;
        }
    }
    inner
}

/// Whether the catalog itself has a column: the two servers, and their versions, differ in that.
async fn has_column(server: &mut Server, view: &str, column: &str) -> Result<bool> {
    let query = format!(
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'information_schema' \
         AND TABLE_NAME = '{view}' AND COLUMN_NAME = '{column}'"
    );
    Ok(server.number(&query, DOING).await? > 0)
}

#[cfg(test)]
mod tests {
    use super::without_parentheses;

    #[test]
    fn only_enclosing_parentheses_go() {
        assert_eq!(without_parentheses("(a > 1)"), "a > 1");
        assert_eq!(without_parentheses("(a > 1) or (b > 1)"), "(a > 1) or (b > 1)");
        assert_eq!(without_parentheses("(a <> ')')"), "a <> ')'");
    }
}
