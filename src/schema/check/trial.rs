//! CHECKs that are not understood, tried out: values that the database itself said pass.
//!
//! A condition may call functions of the schema's own, or look into JSON and lists. What a column could hold is guessed from its type
//! and from what the condition spells out; the engine evaluates the condition over these guesses, and what passes is what is made.

use super::node::{Comparison, Kind, Node};
use super::{Datum, Predicate, coerce};
use crate::schema::{Check, Column, DataType, Dialect, Table, Trial};

/// Columns that a condition looks at, at the most, and rows that are tried.
const COLUMNS: usize = 3;
const ROWS: usize = 2_000;

/// Plain words: where all pass, any text that is made up will do.
const PLAIN: &[&str] = &[
    "Quiet harbour",
    "harbour",
    "Anna Keller",
    "Silver lamp near the old mill.",
    "North 12",
    "Über uns",
    "O'Neil",
    "a",
];

const FORMS: &[&str] = &[
    "HARBOUR",
    "AB",
    "ABC",
    "AB1234",
    "AB-1234",
    "ab-12",
    "ab_cd",
    "1234",
    "12345",
    "123456789",
    "1",
    "0",
    "2024-01-15",
    "2024-01-15 10:30:00",
    "10:30:00",
    "5b1e6c0e-7a54-4a6e-8f3e-0c6d2f1a9b7d",
    "{}",
    "[]",
    r#"{"value": 12}"#,
    "https://example.com/a",
    "anna@example.com",
    "example.com",
    "#a1b2c3",
    "en",
    "US",
    "en-US",
    "+15551234567",
    "10.0.0.1",
    "1.2.3",
    "/a/b",
    "a.b",
    "true",
    "Europe/Oslo",
    "978-3-16-148410-0",
    "4111111111111111",
    "DE89370400440532013000",
];

/// Rows over the columns of a condition that are worth trying.
pub struct Candidates {
    /// The columns, ascending.
    pub columns: Vec<usize>,
    /// Their values as text; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether a key wants many values: those that pass are too few for it, unless any text does.
    keyed: bool,
}

impl Candidates {
    /// What to try for a condition; `None` where it is understood, or looks at too much or at what keys hold.
    pub fn of(dialect: Dialect, table: &Table, check: &Check) -> Option<Self> {
        if Predicate::parse(dialect, table, &check.expression).is_ok() {
            return None;
        }
        let columns: Vec<usize> = (0..table.columns.len())
            .filter(|&column| mentions(&check.expression, &table.columns[column].name))
            .collect();
        let is_given = |column: &usize| {
            table.foreign_keys.iter().any(|key| key.columns.contains(column))
                || table.columns[*column].generated.is_some()
        };
        if columns.is_empty() || columns.len() > COLUMNS || columns.iter().any(is_given) {
            return None;
        }
        let keyed = table.unique_keys().any(|key| key.columns.iter().any(|column| columns.contains(column)));
        let spelled = literals(&check.expression);
        let choices: Option<Vec<Vec<Option<String>>>> =
            columns.iter().map(|&column| choices(&table.columns[column], &spelled)).collect();
        let mut choices = choices?;
        let each = libm::pow(ROWS as f64, 1.0 / columns.len() as f64) as usize;
        choices.iter_mut().for_each(|values| thin(values, each));
        let mut rows: Vec<Vec<Option<String>>> = vec![Vec::new()];
        for values in &choices {
            let longer = |row: &Vec<Option<String>>| {
                values
                    .iter()
                    .map(|value| row.iter().chain([value]).cloned().collect::<Vec<_>>())
                    .collect::<Vec<_>>()
            };
            rows = rows.iter().flat_map(longer).collect();
        }
        Some(Self { columns, rows, keyed })
    }

