//! The catalogs as a [`Schema`]: tables, columns and their conditions. Keys and indexes are in [`keys`](super::keys).

use super::types::{Class, Types};
use super::{keys, partitions, sql};
use crate::schema::{Check, Column, Dialect, Generated, Identity, Schema, Table, TableName};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use std::collections::HashMap;

/// What the catalogs say, with the object ids by which the server knows the tables.
pub(super) struct Catalog {
    /// The schema.
    pub(super) schema: Schema,
    /// Per table of the schema: its object id.
    pub(super) ids: Vec<i64>,
}

/// Which relations are user tables: ordinary and partitioned, no partitions, nothing that an extension owns.
pub(super) const USER_TABLES: &str = "c.relkind IN ('r', 'p') AND NOT c.relispartition \
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// A table under construction, and the columns' attribute numbers, by which the catalogs refer to them.
pub(super) struct Draft {
    /// The object id.
    pub(super) id: i64,
    /// The table so far.
    pub(super) table: Table,
    /// Per column: its attribute number. Dropped columns leave gaps.
    pub(super) attributes: Vec<i16>,
}

impl Draft {
    /// Column indexes for attribute numbers; `None` if one is no user column (0 stands for an expression).
    pub(super) fn columns(&self, attributes: &[i16]) -> Option<Vec<usize>> {
        attributes
            .iter()
            .map(|attribute| self.attributes.iter().position(|candidate| candidate == attribute))
            .collect()
    }
}

/// Reads the schema of the connected database.
pub(super) async fn read(connection: &mut PgConnection) -> sqlx::Result<Catalog> {
    let types = Types::read(connection).await?;
    let mut drafts = tables(connection).await?;
    drafts.sort_by(|a, b| a.table.name.cmp(&b.table.name));
    let index: HashMap<i64, usize> =
        drafts.iter().enumerate().map(|(index, draft)| (draft.id, index)).collect();
    columns(connection, &types, &mut drafts, &index).await?;
    checks(connection, &mut drafts, &index).await?;
    keys::unique_keys_and_indexes(connection, &mut drafts, &index).await?;
    keys::exclusions(connection, &mut drafts, &index).await?;
    keys::triggers(connection, &mut drafts, &index).await?;
    keys::foreign_keys(connection, &mut drafts, &index).await?;
    partitions::read(connection, &mut drafts, &index).await?;
    let ids = drafts.iter().map(|draft| draft.id).collect();
    let tables = drafts.into_iter().map(|draft| draft.table).collect();
    Ok(Catalog { schema: Schema { dialect: Dialect::Postgres, tables }, ids })
}

/// The name of a relation as the schema spells it: `public` is the default and goes unnamed.
pub(super) fn table_name(schema: String, name: String) -> TableName {
    TableName { schema: (schema != "public").then_some(schema), name }
}

async fn tables(connection: &mut PgConnection) -> sqlx::Result<Vec<Draft>> {
    let query = format!(
        "SELECT c.oid::int8 AS id, n.nspname::text AS schema, c.relname::text AS name, c.reltuples::float8 AS estimate, \
            obj_description(c.oid, 'pg_class') AS comment, \
            CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_by \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {USER_TABLES}"
    );
    sql::query(connection, &query).await?.iter().map(table).collect()
}

fn table(row: &PgRow) -> sqlx::Result<Draft> {
    let estimate: f64 = row.try_get("estimate")?;
    let table = Table {
        name: table_name(row.try_get("schema")?, row.try_get("name")?),
        columns: Vec::new(),
        primary_key: None,
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        partition_by: row.try_get("partition_by")?,
        partitions: Vec::new(),
        comment: row.try_get("comment")?,
        // -1 (before version 14: 0) means that the table was never analysed.
        row_estimate: (estimate > 0.0).then_some(estimate as u64),
        exclusions: Vec::new(),
        triggers: Vec::new(),
        options: Vec::new(),
    };
    Ok(Draft { id: row.try_get("id")?, table, attributes: Vec::new() })
}

async fn columns(
    connection: &mut PgConnection,
    types: &Types,
    drafts: &mut [Draft],
    index: &HashMap<i64, usize>,
) -> sqlx::Result<()> {
    let query = format!(
        "SELECT a.attrelid::int8 AS relation, a.attnum AS attribute, a.attname::text AS name, a.atttypid::int8 AS type, \
            a.atttypmod AS modifier, format_type(a.atttypid, a.atttypmod) AS native, a.attnotnull AS not_null, \
            a.attidentity::text AS identity, a.attgenerated::text AS generated, \
            pg_get_expr(d.adbin, d.adrelid) AS expression, col_description(c.oid, a.attnum) AS comment, \
            coalesce(NOT l.collisdeterministic, false) AS loose \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
         LEFT JOIN pg_collation l ON l.oid = a.attcollation \
         WHERE {USER_TABLES} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum"
    );
    for row in sql::query(connection, &query).await? {
        let Some(&at) = index.get(&row.try_get::<i64, _>("relation")?) else { continue };
        let draft = &mut drafts[at];
        draft.attributes.push(row.try_get("attribute")?);
        let column = column(&row, types)?;
        domain_checks(types, row.try_get("type")?, &column.name, &mut draft.table.checks);
        draft.table.columns.push(column);
    }
    Ok(())
}

