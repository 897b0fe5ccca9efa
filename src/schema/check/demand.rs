//! What is asked of texts though no CHECK says so: an index or a computed column that reads them as numbers, days or JSON refuses
//! rows whose texts are none.

use super::function::Function;
use super::node::{Kind, Node};
use super::pattern::Pattern;
use super::{Predicate, mentions};
use crate::schema::{DataType, Dialect, Table};
use regex::Regex;

const WHOLE: &str = "^[1-9][0-9]{0,5}$";
const NUMBER: &str = r"^[1-9][0-9]{0,5}(\.[0-9]{1,2})?$";
const DAY: &str = "^20[0-2][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$";
const MOMENT: &str =
    "^20[0-2][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$";
const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$";

/// Types that texts are cast to, and what a text has to look like then; `None` is a document of JSON.
const CASTS: &[(&str, Option<&str>)] = &[
    ("smallint|integer|bigint|int|int2|int4|int8", Some(WHOLE)),
    ("numeric|decimal|real|double precision|float|float4|float8", Some(NUMBER)),
    ("date", Some(DAY)),
    ("timestamp|timestamptz", Some(MOMENT)),
    ("uuid", Some(UUID)),
    ("json|jsonb", None),
];

/// Functions that fail where a text is no JSON.
const OF_JSON: &str = "json_extract|json_value|json_query|json_type|json_array_length|json_keys|json_length|json_each|json_tree|\
                       json_unquote|json_contains|json_object_keys|json_remove|json_set|json_insert|json_replace";

impl Predicate {
    /// What indexes and computed columns of a table ask of its texts.
    pub fn demanded(dialect: Dialect, table: &Table) -> Vec<Self> {
        let computed = table.columns.iter().filter_map(|column| column.generated.as_ref());
        let computed = computed.map(|generated| generated.expression.as_str());
        let indexes = table.indexes.iter().filter(|index| index.columns.is_empty());
        let indexes = indexes.filter_map(|index| index.definition.as_deref());
        let keys = table.uniques.iter();
        let keys = keys.flat_map(|key| key.expression.as_deref().into_iter().chain(key.predicate.as_deref()));
        let texts = |column: &&(usize, &crate::schema::Column)| {
            matches!(column.1.data_type, DataType::Text { .. }) && column.1.generated.is_none()
        };
        let columns: Vec<_> = table.columns.iter().enumerate().collect();
        let mut found: Vec<Self> = Vec::new();
        for expression in computed.chain(indexes).chain(keys) {
            // What is read under a condition need not be asked of every row.
            if expression.to_ascii_lowercase().contains("case when") {
                continue;
            }
            for &(index, column) in columns.iter().filter(texts) {
                let Some(form) = form(dialect, &column.name, expression) else { continue };
                let Some(root) = condition(dialect, index, form) else { continue };
                if found.iter().all(|other| other.columns != [index]) {
                    found.push(Self { dialect, root, columns: vec![index] });
                }
            }
        }
        // Of rows that all have the same key there is one at the most; none of those that it is about is certain to be no two.
        let single = table.uniques.iter().filter(|key| key.admits_one_row(table));
        let conditions = single.filter_map(|key| key.predicate.as_deref());
        found
            .extend(conditions.filter_map(|text| Self::parse(dialect, table, &format!("NOT ({text})")).ok()));
        // Of a key over the beginnings of texts, texts that are no longer than these keep it as well as their beginnings do.
        for key in table.unique_keys().filter(|key| !key.columns.is_empty()) {
            let Some(expression) = key.expression.as_deref().filter(|_| dialect == Dialect::Mysql) else {
                continue;
            };
            for &column in &key.columns {
                let start = format!("`{}`(", table.columns[column].name);
                let length = expression.split_once(&start).and_then(|(_, rest)| rest.split(')').next());
                let longest = length.and_then(|length| length.parse::<u32>().ok());
                let condition =
                    longest.map(|most| format!("char_length(`{}`) <= {most}", table.columns[column].name));
                found.extend(condition.and_then(|text| Self::parse(dialect, table, &text).ok()));
            }
        }
        // A flag that is computed for a unique key (`IF(is_default, 1, NULL)`) tells no rows apart: it stays NULL.
        let keys = table.uniques.iter().filter(|key| key.nulls_distinct);
        let flags =
            keys.flat_map(|key| &key.columns).filter_map(|&column| table.columns[column].generated.as_ref());
        for flag in flags {
            let small = |column: &&crate::schema::Column| {
                matches!(
                    column.data_type,
                    DataType::Boolean | DataType::Integer { bits: ..24, .. } | DataType::Enum { .. }
                )
            };
            let mut named =
                table.columns.iter().filter(|column| mentions(&flag.expression, &column.name)).peekable();
            if named.peek().is_some() && named.all(|column| small(&column)) {
                found.extend(Self::parse(dialect, table, &format!("({}) IS NULL", flag.expression)).ok());
            }
        }
        found.extend(Self::within_type(dialect, table));
        found
    }