    /// What follows from the rows that passed; `None` where none did.
    pub fn trial(self, table: &Table, passing: &[usize]) -> Option<Trial> {
        let plain = matches!(self.columns.as_slice(), [column] if matches!(table.columns[*column].data_type, DataType::Text { .. }));
        let is_plain =
            |row: &Vec<Option<String>>| row[0].as_deref().is_some_and(|text| PLAIN.contains(&text));
        let short = |text: &str| match table.columns[self.columns[0]].data_type {
            DataType::Text { max: Some(max), .. } => text.chars().count() <= max as usize,
            _ => true,
        };
        let wanted = PLAIN.iter().filter(|text| short(text)).count();
        if plain && passing.iter().filter(|&&row| is_plain(&self.rows[row])).count() == wanted && wanted > 0 {
            return Some(Trial::Any);
        }
        let rows: Vec<_> = passing.iter().map(|&row| self.rows[row].clone()).collect();
        let filled = rows.iter().any(|row| row.iter().any(Option::is_some));
        (filled && !self.keyed).then_some(Trial::Only { columns: self.columns, rows })
    }
}

impl Predicate {
    /// A CHECK as a condition: as it is read or, where it is not understood but was tried out, as the rows that passed. The error says
    /// what is not understood.
    pub fn of_check(dialect: Dialect, table: &Table, check: &Check) -> Result<Self, String> {
        Self::parse(dialect, table, &check.expression).or_else(|why| match &check.trial {
            Some(Trial::Any) => {
                Ok(Self { dialect, root: Node::Literal(Datum::Boolean(true)), columns: Vec::new() })
            }
            Some(Trial::Only { columns, rows }) => Self::listed(dialect, table, columns, rows).ok_or(why),
            None => Err(why),
        })
    }

    fn listed(
        dialect: Dialect,
        table: &Table,
        columns: &[usize],
        rows: &[Vec<Option<String>>],
    ) -> Option<Self> {
        let column = |index: usize| Node::Column {
            index,
            kind: Kind::of(&table.columns[index].data_type),
            fold: false,
        };
        let datum = |index: usize, text: &str| {
            let text = Datum::Text(text.to_owned());
            match Kind::of(&table.columns[index].data_type) {
                Kind::Text | Kind::Label | Kind::Other => Some(text),
                kind => coerce::literal(Dialect::Postgres, text, kind).ok(),
            }
        };
        let is_null = |index: usize, negated| Node::IsNull { value: Box::new(column(index)), negated };
        let root = match columns {
            &[index] => {
                let values: Option<Vec<Node>> = rows
                    .iter()
                    .filter_map(|row| row[0].as_deref())
                    .map(|text| Some(Node::Literal(datum(index, text)?)))
                    .collect();
                let within =
                    Node::In { value: Box::new(column(index)), list: values?, negated: false, fold: false };
                match rows.iter().any(|row| row[0].is_none()) || !table.columns[index].nullable {
                    true => within,
                    false => Node::And(vec![is_null(index, true), within]),
                }
            }
            columns => {
                let equals = |index: usize, value: &Option<String>| {
                    Some(match value {
                        None => is_null(index, false),
                        Some(text) => Node::And(vec![
                            is_null(index, true),
                            Node::Compare {
                                op: Comparison::Equal,
                                left: Box::new(column(index)),
                                right: Box::new(Node::Literal(datum(index, text)?)),
                                fold: false,
                            },
                        ]),
                    })
                };
                let row = |row: &Vec<Option<String>>| {
                    let parts: Option<Vec<Node>> =
                        columns.iter().zip(row).map(|(&index, value)| equals(index, value)).collect();
                    parts.map(Node::And)
                };
                Node::Or(rows.iter().map(row).collect::<Option<Vec<_>>>()?)
            }
        };
        Some(Self { dialect, root, columns: columns.to_vec() })
    }
}

/// Whether an expression names a column.
pub(crate) fn mentions(expression: &str, name: &str) -> bool {
    expression.split(|sign: char| !sign.is_alphanumeric() && sign != '_').any(|word| word == name)
        || expression.contains(&format!("\"{name}\""))
        || expression.contains(&format!("`{name}`"))
}