fn column(row: &PgRow, types: &Types) -> sqlx::Result<Column> {
    let type_id: i64 = row.try_get("type")?;
    let domains = types.domains(type_id);
    let (mut native, mut not_null): (String, bool) = (row.try_get("native")?, row.try_get("not_null")?);
    for domain in &domains {
        if let Class::Domain { spelled, not_null: excluded, .. } = &domain.class {
            // A domain is dissolved into its base type, NOT NULL and checks, so that DDL needs no domain.
            native.clone_from(spelled);
            not_null |= excluded;
        }
    }
    let generated: String = row.try_get("generated")?;
    let identity: String = row.try_get("identity")?;
    let expression: Option<String> = row.try_get("expression")?;
    let (default, generated) = match expression {
        Some(expression) if !generated.is_empty() => {
            (None, Some(Generated { expression, stored: generated == "s" }))
        }
        default => (default, None),
    };
    let (default, identity) = match (identity.as_str(), default) {
        ("a", _) => (None, Some(Identity::Always)),
        ("d", _) => (None, Some(Identity::ByDefault)),
        (_, Some(default)) if is_sequence_default(&default) => (None, Some(Identity::Sequence)),
        (_, default) => (default, None),
    };
    Ok(Column {
        name: row.try_get("name")?,
        data_type: types.resolve(type_id, row.try_get("modifier")?),
        native,
        nullable: !not_null,
        default,
        identity,
        generated,
        comment: row.try_get("comment")?,
        form: types.form(type_id),
        case_insensitive: row.try_get("loose")?
            || types.base(type_id).is_some_and(|base| base.name == "citext"),
    })
}

/// Whether a default is nothing but the next number of a sequence.
fn is_sequence_default(default: &str) -> bool {
    // `nextval('a'::text)` looks its sequence up by name each time.
    let early = default.strip_prefix("nextval('").and_then(|rest| rest.strip_suffix("'::regclass)"));
    let late = default.strip_prefix("nextval(('").and_then(|rest| rest.strip_suffix("'::text)::regclass)"));
    early.or(late).is_some_and(|name| !name.replace("''", "").contains('\''))
}

fn domain_checks(types: &Types, type_id: i64, column: &str, checks: &mut Vec<Check>) {
    for domain in types.domains(type_id) {
        let Class::Domain { checks: conditions, .. } = &domain.class else { continue };
        for (name, expression) in conditions {
            checks.push(Check {
                name: Some(format!("{column}_{name}")),
                expression: over_column(without_parentheses(expression), &sql::quote(column)),
                trial: None,
            });
        }
    }
}

/// A domain's condition with the word VALUE replaced by a column, quoted strings and names left as they are.
fn over_column(expression: &str, column: &str) -> String {
    let mut written = String::with_capacity(expression.len());
    let mut quoted_by = None;
    let mut word = String::new();
    let flush = |word: &mut String, written: &mut String| {
        written.push_str(if word == "VALUE" { column } else { word });
        word.clear();
    };
    for character in expression.chars() {
        if quoted_by.is_none() && (character.is_alphanumeric() || character == '_') {
            word.push(character);
            continue;
        }
        flush(&mut word, &mut written);
        match quoted_by {
            Some(quote) if quote == character => quoted_by = None,
            None if character == '\'' || character == '"' => quoted_by = Some(character),
            _ => {}
        }
        written.push(character);
    }
    flush(&mut word, &mut written);
    written
}

/// An expression without the pair of parentheses around the whole of it.
pub(super) fn without_parentheses(expression: &str) -> &str {
    let Some(inner) = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return expression;
    };
    let (mut depth, mut quoted_by) = (0i32, None);
    for character in inner.chars() {
        match (quoted_by, character) {
            (Some(quote), _) if quote == character => quoted_by = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quoted_by = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return expression;
        }
    }
    inner
}

async fn checks(
    connection: &mut PgConnection,
    drafts: &mut [Draft],
    index: &HashMap<i64, usize>,
) -> sqlx::Result<()> {
    let query = "SELECT conrelid::int8 AS relation, conname::text AS name, pg_get_expr(conbin, conrelid) AS expression \
         FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 ORDER BY conrelid, conname";
    for row in sql::query(connection, query).await? {
        let Some(&at) = index.get(&row.try_get::<i64, _>("relation")?) else { continue };
        let expression: String = row.try_get("expression")?;
        drafts[at].table.checks.push(Check {
            name: row.try_get("name")?,
            expression: without_parentheses(&expression).to_owned(),
            trial: None,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_condition_is_written_over_its_column() {
        let condition = "((VALUE ~ 'VALUE'::text) AND (length(VALUE) > 1) AND (my_value <> \"VALUE\"))";
        assert_eq!(
            over_column(condition, "\"code\""),
            "((\"code\" ~ 'VALUE'::text) AND (length(\"code\") > 1) AND (my_value <> \"VALUE\"))"
        );
    }

    #[test]
    fn only_parentheses_around_the_whole_go() {
        assert_eq!(without_parentheses("(a > 0)"), "a > 0");
        assert_eq!(without_parentheses("(a > 0) OR (b > 0)"), "(a > 0) OR (b > 0)");
        assert_eq!(without_parentheses("(a <> ')')"), "a <> ')'");
    }

    #[test]
    fn only_a_bare_nextval_is_a_sequence_default() {
        assert!(is_sequence_default("nextval('orders_id_seq'::regclass)"));
        assert!(is_sequence_default("nextval('\"it''s\"'::regclass)"));
        assert!(!is_sequence_default("(nextval('a'::regclass) + nextval('b'::regclass))"));
        assert!(is_sequence_default("nextval(('found_late'::text)::regclass)"));
        assert!(!is_sequence_default("now()"));
    }
}