    /// That numbers which are computed are no greater than their columns hold: SQLite alone does not mind.
    fn within_type(dialect: Dialect, table: &Table) -> impl Iterator<Item = Self> {
        let computed = table.columns.iter().filter(move |_| dialect != Dialect::Sqlite);
        computed.filter_map(move |column| {
            let expression = &column.generated.as_ref()?.expression;
            let condition = match column.data_type {
                DataType::Decimal { precision, scale } if precision - scale <= 18 => {
                    let bound = 10i64.pow(u32::from(precision - scale));
                    format!("({expression}) > -{bound} AND ({expression}) < {bound}")
                }
                DataType::Integer { bits: ..=32, .. } => {
                    let (low, high) = column.data_type.integer_range()?;
                    format!("({expression}) >= {low} AND ({expression}) <= {high}")
                }
                _ => return None,
            };
            Self::parse(dialect, table, &condition).ok()
        })
    }
}

/// What an expression takes a text for: a form as a regular expression, or JSON (`None`).
fn form(dialect: Dialect, name: &str, expression: &str) -> Option<Option<&'static str>> {
    // Tables of a hundred columns and indexes would have hundreds of thousands of expressions compiled otherwise.
    if !mentions(expression, name) || dialect == Dialect::Postgres && !expression.contains("::") {
        return None;
    }
    let name = regex::escape(name);
    let says = |pattern: String| Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(expression));
    match dialect {
        Dialect::Postgres => CASTS
            .iter()
            .find(|(types, _)| {
                says(format!(
                    r#"(?:^|[^\w".])"?{name}"?\)*(?:::(?:text|character varying)\)*)*::(?:{types})(?:$|[^\w\[])"#
                ))
            })
            .map(|(_, form)| *form),
        Dialect::Mysql | Dialect::Sqlite => {
            let quoted = format!(r#"["`\[]?\b{name}\b["`\]]?"#);
            let called = says(format!(r"(?i)\b(?:{OF_JSON})\s*\(\s*{quoted}"));
            let arrow = says(format!(r"{quoted}\s*->"));
            (called || arrow).then_some(None)
        }
    }
}

fn condition(dialect: Dialect, index: usize, form: Option<&str>) -> Option<Node> {
    let column = Node::Column { index, kind: Kind::Text, fold: false };
    Some(match form {
        None => Node::Call { function: Function::JsonValid, arguments: vec![column] },
        Some(form) => {
            let pattern = Pattern::regex(dialect, form, false).ok()?;
            Node::Matches { value: Box::new(column), pattern, negated: false }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{WHOLE, form};
    use crate::schema::Dialect;

    #[test]
    fn casts_and_json_are_found_in_expressions() {
        let index = "CREATE INDEX i ON public.builds USING btree (repository_id, ((number)::integer))";
        assert_eq!(form(Dialect::Postgres, "number", index), Some(Some(WHOLE)));
        assert_eq!(form(Dialect::Postgres, "repository_id", index), None);
        assert_eq!(form(Dialect::Postgres, "data", "((data)::json ->> 'a'::text)"), Some(None));
        assert_eq!(form(Dialect::Postgres, "data", "lower((data)::text)"), None);
        assert_eq!(form(Dialect::Sqlite, "attributes", "JSON_EXTRACT(attributes, '$.a')"), Some(None));
        assert_eq!(form(Dialect::Mysql, "a", "json_unquote(json_extract(`a`,'$.x'))"), Some(None));
        assert_eq!(form(Dialect::Sqlite, "a", "length(a)"), None);
    }
}