/// What a condition spells out: texts in quotes, and numbers.
fn literals(expression: &str) -> Vec<String> {
    let mut found: Vec<String> = expression.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
    let outside: String = expression.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let numbers = outside.split(|sign: char| !sign.is_alphanumeric() && sign != '.' && sign != '_');
    found.extend(numbers.filter(|word| word.parse::<f64>().is_ok()).map(str::to_owned));
    found.retain(|text| text.len() <= 60);
    found.dedup();
    found.truncate(24);
    found
}

/// Values of one column that are worth trying; `None` where nothing is known of its type.
fn choices(column: &Column, spelled: &[String]) -> Option<Vec<Option<String>>> {
    let numbers = || spelled.iter().filter_map(|text| text.parse::<i64>().ok());
    let json = |value: serde_json::Value| value.to_string();
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let values: Vec<String> = match &column.data_type {
        DataType::Text { max, .. } => {
            let fits = |text: &String| max.is_none_or(|max| text.chars().count() <= max as usize);
            let all = owned(PLAIN).into_iter().chain(spelled.iter().cloned()).chain(owned(FORMS));
            all.filter(fits).collect()
        }
        DataType::Integer { .. } | DataType::Decimal { .. } | DataType::Numeric | DataType::Float { .. } => {
            let near = numbers().flat_map(|number| [number, number + 1, number - 1, number * 2]);
            let all = (0..=24)
                .chain(near)
                .chain([30, 42, 50, 60, 99, 100, 101, 365, 500, 1000, 1024, 2024, 12345, -1]);
            let (low, high) = column.data_type.integer_range().unwrap_or((i64::MIN, i64::MAX));
            all.filter(|number| (low..=high).contains(number)).map(|number| number.to_string()).collect()
        }
        DataType::Boolean => owned(&["true", "false"]),
        DataType::Enum { labels, .. } => labels.clone(),
        DataType::Date => owned(&["2024-01-15", "2023-07-01", "2020-02-29", "1985-05-05", "2030-12-31"]),
        DataType::Timestamp { .. } => owned(&[
            "2024-01-15 10:30:00",
            "2023-07-01 00:00:00",
            "1985-05-05 12:00:00",
            "2030-12-31 23:59:59",
        ]),
        DataType::Time => owned(&["10:30:00", "00:00:00", "23:59:59"]),
        DataType::Uuid => owned(&["5b1e6c0e-7a54-4a6e-8f3e-0c6d2f1a9b7d"]),
        DataType::Json => {
            let mut all = owned(&[
                "{}",
                r#"{"value":12}"#,
                "[]",
                r#"["harbour"]"#,
                r#"{"name":"harbour"}"#,
                r#""harbour""#,
                "12",
                "true",
            ]);
            all.extend(
                spelled
                    .iter()
                    .filter(|text| serde_json::from_str::<serde_json::Value>(text).is_ok())
                    .cloned(),
            );
            let keys: Vec<&String> = spelled.iter().filter(|text| !text.contains(['{', '[', '$'])).collect();
            for value in [
                serde_json::json!("harbour"),
                serde_json::json!(12),
                serde_json::json!([]),
                serde_json::json!({}),
                serde_json::json!(true),
            ] {
                all.extend(keys.iter().map(|key| json(serde_json::json!({ key.as_str(): value }))));
                all.push(json(
                    keys.iter()
                        .map(|key| ((*key).clone(), value.clone()))
                        .collect::<serde_json::Map<_, _>>()
                        .into(),
                ));
            }
            all.extend(keys.iter().map(|key| json(serde_json::json!([key]))));
            all.push(json(serde_json::json!(keys)));
            all
        }
        DataType::Array { element } => {
            let of: Vec<serde_json::Value> = match &**element {
                DataType::Integer { .. }
                | DataType::Numeric
                | DataType::Decimal { .. }
                | DataType::Float { .. } => {
                    numbers().chain([1, 2, 3, 12, 50]).map(serde_json::Value::from).collect()
                }
                DataType::Text { .. } => spelled
                    .iter()
                    .map(String::as_str)
                    .chain(["harbour", "lamp", "ABC"])
                    .map(serde_json::Value::from)
                    .collect(),
                DataType::Enum { labels, .. } => {
                    labels.iter().map(String::as_str).map(serde_json::Value::from).collect()
                }
                DataType::Boolean => vec![true.into(), false.into()],
                _ => Vec::new(),
            };
            let pieces = (0..=of.len().min(4)).flat_map(|length| {
                of.windows(length.max(1)).map(move |piece| json(piece[..length].to_vec().into()))
            });
            pieces.chain([json(of.clone().into()), "[]".to_owned()]).collect()
        }
        DataType::Bytes { .. } | DataType::Other => return None,
    };
    // What a column holds unless somebody says otherwise will mostly pass.
    let default = column.plain_default().filter(|_| !matches!(column.data_type, DataType::Array { .. }));
    let mut seen = std::collections::BTreeSet::new();
    let values = default.into_iter().chain(values).filter(|value| seen.insert(value.clone())).map(Some);
    Some(values.chain(column.nullable.then_some(None)).collect())
}

/// Keeps the first values, and NULL, which is the last.
fn thin(values: &mut Vec<Option<String>>, most: usize) {
    if values.len() > most {
        let last = values.pop();
        values.truncate(most.saturating_sub(1).max(1));
        values.extend(last);
    }
}

#[cfg(test)]
mod tests {
    use super::{Candidates, literals};
    use crate::schema::{
        Check, Column, DataType, Dialect, Table, TableName, Trial, UniqueKey,
        check::{Datum, Predicate},
    };

    #[test]
    fn what_is_spelled_out_is_found() {
        assert_eq!(literals("jsonb_typeof(a) = 'object'::text AND f(b, 12)"), ["object", "12"]);
    }

    #[test]
    fn what_passed_is_the_condition() {
        let column = Column::new("a".into(), DataType::Integer { bits: 32, unsigned: false });
        let table = Table::new(TableName { schema: None, name: "t".into() }, vec![column]);
        let mut check = Check { name: None, expression: "is_even(a)".into(), trial: None };
        let tried = Candidates::of(Dialect::Postgres, &table, &check).expect("not understood");
        let even: Vec<usize> =
            (0..tried.rows.len()).filter(|&row| tried.rows[row][0].as_deref() == Some("4")).collect();
        check.trial = tried.trial(&table, &even);
        assert!(matches!(&check.trial, Some(Trial::Only { rows, .. }) if rows.len() == 1));
        let read = Predicate::of_check(Dialect::Postgres, &table, &check).expect("tried");
        assert!(read.admits(&|_| Datum::Decimal(4, 0)) && !read.admits(&|_| Datum::Decimal(5, 0)));
    }

    #[test]
    fn what_a_key_wants_different_is_any_text_or_unknown() {
        let column = Column::new("a".into(), DataType::Text { max: None, fixed: false });
        let mut table = Table::new(TableName { schema: None, name: "t".into() }, vec![column]);
        table.uniques.push(UniqueKey {
            name: None,
            columns: vec![0],
            predicate: None,
            expression: None,
            nulls_distinct: true,
            constraint: true,
        });
        let check = Check { name: None, expression: "is_trimmed(a)".into(), trial: None };
        let tried = || Candidates::of(Dialect::Postgres, &table, &check).expect("not understood");
        let all: Vec<usize> = (0..tried().rows.len()).collect();
        assert_eq!(tried().trial(&table, &all), Some(Trial::Any));
        assert_eq!(tried().trial(&table, &all[1..]), None);
    }
}
